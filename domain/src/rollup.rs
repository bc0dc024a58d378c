//! Roll-up: from parts to a whole, with what each part added.

use crate::measure::MeasureId;
use crate::number::total;
use crate::outcome::OutcomeId;

/// The progress of a whole and how much of it is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rollup {
    /// Per cent, 0 to 100; `None` when nothing counts.
    pub progress: Option<f64>,
    /// The share of the weight that has data, 0 to 1; `None` when nothing counts.
    pub coverage: Option<f64>,
    /// Each part that counts, and what it added.
    pub contributions: Vec<Contribution>,
}

/// A part of a whole and what it added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contribution {
    /// The part.
    pub part: PartId,
    /// How much it counts.
    pub weight: f64,
    /// Its own progress, per cent; missing progress counts as 0.
    pub progress: Option<f64>,
    /// Its own coverage, 0 to 1.
    pub coverage: f64,
    /// Points of the whole's progress that come from it.
    pub added: f64,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartId {
    /// A measure of an outcome.
    Measure(MeasureId),
    /// An outcome that contributes to an outcome, or stands in a theme.
    Outcome(OutcomeId),
}

/// A part before it is summed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The part.
    pub part: PartId,
    /// How much it counts; a weight of 0 does not count.
    pub weight: f64,
    /// Its progress, per cent.
    pub progress: Option<f64>,
    /// Its coverage, 0 to 1.
    pub coverage: f64,
}

impl Rollup {
    /// `Σ w·p / Σ w` and `Σ w·c / Σ w` over the parts with w > 0, each p clamped to 0 to 100 before it is averaged.
    pub fn of(parts: impl IntoIterator<Item = Share>) -> Self {
        let parts: Vec<Share> = parts.into_iter().filter(|share| share.weight > 0.0).collect();
        let whole = total(parts.iter().map(|share| share.weight));
        if parts.is_empty() {
            return Self::default();
        }
        let contributions: Vec<Contribution> = parts
            .into_iter()
            .map(|Share { part, weight, progress, coverage }| {
                let progress = progress.map(|progress| progress.clamp(0.0, 100.0));
                let coverage = coverage.clamp(0.0, 1.0);
                let added = weight * progress.unwrap_or(0.0) / whole;
                Contribution { part, weight, progress, coverage, added }
            })
            .collect();
        let progress = total(contributions.iter().map(|part| part.weight * part.progress.unwrap_or(0.0)));
        let coverage = total(contributions.iter().map(|part| part.weight * part.coverage));
        Self {
            // Rounding may carry a mean past its bounds by the last digit.
            progress: Some((progress / whole).clamp(0.0, 100.0)),
            coverage: Some((coverage / whole).clamp(0.0, 1.0)),
            contributions,
        }
    }

    /// The plain mean of the wholes that have a value.
    pub fn mean<'a>(wholes: impl IntoIterator<Item = &'a Self>) -> (Option<f64>, Option<f64>) {
        let (mut count, mut progress, mut coverage) = (0.0, 0.0, 0.0);
        for (p, c) in wholes.into_iter().filter_map(|whole| Some((whole.progress?, whole.coverage?))) {
            count += 1.0;
            progress += p;
            coverage += c;
        }
        if count == 0.0 { (None, None) } else { (Some(progress / count), Some(coverage / count)) }
    }
}
