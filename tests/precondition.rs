//! Preconditions: nobody's change is overwritten unseen, and what has not changed is not sent again.

use std::thread;

use serde_json::json;

use crate::server::on_both;

#[test]
fn a_change_needs_the_state_that_was_read() {
    on_both(|place| {
        let theme = place.admin.theme("one");
        let path = theme.location();
        let document = json!({"title": "two"});
        place.admin.ask("PATCH", &path).json(&document).send().problem(428, "precondition_required");
        place.admin.ask("DELETE", &path).send().problem(428, "precondition_required");
        for stale in ["\"stale\"", "stale", "", "\"\"", "\"a\", \"b\""] {
            place.admin.patch(&path, stale, &document).problem(412, "precondition_failed");
            place.admin.delete(&path, stale).problem(412, "precondition_failed");
        }
        place
            .admin
            .ask("PATCH", &path)
            .header("if-none-match", "*")
            .json(&document)
            .send()
            .problem(412, "precondition_failed");

        let changed = place.admin.patch(&path, &theme.etag(), &document).expect(200);
        assert_ne!(changed.etag(), theme.etag());
        assert_eq!(place.admin.get(&path).expect(200).etag(), changed.etag());
        place.admin.patch(&path, &theme.etag(), &json!({"title": "three"})).problem(412, "precondition_failed");
        place.admin.delete(&path, &theme.etag()).problem(412, "precondition_failed");
        let list = format!("\"other\", {}", changed.etag());
        let changed = place.admin.patch(&path, &list, &json!({"title": "three"})).expect(200);
        place.admin.patch(&path, "*", &json!({"title": "four"})).expect(200);
        place.admin.delete(&path, &changed.etag()).problem(412, "precondition_failed");
        place.admin.delete(&path, "*").expect(204);
        place.admin.get(&path).problem(404, "not_found");
    });
}

#[test]
fn of_many_who_change_the_same_state_at_once_one_does() {
    on_both(|place| {
        let theme = place.admin.theme("one");
        let (path, etag) = (theme.location(), theme.etag());
        let statuses: Vec<u16> = thread::scope(|scope| {
            let change = |n: usize| {
                let (admin, path, etag) = (&place.admin, &path, &etag);
                scope.spawn(move || admin.patch(path, etag, &json!({"title": format!("by {n}")})).status)
            };
            let threads: Vec<_> = (0..8).map(change).collect();
            threads.into_iter().map(|thread| thread.join().expect("a client")).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 7, "{statuses:?}");
        assert_eq!(place.admin.get(&path).expect(200).json()["version"], 2);
    });
}

#[test]
fn a_change_that_changes_nothing_makes_no_version() {
    on_both(|place| {
        let theme = place.admin.theme("one");
        let revision = place.admin.revision();
        for document in [json!({}), json!({"title": "one"}), json!({"title": " one "}), json!({"success": null})] {
            let answer = place.admin.patch(&theme.location(), &theme.etag(), &document).expect(200);
            assert_eq!((answer.etag(), &answer.body), (theme.etag(), &theme.body), "{document}");
        }
        assert_eq!(place.admin.revision(), revision);
    });
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    on_both(|place| {
        let theme = place.admin.theme("one");
        let path = theme.location();
        for path in [path.as_str(), "/v1/themes", "/v1/themes?limit=1", "/v1/mission/history", "/v1/board"] {
            let first = place.admin.get(path).expect(200);
            assert_eq!(first.header("cache-control"), Some("private, no-cache"), "{path}");
            for condition in [first.etag(), format!("\"x\", {}", first.etag()), "*".to_owned()] {
                let again = place.admin.ask("GET", path).header("if-none-match", &condition).send().expect(304);
                assert!(again.body.is_empty());
                assert_eq!(again.etag(), first.etag(), "{path}");
            }
            place.admin.ask("GET", path).header("if-none-match", "\"x\"").send().expect(200);
        }
        let list = place.admin.get("/v1/themes").expect(200);
        let other = place.admin.theme("two");
        assert_ne!(place.admin.get("/v1/themes").expect(200).etag(), list.etag(), "the list has another theme");
        assert_eq!(place.admin.get(&path).expect(200).etag(), theme.etag(), "the first theme is what it was");
        assert_ne!(other.location(), path);
    });
}

#[test]
fn a_put_by_external_id_creates_changes_and_brings_back() {
    on_both(|place| {
        let path = "/v1/themes/external/hr/7%2F%C3%BC";
        let made = place.admin.put(path, &json!({"title": "one", "success": "much"})).expect(201);
        assert_eq!((&made.json()["external_source"], &made.json()["external_id"]), (&json!("hr"), &json!("7/ü")));
        let changed = place.admin.put(path, &json!({"title": "two"})).expect(200);
        assert_eq!((changed.id(), &changed.json()["version"]), (made.id(), &json!(2)));
        assert_eq!(changed.json()["success"], "much", "only the fields that are sent are changed");
        let cleared = place.admin.put(path, &json!({"title": "two", "success": null})).expect(200);
        assert!(cleared.json().get("success").is_none());
        let same = place.admin.put(path, &json!({"title": "two"})).expect(200);
        assert_eq!((same.etag(), same.json()["version"].clone()), (cleared.etag(), json!(3)));

        let condition = |name: &str, value: &str| {
            place.admin.ask("PUT", path).header(name, value).json(&json!({"title": "three"})).send()
        };
        condition("if-none-match", "*").problem(412, "precondition_failed");
        condition("if-match", "\"stale\"").problem(412, "precondition_failed");
        let changed = condition("if-match", &same.etag()).expect(200);

        let at = format!("/v1/themes/{}", made.id());
        place.admin.delete(&at, &changed.etag()).expect(204);
        place.admin.get(&at).problem(404, "not_found");
        condition("if-match", &changed.etag()).problem(412, "precondition_failed");
        place.admin.put(path, &json!({"success": "no title"})).problem(422, "invalid");
        let back = condition("if-none-match", "*").expect(201);
        assert_eq!((back.id(), back.location()), (made.id(), at), "the same identity");
        assert!(back.json()["version"].as_i64() > changed.json()["version"].as_i64());
        assert!(back.json().get("success").is_none(), "what was deleted is written whole");
    });
}

#[test]
fn an_external_id_is_compared_as_it_is_spelled() {
    on_both(|place| {
        let put = |path: &str| place.admin.put(path, &json!({"title": "x"})).expect(201).id();
        let ids = [put("/v1/themes/external/hr/a"), put("/v1/themes/external/hr/A"), put("/v1/themes/external/crm/a")];
        assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
        for lost in ["/v1/themes/external/HR/a", "/v1/themes/external/hr/%20", "/v1/themes/external/:key/a"] {
            place.admin.put(lost, &json!({"title": "x"})).problem(404, "not_found");
        }
    });
}
