//! Members: who is in a team, as what, from when to when.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use remit_domain::entity::{Kept, Valid};
use remit_domain::person::Person;
use remit_domain::team::{Membership, MembershipPart, Team, TeamId};
use remit_domain::time::Instant;
use remit_persistence::{ReadTx, When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, Caller, PeopleWrite, Read};
use crate::authorize::within_narrowing;
use crate::csv_table;
use crate::dated::{Phase, end, next_boundary, require_known, span};
use crate::extract::{Document, Parameters, path_id};
use crate::problem::{Kind, Problem};
use crate::resource::{Listing, list_views, missing, reference};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::{Travel, TravelParameters};
use crate::wire::{IdText, InstantText, MomentText, Shown, Word};
use crate::writing::{Intent, Reply, WriteParameters, write};

type TeamText = IdText<Team>;
type PersonText = IdText<Person>;
type PartWord = Word<MembershipPart>;

/// A person's time in a team.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"person_id": "psn_01j9z3k8e6f7g8h9j0k1m2n3p4", "part": "lead", "from": "2026-01-01"}))]
pub struct MembershipDocument {
    /// The person.
    #[validate(nested)]
    person_id: PersonText,
    /// What the person is there.
    part: PartWord,
    /// From when; a day means its first instant, and nothing means now.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<MomentText>,
    /// Until when, itself not included; a day means its first instant, and nothing means for good.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<MomentText>,
}

/// A person's time in a team.
#[derive(Serialize, ToSchema)]
#[schema(as = MembershipDocument)]
pub struct MembershipFields {
    team_id: TeamText,
    person_id: PersonText,
    /// What the person is there.
    part: PartWord,
    /// From when.
    from: InstantText,
    /// Until when, itself not included.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<InstantText>,
}

type MembershipView = Shown<Membership, MembershipFields>;

/// A page of memberships.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct MembershipPage {
    /// The memberships.
    #[schema(max_items = 200)]
    data: Vec<MembershipView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// What memberships are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MembershipFilter {
    /// Which of them, seen from the instant that is read; those in force where nothing is said.
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

fn view(kept: &Kept<Membership>) -> MembershipView {
    let Membership { team, person, part, during } = &*kept.value;
    let fields = MembershipFields {
        team_id: (*team).into(),
        person_id: (*person).into(),
        part: Word(*part),
        from: during.from.into(),
        to: during.to.map(Into::into),
    };
    Shown::new(kept, fields)
}

/// A membership of a team that has not ended: what has ended is there `as_of` before.
fn membership(
    tx: &mut ReadTx<'_>,
    team: TeamId,
    id: &str,
    when: When,
    at: Instant,
) -> Result<Kept<Membership>, Problem> {
    let found: Option<Kept<Membership>> = tx.find(path_id(id)?, when)?;
    let found = found.filter(|one| one.team == team && at < one.during.end());
    found.ok_or_else(|| Problem::not_found("membership"))
}

/// The membership that a document describes. Nobody is in one team twice at a time.
fn value(document: &MembershipDocument, tx: &mut WriteTx<'_>, team: TeamId) -> Result<Valid<Membership>, Problem> {
    let MembershipDocument { person_id, part, from, to } = document;
    let person = reference(tx, person_id.id()?, "/person_id")?.id;
    let during = span(tx, from.as_ref(), to.as_ref())?;
    let others = tx.memberships_of_team(team, When::Present)?;
    if let Some(other) = others.iter().find(|one| one.person == person && one.during.overlaps(&during)) {
        let detail = format!("This person is in the team then: {} holds {}.", other.id, other.during);
        return Err(Problem::new(Kind::Conflict, detail));
    }
    Ok(Valid::new(Membership { team, person, part: part.0, during })?)
}

/// List the members of a team.
#[utoipa::path(tag = "teams", operation_id = "listMemberships", params(MembershipFilter),
    responses((status = 200, description = "The memberships, by id.", body = MembershipPage)),
    security(("bearer" = ["read"])))]
#[get("/v1/teams/{id}/members")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    filter: Parameters<MembershipFilter>,
) -> Result<HttpResponse, Problem> {
    let team: TeamId = path_id(&id)?;
    let MembershipFilter { phase, limit, after, as_of, known_at, raw } = filter.0;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    let columns = || csv_table::columns_of::<MembershipView>();
    list_views(&remit, &request, &caller, listing, columns, move |_, tx, reading| {
        require_known(tx, team, reading)?;
        let memberships = tx.memberships_of_team(team, reading.when)?;
        let until = next_boundary(memberships.iter().map(|one| &one.during), reading.at);
        let shown = memberships.iter().filter(|one| phase.shows(&one.during, reading.at));
        Ok((shown.map(view).collect(), until))
    })
    .await
}

/// Add a member to a team.
#[utoipa::path(tag = "teams", operation_id = "createMembership", request_body = MembershipDocument,
    responses((status = 201, description = "The membership.", body = MembershipView)),
    security(("bearer" = ["people:write"])))]
#[post("/v1/teams/{id}/members")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let team: TeamId = path_id(&id)?;
    let document: MembershipDocument = body.read()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, _| {
        tx.get(team, When::Present).map_err(missing::<Team>)?;
        let kept = create_in(tx, &who, team, &document)?;
        let location = format!("/v1/teams/{team}/members/{}", kept.id);
        Ok(Reply::created(location, &view(&kept))?.version(remit, kept.version))
    })
    .await
}

fn create_in(
    tx: &mut WriteTx<'_>,
    who: &Caller,
    team: TeamId,
    document: &MembershipDocument,
) -> Result<Kept<Membership>, Problem> {
    within_narrowing(who, Some(team))?;
    let value = value(document, tx, team)?;
    Ok(tx.create(value, None, None)?)
}

/// Adds a member in a write under way, unless the person is in the team in that way at that time.
///
/// # Errors
/// What the document or the rules say.
pub fn ensure_in(
    tx: &mut WriteTx<'_>,
    who: &Caller,
    team: TeamId,
    document: &MembershipDocument,
) -> Result<(), Problem> {
    let person = document.person_id.id()?;
    let during = span(tx, document.from.as_ref(), document.to.as_ref())?;
    let known = tx.memberships_of_team(team, When::Present)?;
    let is_known = known.iter().any(|one| {
        let same_time = if document.from.is_some() { one.during == during } else { one.during.contains(during.from) };
        one.person == person && one.part == document.part.0 && same_time
    });
    if is_known { Ok(()) } else { create_in(tx, who, team, document).map(|_| ()) }
}

/// Read a membership that has not ended.
#[utoipa::path(tag = "teams", operation_id = "getMembership", params(TravelParameters),
    responses((status = 200, description = "The membership.", body = MembershipView)),
    security(("bearer" = ["read"])))]
#[get("/v1/teams/{id}/members/{membership_id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    path: Path<(String, String)>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    let (team, id) = path.into_inner();
    let team: TeamId = path_id(&team)?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, travel.0.into(), move |_, tx, reading| {
        let kept = membership(tx, team, &id, reading.when, reading.at)?;
        Ok(Answer::json(&view(&kept))?.version(kept.version).until(kept.during.end()))
    })
    .await
}

/// End a membership now; one that was still to begin is taken back.
#[utoipa::path(tag = "teams", operation_id = "deleteMembership",
    responses((status = 204, description = "It has ended.")), security(("bearer" = ["people:write"])))]
#[delete("/v1/teams/{id}/members/{membership_id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    let (team, id) = path.into_inner();
    let team: TeamId = path_id(&team)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &[])?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let now = tx.now();
        let kept = membership(tx, team, &id, When::Present, now)?;
        intent.require_match(remit, kept.version)?;
        within_narrowing(&who, Some(team))?;
        let during = kept.during;
        end(tx, kept, during, |one, during| Membership { during, ..one })?;
        Ok(Reply::no_content())
    })
    .await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(create).service(read).service(remove);
}
