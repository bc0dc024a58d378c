//! The work of webhooks: one job for each, which follows the log and sends what is heard of it.
//!
//! A round reads what stands behind the webhook's place in the log and what is to be tried again, sends it for a few
//! seconds, and writes down in one go what became of it. What was sent and not written down, because the server was
//! killed, is sent again. Events about one subject go one after the other, those of different subjects beside each other:
//! a subject whose event is not taken waits, and the others go on.

use std::cell::RefCell;
use std::time::Duration;

use actix_web::web::{Bytes, Data};
use remit_domain::entity::{Actor, Kept, Valid};
use remit_domain::webhook::{DeliveryState, Webhook, WebhookFault, WebhookId, WebhookState};
use remit_persistence::{Conflict, Delivery, Job, JobEnd, StoreError, WriteTx};
use tokio::time::Instant as Moment;

use super::KIND;
use super::round::Round;
use super::schedule::Schedule;
use super::send::{Attempt, Message};
use super::signature::Signer;
use crate::state::{Remit, now};
use crate::work::Failure;

/// How long a job sends before it writes down what it came to and others get its place.
const SLICE: Duration = Duration::from_secs(2);
/// When to look again where nothing is known to come, in microseconds.
const IDLE_MICROS: i64 = 30_000_000;

/// Follows the log for a webhook until there is nothing more to send now.
///
/// # Errors
/// What the store says, or that its secret does not open.
pub async fn run(remit: &Data<Remit>, job: &Job) -> Result<Option<JobEnd>, Failure> {
    match follow(remit, job).await {
        // It was deleted meanwhile.
        Err(Stop::Store(StoreError::Conflict(Conflict::ClaimLost))) => Ok(None),
        Err(Stop::Store(error)) => Err(error.into()),
        Err(Stop::Secret(error)) => Err(Failure(error)),
        Ok(end) => Ok(end),
    }
}

/// Why the work ends where it is.
pub enum Stop {
    /// The store says so.
    Store(StoreError),
    /// Nothing can be signed.
    Secret(String),
}
impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn follow(remit: &Data<Remit>, job: &Job) -> Result<Option<JobEnd>, Stop> {
    let Some(id) = WebhookId::parse(&job.subject) else { return Ok(Some(JobEnd::Done)) };
    let lines = RefCell::new(Vec::new());
    let last = Moment::now() + SLICE;
    loop {
        let (at, passed) = (now(), remit.webhooks.passed.of(job.organization, id));
        let round = remit.store.read(job.organization, move |tx| Round::load(tx, id, passed, at)).await?;
        let Some(round) = round else { return Ok(Some(JobEnd::Done)) };
        if round.is_empty() {
            if round.has_more {
                remit.webhooks.passed.note(job.organization, &round.webhook, round.reached);
            } else {
                let idle = at.plus_micros(IDLE_MICROS);
                return rest(remit, job, round.reached, round.next.map_or(idle, |next| next.min(idle))).await;
            }
        } else {
            let mut gives_way = None;
            let came_to = round.carry_out(remit, job, &lines, last, &mut gives_way).await?;
            if came_to.write(remit, job, id).await? {
                return Ok(None);
            }
        }
        if remit.work.is_stopping() || Moment::now() >= last {
            return Ok(Some(JobEnd::Again { due_at: now(), state: String::new() }));
        }
    }
}

/// Ends the job until something is to be done, and notes how far the log was read: only here, so that entries of which
/// the webhook does not hear cost no write each.
async fn rest(
    remit: &Data<Remit>,
    job: &Job,
    reached: (i64, i32),
    due_at: remit_domain::time::Instant,
) -> Result<Option<JobEnd>, Stop> {
    let held = job.clone();
    let end = JobEnd::Again { due_at, state: String::new() };
    let written = remit.store.write(job.organization, Actor::new("remit"), move |tx| {
        if let Some(id) = WebhookId::parse(&held.subject) {
            tx.move_endpoint(id, reached)?;
        }
        tx.end_job(&held, &end)
    });
    written.await?;
    Ok(None)
}

/// A message, signed now.
pub fn message(signer: &Signer, id: String, body: Bytes) -> Message {
    let timestamp = (now().micros() / 1_000_000).to_string();
    let signature = signer.sign(&id, &timestamp, &body);
    Message { id, timestamp, signature, body }
}

/// Notes what an attempt came to.
pub fn note(delivery: &mut Delivery, attempt: Attempt, schedule: &Schedule) {
    let Attempt { status, error, duration_ms } = attempt;
    let at = now();
    delivery.attempts = delivery.attempts.saturating_add(1);
    delivery.first_at = delivery.first_at.or(Some(at));
    delivery.last_at = Some(at);
    delivery.status = status;
    delivery.duration_ms = Some(duration_ms);
    if error.is_none() {
        delivery.state = DeliveryState::Delivered;
    }
    // What was delivered once stays so, whatever a later attempt came to.
    let is_pending = delivery.state == DeliveryState::Pending;
    delivery.next_at = is_pending.then(|| schedule.next(at, delivery.attempts));
    delivery.error = error;
}

/// Disables a webhook, which stands in the log as any change does.
///
/// # Errors
/// What the store says.
pub fn give_up(tx: &mut WriteTx<'_>, webhook: Kept<Webhook>, fault: WebhookFault) -> Result<(), StoreError> {
    let id = webhook.id;
    let disabled = Webhook { state: WebhookState::Disabled, fault: Some(fault), ..(*webhook.value).clone() };
    // The two fields that change agree.
    let Ok(disabled) = Valid::new(disabled) else { return Ok(()) };
    tracing::warn!(webhook = %id, %fault, "a webhook was disabled");
    tx.change(webhook, disabled, "disabled", None)?;
    tx.drop_job(KIND, &id.to_string())
}
