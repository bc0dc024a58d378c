//! The log over HTTP: every entry in order, a signed head to keep elsewhere, and the chain checked.

pub mod signature;

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::change::Flaw;
use remit_domain::organization::Organization;
use remit_persistence::{Change, ChangeFilter, Fault, KeptHead, ReadTx, Verification, Verified, When};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use self::signature::{SignedHead, sign};
use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, AuditRead};
use crate::csv_table;
use crate::event::ActionName;
use crate::extract::Parameters;
use crate::problem::{Kind, Problem};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::{IdText, InstantText, MomentText, Word};

type OrganizationId = IdText<Organization>;
type FlawWord = Word<Flaw>;

/// Entries of a page where nothing is said.
const LIMIT_DEFAULT: u16 = 100;

/// What an entry of the log speaks of.
#[derive(Serialize, ToSchema)]
struct ChangeSubject {
    /// Its kind.
    #[schema(max_length = 100)]
    kind: String,
    /// Its id.
    #[schema(max_length = 200)]
    id: String,
}

/// An entry of the log.
#[derive(Serialize, ToSchema)]
#[schema(as = Change)]
pub struct ChangeView {
    /// The number of the write, 1, 2, 3 … without a gap.
    #[schema(minimum = 1)]
    revision: i64,
    /// Its place in the write, 0, 1, 2 …
    #[schema(minimum = 0)]
    position: i32,
    recorded_at: InstantText,
    /// Who wrote it: a person's id, or a credential's name.
    #[schema(max_length = 300)]
    actor: String,
    /// What was done, such as `outcome.changed`.
    #[schema(value_type = ActionName)]
    action: String,
    subject: ChangeSubject,
    /// The canonical record after the change; what is personal stands in it as salted hashes.
    #[schema(value_type = serde_json::Value)]
    record: Box<RawValue>,
    /// The hash of the entry before it, lower-case hex.
    #[schema(min_length = 64, max_length = 64)]
    previous_hash: String,
    /// SHA-256 over the previous hash and all else, lower-case hex.
    #[schema(min_length = 64, max_length = 64)]
    hash: String,
}

impl ChangeView {
    /// An entry as it is shown, its record byte for byte; nothing where that is no JSON, as after tampering.
    pub fn of(entry: Change) -> Option<Self> {
        let Change {
            revision,
            position,
            recorded_at,
            actor,
            action,
            subject_kind,
            subject_id,
            record,
            previous_hash,
            hash,
        } = entry;
        Some(Self {
            revision,
            position,
            recorded_at: recorded_at.into(),
            actor,
            action,
            subject: ChangeSubject { kind: subject_kind, id: subject_id },
            record: RawValue::from_string(record).ok()?,
            previous_hash,
            hash,
        })
    }
}

/// Some entries of the log.
#[derive(Serialize, ToSchema)]
struct ChangePage {
    /// The entries, in order.
    #[schema(max_items = 1000)]
    data: Vec<ChangeView>,
    /// The cursor behind them: with it the next call goes on, now or when more has been written.
    #[schema(max_length = 100)]
    next: String,
    /// Whether more is there already.
    has_more: bool,
}

/// An entry of the log as a line of a table.
#[derive(Serialize, ToSchema)]
struct ChangeLine {
    revision: i64,
    position: i32,
    recorded_at: String,
    actor: String,
    action: String,
    subject_kind: String,
    subject_id: String,
    record: String,
    previous_hash: String,
    hash: String,
}

impl From<Change> for ChangeLine {
    fn from(entry: Change) -> Self {
        let Change {
            revision,
            position,
            recorded_at,
            actor,
            action,
            subject_kind,
            subject_id,
            record,
            previous_hash,
            hash,
        } = entry;
        let recorded_at = recorded_at.to_string();
        Self { revision, position, recorded_at, actor, action, subject_kind, subject_id, record, previous_hash, hash }
    }
}

/// Which entries are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChangeParameters {
    /// From here on: a revision, or an instant or a day, which means its beginning.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    from: Option<String>,
    /// Those about this id.
    #[validate(length(min = 1, max = 200))]
    #[param(min_length = 1, max_length = 200)]
    subject: Option<String>,
    /// Those about things of this kind, such as `outcome`.
    #[validate(length(min = 1, max = 100))]
    #[param(min_length = 1, max_length = 100)]
    kind: Option<String>,
    /// Those that this actor wrote: a person's id, or a credential's name.
    #[validate(length(min = 1, max = 300))]
    #[param(min_length = 1, max_length = 300)]
    actor: Option<String>,
    /// Those in which this was done, such as `outcome.activated`.
    #[validate(length(min = 1, max = 100))]
    #[param(min_length = 1, max_length = 100)]
    action: Option<String>,
    /// Entries of a page.
    #[validate(range(min = 1, max = 1000))]
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
    /// The cursor of an earlier call; it wins over `from`.
    #[validate(length(max = 100))]
    #[param(max_length = 100)]
    after: Option<String>,
    /// In CSV, leaves text that a spreadsheet would run as it is.
    #[serde(default)]
    raw: bool,
}

/// The place in the log that a cursor, or the id of an event, names.
///
/// # Errors
/// What `foreign` says of one that was never given; 410 when the database was restored since.
pub fn place_of(remit: &Remit, cursor: &str, foreign: impl Fn() -> Problem) -> Result<(i64, i32), Problem> {
    let mut parts = cursor.split('.');
    let (Some(incarnation), Some(revision), Some(position), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(foreign());
    };
    let place = (revision.parse().map_err(|_| foreign())?, position.parse().map_err(|_| foreign())?);
    if place.0 < 0 || place.1 < 0 {
        return Err(foreign());
    }
    if incarnation != remit.store.incarnation() {
        let detail = "The database was restored since; begin again from a revision that you have.";
        return Err(Problem::new(Kind::CursorExpired, detail));
    }
    Ok(place)
}

/// Where entries begin that are asked for.
fn begin(remit: &Remit, tx: &mut ReadTx<'_>, from: Option<&str>, after: Option<&str>) -> Result<(i64, i32), Problem> {
    if let Some(cursor) = after.filter(|cursor| !cursor.is_empty()) {
        return place_of(remit, cursor, || Problem::parameter("after", "cursor_invalid", "is no cursor of this list"));
    }
    let Some(from) = from else { return Ok((0, i32::MAX)) };
    if from.bytes().all(|c| c.is_ascii_digit()) {
        let revision: i64 = from.parse().map_err(|_| Problem::parameter("from", "out_of_range", "is no revision"))?;
        return Ok((revision.saturating_sub(1), i32::MAX));
    }
    let malformed = |_| Problem::parameter("from", "malformed", "must be a revision, a day or an RFC 3339 instant");
    let moment = MomentText(from.to_owned()).moment().map_err(malformed)?;
    let organization = tx.organization(When::Present)?;
    let at = moment.start(organization.zone_at(crate::state::now()));
    Ok((tx.revision_at(at.plus_micros(-1))?, i32::MAX))
}

/// Read the log: every entry from a revision on, in order, none left out.
///
/// Revisions have no gap, and an entry is shown when all of its write is. The cursor `next` never expires and goes on
/// where the page ended, also when there was nothing more to read yet: poll with it to follow the log.
#[utoipa::path(tag = "changes", operation_id = "listChanges", params(ChangeParameters),
    responses((status = 200, description = "The entries.", body = ChangePage)),
    security(("bearer" = ["audit:read"])))]
#[get("/v1/changes")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<AuditRead>,
    parameters: Parameters<ChangeParameters>,
) -> Result<HttpResponse, Problem> {
    let ChangeParameters { from, subject, kind, actor, action, limit, after, raw } = parameters.0;
    let media = Media::accepted(&request, true)?;
    let filter = ChangeFilter { subject, kind, actor, action };
    let limit = usize::from(limit.unwrap_or(LIMIT_DEFAULT));
    answer(&remit, &request, &caller, media, Travel::none(), move |remit, tx, reading| {
        let begin = begin(remit, tx, from.as_deref(), after.as_deref())?;
        let mut entries = tx.changes(begin, reading.known, &filter, limit + 1)?;
        let has_more = entries.len() > limit;
        entries.truncate(limit);
        // Where nothing more is there, all of it was looked through.
        let end = entries.last().filter(|_| has_more).map(Change::place);
        let (revision, position) = end.unwrap_or_else(|| begin.max((reading.known, i32::MAX)));
        let next = format!("{}.{revision}.{position}", remit.store.incarnation());
        let mut page = match media {
            Media::Json | Media::Markdown => {
                let data = entries.into_iter().filter_map(ChangeView::of).collect();
                Answer::json(&ChangePage { data, next: next.clone(), has_more })?
            }
            Media::Csv => {
                let lines: Vec<ChangeLine> = entries.into_iter().map(ChangeLine::from).collect();
                let table = csv_table::render(&csv_table::columns_of::<ChangeLine>(), &lines, raw)?;
                Answer { media: Media::Csv, ..Answer::json(&())?.with_body(table) }
            }
        };
        page.next = has_more.then_some(next);
        Ok(page)
    })
    .await
}

/// Nothing is asked of this path.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// The head of the log, signed by this server.
#[derive(Serialize, ToSchema)]
#[schema(as = Head)]
struct HeadView {
    organization_id: OrganizationId,
    /// The number of the last write.
    #[schema(minimum = 1)]
    revision: i64,
    /// When it was recorded.
    recorded_at: InstantText,
    /// The hash of its last entry, to which every earlier one has contributed.
    #[schema(min_length = 64, max_length = 64)]
    hash: String,
    /// The text that is signed: it says the four above.
    #[schema(max_length = 500)]
    statement: String,
    /// Ed25519 over the statement's bytes, in Base64.
    #[schema(max_length = 100)]
    signature: String,
    /// The key that checks it, PEM. It stays the same as long as the server keeps its secret.
    #[schema(max_length = 200)]
    public_key: String,
}

/// Read the head of the log, signed, to keep it elsewhere.
///
/// Whoever keeps it can prove later that nothing up to its revision was changed, left out or slipped in since:
/// `/v1/changes/verify` and `remit verify --head` hold the log against it.
#[utoipa::path(tag = "changes", operation_id = "getChangesHead",
    responses((status = 200, description = "The head.", body = HeadView)),
    security(("bearer" = ["audit:read"])))]
#[get("/v1/changes/head")]
async fn head(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<AuditRead>,
    _: Parameters<Nothing>,
) -> Result<HttpResponse, Problem> {
    let media = Media::accepted(&request, false)?;
    let organization = caller.organization;
    answer(&remit, &request, &caller, media, Travel::none(), move |remit, tx, _| {
        let head = tx.head()?;
        let recorded_at = tx.recorded_at(head.revision)?;
        let SignedHead { statement, signature, public_key } =
            sign(&remit.secret, organization, head.revision, recorded_at, &head.hash)?;
        Answer::json(&HeadView {
            organization_id: organization.into(),
            revision: head.revision,
            recorded_at: recorded_at.into(),
            hash: head.hash,
            statement,
            signature,
            public_key,
        })
    })
    .await
}

/// What the log is held against.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VerificationParameters {
    /// The revision of a head that was kept.
    #[validate(range(min = 1, max = 9_007_199_254_740_991_i64))]
    #[param(minimum = 1)]
    revision: Option<i64>,
    /// The hash of that head.
    #[validate(length(min = 64, max = 64))]
    #[param(min_length = 64, max_length = 64)]
    hash: Option<String>,
}

/// What a verification found.
#[derive(Serialize, ToSchema)]
#[schema(as = Verification)]
struct VerificationView {
    /// Whether all is sound.
    sound: bool,
    /// Up to which write.
    #[schema(minimum = 0)]
    revision: i64,
    /// The hash of the log's head.
    #[schema(min_length = 64, max_length = 64)]
    hash: String,
    /// Entries whose order and hashes were checked.
    #[schema(minimum = 0)]
    entries: u64,
    /// Stored versions of things that were compared with what the log tells of them.
    #[schema(minimum = 0)]
    versions: u64,
    /// Stored observations that were compared with the hash in their entry.
    #[schema(minimum = 0)]
    observations: u64,
    /// The first entry that is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<FaultView>,
}

/// The first entry that is broken.
#[derive(Serialize, ToSchema)]
#[schema(as = Fault)]
struct FaultView {
    /// What is wrong.
    flaw: FlawWord,
    /// The number of the write.
    #[schema(minimum = 0)]
    revision: i64,
    /// The entry's place in the write.
    #[schema(minimum = 0)]
    position: i32,
    /// The id of what it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    subject_id: Option<String>,
    /// The same for a person.
    #[schema(max_length = 500)]
    detail: String,
}

impl From<Verified> for VerificationView {
    fn from(found: Verified) -> Self {
        let Verified { revision, hash, entries, versions, observations, fault } = found;
        let sound = fault.is_none();
        let fault = fault.map(|Fault { flaw, revision, position, subject, detail }| FaultView {
            flaw: Word(flaw),
            revision,
            position,
            subject_id: subject,
            detail,
        });
        Self { sound, revision, hash, entries, versions, observations, fault }
    }
}

/// Check the log: its order and hashes, and whether what is stored is what it tells; names the first broken entry.
#[utoipa::path(tag = "changes", operation_id = "verifyChanges", params(VerificationParameters),
    responses((status = 200, description = "What was found.", body = VerificationView)),
    security(("bearer" = ["audit:read"])))]
#[get("/v1/changes/verify")]
async fn verify(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<AuditRead>,
    parameters: Parameters<VerificationParameters>,
) -> Result<HttpResponse, Problem> {
    Media::accepted(&request, false)?;
    let VerificationParameters { revision, hash } = parameters.0;
    let kept = match (revision, hash) {
        (Some(revision), Some(hash)) => Some(KeptHead { revision, hash: hash.to_lowercase() }),
        (None, None) => None,
        (Some(_), None) => return Err(Problem::parameter("hash", "required", "is needed with revision")),
        (None, Some(_)) => return Err(Problem::parameter("revision", "required", "is needed with hash")),
    };
    let mut verification = Verification::new(kept);
    loop {
        // Each part in a reading of its own, so that others are answered in between.
        let (further, ended) = remit
            .store
            .read(caller.organization, move |tx| {
                let ended = tx.verify(&mut verification)?;
                Ok::<_, Problem>((verification, ended))
            })
            .await?;
        verification = further;
        if ended {
            break;
        }
    }
    let body = serde_json::to_string(&VerificationView::from(verification.found()))
        .map_err(|_| Problem::new(Kind::Internal, "Something failed here."))?;
    // What it finds is true now, and of no revision: a tampered row has none.
    let no_store = (header::CACHE_CONTROL, "no-store");
    Ok(HttpResponse::Ok().insert_header(no_store).content_type("application/json").body(body))
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(head).service(verify);
}
