//! Measures and the revisions of their targets, as they are kept.

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable, Selectable};
use remit_domain::measure::{Measure, Target, TargetRevision};
use remit_domain::number::Number;
use remit_domain::spelling::Spelled;
use remit_domain::text::Key;

use crate::record;
use crate::schema::{measures, target_revisions};
use crate::versioned::{Content, Unreadable, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = measures)]
pub(crate) struct MeasureRow {
    outcome_id: String,
    key: String,
    name: String,
    kind: String,
    baseline: Option<f64>,
    target: Option<f64>,
    basis: String,
    amount: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    bound: String,
    unit: Option<String>,
    decimals: i16,
    aggregation: String,
    weight: f64,
    indicator: String,
    guardrail: bool,
    state: String,
    cadence: String,
    lag_days: i32,
    grace_days: Option<i32>,
    plan: String,
    milestones: String,
}

impl Content for Measure {
    content_queries!(measures, MeasureRow);

    fn row(&self) -> MeasureRow {
        let Self {
            outcome,
            key,
            name,
            kind,
            target,
            unit,
            precision,
            aggregation,
            weight,
            indicator,
            guardrail,
            state,
            cadence,
            lag_days,
            grace_days,
            plan,
            milestones,
        } = self;
        MeasureRow {
            outcome_id: outcome.to_string(),
            key: key.to_string(),
            name: name.to_string(),
            kind: kind.to_string(),
            baseline: target.baseline.map(Number::get),
            target: target.target.map(Number::get),
            basis: target.basis.to_string(),
            amount: target.amount.map(Number::get),
            low: target.low.map(Number::get),
            high: target.high.map(Number::get),
            bound: target.bound.to_string(),
            unit: unit.as_ref().map(ToString::to_string),
            decimals: *precision,
            aggregation: aggregation.to_string(),
            weight: *weight,
            indicator: indicator.to_string(),
            guardrail: *guardrail,
            state: state.to_string(),
            cadence: record::cadence(cadence).to_string(),
            lag_days: *lag_days,
            grace_days: *grace_days,
            plan: record::plan(plan).to_string(),
            milestones: record::milestones(milestones).to_string(),
        }
    }

    fn value(row: MeasureRow) -> Result<Self, Unreadable> {
        let MeasureRow {
            outcome_id,
            key,
            name,
            kind,
            baseline,
            target,
            basis,
            amount,
            low,
            high,
            bound,
            unit,
            decimals,
            aggregation,
            weight,
            indicator,
            guardrail,
            state,
            cadence,
            lag_days,
            grace_days,
            plan,
            milestones,
        } = row;
        Ok(Self {
            outcome: read_back::id(&outcome_id)?,
            key: Key::parse(&key).ok_or(Unreadable("key"))?,
            name: read_back::text(&name)?,
            kind: read_back::word(&kind)?,
            target: Target {
                baseline: read_back::number_opt(baseline)?,
                target: read_back::number_opt(target)?,
                basis: read_back::word(&basis)?,
                amount: read_back::number_opt(amount)?,
                low: read_back::number_opt(low)?,
                high: read_back::number_opt(high)?,
                bound: read_back::word(&bound)?,
            },
            unit: read_back::text_opt(unit)?,
            precision: decimals,
            aggregation: read_back::word(&aggregation)?,
            weight,
            indicator: read_back::word(&indicator)?,
            guardrail,
            state: read_back::word(&state)?,
            cadence: record::cadence_back(&cadence)?,
            lag_days,
            grace_days,
            plan: record::plan_back(&plan)?,
            milestones: record::milestones_back(&milestones)?,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self {
            outcome,
            key,
            name,
            kind,
            target,
            unit,
            precision,
            aggregation,
            weight,
            indicator,
            guardrail,
            state,
            cadence,
            lag_days,
            grace_days,
            plan,
            milestones,
        } = self;
        json!({
            "outcome": outcome.to_string(),
            "key": key.as_str(),
            "name": name.as_str(),
            "kind": kind.as_str(),
            "target": record::target(target),
            "unit": unit.as_ref().map(ToString::to_string),
            "precision": precision,
            "aggregation": aggregation.as_str(),
            "weight": weight,
            "indicator": indicator.as_str(),
            "guardrail": guardrail,
            "state": state.as_str(),
            "cadence": record::cadence(cadence),
            "lag_days": lag_days,
            "grace_days": grace_days,
            "plan": record::plan(plan),
            "milestones": record::milestones(milestones),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = target_revisions)]
pub(crate) struct TargetRevisionRow {
    measure_id: String,
    target_before: String,
    target_after: String,
    reason: String,
}

impl Content for TargetRevision {
    content_queries!(target_revisions, TargetRevisionRow);

    fn row(&self) -> TargetRevisionRow {
        let Self { measure, before, after, reason } = self;
        TargetRevisionRow {
            measure_id: measure.to_string(),
            target_before: record::target(before).to_string(),
            target_after: record::target(after).to_string(),
            reason: reason.to_string(),
        }
    }

    fn value(row: TargetRevisionRow) -> Result<Self, Unreadable> {
        let TargetRevisionRow { measure_id, target_before, target_after, reason } = row;
        Ok(Self {
            measure: read_back::id(&measure_id)?,
            before: record::target_back(&target_before)?,
            after: record::target_back(&target_after)?,
            reason: read_back::text(&reason)?,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { measure, before, after, reason } = self;
        json!({
            "measure": measure.to_string(),
            "before": record::target(before),
            "after": record::target(after),
            "reason": reason.as_str(),
        })
    }
}
