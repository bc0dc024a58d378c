//! What is judged again after a change is what would be found anew, whatever changed.

use proptest::prelude::*;
use remit_domain::alignment::AlignmentKind;
use remit_domain::assessment::Assessment;
use remit_domain::assignment::AssignmentKind;
use remit_domain::briefing::BriefingSubject;
use remit_domain::id::Id;
use remit_domain::measure::{MeasureKind, MeasureState, Target};
use remit_domain::outcome::OutcomeState;
use remit_domain::pace::{Pace, ReportedStatus};
use remit_domain::responsibility::{Object, Part};
use remit_domain::role::Subject;
use remit_domain::rule::{FindingSubject, RuleLevel, RuleSetting, findings, findings_after};
use remit_domain::skill::{Level as SkillLevel, RequiredSkill, SkillId};
use remit_domain::text::{Key, Text};
use remit_domain::time::Span;
use remit_domain::waiver::Waiver;

use crate::sketch::{Sketch, change, day, keep};

const SKILLS: [SkillId; 2] = [Id::from_bits(1_001), Id::from_bits(1_002)];

/// A small organization in which much is tied to much.
fn begin() -> Sketch {
    let mut sketch = Sketch::on("2026-02-20");
    let theme = sketch.theme();
    for n in 0..6usize {
        let outcome = sketch.outcome((n % 2 == 0).then_some(theme));
        let (role, person) = (sketch.role(), sketch.person());
        sketch.measure(outcome, 1.0, (n % 3 > 0).then_some(40.0));
        sketch.assign(role, person, AssignmentKind::Holder, None);
        sketch.responsible(outcome, Part::Accountable, Subject::Role(role));
        sketch.responsible(outcome, Part::Responsible, Subject::Person(person));
        let skill = SKILLS[n % 2];
        sketch.masters(person, skill, SkillLevel::Working);
        sketch.change_role(role, |role| {
            role.is_key = n % 2 == 0;
            role.skills = vec![RequiredSkill { skill, level: SkillLevel::Working, must: true, weight: 1.0 }];
        });
    }
    sketch
}

/// One of many changes, of things that numbers choose.
fn step(sketch: &mut Sketch, what: u8, one: usize, other: usize) {
    let outcome = |sketch: &Sketch, at: usize| sketch.parts.outcomes[at % sketch.parts.outcomes.len()].id;
    let person = |sketch: &Sketch, at: usize| sketch.parts.people[at % sketch.parts.people.len()].id;
    let role = |sketch: &Sketch, at: usize| sketch.parts.roles[at % sketch.parts.roles.len()].id;
    let measure = |sketch: &Sketch, at: usize| sketch.parts.measures[at % sketch.parts.measures.len()].id;
    let (first, second) = (outcome(sketch, one), outcome(sketch, other));
    match what {
        0 => {
            use OutcomeState::{Active, Cancelled, Closed, Draft, Proposed};
            let state = [Active, Active, Cancelled, Closed, Draft, Proposed][other % 6];
            sketch.change(first, |outcome| outcome.state = state);
        }
        1 => sketch.change(first, |outcome| outcome.due_on = [None, Some(day("2026-03-01"))][other % 2]),
        2 => sketch.change(first, |outcome| outcome.serves = None),
        // The higher leads to the lower, so that nothing goes round.
        3 if first > second => sketch.contributes(first, second, [1.0, 1.0, 0.0][other % 3]),
        4 if first > second => {
            sketch.align(first, second, [AlignmentKind::Supports, AlignmentKind::DependsOn][one % 2])
        }
        5 if !sketch.parts.alignments.is_empty() => {
            let at = one % sketch.parts.alignments.len();
            sketch.parts.alignments.remove(at);
        }
        6 => {
            let id = measure(sketch, one);
            sketch.change_measure(id, |measure| {
                measure.state = [MeasureState::Active, MeasureState::Retired][other % 2];
                measure.kind = MeasureKind::Increase;
            });
        }
        7 => {
            let id = measure(sketch, one);
            sketch.observe(id, &[(["2026-01-05", "2026-02-18"][other % 2], other as f64)]);
        }
        8 => {
            let (id, by) = (measure(sketch, one), person(sketch, other));
            sketch.observe(id, &[("2026-02-17", 7.0)]);
            sketch.parts.recorders.insert(id, by);
        }
        9 => {
            let part = [Part::Accountable, Part::Responsible, Part::Consulted, Part::Informed][other % 4];
            let subject = if one.is_multiple_of(2) {
                Subject::Role(role(sketch, other))
            } else {
                Subject::Person(person(sketch, other))
            };
            sketch.responsible(first, part, subject);
        }
        10 if !sketch.parts.responsibilities.is_empty() => {
            let at = one % sketch.parts.responsibilities.len();
            sketch.parts.responsibilities.remove(at);
        }
        11 => {
            use AssignmentKind::{Deputy, Holder, Interim, Successor};
            let kind = [Holder, Interim, Deputy, Successor][other % 4];
            let (role, person) = (role(sketch, one), person(sketch, other));
            sketch.assign(role, person, kind, [None, Some("2026-02-01")][one % 2]);
        }
        12 if !sketch.parts.assignments.is_empty() => {
            let at = one % sketch.parts.assignments.len();
            sketch.parts.assignments.remove(at);
        }
        13 => {
            let at = one % sketch.parts.people.len();
            change(&mut sketch.parts.people[at], |person| person.active = other.is_multiple_of(2));
        }
        14 => {
            let (person, skill) = (person(sketch, one), SKILLS[other % 2]);
            sketch.masters(person, skill, [SkillLevel::Awareness, SkillLevel::Expert][one % 2]);
        }
        15 if !sketch.parts.person_skills.is_empty() => {
            let at = one % sketch.parts.person_skills.len();
            sketch.parts.person_skills.remove(at);
        }
        16 => {
            let id = role(sketch, one);
            sketch.change_role(id, |role| role.seats_min = (other % 2) as i32);
        }
        17 => {
            let subject = [
                FindingSubject::Outcome(first),
                FindingSubject::Measure(measure(sketch, one)),
                FindingSubject::Role(role(sketch, one)),
                FindingSubject::Person(person(sketch, one)),
            ][one % 4];
            let name = ["no_impact", "no_unit", "no_accountabilities", "overloaded"][one % 4];
            let (rule, reason) = (Key::parse(name).expect("a key"), Text::new("Agreed").expect("a reason"));
            let waiver = Waiver { finding: subject.finding(name), rule, subject, reason, ends_on: day("2026-12-31") };
            let row = keep(sketch.next(), waiver);
            sketch.parts.waivers.push(row);
        }
        18 => {
            let rule = Key::parse("no_impact").expect("a key");
            let row = keep(sketch.next(), RuleSetting { rule, level: Some(RuleLevel::Error), numbers: Vec::new() });
            sketch.parts.rule_settings.push(row);
        }
        19 => {
            let id = outcome(sketch, one);
            let measure = sketch.measure(id, 1.0, None);
            sketch.responsible(id, Part::Informed, Subject::Role(role(sketch, other)));
            let last = sketch.parts.responsibilities.last_mut().expect("just drawn");
            change(last, |one| one.object = Object::Measure(measure));
        }
        20 => {
            let id = measure(sketch, one);
            sketch.change_measure(id, |measure| measure.target = Target { baseline: None, ..measure.target });
        }
        21 => {
            // It begins an hour from now, so that an answer may be another one later on the same day.
            let from = sketch.parts.at.plus_micros(3_600_000_000);
            let last = sketch.parts.responsibilities.last_mut();
            last.into_iter().for_each(|row| change(row, |one| one.during = Span { from, to: None }));
        }
        22 => sketch.parts.at = sketch.parts.at.plus_micros(1 + other as i64 * 900_000_000),
        23 if !sketch.parts.measures.is_empty() && sketch.parts.measures.len() > 1 => {
            let at = one % sketch.parts.measures.len();
            sketch.parts.measures.remove(at);
        }
        24 => {
            use ReportedStatus::{AtRisk, OnTrack};
            let (status, pace) = [(OnTrack, Pace::OffTrack), (AtRisk, Pace::AtRisk)][other % 2];
            let on = ["2026-01-20", "2026-02-01", "2026-02-19"][other % 3];
            sketch.check_in(first, on, (status, pace), [None, Some(0.95)][one % 2]);
        }
        26 => {
            let subject = [BriefingSubject::Free, BriefingSubject::Outcome(first)][one % 2];
            sketch.brief(subject, (10, other % 11), [None, Some("2026-02-19")][one % 2]);
        }
        27 if !sketch.parts.briefings.is_empty() => {
            let at = one % sketch.parts.briefings.len();
            sketch.parts.briefings[at].acknowledged = other % 11;
        }
        28 => {
            sketch.mission(["2025-12-01", "2026-02-01"][other % 2]);
        }
        29 => sketch.disable_webhook(["2026-01-20", "2026-02-01"][other % 2]),
        30 => sketch.parts.disabled_webhooks.clear(),
        25 => sketch.change(first, |outcome| outcome.check_in_days = [None, Some(7)][other % 2]),
        _ => {
            let (child, parent) = (outcome(sketch, one), measure(sketch, other));
            sketch.align(child, Id::from_bits(0), AlignmentKind::Supports);
            let last = sketch.parts.alignments.last_mut().expect("just drawn");
            change(last, |one| one.parent = remit_domain::alignment::AlignmentParent::Measure(parent));
            assert_eq!(last.child, child);
        }
    }
}

proptest! {
    #[test]
    fn what_is_judged_again_is_what_would_be_found_anew(
        steps in proptest::collection::vec((0u8..32, 0usize..100, 0usize..100), 1..40),
    ) {
        let mut sketch = begin();
        let mut before = sketch.picture();
        let mut found = findings(&before, &Assessment::of(&before));
        for (what, one, other) in steps {
            step(&mut sketch, what, one, other);
            let after = sketch.picture();
            let assessment = Assessment::of(&after);
            found = findings_after((&before, &found), (&after, &assessment));
            let anew = findings(&after, &assessment);
            let missed: Vec<_> = anew.iter().filter(|one| !found.contains(one)).collect();
            let kept: Vec<_> = found.iter().filter(|one| !anew.contains(one)).collect();
            prop_assert!(missed.is_empty() && kept.is_empty(), "step {what} {one} {other}: {missed:?}, {kept:?}");
            prop_assert!(found == anew, "the order differs after step {what}");
            before = after;
        }
    }
}
