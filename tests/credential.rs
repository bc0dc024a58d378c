//! Credentials: what is trusted, for how long, and for what.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use remit_api::auth::{Claims, sign};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::server::{Place, on_both};

fn unauthorized(answer: &Answer) {
    answer.problem(401, "unauthorized");
    assert!(answer.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Bearer")));
}

fn signed(place: &Place, change: impl FnOnce(&mut Claims)) -> String {
    let mut claims = place.claims("read");
    change(&mut claims);
    sign(&place.server.secret, &claims).expect("a token")
}

/// A token put together by hand.
fn forged(header: &Value, claims: &Claims, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(&serde_json::to_value(claims).expect("claims")))
}

#[test]
fn a_request_needs_a_bearer_token() {
    on_both(|place| {
        unauthorized(&place.admin.without_token().get("/v1/themes"));
        let key = place.admin.token.clone().unwrap_or_default();
        for header in ["Bearer", "Bearer ", "Basic YTpi", &key, &format!("Token {key}"), "Bearer a b"] {
            unauthorized(&place.admin.without_token().ask("GET", "/v1/themes").header("authorization", header).send());
        }
        for header in [format!("bearer {key}"), format!("BEARER  {key}")] {
            place.admin.without_token().ask("GET", "/v1/themes").header("authorization", &header).send().expect(200);
        }
    });
}

#[test]
fn a_token_that_is_not_trusted_is_refused() {
    on_both(|place| {
        let good = signed(place, |_| ());
        place.admin.with_token(&good).get("/v1/themes").expect(200);
        let [header, payload, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
        let claims = || place.claims("admin");
        let none = json!({"alg": "none", "typ": "JWT"});
        let other_payload = URL_SAFE_NO_PAD.encode(serde_json::to_string(&claims()).expect("claims"));
        let mut cases = vec![
            ("expired", signed(place, |claims| claims.exp = 1_000_000_000)),
            // On its last second too: a token ends when that begins, not when it is over.
            ("that expires now", signed(place, |claims| claims.exp = remit_api::state::now().micros() / 1_000_000)),
            ("of another audience", signed(place, |claims| claims.aud = "other".into())),
            ("of an unknown issuer", signed(place, |claims| claims.iss = "https://unknown.example".into())),
            (
                "of an unknown organization",
                signed(place, |claims| claims.org = Some("org_01abcdefghjkmnpqrstvwxyz00".into())),
            ),
            ("of no organization", signed(place, |claims| claims.org = None)),
            ("of an unknown person", signed(place, |claims| claims.sub = "psn_01abcdefghjkmnpqrstvwxyz00".into())),
            ("signed with another secret", sign(&[7; 48], &claims()).expect("a token")),
            ("signed with no secret", sign(&[], &claims()).expect("a token")),
            ("without an algorithm", forged(&none, &claims(), "")),
            ("without an algorithm but with a signature", forged(&none, &claims(), signature)),
            ("of an algorithm of its own choice", forged(&json!({"alg": "RS256", "typ": "JWT"}), &claims(), signature)),
            ("with other claims than were signed", format!("{header}.{other_payload}.{signature}")),
            ("without a signature", format!("{header}.{payload}.")),
            ("of two parts", format!("{header}.{payload}")),
            ("of no parts", "nonsense".to_owned()),
            ("an unknown key", "remit_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned()),
            ("an empty key", "remit_".to_owned()),
        ];
        for missing in ["exp", "iss", "aud", "sub"] {
            let mut incomplete = serde_json::to_value(claims()).expect("claims");
            incomplete.as_object_mut().expect("an object").remove(missing);
            let part = URL_SAFE_NO_PAD.encode(incomplete.to_string());
            cases.push(("incomplete", format!("{header}.{part}.{signature}")));
        }
        for (what, token) in cases {
            let answer = place.admin.with_token(token.clone()).get("/v1/themes");
            assert_eq!(answer.status, 401, "{what}");
            unauthorized(&answer);
            assert!(token.len() < 20 || !answer.text().contains(&token), "a refused secret is not repeated");
        }
        // Each was refused for itself: what was trusted still is.
        place.admin.with_token(&good).get("/v1/themes").expect(200);
    });
}

#[test]
fn a_scope_that_is_missing_is_named() {
    on_both(|place| {
        let theme = place.admin.theme("one");
        for scope in ["", "read", "people:read observations:write", "nonsense", "Admin"] {
            let client = place.admin.with_token(place.token(scope));
            let answer = client.post("/v1/themes", &json!({"title": "x"}));
            let problem = answer.problem(403, "forbidden");
            assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("outcomes:write")), "{problem}");
            client.delete(&theme.location(), "*").problem(403, "forbidden");
        }
        let writer = place.admin.with_token(place.token("outcomes:write"));
        let problem = writer.get("/v1/themes").problem(403, "forbidden");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("read")), "{problem}");
        writer.post("/v1/themes", &json!({"title": "x"})).expect(201);
        place.admin.with_token(place.token("admin")).post("/v1/themes", &json!({"title": "y"})).expect(201);
    });
}

#[test]
fn the_writer_of_a_record_is_its_credential() {
    on_both(|place| {
        let client = place.admin.with_token(place.token("outcomes:write read"));
        let theme = client.theme("one");
        assert_eq!(theme.json()["created_by"], "a tester");
        let changed = place.admin.patch(&theme.location(), &theme.etag(), &json!({"title": "two"})).expect(200).json();
        assert_eq!((&changed["created_by"], &changed["updated_by"]), (&json!("a tester"), &json!("admin")));
    });
}
