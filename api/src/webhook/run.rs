//! The work of webhooks: one job for each, which follows the log and sends what is heard of it.
//!
//! A round reads what stands behind the webhook's place in the log and what is to be tried again, sends it, and writes
//! down in one go what became of it. What was sent and not written down, because the server was killed, is sent again.
//! Events about one subject go one after the other, those of different subjects beside each other: a subject whose event
//! is not taken waits, and the others go on.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant as Moment};

use actix_web::web::Data;
use futures_util::StreamExt;
use remit_domain::entity::{Actor, Kept, Valid};
use remit_domain::organization::OrganizationId;
use remit_domain::time::Instant;
use remit_domain::webhook::{DeliveryState, Webhook, WebhookFault, WebhookId, WebhookState};
use remit_persistence::{
    Change, ChangeFilter, Conflict, Delivery, Endpoint, Job, JobEnd, ReadTx, StoreError, When, WriteTx,
};

use super::schedule::Schedule;
use super::send::{Attempt, Line, Message};
use super::signature::Signer;
use super::{KIND, event};
use crate::state::{Remit, now};
use crate::work::Failure;

/// Entries of the log that a round reads.
const ENTRIES: usize = 250;
/// The most events that wait behind the place in the log; the rest waits in the log.
const PENDING_MAX: usize = 1_000;
/// Messages that are under way at once.
const AT_ONCE: usize = 16;
/// How many attempts fail in a row before the webhook is only sounded out, one event at a time.
const DOWN: i32 = 5;
/// How long a job runs before others get its place.
const SLICE: Duration = Duration::from_secs(20);
/// When to look again where nothing is known to come, in microseconds.
const IDLE_MICROS: i64 = 30_000_000;

/// An event in its lane.
struct Item {
    delivery: Delivery,
    is_new: bool,
    was_tried: bool,
}

/// What is to be done at once.
struct Round {
    webhook: Kept<Webhook>,
    endpoint: Endpoint,
    /// The events of each subject that may be sent, in order.
    lanes: Vec<Vec<Item>>,
    /// New events whose subject waits.
    waiting: Vec<Delivery>,
    /// How far the log was read.
    reached: (i64, i32),
    /// When the first of those that wait is tried again.
    next: Option<Instant>,
}

/// Follows the log for a webhook until there is nothing more to send now.
///
/// # Errors
/// What the store says, or that its secret does not open.
pub async fn run(remit: &Data<Remit>, job: &Job) -> Result<Option<JobEnd>, Failure> {
    match follow(remit, job).await {
        // It was deleted, paused or changed meanwhile.
        Err(Stop::Store(StoreError::Conflict(Conflict::ClaimLost))) => Ok(None),
        Err(Stop::Store(error)) => Err(error.into()),
        Err(Stop::Secret(error)) => Err(Failure(error)),
        Ok(end) => Ok(end),
    }
}

enum Stop {
    Store(StoreError),
    Secret(String),
}
impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn follow(remit: &Data<Remit>, job: &Job) -> Result<Option<JobEnd>, Stop> {
    let Some(id) = WebhookId::parse(&job.subject) else { return Ok(Some(JobEnd::Done)) };
    let again = |due_at| Ok(Some(JobEnd::Again { due_at, state: String::new() }));
    let lines = RefCell::new(Vec::new());
    let began = Moment::now();
    loop {
        let at = now();
        let round = remit.store.read(job.organization, move |tx| Round::load(tx, id, at)).await?;
        let Some(round) = round else { return Ok(Some(JobEnd::Done)) };
        if round.lanes.is_empty() && round.waiting.is_empty() && round.reached == round.endpoint.place {
            let idle = at.plus_micros(IDLE_MICROS);
            return again(round.next.map_or(idle, |next| next.min(idle)));
        }
        let came_to = round.carry_out(remit, job.organization, &lines).await?;
        if came_to.write(remit, job, id).await? {
            return Ok(None);
        }
        if remit.work.is_stopping() || began.elapsed() > SLICE {
            return again(now());
        }
    }
}

impl Round {
    /// What a webhook is to be sent now; nothing where it is not to be sent anything.
    fn load(tx: &mut ReadTx<'_>, id: WebhookId, now: Instant) -> Result<Option<Self>, StoreError> {
        let Some(webhook) = tx.find(id, When::Present)? else { return Ok(None) };
        if webhook.state != WebhookState::Active {
            return Ok(None);
        }
        let endpoint = tx.endpoint(id)?;
        let pending = tx.pending(id, PENDING_MAX)?;
        if endpoint.failures >= DOWN && !pending.is_empty() {
            return Ok(Some(Self::sounding_out(webhook, endpoint, pending, now)));
        }
        let entries = if pending.len() < PENDING_MAX {
            let head = tx.head()?.revision;
            tx.changes(endpoint.place, head, &ChangeFilter::default(), ENTRIES)?
        } else {
            Vec::new()
        };
        let reached = entries.last().map_or(endpoint.place, Change::place);
        let heard = event::heard(tx, &webhook, &entries)?;
        let mut round = Self { webhook, endpoint, lanes: Vec::new(), waiting: Vec::new(), reached, next: None };
        let mut lane_of: HashMap<String, usize> = HashMap::new();
        let mut waits: HashSet<String> = HashSet::new();
        let known = pending.into_iter().map(|delivery| (delivery, false));
        for (delivery, is_new) in known.chain(heard.into_iter().map(|delivery| (delivery, true))) {
            let subject = delivery.subject_id.clone();
            let is_first = !lane_of.contains_key(&subject) && !waits.contains(&subject);
            // The first of a subject decides when the others go.
            if is_first && let Some(next) = delivery.next_at.filter(|next| *next > now) {
                round.next = Some(round.next.map_or(next, |other| other.min(next)));
                waits.insert(subject);
                continue;
            }
            if waits.contains(&subject) {
                round.waiting.extend(Some(delivery).filter(|_| is_new));
                continue;
            }
            let lane = *lane_of.entry(subject).or_insert_with(|| {
                round.lanes.push(Vec::new());
                round.lanes.len() - 1
            });
            round.lanes[lane].push(Item { delivery, is_new, was_tried: false });
        }
        Ok(Some(round))
    }

    /// Only the oldest event, when its time has come.
    fn sounding_out(webhook: Kept<Webhook>, endpoint: Endpoint, pending: Vec<Delivery>, now: Instant) -> Self {
        let reached = endpoint.place;
        let mut round = Self { webhook, endpoint, lanes: Vec::new(), waiting: Vec::new(), reached, next: None };
        if let Some(delivery) = pending.into_iter().next() {
            match delivery.next_at.filter(|next| *next > now) {
                Some(next) => round.next = Some(next),
                None => round.lanes.push(vec![Item { delivery, is_new: false, was_tried: false }]),
            }
        }
        round
    }

    /// Sends it.
    async fn carry_out(
        self,
        remit: &Data<Remit>,
        organization: OrganizationId,
        lines: &RefCell<Vec<Line>>,
    ) -> Result<CameTo, Stop> {
        let Self { webhook, endpoint, lanes, waiting, reached, next: _ } = self;
        let signer = Signer::open(&remit.webhooks.sealer, organization, webhook.id, &endpoint, now());
        let under_way = UnderWay {
            remit,
            organization,
            webhook: &webhook,
            signer: signer.map_err(Stop::Secret)?,
            lines,
            failures: Cell::new(endpoint.failures),
            // When it is sounded out one more failure is no reason to stop: nothing follows.
            most: if endpoint.failures >= DOWN { i32::MAX } else { DOWN },
            fault: Cell::new(None),
        };
        let lanes = futures_util::stream::iter(lanes).map(|lane| under_way.lane(lane));
        let items: Vec<Item> =
            lanes.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.into_iter().flatten().collect();
        let (failures, fault) = (under_way.failures.get(), under_way.fault.get());
        Ok(CameTo { items, waiting, reached, was_down: endpoint.failures >= DOWN, failures, fault })
    }
}

/// What is shared by the lanes of a round.
struct UnderWay<'a> {
    remit: &'a Data<Remit>,
    organization: OrganizationId,
    webhook: &'a Webhook,
    signer: Signer,
    lines: &'a RefCell<Vec<Line>>,
    failures: Cell<i32>,
    most: i32,
    fault: Cell<Option<WebhookFault>>,
}

impl UnderWay<'_> {
    /// Sends the events of one subject, one after the other, as far as they are taken.
    async fn lane(&self, mut lane: Vec<Item>) -> Vec<Item> {
        for item in &mut lane {
            let is_over = self.failures.get() >= self.most || self.fault.get().is_some();
            if is_over || self.remit.work.is_stopping() {
                break;
            }
            let message =
                message(&self.signer, item.delivery.event.clone(), event::body(self.organization, &item.delivery));
            let mut line = self.lines.borrow_mut().pop().unwrap_or_default();
            let attempt = self.remit.webhooks.sender.send(&mut line, &self.webhook.url, &message).await;
            self.lines.borrow_mut().push(line);
            self.remit.metrics.delivery(attempt.error.is_none());
            item.was_tried = true;
            let is_taken = attempt.error.is_none();
            if attempt.status == Some(410) {
                self.fault.set(Some(WebhookFault::Gone));
            }
            note(&mut item.delivery, attempt, &self.remit.webhooks.schedule);
            if is_taken {
                self.failures.set(0);
                continue;
            }
            self.failures.set(self.failures.get().saturating_add(1));
            let first_at = item.delivery.first_at.unwrap_or(Instant::END);
            if self.fault.get().is_none() && self.remit.webhooks.schedule.is_over(first_at, now()) {
                self.fault.set(Some(WebhookFault::Unreachable));
            }
            break;
        }
        lane
    }
}

/// A message, signed now.
pub fn message(signer: &Signer, id: String, body: actix_web::web::Bytes) -> Message {
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

/// What a round came to.
struct CameTo {
    items: Vec<Item>,
    waiting: Vec<Delivery>,
    reached: (i64, i32),
    was_down: bool,
    failures: i32,
    fault: Option<WebhookFault>,
}

impl CameTo {
    /// Writes it down, all at once, while the job is held; whether the webhook is given up.
    async fn write(self, remit: &Data<Remit>, job: &Job, id: WebhookId) -> Result<bool, StoreError> {
        let Self { items, waiting, reached, was_down, failures, fault } = self;
        let (mut new, mut old) = (waiting, Vec::new());
        for Item { mut delivery, is_new, was_tried } in items {
            if is_new {
                // What was not tried is due.
                delivery.next_at = delivery.next_at.or_else(|| Some(now()).filter(|_| !was_tried));
                new.push(delivery);
            } else if was_tried {
                old.push(delivery);
            }
        }
        new.sort_by_key(|delivery| delivery.place);
        let held = job.clone();
        let written = remit.store.write(job.organization, Actor::new("remit"), move |tx| {
            tx.require_claim(&held)?;
            tx.keep_deliveries(id, &new)?;
            for delivery in &old {
                tx.note_delivery(id, delivery)?;
            }
            tx.move_endpoint(id, reached, failures)?;
            if was_down && failures == 0 {
                let now = now();
                tx.retry_deliveries(id, now, false)?;
            }
            match fault {
                None => Ok(false),
                Some(fault) => give_up(tx, id, fault).map(|()| true),
            }
        });
        written.await
    }
}

/// Disables a webhook, which stands in the log as any change does.
fn give_up(tx: &mut WriteTx<'_>, id: WebhookId, fault: WebhookFault) -> Result<(), StoreError> {
    let Some(webhook) = tx.find(id, When::Present)? else { return Ok(()) };
    let disabled = Webhook { state: WebhookState::Disabled, fault: Some(fault), ..(*webhook.value).clone() };
    // The two fields that change agree.
    let Ok(disabled) = Valid::new(disabled) else { return Ok(()) };
    tracing::warn!(webhook = %id, %fault, "a webhook was disabled");
    tx.change(webhook, disabled, "disabled", None)?;
    tx.drop_job(KIND, &id.to_string())
}
