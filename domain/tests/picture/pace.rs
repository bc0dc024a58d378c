//! Pace, freshness and health of a picture.

use remit_domain::assessment::Assessment;
use remit_domain::measure::{Cadence, Every, Measure, PlanPoint};
use remit_domain::outcome::{Commitment, ResultKind};
use remit_domain::pace::{Freshness, Pace, ReportedStatus, health, is_divergent};

use crate::numbers::{assessed, exact, kept_above, measured};
use crate::sketch::{Sketch, day};

#[test]
fn a_plan_says_what_to_expect() {
    let change = |measure: &mut Measure| measure.plan = vec![PlanPoint { on: day("2026-02-20"), value: exact(20.0) }];
    for (today, expected) in [("2026-01-26", 10.0), ("2026-02-20", 20.0), ("2026-03-17", 60.0), ("2026-04-11", 100.0)] {
        assert_eq!(measured(today, change, &[]).expected, Some(expected), "{today}");
    }
}

#[test]
fn a_parent_names_the_committed_part_that_is_worst() {
    let mut sketch = Sketch::on("2026-02-20");
    let (top, middle, low) = (sketch.outcome(None), sketch.outcome(None), sketch.outcome(None));
    sketch.contributes(middle, top, 1.0);
    sketch.contributes(low, middle, 0.01);
    sketch.measure(top, 1.0, Some(50.0));
    sketch.measure(middle, 1.0, Some(50.0));
    sketch.measure(low, 1.0, Some(0.0));
    let picture = sketch.picture();
    let assessment = Assessment::of(&picture);
    let one = assessment.outcome(top).expect("assessed");
    assert_eq!((one.pace, one.health), (Some(Pace::OnTrack), Some(Pace::OffTrack)));
    assert_eq!(assessment.worst_path(top), [middle, low]);
    sketch.change(low, |outcome| outcome.commitment = Commitment::Aspirational);
    assert_eq!(assessed(&sketch, top).health, Some(Pace::OnTrack));
    sketch.change(low, |outcome| outcome.commitment = Commitment::Committed);
    sketch.close(low, ResultKind::Missed, Some(0.0));
    assert_eq!(assessed(&sketch, low).health, Some(Pace::Missed));
    assert_eq!(assessed(&sketch, top).health, Some(Pace::OffTrack), "missed, seen from above");
}

#[test]
fn stale_comes_before_the_numbers_and_exactly_the_grace_is_not_stale() {
    for (observed, pace, freshness) in [
        ("2026-02-10", Pace::OnTrack, Freshness::Due),
        ("2026-02-09", Pace::Stale, Freshness::Stale),
        ("2026-02-13", Pace::OnTrack, Freshness::Fresh),
    ] {
        let one = measured("2026-02-20", |_| {}, &[(observed, 50.0)]);
        assert_eq!((one.pace, one.update.map(|update| update.freshness)), (Some(pace), Some(freshness)), "{observed}");
    }
}

#[test]
fn health_is_the_worse_of_pace_and_report() {
    use ReportedStatus::{AtRisk, OffTrack, OnTrack};
    for (pace, reported, expected, divergent) in [
        (Pace::OnTrack, Some(AtRisk), Pace::AtRisk, false),
        (Pace::AtRisk, Some(OnTrack), Pace::AtRisk, true),
        (Pace::OffTrack, Some(AtRisk), Pace::OffTrack, true),
        (Pace::Stale, Some(OffTrack), Pace::Stale, false),
        (Pace::Missed, Some(OnTrack), Pace::Missed, false),
        (Pace::NoData, Some(OffTrack), Pace::OffTrack, false),
        (Pace::OnTrack, None, Pace::OnTrack, false),
    ] {
        assert_eq!(health(Some(pace), reported), Some(expected), "{pace} {reported:?}");
        assert_eq!(is_divergent(Some(pace), reported), divergent, "{pace} {reported:?}");
    }
}

#[test]
fn below_five_per_cent_only_the_direction_counts() {
    // A hundred days: on 2026-01-06 exactly 5 per cent are expected.
    for (today, value, pace) in [
        ("2026-01-05", 0.0, Pace::OnTrack),
        ("2026-01-05", -1.0, Pace::AtRisk),
        ("2026-01-06", 0.0, Pace::OffTrack),
        ("2026-01-06", 5.0, Pace::OnTrack),
    ] {
        assert_eq!(measured(today, |_| {}, &[("2026-01-04", value)]).pace, Some(pace), "{today} {value}");
    }
    let mut sketch = Sketch::on("2026-01-04");
    let outcome = sketch.outcome(None);
    sketch.measure(outcome, 1.0, Some(-1.0));
    sketch.measure(outcome, 1.0, Some(90.0));
    assert_eq!(assessed(&sketch, outcome).pace, Some(Pace::AtRisk), "one part runs the wrong way");
}

#[test]
fn an_update_may_be_late_by_the_lag_and_a_grace_that_grows_with_the_interval() {
    let freshness = |every, lag_days, grace_days, observed| {
        let change = |measure: &mut Measure| {
            measure.cadence = vec![Cadence { from: None, every }];
            (measure.lag_days, measure.grace_days) = (lag_days, grace_days);
        };
        let one = measured("2027-02-20", change, &[(observed, 1.0)]);
        one.update.map(|update| (update.overdue_days, update.grace_days, update.freshness))
    };
    use Freshness::{Due, Fresh, Stale};
    for (every, lag, grace, observed, expected) in [
        (Every::Day, 0, None, "2027-02-16", (3, 3, Due)),
        (Every::Day, 0, None, "2027-02-15", (4, 3, Stale)),
        (Every::Day, 2, None, "2027-02-15", (2, 3, Due)),
        (Every::Day, 0, Some(0), "2027-02-19", (0, 0, Fresh)),
        (Every::Day, 0, Some(0), "2027-02-18", (1, 0, Stale)),
        (Every::Year, 0, None, "2026-01-14", (36, 36, Due)),
        (Every::Year, 0, None, "2026-01-13", (37, 36, Stale)),
    ] {
        let (overdue, grace_days, judged) = expected;
        let expected = Some((Some(overdue), grace_days, judged));
        assert_eq!(freshness(every, lag, grace, observed), expected, "{every} {observed}");
    }
}

#[test]
fn a_stale_part_is_worse_than_a_risk_and_a_part_without_weight_says_nothing() {
    let mut sketch = Sketch::on("2026-02-20");
    let (top, part, idle) = (sketch.outcome(None), sketch.outcome(None), sketch.outcome(None));
    sketch.measure(top, 1.0, Some(37.0));
    let silent = sketch.measure(part, 1.0, Some(50.0));
    sketch.observe(silent, &[("2026-01-05", 50.0)]);
    sketch.contributes(part, top, 0.01);
    sketch.measure(idle, 1.0, Some(0.0));
    sketch.contributes(idle, top, 0.0);
    let one = assessed(&sketch, top);
    assert_eq!((one.pace, one.health, one.worst_part), (Some(Pace::AtRisk), Some(Pace::Stale), Some(part)));
}

#[test]
fn nothing_is_expected_before_the_first_day() {
    let before = measured("2025-12-20", kept_above, &[]);
    assert_eq!((before.expected, before.pace), (Some(0.0), Some(Pace::NotStarted)));
    assert_eq!(measured("2026-01-01", kept_above, &[]).expected, Some(100.0));
}
