//! Skills: what people can do, and what roles and outcomes ask for.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put};
use remit_domain::entity::{Kept, Valid};
use remit_domain::skill::Skill;
use remit_domain::text::Text;
use remit_domain::time::Instant;
use remit_persistence::WriteTx;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::{Allowed, Eyes, PeopleWrite, Read};
use crate::extract::{Document, Parameters};
use crate::problem::Problem;
use crate::resource::{self, Listing, Resource};
use crate::routing::ServiceConfig;
use crate::sorting::{NameSort, by_name, found_in};
use crate::state::Remit;
use crate::travel::{Travel, TravelParameters};
use crate::wire::{MergePatch, MomentText, Shown, Words};
use crate::writing::WriteParameters;

type Title = Words<200>;
type Statement = Words<2000>;

/// A skill. Its levels are awareness, working, practitioner and expert.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Service design", "description": "Shapes a service around those who use it."}))]
pub struct SkillDocument {
    /// Its name.
    #[validate(nested)]
    name: Title,
    /// What it involves.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<Statement>,
}

type SkillView = Shown<Skill, SkillDocument>;
type SkillPatch = MergePatch<SkillDocument>;

/// A page of skills.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct SkillPage {
    /// The skills.
    #[schema(max_items = 200)]
    data: Vec<SkillView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// What skills are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SkillFilter {
    /// Those whose name or description contains this; case and accents are folded.
    #[validate(nested)]
    q: Option<Title>,
    /// The order; without it they come in the order in which they were made.
    sort: Option<NameSort>,
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

impl Resource for Skill {
    type Document = SkillDocument;
    type View = SkillDocument;
    const PATH: &'static str = "/v1/skills";

    fn document(kept: &Kept<Self>, _: Eyes) -> SkillDocument {
        let Self { name, description } = &*kept.value;
        SkillDocument { name: name.into(), description: description.as_ref().map(Into::into) }
    }
    fn view(kept: &Kept<Self>, eyes: Eyes) -> SkillDocument {
        Self::document(kept, eyes)
    }
    fn value(document: &SkillDocument, _: &mut WriteTx<'_>, _: Option<&Kept<Self>>) -> Result<Valid<Self>, Problem> {
        let SkillDocument { name, description } = document;
        Ok(Valid::new(Self { name: name.text()?, description: description.as_ref().map(Words::text).transpose()? })?)
    }
    fn holds_from(_: &Self, tx: &mut WriteTx<'_>) -> Result<Option<Instant>, Problem> {
        resource::since_mission(tx)
    }
}

/// List skills.
#[utoipa::path(tag = "skills", operation_id = "listSkills", params(SkillFilter),
    responses((status = 200, description = "The skills.", body = SkillPage)), security(("bearer" = ["read"])))]
#[get("/v1/skills")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<SkillFilter>,
) -> Result<HttpResponse, Problem> {
    let SkillFilter { q, sort, limit, after, as_of, known_at, raw } = filter.0;
    let search = q.as_ref().map(Words::text).transpose()?;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    resource::list::<Skill, _>(&remit, &request, &caller, listing, move |_, tx, reading| {
        let mut skills: Vec<Kept<Skill>> = tx.all(reading.when)?;
        if let Some(search) = search {
            skills.retain(|skill| {
                let description = skill.description.as_ref().map(Text::as_str);
                found_in(search.as_str(), [skill.name.as_str()].into_iter().chain(description))
            });
        }
        by_name(&mut skills, sort, |skill| skill.name.as_str());
        Ok((skills, Instant::END))
    })
    .await
}

/// Create a skill.
#[utoipa::path(tag = "skills", operation_id = "createSkill", request_body = SkillDocument,
    responses((status = 201, description = "The skill.", body = SkillView)), security(("bearer" = ["people:write"])))]
#[post("/v1/skills")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::create::<Skill>(&remit, &request, &caller, parameters.0.validate_only, &body).await
}

/// Read a skill.
#[utoipa::path(tag = "skills", operation_id = "getSkill", params(TravelParameters),
    responses((status = 200, description = "The skill.", body = SkillView)), security(("bearer" = ["read"])))]
#[get("/v1/skills/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    resource::get::<Skill>(&remit, &request, &caller, &id, travel.0.into()).await
}

/// Change a skill.
#[utoipa::path(tag = "skills", operation_id = "updateSkill",
    request_body(content = SkillPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The skill.", body = SkillView)), security(("bearer" = ["people:write"])))]
#[patch("/v1/skills/{id}")]
async fn change(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::change::<Skill>(&remit, &request, &caller, &id, parameters.0.validate_only, &body).await
}

/// Delete a skill that nobody holds and nothing asks for.
#[utoipa::path(tag = "skills", operation_id = "deleteSkill",
    responses((status = 204, description = "It is gone from now on.")), security(("bearer" = ["people:write"])))]
#[delete("/v1/skills/{id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    resource::delete::<Skill>(&remit, &request, &caller, &id, parameters.0.validate_only).await
}

/// Create or change a skill by another system's id.
#[utoipa::path(tag = "skills", operation_id = "upsertSkill", request_body = SkillDocument,
    responses(
        (status = 200, description = "The skill, changed.", body = SkillView),
        (status = 201, description = "The skill, made or brought back.", body = SkillView),
    ), security(("bearer" = ["people:write"])))]
#[put("/v1/skills/external/{source}/{external_id}")]
async fn upsert(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let names = (path.0.as_str(), path.1.as_str());
    resource::upsert::<Skill>(&remit, &request, &caller, names, parameters.0.validate_only, &body).await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(create).service(read).service(change).service(remove).service(upsert);
}
