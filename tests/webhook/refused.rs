//! Receivers that refuse one thing for good: the rest is told.

use remit_api::config::Settings;
use serde_json::{Value, json};

use super::receiver::{Receiver, Reply};
use super::{deliveries, made, renamed};
use crate::server::{on_both, with};

/// The deliveries about one subject, the last first.
fn about<'a>(told: &'a [Value], subject: &str) -> Vec<&'a Value> {
    told.iter().filter(|delivery| delivery["subject_id"] == subject).collect()
}

#[test]
fn what_is_refused_for_itself_alone_does_not_stop_the_rest() {
    on_both(|place| {
        let refused = place.admin.theme("refused");
        let subject = refused.id();
        let receiver = Receiver::start(move |heard| Reply::Status(if heard.subject() == subject { 400 } else { 200 }));
        let (hook, _) = made(&place.admin, &json!({"url": receiver.url(), "actions": ["theme.*"]}));
        renamed(&place.admin, &refused, "one");
        renamed(&place.admin, &refused, "two");
        // Often enough that nothing else would be tried any more, were each refusal one of the webhook.
        deliveries(&place.admin, &hook, |told| told.iter().any(|one| one["attempts"].as_i64() >= Some(7)));
        for title in ["three", "four"] {
            let other = place.admin.theme(title).id();
            deliveries(&place.admin, &hook, |told| about(told, &other).iter().any(|one| one["state"] == "delivered"));
        }
        let told = deliveries(&place.admin, &hook, |_| true);
        let states: Vec<_> = about(&told, &refused.id()).iter().map(|one| one["attempts"].as_i64() > Some(0)).collect();
        assert_eq!(states, [false, true], "what is about the same subject waits");
    });
}

#[test]
fn a_webhook_that_was_down_is_told_of_the_rest_though_the_oldest_is_refused_for_good() {
    on_both(|place| {
        let themes: Vec<_> = (0..8).map(|number| place.admin.theme(&format!("Theme {number}"))).collect();
        let is_up = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let (refused, up) = (themes[0].id(), is_up.clone());
        let receiver = Receiver::start(move |heard| {
            let takes = up.load(std::sync::atomic::Ordering::SeqCst) && heard.subject() != refused;
            Reply::Status(if takes { 200 } else { 400 })
        });
        let (hook, _) = made(&place.admin, &json!({"url": receiver.url(), "actions": ["theme.*"]}));
        for theme in &themes {
            renamed(&place.admin, theme, "another name");
        }
        deliveries(&place.admin, &hook, |told| {
            told.len() == 8 && told.iter().filter(|one| one["attempts"].as_i64() > Some(2)).count() >= 5
        });
        is_up.store(true, std::sync::atomic::Ordering::SeqCst);
        deliveries(&place.admin, &hook, |told| told.iter().filter(|one| one["state"] == "delivered").count() == 7);
    });
}

#[test]
fn one_event_that_had_its_time_is_given_up_alone_where_others_were_taken() {
    let settings = Settings { webhooks_retry: Some("0.05,0.1,1".into()), ..Settings::default() };
    with(settings, |place| {
        let refused = place.admin.theme("refused");
        let subject = refused.id();
        let mut first = None;
        let receiver = Receiver::start(move |heard| {
            let is_first = heard.subject() == subject && *first.get_or_insert_with(|| heard.id()) == heard.id();
            Reply::Status(if is_first { 400 } else { 200 })
        });
        let (hook, _) = made(&place.admin, &json!({"url": receiver.url(), "actions": ["theme.*"]}));
        renamed(&place.admin, &refused, "one");
        renamed(&place.admin, &refused, "two");
        receiver.next();
        place.admin.theme("another");
        let told = deliveries(&place.admin, &hook, |told| {
            about(told, &refused.id()).first().is_some_and(|last| last["state"] == "delivered")
        });
        let told = about(&told, &refused.id());
        assert_eq!((&told[1]["state"], &told[1]["status"]), (&json!("given_up"), &json!(400)));
        assert!(told[1].get("next_attempt_at").is_none());
        assert_eq!(place.admin.get(&hook).expect(200).json()["state"], "active");
        let given_up = place.admin.get(&format!("{hook}/deliveries?state=given_up")).expect(200).json();
        assert_eq!(given_up["data"].as_array().map(Vec::len), Some(1));
    });
}
