//! Webhooks: other systems hear of every change without asking, as Standard Webhooks.

pub mod address;
mod came_to;
mod delivery;
pub mod event;
mod passed;
mod round;
mod run;
pub mod schedule;
mod send;
mod signature;
mod wire;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use remit_domain::entity::{Actor, Kept, Valid};
use remit_domain::organization::OrganizationId;
use remit_domain::time::Instant;
use remit_domain::webhook::{
    ActionPattern, WEBHOOKS_MAX, Webhook, WebhookError, WebhookFault, WebhookId, WebhookState,
};
use remit_persistence::{Endpoint, When, WriteTx, clock};

use self::passed::AllPassed;
pub use self::passed::sift;
pub use self::run::run;
use self::schedule::Schedule;
use self::send::{Attempt, Line, Sender};
use self::signature::{Sealer, Secret, Signer};
use self::wire::{
    Actions, Nothing, WebhookDocument, WebhookFields, WebhookFilter, WebhookPage, WebhookPatch, WebhookRotation,
    WebhookStanding, WebhookTestView, WebhookView, WebhookWithSecretView,
};
use crate::auth::{Allowed, Caller, Eyes, WebhooksWrite};
use crate::authorize::within_narrowing;
use crate::config::Config;
use crate::extract::{Document, OptionalDocument, Parameters, path_id};
use crate::problem::{Kind, Problem};
use crate::resource::{self, Listing, Resource, change_in, create_in, fields, merged, missing, reference, shown};
use crate::routing::ServiceConfig;
use crate::state::{Remit, now};
use crate::travel::Travel;
use crate::wire::{ActionText, IdText, Listed, OverlapHours, SubjectIdText, WebhookUrlText, With, Word, Words};
use crate::writing::{Intent, Reply, WriteParameters, write};

/// The kind of job that follows the log for a webhook.
pub const KIND: &str = "webhook";
/// How long an old secret goes on signing, where nothing is said.
const OVERLAP_HOURS: OverlapHours = OverlapHours(24);
const HOUR_MICROS: i64 = 3_600_000_000;

/// What webhooks need of the service.
pub struct Webhooks {
    sender: Sender,
    sealer: Option<Sealer>,
    schedule: Schedule,
    passed: AllPassed,
}

impl Webhooks {
    /// As it is configured. Beside a SQLite file the key that seals secrets is made where there is none; servers that
    /// share a database have to be given one.
    ///
    /// # Errors
    /// A sentence that names what cannot be used.
    pub fn new(config: &Config) -> Result<Self, String> {
        Ok(Self {
            sender: Sender::new(config.webhooks_allow_private, config.webhooks_ca.as_deref())?,
            sealer: config.sealing_key()?.map(|key| Sealer::new(&key)).transpose()?,
            schedule: config.webhooks_retry,
            passed: AllPassed::default(),
        })
    }
}

/// What is said where secrets cannot be sealed.
const NO_KEY: &str = "its secret cannot be kept: set REMIT_SECRET_KEY, the same for every server of this database";

impl Webhooks {
    fn sealer(&self) -> Result<&Sealer, Problem> {
        let missing = || Problem::new(Kind::Conflict, format!("A webhook does not work yet: {NO_KEY}."));
        self.sealer.as_ref().ok_or_else(missing)
    }

    /// What signs for a webhook now.
    fn signer(&self, organization: OrganizationId, id: WebhookId, endpoint: &Endpoint) -> Result<Signer, String> {
        let sealer = self.sealer.as_ref().ok_or_else(|| NO_KEY.to_owned())?;
        Signer::open(sealer, organization, id, endpoint, now())
    }
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::TooManyActions => Self::field("/actions", "too_many", "must have at most 50 entries"),
            WebhookError::FaultAndState => {
                Self::field("/state", "set_by_the_service", "becomes disabled by the service alone")
            }
        }
    }
}

impl Resource for Webhook {
    type Document = WebhookDocument;
    type View = WebhookFields;
    const PATH: &'static str = "/v1/webhooks";

    fn document(kept: &Kept<Self>, _: Eyes) -> WebhookDocument {
        let Self { url, description, actions, team, subject, state, fault: _, rotated_at: _ } = &*kept.value;
        WebhookDocument {
            url: WebhookUrlText(url.as_str().into()),
            description: description.as_ref().map(Words::from),
            actions: Listed(actions.iter().map(|action| ActionText(action.as_str().into())).collect()),
            team_id: team.map(IdText::from),
            subject_id: subject.as_ref().map(|subject| SubjectIdText(subject.as_str().into())),
            state: Word(*state),
        }
    }
    fn view(kept: &Kept<Self>, eyes: Eyes) -> WebhookFields {
        let more = WebhookStanding { fault: kept.fault.map(Word), rotated_at: kept.rotated_at.map(Into::into) };
        With { document: Self::document(kept, eyes), more }
    }
    fn value(
        document: &WebhookDocument,
        tx: &mut WriteTx<'_>,
        before: Option<&Kept<Self>>,
    ) -> Result<Valid<Self>, Problem> {
        let WebhookDocument { url, description, actions, team_id, subject_id, state } = document;
        let team = team_id.as_ref().map(IdText::id).transpose()?;
        let team = team.map(|team| reference(tx, team, "/team_id")).transpose()?;
        let state = state.0;
        Ok(Valid::new(Self {
            url: url.value()?,
            description: description.as_ref().map(Words::text).transpose()?,
            actions: patterns(actions)?,
            team: team.map(|team| team.id),
            subject: subject_id.as_ref().map(SubjectIdText::value).transpose()?,
            state,
            fault: before.and_then(|before| before.fault).filter(|_| state == WebhookState::Disabled),
            rotated_at: before.and_then(|before| before.rotated_at),
        })?)
    }
    /// A credential that is narrowed to teams hears of these alone.
    fn authorize(
        _: &mut WriteTx<'_>,
        caller: &Caller,
        before: Option<&Kept<Self>>,
        after: Option<&Self>,
    ) -> Result<(), Problem> {
        before.map_or(Ok(()), |before| within_narrowing(caller, before.team))?;
        after.map_or(Ok(()), |after| within_narrowing(caller, after.team))
    }
    fn before_delete(tx: &mut WriteTx<'_>, kept: &Kept<Self>) -> Result<(), Problem> {
        tx.drop_job(KIND, &kept.id.to_string())?;
        Ok(tx.drop_endpoint(kept.id)?)
    }
}

/// The actions that a webhook names, each of which there can be: waiting for what never comes looks as if nothing
/// happened.
fn patterns(actions: &Actions) -> Result<Vec<ActionPattern>, Problem> {
    let known = |(at, action): (usize, &ActionText)| {
        let pattern = action.value()?;
        if pattern.means_something() {
            return Ok(pattern);
        }
        Err(Problem::field(format!("/actions/{at}"), "unknown", "is an action that the log never names"))
    };
    actions.0.iter().enumerate().map(known).collect()
}

/// Whether messages may be sent to an address at all.
fn may_be_reached(remit: &Remit, document: &WebhookDocument) -> Result<(), Problem> {
    if document.url.value()?.is_secure() || remit.webhooks.sender.allows_private() {
        return Ok(());
    }
    Err(Problem::field("/url", "not_secure", "must be reached over https"))
}

fn seal(remit: &Remit, organization: OrganizationId, id: WebhookId, secret: &Secret) -> Result<String, Problem> {
    let failed = || Problem::new(Kind::Internal, "Something failed here.");
    remit.webhooks.sealer()?.seal(organization, id, secret).ok_or_else(failed)
}

/// A webhook, and what signs for it.
struct Opened {
    webhook: Kept<Webhook>,
    signer: Signer,
}

async fn open(remit: &Data<Remit>, caller: &Caller, id: WebhookId) -> Result<Opened, Problem> {
    let both = remit.store.read(caller.organization, move |tx| {
        let webhook = tx.get(id, When::Present).map_err(missing::<Webhook>)?;
        Ok::<_, Problem>((webhook, tx.endpoint(id)?))
    });
    let (webhook, endpoint) = both.await?;
    within_narrowing(caller, webhook.team)?;
    let signer = remit.webhooks.signer(caller.organization, id, &endpoint);
    let signer = signer.map_err(|error| Problem::new(Kind::Conflict, format!("The webhook cannot sign: {error}.")))?;
    Ok(Opened { webhook, signer })
}

/// Disables a webhook whose receiver answered that it is gone, unless it was changed while it was asked.
async fn heed(
    remit: &Data<Remit>,
    organization: OrganizationId,
    webhook: Kept<Webhook>,
    attempt: &Attempt,
) -> Result<(), Problem> {
    if !attempt.is_gone() {
        return Ok(());
    }
    let written = remit.store.write(organization, Actor::new("remit"), move |tx| {
        let now = tx.find(webhook.id, When::Present)?;
        match now.filter(|now| now.version == webhook.version && now.state != WebhookState::Disabled) {
            Some(now) => Ok::<_, Problem>(run::give_up(tx, now, WebhookFault::Gone)?),
            None => Ok(()),
        }
    });
    written.await
}

/// List webhooks.
#[utoipa::path(tag = "webhooks", operation_id = "listWebhooks", params(WebhookFilter),
    responses((status = 200, description = "The webhooks, by id.", body = WebhookPage)),
    security(("bearer" = ["webhooks:write"])))]
#[get("/v1/webhooks")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<WebhooksWrite>,
    filter: Parameters<WebhookFilter>,
) -> Result<HttpResponse, Problem> {
    let WebhookFilter { limit, after, raw } = filter.0;
    let listing = Listing { limit, after, raw, travel: Travel::none() };
    resource::list::<Webhook, _>(&remit, &request, &caller, listing, |_, tx, reading| {
        Ok((tx.all(reading.when)?, Instant::END))
    })
    .await
}

/// Make a webhook, which is told of what happens from now on. Its secret is in this answer and nowhere else.
#[utoipa::path(tag = "webhooks", operation_id = "createWebhook", request_body = WebhookDocument,
    responses((status = 201, description = "The webhook, with its secret.", body = WebhookWithSecretView)),
    security(("bearer" = ["webhooks:write"])))]
#[post("/v1/webhooks")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<WebhooksWrite>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let document: WebhookDocument = body.read()?;
    may_be_reached(&remit, &document)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let who = caller.caller.clone();
    let answer = write(&remit, &caller, intent, move |remit, tx, intent| {
        if tx.all::<Webhook>(When::Present)?.len() >= WEBHOOKS_MAX {
            return Err(Problem::new(Kind::Conflict, format!("An organization has at most {WEBHOOKS_MAX} webhooks.")));
        }
        let kept = create_in::<Webhook>(tx, &who, &document, None)?;
        let secret = Secret::mint();
        tx.create_endpoint(kept.id, &seal(remit, tx.organization_id(), kept.id, &secret)?)?;
        tx.want_job(KIND, &kept.id.to_string(), clock::now(), "")?;
        let secret = Some(secret.shown()).filter(|_| !intent.validate_only);
        let shown = |secret| WebhookWithSecretView { webhook: shown(&kept, who.eyes()), secret };
        let reply = Reply::created(format!("/v1/webhooks/{}", kept.id), &shown(secret))?;
        Ok(reply.replayed_as(&shown(None))?.version(remit, kept.version))
    })
    .await;
    remit.work.wake();
    answer
}

/// Read a webhook. Its secret is not shown again.
#[utoipa::path(tag = "webhooks", operation_id = "getWebhook",
    responses((status = 200, description = "The webhook.", body = WebhookView)),
    security(("bearer" = ["webhooks:write"])))]
#[get("/v1/webhooks/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<WebhooksWrite>,
    id: Path<String>,
    _: Parameters<Nothing>,
) -> Result<HttpResponse, Problem> {
    resource::get::<Webhook>(&remit, &request, &caller, &id, Travel::none()).await
}

/// Change a webhook; pause it, or make it active again.
#[utoipa::path(tag = "webhooks", operation_id = "updateWebhook",
    request_body(content = WebhookPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The webhook.", body = WebhookView)),
    security(("bearer" = ["webhooks:write"])))]
#[patch("/v1/webhooks/{id}")]
async fn change(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<WebhooksWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let id: WebhookId = path_id(&id)?;
    let patch = fields(&body.0)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let who = caller.caller.clone();
    let answer = write(&remit, &caller, intent, move |remit, tx, intent| {
        let before = tx.get(id, When::Present).map_err(missing::<Webhook>)?;
        let document = merged::<Webhook>(&before, &patch)?;
        may_be_reached(remit, &document)?;
        intent.require_match(remit, before.version)?;
        let was = before.state;
        let after = change_in(tx, &who, before, &document)?;
        if after.state == WebhookState::Active {
            // What waits is tried at once: the reason why it was not taken may be gone.
            tx.count_failures(id, 0)?;
            tx.retry_deliveries(id, clock::now(), was != WebhookState::Active)?;
            tx.want_job(KIND, &id.to_string(), clock::now(), "")?;
        }
        Ok(Reply::ok(&shown(&after, who.eyes()))?.version(remit, after.version))
    })
    .await;
    remit.work.wake();
    answer
}

/// Delete a webhook: it is told of nothing more, and what it was told is forgotten.
#[utoipa::path(tag = "webhooks", operation_id = "deleteWebhook",
    responses((status = 204, description = "It is told of nothing more.")),
    security(("bearer" = ["webhooks:write"])))]
#[delete("/v1/webhooks/{id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<WebhooksWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    resource::delete::<Webhook>(&remit, &request, &caller, &id, parameters.0.validate_only).await
}

/// Replace a webhook's secret. The new one is in this answer and nowhere else; the old one signs too for a while.
#[utoipa::path(tag = "webhooks", operation_id = "rotateWebhook", request_body = Option<WebhookRotation>,
    responses((status = 200, description = "The webhook, with its new secret.", body = WebhookWithSecretView)),
    security(("bearer" = ["webhooks:write"])))]
#[post("/v1/webhooks/{id}/rotate")]
async fn rotate(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<WebhooksWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: OptionalDocument,
) -> Result<HttpResponse, Problem> {
    let id: WebhookId = path_id(&id)?;
    let WebhookRotation { overlap_hours } = body.read()?;
    let overlap = i64::from(overlap_hours.unwrap_or(OVERLAP_HOURS).0) * HOUR_MICROS;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, body.bytes())?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let before = tx.get(id, When::Present).map_err(missing::<Webhook>)?;
        Webhook::authorize(tx, &who, Some(&before), None)?;
        intent.accept_match(remit, before.version)?;
        let secret = Secret::mint();
        let until = clock::now().plus_micros(overlap);
        tx.rotate_endpoint(id, &seal(remit, tx.organization_id(), id, &secret)?, until)?;
        let rotated = Webhook { rotated_at: Some(tx.now()), ..(*before.value).clone() };
        let kept = tx.change(before, Valid::new(rotated)?, "rotated", None)?;
        if kept.state == WebhookState::Active {
            // Where its organization was restored, nothing has been done for it so far.
            tx.want_job(KIND, &id.to_string(), clock::now(), "")?;
        }
        let secret = Some(secret.shown()).filter(|_| !intent.validate_only);
        let shown = |secret| WebhookWithSecretView { webhook: shown(&kept, who.eyes()), secret };
        Ok(Reply::ok(&shown(secret))?.replayed_as(&shown(None))?.version(remit, kept.version))
    })
    .await
}

/// Send a webhook a test, now, and say what came of it.
///
/// The test is an event of the type `remit.ping`, which stands in no log; it is sent once, in whatever state the webhook
/// is. A receiver that answers 410 has the webhook disabled. What is sent cannot be taken back: there is no
/// `validate_only`, and an `Idempotency-Key` is not heeded.
#[utoipa::path(tag = "webhooks", operation_id = "testWebhook",
    responses((status = 200, description = "What came of it.", body = WebhookTestView)),
    security(("bearer" = ["webhooks:write"])))]
#[post("/v1/webhooks/{id}/test")]
async fn test(
    remit: Data<Remit>,
    caller: Allowed<WebhooksWrite>,
    id: Path<String>,
    _: Parameters<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id: WebhookId = path_id(&id)?;
    let Opened { webhook, signer } = open(&remit, &caller, id).await?;
    let ping = event::ping(caller.organization, id, now());
    let event = format!("evt_{:032x}", clock::mint::<Webhook>().bits());
    let attempt =
        remit.webhooks.sender.send(&mut Line::default(), &webhook.url, &run::message(&signer, event, ping)).await;
    remit.metrics.delivery(attempt.error.is_none());
    heed(&remit, caller.organization, webhook, &attempt).await?;
    let no_store = (actix_web::http::header::CACHE_CONTROL, "no-store");
    Ok(HttpResponse::Ok().insert_header(no_store).json(WebhookTestView::from(attempt)))
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(create).service(read).service(change).service(remove);
    service.service(rotate).service(test).configure(delivery::operations);
}
