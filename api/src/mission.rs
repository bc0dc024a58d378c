//! The mission: what the organization is for; replaced from a date on, never edited.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, put};
use remit_domain::entity::{Kept, Valid};
use remit_domain::mission::{Mission, MissionError};
use remit_domain::time::{Instant, Span};
use remit_persistence::{When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::answer::{Answer, Media, answer, matches_any, tag_etag};
use crate::auth::{Allowed, Caller, OutcomesWrite, Read};
use crate::authorize::within_narrowing;
use crate::extract::{Document, Parameters};
use crate::problem::{Kind, Problem};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::TravelParameters;
use crate::wire::{InstantText, Listed, MomentText, Shown, Words};
use crate::writing::{Intent, Precondition, Reply, WriteParameters, write};

type Statement = Words<2000>;
type Value = Words<200>;
type Values = Listed<Value, 20>;

/// What the organization is for, from a date on.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "statement": "A better and more sustainable future for everyone in the country.",
    "vision": "Nobody is left behind.", "values": ["Evidence before opinion"], "effective_from": "2026-01-01"
}))]
pub struct MissionDocument {
    /// What it does, for whom.
    #[validate(nested)]
    statement: Statement,
    /// What the world looks like when it is done.
    #[validate(nested)]
    #[serde(default)]
    vision: Option<Statement>,
    /// What it holds to, in order.
    #[validate(nested)]
    #[serde(default)]
    values: Values,
    /// From when it is in force: now where nothing is said. A day means its beginning.
    #[validate(nested)]
    #[serde(default)]
    effective_from: Option<MomentText>,
}

/// A mission as it is read.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Mission)]
pub struct MissionFields {
    statement: Statement,
    /// What the world looks like when it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    vision: Option<Statement>,
    /// What it holds to, in order.
    values: Values,
    /// From when it is in force.
    effective_from: InstantText,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_to: Option<InstantText>,
}

/// A mission as it is shown.
pub type MissionView = Shown<Mission, MissionFields>;

/// All missions that there were.
#[derive(Serialize, ToSchema)]
struct MissionHistory {
    /// The missions, latest first.
    #[schema(max_items = 10000)]
    data: Vec<MissionView>,
}

/// A mission as it is shown.
pub fn view(kept: &Kept<Mission>) -> MissionView {
    let Mission { statement, vision, values, effective } = &*kept.value;
    let fields = MissionFields {
        statement: statement.into(),
        vision: vision.as_ref().map(Into::into),
        values: Listed(values.iter().map(Into::into).collect()),
        effective_from: effective.from.into(),
        effective_to: effective.to.map(Into::into),
    };
    Shown::new(kept, fields)
}

fn tag(kept: &Kept<Mission>) -> String {
    format!("{}-{}", kept.id, kept.version)
}

/// Read the mission in force.
#[utoipa::path(tag = "mission", operation_id = "getMission", params(TravelParameters),
    responses((status = 200, description = "The mission.", body = MissionView)), security(("bearer" = ["read"])))]
#[get("/v1/mission")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, travel.0.into(), |_, tx, reading| {
        let missions: Vec<Kept<Mission>> = tx.all(reading.when)?;
        let coming = missions.iter().map(|mission| mission.effective.from).filter(|from| *from > reading.at).min();
        let current = missions.iter().find(|mission| mission.effective.contains(reading.at));
        let current = current.ok_or_else(|| Problem::not_found("mission"))?;
        Ok(Answer::json(&view(current))?.tagged(tag(current)).until(coming.unwrap_or(Instant::END)))
    })
    .await
}

/// Replace the mission from a date on; the one before ends there and stays in the history.
#[utoipa::path(tag = "mission", operation_id = "replaceMission", request_body = MissionDocument,
    responses((status = 201, description = "The new mission.", body = MissionView)),
    security(("bearer" = ["outcomes:write"])))]
#[put("/v1/mission")]
async fn replace(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let document: MissionDocument = body.read()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let narrowed = !caller.teams.is_empty() || !caller.measures.is_empty();
    write(&remit, &caller, intent, move |remit, tx, intent| {
        if narrowed {
            return Err(Problem::new(Kind::Forbidden, "This credential is narrowed; the mission is beyond it."));
        }
        let kept = replace_in(tx, &document, |last| {
            let matches = match (&intent.precondition, last) {
                (Precondition::None, _) | (Precondition::Absent, None) => true,
                (Precondition::Absent, Some(_)) | (Precondition::Match(_), None) => false,
                (Precondition::Match(tags), Some(last)) => matches_any(tags, &tag_etag(remit, &tag(last))),
            };
            let stale = || Problem::new(Kind::PreconditionFailed, "The mission is not the one that you have read.");
            if matches { Ok(()) } else { Err(stale()) }
        })?;
        Ok(Reply::created("/v1/mission", &view(&kept))?.etag(tag_etag(remit, &tag(&kept))))
    })
    .await
}

/// Replaces the mission in a write under way.
///
/// # Errors
/// What `check` says of the one before, or 409 when the new one would begin before it.
pub fn replace_in(
    tx: &mut WriteTx<'_>,
    document: &MissionDocument,
    check: impl FnOnce(Option<&Kept<Mission>>) -> Result<(), Problem>,
) -> Result<Kept<Mission>, Problem> {
    let from = match begins(tx, document)? {
        Some(from) => from,
        None => tx.now(),
    };
    let missions: Vec<Kept<Mission>> = tx.all(When::Present)?;
    let last = missions.into_iter().max_by_key(|mission| mission.effective.from);
    check(last.as_ref())?;
    if let Some(last) = last {
        let closed = Span::new(last.effective.from, Some(from)).ok_or(MissionError::BeforePredecessor)?;
        let mut value = last.value.clone().into_inner();
        value.effective = closed;
        tx.change(last, Valid::new(value)?, "ended", None)?;
    }
    Ok(tx.create(Valid::new(value(document, from)?)?, None, None)?)
}

/// Replaces the mission in a write under way, unless there is one that says the same from the same date on.
///
/// # Errors
/// As [`replace_in`], and 403 for a credential that is narrowed.
pub fn ensure_in(tx: &mut WriteTx<'_>, caller: &Caller, document: &MissionDocument) -> Result<(), Problem> {
    within_narrowing(caller, None)?;
    let from = begins(tx, document)?;
    let missions: Vec<Kept<Mission>> = tx.all(When::Present)?;
    for known in missions {
        let Mission { statement, vision, values, effective } = value(document, from.unwrap_or(known.effective.from))?;
        let same_words = (&statement, &vision, &values) == (&known.statement, &known.vision, &known.values);
        if same_words && effective.from == known.effective.from {
            return Ok(());
        }
    }
    replace_in(tx, document, |_| Ok(())).map(|_| ())
}

/// From when a document says that it is in force.
fn begins(tx: &mut WriteTx<'_>, document: &MissionDocument) -> Result<Option<Instant>, Problem> {
    let now = tx.now();
    let organization = tx.organization(When::Present)?;
    let zone = organization.zone_at(now);
    document.effective_from.as_ref().map(|moment| Ok(moment.moment()?.start(zone))).transpose()
}

fn value(document: &MissionDocument, from: Instant) -> Result<Mission, Problem> {
    Ok(Mission {
        statement: document.statement.text()?,
        vision: document.vision.as_ref().map(Words::text).transpose()?,
        values: document.values.0.iter().map(Words::text).collect::<Result<_, _>>()?,
        effective: Span { from, to: None },
    })
}

/// Read every mission that there was, latest first.
#[utoipa::path(tag = "mission", operation_id = "getMissionHistory", params(TravelParameters),
    responses((status = 200, description = "The missions.", body = MissionHistory)), security(("bearer" = ["read"])))]
#[get("/v1/mission/history")]
async fn history(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, travel.0.into(), |_, tx, reading| {
        let mut missions: Vec<Kept<Mission>> = tx.all(reading.when)?;
        missions.retain(|mission| !reading.is_past || mission.effective.from <= reading.at);
        missions.sort_by_key(|mission| std::cmp::Reverse(mission.effective.from));
        Answer::json(&MissionHistory { data: missions.iter().map(view).collect() })
    })
    .await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(read).service(replace).service(history);
}
