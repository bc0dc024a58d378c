//! What is replaced while events are sent: no attempt begins with it any more, and slow receivers hold nobody up.

use remit_api::config::Settings;
use serde_json::json;

use super::receiver::{Gate, Heard, Receiver, Reply};
use super::{deliveries, is_signed, made, renamed};
use crate::client::{Answer, Client};
use crate::server::{Place, on_both, with};

/// How many events about one subject wait.
const EVENTS: usize = 5;

/// A webhook whose receiver has heard the first of several events about one subject, and has not answered yet.
fn in_the_middle(place: &Place, receiver: &Receiver) -> (String, String, Heard) {
    let theme = place.admin.theme("a theme");
    let document = json!({"url": receiver.url(), "subject_id": theme.id(), "actions": ["theme.*"], "state": "paused"});
    let (hook, secret) = made(&place.admin, &document);
    for number in 0..EVENTS {
        renamed(&place.admin, &theme, &format!("Name {number}"));
    }
    patched(&place.admin, &hook, json!({"state": "active"}));
    (hook, secret, receiver.next())
}

fn patched(client: &Client, hook: &str, patch: serde_json::Value) -> Answer {
    client.patch(hook, &client.get(hook).etag(), &patch).expect(200)
}

fn are_delivered(client: &Client, hook: &str, count: usize) {
    deliveries(client, hook, |told| told.iter().filter(|one| one["state"] == "delivered").count() == count);
}

#[test]
fn a_secret_that_was_replaced_signs_nothing_more() {
    on_both(|place| {
        let gate = Gate::default();
        let receiver = Receiver::behind(&gate);
        let (hook, secret, first) = in_the_middle(place, &receiver);
        assert!(is_signed(&first, &secret));
        let rotated = place.admin.post(&format!("{hook}/rotate"), &json!({"overlap_hours": 0})).expect(200).json();
        let new = rotated["secret"].as_str().expect("a secret");
        gate.open();
        for _ in 1..EVENTS {
            let heard = receiver.next();
            assert!(is_signed(&heard, new) && !is_signed(&heard, &secret) && heard.id() != first.id());
        }
        are_delivered(&place.admin, &hook, EVENTS);
        assert!(!receiver.has_more());
    });
}

#[test]
fn an_address_that_was_replaced_hears_nothing_more() {
    on_both(|place| {
        let gate = Gate::default();
        let (old, new) = (Receiver::behind(&gate), Receiver::willing());
        let (hook, _, first) = in_the_middle(place, &old);
        patched(&place.admin, &hook, json!({"url": new.url()}));
        gate.open();
        for _ in 1..EVENTS {
            assert_ne!(new.next().id(), first.id());
        }
        are_delivered(&place.admin, &hook, EVENTS);
        assert!(!old.has_more() && !new.has_more());
    });
}

#[test]
fn what_a_replaced_address_answers_late_is_no_reason_to_disable_the_webhook() {
    on_both(|place| {
        let gate = Gate::default();
        let old = Receiver::start({
            let gate = gate.clone();
            move |_| Reply::Late(gate.clone(), 410)
        });
        let new = Receiver::willing();
        let (hook, _, first) = in_the_middle(place, &old);
        patched(&place.admin, &hook, json!({"url": new.url()}));
        gate.open();
        assert_eq!(new.next().id(), first.id(), "the new one is told of all that the old one did not take");
        are_delivered(&place.admin, &hook, EVENTS);
        assert_eq!(place.admin.get(&hook).expect(200).json()["state"], "active");
    });
}

#[test]
fn a_webhook_that_is_paused_or_deleted_hears_nothing_more() {
    on_both(|place| {
        let gate = Gate::default();
        let (paused, deleted) = (Receiver::behind(&gate), Receiver::behind(&gate));
        let (hook, _, _) = in_the_middle(place, &paused);
        let (other, _, _) = in_the_middle(place, &deleted);
        patched(&place.admin, &hook, json!({"state": "paused"}));
        place.admin.delete(&other, &place.admin.get(&other).etag()).expect(204);
        gate.open();
        are_delivered(&place.admin, &hook, 1);
        assert!(paused.is_quiet() && deleted.is_quiet());
        patched(&place.admin, &hook, json!({"state": "active"}));
        are_delivered(&place.admin, &hook, EVENTS);
    });
}

#[test]
fn however_many_receivers_are_slow_another_is_told_at_once() {
    with(Settings::default(), |place| {
        let gate = Gate::default();
        let slow = Receiver::behind(&gate);
        let document = json!({"url": slow.url(), "actions": ["theme.*"]});
        // As many as may run at once, on the whole server.
        let places: Vec<Place> = (0..4).map(|_| place.server.found()).collect();
        let hooks: Vec<Vec<String>> =
            places.iter().map(|place| (0..20).map(|_| made(&place.admin, &document).0).collect()).collect();
        for place in &places {
            place.admin.theme("one");
        }
        (0..80).for_each(|_| drop(slow.next()));
        let quick = Receiver::willing();
        made(&place.admin, &json!({"url": quick.url(), "actions": ["theme.*"]}));
        place.admin.theme("two");
        assert_eq!(quick.next().action(), "theme.created");
        for (place, hooks) in places.iter().zip(&hooks) {
            let told = place.admin.get(&format!("{}/deliveries", hooks[0])).expect(200).json();
            assert_eq!(told["data"], json!([]), "it did not have to wait for those that are slow");
        }
        gate.open();
    });
}

#[test]
fn what_a_slow_receiver_has_taken_is_written_down_while_it_goes_on() {
    on_both(|place| {
        let gate = Gate::default();
        let mut taken = 0;
        let receiver = Receiver::start({
            let gate = gate.clone();
            move |_| {
                taken += 1;
                if taken == 1 {
                    // Longer than a server sends before it writes down.
                    std::thread::park_timeout(std::time::Duration::from_millis(2_500));
                    return Reply::Status(200);
                }
                Reply::Late(gate.clone(), 200)
            }
        });
        let (hook, _, _) = in_the_middle(place, &receiver);
        receiver.next();
        let told = deliveries(&place.admin, &hook, |told| told.iter().any(|one| one["state"] == "delivered"));
        assert!(told.iter().all(|one| one.get("error").is_none()), "before the second has had its time: {told:?}");
        gate.open();
        are_delivered(&place.admin, &hook, EVENTS);
    });
}
