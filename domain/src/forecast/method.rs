//! The model: from a series to a value ahead and how far it may be off. The numbers were chosen by the backtest.

use super::series::{Series, Whole};
use super::trend::Trend;
use super::{Method, Silence};

/// Fewer values than these give no trend of their own.
const TREND_FROM: usize = 3;
/// What a step is taken to move before any was seen, as a share of the values' mean size.
const PRIOR_SHARE: f64 = 0.08;
/// How many steps that prior weighs.
const PRIOR_STEPS: f64 = 2.0;
/// The standard error of one step ahead, as a share of the usual step.
const FIRST_STEP: f64 = 0.72;
/// By how much the error of each further step grows beyond that of a random walk.
const GROWTH: f64 = 0.06;

/// A fitted series.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit {
    pub(super) model: Method,
    last: f64,
    trend: Trend,
    /// The mean move of a step.
    drift: f64,
    /// The share of it that is believed.
    belief: f64,
    /// What a step usually moves.
    sigma: f64,
    whole: Whole,
    unit: f64,
}

/// A value ahead and its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outlook {
    pub(super) value: f64,
    pub(super) error: f64,
}

impl Fit {
    /// Fits the series, or says that it never moved.
    pub(super) fn of(series: &Series) -> Result<Self, Silence> {
        let steps = series.steps.as_slice();
        let first = steps.first().map_or(0.0, |step| step.value);
        let last = steps.last().map_or(0.0, |step| step.value);
        let moves: Vec<(f64, f64)> =
            steps.windows(2).map(|pair| (pair[1].value - pair[0].value, pair[1].gap)).collect();
        let count = moves.len() as f64;
        // Over a gap a walk spreads with the steps that it takes.
        let squares: f64 = moves.iter().map(|(by, gap)| by * by / gap).sum();
        if squares == 0.0 && !moves.is_empty() {
            return Err(Silence::NoVariation);
        }
        let size = steps.iter().map(|step| step.value.abs()).sum::<f64>() / steps.len().max(1) as f64;
        let prior = PRIOR_SHARE * size;
        let sigma = ((squares + PRIOR_STEPS * prior * prior) / (count + PRIOR_STEPS)).sqrt();
        if sigma == 0.0 {
            return Err(Silence::NoVariation);
        }
        let (model, trend) = match moves.len() {
            0 => (Method::LastValue, Trend::level(last)),
            n if n + 1 < TREND_FROM => (Method::Drift, Trend::level(last)),
            _ => (Method::DampedTrend, Trend::fit(steps, (squares / count).sqrt())),
        };
        let all: f64 = moves.iter().map(|(_, gap)| gap).sum();
        let drift = if moves.is_empty() { 0.0 } else { (last - first) / all };
        Ok(Self {
            model,
            last,
            trend,
            drift,
            belief: 0.5 * count / (count + PRIOR_STEPS),
            sigma,
            whole: series.whole,
            unit: series.unit,
        })
    }
    /// How many intervals a step has.
    pub(super) fn unit(&self) -> f64 {
        self.unit
    }
    /// What the value has moved in a reporting interval, in the mean.
    pub(super) fn rate(&self) -> f64 {
        self.drift / self.unit
    }
    /// The measure's value so many steps ahead.
    pub(super) fn ahead(&self, steps: f64) -> Outlook {
        let growth = FIRST_STEP * self.sigma * (1.0 + GROWTH * (steps - 1.0));
        // The errors of a walk's values add up to that of their sum: √(1² + 2² + … + h²).
        let adding_up = growth * (steps * (steps + 1.0) * (2.0 * steps + 1.0) / 6.0).sqrt();
        match self.whole {
            Whole::Last => Outlook { value: self.value(steps), error: growth * steps.sqrt() },
            Whole::Sum { so_far } => Outlook { value: so_far + self.sum(steps), error: adding_up },
            Whole::Mean { sum, count, density } => {
                let density = density * self.unit;
                let all = count + density * steps;
                Outlook { value: (sum + density * self.sum(steps)) / all, error: density * adding_up / all }
            }
        }
    }
    /// The value of the interval so many steps ahead.
    fn value(&self, steps: f64) -> f64 {
        match self.model {
            Method::DampedTrend => f64::midpoint(self.last, self.trend.at(steps)),
            Method::Drift | Method::LastValue => self.last + self.belief * self.drift * steps,
        }
    }
    /// The sum of the values of the intervals up to there.
    fn sum(&self, steps: f64) -> f64 {
        match self.model {
            Method::DampedTrend => f64::midpoint(self.last * steps, self.trend.sum(steps)),
            Method::Drift | Method::LastValue => {
                self.last * steps + self.belief * self.drift * steps * (steps + 1.0) / 2.0
            }
        }
    }
}
