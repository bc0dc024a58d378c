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
fn what_comes_back_is_for_the_same_outcome() {
    on_both(|place| {
        let Place { admin, .. } = place;
        let story = Story::begin(place);
        let other = admin.post("/v1/outcomes", &json!({"title": "Another"})).expect(201).id();
        let of = |outcome: &str| json!({"outcome_id": outcome, "part": "consulted", "role_id": story.role, "from": "2099-01-01"});
        let made = admin.put(PATH, &of(&story.outcome)).expect(201);
        admin.delete(&made.location(), "*").expect(204);
        let moved = admin.put(PATH, &of(&other));
        assert_eq!(moved.expect(409).places(), [("/outcome_id".into(), "immutable".into())]);

        let second = admin.post("/v1/roles", &json!({"title": "Another"})).expect(201).id();
        let seat =
            |role: &str| json!({"role_id": role, "person_id": story.person, "kind": "deputy", "from": "2099-01-01"});
        let assignment = "/v1/assignments/external/hr/a-1";
        let made = admin.put(assignment, &seat(&story.role)).expect(201);
        admin.delete(&made.location(), "*").expect(204);
        let moved = admin.put(assignment, &seat(&second));
        assert_eq!(moved.expect(409).places(), [("/role_id".into(), "immutable".into())]);
    });
}

#[test]
fn one_atomic_import_ends_a_part_and_begins_the_next_and_every_row_of_it_is_held_to_the_rules() {
    on_both(|place| {
        let Place { admin, .. } = place;
        let story = Story::begin(place);
        let row = |id: &str, part: &str, from: &str, to: Option<&str>, subject: (&str, &str)| {
            let mut fields = json!({"outcome_id": story.outcome, "part": part, "from": from});
            fields[subject.0] = json!(subject.1);
            if let Some(to) = to {
                fields["to"] = json!(to);
            }
            json!({"external_id": id, "fields": fields})
        };
        let import = |mode: &str, rows: Value| {
            let document = json!({"kind": "responsibility", "source": "hr", "rows": rows});
            admin.post(&format!("/v1/imports?mode={mode}"), &document)
        };
        let role = ("role_id", story.role.as_str());
        let person = ("person_id", story.person.as_str());
        import(
            "atomic",
            json!([
                row("r-1", "accountable", "2026-01-01", None, role),
                row("r-2", "responsible", "2026-01-01", None, role)
            ]),
        )
        .expect(200);
        admin.post(&story.at("/activate"), &json!({"effective_from": "2026-01-01"})).expect(200);

        // The same row twice: the second is held to the rules too.
        for mode in ["atomic", "per_item"] {
            let twice = json!([
                row("r-3", "informed", "2026-01-01", None, person),
                row("r-3", "accountable", "2026-01-01", None, person)
            ]);
            let answer = import(mode, twice);
            assert!(answer.text().contains("accountability_overlap"), "{mode}: {}", answer.text());
        }
        let takes_over = json!([
            row("r-1", "accountable", "2026-01-01", Some("2026-06-01"), role),
            row("r-4", "accountable", "2026-06-01", None, ("role_id", &story.role))
        ]);
        let before = admin.revision();
        let same = import("atomic", json!([row("r-2", "responsible", "2026-01-01", None, role)])).expect(200).json();
        assert_eq!((&same["unchanged"], same["revision"].to_string()), (&json!(1), before), "nothing took a revision");
        let gap = json!([row("r-1", "accountable", "2026-01-01", Some("2026-06-01"), role)]);
        assert!(import("atomic", gap).expect(409).text().contains("accountability_gap"));
        let answer = import("atomic", takes_over).expect(200).json();
        assert_eq!((&answer["created"], &answer["updated"]), (&json!(1), &json!(1)));
    });
}

#[test]
fn who_is_accountable_is_not_taken_by_whoever_may_write_roles() {
    on_both(|place| {
        let Place { admin, .. } = place;
        let story = Story::begin(place);
        let document = json!({
            "outcome_id": story.outcome, "part": "accountable", "role_id": story.role, "from": "2026-01-01"
        });
        admin.put(PATH, &document).expect(201);
        let work = json!({"part": "responsible", "role_id": story.role, "from": "2026-01-01"});
        admin.post(&story.at("/responsibilities"), &work).expect(201);
        admin.post(&story.at("/activate"), &json!({"effective_from": "2026-01-01"})).expect(200);
        let other = admin.post("/v1/people", &json!({"name": "Grace"})).expect(201).id();
        let key = json!({"name": "grace", "scopes": ["read", "roles:write"], "person_id": other});
        let key = admin.post("/v1/api-keys", &key).expect(201).json()["secret"].as_str().unwrap_or_default().to_owned();
        let taken = json!({"outcome_id": story.outcome, "part": "accountable", "person_id": other});
        let grace = admin.with_token(&key);
        grace.put(PATH, &taken).problem(403, "forbidden");
        // Nor by giving oneself the part first, in the same import or before anything begins.
        let row = |id: &str, fields: Value| json!({"external_id": id, "fields": fields});
        let mut own = taken.clone();
        own["from"] = json!("2026-06-01");
        let mut ended = document.clone();
        ended["to"] = json!("2026-06-01");
        let rows = json!({"kind": "responsibility", "source": "hr", "rows": [row("r-9", own), row("r-1", ended)]});
        grace.post("/v1/imports", &rows).problem(403, "forbidden");
        let early = json!({"part": "accountable", "person_id": other, "from": "2020-01-01", "to": "2020-02-01"});
        grace.post(&story.at("/responsibilities"), &early).problem(403, "forbidden");
        grace.put(PATH, &document).expect(200);
        admin.put(PATH, &taken).expect(200);
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

#[test]
fn a_period_does_not_move_to_where_nobody_answers() {
    on_both(|place| {
        let Place { admin, .. } = place;
        let period = json!({"name": "2026", "start_on": "2026-03-01", "end_on": "2026-12-31", "state": "open"});
        let period = admin.post("/v1/periods", &period).expect(201);
        let role = admin.post("/v1/roles", &json!({"title": "Head"})).expect(201).id();
        let ada = admin.post("/v1/people", &json!({"name": "Ada"})).expect(201).id();
        let seat = json!({"person_id": ada, "from": "2026-01-01"});
        admin.post(&format!("/v1/roles/{role}/assignments"), &seat).expect(201);
        let outcome = json!({"title": "Safer roads", "period_id": period.id()});
        let outcome = admin.post("/v1/outcomes", &outcome).expect(201).location();
        let measure = json!({"key": "p.deaths", "name": "Deaths", "kind": "decrease", "baseline": 20, "target": 10});
        admin.post(&format!("{outcome}/measures"), &measure).expect(201);
        for part in ["accountable", "responsible"] {
            let document = json!({"part": part, "role_id": role, "from": "2026-03-01"});
            admin.post(&format!("{outcome}/responsibilities"), &document).expect(201);
        }
        admin.post(&format!("{outcome}/activate"), &json!({"effective_from": "2026-01-01"})).expect(200);
        let earlier = json!({"start_on": "2026-01-01", "change_reason": "It began with the year."});
        admin.patch(&period.location(), "*", &earlier).problem(409, "accountability_gap");
        let later = json!({"start_on": "2026-04-01", "change_reason": "It begins in spring."});
        admin.patch(&period.location(), "*", &later).expect(200);
    });
}
