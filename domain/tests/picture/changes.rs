//! I4, I5, I8, I10, I12 and I13: what may change, and what must not in passing.

use proptest::prelude::*;
use remit_domain::assignment::{Assignment, AssignmentKind};
use remit_domain::entity::{Check, Ending, ReasonRequired};
use remit_domain::measure::{MeasureKind, Target};
use remit_domain::number::Number;
use remit_domain::observation::{ClosedError, check_open};
use remit_domain::organization::ZoneChangeError;
use remit_domain::outcome::{DeleteError, OutcomeState, check_delete, check_due_change};
use remit_domain::period::{Period, PeriodState};
use remit_domain::person::deactivate;
use remit_domain::role::RoleId;
use remit_domain::text::Statement;
use remit_domain::time::{Instant, Span, Zone, plus_days};

use crate::sketch::{Sketch, day, keep, start, title};

fn at(micros: i64) -> Instant {
    Instant::from_micros(micros)
}

proptest! {
    #[test]
    fn leaving_ends_what_runs_withdraws_what_is_to_come_and_is_never_refused(
        spans in prop::collection::vec((0i64..50, 1i64..20, any::<bool>()), 0..8), when in 0i64..60, joined in 0i64..400,
    ) {
        let mut sketch = Sketch::on("2026-02-20");
        let (id, other) = (sketch.person(), sketch.person());
        crate::sketch::change(&mut sketch.parts.people[0], |person| person.joined_on = Some(plus_days(day("2026-01-01"), joined)));
        let rows: Vec<_> = spans.iter().enumerate().map(|(n, (from, length, is_open))| {
            let during = Span::new(at(*from), (!is_open).then(|| at(from + length))).expect("a span");
            let person = if n % 3 == 2 { other } else { id };
            keep(n as u128 + 1, Assignment {
                role: RoleId::from_bits(1), person, kind: AssignmentKind::Holder, focus: None, during,
                term_ends: None, load: None, readiness: None,
            })
        }).collect();
        let plan = deactivate(&sketch.parts.people[0], &rows, [], at(when), day("2026-02-20"));
        prop_assert!(!plan.person.active && plan.person.check().is_ok());
        for row in &rows {
            let ending = plan.assignments.iter().find(|ending| match ending {
                Ending::Ends { id, .. } | Ending::Withdrawn { id } => *id == row.id,
            });
            let has_ended = row.during.end() <= at(when);
            match ending {
                None => prop_assert!(row.person == other || has_ended),
                Some(Ending::Ends { value, .. }) => {
                    prop_assert!(row.during.from < at(when) && value.during.to == Some(at(when)));
                    prop_assert!(value.during.from == row.during.from && value.person == id);
                }
                Some(Ending::Withdrawn { .. }) => prop_assert!(row.during.from >= at(when) && row.person == id),
            }
        }
    }

    #[test]
    fn a_target_never_is_its_baseline_and_lies_on_the_side_of_its_kind(baseline in -1e6..1e6f64, target in -1e6..1e6f64) {
        let number = |value| Number::new(value).ok();
        let given = Target { baseline: number(baseline), target: number(target), ..Target::default() };
        prop_assert_eq!(given.check(MeasureKind::Increase).is_ok(), target > baseline);
        prop_assert_eq!(given.check(MeasureKind::Decrease).is_ok(), target < baseline);
        let bounds = Target { low: number(baseline), high: number(target), ..Target::default() };
        prop_assert_eq!(bounds.check(MeasureKind::MaintainRange).is_ok(), baseline < target);
    }

    #[test]
    fn an_outcome_lies_in_its_period_unless_both_dates_are_its_own(
        start_on in prop::option::of(0i64..40), due_on in prop::option::of(0i64..40),
    ) {
        let mut sketch = Sketch::on("2026-02-20");
        sketch.outcome(None);
        let mut outcome = sketch.parts.outcomes[0].value.clone().into_inner();
        let on = |days: Option<i64>| days.map(|days| plus_days(day("2026-01-01"), days));
        (outcome.start_on, outcome.due_on) = (on(start_on), on(due_on));
        let period = period("2026-01-11", "2026-01-31");
        let is_valid = outcome.check().is_ok() && outcome.check_period(&period).is_ok();
        let frame = outcome.frame(Some(&period));
        if is_valid {
            let frame = frame.expect("both ends are known");
            prop_assert!(frame.start_on <= frame.due_on);
            let is_own = start_on.is_some() && due_on.is_some();
            prop_assert!(is_own || (period.start_on <= frame.start_on && frame.due_on <= period.end_on));
        }
    }

    #[test]
    fn only_exact_numbers_are_kept(whole in "-?[1-9][0-9]{0,20}", fraction in "[0-9]{0,20}") {
        let literal = if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") };
        if let Ok(number) = Number::parse(&literal) {
            let trim = |text: &str| {
                if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
            };
            prop_assert_eq!(trim(&number.to_string()), trim(&literal));
        }
    }
}

fn period(from: &str, to: &str) -> Period {
    Period { name: title("Period"), start_on: day(from), end_on: day(to), parent: None, state: PeriodState::Open }
}

fn reason() -> Statement {
    Statement::new("the supplier moved").expect("a reason")
}

#[test]
fn what_is_closed_takes_only_a_correction_with_a_reason() {
    use OutcomeState::{Active, Closed};
    let reason = reason();
    for (outcome, period, is_correction, reason, expected) in [
        (Active, None, false, None, Ok(())),
        (Active, Some(PeriodState::Open), false, None, Ok(())),
        (Closed, None, false, Some(&reason), Err(ClosedError::OutcomeClosed)),
        (Active, Some(PeriodState::Closed), false, Some(&reason), Err(ClosedError::PeriodClosed)),
        (Closed, None, true, None, Err(ClosedError::ReasonRequired)),
        (Closed, Some(PeriodState::Closed), true, Some(&reason), Ok(())),
    ] {
        assert_eq!(check_open(outcome, period, is_correction, reason), expected);
    }
}

#[test]
fn a_promised_due_date_moves_only_with_a_reason() {
    let mut sketch = Sketch::on("2026-02-20");
    let id = sketch.outcome(None);
    let reason = reason();
    let mut after = sketch.parts.outcomes[0].value.clone().into_inner();
    after.due_on = None;
    let (same, later) = (period("2026-01-01", "2026-04-10"), period("2026-01-01", "2026-05-31"));
    let check = |sketch: &Sketch, period, reason| {
        check_due_change((&sketch.parts.outcomes[0], None), (&after, Some(period)), reason)
    };
    assert_eq!(check(&sketch, &same, None), Ok(()), "the due date in force is the same");
    assert_eq!(check(&sketch, &later, None), Err(ReasonRequired));
    assert_eq!(check(&sketch, &later, Some(&reason)), Ok(()));
    sketch.change(id, |outcome| outcome.state = OutcomeState::Draft);
    assert_eq!(check(&sketch, &later, None), Ok(()));
    assert_eq!(same.check_change(&later, None), Err(ReasonRequired));
    assert_eq!(same.check_change(&later, Some(&reason)), Ok(()));
    assert_eq!(same.check_change(&same, None), Ok(()));
}

#[test]
fn an_active_outcome_is_cancelled_not_deleted() {
    for (state, has_dependents, expected) in [
        (OutcomeState::Active, false, Err(DeleteError::Active)),
        (OutcomeState::Draft, true, Err(DeleteError::HasDependents)),
        (OutcomeState::Draft, false, Ok(())),
        (OutcomeState::Cancelled, false, Ok(())),
    ] {
        assert_eq!(check_delete(state, has_dependents), expected, "{state}");
    }
}

#[test]
fn a_zone_changes_from_a_coming_local_midnight() {
    let sketch = Sketch::on("2026-02-20");
    let (organization, now) = (&sketch.parts.organization, start("2026-02-20").plus_micros(1));
    let tokyo = Zone::named("Asia/Tokyo").expect("a zone");
    let plan = |from| organization.plan_zone(tokyo.clone(), from, now);
    assert_eq!(plan(start("2026-02-20")).err(), Some(ZoneChangeError::NotComing));
    assert_eq!(plan(start("2026-02-21").plus_micros(1)).err(), Some(ZoneChangeError::NotMidnight));
    let planned = plan(start("2026-02-21")).expect("a midnight to come");
    assert_eq!(planned.day_of(now), day("2026-02-20"));
    assert_eq!(planned.day_of(start("2026-02-21").plus_micros(16 * 3_600_000_000)), day("2026-02-22"));
}
