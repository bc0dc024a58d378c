//! Since when findings stand, and how long others did.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::id::Id;
use remit_domain::rule::{Finding, FindingId, rule};
use remit_domain::time::Instant;
use remit_persistence::{Sighting, SightingFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::subject_of;
use crate::answer::{Answer, answer_caller};
use crate::auth::{Allowed, Read};
use crate::extract::Parameters;
use crate::paging::LIMIT_DEFAULT;
use crate::problem::Problem;
use crate::routing::ServiceConfig;
use crate::rule::page_of;
use crate::state::Remit;
use crate::wire::{IdText, InstantText};
use crate::work::findings::Look;

type FindingIdText = IdText<Finding>;

/// That a finding stood for a while, as seen by looking every so often.
#[derive(Serialize, ToSchema)]
#[schema(as = FindingSighting)]
struct SightingView {
    /// The id of the finding.
    id: FindingIdText,
    /// The rule's id.
    #[schema(max_length = 100)]
    rule: String,
    /// The page that explains the rule.
    #[schema(format = "uri-reference", max_length = 200)]
    page: String,
    /// What kind of thing it is about.
    #[schema(max_length = 50)]
    subject_kind: String,
    /// Which one.
    #[schema(max_length = 40)]
    subject_id: String,
    /// The first look that saw it.
    first_seen_at: InstantText,
    /// The last look that saw it.
    last_seen_at: InstantText,
    /// Whether no look has missed it since.
    standing: bool,
}

/// A page of what stood and what stands.
#[derive(Serialize, ToSchema)]
struct FindingHistoryPage {
    /// What was seen.
    #[schema(max_items = 200)]
    data: Vec<SightingView>,
    /// The cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    next: Option<String>,
    /// When it was last looked; absent before the first look.
    #[serde(skip_serializing_if = "Option::is_none")]
    looked_at: Option<InstantText>,
}

/// Which sightings are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FindingHistoryFilter {
    /// The id of a rule.
    #[validate(length(min = 1, max = 100))]
    #[param(min_length = 1, max_length = 100, example = "role_vacant")]
    rule: Option<String>,
    /// The id of what they are about.
    #[validate(length(min = 1, max = 40))]
    #[param(
        min_length = 1,
        max_length = 40,
        pattern = "^(out|msr|role|psn|team|brf|whk)_[0-7][0-9a-hjkmnp-tv-z]{25}$"
    )]
    subject: Option<String>,
    /// Only what stands, or only what does not any longer.
    standing: Option<bool>,
    /// Entries of a page.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// The cursor of the page before.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    after: Option<String>,
}

/// The sighting after which a page begins.
fn place(after: Option<&str>) -> Result<Option<(Instant, FindingId)>, Problem> {
    let Some(cursor) = after.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
    let read = || {
        let (first_at, finding) = cursor.split_once('.')?;
        Some((Instant::from_micros(first_at.parse().ok()?), Id::parse(finding)?))
    };
    let place = read().ok_or_else(|| Problem::parameter("after", "cursor_invalid", "is no cursor of this list"))?;
    Ok(Some(place))
}

/// List since when findings stand, and from when to when others did.
///
/// It is looked once a minute, unless the server is set otherwise: what came and went between two looks is not in this
/// list, and the instants are those of looks. The latest come first.
#[utoipa::path(tag = "findings", operation_id = "listFindingHistory", params(FindingHistoryFilter),
    responses((status = 200, description = "What was seen.", body = FindingHistoryPage)),
    security(("bearer" = ["read"])))]
#[get("/v1/findings/history")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<FindingHistoryFilter>,
) -> Result<HttpResponse, Problem> {
    let FindingHistoryFilter { rule: id, subject, standing, limit, after } = filter.0;
    if id.as_deref().is_some_and(|id| rule(id).is_none()) {
        return Err(Problem::parameter("rule", "unknown_rule", "is the id of no rule"));
    }
    let subject = subject.as_deref().map(subject_of).transpose()?;
    let filter = SightingFilter { rule: id, subject, stands: standing };
    let (place, limit) = (place(after.as_deref())?, limit.map_or(LIMIT_DEFAULT, usize::from));
    // Looks leave no revision, so that no answer is kept.
    answer_caller(&remit, &request, &caller, move |_, tx, _| {
        let look = Look::last(tx)?.map(|look| look.at);
        let mut found = tx.sightings(&filter, place, limit + 1)?;
        let has_more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| has_more);
        let next = last.map(|last| format!("{}.{}", last.first_at.micros(), last.finding));
        let data = found.into_iter().map(|sighting| view(sighting, look)).collect();
        let page = FindingHistoryPage { data, next: next.clone(), looked_at: look.map(Into::into) };
        Ok(Answer { next, ..Answer::json(&page)? })
    })
    .await
}

fn view(sighting: Sighting, look: Option<Instant>) -> SightingView {
    let Sighting { finding, rule, subject, first_at, last_at } = sighting;
    SightingView {
        id: finding.into(),
        page: page_of(&rule),
        rule,
        subject_kind: subject.kind().into(),
        subject_id: subject.to_string(),
        first_seen_at: first_at.into(),
        last_seen_at: last_at.or(look).map_or(first_at, |seen| seen.max(first_at)).into(),
        standing: last_at.is_none(),
    }
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list);
}
