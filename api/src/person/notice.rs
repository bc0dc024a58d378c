//! Notices: of what a person was told by mail.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::person::{Person, PersonId};
use remit_persistence::{Notice, When};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::{Allowed, Eyes, Read};
use crate::csv_table::columns_of;
use crate::extract::{Parameters, path_id};
use crate::problem::{Kind, Problem};
use crate::resource::{self, Listing, missing};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::{DayText, InstantText};

/// Of what a person was told.
#[derive(Serialize, ToSchema)]
#[schema(as = Notice)]
pub(super) struct NoticeView {
    /// The day, where the person is.
    day: DayText,
    /// Of what kind of thing: `digest`, `nudge`, or `nothing_to_tell` where a digest would have been empty.
    #[schema(max_length = 40)]
    kind: String,
    /// Of what: of a team's digest the id of the team, of a person's own nothing.
    #[schema(max_length = 200)]
    subject: String,
    /// When it was noted, just before the mail was sent.
    noted_at: InstantText,
}

impl From<Notice> for NoticeView {
    fn from(notice: Notice) -> Self {
        let Notice { person: _, day, kind, subject, noted_at } = notice;
        Self { day: day.into(), kind, subject, noted_at: noted_at.into() }
    }
}

/// A page of notices.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct NoticePage {
    /// The notices, the latest first.
    #[schema(max_items = 200)]
    data: Vec<NoticeView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// A page of what a person was told.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NoticeFilter {
    /// Entries of a page.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// The cursor of the page before.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    after: Option<String>,
    /// In CSV, leaves text that a spreadsheet would run as it is.
    #[serde(default)]
    raw: bool,
}

/// List of what a person was told by mail in the last three months: one's own, or with the scope `people:read` anyone's.
#[utoipa::path(tag = "people", operation_id = "listNotices", params(NoticeFilter),
    responses((status = 200, description = "The notices, the latest first.", body = NoticePage)),
    security(("bearer" = ["read"])))]
#[get("/v1/people/{id}/notices")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    filter: Parameters<NoticeFilter>,
) -> Result<HttpResponse, Problem> {
    let id: PersonId = path_id(&id)?;
    let NoticeFilter { limit, after, raw } = filter.0;
    let is_own = caller.person == Some(id);
    let eyes = caller.eyes();
    let listing = Listing { limit, after, raw, travel: Travel::none() };
    resource::list_views(&remit, &request, &caller, listing, columns_of::<NoticeView>, move |_, tx, reading| {
        tx.get(id, When::Present).map_err(missing::<Person>)?;
        if eyes == Eyes::Names && !is_own {
            return Err(Problem::new(Kind::Forbidden, "Of what another was told needs the scope people:read."));
        }
        let notices = tx.notices_of(id)?;
        // No revision says that there is another one.
        Ok((notices.into_iter().map(NoticeView::from).collect(), reading.at))
    })
    .await
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list);
}
