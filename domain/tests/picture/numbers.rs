//! Progress and roll-up of a picture.

use proptest::prelude::*;
use remit_domain::assessment::{Assessment, MeasureAssessment, OutcomeAssessment};
use remit_domain::measure::{Aggregation, Bound, Measure, MeasureKind, MeasureState, Milestone, MilestoneId, Target};
use remit_domain::number::Number;
use remit_domain::outcome::{OutcomeId, OutcomeState, ResultKind};
use remit_domain::pace::Pace;
use remit_domain::progress::{Absent, Baseline, BaselineSource};
use remit_domain::rollup::{PartId, Rollup, Share};
use remit_domain::time::Zone;

use crate::sketch::{Sketch, day, title};

pub fn exact(value: f64) -> Number {
    Number::new(value).expect("a number")
}

pub fn assessed(sketch: &Sketch, id: OutcomeId) -> OutcomeAssessment {
    Assessment::of(&sketch.picture()).outcome(id).expect("assessed").clone()
}

/// One measure on a day, with its observations.
pub fn measured(today: &str, change: impl FnOnce(&mut Measure), points: &[(&str, f64)]) -> MeasureAssessment {
    let mut sketch = Sketch::on(today);
    let outcome = sketch.outcome(None);
    let id = sketch.measure(outcome, 1.0, None);
    sketch.change_measure(id, change);
    sketch.observe(id, points);
    Assessment::of(&sketch.picture()).measure(id).expect("assessed").clone()
}

fn without_baseline(measure: &mut Measure) {
    measure.target.baseline = None;
}

pub fn kept_above(measure: &mut Measure) {
    measure.kind = MeasureKind::MaintainAbove;
    measure.target = Target { low: Some(exact(98.0)), bound: Bound::Inclusive, ..Target::default() };
}

#[test]
fn a_missing_baseline_is_the_last_observation_on_or_before_the_first_day_and_never_progress() {
    let points = [("2025-12-20", 5.0), ("2026-01-01", 20.0), ("2026-01-20", 60.0)];
    let one = measured("2026-02-01", without_baseline, &points);
    let on = day("2026-01-01");
    let source = BaselineSource::Observed { on, at: Zone::utc().end_of(on) };
    assert_eq!(one.progress.baseline, Some(Baseline { value: 20.0, source }));
    assert_eq!(one.progress.attainment, Some(50.0));
    let alone = measured("2026-01-05", without_baseline, &points[..2]).progress;
    assert_eq!((alone.progress, alone.value, alone.absent), (None, None, Some(Absent::NoObservation)));
    let late = measured("2026-02-01", without_baseline, &points[2..]).progress;
    assert_eq!((late.progress, late.absent), (None, Some(Absent::NoBaseline)));
}

#[test]
fn a_given_baseline_lets_the_first_day_count() {
    assert_eq!(measured("2026-02-01", |_| {}, &[("2026-01-01", 30.0)]).progress.progress, Some(30.0));
    assert_eq!(measured("2026-02-01", |_| {}, &[("2025-12-31", 30.0)]).progress.progress, None);
}

#[test]
fn what_was_observed_after_the_last_day_or_after_today_is_not_counted() {
    let points = [("2026-04-10", 70.0), ("2026-04-11", 90.0)];
    let one = measured("2026-05-01", |_| {}, &points).progress;
    assert_eq!((one.value, one.latest.map(|latest| latest.on)), (Some(70.0), Some(day("2026-04-11"))));
    assert_eq!(measured("2026-04-10", |_| {}, &points).progress.value, None, "the day has only begun");
}

#[test]
fn observations_are_aggregated_as_the_measure_says() {
    let points = [("2026-01-05", 10.0), ("2026-01-06", 40.0), ("2026-01-07", 25.0)];
    for (aggregation, expected) in [
        (Aggregation::Last, 25.0),
        (Aggregation::Sum, 75.0),
        (Aggregation::Mean, 25.0),
        (Aggregation::Min, 10.0),
        (Aggregation::Max, 40.0),
    ] {
        let one = measured("2026-02-01", |measure| measure.aggregation = aggregation, &points);
        assert_eq!(one.progress.value, Some(expected), "{aggregation}");
    }
}

#[test]
fn a_silent_interval_is_not_met_and_without_any_observation_there_is_no_data() {
    let one = measured("2026-02-02", kept_above, &[("2026-01-06", 99.0), ("2026-01-13", 97.9)]);
    let tally = one.progress.intervals.expect("a tally");
    assert_eq!((tally.due, tally.observed, tally.met), (4, 2, 1));
    assert_eq!((one.progress.progress, one.expected), (Some(25.0), Some(100.0)));
    let silent = measured("2026-02-02", kept_above, &[]);
    assert_eq!((silent.progress.progress, silent.pace), (Some(0.0), Some(Pace::NoData)));
    assert!(!silent.progress.has_data());
    let early = measured("2026-01-03", kept_above, &[]);
    assert_eq!(early.progress.absent, Some(Absent::NothingDue));
}

#[test]
fn milestones_are_the_share_of_what_is_done() {
    let milestone = |n, weight, done: Option<&str>| Milestone {
        id: MilestoneId::from_bits(n),
        title: title("Step"),
        weight,
        due_on: None,
        done_on: done.map(day),
    };
    let change = |measure: &mut Measure| {
        measure.kind = MeasureKind::Milestones;
        measure.target = Target::default();
        measure.milestones =
            vec![milestone(1, 3.0, Some("2026-01-10")), milestone(2, 1.0, Some("2026-03-01")), milestone(3, 4.0, None)];
    };
    let one = measured("2026-02-20", change, &[]);
    assert_eq!(one.progress.progress, Some(37.5), "what is done later is not done yet");
    assert_eq!((one.pace, one.update), (Some(Pace::AtRisk), None));
}

#[test]
fn monitors_and_what_is_retired_are_outside_every_sum() {
    let mut sketch = Sketch::on("2026-02-20");
    let outcome = sketch.outcome(None);
    sketch.measure(outcome, 1.0, Some(50.0));
    let retired = sketch.measure(outcome, 1.0, Some(10.0));
    sketch.change_measure(retired, |measure| measure.state = MeasureState::Retired);
    let monitor = sketch.measure(outcome, 1.0, Some(10.0));
    sketch.change_measure(monitor, |measure| {
        measure.kind = MeasureKind::Monitor;
        measure.target = Target::default();
    });
    let one = assessed(&sketch, outcome);
    assert_eq!((one.rollup.progress, one.rollup.coverage, one.rollup.contributions.len()), (Some(50.0), Some(1.0), 1));
    let picture = sketch.picture();
    let watched = Assessment::of(&picture).measure(monitor).expect("assessed").clone();
    assert_eq!((watched.progress.value, watched.pace), (Some(10.0), None));
}

#[test]
fn children_count_by_their_edge_and_only_while_active_or_closed() {
    let mut sketch = Sketch::on("2026-02-20");
    let theme = sketch.theme();
    let parent = sketch.outcome(Some(theme));
    sketch.measure(parent, 1.0, Some(40.0));
    for state in [OutcomeState::Draft, OutcomeState::Proposed, OutcomeState::Cancelled] {
        let child = sketch.outcome(Some(theme));
        sketch.measure(child, 1.0, Some(0.0));
        sketch.contributes(child, parent, 1.0);
        sketch.change(child, |outcome| outcome.state = state);
    }
    assert_eq!(assessed(&sketch, parent).rollup.progress, Some(40.0));
    let active = sketch.outcome(Some(theme));
    sketch.measure(active, 1.0, Some(100.0));
    sketch.measure(active, 1.0, None);
    sketch.contributes(active, parent, 2.0);
    let closed = sketch.outcome(Some(theme));
    sketch.measure(closed, 1.0, Some(1.0));
    sketch.contributes(closed, parent, 1.0);
    sketch.close(closed, ResultKind::Achieved, Some(100.0));
    let one = assessed(&sketch, parent);
    // (1·40 + 2·50 + 1·100) / 4, and (1 + 2·½ + 1) / 4.
    assert_eq!((one.rollup.progress, one.rollup.coverage), (Some(60.0), Some(0.75)));
    let picture = sketch.picture();
    let assessment = Assessment::of(&picture);
    let whole = assessment.theme(theme).expect("assessed");
    assert_eq!(whole.rollup.progress, Some(60.0), "the theme counts the parent alone");
    assert_eq!(assessment.progress(), Some(60.0));
}

#[test]
fn a_child_of_several_parents_counts_in_each() {
    let mut sketch = Sketch::on("2026-02-20");
    let (one, other, child) = (sketch.outcome(None), sketch.outcome(None), sketch.outcome(None));
    sketch.measure(child, 1.0, Some(80.0));
    sketch.contributes(child, one, 1.0);
    sketch.contributes(child, other, 1.0);
    assert_eq!(assessed(&sketch, one).rollup.progress, Some(80.0));
    assert_eq!(assessed(&sketch, other).rollup.progress, Some(80.0));
}

#[test]
fn nothing_to_count_is_null_and_all_missing_is_zero() {
    let mut sketch = Sketch::on("2026-02-20");
    let outcome = sketch.outcome(None);
    let bare = assessed(&sketch, outcome);
    assert_eq!((bare.rollup.progress, bare.rollup.coverage, bare.pace), (None, None, Some(Pace::NoData)));
    sketch.measure(outcome, 1.0, None);
    let silent = assessed(&sketch, outcome);
    assert_eq!(
        (silent.rollup.progress, silent.rollup.coverage, silent.pace),
        (Some(0.0), Some(0.0), Some(Pace::NoData))
    );
}

#[test]
fn a_parent_in_another_theme_does_not_take_a_child_out_of_its_own() {
    let mut sketch = Sketch::on("2026-02-20");
    let (one, other) = (sketch.theme(), sketch.theme());
    let (parent, child) = (sketch.outcome(Some(one)), sketch.outcome(Some(other)));
    sketch.measure(child, 1.0, Some(60.0));
    sketch.contributes(child, parent, 1.0);
    let picture = sketch.picture();
    let assessment = Assessment::of(&picture);
    for theme in [one, other] {
        assert_eq!(assessment.theme(theme).and_then(|theme| theme.rollup.progress), Some(60.0), "{theme}");
    }
}

proptest! {
    #[test]
    fn a_whole_is_bounded_and_its_contributions_sum_to_it(
        parts in prop::collection::vec((0.0..1e6f64, prop::option::of(-1e15..1e15f64), 0.0..=1.0f64), 0..20),
    ) {
        let shares = parts.iter().map(|(weight, progress, coverage)| Share {
            part: PartId::Outcome(OutcomeId::from_bits(1)), weight: *weight, progress: *progress, coverage: *coverage,
        });
        let whole = Rollup::of(shares);
        prop_assert_eq!(whole.progress.is_some(), parts.iter().any(|(weight, _, _)| *weight > 0.0));
        if let (Some(progress), Some(coverage)) = (whole.progress, whole.coverage) {
            prop_assert!((0.0..=100.0).contains(&progress) && (0.0..=1.0).contains(&coverage));
            let added: f64 = whole.contributions.iter().map(|part| part.added).sum();
            prop_assert!((added - progress).abs() < 1e-6, "{added} {progress}");
            // No part lies outside what it is the mean of, so one that is clamped cannot carry another.
            let each = whole.contributions.iter().map(|part| part.progress.unwrap_or(0.0));
            let (low, high) = each.fold((100.0f64, 0.0f64), |(low, high), p| (low.min(p), high.max(p)));
            prop_assert!(low - 1e-9 <= progress && progress <= high + 1e-9);
        }
    }

    #[test]
    fn progress_is_the_clamped_attainment(value in -1e6..1e6f64, target in 1.0..1e6f64) {
        let one = measured("2026-02-20", |measure| measure.target.target = Some(exact(target)), &[("2026-02-18", value)]);
        let attainment = one.progress.attainment.expect("observed");
        prop_assert_eq!(one.progress.progress, Some(attainment.clamp(0.0, 100.0)));
        prop_assert!(one.expected.is_some_and(|expected| (0.0..=100.0).contains(&expected)));
    }
}
