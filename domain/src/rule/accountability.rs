//! The rules of accountability: someone answers for every outcome, and someone does the work.

use super::{Evidence, Rule, RuleGroup, Scene, Severity};
use crate::accountability::{Gap, has_term_ended, who_answers};
use crate::responsibility::{Object, Part, Responsibility};
use crate::role::Subject;

pub(super) const NO_ACCOUNTABLE: Rule = Rule {
    id: "no_accountable",
    version: 1,
    group: RuleGroup::Accountability,
    severity: Severity::Error,
    what: "No role and no person is accountable for the outcome.",
    why: "What everybody answers for, nobody answers for.",
    remedy: "Make one person, or a role with one seat, accountable for it.",
    find: |scene| gap(scene, Gap::NoAccountable),
};

pub(super) const ROLE_VACANT: Rule = Rule {
    id: "role_vacant",
    version: 1,
    group: RuleGroup::Accountability,
    severity: Severity::Error,
    what: "The role that is accountable has no holder, interim or deputy.",
    why: "A role answers through the person who holds it.",
    remedy: "Assign a holder or an interim to the role, or hand the outcome over.",
    find: |scene| gap(scene, Gap::RoleVacant),
};

pub(super) const MULTIPLE_HOLDERS: Rule = Rule {
    id: "multiple_holders",
    version: 1,
    group: RuleGroup::Accountability,
    severity: Severity::Error,
    what: "Two or more people hold the role that is accountable.",
    why: "Two who answer can each wait for the other.",
    remedy: "End all but one of the assignments, or make one of the people accountable by name.",
    find: |scene| gap(scene, Gap::MultipleHolders),
};

pub(super) const HOLDER_INACTIVE: Rule = Rule {
    id: "holder_inactive",
    version: 1,
    group: RuleGroup::Accountability,
    severity: Severity::Error,
    what: "The person who should answer for the outcome has left.",
    why: "Nobody answers for it now, though a name still stands beside it.",
    remedy: "Hand the outcome over, or assign another holder to the role.",
    find: |scene| gap(scene, Gap::HolderInactive),
};

pub(super) const NO_RESPONSIBLE: Rule = Rule {
    id: "no_responsible",
    version: 1,
    group: RuleGroup::Accountability,
    severity: Severity::Error,
    what: "No role and no person is responsible for the outcome.",
    why: "Someone answers for it, but nobody is set to do the work.",
    remedy: "Make at least one role or person responsible; it may be the one who is accountable.",
    find: no_responsible,
};

pub(super) const TERM_ENDED: Rule = Rule {
    id: "term_ended",
    version: 1,
    group: RuleGroup::Accountability,
    severity: Severity::Warning,
    what: "The term of someone who holds the accountable role has ended.",
    why: "The mandate has run out, and with it the right to answer.",
    remedy: "Renew the term, or assign another holder to the role.",
    find: term_ended,
};

fn in_force<'a>(scene: &'a Scene<'_>, part: Part) -> impl Iterator<Item = &'a Responsibility> {
    scene
        .picture
        .responsibilities_of(Object::Outcome(scene.outcome.id))
        .map(|kept| &*kept.value)
        .filter(move |one| one.part == part && one.during.contains(scene.at))
}

/// The evidence of one gap: when, and who should have answered.
fn gap(scene: &Scene<'_>, wanted: Gap) -> Option<Evidence> {
    (who_answers(scene.picture, scene.outcome.id, scene.at).err()? == wanted).then(|| {
        let accountable = in_force(scene, Part::Accountable).map(|one| named(one.subject));
        std::iter::once(("at", scene.at.to_string())).chain(accountable).collect()
    })
}

fn named(subject: Subject) -> (&'static str, String) {
    match subject {
        Subject::Role(role) => ("role", role.to_string()),
        Subject::Person(person) => ("person", person.to_string()),
    }
}

fn no_responsible(scene: &Scene<'_>) -> Option<Evidence> {
    let is_missing = in_force(scene, Part::Responsible).next().is_none();
    is_missing.then(|| vec![("at", scene.at.to_string())])
}

fn term_ended(scene: &Scene<'_>) -> Option<Evidence> {
    let day = scene.picture.day_of(scene.at);
    let roles = in_force(scene, Part::Accountable).filter_map(|one| match one.subject {
        Subject::Role(role) => Some(role),
        Subject::Person(_) => None,
    });
    roles.flat_map(|role| scene.picture.assignments_of_role(role)).find_map(|assignment| {
        let ended = assignment.term_ends.filter(|_| has_term_ended(assignment, day))?;
        (assignment.during.contains(scene.at) && assignment.kind.answers()).then(|| {
            vec![
                ("role", assignment.role.to_string()),
                ("person", assignment.person.to_string()),
                ("term_ends", ended.to_string()),
            ]
        })
    })
}
