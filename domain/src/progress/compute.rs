//! The formulas of progress, one a kind.

use super::{Absent, Aggregate, Baseline, BaselineSource, Latest, Progress, Question};
use crate::measure::{Aggregation, Measure, MeasureError, MeasureKind};
use crate::number::total;
use crate::picture::Point;
use crate::reporting::{Reporting, Tally};
use crate::time::Day;

/// Where a measure stands on a day.
pub fn progress(question: &Question<'_>) -> Progress {
    let measure = question.measure;
    let window = window(question);
    let value = match measure.aggregation {
        // The latest alone decides; the rest need not be read.
        Aggregation::Last => window.last().map(|point| point.value),
        Aggregation::Sum | Aggregation::Mean | Aggregation::Min | Aggregation::Max => {
            window.iter().map(|point| point.value).collect::<Aggregate>().get(measure.aggregation)
        }
    };
    let mut answer = Progress {
        baseline: baseline(question),
        target: None,
        value,
        latest: question.points.last().map(|point| Latest { point: *point, on: question.day(point) }),
        attainment: None,
        progress: None,
        intervals: None,
        absent: None,
    };
    let attained = match measure.kind {
        MeasureKind::Increase | MeasureKind::Decrease => way(question, &mut answer),
        MeasureKind::MaintainAbove | MeasureKind::MaintainBelow | MeasureKind::MaintainRange => {
            kept(question, &mut answer)
        }
        MeasureKind::Reach => match window.last() {
            Some(latest) => Ok(all_or_nothing(measure, latest.value)),
            None => Err(Absent::NoObservation),
        },
        MeasureKind::Milestones => Ok(done(measure, question.today)),
        MeasureKind::Monitor => Err(Absent::NoTarget),
    };
    match attained {
        Ok(attainment) => {
            answer.attainment = Some(attainment);
            answer.progress = Some(attainment.clamp(0.0, 100.0));
        }
        Err(absent) => answer.absent = Some(absent),
    }
    answer
}

impl Progress {
    /// Whether it rests on anything: milestones always do, everything else on an observation.
    pub fn has_data(&self) -> bool {
        self.progress.is_some() && self.intervals.is_none_or(|tally| tally.observed > 0)
    }
    /// The attainment that a value would have, per cent; for kinds in which a value alone decides it.
    pub fn attainment_of(&self, measure: &Measure, value: f64) -> Option<f64> {
        match measure.kind {
            MeasureKind::Increase | MeasureKind::Decrease => {
                Some(share_of_way(self.baseline?.value, self.target?, value))
            }
            MeasureKind::Reach => Some(all_or_nothing(measure, value)),
            MeasureKind::MaintainAbove
            | MeasureKind::MaintainBelow
            | MeasureKind::MaintainRange
            | MeasureKind::Milestones
            | MeasureKind::Monitor => None,
        }
    }
}

/// `100 · (v − b) / (t − b)`, held to what a number can say where the way is vanishingly short.
fn share_of_way(baseline: f64, target: f64, value: f64) -> f64 {
    // Where nothing is gained, the division may give -0.0.
    (100.0 * (value - baseline) / (target - baseline)).clamp(f64::MIN, f64::MAX) + 0.0
}

fn all_or_nothing(measure: &Measure, value: f64) -> f64 {
    if measure.target.satisfied_by(value) { 100.0 } else { 0.0 }
}

fn way(question: &Question<'_>, answer: &mut Progress) -> Result<f64, Absent> {
    let Some(baseline) = answer.baseline else {
        // Without any observation, that is what is missing first.
        return Err(match (answer.value, question.start_on) {
            (None, _) => Absent::NoObservation,
            (Some(_), None) => Absent::NoStart,
            (Some(_), Some(_)) => Absent::NoBaseline,
        });
    };
    let target = question.measure.target.resolve(question.measure.kind, baseline.value).map_err(unresolved)?;
    answer.target = Some(target);
    let value = answer.value.ok_or(Absent::NoObservation)?;
    Ok(share_of_way(baseline.value, target, value))
}

/// Why an observed baseline gives no target; the rest was refused when the measure was written.
fn unresolved(error: MeasureError) -> Absent {
    match error {
        MeasureError::BaselineIsTarget => Absent::BaselineIsTarget,
        MeasureError::WrongDirection => Absent::WrongDirection,
        MeasureError::RelativeToNothing => Absent::RelativeToNothing,
        MeasureError::LowNotBelowHigh
        | MeasureError::Missing(_)
        | MeasureError::Unexpected(_)
        | MeasureError::Weight
        | MeasureError::Precision
        | MeasureError::Days(_)
        | MeasureError::TooMany(_)
        | MeasureError::PlanOrder => Absent::NoTarget,
    }
}

fn kept(question: &Question<'_>, answer: &mut Progress) -> Result<f64, Absent> {
    let start_on = question.start_on.ok_or(Absent::NoStart)?;
    let measure = question.measure;
    let fiscal = question.organization.fiscal_year_starts;
    let reporting = Reporting::new(&measure.cadence, start_on, question.due_on, question.today, fiscal);
    let begin = question.points.partition_point(|point| question.day(point) < start_on);
    let observations = question.points.iter().skip(begin).map(|point| (question.day(point), point.value));
    let tally = reporting.tally(observations, measure.aggregation, |value| measure.target.satisfied_by(value));
    answer.intervals = Some(tally);
    let Tally { due, observed: _, met } = tally;
    if due == 0 { Err(Absent::NothingDue) } else { Ok(100.0 * met as f64 / due as f64) }
}

fn done(measure: &Measure, today: Day) -> f64 {
    let all = total(measure.milestones.iter().map(|milestone| milestone.weight));
    let is_done = |day: Option<Day>| day.is_some_and(|day| day <= today);
    let done = measure.milestones.iter().filter(|milestone| is_done(milestone.done_on));
    100.0 * total(done.map(|milestone| milestone.weight)) / all
}

fn baseline(question: &Question<'_>) -> Option<Baseline> {
    if let Some(given) = question.measure.target.baseline {
        return Some(Baseline { value: given.get(), source: BaselineSource::Given });
    }
    match question.measure.kind {
        MeasureKind::Increase | MeasureKind::Decrease | MeasureKind::Reach | MeasureKind::Monitor => {}
        // These have nowhere to start from.
        MeasureKind::MaintainAbove
        | MeasureKind::MaintainBelow
        | MeasureKind::MaintainRange
        | MeasureKind::Milestones => return None,
    }
    let start_on = question.start_on?;
    let before = question.points.partition_point(|point| question.day(point) <= start_on);
    let point = question.points.get(before.checked_sub(1)?)?;
    let source = BaselineSource::Observed { on: question.day(point), at: point.at };
    Some(Baseline { value: point.value, source })
}

/// The observations from which the current value is taken.
///
/// Those of the first day belong to it where the baseline was given or is not asked for; otherwise
/// the last of them is the baseline. Nothing lies between an observed baseline and the first day,
/// so "after the baseline" and "after the first day" are the same.
pub(crate) fn window<'a>(question: &Question<'a>) -> &'a [Point] {
    let takes_first_day = match question.measure.kind {
        MeasureKind::MaintainAbove | MeasureKind::MaintainBelow | MeasureKind::MaintainRange => true,
        MeasureKind::Increase
        | MeasureKind::Decrease
        | MeasureKind::Reach
        | MeasureKind::Milestones
        | MeasureKind::Monitor => question.measure.target.baseline.is_some(),
    };
    let begin = question.start_on.map_or(0, |start_on| {
        question.points.partition_point(|point| {
            let day = question.day(point);
            day < start_on || (day == start_on && !takes_first_day)
        })
    });
    let until = question.due_on.map_or(question.today, |due_on| due_on.min(question.today));
    question.until(until).get(begin..).unwrap_or(&[])
}
