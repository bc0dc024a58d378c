//! Assignments: who holds a role, in what way, from when to when.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put};
use remit_domain::assignment::{Assignment, AssignmentKind, Readiness, check_seats};
use remit_domain::entity::{Kept, Valid};
use remit_domain::person::Person;
use remit_domain::role::{Role, RoleId};
use remit_domain::time::Span;
use remit_persistence::{When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::{Allowed, Caller, Eyes, Read, RolesWrite};
use crate::authorize::within_narrowing;
use crate::dated::{self, Phase};
use crate::extract::{Document, Parameters, path_id};
use crate::problem::Problem;
use crate::resource::{self, Listing, Resource, create_in, reference, shown};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::{Travel, TravelParameters};
use crate::wire::{DayText, IdText, InstantText, MergePatch, MomentText, Percent, Shown, With, Word, Words};
use crate::writing::{Intent, Reply, WriteParameters, write};

type Focus = Words<200>;
type RoleIdText = IdText<Role>;
type PersonIdText = IdText<Person>;
type KindWord = Word<AssignmentKind>;
type ReadinessWord = Word<Readiness>;

/// A person in a role.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "person_id": "psn_01jdgyqk5se6ft4hv8w3c1n2xz", "kind": "holder", "from": "2026-01-01", "load": 60
}))]
pub struct AssignmentDocument {
    /// The role; needed where the path does not name it, and never changed.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role_id: Option<RoleIdText>,
    /// The person.
    #[validate(nested)]
    person_id: PersonIdText,
    /// In what way the person is tied to the role; only holders take a seat.
    #[serde(default = "holder")]
    kind: KindWord,
    /// The part of the role that this person takes.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    focus: Option<Focus>,
    /// From when: now where nothing is said; a day means its beginning.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<MomentText>,
    /// Until when: open where nothing is said; a day means its beginning.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<MomentText>,
    /// The last day of the term; after it the assignment stands, but the person no longer answers.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    term_ends: Option<DayText>,
    /// Share of the person's time, per cent, above 0.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    load: Option<Percent>,
    /// When a successor can take over; for successors only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    readiness: Option<ReadinessWord>,
}

fn holder() -> KindWord {
    Word(AssignmentKind::Holder)
}

/// What is always there when an assignment is read.
#[derive(Clone, Serialize, ToSchema)]
pub struct AssignmentPlace {
    /// The role.
    role_id: RoleIdText,
    /// From when.
    from: InstantText,
    /// Until when; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<InstantText>,
}

type AssignmentFields = With<AssignmentDocument, AssignmentPlace>;
/// An assignment as it is shown.
pub type AssignmentView = Shown<Assignment, AssignmentFields>;
type AssignmentPatch = MergePatch<AssignmentDocument>;

/// A page of assignments.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct AssignmentPage {
    /// The assignments.
    #[schema(max_items = 200)]
    data: Vec<AssignmentView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// Which assignments are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AssignmentFilter {
    /// In what way the person is tied to the role.
    kind: Option<KindWord>,
    /// The person.
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

impl Resource for Assignment {
    type Document = AssignmentDocument;
    type View = AssignmentFields;
    const PATH: &'static str = "/v1/assignments";

    fn document(kept: &Kept<Self>, _: Eyes) -> AssignmentDocument {
        let Self { role, person, kind, focus, during, term_ends, load, readiness } = &*kept.value;
        AssignmentDocument {
            role_id: Some((*role).into()),
            person_id: (*person).into(),
            kind: Word(*kind),
            focus: focus.as_ref().map(Into::into),
            from: Some(MomentText(during.from.to_string())),
            to: during.to.map(|to| MomentText(to.to_string())),
            term_ends: term_ends.map(Into::into),
            load: load.map(Percent),
            readiness: readiness.map(Word),
        }
    }
    fn view(kept: &Kept<Self>, eyes: Eyes) -> AssignmentFields {
        let Span { from, to } = kept.during;
        let more = AssignmentPlace { role_id: kept.role.into(), from: from.into(), to: to.map(Into::into) };
        With {
            document: AssignmentDocument { role_id: None, from: None, to: None, ..Self::document(kept, eyes) },
            more,
        }
    }
    fn value(
        document: &AssignmentDocument,
        tx: &mut WriteTx<'_>,
        before: Option<&Kept<Self>>,
    ) -> Result<Valid<Self>, Problem> {
        let AssignmentDocument { role_id, person_id, kind, focus, from, to, term_ends, load, readiness } = document;
        let role = role_id.as_ref().map(IdText::id).transpose()?;
        let role = match (role, before) {
            (Some(role), Some(before)) if role != before.role => return Err(other_role()),
            (Some(role), _) => role,
            (None, Some(before)) => before.role,
            (None, None) => return Err(Problem::field("/role_id", "required", "is missing")),
        };
        reference(tx, role, "/role_id")?;
        let person = person_id.id()?;
        reference(tx, person, "/person_id")?;
        Ok(Valid::new(Self {
            role,
            person,
            kind: kind.0,
            focus: focus.as_ref().map(Words::text).transpose()?,
            during: dated::span(tx, from.as_ref(), to.as_ref())?,
            term_ends: term_ends.as_ref().map(DayText::day).transpose()?,
            load: load.map(|load| load.0),
            readiness: readiness.map(|readiness| readiness.0),
        })?)
    }
    fn authorize(
        tx: &mut WriteTx<'_>,
        caller: &Caller,
        before: Option<&Kept<Self>>,
        after: Option<&Self>,
    ) -> Result<(), Problem> {
        let Some(role) = before.map(|before| before.role).or(after.map(|after| after.role)) else { return Ok(()) };
        let role = tx.get(role, When::Present)?;
        within_narrowing(caller, role.team)
    }
    fn check_restored(last: &Kept<Self>, value: &Self) -> Result<(), Problem> {
        if last.role == value.role { Ok(()) } else { Err(other_role()) }
    }
    /// Every holder has a seat.
    fn settle(tx: &mut WriteTx<'_>, before: Option<&Kept<Self>>, after: &Kept<Self>) -> Result<(), Problem> {
        let same_seat =
            |before: &Self| (before.kind, before.person, before.during) == (after.kind, after.person, after.during);
        if after.kind != AssignmentKind::Holder || before.is_some_and(|before| same_seat(before)) {
            return Ok(());
        }
        let role = tx.get(after.role, When::Present)?;
        let assignments = tx.assignments_of_role(after.role, When::Present)?;
        Ok(check_seats(role.seats_max, after.during, assignments.iter().map(|one| &*one.value))?)
    }
}

fn other_role() -> Problem {
    Problem::field("/role_id", "immutable", "is for ever: end this assignment, and begin another under another id")
}

/// List who holds a role, in whatever way.
#[utoipa::path(tag = "roles", operation_id = "listAssignments", params(AssignmentFilter),
    responses((status = 200, description = "The assignments, by id.", body = AssignmentPage)),
    security(("bearer" = ["read"])))]
#[get("/v1/roles/{id}/assignments")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    filter: Parameters<AssignmentFilter>,
) -> Result<HttpResponse, Problem> {
    let role: RoleId = path_id(&id)?;
    let AssignmentFilter { kind, person, phase, limit, after, as_of, known_at, raw } = filter.0;
    let person = person.as_ref().map(IdText::id).transpose()?;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    resource::list::<Assignment, _>(&remit, &request, &caller, listing, move |_, tx, reading| {
        dated::require_known(tx, role, reading)?;
        let mut kept = tx.assignments_of_role(role, reading.when)?;
        let until = dated::next_boundary(kept.iter().map(|one| &one.during), reading.at);
        kept.retain(|one| {
            phase.shows(&one.during, reading.at)
                && kind.is_none_or(|kind| one.kind == kind.0)
                && person.is_none_or(|person| one.person == person)
        });
        Ok((kept, until))
    })
    .await
}

/// Assign a person to a role.
#[utoipa::path(tag = "roles", operation_id = "createAssignment", request_body = AssignmentDocument,
    responses((status = 201, description = "The assignment.", body = AssignmentView)),
    security(("bearer" = ["roles:write"])))]
#[post("/v1/roles/{id}/assignments")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let role: RoleId = path_id(&id)?;
    let mut document: AssignmentDocument = body.read()?;
    if document.role_id.as_ref().map(IdText::id).transpose()?.is_some_and(|named| named != role) {
        return Err(Problem::field("/role_id", "unexpected", "must be the role of the path, or left out"));
    }
    document.role_id = Some(role.into());
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, _| {
        tx.find(role, When::Present)?.ok_or_else(|| Problem::not_found("role"))?;
        let kept = create_in::<Assignment>(tx, &who, &document, None)?;
        let location = format!("{}/{}", Assignment::PATH, kept.id);
        Ok(Reply::created(location, &shown(&kept, who.eyes()))?.version(remit, kept.version))
    })
    .await
}

/// Read an assignment.
#[utoipa::path(tag = "roles", operation_id = "getAssignment", params(TravelParameters),
    responses((status = 200, description = "The assignment.", body = AssignmentView)),
    security(("bearer" = ["read"])))]
#[get("/v1/assignments/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    resource::get::<Assignment>(&remit, &request, &caller, &id, travel.0.into()).await
}

/// Change an assignment.
#[utoipa::path(tag = "roles", operation_id = "updateAssignment",
    request_body(content = AssignmentPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The assignment.", body = AssignmentView)),
    security(("bearer" = ["roles:write"])))]
#[patch("/v1/assignments/{id}")]
async fn change(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::change::<Assignment>(&remit, &request, &caller, &id, parameters.0.validate_only, &body).await
}

/// End an assignment now; one that has not begun is deleted, and one that is over stays as it is.
#[utoipa::path(tag = "roles", operation_id = "endAssignment",
    responses((status = 204, description = "It is not in force any more.")), security(("bearer" = ["roles:write"])))]
#[delete("/v1/assignments/{id}")]
async fn end(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    let id = path_id(&id)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &[])?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let kept: Kept<Assignment> = tx.find(id, When::Present)?.ok_or_else(|| Problem::not_found("assignment"))?;
        intent.require_match(remit, kept.version)?;
        Assignment::authorize(tx, &who, Some(&kept), None)?;
        let during = kept.during;
        dated::end(tx, kept, during, |value, during| Assignment { during, ..value })?;
        Ok(Reply::no_content())
    })
    .await
}

/// Create or change an assignment by another system's id.
#[utoipa::path(tag = "roles", operation_id = "upsertAssignment",
    request_body(content = AssignmentDocument, example = json!({
        "role_id": "role_01jdgyqk5se6ft4hv8w3c1n2xz", "person_id": "psn_01jdgyqk5se6ft4hv8w3c1n2xz",
        "kind": "holder", "from": "2026-01-01"
    })),
    responses(
        (status = 200, description = "The assignment, changed.", body = AssignmentView),
        (status = 201, description = "The assignment, made or brought back.", body = AssignmentView),
    ), security(("bearer" = ["roles:write"])))]
#[put("/v1/assignments/external/{source}/{external_id}")]
async fn upsert(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let names = (path.0.as_str(), path.1.as_str());
    resource::upsert::<Assignment>(&remit, &request, &caller, names, parameters.0.validate_only, &body).await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(create).service(read).service(change).service(end).service(upsert);
}
