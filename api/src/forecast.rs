//! Forecasts: the value at the due date, how far it may be off, and how probable the target is.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::forecast::{
    Between, Forecast, Method, OutcomeForecast, Part, Probability, Range, Silence, measure_forecast, outcome_forecast,
};
use remit_domain::measure::{Measure, MeasureId};
use remit_domain::outcome::{Outcome, OutcomeId};
use remit_domain::rollup::PartId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, Read};
use crate::extract::{Parameters, path_id};
use crate::outcome::progress::shown_number;
use crate::problem::Problem;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::TravelParameters;
use crate::view::Pictured;
use crate::wire::{DayText, IdText, InstantText, Word};

type MethodWord = Word<Method>;
type SilenceWord = Word<Silence>;
type MeasureIdText = IdText<Measure>;
type OutcomeIdText = IdText<Outcome>;

/// A value ahead with its intervals.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub struct ForecastRange {
    /// The value; it is as likely exceeded as not.
    value: f64,
    /// It lies within with 80 per cent.
    within_80: ForecastInterval,
    /// It lies within with 95 per cent.
    within_95: ForecastInterval,
}

/// An interval, both ends included.
#[derive(Clone, Copy, Serialize, ToSchema)]
pub struct ForecastInterval {
    low: f64,
    high: f64,
}

impl ForecastInterval {
    fn of(Between { low, high }: Between) -> Self {
        Self { low: shown_number(low), high: shown_number(high) }
    }
}

impl ForecastRange {
    /// As it is shown.
    pub fn of(Range { value, within_80, within_95 }: Range) -> Self {
        Self {
            value: shown_number(value),
            within_80: ForecastInterval::of(within_80),
            within_95: ForecastInterval::of(within_95),
        }
    }
}

fn shown(probability: Probability) -> f64 {
    shown_number(probability.shown())
}

/// What is to be expected of a measure.
#[derive(Serialize, ToSchema)]
struct MeasureForecast {
    measure_id: MeasureIdText,
    /// Its name for scripts.
    #[schema(max_length = 120)]
    key: String,
    /// Whether it is part of the outcome's sums.
    counts: bool,
    /// What it is to reach.
    target: Option<f64>,
    /// Whether its value of today is where it is to be.
    reached: Option<bool>,
    /// How the series is carried on.
    model: Option<MethodWord>,
    /// How many values it rests on, one a reporting interval.
    #[schema(minimum = 0, maximum = 60)]
    observations: usize,
    /// Whether these are too few for more than a hint.
    indicative: bool,
    /// The day of the last of them.
    last_observed_on: Option<DayText>,
    /// How many reporting intervals after it the due date lies, or steps, where it is observed more rarely.
    ahead: Option<f64>,
    /// Its value at the due date, in its unit.
    value: Option<ForecastRange>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    value_absent: Option<SilenceWord>,
    /// Its progress at the due date, per cent.
    progress: Option<ForecastRange>,
    /// The probability that its value at the due date reaches the target; never nearer to certainty than .02.
    #[schema(minimum = 0.02, maximum = 0.98)]
    probability: Option<f64>,
    /// The same in steps of ten points, which is as fine as it is known.
    #[schema(minimum = 0.02, maximum = 0.98)]
    probability_step: Option<f64>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    probability_absent: Option<SilenceWord>,
    /// What it would have to move in each reporting interval from now to the due date.
    required_rate: Option<f64>,
    /// What it has moved in a reporting interval, in the mean.
    observed_rate: Option<f64>,
    /// The first day on which the value expected reaches the target.
    expected_on: Option<DayText>,
}

impl MeasureForecast {
    fn of(pictured: &Pictured, id: MeasureId, forecast: &Forecast) -> Option<Self> {
        let numbers = pictured.assessment.measure(id)?;
        let probability = forecast.probability.ok();
        Some(Self {
            measure_id: id.into(),
            key: pictured.picture.measure(id)?.key.as_str().into(),
            counts: numbers.counts,
            target: numbers.progress.target,
            reached: forecast.is_reached,
            model: forecast.model.map(Word),
            observations: forecast.observations,
            indicative: forecast.is_indicative(),
            last_observed_on: forecast.last_on.map(Into::into),
            ahead: forecast.ahead.map(shown_number),
            value: forecast.value.ok().map(ForecastRange::of),
            value_absent: forecast.value.err().map(Word),
            progress: forecast.progress.ok().map(ForecastRange::of),
            probability: probability.map(shown),
            probability_step: probability.map(Probability::in_steps),
            probability_absent: forecast.probability.err().map(Word),
            required_rate: forecast.required_rate.map(shown_number),
            observed_rate: forecast.observed_rate.map(shown_number),
            expected_on: forecast.expected_on.map(Into::into),
        })
    }
}

/// The forecast of a measure.
#[derive(Serialize, ToSchema)]
struct MeasureForecastAnswer {
    /// What was true then.
    as_of: InstantText,
    /// The revision after which this was known.
    #[schema(minimum = 0)]
    known_revision: i64,
    outcome_id: OutcomeIdText,
    /// The last day of its outcome.
    due_on: Option<DayText>,
    forecast: MeasureForecast,
}

/// A part of an outcome, as its forecast counts it.
#[derive(Serialize, ToSchema)]
struct ForecastPart {
    /// The measure, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    measure_id: Option<MeasureIdText>,
    /// The outcome, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome_id: Option<OutcomeIdText>,
    /// How much it counts.
    weight: f64,
    /// Its progress at the due date, per cent.
    progress: Option<ForecastRange>,
    /// The probability that it reaches its target; 0 or 1 where that is decided.
    #[schema(minimum = 0, maximum = 1)]
    probability: Option<f64>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    probability_absent: Option<SilenceWord>,
}

impl ForecastPart {
    fn of(Part { part, weight, progress, probability }: &Part) -> Self {
        let (measure_id, outcome_id) = match part {
            PartId::Measure(id) => (Some((*id).into()), None),
            PartId::Outcome(id) => (None, Some((*id).into())),
        };
        Self {
            measure_id,
            outcome_id,
            weight: *weight,
            progress: progress.ok().map(ForecastRange::of),
            probability: probability.ok().map(shown),
            probability_absent: probability.err().map(Word),
        }
    }
}

/// The forecast of an outcome, with that of each measure.
#[derive(Serialize, ToSchema)]
struct OutcomeForecastAnswer {
    /// What was true then.
    as_of: InstantText,
    /// The revision after which this was known.
    #[schema(minimum = 0)]
    known_revision: i64,
    outcome_id: OutcomeIdText,
    /// Its last day.
    due_on: Option<DayText>,
    /// Its progress at the due date, per cent: the weighted mean of its parts', the intervals as if all moved as one.
    progress: Option<ForecastRange>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress_absent: Option<SilenceWord>,
    /// The probability that every part that counts reaches its target: the geometric mean of the two that follow.
    /// Never nearer to certainty than .02, unless it is decided.
    #[schema(minimum = 0, maximum = 1)]
    probability: Option<f64>,
    /// The same in steps of ten points, which is as fine as it is known.
    #[schema(minimum = 0, maximum = 1)]
    probability_step: Option<f64>,
    /// It, if no part depended on another.
    #[schema(minimum = 0, maximum = 1)]
    probability_independent: Option<f64>,
    /// It, if all parts moved as one.
    #[schema(minimum = 0, maximum = 1)]
    probability_together: Option<f64>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    probability_absent: Option<SilenceWord>,
    /// The parts that count.
    #[schema(max_items = 10000)]
    parts: Vec<ForecastPart>,
    /// Each measure, retired ones too.
    #[schema(max_items = 10000)]
    measures: Vec<MeasureForecast>,
}

/// Forecast an outcome at its due date, from the forecasts of its parts.
#[utoipa::path(tag = "outcomes", operation_id = "getOutcomeForecast", params(TravelParameters),
    responses((status = 200, description = "Its forecast.", body = OutcomeForecastAnswer)),
    security(("bearer" = ["read"])))]
#[get("/v1/outcomes/{id}/forecast")]
async fn of_outcome(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    let id: OutcomeId = path_id(&id)?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, travel.0.into(), move |remit, tx, reading| {
        let pictured = remit.picture(tx, reading)?;
        let forecast = outcome_forecast(&pictured.picture, &pictured.assessment, id);
        let OutcomeForecast { id, progress, probability, parts, measures } =
            forecast.ok_or_else(|| Problem::not_found("outcome"))?;
        let due_on = pictured.assessment.outcome(id).and_then(|numbers| numbers.due_on);
        let joint = probability.ok();
        let view = OutcomeForecastAnswer {
            as_of: pictured.as_of().into(),
            known_revision: reading.known,
            outcome_id: id.into(),
            due_on: due_on.map(Into::into),
            progress: progress.ok().map(ForecastRange::of),
            progress_absent: progress.err().map(Word),
            probability: joint.map(|joint| shown(joint.probability)),
            probability_step: joint.map(|joint| joint.probability.in_steps()),
            probability_independent: joint.map(|joint| shown(joint.independent)),
            probability_together: joint.map(|joint| shown(joint.together)),
            probability_absent: probability.err().map(Word),
            parts: parts.iter().map(ForecastPart::of).collect(),
            measures: measures.iter().filter_map(|(id, one)| MeasureForecast::of(&pictured, *id, one)).collect(),
        };
        Ok(Answer::json(&view)?.until(pictured.until()))
    })
    .await
}

/// Forecast a measure at its outcome's due date.
#[utoipa::path(tag = "measures", operation_id = "getMeasureForecast", params(TravelParameters),
    responses((status = 200, description = "Its forecast.", body = MeasureForecastAnswer)),
    security(("bearer" = ["read"])))]
#[get("/v1/measures/{id}/forecast")]
async fn of_measure(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    let id: MeasureId = path_id(&id)?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, travel.0.into(), move |remit, tx, reading| {
        let pictured = remit.picture(tx, reading)?;
        let (picture, assessment) = (&pictured.picture, &pictured.assessment);
        let absent = || Problem::not_found("measure");
        let measure = picture.measure(id).ok_or_else(absent)?;
        let forecast = measure_forecast(picture, assessment, measure);
        let view = MeasureForecastAnswer {
            as_of: pictured.as_of().into(),
            known_revision: reading.known,
            outcome_id: measure.outcome.into(),
            due_on: picture.outcome(measure.outcome).and_then(|outcome| picture.due_of(outcome)).map(Into::into),
            forecast: MeasureForecast::of(&pictured, id, &forecast).ok_or_else(absent)?,
        };
        Ok(Answer::json(&view)?.until(pictured.until()))
    })
    .await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(of_outcome).service(of_measure);
}
