//! Outcomes, from draft to result; and that exactly one answers for an active one, at every instant.

use crate::client::Client;
use crate::server::{Place, number, on_both};
use crate::story::{Story, outcome};
use serde_json::{Value, json};

/// An outcome with a measure, due at the end of 2026, and two roles of one seat.
pub struct Scene {
    /// The path of the outcome.
    pub outcome: String,
    /// The key of its measure.
    pub key: String,
    /// The path of its measure.
    pub measure: String,
    /// The ids of the roles; Ada holds the first.
    pub roles: [String; 2],
    /// The id of her assignment.
    pub assignment: String,
}

impl Scene {
    /// Everything but responsibilities, and a holder for the first role.
    pub fn draft(admin: &Client) -> Self {
        Self::draft_in(admin, &json!(null))
    }

    /// The same in a theme.
    fn draft_in(admin: &Client, theme: &Value) -> Self {
        let document = json!({
            "title": "More revenue", "start_on": "2026-01-01", "due_on": "2026-12-31", "theme_id": theme
        });
        let outcome = admin.post("/v1/outcomes", &document).expect(201).location();
        let key = format!("revenue.{}", number());
        let measure = json!({"key": key, "name": "Revenue", "kind": "increase", "baseline": 100, "target": 200});
        let measure = admin.post(&format!("{outcome}/measures"), &measure).expect(201).location();
        let role = |title: &str| admin.post("/v1/roles", &json!({"title": title})).expect(201).id();
        let roles = [role("Head of sales"), role("Head of finance")];
        let ada = admin.post("/v1/people", &json!({"name": "Ada"})).expect(201).id();
        let assignment = json!({"person_id": ada, "kind": "holder", "from": "2026-01-01"});
        let assignment = admin.post(&format!("/v1/roles/{}/assignments", roles[0]), &assignment).expect(201).id();
        Self { outcome, key, measure, roles, assignment }
    }

    /// With one role accountable and the other responsible, active since the first day of 2026.
    pub fn active(admin: &Client) -> Self {
        Self::active_in(admin, &json!(null))
    }

    /// The same in a theme.
    pub fn active_in(admin: &Client, theme: &Value) -> Self {
        let scene = Self::draft_in(admin, theme);
        scene.give(admin, "accountable", 0).expect(201);
        scene.give(admin, "responsible", 1).expect(201);
        let activation = json!({"effective_from": "2026-01-01"});
        let active = admin.post(&format!("{}/activate", scene.outcome), &activation).expect(200).json();
        assert_eq!(active["state"], "active");
        assert_eq!(active["active_from"], "2026-01-01T00:00:00Z");
        scene
    }

    fn give(&self, admin: &Client, part: &str, role: usize) -> crate::client::Answer {
        let document = json!({"part": part, "role_id": self.roles[role], "from": "2026-01-01"});
        admin.post(&format!("{}/responsibilities", self.outcome), &document)
    }
}

fn codes(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().into_iter().flatten().filter_map(|error| error["code"].as_str()).collect()
}

#[test]
fn an_outcome_becomes_active_when_no_error_stands_against_it() {
    on_both(|Place { admin, .. }| {
        let document = json!({"title": "Someone is better off"});
        let outcome = admin.post("/v1/outcomes", &document).expect(201).location();
        let problem = admin.post(&format!("{outcome}/activate"), &json!({})).problem(409, "findings_stand");
        let mut rules = codes(&problem);
        rules.sort_unstable();
        assert_eq!(rules, ["no_accountable", "no_due_date", "no_measure", "no_responsible"]);
        assert_eq!(admin.get(&outcome).expect(200).json()["state"], "draft");

        let scene = Scene::active(admin);
        admin.post(&format!("{}/propose", scene.outcome), &json!({})).problem(409, "wrong_state");
        assert_eq!(admin.get("/v1/findings?severity=error").expect(200).json()["counts"], json!([]));
        // Life goes on: who leaves is never stopped by a rule, but the gap is found.
        admin.delete(&format!("/v1/assignments/{}", scene.assignment), "*").expect(204);
        let findings = admin.get("/v1/findings?severity=error").expect(200).json();
        assert_eq!(findings["counts"][0]["rule"], "role_vacant", "{findings}");
    });
}

#[test]
fn an_active_outcome_always_has_one_accountable() {
    on_both(|Place { admin, .. }| {
        let scene = Scene::active(admin);
        let responsibilities = format!("{}/responsibilities", scene.outcome);
        let second = json!({"part": "accountable", "role_id": scene.roles[1], "from": "2026-06-01"});
        let problem = admin.post(&responsibilities, &second).problem(409, "accountability_overlap");
        assert!(
            problem["detail"].as_str().is_some_and(|detail| detail.contains("[2026-05-31T23:00:00Z, open)")),
            "{problem}"
        );

        let all = admin.get(&responsibilities).expect(200).json();
        for one in all["data"].as_array().expect("a list") {
            let path = format!("{responsibilities}/{}", one["id"].as_str().unwrap_or_default());
            let code = if one["part"] == "accountable" { "accountability_gap" } else { "no_responsible" };
            admin.delete(&path, "*").problem(409, code);
        }
        let role = format!("/v1/roles/{}", scene.roles[0]);
        admin.patch(&role, "*", &json!({"seats_max": 2})).problem(409, "accountability_overlap");

        let handover = json!({
            "part": "accountable", "to": {"role_id": scene.roles[1]}, "at": "2026-06-01", "reason": "A new head."
        });
        admin.post(&format!("{}/handover", scene.outcome), &handover).expect(200);
        let count = |query: &str| {
            let page = admin.get(&format!("{responsibilities}?part=accountable&{query}")).expect(200).json();
            page["data"].as_array().map(|all| (all.len(), all.first().map(|one| one["role_id"].clone())))
        };
        assert_eq!(count("as_of=2026-05-31"), Some((1, Some(json!(scene.roles[0])))));
        assert_eq!(count("as_of=2026-06-01"), Some((1, Some(json!(scene.roles[1])))));
    });
}

#[test]
fn a_due_date_that_was_promised_moves_with_a_reason_only() {
    on_both(|Place { admin, .. }| {
        let scene = Scene::active(admin);
        let later = json!({"due_on": "2027-12-31"});
        admin.patch(&scene.outcome, "*", &later).problem(409, "reason_required");
        let later = json!({"due_on": "2027-12-31", "change_reason": "The market is late."});
        let moved = admin.patch(&scene.outcome, "*", &later).expect(200).json();
        assert_eq!(moved["due_on"], "2027-12-31");
        assert_eq!(moved.get("change_reason"), None, "a reason stands in the log, not in the outcome");
        let history = admin.get(&format!("{}/history", scene.outcome)).expect(200).json();
        let last = history["data"].as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
        assert_eq!(last["record"]["change_reason"], "The market is late.");

        admin.patch(&scene.measure, "*", &json!({"target": 150})).problem(409, "reason_required");
        let revision = json!({"to": {"baseline": 100, "target": 150}, "reason": "The market has shrunk."});
        admin.post(&format!("{}/revisions", scene.measure), &revision).expect(201);
        assert_eq!(admin.get(&scene.measure).expect(200).json()["target"], 150);
    });
}

#[test]
fn a_closed_outcome_keeps_its_progress_and_takes_corrections_with_a_reason_only() {
    on_both(|Place { admin, .. }| {
        let scene = Scene::active(admin);
        let point = |value: f64, on: &str| json!({"measure": scene.key, "observed_at": on, "value": value});
        admin.post("/v1/observations", &point(150.0, "2026-03-31")).expect(200);
        let closing = json!({"result": "partly", "score": 0.5});
        admin.post(&format!("{}/close", scene.outcome), &closing).expect(200);

        admin.post("/v1/observations", &point(200.0, "2026-04-30")).problem(409, "closed");
        admin.post("/v1/observations", &point(160.0, "2026-03-31")).problem(409, "closed");
        admin.delete(&scene.measure, "*").problem(409, "conflict");
        admin.post("/v1/observations?reason=A%20late%20invoice", &point(160.0, "2026-03-31")).expect(200);
        let progress = admin.get(&format!("{}/progress", scene.outcome)).expect(200).json();
        assert_eq!((&progress["progress"], &progress["result"]), (&json!(50.0), &json!("partly")));

        admin.post(&format!("{}/reopen", scene.outcome), &json!({"reason": "Too early."})).expect(200);
        let progress = admin.get(&format!("{}/progress", scene.outcome)).expect(200).json();
        assert_eq!(progress["progress"], json!(60.0));
        admin.delete(&scene.outcome, "*").problem(409, "wrong_state");
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
            let ids: Vec<_> = found["data"].as_array().into_iter().flatten().map(|one| one["id"].clone()).collect();
            let expected: Vec<_> = expected.into_iter().map(|id| json!(id)).collect();
            assert_eq!(ids, expected, "{query}");
        }
        let of_theme = place.admin.get(&format!("/v1/outcomes?theme={}", story.theme)).expect(200).json();
        assert_eq!(of_theme["data"].as_array().map(Vec::len), Some(2));
        place.admin.get("/v1/outcomes?state=lost").problem(400, "invalid_parameter");
        place.admin.get("/v1/outcomes?theme=thm_1").problem(400, "invalid_parameter");
    });
}
