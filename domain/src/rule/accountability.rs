//! The rules of accountability: someone answers for every outcome, and someone does the work.

use super::{Evidence, Fact, Judgement, Number, Rule, RuleGroup, Scene, Severity};
use crate::accountability::{Gap, has_term_ended, who_answers};
use crate::outcome::Outcome;
use crate::responsibility::{Object, Part, Responsibility};
use crate::role::Subject;

pub(super) const NO_ACCOUNTABLE: Rule = Rule {
    id: "no_accountable",
    version: 1,
    group: RuleGroup::Accountability,
    severity: Severity::Error,
    numbers: &[],
    what: "No role and no person is accountable for the outcome.",
    why: "What everybody answers for, nobody answers for.",
    example: "Ada was accountable until 31 March, and nobody was named from 1 April on.",
    remedy: "Make one person, or a role with one seat, accountable for it.",
    find: Judgement::Outcome(|scene| gap(scene, Gap::NoAccountable)),
};

pub(super) const ROLE_VACANT: Rule = Rule {
    id: "role_vacant",
    version: 1,
    group: RuleGroup::Accountability,
    severity: Severity::Error,
    numbers: &[],
    what: "The role that is accountable has no holder, interim or deputy.",
    why: "A role answers through the person who holds it.",
    example: "The head of sales is accountable, and nobody holds that role.",
    remedy: "Assign a holder or an interim to the role, or hand the outcome over.",
    find: Judgement::Outcome(|scene| gap(scene, Gap::RoleVacant)),
};

pub(super) const MULTIPLE_HOLDERS: Rule = Rule {
    id: "multiple_holders",
    version: 1,
    group: RuleGroup::Accountability,
    severity: Severity::Error,
    numbers: &[],
    what: "Two or more people hold the role that is accountable.",
    why: "Two who answer can each wait for the other.",
    example: "Ada and Grace both hold the role that is accountable.",
    remedy: "End all but one of the assignments, or make one of the people accountable by name.",
    find: Judgement::Outcome(|scene| gap(scene, Gap::MultipleHolders)),
};

pub(super) const HOLDER_INACTIVE: Rule = Rule {
    id: "holder_inactive",
    version: 1,
    group: RuleGroup::Accountability,
    severity: Severity::Error,
    numbers: &[],
    what: "The person who should answer for the outcome has left.",
    why: "Nobody answers for it now, though a name still stands beside it.",
    example: "Ada is accountable by name, and left on 30 June.",
    remedy: "Hand the outcome over, or assign another holder to the role.",
    find: Judgement::Outcome(|scene| gap(scene, Gap::HolderInactive)),
};

pub(super) const NO_RESPONSIBLE: Rule = Rule {
    id: "no_responsible",
    version: 1,
    group: RuleGroup::Accountability,
    severity: Severity::Error,
    numbers: &[],
    what: "No role and no person is responsible for the outcome.",
    why: "Someone answers for it, but nobody is set to do the work.",
    example: "The head of sales is accountable, and nobody is responsible.",
    remedy: "Make at least one role or person responsible; it may be the one who is accountable.",
    find: Judgement::Outcome(no_responsible),
};

pub(super) const TERM_ENDED: Rule = Rule {
    id: "term_ended",
    version: 1,
    group: RuleGroup::Accountability,
    severity: Severity::Warning,
    numbers: &[],
    what: "The term of someone who holds the accountable role has ended.",
    why: "The mandate has run out, and with it the right to answer.",
    example: "Ada was elected head of the board until 31 December, and is still assigned in January.",
    remedy: "Renew the term, or assign another holder to the role.",
    find: Judgement::Outcome(term_ended),
};

pub(super) const OVERLOADED: Rule = Rule {
    id: "overloaded",
    version: 1,
    group: RuleGroup::Accountability,
    severity: Severity::Warning,
    numbers: &[Number {
        name: "most",
        what: "The most active outcomes that one person may answer for.",
        default: 5.0,
        min: 1.0,
        max: 1_000.0,
    }],
    what: "One person answers for more active outcomes than the organization allows, by name or through roles.",
    why: "Who answers for everything can look after nothing.",
    example: "Ada answers for six outcomes, and five are allowed.",
    remedy: "Hand some of the outcomes over to someone else.",
    find: Judgement::Person(|scene| {
        let outcomes = scene.facts.answered_by.get(&scene.it.id)?;
        (outcomes.len() as f64 > scene.number()).then(|| {
            let counts = [Fact::count("outcomes", outcomes.len()), Fact::number("most", scene.number())];
            let named = outcomes.iter().take(NAMED_MAX).map(|outcome| Fact::id("outcome", *outcome));
            counts.into_iter().chain(named).collect()
        })
    }),
};

/// The most things that evidence names one by one; the count says how many there are.
const NAMED_MAX: usize = 40;

pub(super) const TOO_MANY_CONSULTED: Rule = Rule {
    id: "too_many_consulted",
    version: 1,
    group: RuleGroup::Accountability,
    severity: Severity::Information,
    numbers: &[Number {
        name: "most",
        what: "The most roles and people who may be consulted about an outcome.",
        default: 5.0,
        min: 0.0,
        max: 1_000.0,
    }],
    what: "More roles and people are consulted about the outcome than the organization allows.",
    why: "Each who must be asked before delays the decision, and takes a little of the responsibility away.",
    example: "Six roles are consulted about \"Safer roads\", and five are allowed.",
    remedy: "Ask who is really needed before a decision; the others may be informed.",
    find: Judgement::Outcome(|scene| {
        let consulted = in_force(scene, Part::Consulted).count();
        (consulted as f64 > scene.number())
            .then(|| vec![Fact::count("consulted", consulted), Fact::number("most", scene.number())])
    }),
};

fn in_force<'a>(scene: &Scene<'a, Outcome>, part: Part) -> impl Iterator<Item = &'a Responsibility> {
    let at = scene.at;
    scene
        .picture()
        .responsibilities_of(Object::Outcome(scene.it.id))
        .map(|kept| &*kept.value)
        .filter(move |one| one.part == part && one.during.contains(at))
}

/// On which day it is so.
fn on(scene: &Scene<'_, Outcome>) -> Fact {
    Fact::day("on", scene.picture().day_of(scene.at))
}

/// The evidence of one gap: when, and who should have answered.
fn gap(scene: &Scene<'_, Outcome>, wanted: Gap) -> Option<Evidence> {
    // What is pictured already was resolved already.
    let known = scene.facts.assessment.outcomes().get(scene.position).filter(|_| scene.at == scene.picture().at());
    let gap = match known {
        Some(known) => known.accountable.err(),
        None => who_answers(scene.picture(), scene.it.id, scene.at).err(),
    };
    (gap? == wanted).then(|| {
        let accountable = in_force(scene, Part::Accountable).map(|one| Fact::subject(one.subject));
        std::iter::once(on(scene)).chain(accountable).collect()
    })
}

fn no_responsible(scene: &Scene<'_, Outcome>) -> Option<Evidence> {
    let is_missing = in_force(scene, Part::Responsible).next().is_none();
    is_missing.then(|| vec![on(scene)])
}

fn term_ended(scene: &Scene<'_, Outcome>) -> Option<Evidence> {
    let day = scene.picture().day_of(scene.at);
    let roles = in_force(scene, Part::Accountable).filter_map(|one| match one.subject {
        Subject::Role(role) => Some(role),
        Subject::Person(_) => None,
    });
    roles.flat_map(|role| scene.picture().assignments_of_role(role)).find_map(|assignment| {
        let ended = assignment.term_ends.filter(|_| has_term_ended(assignment, day))?;
        (assignment.during.contains(scene.at) && assignment.kind.answers()).then(|| {
            vec![
                Fact::id("role", assignment.role),
                Fact::id("person", assignment.person),
                Fact::day("term_ends", ended),
            ]
        })
    })
}
