//! Outcomes: what is to be different, by when, and where that stands.

pub mod draft;
pub mod list;
pub mod parents;
pub mod progress;
pub mod steps;
pub mod wire;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put};
use remit_domain::entity::{Kept, Valid};
use remit_domain::outcome::{DeleteError, Outcome, OutcomeState, check_delete, check_due_change};
use remit_domain::period::Period;
use remit_domain::responsibility::Object;
use remit_domain::text::Statement;
use remit_domain::time::Instant;
use remit_persistence::{When, WriteTx};
use wire::{OutcomeDocument, OutcomeFields, OutcomePatch, OutcomeView};

use crate::auth::{Allowed, Caller, Eyes, OutcomesWrite, Read};
use crate::authorize::{may_change_outcome, may_create_outcome};
use crate::extract::{Document, Parameters};
use crate::problem::{Kind, Problem};
use crate::resource::{self, Resource};
use crate::responsibility;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::TravelParameters;
use crate::writing::WriteParameters;

impl Resource for Outcome {
    type Document = OutcomeDocument;
    type View = OutcomeFields;
    const PATH: &'static str = "/v1/outcomes";

    fn document(kept: &Kept<Self>, _: Eyes) -> OutcomeDocument {
        OutcomeDocument::of(kept)
    }
    fn view(kept: &Kept<Self>, _: Eyes) -> OutcomeFields {
        OutcomeFields::of(kept)
    }
    fn value(
        document: &OutcomeDocument,
        tx: &mut WriteTx<'_>,
        before: Option<&Kept<Self>>,
    ) -> Result<Valid<Self>, Problem> {
        let value = document.value(tx, before)?;
        let period = value.period.map(|period| tx.get(period, When::Present)).transpose()?;
        if let Some(period) = &period {
            value.check_period(period)?;
        }
        let of = |period: &Option<Kept<Period>>| period.as_ref().map(|period| (*period.value).clone());
        if value
            .start(of(&period).as_ref())
            .zip(value.due(of(&period).as_ref()))
            .is_some_and(|(start, due)| due < start)
        {
            return Err(remit_domain::outcome::OutcomeError::DueBeforeStart.into());
        }
        if let Some(before) = before {
            let old = before.period.map(|period| tx.get(period, When::Present)).transpose()?;
            let reason = document.reason()?;
            check_due_change((before, of(&old).as_ref()), (&value, of(&period).as_ref()), reason.as_ref()).map_err(
                |_| {
                    Problem::new(Kind::ReasonRequired, "The due date of an active outcome changes only with a reason.")
                        .at("/change_reason", "required", "says why the due date changes")
                },
            )?;
            if before.state == OutcomeState::Active && value.frame(of(&period).as_ref()).is_none() {
                return Err(Problem::field("/due_on", "required", "an active outcome has a first and a last day"));
            }
        }
        Ok(value)
    }
    fn authorize(
        tx: &mut WriteTx<'_>,
        caller: &Caller,
        before: Option<&Kept<Self>>,
        after: Option<&Self>,
    ) -> Result<(), Problem> {
        if let Some(before) = before {
            may_change_outcome(tx, caller, before)?;
        }
        // A narrowed credential neither makes outcomes outside its teams nor moves them there.
        after.map_or(Ok(()), |after| may_create_outcome(caller, after))
    }
    /// Its time frame says since when it is aimed for.
    fn holds_from(value: &Self, tx: &mut WriteTx<'_>) -> Result<Option<Instant>, Problem> {
        let now = tx.now();
        let period = value.period.map(|period| tx.get(period, When::Present)).transpose()?;
        let organization = tx.organization(When::Present)?;
        let start = value.start_on.or(period.map(|period| period.start_on));
        Ok(start.map(|day| organization.zone_at(now).start_of(day)))
    }
    fn reason(document: &OutcomeDocument) -> Result<Option<Statement>, Problem> {
        document.reason()
    }
    /// I1 and I3 hold over the time frame, so a new first day may open a gap.
    fn settle(tx: &mut WriteTx<'_>, before: Option<&Kept<Self>>, after: &Kept<Self>) -> Result<(), Problem> {
        if before.is_some() && after.state == OutcomeState::Active {
            responsibility::check(tx, Object::Outcome(after.id))?;
        }
        Ok(())
    }
    fn before_delete(_: &mut WriteTx<'_>, kept: &Kept<Self>) -> Result<(), Problem> {
        check_delete(kept.state, false).map_err(|error| match error {
            DeleteError::Active => Problem::new(Kind::Transition, "An active outcome is cancelled, not deleted."),
            DeleteError::HasDependents => Problem::new(Kind::HasDependents, "Others refer to it."),
        })
    }
}

/// Create an outcome, as a draft.
#[utoipa::path(tag = "outcomes", operation_id = "createOutcome", request_body = OutcomeDocument,
    responses((status = 201, description = "The outcome.", body = OutcomeView)),
    security(("bearer" = ["outcomes:write"])))]
#[post("/v1/outcomes")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::create::<Outcome>(&remit, &request, &caller, parameters.0.validate_only, &body).await
}

/// Read an outcome.
#[utoipa::path(tag = "outcomes", operation_id = "getOutcome", params(TravelParameters),
    responses((status = 200, description = "The outcome.", body = OutcomeView)), security(("bearer" = ["read"])))]
#[get("/v1/outcomes/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    resource::get::<Outcome>(&remit, &request, &caller, &id, travel.0.into()).await
}

/// Change an outcome; the due date of an active one only with a reason.
#[utoipa::path(tag = "outcomes", operation_id = "updateOutcome",
    request_body(content = OutcomePatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The outcome.", body = OutcomeView)),
    security(("bearer" = ["outcomes:write"])))]
#[patch("/v1/outcomes/{id}")]
async fn change(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::change::<Outcome>(&remit, &request, &caller, &id, parameters.0.validate_only, &body).await
}

/// Delete an outcome that is not active and that nothing refers to.
#[utoipa::path(tag = "outcomes", operation_id = "deleteOutcome",
    responses((status = 204, description = "It is gone from now on.")),
    security(("bearer" = ["outcomes:write"])))]
#[delete("/v1/outcomes/{id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    resource::delete::<Outcome>(&remit, &request, &caller, &id, parameters.0.validate_only).await
}

/// Create or change an outcome by another system's id.
#[utoipa::path(tag = "outcomes", operation_id = "upsertOutcome", request_body = OutcomeDocument,
    responses(
        (status = 200, description = "The outcome, changed.", body = OutcomeView),
        (status = 201, description = "The outcome, made or brought back.", body = OutcomeView),
    ), security(("bearer" = ["outcomes:write"])))]
#[put("/v1/outcomes/external/{source}/{external_id}")]
async fn upsert(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let names = (path.0.as_str(), path.1.as_str());
    resource::upsert::<Outcome>(&remit, &request, &caller, names, parameters.0.validate_only, &body).await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    // First, since its path looks like an outcome's.
    service.configure(draft::operations);
    service.service(create).service(read).service(change).service(remove).service(upsert);
    service.configure(list::operations).configure(steps::operations);
    service.configure(parents::operations).configure(progress::operations);
}
