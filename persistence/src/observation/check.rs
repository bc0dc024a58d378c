//! Checking observations: the rows that are stored against what the log tells of them, in one walk through the table.

use std::collections::BTreeMap;

use diesel::sql_types::{BigInt, Double, Nullable, Text};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

use super::{ObservationRow, RowsDigest};
use crate::error::StoreError;
use crate::read::ReadTx;
use crate::record;
use crate::schema::changes;
use crate::versioned::OPEN;
use crate::write::OBSERVED;

/// Entries whose rows are looked for in one walk: what a walk holds in memory is bounded by it.
const ENTRIES_PER_WALK: usize = 100_000;
/// Entries that are read at a time.
const ENTRIES_PER_READING: i64 = 5_000;
/// Rows that are read at a time.
const ROWS_PER_READING: i64 = 20_000;

/// A walk through the observations. Their key orders them as the hash of each entry takes them in.
#[derive(Default)]
pub(crate) struct Recordings {
    entries: BTreeMap<i64, Recording>,
    /// The revision of the last entry that was read; a write has one entry of observations at most.
    read: i64,
    all_read: bool,
    /// Up to which revision earlier walks have decided.
    decided: i64,
    walk: Option<Walk>,
    /// Whether a walk has seen every row.
    walked: bool,
    /// Rows of the first walk.
    pub rows: u64,
    /// The first revision whose rows are not what the log tells, the place of its entry in the write, and what is wrong.
    pub wrong: Option<(i64, i32, &'static str)>,
}

struct Recording {
    position: i32,
    told: Option<String>,
    digest: RowsDigest,
}

struct Walk {
    /// The last row that was read.
    at: (i64, i64, i64),
    /// Until when that row stands.
    until: i64,
    /// Up to which revision this walk decides.
    to: i64,
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    series: i64,
    #[diesel(sql_type = BigInt)]
    observed_at: i64,
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = BigInt)]
    revision_to: i64,
    #[diesel(sql_type = Nullable<Text>)]
    observed_on: Option<String>,
    #[diesel(sql_type = Double)]
    value: f64,
    #[diesel(sql_type = Nullable<Text>)]
    note: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    source: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Text)]
    measure_id: String,
    #[diesel(sql_type = Text)]
    segment: String,
}

const ROWS: &str = "SELECT o.series, o.observed_at, o.revision, o.revision_to, o.observed_on, o.value, o.note, \
     o.source, o.reason, s.measure_id, s.segment FROM observations o \
     JOIN series s ON s.organization_id = o.organization_id AND s.number = o.series \
     WHERE o.organization_id = $1 AND (o.series, o.observed_at, o.revision) > ($2, $3, $4) \
     ORDER BY o.series, o.observed_at, o.revision LIMIT $5";

impl Recordings {
    fn note(&mut self, revision: i64, position: i32, what: &'static str) {
        if self.wrong.is_none_or(|(first, ..)| revision < first) {
            self.wrong = Some((revision, position, what));
        }
    }

    /// Takes in a row. What was written after `known` is left to the next check.
    fn take(&mut self, walk: &mut Walk, row: &Row, known: i64) {
        if row.revision > known {
            return;
        }
        let place = (row.series, row.observed_at, row.revision);
        if !self.walked {
            self.rows += 1;
            if (walk.at.0, walk.at.1) == (place.0, place.1) {
                if walk.until != row.revision {
                    self.note(walk.at.2, 0, "a row does not end where it was superseded");
                }
            } else {
                self.last_of_its_instant(walk, known);
            }
        }
        (walk.at, walk.until) = (place, row.revision_to);
        if let Some(recording) = self.entries.get_mut(&row.revision) {
            let observation = ObservationRow {
                organization_id: "",
                series: row.series,
                observed_at: row.observed_at,
                revision: row.revision,
                revision_to: row.revision_to,
                observed_on: row.observed_on.as_deref(),
                value: row.value,
                note: row.note.as_deref(),
                source: row.source.as_deref(),
                reason: row.reason.as_deref(),
            };
            recording.digest.add(&observation, || (row.measure_id.clone(), row.segment.clone()));
        } else if self.decided < row.revision && row.revision <= walk.to {
            self.note(row.revision, 0, "a row is stored that no entry tells of");
        }
    }

    /// Nothing supersedes the last row of an instant.
    fn last_of_its_instant(&mut self, walk: &Walk, known: i64) {
        if walk.at.2 > 0 && walk.until <= known {
            self.note(walk.at.2, 0, "a row ends though nothing supersedes it");
        }
    }

    /// Compares what a walk has seen with what the log tells.
    fn compare(&mut self) {
        for (revision, Recording { position, told, digest }) in std::mem::take(&mut self.entries) {
            if told.as_deref() != Some(&digest.finish()) {
                self.note(revision, position, "its rows are not those that are stored");
            }
        }
    }
}

impl ReadTx<'_> {
    /// Checks a few thousand entries or rows more; says whether all is checked, or something is wrong.
    pub(crate) fn check_recordings(&mut self, check: &mut Recordings, known: i64) -> Result<bool, StoreError> {
        let Some(mut walk) = check.walk.take() else {
            self.read_recordings(check, known)?;
            return Ok(false);
        };
        let (series, at, revision) = walk.at;
        let rows: Vec<Row> = diesel::sql_query(ROWS)
            .bind::<Text, _>(self.organization_text.clone())
            .bind::<BigInt, _>(series)
            .bind::<BigInt, _>(at)
            .bind::<BigInt, _>(revision)
            .bind::<BigInt, _>(ROWS_PER_READING)
            .load(self.connection)?;
        let is_last = (rows.len() as i64) < ROWS_PER_READING;
        let end = rows.last().map(|row| (row.series, row.observed_at, row.revision));
        for row in &rows {
            check.take(&mut walk, row, known);
        }
        if !is_last {
            // What is too new to be checked is passed all the same.
            walk.at = end.unwrap_or(walk.at);
            check.walk = Some(walk);
            return Ok(false);
        }
        if !check.walked {
            check.last_of_its_instant(&walk, known);
        }
        check.walked = true;
        check.decided = walk.to;
        check.compare();
        Ok(check.wrong.is_some() || check.all_read)
    }

    /// Reads entries until there are enough for a walk, and begins it.
    fn read_recordings(&mut self, check: &mut Recordings, known: i64) -> Result<(), StoreError> {
        let rows: Vec<(i64, i32, String)> = changes::table
            .filter(changes::organization_id.eq(&self.organization_text))
            .filter(changes::action.eq(OBSERVED))
            .filter(changes::revision.gt(check.read))
            .filter(changes::revision.le(known))
            .select((changes::revision, changes::position, changes::record))
            .order(changes::revision)
            .limit(ENTRIES_PER_READING)
            .load(self.connection)?;
        check.all_read = (rows.len() as i64) < ENTRIES_PER_READING;
        for (revision, position, record) in rows {
            check.read = revision;
            let told = record::rows_hash(&record);
            check.entries.insert(revision, Recording { position, told, digest: RowsDigest::default() });
        }
        if check.all_read || check.entries.len() >= ENTRIES_PER_WALK {
            let to = if check.all_read { known } else { check.read };
            check.walk = Some(Walk { at: (i64::MIN, i64::MIN, 0), until: OPEN, to });
        }
        Ok(())
    }
}
