//! Check-ins, as they are kept.

use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};
use remit_domain::check_in::{CheckIn, Report, Snapshot};
use remit_domain::entity::Kept;
use remit_domain::id::Identified;
use remit_domain::outcome::OutcomeId;
use remit_domain::person::PersonId;
use remit_domain::picture::REPORTS_KEPT;
use remit_domain::time::Instant;

use crate::error::StoreError;
use crate::read::ReadTx;
use crate::record::{self, Value, json};
use crate::schema::{check_ins, versions};
use crate::versioned::{Content, OPEN, Unreadable, When, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = check_ins)]
pub(crate) struct CheckInRow {
    outcome_id: String,
    from_on: String,
    to_on: String,
    reported_status: Option<String>,
    confidence: Option<f64>,
    changed: Option<String>,
    blockers: Option<String>,
    next_steps: Option<String>,
    author_id: Option<String>,
    reviewer_id: Option<String>,
    published_at: Option<i64>,
    acknowledged_at: Option<i64>,
    taken_at: i64,
    progress: Option<f64>,
    coverage: Option<f64>,
    expected: Option<f64>,
    pace: Option<String>,
    probability: Option<f64>,
    previous_progress: Option<f64>,
    measures: String,
}

impl Content for CheckIn {
    content_queries!(check_ins, CheckInRow);

    fn row(&self) -> CheckInRow {
        let Self {
            outcome,
            from_on,
            to_on,
            reported_status,
            confidence,
            changed,
            blockers,
            next_steps,
            author,
            reviewer,
            published_at,
            acknowledged_at,
            snapshot,
        } = self;
        let Snapshot { taken_at, progress, coverage, expected, pace, probability, previous_progress, measures } =
            snapshot;
        CheckInRow {
            outcome_id: outcome.to_string(),
            from_on: from_on.to_string(),
            to_on: to_on.to_string(),
            reported_status: reported_status.map(|status| status.to_string()),
            confidence: *confidence,
            changed: changed.as_ref().map(ToString::to_string),
            blockers: blockers.as_ref().map(ToString::to_string),
            next_steps: next_steps.as_ref().map(ToString::to_string),
            author_id: author.as_ref().map(ToString::to_string),
            reviewer_id: reviewer.as_ref().map(ToString::to_string),
            published_at: published_at.map(Instant::micros),
            acknowledged_at: acknowledged_at.map(Instant::micros),
            taken_at: taken_at.micros(),
            progress: *progress,
            coverage: *coverage,
            expected: *expected,
            pace: pace.map(|pace| pace.to_string()),
            probability: *probability,
            previous_progress: *previous_progress,
            measures: record::readings(measures).to_string(),
        }
    }

    fn value(row: CheckInRow) -> Result<Self, Unreadable> {
        let CheckInRow {
            outcome_id,
            from_on,
            to_on,
            reported_status,
            confidence,
            changed,
            blockers,
            next_steps,
            author_id,
            reviewer_id,
            published_at,
            acknowledged_at,
            taken_at,
            progress,
            coverage,
            expected,
            pace,
            probability,
            previous_progress,
            measures,
        } = row;
        Ok(Self {
            outcome: read_back::id(&outcome_id)?,
            from_on: read_back::day(&from_on)?,
            to_on: read_back::day(&to_on)?,
            reported_status: read_back::word_opt(reported_status)?,
            confidence,
            changed: read_back::text_opt(changed)?,
            blockers: read_back::text_opt(blockers)?,
            next_steps: read_back::text_opt(next_steps)?,
            author: read_back::id_opt(author_id)?,
            reviewer: read_back::id_opt(reviewer_id)?,
            published_at: published_at.map(Instant::from_micros),
            acknowledged_at: acknowledged_at.map(Instant::from_micros),
            snapshot: Snapshot {
                taken_at: Instant::from_micros(taken_at),
                progress,
                coverage,
                expected,
                pace: read_back::word_opt(pace)?,
                probability,
                previous_progress,
                measures: record::readings_back(&measures)?,
            },
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self {
            outcome,
            from_on,
            to_on,
            reported_status,
            confidence,
            changed,
            blockers,
            next_steps,
            author,
            reviewer,
            published_at,
            acknowledged_at,
            snapshot,
        } = self;
        let Snapshot { taken_at, progress, coverage, expected, pace, probability, previous_progress, measures } =
            snapshot;
        json!({
            "outcome": outcome.to_string(),
            "from_on": from_on.to_string(),
            "to_on": to_on.to_string(),
            "reported_status": reported_status.map(|status| status.to_string()),
            "confidence": confidence,
            "changed": changed.as_ref().map(ToString::to_string),
            "blockers": blockers.as_ref().map(ToString::to_string),
            "next_steps": next_steps.as_ref().map(ToString::to_string),
            "author": author.map(|id| id.to_string()),
            "reviewer": reviewer.map(|id| id.to_string()),
            "published_at": published_at.map(record::instant),
            "acknowledged_at": acknowledged_at.map(record::instant),
            "snapshot": {
                "taken_at": record::instant(*taken_at),
                "progress": progress,
                "coverage": coverage,
                "expected": expected,
                "pace": pace.map(|pace| pace.to_string()),
                "probability": probability,
                "previous_progress": previous_progress,
                "measures": record::readings(measures),
            },
        })
    }
}

/// A published check-in as the query for reports gives it.
type ReportRow = (
    (String, String, Option<String>, Option<String>),
    (Option<i64>, Option<i64>, Option<String>, Option<f64>, Option<String>, Option<f64>),
);

impl ReadTx<'_> {
    /// The check-ins of an outcome, an author, a reviewer, or all; drafts too, by id and so by when they were begun.
    ///
    /// # Errors
    /// What the database says.
    pub fn check_ins(
        &mut self,
        outcome: Option<OutcomeId>,
        author: Option<PersonId>,
        reviewer: Option<PersonId>,
        when: When,
    ) -> Result<Vec<Kept<CheckIn>>, StoreError> {
        if outcome.is_none() && author.is_none() && reviewer.is_none() {
            return self.all(when);
        }
        let mut query = check_ins::table
            .filter(check_ins::organization_id.eq(&self.organization_text))
            .select(check_ins::id)
            .into_boxed();
        if let Some(outcome) = outcome {
            query = query.filter(check_ins::outcome_id.eq(outcome.to_string()));
        }
        if let Some(author) = author {
            query = query.filter(check_ins::author_id.eq(author.to_string()));
        }
        if let Some(reviewer) = reviewer {
            query = query.filter(check_ins::reviewer_id.eq(reviewer.to_string()));
        }
        let ids = query.load(self.connection)?;
        let mut check_ins: Vec<Kept<CheckIn>> = self.some(ids, when)?;
        // An earlier version may have named another.
        check_ins.retain(|one| author.is_none_or(|author| one.author == Some(author)));
        check_ins.retain(|one| reviewer.is_none_or(|reviewer| one.reviewer == Some(reviewer)));
        Ok(check_ins)
    }

    /// The latest published check-in of an outcome.
    ///
    /// # Errors
    /// What the database says.
    pub fn last_check_in(&mut self, outcome: OutcomeId) -> Result<Option<Kept<CheckIn>>, StoreError> {
        let id: Option<String> = check_ins::table
            .filter(check_ins::organization_id.eq(&self.organization_text))
            .filter(check_ins::outcome_id.eq(outcome.to_string()))
            .filter(check_ins::published_at.is_not_null())
            .order((check_ins::published_at.desc(), check_ins::id.desc()))
            .select(check_ins::id)
            .limit(1)
            .load(self.connection)?
            .pop();
        Ok(self.some(id.into_iter().collect(), When::Present)?.pop())
    }

    /// The latest published check-ins of every outcome.
    pub(crate) fn reports(&mut self, when: When) -> Result<Vec<Report>, StoreError> {
        self.reports_among(None, when)
    }

    /// The latest published check-ins of some outcomes.
    pub(crate) fn reports_of(&mut self, outcomes: &[String], when: When) -> Result<Vec<Report>, StoreError> {
        let mut reports = Vec::new();
        // Both databases bound the number of parameters of a statement.
        for some in outcomes.chunks(500) {
            reports.extend(self.reports_among(Some(some), when)?);
        }
        Ok(reports)
    }

    fn reports_among(&mut self, outcomes: Option<&[String]>, when: When) -> Result<Vec<Report>, StoreError> {
        let query = check_ins::table
            .inner_join(
                versions::table.on(versions::organization_id
                    .eq(check_ins::organization_id)
                    .and(versions::id.eq(check_ins::id))
                    .and(versions::revision.eq(check_ins::revision))),
            )
            .filter(check_ins::organization_id.eq(&self.organization_text))
            .filter(check_ins::published_at.is_not_null())
            .select((
                (check_ins::id, check_ins::outcome_id, check_ins::author_id, check_ins::reviewer_id),
                (
                    check_ins::published_at,
                    check_ins::acknowledged_at,
                    check_ins::reported_status,
                    check_ins::confidence,
                    check_ins::pace,
                    check_ins::probability,
                ),
            ))
            // Of each check-in its last version first.
            .order((
                check_ins::outcome_id,
                check_ins::published_at.desc(),
                check_ins::id.desc(),
                check_ins::revision.desc(),
            ))
            .into_boxed();
        let query = match outcomes {
            None => query,
            Some(outcomes) => query.filter(check_ins::outcome_id.eq_any(outcomes)),
        };
        let query = match when {
            When::Present => query.filter(versions::revision_to.eq(OPEN)),
            When::Past { known, as_of } => {
                query.filter(versions::revision.le(known)).filter(versions::valid_from.le(as_of.micros()))
            }
        };
        let (mut last, mut of, mut count) = (String::new(), String::new(), 0);
        let mut reports = Vec::new();
        for row in query.load_iter::<ReportRow, diesel::connection::DefaultLoadingMode>(self.connection)? {
            let row = row?;
            let (id, outcome) = (&row.0.0, &row.0.1);
            if *outcome != of {
                of.clone_from(outcome);
                count = 0;
            }
            if *id == last || count == REPORTS_KEPT {
                continue;
            }
            last.clone_from(id);
            count += 1;
            let report =
                report(row).map_err(|Unreadable(what)| StoreError::Corrupt(format!("{}: {what}", CheckIn::NOUN)))?;
            reports.extend(report);
        }
        Ok(reports)
    }
}

fn report(row: ReportRow) -> Result<Option<Report>, Unreadable> {
    let ((id, outcome, author, reviewer), (published_at, acknowledged_at, status, confidence, pace, probability)) = row;
    let (Some(published_at), Some(status)) = (published_at, read_back::word_opt(status)?) else { return Ok(None) };
    Ok(Some(Report {
        check_in: read_back::id(&id)?,
        outcome: read_back::id(&outcome)?,
        author: read_back::id_opt(author)?,
        reviewer: read_back::id_opt(reviewer)?,
        published_at: Instant::from_micros(published_at),
        acknowledged_at: acknowledged_at.map(Instant::from_micros),
        status,
        confidence,
        pace: read_back::word_opt(pace)?,
        probability,
    }))
}
