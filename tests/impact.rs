//! What if someone leaves: what would be lost, who could take it over, and the plan that hands it over in one step.

use serde_json::{Value, json};

use crate::server::{Place, on_both};
use crate::story::Story;

/// A second person, and one more who has nothing to do with it.
fn others(place: &Place) -> (String, String) {
    let made =
        |name: &str| place.admin.post("/v1/people", &json!({"name": name, "joined_on": "2020-01-01"})).expect(201).id();
    (made("Grace Hopper"), made("Mary Somerville"))
}

fn of_person(place: &Place, story: &Story, query: &str) -> Value {
    place.admin.get(&format!("/v1/people/{}/impact{query}", story.person)).expect(200).json()
}

#[test]
fn who_leaves_leaves_gaps_that_the_plan_fills_in_one_step() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        let (grace, _) = others(place);
        let deputy = json!({"person_id": grace, "kind": "successor", "readiness": "now"});
        place.admin.post(&format!("/v1/roles/{}/assignments", story.role), &deputy).expect(201);
        let found = of_person(place, &story, "");
        assert_eq!(found["outcomes"][0]["outcome_id"], *story.outcome, "{found}");
        assert_eq!(found["outcomes"][0]["parts"][0]["gap"], "role_vacant");
        assert_eq!(found["stake"], 1.0);
        assert_eq!(found["roles"][0]["vacant"], true);
        let cover = &found["roles"][0]["cover"][0];
        assert_eq!(
            (&cover["person_id"], &cover["by"], &cover["readiness"]),
            (&json!(grace), &json!("successor"), &json!("now"))
        );

        let path = format!("/v1/people/{}/handover", story.person);
        // Without anyone to take it over, the plan is refused, and the refusal names when and what.
        let gap = place.admin.post(&path, &json!({"at": found["from"]})).problem(409, "accountability_gap");
        let detail = gap["detail"].as_str().unwrap_or_default().to_owned();
        assert!(
            detail.contains(&story.outcome) && detail.contains(found["from"].as_str().expect("an instant")),
            "{detail}"
        );

        // A dry run keeps nothing, and says what it would resolve.
        let mut plan = found["plan"].clone();
        let preview = place.admin.post(&format!("{path}?validate_only=true"), &plan).expect(200).json();
        assert_eq!(preview["status"], 200, "{preview}");
        assert_eq!(of_person(place, &story, "")["stake"], 1.0);

        plan["reason"] = json!("Ada retires.");
        plan["at"] = json!("2026-01-01");
        let done = place.admin.post(&path, &plan).expect(200).json();
        assert_eq!(done["began_assignments"][0]["person_id"], *grace, "{done}");
        let accountable = place.admin.get(&story.at("/progress")).expect(200).json()["accountable"].clone();
        assert_eq!(accountable["person"]["id"], *grace, "{accountable}");
        let after = of_person(place, &story, "");
        assert_eq!((&after["stake"], &after["outcomes"]), (&json!(0.0), &json!([])), "{after}");
        // Now she can go without a finding of accountability.
        place.admin.post(&format!("/v1/people/{}/deactivate", story.person), &json!({})).expect(200);
        let rules = ["no_accountable", "role_vacant", "holder_inactive", "no_responsible"];
        for rule in rules {
            let found = place.admin.get(&format!("/v1/findings?rule={rule}")).expect(200).json();
            assert_eq!(found["data"], json!([]), "{rule}");
        }
    });
}

#[test]
fn what_bears_a_name_passes_to_another_and_a_plan_names_what_is_there() {
    on_both(|place| {
        let story = Story::begin(place);
        let (grace, mary) = others(place);
        for part in ["accountable", "responsible"] {
            let named = json!({"part": part, "person_id": grace, "from": "2026-01-01"});
            place.admin.post(&story.at("/responsibilities"), &named).expect(201);
        }
        place.admin.post(&story.at("/activate"), &json!({"effective_from": "2026-01-01"})).expect(200);
        let found = place.admin.get(&format!("/v1/people/{grace}/impact?leaves_on=2099-06-30")).expect(200).json();
        assert_eq!(found["from"], "2099-06-30T23:00:00Z");
        assert_eq!(found["outcomes"][0]["parts"][0]["gap"], "holder_inactive", "{found}");
        assert_eq!(found["plan"]["responsibilities"].as_array().map(Vec::len), Some(2), "{found}");
        let path = format!("/v1/people/{grace}/handover");
        let mut plan = found["plan"].clone();
        for one in plan["responsibilities"].as_array_mut().expect("responsibilities") {
            one["person_id"] = json!(mary);
        }
        let mut wrong = plan.clone();
        wrong["responsibilities"][1]["responsibility_id"] = wrong["responsibilities"][0]["responsibility_id"].clone();
        let problem = place.admin.post(&path, &wrong).problem(409, "rule_broken");
        assert_eq!(problem["errors"][0]["pointer"], "/responsibilities/1/responsibility_id", "{problem}");
        place.admin.post(&path, &plan).expect(200);
        let coming = place.admin.get(&story.at("/responsibilities?phase=coming")).expect(200).json();
        assert_eq!(coming["data"].as_array().map(Vec::len), Some(2), "{coming}");
        assert!(coming["data"].as_array().is_some_and(|all| all.iter().all(|one| one["person_id"] == *mary)));
        // One who has no part by then has nothing to hand over.
        place.admin.post(&path, &plan).problem(409, "rule_broken");
    });
}

#[test]
fn a_role_that_ceases_hands_what_names_it_to_who_holds_it() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        let found = place.admin.get(&format!("/v1/roles/{}/impact", story.role)).expect(200).json();
        assert_eq!(found["outcomes"][0]["parts"][0]["gap"], "no_accountable", "{found}");
        assert_eq!(found["outcomes"][0]["parts"][0]["cover"][0]["by"], "holder");
        place.admin.post(&format!("/v1/roles/{}/handover", story.role), &found["plan"]).expect(200);
        let path = format!("/v1/roles/{}/impact?ends_on=2099-01-01", story.role);
        assert_eq!(place.admin.get(&path).expect(200).json()["stake"], 0.0);
    });
}

#[test]
fn a_question_about_someone_of_another_organization_is_not_found() {
    on_both(|place| {
        let story = Story::begin(place);
        let other = place.server.found();
        for path in [
            format!("/v1/people/{}/impact", story.person),
            format!("/v1/roles/{}/impact", story.role),
            format!("/v1/roles/{}/candidates", story.role),
            story.at("/skills"),
        ] {
            place.admin.get(&path).expect(200);
            other.admin.get(&path).problem(404, "not_found");
        }
        other.admin.post(&format!("/v1/people/{}/handover", story.person), &json!({})).problem(404, "not_found");
        other.admin.post(&format!("/v1/roles/{}/handover", story.role), &json!({})).problem(404, "not_found");
        other.admin.post(&format!("/v1/people/{}/reactivate", story.person), &json!({})).problem(404, "not_found");
    });
}

#[test]
fn who_may_not_see_people_asks_no_question_about_them() {
    on_both(|place| {
        let story = Story::begin(place);
        let key = json!({"name": "a script", "scopes": ["read"]});
        let made = place.admin.post("/v1/api-keys", &key).expect(201).text();
        let reader = place.admin.with_token(made.split('"').find(|part| part.starts_with("remit_")).expect("a secret"));
        reader.get(&format!("/v1/people/{}/impact", story.person)).problem(403, "forbidden");
        reader.get(&format!("/v1/roles/{}/candidates", story.role)).problem(403, "forbidden");
        reader.get("/v1/coverage/skills").expect(200);
        let skill = place.admin.post("/v1/skills", &json!({"name": "statistics"})).expect(201).id();
        let asks = json!({"skills": [{"skill_id": skill, "level": "working", "must": true}]});
        place.admin.patch(&story.at(""), "*", &asks).expect(200);
        story.activate(place);
        let path = story.at("/skills");
        assert_eq!(reader.get(&path).expect(200).json()["skills"][0].get("holder_ids"), None);
        assert_eq!(place.admin.get(&path).expect(200).json()["skills"][0]["holder_ids"], json!([]));
    });
}

#[test]
fn skills_that_are_asked_for_are_counted_over_the_organization() {
    on_both(|place| {
        let story = Story::begin(place);
        let (grace, mary) = others(place);
        let skill = place.admin.post("/v1/skills", &json!({"name": "=statistics"})).expect(201).id();
        let asks = json!({"skills": [{"skill_id": skill, "level": "practitioner", "must": true, "weight": 2}]});
        place.admin.patch(&format!("/v1/roles/{}", story.role), "*", &asks).expect(200);
        let master = |person: &str, level: &str| {
            let held = json!({"skill_id": skill, "level": level, "from": "2026-01-01"});
            place.admin.post(&format!("/v1/people/{person}/skills"), &held).expect(201);
        };
        master(&grace, "expert");
        master(&mary, "awareness");
        let list = place.admin.get(&format!("/v1/roles/{}/candidates", story.role)).expect(200).json();
        let shown: Vec<_> = list["data"]
            .as_array()
            .expect("people")
            .iter()
            .map(|one| (one["fit"].as_f64(), one["ready"].as_bool()))
            .collect();
        assert_eq!(shown, [(Some(1.0), Some(true)), (Some(0.3333), Some(false)), (Some(0.0), Some(false))], "{list}");
        assert_eq!(list["data"][2]["kind"], "holder");
        assert_eq!(list["data"][1]["missing"][0]["skill_id"], *skill);
        let ready =
            place.admin.get(&format!("/v1/roles/{}/candidates?ready=true&limit=1", story.role)).expect(200).json();
        assert_eq!((&ready["data"][0]["person_id"], ready.get("next")), (&json!(grace), None), "{ready}");

        let skills = place.admin.get("/v1/coverage/skills?gap=true").expect(200).json();
        let one = &skills["data"][0];
        assert_eq!(
            (&one["roles"], &one["holders"], &one["masters"], &one["gaps"]),
            (&json!(1), &json!(2), &json!(1), &json!(1)),
            "{one}"
        );
        assert_eq!(one["single_point_of_failure"], true);
        let table =
            place.admin.ask("GET", "/v1/coverage/skills").header("accept", "text/csv").send().expect(200).text();
        assert!(table.starts_with("skill_id,name,roles,outcomes,") && table.contains(",'=statistics,1,0,"), "{table}");
    });
}

#[test]
fn who_comes_back_is_active_and_holds_what_is_given_again() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        place.admin.post(&format!("/v1/people/{}/deactivate", story.person), &json!({})).expect(200);
        let vacant =
            || place.admin.get("/v1/findings?rule=role_vacant").expect(200).json()["data"].as_array().map(Vec::len);
        assert_eq!(vacant(), Some(1));
        let path = format!("/v1/people/{}/reactivate", story.person);
        let back = place.admin.post(&path, &json!({})).expect(200).json();
        assert_eq!((&back["active"], back.get("left_on")), (&json!(true), None), "{back}");
        // What ended stays ended, until it is given again.
        assert_eq!(vacant(), Some(1));
        place
            .admin
            .post(&format!("/v1/roles/{}/assignments", story.role), &json!({"person_id": story.person}))
            .expect(201);
        assert_eq!(vacant(), Some(0));
        // Who is back is not brought back again.
        let again = place.admin.post(&path, &json!({})).expect(200).json();
        assert_eq!(again["version"], back["version"]);
    });
}
