//! Imports: rows of other systems, through the ordinary writes.

use serde_json::json;

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
