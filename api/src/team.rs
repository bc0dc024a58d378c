//! Teams: which there are, what they are for, and which belongs to which.

pub mod member;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put};
use remit_domain::entity::{Kept, Valid};
use remit_domain::team::Team;
use remit_domain::text::Text;
use remit_domain::time::Instant;
use remit_persistence::WriteTx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::{Allowed, Caller, Eyes, PeopleWrite, Read};
use crate::authorize::within_narrowing;
use crate::expansion::{Expanded, Expansion, Relation};
use crate::extract::{Document, Parameters};
use crate::hierarchy::check_parent;
use crate::problem::Problem;
use crate::resource::{self, Listing, Resource};
use crate::routing::ServiceConfig;
use crate::sorting::{NameSort, by_name, found_in};
use crate::state::Remit;
use crate::travel::{Travel, TravelParameters};
use crate::wire::{IdText, MergePatch, MomentText, Shown, Words};
use crate::writing::WriteParameters;

type TeamRelation = Relation<Team>;
type Title = Words<200>;
type Statement = Words<2000>;
type TeamId = IdText<Team>;

/// A team.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Maternity care", "purpose": "Cares for mothers and newborns."}))]
pub struct TeamDocument {
    /// Its name.
    #[validate(nested)]
    name: Title,
    /// What it is for.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose: Option<Statement>,
    /// The team that it belongs to.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent_id: Option<TeamId>,
}

/// A team as it is read.
pub type TeamView = Shown<Team, TeamDocument>;
type TeamPatch = MergePatch<TeamDocument>;

/// A page of teams.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct TeamPage {
    /// The teams.
    #[schema(max_items = 200)]
    data: Vec<TeamView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
    /// What the entries name, where `expand` asks for it.
    expanded: Option<Expanded>,
}

/// What teams are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TeamFilter {
    /// Those that belong to this team.
    #[validate(nested)]
    parent: Option<TeamId>,
    /// Those whose name or purpose contains this; case and accents are folded.
    #[validate(nested)]
    q: Option<Title>,
    /// The order; without it they come in the order in which they were made.
    sort: Option<NameSort>,
    /// What the entries name, to be sent with them (not in CSV); several, separated by commas.
    #[validate(length(max = 200))]
    #[param(value_type = Vec<TeamRelation>, required = false, style = Form, explode = false, min_items = 1, max_items = 10)]
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

impl Resource for Team {
    type Document = TeamDocument;
    type View = TeamDocument;
    const PATH: &'static str = "/v1/teams";

    fn document(kept: &Kept<Self>, _: Eyes) -> TeamDocument {
        let Self { name, purpose, parent } = &*kept.value;
        TeamDocument { name: name.into(), purpose: purpose.as_ref().map(Into::into), parent_id: parent.map(Into::into) }
    }
    fn view(kept: &Kept<Self>, eyes: Eyes) -> TeamDocument {
        Self::document(kept, eyes)
    }
    fn value(document: &TeamDocument, tx: &mut WriteTx<'_>, _: Option<&Kept<Self>>) -> Result<Valid<Self>, Problem> {
        let TeamDocument { name, purpose, parent_id } = document;
        let parent = parent_id.as_ref().map(IdText::id).transpose()?;
        let parent = parent.map(|parent| resource::reference(tx, parent, "/parent_id")).transpose()?;
        Ok(Valid::new(Self {
            name: name.text()?,
            purpose: purpose.as_ref().map(Words::text).transpose()?,
            parent: parent.map(|parent| parent.id),
        })?)
    }
    fn authorize(
        _: &mut WriteTx<'_>,
        caller: &Caller,
        before: Option<&Kept<Self>>,
        _: Option<&Self>,
    ) -> Result<(), Problem> {
        within_narrowing(caller, before.map(|team| team.id))
    }
    fn settle(tx: &mut WriteTx<'_>, before: Option<&Kept<Self>>, after: &Kept<Self>) -> Result<(), Problem> {
        match (before, after.parent) {
            (Some(before), Some(parent)) if before.parent != Some(parent) => {
                check_parent(tx, after.id, parent, |team| team.parent)
            }
            // Nothing stands below what is new.
            (None | Some(_), None | Some(_)) => Ok(()),
        }
    }
    fn holds_from(_: &Self, tx: &mut WriteTx<'_>) -> Result<Option<Instant>, Problem> {
        resource::since_mission(tx)
    }
}

/// List teams.
#[utoipa::path(tag = "teams", operation_id = "listTeams", params(TeamFilter),
    responses((status = 200, description = "The teams.", body = TeamPage)), security(("bearer" = ["read"])))]
#[get("/v1/teams")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<TeamFilter>,
) -> Result<HttpResponse, Problem> {
    let TeamFilter { parent, q, sort, expand, limit, after, as_of, known_at, raw } = filter.0;
    let parent = parent.as_ref().map(IdText::id).transpose()?;
    let search = q.as_ref().map(Words::text).transpose()?;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    let expansion = Expansion::read::<Team>(expand.as_deref())?;
    resource::list_expanded::<Team, _>(&remit, &request, &caller, listing, expansion, move |remit, tx, reading| {
        let mut teams: Vec<Kept<Team>> = remit.all(tx, reading)?;
        teams.retain(|team| parent.is_none() || team.parent == parent);
        if let Some(search) = search {
            teams.retain(|team| {
                let purpose = team.purpose.as_ref().map(Text::as_str);
                found_in(search.as_str(), [team.name.as_str()].into_iter().chain(purpose))
            });
        }
        by_name(&mut teams, sort, |team| team.name.as_str());
        Ok((teams, Instant::END))
    })
    .await
}

/// Create a team.
#[utoipa::path(tag = "teams", operation_id = "createTeam", request_body = TeamDocument,
    responses((status = 201, description = "The team.", body = TeamView)), security(("bearer" = ["people:write"])))]
#[post("/v1/teams")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::create::<Team>(&remit, &request, &caller, parameters.0.validate_only, &body).await
}

/// Read a team.
#[utoipa::path(tag = "teams", operation_id = "getTeam", params(TravelParameters),
    responses((status = 200, description = "The team.", body = TeamView)), security(("bearer" = ["read"])))]
#[get("/v1/teams/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    resource::get::<Team>(&remit, &request, &caller, &id, travel.0.into()).await
}

/// Change a team.
#[utoipa::path(tag = "teams", operation_id = "updateTeam",
    request_body(content = TeamPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The team.", body = TeamView)), security(("bearer" = ["people:write"])))]
#[patch("/v1/teams/{id}")]
async fn change(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::change::<Team>(&remit, &request, &caller, &id, parameters.0.validate_only, &body).await
}

/// Delete a team that nothing refers to, neither another team nor a member of any time.
#[utoipa::path(tag = "teams", operation_id = "deleteTeam",
    responses((status = 204, description = "It is gone from now on.")), security(("bearer" = ["people:write"])))]
#[delete("/v1/teams/{id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    resource::delete::<Team>(&remit, &request, &caller, &id, parameters.0.validate_only).await
}

/// Create or change a team by another system's id.
#[utoipa::path(tag = "teams", operation_id = "upsertTeam", request_body = TeamDocument,
    responses(
        (status = 200, description = "The team, changed.", body = TeamView),
        (status = 201, description = "The team, made or brought back.", body = TeamView),
    ), security(("bearer" = ["people:write"])))]
#[put("/v1/teams/external/{source}/{external_id}")]
async fn upsert(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let names = (path.0.as_str(), path.1.as_str());
    resource::upsert::<Team>(&remit, &request, &caller, names, parameters.0.validate_only, &body).await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service
        .service(list)
        .service(create)
        .service(read)
        .service(change)
        .service(remove)
        .service(upsert)
        .configure(member::operations);
}
