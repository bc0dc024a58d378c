//! What a webhook hears of, and what the rest costs.

use remit_api::config::Settings;
use serde_json::{Value, json};

use super::made;
use super::receiver::Receiver;
use crate::event::{metrics_port, number};
use crate::server::{on_both, with};

#[test]
fn an_action_that_the_log_never_names_is_refused() {
    on_both(|place| {
        let with_action = |action: &str| {
            let document = json!({"url": "https://127.0.0.1/", "actions": ["theme.created", action]});
            place.admin.post("/v1/webhooks?validate_only=true", &document)
        };
        for action in ["outcome.activted", "outcom.*"] {
            let refused = with_action(action);
            refused.problem(409, "rule_broken");
            assert_eq!(refused.places(), [("/actions/1".to_owned(), "unknown".to_owned())]);
        }
        with_action("observations.*").expect(200);
    });
}

#[test]
fn a_team_hears_of_what_was_its_own_when_it_was_written_and_of_what_comes_and_goes() {
    on_both(|place| {
        let made_of = |path: &str, document: Value| place.admin.post(path, &document).expect(201);
        let (ours, theirs) =
            (made_of("/v1/teams", json!({"name": "Roads"})).id(), made_of("/v1/teams", json!({"name": "Rail"})).id());
        let (by_ours, by_theirs, by_person) = (Receiver::willing(), Receiver::willing(), Receiver::willing());
        let person = made_of("/v1/people", json!({"name": "Ada"})).id();
        let hook = |receiver: &Receiver, filter: (&str, &str)| {
            let actions = ["outcome.*", "briefing.*"];
            let document = json!({"url": receiver.url(), "state": "paused", "actions": actions, filter.0: filter.1});
            made(&place.admin, &document).0
        };
        let hooks = [
            hook(&by_ours, ("team_id", &ours)),
            hook(&by_theirs, ("team_id", &theirs)),
            hook(&by_person, ("subject_id", &person)),
        ];
        let outcome = made_of("/v1/outcomes", json!({"title": "a", "team_id": ours}));
        let change = |document: Value| {
            place.admin.patch(&outcome.location(), &place.admin.get(&outcome.location()).etag(), &document).expect(200)
        };
        change(json!({"title": "b"}));
        change(json!({"team_id": theirs}));
        change(json!({"title": "c"}));
        let to = json!({"about": "free", "title": "x", "body": "x", "to_team_ids": [ours], "to_person_ids": [person]});
        made_of("/v1/briefings", to);
        for hook in &hooks {
            place.admin.patch(hook, &place.admin.get(hook).etag(), &json!({"state": "active"})).expect(200);
        }
        let actions = |receiver: &Receiver, count: usize| {
            let mut heard: Vec<String> = (0..count).map(|_| receiver.next().action()).collect();
            heard.sort();
            heard
        };
        assert_eq!(
            actions(&by_ours, 4),
            ["briefing.created", "outcome.changed", "outcome.changed", "outcome.created"],
            "also of the move, and of what it was told later"
        );
        assert_eq!(actions(&by_theirs, 2), ["outcome.changed", "outcome.changed"], "from the move on");
        assert_eq!(actions(&by_person, 1), ["briefing.created"]);
        assert!(by_ours.is_quiet() && by_theirs.is_quiet() && by_person.is_quiet());
    });
}

#[test]
fn an_entry_of_which_a_webhook_does_not_hear_is_passed_over_without_a_job() {
    let (listen, metrics) = metrics_port();
    let settings = Settings { metrics_listen: Some(listen), ..Settings::default() };
    with(settings, |place| {
        let done = || number(&metrics(), "remit_jobs_done_total{kind=\"webhook\"}");
        made(&place.admin, &json!({"url": "http://127.0.0.1:9/", "actions": ["mission.*"]}));
        for theme in 0..100 {
            place.admin.theme(&format!("Theme {theme}"));
        }
        let receiver = Receiver::willing();
        made(&place.admin, &json!({"url": receiver.url(), "actions": ["theme.*"]}));
        place.admin.theme("the last");
        assert_eq!(receiver.next().action(), "theme.created");
        assert!(done() < 8, "{}", done());
    });
}
