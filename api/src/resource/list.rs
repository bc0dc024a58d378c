//! Lists: pages of many, as JSON or CSV, with what their entries name.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use remit_domain::entity::Kept;
use remit_domain::time::Instant;
use remit_persistence::ReadTx;
use serde::Serialize;

use super::{Resource, shown};
use crate::answer::{Answer, Media, Reading, answer};
use crate::auth::Caller;
use crate::csv_table;
use crate::expansion::Expansion;
use crate::paging::{Page, Paging};
use crate::problem::Problem;
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::Shown;

/// A query over one collection.
pub struct Listing {
    /// The page.
    pub limit: Option<u16>,
    /// The cursor.
    pub after: Option<String>,
    /// Whether text that a spreadsheet would run is left as it is.
    pub raw: bool,
    /// The state that is listed.
    pub travel: Travel,
}

/// GET of many: those that `choose` leaves, in its order.
///
/// # Errors
/// What reading says.
pub async fn list<T, F>(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Caller,
    listing: Listing,
    choose: F,
) -> Result<HttpResponse, Problem>
where
    T: Resource,
    Shown<T, T::View>: utoipa::PartialSchema,
    F: FnOnce(&Remit, &mut ReadTx<'_>, &Reading) -> Result<(Vec<Kept<T>>, Instant), Problem> + Send + 'static,
{
    list_expanded(remit, request, caller, listing, Expansion::default(), choose).await
}

/// As [`list`], with what the entries name.
///
/// # Errors
/// What reading says.
pub async fn list_expanded<T, F>(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Caller,
    listing: Listing,
    expansion: Expansion,
    choose: F,
) -> Result<HttpResponse, Problem>
where
    T: Resource,
    Shown<T, T::View>: utoipa::PartialSchema,
    F: FnOnce(&Remit, &mut ReadTx<'_>, &Reading) -> Result<(Vec<Kept<T>>, Instant), Problem> + Send + 'static,
{
    let columns = || csv_table::columns_of::<Shown<T, T::View>>();
    let eyes = caller.eyes();
    let show = move |kept: Kept<T>| shown(&kept, eyes);
    list_of(remit, request, caller, (listing, expansion), columns, show, choose).await
}

/// GET of many views, as JSON or CSV.
///
/// # Errors
/// What reading says.
pub async fn list_views<V, F>(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Caller,
    listing: Listing,
    columns: fn() -> Vec<String>,
    all: F,
) -> Result<HttpResponse, Problem>
where
    V: Serialize + 'static,
    F: FnOnce(&Remit, &mut ReadTx<'_>, &Reading) -> Result<(Vec<V>, Instant), Problem> + Send + 'static,
{
    list_of(remit, request, caller, (listing, Expansion::default()), columns, |view| view, all).await
}

/// GET of many things, of which only those on the page are made into what is shown.
async fn list_of<I, V, F>(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Caller,
    (listing, expansion): (Listing, Expansion),
    columns: fn() -> Vec<String>,
    show: impl Fn(I) -> V + Send + 'static,
    all: F,
) -> Result<HttpResponse, Problem>
where
    I: 'static,
    V: Serialize,
    F: FnOnce(&Remit, &mut ReadTx<'_>, &Reading) -> Result<(Vec<I>, Instant), Problem> + Send + 'static,
{
    let Listing { limit, after, raw, mut travel } = listing;
    let eyes = caller.eyes();
    let media = Media::accepted(request, true)?;
    let organization = caller.organization;
    let paging = Paging::read(remit, organization, request, limit, after.as_deref())?;
    travel.walk = paging.walk.map(|walk| (walk.known, walk.at));
    answer(remit, request, caller, media, travel, move |remit, tx, reading| {
        let (all, until) = all(remit, tx, reading)?;
        let Page { data, next, expanded: _ } = paging.cut(remit, organization, reading, all);
        let data: Vec<V> = data.into_iter().map(show).collect();
        let expanded = match media {
            Media::Json | Media::Markdown => expansion.of(&data, tx, reading.when, eyes)?,
            Media::Csv => None,
        };
        let page = Page { data, next: next.clone(), expanded };
        let answer = match media {
            Media::Json | Media::Markdown => Answer::json(&page)?,
            Media::Csv => {
                Answer { media, ..Answer::json(&())?.with_body(csv_table::render(&columns(), &page.data, raw)?) }
            }
        };
        Ok(Answer { next, ..answer }.until(until))
    })
    .await
}
