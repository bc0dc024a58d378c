//! Events: the log as it grows, as Server-Sent Events, resumed where a client has left off.

pub mod feed;
pub mod page;
pub mod reader;

use std::borrow::Cow;

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, get};
use remit_domain::change::{ACTIONS, is_action, subject_kinds};
use serde::Deserialize;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use validator::Validate;

use self::feed::Place;
use self::page::Filter;
use self::reader::{Opening, stream};
use crate::auth::{Allowed, AuditRead, bearer};
use crate::change::place_of;
use crate::edge::HeadAlone;
use crate::extract::Parameters;
use crate::problem::{Kind, Problem};
use crate::routing::ServiceConfig;
use crate::state::Remit;

/// The media type of a stream.
const EVENT_STREAM: &str = "text/event-stream";
/// The header by which a client says what it has seen.
const LAST_EVENT_ID: &str = "last-event-id";
/// Values of one filter.
const VALUES_MAX: usize = 50;
/// Characters of an id, or of a cursor.
const ID_MAX: usize = 200;

fn word(words: impl IntoIterator<Item = &'static str>, description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(words))
        .description(Some(description))
        .into()
}

/// What was done, in the words of the log.
pub struct ActionName;
impl PartialSchema for ActionName {
    fn schema() -> RefOr<Schema> {
        word(ACTIONS.iter().copied(), "What was done, which names an event too.")
    }
}
impl ToSchema for ActionName {
    fn name() -> Cow<'static, str> {
        "ActionName".into()
    }
}

/// The kind of what an entry of the log speaks of.
pub struct SubjectKind;
impl PartialSchema for SubjectKind {
    fn schema() -> RefOr<Schema> {
        word(subject_kinds(), "The kind of what an entry of the log speaks of.")
    }
}
impl ToSchema for SubjectKind {
    fn name() -> Cow<'static, str> {
        "SubjectKind".into()
    }
}

/// The id of what an entry of the log speaks of.
pub struct SubjectId;
impl PartialSchema for SubjectId {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .pattern(Some("^[^,]{1,200}$"))
            .max_length(Some(ID_MAX))
            .description(Some("The id of what an entry of the log speaks of."))
            .into()
    }
}
impl ToSchema for SubjectId {
    fn name() -> Cow<'static, str> {
        "EventSubjectId".into()
    }
}

/// Which events are asked for, and from where on.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventParameters {
    /// After this: the id of an event, or the cursor of a page of `/v1/changes`. Without it, from now on. The header
    /// `Last-Event-ID` wins over it, since a client that comes back sends both.
    #[validate(length(max = 200))]
    #[param(max_length = 200)]
    after: Option<String>,
    /// Those about one of these ids, separated by commas.
    #[validate(length(max = 10_000))]
    #[param(value_type = Vec<SubjectId>, required = false, style = Form, explode = false, min_items = 1, max_items = 50)]
    subject: Option<String>,
    /// Those about things of one of these kinds, separated by commas.
    #[validate(length(max = 10_000))]
    #[param(value_type = Vec<SubjectKind>, required = false, style = Form, explode = false, min_items = 1, max_items = 50)]
    kind: Option<String>,
    /// Those in which one of these was done, separated by commas.
    #[validate(length(max = 10_000))]
    #[param(value_type = Vec<ActionName>, required = false, style = Form, explode = false, min_items = 1, max_items = 50)]
    action: Option<String>,
    /// The stream ends after so many seconds; with 0, after what is there already. Without it, it goes on.
    #[validate(range(max = 86_400))]
    #[param(minimum = 0, maximum = 86_400)]
    seconds: Option<u32>,
}

/// The values of a filter, each of which must be one that there can be.
fn values(name: &str, text: Option<&str>, is_known: impl Fn(&str) -> bool) -> Result<Box<[String]>, Problem> {
    let Some(text) = text else { return Ok(Box::default()) };
    let values: Vec<&str> = text.split(',').collect();
    if values.len() > VALUES_MAX {
        return Err(Problem::parameter(name, "too_many", format!("must have at most {VALUES_MAX} values")));
    }
    if let Some(unknown) = values.iter().find(|value| !is_known(value)) {
        // Waiting for what never comes looks as if nothing happened.
        let shown: String = unknown.chars().take(ID_MAX).collect();
        return Err(Problem::parameter(name, "unknown", format!("has “{shown}”, which there cannot be")));
    }
    Ok(values.into_iter().map(str::to_owned).collect())
}

/// Whether the request accepts a stream of this kind.
///
/// # Errors
/// 406 when it does not.
pub fn accept(request: &HttpRequest, kind: &str) -> Result<(), Problem> {
    let Some(accept) = request.headers().get(header::ACCEPT) else { return Ok(()) };
    let accept = accept.to_str().unwrap_or("*/*").to_ascii_lowercase();
    let accepts = accept.split(',').any(|range| {
        let (media, parameters) = range.split_once(';').unwrap_or((range, ""));
        let quality = parameters.split(';').find_map(|one| one.trim().strip_prefix("q="));
        let is_refused = quality.and_then(|quality| quality.trim().parse::<f64>().ok()) == Some(0.0);
        let media = media.trim();
        let is_of_kind = media.strip_suffix("/*").is_some_and(|family| kind.split('/').next() == Some(family));
        !is_refused && (media == kind || is_of_kind || matches!(media, "*/*" | ""))
    });
    let detail = format!("This answer has the format {kind}.");
    if accepts { Ok(()) } else { Err(Problem::new(Kind::NotAcceptable, detail)) }
}

/// The place after which a client goes on: what the header says, else the parameter; else the end of the log.
fn begin(remit: &Remit, request: &HttpRequest, after: Option<&str>, head: i64) -> Result<Place, Problem> {
    let header = request.headers().get(LAST_EVENT_ID).filter(|value| !value.is_empty());
    let place = match (header, after.filter(|after| !after.is_empty())) {
        (Some(id), _) => {
            let refused = || {
                let problem = Problem::new(Kind::InvalidParameter, "A header cannot be read.");
                problem.at("/header/Last-Event-ID", "cursor_invalid", "is no id of an event")
            };
            place_of(remit, id.to_str().map_err(|_| refused())?, refused)?
        }
        (None, Some(cursor)) => {
            place_of(remit, cursor, || Problem::parameter("after", "cursor_invalid", "is no id of an event"))?
        }
        (None, None) => return Ok((head, i32::MAX)),
    };
    if place.0 > head {
        let detail = "The log does not reach that far: what you have seen is not in it. Begin again.";
        return Err(Problem::new(Kind::CursorExpired, detail));
    }
    Ok(place)
}

/// Follow the log as Server-Sent Events: each entry is sent as soon as all of its write is kept.
///
/// An event's `id` is a cursor of `/v1/changes`, its `event` the action, and its `data` the entry as `/v1/changes` shows
/// it (`Change`), in one line of JSON. A client that comes back with `Last-Event-ID` misses none and gets none twice.
/// Every 15 seconds without an event there is a comment, by which a client can tell that the stream goes on. Whoever
/// does not read is cut off, and goes on from where it stopped. The stream ends with the credential.
#[utoipa::path(tag = "changes", operation_id = "followEvents",
    params(EventParameters),
    responses((status = 200, body = String, content_type = "text/event-stream",
        description = "The events; the `data` of each is a `Change`.",
        example = json!("id: 01k3.12.0\nevent: outcome.activated\ndata: {\"revision\":12,\"position\":0}\n\n"))),
    security(("bearer" = ["audit:read"])))]
#[get("/v1/events")]
async fn follow(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<AuditRead>,
    parameters: Parameters<EventParameters>,
) -> Result<HttpResponse, Problem> {
    let EventParameters { after, subject, kind, action, seconds } = parameters.0;
    accept(&request, EVENT_STREAM)?;
    let filter = Filter {
        subjects: values("subject", subject.as_deref(), |value| (1..=ID_MAX).contains(&value.chars().count()))?,
        kinds: values("kind", kind.as_deref(), |value| subject_kinds().contains(&value))?,
        actions: values("action", action.as_deref(), is_action)?,
    };
    let seat = remit.feeds.seat(&caller.credential)?;
    let feed = remit.feeds.feed(&remit.store, caller.organization)?;
    let head = remit.store.head(caller.organization).await?.revision;
    let place = begin(&remit, &request, after.as_deref(), head)?;
    let mut response = HttpResponse::Ok();
    response.content_type(EVENT_STREAM);
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    // Compressed, events would wait for each other; a proxy that buffers would hold them back too.
    response.insert_header((header::CONTENT_ENCODING, "identity"));
    response.insert_header(("x-accel-buffering", "no"));
    if request.extensions().contains::<HeadAlone>() {
        return Ok(response.finish());
    }
    let opening = Opening {
        seat,
        feed,
        organization: caller.organization,
        token: bearer(&request)?.to_owned(),
        expires_at: caller.expires_at,
        filter,
        place,
        head,
        seconds,
        remit,
    };
    Ok(response.streaming(stream(opening)))
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(follow);
}
