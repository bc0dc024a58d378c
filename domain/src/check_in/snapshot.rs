//! Snapshots: what the numbers of an outcome said at one moment, and what they had said in the check-in before.

use crate::assessment::Assessment;
use crate::forecast::{Method, Range, outcome_forecast};
use crate::measure::{MeasureId, MeasureState};
use crate::outcome::OutcomeId;
use crate::pace::Pace;
use crate::picture::Picture;
use crate::text::{Key, Text, Title};
use crate::time::{Day, Instant};

/// What the numbers of an outcome said.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// When.
    pub taken_at: Instant,
    /// Progress, per cent.
    pub progress: Option<f64>,
    /// Coverage, 0 to 1.
    pub coverage: Option<f64>,
    /// Expected progress, per cent.
    pub expected: Option<f64>,
    /// Pace.
    pub pace: Option<Pace>,
    /// The probability that it is achieved, 0 to 1.
    pub probability: Option<f64>,
    /// Progress in the check-in before.
    pub previous_progress: Option<f64>,
    /// Its measures that are in use, in the order of their ids.
    pub measures: Vec<Reading>,
}

/// What a measure said.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The measure.
    pub measure: MeasureId,
    /// Its name for scripts.
    pub key: Key,
    /// Its name for people.
    pub name: Title,
    /// Its unit.
    pub unit: Option<Text<64>>,
    /// Its value.
    pub value: Option<f64>,
    /// The day of the last observation.
    pub observed_on: Option<Day>,
    /// Where it is to get.
    pub target: Option<f64>,
    /// Progress, per cent.
    pub progress: Option<f64>,
    /// Pace.
    pub pace: Option<Pace>,
    /// Its value in the check-in before.
    pub previous_value: Option<f64>,
    /// Its progress in the check-in before, per cent.
    pub previous_progress: Option<f64>,
    /// What was to be expected of it.
    pub forecast: Option<Foreseen>,
}

/// What was to be expected of a measure at its due date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Foreseen {
    /// How the series was carried on.
    pub model: Method,
    /// How many values it rested on.
    pub observations: usize,
    /// The value at the due date, with its intervals.
    pub value: Range,
    /// The probability that it reaches the target, 0 to 1.
    pub probability: Option<f64>,
}

impl Snapshot {
    /// What the numbers of an outcome say in a picture, beside those of the check-in before; `None` if it is not in it.
    pub fn of(picture: &Picture, assessment: &Assessment, id: OutcomeId, previous: Option<&Self>) -> Option<Self> {
        let numbers = assessment.outcome(id)?;
        let forecast = outcome_forecast(picture, assessment, id)?;
        let used = picture.measures_of(id).filter(|measure| measure.state == MeasureState::Active);
        let reading = |measure: &crate::entity::Kept<crate::measure::Measure>| {
            let known = assessment.measure(measure.id)?;
            let before = previous.and_then(|one| one.measures.iter().find(|row| row.measure == measure.id));
            let foreseen = forecast.measures.iter().find(|(one, _)| *one == measure.id);
            let foreseen = foreseen.and_then(|(_, one)| {
                Some(Foreseen {
                    model: one.model?,
                    observations: one.observations,
                    value: one.value.ok()?,
                    probability: one.probability.ok().map(crate::forecast::Probability::shown),
                })
            });
            let observed_on = picture.headline(measure.id).last().map(|point| picture.day_of_point(point));
            Some(Reading {
                measure: measure.id,
                key: measure.key.clone(),
                name: measure.name.clone(),
                unit: measure.unit.clone(),
                value: known.progress.value,
                observed_on,
                target: known.progress.target,
                progress: known.progress.progress,
                pace: known.pace,
                previous_value: before.and_then(|one| one.value),
                previous_progress: before.and_then(|one| one.progress),
                forecast: foreseen,
            })
        };
        Some(Self {
            taken_at: picture.at(),
            progress: numbers.rollup.progress,
            coverage: numbers.rollup.coverage,
            expected: numbers.expected,
            pace: numbers.pace,
            probability: forecast.probability.ok().map(|joint| joint.probability.shown()),
            previous_progress: previous.and_then(|one| one.progress),
            measures: used.filter_map(reading).collect(),
        })
    }
}
