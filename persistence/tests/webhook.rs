//! Webhooks: how far each has heard of the log, and what became of each event.

use remit_domain::time::Instant;
use remit_domain::webhook::{DeliveryState, WebhookId};
use remit_persistence::{Delivery, Pending, StoreError, clock};

use crate::database::{Ground, on_both};
use crate::made::webhook;

const DAY: i64 = 86_400_000_000;
const LATER: Instant = Instant::from_micros(1_000);

/// What is still to be told and does not wait.
async fn due(ground: &Ground, id: WebhookId, limit: usize) -> Vec<Delivery> {
    ground.read(move |tx| tx.pending(id, LATER, limit)).await.due
}

async fn made(ground: &Ground) -> WebhookId {
    ground
        .write(|tx| {
            let kept = tx.create(webhook(), None, None)?;
            tx.create_endpoint(kept.id, "sealed")?;
            Ok(kept.id)
        })
        .await
}

fn delivery(revision: i64, position: i32) -> Delivery {
    Delivery {
        place: (revision, position),
        event: format!("evt_{revision}_{position}"),
        action: "theme.created".into(),
        subject_kind: "theme".into(),
        subject_id: "thm_x".into(),
        person: None,
        recorded_at: Instant::from_micros(7),
        state: DeliveryState::Pending,
        attempts: 0,
        first_at: None,
        last_at: None,
        next_at: Some(Instant::from_micros(8)),
        status: None,
        duration_ms: None,
        error: None,
    }
}

#[test]
fn an_endpoint_begins_behind_its_own_birth_and_moves_without_a_revision() {
    on_both(async |ground| {
        let id = made(ground).await;
        let endpoint = ground.read(move |tx| tx.endpoint(id)).await;
        assert_eq!((endpoint.place, endpoint.secret.as_str(), endpoint.failures), ((2, i32::MAX), "sealed", 0));
        ground
            .write(move |tx| {
                tx.move_endpoint(id, (3, 1))?;
                tx.count_failures(id, 4)
            })
            .await;
        let until = Instant::from_micros(99);
        ground.write(move |tx| tx.rotate_endpoint(id, "another", until)).await;
        let endpoint = ground.read(move |tx| tx.endpoint(id)).await;
        assert_eq!((endpoint.place, endpoint.secret.as_str(), endpoint.failures), ((3, 1), "another", 4));
        assert_eq!(endpoint.old_secret, Some(("sealed".into(), until)));
        assert_eq!(ground.revision().await, 2);
        let neighbour = ground.neighbour().await;
        let elsewhere = neighbour.store.read(neighbour.organization, move |tx| tx.endpoint(id)).await;
        assert!(matches!(elsewhere, Err(StoreError::NotFound)));
    });
}

#[test]
fn deliveries_are_kept_noted_and_read_by_their_place() {
    on_both(async |ground| {
        let id = made(ground).await;
        let all: Vec<Delivery> = (1..=3).flat_map(|revision| (0..400).map(move |at| delivery(revision, at))).collect();
        let kept = all.clone();
        ground.write(move |tx| tx.keep_deliveries(id, &kept)).await;
        assert_eq!(due(ground, id, 1_000).await, all[..1_000]);
        let done = Delivery {
            state: DeliveryState::Delivered,
            attempts: 2,
            first_at: Some(Instant::from_micros(1)),
            last_at: Some(Instant::from_micros(2)),
            next_at: None,
            status: Some(204),
            duration_ms: Some(12),
            error: None,
            ..all[0].clone()
        };
        let noted = done.clone();
        ground.write(move |tx| tx.note_delivery(id, &noted)).await;
        // An attempt that began before that one, and ended in vain after it.
        let in_vain = Delivery { attempts: 1, ..all[0].clone() };
        ground.write(move |tx| tx.note_delivery(id, &in_vain)).await;
        assert_eq!(due(ground, id, 1).await, all[1..2]);
        assert_eq!(ground.read(move |tx| tx.delivery(id, "evt_1_0")).await, Some(done.clone()));
        let delivered = Some(DeliveryState::Delivered);
        assert_eq!(ground.read(move |tx| tx.deliveries(id, delivered, (i64::MAX, 0), 9)).await, [done]);
        let before = ground.read(move |tx| tx.deliveries(id, None, (2, 1), 2)).await;
        assert_eq!(before.iter().map(|one| one.place).collect::<Vec<_>>(), [(2, 0), (1, 399)]);

        ground.write(move |tx| tx.retry_deliveries(id, Instant::from_micros(50), true)).await;
        let first = due(ground, id, 1).await.remove(0);
        assert_eq!((first.next_at, first.first_at, first.attempts), (Some(Instant::from_micros(50)), None, 0));
        ground.write(move |tx| tx.drop_endpoint(id)).await;
        assert!(due(ground, id, 1).await.is_empty());
        assert!(ground.try_write(move |tx| tx.endpoint(id)).await.is_err());
    });
}

#[test]
fn a_subject_whose_first_event_was_not_taken_waits_and_no_other_does() {
    on_both(async |ground| {
        let id = made(ground).await;
        let about = |revision, subject: &str, next_at| Delivery {
            subject_id: subject.into(),
            next_at,
            ..delivery(revision, 0)
        };
        let tomorrow = LATER.plus_micros(DAY);
        let mut all = vec![about(1, "refused", Some(tomorrow)), about(2, "good", None)];
        all.extend((3..=1_200).map(|revision| about(revision, "refused", None)));
        all.push(about(1_201, "other", Some(LATER)));
        let kept = all.clone();
        ground.write(move |tx| tx.keep_deliveries(id, &kept)).await;
        let Pending { due, waiting, count } = ground.read(move |tx| tx.pending(id, LATER, 100)).await;
        assert_eq!(due, [all[1].clone(), all[1_200].clone()]);
        assert_eq!((waiting, count), (vec![("refused".to_owned(), tomorrow)], 1_201));
        ground
            .write(move |tx| {
                tx.note_delivery(id, &Delivery { state: DeliveryState::GivenUp, ..about(1, "refused", None) })
            })
            .await;
        assert!(ground.read(move |tx| tx.has_given_up(id, "refused")).await);
        assert!(!ground.read(move |tx| tx.has_given_up(id, "good")).await);
        let Pending { due, waiting, count } = ground.read(move |tx| tx.pending(id, LATER, 100)).await;
        assert_eq!((due.len(), waiting.len(), count), (100, 0, 1_200));

        assert!(!ground.read(move |tx| tx.has_taken(id, LATER)).await);
        let taken = Delivery { state: DeliveryState::Delivered, last_at: Some(LATER), ..about(2, "good", None) };
        ground.write(move |tx| tx.note_delivery(id, &taken)).await;
        assert!(ground.read(move |tx| tx.has_taken(id, LATER)).await);
        assert!(!ground.read(move |tx| tx.has_taken(id, tomorrow)).await);
        assert_eq!(ground.store.webhook_version(ground.organization, id).await.expect("a version"), Some(1));
        let neighbour = ground.neighbour().await;
        assert_eq!(neighbour.store.webhook_version(neighbour.organization, id).await.expect("none"), None);
    });
}

#[test]
fn what_was_delivered_or_given_up_is_forgotten_after_a_month_and_what_is_pending_never() {
    on_both(async |ground| {
        let id = made(ground).await;
        let with = |place, state, days: i64| Delivery {
            state,
            last_at: Some(clock::now().plus_micros(-days * DAY)),
            ..delivery(place, 0)
        };
        let all = [
            with(1, DeliveryState::Delivered, 31),
            with(2, DeliveryState::Delivered, 29),
            with(3, DeliveryState::Pending, 99),
            with(4, DeliveryState::GivenUp, 31),
        ];
        ground.write(move |tx| tx.keep_deliveries(id, &all)).await;
        assert_eq!(ground.write(|tx| tx.forget_deliveries()).await, 2);
        let left = ground.read(move |tx| tx.deliveries(id, None, (i64::MAX, 0), 9)).await;
        assert_eq!(left.iter().map(|one| one.place.0).collect::<Vec<_>>(), [3, 2]);
    });
}

#[test]
fn the_log_and_its_verification_know_webhooks_and_no_secret() {
    on_both(async |ground| {
        made(ground).await;
        let mut verification = remit_persistence::Verification::new(None);
        let ended = ground
            .read(move |tx| {
                while !tx.verify(&mut verification)? {}
                Ok(verification)
            })
            .await
            .found();
        assert_eq!(ended.fault, None);
        let entries = ground.read(|tx| tx.changes((0, 0), i64::MAX, &Default::default(), 100)).await;
        assert!(entries.iter().any(|entry| entry.action == "webhook.created"));
        assert!(entries.iter().all(|entry| !entry.record.contains("sealed")));
    });
}
