//! Forecasts and their calibration, as clients see them.

use crate::server::{Place, on_both};
use crate::story::{Story, outcome};
use serde_json::{Value, json};

/// Deaths a month that fall by about seven, in the first eight months of 2026.
const MONTHS: [(&str, f64); 8] = [
    ("2026-01-31", 190.0),
    ("2026-02-28", 186.0),
    ("2026-03-31", 177.0),
    ("2026-04-30", 172.0),
    ("2026-05-31", 163.0),
    ("2026-06-30", 157.0),
    ("2026-07-31", 151.0),
    ("2026-08-31", 142.0),
];

fn told(place: &Place) -> Story {
    let story = Story::begin(place);
    story.activate(place);
    story.observe(place, &MONTHS);
    story
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

#[test]
fn a_forecast_says_the_value_at_the_due_date_how_far_it_may_be_off_and_how_probable_the_target_is() {
    on_both(|place| {
        let story = told(place);
        let path = format!("/v1/measures/{}/forecast?as_of=2026-09-15", story.measure);
        let answer = place.admin.get(&path).expect(200).json();
        assert_eq!((&answer["outcome_id"], &answer["due_on"]), (&json!(story.outcome), &json!("2026-12-31")));
        let forecast = &answer["forecast"];
        assert_eq!((&forecast["model"], &forecast["observations"]), (&json!("damped_trend"), &json!(8)));
        assert_eq!((&forecast["indicative"], &forecast["ahead"]), (&json!(false), &json!(4.0)));
        assert_eq!((&forecast["target"], &forecast["reached"]), (&json!(100.0), &json!(false)));
        let ends = |of: &Value| {
            let end = |within: &str, end: &str| number(&of[within][end]);
            [
                end("within_95", "low"),
                end("within_80", "low"),
                number(&of["value"]),
                end("within_80", "high"),
                end("within_95", "high"),
            ]
        };
        for of in ["value", "progress"] {
            let ends = ends(&forecast[of]);
            assert!(ends.is_sorted(), "{of}: {ends:?}");
        }
        assert!((100.0..142.0).contains(&number(&forecast["value"]["value"])), "{forecast}");
        let probability = number(&forecast["probability"]);
        assert!((0.02..0.5).contains(&probability), "{forecast}");
        assert!((number(&forecast["probability_step"]) - probability).abs() <= 0.05 + 1e-9);
        // 42 in the three and a half months from the middle of September on.
        assert!((number(&forecast["required_rate"]) + 12.0).abs() < 0.1, "{forecast}");
        assert!((number(&forecast["observed_rate"]) + 48.0 / 7.0).abs() < 1e-3, "{forecast}");

        let whole = place.admin.get(&story.at("/forecast?as_of=2026-09-15")).expect(200).json();
        assert_eq!(&whole["measures"][0], forecast, "an outcome shows the forecast of each measure");
        assert_eq!(whole["probability"], forecast["probability"], "and with one measure it is as probable");
        assert_eq!(whole["progress"], forecast["progress"]);
    });
}

#[test]
fn a_forecast_of_the_past_is_made_of_what_was_known_then() {
    on_both(|place| {
        let story = told(place);
        let known = place.admin.revision();
        let path = story.at(&format!("/forecast?as_of=2026-06-30&known_at={known}"));
        let before = place.admin.get(&path).expect(200);
        assert_eq!(before.json()["measures"][0]["observations"], json!(6));
        story.observe(place, &[("2026-05-31", 110.0), ("2026-09-30", 90.0)]);
        assert_eq!(place.admin.get(&path).expect(200).body, before.body);
        let now = place.admin.get(&story.at("/forecast?as_of=2026-06-30")).expect(200).json();
        assert_ne!(now["measures"][0]["value"], before.json()["measures"][0]["value"]);
    });
}

#[test]
fn where_there_is_no_forecast_the_answer_says_why() {
    on_both(|place| {
        let story = Story::begin(place);
        let empty = place.admin.get(&story.at("/forecast")).expect(200).json();
        assert_eq!((&empty["probability"], &empty["probability_absent"]), (&json!(null), &json!("part_without")));
        assert_eq!(empty["measures"][0]["value_absent"], "no_observation");
        story.activate(place);
        story.observe(place, &[("2026-01-31", 150.0), ("2026-02-28", 150.0), ("2026-03-31", 150.0)]);
        let still = place.admin.get(&story.at("/forecast?as_of=2026-04-01")).expect(200).json();
        assert_eq!(still["measures"][0]["probability_absent"], "no_variation");
        let closing = json!({"result": "partly", "score": 0.5});
        place.admin.post(&story.at("/close"), &closing).expect(200);
        let ended = place.admin.get(&story.at("/forecast")).expect(200).json();
        assert_eq!((&ended["progress_absent"], &ended["probability_absent"]), (&json!("ended"), &json!("ended")));
        let empty = place.admin.post("/v1/outcomes", &outcome("Nothing is measured", &story.theme)).expect(201).id();
        let empty = place.admin.get(&format!("/v1/outcomes/{empty}/forecast")).expect(200).json();
        assert_eq!(empty["probability_absent"], "no_part");
    });
}

#[test]
fn a_forecast_of_what_is_not_there_is_refused() {
    on_both(|Place { admin, .. }| {
        admin.get("/v1/outcomes/out_00000000000000000000000000/forecast").problem(404, "not_found");
        admin.get("/v1/measures/msr_00000000000000000000000000/forecast").problem(404, "not_found");
        for query in ["knowledge=later", "limit=0", "limit=1001", "limit=x", "horizon=half", "known_at=2999-01-01"] {
            admin.get(&format!("/v1/calibration?{query}")).problem(400, "invalid_parameter");
        }
    });
}

#[test]
fn calibration_holds_forecasts_against_what_outcomes_came_to() {
    on_both(|place| {
        let story = told(place);
        let none = place.admin.get("/v1/calibration").expect(200).json();
        assert_eq!((&none["closed"], &none["forecast"][0]["brier"]), (&json!(0), &json!(null)));
        let half = place.admin.get(&story.at("/forecast?as_of=2026-07-01")).expect(200).json();
        place.admin.post(&story.at("/close"), &json!({"result": "missed", "score": 0.2})).expect(200);

        let answer = place.admin.get("/v1/calibration?knowledge=now").expect(200).json();
        assert_eq!((&answer["closed"], &answer["considered"]), (&json!(1), &json!(1)));
        let at = |horizon: &str| {
            let all = answer["forecast"].as_array().expect("horizons");
            all.iter().find(|one| one["horizon"] == horizon).expect("a horizon").clone()
        };
        let scored = at("half");
        assert_eq!((&scored["count"], &scored["without"]), (&json!(1), &json!(0)), "{answer}");
        let stated = number(&half["probability"]);
        assert!((number(&scored["brier"]) - stated * stated).abs() < 1e-3, "{scored} {stated}");
        assert_eq!((&scored["base_rate"], &scored["skill"]), (&json!(0.0), &json!(null)));
        assert_eq!(scored["bands"][0]["count"], json!(1));
        // Nothing of it was recorded by then.
        let then = place.admin.get("/v1/calibration").expect(200).json();
        assert_eq!((&then["closed"], &then["forecast"][1]["without"]), (&json!(1), &json!(1)), "{then}");
        assert_eq!(then["forecast"][1]["brier"], json!(null));
    });
}
