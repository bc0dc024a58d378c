//! Roles: what someone answers for, whoever it is; and who holds it.

use std::cmp::Reverse;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put};
use remit_domain::assignment::check_seats;
use remit_domain::entity::{Kept, Valid};
use remit_domain::responsibility::Part;
use remit_domain::role::{Role, Subject};
use remit_domain::team::Team;
use remit_domain::text::{Text, fold};
use remit_domain::time::{Instant, Span};
use remit_persistence::{When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::{Allowed, Caller, Eyes, Read, RolesWrite};
use crate::authorize::within_narrowing;
use crate::expansion::{Expanded, Expansion, Relation};
use crate::extract::{Document, Parameters};
use crate::hierarchy::check_parent;
use crate::outcome::wire::{RequiredSkillDocument, required_skills};
use crate::problem::Problem;
use crate::resource::{self, Listing, Resource, reference};
use crate::responsibility;
use crate::routing::ServiceConfig;
use crate::sorting::found_in;
use crate::state::Remit;
use crate::travel::{Travel, TravelParameters};
use crate::wire::{IdText, Listed, MergePatch, MomentText, Seats, Shown, Words};
use crate::writing::WriteParameters;

type RoleRelation = Relation<Role>;
type Title = Words<200>;
type Statement = Words<2000>;
type Decision = Words<500>;
type Statements = Listed<Statement, 100>;
type Decisions = Listed<Decision, 100>;
type RequiredSkills = Listed<RequiredSkillDocument, 100>;
type TeamId = IdText<Team>;
type RoleId = IdText<Role>;

/// A role: what someone answers for, whoever it is.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Head of Road Safety", "purpose": "Fewer people are hurt on the roads.", "key": true,
    "accountabilities": ["Publishes the casualty figures every quarter."],
    "domains": ["Which junctions are rebuilt first."], "skills": [], "seats_min": 1, "seats_max": 1
}))]
pub struct RoleDocument {
    /// Its title.
    #[validate(nested)]
    title: Title,
    /// What it is for.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose: Option<Statement>,
    /// The team in which it stands.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team_id: Option<TeamId>,
    /// The role that it reports to.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reports_to_id: Option<RoleId>,
    /// Whether the organization depends on it.
    #[serde(default)]
    key: bool,
    /// What it answers for, in order.
    #[validate(nested)]
    #[serde(default)]
    accountabilities: Statements,
    /// What it alone may decide.
    #[validate(nested)]
    #[serde(default)]
    domains: Decisions,
    /// What its holders must know.
    #[validate(nested)]
    #[serde(default)]
    skills: RequiredSkills,
    /// The fewest holders with which it works.
    #[validate(nested)]
    #[serde(default = "one")]
    seats_min: Seats,
    /// The most people who hold it at one time; one, where it is accountable for an active outcome.
    #[validate(nested)]
    #[serde(default = "one")]
    seats_max: Seats,
}

fn one() -> Seats {
    Seats(1)
}

/// A role as it is read.
pub type RoleView = Shown<Role, RoleDocument>;
type RolePatch = MergePatch<RoleDocument>;

/// A page of roles.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct RolePage {
    /// The roles.
    #[schema(max_items = 200)]
    data: Vec<RoleView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
    /// What the entries name, where `expand` asks for it.
    expanded: Option<Expanded>,
}

/// The order of a list of roles; where nothing is said, they come in the order in which they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
pub enum RoleSort {
    /// By title, case and accents folded.
    #[serde(rename = "title")]
    Title,
    /// By title, from the end.
    #[serde(rename = "-title")]
    TitleDescending,
    /// The oldest first.
    #[serde(rename = "created_at")]
    CreatedAt,
    /// The youngest first.
    #[serde(rename = "-created_at")]
    CreatedAtDescending,
}

/// Which roles are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RoleFilter {
    /// Those on which the organization depends, or the others.
    key: Option<bool>,
    /// The team in which it stands.
    #[validate(nested)]
    team: Option<TeamId>,
    /// The role that it reports to.
    #[validate(nested)]
    reports_to: Option<RoleId>,
    /// A part of the title or the purpose, case and accents folded.
    #[validate(length(min = 1, max = 200))]
    #[param(min_length = 1, max_length = 200)]
    q: Option<String>,
    /// The order.
    #[param(inline)]
    sort: Option<RoleSort>,
    /// What the entries name, to be sent with them (not in CSV); several, separated by commas.
    #[validate(length(max = 200))]
    #[param(value_type = Vec<RoleRelation>, required = false, style = Form, explode = false, min_items = 1, max_items = 10)]
    expand: Option<String>,
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

impl Resource for Role {
    type Document = RoleDocument;
    type View = RoleDocument;
    const PATH: &'static str = "/v1/roles";

    fn document(kept: &Kept<Self>, _: Eyes) -> RoleDocument {
        let Self { title, purpose, team, reports_to, is_key, accountabilities, domains, skills, seats_min, seats_max } =
            &*kept.value;
        RoleDocument {
            title: title.into(),
            purpose: purpose.as_ref().map(Into::into),
            team_id: team.map(Into::into),
            reports_to_id: reports_to.map(Into::into),
            key: *is_key,
            accountabilities: Listed(accountabilities.iter().map(Into::into).collect()),
            domains: Listed(domains.iter().map(Into::into).collect()),
            skills: Listed(skills.iter().map(RequiredSkillDocument::of).collect()),
            seats_min: Seats(*seats_min),
            seats_max: Seats(*seats_max),
        }
    }
    fn view(kept: &Kept<Self>, eyes: Eyes) -> RoleDocument {
        Self::document(kept, eyes)
    }
    fn value(
        document: &RoleDocument,
        tx: &mut WriteTx<'_>,
        before: Option<&Kept<Self>>,
    ) -> Result<Valid<Self>, Problem> {
        let RoleDocument {
            title,
            purpose,
            team_id,
            reports_to_id,
            key,
            accountabilities,
            domains,
            skills,
            seats_min,
            seats_max,
        } = document;
        let team = team_id.as_ref().map(IdText::id).transpose()?;
        if let Some(team) = team {
            reference(tx, team, "/team_id")?;
        }
        let reports_to = reports_to_id.as_ref().map(IdText::id).transpose()?;
        if let Some(above) = reports_to {
            reference(tx, above, "/reports_to_id")?;
            if let Some(before) = before {
                check_parent(tx, before.id, above, |role: &Self| role.reports_to)?;
            }
        }
        Ok(Valid::new(Self {
            title: title.text()?,
            purpose: purpose.as_ref().map(Words::text).transpose()?,
            team,
            reports_to,
            is_key: *key,
            accountabilities: accountabilities.0.iter().map(Words::text).collect::<Result<_, _>>()?,
            domains: domains.0.iter().map(Words::text).collect::<Result<_, _>>()?,
            skills: required_skills(tx, &skills.0)?,
            seats_min: seats_min.0,
            seats_max: seats_max.0,
        })?)
    }
    fn authorize(
        _: &mut WriteTx<'_>,
        caller: &Caller,
        before: Option<&Kept<Self>>,
        after: Option<&Self>,
    ) -> Result<(), Problem> {
        let touched = before.map(|before| before.team).into_iter().chain(after.map(|after| after.team));
        touched.into_iter().try_for_each(|team| within_narrowing(caller, team))
    }
    fn holds_from(_: &Self, tx: &mut WriteTx<'_>) -> Result<Option<Instant>, Problem> {
        resource::since_mission(tx)
    }
    /// A change of its seats must fit who holds it, and I1: a role that is accountable has one. What is over may stay.
    fn settle(tx: &mut WriteTx<'_>, before: Option<&Kept<Self>>, after: &Kept<Self>) -> Result<(), Problem> {
        if before.is_none_or(|before| before.seats_max == after.seats_max) {
            return Ok(());
        }
        let ahead = Span { from: tx.now(), to: None };
        let assignments = tx.assignments_of_role(after.id, When::Present)?;
        check_seats(after.seats_max, ahead, assignments.iter().map(|one| &*one.value))?;
        for one in tx.responsibilities_naming(Subject::Role(after.id), When::Present)? {
            if one.part == Part::Accountable && one.during.overlaps(&ahead) {
                responsibility::check(tx, one.object)?;
            }
        }
        Ok(())
    }
}

/// List roles.
#[utoipa::path(tag = "roles", operation_id = "listRoles", params(RoleFilter),
    responses((status = 200, description = "The roles.", body = RolePage)), security(("bearer" = ["read"])))]
#[get("/v1/roles")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<RoleFilter>,
) -> Result<HttpResponse, Problem> {
    let RoleFilter { key, team, reports_to, q, sort, expand, limit, after, as_of, known_at, raw } = filter.0;
    let team = team.as_ref().map(IdText::id).transpose()?;
    let reports_to = reports_to.as_ref().map(IdText::id).transpose()?;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    let expansion = Expansion::read::<Role>(expand.as_deref())?;
    resource::list_expanded::<Role, _>(&remit, &request, &caller, listing, expansion, move |remit, tx, reading| {
        let mut roles: Vec<Kept<Role>> = remit.all(tx, reading)?;
        roles.retain(|role| {
            let texts = [Some(role.title.as_str()), role.purpose.as_ref().map(Text::as_str)];
            key.is_none_or(|key| role.is_key == key)
                && (team.is_none() || role.team == team)
                && (reports_to.is_none() || role.reports_to == reports_to)
                && q.as_ref().is_none_or(|q| found_in(q, texts.into_iter().flatten()))
        });
        order(&mut roles, sort);
        Ok((roles, Instant::END))
    })
    .await
}

fn order(roles: &mut [Kept<Role>], sort: Option<RoleSort>) {
    match sort {
        None => {}
        Some(RoleSort::Title) => roles.sort_by_cached_key(|role| fold(role.title.as_str())),
        Some(RoleSort::TitleDescending) => roles.sort_by_cached_key(|role| Reverse(fold(role.title.as_str()))),
        Some(RoleSort::CreatedAt) => roles.sort_by_key(|role| (role.created_at, role.id)),
        Some(RoleSort::CreatedAtDescending) => roles.sort_by_key(|role| Reverse((role.created_at, role.id))),
    }
}

/// Create a role.
#[utoipa::path(tag = "roles", operation_id = "createRole", request_body = RoleDocument,
    responses((status = 201, description = "The role.", body = RoleView)), security(("bearer" = ["roles:write"])))]
#[post("/v1/roles")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::create::<Role>(&remit, &request, &caller, parameters.0.validate_only, &body).await
}

/// Read a role.
#[utoipa::path(tag = "roles", operation_id = "getRole", params(TravelParameters),
    responses((status = 200, description = "The role.", body = RoleView)), security(("bearer" = ["read"])))]
#[get("/v1/roles/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    resource::get::<Role>(&remit, &request, &caller, &id, travel.0.into()).await
}

/// Change a role.
#[utoipa::path(tag = "roles", operation_id = "updateRole",
    request_body(content = RolePatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The role.", body = RoleView)), security(("bearer" = ["roles:write"])))]
#[patch("/v1/roles/{id}")]
async fn change(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::change::<Role>(&remit, &request, &caller, &id, parameters.0.validate_only, &body).await
}

/// Delete a role to which nothing refers.
#[utoipa::path(tag = "roles", operation_id = "deleteRole",
    responses((status = 204, description = "It is gone from now on.")), security(("bearer" = ["roles:write"])))]
#[delete("/v1/roles/{id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    resource::delete::<Role>(&remit, &request, &caller, &id, parameters.0.validate_only).await
}

/// Create or change a role by another system's id.
#[utoipa::path(tag = "roles", operation_id = "upsertRole", request_body = RoleDocument,
    responses(
        (status = 200, description = "The role, changed.", body = RoleView),
        (status = 201, description = "The role, made or brought back.", body = RoleView),
    ), security(("bearer" = ["roles:write"])))]
#[put("/v1/roles/external/{source}/{external_id}")]
async fn upsert(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let names = (path.0.as_str(), path.1.as_str());
    resource::upsert::<Role>(&remit, &request, &caller, names, parameters.0.validate_only, &body).await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(create).service(read).service(change).service(remove).service(upsert);
}
