//! Check-ins: what makes one, what publishing fixes, and who may acknowledge it.

use super::*;
use crate::time::parse_day;

fn day(text: &str) -> Day {
    parse_day(text).expect("a day")
}
fn at(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}
fn person(bits: u128) -> Option<PersonId> {
    Some(PersonId::from_bits(bits))
}
fn numbers(text: &str) -> Snapshot {
    Snapshot {
        taken_at: at(text),
        progress: Some(40.0),
        coverage: Some(1.0),
        expected: Some(50.0),
        pace: Some(Pace::AtRisk),
        probability: Some(0.3),
        previous_progress: None,
        measures: Vec::new(),
    }
}
fn draft() -> CheckIn {
    CheckIn {
        outcome: Id::from_bits(1),
        from_on: day("2026-03-01"),
        to_on: day("2026-03-14"),
        reported_status: Some(ReportedStatus::AtRisk),
        confidence: Some(0.6),
        changed: None,
        blockers: None,
        next_steps: None,
        author: None,
        reviewer: None,
        published_at: None,
        acknowledged_at: None,
        snapshot: numbers("2026-03-14T09:00:00Z"),
    }
}
const NOW: &str = "2026-03-14T12:00:00Z";

fn published() -> CheckIn {
    let today = day("2026-03-14");
    draft().publish((at(NOW), today), person(7), person(8), numbers(NOW)).expect("published")
}

#[test]
fn a_check_in_covers_days_and_states_a_confidence_from_0_to_1() {
    let backwards = CheckIn { to_on: day("2026-02-28"), ..draft() };
    assert_eq!(backwards.check(), Err(CheckInError::EndsBeforeStart));
    for (confidence, expected) in
        [(0.0, Ok(())), (1.0, Ok(())), (1.01, Err(CheckInError::Confidence)), (f64::NAN, Err(CheckInError::Confidence))]
    {
        assert_eq!(CheckIn { confidence: Some(confidence), ..draft() }.check(), expected, "{confidence}");
    }
}

#[test]
fn publishing_fixes_the_author_the_reviewer_and_the_numbers_of_that_moment() {
    let published = published();
    assert_eq!((published.author, published.reviewer), (person(7), person(8)));
    assert_eq!(published.snapshot, numbers(NOW));
    assert_eq!(published.state(), CheckInState::Published);
    let report = published.report(Id::from_bits(5)).expect("a report");
    assert_eq!((report.status, report.pace), (ReportedStatus::AtRisk, Some(Pace::AtRisk)));
    assert_eq!(draft().report(Id::from_bits(5)), None, "a draft says nothing yet");
}

#[test]
fn what_is_published_says_how_the_outcome_stands_speaks_of_no_coming_day_and_is_not_published_again() {
    let publish = |check_in: &CheckIn, today: &str, reviewer| {
        check_in.publish((at(NOW), day(today)), person(7), reviewer, numbers(NOW)).err()
    };
    let silent = CheckIn { reported_status: None, ..draft() };
    assert_eq!(publish(&silent, "2026-03-14", None), Some(CheckInError::NoStatus));
    assert_eq!(publish(&draft(), "2026-03-13", None), Some(CheckInError::InTheFuture));
    assert_eq!(publish(&draft(), "2026-03-14", person(7)), Some(CheckInError::Own));
    assert_eq!(publish(&published(), "2026-03-14", None), Some(CheckInError::Published));
    assert_eq!(published().check_draft(), Err(CheckInError::Published));
}

#[test]
fn the_reviewer_alone_acknowledges_once_and_nothing_else_of_it_changes() {
    let (first, second) = (at("2026-03-15T08:00:00Z"), at("2026-03-16T08:00:00Z"));
    let by = |bits| PersonId::from_bits(bits);
    assert_eq!(draft().acknowledge(by(8), first), Err(CheckInError::Draft));
    assert_eq!(published().acknowledge(by(7), first), Err(CheckInError::Own));
    assert_eq!(published().acknowledge(by(9), first), Err(CheckInError::NotReviewer));
    let acknowledged = published().acknowledge(by(8), first).expect("acknowledged");
    assert_eq!(acknowledged, CheckIn { acknowledged_at: Some(first), ..published() });
    assert_eq!(acknowledged.acknowledge(by(8), second), Ok(acknowledged.clone()), "once is enough");
}

#[test]
fn confidence_rolls_up_by_weight_with_the_least_beside_it() {
    let stated = |confidence| Confidence::of_outcome(Some(confidence), None).expect("stated");
    let parts = Confidence::of([(3.0, stated(0.8)), (1.0, stated(0.4)), (0.0, stated(0.1))].into_iter());
    let parts = parts.expect("parts");
    assert!((parts.mean - 0.7).abs() < 1e-12);
    assert_eq!((parts.minimum, parts.count, parts.band()), (0.4, 2, ConfidenceBand::High));
    assert_eq!(Confidence::of_outcome(None, Some(parts)), Some(parts));
    let own = Confidence::of_outcome(Some(0.5), Some(parts)).expect("own");
    assert_eq!((own.mean, own.minimum, own.count, own.band()), (0.5, 0.4, 3, ConfidenceBand::Medium));
    assert_eq!(Confidence::of(std::iter::empty()), None);
    assert_eq!(ConfidenceBand::of(0.39), ConfidenceBand::Low);
}
