//! What a round came to, and how it is written down.

use actix_web::web::Data;
use remit_domain::entity::Actor;
use remit_domain::time::Instant;
use remit_domain::webhook::{DeliveryState, WebhookFault, WebhookId};
use remit_persistence::{Delivery, Job, StoreError, When, WriteTx};

use super::round::Item;
use super::run::give_up;
use super::schedule::Schedule;
use super::send::GONE;
use crate::state::{Remit, now};

/// What a round came to.
pub struct CameTo {
    /// The version of the webhook that was told.
    pub version: i64,
    /// What was to be sent.
    pub items: Vec<Item>,
    /// New events that were not.
    pub waiting: Vec<Delivery>,
    /// How far the log was read.
    pub reached: (i64, i32),
    /// Whether the webhook was sounded out.
    pub was_down: bool,
    /// How many events in a row were refused when they were first tried.
    pub failures: i32,
}

impl CameTo {
    /// Writes it down, all at once, while the job is held; whether the webhook is given up.
    ///
    /// # Errors
    /// What the store says; that the job is not held any more.
    pub async fn write(self, remit: &Data<Remit>, job: &Job, id: WebhookId) -> Result<bool, StoreError> {
        let Self { version, items, waiting, reached, was_down, failures } = self;
        let (held, schedule) = (job.clone(), remit.webhooks.schedule);
        let written = remit.store.write(job.organization, Actor::new("remit"), move |tx| {
            tx.require_claim(&held)?;
            let webhook = tx.get(id, When::Present)?;
            // What failed with an address or a secret that was replaced meanwhile says nothing of the new one.
            let is_current = webhook.version == version;
            let at = now();
            let (mut new, mut old, mut fault) = (waiting.clone(), Vec::new(), None);
            let was_taken = |item: &Item| item.was_tried && item.delivery.error.is_none();
            let takes_something = items.iter().any(was_taken);
            for item in &items {
                let mut delivery = item.delivery.clone();
                let has_failed = item.was_tried && !was_taken(item);
                if has_failed && is_current {
                    if delivery.status == Some(GONE) {
                        fault = Some(WebhookFault::Gone);
                    } else if is_over(tx, id, &delivery, &schedule, at)? {
                        if takes_something || tx.has_taken(id, delivery.first_at.unwrap_or(at))? {
                            tracing::warn!(webhook = %id, event = delivery.event, "an event was given up");
                            (delivery.state, delivery.next_at) = (DeliveryState::GivenUp, None);
                        } else {
                            fault = fault.or(Some(WebhookFault::Unreachable));
                        }
                    }
                }
                if item.is_new {
                    // What was not tried is due, and what was tried in vain with something else, too.
                    if !item.was_tried || (has_failed && !is_current) {
                        delivery.next_at = Some(at);
                    }
                    new.push(delivery);
                } else if item.was_tried && (is_current || !has_failed) {
                    old.push(delivery);
                }
            }
            new.sort_by_key(|delivery| delivery.place);
            tx.keep_deliveries(id, &new)?;
            for delivery in &old {
                tx.note_delivery(id, delivery)?;
            }
            tx.move_endpoint(id, reached)?;
            if is_current {
                tx.count_failures(id, failures)?;
            }
            if was_down && failures == 0 {
                tx.retry_deliveries(id, at, false)?;
            }
            match fault {
                None => Ok(false),
                Some(fault) => give_up(tx, webhook, fault).map(|()| true),
            }
        });
        written.await
    }
}

/// Whether an event that was refused has had its time. Behind one that was given up the time has run since it was
/// recorded, so that a subject of which nothing is ever taken does not grow for ever.
fn is_over(
    tx: &mut WriteTx<'_>,
    id: WebhookId,
    delivery: &Delivery,
    schedule: &Schedule,
    now: Instant,
) -> Result<bool, StoreError> {
    if delivery.first_at.is_some_and(|first_at| schedule.is_over(first_at, now)) {
        return Ok(true);
    }
    Ok(schedule.is_over(delivery.recorded_at, now) && tx.has_given_up(id, &delivery.subject_id)?)
}
