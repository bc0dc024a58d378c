//! Themes: the strategic priorities under which outcomes stand.

use serde_json::json;

use crate::server::on_both;

#[test]
fn a_theme_is_made_read_changed_and_deleted() {
    on_both(|place| {
        let made =
            place.admin.post("/v1/themes", &json!({"title": "No poverty", "success": "Nobody is poor."})).expect(201);
        let theme = made.json();
        assert!(made.id().starts_with("thm_"));
        assert_eq!(made.location(), format!("/v1/themes/{}", made.id()));
        assert_eq!(
            (&theme["version"], &theme["title"], &theme["created_by"]),
            (&json!(1), &json!("No poverty"), &json!("admin"))
        );
        assert_eq!(theme["created_at"], theme["updated_at"]);
        assert_eq!(place.admin.get(&made.location()).expect(200).body, made.body);

        let changed = place.admin.patch(&made.location(), &made.etag(), &json!({"success": null})).expect(200);
        assert_eq!(changed.json()["title"], "No poverty");
        assert_eq!(changed.json().get("success"), None);
        place.admin.patch(&made.location(), &changed.etag(), &json!({"title": null})).problem(422, "invalid");

        place.admin.delete(&made.location(), &changed.etag()).expect(204);
        place.admin.get(&made.location()).problem(404, "not_found");
        place.admin.delete(&made.location(), "*").problem(404, "not_found");
    });
}

#[test]
fn a_theme_that_outcomes_serve_is_not_deleted() {
    on_both(|place| {
        let theme = place.admin.theme("one");
        let outcome = json!({"title": "Fewer people are poor", "theme_id": theme.id()});
        let outcome = place.admin.post("/v1/outcomes", &outcome).expect(201);
        let problem = place.admin.delete(&theme.location(), "*").problem(409, "has_dependents");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("1 outcome")), "{problem}");
        place.admin.delete(&outcome.location(), &outcome.etag()).expect(204);
        place.admin.delete(&theme.location(), "*").expect(204);
    });
}
