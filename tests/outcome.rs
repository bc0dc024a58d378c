//! Outcomes: from draft to result, with someone who answers at every instant.

use serde_json::json;

use crate::server::on_both;
use crate::story::{Story, outcome};

#[test]
fn an_outcome_becomes_active_when_no_error_stands_on_it() {
    on_both(|place| {
        let story = Story::begin(place);
        let bare = place.admin.post("/v1/outcomes", &json!({"title": "Bare"})).expect(201).location();
        let problem = place.admin.post(&format!("{bare}/activate"), &json!({})).problem(409, "findings_stand");
        let text = problem.to_string();
        for rule in ["no_measure", "no_due_date", "no_accountable", "no_responsible"] {
            assert!(text.contains(rule), "{rule}: {text}");
        }
        assert_eq!(place.admin.get(&bare).expect(200).json()["state"], "draft");
        assert_eq!(story.activate(place).json()["state"], "active");
        place.admin.post(&story.at("/activate"), &json!({})).problem(409, "wrong_state");
    });
}

#[test]
fn an_outcome_is_closed_with_a_result_and_opened_again_with_a_reason() {
    on_both(|place| {
        let story = Story::begin(place);
        let result = json!({"result": "partly", "score": 0.6});
        place.admin.post(&story.at("/close"), &result).problem(409, "wrong_state");
        story.activate(place);
        story.observe(place, &[("2026-02-01", 150.0)]);
        for wrong in
            [json!({"result": "partly"}), json!({"result": "won", "score": 1}), json!({"result": "partly", "score": 2})]
        {
            place.admin.post(&story.at("/close"), &wrong).problem(422, "invalid");
        }
        place.admin.post(&story.at("/close"), &result).expect(200);
        let progress = place.admin.get(&story.at("/progress")).expect(200).json();
        assert_eq!((progress["result"].as_str(), progress["progress"].as_f64()), (Some("partly"), Some(50.0)));

        let late = json!([{"measure": "roads.deaths", "observed_at": "2026-03-01", "value": 140}]);
        place.admin.post("/v1/observations", &late).problem(409, "closed");
        let correction = json!([{"measure": "roads.deaths", "observed_at": "2026-02-01", "value": 140}]);
        place.admin.post("/v1/observations", &correction).problem(409, "closed");
        place.admin.post("/v1/observations?reason=Miscounted.", &correction).expect(200);
        let progress = place.admin.get(&story.at("/progress")).expect(200).json();
        assert_eq!(progress["result"], "partly");

        place.admin.post(&story.at("/reopen"), &json!({})).problem(422, "invalid");
        let open = place.admin.post(&story.at("/reopen"), &json!({"reason": "Too early."})).expect(200).json();
        assert_eq!(open["state"], "active");
    });
}

#[test]
fn an_active_outcome_is_cancelled_not_deleted_and_its_due_date_moves_only_with_a_reason() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        let delete = place.admin.delete(&story.at(""), "*");
        assert_eq!(delete.status, 409, "{}", delete.text());
        let read = place.admin.get(&story.at("")).expect(200);
        let moved = json!({"due_on": "2027-01-31"});
        place.admin.patch(&story.at(""), &read.etag(), &moved).problem(409, "reason_required");
        place.admin.post(&story.at("/cancel"), &json!({"reason": "Given up."})).expect(200);
        let log = place.admin.get(&story.at("/history")).expect(200).text();
        assert!(log.contains("Given up."), "{log}");
    });
}

#[test]
fn what_answers_for_an_active_outcome_is_one_at_every_instant() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        let second = json!({"part": "accountable", "person_id": story.person, "from": "2026-06-01"});
        place.admin.post(&story.at("/responsibilities"), &second).problem(409, "accountability_overlap");
        let all = place.admin.get(&story.at("/responsibilities")).expect(200).json();
        let accountable = all["data"].as_array().and_then(|all| all.iter().find(|one| one["part"] == "accountable"));
        let id = accountable.and_then(|one| one["id"].as_str()).expect("an accountable").to_owned();
        let path = story.at(&format!("/responsibilities/{id}"));
        place.admin.delete(&path, "*").problem(409, "accountability_gap");
        let handover = json!({"part": "accountable", "at": "2026-07-01", "to": {"person_id": story.person}});
        place.admin.post(&story.at("/handover"), &handover).expect(200);
        for (day, via) in [("2026-06-30", "holder"), ("2026-07-01", "")] {
            let progress = place.admin.get(&story.at(&format!("/progress?as_of={day}"))).expect(200).json();
            let accountable = &progress["accountable"];
            assert_eq!(accountable["person"]["id"], *story.person, "{day}: {accountable}");
            assert!(via.is_empty() || accountable["via"] == via, "{day}: {accountable}");
        }
    });
}

#[test]
fn alignments_do_not_go_round_in_a_circle() {
    on_both(|place| {
        let story = Story::begin(place);
        let made = |title: &str| place.admin.post("/v1/outcomes", &outcome(title, &story.theme)).expect(201).id();
        let ids = [story.outcome.clone(), made("b"), made("c")];
        let align = |child: &str, parent: &str| {
            place.admin.put(&format!("/v1/outcomes/{child}/parents/{parent}"), &json!({"kind": "contributes"}))
        };
        assert!(align(&ids[0], &ids[1]).status < 300);
        assert!(align(&ids[1], &ids[2]).status < 300);
        let problem = align(&ids[2], &ids[0]).problem(409, "alignment_cycle");
        assert!(ids.iter().all(|id| problem["detail"].as_str().is_some_and(|detail| detail.contains(id))), "{problem}");
        align(&ids[0], &ids[0]).problem(409, "alignment_cycle");
        // A part of a part is under its parent on the board, and counts through it.
        let board = place.admin.get("/v1/board").expect(200).json();
        let top = &board["themes"][0]["outcomes"];
        assert_eq!(top.as_array().map(Vec::len), Some(1), "{top}");
        assert_eq!(top[0]["children"][0]["children"][0]["id"], *ids[0], "{top}");
    });
}

#[test]
fn outcomes_are_found_by_what_they_say_and_what_they_are() {
    on_both(|place| {
        let story = Story::begin(place);
        let mut other = outcome("Élan for the Ünïted", &story.theme);
        other["tags"] = json!(["north"]);
        other["category"] = json!("growth");
        let other = place.admin.post("/v1/outcomes", &other).expect(201).id();
        story.activate(place);
        let cases = [
            ("q=elan", vec![&other]),
            ("q=UNITED", vec![&other]),
            ("q=nowhere", vec![]),
            ("tag=north", vec![&other]),
            ("category=growth", vec![&other]),
            ("state=active", vec![&story.outcome]),
            ("state=draft", vec![&other]),
        ];
        for (query, expected) in cases {
            let found = place.admin.get(&format!("/v1/outcomes?{query}")).expect(200).json();
            let ids: Vec<_> = found["data"].as_array().into_iter().flatten().map(|one| one["id"].to_string()).collect();
            let expected: Vec<_> = expected.iter().map(|id| format!("\"{id}\"")).collect();
            assert_eq!(ids, expected, "{query}");
        }
        let of_theme = place.admin.get(&format!("/v1/outcomes?theme={}", story.theme)).expect(200).json();
        assert_eq!(of_theme["data"].as_array().map(Vec::len), Some(2));
        place.admin.get("/v1/outcomes?state=lost").problem(400, "invalid_parameter");
        place.admin.get("/v1/outcomes?theme=thm_1").problem(400, "invalid_parameter");
    });
}
