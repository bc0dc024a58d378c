//! A measure's observations: the series of a segment, its latest value, and new values.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::measure::{Aggregation, Measure, MeasureId};
use remit_domain::observation::Segment;
use remit_domain::organization::Organization;
use remit_domain::spelling::Spelled;
use remit_domain::time::{Day, Instant, Zone, first_day_of};
use remit_persistence::{KeptObservation, When};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::answer::{Answer, Media, Reading, answer};
use crate::auth::{Allowed, Read};
use crate::csv_table;
use crate::extract::{Parameters, path_id};
use crate::observation::segment::SegmentMap;
use crate::problem::Problem;
use crate::resource::{Listing, list_views};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::{DayText, Exact, IdText, InstantText, MomentText, Word};

type MeasureIdText = IdText<Measure>;
type StepWord = Word<Step>;

/// How observations are thinned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// One a day.
    Day,
    /// One a week, from Monday.
    Week,
    /// One a month.
    Month,
    /// One a quarter.
    Quarter,
    /// One a year.
    Year,
}
impl Spelled for Step {
    const NAME: &'static str = "Downsample";
    const ALL: &'static [Self] = &[Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];
    fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }
}

/// A value that was observed.
#[derive(Clone, Serialize, ToSchema)]
pub struct Observation {
    measure_id: MeasureIdText,
    /// Of which part of what is measured; empty for the headline.
    #[schema(value_type = SegmentMap)]
    segment: BTreeMap<String, String>,
    /// When it was true.
    observed_at: InstantText,
    /// The day, where a day was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    observed_on: Option<DayText>,
    value: Exact,
    /// What to know about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    note: Option<String>,
    /// Where it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    source: Option<String>,
    /// When it was recorded.
    recorded_at: InstantText,
    /// Who recorded it.
    #[schema(max_length = 300)]
    recorded_by: String,
}

/// An observation as it is shown.
pub fn view(measure: MeasureId, kept: &KeptObservation) -> Observation {
    let KeptObservation { observation, segment, recorded_at, recorded_by } = kept;
    Observation {
        measure_id: measure.into(),
        segment: segment.dimensions().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        observed_at: observation.at.into(),
        observed_on: observation.on.map(Into::into),
        value: observation.value.into(),
        note: observation.note.as_ref().map(ToString::to_string),
        source: observation.source.as_ref().map(ToString::to_string),
        recorded_at: (*recorded_at).into(),
        recorded_by: recorded_by.clone(),
    }
}

/// A page of observations.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct ObservationPage {
    /// The observations, oldest first.
    #[schema(max_items = 200)]
    data: Vec<Observation>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// Which observations are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SeriesFilter {
    /// Not before this.
    #[validate(nested)]
    from: Option<MomentText>,
    /// Before this; a day is included whole.
    #[validate(nested)]
    to: Option<MomentText>,
    /// The segment, a JSON object such as `{"region":"north"}`; the headline where nothing is said, `*` for all.
    #[validate(length(min = 1, max = 4000))]
    #[param(min_length = 1, max_length = 4000)]
    segment: Option<String>,
    /// One value for each interval, by the measure's aggregation, at the instant of the interval's last observation.
    downsample: Option<StepWord>,
    /// Entries of a page.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// The cursor of the page before.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    after: Option<String>,
    /// What was true then.
    #[validate(nested)]
    as_of: Option<MomentText>,
    /// As recorded by then: an instant, a day, or a revision.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    known_at: Option<String>,
    /// In CSV, leaves text that a spreadsheet would run as it is.
    #[serde(default)]
    raw: bool,
}

/// The segment that a query names; `None` stands for all.
fn segment_of(text: Option<&str>) -> Result<Option<Segment>, Problem> {
    let malformed = |detail: String| Problem::parameter("segment", "malformed", detail);
    match text {
        None => Ok(Some(Segment::HEADLINE)),
        Some("*") => Ok(None),
        Some(text) => {
            let dimensions: BTreeMap<String, String> = serde_json::from_str(text).map_err(|_| {
                malformed("must be a JSON object of texts, such as {\"region\":\"north\"}, or *".into())
            })?;
            Segment::new(dimensions.iter().map(|(name, value)| (name.as_str(), value.as_str())))
                .map(Some)
                .map_err(|error| malformed(error.to_string()))
        }
    }
}

fn window(filter: (&Option<MomentText>, &Option<MomentText>), zone: &Zone) -> Result<(Instant, Instant), Problem> {
    let from = filter.0.as_ref().map(MomentText::moment).transpose()?;
    let to = filter.1.as_ref().map(MomentText::moment).transpose()?;
    let to = to.map_or(Instant::END, |moment| match moment.day() {
        Some(day) => zone.end_of(day).plus_micros(1),
        None => moment.end(zone),
    });
    Ok((from.map_or(Instant::BEGINNING, |moment| moment.start(zone)), to))
}

/// List a measure's observations, oldest first.
#[utoipa::path(tag = "observations", operation_id = "listObservations", params(SeriesFilter),
    responses((status = 200, description = "The observations.", body = ObservationPage)),
    security(("bearer" = ["read"])))]
#[get("/v1/measures/{id}/observations")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    filter: Parameters<SeriesFilter>,
) -> Result<HttpResponse, Problem> {
    let id: MeasureId = path_id(&id)?;
    let SeriesFilter { from, to, segment, downsample, limit, after, as_of, known_at, raw } = filter.0;
    let segment = segment_of(segment.as_deref())?;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    let columns = csv_table::columns_of::<Observation>;
    list_views(&remit, &request, &caller, listing, columns, move |_, tx, reading| {
        let measure = tx.find(id, reading.when)?.ok_or_else(|| Problem::not_found("measure"))?;
        let organization = tx.organization(reading.when)?;
        let window = window((&from, &to), organization.zone_at(reading.at))?;
        let mut all = tx.observations(id, segment.as_ref(), window, reading.when)?;
        if let Some(Word(step)) = downsample {
            all = thin_out(all, step, measure.aggregation, &organization);
        }
        Ok((all.iter().map(|kept| view(id, kept)).collect(), Instant::END))
    })
    .await
}

/// One observation for each segment and interval, with the aggregated value.
fn thin_out(
    all: Vec<KeptObservation>,
    step: Step,
    aggregation: Aggregation,
    organization: &Organization,
) -> Vec<KeptObservation> {
    let mut groups: BTreeMap<(Day, Segment), Vec<KeptObservation>> = BTreeMap::new();
    for kept in all {
        let day = kept.observation.on.unwrap_or_else(|| organization.day_of(kept.observation.at));
        groups.entry((interval_start(day, step), kept.segment.clone())).or_default().push(kept);
    }
    groups
        .into_values()
        .filter_map(|mut group| {
            let values: Vec<f64> = group.iter().map(|kept| kept.observation.value.get()).collect();
            let mut last = group.pop()?;
            let value = aggregate(&values, aggregation)?;
            last.observation.value = remit_domain::number::Number::new(value).unwrap_or(last.observation.value);
            Some(last)
        })
        .collect()
}

fn aggregate(values: &[f64], aggregation: Aggregation) -> Option<f64> {
    let count = values.len() as f64;
    match aggregation {
        Aggregation::Last => values.last().copied(),
        Aggregation::Sum => Some(values.iter().sum()),
        Aggregation::Mean => (count > 0.0).then(|| values.iter().sum::<f64>() / count),
        Aggregation::Min => values.iter().copied().reduce(f64::min),
        Aggregation::Max => values.iter().copied().reduce(f64::max),
    }
}

fn interval_start(day: Day, step: Step) -> Day {
    match step {
        Step::Day => day,
        Step::Week => remit_domain::time::monday_of(day),
        Step::Month => first_day_of(day, 1),
        Step::Quarter => first_day_of(day, 3),
        Step::Year => first_day_of(day, 12),
    }
}

/// Which latest observation is asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LatestFilter {
    /// The segment, a JSON object such as `{"region":"north"}`; the headline where nothing is said.
    #[validate(length(min = 1, max = 4000))]
    #[param(min_length = 1, max_length = 4000)]
    segment: Option<String>,
    /// What was true then.
    #[validate(nested)]
    as_of: Option<MomentText>,
    /// As recorded by then: an instant, a day, or a revision.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    known_at: Option<String>,
}

/// Read a measure's latest observation.
#[utoipa::path(tag = "observations", operation_id = "getLatestObservation", params(LatestFilter),
    responses((status = 200, description = "The observation.", body = Observation)), security(("bearer" = ["read"])))]
#[get("/v1/measures/{id}/latest")]
async fn latest(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    filter: Parameters<LatestFilter>,
) -> Result<HttpResponse, Problem> {
    let id: MeasureId = path_id(&id)?;
    let LatestFilter { segment, as_of, known_at } = filter.0;
    let segment = segment_of(segment.as_deref())?
        .ok_or_else(|| Problem::parameter("segment", "malformed", "names one segment here"))?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, Travel::new(as_of, known_at), move |_, tx, reading: &Reading| {
        tx.find(id, reading.when)?.ok_or_else(|| Problem::not_found("measure"))?;
        let kept = tx.latest(id, &segment, reading.at, reading.when)?;
        let kept = kept.ok_or_else(|| Problem::not_found("observation"))?;
        // A value that is dated after now becomes the latest when its time comes.
        let coming = match reading.when {
            When::Present => {
                tx.observations(id, Some(&segment), (reading.at.plus_micros(1), Instant::END), reading.when)?
            }
            When::Past { .. } => Vec::new(),
        };
        let until = coming.first().map_or(Instant::END, |kept| kept.observation.at);
        Ok(Answer::json(&view(id, &kept))?.until(until))
    })
    .await
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(latest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_a_json_object_of_texts() {
        assert_eq!(segment_of(None).map(|s| s.map(|s| s.is_headline())).ok(), Some(Some(true)));
        assert!(segment_of(Some("*")).is_ok_and(|all| all.is_none()));
        assert!(segment_of(Some("{\"region\":\"north\"}")).is_ok());
        for bad in ["north", "{\"region\":1}", "[]", "{\"\":\"x\"}"] {
            assert!(segment_of(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_are_thinned_out_by_the_measures_aggregation() {
        assert_eq!(aggregate(&[1.0, 4.0, 2.0], Aggregation::Last), Some(2.0));
        assert_eq!(aggregate(&[1.0, 4.0, 2.0], Aggregation::Sum), Some(7.0));
        assert_eq!(aggregate(&[1.0, 2.0], Aggregation::Mean), Some(1.5));
        assert_eq!(aggregate(&[1.0, 4.0, 2.0], Aggregation::Max), Some(4.0));
    }
}
