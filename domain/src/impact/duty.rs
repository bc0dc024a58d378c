//! What falls due after someone is gone who answers for it or does it.

use std::collections::BTreeSet;

use super::{BORNE, Case};
use crate::duty::{Duty, falling_due};
use crate::measure::MeasureId;
use crate::outcome::OutcomeId;
use crate::responsibility::Object;
use crate::role::Subject;

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
    let mut duties = falling_due(picture, case.assessment, outcomes, measures);
    duties.retain(|duty| duty.due_on.is_some_and(|due_on| due_on >= first));
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
