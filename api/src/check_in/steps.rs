//! Steps: how a check-in is published, and acknowledged by who is to have read it.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use remit_domain::accountability::who_answers;
use remit_domain::alignment::{AlignmentKind, AlignmentParent};
use remit_domain::check_in::{CheckIn, CheckInId};
use remit_domain::entity::{Kept, Valid};
use remit_domain::outcome::Outcome;
use remit_domain::person::{Person, PersonId};
use remit_domain::responsibility::Object;
use remit_domain::team::MembershipPart;
use remit_domain::time::Instant;
use remit_persistence::{When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::wire::CheckInView;
use super::{must_be_pursued, snapshot};
use crate::auth::{Allowed, Caller, OutcomesWrite, Read};
use crate::authorize::{for_whom, may_change_outcome};
use crate::extract::{OptionalDocument, Parameters, path_id};
use crate::problem::Problem;
use crate::resource::{missing, shown};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::wire::IdText;
use crate::writing::{Intent, Reply, WriteParameters, write};

type PersonIdText = IdText<Person>;

/// For whom a check-in is acknowledged.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct CheckInAcknowledgement {
    /// Who acknowledges it, where the credential speaks for no one; needs `people:write`.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person_id: Option<PersonIdText>,
}

/// Publish a check-in: with what the numbers say now, for ever; who is to acknowledge it is fixed.
#[utoipa::path(tag = "check-ins", operation_id = "publishCheckIn",
    responses((status = 200, description = "The check-in, published.", body = CheckInView)),
    security(("bearer" = ["outcomes:write"])))]
#[post("/v1/check-ins/{id}/publish")]
async fn publish(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    let id: CheckInId = path_id(&id)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &[])?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let draft = tx.get(id, When::Present).map_err(missing::<CheckIn>)?;
        intent.accept_match(remit, draft.version)?;
        let after = publish_in(tx, &who, draft)?;
        Ok(Reply::ok(&shown(&after, who.eyes()))?.version(remit, after.version))
    })
    .await
}

/// Publishes a check-in in a write under way.
fn publish_in(tx: &mut WriteTx<'_>, who: &Caller, draft: Kept<CheckIn>) -> Result<Kept<CheckIn>, Problem> {
    let outcome = tx.get(draft.outcome, When::Present)?;
    may_change_outcome(tx, who, &outcome)?;
    draft.check_draft()?;
    must_be_pursued(&outcome)?;
    let last = tx.last_check_in(outcome.id)?;
    let now = tx.now();
    let today = tx.organization(When::Present)?.day_of(now);
    let reviewer = match draft.reviewer {
        Some(reviewer) => Some(reviewer),
        None => reviewer(tx, who.person, &outcome, now)?,
    };
    let snapshot = snapshot(tx, outcome.id, last.as_ref())?;
    let published = draft.publish((now, today), who.person, reviewer, snapshot)?;
    Ok(tx.change(draft, Valid::new(published)?, "published", None)?)
}

/// Who is to acknowledge a check-in for which nobody was named: the manager of the author, or of who answers where the
/// author is no one; else who answers for an outcome to which this one contributes; else a lead of its team. Never the
/// author, and nobody who is not there any more.
fn reviewer(
    tx: &mut WriteTx<'_>,
    author: Option<PersonId>,
    outcome: &Kept<Outcome>,
    at: Instant,
) -> Result<Option<PersonId>, Problem> {
    let answering = |tx: &mut WriteTx<'_>, id| -> Result<Option<PersonId>, Problem> {
        let picture = tx.who_stands_for(Object::Outcome(id), at, When::Present)?;
        Ok(who_answers(&picture, id, at).ok().map(|answer| answer.person))
    };
    let answers = answering(tx, outcome.id)?;
    let author = author.or(answers);
    let mut candidates: Vec<PersonId> = Vec::new();
    if let Some(author) = author {
        candidates.extend(tx.find(author, When::Present)?.and_then(|person| person.manager));
    }
    for alignment in tx.parents_of(outcome.id, When::Present)? {
        if let (AlignmentKind::Contributes, AlignmentParent::Outcome(parent)) = (alignment.kind, alignment.parent) {
            candidates.extend(answering(tx, parent)?);
        }
    }
    if let Some(team) = outcome.team {
        let leads = tx.memberships_of_team(team, When::Present)?;
        let leads = leads.iter().filter(|one| one.part == MembershipPart::Lead && one.during.contains(at));
        candidates.extend(leads.map(|one| one.person));
    }
    for candidate in candidates.into_iter().filter(|candidate| Some(*candidate) != author) {
        if tx.find(candidate, When::Present)?.is_some_and(|person| person.active) {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

/// Acknowledge a check-in as its reviewer; once more is the same as once.
#[utoipa::path(tag = "check-ins", operation_id = "acknowledgeCheckIn", request_body = Option<CheckInAcknowledgement>,
    responses((status = 200, description = "The check-in, acknowledged.", body = CheckInView)),
    security(("bearer" = ["read"])))]
#[post("/v1/check-ins/{id}/acknowledge")]
async fn acknowledge(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: OptionalDocument,
) -> Result<HttpResponse, Problem> {
    let id: CheckInId = path_id(&id)?;
    let CheckInAcknowledgement { person_id } = body.read()?;
    let named = person_id.as_ref().map(IdText::id).transpose()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, body.bytes())?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let before = tx.get(id, When::Present).map_err(missing::<CheckIn>)?;
        intent.accept_match(remit, before.version)?;
        let by = for_whom(tx, &who, named)?;
        let now = tx.now();
        let after = Valid::new(before.acknowledge(by, now)?)?;
        let after = tx.change(before, after, "acknowledged", None)?;
        Ok(Reply::ok(&shown(&after, who.eyes()))?.version(remit, after.version))
    })
    .await
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(publish).service(acknowledge);
}
