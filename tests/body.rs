//! Bodies: read whole, refused with every fault at once, and nothing of a half one is kept.

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::server::on_both;

fn post(client: &Client, body: impl Into<Vec<u8>>) -> Answer {
    client.ask("POST", "/v1/themes").body("application/json", body).send()
}

fn themes(client: &Client) -> usize {
    client.get("/v1/themes").expect(200).json()["data"].as_array().map_or(0, Vec::len)
}

fn places(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
}

#[test]
fn a_field_that_does_not_exist_is_named() {
    on_both(|place| {
        let theme = place.admin.theme("one");
        let document = json!({"title": "x", "titel": "y"});
        let answers = [
            place.admin.post("/v1/themes", &document),
            place.admin.put("/v1/themes/external/hr/1", &document),
            place.admin.patch(&theme.location(), &theme.etag(), &document),
        ];
        for answer in answers {
            answer.problem(400, "unknown_field");
            assert_eq!(answer.places(), places(&[("/titel", "unknown_field")]));
        }
        assert_eq!(themes(&place.admin), 1);
    });
}

#[test]
fn every_wrong_field_is_named_at_once() {
    on_both(|place| {
        let answer = place.admin.post("/v1/themes", &json!({"title": "x".repeat(201), "success": " \n "}));
        answer.problem(422, "invalid");
        assert_eq!(answer.places(), places(&[("/success", "empty"), ("/title", "too_long")]));
    });
}

#[test]
fn what_is_not_json_is_refused_as_malformed() {
    on_both(|place| {
        let deep = "[".repeat(100_000);
        let nested = format!("{{\"title\": {deep}");
        let bodies: Vec<Vec<u8>> = vec![
            b"".to_vec(),
            b"  \n ".to_vec(),
            b"{".to_vec(),
            b"{\"title\": \"x\"".to_vec(),
            b"{\"title\": \"x\"} {}".to_vec(),
            b"{\"title\": \"x\",}".to_vec(),
            b"{'title': 'x'}".to_vec(),
            b"{\"title\": \"\xff\xfe\"}".to_vec(),
            b"{\"title\": \"\\ud800\"}".to_vec(),
            b"\xef\xbb\xbf{\"title\": \"x\"}".to_vec(),
            b"{\"title\": NaN}".to_vec(),
            deep.into_bytes(),
            nested.into_bytes(),
        ];
        for body in bodies {
            let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            let answer = post(&place.admin, body);
            assert!(matches!(answer.status, 400 | 422), "{shown}: {}", answer.text());
            if answer.status == 400 {
                answer.problem(400, "malformed");
            }
        }
        assert_eq!(themes(&place.admin), 0);
    });
}

#[test]
fn a_value_of_the_wrong_type_is_named() {
    on_both(|place| {
        for wrong in [json!(1), json!(null), json!(true), json!(["x"]), json!({"x": 1})] {
            let answer = place.admin.post("/v1/themes", &json!({"title": wrong}));
            answer.problem(422, "invalid");
            assert_eq!(answer.places(), places(&[("/title", "wrong_type")]), "{wrong}");
        }
        let answer = place.admin.post("/v1/themes", &json!({"success": "x"}));
        answer.problem(422, "invalid");
        assert_eq!(answer.places(), places(&[("/title", "required")]));
        for whole in [json!([]), json!("text"), json!(7), json!(null)] {
            place.admin.post("/v1/themes", &whole).problem(422, "invalid");
        }
        let answer = post(&place.admin, r#"{"title": "a", "title": "b"}"#);
        assert!(matches!(answer.status, 400 | 422), "a field that occurs twice: {}", answer.text());
    });
}

#[test]
fn text_that_cannot_be_kept_everywhere_is_refused_and_the_rest_comes_back_as_sent() {
    on_both(|place| {
        for control in ["a\u{0}b", "a\u{7}", "\u{85}x", "a\u{9f}"] {
            let answer = place.admin.post("/v1/themes", &json!({"title": control}));
            answer.problem(422, "invalid");
            assert_eq!(answer.places(), places(&[("/title", "control_character")]), "{control:?}");
        }
        for text in ["漢字 🚀 Zoë", "a\nb\tc", "'; DROP TABLE themes; --", "%_\\\"", "\u{202e}rtl", &"🚀".repeat(200)]
        {
            let theme = place.admin.theme(text);
            assert_eq!(theme.json()["title"], *text);
            assert_eq!(place.admin.get(&theme.location()).expect(200).json()["title"], *text);
        }
        assert_eq!(place.admin.theme("  trimmed\n").json()["title"], "trimmed");
    });
}

#[test]
fn a_body_that_is_too_large_is_refused() {
    on_both(|place| {
        let head = |length: &str| {
            let token = place.admin.token.as_deref().unwrap_or_default();
            format!(
                "POST /v1/themes HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
                 content-type: application/json\r\n{length}\r\n\r\n"
            )
        };
        let body = format!("{{\"title\": \"{}\"}}", "x".repeat(1024 * 1024));
        let sized = format!("{}{body}", head(&format!("content-length: {}", body.len())));
        let chunked = format!("{}{:x}\r\n{body}\r\n0\r\n\r\n", head("transfer-encoding: chunked"), body.len());
        for request in [sized, chunked] {
            let answer = place.admin.raw(request.as_bytes());
            // Where the answer was lost with the rest of the body, what counts is that nothing was kept.
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
        }
        assert_eq!(themes(&place.admin), 0);
    });
}

#[test]
fn of_a_body_that_stops_half_way_nothing_is_kept() {
    on_both(|place| {
        let token = place.admin.token.as_deref().unwrap_or_default();
        let head = format!(
            "POST /v1/themes HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n"
        );
        let whole = r#"{"title": "half"}"#;
        let requests = [
            format!("{head}content-length: 100\r\n\r\n{whole}"),
            format!("{head}content-length: {}\r\n\r\n{}", whole.len(), &whole[..10]),
            // Whole by its looks; but the last chunk, which says so, never comes.
            format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{whole}\r\n", whole.len()),
            format!("{head}transfer-encoding: chunked\r\n\r\nff\r\n{whole}"),
        ];
        let revision = place.admin.revision();
        for request in requests {
            let answer = place.admin.raw(request.as_bytes());
            assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
        }
        assert_eq!(themes(&place.admin), 0);
        assert_eq!(place.admin.revision(), revision);
    });
}

#[test]
fn a_dry_run_answers_what_the_write_would_and_keeps_nothing() {
    on_both(|place| {
        let theme = place.admin.theme("one");
        let revision = place.admin.revision();
        let path = theme.location();
        let dry: Vec<(u16, Answer)> = vec![
            (201, place.admin.post("/v1/themes?validate_only=true", &json!({"title": "two"}))),
            (201, place.admin.put("/v1/themes/external/hr/1?validate_only=true", &json!({"title": "two"}))),
            (200, place.admin.patch(&format!("{path}?validate_only=true"), &theme.etag(), &json!({"title": "two"}))),
            (204, place.admin.delete(&format!("{path}?validate_only=true"), &theme.etag())),
        ];
        for (status, answer) in dry {
            let answer = answer.expect(200);
            assert_eq!(answer.header("content-type"), Some("application/vnd.remit.preview+json"));
            let preview = answer.json();
            assert_eq!(preview["status"], status, "{preview}");
            if status != 204 {
                assert_eq!(preview["answer"]["title"], "two", "{preview}");
            }
            assert!(preview["raises"].is_array() && preview["resolves"].is_array(), "{preview}");
        }
        // What is wrong is refused as it would be.
        place.admin.post("/v1/themes?validate_only=true", &json!({"title": ""})).problem(422, "invalid");
        place
            .admin
            .patch(&format!("{path}?validate_only=true"), "\"stale\"", &json!({}))
            .problem(412, "precondition_failed");
        assert_eq!(place.admin.revision(), revision);
        assert_eq!(place.admin.get(&path).expect(200).body, theme.body);
    });
}

#[test]
fn a_client_may_do_without_the_body_of_an_answer() {
    on_both(|place| {
        let document = json!({"title": "one"});
        let answer = place.admin.ask("POST", "/v1/themes").header("prefer", "return=minimal").json(&document).send();
        let answer = answer.expect(204);
        assert!(answer.body.is_empty());
        assert_eq!(answer.header("preference-applied"), Some("return=minimal"));
        let read = place.admin.get(&answer.location()).expect(200);
        assert_eq!(read.etag(), answer.etag());
        assert_eq!(read.json()["title"], Value::from("one"));
    });
}
