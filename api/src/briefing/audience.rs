//! The audience of a briefing: its readers, and how far each has come.

use std::collections::HashMap;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::briefing::{Acknowledgement, Briefing, BriefingId, BriefingState, ReceiptState};
use remit_domain::entity::Kept;
use remit_domain::person::{Person, PersonId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::{Allowed, Eyes, Read};
use crate::csv_table::columns_of;
use crate::extract::{Parameters, path_id};
use crate::problem::Problem;
use crate::resource::{self, Listing, missing};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::{IdText, InstantText, MomentText, Word};

type PersonIdText = IdText<Person>;
type ReceiptStateWord = Word<ReceiptState>;

/// A reader of a briefing.
#[derive(Serialize, ToSchema)]
#[schema(as = BriefingReader)]
struct ReaderView {
    person_id: PersonIdText,
    /// The name that is shown.
    #[schema(max_length = 200)]
    name: String,
    /// How far the reader has come; absent in a draft, which would reach the person.
    state: Option<ReceiptStateWord>,
    /// When it was seen first.
    seen_at: Option<InstantText>,
    /// When it was acknowledged.
    acknowledged_at: Option<InstantText>,
    /// Whether the first answer to its question was right; for those with the scope `people:read`.
    correct: Option<bool>,
}

/// A page of readers.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct BriefingReaderPage {
    /// The readers, by id.
    #[schema(max_items = 200)]
    data: Vec<ReaderView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// Which readers are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReaderFilter {
    /// How far they have come.
    state: Option<ReceiptStateWord>,
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

/// List the readers of a briefing with what each has done with it; of a draft, whom it would reach.
#[utoipa::path(tag = "briefings", operation_id = "listBriefingAudience", params(ReaderFilter),
    responses((status = 200, description = "The readers, by id.", body = BriefingReaderPage)),
    security(("bearer" = ["read"])))]
#[get("/v1/briefings/{id}/audience")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    filter: Parameters<ReaderFilter>,
) -> Result<HttpResponse, Problem> {
    let id: BriefingId = path_id(&id)?;
    let ReaderFilter { state, limit, after, as_of, known_at, raw } = filter.0;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    let eyes = caller.eyes();
    resource::list_views(&remit, &request, &caller, listing, columns_of::<ReaderView>, move |remit, tx, reading| {
        let briefing = tx.get(id, reading.when).map_err(missing::<Briefing>)?;
        let pictured = remit.picture(tx, reading)?;
        let picture = &pictured.picture;
        let is_draft = briefing.state() == BriefingState::Draft;
        let readers = if is_draft { briefing.readers_in(picture) } else { briefing.readers.clone() };
        let receipts = tx.acknowledgements_of(id, reading.when)?;
        let receipts: HashMap<PersonId, &Kept<Acknowledgement>> =
            receipts.iter().map(|receipt| (receipt.person, receipt)).collect();
        let view = |person: PersonId| {
            let receipt = receipts.get(&person);
            let standing = receipt.map_or(ReceiptState::Asked, |receipt| receipt.state());
            if state.is_some_and(|state| is_draft || state.0 != standing) {
                return None;
            }
            Some(ReaderView {
                person_id: person.into(),
                name: picture.person(person).map_or_else(|| person.to_string(), |person| person.name.to_string()),
                state: (!is_draft).then_some(Word(standing)),
                seen_at: receipt.map(|receipt| receipt.seen_at.into()),
                acknowledged_at: receipt.and_then(|receipt| receipt.acknowledged_at).map(Into::into),
                correct: match eyes {
                    Eyes::Names => None,
                    Eyes::People => receipt.and_then(|receipt| receipt.correct),
                },
            })
        };
        Ok((readers.into_iter().filter_map(view).collect(), pictured.until()))
    })
    .await
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list);
}
