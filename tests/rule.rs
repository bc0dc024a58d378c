//! Rules: what is looked for, and what an organization says of each of them, over time.

use serde_json::json;

use crate::server::on_both;
use crate::story::Story;

#[test]
fn every_rule_is_listed_explained_and_has_its_page() {
    on_both(|place| {
        let admin = &place.admin;
        let rules = admin.get("/v1/rules?limit=200").expect(200).json();
        let rules = rules["data"].as_array().expect("rules");
        assert!(rules.len() >= 30, "{}", rules.len());
        let listed = admin.get("/docs/rules").expect(200).text();
        for rule in rules {
            let id = rule["id"].as_str().expect("an id");
            assert_eq!((&rule["version"], &rule["rule_version"]), (&json!(0), &json!(1)), "{id}");
            assert_eq!(rule["level"], rule["default_severity"], "{id}");
            let page = rule["page"].as_str().expect("a page");
            assert!(listed.contains(&format!("href=\"{page}\"")), "{id}");
            let page = admin.without_token().get(page).expect(200);
            assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
            for part in ["What", "Why", "An example", "The remedy"] {
                assert!(page.text().contains(&format!("<h2>{part}</h2>")), "{id}");
            }
            assert_eq!(admin.get(&format!("/v1/rules/{id}")).expect(200).json(), *rule);
        }
        admin.get("/v1/rules/no_such_rule").problem(404, "not_found");
        admin.get("/docs/rules/no_such_rule").problem(404, "not_found");
        let table = admin.ask("GET", "/v1/rules").header("accept", "text/csv").send().expect(200).text();
        assert!(table.starts_with("id,group,judges,level,"), "{table}");
    });
}

#[test]
fn an_organization_says_how_grave_a_rule_is_and_with_which_numbers_it_judges() {
    on_both(|place| {
        let admin = &place.admin;
        let path = "/v1/rules/too_many_measures";
        let unsaid = admin.get(path).expect(200);
        let said = admin.put(path, &json!({"level": "error", "numbers": {"most": 3}})).expect(200);
        assert_eq!(said.json()["level"], "error");
        assert_eq!(said.json()["numbers"][0]["value"], 3.0);
        assert_eq!(said.json()["numbers"][0]["default"], 5.0);
        assert_eq!(said.json()["version"], 1);
        assert_eq!(admin.get(path).expect(200).etag(), said.etag());
        let stale = admin.ask("PUT", path).header("if-match", &unsaid.etag()).json(&json!({})).send();
        stale.problem(412, "precondition_failed");
        let absent = admin.ask("PUT", path).header("if-none-match", "*").json(&json!({})).send();
        absent.problem(412, "precondition_failed");
        let back = admin.ask("PUT", path).header("if-match", &said.etag()).json(&json!({})).send().expect(200).json();
        assert_eq!((&back["level"], &back["numbers"][0]["value"]), (&json!("warning"), &json!(5.0)));
        let revision = admin.revision();
        admin.put(path, &json!({})).expect(200);
        admin.put("/v1/rules/no_unit", &json!({})).expect(200);
        assert_eq!(admin.revision(), revision, "nothing was said that was not said before");
    });
}

#[test]
fn what_a_rule_does_not_have_is_refused_by_its_place() {
    on_both(|place| {
        let admin = &place.admin;
        let path = "/v1/rules/too_many_measures";
        let cases = [
            (json!({"numbers": {"least": 3}}), 409, "rule_broken", "/numbers/least", "unknown_number"),
            (json!({"numbers": {"most": 0}}), 409, "rule_broken", "/numbers/most", "out_of_range"),
            (json!({"numbers": {"most": 2.5}}), 409, "rule_broken", "/numbers/most", "out_of_range"),
            (json!({"numbers": {"most": 1e30}}), 422, "invalid", "/numbers/most", "number_out_of_range"),
            (json!({"numbers": {"most": "3"}}), 422, "invalid", "/numbers/most", "wrong_type"),
            (json!({"level": "grave"}), 422, "invalid", "/level", "wrong_type"),
            (json!({"levels": "error"}), 400, "unknown_field", "/levels", "unknown_field"),
        ];
        for (document, status, code, pointer, field) in cases {
            let answer = admin.put(path, &document);
            answer.problem(status, code);
            assert_eq!(answer.places(), [(pointer.to_owned(), field.to_owned())], "{document}");
        }
        let many: serde_json::Map<_, _> = (0..30).map(|n| (format!("n{n}"), json!(1))).collect();
        admin.put(path, &json!({"numbers": many})).problem(422, "invalid");
        let writer = admin.with_token(place.token("read outcomes:write"));
        writer.put(path, &json!({})).problem(403, "forbidden");
        writer.get(path).expect(200);
    });
}

#[test]
fn settings_hold_from_when_they_are_said_and_a_closed_period_keeps_its_own() {
    on_both(|place| {
        let admin = &place.admin;
        let story = Story::begin(place);
        story.activate(place);
        let count = |query: &str| {
            let page = admin.get(&format!("/v1/findings?rule=all_lagging{query}")).expect(200).json();
            page["counts"][0]["severity"].as_str().unwrap_or("none").to_owned()
        };
        assert_eq!(count(""), "information");
        let known = admin.revision();
        admin.put("/v1/rules/all_lagging", &json!({"level": "error"})).expect(200);
        assert_eq!(count(""), "error");
        assert_eq!(count("&as_of=2026-06-30"), "information", "what is said holds from now on");
        assert_eq!(count(&format!("&known_at={known}")), "information");
        let rule =
            |query: &str| admin.get(&format!("/v1/rules/all_lagging{query}")).expect(200).json()["level"].clone();
        assert_eq!((rule(""), rule("?as_of=2026-06-30")), (json!("error"), json!("information")));

        let period = json!({"name": "2020", "start_on": "2020-01-01", "end_on": "2020-12-31", "state": "closed"});
        let period = admin.post("/v1/periods", &period).expect(201).id();
        let etag = admin.get(&story.at("")).expect(200).etag();
        admin.patch(&story.at(""), &etag, &json!({"period_id": period})).expect(200);
        assert_eq!(count(""), "information", "as it was when the period ran");
        let open = admin.get(&format!("/v1/periods/{period}")).expect(200);
        admin.patch(&format!("/v1/periods/{period}"), &open.etag(), &json!({"state": "open"})).expect(200);
        assert_eq!(count(""), "error", "a period that is open again has the settings of the day");
    });
}
