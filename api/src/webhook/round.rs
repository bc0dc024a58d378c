//! Rounds: what is to be sent to a webhook now, and the sending of it.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

use actix_web::web::Data;
use futures_util::StreamExt;
use remit_domain::entity::Kept;
use remit_domain::organization::OrganizationId;
use remit_domain::time::Instant;
use remit_domain::webhook::{Webhook, WebhookId, WebhookState};
use remit_persistence::{Change, ChangeFilter, Delivery, Endpoint, Job, Pending, ReadTx, StoreError, When};
use tokio::time::{Instant as Moment, timeout_at};

use super::came_to::CameTo;
use super::event;
use super::passed::Passed;
use super::run::{Stop, message, note};
use super::send::Line;
use super::signature::Signer;
use crate::state::Remit;
use crate::work::WayGiven;

/// Entries of the log that are read at a time.
pub const ENTRIES: usize = 250;
/// Events that are taken up again at a time.
const AGAIN: usize = 1_000;
/// The most events that wait behind the place in the log; the rest waits in the log.
const PENDING_MAX: usize = 10_000;
/// Messages that are under way at once.
const AT_ONCE: usize = 16;
/// How many events in a row are refused when they are first tried, before the webhook is only sounded out.
const DOWN: i32 = 5;

/// An event in its lane.
pub struct Item {
    /// The event.
    pub delivery: Delivery,
    /// Whether it is in no row yet.
    pub is_new: bool,
    /// Whether it was sent in this round.
    pub was_tried: bool,
}

/// What is to be done at once.
pub struct Round {
    /// For whom.
    pub webhook: Kept<Webhook>,
    endpoint: Endpoint,
    /// The events of each subject that may be sent, in order.
    lanes: Vec<Vec<Item>>,
    /// New events that are not sent in this round.
    waiting: Vec<Delivery>,
    /// How far the log was read.
    pub reached: (i64, i32),
    /// Whether there may be more behind that.
    pub has_more: bool,
    /// When the first of those that wait is tried again.
    pub next: Option<Instant>,
}

impl Round {
    /// What a webhook is to be sent now; nothing where it is not to be sent anything.
    ///
    /// # Errors
    /// What the database says.
    pub fn load(
        tx: &mut ReadTx<'_>,
        id: WebhookId,
        passed: Option<Passed>,
        now: Instant,
    ) -> Result<Option<Self>, StoreError> {
        let Some(webhook) = tx.find(id, When::Present)? else { return Ok(None) };
        if webhook.state != WebhookState::Active {
            return Ok(None);
        }
        let endpoint = tx.endpoint(id)?;
        let Pending { due, waiting, count } = tx.pending(id, now, AGAIN)?;
        let head = tx.head()?.revision;
        let place =
            passed.and_then(|passed| passed.by(&webhook, head)).map_or(endpoint.place, |by| by.max(endpoint.place));
        let next = waiting.iter().map(|(_, next)| *next).min();
        let waits: HashSet<String> = waiting.into_iter().map(|(subject, _)| subject).collect();
        let was_tried = |delivery: &Delivery| delivery.attempts > 0;
        let sounds_out = endpoint.failures >= DOWN && (!waits.is_empty() || due.iter().any(was_tried));
        let mut round =
            Self { webhook, endpoint, lanes: Vec::new(), waiting: Vec::new(), reached: place, has_more: false, next };
        if sounds_out && !due.iter().any(was_tried) {
            return Ok(Some(round));
        }
        let mut entries = Vec::new();
        // While it is sounded out one that was never tried is enough.
        if count < PENDING_MAX && !(sounds_out && due.iter().any(|delivery| !was_tried(delivery))) {
            entries = tx.changes(place, head, &ChangeFilter::default(), ENTRIES)?;
        }
        round.has_more = entries.len() >= ENTRIES;
        round.reached = entries.last().map_or(place, Change::place);
        let heard = event::heard(tx, &round.webhook, &entries)?;
        let mut lane_of: HashMap<String, usize> = HashMap::new();
        let known = due.into_iter().map(|delivery| (delivery, false));
        for (delivery, is_new) in known.chain(heard.into_iter().map(|delivery| (delivery, true))) {
            if waits.contains(&delivery.subject_id) {
                // Only what is new: the first of a subject decides when the others go.
                round.waiting.push(delivery);
                continue;
            }
            let lane = *lane_of.entry(delivery.subject_id.clone()).or_insert_with(|| {
                round.lanes.push(Vec::new());
                round.lanes.len() - 1
            });
            round.lanes[lane].push(Item { delivery, is_new, was_tried: false });
        }
        if sounds_out {
            round.sound_out();
        }
        Ok(Some(round))
    }

    /// Leaves what was tried before, and one that was not: what is refused for itself alone does not hide from Remit
    /// that the rest is taken.
    fn sound_out(&mut self) {
        let mut others = 0;
        for lane in std::mem::take(&mut self.lanes) {
            let is_first_attempt = lane.first().is_some_and(|item| item.delivery.attempts == 0);
            others += i32::from(is_first_attempt);
            if !is_first_attempt || others == 1 {
                self.lanes.push(lane);
            } else {
                self.waiting.extend(lane.into_iter().filter(|item| item.is_new).map(|item| item.delivery));
            }
        }
    }

    /// Whether there is nothing to be sent or kept.
    pub fn is_empty(&self) -> bool {
        self.lanes.is_empty() && self.waiting.is_empty()
    }

    /// Sends it, and begins nothing more after `last`. What is under way then gives way to the jobs of others.
    ///
    /// # Errors
    /// That its secret does not open.
    pub async fn carry_out<'a>(
        self,
        remit: &'a Data<Remit>,
        job: &Job,
        lines: &RefCell<Vec<Line>>,
        last: Moment,
        gives_way: &mut Option<WayGiven<'a>>,
    ) -> Result<CameTo, Stop> {
        let Self { webhook, endpoint, lanes, waiting, reached, has_more: _, next: _ } = self;
        let signer = remit.webhooks.signer(job.organization, webhook.id, &endpoint);
        let was_down = endpoint.failures >= DOWN;
        let under_way = UnderWay {
            remit,
            organization: job.organization,
            webhook: &webhook,
            signer: signer.map_err(Stop::Secret)?,
            lines,
            last,
            failures: Cell::new(endpoint.failures),
            // When it is sounded out one more failure is no reason to stop: little follows.
            most: if was_down { i32::MAX } else { DOWN },
            is_over: Cell::new(false),
        };
        let mut sending = std::pin::pin!(async {
            let lanes = futures_util::stream::iter(lanes).map(|lane| under_way.lane(lane));
            lanes.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await
        });
        let sent = match timeout_at(last, &mut sending).await {
            Ok(sent) => sent,
            Err(_) => {
                *gives_way = Some(remit.work.give_way(job));
                sending.await
            }
        };
        let items = sent.into_iter().flatten().collect();
        let failures = under_way.failures.get();
        Ok(CameTo { version: webhook.version, items, waiting, reached, was_down, failures })
    }
}

/// What is shared by the lanes of a round.
struct UnderWay<'a> {
    remit: &'a Data<Remit>,
    organization: OrganizationId,
    webhook: &'a Kept<Webhook>,
    signer: Signer,
    lines: &'a RefCell<Vec<Line>>,
    last: Moment,
    failures: Cell<i32>,
    most: i32,
    is_over: Cell<bool>,
}

impl UnderWay<'_> {
    /// Sends the events of one subject, one after the other, as far as they are taken.
    async fn lane(&self, mut lane: Vec<Item>) -> Vec<Item> {
        for item in &mut lane {
            if !self.may_go_on().await {
                break;
            }
            let body = event::body(self.organization, &item.delivery);
            let message = message(&self.signer, item.delivery.event.clone(), body);
            let mut line = self.lines.borrow_mut().pop().unwrap_or_default();
            let attempt = self.remit.webhooks.sender.send(&mut line, &self.webhook.url, &message).await;
            self.lines.borrow_mut().push(line);
            self.remit.metrics.delivery(attempt.error.is_none());
            let (is_taken, is_first) = (attempt.error.is_none(), item.delivery.attempts == 0);
            if attempt.is_gone() {
                self.is_over.set(true);
            }
            item.was_tried = true;
            note(&mut item.delivery, attempt, &self.remit.webhooks.schedule);
            if is_taken {
                self.failures.set(0);
                continue;
            }
            // What is refused again says nothing new of the others.
            if is_first {
                self.failures.set(self.failures.get().saturating_add(1));
            }
            break;
        }
        lane
    }

    /// Whether another attempt may begin: nothing of the webhook was replaced since the round began, on this server or
    /// on another.
    async fn may_go_on(&self) -> bool {
        let is_over = || {
            self.is_over.get()
                || self.failures.get() >= self.most
                || self.remit.work.is_stopping()
                || Moment::now() >= self.last
        };
        if is_over() {
            return false;
        }
        let version = self.remit.store.webhook_version(self.organization, self.webhook.id).await;
        if !matches!(version, Ok(version) if version == Some(self.webhook.version)) {
            self.is_over.set(true);
        }
        !is_over()
    }
}
