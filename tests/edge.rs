//! The edge: names, traces, origins, compression, and what needs no token.

use std::io::Read;
use std::net::TcpListener;

use remit_api::config::Settings;

use crate::client::Client;
use crate::server::{on_both, with};

#[test]
fn a_request_has_a_name_its_own_or_a_new_one() {
    on_both(|place| {
        let named = |name: &str| {
            let answer = place.admin.ask("GET", "/v1/themes").header("x-request-id", name).send();
            answer.header("x-request-id").unwrap_or_default().to_owned()
        };
        assert_eq!(named("a-name:1"), "a-name:1");
        let longest = "n".repeat(100);
        assert_eq!(named(&longest), longest);
        for unfit in [String::new(), "n".repeat(101), "two words".to_owned()] {
            let name = named(&unfit);
            assert!(name != unfit && name.len() == 32, "{name}");
        }
        assert_ne!(
            place.admin.get("/v1/themes").header("x-request-id"),
            place.admin.get("/v1/themes").header("x-request-id")
        );
    });
}

#[test]
fn whoever_asks_for_the_head_alone_gets_it_without_the_body() {
    on_both(|place| {
        let path = place.admin.theme("one").location();
        let (whole, head) = (place.admin.get(&path), place.admin.ask("HEAD", &path).send());
        assert_eq!((head.status, head.etag()), (200, whole.etag()));
        assert_eq!(head.header("content-length").map(str::to_owned), Some(whole.body.len().to_string()));
        assert!(head.body.is_empty());
        assert_eq!(place.admin.ask("HEAD", "/v1/nothing").send().status, 404);
        assert_eq!(place.admin.without_token().ask("HEAD", &path).send().status, 401);
        assert_eq!(place.admin.ask("HEAD", "/v1/observations").send().status, 405);
    });
}

#[test]
fn a_trace_is_passed_on() {
    on_both(|place| {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        for path in ["/v1/themes", "/v1/nothing", "/healthz"] {
            let answer = place.admin.ask("GET", path).header("traceparent", trace).send();
            assert_eq!(answer.header("traceparent"), Some(trace), "{path}");
        }
    });
}

#[test]
fn liveness_readiness_and_the_contract_need_no_token() {
    on_both(|place| {
        let anyone = place.admin.without_token();
        for path in ["/healthz", "/readyz"] {
            assert_eq!(anyone.get(path).expect(200).json()["status"], "ok");
        }
        assert_eq!(anyone.get("/openapi.json").expect(200).text(), remit_api::contract::Contract::shared().text);
        assert!(anyone.get("/docs/").expect(200).text().contains("swagger"));
        for path in ["/healthz", "/openapi.json", "/docs/", "/v1/themes", "/nowhere"] {
            assert_eq!(anyone.get(path).header("x-content-type-options"), Some("nosniff"), "{path}");
        }
    });
}

#[test]
fn an_answer_is_compressed_for_those_who_take_it() {
    on_both(|place| {
        for n in 0..50 {
            place.admin.theme(&format!("a theme with a title that is long enough, number {n}"));
        }
        let plain = place.admin.get("/v1/themes").expect(200);
        assert_eq!(plain.header("content-encoding"), None);
        let packed = place.admin.ask("GET", "/v1/themes").header("accept-encoding", "gzip").send().expect(200);
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        assert!(packed.header_values("vary").contains("accept-encoding"));
        assert!(packed.body.len() < plain.body.len());
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).expect("gzip");
        assert_eq!(unpacked, plain.body);
    });
}

#[test]
fn browsers_may_call_from_the_origins_that_are_configured() {
    let settings =
        Settings { cors_origins: Some("https://app.example, https://other.example".into()), ..Settings::default() };
    with(settings, |place| {
        let anyone = place.admin.without_token();
        let preflight = |origin: &str| {
            anyone
                .ask("OPTIONS", "/v1/themes")
                .header("origin", origin)
                .header("access-control-request-method", "PATCH")
                .header("access-control-request-headers", "authorization,if-match")
                .send()
        };
        let allowed = preflight("https://app.example").expect(200);
        assert_eq!(allowed.header("access-control-allow-origin"), Some("https://app.example"));
        assert!(allowed.header("access-control-allow-methods").is_some_and(|methods| methods.contains("PATCH")));
        let headers = allowed.header("access-control-allow-headers").unwrap_or_default().to_lowercase();
        assert!(headers.contains("if-match") && headers.contains("authorization"), "{headers}");
        let refused = preflight("https://evil.example");
        assert_eq!(refused.header("access-control-allow-origin"), None);
        assert!((400..500).contains(&refused.status), "{}", refused.status);

        let answer = place.admin.ask("GET", "/v1/themes").header("origin", "https://app.example").send().expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
        let exposed = answer.header("access-control-expose-headers").unwrap_or_default().to_lowercase();
        assert!(exposed.contains("etag") && exposed.contains("location"), "{exposed}");
        // A refusal too is shown to the page that asked.
        let refused = anyone.ask("GET", "/v1/themes").header("origin", "https://app.example").send();
        refused.problem(401, "unauthorized");
        assert_eq!(refused.header("access-control-allow-origin"), Some("https://app.example"));
    });
}

#[test]
fn metrics_have_a_listener_of_their_own() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let settings = Settings { metrics_listen: Some(free.to_string()), ..Settings::default() };
    with(settings, |place| {
        place.admin.get("/v1/themes").expect(200);
        place.admin.get("/v1/nothing").expect(404);
        place.admin.get("/metrics").problem(404, "not_found");
        let metrics = Client::new(&format!("http://{free}"), None).get("/metrics").expect(200);
        assert!(metrics.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")));
        let text = metrics.text();
        let count = |line: &str| {
            let found =
                text.lines().find_map(|text| text.strip_prefix(line)).unwrap_or_else(|| panic!("{line}: {text}"));
            found.trim().parse::<u64>().expect("a count")
        };
        assert!(count("remit_requests_total{status=\"2xx\"}") >= 1);
        assert!(count("remit_requests_total{status=\"4xx\"}") >= 2);
    });
}
