//! Forecasts of a picture: rolled up from parts, silent where something ended.

use remit_domain::assessment::Assessment;
use remit_domain::forecast::{OutcomeForecast, Probability, Silence, outcome_forecast, outcome_forecasts};
use remit_domain::measure::{MeasureKind, MeasureState, Milestone, MilestoneId, Target};
use remit_domain::outcome::{OutcomeId, OutcomeState, ResultKind};

use crate::numbers::{exact, kept_above};
use crate::sketch::{Sketch, day, title};

const WEEKS: [(&str, f64); 6] = [
    ("2026-01-04", 10.0),
    ("2026-01-11", 18.0),
    ("2026-01-18", 29.0),
    ("2026-01-25", 38.0),
    ("2026-02-01", 49.0),
    ("2026-02-08", 57.0),
];

fn forecast(sketch: &Sketch, id: OutcomeId) -> OutcomeForecast {
    let picture = sketch.picture();
    outcome_forecast(&picture, &Assessment::of(&picture), id).expect("in the picture")
}

/// An outcome of measures that all rise by about ten a week.
fn rising(count: usize) -> (Sketch, OutcomeId) {
    let mut sketch = Sketch::on("2026-02-10");
    let outcome = sketch.outcome(None);
    for _ in 0..count {
        let id = sketch.measure(outcome, 1.0, None);
        sketch.observe(id, &WEEKS);
    }
    (sketch, outcome)
}

fn computed(probability: Probability) -> f64 {
    probability.computed()
}

#[test]
fn an_outcome_is_as_probable_as_all_its_parts_between_independent_and_together() {
    let (sketch, outcome) = rising(1);
    let one = computed(forecast(&sketch, outcome).probability.expect("a probability").probability);
    assert!((0.1..0.95).contains(&one), "{one}");
    let (sketch, outcome) = rising(3);
    let three = forecast(&sketch, outcome).probability.expect("a probability");
    assert!((computed(three.together) - one).abs() < 1e-12);
    assert!((computed(three.independent) - one.powi(3)).abs() < 1e-12);
    assert!((computed(three.probability) - one * one).abs() < 1e-12, "the geometric mean of p and p³");
}

#[test]
fn progress_at_the_due_date_is_the_weighted_mean_with_nested_intervals() {
    let (mut sketch, outcome) = rising(2);
    let kept = sketch.measure(outcome, 2.0, None);
    sketch.change_measure(kept, kept_above);
    sketch.observe(kept, &[("2026-01-04", 99.0), ("2026-01-11", 97.0), ("2026-01-18", 99.5), ("2026-02-08", 99.0)]);
    let forecast = forecast(&sketch, outcome);
    let range = forecast.progress.expect("a range");
    let (near, far) = (range.within_80, range.within_95);
    assert!(far.low <= near.low && near.low <= range.value && range.value <= near.high && near.high <= far.high);
    assert!(0.0 <= far.low && far.high <= 100.0);
    let weighted: f64 = forecast.parts.iter().map(|part| part.weight * part.progress.expect("known").value).sum();
    assert!((range.value - weighted / 4.0).abs() < 1e-9);
    let kept = forecast.parts.iter().map(|part| part.progress.expect("known")).next_back().expect("a part");
    assert!(kept.within_95.high < 100.0, "an interval that was missed is missed for good: {kept:?}");
}

#[test]
fn a_part_without_a_forecast_leaves_the_whole_without_one() {
    let (mut sketch, outcome) = rising(1);
    assert!(forecast(&sketch, outcome).probability.is_ok());
    let silent = sketch.measure(outcome, 1.0, None);
    let whole = forecast(&sketch, outcome);
    assert_eq!((whole.progress, whole.probability), (Err(Silence::PartWithout), Err(Silence::PartWithout)));
    assert_eq!(whole.parts[1].probability, Err(Silence::NoObservation));
    sketch.change_measure(silent, |measure| measure.state = MeasureState::Retired);
    let whole = forecast(&sketch, outcome);
    assert!(whole.probability.is_ok(), "what is retired does not count");
    assert_eq!(whole.measures[1].1.value, Err(Silence::Retired));
    let empty = sketch.outcome(None);
    assert_eq!(forecast(&sketch, empty).probability, Err(Silence::NoPart));
}

#[test]
fn steps_are_certain_once_all_are_done_and_unknown_before() {
    let (mut sketch, outcome) = rising(1);
    let steps = sketch.measure(outcome, 1.0, None);
    let done = |on: Option<&str>| Milestone {
        id: MilestoneId::from_bits(1),
        title: title("Step"),
        weight: 1.0,
        due_on: None,
        done_on: on.map(day),
    };
    sketch.change_measure(steps, |measure| {
        measure.kind = MeasureKind::Milestones;
        measure.target = Target::default();
        measure.milestones = vec![done(None)];
    });
    assert_eq!(forecast(&sketch, outcome).probability.err(), Some(Silence::PartWithout));
    sketch.change_measure(steps, |measure| measure.milestones = vec![done(Some("2026-02-01"))]);
    let whole = forecast(&sketch, outcome);
    assert_eq!(whole.parts[1].probability, Ok(Probability::decided(true)));
    assert_eq!(whole.measures[1].1.probability, Err(Silence::Milestones));
    let joint = whole.probability.expect("a probability");
    assert_eq!(joint.together, joint.independent, "what is certain changes nothing");
}

#[test]
fn a_child_counts_with_its_own_forecast_and_an_ended_one_with_its_result() {
    let (mut sketch, child) = rising(1);
    let parent = sketch.outcome(None);
    sketch.contributes(child, parent, 1.0);
    let (of_child, of_parent) = (forecast(&sketch, child), forecast(&sketch, parent));
    let (child_p, parent_p) = (of_child.probability.expect("known"), of_parent.probability.expect("known"));
    assert!((computed(parent_p.probability) - computed(child_p.probability)).abs() < 1e-12);
    assert_eq!(of_parent.progress, of_child.progress);
    sketch.close(child, ResultKind::Partly, Some(60.0));
    assert_eq!(forecast(&sketch, child).probability, Err(Silence::Ended));
    let after = forecast(&sketch, parent);
    assert_eq!(after.probability.map(|joint| computed(joint.probability)), Ok(0.0));
    assert_eq!(after.probability.map(|joint| joint.probability.shown()), Ok(0.0), "what is decided is said outright");
    assert_eq!(after.progress.expect("frozen").value, 60.0);
    sketch.change(parent, |outcome| outcome.state = OutcomeState::Cancelled);
    assert_eq!(forecast(&sketch, parent).progress, Err(Silence::Ended));
}

#[test]
fn all_at_once_say_the_same_as_one_by_one() {
    let (mut sketch, child) = rising(2);
    let parent = sketch.outcome(None);
    sketch.contributes(child, parent, 2.0);
    let reach = sketch.measure(parent, 1.0, None);
    sketch.change_measure(reach, |measure| {
        measure.kind = MeasureKind::Reach;
        measure.target = Target { low: Some(exact(50.0)), ..Target::default() };
    });
    sketch.observe(reach, &WEEKS);
    let picture = sketch.picture();
    let all = outcome_forecasts(&picture, &Assessment::of(&picture));
    let one_by_one: Vec<_> = picture.parts().outcomes.iter().map(|outcome| forecast(&sketch, outcome.id)).collect();
    assert_eq!(all, one_by_one);
}
