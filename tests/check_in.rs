//! Check-ins and comments: what humans say of an outcome, beside what its numbers said at that moment.

use crate::client::{Answer, Client};
use crate::server::{Place, on_both};
use crate::story::Story;
use serde_json::{Value, json};

/// A client for whom a person acts.
fn as_person(place: &Place, person: &str, scope: &str) -> Client {
    place.admin.with_token(place.token_of(person, scope))
}

/// A story under way, in which Ada answers and Grace is her manager.
struct Told {
    story: Story,
    ada: Client,
    grace: Client,
    manager: String,
}

fn told(place: &Place) -> Told {
    let story = Story::begin(place);
    let manager = place.admin.post("/v1/people", &json!({"name": "Grace Hopper"})).expect(201).id();
    let ada = format!("/v1/people/{}", story.person);
    let etag = place.admin.get(&ada).expect(200).etag();
    place.admin.patch(&ada, &etag, &json!({"manager_id": manager})).expect(200);
    story.activate(place);
    story.observe(place, &[("2026-01-31", 190.0), ("2026-02-28", 180.0)]);
    let scope = "read outcomes:write";
    let (ada, grace) = (as_person(place, &story.person, scope), as_person(place, &manager, scope));
    Told { story, ada, grace, manager }
}

fn begin(client: &Client, story: &Story, document: &Value) -> Answer {
    client.post(&story.at("/check-ins"), document)
}

fn publish(client: &Client, check_in: &str) -> Answer {
    client.ask("POST", &format!("{check_in}/publish")).send()
}

fn acknowledge(client: &Client, check_in: &str) -> Answer {
    client.post(&format!("{check_in}/acknowledge"), &json!({}))
}

#[test]
fn a_check_in_is_drafted_from_the_numbers_and_published_with_those_of_that_moment_for_ever() {
    on_both(|place| {
        let Told { story, ada, manager, .. } = told(place);
        let begun = begin(&ada, &story, &json!({"reported_status": "at_risk", "confidence": 0.6})).expect(201);
        let (draft, path) = (begun.json(), begun.location());
        assert_eq!((&draft["state"], &draft["outcome_id"]), (&json!("draft"), &json!(story.outcome)));
        assert_eq!(draft["from_on"], "2026-01-01", "from the outcome's first day on");
        let reading = &draft["snapshot"]["measures"][0];
        assert_eq!((&reading["value"], &reading["previous_value"]), (&json!(180.0), &Value::Null));
        assert_eq!((&reading["progress"], &reading["observed_on"]), (&json!(20.0), &json!("2026-02-28")));
        assert_eq!(reading["forecast"]["observations"], 2);

        story.observe(place, &[("2026-03-31", 170.0)]);
        let published = publish(&ada, &path).expect(200).json();
        assert_eq!((&published["state"], &published["author_id"]), (&json!("published"), &json!(story.person)));
        assert_eq!(published["reviewer_id"], json!(manager), "her manager is to acknowledge it");
        assert_eq!(published["snapshot"]["measures"][0]["value"], 170.0);

        story.observe(place, &[("2026-04-30", 150.0)]);
        let later = ada.get(&path).expect(200);
        assert_eq!(later.json(), published, "what is said stays said");
        let edited = ada.patch(&path, &later.etag(), &json!({"confidence": 0.9}));
        edited.problem(409, "published");
        ada.delete(&path, &later.etag()).problem(409, "published");
        publish(&ada, &path).problem(409, "published");

        let next = begin(&ada, &story, &json!({"reported_status": "on_track"})).expect(201).json();
        let reading = &next["snapshot"]["measures"][0];
        assert_eq!((&reading["value"], &reading["previous_value"]), (&json!(150.0), &json!(170.0)));
        assert_eq!(next["snapshot"]["previous_progress"], published["snapshot"]["progress"]);
    });
}

#[test]
fn what_is_reported_stands_on_the_board_beside_pace_and_makes_health_worse_never_better() {
    on_both(|place| {
        let Told { story, ada, .. } = told(place);
        let before = place.admin.get(&story.at("/progress")).expect(200).json();
        assert_eq!((&before["reported_status"], &before["confidence"]), (&Value::Null, &Value::Null));
        let path =
            begin(&ada, &story, &json!({"reported_status": "on_track", "confidence": 0.5})).expect(201).location();
        let drafted = place.admin.get(&story.at("/progress")).expect(200).json();
        assert_eq!(drafted["reported_status"], Value::Null, "a draft says nothing yet");
        publish(&ada, &path).expect(200);
        let after = place.admin.get(&story.at("/progress")).expect(200).json();
        assert_eq!((&after["reported_status"], &after["health"]), (&json!("on_track"), &before["health"]));
        assert_eq!(after["confidence"], json!({"mean": 0.5, "minimum": 0.5, "band": "medium", "count": 1}));
        let revision = place.admin.revision();
        let path = begin(&ada, &story, &json!({"reported_status": "off_track"})).expect(201).location();
        publish(&ada, &path).expect(200);
        let known = format!("{}?known_at={revision}", story.at("/progress"));
        let known = place.admin.get(&known).expect(200).json();
        assert_eq!(known["reported_status"], "on_track", "as was known then");
        let board = place.admin.get("/v1/board").expect(200).json();
        let stated = json!({"mean": 0.5, "minimum": 0.5, "band": "medium", "count": 1});
        let earlier = place.admin.get(&format!("/v1/board?known_at={revision}")).expect(200).json();
        let node = &earlier["themes"][0]["outcomes"][0];
        for shown in [&earlier, &earlier["themes"][0], node] {
            assert_eq!(shown["confidence"], stated);
        }
        assert_eq!(board["confidence"], Value::Null, "the latest check-in states none");
        assert_eq!(board["themes"][0]["outcomes"][0]["reported_status"], "off_track");
    });
}

#[test]
fn the_reviewer_acknowledges_once_and_nobody_else() {
    on_both(|place| {
        let Told { story, ada, grace, manager } = told(place);
        let path = begin(&ada, &story, &json!({"reported_status": "on_track"})).expect(201).location();
        acknowledge(&grace, &path).problem(409, "wrong_state");
        publish(&ada, &path).expect(200);
        acknowledge(&ada, &path).problem(409, "own_check_in");
        let stranger = place.admin.post("/v1/people", &json!({"name": "Alan"})).expect(201).id();
        acknowledge(&as_person(place, &stranger, "read"), &path).problem(403, "forbidden");
        let open = |wanted: bool| {
            let path = format!("/v1/check-ins?reviewer={manager}&acknowledged={wanted}");
            place.admin.get(&path).expect(200).json()["data"].as_array().expect("a list").len()
        };
        assert_eq!((open(false), open(true)), (1, 0));
        let first = acknowledge(&grace, &path).expect(200).json();
        assert!(first["acknowledged_at"].is_string());
        let revision = place.admin.revision();
        assert_eq!(acknowledge(&grace, &path).expect(200).json(), first, "twice is the same as once");
        assert_eq!(place.admin.revision(), revision);
        assert_eq!((open(false), open(true)), (0, 1));
        // A tool without a person says for whom, and needs to be trusted with people.
        let named = json!({"person_id": manager});
        place.admin.post(&format!("{path}/acknowledge"), &named).expect(200);
        let tool = place.admin.with_token(place.token("read outcomes:write"));
        tool.post(&format!("{path}/acknowledge"), &named).problem(403, "forbidden");
        acknowledge(&tool, &path).problem(409, "rule_broken");
        grace.post(&format!("{path}/acknowledge"), &json!({"person_id": story.person})).problem(403, "forbidden");
    });
}

#[test]
fn a_check_in_that_cannot_be_is_refused_by_field() {
    on_both(|place| {
        let Told { story, ada, grace, .. } = told(place);
        begin(&ada, &story, &json!({"confidence": 1.5})).problem(422, "invalid");
        begin(&ada, &story, &json!({"mood": "fine"})).problem(400, "unknown_field");
        begin(&ada, &story, &json!({"to_on": "2099-01-01"})).problem(409, "rule_broken");
        begin(&ada, &story, &json!({"from_on": "2026-03-01", "to_on": "2026-02-01"})).problem(409, "rule_broken");
        begin(&grace, &story, &json!({})).problem(403, "forbidden");
        let empty = begin(&ada, &story, &json!({})).expect(201).location();
        let silent = publish(&ada, &empty).problem(409, "rule_broken");
        assert_eq!(silent["errors"][0]["pointer"], "/reported_status");
        let own = json!({"reported_status": "on_track", "reviewer_id": story.person});
        let own = begin(&ada, &story, &own).expect(201).location();
        publish(&ada, &own).problem(409, "own_check_in");
        let etag = ada.get(&empty).expect(200).etag();
        ada.delete(&empty, &etag).expect(204);
        ada.get(&empty).problem(404, "not_found");
        let draft = place.admin.post("/v1/outcomes", &json!({"title": "Later"})).expect(201).location();
        place.admin.post(&format!("{draft}/check-ins"), &json!({})).problem(409, "wrong_state");
        let elsewhere = place.server.found();
        let lost = elsewhere.admin.get(&own);
        lost.problem(404, "not_found");
    });
}

#[test]
fn who_owes_the_next_check_in_and_since_when_it_is_late() {
    on_both(|place| {
        let Told { story, ada, .. } = told(place);
        let due = |query: &str| {
            let path = format!("/v1/check-ins/due{query}");
            place.admin.get(&path).expect(200).json()["data"].as_array().expect("a list").clone()
        };
        let now = due("");
        assert_eq!(now.len(), 1);
        // Active from the first day of 2026, every 14 days, three days of grace.
        assert_eq!((&now[0]["due_on"], &now[0]["grace_days"]), (&json!("2026-01-15"), &json!(3)));
        assert_eq!((&now[0]["dueness"], &now[0]["last_on"]), (&json!("overdue"), &Value::Null));
        assert_eq!(now[0]["owed_by"]["person"]["id"], json!(story.person));
        assert_eq!(due("?dueness=upcoming").len(), 0);
        assert_eq!(due(&format!("?person={}", story.person)).len(), 1);
        assert_eq!(due("?as_of=2026-01-18")[0]["dueness"], "due", "within the grace");
        assert_eq!(due("?as_of=2026-01-14")[0]["dueness"], "upcoming");
        let found = |rule: &str| {
            let path = format!("/v1/findings?rule={rule}");
            place.admin.get(&path).expect(200).json()["data"].as_array().expect("a list").len()
        };
        assert_eq!(found("check_in_overdue"), 1);
        let path =
            begin(&ada, &story, &json!({"reported_status": "on_track", "confidence": 0.95})).expect(201).location();
        publish(&ada, &path).expect(200);
        assert_eq!((found("check_in_overdue"), found("too_safe")), (0, 1));
        assert_eq!(due("")[0]["dueness"], "upcoming");
        let etag = ada.get(&story.at("")).expect(200).etag();
        ada.patch(&story.at(""), &etag, &json!({"check_in_days": 0})).problem(422, "invalid");
        ada.patch(&story.at(""), &etag, &json!({"check_in_days": 7, "check_in_grace_days": 0})).expect(200);
        assert_eq!(due("")[0]["grace_days"], 0);
        let csv = place.admin.ask("GET", "/v1/check-ins/due").header("accept", "text/csv").send().expect(200).text();
        assert!(csv.starts_with("outcome_id,title,dueness,due_on"), "{csv}");
    });
}

#[test]
fn what_was_stated_is_held_against_what_came() {
    on_both(|place| {
        let Told { story, ada, .. } = told(place);
        let path =
            begin(&ada, &story, &json!({"reported_status": "on_track", "confidence": 0.8})).expect(201).location();
        publish(&ada, &path).expect(200);
        let closing = json!({"result": "achieved", "score": 1});
        place.admin.post(&story.at("/close"), &closing).expect(200);
        begin(&place.admin, &story, &json!({})).problem(409, "wrong_state");
        let answer = place.admin.get("/v1/calibration").expect(200).json();
        assert_eq!((&answer["confidence"]["count"], &answer["confidence"]["brier"]), (&json!(1), &json!(0.04)));
        assert_eq!(answer["kept_forecast"]["count"], 1);
    });
}

#[test]
fn a_comment_is_said_to_an_outcome_or_a_check_in_and_changed_by_who_said_it() {
    on_both(|place| {
        let Told { story, ada, grace, .. } = told(place);
        let path = begin(&ada, &story, &json!({})).expect(201).location();
        for (at, field) in [(story.at(""), "outcome_id"), (path, "check_in_id")] {
            let said = grace.post(&format!("{at}/comments"), &json!({"body": "What of Leeds?"})).expect(201);
            let (comment, place_of) = (said.json(), said.location());
            assert!(at.ends_with(comment[field].as_str().expect("an id")), "{comment}");
            let listed = ada.get(&format!("{at}/comments")).expect(200).json();
            assert_eq!(listed["data"], json!([comment]));
            let etag = ada.get(&place_of).expect(200).etag();
            ada.patch(&place_of, &etag, &json!({"body": "?"})).problem(403, "forbidden");
            let changed = grace.patch(&place_of, &etag, &json!({"body": "And Leeds?"})).expect(200);
            assert_eq!(changed.json()["body"], "And Leeds?");
            ada.delete(&place_of, &changed.etag()).problem(403, "forbidden");
            grace.delete(&place_of, &changed.etag()).expect(204);
            assert_eq!(ada.get(&format!("{at}/comments")).expect(200).json()["data"], json!([]));
        }
        grace.post(&story.at("/comments"), &json!({"body": " "})).problem(422, "invalid");
        let lost = "/v1/check-ins/chk_01abcdefghjkmnpqrstvwxyz00/comments";
        grace.post(lost, &json!({"body": "Anyone?"})).problem(404, "not_found");
    });
}

#[test]
fn what_a_person_said_goes_with_the_person_and_the_log_still_verifies() {
    on_both(|place| {
        let Told { story, grace, manager, .. } = told(place);
        let said = grace.post(&story.at("/comments"), &json!({"body": "My sister lives in Leeds."})).expect(201);
        let gone = grace.post(&story.at("/comments"), &json!({"body": "My brother too."})).expect(201).location();
        let etag = grace.get(&gone).expect(200).etag();
        grace.delete(&gone, &etag).expect(204);
        let export = place.admin.get(&format!("/v1/people/{manager}/export")).expect(200).text();
        assert!(export.contains("sister") && export.contains("brother"), "{export}");
        place.admin.ask("POST", &format!("/v1/people/{manager}/erase")).send().expect(200);
        let left = place.admin.get(&said.location()).expect(200).json();
        assert_eq!((&left["body"], &left["erased"]), (&json!("(erased)"), &json!(true)));
        let early = format!("{}?known_at={}", said.location(), said.json()["version"]);
        assert!(!place.admin.get(&early).text().contains("sister"));
        let etag = place.admin.get(&said.location()).expect(200).etag();
        place.admin.patch(&said.location(), &etag, &json!({"body": "back"})).problem(409, "conflict");
        // What is left of it may still be deleted.
        place.admin.delete(&said.location(), &etag).expect(204);
        let verified = place.admin.get("/v1/changes/verify").expect(200).json();
        assert_eq!(verified["sound"], json!(true), "{verified}");
        assert!(!place.admin.get("/v1/changes?limit=200").expect(200).text().contains("sister"));
    });
}
