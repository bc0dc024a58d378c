//! I1, I2 and I3: exactly one answers, it can always be told who, and someone does the work.

use proptest::prelude::*;
use remit_domain::accountability::{
    AccountabilityError, Answer, Gap, HandoverError, Via, check_accountable, check_parts, check_responsible, handover,
    who_answers, window,
};
use remit_domain::assignment::AssignmentKind;
use remit_domain::outcome::{OutcomeId, OutcomeState};
use remit_domain::person::PersonId;
use remit_domain::responsibility::{Object, Part, Responsibility};
use remit_domain::role::{RoleId, Subject};
use remit_domain::time::{Instant, Span};

use crate::sketch::{ALWAYS, Sketch, day, keep, responsibility, start};

fn at(micros: i64) -> Instant {
    Instant::from_micros(micros)
}

fn outcome() -> OutcomeId {
    OutcomeId::from_bits(1)
}

fn person(n: u128) -> Subject {
    Subject::Person(PersonId::from_bits(n))
}

fn one_seat(_: RoleId) -> Option<i32> {
    Some(1)
}

/// Some spans within 0..60; one in four is open.
fn spans() -> impl Strategy<Value = Vec<Span>> {
    let span = (0i64..50, 1i64..20, 0u8..4)
        .prop_map(|(from, length, open)| Span::new(at(from), (open > 0).then(|| at(from + length))).expect("a span"));
    prop::collection::vec(span, 0..6)
}

fn with_part(part: Part, spans: &[Span]) -> Vec<Responsibility> {
    let one = |(n, span): (usize, &Span)| responsibility(outcome(), part, person(n as u128), *span);
    spans.iter().enumerate().map(one).collect()
}

proptest! {
    #[test]
    fn one_is_accountable_at_every_instant_or_the_check_names_one_where_it_is_not(spans in spans(), to in 10i64..60) {
        let window = Span::new(at(5), Some(at(to))).expect("a window");
        let holders = |t: Instant| spans.iter().filter(|span| span.contains(t)).count();
        match check_accountable(window, &with_part(Part::Accountable, &spans), one_seat) {
            Ok(()) => prop_assert!((5..to).all(|t| holders(at(t)) == 1)),
            Err(AccountabilityError::Gap { span }) => {
                prop_assert!((span.from.micros()..span.end().micros()).all(|t| holders(at(t)) == 0));
                prop_assert!(window.from <= span.from && span.end() <= window.end());
            }
            Err(AccountabilityError::Overlap { span }) => {
                prop_assert!((span.from.micros()..span.end().micros()).all(|t| holders(at(t)) >= 2));
                prop_assert!(window.from <= span.from && span.end() <= window.end());
            }
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn someone_is_responsible_at_every_instant_or_the_check_names_one_where_nobody_is(spans in spans(), to in 10i64..60) {
        let window = Span::new(at(5), Some(at(to))).expect("a window");
        let is_covered = |t: i64| spans.iter().any(|span| span.contains(at(t)));
        match check_responsible(window, &with_part(Part::Responsible, &spans)) {
            Ok(()) => prop_assert!((5..to).all(is_covered)),
            Err(AccountabilityError::NoResponsible { span }) => {
                prop_assert!(!(span.from.micros()..span.end().micros()).any(is_covered));
            }
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn a_subject_has_one_part_at_a_time(rows in prop::collection::vec((0usize..4, 0u128..2, 0i64..20, 1i64..8), 0..6)) {
        let parts = [Part::Accountable, Part::Responsible, Part::Consulted, Part::Informed];
        let rows: Vec<Responsibility> = rows
            .into_iter()
            .map(|(part, who, from, length)| {
                let span = Span::new(at(from), Some(at(from + length))).expect("a span");
                responsibility(outcome(), parts[part], person(who), span)
            })
            .collect();
        let together = |a: Part, b: Part| a != b && [a, b].iter().all(|p| matches!(p, Part::Accountable | Part::Responsible));
        let clash = rows.iter().enumerate().any(|(n, a)| rows[..n].iter().any(|b| {
            a.subject == b.subject && a.during.overlaps(&b.during) && !together(a.part, b.part)
        }));
        prop_assert_eq!(check_parts(&rows).is_err(), clash);
    }

    #[test]
    fn a_handover_keeps_exactly_one_accountable(cut in 1i64..49, when in 0i64..60) {
        let spans = [Span::new(at(0), Some(at(cut))), Span::new(at(cut), None)].map(|span| span.expect("a span"));
        let rows: Vec<_> = with_part(Part::Accountable, &spans)
            .into_iter().enumerate().map(|(n, row)| keep(n as u128 + 1, row)).collect();
        let object = (Object::Outcome(outcome()), Part::Accountable);
        let plan = handover(&rows, object, None, person(9), at(when), None).expect("one to relieve");
        let after = plan.after(&rows);
        prop_assert_eq!(check_accountable(spans[1], &after, one_seat), Ok(()));
        let holder = after.iter().find(|row| row.during.contains(at(when))).map(|row| row.subject);
        prop_assert_eq!(holder, Some(person(9)));
    }

    /// I2: whatever is drawn, the answer is one active person or a gap, and never both or neither.
    #[test]
    fn who_answers_is_one_active_person_or_a_gap(
        holders in prop::collection::vec((0usize..4, any::<bool>(), any::<bool>()), 0..5),
    ) {
        let mut sketch = Sketch::on("2026-02-01");
        let (outcome, role) = (sketch.outcome(None), sketch.role());
        sketch.responsible(outcome, Part::Accountable, Subject::Role(role));
        let kinds =
            [AssignmentKind::Holder, AssignmentKind::Interim, AssignmentKind::Deputy, AssignmentKind::Successor];
        let mut able = [0; 3];
        for (kind, is_active, has_ended) in &holders {
            let person = sketch.person();
            sketch.assign(role, person, kinds[*kind], has_ended.then_some("2026-01-31"));
            if !is_active {
                sketch.deactivate(person);
            }
            if let Some(count) = able.get_mut(*kind) {
                *count += usize::from(*is_active && !has_ended);
            }
        }
        let picture = sketch.picture();
        match who_answers(&picture, outcome, picture.at()) {
            Ok(Answer { person, via, role: through }) => {
                prop_assert!(picture.person(person).is_some_and(|person| person.active));
                prop_assert_eq!(through, Some(role));
                let rank = [Via::Holder, Via::Interim, Via::Deputy].iter().position(|one| *one == via);
                prop_assert_eq!(able.iter().position(|count| *count > 0), rank);
            }
            Err(Gap::MultipleHolders) => prop_assert!(able.iter().find(|count| **count > 0) > Some(&1)),
            Err(Gap::RoleVacant) => prop_assert!(holders.iter().all(|(kind, _, _)| *kind == 3)),
            Err(Gap::HolderInactive) => prop_assert!(able == [0; 3] && holders.iter().any(|(_, active, _)| !active)),
            Err(Gap::TermEnded) => prop_assert!(able == [0; 3] && holders.iter().any(|(_, _, ended)| *ended)),
            Err(Gap::NoAccountable) => prop_assert!(false, "one is named"),
        }
    }
}

#[test]
fn the_first_gap_and_the_overlap_are_named() {
    let window = Span { from: at(0), to: None };
    let check = |spans: &[Span]| check_accountable(window, &with_part(Part::Accountable, spans), one_seat);
    let span = |from, to: Option<i64>| Span::new(at(from), to.map(at)).expect("a span");
    assert_eq!(check(&[]), Err(AccountabilityError::Gap { span: window }));
    assert_eq!(check(&[span(-5, Some(3)), span(3, None)]), Ok(()));
    assert_eq!(check(&[span(0, Some(3)), span(5, None)]), Err(AccountabilityError::Gap { span: span(3, Some(5)) }));
    assert_eq!(check(&[span(0, Some(9))]), Err(AccountabilityError::Gap { span: span(9, None) }));
    assert_eq!(check(&[span(0, None), span(4, Some(6))]), Err(AccountabilityError::Overlap { span: span(4, Some(6)) }));
    assert_eq!(check(&[span(0, None), span(4, None)]), Err(AccountabilityError::Overlap { span: span(4, None) }));
}

#[test]
fn a_role_that_is_accountable_has_one_seat() {
    let role = RoleId::from_bits(7);
    let rows = [responsibility(outcome(), Part::Accountable, Subject::Role(role), ALWAYS)];
    let refused = Err(AccountabilityError::TooManySeats { role, seats_max: 2 });
    assert_eq!(check_accountable(ALWAYS, &rows, |_| Some(2)), refused);
    assert_eq!(check_accountable(ALWAYS, &rows, one_seat), Ok(()));
}

#[test]
fn someone_answers_from_the_later_of_activation_and_the_first_day() {
    let mut sketch = Sketch::on("2026-02-01");
    let id = sketch.outcome(None);
    let organization = sketch.parts.organization.clone();
    let of = |sketch: &Sketch| window(&sketch.parts.outcomes[0], Some(day("2026-01-01")), &organization);
    for (active, expected) in [("2025-12-01", "2026-01-01"), ("2026-01-20", "2026-01-20")] {
        sketch.change(id, |outcome| outcome.active_from = Some(start(active)));
        assert_eq!(of(&sketch).map(|span| span.from), Some(start(expected)), "{active}");
    }
    sketch.change(id, |outcome| outcome.state = OutcomeState::Proposed);
    assert_eq!(of(&sketch), None);
}

#[test]
fn a_deputy_stands_in_for_a_holder_who_has_left() {
    let mut sketch = Sketch::on("2026-02-01");
    let (outcome, role) = (sketch.outcome(None), sketch.role());
    let (holder, deputy) = (sketch.person(), sketch.person());
    sketch.responsible(outcome, Part::Accountable, Subject::Role(role));
    sketch.assign(role, holder, AssignmentKind::Holder, None);
    sketch.assign(role, deputy, AssignmentKind::Deputy, None);
    let answer = |sketch: &Sketch| who_answers(&sketch.picture(), outcome, sketch.parts.at);
    assert_eq!(answer(&sketch), Ok(Answer { person: holder, via: Via::Holder, role: Some(role) }));
    sketch.deactivate(holder);
    assert_eq!(answer(&sketch), Ok(Answer { person: deputy, via: Via::Deputy, role: Some(role) }));
    sketch.deactivate(deputy);
    assert_eq!(answer(&sketch), Err(Gap::HolderInactive));
}

#[test]
fn a_handover_needs_one_to_relieve_and_another_to_take_over() {
    let rows = [(Part::Responsible, 1), (Part::Responsible, 2), (Part::Accountable, 1)];
    let rows = rows.map(|(part, n)| keep(n + part as u128 * 10, responsibility(outcome(), part, person(n), ALWAYS)));
    let try_it = |part, from, to| handover(&rows, (Object::Outcome(outcome()), part), from, to, at(0), None).err();
    assert_eq!(try_it(Part::Responsible, None, person(3)), Some(HandoverError::SeveralToRelieve));
    assert_eq!(try_it(Part::Responsible, Some(person(2)), person(3)), None);
    assert_eq!(try_it(Part::Accountable, None, person(1)), Some(HandoverError::SameSubject));
    assert_eq!(try_it(Part::Consulted, None, person(1)), Some(HandoverError::NobodyToRelieve));
}

#[test]
fn only_those_who_hold_the_role_now_and_in_their_term_count_each_once() {
    let mut sketch = Sketch::on("2026-02-20");
    let (outcome, role, person, earlier) = (sketch.outcome(None), sketch.role(), sketch.person(), sketch.person());
    sketch.responsible(outcome, Part::Accountable, Subject::Role(role));
    sketch.assign(role, earlier, AssignmentKind::Holder, None);
    crate::sketch::change(&mut sketch.parts.assignments[0], |one| one.during.to = Some(start("2026-02-20")));
    // The last day of a term belongs to it, and one who holds the role twice is one person.
    sketch.assign(role, person, AssignmentKind::Holder, Some("2026-02-20"));
    sketch.assign(role, person, AssignmentKind::Holder, None);
    let answer = |sketch: &Sketch, on| who_answers(&sketch.picture(), outcome, start(on)).map(|answer| answer.person);
    assert_eq!(answer(&sketch, "2026-02-20"), Ok(person));
    sketch.parts.assignments.pop();
    assert_eq!(answer(&sketch, "2026-02-20"), Ok(person));
    assert_eq!(answer(&sketch, "2026-02-21"), Err(Gap::TermEnded));
}

#[test]
fn one_who_has_announced_to_leave_answers_to_the_last_day() {
    let mut sketch = Sketch::on("2026-02-20");
    let (outcome, person) = (sketch.outcome(None), sketch.person());
    sketch.responsible(outcome, Part::Accountable, Subject::Person(person));
    crate::sketch::change(&mut sketch.parts.people[0], |person| person.left_on = Some(day("2026-03-31")));
    let picture = sketch.picture();
    assert_eq!(who_answers(&picture, outcome, start("2026-03-31")).map(|answer| answer.via), Ok(Via::Person));
    assert_eq!(who_answers(&picture, outcome, start("2026-04-01")), Err(Gap::HolderInactive));
}
