//! Writes: preconditions, retries, dry runs and answers, the same for every resource.

use std::collections::HashSet;

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use remit_domain::assessment::Assessment;
use remit_domain::rule::{Finding, findings_after};
use remit_persistence::{KeptAnswer, StoreError, When, WriteTx, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::answer::{matches_any, version_etag};
use crate::auth::{Caller, fingerprint};
use crate::finding::FindingView;
use crate::problem::{Kind, Problem};
use crate::state::Remit;

/// The parameters that every write takes.
#[derive(Clone, Debug, Default, Deserialize, validator::Validate)]
#[serde(deny_unknown_fields)]
pub struct WriteParameters {
    /// Answers what the write would, and keeps nothing.
    #[serde(default)]
    pub validate_only: bool,
}

/// What a client demands of the state that it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing.
    None,
    /// `If-Match`.
    Match(String),
    /// `If-None-Match: *`.
    Absent,
}

/// How a write is to be carried out.
#[derive(Clone, Debug)]
pub struct Intent {
    /// Keep nothing.
    pub validate_only: bool,
    /// Leave out the body of the answer.
    pub minimal: bool,
    /// What is demanded of the state.
    pub precondition: Precondition,
    idempotency: Option<Idempotency>,
    /// Whether the body takes no longer than a commit.
    is_brief: bool,
}

#[derive(Clone, Debug)]
struct Idempotency {
    scope: String,
    key: String,
    payload_hash: String,
}

const PREFER: header::HeaderName = header::HeaderName::from_static("prefer");
const IDEMPOTENCY_KEY: header::HeaderName = header::HeaderName::from_static("idempotency-key");
/// The longest idempotency key.
const KEY_MAX: usize = 255;

impl Intent {
    /// Reads the headers of a write.
    ///
    /// # Errors
    /// 400 for an idempotency key that is empty or too long.
    pub fn read(request: &HttpRequest, caller: &Caller, validate_only: bool, payload: &[u8]) -> Result<Self, Problem> {
        let text =
            |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let precondition = match (text(header::IF_MATCH), text(header::IF_NONE_MATCH)) {
            (Some(tags), _) => Precondition::Match(tags.to_owned()),
            (None, Some("*")) => Precondition::Absent,
            (None, _) => Precondition::None,
        };
        let minimal = text(PREFER).is_some_and(|prefer| prefer.split(',').any(|wish| wish.trim() == "return=minimal"));
        let idempotency = match request.headers().get(IDEMPOTENCY_KEY) {
            Some(key) if request.method() == actix_web::http::Method::POST => {
                let key = key.to_str().unwrap_or_default().trim();
                if key.is_empty() || key.len() > KEY_MAX || !key.bytes().all(|c| c.is_ascii_graphic()) {
                    let problem = Problem::new(Kind::InvalidParameter, "The Idempotency-Key cannot be used.");
                    return Err(problem.at(
                        "/header/Idempotency-Key",
                        "malformed",
                        "must have 1 to 255 printable characters, none of them a space",
                    ));
                }
                let path = request.path();
                (!validate_only).then(|| Idempotency {
                    scope: fingerprint(&format!("{}\n{}\n{path}", caller.credential, request.method())),
                    key: key.to_owned(),
                    payload_hash: hash(&[request.query_string().as_bytes(), payload]),
                })
            }
            _ => None,
        };
        Ok(Self { validate_only, minimal, precondition, idempotency, is_brief: false })
    }

    /// Says that the body takes no longer than a commit, so that the thread that has it may carry it out itself.
    #[must_use]
    pub fn briefly(mut self) -> Self {
        // A dry run computes pictures.
        self.is_brief = !self.validate_only;
        self
    }

    /// Whether an existing resource may be changed by a client that has read it.
    ///
    /// # Errors
    /// 428 when `If-Match` is missing, 412 when it is stale.
    pub fn require_match(&self, remit: &Remit, version: i64) -> Result<(), Problem> {
        match &self.precondition {
            Precondition::None => {
                Err(Problem::new(Kind::PreconditionRequired, "Send If-Match with the ETag that you have read."))
            }
            Precondition::Absent => Err(Problem::new(Kind::PreconditionFailed, "It exists already.")),
            Precondition::Match(_) => self.accept_match(remit, version),
        }
    }

    /// As [`Intent::require_match`], for writes that need no precondition.
    ///
    /// # Errors
    /// 412.
    pub fn accept_match(&self, remit: &Remit, version: i64) -> Result<(), Problem> {
        match &self.precondition {
            Precondition::None => Ok(()),
            Precondition::Absent => Err(Problem::new(Kind::PreconditionFailed, "It exists already.")),
            Precondition::Match(tags) if matches_any(tags, &version_etag(remit, version)) => Ok(()),
            Precondition::Match(_) => {
                Err(Problem::new(Kind::PreconditionFailed, "It has changed since you read it; read it again."))
            }
        }
    }
}

fn hash(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    hex(&digest.finalize())
}

/// The answer of a write.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    body: Option<String>,
    /// The body without its secret, for a replay.
    replay: Option<String>,
    location: Option<String>,
    etag: Option<String>,
}

impl Reply {
    fn with(status: StatusCode, value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_string(value).map_err(|error| {
            tracing::error!(%error, "an answer did not serialize");
            Problem::new(Kind::Internal, "Something failed here.")
        })?;
        Ok(Self { status: status.as_u16(), body: Some(body), replay: None, location: None, etag: None })
    }
    /// 200 with a body.
    ///
    /// # Errors
    /// When the value does not serialize.
    pub fn ok(value: &impl Serialize) -> Result<Self, Problem> {
        Self::with(StatusCode::OK, value)
    }
    /// 201 with a body and its place.
    ///
    /// # Errors
    /// When the value does not serialize.
    pub fn created(location: impl Into<String>, value: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self { location: Some(location.into()), ..Self::with(StatusCode::CREATED, value)? })
    }
    /// 204.
    pub fn no_content() -> Self {
        Self { status: 204, body: None, replay: None, location: None, etag: None }
    }
    /// Names the stored version.
    #[must_use]
    pub fn version(mut self, remit: &Remit, version: i64) -> Self {
        self.etag = Some(version_etag(remit, version));
        self
    }
    /// Names the state by an ETag that is made of more than a version.
    #[must_use]
    pub fn etag(mut self, etag: String) -> Self {
        self.etag = Some(etag);
        self
    }
    /// What a replay answers in place of the body, which holds a secret.
    ///
    /// # Errors
    /// When the value does not serialize.
    pub fn replayed_as(mut self, value: &impl Serialize) -> Result<Self, Problem> {
        self.replay = Self::ok(value)?.body;
        Ok(self)
    }

    fn keep(&self, payload_hash: String) -> KeptAnswer {
        let headers = [("location", &self.location), ("etag", &self.etag)];
        let headers = headers.iter().filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}: {value}")));
        KeptAnswer {
            payload_hash,
            status: self.status,
            headers: headers.collect::<Vec<_>>().join("\n"),
            body: self.replay.clone().or_else(|| self.body.clone()).unwrap_or_default(),
        }
    }

    fn again(kept: KeptAnswer) -> Self {
        let header = |name: &str| {
            kept.headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned)
        };
        Self {
            status: kept.status,
            location: header("location"),
            etag: header("etag"),
            body: Some(kept.body).filter(|body| !body.is_empty()),
            replay: None,
        }
    }

    fn respond(self, minimal: bool) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = HttpResponse::build(status);
        if let Some(location) = self.location {
            response.insert_header((header::LOCATION, location));
        }
        if let Some(etag) = self.etag {
            response.insert_header((header::ETAG, etag));
        }
        match self.body {
            Some(body) if !minimal => response.content_type("application/json").body(body),
            Some(_) => {
                response.status(StatusCode::NO_CONTENT);
                response.insert_header(("preference-applied", "return=minimal")).finish()
            }
            None => response.finish(),
        }
    }
}

/// What a dry run answers: what the write would, and which findings it would raise and resolve.
#[derive(Serialize, ToSchema)]
pub struct Preview {
    /// The status that the write would have.
    #[schema(minimum = 200, maximum = 299)]
    status: u16,
    /// The body that the write would have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<serde_json::Value>)]
    answer: Option<Box<serde_json::value::RawValue>>,
    /// The findings that it would raise.
    #[schema(max_items = 10000)]
    raises: Vec<FindingView>,
    /// The findings that it would resolve.
    #[schema(max_items = 10000)]
    resolves: Vec<FindingView>,
}

/// The media type of a dry run's answer.
pub const PREVIEW_JSON: &str = "application/vnd.remit.preview+json";

/// Why a write ends without effect.
enum Stop {
    Refused(Problem),
    DryRun(Preview),
}
impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}
impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

/// Carries out a write: the body's effects and its answer are kept together, or not at all.
///
/// # Errors
/// What the body says, or that an idempotency key stands for another payload.
pub async fn write<F>(
    remit: &Data<Remit>,
    caller: &Caller,
    intent: Intent,
    mut body: F,
) -> Result<HttpResponse, Problem>
where
    F: FnMut(&Remit, &mut WriteTx<'_>, &Intent) -> Result<Reply, Problem> + Send + 'static,
{
    let shared = remit.clone();
    let (minimal, is_brief) = (intent.minimal, intent.is_brief);
    let (organization, actor) = (caller.organization, caller.actor.clone());
    let body = move |tx: &mut WriteTx<'_>| {
        if let Some(Idempotency { scope, key, payload_hash }) = &intent.idempotency
            && let Some(kept) = tx.answer(scope, key)?
        {
            if kept.payload_hash != *payload_hash {
                let detail = "This Idempotency-Key was used with another payload.";
                return Err(Problem::new(Kind::IdempotencyMismatch, detail).into());
            }
            return Ok(Reply::again(kept));
        }
        let before = if intent.validate_only { Some(shared.picture_before(tx)?) } else { None };
        let reply = body(&shared, tx, &intent)?;
        if let Some(before) = before {
            let standing = before.findings();
            let now = tx.now();
            let after = tx.picture(now, When::Present)?;
            let stands = findings_after((&before.picture, standing), (&after, &Assessment::of(&after)));
            return Err(Stop::DryRun(preview(reply, standing, &stands)));
        }
        if let Some(Idempotency { scope, key, payload_hash }) = &intent.idempotency {
            tx.keep_answer(scope, key, reply.keep(payload_hash.clone()))?;
        }
        Ok(reply)
    };
    let result = if is_brief {
        remit.store.write_briefly(organization, actor, body).await
    } else {
        remit.store.write(organization, actor, body).await
    };
    match result {
        Ok(reply) => Ok(reply.respond(minimal)),
        Err(Stop::Refused(problem)) => Err(problem),
        Err(Stop::DryRun(preview)) => {
            let body =
                serde_json::to_string(&preview).map_err(|_| Problem::new(Kind::Internal, "Something failed."))?;
            Ok(HttpResponse::Ok().content_type(PREVIEW_JSON).body(body))
        }
    }
}

fn preview(reply: Reply, before: &[Finding], after: &[Finding]) -> Preview {
    // What is waived stands for nobody; and what is graver than before is another finding to those who act on it.
    let standing = |finding: &&Finding| finding.waived.is_none();
    let key = |finding: &Finding| (finding.id, finding.severity);
    let only_in = |some: &[Finding], others: &[Finding]| {
        let others: HashSet<_> = others.iter().filter(standing).map(key).collect();
        some.iter().filter(standing).filter(|one| !others.contains(&key(one))).map(FindingView::from).collect()
    };
    Preview {
        status: reply.status,
        answer: reply.body.and_then(|body| serde_json::value::RawValue::from_string(body).ok()),
        raises: only_in(after, before),
        resolves: only_in(before, after),
    }
}
