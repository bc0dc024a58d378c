//! Drafting over HTTP: a sentence in, a proposal and its findings out, nothing kept.

use serde_json::{Value, json};

use crate::server::{Place, on_both};

fn draft(place: &Place, statement: &str) -> Value {
    let said = json!({"statement": statement, "reference_date": "2026-01-15"});
    place.admin.post("/v1/outcomes/draft", &said).expect(200).json()
}

/// Makes the fiscal year of the organization begin in a month.
fn fiscal_year(place: &Place, starts: i8) {
    let organization = place.admin.get("/v1/organization").expect(200);
    place.admin.patch("/v1/organization", &organization.etag(), &json!({"fiscal_year_starts": starts})).expect(200);
}

fn rules(draft: &Value) -> Vec<&str> {
    draft["findings"].as_array().expect("findings").iter().filter_map(|finding| finding["rule"].as_str()).collect()
}

#[test]
fn the_two_sentences_of_the_guide_are_drafted() {
    on_both(|place| {
        fiscal_year(place, 1);
        let revenue = draft(place, "Achieve a 15% increase in revenue within the year.");
        assert_eq!(
            revenue["outcome"],
            json!({"title": "Achieve a 15% increase in revenue", "due_on": "2026-12-31", "category": "growth"})
        );
        assert_eq!(
            revenue["measures"],
            json!([{
                "name": "revenue", "kind": "increase", "direction": "increase", "basis": "relative", "amount": 15,
                "quote": "Achieve a 15% increase"
            }])
        );
        assert_eq!(rules(&revenue), ["no_baseline", "no_unit"]);
        assert_eq!(revenue["findings"][0]["measure"], 0);
        assert_eq!(revenue["findings"][0]["severity"], "warning");

        let satisfaction = draft(place, "Increase customer satisfaction by 20%");
        assert_eq!(satisfaction["measures"][0]["amount"], 20);
        assert_eq!(satisfaction["outcome"].get("due_on"), None);
        assert_eq!(rules(&satisfaction), ["no_due_date", "no_baseline", "no_unit"]);
    });
}

#[test]
fn what_is_drafted_can_be_created_as_it_stands() {
    on_both(|place| {
        let drafted = draft(place, "Reduce average sales cycle from 45 to 30 days by 30 June 2026");
        let outcome = place.admin.post("/v1/outcomes", &drafted["outcome"]).expect(201);
        let mut measure = drafted["measures"][0].clone();
        let fields = measure.as_object_mut().expect("a measure");
        fields.remove("direction");
        fields.remove("quote");
        fields.insert("key".into(), json!("sales.cycle"));
        fields.insert("every".into(), json!("month"));
        let made = place.admin.post(&format!("{}/measures", outcome.location()), &measure).expect(201).json();
        assert_eq!(
            (&made["name"], &made["baseline"], &made["target"], &made["unit"]),
            (&json!("average sales cycle"), &json!(45), &json!(30), &json!("days"))
        );
    });
}

#[test]
fn a_draft_is_read_by_the_organizations_calendar_and_keeps_nothing() {
    on_both(|place| {
        fiscal_year(place, 4);
        let revision = place.admin.revision();
        let reader = place.admin.with_token(place.token("read"));
        let said =
            json!({"statement": "Achieve a 15% increase in revenue within the year.", "reference_date": "2026-01-15"});
        let read = reader.post("/v1/outcomes/draft", &said).expect(200).json();
        assert_eq!(read["outcome"]["due_on"], "2026-03-31");
        assert!(rules(&read).contains(&"fiscal_year_assumed"), "{read}");
        // Without a day it is read today.
        let today = reader.post("/v1/outcomes/draft", &json!({"statement": "Cut costs by half this year"})).expect(200);
        assert!(today.json()["reference_date"].as_str().is_some_and(|day| day.len() == 10));
        assert_eq!(place.admin.revision(), revision);
    });
}

#[test]
fn a_sentence_that_cannot_be_taken_is_refused_by_its_field() {
    on_both(|place| {
        for (said, pointer, code) in [
            (json!({"statement": ""}), "/statement", "empty"),
            (json!({"statement": " \n "}), "/statement", "empty"),
            (json!({"statement": "a".repeat(10_000)}), "/statement", "too_long"),
            (json!({"statement": "Cut costs\u{0}"}), "/statement", "control_character"),
            (json!({"statement": "Cut\u{1b}[2J costs"}), "/statement", "control_character"),
            (json!({"reference_date": "2026-01-15"}), "/statement", "required"),
            (json!({"statement": 7}), "/statement", "wrong_type"),
            (json!({"statement": "Cut costs", "reference_date": "2026-02-30"}), "/reference_date", "day_malformed"),
        ] {
            let answer = place.admin.post("/v1/outcomes/draft", &said);
            assert_eq!((answer.status, answer.places()), (422, vec![(pointer.to_owned(), code.to_owned())]), "{said}");
        }
        let unknown = json!({"statement": "Cut costs", "language": "fr"});
        place.admin.post("/v1/outcomes/draft", &unknown).problem(400, "unknown_field");
        let said = json!({"statement": "Cut costs"});
        place.admin.post("/v1/outcomes/draft?as_of=2026-01-01", &said).problem(400, "invalid_parameter");
    });
}

#[test]
fn any_other_sentence_is_answered() {
    on_both(|place| {
        for statement in
            ["将收入提高20%", "🚀", "((((5 (6 (7))))))", "Increase output by 99999999999999999999", "٢٠٪ زيادة"]
        {
            let read = draft(place, statement);
            assert_eq!(
                read["measures"].as_array().map(|measures| measures.iter().any(|one| one.get("amount").is_some())),
                Some(false),
                "{read}"
            );
            assert!(rules(&read).contains(&"no_due_date"), "{read}");
        }
        let long = draft(place, &"Increase revenue by 15% and ".repeat(71));
        assert_eq!(long["measures"].as_array().map(Vec::len), Some(20));
    });
}

#[test]
fn drafting_takes_no_other_method_though_its_path_looks_like_an_outcomes() {
    on_both(|place| {
        for method in ["GET", "PATCH", "DELETE"] {
            let answer = place.admin.ask(method, "/v1/outcomes/draft").send();
            answer.problem(405, "method_not_allowed");
            assert_eq!(answer.header("allow"), Some("POST"));
        }
    });
}
