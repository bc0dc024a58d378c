//! What a value is held against: the probability of it, what it takes, and when it is expected.

use super::method::{Fit, Outlook};
use super::series::{Series, Whole};
use super::student::{distribution, quantile};
use super::{Probability, Range};
use crate::measure::Measure;
use crate::measure::MeasureKind;
use crate::progress::{Progress, Question};
use crate::time::Day;

/// What a value is held against.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goal {
    /// A value within bounds, of which at least one is there.
    Within { low: Option<f64>, high: Option<f64>, is_kept: bool },
    /// Nothing.
    Nothing,
}

impl Goal {
    /// The goal of a measure, its target resolved by progress.
    pub(super) fn of(measure: &Measure, progress: &Progress) -> Self {
        let (low, high) = (measure.target.low.map(|low| low.get()), measure.target.high.map(|high| high.get()));
        let (low, high, is_kept) = match measure.kind {
            MeasureKind::Increase => (progress.target, None, false),
            MeasureKind::Decrease => (None, progress.target, false),
            MeasureKind::MaintainAbove | MeasureKind::MaintainBelow | MeasureKind::MaintainRange => (low, high, true),
            MeasureKind::Reach => (low, high, false),
            MeasureKind::Milestones | MeasureKind::Monitor => (None, None, false),
        };
        if low.is_none() && high.is_none() { Self::Nothing } else { Self::Within { low, high, is_kept } }
    }
    pub(super) fn is_there(&self) -> bool {
        match self {
            Self::Within { .. } => true,
            Self::Nothing => false,
        }
    }
    /// The probability of a value within the bounds.
    pub(super) fn probability(&self, outlook: &Outlook) -> Option<Probability> {
        let Self::Within { low, high, is_kept: _ } = *self else { return None };
        let at_least = |bound: f64| distribution((outlook.value - bound) / outlook.error);
        Some(Probability::new(match (low, high) {
            (Some(low), Some(high)) => at_least(low) - at_least(high),
            (Some(low), None) => at_least(low),
            (None, Some(high)) => distribution((high - outlook.value) / outlook.error),
            (None, None) => return None,
        }))
    }
    /// Whether the value of today is within the bounds.
    pub(super) fn is_reached(&self, progress: &Progress, series: &Series) -> Option<bool> {
        let Self::Within { low, high, is_kept: _ } = *self else { return None };
        let value = current(progress, series)?;
        Some(low.is_none_or(|low| value >= low) && high.is_none_or(|high| value <= high))
    }
    /// How far a value is from the bounds, with the sign of the way to go.
    fn distance(&self, value: f64) -> Option<f64> {
        let Self::Within { low, high, is_kept: false } = *self else { return None };
        Some(match (low, high) {
            (Some(low), _) if value < low => low - value,
            (_, Some(high)) if value > high => high - value,
            (Some(_) | None, Some(_) | None) => 0.0,
        })
    }
    /// What the value would have to move in each interval from the day asked for to the due date.
    pub(super) fn required_rate(&self, question: &Question<'_>, progress: &Progress, series: &Series) -> Option<f64> {
        let way = self.distance(current(progress, series)?)?;
        let intervals = series.ruler.position(question.due_on?) - series.ruler.position(question.today);
        match series.whole {
            // What a mean needs is a level, not a move.
            Whole::Mean { .. } => None,
            Whole::Last | Whole::Sum { .. } => (intervals > 0.0).then(|| way / intervals),
        }
    }
    /// The first day on which the value expected is within the bounds; the last observation's, where it is already.
    pub(super) fn expected_on(
        &self,
        question: &Question<'_>,
        progress: &Progress,
        series: &Series,
        (fit, ahead): (&Fit, f64),
    ) -> Option<Day> {
        if self.distance(current(progress, series)?)? == 0.0 {
            return Some(series.last_on);
        }
        let farthest = ahead.max(series.steps.len() as f64);
        let mut steps = 1.0;
        while steps <= farthest {
            if self.distance(fit.ahead(steps).value)? == 0.0 {
                return Some(series.day(steps).max(question.today));
            }
            steps += 1.0;
        }
        None
    }
}

impl Outlook {
    /// The value with its ends, held within 0 and 100 where it is a share.
    pub(super) fn range(&self, is_share: bool) -> Range {
        let range = Range::around(self.value, self.error, (quantile(0.90), quantile(0.975)));
        if is_share { range.held(0.0, 100.0) } else { range }
    }
}

/// The value that the goal is held against today.
fn current(progress: &Progress, series: &Series) -> Option<f64> {
    match series.whole {
        Whole::Last => series.steps.last().map(|step| step.value),
        Whole::Sum { .. } | Whole::Mean { .. } => progress.value,
    }
}

/// Whether values are shares of a whole: their unit says per cent, and none of them, nor the target, lies outside.
pub(super) fn is_share(question: &Question<'_>, progress: &Progress) -> bool {
    let Some(unit) = &question.measure.unit else { return false };
    let unit = unit.as_str().to_lowercase();
    let says_so = unit.contains('%') || unit.contains("per cent") || unit.contains("percent");
    let is_inside = |value: f64| (0.0..=100.0).contains(&value);
    says_so && progress.target.is_none_or(is_inside) && question.points.iter().all(|point| is_inside(point.value))
}
