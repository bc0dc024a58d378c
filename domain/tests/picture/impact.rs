//! What if: what is lost when someone goes, how it ranks, and that what is proposed leaves no gap.

use proptest::prelude::*;
use remit_domain::accountability::{Gap, Via, who_answers};
use remit_domain::assessment::Assessment;
use remit_domain::assignment::AssignmentKind;
use remit_domain::candidate::{candidates, loads};
use remit_domain::coverage::{SkillCoverage, demands};
use remit_domain::duty::DutyKind;
use remit_domain::id::Id;
use remit_domain::impact::{CoverBy, Impact, Passing, PlanError, Takeover};
use remit_domain::outcome::OutcomeId;
use remit_domain::person::PersonId;
use remit_domain::responsibility::Part;
use remit_domain::role::{RoleId, Subject};
use remit_domain::skill::{Level, RequiredSkill, SkillId};
use remit_domain::time::Instant;

use crate::sketch::{Sketch, change, day, start};

const SKILL: SkillId = SkillId::from_bits(900);

fn required(skill: SkillId, level: Level) -> RequiredSkill {
    RequiredSkill { skill, level, must: true, weight: 1.0 }
}

fn impact(sketch: &Sketch, gone: Subject, from: Instant) -> Impact {
    let picture = sketch.picture();
    Impact::of(&picture, &Assessment::of(&picture), gone, from)
}

fn of_person(sketch: &Sketch, person: PersonId) -> Impact {
    impact(sketch, Subject::Person(person), start("2026-03-01"))
}

/// An outcome that a role is accountable and responsible for, and the person who holds the role.
fn borne(sketch: &mut Sketch) -> (OutcomeId, RoleId, PersonId) {
    let (outcome, role, person) = (sketch.outcome(None), sketch.role(), sketch.person());
    sketch.assign(role, person, AssignmentKind::Holder, None);
    for part in [Part::Accountable, Part::Responsible] {
        sketch.responsible(outcome, part, Subject::Role(role));
    }
    (outcome, role, person)
}

#[test]
fn what_a_person_alone_bears_is_lost_from_the_instant_on() {
    let mut sketch = Sketch::on("2026-02-01");
    let (outcome, role, person) = borne(&mut sketch);
    sketch.measure(outcome, 1.0, Some(25.0));
    sketch.change_role(role, |role| {
        role.is_key = true;
        role.seats_min = 1;
    });
    let other = sketch.person();
    let found = of_person(&sketch, person);
    assert_eq!(found.outcomes.len(), 1);
    let [accountable, responsible] = &found.outcomes[0].parts[..] else { panic!("{:?}", found.outcomes) };
    assert_eq!((accountable.part, accountable.gap), (Part::Accountable, Some(Gap::RoleVacant)));
    assert_eq!((responsible.part, responsible.gap), (Part::Responsible, None));
    assert_eq!((accountable.span.from, accountable.span.to), (start("2026-03-01"), None));
    assert!((found.stake - 0.75).abs() < 1e-9, "{}", found.stake);
    let [lost] = &found.roles[..] else { panic!("{:?}", found.roles) };
    assert!(lost.is_key && lost.is_vacant && lost.is_below_min && !lost.lacks_successor);
    assert_eq!(lost.cover.iter().map(|one| one.candidate.person).collect::<Vec<_>>(), [other]);
    assert_eq!(found.plan.assignments.iter().map(|one| one.person).collect::<Vec<_>>(), [other]);
    assert_eq!(found.duties.iter().map(|one| one.kind).collect::<Vec<_>>(), [DutyKind::Outcome]);
}

#[test]
fn a_name_that_stays_on_what_its_person_left_is_an_inactive_holder() {
    let mut sketch = Sketch::on("2026-02-01");
    let (outcome, person) = (sketch.outcome(None), sketch.person());
    for part in [Part::Accountable, Part::Responsible] {
        sketch.responsible(outcome, part, Subject::Person(person));
    }
    let gap = |sketch: &Sketch| of_person(sketch, person).outcomes[0].parts[0].gap;
    assert_eq!(gap(&sketch), Some(Gap::HolderInactive));
    // Once the person has left, it is lost still: a handover is the remedy.
    sketch.deactivate(person);
    assert_eq!(gap(&sketch), Some(Gap::HolderInactive));
}

#[test]
fn what_is_not_active_is_not_lost_and_is_handed_over_all_the_same() {
    use remit_domain::outcome::OutcomeState::{Active, Cancelled, Closed, Draft, Proposed};
    for (state, is_lost, passes) in
        [(Active, true, 1), (Draft, false, 1), (Proposed, false, 1), (Closed, false, 0), (Cancelled, false, 0)]
    {
        let mut sketch = Sketch::on("2026-02-01");
        let (outcome, person, _) = (sketch.outcome(None), sketch.person(), sketch.person());
        sketch.responsible(outcome, Part::Accountable, Subject::Person(person));
        sketch.change(outcome, |outcome| outcome.state = state);
        let found = of_person(&sketch, person);
        assert_eq!(!found.outcomes.is_empty(), is_lost, "{state}");
        assert_eq!(found.plan.responsibilities.len(), passes, "{state}");
    }
}

#[test]
fn with_a_deputy_the_outcome_passes_and_nothing_is_at_stake() {
    let mut sketch = Sketch::on("2026-02-01");
    let (outcome, role, person) = borne(&mut sketch);
    let alone = of_person(&sketch, person);
    let deputy = sketch.person();
    sketch.assign(role, deputy, AssignmentKind::Deputy, None);
    let found = of_person(&sketch, person);
    assert!(found.stake < alone.stake && found.outcomes.is_empty(), "{found:?}");
    let [passed] = &found.passed[..] else { panic!("{:?}", found.passed) };
    assert_eq!((passed.outcome, passed.person, passed.via), (outcome, deputy, Via::Deputy));
    // The deputy is who takes the seat over, too.
    assert_eq!(found.plan.assignments.iter().map(|one| one.person).collect::<Vec<_>>(), [deputy]);
}

#[test]
fn deputies_come_before_successors_and_those_before_the_best_fit() {
    let mut sketch = Sketch::on("2026-02-01");
    let (_, role, person) = borne(&mut sketch);
    sketch.change_role(role, |role| {
        role.skills = vec![required(SKILL, Level::Practitioner)];
        role.seats_min = 1;
    });
    let [fit, half, successor, deputy, leaving] = [(); 5].map(|()| sketch.person());
    sketch.masters(fit, SKILL, Level::Expert);
    sketch.masters(half, SKILL, Level::Working);
    sketch.masters(leaving, SKILL, Level::Expert);
    let announced = sketch.parts.people.iter_mut().find(|one| one.id == leaving).expect("drawn before");
    change(announced, |person| person.left_on = Some(day("2026-12-31")));
    sketch.assign(role, successor, AssignmentKind::Successor, None);
    sketch.assign(role, deputy, AssignmentKind::Deputy, None);
    let found = of_person(&sketch, person);
    let cover: Vec<_> = found.roles[0].cover.iter().map(|one| (one.candidate.person, one.by)).collect();
    let expected =
        [(deputy, CoverBy::Deputy), (successor, CoverBy::Successor), (fit, CoverBy::Fit), (half, CoverBy::Fit)];
    assert_eq!(cover, expected);
    let why: Vec<_> = found.roles[0].cover.iter().map(|one| one.candidate.fit.is_ready()).collect();
    assert_eq!(why, [false, false, true, false]);
}

#[test]
fn a_role_that_ceases_takes_its_outcomes_with_it_and_its_holder_can_go_on_by_name() {
    let mut sketch = Sketch::on("2026-02-01");
    let (outcome, role, person) = borne(&mut sketch);
    let found = impact(&sketch, Subject::Role(role), start("2026-03-01"));
    assert_eq!(found.outcomes[0].parts[0].gap, Some(Gap::NoAccountable));
    let cover = &found.outcomes[0].parts[0].cover[0];
    assert_eq!((cover.candidate.person, cover.by), (person, CoverBy::Holder));
    let picture = sketch.picture();
    let changes = found.plan.changes(&picture, None).expect("a plan");
    assert_eq!(found.plan.gap(&picture, &changes), None);
    assert!(changes.assignments.is_empty(), "the role is held on");
    assert_eq!(who_answers(&picture, outcome, picture.at()).map(|answer| answer.person), Ok(person));
}

#[test]
fn a_skill_that_one_person_alone_brought_is_covered_no_longer() {
    let mut sketch = Sketch::on("2026-02-01");
    let (outcome, role, person) = borne(&mut sketch);
    let (deputy, elsewhere) = (sketch.person(), sketch.person());
    sketch.assign(role, deputy, AssignmentKind::Deputy, None);
    sketch.change(outcome, |outcome| outcome.skills = vec![required(SKILL, Level::Working)]);
    sketch.change_role(role, |role| role.skills = vec![required(SKILL, Level::Practitioner)]);
    sketch.masters(person, SKILL, Level::Expert);
    sketch.masters(elsewhere, SKILL, Level::Practitioner);
    let found = of_person(&sketch, person);
    let [lost] = &found.skills[..] else { panic!("{:?}", found.skills) };
    assert_eq!(
        (lost.skill, lost.level, &lost.outcomes[..], &lost.roles[..]),
        (SKILL, Level::Practitioner, &[outcome][..], &[role][..])
    );
    assert_eq!(lost.masters, [elsewhere]);
    sketch.masters(deputy, SKILL, Level::Expert);
    assert!(of_person(&sketch, person).skills.is_empty());
}

#[test]
fn a_plan_that_names_what_is_not_there_is_refused_by_its_place() {
    let mut sketch = Sketch::on("2026-02-01");
    let (_, _, person) = borne(&mut sketch);
    let other = sketch.person();
    let plan = of_person(&sketch, person).plan;
    let held = plan.assignments[0].assignment;
    let take = |assignment, person| Takeover { assignment, person, kind: None };
    let pass = Passing { responsibility: Id::from_bits(999), to: Some(Subject::Person(other)) };
    let cases = [
        (vec![take(Id::from_bits(999), other)], vec![], PlanError::NoSuchAssignment(0)),
        (vec![take(held, other), take(held, other)], vec![], PlanError::AssignmentTwice(1)),
        (vec![take(held, person)], vec![], PlanError::AssignmentToSelf(0)),
        (vec![take(held, other)], vec![pass], PlanError::NoSuchResponsibility(0)),
    ];
    for (assignments, responsibilities, expected) in cases {
        let edited = remit_domain::impact::Plan { assignments, responsibilities, ..plan.clone() };
        assert_eq!(edited.changes(&sketch.picture(), None), Err(expected));
    }
    let empty = remit_domain::impact::Plan { assignments: Vec::new(), ..plan };
    let picture = sketch.picture();
    let changes = empty.changes(&picture, None).expect("changes");
    let gap = empty.gap(&picture, &changes).expect("a gap");
    assert_eq!((gap.part, gap.span.from), (Part::Accountable, start("2026-03-01")));
}

#[test]
fn candidates_are_ranked_by_readiness_then_fit_then_load() {
    let mut sketch = Sketch::on("2026-02-01");
    let other = SkillId::from_bits(901);
    let asked = [required(SKILL, Level::Practitioner), RequiredSkill { must: false, ..required(other, Level::Expert) }];
    let [ready, half, none, gone] = [(); 4].map(|()| sketch.person());
    sketch.masters(ready, SKILL, Level::Practitioner);
    sketch.masters(half, other, Level::Expert);
    sketch.masters(half, SKILL, Level::Awareness);
    sketch.masters(gone, SKILL, Level::Expert);
    sketch.deactivate(gone);
    let outcome = sketch.outcome(None);
    sketch.responsible(outcome, Part::Accountable, Subject::Person(none));
    let picture = sketch.picture();
    let found = candidates(&picture, &asked, None, &loads(&picture, picture.at()), picture.at());
    let shown: Vec<_> = found.iter().map(|one| (one.person, one.fit.is_ready(), one.load)).collect();
    assert_eq!(shown, [(ready, true, 0), (half, false, 0), (none, false, 1)]);
    assert_eq!(found[0].fit.fit, Some(0.5));
    assert_eq!(found[1].fit.missing, [SKILL]);
}

#[test]
fn coverage_counts_who_holds_what_is_asked_for() {
    let mut sketch = Sketch::on("2026-02-01");
    let (outcome, role, person) = borne(&mut sketch);
    let elsewhere = sketch.person();
    let missing = SkillId::from_bits(901);
    sketch.change(outcome, |one| one.skills = vec![required(SKILL, Level::Working), required(missing, Level::Working)]);
    sketch.change_role(role, |one| one.skills = vec![required(SKILL, Level::Expert)]);
    sketch.masters(person, SKILL, Level::Practitioner);
    sketch.masters(elsewhere, SKILL, Level::Expert);
    let picture = sketch.picture();
    let found = SkillCoverage::of_outcome(&picture, outcome, picture.at()).expect("an outcome");
    assert_eq!((found.covered, &found.people[..]), (Some(0.5), &[person][..]));
    assert_eq!((found.skills[0].holders.len(), found.skills[0].masters, found.skills[0].is_single()), (1, 2, true));
    assert_eq!((found.skills[1].holders.len(), found.skills[1].masters), (0, 0));
    let demands = demands(&picture, picture.at());
    let [first, second] = &demands[..] else { panic!("{demands:?}") };
    assert_eq!((first.skill, first.roles, first.outcomes, first.level), (SKILL, 1, 1, Some(Level::Expert)));
    assert_eq!((first.held, first.masters, first.gaps, first.is_single()), ([0, 0, 1, 1], 1, 1, true));
    assert_eq!((second.skill, second.holders(), second.gaps), (missing, 0, 1));
}

/// An organization in which anybody may hold anything, and at least two people have nothing to do with it.
fn organizations() -> impl Strategy<Value = (Sketch, PersonId)> {
    let kinds = prop::sample::select(vec![AssignmentKind::Holder, AssignmentKind::Deputy, AssignmentKind::Successor]);
    let ties = prop::collection::vec((0usize..3, 0usize..3, kinds), 0..6);
    let named = prop::collection::vec((0usize..3, 0usize..6, 0usize..6), 3..4);
    (ties, named).prop_map(|(ties, named)| {
        let mut sketch = Sketch::on("2026-02-01");
        let people: Vec<PersonId> = (0..5).map(|_| sketch.person()).collect();
        let roles: Vec<RoleId> = (0..3).map(|_| sketch.role()).collect();
        for (role, person, kind) in ties {
            sketch.assign(roles[role], people[person], kind, None);
        }
        let subject = |place: usize| match place {
            0..3 => Subject::Person(people[place]),
            place => Subject::Role(roles[place - 3]),
        };
        for (_, accountable, responsible) in named {
            let outcome = sketch.outcome(None);
            sketch.responsible(outcome, Part::Accountable, subject(accountable));
            sketch.responsible(outcome, Part::Responsible, subject(responsible));
        }
        (sketch, people[0])
    })
}

proptest! {
    #[test]
    fn taking_away_nobody_changes_nothing((sketch, _) in organizations()) {
        for nobody in [Subject::Person(Id::from_bits(7_777)), Subject::Role(Id::from_bits(7_777))] {
            let found = impact(&sketch, nobody, start("2026-03-01"));
            prop_assert_eq!(found.stake, 0.0);
            prop_assert!(found.outcomes.is_empty() && found.passed.is_empty() && found.roles.is_empty());
            prop_assert!(found.plan.assignments.is_empty() && found.plan.responsibilities.is_empty());
        }
    }

    #[test]
    fn what_is_proposed_leaves_no_gap((sketch, person) in organizations()) {
        let picture = sketch.picture();
        let plan = of_person(&sketch, person).plan;
        let changes = plan.changes(&picture, None).expect("a plan that fits");
        prop_assert_eq!(plan.gap(&picture, &changes), None);
        for one in &changes.new_responsibilities {
            prop_assert!(one.subject != Subject::Person(person));
        }
    }

    #[test]
    fn with_a_deputy_less_is_at_stake((mut sketch, person) in organizations()) {
        let before = of_person(&sketch, person);
        let deputy = sketch.person();
        let has_deputy = |role| {
            sketch.parts.assignments.iter().any(|one| one.role == role && one.kind == AssignmentKind::Deputy)
        };
        // Two deputies can each wait for the other.
        let roles: Vec<RoleId> =
            sketch.parts.roles.iter().map(|role| role.id).filter(|role| !has_deputy(*role)).collect();
        for role in roles {
            sketch.assign(role, deputy, AssignmentKind::Deputy, None);
        }
        let after = of_person(&sketch, person);
        prop_assert!(after.stake <= before.stake, "{} and {}", after.stake, before.stake);
    }
}
