//! Forecast: the value at the due date with how far it may be off, the probability of the target, and what it takes.
//!
//! The method, its sources and its backtest are in `docs/forecast.md`.

mod attained;
mod goal;
mod method;
mod outcome;
mod series;
mod student;
mod trend;

pub use outcome::{Joint, OutcomeForecast, Part, measure_forecast, outcome_forecast, outcome_forecasts};

use crate::progress::{Progress, Question};
use crate::spelling::spelled;
use crate::time::Day;
use goal::Goal;
use method::Fit;
use series::Series;

/// A forecast of fewer values than these is indicative only.
pub const FIRM_FROM: usize = 8;
/// The most values that a forecast looks at: what lies further back says nothing of what is to come.
pub const LONGEST: usize = 60;
/// The most steps that a forecast looks ahead.
pub const FARTHEST: f64 = 1_000.0;
/// No method sees what it has not seen: a probability is never shown nearer to 0 or 1 than this.
pub const PROBABILITY_MIN: f64 = 0.02;

/// How a series is carried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Half the last value, half a damped trend; of 3 values and more.
    DampedTrend,
    /// The last value and a part of the only move; of 2 values.
    Drift,
    /// The only value.
    LastValue,
}
spelled!(Method { DampedTrend = "damped_trend", Drift = "drift", LastValue = "last_value" });

/// Why there is no forecast, or no probability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Silence {
    /// Its outcome has ended: there is a result.
    Ended,
    /// The measure is retired.
    Retired,
    /// It has no due date.
    NoDueDate,
    /// Nothing has been observed.
    NoObservation,
    /// The value at the due date is observed.
    Observed,
    /// It never moved, so nothing tells how far it might.
    NoVariation,
    /// The due date lies too many intervals after the last observation.
    TooFar,
    /// Steps are done or not; they are no series.
    Milestones,
    /// The least or the greatest of a path is not the end of it.
    Extreme,
    /// It has no target that a value could reach.
    NoTarget,
    /// A part that counts has no forecast.
    PartWithout,
    /// Nothing counts.
    NoPart,
}
spelled!(Silence {
    Ended = "ended",
    Retired = "retired",
    NoDueDate = "no_due_date",
    NoObservation = "no_observation",
    Observed = "observed",
    NoVariation = "no_variation",
    TooFar = "too_far",
    Milestones = "milestones",
    Extreme = "extreme",
    NoTarget = "no_target",
    PartWithout = "part_without",
    NoPart = "no_part",
});

/// A probability as computed; what is shown is held away from certainty, unless it is decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probability {
    value: f64,
    is_decided: bool,
}

impl Probability {
    /// A probability, held to 0 to 1.
    pub fn new(value: f64) -> Self {
        Self { value: value.clamp(0.0, 1.0), is_decided: false }
    }
    /// What has been decided.
    pub const fn decided(comes_true: bool) -> Self {
        Self { value: if comes_true { 1.0 } else { 0.0 }, is_decided: true }
    }
    /// Whether it is no forecast but a fact.
    pub const fn is_decided(self) -> bool {
        self.is_decided
    }
    /// As computed, 0 to 1; for comparisons, not for showing.
    pub const fn computed(self) -> f64 {
        self.value
    }
    /// Held to [`PROBABILITY_MIN`] from 0 and 1, unless it is decided.
    pub fn shown(self) -> f64 {
        self.held(self.value)
    }
    /// The nearest ten points, which is as fine as it is known; as [`Probability::shown`] near the ends.
    pub fn in_steps(self) -> f64 {
        self.held((self.value * 10.0).round() / 10.0)
    }
    fn held(self, value: f64) -> f64 {
        if self.is_decided { value } else { value.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN) }
    }
}

/// A value between two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Between {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A value ahead, and between which ends it lies with 80 and with 95 per cent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The value.
    pub value: f64,
    /// 80 per cent.
    pub within_80: Between,
    /// 95 per cent.
    pub within_95: Between,
}

impl Range {
    /// A value with a standard error, and how many of them 80 and 95 per cent are.
    pub fn around(value: f64, error: f64, (of_80, of_95): (f64, f64)) -> Self {
        let within = |errors: f64| Between { low: value - errors * error, high: value + errors * error };
        Self { value, within_80: within(of_80), within_95: within(of_95) }
    }
    /// A value that is certain.
    pub fn point(value: f64) -> Self {
        Self::around(value, 0.0, (0.0, 0.0))
    }
    /// Every number of it as something else that rises or falls with it.
    ///
    /// # Errors
    /// What the function says of one of them.
    pub fn mapped<E>(self, of: impl Fn(f64) -> Result<f64, E>) -> Result<Self, E> {
        let ends = |between: Between| {
            let (one, other) = (of(between.low)?, of(between.high)?);
            Ok(Between { low: one.min(other), high: one.max(other) })
        };
        Ok(Self { value: of(self.value)?, within_80: ends(self.within_80)?, within_95: ends(self.within_95)? })
    }
    /// Every number of it held within two ends.
    #[must_use]
    pub fn held(self, low: f64, high: f64) -> Self {
        let held =
            |between: Between| Between { low: between.low.clamp(low, high), high: between.high.clamp(low, high) };
        Self { value: self.value.clamp(low, high), within_80: held(self.within_80), within_95: held(self.within_95) }
    }
}

/// What is to be expected of a measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// How the series is carried on; absent where there is none.
    pub model: Option<Method>,
    /// How many values it rests on, one a reporting interval.
    pub observations: usize,
    /// The day of the last of them.
    pub last_on: Option<Day>,
    /// How many steps after it the due date lies.
    pub ahead: Option<f64>,
    /// The measure's value at the due date, in its unit.
    pub value: Result<Range, Silence>,
    /// The probability that this value reaches the target, or lies within the bounds.
    pub probability: Result<Probability, Silence>,
    /// Progress at the due date, per cent, 0 to 100.
    pub progress: Result<Range, Silence>,
    /// Whether the value of today is where it is to be; `None` without a value or a target.
    pub is_reached: Option<bool>,
    /// What it would have to move in each reporting interval from the day asked for to the due date; 0 once it is there.
    pub required_rate: Option<f64>,
    /// What it has moved in a reporting interval, in the mean.
    pub observed_rate: Option<f64>,
    /// The first day on which the value expected reaches the target; never before the day asked for, unless reached,
    /// and never farther ahead than the series goes back or the due date lies.
    pub expected_on: Option<Day>,
}

impl Forecast {
    /// Whether it rests on too few values to be more than a hint.
    pub fn is_indicative(&self) -> bool {
        self.observations < FIRM_FROM
    }
    fn silent(silence: Silence) -> Self {
        Self {
            model: None,
            observations: 0,
            last_on: None,
            ahead: None,
            value: Err(silence),
            probability: Err(silence),
            progress: Err(silence),
            is_reached: None,
            required_rate: None,
            observed_rate: None,
            expected_on: None,
        }
    }
}

/// What is to be expected of a measure whose outcome goes on.
pub fn forecast(question: &Question<'_>, progress: &Progress) -> Forecast {
    let series = match Series::of(question) {
        Ok(series) => series,
        Err(silence) => {
            let is_done = progress.attainment.map(|attainment| attainment >= 100.0);
            let is_reached = is_done.filter(|_| silence == Silence::Milestones);
            return Forecast { is_reached, ..Forecast::silent(silence) };
        }
    };
    let goal = Goal::of(question.measure, progress);
    let known = |silence| Forecast {
        observations: series.steps.len(),
        last_on: Some(series.last_on),
        required_rate: goal.required_rate(question, progress, &series),
        is_reached: goal.is_reached(progress, &series),
        ..Forecast::silent(silence)
    };
    let ahead = match ahead(question, &series) {
        Ok(ahead) => ahead,
        Err(Silence::Observed) => {
            let progress = progress.progress.map(Range::point).ok_or(Silence::NoTarget);
            return Forecast { progress, ..known(Silence::Observed) };
        }
        Err(silence) => return known(silence),
    };
    let fit = match Fit::of(&series) {
        Ok(fit) => fit,
        Err(silence) => return Forecast { ahead: Some(ahead), ..known(silence) },
    };
    let outlook = fit.ahead(ahead);
    let value = outlook.range(goal::is_share(question, progress));
    Forecast {
        model: Some(fit.model),
        ahead: Some(ahead),
        value: Ok(value),
        probability: goal.probability(&outlook).ok_or(Silence::NoTarget),
        progress: attained::progress_at_due(question, progress, &value, &goal, (&fit, ahead)),
        observed_rate: (fit.model != Method::LastValue).then(|| fit.rate()),
        expected_on: goal.expected_on(question, progress, &series, (&fit, ahead)),
        ..known(Silence::NoTarget)
    }
}

/// The probability alone that a measure reaches its target by the due date, for what judges many of them.
///
/// # Errors
/// [`Silence`] says why there is none.
pub fn probability(question: &Question<'_>, progress: &Progress) -> Result<Probability, Silence> {
    let series = Series::of(question)?;
    let goal = Goal::of(question.measure, progress);
    if !goal.is_there() {
        return Err(Silence::NoTarget);
    }
    let ahead = ahead(question, &series)?;
    goal.probability(&Fit::of(&series)?.ahead(ahead)).ok_or(Silence::NoTarget)
}

/// How many values a forecast rests on, one a reporting interval.
pub fn observations(question: &Question<'_>) -> usize {
    Series::of(question).map_or(0, |series| series.steps.len())
}

/// How many steps lie ahead.
fn ahead(question: &Question<'_>, series: &Series) -> Result<f64, Silence> {
    let ahead = series.ahead(question.due_on.ok_or(Silence::NoDueDate)?);
    if ahead <= 0.0 {
        Err(Silence::Observed)
    } else if ahead > FARTHEST {
        Err(Silence::TooFar)
    } else {
        Ok(ahead)
    }
}
