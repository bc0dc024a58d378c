//! The rules of roles: a role works through those who hold it, and what they master.

use super::{Evidence, Fact, Judgement, Rule, RuleGroup, Scene, Severity};
use crate::accountability::stand_for;
use crate::assignment::AssignmentKind;
use crate::person::PersonId;
use crate::role::{Role, Subject};
use crate::skill::RequiredSkill;

pub(super) const KEY_ROLE_VACANT: Rule = Rule {
    id: "key_role_vacant",
    version: 1,
    group: RuleGroup::Role,
    severity: Severity::Error,
    numbers: &[],
    what: "Nobody can act in a key role: it has no active holder, interim or deputy whose term has not ended.",
    why: "The organization depends on what it decides, and nobody can decide it.",
    example: "The head of safety left in May, and no interim was named.",
    remedy: "Assign a holder, or an interim until one is found.",
    find: Judgement::Role(|scene| (scene.it.is_key && standing(scene).is_empty()).then(Vec::new)),
};

pub(super) const BELOW_MIN_SEATS: Rule = Rule {
    id: "below_min_seats",
    version: 1,
    group: RuleGroup::Role,
    severity: Severity::Warning,
    numbers: &[],
    what: "Fewer active people hold the role, or hold it for the interim, than it needs.",
    why: "Its minimum is what it takes for the work to be done.",
    example: "The role has seats_min 3, and two people hold it.",
    remedy: "Assign more holders, or lower seats_min to what is really needed.",
    find: Judgement::Role(|scene| {
        let seated = seated(scene).len();
        let needed = usize::try_from(scene.it.seats_min).unwrap_or(0);
        (seated < needed).then(|| vec![Fact::count("holders", seated), Fact::count("seats_min", needed)])
    }),
};

pub(super) const NO_SUCCESSOR: Rule = Rule {
    id: "no_successor",
    version: 1,
    group: RuleGroup::Role,
    severity: Severity::Warning,
    numbers: &[],
    what: "Nobody active is named who could take over a key role.",
    why: "When its holder leaves, finding another takes months that nobody has planned for.",
    example: "The head of safety has held the role for ten years, and no successor is assigned.",
    remedy: "Assign a person as successor, with the readiness that they have.",
    find: Judgement::Role(|scene| {
        let has_successor = assigned(scene, |kind| kind == AssignmentKind::Successor).next().is_some();
        (scene.it.is_key && !has_successor).then(Vec::new)
    }),
};

pub(super) const SKILL_UNCOVERED: Rule = Rule {
    id: "skill_uncovered",
    version: 1,
    group: RuleGroup::Role,
    severity: Severity::Warning,
    numbers: &[],
    what: "A skill that the role must have is held by none of the people who act in it, or not at the level asked for.",
    why: "The role cannot do what it is for.",
    example: "The role asks for statistics at practitioner; its one holder has it at working.",
    remedy: "Train a holder, record the skill where it is there already, or assign someone who has it.",
    find: Judgement::Role(|scene| {
        let people = standing(scene);
        if people.is_empty() {
            return None;
        }
        let masters = |required: &RequiredSkill| masters(scene, required).any(|person| people.contains(&person));
        let uncovered = must(scene).filter(|required| !masters(required));
        evidence(
            uncovered.flat_map(|required| {
                [Fact::id("skill", required.skill), Fact::text("level", &required.level.to_string())]
            }),
        )
    }),
};

pub(super) const SINGLE_POINT_OF_FAILURE: Rule = Rule {
    id: "single_point_of_failure",
    version: 1,
    group: RuleGroup::Role,
    severity: Severity::Warning,
    numbers: &[],
    what: "One person alone in the whole organization masters a skill that the role must have.",
    why: "When that person is away, the role stands still.",
    example: "Ada alone knows the billing system at the level that the role asks for.",
    remedy: "Have a second person learn it, or record the skill of those who master it already.",
    find: Judgement::Role(|scene| {
        if standing(scene).is_empty() {
            return None;
        }
        evidence(
            must(scene)
                .filter_map(|required| only(masters(scene, required)).map(|person| (required, person)))
                .flat_map(|(required, person)| [Fact::id("skill", required.skill), Fact::id("person", person)]),
        )
    }),
};

pub(super) const NO_OUTCOME: Rule = Rule {
    id: "no_outcome",
    version: 1,
    group: RuleGroup::Role,
    severity: Severity::Information,
    numbers: &[],
    what: "The role has no part in any active outcome or its measures.",
    why: "Those who hold it do not see what their work is for.",
    example: "\"Data steward\" is neither accountable, responsible, consulted nor informed anywhere.",
    remedy: "Give it a part in the outcomes that it works on.",
    find: Judgement::Role(|scene| (!scene.facts.with_part.contains(&scene.it.id)).then(Vec::new)),
};

pub(super) const NO_ACCOUNTABILITIES: Rule = Rule {
    id: "no_accountabilities",
    version: 1,
    group: RuleGroup::Role,
    severity: Severity::Warning,
    numbers: &[],
    what: "The role does not say what it answers for.",
    why: "Neither its holder nor anybody else can tell what may be expected of it.",
    example: "\"Coordinator\" has a title, and no accountabilities.",
    remedy: "Write down what it answers for, each in a sentence.",
    find: Judgement::Role(|scene| scene.it.accountabilities.is_empty().then(Vec::new)),
};

/// The skills without which nobody is ready for the role.
fn must<'a>(scene: &Scene<'a, Role>) -> impl Iterator<Item = &'a RequiredSkill> {
    scene.it.skills.iter().filter(|required| required.must)
}

/// The active people who master a skill at the level asked for.
fn masters<'a>(scene: &Scene<'a, Role>, required: &RequiredSkill) -> impl Iterator<Item = PersonId> {
    let level = required.level;
    let masters = scene.facts.masters.get(&required.skill).into_iter().flatten();
    masters.filter(move |(_, held)| *held >= level).map(|(person, _)| *person)
}

/// Those who can act in the role.
fn standing<'a>(scene: &Scene<'a, Role>) -> &'a [PersonId] {
    scene.facts.holders.get(&scene.it.id).map_or(&[], Vec::as_slice)
}

/// The active people who are tied to the role in some way.
fn assigned<'a>(
    scene: &Scene<'a, Role>,
    in_what_way: impl Fn(AssignmentKind) -> bool,
) -> impl Iterator<Item = PersonId> {
    let (picture, at) = (scene.picture(), scene.at);
    let assignments = picture.assignments_of_role(scene.it.id);
    assignments
        .filter(move |one| in_what_way(one.kind) && one.during.contains(at))
        .map(|one| one.person)
        .filter(move |person| !stand_for(picture, Subject::Person(*person), at).is_empty())
}

/// The active people who take a seat of the role, each once.
fn seated(scene: &Scene<'_, Role>) -> Vec<PersonId> {
    let in_seat = |kind| match kind {
        AssignmentKind::Holder | AssignmentKind::Interim => true,
        AssignmentKind::Deputy | AssignmentKind::Successor => false,
    };
    let mut people: Vec<PersonId> = assigned(scene, in_seat).collect();
    people.sort_unstable();
    people.dedup();
    people
}

fn only<T>(mut some: impl Iterator<Item = T>) -> Option<T> {
    let first = some.next()?;
    some.next().is_none().then_some(first)
}

fn evidence(facts: impl Iterator<Item = Fact>) -> Option<Evidence> {
    let evidence: Evidence = facts.collect();
    (!evidence.is_empty()).then_some(evidence)
}
