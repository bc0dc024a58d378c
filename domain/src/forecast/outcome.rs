//! The forecast of an outcome, rolled up from its parts.
//!
//! It is achieved when every part that counts is. How far parts depend on each other is not known, only that parts of
//! one outcome rarely move against each other: so the truth lies between the product of their probabilities (none
//! depends on another) and the least of them (all move as one), and what is said is the geometric mean of these two.

use std::collections::HashMap;

use super::{Between, Forecast, Probability, Range, Silence, forecast};
use crate::assessment::Assessment;
use crate::entity::Kept;
use crate::measure::{Measure, MeasureId, MeasureState};
use crate::outcome::{Outcome, OutcomeId, OutcomeState, ResultKind};
use crate::picture::Picture;
use crate::progress::Question;
use crate::rollup::PartId;

/// What is to be expected of an outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeForecast {
    /// The outcome.
    pub id: OutcomeId,
    /// Its progress at the due date, per cent.
    pub progress: Result<Range, Silence>,
    /// The probability that it is achieved: that every part that counts reaches its target.
    pub probability: Result<Joint, Silence>,
    /// Its parts that count.
    pub parts: Vec<Part>,
    /// Its measures, those too that do not count.
    pub measures: Vec<(MeasureId, Forecast)>,
}

/// The probability that all parts come true, and between which it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Joint {
    /// The geometric mean of both ends.
    pub probability: Probability,
    /// If no part depended on another.
    pub independent: Probability,
    /// If all moved as one.
    pub together: Probability,
}

/// A part of an outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// The part.
    pub part: PartId,
    /// How much it counts.
    pub weight: f64,
    /// Its progress at the due date, per cent.
    pub progress: Result<Range, Silence>,
    /// The probability that it reaches its target; decided where it has ended.
    pub probability: Result<Probability, Silence>,
}

/// What is to be expected of a measure as a picture shows it.
pub fn measure_forecast(picture: &Picture, assessment: &Assessment, measure: &Kept<Measure>) -> Forecast {
    let Some(outcome) = picture.outcome(measure.outcome) else { return Forecast::silent(Silence::NoDueDate) };
    match (measure.state, outcome.state) {
        (MeasureState::Retired, _) => return Forecast::silent(Silence::Retired),
        (MeasureState::Active, OutcomeState::Closed | OutcomeState::Cancelled) => {
            return Forecast::silent(Silence::Ended);
        }
        (MeasureState::Active, OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Active) => {}
    }
    let Some(numbers) = assessment.measure(measure.id) else { return Forecast::silent(Silence::NoObservation) };
    let question = Question {
        measure,
        start_on: picture.start_of(outcome),
        due_on: picture.due_of(outcome),
        today: picture.today(),
        organization: &picture.parts().organization,
        points: picture.headline(measure.id),
    };
    forecast(&question, &numbers.progress)
}

/// What is to be expected of an outcome, and so of all that contribute to it; `None` if it is not in the picture.
pub fn outcome_forecast(picture: &Picture, assessment: &Assessment, id: OutcomeId) -> Option<OutcomeForecast> {
    let root = picture.outcome_position(id)?;
    let mut below = vec![false; picture.parts().outcomes.len()];
    let mut open = vec![root];
    while let Some(position) = open.pop() {
        if !std::mem::replace(&mut below[position], true) {
            open.extend(picture.children_at(position).iter().map(|edge| edge.to));
        }
    }
    let wanted = picture.bottom_up().iter().filter(|position| below[**position]);
    forecasts_at(picture, assessment, wanted).remove(&root)
}

/// What is to be expected of every outcome of a picture, in the order of its outcomes.
pub fn outcome_forecasts(picture: &Picture, assessment: &Assessment) -> Vec<OutcomeForecast> {
    let mut all: Vec<_> = forecasts_at(picture, assessment, picture.bottom_up().iter()).into_iter().collect();
    all.sort_by_key(|(position, _)| *position);
    all.into_iter().map(|(_, forecast)| forecast).collect()
}

/// The forecasts at some positions, of which children come before their parents.
fn forecasts_at<'a>(
    picture: &Picture,
    assessment: &Assessment,
    positions: impl Iterator<Item = &'a usize>,
) -> HashMap<usize, OutcomeForecast> {
    let mut known: HashMap<usize, OutcomeForecast> = HashMap::new();
    for position in positions {
        if let Some(outcome) = picture.parts().outcomes.get(*position) {
            let forecast = of(picture, assessment, (*position, outcome), &known);
            known.insert(*position, forecast);
        }
    }
    known
}

fn of(
    picture: &Picture,
    assessment: &Assessment,
    (position, outcome): (usize, &Kept<Outcome>),
    known: &HashMap<usize, OutcomeForecast>,
) -> OutcomeForecast {
    let measures: Vec<(MeasureId, Forecast)> = picture
        .measures_of(outcome.id)
        .map(|measure| (measure.id, measure_forecast(picture, assessment, measure)))
        .collect();
    let own = measures.iter().filter_map(|(id, forecast)| {
        let weight = picture.measure(*id)?.weight;
        let (progress, probability) = (forecast.progress, decided_or(forecast));
        let part = Part { part: PartId::Measure(*id), weight, progress, probability };
        assessment.measure(*id)?.counts.then_some(part)
    });
    let children = picture.children_at(position).iter().filter_map(|edge| {
        let child = picture.parts().outcomes.get(edge.to)?;
        let counts = assessment.outcome(child.id)?.counts && edge.weight > 0.0;
        counts.then(|| child_part(picture, child, edge.weight, known.get(&edge.to)))
    });
    let parts: Vec<Part> = own.chain(children).collect();
    let has_ended = match outcome.state {
        OutcomeState::Closed | OutcomeState::Cancelled => true,
        OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Active => false,
    };
    let (progress, probability) =
        if has_ended { (Err(Silence::Ended), Err(Silence::Ended)) } else { (whole(&parts), joint(&parts)) };
    OutcomeForecast { id: outcome.id, progress, probability, parts, measures }
}

/// The probability of a measure's target; what is observed, or done, is decided.
fn decided_or(forecast: &Forecast) -> Result<Probability, Silence> {
    match (forecast.probability, forecast.is_reached) {
        (Err(Silence::Observed), Some(is_reached)) => Ok(Probability::decided(is_reached)),
        (Err(Silence::Milestones), Some(true)) => Ok(Probability::decided(true)),
        (probability, _) => probability,
    }
}

fn child_part(picture: &Picture, child: &Kept<Outcome>, weight: f64, known: Option<&OutcomeForecast>) -> Part {
    let part = PartId::Outcome(child.id);
    let result = picture.result_of(child.id).filter(|_| child.state == OutcomeState::Closed);
    let (progress, probability) = match (result, known) {
        (Some(result), _) => (
            result.final_progress.map(Range::point).ok_or(Silence::PartWithout),
            Ok(Probability::decided(result.result == ResultKind::Achieved)),
        ),
        (None, Some(forecast)) => (forecast.progress, forecast.probability.map(|joint| joint.probability)),
        (None, None) => (Err(Silence::PartWithout), Err(Silence::PartWithout)),
    };
    Part { part, weight, progress, probability }
}

/// `Σ w·p / Σ w` of the values, and of the ends as if all parts moved as one: too wide rather than too narrow.
fn whole(parts: &[Part]) -> Result<Range, Silence> {
    let ranges: Vec<(f64, Range)> = parts
        .iter()
        .map(|part| part.progress.map(|range| (part.weight, range)).map_err(|_| Silence::PartWithout))
        .collect::<Result<_, _>>()?;
    let total: f64 = ranges.iter().map(|(weight, _)| weight).sum();
    if ranges.is_empty() {
        return Err(Silence::NoPart);
    }
    let mean = |of: fn(&Range) -> f64| {
        let sum: f64 = ranges.iter().map(|(weight, range)| weight / total * of(range)).sum();
        sum.clamp(0.0, 100.0)
    };
    Ok(Range {
        value: mean(|range| range.value),
        within_80: Between { low: mean(|range| range.within_80.low), high: mean(|range| range.within_80.high) },
        within_95: Between { low: mean(|range| range.within_95.low), high: mean(|range| range.within_95.high) },
    })
}

/// The probability that all parts come true; one that does not decides it.
fn joint(parts: &[Part]) -> Result<Joint, Silence> {
    let all: Vec<Probability> =
        parts.iter().map(|part| part.probability.map_err(|_| Silence::PartWithout)).collect::<Result<_, _>>()?;
    let together = all.iter().map(|one| one.computed()).reduce(f64::min).ok_or(Silence::NoPart)?;
    let independent: f64 = all.iter().map(|one| one.computed()).product();
    let is_failed = all.iter().any(|one| one.is_decided() && one.computed() == 0.0);
    let of = |value: f64| match is_failed || all.iter().all(|one| one.is_decided()) {
        true => Probability::decided(value > 0.0),
        false => Probability::new(value),
    };
    let probability = of((independent * together).sqrt());
    Ok(Joint { probability, independent: of(independent), together: of(together) })
}
