//! Export: the whole organization with its history, as lines of JSON, and the way back into another database.

use std::collections::HashSet;
use std::io::BufRead;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, get};
use futures_util::stream::unfold;
use remit_domain::organization::OrganizationId;
use remit_persistence::{Address, Restored, Store, StoreError, Unrestored};
use serde::Deserialize;
use validator::Validate;

use crate::auth::{Admin, Allowed};
use crate::edge::HeadAlone;
use crate::event::accept;
use crate::extract::Parameters;
use crate::problem::{Kind, Problem};
use crate::routing::ServiceConfig;
use crate::state::Remit;

/// The media type of lines of JSON.
const NDJSON: &str = "application/x-ndjson";
/// Exports that are under way at once on one server: each holds a thread, a connection and a snapshot.
const AT_ONCE: usize = 8;
/// How long an export may take: its snapshot keeps what was written since from being tidied up.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// When to ask again, in seconds.
const RETRY_SECONDS: u32 = 10;

/// The exports that are under way.
#[derive(Default)]
pub struct Exports(Mutex<HashSet<OrganizationId>>);

impl Exports {
    fn under_way(&self) -> MutexGuard<'_, HashSet<OrganizationId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins one.
    ///
    /// # Errors
    /// 503 while the organization is being exported, or as many others as this server may.
    fn begin(self: &Arc<Self>, organization: OrganizationId) -> Result<Turn, Problem> {
        let mut under_way = self.under_way();
        if under_way.len() >= AT_ONCE || !under_way.insert(organization) {
            let detail = "An export of this organization, or as many others as may be, are under way.";
            return Err(Problem::new(Kind::Busy, detail).retry_after(RETRY_SECONDS));
        }
        Ok(Turn { exports: self.clone(), organization })
    }
}

/// An export that is under way; it has ended when this is dropped.
struct Turn {
    exports: Arc<Exports>,
    organization: OrganizationId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.exports.under_way().remove(&self.organization);
    }
}

/// Nothing is asked of this path.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Export the whole organization, with its history, as NDJSON.
///
/// One state, as of the moment of the request, however long it takes to send. The first line says what the file is and
/// where the log stood, the last how many lines there are and the SHA-256 of all before it: a file without it is not
/// whole. `remit restore` puts it into a database that lacks the organization, on SQLite or PostgreSQL, and an export from
/// there has the same bytes. It holds personal values, and neither secrets nor what opens an installation.
#[utoipa::path(tag = "organization", operation_id = "exportOrganization",
    responses((status = 200, body = String, content_type = "application/x-ndjson",
        description = "The organization, a JSON object a line.",
        example = json!("{\"format\":\"remit.organization\",\"version\":1,\"revision\":12}\n{\"table\":\"themes\",\"id\":\"thm_01k3\",\"revision\":3,\"title\":\"Safer roads\"}\n{\"end\":\"remit.organization\",\"lines\":2}\n"))),
    security(("bearer" = ["admin"])))]
#[get("/v1/export")]
async fn export(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Admin>,
    _: Parameters<Nothing>,
) -> Result<HttpResponse, Problem> {
    accept(&request, NDJSON)?;
    let mut response = HttpResponse::Ok();
    response.content_type(NDJSON);
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    if request.extensions().contains::<HeadAlone>() {
        return Ok(response.finish());
    }
    let turn = remit.exports.begin(caller.organization)?;
    let mut pieces = remit.store.export(caller.organization)?;
    // What fails before anything was sent can still be said.
    let first = pieces.recv().await.unwrap_or_else(|| Err(StoreError::Internal("an export ended early".into())))?;
    let ends_at = Instant::now() + PATIENCE;
    let state = (Some(first), pieces, turn);
    Ok(response.streaming(unfold(state, move |(first, mut pieces, turn)| async move {
        let piece = match first {
            Some(piece) => Ok(piece),
            None => pieces.recv().await?,
        };
        let in_time = piece.and_then(|piece| {
            let late = || StoreError::Internal("an export was not taken in time".into());
            if Instant::now() < ends_at { Ok(Bytes::from(piece)) } else { Err(late()) }
        });
        // An error cuts the connection, so that nobody takes what was sent for the whole.
        let piece = in_time.inspect_err(|error| tracing::error!(%error, "an export ended early"));
        Some((piece, (None, pieces, turn)))
    })))
}

/// Puts an exported organization into a database, which is brought to head first.
///
/// # Errors
/// As [`Store::restore_organization`].
pub fn restore(address: &Address, from: &mut dyn BufRead) -> Result<Restored, Unrestored> {
    Store::migrate(address)?;
    Store::restore_organization(address, from)
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(export);
}
