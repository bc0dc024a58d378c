//! Outcomes and their results, as they are kept.

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable, Selectable};
use remit_domain::outcome::{Outcome, OutcomeResult, Serves};
use remit_domain::spelling::Spelled;
use remit_domain::time::Instant;

use crate::record;
use crate::schema::{outcomes, results};
use crate::versioned::{Content, Unreadable, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = outcomes)]
pub(crate) struct OutcomeRow {
    title: String,
    statement: Option<String>,
    impact: Option<String>,
    category: String,
    mission_id: Option<String>,
    theme_id: Option<String>,
    team_id: Option<String>,
    owner_id: Option<String>,
    period_id: Option<String>,
    start_on: Option<String>,
    due_on: Option<String>,
    commitment: String,
    weight: f64,
    state: String,
    active_from: Option<i64>,
    ended_at: Option<i64>,
    skills: String,
    tags: String,
    check_in_days: Option<i32>,
    check_in_grace_days: Option<i32>,
}

impl Content for Outcome {
    content_queries!(outcomes, OutcomeRow);

    fn row(&self) -> OutcomeRow {
        let Self {
            title,
            statement,
            impact,
            category,
            serves,
            team,
            owner,
            period,
            start_on,
            due_on,
            commitment,
            weight,
            state,
            active_from,
            ended_at,
            skills,
            tags,
            check_in_days,
            check_in_grace_days,
        } = self;
        OutcomeRow {
            title: title.to_string(),
            statement: statement.as_ref().map(ToString::to_string),
            impact: impact.as_ref().map(ToString::to_string),
            category: category.to_string(),
            mission_id: match serves {
                Some(Serves::Mission(id)) => Some(id.to_string()),
                Some(Serves::Theme(_)) | None => None,
            },
            theme_id: match serves {
                Some(Serves::Theme(id)) => Some(id.to_string()),
                Some(Serves::Mission(_)) | None => None,
            },
            team_id: team.as_ref().map(ToString::to_string),
            owner_id: owner.as_ref().map(ToString::to_string),
            period_id: period.as_ref().map(ToString::to_string),
            start_on: start_on.as_ref().map(ToString::to_string),
            due_on: due_on.as_ref().map(ToString::to_string),
            commitment: commitment.to_string(),
            weight: *weight,
            state: state.to_string(),
            active_from: active_from.map(Instant::micros),
            ended_at: ended_at.map(Instant::micros),
            skills: record::skills(skills).to_string(),
            tags: record::texts(tags).to_string(),
            check_in_days: *check_in_days,
            check_in_grace_days: *check_in_grace_days,
        }
    }

    fn value(row: OutcomeRow) -> Result<Self, Unreadable> {
        let OutcomeRow {
            title,
            statement,
            impact,
            category,
            mission_id,
            theme_id,
            team_id,
            owner_id,
            period_id,
            start_on,
            due_on,
            commitment,
            weight,
            state,
            active_from,
            ended_at,
            skills,
            tags,
            check_in_days,
            check_in_grace_days,
        } = row;
        let serves = match (mission_id, theme_id) {
            (_, Some(theme)) => Some(Serves::Theme(read_back::id(&theme)?)),
            (Some(mission), None) => Some(Serves::Mission(read_back::id(&mission)?)),
            (None, None) => None,
        };
        Ok(Self {
            title: read_back::text(&title)?,
            statement: read_back::text_opt(statement)?,
            impact: read_back::text_opt(impact)?,
            category: read_back::word(&category)?,
            serves,
            team: read_back::id_opt(team_id)?,
            owner: read_back::id_opt(owner_id)?,
            period: read_back::id_opt(period_id)?,
            start_on: read_back::day_opt(start_on)?,
            due_on: read_back::day_opt(due_on)?,
            commitment: read_back::word(&commitment)?,
            weight,
            state: read_back::word(&state)?,
            active_from: active_from.map(Instant::from_micros),
            ended_at: ended_at.map(Instant::from_micros),
            skills: record::skills_back(&skills)?,
            tags: record::texts_back(&tags)?,
            check_in_days,
            check_in_grace_days,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self {
            title,
            statement,
            impact,
            category,
            serves,
            team,
            owner,
            period,
            start_on,
            due_on,
            commitment,
            weight,
            state,
            active_from,
            ended_at,
            skills,
            tags,
            check_in_days,
            check_in_grace_days,
        } = self;
        let (mission, theme) = match serves {
            Some(Serves::Mission(id)) => (Some(id.to_string()), None),
            Some(Serves::Theme(id)) => (None, Some(id.to_string())),
            None => (None, None),
        };
        json!({
            "title": title.as_str(),
            "statement": statement.as_ref().map(ToString::to_string),
            "impact": impact.as_ref().map(ToString::to_string),
            "category": category.as_str(),
            "mission": mission,
            "theme": theme,
            "team": team.map(|id| id.to_string()),
            "owner": owner.map(|id| id.to_string()),
            "period": period.map(|id| id.to_string()),
            "start_on": start_on.map(|day| day.to_string()),
            "due_on": due_on.map(|day| day.to_string()),
            "commitment": commitment.as_str(),
            "weight": weight,
            "state": state.as_str(),
            "active_from": active_from.map(record::instant),
            "ended_at": ended_at.map(record::instant),
            "skills": record::skills(skills),
            "tags": record::texts(tags),
            "check_in_days": check_in_days,
            "check_in_grace_days": check_in_grace_days,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = results)]
pub(crate) struct OutcomeResultRow {
    outcome_id: String,
    result: String,
    score: f64,
    final_progress: Option<f64>,
    final_coverage: Option<f64>,
    retrospective: Option<String>,
    reason: Option<String>,
}

impl Content for OutcomeResult {
    content_queries!(results, OutcomeResultRow);

    fn row(&self) -> OutcomeResultRow {
        let Self { outcome, result, score, final_progress, final_coverage, retrospective, reason } = self;
        OutcomeResultRow {
            outcome_id: outcome.to_string(),
            result: result.to_string(),
            score: *score,
            final_progress: *final_progress,
            final_coverage: *final_coverage,
            retrospective: retrospective.as_ref().map(ToString::to_string),
            reason: reason.as_ref().map(ToString::to_string),
        }
    }

    fn value(row: OutcomeResultRow) -> Result<Self, Unreadable> {
        let OutcomeResultRow { outcome_id, result, score, final_progress, final_coverage, retrospective, reason } = row;
        Ok(Self {
            outcome: read_back::id(&outcome_id)?,
            result: read_back::word(&result)?,
            score,
            final_progress,
            final_coverage,
            retrospective: read_back::text_opt(retrospective)?,
            reason: read_back::text_opt(reason)?,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { outcome, result, score, final_progress, final_coverage, retrospective, reason } = self;
        json!({
            "outcome": outcome.to_string(),
            "result": result.as_str(),
            "score": score,
            "final_progress": final_progress,
            "final_coverage": final_coverage,
            "retrospective": retrospective.as_ref().map(ToString::to_string),
            "reason": reason.as_ref().map(ToString::to_string),
        })
    }
}
