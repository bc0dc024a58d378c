//! Check-ins: what humans say of an outcome, beside what its numbers said at that moment.

mod due;
mod list;
mod steps;
pub mod wire;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use remit_domain::assessment::Assessment;
use remit_domain::check_in::{CheckIn, CheckInError, Snapshot};
use remit_domain::entity::{Kept, Valid};
use remit_domain::outcome::{Outcome, OutcomeId, OutcomeState};
use remit_domain::time::{Day, plus_days};
use remit_persistence::{When, WriteTx};
use wire::{CheckInDocument, CheckInFields, CheckInPatch, CheckInView};

use crate::auth::{Allowed, Caller, Eyes, OutcomesWrite, Read};
use crate::authorize::may_change_outcome;
use crate::extract::{Document, Parameters, path_id};
use crate::problem::{Kind, Problem};
use crate::resource::{self, Resource, create_in, reference};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::TravelParameters;
use crate::wire::{DayText, IdText, Words};
use crate::writing::{Intent, WriteParameters, write};

impl Resource for CheckIn {
    type Document = CheckInDocument;
    type View = CheckInFields;
    const PATH: &'static str = "/v1/check-ins";

    fn document(kept: &Kept<Self>, _: Eyes) -> CheckInDocument {
        CheckInDocument::of(kept)
    }
    fn view(kept: &Kept<Self>, _: Eyes) -> CheckInFields {
        CheckInFields::of(kept)
    }
    fn value(
        document: &CheckInDocument,
        tx: &mut WriteTx<'_>,
        before: Option<&Kept<Self>>,
    ) -> Result<Valid<Self>, Problem> {
        let outcome = document.outcome_id.as_ref().map(IdText::id).transpose()?;
        let outcome = outcome.or(before.map(|before| before.outcome));
        let outcome = outcome.ok_or_else(|| Problem::field("/outcome_id", "required", "is missing"))?;
        if before.is_some_and(|before| before.outcome != outcome) {
            return Err(Problem::field("/outcome_id", "fixed", "a check-in stays with its outcome"));
        }
        if let Some(before) = before {
            before.check_draft()?;
        }
        let outcome = reference(tx, outcome, "/outcome_id")?;
        must_be_pursued(&outcome)?;
        let reviewer = document.reviewer_id.as_ref().map(IdText::id).transpose()?;
        if let Some(reviewer) = reviewer {
            reference(tx, reviewer, "/reviewer_id")?;
        }
        let last = tx.last_check_in(outcome.id)?;
        let (from_on, to_on) = days(document, tx, &outcome, last.as_ref())?;
        let snapshot = snapshot(tx, outcome.id, last.as_ref())?;
        // A draft that says the same of the same numbers is the same draft.
        let unmoved = before.map(|before| &before.snapshot);
        let unmoved =
            unmoved.filter(|before| Snapshot { taken_at: snapshot.taken_at, ..(*before).clone() } == snapshot);
        Ok(Valid::new(Self {
            outcome: outcome.id,
            from_on,
            to_on,
            reported_status: document.reported_status.map(|word| word.0),
            confidence: document.confidence.map(|share| share.0),
            changed: document.changed.as_ref().map(Words::text).transpose()?,
            blockers: document.blockers.as_ref().map(Words::text).transpose()?,
            next_steps: document.next_steps.as_ref().map(Words::text).transpose()?,
            author: None,
            reviewer,
            published_at: None,
            acknowledged_at: None,
            snapshot: unmoved.cloned().unwrap_or(snapshot),
        })?)
    }
    fn authorize(
        tx: &mut WriteTx<'_>,
        caller: &Caller,
        before: Option<&Kept<Self>>,
        after: Option<&Self>,
    ) -> Result<(), Problem> {
        let Some(outcome) = before.map(|before| before.outcome).or(after.map(|after| after.outcome)) else {
            return Ok(());
        };
        let outcome = tx.get(outcome, When::Present)?;
        may_change_outcome(tx, caller, &outcome)
    }
    fn before_delete(_: &mut WriteTx<'_>, kept: &Kept<Self>) -> Result<(), Problem> {
        Ok(kept.check_draft()?)
    }
}

fn must_be_pursued(outcome: &Outcome) -> Result<(), Problem> {
    match outcome.state {
        OutcomeState::Active => Ok(()),
        OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Closed | OutcomeState::Cancelled => {
            let detail = format!("An outcome that is {} is not checked in.", outcome.state);
            Err(Problem::new(Kind::Transition, detail))
        }
    }
}

/// The days that a check-in covers.
fn days(
    document: &CheckInDocument,
    tx: &mut WriteTx<'_>,
    outcome: &Kept<Outcome>,
    last: Option<&Kept<CheckIn>>,
) -> Result<(Day, Day), Problem> {
    let now = tx.now();
    let organization = tx.organization(When::Present)?;
    let today = organization.day_of(now);
    let to_on = document.to_on.as_ref().map(DayText::day).transpose()?.unwrap_or(today);
    let from_on = match document.from_on.as_ref().map(DayText::day).transpose()? {
        Some(from_on) => from_on,
        None => {
            let period = outcome.period.map(|period| tx.find(period, When::Present)).transpose()?.flatten();
            let began_on = outcome.start(period.as_ref().map(|period| &*period.value));
            let after_last = last.map(|last| plus_days(last.to_on, 1));
            // Twice on one day is allowed, and covers that day.
            after_last.or(began_on).unwrap_or(to_on).min(to_on)
        }
    };
    if to_on > today {
        return Err(CheckInError::InTheFuture.into());
    }
    Ok((from_on, to_on))
}

/// What the numbers of an outcome say now.
fn snapshot(tx: &mut WriteTx<'_>, outcome: OutcomeId, last: Option<&Kept<CheckIn>>) -> Result<Snapshot, Problem> {
    let now = tx.now();
    let picture = tx.excerpt(&[outcome], now, When::Present)?;
    let assessment = Assessment::of(&picture);
    Snapshot::of(&picture, &assessment, outcome, last.map(|last| &last.snapshot))
        .ok_or_else(|| Problem::not_found("outcome"))
}

/// Begin a check-in of an outcome: a draft, with what the numbers say beside what they said the last time.
#[utoipa::path(tag = "check-ins", operation_id = "createCheckIn", request_body = CheckInDocument,
    responses((status = 201, description = "The draft.", body = CheckInView)),
    security(("bearer" = ["outcomes:write"])))]
#[post("/v1/outcomes/{id}/check-ins")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let outcome: OutcomeId = path_id(&id)?;
    let document: CheckInDocument = body.read::<CheckInDocument>()?.in_outcome(outcome)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, _| {
        tx.find(outcome, When::Present)?.ok_or_else(|| Problem::not_found("outcome"))?;
        let kept = create_in::<CheckIn>(tx, &who, &document, None)?;
        resource::reply_created(remit, &kept, who.eyes())
    })
    .await
}

/// Read a check-in.
#[utoipa::path(tag = "check-ins", operation_id = "getCheckIn", params(TravelParameters),
    responses((status = 200, description = "The check-in.", body = CheckInView)), security(("bearer" = ["read"])))]
#[get("/v1/check-ins/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    resource::get::<CheckIn>(&remit, &request, &caller, &id, travel.0.into()).await
}

/// Change a draft; its numbers are taken again. What has been published stays as it is.
#[utoipa::path(tag = "check-ins", operation_id = "updateCheckIn",
    request_body(content = CheckInPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The draft.", body = CheckInView)),
    security(("bearer" = ["outcomes:write"])))]
#[patch("/v1/check-ins/{id}")]
async fn change(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::change::<CheckIn>(&remit, &request, &caller, &id, parameters.0.validate_only, &body).await
}

/// Delete a draft.
#[utoipa::path(tag = "check-ins", operation_id = "deleteCheckIn",
    responses((status = 204, description = "It is gone from now on.")),
    security(("bearer" = ["outcomes:write"])))]
#[delete("/v1/check-ins/{id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    resource::delete::<CheckIn>(&remit, &request, &caller, &id, parameters.0.validate_only).await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    // First, since its path looks like a check-in's.
    service.configure(due::operations);
    service.service(create).service(read).service(change).service(remove);
    service.configure(list::operations).configure(steps::operations);
}
