//! Responsibilities: who is accountable, responsible, consulted or informed, from when to when.

mod giving;
pub mod handover;

pub use giving::ensure_in;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put};
use remit_domain::accountability::{check_accountable, check_parts, check_responsible, window};
use remit_domain::entity::Kept;
use remit_domain::measure::Measure;
use remit_domain::outcome::Outcome;
use remit_domain::person::Person;
use remit_domain::responsibility::{Object, Part, Responsibility, ResponsibilityId};
use remit_domain::role::{Role, Subject};
use remit_domain::team::TeamId;
use remit_domain::time::Span;
use remit_persistence::{ReadTx, When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, Caller, Eyes, Read, RolesWrite};
use crate::csv_table;
use crate::dated::{self, Phase};
use crate::extract::{Document, Parameters, path_id};
use crate::problem::Problem;
use crate::resource::{self, Listing, Resource, create_in, list_views, reference, reply_created};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::{Travel, TravelParameters};
use crate::wire::{IdText, InstantText, MomentText, Shown, With, Word, Words};
use crate::writing::{Intent, Reply, WriteParameters, write};

type Reason = Words<2000>;
type PartWord = Word<Part>;
type RoleIdText = IdText<Role>;
type PersonIdText = IdText<Person>;
type OutcomeIdText = IdText<Outcome>;
type MeasureIdText = IdText<Measure>;

/// The part that a role or a person has; exactly one of the two is named.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "part": "accountable", "role_id": "role_01jdgyqk5se6ft4hv8w3c1n2xz", "from": "2026-01-01"
}))]
pub struct ResponsibilityDocument {
    /// The outcome; it or the measure is needed where the path names neither, and is never changed.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome_id: Option<OutcomeIdText>,
    /// The measure.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    measure_id: Option<MeasureIdText>,
    /// Which part.
    part: PartWord,
    /// The role, whoever holds it.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role_id: Option<RoleIdText>,
    /// The person.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person_id: Option<PersonIdText>,
    /// From when: now where nothing is said, and it may lie in the past; a day means its beginning.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<MomentText>,
    /// Until when: open where nothing is said; a day means its beginning.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<MomentText>,
    /// Why.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
}

/// What is always there when a responsibility is read.
#[derive(Clone, Serialize, ToSchema)]
pub struct ResponsibilityPlace {
    /// From when.
    from: InstantText,
    /// Until when; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<InstantText>,
}

type ResponsibilityFields = With<ResponsibilityDocument, ResponsibilityPlace>;
/// A responsibility as it is shown.
pub type ResponsibilityView = Shown<Responsibility, ResponsibilityFields>;

/// A page of responsibilities.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct ResponsibilityPage {
    /// The responsibilities.
    #[schema(max_items = 200)]
    data: Vec<ResponsibilityView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// Which responsibilities are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ResponsibilityFilter {
    /// Which part.
    part: Option<PartWord>,
    /// The role.
    #[validate(nested)]
    role: Option<RoleIdText>,
    /// The person who is named.
    #[validate(nested)]
    person: Option<PersonIdText>,
    /// Which of them, seen from as_of: those in force where nothing is said.
    #[serde(default)]
    phase: Phase,
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

fn fields(kept: &Kept<Responsibility>) -> ResponsibilityFields {
    let Span { from, to } = kept.during;
    let document = Responsibility::document(kept, Eyes::Names);
    With {
        document: ResponsibilityDocument { from: None, to: None, ..document },
        more: ResponsibilityPlace { from: from.into(), to: to.map(Into::into) },
    }
}

/// A responsibility as it is shown.
pub fn shown(kept: &Kept<Responsibility>) -> ResponsibilityView {
    Shown::new(kept, fields(kept))
}

/// The one subject that a document names; it must exist.
///
/// # Errors
/// 422 that names the field.
pub fn subject(
    tx: &mut ReadTx<'_>,
    role: Option<&RoleIdText>,
    person: Option<&PersonIdText>,
    below: &str,
) -> Result<Subject, Problem> {
    match (role, person) {
        (Some(role), None) => Ok(Subject::Role(reference(tx, role.id()?, &format!("{below}/role_id"))?.id)),
        (None, Some(person)) => Ok(Subject::Person(reference(tx, person.id()?, &format!("{below}/person_id"))?.id)),
        (None, None) => Err(Problem::field(format!("{below}/role_id"), "required", "or person_id must be given")),
        (Some(_), Some(_)) => {
            Err(Problem::field(format!("{below}/person_id"), "unexpected", "is not given together with role_id"))
        }
    }
}

/// The team behind an outcome or a measure.
///
/// # Errors
/// 404 when it is not there.
fn team_of(tx: &mut ReadTx<'_>, object: Object) -> Result<Option<TeamId>, Problem> {
    let when = When::Present;
    let outcome = match object {
        Object::Outcome(outcome) => tx.find(outcome, when)?.ok_or_else(|| Problem::not_found("outcome"))?,
        Object::Measure(measure) => {
            let measure = tx.find(measure, when)?.ok_or_else(|| Problem::not_found("measure"))?;
            tx.get(measure.outcome, when)?
        }
    };
    Ok(outcome.team)
}

/// I1 and I3 as they stand in this write.
///
/// # Errors
/// 409 with the interval in which none or several would be accountable, none responsible, or a subject have two parts.
pub fn check(tx: &mut WriteTx<'_>, object: Object) -> Result<(), Problem> {
    let kept = tx.responsibilities_of(object, When::Present)?;
    let all = || kept.iter().map(|one| &*one.value);
    check_parts(all())?;
    let Object::Outcome(outcome) = object else { return Ok(()) };
    let outcome = tx.get(outcome, When::Present)?;
    let organization = tx.organization(When::Present)?;
    let period = outcome.period.map(|period| tx.find(period, When::Present)).transpose()?.flatten();
    let start_on = outcome.start(period.as_ref().map(|period| &*period.value));
    let Some(window) = window(&outcome, start_on, &organization) else { return Ok(()) };
    check_accountable(window, all(), |_| None)?;
    check_responsible(window, all())?;
    // A role that was accountable in the past may have several seats by now; from now on it has one.
    let Some(ahead) = window.intersection(&Span { from: tx.now(), to: None }) else { return Ok(()) };
    let mut seats = Vec::new();
    for one in all().filter(|one| one.part == Part::Accountable && one.during.overlaps(&ahead)) {
        if let Subject::Role(role) = one.subject {
            seats.extend(tx.find(role, When::Present)?.map(|kept| (role, kept.seats_max)));
        }
    }
    let seats_max = |role| seats.iter().find(|(known, _)| *known == role).map(|(_, seats)| *seats);
    Ok(check_accountable(ahead, all(), seats_max)?)
}

async fn list_of(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Caller,
    object: Object,
    filter: ResponsibilityFilter,
) -> Result<HttpResponse, Problem> {
    let ResponsibilityFilter { part, role, person, phase, limit, after, as_of, known_at, raw } = filter;
    let role = role.as_ref().map(IdText::id).transpose()?.map(Subject::Role);
    let person = person.as_ref().map(IdText::id).transpose()?.map(Subject::Person);
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    let columns = csv_table::columns_of::<ResponsibilityView>;
    list_views(remit, request, caller, listing, columns, move |_, tx, reading| {
        match object {
            Object::Outcome(outcome) => dated::require_known(tx, outcome, reading)?,
            Object::Measure(measure) => dated::require_known(tx, measure, reading)?,
        }
        let mut kept = tx.responsibilities_of(object, reading.when)?;
        let until = dated::next_boundary(kept.iter().map(|one| &one.during), reading.at);
        kept.retain(|one| {
            phase.shows(&one.during, reading.at)
                && part.is_none_or(|part| one.part == part.0)
                && role.is_none_or(|role| one.subject == role)
                && person.is_none_or(|person| one.subject == person)
        });
        Ok((kept.iter().map(shown).collect(), until))
    })
    .await
}

/// The place of a responsibility.
fn location(object: Object, id: ResponsibilityId) -> String {
    match object {
        Object::Outcome(outcome) => format!("/v1/outcomes/{outcome}/responsibilities/{id}"),
        Object::Measure(measure) => format!("/v1/measures/{measure}/responsibilities/{id}"),
    }
}

async fn create_for(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Allowed<RolesWrite>,
    object: Object,
    validate_only: bool,
    body: &Document,
) -> Result<HttpResponse, Problem> {
    let document: ResponsibilityDocument = body.read()?;
    let intent = Intent::read(request, caller, validate_only, &body.0)?;
    let who = caller.caller.clone();
    write(remit, caller, intent, move |remit, tx, _| {
        let document = giving::placed(tx, object, document.clone())?;
        let kept = create_in::<Responsibility>(tx, &who, &document, None)?;
        reply_created(remit, &kept, who.eyes())
    })
    .await
}

/// One responsibility, if it is one for this object.
fn find(
    tx: &mut ReadTx<'_>,
    object: Object,
    id: ResponsibilityId,
    when: When,
) -> Result<Kept<Responsibility>, Problem> {
    let kept = tx.find(id, when)?.filter(|kept| kept.object == object);
    kept.ok_or_else(|| Problem::not_found("responsibility"))
}

async fn read_of(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Caller,
    object: Object,
    id: &str,
    travel: Travel,
) -> Result<HttpResponse, Problem> {
    let id: ResponsibilityId = path_id(id)?;
    let media = Media::accepted(request, false)?;
    answer(remit, request, caller, media, travel, move |_, tx, reading| {
        let kept = find(tx, object, id, reading.when)?;
        Ok(Answer::json(&shown(&kept))?.version(kept.version))
    })
    .await
}

async fn end_of(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Allowed<RolesWrite>,
    object: Object,
    id: &str,
    validate_only: bool,
) -> Result<HttpResponse, Problem> {
    let id: ResponsibilityId = path_id(id)?;
    let intent = Intent::read(request, caller, validate_only, &[])?;
    let who = caller.caller.clone();
    write(remit, caller, intent, move |remit, tx, intent| {
        let kept = find(tx, object, id, When::Present)?;
        Responsibility::authorize(tx, &who, Some(&kept), None)?;
        intent.require_match(remit, kept.version)?;
        let during = kept.during;
        dated::end(tx, kept, during, |value, during| Responsibility { during, ..value })?;
        check(tx, object)?;
        Ok(Reply::no_content())
    })
    .await
}

/// List who has a part in an outcome.
#[utoipa::path(tag = "responsibilities", operation_id = "listOutcomeResponsibilities", params(ResponsibilityFilter),
    responses((status = 200, description = "The responsibilities, by id.", body = ResponsibilityPage)),
    security(("bearer" = ["read"])))]
#[get("/v1/outcomes/{id}/responsibilities")]
async fn list_outcome(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    filter: Parameters<ResponsibilityFilter>,
) -> Result<HttpResponse, Problem> {
    list_of(&remit, &request, &caller, Object::Outcome(path_id(&id)?), filter.0).await
}

/// Give a role or a person a part in an outcome.
#[utoipa::path(tag = "responsibilities", operation_id = "createOutcomeResponsibility",
    request_body = ResponsibilityDocument,
    responses((status = 201, description = "The responsibility.", body = ResponsibilityView)),
    security(("bearer" = ["roles:write"])))]
#[post("/v1/outcomes/{id}/responsibilities")]
async fn create_outcome(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let object = Object::Outcome(path_id(&id)?);
    create_for(&remit, &request, &caller, object, parameters.0.validate_only, &body).await
}

/// Read who has a part in an outcome.
#[utoipa::path(tag = "responsibilities", operation_id = "getOutcomeResponsibility", params(TravelParameters),
    responses((status = 200, description = "The responsibility.", body = ResponsibilityView)),
    security(("bearer" = ["read"])))]
#[get("/v1/outcomes/{id}/responsibilities/{responsibility_id}")]
async fn read_outcome(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    path: Path<(String, String)>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    read_of(&remit, &request, &caller, Object::Outcome(path_id(&path.0)?), &path.1, travel.0.into()).await
}

/// End a part in an outcome now; one that has not begun is deleted, and one that is over stays as it is.
#[utoipa::path(tag = "responsibilities", operation_id = "endOutcomeResponsibility",
    responses((status = 204, description = "It is not in force any more.")), security(("bearer" = ["roles:write"])))]
#[delete("/v1/outcomes/{id}/responsibilities/{responsibility_id}")]
async fn end_outcome(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    let object = Object::Outcome(path_id(&path.0)?);
    end_of(&remit, &request, &caller, object, &path.1, parameters.0.validate_only).await
}

/// List who has a part in a measure.
#[utoipa::path(tag = "responsibilities", operation_id = "listMeasureResponsibilities", params(ResponsibilityFilter),
    responses((status = 200, description = "The responsibilities, by id.", body = ResponsibilityPage)),
    security(("bearer" = ["read"])))]
#[get("/v1/measures/{id}/responsibilities")]
async fn list_measure(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    filter: Parameters<ResponsibilityFilter>,
) -> Result<HttpResponse, Problem> {
    list_of(&remit, &request, &caller, Object::Measure(path_id(&id)?), filter.0).await
}

/// Give a role or a person a part in a measure.
#[utoipa::path(tag = "responsibilities", operation_id = "createMeasureResponsibility",
    request_body = ResponsibilityDocument,
    responses((status = 201, description = "The responsibility.", body = ResponsibilityView)),
    security(("bearer" = ["roles:write"])))]
#[post("/v1/measures/{id}/responsibilities")]
async fn create_measure(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let object = Object::Measure(path_id(&id)?);
    create_for(&remit, &request, &caller, object, parameters.0.validate_only, &body).await
}

/// Read who has a part in a measure.
#[utoipa::path(tag = "responsibilities", operation_id = "getMeasureResponsibility", params(TravelParameters),
    responses((status = 200, description = "The responsibility.", body = ResponsibilityView)),
    security(("bearer" = ["read"])))]
#[get("/v1/measures/{id}/responsibilities/{responsibility_id}")]
async fn read_measure(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    path: Path<(String, String)>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    read_of(&remit, &request, &caller, Object::Measure(path_id(&path.0)?), &path.1, travel.0.into()).await
}

/// End a part in a measure now; one that has not begun is deleted, and one that is over stays as it is.
#[utoipa::path(tag = "responsibilities", operation_id = "endMeasureResponsibility",
    responses((status = 204, description = "It is not in force any more.")), security(("bearer" = ["roles:write"])))]
#[delete("/v1/measures/{id}/responsibilities/{responsibility_id}")]
async fn end_measure(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    let object = Object::Measure(path_id(&path.0)?);
    end_of(&remit, &request, &caller, object, &path.1, parameters.0.validate_only).await
}

/// Give, correct or end a part by another system's id.
///
/// The fields that are sent replace what was said, from its beginning on: a correction, and `known_at` still answers what
/// was known before it. Who is accountable for an outcome that is more than proposed is changed by the same people as in a
/// handover. Where someone takes over, hand over, or end this one (`to`) and begin another in one atomic import.
#[utoipa::path(tag = "responsibilities", operation_id = "upsertResponsibility",
    request_body(content = ResponsibilityDocument, example = json!({
        "outcome_id": "out_01jdgyqk5se6ft4hv8w3c1n2xz", "part": "accountable",
        "role_id": "role_01jdgyqk5se6ft4hv8w3c1n2xz", "from": "2026-01-01"
    })),
    responses(
        (status = 200, description = "The responsibility, changed.", body = ResponsibilityView),
        (status = 201, description = "The responsibility, made or brought back.", body = ResponsibilityView),
    ), security(("bearer" = ["roles:write"])))]
#[put("/v1/responsibilities/external/{source}/{external_id}")]
async fn upsert(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let names = (path.0.as_str(), path.1.as_str());
    resource::upsert::<Responsibility>(&remit, &request, &caller, names, parameters.0.validate_only, &body).await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list_outcome).service(create_outcome).service(read_outcome).service(end_outcome);
    service.service(list_measure).service(create_measure).service(read_measure).service(end_measure);
    service.service(upsert);
    service.configure(handover::operations);
}
