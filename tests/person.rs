//! People, teams and keys: unique names, ends of parts, and credentials that end at once or soon.

use serde_json::json;

use crate::server::on_both;
use crate::story::Story;

#[test]
fn an_email_address_belongs_to_one_person() {
    on_both(|place| {
        let story = Story::begin(place);
        let taken = json!({"name": "Other", "email": "ADA@example.ORG"});
        place.admin.post("/v1/people", &taken).problem(409, "name_taken");
        place.server.found().admin.post("/v1/people", &taken).expect(201);
        let path = format!("/v1/people/{}", story.person);
        place.admin.patch(&path, "*", &json!({"email": "lovelace@example.org"})).expect(200);
        place.admin.post("/v1/people", &taken).expect(201);
    });
}

#[test]
fn who_leaves_ends_what_they_hold_and_keeps_the_history() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        place.admin.post(&format!("/v1/people/{}/deactivate", story.person), &json!({})).expect(200);
        let person = place.admin.get(&format!("/v1/people/{}", story.person)).expect(200).json();
        assert_eq!(person["active"], false);
        let accountable = place.admin.get(&story.at("/progress")).expect(200).json()["accountable"].clone();
        assert!(accountable["gap"].is_string(), "{accountable}");
        let before = place.admin.get(&story.at("/progress?as_of=2026-06-01")).expect(200).json()["accountable"].clone();
        assert_eq!(before["person"]["id"], *story.person, "{before}");
    });
}

#[test]
fn a_key_does_what_its_scopes_say_until_it_is_ended() {
    on_both(|place| {
        let document = json!({"name": "a script", "scopes": ["read"]});
        let made =
            place.admin.ask("POST", "/v1/api-keys").header("idempotency-key", "k").json(&document).send().expect(201);
        let text = made.text();
        let secret = text.split('"').find(|part| part.starts_with("remit_")).expect("a secret").to_owned();
        let script = place.admin.with_token(&secret);
        script.get("/v1/themes").expect(200);
        script.post("/v1/themes", &json!({"title": "x"})).problem(403, "forbidden");
        script.post("/v1/api-keys", &json!({"name": "more", "scopes": ["admin"]})).problem(403, "forbidden");
        let again =
            place.admin.ask("POST", "/v1/api-keys").header("idempotency-key", "k").json(&document).send().expect(201);
        assert!(!again.text().contains(&secret), "a secret is shown once");
        for path in ["/v1/api-keys", &made.location()] {
            assert!(!place.admin.get(path).expect(200).text().contains(&secret), "{path}");
        }
        // A credential that was believed is believed for a few seconds more; one that nobody has shown yet is not.
        let other = place.admin.post("/v1/api-keys", &document).expect(201);
        let text = other.text();
        let unused = text.split('"').find(|part| part.starts_with("remit_")).expect("a secret").to_owned();
        place.admin.ask("DELETE", &other.location()).header("if-match", "*").send().expect(204);
        place.admin.with_token(&unused).get("/v1/themes").problem(401, "unauthorized");
    });
}

#[test]
fn teams_do_not_stand_above_themselves() {
    on_both(|place| {
        let made = |document: serde_json::Value| place.admin.post("/v1/teams", &document).expect(201).id();
        let top = made(json!({"name": "top"}));
        let below = made(json!({"name": "below", "parent_id": top}));
        for parent in [&below, &top] {
            let answer = place.admin.patch(&format!("/v1/teams/{top}"), "*", &json!({"parent_id": parent}));
            answer.problem(409, "hierarchy_cycle");
        }
    });
}
