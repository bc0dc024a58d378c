//! Responsibilities under the id that another system gives them.

use serde_json::{Value, json};

use crate::server::{Place, on_both};
use crate::story::Story;

const PATH: &str = "/v1/responsibilities/external/hr/r-1";

#[test]
fn a_responsibility_is_made_corrected_and_ended_by_another_systems_id() {
    on_both(|place| {
        let Place { admin, .. } = place;
        let story = Story::begin(place);
        let document = json!({
            "outcome_id": story.outcome, "part": "consulted", "role_id": story.role, "from": "2026-01-01"
        });
        let made = admin.put(PATH, &document).expect(201);
        let kept = made.json();
        assert_eq!((&kept["external_source"], &kept["external_id"]), (&json!("hr"), &json!("r-1")));
        assert_eq!(admin.get(&made.location()).expect(200).json(), kept);

        let again = admin.put(PATH, &document).expect(200).json();
        assert_eq!(again, kept, "the same again is unchanged");

        let known_at = admin.revision();
        let corrected = json!({"part": "informed", "person_id": story.person});
        let changed = admin.put(PATH, &corrected).expect(200).json();
        assert_eq!((&changed["part"], &changed["person_id"]), (&json!("informed"), &json!(story.person)));
        assert_eq!((&changed["role_id"], &changed["from"]), (&Value::Null, &kept["from"]));
        let past = admin.get(&format!("{}?known_at={known_at}", made.location())).expect(200).json();
        assert_eq!(past, kept, "what was known before the correction is still answered");

        let over = json!({"outcome_id": story.outcome, "part": "informed", "to": "2026-02-01"});
        admin.put(PATH, &over).expect(200);
        let list = |phase: &str| {
            let path = story.at(&format!("/responsibilities?phase={phase}"));
            admin.get(&path).expect(200).json()["data"].as_array().map(Vec::len)
        };
        assert_eq!((list("current"), list("ended")), (Some(0), Some(1)));
    });
}

#[test]
fn a_responsibility_stays_with_its_outcome_and_keeps_every_rule() {
    on_both(|place| {
        let Place { admin, .. } = place;
        let story = Story::begin(place);
        let role = admin.post("/v1/roles", &json!({"title": "Counsel"})).expect(201).id();
        let of = |object: &str, id: &str| json!({object: id, "part": "consulted", "role_id": role});
        admin.put(PATH, &of("outcome_id", &story.outcome)).expect(201);
        let moved = admin.put(PATH, &of("measure_id", &story.measure));
        moved.problem(409, "rule_broken");
        assert_eq!(moved.places(), [("/measure_id".into(), "immutable".into())]);
        let neither = admin.put("/v1/responsibilities/external/hr/r-2", &json!({"part": "informed"}));
        assert_eq!(neither.expect(409).places(), [("/outcome_id".into(), "required".into())]);
        let mut both = of("outcome_id", &story.outcome);
        both["measure_id"] = json!(story.measure);
        let both = admin.put("/v1/responsibilities/external/hr/r-2", &both);
        assert_eq!(both.expect(409).places(), [("/measure_id".into(), "unexpected".into())]);
        let other = admin.post(&story.at("/responsibilities"), &of("measure_id", &story.measure));
        assert_eq!(other.expect(409).places(), [("/measure_id".into(), "unexpected".into())]);
        admin.post(&story.at("/responsibilities"), &of("outcome_id", &story.outcome)).problem(409, "part_twice");

        story.activate(place);
        let second = json!({
            "outcome_id": story.outcome, "part": "accountable", "person_id": story.person, "from": "2026-02-01"
        });
        let problem = admin.put("/v1/responsibilities/external/hr/r-3", &second);
        problem.problem(409, "accountability_overlap");
        let dry = admin.put(&format!("{PATH}?validate_only=true"), &of("outcome_id", &story.outcome));
        dry.expect(200);
        admin.ask("PUT", PATH).header("if-match", "\"0\"").json(&of("outcome_id", &story.outcome)).send().expect(412);
        admin.put("/v1/responsibilities/external/h%20r/x", &of("outcome_id", &story.outcome)).problem(404, "not_found");
    });
}

#[test]
fn what_was_taken_back_before_it_began_comes_back_and_the_log_stays_sound() {
    on_both(|place| {
        let Place { admin, .. } = place;
        let story = Story::begin(place);
        let part = json!({
            "outcome_id": story.outcome, "part": "consulted", "role_id": story.role, "from": "2099-01-01"
        });
        let seat = json!({"role_id": story.role, "person_id": story.person, "kind": "deputy", "from": "2099-01-01"});
        for (path, document) in [(PATH, part), ("/v1/assignments/external/hr/a-1", seat)] {
            let made = admin.put(path, &document).expect(201);
            let place = made.location();
            let instant = made.json()["created_at"].as_str().unwrap_or_default().to_owned();
            admin.delete(&place, "*").expect(204);
            admin.get(&place).problem(404, "not_found");
            let back = admin.put(path, &document).expect(201);
            assert_eq!((back.location(), back.json()["version"].as_i64()), (place.clone(), Some(3)));
            admin.put(path, &document).expect(200);
            let then = admin.get(&format!("{place}?as_of={instant}")).expect(200).json();
            assert_eq!(then["from"], back.json()["from"], "its interval alone says when it holds");
        }
        let verified = admin.get("/v1/changes/verify").expect(200).json();
        assert_eq!(verified["fault"], Value::Null, "{verified}");
    });
}
