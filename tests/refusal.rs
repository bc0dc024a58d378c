//! Refusals: every one is a problem that names itself, the framework's own too.

use serde_json::json;

use crate::server::on_both;

const ABSENT: &str = "/v1/themes/thm_01abcdefghjkmnpqrstvwxyz00";

#[test]
fn a_path_that_does_not_exist_is_a_problem() {
    on_both(|place| {
        for path in ["/v1", "/v1/nothing", "/v1/themes/", "/v1/themes/a/b/c", "/v2/themes", "/%ff%00"] {
            place.admin.get(path).problem(404, "not_found");
            place.admin.without_token().get(path).problem(404, "not_found");
        }
    });
}

#[test]
fn a_method_that_a_path_does_not_take_is_told_which_it_takes() {
    on_both(|place| {
        let cases = [
            ("DELETE", "/v1/themes", vec!["GET", "POST"]),
            ("POST", ABSENT, vec!["DELETE", "GET", "PATCH"]),
            ("GET", "/v1/themes/external/hr/1", vec!["PUT"]),
            ("POST", "/healthz", vec!["GET"]),
        ];
        for (method, path, expected) in cases {
            let answer = place.admin.ask(method, path).send();
            answer.problem(405, "method_not_allowed");
            let mut allowed: Vec<_> = answer.header("allow").unwrap_or_default().split(", ").collect();
            allowed.sort_unstable();
            assert_eq!(allowed, expected, "{method} {path}");
        }
    });
}

#[test]
fn an_id_that_leads_nowhere_is_not_found_whatever_is_wrong_with_it() {
    on_both(|place| {
        let theme = place.admin.theme("one").id();
        let wrong_kind = theme.replace("thm_", "out_");
        let upper = theme.to_uppercase();
        for id in ["thm_01abcdefghjkmnpqrstvwxyz00", "1", "thm_", "%00", "..", "a%2Fb", &wrong_kind, &upper] {
            place.admin.get(&format!("/v1/themes/{id}")).problem(404, "not_found");
            place.admin.patch(&format!("/v1/themes/{id}"), "*", &json!({"title": "x"})).problem(404, "not_found");
            place.admin.delete(&format!("/v1/themes/{id}"), "*").problem(404, "not_found");
        }
    });
}

#[test]
fn a_parameter_that_is_unknown_or_wrong_is_named() {
    on_both(|place| {
        let cases = [
            ("/v1/themes?bogus=1", "/query/bogus", "unknown_parameter"),
            ("/v1/themes?limit=1&limit=2", "/query/limit", "twice"),
            ("/v1/themes?limit=0", "/query/limit", "range"),
            ("/v1/themes?limit=201", "/query/limit", "range"),
            ("/v1/themes?limit=-1", "/query/limit", "malformed"),
            ("/v1/themes?limit=ten", "/query/limit", "malformed"),
            ("/v1/themes?limit=99999999999999999999", "/query/limit", "malformed"),
            ("/v1/themes?raw=maybe", "/query/raw", "malformed"),
            ("/v1/themes?as_of=yesterday", "/query/as_of", "instant_malformed"),
            ("/v1/themes?as_of=2026-02-30", "/query/as_of", "instant_malformed"),
            ("/v1/themes?known_at=soon", "/query/known_at", "instant_malformed"),
            ("/v1/themes?known_at=99999999999999999999", "/query/known_at", "out_of_range"),
            ("/v1/themes?known_at=999999", "/query/known_at", "in_the_future"),
            ("/v1/themes?known_at=2999-01-01", "/query/known_at", "in_the_future"),
            ("/v1/themes?after=x", "/query/after", "cursor_invalid"),
            ("/healthz?x=1", "/query/x", "unknown_parameter"),
        ];
        for (path, pointer, code) in cases {
            let answer = place.admin.get(path);
            answer.problem(400, "invalid_parameter");
            assert_eq!(answer.places(), [(pointer.to_owned(), code.to_owned())], "{path}");
        }
        let answer = place.admin.post("/v1/themes?validate_only=perhaps", &json!({"title": "x"}));
        answer.problem(400, "invalid_parameter");
        assert_eq!(answer.places(), [("/query/validate_only".to_owned(), "malformed".to_owned())]);
    });
}

#[test]
fn a_format_that_cannot_be_given_is_refused() {
    on_both(|place| {
        let theme = place.admin.theme("one").location();
        for (path, accept) in
            [("/v1/themes", "application/xml"), (&theme, "text/csv"), (&theme, "application/json;q=0")]
        {
            place.admin.ask("GET", path).header("accept", accept).send().problem(406, "not_acceptable");
        }
        for accept in ["*/*", "application/*", "text/html, application/json;q=0.1", "APPLICATION/JSON"] {
            place.admin.ask("GET", &theme).header("accept", accept).send().expect(200);
        }
    });
}

#[test]
fn a_content_type_that_is_not_taken_is_refused() {
    on_both(|place| {
        let document = br#"{"title": "x"}"#;
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "", "multipart/form-data"]
        {
            place.admin.ask("POST", "/v1/themes").body(kind, *document).send().problem(415, "unsupported_media_type");
        }
        for kind in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
            place.admin.ask("POST", "/v1/themes").body(kind, *document).send().expect(201);
        }
    });
}

#[test]
fn what_is_no_http_is_refused_and_the_next_request_works() {
    on_both(|place| {
        for bytes in [
            &b"nonsense\r\n\r\n"[..],
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET /v1/themes HTTP/1.1\r\nbad header\r\n\r\n",
            b"\0\0\0\0",
        ] {
            let answer = place.admin.raw(bytes);
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
        }
        place.admin.get("/v1/themes").expect(200);
    });
}

#[test]
fn every_kind_of_problem_has_the_page_that_its_type_leads_to() {
    on_both(|place| {
        let pages = place.admin.without_token().get("/docs/problems").expect(200).text();
        let mut codes: Vec<_> =
            pages.split("/docs/problems/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        codes.dedup();
        assert!(codes.len() > 20, "{codes:?}");
        for code in codes {
            let page = place.admin.without_token().get(&format!("/docs/problems/{code}")).expect(200);
            assert!(page.text().contains(code), "{code}");
        }
        place.admin.get("/docs/problems/nothing").problem(404, "not_found");
    });
}

#[test]
fn a_nul_leads_nowhere_wherever_a_text_is_looked_up() {
    on_both(|place| {
        for path in ["/v1/changes?subject=%00x", "/v1/changes?actor=a%00", "/v1/outcomes?q=%00"] {
            let none = place.admin.get(path).expect(200).json();
            assert_eq!(none["data"], json!([]), "{path}");
        }
        let observation = json!([{"measure": "a\u{0}", "observed_at": "2026-01-01", "value": 1}]);
        let refused = place.admin.post("/v1/observations", &observation);
        assert!([409, 422].contains(&refused.status), "{}", refused.text());
        let csv = "measure,observed_at,value\na\u{0},2026-01-01,1\next:a:\u{0},2026-01-01,1\n";
        let refused = place.admin.ask("POST", "/v1/observations").body("text/csv", csv).send();
        assert!([409, 422].contains(&refused.status), "{}", refused.text());
        for reference in ["ext:hr:\u{0}", "ext:\u{0}:1", "key:\u{0}"] {
            let row = json!({"external_id": "1", "fields": {"title": "x", "theme_id": reference}});
            let import = json!({"kind": "outcome", "source": "hr", "rows": [row]});
            let refused = place.admin.post("/v1/imports", &import);
            assert!([409, 422].contains(&refused.status), "{reference:?}: {}", refused.text());
        }
        place.admin.put("/v1/themes/external/hr/%00", &json!({"title": "x"})).problem(404, "not_found");
    });
}
