//! The log over HTTP: followed without a gap, kept elsewhere by its head, checked; and people erased from it.

use remit_api::change::signature::is_signed;
use serde_json::{Value, json};

use crate::server::{Place, on_both};
use crate::story::Story;

fn entries(place: &Place, path: &str) -> Vec<Value> {
    place.admin.get(path).expect(200).json()["data"].as_array().expect("entries").clone()
}

#[test]
fn the_log_is_followed_by_its_cursor_from_any_revision_on() {
    on_both(|place| {
        Story::begin(place);
        let all = entries(place, "/v1/changes?limit=1000");
        let mut paged = Vec::new();
        let mut path = "/v1/changes?limit=2".to_owned();
        let cursor = loop {
            let page = place.admin.get(&path).expect(200);
            assert_eq!(page.header("link").is_some(), page.json()["has_more"] == true);
            let page = page.json();
            paged.extend(page["data"].as_array().expect("entries").clone());
            let next = page["next"].as_str().expect("a cursor").to_owned();
            path = format!("/v1/changes?limit=2&after={next}");
            if page["has_more"] == false {
                break next;
            }
        };
        assert_eq!(paged, all);
        let place_of = |entry: &Value| (entry["revision"].as_i64(), entry["position"].as_i64());
        assert_eq!(place_of(&all[0]), (Some(1), Some(0)));
        for pair in all.windows(2) {
            let (revision, position) = place_of(&pair[0]);
            let same_write = (revision, position.map(|position| position + 1));
            let next_write = (revision.map(|revision| revision + 1), Some(0));
            assert!([same_write, next_write].contains(&place_of(&pair[1])), "{pair:?}");
            assert_eq!(pair[1]["previous_hash"], pair[0]["hash"]);
        }
        // Nothing is there yet; then what was written since, and that alone.
        let next = |cursor: &str| place.admin.get(&format!("/v1/changes?after={cursor}")).expect(200).json();
        assert_eq!(next(&cursor)["data"], json!([]));
        place.admin.theme("later");
        let page = next(&cursor);
        assert_eq!(page["data"][0]["action"], "theme.created");
        // It holds since the mission does, and the log says so.
        assert_eq!(page["data"][0]["record"], json!({"holds_from": "2026-01-01T00:00:00Z", "title": "later"}));
        assert_eq!(page["data"].as_array().map(Vec::len), Some(1));

        let revision = page["data"][0]["revision"].as_i64().expect("a revision");
        let at = page["data"][0]["recorded_at"].as_str().expect("an instant").to_owned();
        for from in [revision.to_string(), at] {
            assert_eq!(entries(place, &format!("/v1/changes?from={from}")), *page["data"].as_array().expect("it"));
        }
        assert_eq!(entries(place, &format!("/v1/changes?from={}", revision + 1)), Vec::<Value>::new());
    });
}

#[test]
fn the_log_is_filtered_by_what_who_and_about_what() {
    on_both(|place| {
        let story = Story::begin(place);
        let about = entries(place, &format!("/v1/changes?subject={}", story.person));
        assert_eq!(about.len(), 1);
        assert_eq!(about[0]["subject"], json!({"kind": "person", "id": story.person}));
        assert!(!about[0].to_string().to_lowercase().contains("lovelace"), "{}", about[0]);
        assert_eq!(entries(place, "/v1/changes?kind=measure").len(), 1);
        assert_eq!(entries(place, "/v1/changes?action=measure.created").len(), 1);
        assert_eq!(entries(place, "/v1/changes?action=measure.created&kind=theme").len(), 0);
        let actor = about[0]["actor"].as_str().expect("an actor").replace(' ', "%20");
        assert!(entries(place, &format!("/v1/changes?actor={actor}")).len() > 3);

        // What was recorded, by whom it was, and of which measure.
        story.activate(place);
        let ada = place.admin.with_token(place.token_of(&story.person, "observations:write"));
        for (client, on) in [(&place.admin, "2026-02-01"), (&ada, "2026-02-02")] {
            let point = json!({"measure": "roads.deaths", "observed_at": on, "value": 150});
            client.post("/v1/observations", &point).expect(200);
        }
        let recorded = "/v1/changes?action=observations.recorded";
        assert_eq!(entries(place, recorded).len(), 2);
        let by_ada = entries(place, &format!("{recorded}&actor={}", story.person));
        assert_eq!(by_ada.iter().map(|entry| entry["actor"].as_str()).collect::<Vec<_>>(), [Some(&*story.person)]);
        let measure = by_ada[0]["subject"]["id"].as_str().expect("a measure");
        let of_it: Vec<_> = entries(place, &format!("/v1/changes?subject={measure}"))
            .iter()
            .map(|entry| entry["action"].as_str().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(of_it, ["measure.created", "observations.recorded", "observations.recorded"]);
        let table = place.admin.ask("GET", "/v1/changes?kind=theme").header("accept", "text/csv").send().expect(200);
        let text = table.text();
        assert!(
            text.starts_with("revision,position,recorded_at,actor,action,subject_kind,subject_id,record,"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 2);
    });
}

#[test]
fn what_cannot_be_asked_of_the_log_is_refused_by_name() {
    on_both(|place| {
        for (query, name) in [
            ("from=yesterday", "from"),
            ("from=99999999999999999999", "from"),
            ("after=x", "after"),
            ("after=a.b.c", "after"),
            ("limit=0", "limit"),
            ("limit=1001", "limit"),
            ("subject=", "subject"),
            ("other=1", "other"),
        ] {
            let answer = place.admin.get(&format!("/v1/changes?{query}"));
            answer.problem(400, "invalid_parameter");
            assert_eq!(answer.places()[0].0, format!("/query/{name}"), "{query}");
        }
        place.admin.get("/v1/changes?after=00000000.1.0").problem(410, "cursor_expired");
        for query in ["revision=1", "hash=00", "revision=0"] {
            place.admin.get(&format!("/v1/changes/verify?{query}")).problem(400, "invalid_parameter");
        }
        let reader = place.admin.with_token(place.token("read people:read"));
        for path in ["/v1/changes", "/v1/changes/head", "/v1/changes/verify"] {
            reader.get(path).problem(403, "forbidden");
            place.admin.with_token(place.token("audit:read")).get(path).expect(200);
        }
    });
}

#[test]
fn a_head_is_signed_and_the_log_is_held_against_it() {
    on_both(|place| {
        place.admin.theme("one");
        let head = place.admin.get("/v1/changes/head").expect(200).json();
        let text = |name: &str| head[name].as_str().expect("a text").to_owned();
        assert!(is_signed(&place.server.secret, &text("statement"), &text("signature")));
        assert!(!is_signed(
            &place.server.secret,
            &text("statement").replace("revision", "Revision"),
            &text("signature")
        ));
        assert!(text("statement").contains(&format!("revision {}\n", head["revision"])));
        assert!(text("statement").contains(&text("hash")) && text("statement").contains(&place.organization));
        assert!(text("public_key").starts_with("-----BEGIN PUBLIC KEY-----\n"));

        place.admin.theme("two");
        let verified = |query: &str| place.admin.get(&format!("/v1/changes/verify{query}")).expect(200).json();
        assert_eq!(verified("")["sound"], true);
        let kept = format!("?revision={}&hash={}", head["revision"], text("hash"));
        assert_eq!(verified(&kept)["sound"], true);
        let other = verified(&format!("?revision={}&hash={}", head["revision"], "0".repeat(64)));
        assert_eq!((&other["sound"], &other["fault"]["flaw"]), (&json!(false), &json!("kept_head")));
        assert_eq!(other["fault"]["revision"], head["revision"]);
    });
}

#[test]
fn who_is_erased_keeps_an_id_and_nothing_personal() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        let path = format!("/v1/people/{}", story.person);
        let before = place.admin.get(&path).expect(200);
        let then = before.json()["updated_at"].as_str().expect("an instant").to_owned();
        place
            .admin
            .patch(&path, &before.etag(), &json!({"name": "Ada King", "time_zone": "Europe/London"}))
            .expect(200);
        let key = json!({"name": "a script", "scopes": ["read"], "person_id": story.person});
        place.admin.post("/v1/api-keys", &key).expect(201);
        let mission = place.admin.get("/v1/mission").expect(200);
        let revision = mission.header("remit-known-revision").expect("a revision").to_owned();
        let questions = [
            path.clone(),
            format!("{path}?as_of={then}"),
            format!("{path}?known_at={then}"),
            "/v1/people".to_owned(),
            format!("/v1/people?known_at={then}&as_of={then}"),
            story.at("/progress?as_of=2026-06-01"),
            "/v1/responsibility-matrix?by=person".to_owned(),
            "/v1/board".to_owned(),
            format!("{path}/export"),
            "/v1/changes?limit=1000".to_owned(),
            // A past state is kept in memory, and not beyond the erasure.
            format!("/v1/board?known_at={revision}"),
            format!("/v1/people?known_at={revision}"),
        ];
        let shows = |path: &str| {
            let text = place.admin.get(path).expect(200).text().to_lowercase();
            text.contains("lovelace") || text.contains("ada@") || text.contains("ada king")
        };
        assert!(shows(&questions[0]) && shows(&questions[1]) && shows(&questions[3]) && shows(&questions[8]));
        assert!(!shows(&questions[9]), "the log has hashes");
        assert!(shows(&questions[10]) && shows(&questions[11]));

        let people = place.admin.with_token(place.token("people:write people:read"));
        people.post(&format!("{path}/erase"), &json!({})).problem(403, "forbidden");
        place.admin.post(&format!("{path}/erase?validate_only=true"), &json!({})).expect(200);
        assert!(shows(&path), "a dry run erases nothing");
        let erased = place.admin.ask("POST", &format!("{path}/erase")).send().expect(200).json();
        assert_eq!(
            (&erased["id"], &erased["erased"], &erased["active"]),
            (&json!(story.person), &json!(true), &json!(false))
        );
        assert_eq!(erased["name"], "Erased person");
        // The past first: nothing has been read since that knows of the erasure.
        for question in questions.iter().rev() {
            assert!(!shows(question), "{question}");
        }
        let keys = place.admin.get("/v1/api-keys").expect(200).json();
        assert!(!keys.to_string().contains(&story.person), "{keys}");
        let verified = place.admin.get("/v1/changes/verify").expect(200).json();
        assert_eq!(verified["sound"], true, "{verified}");
        assert_eq!(entries(place, &format!("/v1/changes?subject={}&action=person.erased", story.person)).len(), 1);

        // There is no way back, and the address is free.
        place.admin.patch(&path, "*", &json!({"name": "Ada"})).problem(409, "conflict");
        place.admin.post(&format!("{path}/reactivate"), &json!({})).problem(409, "conflict");
        place.admin.post(&format!("{path}/deactivate"), &json!({})).expect(200);
        place.admin.post("/v1/people", &json!({"name": "Ada", "email": "ada@example.org"})).expect(201);
        let again = place.admin.post(&format!("{path}/erase"), &json!({})).expect(200).json();
        assert_eq!(again["version"], erased["version"]);
        place.server.found().admin.post(&format!("{path}/erase"), &json!({})).problem(404, "not_found");
    });
}

#[test]
fn everything_that_is_held_about_a_person_is_exported() {
    on_both(|place| {
        let story = Story::begin(place);
        let path = format!("/v1/people/{}", story.person);
        place.admin.patch(&path, "*", &json!({"name": "Ada King"})).expect(200);
        let export = place.admin.get(&format!("{path}/export")).expect(200).json();
        let names: Vec<_> = export["person"].as_array().expect("versions").iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["Ada Lovelace", "Ada King"]);
        assert_eq!(export["assignments"][0]["role_id"], *story.role);
        assert_eq!(export["entries"].as_array().map(Vec::len), Some(2));
        place.admin.with_token(place.token("read")).get(&format!("{path}/export")).problem(403, "forbidden");
        place.server.found().admin.get(&format!("{path}/export")).problem(404, "not_found");
    });
}
