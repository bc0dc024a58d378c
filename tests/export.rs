//! Export: the whole organization as lines of JSON, taken elsewhere, where it answers as it did here.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use remit_api::auth::{Claims, sign};
use remit_api::config::Settings;
use remit_api::export::restore;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::server::{Place, on_both, postgres, sqlite, start, with};
use crate::story::Story;
use crate::travel::{paths, travelling};

fn lines(export: &Answer) -> Vec<Value> {
    export.text().lines().map(|line| serde_json::from_str(line).expect("a document")).collect()
}

/// A history that has something to lose: what was corrected, deleted and brought back, said, told, and an erased person.
fn live(place: &Place) -> Story {
    let story = Story::begin(place);
    story.activate(place);
    story.observe(place, &[("2026-02-01", 150.0), ("2026-03-01", 140.5)]);
    story.observe(place, &[("2026-02-01", 151.25)]);
    let admin = &place.admin;
    let path = format!("/v1/themes/{}", story.theme);
    admin.patch(&path, "*", &json!({"title": "Safer streets – Straßen"})).expect(200);
    let gone = admin.theme("gone");
    admin.delete(&gone.location(), &gone.etag()).expect(204);
    let check_in = admin.post(&story.at("/check-ins"), &json!({})).expect(201).location();
    admin.post(&format!("{check_in}/comments"), &json!({"body": "Noted."})).expect(201);
    let briefing = json!({"about": "free", "title": "News", "body": "News", "to_everyone": true});
    let briefing = admin.post("/v1/briefings", &briefing).expect(201).location();
    admin.ask("POST", &format!("{briefing}/publish")).send().expect(200);
    let person = admin.post("/v1/people", &json!({"name": "Brief Visitor", "email": "b@example.org"})).expect(201);
    admin.ask("POST", &format!("{}/erase", person.location())).send().expect(200);
    admin.post("/v1/webhooks", &json!({"url": "https://127.0.0.1:9/", "state": "paused"})).expect(201);
    story
}

#[test]
fn an_organization_that_moves_answers_as_before_of_every_past_moment() {
    let elsewhere = [postgres as fn() -> Settings, sqlite];
    let turn = std::cell::Cell::new(0);
    on_both(|place| {
        let settings = elsewhere[turn.replace(turn.get() + 1)]();
        let before = place.admin.theme("a mark").json()["created_at"].as_str().expect("an instant").to_owned();
        let story = live(place);
        let export = place.admin.get("/v1/export").expect(200);
        let settings = Settings { background: Some("off".into()), ..settings };
        let config = settings.clone().resolve().expect("a configuration");
        let restored = restore(&config.address, &mut export.body.as_slice()).expect("it is restored");
        assert_eq!(restored.organization.to_string(), place.organization);
        let server = start(settings);
        let claims = Claims { org: Some(place.organization.clone()), ..place.claims("admin") };
        let there = Client::new(&server.address, Some(sign(&server.secret, &claims).expect("a token")));

        assert_eq!(there.get("/v1/export").expect(200).text(), export.text());
        assert_eq!(there.get("/v1/changes/verify").expect(200).json()["sound"], true);
        let head = |client: &Client| client.get("/v1/changes/head").expect(200).json()["hash"].clone();
        assert_eq!(head(&there), head(&place.admin));
        let now = place.admin.get("/v1/themes?limit=1").expect(200);
        let known = now.header("remit-known-revision").expect("a revision").to_owned();
        let reads: BTreeSet<String> = travelling().into_iter().map(|operation| operation.path).collect();
        let mut asked = 0;
        for template in &reads {
            for path in paths(&place.admin, &reads, template, 2) {
                for (as_of, known) in [("2026-03-15", "12"), ("2026-03-15", &known), (&before, &known)] {
                    let question = format!("{path}?as_of={as_of}&known_at={known}");
                    let (here, there) = (place.admin.get(&question), there.get(&question));
                    assert_eq!(there.status, here.status, "{question}");
                    if here.status == 200 {
                        // A walk goes on where it began: its cursor is the server's own.
                        let body = |answer: &Answer| {
                            let mut body = answer.json();
                            if let Some(fields) = body.as_object_mut() {
                                fields.remove("next");
                            }
                            body.to_string()
                        };
                        assert_eq!(body(&there), body(&here), "{question}");
                        asked += 1;
                    }
                }
            }
        }
        assert!(asked > 60, "{asked}");
        let board = format!("/v1/board?as_of=2026-03-15&known_at={known}");
        let here = place.admin.get(&board).expect(200);
        assert_eq!(there.get(&board).expect(200).text(), here.text(), "to the byte");
        assert!(here.text().contains(&story.outcome));

        // It goes on there.
        let path = format!("/v1/themes/{}", story.theme);
        there.patch(&path, "*", &json!({"title": "elsewhere"})).expect(200);
        let again = restore(&config.address, &mut export.body.as_slice()).expect_err("a refusal").to_string();
        let held = if config.address.file().is_some() { "in use by another remit" } else { "in this database already" };
        assert!(again.contains(held), "{again}");
        let webhook = there.get("/v1/webhooks").expect(200).json()["data"][0]["id"].as_str().expect("an id").to_owned();
        there.ask("POST", &format!("/v1/webhooks/{webhook}/test")).send().problem(409, "conflict");
        let rotated = there.post(&format!("/v1/webhooks/{webhook}/rotate"), &json!({})).expect(200);
        assert!(rotated.json()["secret"].is_string());
        there.with_token(place.admin.token.clone().expect("a key")).get("/v1/me").problem(401, "unauthorized");
    });
}

#[test]
fn an_export_is_for_admins_and_holds_one_organization() {
    on_both(|place| {
        let other = place.server.found();
        other.admin.theme("of nobody else");
        place.admin.theme("one's own");
        let scopes =
            "read people:read observations:write outcomes:write roles:write people:write webhooks:write audit:read";
        let problem = place.admin.with_token(place.token(scopes)).get("/v1/export").problem(403, "forbidden");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("admin")), "{problem}");
        place.admin.without_token().get("/v1/export").problem(401, "unauthorized");
        place.admin.get("/v1/export?all=true").problem(400, "invalid_parameter");
        let json = place.admin.ask("GET", "/v1/export").header("accept", "application/json").send();
        json.problem(406, "not_acceptable");

        let export = place.admin.ask("GET", "/v1/export").header("accept", "application/x-ndjson").send().expect(200);
        assert_eq!(export.header("content-type"), Some("application/x-ndjson"));
        assert_eq!(export.header("cache-control"), Some("no-store"));
        let text = export.text();
        assert!(text.contains("one's own"));
        assert!(!text.contains("of nobody else") && !text.contains(&other.organization));
        let secret = place.admin.token.clone().expect("a key");
        assert!(!text.contains(&secret));
        let lines = lines(&export);
        let (first, last) = (&lines[0], &lines[lines.len() - 1]);
        assert_eq!((first["format"].as_str(), first["version"].as_i64()), (Some("remit.organization"), Some(1)));
        assert_eq!(first["organization_id"], place.organization);
        assert_eq!(last["lines"].as_u64(), Some(lines.len() as u64 - 1));
        assert_eq!(place.admin.ask("HEAD", "/v1/export").send().expect(200).body, b"");
    });
}

#[test]
fn an_export_is_sent_as_it_is_taken_and_keeps_nobody_waiting() {
    with(Settings { workers: Some(1), readers: Some(1), ..Settings::default() }, |place| {
        // More than the system itself takes for a client that does not read.
        let role = json!({"title": "All of it", "accountabilities": vec!["A long word. ".repeat(150); 100]});
        for _ in 0..60 {
            place.admin.post("/v1/roles", &role).expect(201);
        }
        let address = place.server.address.trim_start_matches("http://").to_owned();
        let token = place.admin.token.clone().expect("a key");
        let begun = || {
            let mut stream = TcpStream::connect(&address).expect("the server");
            stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
            let request = format!(
                "GET /v1/export HTTP/1.1\r\nhost: remit\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(request.as_bytes()).expect("a request");
            let mut start = Vec::new();
            // A refusal is shorter, and ends.
            Read::take(&mut stream, 4_096).read_to_end(&mut start).expect("the beginning");
            (stream, String::from_utf8_lossy(&start).into_owned())
        };
        let (mut stream, start) = begun();
        assert!(start.starts_with("HTTP/1.1 200") && start.contains("transfer-encoding: chunked"), "{start}");
        assert!(start.contains("\"format\":\"remit.organization\""), "{start}");
        let refused = place.admin.get("/v1/export");
        refused.problem(503, "busy");
        assert!(refused.header("retry-after").is_some());
        let theme = place.admin.theme("meanwhile");
        place.admin.get(&theme.location()).expect(200);
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).expect("the rest");
        assert!(rest.len() > 20_000_000);
        let end = String::from_utf8_lossy(&rest[rest.len() - 2_000..]).into_owned();
        assert!(end.contains("\"end\":\"remit.organization\"") && end.ends_with("0\r\n\r\n"), "{end}");
        assert!(!String::from_utf8_lossy(&rest).contains("meanwhile"), "it is one state");

        // One who goes away leaves nothing behind.
        drop(begun());
        let began = Instant::now();
        while begun().1.starts_with("HTTP/1.1 503") {
            assert!(began.elapsed() < Duration::from_secs(40), "the turn is free again");
            std::thread::park_timeout(Duration::from_millis(20));
        }
    });
}
