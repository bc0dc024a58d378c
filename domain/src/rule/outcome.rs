//! The rules of outcomes: what is not measured, or not due, is not an outcome yet.

use super::{Evidence, Rule, RuleGroup, Scene, Severity};
use crate::measure::MeasureState;
use crate::outcome::OutcomeState;

pub(super) const NO_MEASURE: Rule = Rule {
    id: "no_measure",
    version: 1,
    group: RuleGroup::Outcome,
    severity: Severity::Error,
    what: "The outcome has no active measure, and no outcome that counts contributes to it.",
    why: "Without a measure nobody can tell whether it has been reached.",
    remedy: "Add a measure with a baseline and a target, or align an active outcome that contributes to it.",
    find: no_measure,
};

fn no_measure(scene: &Scene<'_>) -> Option<Evidence> {
    let mut active = 0usize;
    let mut retired = 0usize;
    for measure in scene.picture.measures_of(scene.outcome.id) {
        match measure.state {
            MeasureState::Active => active += 1,
            MeasureState::Retired => retired += 1,
        }
    }
    (active == 0 && !is_measured_by_parts(scene)).then(|| vec![("retired_measures", retired.to_string())])
}

/// An outcome may stand on its parts alone: their progress is its own.
fn is_measured_by_parts(scene: &Scene<'_>) -> bool {
    let position = scene.picture.outcome_position(scene.outcome.id);
    let children = position.map_or(&[][..], |position| scene.picture.children_at(position));
    children.iter().filter(|edge| edge.weight > 0.0).any(|edge| {
        scene.picture.parts().outcomes.get(edge.to).is_some_and(|child| match child.state {
            OutcomeState::Active | OutcomeState::Closed => true,
            OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Cancelled => false,
        })
    })
}

pub(super) const NO_DUE_DATE: Rule = Rule {
    id: "no_due_date",
    version: 1,
    group: RuleGroup::Outcome,
    severity: Severity::Error,
    what: "The outcome has no last day, of its own or from a period.",
    why: "What is not due is never late, and no pace can be told.",
    remedy: "Give it a due_on, or put it into a period.",
    find: no_due_date,
};

fn no_due_date(scene: &Scene<'_>) -> Option<Evidence> {
    let due_on = scene.picture.due_of(scene.outcome);
    due_on.is_none().then(Vec::new)
}
