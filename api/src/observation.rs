//! The scripts' door: observations in bulk, read from a spool before the writer starts.

mod batch;
mod rows;
pub mod segment;
mod spool;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::header;
use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use remit_domain::measure::MeasureId;
use remit_domain::spelling::Spelled;
use remit_persistence::When;
use segment::SegmentMap;
use serde::{Deserialize, Serialize};
pub use spool::BULK_MAX;
use spool::Spool;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::{Allowed, ObservationsWrite};
use crate::extract::{Parameters, content_type, path_id};
use crate::problem::{Kind, Problem};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::wire::{Exact, Listed, MomentText, Word, Words};
use crate::writing::{Intent, Reply, write};

type ModeWord = Word<Mode>;
type Note = Words<2000>;
type Source = Words<200>;
type MeasureName = Words<300>;

/// How many observations an array can hold: the shortest, `{"observed_at":"2026-01-01","value":1}` and a comma, takes
/// 39 bytes.
const ROWS_MAX: usize = spool::ARRAY_MAX as usize / 39;
/// Rows that are kept sooner than another thread is woken.
const BRIEF_MAX: usize = 4;

type Observations = Listed<ObservationDocument, ROWS_MAX>;
type MeasureObservations = Listed<MeasureObservationDocument, ROWS_MAX>;

/// What happens to a batch with bad rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// All rows are kept, or none.
    Atomic,
    /// The good rows are kept, the bad ones are reported.
    PerItem,
}
impl Spelled for Mode {
    const NAME: &'static str = "BatchMode";
    const ALL: &'static [Self] = &[Self::Atomic, Self::PerItem];
    fn as_str(self) -> &'static str {
        match self {
            Self::Atomic => "atomic",
            Self::PerItem => "per_item",
        }
    }
}

/// How a batch is recorded.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BatchParameters {
    /// `atomic` where nothing is said.
    mode: Option<ModeWord>,
    /// Why observations of closed outcomes or periods are corrected; kept with them.
    #[validate(length(min = 1, max = 2000))]
    #[param(min_length = 1, max_length = 2000, pattern = r"\S")]
    reason: Option<String>,
    /// Where rows come from that say nothing themselves.
    #[validate(length(min = 1, max = 200))]
    #[param(min_length = 1, max_length = 200, pattern = r"\S")]
    source: Option<String>,
    /// Answers what the write would, and keeps nothing.
    #[serde(default)]
    validate_only: bool,
}

/// An observation as it is sent.
#[derive(Deserialize, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"measure": "sales.revenue", "observed_at": "2026-03-31", "value": 1250000, "segment": {"region": "north"}}))]
pub struct ObservationDocument {
    /// The measure: its id, its key, or `ext:SOURCE:ID`.
    measure: MeasureName,
    /// When it was true; a day means its last microsecond there.
    observed_at: MomentText,
    value: Exact,
    /// Of which part of what is measured; the headline where nothing is said.
    #[serde(default)]
    #[schema(value_type = SegmentMap)]
    segment: std::collections::BTreeMap<String, String>,
    /// What to know about it.
    #[serde(default)]
    note: Option<Note>,
    /// Where it comes from.
    #[serde(default)]
    source: Option<Source>,
}

/// An observation of the measure that the path names.
#[derive(Deserialize, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"observed_at": "2026-03-31", "value": 1250000}))]
pub struct MeasureObservationDocument {
    /// When it was true; a day means its last microsecond there.
    observed_at: MomentText,
    value: Exact,
    /// Of which part of what is measured; the headline where nothing is said.
    #[serde(default)]
    #[schema(value_type = SegmentMap)]
    segment: std::collections::BTreeMap<String, String>,
    /// What to know about it.
    #[serde(default)]
    note: Option<Note>,
    /// Where it comes from.
    #[serde(default)]
    source: Option<Source>,
}

/// One observation, or several, which are kept whole or not at all unless the mode says otherwise.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum ObservationBatch {
    One(ObservationDocument),
    Many(#[schema(inline)] Observations),
}

/// One observation of a measure, or several, which are kept whole or not at all unless the mode says otherwise.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum MeasureObservationBatch {
    One(MeasureObservationDocument),
    Many(#[schema(inline)] MeasureObservations),
}

/// A row that was refused.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RefusedRow {
    /// Its line in NDJSON or CSV (a CSV's header is line 1), its position from 1 in an array.
    #[schema(minimum = 1)]
    pub line: u32,
    /// A stable code.
    #[schema(max_length = 100)]
    pub code: String,
    /// The field, as a JSON Pointer into the row.
    #[schema(max_length = 200)]
    pub pointer: String,
    /// The same for a person.
    #[schema(max_length = 2000)]
    pub detail: String,
}

/// What became of a batch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchResult {
    /// New observations.
    #[schema(minimum = 0)]
    accepted: u64,
    /// Corrections of earlier ones; both stay.
    #[schema(minimum = 0)]
    superseded: u64,
    /// Observations that were known already.
    #[schema(minimum = 0)]
    unchanged: u64,
    /// Rows that a later row of the same batch replaced.
    #[schema(minimum = 0)]
    superseded_in_batch: u64,
    /// Rows that were refused.
    #[schema(minimum = 0)]
    refused_count: u64,
    /// The first 1,000 of them.
    #[schema(max_items = 1000)]
    refused: Vec<RefusedRow>,
    /// The organization's revision after this.
    #[schema(minimum = 0)]
    revision: i64,
}

/// Record observations: one, an array, NDJSON or CSV.
///
/// In CSV the columns are `measure`, `observed_at`, `value` and optionally `note`; every other column is a dimension of
/// the segment, and empty cells are left out. A batch is first reduced to the last row of each measure, segment and
/// instant. The same batch sent again answers all `unchanged` and raises no revision.
#[utoipa::path(tag = "observations", operation_id = "recordObservations", params(BatchParameters),
    request_body(content(
        (ObservationBatch = "application/json"),
        (String = "application/x-ndjson"),
        (String = "text/csv"),
    )),
    responses((status = 200, description = "What became of them.", body = BatchResult)),
    security(("bearer" = ["observations:write"])))]
#[post("/v1/observations")]
async fn record(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<ObservationsWrite>,
    parameters: Parameters<BatchParameters>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    take_in(remit, request, caller, parameters.0, payload, None).await
}

/// Record observations of one measure: one, an array, NDJSON or CSV.
#[utoipa::path(tag = "observations", operation_id = "recordMeasureObservations", params(BatchParameters),
    request_body(content(
        (MeasureObservationBatch = "application/json"),
        (String = "application/x-ndjson"),
        (String = "text/csv"),
    )),
    responses((status = 200, description = "What became of them.", body = BatchResult)),
    security(("bearer" = ["observations:write"])))]
#[post("/v1/measures/{id}/observations")]
async fn record_of_measure(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<ObservationsWrite>,
    id: Path<String>,
    parameters: Parameters<BatchParameters>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let id: MeasureId = path_id(&id)?;
    take_in(remit, request, caller, parameters.0, payload, Some(id)).await
}

/// The forms in which rows arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Ndjson,
    Csv,
}

async fn take_in(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<ObservationsWrite>,
    parameters: BatchParameters,
    payload: web::Payload,
    measure: Option<MeasureId>,
) -> Result<HttpResponse, Problem> {
    let form = match content_type(&request).as_str() {
        "application/json" => Form::Json,
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Form::Ndjson,
        "text/csv" => Form::Csv,
        _ => {
            let detail = "Send application/json, application/x-ndjson or text/csv.";
            return Err(Problem::new(Kind::UnsupportedMediaType, detail));
        }
    };
    let BatchParameters { mode, reason, source, validate_only } = parameters;
    let mode = mode.map_or(Mode::Atomic, |mode| mode.0);
    let encoding = request.headers().get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let spool = Spool::receive(payload, encoding, form).await?;
    let mut intent = Intent::read(&request, &caller, validate_only, spool.digest().as_bytes())?;
    let options = rows::Options { form, source, fixed: measure };
    // A few rows are read sooner than another thread is woken.
    let read = if spool.is_small() {
        rows::read(spool, &options)?
    } else {
        web::block(move || rows::read(spool, &options))
            .await
            .map_err(|_| Problem::new(Kind::Busy, "Too much is being read.").retry_after(1))??
    };
    // Those that were refused have named measures too.
    if read.rows.len() <= BRIEF_MAX && read.measures.len() <= BRIEF_MAX {
        intent = intent.briefly();
    }
    if mode == Mode::Atomic && read.refused_count > 0 {
        return Err(batch::refusal(&read.refused, read.refused_count));
    }
    let who = caller.caller.clone();
    // Counted once it is kept: a body may run again, or be a dry run.
    let kept = Arc::new(AtomicU64::new(0));
    let (counted, is_dry) = (kept.clone(), validate_only);
    let answer = write(&remit, &caller, intent, move |_, tx, _| {
        // A measure that the path names and that is not here is no matter of rows.
        if let Some(id) = measure {
            tx.find(id, When::Present)?.ok_or_else(|| Problem::not_found("measure"))?;
        }
        let result = batch::record(tx, &who, &read, mode, reason.as_deref())?;
        counted.store(result.accepted + result.superseded, Ordering::Relaxed);
        Reply::ok(&result)
    })
    .await?;
    if !is_dry {
        remit.metrics.observations(kept.load(Ordering::Relaxed));
    }
    Ok(answer)
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(record).service(record_of_measure);
}
