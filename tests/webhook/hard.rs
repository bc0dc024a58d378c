//! Receivers that make it hard: the work goes on, and what came of it is said.

use remit_api::config::Settings;
use serde_json::{Value, json};

use super::receiver::{Receiver, Reply};
use super::{deliveries, made};
use crate::server::{Place, on_both, with};

/// What a test of a webhook to this address comes to.
fn tested(place: &Place, url: &str) -> Value {
    let (hook, _) = made(&place.admin, &json!({"url": url}));
    let came_to = place.admin.ask("POST", &format!("{hook}/test")).send().expect(200).json();
    place.admin.delete(&hook, &place.admin.get(&hook).etag()).expect(204);
    came_to
}

#[test]
fn whatever_a_receiver_does_the_others_are_told_and_it_is_said_why() {
    on_both(|place| {
        let elsewhere = Receiver::willing();
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let cases = [
            (Reply::Status(500), Some(500), "answered 500"),
            (Reply::Redirect(elsewhere.url()), Some(302), "answered 302; redirects are not followed"),
            (Reply::Endless(500), Some(500), "answered 500"),
            (Reply::Close, None, "it closed the connection before it answered"),
            (Reply::Noise, None, "it does not answer in HTTP/1.1"),
            (Reply::Nothing, None, "no answer within 15 seconds"),
        ];
        let hard: Vec<_> = cases
            .iter()
            .map(|(reply, _, _)| {
                let reply = reply.clone();
                let receiver = Receiver::start(move |_| reply.clone());
                let (hook, _) = made(&place.admin, &json!({"url": receiver.url(), "actions": ["theme.*"]}));
                (receiver, hook)
            })
            .collect();
        let absent = format!("http://{}/", nobody.expect("a port that nobody listens on any more"));
        let (absent, _) = made(&place.admin, &json!({"url": absent, "actions": ["theme.*"]}));
        let generous = Receiver::start(|_| Reply::Endless(200));
        let (endless, _) = made(&place.admin, &json!({"url": generous.url(), "actions": ["theme.*"]}));
        let good = Receiver::willing();
        made(&place.admin, &json!({"url": good.url(), "actions": ["theme.*"]}));
        for title in ["one", "two", "three"] {
            place.admin.theme(title);
        }
        for _ in 0..3 {
            assert_eq!(good.next().action(), "theme.created");
        }
        for ((_, hook), (reply, status, error)) in hard.iter().zip(&cases) {
            let is_tried = |told: &[Value]| told.iter().any(|delivery| delivery["error"] == *error);
            let told = deliveries(&place.admin, hook, is_tried);
            let tried = told.iter().find(|delivery| delivery["error"] == *error).expect("one");
            assert_eq!((tried["status"].as_u64(), &tried["state"]), (*status, &json!("pending")), "{reply:?}");
        }
        let told = deliveries(&place.admin, &absent, |told| told.iter().any(|one| one["error"].is_string()));
        assert!(told.iter().any(|one| one["error"].as_str().is_some_and(|error| error.starts_with("not connected"))));
        // A status of 200 is enough; the gigabyte behind it is left where it is.
        deliveries(&place.admin, &endless, |told| told.iter().filter(|one| one["state"] == "delivered").count() == 3);
        assert!(!elsewhere.has_more(), "a redirect is not followed");
    });
}

#[test]
fn private_addresses_are_refused_however_they_are_spelled() {
    let settings = Settings { webhooks_allow_private: Some("off".into()), ..Settings::default() };
    with(settings, |place| {
        let receiver = Receiver::willing();
        let port = receiver.port();
        for host in [
            "127.0.0.1",
            "localhost",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "2130706433",
            "0x7f.1",
            "10.0.0.1",
            "169.254.169.254",
            "[fd00:ec2::254]",
            "0.0.0.0",
        ] {
            let came_to = tested(place, &format!("https://{host}:{port}/hear"));
            assert_eq!(came_to["delivered"], false);
            let error = came_to["error"].as_str().unwrap_or_default();
            assert!(error.contains("which is not allowed"), "{host}: {error}");
        }
        assert!(!receiver.has_more());
        let came_to = tested(place, "https://no-such-name.invalid/");
        assert_eq!(came_to["error"], "its name does not resolve");
        let refused = place.admin.post("/v1/webhooks", &json!({"url": receiver.url()}));
        refused.problem(409, "rule_broken");
        assert_eq!(refused.places(), [("/url".to_owned(), "not_secure".to_owned())]);
        for url in ["ftp://example.org/", "https://ada:secret@example.org/", "https://example.org/#x", "x"] {
            place.admin.post("/v1/webhooks", &json!({"url": url})).problem(422, "invalid");
        }
    });
}

#[test]
fn an_organization_has_a_bounded_number_of_webhooks() {
    on_both(|place| {
        for _ in 0..20 {
            made(&place.admin, &json!({"url": "https://127.0.0.1:9/", "state": "paused"}));
        }
        let document = json!({"url": "https://127.0.0.1:9/"});
        place.admin.post("/v1/webhooks", &document).problem(409, "conflict");
    });
}
