//! What an organization says of its rules: levels, numbers, waivers, and what a closed period keeps.

use remit_domain::number::Number;
use remit_domain::outcome::{OutcomeId, OutcomeState};
use remit_domain::period::{Period, PeriodState};
use remit_domain::responsibility::Part;
use remit_domain::role::Subject;
use remit_domain::rule::{
    FindingSubject, RuleLevel, RuleSetting, Severity, activation_findings, blocks_by_surroundings_alone, rule,
};
use remit_domain::text::{Key, Text};
use remit_domain::waiver::Waiver;

use crate::sketch::{Sketch, day, keep, title};

fn key(text: &str) -> Key {
    Key::parse(text).expect("a key")
}

fn setting(rule: &str, level: Option<RuleLevel>, numbers: &[(&str, f64)]) -> RuleSetting {
    let numbers = numbers.iter().map(|(name, value)| (key(name), Number::new(*value).expect("a number"))).collect();
    RuleSetting { rule: key(rule), level, numbers }
}

fn set(sketch: &mut Sketch, rule: &str, level: Option<RuleLevel>, numbers: &[(&str, f64)]) {
    let row = keep(sketch.next(), setting(rule, level, numbers));
    sketch.parts.rule_settings.push(row);
}

fn waive(sketch: &mut Sketch, rule: &str, outcome: OutcomeId, ends_on: &str) {
    let subject = FindingSubject::Outcome(outcome);
    let waiver = Waiver {
        finding: subject.finding(rule),
        rule: key(rule),
        subject,
        reason: Text::new("Agreed").expect("a reason"),
        ends_on: day(ends_on),
    };
    let row = keep(sketch.next(), waiver);
    sketch.parts.waivers.push(row);
}

/// How grave what a rule finds on an outcome is.
fn severity(sketch: &Sketch, rule: &str) -> Option<Severity> {
    sketch.findings().into_iter().find(|finding| finding.rule == rule).map(|finding| finding.severity)
}

#[test]
fn a_rule_is_as_grave_as_the_organization_says_and_silent_where_it_is_off() {
    let cases = [
        (None, Some(Severity::Warning)),
        (Some(RuleLevel::Error), Some(Severity::Error)),
        (Some(RuleLevel::Information), Some(Severity::Information)),
        (Some(RuleLevel::Off), None),
    ];
    for (level, expected) in cases {
        let mut sketch = Sketch::on("2026-02-20");
        sketch.outcome(None);
        set(&mut sketch, "no_impact", level, &[]);
        assert_eq!(severity(&sketch, "no_impact"), expected, "{level:?}");
    }
}

#[test]
fn a_rule_judges_with_the_numbers_of_the_organization() {
    for (most, expected) in [(2.0, None), (1.0, Some(Severity::Warning))] {
        let mut sketch = Sketch::on("2026-02-20");
        let outcome = sketch.outcome(None);
        sketch.measure(outcome, 1.0, None);
        sketch.measure(outcome, 1.0, None);
        set(&mut sketch, "too_many_measures", None, &[("most", most)]);
        assert_eq!(severity(&sketch, "too_many_measures"), expected, "at most {most}");
    }
}

#[test]
fn a_number_is_known_whole_and_within_its_bounds() {
    let too_many = rule("too_many_measures").expect("a rule");
    let cases = [("most", 1.0, true), ("most", 0.0, false), ("most", 2.5, false), ("least", 1.0, false)];
    for (name, value, expected) in cases {
        let setting = setting("too_many_measures", None, &[(name, value)]);
        assert_eq!(setting.check_numbers(too_many).is_ok(), expected, "{name} {value}");
    }
}

#[test]
fn what_another_version_of_the_program_said_is_left_alone() {
    let mut sketch = Sketch::on("2026-02-20");
    sketch.outcome(None);
    set(&mut sketch, "a_rule_to_come", Some(RuleLevel::Error), &[("most", 1.0)]);
    set(&mut sketch, "no_impact", None, &[("a_number_to_come", 1.0)]);
    assert_eq!(severity(&sketch, "no_impact"), Some(Severity::Warning));
}

#[test]
fn a_waiver_holds_to_the_end_of_its_last_day() {
    for (ends_on, expected) in [("2026-02-20", true), ("2026-02-19", false)] {
        let mut sketch = Sketch::on("2026-02-20");
        let outcome = sketch.outcome(None);
        waive(&mut sketch, "no_measure", outcome, ends_on);
        let found = sketch.findings();
        let found = found.iter().find(|finding| finding.rule == "no_measure").expect("it stands all the same");
        assert_eq!(found.waived.is_some(), expected, "{ends_on}");
    }
}

#[test]
fn activation_is_kept_back_by_what_is_an_error_to_the_organization() {
    let mut sketch = Sketch::on("2026-02-20");
    let (outcome, person) = (sketch.outcome(None), sketch.person());
    sketch.change(outcome, |outcome| outcome.state = OutcomeState::Proposed);
    for part in [Part::Accountable, Part::Responsible] {
        sketch.responsible(outcome, part, Subject::Person(person));
    }
    let blocked = |sketch: &Sketch| {
        let picture = sketch.picture();
        let found = activation_findings(&picture, outcome, picture.at());
        found.into_iter().filter(|one| one.waived.is_none()).map(|one| one.rule).collect::<Vec<_>>()
    };
    assert_eq!(blocked(&sketch), ["no_measure"]);
    let mut lower = Sketch::on("2026-02-20");
    lower.parts = sketch.parts.clone();
    set(&mut lower, "no_measure", Some(RuleLevel::Warning), &[]);
    assert_eq!(blocked(&lower), [""; 0], "set lower");
    waive(&mut sketch, "no_measure", outcome, "2026-12-31");
    assert_eq!(blocked(&sketch), [""; 0], "waived");
    let surroundings = |sketch: &Sketch| {
        let picture = sketch.picture();
        blocks_by_surroundings_alone(&picture, picture.outcome(outcome).expect("drawn"))
    };
    assert!(surroundings(&sketch));
    set(&mut sketch, "no_impact", Some(RuleLevel::Error), &[]);
    assert!(surroundings(&sketch));
    set(&mut sketch, "not_aligned", Some(RuleLevel::Error), &[]);
    assert!(!surroundings(&sketch), "it looks at what the outcome is part of");
    // Measures have findings of their own, which never keep an outcome back.
    set(&mut sketch, "no_unit", Some(RuleLevel::Error), &[]);
    assert_eq!(blocked(&sketch), ["no_impact", "not_aligned"]);
}

#[test]
fn a_closed_period_keeps_the_settings_that_it_ran_under() {
    let mut sketch = Sketch::on("2026-02-20");
    let period = Period {
        name: title("2025"),
        start_on: day("2025-01-01"),
        end_on: day("2025-12-31"),
        parent: None,
        state: PeriodState::Closed,
    };
    let row = keep(sketch.next(), period);
    let period = row.id;
    sketch.parts.periods.push(row);
    let (then, now) = (sketch.outcome(None), sketch.outcome(None));
    sketch.change(then, |outcome| outcome.period = Some(period));
    set(&mut sketch, "no_impact", Some(RuleLevel::Off), &[]);
    sketch.parts.closed_settings.insert(period, vec![setting("no_impact", Some(RuleLevel::Error), &[])]);
    let found = sketch.findings();
    let found: Vec<_> =
        found.iter().filter(|one| one.rule == "no_impact").map(|one| (one.subject, one.severity)).collect();
    assert_eq!(found, [(FindingSubject::Outcome(then), Severity::Error)], "and not {now}");
}
