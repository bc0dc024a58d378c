//! Comments: what people say to an outcome or to a check-in.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use remit_domain::check_in::{CheckIn, CheckInId};
use remit_domain::comment::{Comment, CommentSubject};
use remit_domain::credential::Scope;
use remit_domain::entity::{Kept, Valid};
use remit_domain::outcome::{Outcome, OutcomeId};
use remit_domain::person::Person;
use remit_domain::time::Instant;
use remit_persistence::{When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::{Allowed, Caller, Eyes, OutcomesWrite, Read};
use crate::authorize::within_narrowing;
use crate::extract::{Document, Parameters, path_id};
use crate::problem::{Kind, Problem};
use crate::resource::{self, Listing, Resource};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::{Travel, TravelParameters};
use crate::wire::{IdText, MergePatch, MomentText, Shown, With, Words};
use crate::writing::{Intent, WriteParameters, write};

type Prose = Words<10000>;
type OutcomeIdText = IdText<Outcome>;
type CheckInIdText = IdText<CheckIn>;
type PersonIdText = IdText<Person>;

/// What is said.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"body": "Leeds has answered: the permit comes in May."}))]
pub struct CommentDocument {
    /// What is said, in plain text.
    #[validate(nested)]
    body: Prose,
}

/// What only Remit writes of a comment.
#[derive(Clone, Serialize, ToSchema)]
pub struct CommentStanding {
    /// The outcome to which it is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome_id: Option<OutcomeIdText>,
    /// The check-in to which it is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    check_in_id: Option<CheckInIdText>,
    /// Who says it; absent where a credential of no one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    author_id: Option<PersonIdText>,
    /// Whether what was said went with its author.
    erased: bool,
}

/// A comment's fields as they are read.
pub type CommentFields = With<CommentDocument, CommentStanding>;
/// A comment as it is shown.
pub type CommentView = Shown<Comment, CommentFields>;
type CommentPatch = MergePatch<CommentDocument>;

impl Resource for Comment {
    type Document = CommentDocument;
    type View = CommentFields;
    const PATH: &'static str = "/v1/comments";

    fn document(kept: &Kept<Self>, _: Eyes) -> CommentDocument {
        CommentDocument { body: (&kept.body).into() }
    }
    fn view(kept: &Kept<Self>, eyes: Eyes) -> CommentFields {
        let (outcome_id, check_in_id) = match kept.subject {
            CommentSubject::Outcome(id) => (Some(id.into()), None),
            CommentSubject::CheckIn(id) => (None, Some(id.into())),
        };
        let more =
            CommentStanding { outcome_id, check_in_id, author_id: kept.author.map(Into::into), erased: kept.erased };
        With { document: Self::document(kept, eyes), more }
    }
    fn value(
        document: &CommentDocument,
        _: &mut WriteTx<'_>,
        before: Option<&Kept<Self>>,
    ) -> Result<Valid<Self>, Problem> {
        let Some(before) = before else {
            return Err(Problem::new(Kind::Conflict, "A comment is said to an outcome or a check-in."));
        };
        if before.erased {
            return Err(Problem::new(Kind::Conflict, "This comment was erased; what was erased does not come back."));
        }
        Ok(Valid::new(Self { body: document.body.text()?, ..(*before.value).clone() })?)
    }
    /// Who said it may change it; so may an admin, and a credential of no one what it said itself.
    fn authorize(
        _: &mut WriteTx<'_>,
        caller: &Caller,
        before: Option<&Kept<Self>>,
        _: Option<&Self>,
    ) -> Result<(), Problem> {
        let Some(before) = before else { return Ok(()) };
        let is_own = match before.author {
            Some(author) => caller.person == Some(author),
            None => before.created_by == caller.actor,
        };
        if is_own || caller.scopes.allow(Scope::Admin) {
            return Ok(());
        }
        Err(Problem::new(Kind::Forbidden, "A comment is changed and deleted by who said it."))
    }
}

/// A page of comments.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct CommentPage {
    /// The comments.
    #[schema(max_items = 200)]
    data: Vec<CommentView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// A page of what was said.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CommentFilter {
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

async fn list(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Caller,
    subject: CommentSubject,
    filter: CommentFilter,
) -> Result<HttpResponse, Problem> {
    let CommentFilter { limit, after, as_of, known_at, raw } = filter;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    resource::list::<Comment, _>(remit, request, caller, listing, move |_, tx, reading| {
        match subject {
            CommentSubject::Outcome(id) => {
                tx.find(id, reading.when)?.map(drop).ok_or_else(|| Problem::not_found("outcome"))?;
            }
            CommentSubject::CheckIn(id) => {
                tx.find(id, reading.when)?.map(drop).ok_or_else(|| Problem::not_found("check_in"))?;
            }
        }
        Ok((tx.comments_on(subject, reading.when)?, Instant::END))
    })
    .await
}

async fn say(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Allowed<OutcomesWrite>,
    subject: CommentSubject,
    validate_only: bool,
    body: &Document,
) -> Result<HttpResponse, Problem> {
    let document: CommentDocument = body.read()?;
    let intent = Intent::read(request, caller, validate_only, &body.0)?;
    let who = caller.caller.clone();
    write(remit, caller, intent, move |remit, tx, _| {
        let outcome = match subject {
            CommentSubject::Outcome(id) => id,
            CommentSubject::CheckIn(id) => {
                tx.find(id, When::Present)?.ok_or_else(|| Problem::not_found("check_in"))?.outcome
            }
        };
        let outcome = tx.find(outcome, When::Present)?.ok_or_else(|| Problem::not_found("outcome"))?;
        within_narrowing(&who, outcome.team)?;
        let comment = Comment { subject, author: who.person, body: document.body.text()?, erased: false };
        let kept = tx.create(Valid::new(comment)?, None, None)?;
        resource::reply_created(remit, &kept, who.eyes())
    })
    .await
}

/// List what was said to an outcome.
#[utoipa::path(tag = "comments", operation_id = "listOutcomeComments", params(CommentFilter),
    responses((status = 200, description = "The comments, the oldest first.", body = CommentPage)),
    security(("bearer" = ["read"])))]
#[get("/v1/outcomes/{id}/comments")]
async fn of_outcome(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    filter: Parameters<CommentFilter>,
) -> Result<HttpResponse, Problem> {
    let id: OutcomeId = path_id(&id)?;
    list(&remit, &request, &caller, CommentSubject::Outcome(id), filter.0).await
}

/// Say something to an outcome.
#[utoipa::path(tag = "comments", operation_id = "createOutcomeComment", request_body = CommentDocument,
    responses((status = 201, description = "The comment.", body = CommentView)),
    security(("bearer" = ["outcomes:write"])))]
#[post("/v1/outcomes/{id}/comments")]
async fn to_outcome(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let id: OutcomeId = path_id(&id)?;
    let subject = CommentSubject::Outcome(id);
    say(&remit, &request, &caller, subject, parameters.0.validate_only, &body).await
}

/// List what was said to a check-in.
#[utoipa::path(tag = "comments", operation_id = "listCheckInComments", params(CommentFilter),
    responses((status = 200, description = "The comments, the oldest first.", body = CommentPage)),
    security(("bearer" = ["read"])))]
#[get("/v1/check-ins/{id}/comments")]
async fn of_check_in(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    filter: Parameters<CommentFilter>,
) -> Result<HttpResponse, Problem> {
    let id: CheckInId = path_id(&id)?;
    list(&remit, &request, &caller, CommentSubject::CheckIn(id), filter.0).await
}

/// Say something to a check-in.
#[utoipa::path(tag = "comments", operation_id = "createCheckInComment", request_body = CommentDocument,
    responses((status = 201, description = "The comment.", body = CommentView)),
    security(("bearer" = ["outcomes:write"])))]
#[post("/v1/check-ins/{id}/comments")]
async fn to_check_in(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let id: CheckInId = path_id(&id)?;
    let subject = CommentSubject::CheckIn(id);
    say(&remit, &request, &caller, subject, parameters.0.validate_only, &body).await
}

/// Read a comment.
#[utoipa::path(tag = "comments", operation_id = "getComment", params(TravelParameters),
    responses((status = 200, description = "The comment.", body = CommentView)), security(("bearer" = ["read"])))]
#[get("/v1/comments/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    resource::get::<Comment>(&remit, &request, &caller, &id, travel.0.into()).await
}

/// Change what one has said; what was said before stays in its history.
#[utoipa::path(tag = "comments", operation_id = "updateComment",
    request_body(content = CommentPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The comment.", body = CommentView)),
    security(("bearer" = ["outcomes:write"])))]
#[patch("/v1/comments/{id}")]
async fn change(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::change::<Comment>(&remit, &request, &caller, &id, parameters.0.validate_only, &body).await
}

/// Delete what one has said.
#[utoipa::path(tag = "comments", operation_id = "deleteComment",
    responses((status = 204, description = "It is gone from now on.")),
    security(("bearer" = ["outcomes:write"])))]
#[delete("/v1/comments/{id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    resource::delete::<Comment>(&remit, &request, &caller, &id, parameters.0.validate_only).await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(of_outcome).service(to_outcome).service(of_check_in).service(to_check_in);
    service.service(read).service(change).service(remove);
}
