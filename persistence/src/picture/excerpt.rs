//! Excerpts: some outcomes of an organization with what their numbers need, for questions about many past instants.

use std::collections::{BTreeSet, HashMap};

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use remit_domain::alignment::{Alignment, AlignmentKind};
use remit_domain::entity::Kept;
use remit_domain::measure::{Measure, MeasureId};
use remit_domain::outcome::{Outcome, OutcomeId};
use remit_domain::picture::{Picture, PictureParts};
use remit_domain::time::Instant;

use super::{Headline, latest};
use crate::error::StoreError;
use crate::read::ReadTx;
use crate::schema::{alignments, measures, results};
use crate::versioned::When;

/// Both databases bound the number of parameters of a statement.
const IDS_PER_QUERY: usize = 500;

/// The ids of the rows of a table that belong to some others, of every revision.
macro_rules! ids_of {
    ($read:expr, $table:ident, $owner:ident, $owners:expr) => {{
        let mut ids: Vec<String> = Vec::new();
        for owners in $owners.chunks(IDS_PER_QUERY) {
            ids.extend(
                $table::table
                    .filter($table::organization_id.eq(&$read.organization_text))
                    .filter($table::$owner.eq_any(owners))
                    .select($table::id)
                    .order($table::id)
                    .load::<String>($read.connection)?,
            );
        }
        ids
    }};
}

impl ReadTx<'_> {
    /// Some outcomes alone as they were at `at`: with what contributes to them, their measures and what was observed of
    /// these, and without anyone who answers. What it takes does not grow with the organization.
    ///
    /// # Errors
    /// As [`ReadTx::picture`].
    pub fn excerpt(&mut self, outcomes: &[OutcomeId], at: Instant, when: When) -> Result<Picture, StoreError> {
        let mut wanted: BTreeSet<String> = outcomes.iter().map(ToString::to_string).collect();
        let mut alignments: Vec<Kept<Alignment>> = Vec::new();
        let mut level: Vec<String> = wanted.iter().cloned().collect();
        while !level.is_empty() {
            let below = ids_of!(self, alignments, outcome_id, level);
            let below: Vec<Kept<Alignment>> = self.some(below, when)?;
            let contributing = || below.iter().filter(|row| row.kind == AlignmentKind::Contributes);
            level = contributing().map(|row| row.child.to_string()).filter(|id| wanted.insert(id.clone())).collect();
            alignments.extend(contributing().cloned());
        }
        let wanted: Vec<String> = wanted.into_iter().collect();
        let reports = self.reports_of(&wanted, when)?;
        let results = ids_of!(self, results, outcome_id, wanted);
        let measures = ids_of!(self, measures, outcome_id, wanted);
        let measures: Vec<Kept<Measure>> = self.some(measures, when)?;
        let measure_ids: Vec<MeasureId> = measures.iter().map(|measure| measure.id).collect();
        let mut headline = Headline::default();
        for ids in measure_ids.chunks(IDS_PER_QUERY) {
            headline.points.extend(self.headline(at, when, Some(ids))?.points);
        }
        let outcomes: Vec<Kept<Outcome>> = self.some(wanted, when)?;
        let periods = outcomes.iter().filter_map(|outcome| outcome.period).map(|id| id.to_string()).collect();
        Ok(Picture::new(PictureParts {
            at,
            organization: self.organization(when)?,
            mission: None,
            themes: Vec::new(),
            periods: self.some(periods, when)?,
            teams: Vec::new(),
            memberships: Vec::new(),
            people: Vec::new(),
            roles: Vec::new(),
            assignments: Vec::new(),
            outcomes,
            results: latest(self.some(results, when)?),
            measures,
            responsibilities: Vec::new(),
            alignments,
            headline: headline.points,
            recorders: headline.recorders,
            person_skills: Vec::new(),
            rule_settings: Vec::new(),
            closed_settings: HashMap::new(),
            waivers: Vec::new(),
            reports,
            briefings: Vec::new(),
            disabled_webhooks: Vec::new(),
        }))
    }
}
