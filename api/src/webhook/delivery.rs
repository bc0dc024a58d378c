//! Deliveries: what a webhook was told, and what came of it.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use remit_domain::webhook::{DeliveryState, Webhook, WebhookId};
use remit_persistence::{Delivery, When};

use super::send::{Attempt, Line};
use super::wire::{DeliveryFilter, DeliveryPage, DeliveryView, Nothing};
use super::{KIND, event, heed, open, run};
use crate::answer::{Answer, answer_caller};
use crate::auth::{Allowed, WebhooksWrite};
use crate::extract::{Parameters, path_id};
use crate::paging::LIMIT_DEFAULT;
use crate::problem::Problem;
use crate::resource::missing;
use crate::routing::ServiceConfig;
use crate::state::{Remit, now};

/// The place in the log before which a page begins.
fn place(after: Option<&str>) -> Result<(i64, i32), Problem> {
    let Some(cursor) = after.filter(|cursor| !cursor.is_empty()) else { return Ok((i64::MAX, 0)) };
    let read = || {
        let (revision, position) = cursor.split_once('.')?;
        let (revision, position) = (revision.parse().ok()?, position.parse().ok()?);
        (revision >= 0 && position >= 0).then_some((revision, position))
    };
    read().ok_or_else(|| Problem::parameter("after", "cursor_invalid", "is no cursor of this list"))
}

/// List what a webhook was told and is still to be told, the last first.
///
/// What was delivered or given up is kept for 30 days. An event appears once it was first tried, or waits for an earlier one.
#[utoipa::path(tag = "webhooks", operation_id = "listDeliveries", params(DeliveryFilter),
    responses((status = 200, description = "The deliveries.", body = DeliveryPage)),
    security(("bearer" = ["webhooks:write"])))]
#[get("/v1/webhooks/{id}/deliveries")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<WebhooksWrite>,
    id: Path<String>,
    filter: Parameters<DeliveryFilter>,
) -> Result<HttpResponse, Problem> {
    let id: WebhookId = path_id(&id)?;
    let DeliveryFilter { state, limit, after } = filter.0;
    let (place, limit) = (place(after.as_deref())?, limit.map_or(LIMIT_DEFAULT, usize::from));
    // Deliveries leave no revision, so that no answer is kept.
    answer_caller(&remit, &request, &caller, move |_, tx, _| {
        tx.get(id, When::Present).map_err(missing::<Webhook>)?;
        let mut found = tx.deliveries(id, state.map(|state| state.0), place, limit + 1)?;
        let has_more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().map(|last| last.place).filter(|_| has_more);
        let next = last.map(|(revision, position)| format!("{revision}.{position}"));
        let data = found.into_iter().map(DeliveryView::from).collect();
        Ok(Answer { next: next.clone(), ..Answer::json(&DeliveryPage { data, next })? })
    })
    .await
}

/// Deliver an event again, now, and say what came of it.
///
/// It goes out whatever else waits for the webhook, under the same id. What was delivered before stays delivered, and
/// when it is tried unasked does not change. A receiver that answers 410 has the webhook disabled. What is sent cannot be
/// taken back: there is no `validate_only`, and an `Idempotency-Key` is not heeded.
#[utoipa::path(tag = "webhooks", operation_id = "redeliverDelivery",
    responses((status = 200, description = "The delivery, after the attempt.", body = DeliveryView)),
    security(("bearer" = ["webhooks:write"])))]
#[post("/v1/webhooks/{id}/deliveries/{delivery_id}/redeliver")]
async fn redeliver(
    remit: Data<Remit>,
    caller: Allowed<WebhooksWrite>,
    path: Path<(String, String)>,
    _: Parameters<Nothing>,
) -> Result<HttpResponse, Problem> {
    let (id, event) = path.into_inner();
    let id: WebhookId = path_id(&id)?;
    let opened = open(&remit, &caller, id).await?;
    let wanted = event.clone();
    let found = remit.store.read(caller.organization, move |tx| Ok::<_, Problem>(tx.delivery(id, &wanted)?)).await?;
    let delivery = found.ok_or_else(|| Problem::not_found("delivery"))?;
    let message = run::message(&opened.signer, event, event::body(caller.organization, &delivery));
    let attempt = remit.webhooks.sender.send(&mut Line::default(), &opened.webhook.url, &message).await;
    remit.metrics.delivery(attempt.error.is_none());
    heed(&remit, caller.organization, opened.webhook, &attempt).await?;
    let delivery = write_down(&remit, &caller, id, delivery, attempt).await?;
    let no_store = (actix_web::http::header::CACHE_CONTROL, "no-store");
    Ok(HttpResponse::Ok().insert_header(no_store).json(DeliveryView::from(delivery)))
}

/// Notes what an attempt came to, beside what came of others meanwhile.
async fn write_down(
    remit: &Data<Remit>,
    caller: &Allowed<WebhooksWrite>,
    id: WebhookId,
    tried: Delivery,
    attempt: Attempt,
) -> Result<Delivery, Problem> {
    let schedule = remit.webhooks.schedule;
    let written = remit.store.write(caller.organization, caller.actor.clone(), move |tx| {
        let kept = tx.delivery(id, &tried.event)?;
        let mut delivery = kept.unwrap_or_else(|| tried.clone());
        let (was_pending, next_at) = (delivery.state == DeliveryState::Pending, delivery.next_at);
        run::note(&mut delivery, attempt.clone(), &schedule);
        if delivery.state == DeliveryState::Pending {
            // What was asked for does not change when it is tried unasked.
            delivery.next_at = next_at;
        }
        tx.note_delivery(id, &delivery)?;
        // What waited for it need not wait any longer.
        let goes_on = was_pending && delivery.state == DeliveryState::Delivered;
        if goes_on && tx.job(KIND, &id.to_string())?.is_some() {
            tx.want_job(KIND, &id.to_string(), now(), "")?;
        }
        Ok::<_, Problem>(delivery)
    });
    let delivery = written.await?;
    remit.work.wake();
    Ok(delivery)
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(redeliver);
}
