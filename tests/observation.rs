//! Observations: from a script to the board, in every form, whole or row by row, again without effect.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::client::Answer;
use crate::server::{Place, on_both};
use crate::story::Story;

fn send(place: &Place, query: &str, kind: &str, body: &str) -> Answer {
    place.admin.ask("POST", &format!("/v1/observations{query}")).body(kind, body).send()
}

fn counts(answer: &Value) -> [u64; 5] {
    ["accepted", "superseded", "unchanged", "superseded_in_batch", "refused_count"]
        .map(|name| answer[name].as_u64().unwrap_or(u64::MAX))
}

#[test]
fn every_form_says_the_same() {
    on_both(|place| {
        let story = Story::begin(place);
        let forms = [
            ("application/json", r#"{"measure": "roads.deaths", "observed_at": "2026-01-31", "value": 190}"#),
            (
                "application/json",
                r#"[{"measure": "roads.deaths", "observed_at": "2026-02-28", "value": 180.5, "note": "n"}]"#,
            ),
            (
                "application/x-ndjson",
                "{\"measure\": \"roads.deaths\", \"observed_at\": \"2026-03-31\", \"value\": 1e2}\n\n",
            ),
            ("text/csv", "measure,observed_at,value,note\r\nroads.deaths,2026-04-30,-0.5,\"a, b\"\r\n"),
            ("text/csv", "value,region,observed_at,measure\n7,north,2026-04-30,roads.deaths\n"),
        ];
        for (kind, body) in forms {
            let first = send(place, "", kind, body).expect(200).json();
            assert_eq!(counts(&first), [1, 0, 0, 0, 0], "{body}");
            let revision = place.admin.revision();
            assert_eq!(first["revision"].to_string(), revision);
            let again = send(place, "", kind, body).expect(200).json();
            assert_eq!(counts(&again), [0, 0, 1, 0, 0], "{body}");
            assert_eq!(place.admin.revision(), revision, "the same batch again raises no revision");
        }
        let path = format!("/v1/measures/{}/observations", story.measure);
        let kept = place.admin.get(&path).expect(200).json();
        let values: Vec<_> =
            kept["data"].as_array().into_iter().flatten().map(|one| one["value"].to_string()).collect();
        assert_eq!(values.len(), 4, "the headline alone: {kept}");
        assert_eq!(values, ["190", "180.5", "100", "-0.5"]);
        let north = place.admin.get(&format!("{path}?segment=%7B%22region%22:%22north%22%7D")).expect(200).json();
        assert_eq!(north["data"][0]["value"], 7, "{north}");
        // By its id and by its other name, it is the same measure.
        let by_id = format!("measure,observed_at,value\n{},2026-01-31,190\n", story.measure);
        assert_eq!(counts(&send(place, "", "text/csv", &by_id).expect(200).json()), [0, 0, 1, 0, 0]);
    });
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
        assert_eq!(counts(&result), [1, 0, 0, 0, 4], "{result}");
        let mut lines: Vec<_> =
            result["refused"].as_array().into_iter().flatten().map(|row| row["line"].clone()).collect();
        lines.sort_by_key(Value::as_u64);
        assert_eq!(lines, [3, 4, 5, 6], "{result}");
        assert_eq!(place.admin.get(&latest).expect(200).json()["value"], 190);
    });
}

#[test]
fn the_last_row_of_an_instant_counts_and_a_correction_keeps_both() {
    on_both(|place| {
        let story = Story::begin(place);
        let result = story.observe(place, &[("2026-01-31", 190.0), ("2026-01-31", 191.0)]);
        assert_eq!(counts(&result), [1, 0, 0, 1, 0]);
        let known = place.admin.revision();
        assert_eq!(counts(&story.observe(place, &[("2026-01-31", 192.0)])), [0, 1, 0, 0, 0]);
        let latest = |query: &str| {
            let path = format!("/v1/measures/{}/latest{query}", story.measure);
            place.admin.get(&path).expect(200).json()["value"].clone()
        };
        assert_eq!(latest(""), 192);
        assert_eq!(latest(&format!("?known_at={known}")), 191);
        place.admin.get(&format!("/v1/measures/{}/latest?as_of=2026-01-30", story.measure)).problem(404, "not_found");
    });
}

#[test]
fn a_number_that_is_not_kept_exactly_is_refused() {
    on_both(|place| {
        let story = Story::begin(place);
        let path = format!("/v1/measures/{}/observations", story.measure);
        let put = |literal: &str| {
            let body = format!("{{\"observed_at\": \"2026-01-31\", \"value\": {literal}}}");
            place.admin.ask("POST", &path).body("application/json", body).send()
        };
        for exact in ["0.1", "-0", "1e15", "-1000000000000000", "123456789.125", "0.30000000000000004", "5e-324"] {
            put(exact).expect(200);
        }
        for refused in ["0.1000000000000000055", "1e16", "9007199254740993", "1e999", "-1e400"] {
            let answer = put(refused);
            assert!(matches!(answer.status, 400 | 409 | 422), "{refused}: {}", answer.text());
        }
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
        assert_eq!(counts(&send(&packed).expect(200).json()), [28, 0, 0, 0, 0]);
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
