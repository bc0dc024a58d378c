//! What a person owes: each kind of duty at its border, who owes it, and in what order they come.

use remit_domain::alignment::AlignmentKind;
use remit_domain::assessment::Assessment;
use remit_domain::assignment::AssignmentKind;
use remit_domain::duty::{Duty, DutyKind, DutySubject, duties_of};
use remit_domain::measure::{Cadence, Every, MeasureState};
use remit_domain::outcome::{OutcomeId, OutcomeState};
use remit_domain::pace::{Pace, ReportedStatus};
use remit_domain::person::PersonId;
use remit_domain::responsibility::Part;
use remit_domain::role::Subject;
use remit_domain::rule::findings;
use remit_domain::spelling::Spelled;
use remit_domain::waiver::Waiver;

use crate::sketch::{Sketch, day, keep};

/// An outcome for which a person answers.
fn answered(sketch: &mut Sketch) -> (OutcomeId, PersonId) {
    let (outcome, person) = (sketch.outcome(None), sketch.person());
    sketch.responsible(outcome, Part::Accountable, Subject::Person(person));
    (outcome, person)
}

fn owed(sketch: &Sketch, person: PersonId) -> Vec<Duty> {
    let picture = sketch.picture();
    let assessment = Assessment::of(&picture);
    duties_of(&picture, &assessment, &findings(&picture, &assessment), person)
}

fn of_kind(sketch: &Sketch, person: PersonId, kind: DutyKind) -> Vec<(String, i64)> {
    let duties = owed(sketch, person).into_iter().filter(|duty| duty.kind == kind);
    let days = |duty: Duty| Some((duty.due_on?.to_string(), duty.overdue_days?));
    duties.map(|duty| days(duty).expect("a day")).collect()
}

fn check(sketch: &Sketch, person: PersonId, kind: DutyKind, expected: &[(&str, i64)]) {
    let expected: Vec<_> = expected.iter().map(|(on, days)| ((*on).to_owned(), *days)).collect();
    assert_eq!(of_kind(sketch, person, kind), expected, "{} on {}", kind.as_str(), sketch.picture().today());
}

#[test]
fn a_check_in_is_owed_by_who_answers_one_cadence_after_the_last() {
    for (today, last_on, expected) in [
        ("2026-01-14", None, ("2026-01-15", -1)),
        ("2026-01-15", None, ("2026-01-15", 0)),
        ("2026-01-16", None, ("2026-01-15", 1)),
        ("2026-01-16", Some("2026-01-10"), ("2026-01-24", -8)),
    ] {
        let mut sketch = Sketch::on(today);
        let (outcome, person) = answered(&mut sketch);
        let other = sketch.person();
        sketch.change(outcome, |outcome| outcome.check_in_days = Some(14));
        if let Some(on) = last_on {
            sketch.check_in(outcome, on, (ReportedStatus::OnTrack, Pace::OnTrack), None);
        }
        check(&sketch, person, DutyKind::CheckIn, &[expected]);
        check(&sketch, other, DutyKind::CheckIn, &[]);
        sketch.change(outcome, |outcome| outcome.state = OutcomeState::Proposed);
        check(&sketch, person, DutyKind::CheckIn, &[]);
    }
}

#[test]
fn an_acknowledgement_is_owed_by_the_reviewer_until_it_is_given() {
    for (today, grace, expected) in [
        ("2026-02-04", Some(3), ("2026-02-04", 0)),
        ("2026-02-05", Some(3), ("2026-02-04", 1)),
        // A tenth of a check-in every year.
        ("2026-02-05", None, ("2026-03-09", -32)),
    ] {
        let mut sketch = Sketch::on(today);
        let (outcome, author) = answered(&mut sketch);
        let reviewer = sketch.person();
        sketch.change(outcome, |outcome| outcome.check_in_grace_days = grace);
        sketch.check_in(outcome, "2026-02-01", (ReportedStatus::OnTrack, Pace::OnTrack), None);
        let report = sketch.parts.reports.last_mut().expect("just said");
        (report.author, report.reviewer) = (Some(author), Some(reviewer));
        let said = report.check_in;
        check(&sketch, reviewer, DutyKind::AcknowledgeCheckIn, &[expected]);
        check(&sketch, author, DutyKind::AcknowledgeCheckIn, &[]);
        let subjects: Vec<_> = owed(&sketch, reviewer).iter().map(|duty| duty.subject).collect();
        assert_eq!(subjects, [DutySubject::CheckIn(said)]);
        let report = sketch.parts.reports.last_mut().expect("just said");
        report.acknowledged_at = Some(report.published_at);
        check(&sketch, reviewer, DutyKind::AcknowledgeCheckIn, &[]);
    }
}

#[test]
fn a_value_is_owed_by_who_is_responsible_else_by_who_answers_one_interval_after_the_last() {
    for (today, observed, expected) in [
        ("2026-01-30", Some("2026-01-20"), ("2026-01-30", 0)),
        ("2026-01-31", Some("2026-01-20"), ("2026-01-30", 1)),
        ("2026-01-29", Some("2026-01-20"), ("2026-01-30", -1)),
        // What was never observed is due as if it had been on the first day.
        ("2026-01-12", None, ("2026-01-11", 1)),
    ] {
        let mut sketch = Sketch::on(today);
        let (outcome, answers) = answered(&mut sketch);
        let measure = sketch.measure(outcome, 1.0, None);
        sketch.change_measure(measure, |measure| {
            measure.cadence = vec![Cadence { from: None, every: Every::Days(10) }];
        });
        if let Some(on) = observed {
            sketch.observe(measure, &[(on, 5.0)]);
        }
        check(&sketch, answers, DutyKind::RecordMeasure, &[expected]);
        let (role, holder) = (sketch.role(), sketch.person());
        sketch.assign(role, holder, AssignmentKind::Holder, None);
        sketch.responsible(outcome, Part::Responsible, Subject::Role(role));
        check(&sketch, answers, DutyKind::RecordMeasure, &[]);
        check(&sketch, holder, DutyKind::RecordMeasure, &[expected]);
        sketch.deactivate(holder);
        check(&sketch, holder, DutyKind::RecordMeasure, &[]);
        check(&sketch, answers, DutyKind::RecordMeasure, &[expected]);
        sketch.change_measure(measure, |measure| measure.state = MeasureState::Retired);
        check(&sketch, answers, DutyKind::RecordMeasure, &[]);
    }
}

#[test]
fn a_dependency_is_confirmed_by_who_answers_for_what_is_depended_on() {
    for (today, start_on, expected) in
        [("2026-02-01", "2026-02-01", ("2026-02-01", 0)), ("2026-02-03", "2026-02-01", ("2026-02-01", 2))]
    {
        let mut sketch = Sketch::on(today);
        let ((on, answers), (child, depends)) = (answered(&mut sketch), answered(&mut sketch));
        sketch.change(child, |child| child.start_on = Some(day(start_on)));
        sketch.align(child, on, AlignmentKind::DependsOn);
        check(&sketch, answers, DutyKind::ConfirmDependency, &[expected]);
        check(&sketch, depends, DutyKind::ConfirmDependency, &[]);
        let ends: Vec<_> = owed(&sketch, answers)
            .into_iter()
            .filter(|duty| duty.kind == DutyKind::ConfirmDependency)
            .map(|duty| (duty.subject, duty.outcome))
            .collect();
        assert_eq!(ends, [(DutySubject::Outcome(child), Some(on))]);
        sketch.change(child, |child| child.state = OutcomeState::Cancelled);
        check(&sketch, answers, DutyKind::ConfirmDependency, &[]);
        sketch.change(child, |child| child.state = OutcomeState::Active);
        crate::sketch::change(sketch.parts.alignments.last_mut().expect("just drawn"), |alignment| {
            alignment.confirmed_by = Some(answers);
        });
        check(&sketch, answers, DutyKind::ConfirmDependency, &[]);
    }
}

#[test]
fn a_finding_is_owed_by_who_answers_until_it_is_waived_and_comes_after_what_has_a_day() {
    let mut sketch = Sketch::on("2026-02-01");
    let (outcome, person) = answered(&mut sketch);
    let (other, _) = answered(&mut sketch);
    let measure = sketch.measure(outcome, 1.0, Some(10.0));
    let duties = owed(&sketch, person);
    let found: Vec<_> = duties.iter().filter(|duty| duty.kind == DutyKind::Finding).collect();
    assert!(
        found.iter().all(|duty| duty.outcome == Some(outcome) && duty.due_on.is_none()),
        "none of {other}: {found:?}"
    );
    let rules: Vec<_> = found.iter().filter_map(|duty| Some((duty.finding?.0, duty.measure))).collect();
    assert!(rules.contains(&("no_impact", None)) && rules.contains(&("no_unit", Some(measure))), "{rules:?}");
    let first = duties.iter().position(|duty| duty.due_on.is_none()).expect("a finding");
    assert!(duties[..first].iter().all(|duty| duty.due_on.is_some()));
    assert!(duties[first..].is_sorted_by_key(|duty| duty.finding.map(|(_, severity)| severity)));
    assert!(duties[..first].is_sorted_by_key(|duty| duty.due_on));

    let finding = sketch.findings().into_iter().find(|one| one.rule == "no_unit").expect("a finding");
    let waiver = Waiver {
        finding: finding.id,
        rule: remit_domain::text::Key::parse("no_unit").expect("a rule"),
        subject: finding.subject,
        reason: remit_domain::text::Text::new("Agreed.").expect("a reason"),
        ends_on: day("2026-02-01"),
    };
    let row = keep(sketch.next(), waiver);
    sketch.parts.waivers.push(row);
    let rules: Vec<_> = owed(&sketch, person).iter().filter_map(|duty| Some(duty.finding?.0)).collect();
    assert!(!rules.contains(&"no_unit") && rules.contains(&"no_impact"), "{rules:?}");
}
