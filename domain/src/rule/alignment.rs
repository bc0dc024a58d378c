//! The rules of alignment: what leads to what, and whether it can.

use super::{Evidence, Fact, Judgement, Rule, RuleGroup, Scene, Severity};
use crate::alignment::{Alignment, AlignmentKind, AlignmentParent};
use crate::entity::Kept;
use crate::outcome::{Outcome, OutcomeState};

pub(super) const ORPHAN: Rule = Rule {
    id: "orphan",
    version: 1,
    group: RuleGroup::Alignment,
    severity: Severity::Warning,
    numbers: &[],
    what: "Every outcome that this one leads to has been closed or cancelled.",
    why: "It goes on although what it was for has ended.",
    example: "\"Faster onboarding\" contributes to \"Double our customers\" alone, which was cancelled in March.",
    remedy: "Align it with an outcome that is pursued, or close or cancel it too.",
    find: Judgement::Outcome(orphan),
};

fn orphan(scene: &Scene<'_, Outcome>) -> Option<Evidence> {
    let parents: Vec<&Kept<Outcome>> = led_to(scene).map(|(_, parent)| parent).collect();
    let has_ended = |parent: &&Kept<Outcome>| match parent.state {
        OutcomeState::Closed | OutcomeState::Cancelled => true,
        OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Active => false,
    };
    let fact = |parent: &Kept<Outcome>| [Fact::id("parent", parent.id), Fact::text("state", &parent.state.to_string())];
    (!parents.is_empty() && parents.iter().all(has_ended)).then(|| parents.into_iter().flat_map(fact).collect())
}

pub(super) const DUE_AFTER_PARENT: Rule = Rule {
    id: "due_after_parent",
    version: 1,
    group: RuleGroup::Alignment,
    severity: Severity::Warning,
    numbers: &[],
    what: "The outcome is due after an outcome that it leads to.",
    why: "What comes in only after the whole is due cannot help to reach it in time.",
    example: "\"New depots\" is due on 31 March and contributes to \"Deliver overnight\", due on 31 December before.",
    remedy: "Bring its due date forward, or move that of the parent, with a reason.",
    find: Judgement::Outcome(due_after_parent),
};

fn due_after_parent(scene: &Scene<'_, Outcome>) -> Option<Evidence> {
    let due_on = scene.picture().due_of(scene.it)?;
    let mut evidence = Vec::new();
    for (_, parent) in led_to(scene).filter(|(_, parent)| parent.state == OutcomeState::Active) {
        if let Some(parent_due_on) = scene.picture().due_of(parent).filter(|parent_due_on| *parent_due_on < due_on) {
            evidence.extend([Fact::id("parent", parent.id), Fact::day("parent_due_on", parent_due_on)]);
        }
    }
    (!evidence.is_empty()).then(|| std::iter::once(Fact::day("due_on", due_on)).chain(evidence).collect())
}

pub(super) const UNCONFIRMED_DEPENDENCY: Rule = Rule {
    id: "unconfirmed_dependency",
    version: 1,
    group: RuleGroup::Alignment,
    severity: Severity::Warning,
    numbers: &[],
    what: "The outcome depends on another, and nobody on the other side has confirmed it.",
    why: "Whoever is depended on without knowing has other plans.",
    example: "\"Open a shop in Lyon\" depends on \"French labels\", whose team has not said yes.",
    remedy: "Have who answers for the other outcome agree, and put that person into confirmed_by.",
    find: Judgement::Outcome(|scene| {
        let unconfirmed = scene.picture().alignments_of(scene.it.id).filter(|alignment| {
            alignment.kind == AlignmentKind::DependsOn
                && alignment.confirmed_by.is_none()
                && !has_ended(scene, alignment)
        });
        let evidence: Evidence = unconfirmed
            .map(|alignment| match alignment.parent {
                AlignmentParent::Outcome(outcome) => Fact::id("depends_on", outcome),
                AlignmentParent::Measure(measure) => Fact::id("depends_on", measure),
            })
            .collect();
        (!evidence.is_empty()).then_some(evidence)
    }),
};

/// Whether what is depended on has come to its end, so that there is nothing left to confirm.
fn has_ended(scene: &Scene<'_, Outcome>, alignment: &Alignment) -> bool {
    let outcome = match alignment.parent {
        AlignmentParent::Outcome(outcome) => scene.picture().outcome(outcome),
        AlignmentParent::Measure(measure) => {
            scene.picture().measure(measure).and_then(|measure| scene.picture().outcome(measure.outcome))
        }
    };
    outcome.is_some_and(|outcome| match outcome.state {
        OutcomeState::Closed | OutcomeState::Cancelled => true,
        OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Active => false,
    })
}

/// The outcomes that an outcome contributes to or supports, directly or by one of their measures.
fn led_to<'a>(scene: &Scene<'a, Outcome>) -> impl Iterator<Item = (&'a Kept<Alignment>, &'a Kept<Outcome>)> {
    let picture = scene.picture();
    picture.alignments_of(scene.it.id).filter_map(move |alignment| {
        let parent = match alignment.parent {
            AlignmentParent::Outcome(outcome) => picture.outcome(outcome),
            AlignmentParent::Measure(measure) => picture.outcome(picture.measure(measure)?.outcome),
        };
        match alignment.kind {
            AlignmentKind::Contributes | AlignmentKind::Supports => Some((alignment, parent?)),
            AlignmentKind::DependsOn => None,
        }
    })
}
