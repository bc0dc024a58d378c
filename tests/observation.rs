//! The scripts' door: every form of a batch, and every line that is refused.

use crate::client::Answer;
use crate::outcome::Scene;
use crate::server::{Place, on_both};
use crate::story::Story;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;

fn counts(answer: &Answer) -> [u64; 5] {
    let answer = answer.json();
    ["accepted", "superseded", "unchanged", "superseded_in_batch", "refused_count"]
        .map(|name| answer[name].as_u64().unwrap_or(u64::MAX))
}

#[test]
fn every_form_is_read_alike_and_the_same_again_changes_nothing() {
    on_both(|Place { admin, .. }| {
        let Scene { key, measure, .. } = Scene::draft(admin);
        let id = measure.rsplit('/').next().unwrap_or_default().to_owned();
        let forms: [(&str, String); 4] = [
            ("application/json", format!(r#"{{"measure":"{key}","observed_at":"2026-01-31","value":1.5}}"#)),
            (
                "application/json",
                format!(
                    r#"[{{"measure":"{id}","observed_at":"2026-02-28","value":2}},
                        {{"measure":"{id}","observed_at":"2026-02-28","value":2,"segment":{{"region":"north"}}}}]"#
                ),
            ),
            (
                "application/x-ndjson",
                format!(
                    "{{\"measure\":\"{key}\",\"observed_at\":\"2026-03-31T12:00:00.000001+02:00\",\"value\":-0.25}}\n\n"
                ),
            ),
            (
                "text/csv",
                format!(
                    "measure,observed_at,value,note,region\n{key},2026-04-30,4,\"so, so\",\n{key},2026-04-30,4,,north\n"
                ),
            ),
        ];
        for (kind, body) in &forms {
            let send = || admin.ask("POST", "/v1/observations").body(kind, body.clone()).send().expect(200);
            let (first, revision) = (counts(&send()), admin.revision());
            assert_eq!((first[1], first[2], first[4]), (0, 0, 0), "{kind}");
            assert_eq!(counts(&send()), [0, 0, first[0], 0, 0], "{kind}");
            assert_eq!(admin.revision(), revision, "the same again raises no revision: {kind}");
        }
        let series = admin.get(&format!("{measure}/observations?segment=*")).expect(200).json();
        assert_eq!(series["data"].as_array().map(Vec::len), Some(6));
        let latest = admin.get(&format!("{measure}/latest")).expect(200).json();
        assert_eq!((&latest["value"], &latest["note"]), (&json!(4), &json!("so, so")));
        let north = admin.get(&format!("{measure}/observations?segment=%7B%22region%22%3A%22north%22%7D")).expect(200);
        assert_eq!(north.json()["data"].as_array().map(Vec::len), Some(2));
    });
}

#[test]
fn a_batch_is_reduced_to_its_last_rows_and_a_correction_keeps_both() {
    on_both(|Place { admin, .. }| {
        let Scene { key, measure, .. } = Scene::draft(admin);
        let row = |value: u32| json!({"measure": key, "observed_at": "2026-01-31", "value": value});
        let first = admin.post("/v1/observations", &json!([row(1), row(2), row(3)])).expect(200);
        assert_eq!(counts(&first), [1, 0, 0, 2, 0]);
        let known = first.json()["revision"].as_i64().unwrap_or_default();
        assert_eq!(counts(&admin.post("/v1/observations", &row(4)).expect(200)), [0, 1, 0, 0, 0]);
        let value = |query: &str| admin.get(&format!("{measure}/latest{query}")).expect(200).json()["value"].clone();
        assert_eq!(value(""), 4);
        assert_eq!(value(&format!("?known_at={known}")), 3);
        admin.get(&format!("{measure}/latest?as_of=2026-01-30")).problem(404, "not_found");
    });
}

#[test]
fn a_refused_line_is_named_and_an_atomic_batch_keeps_nothing() {
    on_both(|Place { admin, .. }| {
        let Scene { key, measure, .. } = Scene::draft(admin);
        let good = format!("{{\"measure\":\"{key}\",\"observed_at\":\"2026-01-31\",\"value\":1}}\n");
        let cases = [
            ("not json", "malformed", ""),
            (r#"{"measure":"KEY","observed_at":"2026-01-31","value":NaN}"#, "malformed", ""),
            (r#"{"measure":"KEY","observed_at":"2026-01-31","value":"1"}"#, "wrong_type", "/value"),
            (r#"{"measure":"KEY","observed_at":"2026-01-31","value":1e16}"#, "number_out_of_range", "/value"),
            (
                r#"{"measure":"KEY","observed_at":"2026-01-31","value":0.1000000000000000001}"#,
                "number_not_exact",
                "/value",
            ),
            (r#"{"measure":"KEY","observed_at":"2026-02-30","value":1}"#, "instant_malformed", "/observed_at"),
            (r#"{"measure":"KEY","observed_at":"2026-01-31","value":1,"unit":"x"}"#, "unknown_field", "/unit"),
            (r#"{"measure":"KEY","value":1}"#, "required", "/observed_at"),
            (
                r#"{"measure":"KEY","observed_at":"2026-01-31","value":1,"segment":{"":"x"}}"#,
                "segment_malformed",
                "/segment",
            ),
            (r#"{"measure":"no.such.key","observed_at":"2026-01-31","value":1}"#, "unknown_measure", "/measure"),
        ];
        for (line, code, pointer) in cases {
            let body = format!("{good}{}\n", line.replace("KEY", &key));
            let ask = |mode: &str| {
                let path = format!("/v1/observations?mode={mode}");
                admin.ask("POST", &path).body("application/x-ndjson", body.clone()).send()
            };
            let refused = ask("atomic");
            assert!([409, 422].contains(&refused.status), "{line}: {}", refused.text());
            let error = refused.json()["errors"][0].clone();
            assert_eq!((&error["code"], &error["pointer"]), (&json!(code), &json!(format!("/2{pointer}"))), "{line}");
            assert!(error["detail"].as_str().is_some_and(|detail| detail.starts_with("line 2: ")), "{error}");
            admin.get(&format!("{measure}/latest")).problem(404, "not_found");
        }
        let all: String = cases.iter().map(|(line, ..)| format!("{}\n", line.replace("KEY", &key))).collect();
        let path = "/v1/observations?mode=per_item";
        let kept = admin.ask("POST", path).body("application/x-ndjson", format!("{all}{good}")).send().expect(200);
        assert_eq!(counts(&kept), [1, 0, 0, 0, cases.len() as u64], "exactly the good ones are kept");
        let exact = json!({"measure": key, "observed_at": "2026-02-28", "value": 12.739383846794336});
        admin.post("/v1/observations", &exact).expect(200);
        let latest = admin.get(&format!("{measure}/latest")).expect(200);
        assert!(latest.text().contains("\"value\":12.739383846794336"), "{}", latest.text());
    });
}

#[test]
fn an_empty_body_is_a_mistake_and_an_empty_list_is_none() {
    on_both(|Place { admin, .. }| {
        for kind in ["application/json", "application/x-ndjson", "text/csv"] {
            admin.ask("POST", "/v1/observations").body(kind, " \n").send().problem(400, "malformed");
        }
        assert_eq!(counts(&admin.post("/v1/observations", &json!([])).expect(200)), [0; 5]);
        admin.ask("POST", "/v1/observations").body("text/plain", "x").send().problem(415, "unsupported_media_type");
    });
}

fn send(place: &Place, query: &str, kind: &str, body: &str) -> Answer {
    place.admin.ask("POST", &format!("/v1/observations{query}")).body(kind, body).send()
}

fn tally(answer: &Value) -> [u64; 5] {
    ["accepted", "superseded", "unchanged", "superseded_in_batch", "refused_count"]
        .map(|name| answer[name].as_u64().unwrap_or(u64::MAX))
}

#[test]
fn a_batch_is_kept_whole_or_not_at_all_unless_it_asks_otherwise() {
    on_both(|place| {
        let story = Story::begin(place);
        let rows = "measure,observed_at,value\nroads.deaths,2026-01-31,190\nroads.deaths,2026-02-30,1\n\
                    nowhere,2026-01-31,1\nroads.deaths,2026-03-31,x\nroads.deaths,2026-03-31,1e400\n";
        let revision = place.admin.revision();
        let refused = send(place, "", "text/csv", rows);
        assert!(matches!(refused.status, 409 | 422), "{}", refused.text());
        assert_eq!(place.admin.revision(), revision);
        let latest = format!("/v1/measures/{}/latest", story.measure);
        place.admin.get(&latest).problem(404, "not_found");

        let result = send(place, "?mode=per_item", "text/csv", rows).expect(200).json();
        assert_eq!(tally(&result), [1, 0, 0, 0, 4], "{result}");
        let mut lines: Vec<_> =
            result["refused"].as_array().into_iter().flatten().map(|row| row["line"].clone()).collect();
        lines.sort_by_key(Value::as_u64);
        assert_eq!(lines, [3, 4, 5, 6], "{result}");
        assert_eq!(place.admin.get(&latest).expect(200).json()["value"], 190);
    });
}

#[test]
fn a_compressed_batch_is_taken_and_one_that_stops_half_way_is_not() {
    on_both(|place| {
        Story::begin(place);
        let mut rows = String::from("measure,observed_at,value\n");
        for day in 1..=28 {
            rows.push_str(&format!("roads.deaths,2026-02-{day:02},{day}\n"));
        }
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(rows.as_bytes()).expect("gzip");
        let packed = packed.finish().expect("gzip");
        let send = |bytes: &[u8]| {
            place
                .admin
                .ask("POST", "/v1/observations")
                .header("content-encoding", "gzip")
                .body("text/csv", bytes)
                .send()
        };
        let revision = place.admin.revision();
        for broken in [&packed[..packed.len() / 2], &rows.as_bytes()[..40], b""] {
            let answer = send(broken);
            assert!((400..500).contains(&answer.status), "{}", answer.text());
        }
        assert_eq!(place.admin.revision(), revision);
        assert_eq!(tally(&send(&packed).expect(200).json()), [28, 0, 0, 0, 0]);
        let token = place.admin.token.as_deref().unwrap_or_default();
        let half = format!(
            "POST /v1/observations HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: text/csv\r\n\
             content-length: 999\r\n\r\nmeasure,observed_at,value\nroads.deaths,2026-03-01,1\n"
        );
        let revision = place.admin.revision();
        assert!(!place.admin.raw(half.as_bytes()).starts_with("HTTP/1.1 2"));
        assert_eq!(place.admin.revision(), revision, "rows that looked whole are not kept either");
    });
}

#[test]
fn progress_follows_the_observations_and_explains_itself() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        let progress = |query: &str| place.admin.get(&story.at(&format!("/progress{query}"))).expect(200).json();
        let nothing = progress("");
        assert_eq!(
            (nothing["progress"].as_f64(), nothing["coverage"].as_f64()),
            (Some(0.0), Some(0.0)),
            "nothing is covered"
        );
        story.observe(place, &[("2026-01-31", 190.0), ("2026-02-28", 150.0)]);
        let now = progress("?as_of=2026-03-01");
        assert_eq!((now["progress"].as_f64(), now["coverage"].as_f64()), (Some(50.0), Some(1.0)), "{now}");
        assert_eq!(progress("?as_of=2026-02-01")["progress"].as_f64(), Some(10.0));
        let board = place.admin.get("/v1/board?as_of=2026-03-01").expect(200).json();
        assert_eq!(board["themes"][0]["progress"].as_f64(), Some(50.0), "{board}");
        assert_eq!(
            board["themes"][0]["outcomes"][0]["measures"][0]["latest"]["value"].as_f64(),
            Some(150.0),
            "{board}"
        );
        assert_eq!(board["themes"][0]["outcomes"][0]["accountable"]["person"]["id"], *story.person, "{board}");
        let listed = place.admin.get("/v1/outcomes?as_of=2026-03-01").expect(200).json();
        assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
    });
}
