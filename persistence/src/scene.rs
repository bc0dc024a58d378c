//! Scenes: the part of a picture that decides about one outcome, so that a write need not load the whole.

use std::collections::HashSet;

use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};
use remit_domain::alignment::{Alignment, AlignmentKind};
use remit_domain::assignment::Assignment;
use remit_domain::entity::Kept;
use remit_domain::measure::{Measure, MeasureId};
use remit_domain::outcome::{Outcome, OutcomeId, OutcomeResult};
use remit_domain::period::PeriodId;
use remit_domain::picture::{Picture, PictureParts};
use remit_domain::responsibility::Responsibility;
use remit_domain::role::Subject;
use remit_domain::time::Instant;

use crate::change::decided;
use crate::error::StoreError;
use crate::picture::Headline;
use crate::read::ReadTx;
use crate::schema::{alignments, assignments, changes, measures, outcomes, responsibilities, results, versions};
use crate::versioned::{OPEN, When};

/// An entry of the log that speaks of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The revision.
    pub revision: i64,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Who wrote it.
    pub actor: String,
    /// What was done, such as `outcome.changed`.
    pub action: String,
    /// The canonical record after the change, JSON.
    pub record: String,
}

impl ReadTx<'_> {
    /// The measures of an outcome, by id.
    ///
    /// # Errors
    /// What the database says.
    pub fn measures_of(&mut self, outcome: OutcomeId, when: When) -> Result<Vec<Kept<Measure>>, StoreError> {
        let ids = measures::table
            .filter(measures::organization_id.eq(&self.organization_text))
            .filter(measures::outcome_id.eq(outcome.to_string()))
            .select(measures::id)
            .load(self.connection)?;
        let mut of_outcome: Vec<Kept<Measure>> = self.some(ids, when)?;
        // An earlier version may have been of another.
        of_outcome.retain(|one| one.outcome == outcome);
        Ok(of_outcome)
    }

    /// The outcomes that are planned in a period, by id.
    ///
    /// # Errors
    /// What the database says.
    pub fn outcomes_of_period(&mut self, period: PeriodId, when: When) -> Result<Vec<Kept<Outcome>>, StoreError> {
        let ids = outcomes::table
            .filter(outcomes::organization_id.eq(&self.organization_text))
            .filter(outcomes::period_id.eq(period.to_string()))
            .select(outcomes::id)
            .load(self.connection)?;
        let mut of_period: Vec<Kept<Outcome>> = self.some(ids, when)?;
        // An earlier version may have been planned in another.
        of_period.retain(|one| one.period == Some(period));
        Ok(of_period)
    }

    /// What an outcome leads to, by id.
    ///
    /// # Errors
    /// What the database says.
    pub fn parents_of(&mut self, outcome: OutcomeId, when: When) -> Result<Vec<Kept<Alignment>>, StoreError> {
        let ids = alignments::table
            .filter(alignments::organization_id.eq(&self.organization_text))
            .filter(alignments::child_id.eq(outcome.to_string()))
            .select(alignments::id)
            .load(self.connection)?;
        self.some(ids, when)
    }

    /// What leads to an outcome, by id.
    ///
    /// # Errors
    /// What the database says.
    pub fn children_of(&mut self, outcome: OutcomeId, when: When) -> Result<Vec<Kept<Alignment>>, StoreError> {
        let ids = alignments::table
            .filter(alignments::organization_id.eq(&self.organization_text))
            .filter(alignments::outcome_id.eq(outcome.to_string()))
            .select(alignments::id)
            .load(self.connection)?;
        self.some(ids, when)
    }

    /// The edges between outcomes on the ways up from one of them, child first, for a look at cycles.
    ///
    /// # Errors
    /// What the database says.
    pub fn edges_above(&mut self, outcome: OutcomeId) -> Result<Vec<(OutcomeId, OutcomeId)>, StoreError> {
        let mut edges = Vec::new();
        let (mut level, mut seen) = (vec![outcome], HashSet::from([outcome]));
        while !level.is_empty() {
            let above = self.edges_from(&level)?;
            level = above.iter().map(|(_, parent)| *parent).filter(|parent| seen.insert(*parent)).collect();
            edges.extend(above);
        }
        Ok(edges)
    }

    /// The edges between some outcomes and what they lead to, child first.
    fn edges_from(&mut self, children: &[OutcomeId]) -> Result<Vec<(OutcomeId, OutcomeId)>, StoreError> {
        let mut rows: Vec<(String, String, Option<String>)> = Vec::new();
        let children: Vec<String> = children.iter().map(ToString::to_string).collect();
        // Both databases bound the number of parameters of a statement.
        for some in children.chunks(500) {
            let query = alignments::table
                .inner_join(
                    versions::table.on(versions::organization_id
                        .eq(alignments::organization_id)
                        .and(versions::id.eq(alignments::id))
                        .and(versions::revision.eq(alignments::revision))),
                )
                .filter(alignments::organization_id.eq(&self.organization_text))
                .filter(alignments::child_id.eq_any(some))
                .filter(alignments::outcome_id.is_not_null())
                .filter(versions::revision_to.eq(OPEN))
                .filter(versions::deleted.eq(false))
                .select((alignments::id, alignments::child_id, alignments::outcome_id));
            rows.extend(query.load::<(String, String, Option<String>)>(self.connection)?);
        }
        rows.sort_unstable();
        rows.into_iter()
            .map(|(_, child, parent)| Some((OutcomeId::parse(&child)?, OutcomeId::parse(&parent?)?)))
            .collect::<Option<_>>()
            .ok_or_else(|| StoreError::Corrupt("an alignment".into()))
    }

    /// The results of an outcome, oldest first.
    ///
    /// # Errors
    /// What the database says.
    pub fn results_of(&mut self, outcome: OutcomeId, when: When) -> Result<Vec<Kept<OutcomeResult>>, StoreError> {
        let ids = results::table
            .filter(results::organization_id.eq(&self.organization_text))
            .filter(results::outcome_id.eq(outcome.to_string()))
            .select(results::id)
            .load(self.connection)?;
        self.some(ids, when)
    }

    /// The revisions of a measure's target, oldest first.
    ///
    /// # Errors
    /// What the database says.
    pub fn target_revisions_of(
        &mut self,
        measure: MeasureId,
        when: When,
    ) -> Result<Vec<Kept<remit_domain::measure::TargetRevision>>, StoreError> {
        use crate::schema::target_revisions;
        let ids = target_revisions::table
            .filter(target_revisions::organization_id.eq(&self.organization_text))
            .filter(target_revisions::measure_id.eq(measure.to_string()))
            .select(target_revisions::id)
            .load(self.connection)?;
        self.some(ids, when)
    }

    /// What decides about an outcome: its children, measures, responsibilities, and who holds the roles they name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such outcome.
    pub fn scene(&mut self, outcome: OutcomeId, at: Instant) -> Result<Picture, StoreError> {
        let when = When::Present;
        let center = self.get(outcome, when)?;
        let alignments: Vec<Kept<Alignment>> = self.children_of(outcome, when)?;
        let mut outcomes = Vec::new();
        for alignment in alignments.iter().filter(|alignment| alignment.kind == AlignmentKind::Contributes) {
            outcomes.extend(self.find::<Outcome>(alignment.child, when)?);
        }
        outcomes.retain(|child| child.id != outcome);
        let measures = self.measures_of(outcome, when)?;
        let responsibilities = self.outcome_responsibilities(outcome)?;
        let (mut roles, mut assignments, mut people) = (Vec::new(), Vec::new(), Vec::new());
        for responsibility in &responsibilities {
            match responsibility.subject {
                Subject::Role(role) => {
                    roles.extend(self.find(role, when)?);
                    assignments.extend(self.role_assignments(&role.to_string())?);
                }
                Subject::Person(person) => people.extend(self.find(person, when)?),
            }
        }
        roles.dedup_by_key(|role| role.id);
        for assignment in &assignments {
            people.extend(self.find(assignment.person, when)?);
        }
        let periods: Vec<_> =
            center.period.map(|period| self.find(period, when)).transpose()?.flatten().into_iter().collect();
        outcomes.push(center);
        let of: Vec<MeasureId> = measures.iter().map(|measure| measure.id).collect();
        let Headline { points: headline, recorders } = self.headline(at, when, Some(&of))?;
        let organization = self.organization(when)?;
        let rule_settings = self.all(when)?;
        let closed_settings = self.closed_settings(&periods, &rule_settings, &organization, when)?;
        Ok(Picture::new(PictureParts {
            at,
            organization,
            mission: None,
            themes: Vec::new(),
            periods,
            teams: Vec::new(),
            memberships: Vec::new(),
            people: unique(people),
            roles: unique(roles),
            assignments: unique(assignments),
            outcomes,
            results: Vec::new(),
            measures,
            responsibilities,
            alignments,
            headline,
            recorders,
            person_skills: Vec::new(),
            rule_settings,
            closed_settings,
            waivers: self.all(when)?,
            reports: self.reports_of(&[outcome.to_string()], when)?,
            briefings: Vec::new(),
            disabled_webhooks: Vec::new(),
        }))
    }

    fn outcome_responsibilities(&mut self, outcome: OutcomeId) -> Result<Vec<Kept<Responsibility>>, StoreError> {
        let ids = responsibilities::table
            .filter(responsibilities::organization_id.eq(&self.organization_text))
            .filter(responsibilities::outcome_id.eq(outcome.to_string()))
            .select(responsibilities::id)
            .load(self.connection)?;
        self.some(ids, When::Present)
    }

    fn role_assignments(&mut self, role: &str) -> Result<Vec<Kept<Assignment>>, StoreError> {
        let ids = assignments::table
            .filter(assignments::organization_id.eq(&self.organization_text))
            .filter(assignments::role_id.eq(role))
            .select(assignments::id)
            .load(self.connection)?;
        self.some(ids, When::Present)
    }

    /// What the log says of a subject beside its observations, oldest first, as known after a revision.
    ///
    /// # Errors
    /// What the database says.
    pub fn entries_of(&mut self, subject: &str, known: i64) -> Result<Vec<Entry>, StoreError> {
        let rows: Vec<(i64, i64, String, String, String)> = changes::table
            .filter(changes::organization_id.eq(&self.organization_text))
            .filter(changes::subject_id.eq(subject))
            .filter(decided())
            .filter(changes::revision.le(known))
            .select((changes::revision, changes::recorded_at, changes::actor, changes::action, changes::record))
            .order((changes::revision, changes::position))
            .load(self.connection)?;
        Ok(rows
            .into_iter()
            .map(|(revision, recorded_at, actor, action, record)| Entry {
                revision,
                recorded_at: Instant::from_micros(recorded_at),
                actor,
                action,
                record,
            })
            .collect())
    }

    /// Whether a measure has observations, as known now.
    ///
    /// # Errors
    /// What the database says.
    pub fn has_observations(&mut self, measure: MeasureId) -> Result<bool, StoreError> {
        use crate::schema::{observations, series};
        let known = observations::table
            .inner_join(series::table.on(
                series::organization_id.eq(observations::organization_id).and(series::number.eq(observations::series)),
            ))
            .filter(observations::organization_id.eq(&self.organization_text))
            .filter(series::measure_id.eq(measure.to_string()));
        Ok(diesel::select(diesel::dsl::exists(known)).get_result(self.connection)?)
    }
}

fn unique<T: remit_domain::id::Identified>(mut all: Vec<Kept<T>>) -> Vec<Kept<T>> {
    all.sort_by_key(|kept| kept.id);
    all.dedup_by_key(|kept| kept.id);
    all
}
