//! Tests and redeliveries, which are sent when they are asked for; and who may ask.

use remit_api::config::Settings;
use serde_json::{Value, json};

use super::receiver::{Gate, Receiver, Reply};
use super::{deliveries, made};
use crate::server::{Place, on_both, with, without_a_key};

fn state(place: &Place, hook: &str) -> Value {
    place.admin.get(hook).expect(200).json()["state"].clone()
}

#[test]
fn a_redelivery_that_fails_late_does_not_undo_what_was_delivered() {
    // Nothing is tried again unasked while the test looks.
    let settings = Settings { webhooks_retry: Some("3600,3600,7200".into()), ..Settings::default() };
    with(settings, |place| {
        let gate = Gate::default();
        let mut heard = 0;
        let receiver = Receiver::start({
            let gate = gate.clone();
            move |_| {
                heard += 1;
                match heard {
                    1 => Reply::Status(500),
                    2 => Reply::Late(gate.clone(), 500),
                    _ => Reply::Status(200),
                }
            }
        });
        let (hook, _) = made(&place.admin, &json!({"url": receiver.url(), "actions": ["theme.*"]}));
        place.admin.theme("one");
        let first = receiver.next();
        let told = deliveries(&place.admin, &hook, |told| told.iter().any(|one| one["status"] == 500));
        let next = told[0]["next_attempt_at"].clone();
        let asked = std::thread::spawn({
            let (client, path) = (place.admin.clone(), format!("{hook}/deliveries/{}/redeliver", first.id()));
            move || client.ask("POST", &path).send().expect(200).json()
        });
        receiver.next();
        let told = deliveries(&place.admin, &hook, |_| true);
        assert_eq!((&told[0]["state"], &told[0]["next_attempt_at"]), (&json!("pending"), &next));
        // Whoever makes it active has what waits tried at once.
        place.admin.patch(&hook, &place.admin.get(&hook).etag(), &json!({"state": "active"})).expect(200);
        deliveries(&place.admin, &hook, |told| told[0]["state"] == "delivered");
        gate.open();
        assert_eq!(asked.join().expect("an answer")["state"], "delivered");
        let told = deliveries(&place.admin, &hook, |_| true);
        assert_eq!((&told[0]["state"], told[0].get("next_attempt_at")), (&json!("delivered"), None));
        assert_eq!(told[0]["attempts"], 3);
    });
}

#[test]
fn a_receiver_that_says_to_a_test_or_a_redelivery_that_it_is_gone_is_believed() {
    on_both(|place| {
        let receiver = Receiver::start(|heard| Reply::Status(if heard.action() == "remit.ping" { 410 } else { 200 }));
        let (hook, _) = made(&place.admin, &json!({"url": receiver.url()}));
        place.admin.ask("POST", &format!("{hook}/test")).send().expect(200);
        let shown = place.admin.get(&hook).expect(200).json();
        assert_eq!((&shown["state"], &shown["fault"]), (&json!("disabled"), &json!("gone")));

        let mut times = 0;
        let receiver = Receiver::start(move |_| {
            times += 1;
            Reply::Status(if times == 1 { 200 } else { 410 })
        });
        let (hook, _) = made(&place.admin, &json!({"url": receiver.url(), "actions": ["theme.*"]}));
        place.admin.theme("one");
        let told = deliveries(&place.admin, &hook, |told| told.iter().any(|one| one["state"] == "delivered"));
        let path = format!("{hook}/deliveries/{}/redeliver", told[0]["id"].as_str().expect("an id"));
        place.admin.ask("POST", &path).send().expect(200);
        assert_eq!(state(place, &hook), "disabled");
    });
}

#[test]
fn a_narrowed_key_asks_webhooks_of_its_team_alone() {
    on_both(|place| {
        let receiver = Receiver::willing();
        let team = place.admin.post("/v1/teams", &json!({"name": "Roads"})).expect(201).id();
        let (wide, _) = made(&place.admin, &json!({"url": receiver.url(), "actions": ["theme.*"]}));
        let (own, _) = made(&place.admin, &json!({"url": receiver.url(), "team_id": team}));
        let key = json!({"name": "of roads", "scopes": ["webhooks:write"], "team_ids": [team]});
        let key = place.admin.post("/v1/api-keys", &key).expect(201).json();
        let narrowed = place.admin.with_token(key["secret"].as_str().expect("a key"));
        place.admin.theme("one");
        let told = deliveries(&place.admin, &wide, |told| told.iter().any(|one| one["state"] == "delivered"));
        let event = told[0]["id"].as_str().expect("an id");
        for path in [format!("{wide}/test"), format!("{wide}/deliveries/{event}/redeliver"), format!("{wide}/rotate")] {
            narrowed.post(&path, &json!({})).problem(403, "forbidden");
        }
        narrowed.ask("POST", &format!("{own}/test")).send().expect(200);
    });
}

#[test]
fn servers_that_share_a_database_keep_no_secret_without_a_key_that_they_share() {
    without_a_key(|place| {
        let refused = place.admin.post("/v1/webhooks", &json!({"url": "https://127.0.0.1/"}));
        let problem = refused.problem(409, "conflict");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("REMIT_SECRET_KEY")), "{problem}");
        assert_eq!(place.admin.get("/v1/webhooks").expect(200).json()["data"], json!([]));
        assert!(!std::path::Path::new("remit.key").exists());
    });
}
