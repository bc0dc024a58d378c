//! What falls due by itself: outcomes, milestones, and the next values of measures.

use super::{Duty, DutyKind, DutySubject};
use crate::assessment::Assessment;
use crate::entity::Kept;
use crate::measure::{Measure, MeasureId, MeasureState};
use crate::outcome::OutcomeId;
use crate::picture::Picture;
use crate::time::Day;

/// When some outcomes fall due, and the values and milestones of some measures, the earliest first.
pub(crate) fn falling_due(
    picture: &Picture,
    assessment: &Assessment,
    outcomes: impl IntoIterator<Item = OutcomeId>,
    measures: impl IntoIterator<Item = MeasureId>,
) -> Vec<Duty> {
    let today = picture.today();
    let mut duties = Vec::new();
    for outcome in outcomes.into_iter().filter_map(|id| picture.outcome(id)) {
        let subject = DutySubject::Outcome(outcome.id);
        let duty = Duty::of_outcome(DutyKind::Outcome, subject, outcome.id, outcome.title.as_str());
        duties.extend(picture.due_of(outcome).map(|due_on| duty.due(due_on, today)));
    }
    for measure in measures.into_iter().filter_map(|id| picture.measure(id)) {
        if measure.state != MeasureState::Active {
            continue;
        }
        for milestone in measure.milestones.iter().filter(|one| one.done_on.is_none()) {
            let duty = Duty::of_measure(DutyKind::Milestone, measure, milestone.title.as_str());
            let duty = Duty { milestone: Some(milestone.id), ..duty };
            duties.extend(milestone.due_on.map(|due_on| duty.due(due_on, today)));
        }
        let duty = Duty::of_measure(DutyKind::RecordMeasure, measure, measure.name.as_str());
        duties.extend(next_on(picture, assessment, measure).map(|due_on| duty.due(due_on, today)));
    }
    Duty::sort(&mut duties);
    duties
}

/// When the next value of a measure is due. Where nothing was ever observed, that is as if something had been on the
/// outcome's first day.
fn next_on(picture: &Picture, assessment: &Assessment, measure: &Kept<Measure>) -> Option<Day> {
    let update = assessment.measure(measure.id)?.update?;
    update.next_on.or_else(|| {
        let start_on = picture.start_of(picture.outcome(measure.outcome)?)?;
        crate::pace::update(measure, Some(start_on), picture.today())?.next_on
    })
}
