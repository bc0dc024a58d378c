//! Briefings: what people are told, to whom, and who has read and understood it.

mod audience;
mod list;
pub mod markdown;
mod steps;
pub mod wire;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
pub use markdown::harmless_html;
use remit_domain::briefing::Briefing;
use remit_domain::credential::Scope;
use remit_domain::entity::{Kept, Valid};
use remit_persistence::WriteTx;
use wire::{BriefingDocument, BriefingFields, BriefingPatch, BriefingView};

use crate::auth::{Allowed, Caller, Eyes, OutcomesWrite, Read};
use crate::authorize::within_audience;
use crate::extract::{Document, Parameters};
use crate::problem::{Kind, Problem};
use crate::resource::{self, Resource};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::TravelParameters;
use crate::writing::{Intent, WriteParameters, write};

impl Resource for Briefing {
    type Document = BriefingDocument;
    type View = BriefingFields;
    const PATH: &'static str = "/v1/briefings";

    fn document(kept: &Kept<Self>, _: Eyes) -> BriefingDocument {
        BriefingDocument::of(kept)
    }
    fn view(kept: &Kept<Self>, _: Eyes) -> BriefingFields {
        wire::fields(kept)
    }
    fn value(
        document: &BriefingDocument,
        tx: &mut WriteTx<'_>,
        before: Option<&Kept<Self>>,
    ) -> Result<Valid<Self>, Problem> {
        if let Some(before) = before {
            before.check_draft()?;
        }
        Ok(Valid::new(document.draft(tx, before)?)?)
    }
    /// Who wrote it may change it; so may an admin, and a credential of no one what it wrote itself.
    fn authorize(
        _: &mut WriteTx<'_>,
        caller: &Caller,
        before: Option<&Kept<Self>>,
        after: Option<&Self>,
    ) -> Result<(), Problem> {
        if let Some(after) = after {
            within_audience(caller, &after.audience)?;
        }
        let Some(before) = before else { return Ok(()) };
        let is_own = match before.author {
            Some(author) => caller.person == Some(author),
            None => before.created_by == caller.actor,
        };
        if is_own || caller.scopes.allow(Scope::Admin) {
            return Ok(());
        }
        Err(Problem::new(Kind::Forbidden, "A draft is changed, published and deleted by who wrote it."))
    }
    fn before_delete(_: &mut WriteTx<'_>, kept: &Kept<Self>) -> Result<(), Problem> {
        Ok(kept.check_draft()?)
    }
}

/// Begin a briefing: a draft, which reaches nobody yet.
#[utoipa::path(tag = "briefings", operation_id = "createBriefing", request_body = BriefingDocument,
    responses((status = 201, description = "The draft.", body = BriefingView)),
    security(("bearer" = ["outcomes:write"])))]
#[post("/v1/briefings")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let document: BriefingDocument = body.read()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, _| {
        let draft = Briefing { author: who.person, ..Briefing::value(&document, tx, None)?.into_inner() };
        Briefing::authorize(tx, &who, None, Some(&draft))?;
        let kept = tx.create(Valid::new(draft)?, None, None)?;
        resource::reply_created(remit, &kept, who.eyes())
    })
    .await
}

/// Read a briefing.
#[utoipa::path(tag = "briefings", operation_id = "getBriefing", params(TravelParameters),
    responses((status = 200, description = "The briefing.", body = BriefingView)), security(("bearer" = ["read"])))]
#[get("/v1/briefings/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    resource::get::<Briefing>(&remit, &request, &caller, &id, travel.0.into()).await
}

/// Change a draft. What has been published stays as it is.
#[utoipa::path(tag = "briefings", operation_id = "updateBriefing",
    request_body(content = BriefingPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The draft.", body = BriefingView)),
    security(("bearer" = ["outcomes:write"])))]
#[patch("/v1/briefings/{id}")]
async fn change(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::change::<Briefing>(&remit, &request, &caller, &id, parameters.0.validate_only, &body).await
}

/// Delete a draft.
#[utoipa::path(tag = "briefings", operation_id = "deleteBriefing",
    responses((status = 204, description = "It is gone from now on.")),
    security(("bearer" = ["outcomes:write"])))]
#[delete("/v1/briefings/{id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    resource::delete::<Briefing>(&remit, &request, &caller, &id, parameters.0.validate_only).await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(create).service(read).service(change).service(remove);
    service.configure(list::operations).configure(audience::operations);
    service.configure(steps::operations).configure(markdown::operations);
}
