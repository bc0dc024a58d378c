//! Sightings: from when to when each finding stood, as seen by those who looked. No facts, and in no log.

use std::collections::{HashMap, HashSet};

use diesel::prelude::{Insertable, Queryable};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl};
use remit_domain::rule::{FindingId, FindingSubject};
use remit_domain::time::Instant;

use crate::connection::on_either;
use crate::error::StoreError;
use crate::read::ReadTx;
use crate::schema::sightings;
use crate::versioned::{Unreadable, read_back};
use crate::write::WriteTx;

/// Rows of one statement; both databases bound the number of its parameters.
const ROWS_PER_STATEMENT: usize = 500;

/// That a finding stood for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The same whenever the rule finds this of this subject.
    pub finding: FindingId,
    /// The id of the rule.
    pub rule: String,
    /// What it is about.
    pub subject: FindingSubject,
    /// The look that saw it first.
    pub first_at: Instant,
    /// The last look that saw it, where a later one did not: none while it stands.
    pub last_at: Option<Instant>,
}

/// Which sightings are asked for.
#[derive(Clone, Debug, Default)]
pub struct SightingFilter {
    /// Those of this rule.
    pub rule: Option<String>,
    /// Those about this.
    pub subject: Option<FindingSubject>,
    /// Only what stands, or only what does not any longer.
    pub stands: Option<bool>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = sightings, treat_none_as_default_value = false)]
struct SightingRow {
    organization_id: String,
    finding: String,
    first_at: i64,
    last_at: Option<i64>,
    rule: String,
    subject_id: String,
}

impl SightingRow {
    fn sighting(self) -> Result<Sighting, StoreError> {
        let Self { organization_id: _, finding, first_at, last_at, rule, subject_id } = self;
        let corrupt = |what: String| StoreError::Corrupt(format!("a sighting: {what}"));
        let finding = read_back::id(&finding).map_err(|Unreadable(what)| corrupt(what.to_owned()))?;
        let subject = FindingSubject::parse(&subject_id).ok_or_else(|| corrupt(subject_id))?;
        let (first_at, last_at) = (Instant::from_micros(first_at), last_at.map(Instant::from_micros));
        Ok(Sighting { finding, rule, subject, first_at, last_at })
    }
}

impl ReadTx<'_> {
    /// Sightings, the latest first: those that come after a place, at most so many.
    ///
    /// # Errors
    /// What the database says.
    pub fn sightings(
        &mut self,
        filter: &SightingFilter,
        after: Option<(Instant, FindingId)>,
        limit: usize,
    ) -> Result<Vec<Sighting>, StoreError> {
        let SightingFilter { rule, subject, stands } = filter;
        let mut query = sightings::table
            .filter(sightings::organization_id.eq(&self.organization_text))
            .order((sightings::first_at.desc(), sightings::finding.desc()))
            .limit(i64::try_from(limit).unwrap_or(i64::MAX))
            .into_boxed();
        if let Some((first_at, finding)) = after {
            let first_at = first_at.micros();
            let earlier = sightings::first_at.lt(first_at).or(sightings::finding.lt(finding.to_string()));
            query = query.filter(sightings::first_at.le(first_at)).filter(earlier);
        }
        if let Some(rule) = rule {
            query = query.filter(sightings::rule.eq(rule));
        }
        if let Some(subject) = subject {
            query = query.filter(sightings::subject_id.eq(subject.to_string()));
        }
        query = match stands {
            Some(true) => query.filter(sightings::last_at.is_null()),
            Some(false) => query.filter(sightings::last_at.is_not_null()),
            None => query,
        };
        let rows: Vec<SightingRow> = query.load(self.connection)?;
        rows.into_iter().map(SightingRow::sighting).collect()
    }
}

impl WriteTx<'_> {
    /// Notes which findings stand, as a look saw them: what is new is seen first by it, and what is gone was seen last by
    /// the look before it.
    ///
    /// # Errors
    /// What the database says.
    pub fn see_findings(
        &mut self,
        found: &[(FindingId, &str, FindingSubject)],
        at: Instant,
        before: Instant,
    ) -> Result<(), StoreError> {
        self.touch();
        let rows: Vec<(String, i64)> = sightings::table
            .filter(sightings::organization_id.eq(&self.read.organization_text))
            .filter(sightings::last_at.is_null())
            .select((sightings::finding, sightings::first_at))
            .load(self.read.connection)?;
        let mut stood: HashMap<String, i64> = rows.into_iter().collect();
        let mut new = Vec::new();
        let mut named = HashSet::new();
        for (finding, rule, subject) in found {
            // What a rule finds of one subject shares an id, however often it finds it.
            if !named.insert(*finding) {
                continue;
            }
            let text = finding.to_string();
            if stood.remove(&text).is_none() {
                new.push(SightingRow {
                    organization_id: self.read.organization_text.clone(),
                    finding: text,
                    first_at: at.micros(),
                    last_at: None,
                    rule: (*rule).to_owned(),
                    subject_id: subject.to_string(),
                });
            }
        }
        let gone: Vec<String> = stood.into_keys().collect();
        for some in gone.chunks(ROWS_PER_STATEMENT) {
            diesel::update(
                sightings::table
                    .filter(sightings::organization_id.eq(&self.read.organization_text))
                    .filter(sightings::last_at.is_null())
                    .filter(sightings::finding.eq_any(some)),
            )
            .set(sightings::last_at.eq(before.micros()))
            .execute(self.read.connection)?;
        }
        let mut new = new.into_iter().peekable();
        while new.peek().is_some() {
            let rows: Vec<SightingRow> = new.by_ref().take(ROWS_PER_STATEMENT).collect();
            on_either!(
                &mut *self.read.connection,
                either => diesel::insert_into(sightings::table).values(rows).execute(either)
            )?;
        }
        Ok(())
    }
}
