//! Imports: rows of other systems, through the ordinary writes.

use serde_json::{Value, json};

use crate::server::{Place, on_both};

#[test]
fn rows_are_made_changed_and_left_alone_by_the_other_systems_ids() {
    on_both(|Place { admin, .. }| {
        let row = |id: &str, title: &str| json!({"external_id": id, "fields": {"title": title}});
        let themes = |titles: [&str; 2]| json!({"kind": "theme", "source": "sdg", "rows": [row("1", titles[0]), row("2", titles[1])]});
        let counts = |answer: crate::client::Answer| {
            let answer = answer.expect(200).json();
            ["created", "updated", "unchanged"].map(|name| answer[name].as_u64().unwrap_or(u64::MAX))
        };
        assert_eq!(counts(admin.post("/v1/imports", &themes(["a", "b"]))), [2, 0, 0]);
        assert_eq!(counts(admin.post("/v1/imports", &themes(["a", "c"]))), [0, 1, 1]);
        let outcome = json!({"kind": "outcome", "source": "sdg", "rows": [
            {"external_id": "1.1", "fields": {"title": "Nobody is poor", "theme_id": "ext:sdg:1"}}
        ]});
        assert_eq!(counts(admin.post("/v1/imports", &outcome)), [1, 0, 0]);
        let outcomes = admin.get("/v1/outcomes").expect(200).json();
        assert!(outcomes["data"][0]["theme_id"].as_str().is_some_and(|id| id.starts_with("thm_")), "{outcomes}");
    });
}

#[test]
fn a_refused_row_is_named_and_an_atomic_import_keeps_nothing() {
    on_both(|Place { admin, .. }| {
        let rows = json!({"kind": "outcome", "source": "x", "rows": [
            {"external_id": "1", "fields": {"title": "good"}},
            {"external_id": "2", "fields": {"title": "bad", "theme_id": "ext:x:nowhere"}}
        ]});
        let revision = admin.revision();
        let refused = admin.post("/v1/imports", &rows);
        assert!([409, 422].contains(&refused.status), "{}", refused.text());
        assert!(refused.text().contains("/rows/1"), "{}", refused.text());
        assert_eq!(admin.revision(), revision);
        let kept = admin.post("/v1/imports?mode=per_item", &rows).expect(200).json();
        assert_eq!((&kept["created"], &kept["refused_count"]), (&json!(1), &json!(1)));
        assert_eq!(kept["refused"][0]["external_id"], "2");
    });
}

#[test]
fn roles_people_who_holds_them_and_who_answers_are_known_again_and_each_row_can_stand_alone() {
    on_both(|Place { admin, .. }| {
        let rows = |kind: &str, rows: Value| json!({"kind": kind, "source": "hr", "rows": rows});
        let counts = |path: &str, document: &Value| {
            let answer = admin.post(path, document).expect(200).json();
            ["created", "updated", "unchanged", "refused_count"].map(|name| answer[name].as_u64().unwrap_or(u64::MAX))
        };
        let outcome = rows("outcome", json!([{"external_id": "o", "fields": {"title": "Nobody is poor"}}]));
        assert_eq!(counts("/v1/imports", &outcome), [1, 0, 0, 0]);
        let named = |id: &str, field: &str, value: &str| json!({"external_id": id, "fields": {field: value}});
        let held = |id: &str, person: &str| {
            let fields = json!({"role_id": "ext:hr:head", "person_id": person, "from": "2026-01-01"});
            json!({"external_id": id, "fields": fields})
        };
        let part = |role: &str| {
            let fields =
                json!({"outcome_id": "ext:hr:o", "part": "accountable", "role_id": role, "from": "2026-01-01"});
            json!({"fields": fields})
        };
        for (kind, good, changed, bad) in [
            ("person", named("ada", "name", "Ada"), Some(named("ada", "name", "Ada King")), named("x", "nome", "X")),
            ("role", named("head", "title", "Head"), Some(named("head", "title", "Lead")), named("x", "titel", "X")),
            ("assignment", held("seat", "ext:hr:ada"), None, held("x", "ext:hr:nobody")),
            ("responsibility", part("ext:hr:head"), None, part("ext:hr:nobody")),
        ] {
            let revision = admin.revision();
            let mixed = rows(kind, json!([good, bad]));
            let refused = admin.post("/v1/imports", &mixed);
            assert!((400..500).contains(&refused.status) && refused.text().contains("/rows/1"), "{}", refused.text());
            assert_eq!(admin.revision(), revision, "{kind}: an atomic import keeps nothing");
            assert_eq!(counts("/v1/imports?mode=per_item", &mixed), [1, 0, 0, 1], "{kind}");
            assert_eq!(counts("/v1/imports", &rows(kind, json!([good]))), [0, 0, 1, 0], "{kind} is known again");
            if let Some(changed) = changed {
                assert_eq!(counts("/v1/imports", &rows(kind, json!([changed]))), [0, 1, 0, 0], "{kind}");
            }
        }
        // Under an id of its own, a part is corrected: it names another, and is no second one.
        let part = |part: &str, role: &str| {
            let fields = json!({"outcome_id": "ext:hr:o", "part": part, "role_id": role, "from": "2026-01-01"});
            json!({"external_id": "p", "fields": fields})
        };
        let lead = rows("role", json!([named("lead", "title", "Lead")]));
        assert_eq!(counts("/v1/imports", &lead), [1, 0, 0, 0]);
        let responsible = |role: &str| rows("responsibility", json!([part("responsible", role)]));
        assert_eq!(counts("/v1/imports", &responsible("ext:hr:head")), [1, 0, 0, 0]);
        assert_eq!(counts("/v1/imports", &responsible("ext:hr:head")), [0, 0, 1, 0]);
        assert_eq!(counts("/v1/imports", &responsible("ext:hr:lead")), [0, 1, 0, 0]);
        let second = rows("responsibility", json!([part("accountable", "ext:hr:lead"), part("informed", "ext:hr:no")]));
        let revision = admin.revision();
        assert!((400..500).contains(&admin.post("/v1/imports", &second).status));
        assert_eq!(admin.revision(), revision);
        let unknown = rows("proposal", json!([{"external_id": "x", "fields": {"outcome_id": "ext:hr:o"}}]));
        let refused = admin.post("/v1/imports", &unknown);
        assert_eq!(refused.expect(409).places(), [("/rows/0/external_id".to_owned(), "unexpected".to_owned())]);

        let people = admin.get("/v1/people").expect(200).json();
        assert_eq!(
            (people["data"].as_array().map(Vec::len), &people["data"][0]["name"]),
            (Some(1), &json!("Ada King"))
        );
    });
}
