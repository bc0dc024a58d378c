//! I11, and the findings that stand on a picture.

use proptest::prelude::*;
use remit_domain::assignment::AssignmentKind;
use remit_domain::measure::MeasureState;
use remit_domain::outcome::{OutcomeId, OutcomeState};
use remit_domain::responsibility::Part;
use remit_domain::role::Subject;
use remit_domain::rule::{Fact, Finding, FindingSubject, Severity, activation_findings, rules};

use crate::sketch::{Sketch, day};

/// What keeps an outcome from becoming active, by rule.
fn blockers(sketch: &Sketch, outcome: OutcomeId) -> Vec<&'static str> {
    let picture = sketch.picture();
    activation_findings(&picture, outcome, picture.at()).into_iter().map(|finding| finding.rule).collect()
}

/// What stands as an error, or has run out.
fn grave(sketch: &Sketch) -> Vec<Finding> {
    let mut found = sketch.findings();
    found.retain(|one| one.severity == Severity::Error || one.rule == "term_ended");
    found
}

#[test]
fn the_rules_are_in_order_and_explain_themselves() {
    assert!(rules().windows(2).all(|pair| pair[0].id < pair[1].id));
    for rule in rules() {
        assert!(!rule.what.is_empty() && !rule.why.is_empty() && !rule.remedy.is_empty(), "{}", rule.id);
        assert!(!rule.example.is_empty(), "{}", rule.id);
        assert!(rule.numbers.iter().all(|number| number.takes(number.default)), "{}", rule.id);
    }
}

#[test]
fn an_outcome_without_anything_is_refused_with_everything_that_is_missing() {
    let mut sketch = Sketch::on("2026-02-20");
    let outcome = sketch.outcome(None);
    sketch.change(outcome, |outcome| {
        outcome.state = OutcomeState::Proposed;
        outcome.due_on = None;
    });
    assert_eq!(blockers(&sketch, outcome), ["no_accountable", "no_due_date", "no_measure", "no_responsible"]);
    assert!(grave(&sketch).is_empty(), "a proposal owes nothing yet");
}

#[test]
fn each_gap_in_who_answers_is_its_own_finding() {
    let mut sketch = Sketch::on("2026-02-20");
    let (outcome, role, person) = (sketch.outcome(None), sketch.role(), sketch.person());
    sketch.measure(outcome, 1.0, None);
    sketch.responsible(outcome, Part::Accountable, Subject::Role(role));
    sketch.responsible(outcome, Part::Responsible, Subject::Role(role));
    assert_eq!(blockers(&sketch, outcome), ["role_vacant"]);
    sketch.assign(role, person, AssignmentKind::Holder, None);
    assert_eq!(blockers(&sketch, outcome), [""; 0]);
    let second = sketch.person();
    sketch.assign(role, second, AssignmentKind::Holder, None);
    assert_eq!(blockers(&sketch, outcome), ["multiple_holders"]);
    sketch.deactivate(person);
    sketch.deactivate(second);
    assert_eq!(blockers(&sketch, outcome), ["holder_inactive"]);
    let found = grave(&sketch);
    assert_eq!(found[0].subject, FindingSubject::Outcome(outcome));
    assert!(found[0].evidence.contains(&Fact::id("role", role)));
}

#[test]
fn a_term_that_has_ended_warns_and_does_not_block() {
    let mut sketch = Sketch::on("2026-02-20");
    let (outcome, role, person) = (sketch.outcome(None), sketch.role(), sketch.person());
    sketch.measure(outcome, 1.0, None);
    sketch.responsible(outcome, Part::Accountable, Subject::Role(role));
    sketch.responsible(outcome, Part::Responsible, Subject::Person(person));
    sketch.assign(role, person, AssignmentKind::Holder, Some("2026-02-19"));
    assert_eq!(blockers(&sketch, outcome), [""; 0]);
    let found = grave(&sketch);
    assert_eq!(
        found.iter().map(|one| (one.rule, one.severity)).collect::<Vec<_>>(),
        [("term_ended", Severity::Warning)]
    );
    assert!(found[0].evidence.contains(&Fact::day("term_ends", day("2026-02-19"))));
    crate::sketch::change(&mut sketch.parts.assignments[0], |one| one.kind = AssignmentKind::Successor);
    sketch.assign(role, person, AssignmentKind::Holder, None);
    assert!(grave(&sketch).is_empty(), "a successor has no mandate that could run out");
}

#[test]
fn nobody_need_answer_before_the_first_day() {
    let mut sketch = Sketch::on("2026-02-20");
    let (outcome, person) = (sketch.outcome(None), sketch.person());
    sketch.measure(outcome, 1.0, None);
    sketch.change(outcome, |outcome| outcome.start_on = Some(day("2026-03-01")));
    for part in [Part::Accountable, Part::Responsible] {
        sketch.responsible(outcome, part, Subject::Person(person));
    }
    for row in &mut sketch.parts.responsibilities {
        crate::sketch::change(row, |one| one.during.from = crate::sketch::start("2026-03-01"));
    }
    assert_eq!(blockers(&sketch, outcome), [""; 0]);
}

#[test]
fn an_outcome_may_be_measured_by_its_parts_alone() {
    let mut sketch = Sketch::on("2026-02-20");
    let (parent, child) = (sketch.outcome(None), sketch.outcome(None));
    assert!(blockers(&sketch, parent).contains(&"no_measure"));
    sketch.contributes(child, parent, 1.0);
    assert!(!blockers(&sketch, parent).contains(&"no_measure"));
    sketch.change(child, |outcome| outcome.state = OutcomeState::Draft);
    assert!(blockers(&sketch, parent).contains(&"no_measure"));
    let retired = sketch.measure(parent, 1.0, None);
    sketch.change_measure(retired, |measure| measure.state = MeasureState::Retired);
    assert!(blockers(&sketch, parent).contains(&"no_measure"));
}

proptest! {
    /// I11: what may become active has no error the moment it is.
    #[test]
    fn what_passes_activation_has_no_error_finding_once_active(
        has_measure: bool, has_due: bool, accountable: bool, responsible: bool, is_active: bool,
    ) {
        let mut sketch = Sketch::on("2026-02-20");
        let (outcome, person) = (sketch.outcome(None), sketch.person());
        if has_measure { sketch.measure(outcome, 1.0, None); }
        if !has_due { sketch.change(outcome, |outcome| outcome.due_on = None); }
        if accountable { sketch.responsible(outcome, Part::Accountable, Subject::Person(person)); }
        if responsible { sketch.responsible(outcome, Part::Responsible, Subject::Person(person)); }
        if !is_active { sketch.deactivate(person); }
        let refused = blockers(&sketch, outcome);
        let found = grave(&sketch);
        let errors: Vec<_> = found.iter().filter(|one| one.severity == Severity::Error).map(|one| one.rule).collect();
        prop_assert_eq!(refused.is_empty(), has_measure && has_due && accountable && responsible && is_active);
        prop_assert_eq!(refused, errors);
    }
}
