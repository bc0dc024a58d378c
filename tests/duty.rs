//! Duties: what a person owes, in one list, and who may see it.

use serde_json::{Value, json};

use crate::client::Client;
use crate::server::{Place, on_both};
use crate::story::{Story, outcome};

fn as_person(place: &Place, person: &str, scope: &str) -> Client {
    place.admin.with_token(place.token_of(person, scope))
}

fn of(person: &str) -> String {
    format!("/v1/people/{person}/duties")
}

fn kinds(page: &Value) -> Vec<String> {
    let data = page["data"].as_array().cloned().unwrap_or_default();
    data.iter().map(|duty| duty["kind"].as_str().unwrap_or_default().to_owned()).collect()
}

fn person(place: &Place, name: &str) -> String {
    place.admin.post("/v1/people", &json!({"name": name})).expect(201).id()
}

#[test]
fn one_list_says_what_a_person_owes_with_its_day() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        story.observe(place, &[("2026-01-31", 190.0)]);
        let child = place.admin.post("/v1/outcomes", &outcome("Ambulances come sooner", &story.theme)).expect(201).id();
        let depends = format!("/v1/outcomes/{child}/parents/{}", story.outcome);
        place.admin.put(&depends, &json!({"kind": "depends_on"})).expect(201);
        let list = of(&story.person);
        let page = place.admin.get(&list).expect(200).json();
        for kind in ["check_in", "record_measure", "confirm_dependency", "finding"] {
            assert!(kinds(&page).iter().any(|known| known == kind), "{kind}: {page}");
        }
        let value = place.admin.get(&format!("{list}?kind=record_measure")).expect(200).json();
        assert_eq!(kinds(&value), ["record_measure"]);
        let value = &value["data"][0];
        assert_eq!((&value["subject_kind"], &value["subject_id"]), (&json!("measure"), &json!(story.measure)));
        assert_eq!((&value["measure_id"], &value["outcome_id"]), (&json!(story.measure), &json!(story.outcome)));
        assert_eq!((&value["due_on"], &value["title"]), (&json!("2026-03-03"), &json!("Deaths a year")));
        let depending = place.admin.get(&format!("{list}?kind=confirm_dependency")).expect(200).json();
        assert_eq!(depending["data"][0]["subject_id"], *child, "the one that depends");
        assert_eq!(depending["data"][0]["outcome_id"], *story.outcome);
        let found = place.admin.get(&format!("{list}?kind=finding")).expect(200).json();
        assert!(found["data"][0]["rule"].is_string() && found["data"][0]["severity"].is_string(), "{found}");
        assert!(found["data"][0].get("due_on").is_none());

        let confirmed = json!({"kind": "depends_on", "confirmed_by": story.person});
        let etag = place.admin.get(&format!("/v1/outcomes/{child}/parents")).expect(200).json();
        assert_eq!(etag["data"].as_array().map(Vec::len), Some(1));
        place.admin.put(&depends, &confirmed).expect(200);
        let page = place.admin.get(&format!("{list}?kind=confirm_dependency")).expect(200).json();
        assert_eq!(page["data"], json!([]), "it has been confirmed");

        let first = place.admin.get(&format!("{list}?limit=1")).expect(200).json();
        let next = first["next"].as_str().expect("more of them");
        let second = place.admin.get(&format!("{list}?limit=1&after={next}")).expect(200).json();
        assert_ne!(first["data"], second["data"]);
        let csv = place.admin.ask("GET", &list).header("Accept", "text/csv").send().expect(200).text();
        assert!(
            csv.starts_with(
                "kind,subject_kind,subject_id,outcome_id,measure_id,milestone_id,title,due_on,overdue_days"
            ),
            "{csv}"
        );
    });
}

#[test]
fn duties_are_those_of_the_state_that_is_asked_for() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        story.observe(place, &[("2026-01-31", 190.0)]);
        let revision = place.admin.revision();
        story.observe(place, &[("2026-05-31", 180.0)]);
        let value = |query: &str| {
            let page = place.admin.get(&format!("{}?kind=record_measure{query}", of(&story.person))).expect(200).json();
            (page["data"][0]["due_on"].clone(), page["data"][0]["overdue_days"].clone())
        };
        assert_eq!(value("").0, "2026-07-01");
        assert_eq!(value(&format!("&known_at={revision}")).0, "2026-03-03", "as was known then");
        assert_eq!(value("&as_of=2026-06-30"), (json!("2026-07-01"), json!(-1)));
    });
}

#[test]
fn a_check_in_is_acknowledged_or_owed() {
    on_both(|place| {
        let story = Story::begin(place);
        let manager = person(place, "Grace Hopper");
        let ada = format!("/v1/people/{}", story.person);
        let etag = place.admin.get(&ada).expect(200).etag();
        place.admin.patch(&ada, &etag, &json!({"manager_id": manager})).expect(200);
        story.activate(place);
        let author = as_person(place, &story.person, "read outcomes:write");
        let begun = author.post(&story.at("/check-ins"), &json!({"reported_status": "on_track"})).expect(201);
        author.ask("POST", &format!("{}/publish", begun.location())).send().expect(200);
        let reviewer = as_person(place, &manager, "read");
        let page = reviewer.get(&of(&manager)).expect(200).json();
        assert_eq!(kinds(&page), ["acknowledge_check_in"]);
        assert_eq!(page["data"][0]["subject_id"], *begun.id());
        let me = reviewer.get("/v1/me").expect(200).json();
        assert_eq!((&me["duties"], &me["duties_count"]), (&page["data"], &json!(1)));
        reviewer.post(&format!("{}/acknowledge", begun.location()), &json!({})).expect(200);
        assert_eq!(reviewer.get(&of(&manager)).expect(200).json()["data"], json!([]));
        assert_eq!(reviewer.get("/v1/me").expect(200).json()["duties_count"], 0);
    });
}

#[test]
fn duties_are_seen_by_who_may_read_of_people_by_oneself_and_by_who_leads() {
    on_both(|place| {
        let story = Story::begin(place);
        let (lead, peer) = (person(place, "Grace Hopper"), person(place, "Mary Somerville"));
        let above = place.admin.post("/v1/teams", &json!({"name": "Transport"})).expect(201).id();
        let team = json!({"name": "Roads", "parent_id": above});
        let team = place.admin.post("/v1/teams", &team).expect(201).id();
        let members = format!("/v1/teams/{team}/members");
        for (who, part) in [(&lead, "lead"), (&peer, "member"), (&story.person, "member")] {
            let document = json!({"person_id": who, "part": part, "from": "2026-01-01"});
            place.admin.post(&members, &document).expect(201);
        }
        let list = of(&story.person);
        as_person(place, &story.person, "read").get(&list).expect(200);
        as_person(place, &lead, "read").get(&list).expect(200);
        let higher = person(place, "Ada Byron");
        as_person(place, &higher, "read").get(&list).problem(403, "forbidden");
        let leads = json!({"person_id": higher, "part": "lead", "from": "2026-01-01"});
        place.admin.post(&format!("/v1/teams/{above}/members"), &leads).expect(201);
        as_person(place, &higher, "read").get(&list).expect(200);
        as_person(place, &peer, "read people:read").get(&list).expect(200);
        // The answers above are kept: who asks is looked at first all the same.
        as_person(place, &peer, "read").get(&list).problem(403, "forbidden");
        place.admin.with_token(place.token("read")).get(&list).problem(403, "forbidden");
        as_person(place, &story.person, "observations:write").get(&list).problem(403, "forbidden");
        let me = as_person(place, &story.person, "observations:write").get("/v1/me").expect(200).json();
        assert!(me.get("duties").is_none(), "what may not be read is not shown: {me}");
        let tool = place.admin.with_token(place.token("read")).get("/v1/me").expect(200).json();
        assert!(tool.get("duties").is_none(), "nobody owes nothing: {tool}");
    });
}

#[test]
fn the_duties_of_another_organization_are_not_there() {
    on_both(|place| {
        let story = Story::begin(place);
        let neighbour = place.server.found();
        neighbour.admin.get(&of(&story.person)).problem(404, "not_found");
        neighbour.admin.get("/v1/people/psn_00000000000000000000000000/duties").problem(404, "not_found");
        neighbour.admin.get("/v1/people/nobody/duties").problem(404, "not_found");
    });
}
