//! Duties: what falls due after someone is gone who answers for it or does it.

use std::collections::BTreeSet;

use super::{BORNE, Case};
use crate::measure::{MeasureId, MeasureState};
use crate::outcome::OutcomeId;
use crate::responsibility::Object;
use crate::role::Subject;
use crate::spelling::spelled;
use crate::text::Title;
use crate::time::Day;

/// Something that falls due.
#[derive(Clone, Debug, PartialEq)]
pub struct Duty {
    /// What kind of thing.
    pub kind: DutyKind,
    /// The outcome that it belongs to.
    pub outcome: OutcomeId,
    /// The measure, where it is one.
    pub measure: Option<MeasureId>,
    /// What it is called.
    pub title: Title,
    /// The day on which it falls due.
    pub due_on: Day,
}

/// The kinds of duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DutyKind {
    /// A measure's next value.
    Update,
    /// A milestone.
    Milestone,
    /// An outcome.
    Outcome,
}
spelled!(DutyKind { Update = "update", Milestone = "milestone", Outcome = "outcome" });

/// What falls due on or after the day of the instant, of what the one who is gone stands behind then.
pub(super) fn duties(case: &Case<'_>, touched: &BTreeSet<Object>) -> Vec<Duty> {
    let picture = case.picture;
    let first = picture.day_of(case.from);
    let outcomes: BTreeSet<OutcomeId> = touched
        .iter()
        .filter(|object| stands_behind(case, **object))
        .filter_map(|object| match object {
            Object::Outcome(id) => Some(*id),
            Object::Measure(_) => None,
        })
        .collect();
    let measures = touched.iter().filter(|object| stands_behind(case, **object)).filter_map(|object| match object {
        Object::Outcome(_) => None,
        Object::Measure(id) => Some(*id),
    });
    let of_outcomes = outcomes.iter().flat_map(|outcome| picture.measures_of(*outcome)).map(|measure| measure.id);
    let measures: BTreeSet<MeasureId> = measures.chain(of_outcomes).collect();

    let mut duties = Vec::new();
    for outcome in outcomes.iter().filter_map(|id| picture.outcome(*id)) {
        if let Some(due_on) = picture.due_of(outcome) {
            let title = outcome.title.clone();
            duties.push(Duty { kind: DutyKind::Outcome, outcome: outcome.id, measure: None, title, due_on });
        }
    }
    for measure in measures.iter().filter_map(|id| picture.measure(*id)) {
        if measure.state != MeasureState::Active {
            continue;
        }
        let duty =
            |kind, title, due_on| Duty { kind, outcome: measure.outcome, measure: Some(measure.id), title, due_on };
        for milestone in measure.milestones.iter().filter(|one| one.done_on.is_none()) {
            duties.extend(milestone.due_on.map(|due_on| duty(DutyKind::Milestone, milestone.title.clone(), due_on)));
        }
        let update = case.assessment.measure(measure.id).and_then(|one| one.update);
        let next = update.and_then(|update| update.next_on);
        duties.extend(next.map(|due_on| duty(DutyKind::Update, measure.name.clone(), due_on)));
    }
    duties.retain(|duty| duty.due_on >= first);
    duties.sort_by_key(|duty| (duty.due_on, duty.kind, duty.outcome, duty.measure));
    duties
}

/// Whether the one who is gone is named for something at the instant, or holds a role that is.
fn stands_behind(case: &Case<'_>, object: Object) -> bool {
    let named = case
        .picture
        .responsibilities_of(object)
        .filter(|one| BORNE.contains(&one.part) && one.during.contains(case.from));
    let roles = super::roles_of(case.picture, case.gone, case.from);
    named.map(|one| one.subject).any(|subject| match subject {
        Subject::Role(role) => roles.contains(&role),
        Subject::Person(_) => subject == case.gone,
    })
}
