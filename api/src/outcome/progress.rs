//! Progress and history of an outcome: the number explained part by part, and what was written when.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::accountability::{Gap, Via};
use remit_domain::assessment::MeasureAssessment;
use remit_domain::check_in::{Confidence, ConfidenceBand};
use remit_domain::measure::Measure;
use remit_domain::outcome::{Outcome, OutcomeId, ResultKind};
use remit_domain::pace::{Freshness, Pace, ReportedStatus};
use remit_domain::person::Person;
use remit_domain::picture::Picture;
use remit_domain::progress::{Absent, BaselineSource};
use remit_domain::role::Role;
use remit_domain::rollup::{PartId, Rollup};
use remit_domain::spelling::Spelled;
use remit_domain::time::Instant;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, Read};
use crate::extract::{Parameters, path_id};
use crate::problem::Problem;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::TravelParameters;
use crate::wire::{DayText, IdText, InstantText, Word};

/// Computed pace or health.
pub type PaceWord = Word<Pace>;
/// What a human said.
pub type ReportedWord = Word<ReportedStatus>;
/// Whether updates arrive.
pub type FreshnessWord = Word<Freshness>;
/// What came of an outcome.
pub type ResultWord = Word<ResultKind>;
type GapWord = Word<Gap>;
type ConfidenceWord = Word<ConfidenceBand>;
type ViaWord = Word<Via>;
type AbsentWord = Word<Absent>;
type PersonId = IdText<Person>;
type RoleId = IdText<Role>;
type OutcomeIdText = IdText<Outcome>;
type MeasureIdText = IdText<Measure>;

/// At most four decimals: numbers are computed unrounded and shown short.
pub fn shown_number(value: f64) -> f64 {
    let rounded = (value * 10_000.0).round() / 10_000.0;
    if rounded == 0.0 { 0.0 } else { rounded }
}

/// Who answers for an outcome, or why nobody can be named.
#[derive(Clone, Serialize, ToSchema)]
pub struct Accountable {
    /// Who answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<PersonReference>,
    /// How the person comes to answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<ViaWord>,
    /// The role through which.
    #[serde(skip_serializing_if = "Option::is_none")]
    role_id: Option<RoleId>,
    /// Why nobody can be named.
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<GapWord>,
}

/// A person, by id and display name.
#[derive(Clone, Serialize, ToSchema)]
pub struct PersonReference {
    id: PersonId,
    /// The name that is shown.
    #[schema(max_length = 200)]
    name: String,
}

impl Accountable {
    /// Who answers, by name.
    pub fn of(picture: &Picture, answer: &Result<remit_domain::accountability::Answer, Gap>) -> Self {
        match answer {
            Ok(answer) => {
                let name = picture.person(answer.person).map_or("", |person| person.name.as_str());
                Self {
                    person: Some(PersonReference { id: answer.person.into(), name: name.into() }),
                    via: Some(Word(answer.via)),
                    role_id: answer.role.map(Into::into),
                    gap: None,
                }
            }
            Err(gap) => Self { person: None, via: None, role_id: None, gap: Some(Word(*gap)) },
        }
    }
}

impl Accountable {
    /// The name of who answers, or the gap.
    pub fn in_a_word(&self) -> String {
        match (&self.person, &self.gap) {
            (Some(person), _) => person.name.clone(),
            (None, Some(Word(gap))) => gap.to_string(),
            (None, None) => String::new(),
        }
    }

    /// Who answers for it, said to people.
    pub fn in_a_sentence(&self) -> String {
        match (&self.person, &self.gap) {
            (Some(person), _) => format!("{} answers for it", person.name),
            (None, Some(Word(gap))) => format!("nobody answers for it ({})", gap.as_str().replace('_', " ")),
            (None, None) => "nobody answers for it".into(),
        }
    }
}

/// What a part added to a whole.
#[derive(Clone, Serialize, ToSchema)]
pub struct Contribution {
    /// The measure, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    measure_id: Option<MeasureIdText>,
    /// The outcome, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome_id: Option<OutcomeIdText>,
    /// How much it counts.
    weight: f64,
    /// Its own progress, per cent; what is missing counts as 0.
    #[schema(minimum = 0, maximum = 100)]
    progress: Option<f64>,
    /// Its own coverage, 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    coverage: f64,
    /// Points of the whole's progress that come from it.
    #[schema(minimum = 0, maximum = 100)]
    added: f64,
}

/// The parts of a whole.
pub fn contributions(rollup: &Rollup) -> Vec<Contribution> {
    let view = |part: &remit_domain::rollup::Contribution| {
        let (measure_id, outcome_id) = match part.part {
            PartId::Measure(id) => (Some(id.into()), None),
            PartId::Outcome(id) => (None, Some(id.into())),
        };
        Contribution {
            measure_id,
            outcome_id,
            weight: part.weight,
            progress: part.progress.map(shown_number),
            coverage: shown_number(part.coverage),
            added: shown_number(part.added),
        }
    };
    rollup.contributions.iter().map(view).collect()
}

/// Where a measure stands, and why.
#[derive(Clone, Serialize, ToSchema)]
pub struct MeasureProgress {
    measure_id: MeasureIdText,
    /// Its name for scripts.
    #[schema(max_length = 120)]
    key: String,
    /// Whether it is part of the outcome's sums.
    counts: bool,
    /// Where it started from.
    baseline: Option<f64>,
    /// The day of the observation that is the baseline, where none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_observed_on: Option<DayText>,
    /// Where it must get to.
    target: Option<f64>,
    /// The current value.
    value: Option<f64>,
    /// The latest observation.
    latest: Option<LatestView>,
    /// Per cent of the way, unclamped.
    attainment: Option<f64>,
    /// Per cent of the way, 0 to 100.
    progress: Option<f64>,
    /// Expected progress by now, per cent.
    expected: Option<f64>,
    pace: Option<PaceWord>,
    /// Whether updates arrive.
    freshness: Option<FreshnessWord>,
    /// Reporting intervals that are due; for maintain kinds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    intervals_due: Option<i64>,
    /// Those that are met.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    intervals_met: Option<i64>,
    /// Why there is no progress, where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    absent: Option<AbsentWord>,
}

/// A value and when it was observed.
#[derive(Clone, Serialize, ToSchema)]
pub struct LatestView {
    /// The value.
    pub value: f64,
    /// When it was observed.
    pub observed_at: InstantText,
}

impl MeasureProgress {
    fn of(measure: &Measure, numbers: &MeasureAssessment) -> Self {
        let progress = &numbers.progress;
        let baseline_observed_on = progress.baseline.and_then(|baseline| match baseline.source {
            BaselineSource::Given => None,
            BaselineSource::Observed { on, .. } => Some(on.into()),
        });
        Self {
            measure_id: numbers.id.into(),
            key: measure.key.as_str().into(),
            counts: numbers.counts,
            baseline: progress.baseline.map(|baseline| baseline.value),
            baseline_observed_on,
            target: progress.target,
            value: progress.value,
            latest: progress
                .latest
                .map(|latest| LatestView { value: latest.point.value, observed_at: latest.point.at.into() }),
            attainment: progress.attainment.map(shown_number),
            progress: progress.progress.map(shown_number),
            expected: numbers.expected.map(shown_number),
            pace: numbers.pace.map(Word),
            freshness: numbers.update.map(|update| Word(update.freshness)),
            intervals_due: progress.intervals.map(|tally| tally.due),
            intervals_met: progress.intervals.map(|tally| tally.met),
            absent: progress.absent.map(Word),
        }
    }
}

/// How sure people are: of an outcome itself, where its latest check-in says so, else of its parts.
#[derive(Clone, Serialize, ToSchema)]
pub struct StatedConfidence {
    /// The mean, weighted as progress is.
    #[schema(minimum = 0, maximum = 1)]
    pub mean: f64,
    /// The least among it and its parts.
    #[schema(minimum = 0, maximum = 1)]
    minimum: f64,
    /// The mean in a word: high from .7, medium from .4.
    band: ConfidenceWord,
    /// On how many outcomes it rests.
    #[schema(minimum = 1)]
    count: usize,
}

impl StatedConfidence {
    /// As it is shown.
    pub fn of(confidence: &Confidence) -> Self {
        Self {
            mean: shown_number(confidence.mean),
            minimum: shown_number(confidence.minimum),
            band: Word(confidence.band()),
            count: confidence.count,
        }
    }
}

/// Where an outcome stands, explained part by part.
#[derive(Serialize, ToSchema)]
struct OutcomeProgress {
    /// What was true then.
    as_of: InstantText,
    /// The revision after which this was known.
    #[schema(minimum = 0)]
    known_revision: i64,
    outcome_id: OutcomeIdText,
    /// Its first day.
    start_on: Option<DayText>,
    /// Its last day.
    due_on: Option<DayText>,
    /// Per cent, 0 to 100.
    progress: Option<f64>,
    /// The share of the weight that has data, 0 to 1.
    coverage: Option<f64>,
    /// Expected progress by now, per cent.
    expected: Option<f64>,
    pace: Option<PaceWord>,
    reported_status: Option<ReportedWord>,
    /// How sure people are of it, by the latest check-ins.
    confidence: Option<StatedConfidence>,
    freshness: Option<FreshnessWord>,
    result: Option<ResultWord>,
    health: Option<PaceWord>,
    /// Whether what was reported is better than pace.
    divergent: bool,
    /// The committed parts from which a worse health comes, outermost first.
    #[schema(max_items = 10000)]
    health_path: Vec<OutcomeIdText>,
    accountable: Accountable,
    /// What each part added.
    #[schema(max_items = 10000)]
    contributions: Vec<Contribution>,
    /// Each measure, retired ones too.
    #[schema(max_items = 10000)]
    measures: Vec<MeasureProgress>,
}

/// Explain where an outcome stands, part by part.
#[utoipa::path(tag = "outcomes", operation_id = "getOutcomeProgress", params(TravelParameters),
    responses((status = 200, description = "Its progress.", body = OutcomeProgress)),
    security(("bearer" = ["read"])))]
#[get("/v1/outcomes/{id}/progress")]
async fn get_progress(
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
        let (picture, assessment) = (&pictured.picture, &pictured.assessment);
        let numbers = assessment.outcome(id).ok_or_else(|| Problem::not_found("outcome"))?;
        let measures = picture
            .measures_of(id)
            .filter_map(|measure| Some(MeasureProgress::of(measure, assessment.measure(measure.id)?)));
        let view = OutcomeProgress {
            as_of: pictured.as_of().into(),
            known_revision: reading.known,
            outcome_id: id.into(),
            start_on: numbers.start_on.map(Into::into),
            due_on: numbers.due_on.map(Into::into),
            progress: numbers.rollup.progress.map(shown_number),
            coverage: numbers.rollup.coverage.map(shown_number),
            expected: numbers.expected.map(shown_number),
            pace: numbers.pace.map(Word),
            reported_status: numbers.reported_status.map(Word),
            confidence: numbers.confidence.as_ref().map(StatedConfidence::of),
            freshness: numbers.freshness.map(Word),
            result: numbers.result.map(Word),
            health: numbers.health.map(Word),
            divergent: numbers.divergent,
            health_path: assessment.worst_path(id).into_iter().map(Into::into).collect(),
            accountable: Accountable::of(picture, &numbers.accountable),
            contributions: contributions(&numbers.rollup),
            measures: measures.collect(),
        };
        Ok(Answer::json(&view)?.until(pictured.until()))
    })
    .await
}

/// An entry of the log about an outcome.
#[derive(Serialize, ToSchema)]
struct HistoryEntry {
    /// The revision.
    #[schema(minimum = 0)]
    revision: i64,
    /// When it was recorded.
    recorded_at: InstantText,
    /// Who wrote it: a person's id, or a credential's name.
    #[schema(max_length = 300)]
    actor: String,
    /// What was done.
    #[schema(max_length = 100)]
    action: String,
    /// The outcome's canonical record after the change.
    #[schema(value_type = serde_json::Value)]
    record: Box<serde_json::value::RawValue>,
}

/// What was written of an outcome.
#[derive(Serialize, ToSchema)]
struct History {
    /// The entries, oldest first.
    #[schema(max_items = 100000)]
    data: Vec<HistoryEntry>,
}

/// Read what was written of an outcome, oldest first.
#[utoipa::path(tag = "outcomes", operation_id = "getOutcomeHistory", params(TravelParameters),
    responses((status = 200, description = "What was written.", body = History)), security(("bearer" = ["read"])))]
#[get("/v1/outcomes/{id}/history")]
async fn get_history(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    let id: OutcomeId = path_id(&id)?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, travel.0.into(), move |_, tx, reading| {
        let entries = tx.entries_of(&id.to_string(), reading.known)?;
        if entries.is_empty() {
            return Err(Problem::not_found("outcome"));
        }
        let until_then = entries.into_iter().filter(|entry| !reading.is_past || entry.recorded_at <= reading.at);
        let data = until_then
            .filter_map(|entry| {
                Some(HistoryEntry {
                    revision: entry.revision,
                    recorded_at: entry.recorded_at.into(),
                    actor: entry.actor,
                    action: entry.action,
                    record: serde_json::value::RawValue::from_string(entry.record).ok()?,
                })
            })
            .collect();
        Ok(Answer::json(&History { data })?.until(Instant::END))
    })
    .await
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(get_progress).service(get_history);
}
