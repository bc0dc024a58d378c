//! What a forecast says of a series, and why it says nothing.

use proptest::prelude::*;
use remit_domain::forecast::{Forecast, Method, Silence};
use remit_domain::measure::{Aggregation, Every, MeasureKind, Target};
use remit_domain::text::Text;
use remit_domain::time::parse_day;

use crate::sample::{Sample, exact, year};

/// With bounds.
fn within(mut sample: Sample, kind: MeasureKind, low: Option<f64>, high: Option<f64>) -> Sample {
    sample.measure.kind = kind;
    sample.measure.target = Target { low: low.map(exact), high: high.map(exact), ..Target::default() };
    sample
}

fn in_unit(mut sample: Sample, unit: &str) -> Sample {
    sample.measure.unit = Some(Text::new(unit).expect("a unit"));
    sample
}

fn close(actual: f64, expected: f64) -> bool {
    (actual - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}

#[test]
fn two_values_give_the_last_one_and_a_part_of_the_drift_and_say_so() {
    // Δ = 4; μ = 14 + ½·4·2·1/(1+2); s₀ = .08·12; σ² = (16 + 2·s₀²)/3.
    let forecast = Sample::yearly(&[10.0, 14.0], 2).forecast();
    assert_eq!((forecast.model, forecast.observations), (Some(Method::Drift), 2));
    assert!(forecast.is_indicative());
    let range = forecast.value.expect("a value");
    let value = 14.0 + 4.0 / 3.0;
    assert!(close(range.value, value), "{range:?}");
    let prior: f64 = 0.08 * 12.0;
    let sigma = ((16.0 + 2.0 * prior * prior) / 3.0f64).sqrt();
    let error = 0.72 * sigma * 2f64.sqrt() * 1.06;
    assert!((range.within_80.high - value - 1.885_618 * error).abs() < 1e-5, "{range:?}");
    assert!((range.within_95.low - value + 4.302_653 * error).abs() < 1e-5, "{range:?}");
    assert_eq!(forecast.observed_rate, Some(4.0));
}

#[test]
fn three_values_have_a_trend_that_is_indicative_until_there_are_eight() {
    let of = |count: i16| Sample::yearly(&(0..count).map(|n| f64::from(n * n)).collect::<Vec<_>>(), 1).forecast();
    assert_eq!((of(3).model, of(3).is_indicative()), (Some(Method::DampedTrend), true));
    assert_eq!((of(7).is_indicative(), of(8).is_indicative()), (true, false));
}

#[test]
fn one_value_is_carried_on_with_a_scale_of_its_own_size() {
    let forecast = Sample::yearly(&[50.0], 1).forecast();
    assert_eq!((forecast.model, forecast.observed_rate), (Some(Method::LastValue), None));
    let range = forecast.value.expect("a value");
    assert_eq!(range.value, 50.0);
    assert!((range.within_80.high - 50.0 - 1.885_618 * 0.72 * 4.0).abs() < 1e-5, "{range:?}");
}

#[test]
fn what_cannot_be_forecast_says_why() {
    let rising: Vec<f64> = (0..10).map(f64::from).collect();
    let with = |change: fn(&mut Sample)| {
        let mut sample = Sample::yearly(&rising, 2);
        change(&mut sample);
        sample.forecast()
    };
    let cases: [(&str, Forecast, Silence); 7] = [
        ("no value", Sample::yearly(&[], 1).forecast(), Silence::NoObservation),
        ("never moved", Sample::yearly(&[7.0; 12], 3).forecast(), Silence::NoVariation),
        ("all zero", Sample::yearly(&[0.0], 3).forecast(), Silence::NoVariation),
        ("no due date", with(|sample| sample.due_on = None), Silence::NoDueDate),
        ("observed at the due date", Sample::yearly(&rising, 0).forecast(), Silence::Observed),
        ("centuries ahead", with(|sample| sample.due_on = Some(year(4000))), Silence::TooFar),
        ("a maximum", with(|sample| sample.measure.aggregation = Aggregation::Max), Silence::Extreme),
    ];
    for (case, forecast, silence) in cases {
        assert_eq!((forecast.value, forecast.probability), (Err(silence), Err(silence)), "{case}");
        assert_eq!((forecast.model, forecast.expected_on), (None, None), "{case}");
    }
    let monitor = Sample::yearly(&rising, 2).forecast();
    assert!(monitor.value.is_ok());
    assert_eq!((monitor.probability, monitor.required_rate), (Err(Silence::NoTarget), None));
}

#[test]
fn the_rate_required_and_the_day_expected_follow_from_the_way_that_is_left() {
    let rising: Vec<f64> = (0..10).map(|n| 10.0 * f64::from(n)).collect();
    let forecast = Sample::yearly(&rising, 4).towards(MeasureKind::Increase, 0.0, 110.0).forecast();
    assert_eq!(forecast.required_rate, Some(5.0));
    assert_eq!(forecast.expected_on.map(|on| (on.month(), on.day())), Some((12, 31)));
    assert!(forecast.expected_on.is_some_and(|on| on > year(2009) && on <= year(2019)), "{forecast:?}");
    let reached = Sample::yearly(&rising, 4).towards(MeasureKind::Increase, 0.0, 80.0).forecast();
    assert_eq!((reached.required_rate, reached.expected_on), (Some(0.0), Some(year(2009))));
    let away = Sample::yearly(&rising, 4).towards(MeasureKind::Decrease, 100.0, 10.0).forecast();
    assert_eq!((away.required_rate, away.expected_on), (Some(-20.0), None));
    let beyond = Sample::yearly(&rising, 4).towards(MeasureKind::Increase, 0.0, 1e6).forecast();
    assert_eq!((beyond.expected_on, beyond.is_reached), (None, Some(false)), "no further than it has been seen");
    let computed = |one: &Forecast| one.probability.expect("a probability").computed();
    assert!(computed(&away) < computed(&reached));
}

#[test]
fn a_band_is_kept_with_the_probability_between_its_ends() {
    let values = [50.0, 52.0, 49.0, 51.0, 50.0, 50.5, 49.5, 51.0, 50.0];
    let kept = |low, high| {
        let sample = within(Sample::yearly(&values, 1), MeasureKind::MaintainRange, Some(low), Some(high));
        sample.forecast().probability.expect("a probability").computed()
    };
    assert!(kept(40.0, 60.0) > 0.9, "{}", kept(40.0, 60.0));
    assert!(kept(49.0, 51.0) < kept(48.0, 52.0));
    assert!(kept(70.0, 80.0) < 0.05);
    let above = within(Sample::yearly(&values, 1), MeasureKind::MaintainAbove, Some(48.0), None).forecast();
    assert_eq!((above.required_rate, above.expected_on), (None, None), "what is kept has nowhere to go");
    let reach = within(Sample::yearly(&values, 2), MeasureKind::Reach, Some(54.0), None).forecast();
    assert_eq!(reach.required_rate, Some(2.0));
}

#[test]
fn amounts_add_up_over_the_intervals_that_are_left() {
    // 10 a month from January to June; July runs; due at the end of December: 60 + 6 · 10 of a series that hardly moves.
    let mut sample = Sample::yearly(&[], 1).towards(MeasureKind::Increase, 0.0, 100.0);
    sample.measure.cadence[0].every = Every::Month;
    sample.measure.aggregation = Aggregation::Sum;
    let day = |text: &str| parse_day(text).expect("a day");
    sample.start_on = Some(day("2026-01-01"));
    sample.due_on = Some(day("2026-12-31"));
    sample.today = day("2026-07-15");
    sample.observations = (1..=6)
        .flat_map(|month| [(month, 10, 4.0), (month, 20, 6.0 + 0.01 * f64::from(month % 2))])
        .map(|(month, date, value)| (remit_domain::time::Day::new(2026, month, date).expect("a day"), value))
        .collect();
    let before = sample.forecast();
    let range = before.value.expect("a value");
    assert_eq!((before.observations, before.ahead), (6, Some(6.0)));
    assert!((range.value - 120.0).abs() < 0.5, "{range:?}");
    assert!(before.probability.expect("a probability").computed() > 0.7);
    assert!(before.required_rate.is_some_and(|rate| (rate - 40.0 / 5.5).abs() < 0.2), "{before:?}");
    let mut mean = sample.clone();
    mean.measure.aggregation = Aggregation::Mean;
    mean.measure.target.target = Some(exact(6.0));
    let mean = mean.forecast().value.expect("a value").value;
    assert!((4.0..6.5).contains(&mean), "{mean}");
    // What the running month has brought so far says nothing of what it will bring.
    sample.observations.push((day("2026-07-10"), 1.0));
    assert_eq!(sample.forecast().value, Ok(range));
}

#[test]
fn a_share_stays_between_0_and_100_and_only_where_the_unit_says_so() {
    let values = [90.0, 94.0, 95.0, 97.0, 98.0, 98.5, 99.0, 99.5];
    let high = |sample: Sample| sample.forecast().value.expect("a value").within_95.high;
    assert!(high(Sample::yearly(&values, 5)) > 100.0);
    assert_eq!(high(in_unit(Sample::yearly(&values, 5), "Percentage (%)")), 100.0);
    let beyond: Vec<f64> = values.iter().map(|value| value + 10.0).collect();
    assert!(high(in_unit(Sample::yearly(&beyond, 5), "%")) > 110.0, "an index in per cent knows no bound");
}

#[test]
fn a_measure_that_is_observed_more_rarely_than_it_says_is_read_at_its_own_pace() {
    let values: Vec<f64> = (0..12).map(|n| 100.0 + 3.0 * f64::from(n) + f64::from(n % 3)).collect();
    let yearly = Sample::yearly(&values, 2);
    let mut monthly = yearly.clone();
    monthly.measure.cadence[0].every = Every::Month;
    assert_eq!(monthly.forecast().value, yearly.forecast().value);
    assert_eq!(monthly.forecast().ahead, Some(2.0));
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    let wild = prop_oneof![
        5 => -1e3..1e3f64,
        1 => -1e15..1e15f64,
        1 => Just(0.0),
        1 => -1e-300..1e-300f64,
        1 => Just(5e-324),
    ];
    proptest::collection::vec(wild, 1..90)
}

fn is_finite(forecast: &Forecast) -> bool {
    let range = forecast.value.map_or(vec![0.0], |range| {
        let (near, far) = (range.within_80, range.within_95);
        vec![range.value, near.low, near.high, far.low, far.high]
    });
    let rates = [forecast.required_rate, forecast.observed_rate, forecast.ahead];
    range.into_iter().chain(rates.into_iter().flatten()).all(f64::is_finite)
}

proptest! {
    #[test]
    fn any_series_gives_numbers_whose_intervals_nest(
        values in values(),
        ahead in 1i16..900,
        target in -1e15..1e15f64,
        aggregation in prop_oneof![Just(Aggregation::Last), Just(Aggregation::Sum), Just(Aggregation::Mean)],
        share in any::<bool>(),
    ) {
        let mut sample = Sample::yearly(&values, ahead).towards(MeasureKind::Increase, target - 1.0, target);
        sample.measure.aggregation = aggregation;
        if share {
            sample = in_unit(sample, "%");
        }
        let forecast = sample.forecast();
        prop_assert!(is_finite(&forecast), "{:?}", forecast);
        if let Ok(range) = forecast.value {
            let (near, far) = (range.within_80, range.within_95);
            prop_assert!(far.low <= near.low && near.low <= range.value);
            prop_assert!(range.value <= near.high && near.high <= far.high);
        }
        if let Ok(probability) = forecast.probability {
            prop_assert!((0.0..=1.0).contains(&probability.computed()));
            prop_assert!((0.02..=0.98).contains(&probability.shown()));
            prop_assert!((0.02..=0.98).contains(&probability.in_steps()));
        }
    }

    #[test]
    fn a_mirrored_series_has_the_mirrored_forecast(
        values in proptest::collection::vec(-1e3..1e3f64, 1..40),
        ahead in 1i16..30,
        target in -1e3..1e3f64,
    ) {
        let mirrored: Vec<f64> = values.iter().map(|value| -value).collect();
        let up = Sample::yearly(&values, ahead).towards(MeasureKind::Increase, target - 1.0, target).forecast();
        let down = Sample::yearly(&mirrored, ahead).towards(MeasureKind::Decrease, 1.0 - target, -target).forecast();
        prop_assert_eq!(up.expected_on, down.expected_on);
        prop_assert_eq!(up.required_rate, down.required_rate.map(|rate| 0.0 - rate));
        match (up.value, down.value) {
            (Ok(up), Ok(down)) => {
                prop_assert_eq!((up.value, up.within_80.low, up.within_95.high),
                    (-down.value, -down.within_80.high, -down.within_95.low));
            }
            (up, down) => prop_assert_eq!(up.err(), down.err()),
        }
        match (up.probability, down.probability) {
            (Ok(up), Ok(down)) => prop_assert!((up.computed() - down.computed()).abs() < 1e-12),
            (up, down) => prop_assert_eq!(up.err(), down.err()),
        }
    }

    #[test]
    fn a_harder_target_is_never_more_probable(
        values in proptest::collection::vec(-1e3..1e3f64, 2..40),
        ahead in 1i16..30,
        easy in -1e3..1e3f64,
        by in 0.0..1e3f64,
    ) {
        let of = |target: f64| {
            let sample = Sample::yearly(&values, ahead).towards(MeasureKind::Increase, target - 1.0, target);
            sample.forecast().probability.map(|probability| probability.computed())
        };
        if let (Ok(easy), Ok(hard)) = (of(easy), of(easy + by)) {
            prop_assert!(hard <= easy + 1e-12);
        }
    }
}
