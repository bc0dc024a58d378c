//! What if: what would be lost if a person left or a role ceased, with who could take it over.

pub mod handover;
mod wire;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::id::Identified;
use remit_domain::impact::Impact;
use remit_domain::person::{Person, PersonId};
use remit_domain::picture::Picture;
use remit_domain::role::{Role, RoleId, Subject};
use remit_domain::time::{Day, Instant, plus_days};
use remit_persistence::ReadTx;
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

use crate::answer::{Answer, Media, Reading, answer};
use crate::auth::{Allowed, PeopleRead};
use crate::coverage::SkillNames;
use crate::dated::require_known;
use crate::extract::{Parameters, path_id};
use crate::problem::Problem;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::{DayText, MomentText};
use wire::ImpactView;
pub use wire::person_name;

/// When a person would leave, and at which state that is asked.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LeavingParameters {
    /// The last day; where nothing is said, the one that is announced, else the day of as_of. What has passed by then
    /// is not asked about.
    #[validate(nested)]
    leaves_on: Option<DayText>,
    /// What was true then.
    #[validate(nested)]
    as_of: Option<MomentText>,
    /// As recorded by then: an instant, a day, or a revision.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    known_at: Option<String>,
}

/// When a role would cease, and at which state that is asked.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EndingParameters {
    /// Its last day; the day of as_of where nothing is said. What has passed by then is not asked about.
    #[validate(nested)]
    ends_on: Option<DayText>,
    /// What was true then.
    #[validate(nested)]
    as_of: Option<MomentText>,
    /// As recorded by then: an instant, a day, or a revision.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    known_at: Option<String>,
}

/// The first instant after a last day, and never before the state that is asked.
fn first_after(picture: &Picture, last: Option<Day>, as_of: Instant) -> Instant {
    let zone = picture.zone();
    let next = zone.start_of(plus_days(last.unwrap_or_else(|| picture.today()), 1));
    next.max(as_of)
}

/// What someone's going would lose.
fn impact(
    remit: &Remit,
    tx: &mut ReadTx<'_>,
    reading: &Reading,
    gone: Subject,
    last: Option<Day>,
) -> Result<Answer, Problem> {
    let pictured = remit.picture(tx, reading)?;
    let picture = &pictured.picture;
    // It may be known without being there at that instant: then there is nothing to ask.
    let (is_there, announced, noun) = match gone {
        Subject::Person(id) => {
            let person = picture.person(id);
            (person.is_some(), person.and_then(|person| person.left_on), Person::NOUN)
        }
        Subject::Role(id) => (picture.role(id).is_some(), None, Role::NOUN),
    };
    if !is_there {
        return Err(Problem::not_found(noun));
    }
    let names = SkillNames::load(tx, reading.when)?;
    let from = first_after(picture, last.or(announced), pictured.as_of());
    let impact = Impact::of(picture, &pictured.assessment, gone, from);
    let view = ImpactView::of(&pictured, &names, impact, reading.known);
    Ok(Answer::json(&view)?.until(pictured.until()))
}

/// Ask what would be lost if a person left, and who could take it over.
#[utoipa::path(tag = "people", operation_id = "getPersonImpact", params(LeavingParameters),
    responses((status = 200, description = "What would be lost, the most at stake first, and a plan to hand it over.",
        body = ImpactView)),
    security(("bearer" = ["people:read"])))]
#[get("/v1/people/{id}/impact")]
async fn of_person(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleRead>,
    id: Path<String>,
    parameters: Parameters<LeavingParameters>,
) -> Result<HttpResponse, Problem> {
    let id: PersonId = path_id(&id)?;
    let LeavingParameters { leaves_on, as_of, known_at } = parameters.0;
    let last = leaves_on.as_ref().map(DayText::day).transpose()?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, Travel::new(as_of, known_at), move |remit, tx, reading| {
        require_known(tx, id, reading)?;
        impact(remit, tx, reading, Subject::Person(id), last)
    })
    .await
}

/// Ask what would be lost if a role ceased, and who could take it over.
#[utoipa::path(tag = "roles", operation_id = "getRoleImpact", params(EndingParameters),
    responses((status = 200, description = "What would be lost, the most at stake first, and a plan to hand it over.",
        body = ImpactView)),
    security(("bearer" = ["people:read"])))]
#[get("/v1/roles/{id}/impact")]
async fn of_role(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleRead>,
    id: Path<String>,
    parameters: Parameters<EndingParameters>,
) -> Result<HttpResponse, Problem> {
    let id: RoleId = path_id(&id)?;
    let EndingParameters { ends_on, as_of, known_at } = parameters.0;
    let last = ends_on.as_ref().map(DayText::day).transpose()?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, Travel::new(as_of, known_at), move |remit, tx, reading| {
        require_known(tx, id, reading)?;
        impact(remit, tx, reading, Subject::Role(id), last)
    })
    .await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(of_person).service(of_role).configure(handover::operations);
}
