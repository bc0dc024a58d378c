//! Progress at the due date: what the value expected, and the ends of its intervals, are as per cent of the way.

use super::goal::Goal;
use super::method::Fit;
use super::{Between, Range, Silence};
use crate::measure::MeasureKind;
use crate::progress::{Progress, Question};
use crate::reporting::Reporting;
use crate::time::plus_days;

/// The quantiles that a range is made of: its value is the median.
const MEDIAN: f64 = 0.5;
const OF_80: (f64, f64) = (0.1, 0.9);
const OF_95: (f64, f64) = (0.025, 0.975);

/// Progress at the due date, per cent, 0 to 100.
pub(super) fn progress_at_due(
    question: &Question<'_>,
    progress: &Progress,
    value: &Range,
    goal: &Goal,
    (fit, ahead): (&Fit, f64),
) -> Result<Range, Silence> {
    let measure = question.measure;
    match measure.kind {
        MeasureKind::Increase | MeasureKind::Decrease => {
            let share = |value| progress.attainment_of(measure, value).ok_or(Silence::NoTarget);
            value.mapped(share).map(|range| range.held(0.0, 100.0))
        }
        MeasureKind::Reach => {
            let probability = goal.probability(&fit.ahead(ahead)).ok_or(Silence::NoTarget)?.computed();
            Ok(quantiles(|p| if p > 1.0 - probability { 100.0 } else { 0.0 }))
        }
        MeasureKind::MaintainAbove | MeasureKind::MaintainBelow | MeasureKind::MaintainRange => {
            kept(question, progress, goal, (fit, ahead))
        }
        MeasureKind::Milestones => Err(Silence::Milestones),
        MeasureKind::Monitor => Err(Silence::NoTarget),
    }
}

/// The share of intervals met by the end: those that are to come move together, as one path does, so that the
/// quantile of their number counts those that are met with at least that probability.
fn kept(
    question: &Question<'_>,
    progress: &Progress,
    goal: &Goal,
    (fit, ahead): (&Fit, f64),
) -> Result<Range, Silence> {
    let (start_on, due_on) = (question.start_on.ok_or(Silence::NoDueDate)?, question.due_on.ok_or(Silence::NoDueDate)?);
    let fiscal = question.organization.fiscal_year_starts;
    let over = plus_days(due_on, 1);
    let all = Reporting::new(&question.measure.cadence, start_on, Some(due_on), over, fiscal).ended();
    let tally = progress.intervals.unwrap_or_default();
    let coming = (all - tally.due).max(0);
    let to_come: Vec<f64> = (0..coming)
        .map(|before_end| (ahead - before_end as f64 / fit.unit()).max(0.0))
        .filter_map(|steps| goal.probability(&fit.ahead(steps)))
        .map(super::Probability::computed)
        .collect();
    if all <= 0 {
        return Err(Silence::NoPart);
    }
    let met = |p: f64| to_come.iter().filter(|probability| p > 1.0 - **probability).count();
    Ok(quantiles(|p| 100.0 * (tally.met as f64 + met(p) as f64) / all as f64).held(0.0, 100.0))
}

/// A range from its quantiles.
fn quantiles(of: impl Fn(f64) -> f64) -> Range {
    let between = |(low, high): (f64, f64)| Between { low: of(low), high: of(high) };
    Range { value: of(MEDIAN), within_80: between(OF_80), within_95: between(OF_95) }
}
