//! Steps: how a briefing is published, and what its readers do with it.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use remit_domain::briefing::{Acknowledgement, Briefing, BriefingId, BriefingSubject, ReceiptState};
use remit_domain::entity::{Kept, Valid};
use remit_domain::person::{Person, PersonId};
use remit_persistence::{When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::wire::{BriefingView, in_force};
use crate::auth::{Allowed, Caller, OutcomesWrite, Read};
use crate::authorize::{for_whom, may_brief};
use crate::extract::{OptionalDocument, Parameters, path_id};
use crate::problem::Problem;
use crate::resource::{Resource, missing, shown};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::wire::{Choice, IdText, InstantText, Word};
use crate::writing::{Intent, Reply, WriteParameters, write};

type BriefingIdText = IdText<Briefing>;
type PersonIdText = IdText<Person>;
type ReceiptStateWord = Word<ReceiptState>;

/// Publish a briefing: its readers are all whom its audience reaches now, and they stay so.
///
/// A person publishes to those whom they lead: members of their teams, those who report to them, and those who have a
/// part in an outcome that they may change. An admin, and a credential that speaks for no one, publish to everyone.
#[utoipa::path(tag = "briefings", operation_id = "publishBriefing",
    responses((status = 200, description = "The briefing, published.", body = BriefingView)),
    security(("bearer" = ["outcomes:write"])))]
#[post("/v1/briefings/{id}/publish")]
async fn publish(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    let id: BriefingId = path_id(&id)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &[])?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let draft = tx.get(id, When::Present).map_err(missing::<Briefing>)?;
        intent.accept_match(remit, draft.version)?;
        let after = publish_in(tx, &who, draft)?;
        Ok(Reply::ok(&shown(&after, who.eyes()))?.version(remit, after.version))
    })
    .await
}

/// Publishes a briefing in a write under way.
fn publish_in(tx: &mut WriteTx<'_>, who: &Caller, draft: Kept<Briefing>) -> Result<Kept<Briefing>, Problem> {
    Briefing::authorize(tx, who, Some(&draft), Some(&draft))?;
    draft.check_draft()?;
    let subject = match draft.subject {
        BriefingSubject::Mission(_) => in_force(tx)?,
        other @ (BriefingSubject::Outcome(_) | BriefingSubject::Role(_) | BriefingSubject::Free) => other,
    };
    let now = tx.now();
    let picture = tx.picture(now, When::Present)?;
    let published = draft.publish(&picture, subject)?;
    may_brief(tx, who, &picture, &published)?;
    Ok(tx.publish_briefing(draft, Valid::new(published)?)?)
}

/// Who has seen a briefing.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct BriefingSight {
    /// Who has seen it, where the credential speaks for no one; needs `people:write`.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person_id: Option<PersonIdText>,
}

/// For whom a briefing is acknowledged, and how its question is answered.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"answer": 1}))]
pub struct BriefingAcknowledgement {
    /// Who acknowledges it, where the credential speaks for no one; needs `people:write`.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person_id: Option<PersonIdText>,
    /// The position of the answer among the choices, from 0; needed where it asks a question. The first answer stands.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<Choice>,
}

/// What a reader has done with a briefing.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = BriefingReceipt)]
struct ReceiptView {
    briefing_id: BriefingIdText,
    person_id: PersonIdText,
    /// How far the reader has come.
    state: ReceiptStateWord,
    /// When it was seen first.
    seen_at: InstantText,
    /// When it was acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged_at: Option<InstantText>,
    /// Whether the first answer to its question was right; absent in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    correct: Option<bool>,
}

impl ReceiptView {
    fn of(receipt: &Acknowledgement) -> Self {
        let Acknowledgement { briefing, person, seen_at, acknowledged_at, correct } = *receipt;
        Self {
            briefing_id: briefing.into(),
            person_id: person.into(),
            state: Word(receipt.state()),
            seen_at: seen_at.into(),
            acknowledged_at: acknowledged_at.map(Into::into),
            correct,
        }
    }
}

/// Note that one of its readers has seen a briefing; once more is the same as once.
#[utoipa::path(tag = "briefings", operation_id = "seeBriefing", request_body = Option<BriefingSight>,
    responses((status = 200, description = "What the reader has done with it.", body = ReceiptView)),
    security(("bearer" = ["read"])))]
#[post("/v1/briefings/{id}/see")]
async fn see(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: OptionalDocument,
) -> Result<HttpResponse, Problem> {
    let id: BriefingId = path_id(&id)?;
    let BriefingSight { person_id } = body.read()?;
    let named = person_id.as_ref().map(IdText::id).transpose()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, body.bytes())?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |_, tx, _| {
        let (_, receipt) = receipt_in(tx, &who, id, named)?;
        Reply::ok(&ReceiptView::of(&receipt.value))
    })
    .await
}

/// Acknowledge a briefing as one of its readers, with an answer where it asks a question; once more is the same as once.
#[utoipa::path(tag = "briefings", operation_id = "acknowledgeBriefing",
    request_body = Option<BriefingAcknowledgement>,
    responses((status = 200, description = "What the reader has done with it.", body = ReceiptView)),
    security(("bearer" = ["read"])))]
#[post("/v1/briefings/{id}/acknowledge")]
async fn acknowledge(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: OptionalDocument,
) -> Result<HttpResponse, Problem> {
    let id: BriefingId = path_id(&id)?;
    let BriefingAcknowledgement { person_id, answer } = body.read()?;
    let named = person_id.as_ref().map(IdText::id).transpose()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, body.bytes())?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |_, tx, intent| {
        let (briefing, receipt) = receipt_in(tx, &who, id, named)?;
        let known = receipt.correct;
        let now = tx.now();
        let after = receipt.acknowledge(&briefing, answer.map(Choice::position), now)?;
        let after = tx.change(receipt, Valid::new(after)?, "acknowledged", None)?;
        // The first answer stands: one that is not given yet is not judged, or it could be guessed at leisure.
        let correct = if intent.validate_only { known } else { after.correct };
        Reply::ok(&ReceiptView { correct, ..ReceiptView::of(&after.value) })
    })
    .await
}

/// A published briefing and what one of its readers has done with it: at the least, seen it now.
fn receipt_in(
    tx: &mut WriteTx<'_>,
    who: &Caller,
    id: BriefingId,
    named: Option<PersonId>,
) -> Result<(Kept<Briefing>, Kept<Acknowledgement>), Problem> {
    let briefing = tx.get(id, When::Present).map_err(missing::<Briefing>)?;
    let person = for_whom(tx, who, named)?;
    let known = tx.acknowledgements_by(person, When::Present)?;
    if let Some(receipt) = known.into_iter().find(|receipt| receipt.briefing == id) {
        return Ok((briefing, receipt));
    }
    let now = tx.now();
    let seen = Acknowledgement::seen(id, &briefing, person, now)?;
    let receipt = tx.create(Valid::new(seen)?, None, None)?;
    Ok((briefing, receipt))
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(publish).service(see).service(acknowledge);
}
