//! Listing briefings.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::briefing::{Briefing, BriefingState, BriefingTopic};
use remit_domain::mission::Mission;
use remit_domain::outcome::Outcome;
use remit_domain::person::Person;
use remit_domain::role::Role;
use remit_domain::time::Instant;
use remit_persistence::BriefingFilter;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::wire::BriefingView;
use crate::auth::{Allowed, Read};
use crate::extract::Parameters;
use crate::problem::Problem;
use crate::resource::{self, Listing};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::{IdText, MomentText, Word};

type TopicWord = Word<BriefingTopic>;
type StateWord = Word<BriefingState>;
type MissionIdText = IdText<Mission>;
type OutcomeIdText = IdText<Outcome>;
type RoleIdText = IdText<Role>;
type PersonIdText = IdText<Person>;

/// A page of briefings.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct BriefingPage {
    /// The briefings.
    #[schema(max_items = 200)]
    data: Vec<BriefingView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// Which briefings are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BriefingParameters {
    /// What they are about.
    about: Option<TopicWord>,
    /// Those about this mission.
    #[validate(nested)]
    mission: Option<MissionIdText>,
    /// Those about this outcome.
    #[validate(nested)]
    outcome: Option<OutcomeIdText>,
    /// Those about this role.
    #[validate(nested)]
    role: Option<RoleIdText>,
    /// Who wrote them.
    #[validate(nested)]
    author: Option<PersonIdText>,
    /// To whom they were published.
    #[validate(nested)]
    reader: Option<PersonIdText>,
    /// Whether they are still being written.
    state: Option<StateWord>,
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

/// List briefings.
#[utoipa::path(tag = "briefings", operation_id = "listBriefings", params(BriefingParameters),
    responses((status = 200, description = "The briefings, the newest first.", body = BriefingPage)),
    security(("bearer" = ["read"])))]
#[get("/v1/briefings")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<BriefingParameters>,
) -> Result<HttpResponse, Problem> {
    let BriefingParameters { about, mission, outcome, role, author, reader, state, limit, after, as_of, known_at, raw } =
        filter.0;
    let filter = BriefingFilter {
        mission: mission.as_ref().map(IdText::id).transpose()?,
        outcome: outcome.as_ref().map(IdText::id).transpose()?,
        role: role.as_ref().map(IdText::id).transpose()?,
        author: author.as_ref().map(IdText::id).transpose()?,
        reader: reader.as_ref().map(IdText::id).transpose()?,
    };
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    resource::list::<Briefing, _>(&remit, &request, &caller, listing, move |_, tx, reading| {
        let mut found = tx.briefings(filter, reading.when)?;
        found.retain(|one| {
            state.is_none_or(|state| state.0 == one.state()) && about.is_none_or(|about| about.0 == one.subject.topic())
        });
        // Drafts by when they were begun, the others by when they were published.
        found.sort_by_key(|one| std::cmp::Reverse((one.published_at.unwrap_or(one.created_at), one.id)));
        Ok((found, Instant::END))
    })
    .await
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list);
}
