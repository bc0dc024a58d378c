//! Where one measure stands.

use super::MeasureAssessment;
use crate::entity::Kept;
use crate::measure::{Measure, MeasureKind, MeasureState};
use crate::outcome::{OutcomeState, TimeFrame};
use crate::pace::{Freshness, Standing, expected, pace, update};
use crate::picture::Picture;
use crate::progress::{Progress, Question, progress};
use crate::time::Day;

pub(super) fn assess(picture: &Picture, measure: &Kept<Measure>, position: usize) -> MeasureAssessment {
    let outcome = picture.outcome_at(position).and_then(|position| picture.parts().outcomes.get(position));
    let start_on = outcome.and_then(|outcome| picture.start_of(outcome));
    let due_on = outcome.and_then(|outcome| picture.due_of(outcome));
    let today = picture.today();
    let organization = &picture.parts().organization;
    let points = picture.headline(measure.id);
    let progress = progress(&Question { measure, start_on, due_on, today, organization, points });
    let update = update(measure, progress.latest.map(|latest| latest.on), today);
    let expected = expected_of(measure, &progress, start_on, due_on, today);
    let is_part = measure.state == MeasureState::Active && measure.kind != MeasureKind::Monitor;
    let standing = Standing {
        result: outcome.and_then(|outcome| super::outcome::result(picture, outcome)),
        has_started: start_on.is_none_or(|start_on| start_on <= today),
        is_stale: update.is_some_and(|update| update.freshness == Freshness::Stale),
        has_data: progress.has_data(),
        attainment: progress.attainment,
        progress: progress.progress,
        expected,
    };
    let is_pursued = outcome.is_some_and(|outcome| is_pursued(outcome.state));
    let pace = if is_part && is_pursued { pace(&standing, organization.thresholds) } else { None };
    MeasureAssessment { id: measure.id, counts: is_part && measure.weight > 0.0, progress, expected, pace, update }
}

/// Whether an outcome in this state is part of any sum and has a pace.
pub(super) fn is_pursued(state: OutcomeState) -> bool {
    match state {
        OutcomeState::Active | OutcomeState::Closed => true,
        OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Cancelled => false,
    }
}

fn expected_of(
    measure: &Measure,
    progress: &Progress,
    start_on: Option<Day>,
    due_on: Option<Day>,
    today: Day,
) -> Option<f64> {
    match measure.kind {
        // What is to be kept is expected in full from the first day on.
        MeasureKind::MaintainAbove | MeasureKind::MaintainBelow | MeasureKind::MaintainRange => {
            Some(if start_on.is_none_or(|start_on| start_on <= today) { 100.0 } else { 0.0 })
        }
        MeasureKind::Increase | MeasureKind::Decrease | MeasureKind::Reach | MeasureKind::Milestones => {
            let frame = TimeFrame { start_on: start_on?, due_on: due_on? };
            let plan: Vec<(Day, f64)> = measure
                .plan
                .iter()
                .filter_map(|point| Some((point.on, progress.attainment_of(measure, point.value.get())?)))
                .collect();
            (frame.start_on <= frame.due_on).then(|| expected(frame, today, &plan))
        }
        MeasureKind::Monitor => None,
    }
}
