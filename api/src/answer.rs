//! Answers to reads: kept in memory under what their ETag is made of, and so never stale.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use remit_domain::organization::OrganizationId;
use remit_domain::time::Instant;
use remit_persistence::{Head, ReadTx, When, hex};
use sha2::{Digest, Sha256};

use crate::auth::{Caller, Eyes};
use crate::problem::{Kind, Problem};
use crate::state::{Remit, now};
use crate::travel::Travel;

/// In which state of things, and of knowledge, a question is answered.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// What was true then.
    pub at: Instant,
    /// As known after this revision.
    pub known: i64,
    /// The same for the store.
    pub when: When,
    /// Whether the instant or the knowledge was asked for.
    pub is_past: bool,
}

/// What is asked, and by whom the answer may be seen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AnswerKey {
    organization: OrganizationId,
    eyes: Eyes,
    media: Media,
    target: String,
}

impl AnswerKey {
    /// How many bytes it holds.
    pub fn weight(&self) -> usize {
        self.target.len()
    }
}

/// The formats of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Media {
    /// application/json
    Json,
    /// text/csv
    Csv,
    /// text/markdown
    Markdown,
}

impl Media {
    /// The format that the request accepts, JSON first.
    ///
    /// # Errors
    /// 406 when it accepts neither.
    pub fn accepted(request: &HttpRequest, csv: bool) -> Result<Self, Problem> {
        Self::among(request, if csv { &[Self::Json, Self::Csv] } else { &[Self::Json] })
    }

    /// The one of some formats that the request accepts first; the first of them where it accepts any.
    ///
    /// # Errors
    /// 406 when it accepts none.
    pub fn among(request: &HttpRequest, formats: &'static [Self]) -> Result<Self, Problem> {
        let first = formats.first().copied().unwrap_or(Self::Json);
        let Some(accept) = request.headers().get(header::ACCEPT) else { return Ok(first) };
        let accept = accept.to_str().unwrap_or("*/*");
        for range in accept.split(',') {
            let (media, parameters) = range.split_once(';').unwrap_or((range, ""));
            if parameters.replace(' ', "").split(';').any(|p| matches!(p, "q=0" | "q=0.0" | "q=0.00" | "q=0.000")) {
                continue;
            }
            let media = media.trim().to_ascii_lowercase();
            if matches!(media.as_str(), "*/*" | "") {
                return Ok(first);
            }
            let fits = |format: &&Self| {
                let name = format.name();
                let of_kind = name.split_once('/').map(|(kind, _)| format!("{kind}/*"));
                media == name || Some(&media) == of_kind.as_ref()
            };
            if let Some(format) = formats.iter().find(fits) {
                return Ok(*format);
            }
        }
        let names: Vec<&str> = formats.iter().map(|format| format.name()).collect();
        Err(Problem::new(Kind::NotAcceptable, format!("This answer has the formats {}.", names.join(" and "))))
    }

    /// Its name.
    const fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Markdown => "text/markdown",
        }
    }
}

/// An answer before it is dressed as a response.
pub struct Answer {
    /// The body.
    pub body: Bytes,
    /// Its format.
    pub media: Media,
    /// What its ETag is made of, for a plain single resource: its stored version.
    pub tag: Option<String>,
    /// The first instant at which the same facts give another answer; [`Instant::END`] where time plays no part.
    pub until: Instant,
    /// The next page.
    pub next: Option<String>,
}

impl Answer {
    /// A JSON answer that only a write can change.
    ///
    /// # Errors
    /// A problem when the value does not serialize, which no stored value does.
    pub fn json(value: &impl serde::Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_vec(value).map_err(|error| {
            tracing::error!(%error, "an answer did not serialize");
            Problem::new(Kind::Internal, "Something failed here.")
        })?;
        Ok(Self { body: body.into(), media: Media::Json, tag: None, until: Instant::END, next: None })
    }
    /// The same with another body.
    #[must_use]
    pub fn with_body(mut self, body: Bytes) -> Self {
        self.body = body;
        self
    }
    /// Says the stored version.
    #[must_use]
    pub fn version(self, version: i64) -> Self {
        self.tagged(version.to_string())
    }
    /// Says what its ETag is made of.
    #[must_use]
    pub fn tagged(mut self, tag: String) -> Self {
        self.tag = Some(tag);
        self
    }
    /// Says until when it stands, if nothing is written.
    #[must_use]
    pub fn until(mut self, until: Instant) -> Self {
        self.until = until;
        self
    }
}

/// An answer as it is kept.
pub struct CachedAnswer {
    body: Bytes,
    media: Media,
    etag: header::HeaderValue,
    link: Option<header::HeaderValue>,
    state: StateHeaders,
    revision: i64,
    from: Instant,
    until: Instant,
}

/// The headers of every read: of which state it tells, and within what the same question has the same bytes (I7).
mod named {
    /// The revision of the last erasure: what was erased is gone from past states too.
    pub const EPOCH: &str = "remit-erasure-epoch";
    /// The version of the contract by which it is written.
    pub const INTERFACE: &str = "remit-interface-version";
    /// The last revision that is taken into account.
    pub const REVISION: &str = "remit-known-revision";
    /// What was true then; where the past was asked for.
    pub const AS_OF: &str = "remit-as-of";
    /// When the last change that is taken into account was recorded; where the past was asked for.
    pub const KNOWN_AT: &str = "remit-known-at";
}

/// The values of these headers.
struct StateHeaders {
    epoch: header::HeaderValue,
    revision: header::HeaderValue,
    past: Option<(header::HeaderValue, header::HeaderValue)>,
}

impl CachedAnswer {
    /// How many bytes it holds.
    pub fn weight(&self) -> usize {
        self.body.len()
    }
}

/// Answers a read: from memory when nothing has changed, else by the body in one snapshot.
///
/// # Errors
/// What the body says, or that the state asked for does not exist.
pub async fn answer<F>(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Caller,
    media: Media,
    travel: Travel,
    body: F,
) -> Result<HttpResponse, Problem>
where
    F: FnOnce(&Remit, &mut ReadTx<'_>, &Reading) -> Result<Answer, Problem> + Send + 'static,
{
    let head = remit.store.head(caller.organization).await?;
    let target = request.uri().path_and_query().map_or_else(String::new, |target| target.as_str().to_owned());
    let key = AnswerKey { organization: caller.organization, eyes: caller.eyes(), media, target };
    let now = now();
    if let Some(kept) = remit.answers.get(&key)
        && kept.revision == head.revision
        && kept.from <= now
        && now < kept.until
    {
        remit.metrics.answer(true);
        return Ok(respond(request, &kept));
    }
    // What many ask for at once is computed once: whoever waited finds it in memory.
    let turn = remit.turns.take(key).await;
    let now = crate::state::now();
    if let Some(kept) = remit.answers.get(turn.key())
        && kept.revision >= head.revision
        && kept.from <= now
        && now < kept.until
    {
        remit.metrics.answer(true);
        return Ok(respond(request, &kept));
    }
    remit.metrics.answer(false);
    travel.settle(remit, caller.organization, &head, now).await?;
    let kept = Arc::new(fresh(remit, request, turn.key(), travel, now, body).await?);
    remit.answers.insert(turn.key().clone(), kept.clone());
    Ok(respond(request, &kept))
}

/// Who computes which answer; others who ask for it meanwhile wait for theirs.
#[derive(Default)]
pub struct Turns {
    under_way: Mutex<HashMap<AnswerKey, Arc<tokio::sync::Mutex<()>>>>,
}

/// A turn at computing an answer; it ends when this is dropped.
struct Turn<'a> {
    turns: &'a Turns,
    key: AnswerKey,
    mine: Option<tokio::sync::OwnedMutexGuard<()>>,
}

impl Turns {
    async fn take(&self, key: AnswerKey) -> Turn<'_> {
        let queue = {
            let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            under_way.entry(key.clone()).or_default().clone()
        };
        // Made before it waits, so that a caller who goes away while waiting leaves nothing behind.
        let mut turn = Turn { turns: self, key, mine: None };
        turn.mine = Some(queue.lock_owned().await);
        turn
    }
}

impl Turn<'_> {
    fn key(&self) -> &AnswerKey {
        &self.key
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut under_way = self.turns.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        self.mine = None;
        if under_way.get(&self.key).is_some_and(|queue| Arc::strong_count(queue) == 1) {
            under_way.remove(&self.key);
        }
    }
}

/// Answers a read about the caller itself, which is kept for nobody else.
///
/// # Errors
/// What the body says.
pub async fn answer_caller<F>(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Caller,
    body: F,
) -> Result<HttpResponse, Problem>
where
    F: FnOnce(&Remit, &mut ReadTx<'_>, &Reading) -> Result<Answer, Problem> + Send + 'static,
{
    let media = Media::accepted(request, false)?;
    let key = AnswerKey { organization: caller.organization, eyes: caller.eyes(), media, target: String::new() };
    let kept = fresh(remit, request, &key, Travel::none(), now(), body).await?;
    Ok(respond(request, &kept))
}

/// Computes an answer in one snapshot.
async fn fresh<F>(
    remit: &Data<Remit>,
    request: &HttpRequest,
    key: &AnswerKey,
    travel: Travel,
    now: Instant,
    body: F,
) -> Result<CachedAnswer, Problem>
where
    F: FnOnce(&Remit, &mut ReadTx<'_>, &Reading) -> Result<Answer, Problem> + Send + 'static,
{
    let shared = remit.clone();
    let (answer, head, reading, past) = remit
        .store
        .read(key.organization, move |tx| {
            let head = tx.head()?;
            let reading = travel.resolve(tx, &head, now)?;
            let answer = body(&shared, tx, &reading)?;
            let past = if reading.is_past { Some((reading.at, tx.recorded_at(reading.known)?)) } else { None };
            Ok::<_, Problem>((answer, head, reading, past))
        })
        .await?;
    let etag = etag(remit, key, &answer, &reading, &head);
    Ok(CachedAnswer {
        body: answer.body,
        media: answer.media,
        etag: header_value(&etag),
        link: answer.next.map(|next| header_value(&next_link(request, &next))),
        state: StateHeaders {
            epoch: head.erasure_epoch.into(),
            revision: reading.known.into(),
            past: past.map(|(at, known_at)| (header_value(&at.to_string()), header_value(&known_at.to_string()))),
        },
        revision: head.revision,
        from: now,
        until: answer.until,
    })
}

fn header_value(text: &str) -> header::HeaderValue {
    header::HeaderValue::from_str(text).unwrap_or_else(|_| header::HeaderValue::from_static(""))
}

/// The ETag of a plain resource at a version.
pub fn version_etag(remit: &Remit, version: i64) -> String {
    tag_etag(remit, &version.to_string())
}

/// The ETag of a plain resource that is made of more than its version.
pub fn tag_etag(remit: &Remit, tag: &str) -> String {
    format!("\"{}-{tag}\"", remit.store.incarnation())
}

fn etag(remit: &Remit, key: &AnswerKey, answer: &Answer, reading: &Reading, head: &Head) -> String {
    if let (Some(tag), false) = (&answer.tag, reading.is_past) {
        return tag_etag(remit, tag);
    }
    let mut digest = Sha256::new();
    digest.update(&answer.body);
    digest.update([key.eyes as u8, key.media as u8]);
    digest.update(head.erasure_epoch.to_be_bytes());
    let digest = hex(&digest.finalize()[..12]);
    let revision = if reading.is_past { reading.known } else { head.revision };
    format!("\"{}-{revision}-{digest}\"", remit.store.incarnation())
}

/// Whether `If-None-Match` names an ETag.
pub fn matches_any(condition: &str, etag: &str) -> bool {
    condition.trim() == "*"
        || condition.split(',').any(|tag| tag.trim().strip_prefix("W/").unwrap_or(tag.trim()) == etag)
}

fn next_link(request: &HttpRequest, cursor: &str) -> String {
    let kept = request.query_string().split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("after="));
    let query: Vec<_> = kept.map(str::to_owned).chain([format!("after={cursor}")]).collect();
    format!("<{}?{}>; rel=\"next\"", request.path(), query.join("&"))
}

fn respond(request: &HttpRequest, kept: &CachedAnswer) -> HttpResponse {
    let unchanged = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .and_then(|condition| condition.to_str().ok())
        .is_some_and(|condition| matches_any(condition, kept.etag.to_str().unwrap_or_default()));
    let mut response = HttpResponse::build(if unchanged { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    response.insert_header((header::ETAG, kept.etag.clone()));
    response.insert_header((header::CACHE_CONTROL, header::HeaderValue::from_static("private, no-cache")));
    response.insert_header((header::VARY, header::HeaderValue::from_static("Authorization, Accept, Accept-Encoding")));
    let name = header::HeaderName::from_static;
    response.insert_header((name(named::INTERFACE), header::HeaderValue::from_static(env!("CARGO_PKG_VERSION"))));
    response.insert_header((name(named::EPOCH), kept.state.epoch.clone()));
    response.insert_header((name(named::REVISION), kept.state.revision.clone()));
    if let Some((as_of, known_at)) = &kept.state.past {
        response.insert_header((name(named::AS_OF), as_of.clone()));
        response.insert_header((name(named::KNOWN_AT), known_at.clone()));
    }
    if let Some(link) = &kept.link {
        response.insert_header((header::LINK, link.clone()));
    }
    if unchanged {
        return response.finish();
    }
    response.insert_header((
        header::CONTENT_TYPE,
        header::HeaderValue::from_static(match kept.media {
            Media::Json => "application/json",
            Media::Csv => "text/csv; charset=utf-8",
            Media::Markdown => "text/markdown; charset=utf-8",
        }),
    ));
    response.body(kept.body.clone())
}
