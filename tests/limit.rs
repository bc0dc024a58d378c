//! Limits: a credential may use up its rate and no more, and is told when to come back.

use remit_api::config::Settings;
use serde_json::json;

use crate::server::with;

#[test]
fn a_credential_that_asks_too_often_is_told_when_to_come_back() {
    let settings = Settings { rate_limit: Some("2,1".into()), ..Settings::default() };
    with(settings, |place| {
        // However slow the machine, some request comes within a second of the one before.
        let refused = |ask: &dyn Fn() -> crate::client::Answer| {
            let answer = (0..1_000).map(|_| ask()).find(|answer| answer.status == 429).expect("a refusal");
            answer.problem(429, "too_many_requests");
            let seconds: u32 = answer.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
            assert!(seconds >= 1);
        };
        refused(&|| place.admin.get("/v1/themes"));
        refused(&|| place.admin.post("/v1/themes", &json!({"title": "x"})));
        let other = place.server.found();
        let answer = other.admin.get("/v1/themes").expect(200);
        assert!(answer.header("ratelimit").is_some() && answer.header("ratelimit-policy").is_some());
        for _ in 0..50 {
            place.admin.without_token().get("/healthz").expect(200);
        }
    });
}
