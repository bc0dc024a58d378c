//! Webhooks, as the system hears them to which they lead.

mod asked;
mod filter;
mod hard;
mod kill;
mod receiver;
mod refused;
mod replaced;

use remit_api::config::Settings;
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use crate::client::{Answer, Client};
use crate::server::{on_both, with};
use receiver::{Heard, Receiver, Reply};

/// Makes a webhook; its path, and its secret.
fn made(client: &Client, document: &Value) -> (String, String) {
    let answer = client.post("/v1/webhooks", document).expect(201);
    let secret = answer.json()["secret"].as_str().expect("a secret").to_owned();
    (answer.location(), secret)
}

/// Whether a message is signed with a secret, as the library of the standard sees it.
fn is_signed(heard: &Heard, secret: &str) -> bool {
    Webhook::new(secret).expect("a secret").verify(&heard.body, &heard.headers).is_ok()
}

/// Waits until the deliveries of a webhook are as they should be.
fn deliveries(client: &Client, hook: &str, are: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let page = client.get(&format!("{hook}/deliveries?limit=200")).expect(200).json();
        let found = page["data"].as_array().cloned().expect("deliveries");
        if are(&found) {
            return found;
        }
        assert!(std::time::Instant::now() < patience, "{found:#?}");
        std::thread::park_timeout(std::time::Duration::from_millis(10));
    }
}

fn renamed(client: &Client, theme: &Answer, title: &str) -> Answer {
    client.patch(&theme.location(), &client.get(&theme.location()).etag(), &json!({"title": title})).expect(200)
}

/// The log, from a revision on.
fn log(client: &Client, from: i64) -> Vec<Value> {
    let mut entries = Vec::new();
    let mut path = format!("/v1/changes?limit=1000&from={from}");
    loop {
        let page = client.get(&path).expect(200).json();
        entries.extend(page["data"].as_array().cloned().expect("entries"));
        if page["has_more"] == false {
            return entries;
        }
        path = format!("/v1/changes?limit=1000&after={}", page["next"].as_str().expect("a cursor"));
    }
}

#[test]
fn every_entry_of_the_log_is_told_once_signed_and_in_order() {
    on_both(|place| {
        let receiver = Receiver::willing();
        let (hook, secret) = made(&place.admin, &json!({"url": receiver.url(), "description": "a test"}));
        let from: i64 = place.admin.revision().parse().expect("a revision");
        let themes: Vec<Answer> = (0..5).map(|number| place.admin.theme(&format!("Theme {number}"))).collect();
        for round in 0..3 {
            themes.iter().for_each(|theme| drop(renamed(&place.admin, theme, &format!("Round {round}"))));
        }
        let entries = log(&place.admin, from + 1);
        assert_eq!(entries.len(), 20);
        let mut heard: Vec<Heard> = entries.iter().map(|_| receiver.next()).collect();
        for theme in &themes {
            let places: Vec<_> = heard.iter().filter(|heard| heard.subject() == theme.id()).map(Heard::place).collect();
            assert!(places.is_sorted() && places.len() == 4, "what is about one subject comes in order: {places:?}");
        }
        heard.sort_by_key(Heard::place);
        for (heard, entry) in heard.iter().zip(&entries) {
            let event = heard.event();
            assert!(is_signed(heard, &secret));
            let hash = entry["hash"].as_str().expect("a hash");
            assert_eq!(heard.id(), format!("evt_{}", &hash[..32]), "the id follows from the log");
            assert_eq!(event["type"], entry["action"]);
            assert_eq!(event["timestamp"], entry["recorded_at"]);
            let data = json!({
                "organization_id": place.organization, "revision": entry["revision"], "position": entry["position"],
                "subject": entry["subject"],
            });
            assert_eq!(event["data"], data, "ids, and nothing else");
        }
        let told = deliveries(&place.admin, &hook, |told| told.len() == 20);
        for (delivery, entry) in told.iter().zip(entries.iter().rev()) {
            assert_eq!(delivery["revision"], entry["revision"], "the last first");
            assert_eq!((&delivery["state"], &delivery["attempts"]), (&json!("delivered"), &json!(1)));
            assert_eq!(delivery["status"], 200);
        }
        assert!(!receiver.has_more());
        let page = place.admin.get(&format!("{hook}/deliveries?limit=15")).expect(200);
        let next = page.json()["next"].as_str().expect("there is more").to_owned();
        assert!(page.header("link").is_some_and(|link| link.contains(&next)));
        let rest = place.admin.get(&format!("{hook}/deliveries?limit=15&after={next}")).expect(200).json();
        assert_eq!(rest["data"].as_array().map(|data| &data[..]), Some(&told[15..]));
        assert!(rest.get("next").is_none());
        let pending = place.admin.get(&format!("{hook}/deliveries?state=pending")).expect(200).json();
        assert_eq!(pending["data"], json!([]));
        place.server.found().admin.get(&format!("{hook}/deliveries")).problem(404, "not_found");
    });
}

#[test]
fn a_webhook_hears_of_what_its_filters_leave() {
    on_both(|place| {
        let made_of = |path: &str, document: Value| place.admin.post(path, &document).expect(201).id();
        let (team, other) =
            (made_of("/v1/teams", json!({"name": "Roads"})), made_of("/v1/teams", json!({"name": "x"})));
        let theme = place.admin.theme("a theme");
        let hears = |more: Value| {
            let receiver = Receiver::willing();
            let mut document = json!({"url": receiver.url()});
            document.as_object_mut().expect("an object").extend(more.as_object().cloned().expect("an object"));
            made(&place.admin, &document);
            receiver
        };
        let by_action = hears(json!({"actions": ["theme.created", "outcome.*"]}));
        let by_subject = hears(json!({"subject_id": theme.id()}));
        let by_team = hears(json!({"team_id": team}));
        let outcome = made_of("/v1/outcomes", json!({"title": "ours", "team_id": team, "theme_id": theme.id()}));
        made_of("/v1/outcomes", json!({"title": "theirs", "team_id": other}));
        let measure =
            json!({"key": "m", "name": "m", "kind": "increase", "baseline": 0, "target": 9, "every": "month"});
        let measure = made_of(&format!("/v1/outcomes/{outcome}/measures"), measure);
        let observation = json!({"observed_at": "2026-03-31", "value": 3});
        place.admin.post(&format!("/v1/measures/{measure}/observations"), &observation).expect(200);
        renamed(&place.admin, &theme, "another name");
        place.admin.theme("the last");

        let actions =
            |receiver: &Receiver, count: usize| (0..count).map(|_| receiver.next().action()).collect::<Vec<_>>();
        let mut heard = actions(&by_action, 3);
        heard.sort();
        assert_eq!(heard, ["outcome.created", "outcome.created", "theme.created"]);
        let mut heard = actions(&by_subject, 2);
        heard.sort();
        assert_eq!(heard, ["outcome.created", "theme.changed"], "itself, and what names it");
        let mut heard = actions(&by_team, 3);
        heard.sort();
        assert_eq!(heard, ["measure.created", "observations.recorded", "outcome.created"]);
        assert!(![by_action, by_subject, by_team].iter().any(Receiver::has_more));
    });
}

#[test]
fn while_a_secret_is_replaced_both_sign_and_no_secret_is_shown_twice() {
    on_both(|place| {
        let receiver = Receiver::willing();
        let document = json!({"url": receiver.url()});
        let ask = || place.admin.ask("POST", "/v1/webhooks").header("idempotency-key", "k").json(&document).send();
        let first = ask().expect(201);
        let hook = first.location();
        let secret = first.json()["secret"].as_str().expect("a secret").to_owned();
        assert!(secret.starts_with("whsec_"));
        let again = ask().expect(201);
        assert_eq!((again.location(), again.json().get("secret")), (hook.clone(), None));
        let rotate = |body: Value| {
            let answer = place.admin.post(&format!("{hook}/rotate"), &body).expect(200);
            assert!(answer.json()["rotated_at"].is_string());
            answer.json()["secret"].as_str().expect("a secret").to_owned()
        };
        place.admin.theme("before");
        let heard = receiver.next_of("theme.created");
        assert!(is_signed(&heard, &secret));
        let second = rotate(json!({}));
        place.admin.theme("between");
        let heard = receiver.next_of("theme.created");
        assert!(is_signed(&heard, &secret) && is_signed(&heard, &second));
        let third = rotate(json!({"overlap_hours": 0}));
        place.admin.theme("after");
        let heard = receiver.next_of("theme.created");
        assert!(is_signed(&heard, &third) && !is_signed(&heard, &second) && !is_signed(&heard, &secret));
        place.admin.post(&format!("{hook}/rotate"), &json!({"overlap_hours": 169})).problem(422, "invalid");

        for path in [&hook, "/v1/webhooks", "/v1/changes?limit=1000", &format!("{hook}/deliveries")] {
            let text = place.admin.get(path).expect(200).text();
            for secret in [&secret, &second, &third] {
                assert!(!text.contains(secret.trim_start_matches("whsec_")), "{path}");
            }
        }
        let dry =
            place.admin.post("/v1/webhooks?validate_only=true", &json!({"url": receiver.url()})).expect(200).json();
        assert!(dry["answer"].is_object() && dry["answer"].get("secret").is_none());
    });
}

#[test]
fn what_is_not_taken_is_tried_again_in_order_and_holds_up_nothing_else() {
    on_both(|place| {
        let (stuck, free) = (place.admin.theme("stuck"), place.admin.theme("free"));
        let mut refusals = 3;
        let subject = stuck.id();
        let receiver = Receiver::start(move |heard| {
            let refuses = heard.subject() == subject && refusals > 0;
            refusals -= i32::from(refuses);
            Reply::Status(if refuses { 500 } else { 204 })
        });
        let (hook, _) = made(&place.admin, &json!({"url": receiver.url(), "actions": ["theme.*"]}));
        renamed(&place.admin, &stuck, "one");
        renamed(&place.admin, &stuck, "two");
        renamed(&place.admin, &free, "three");
        let heard: Vec<Heard> = (0..6).map(|_| receiver.next()).collect();
        let of_stuck: Vec<_> = heard.iter().filter(|heard| heard.subject() == stuck.id()).collect();
        let ids: Vec<_> = of_stuck.iter().map(|heard| heard.id()).collect();
        assert_eq!(ids.len(), 5, "three times in vain, and then both");
        assert!(ids[..4].iter().all(|id| *id == ids[0]) && ids[4] != ids[0], "the same id each time: {ids:?}");
        assert!(of_stuck[..4].iter().all(|heard| heard.body == of_stuck[0].body), "and the same bytes");
        let told = deliveries(&place.admin, &hook, |told| {
            told.len() == 3 && told.iter().all(|delivery| delivery["state"] == "delivered")
        });
        let attempts: Vec<_> = told.iter().map(|delivery| delivery["attempts"].as_i64()).collect();
        assert_eq!(attempts, [Some(1), Some(1), Some(4)]);
        assert!(!receiver.has_more());
    });
}

#[test]
fn a_webhook_that_is_gone_is_disabled_at_once_and_told_of_everything_when_it_is_back() {
    on_both(|place| {
        let mut is_gone = true;
        let receiver = Receiver::start(move |_| {
            let status = if is_gone { 410 } else { 200 };
            is_gone = false;
            Reply::Status(status)
        });
        let (hook, _) = made(&place.admin, &json!({"url": receiver.url(), "actions": ["theme.*"]}));
        place.admin.theme("one");
        receiver.next();
        let told = deliveries(&place.admin, &hook, |told| told.len() == 1);
        assert_eq!((&told[0]["status"], &told[0]["state"]), (&json!(410), &json!("pending")));
        let disabled = place.admin.get(&hook).expect(200);
        assert_eq!((&disabled.json()["state"], &disabled.json()["fault"]), (&json!("disabled"), &json!("gone")));
        let entries = log(&place.admin, 1);
        let entry = entries.iter().find(|entry| entry["action"] == "webhook.disabled").expect("it stands in the log");
        assert_eq!(entry["actor"], "remit");
        let found =
            |path: &str| place.admin.get(path).expect(200).json()["data"].as_array().cloned().expect("findings");
        let id = hook.trim_start_matches("/v1/webhooks/");
        let finding = found("/v1/findings?rule=webhook_disabled");
        assert_eq!((finding.len(), &finding[0]["subject_id"]), (1, &json!(id)), "it is a finding");
        place.admin.theme("two");
        let patch = |state: &str, etag: &str| place.admin.patch(&hook, etag, &json!({"state": state}));
        let paused = patch("paused", &disabled.etag()).expect(200);
        assert!(paused.json().get("fault").is_none());
        patch("disabled", &paused.etag()).problem(409, "rule_broken");
        patch("active", &paused.etag()).expect(200);
        assert!(found("/v1/findings?rule=webhook_disabled").is_empty());
        assert_eq!(receiver.next().action(), "theme.created");
        assert_eq!(receiver.next().action(), "theme.created");
        deliveries(&place.admin, &hook, |told| told.iter().filter(|one| one["state"] == "delivered").count() == 2);
        place.admin.delete(&hook, &place.admin.get(&hook).etag()).expect(204);
        place.admin.get(&format!("{hook}/deliveries")).problem(404, "not_found");
        place.admin.theme("three");
        assert!(!receiver.has_more());
    });
}

#[test]
fn a_webhook_that_takes_nothing_for_its_whole_time_is_disabled() {
    let settings = Settings { webhooks_retry: Some("0.01,0.02,0.2".into()), ..Settings::default() };
    with(settings, |place| {
        let receiver = Receiver::start(|_| Reply::Status(503));
        let (hook, _) = made(&place.admin, &json!({"url": receiver.url()}));
        place.admin.theme("one");
        let patience = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while place.admin.get(&hook).expect(200).json()["fault"] != "unreachable" {
            assert!(std::time::Instant::now() < patience);
            std::thread::park_timeout(std::time::Duration::from_millis(10));
        }
        let told = deliveries(&place.admin, &hook, |told| !told.is_empty());
        assert!(told[0]["attempts"].as_i64() > Some(1), "{told:?}");
        assert_eq!((&told[0]["status"], &told[0]["error"]), (&json!(503), &json!("answered 503")));
    });
}

#[test]
fn a_test_and_a_redelivery_say_at_once_what_came_of_it() {
    on_both(|place| {
        let receiver = Receiver::willing();
        let (hook, secret) = made(&place.admin, &json!({"url": receiver.url(), "actions": ["theme.*"]}));
        let test = place.admin.ask("POST", &format!("{hook}/test")).send().expect(200).json();
        assert_eq!((&test["delivered"], &test["status"]), (&json!(true), &json!(200)));
        let heard = receiver.next();
        assert!(is_signed(&heard, &secret) && heard.action() == "remit.ping");
        place.admin.theme("one");
        let first = receiver.next();
        let told = deliveries(&place.admin, &hook, |told| told.len() == 1);
        let path = format!("{hook}/deliveries/{}/redeliver", first.id());
        let again = place.admin.ask("POST", &path).send().expect(200).json();
        assert_eq!((&again["id"], &again["attempts"]), (&told[0]["id"], &json!(2)));
        let second = receiver.next();
        assert_eq!((second.id(), second.body), (first.id(), first.body));
        let nowhere = format!("{hook}/deliveries/evt_0123456789abcdef0123456789abcdef/redeliver");
        place.admin.ask("POST", &nowhere).send().problem(404, "not_found");
        let stranger = place.server.found().admin;
        for path in [path, format!("{hook}/test"), format!("{hook}/rotate")] {
            stranger.post(&path, &json!({})).problem(404, "not_found");
        }
        assert!(!receiver.has_more());
    });
}
