//! Causes: what of the tables comes into view between two states, and by which entries of the log it was written.

use std::collections::HashSet;

use diesel::dsl::count_star;
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};
use remit_domain::measure::MeasureId;
use remit_domain::time::Instant;

use crate::error::StoreError;
use crate::read::ReadTx;
use crate::schema::{changes, observations, series, versions};
use crate::versioned::{Unreadable, read_back};
use crate::write::OBSERVED;

/// Both databases bound the number of parameters of a statement.
const VALUES_PER_QUERY: usize = 500;

/// A state of things: an instant, as known after a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The revision.
    pub revision: i64,
    /// The instant.
    pub at: Instant,
}

/// A version that comes into view: the revision that wrote it, and its subject.
pub type VersionKey = (i64, String);

/// Headline observations of a measure that come into view, by the revision that recorded them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The revision.
    pub revision: i64,
    /// The measure.
    pub measure: MeasureId,
    /// How many.
    pub count: i64,
}

/// An entry of the log, without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headword {
    /// The revision.
    pub revision: i64,
    /// Its place in the write.
    pub position: i32,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Who wrote it.
    pub actor: String,
    /// What was done, such as `outcome.changed`.
    pub action: String,
    /// The kind of what it was done to.
    pub subject_kind: String,
    /// The id of what it was done to.
    pub subject_id: String,
}

impl ReadTx<'_> {
    /// The versions of some kinds that are seen in the later of two states and not yet in the earlier, in the order in
    /// which they were written; those that had been replaced by then are among them.
    ///
    /// # Errors
    /// What the database says.
    pub fn written_between(&mut self, kinds: &[&str], from: Known, to: Known) -> Result<Vec<VersionKey>, StoreError> {
        Ok(versions::table
            .filter(versions::organization_id.eq(&self.organization_text))
            .filter(versions::kind.eq_any(kinds))
            .filter(versions::revision.le(to.revision))
            .filter(versions::valid_from.le(to.at.micros()))
            .filter(versions::revision.gt(from.revision).or(versions::valid_from.gt(from.at.micros())))
            .select((versions::revision, versions::id))
            .order((versions::revision, versions::id))
            .load(self.connection)?)
    }

    /// The versions that say of some dated facts what is known of them, in the order in which they were written.
    ///
    /// # Errors
    /// What the database says.
    pub fn written_of(&mut self, ids: &[String], known: i64) -> Result<Vec<VersionKey>, StoreError> {
        let mut written: Vec<VersionKey> = Vec::new();
        for ids in ids.chunks(VALUES_PER_QUERY) {
            let rows: Vec<VersionKey> = versions::table
                .filter(versions::organization_id.eq(&self.organization_text))
                .filter(versions::id.eq_any(ids))
                .filter(versions::revision.le(known))
                .filter(versions::revision_to.gt(known))
                .select((versions::revision, versions::id))
                .load(self.connection)?;
            written.extend(rows);
        }
        written.sort_unstable();
        Ok(written)
    }

    /// The headline observations that are seen in the later of two states and not in the earlier.
    ///
    /// # Errors
    /// What the database says.
    pub fn observed_between(&mut self, from: Known, to: Known) -> Result<Vec<Observed>, StoreError> {
        let of_series =
            series::organization_id.eq(observations::organization_id).and(series::number.eq(observations::series));
        let rows: Vec<(String, i64, i64)> = observations::table
            .inner_join(series::table.on(of_series))
            .filter(observations::organization_id.eq(&self.organization_text))
            .filter(series::segment.eq(""))
            .filter(observations::revision.le(to.revision))
            .filter(observations::revision_to.gt(to.revision))
            .filter(observations::observed_at.le(to.at.micros()))
            .filter(observations::revision.gt(from.revision).or(observations::observed_at.gt(from.at.micros())))
            .group_by((series::measure_id, observations::revision))
            .select((series::measure_id, observations::revision, count_star()))
            .load(self.connection)?;
        let mut observed = rows
            .into_iter()
            .map(|(measure, revision, count)| Ok(Observed { revision, measure: read_back::id(&measure)?, count }))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|Unreadable(what)| StoreError::Corrupt(format!("a series: {what}")))?;
        observed.sort_unstable_by_key(|one| (one.revision, one.measure));
        Ok(observed)
    }

    /// The entries that tell of some versions; and, for each revision named, the one that tells of observations.
    ///
    /// # Errors
    /// What the database says.
    pub fn entries_that_tell(
        &mut self,
        written: &HashSet<VersionKey>,
        observed: &HashSet<i64>,
    ) -> Result<Vec<Headword>, StoreError> {
        let mut revisions: Vec<i64> = written.iter().map(|(revision, _)| *revision).collect();
        revisions.extend(observed);
        revisions.sort_unstable();
        revisions.dedup();
        let mut entries = Vec::new();
        for revisions in revisions.chunks(VALUES_PER_QUERY) {
            let rows: Vec<(i64, i32, i64, String, String, String, String)> = changes::table
                .filter(changes::organization_id.eq(&self.organization_text))
                .filter(changes::revision.eq_any(revisions))
                .select((
                    changes::revision,
                    changes::position,
                    changes::recorded_at,
                    changes::actor,
                    changes::action,
                    changes::subject_kind,
                    changes::subject_id,
                ))
                .order((changes::revision, changes::position))
                .load(self.connection)?;
            let told = rows.into_iter().map(|(revision, position, at, actor, action, subject_kind, subject_id)| {
                let recorded_at = Instant::from_micros(at);
                Headword { revision, position, recorded_at, actor, action, subject_kind, subject_id }
            });
            entries.extend(told.filter(|entry| match entry.action == OBSERVED {
                true => observed.contains(&entry.revision),
                false => written.contains(&(entry.revision, entry.subject_id.clone())),
            }));
        }
        Ok(entries)
    }
}

impl Headword {
    /// Whether it tells of observations.
    pub fn is_recording(&self) -> bool {
        self.action == OBSERVED
    }
}
