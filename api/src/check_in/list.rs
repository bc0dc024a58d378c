//! Listing check-ins: of an outcome, or of the whole organization.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::check_in::{CheckIn, CheckInState};
use remit_domain::entity::Kept;
use remit_domain::outcome::{Outcome, OutcomeId};
use remit_domain::pace::ReportedStatus;
use remit_domain::person::Person;
use remit_domain::time::Instant;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::wire::CheckInView;
use crate::auth::{Allowed, Read};
use crate::extract::{Parameters, path_id};
use crate::problem::Problem;
use crate::resource::{self, Listing};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::{IdText, MomentText, Word};

type StateWord = Word<CheckInState>;
type StatusWord = Word<ReportedStatus>;
type OutcomeIdText = IdText<Outcome>;
type PersonIdText = IdText<Person>;

/// A page of check-ins.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct CheckInPage {
    /// The check-ins.
    #[schema(max_items = 200)]
    data: Vec<CheckInView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// Which check-ins are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CheckInFilter {
    /// The outcome.
    #[validate(nested)]
    outcome: Option<OutcomeIdText>,
    /// Who said it.
    #[validate(nested)]
    author: Option<PersonIdText>,
    /// Who is to acknowledge it.
    #[validate(nested)]
    reviewer: Option<PersonIdText>,
    /// Whether it is still being written.
    state: Option<StateWord>,
    /// How its author sees the outcome.
    status: Option<StatusWord>,
    /// Whether its reviewer has acknowledged it; those without a reviewer are neither.
    acknowledged: Option<bool>,
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

/// A page of the check-ins of an outcome.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OutcomeCheckInFilter {
    /// Whether it is still being written.
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

/// The newest first: drafts by when they were begun, the others by when they were published.
fn newest_first(check_ins: &mut [Kept<CheckIn>]) {
    check_ins.sort_by_key(|one| std::cmp::Reverse((one.published_at.unwrap_or(one.created_at), one.id)));
}

/// List check-ins.
#[utoipa::path(tag = "check-ins", operation_id = "listCheckIns", params(CheckInFilter),
    responses((status = 200, description = "The check-ins, the newest first.", body = CheckInPage)),
    security(("bearer" = ["read"])))]
#[get("/v1/check-ins")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<CheckInFilter>,
) -> Result<HttpResponse, Problem> {
    let CheckInFilter { outcome, author, reviewer, state, status, acknowledged, limit, after, as_of, known_at, raw } =
        filter.0;
    let outcome = outcome.as_ref().map(IdText::id).transpose()?;
    let author = author.as_ref().map(IdText::id).transpose()?;
    let reviewer = reviewer.as_ref().map(IdText::id).transpose()?;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    resource::list::<CheckIn, _>(&remit, &request, &caller, listing, move |_, tx, reading| {
        let mut found = tx.check_ins(outcome, author, reviewer, reading.when)?;
        found.retain(|one| {
            state.is_none_or(|state| state.0 == one.state())
                && status.is_none_or(|status| Some(status.0) == one.reported_status)
                && acknowledged.is_none_or(|wanted| {
                    one.published_at.is_some() && one.reviewer.is_some() && one.acknowledged_at.is_some() == wanted
                })
        });
        newest_first(&mut found);
        Ok((found, Instant::END))
    })
    .await
}

/// List the check-ins of an outcome.
#[utoipa::path(tag = "check-ins", operation_id = "listOutcomeCheckIns", params(OutcomeCheckInFilter),
    responses((status = 200, description = "The check-ins, the newest first.", body = CheckInPage)),
    security(("bearer" = ["read"])))]
#[get("/v1/outcomes/{id}/check-ins")]
async fn of_outcome(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    filter: Parameters<OutcomeCheckInFilter>,
) -> Result<HttpResponse, Problem> {
    let id: OutcomeId = path_id(&id)?;
    let OutcomeCheckInFilter { state, limit, after, as_of, known_at, raw } = filter.0;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    resource::list::<CheckIn, _>(&remit, &request, &caller, listing, move |_, tx, reading| {
        tx.find(id, reading.when)?.ok_or_else(|| Problem::not_found("outcome"))?;
        let mut found = tx.check_ins(Some(id), None, None, reading.when)?;
        found.retain(|one| state.is_none_or(|state| state.0 == one.state()));
        newest_first(&mut found);
        Ok((found, Instant::END))
    })
    .await
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(of_outcome);
}
