//! Briefings: what people are told, to whom, and who has read and understood it.

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::server::{Place, on_both};
use crate::story::Story;

/// A company of two teams: Ada and Bob in sales, which Grace leads, and Eve in the depot.
struct Company {
    story: Story,
    sales: String,
    ada: String,
    bob: String,
    eve: String,
    grace: String,
}

fn found(place: &Place) -> Company {
    let story = Story::begin(place);
    let made = |path: &str, document: Value| place.admin.post(path, &document).expect(201).id();
    let [bob, eve, grace] =
        ["Bob", "Eve", "Grace"].map(|name| made("/v1/people", json!({"name": name, "joined_on": "2020-01-01"})));
    let ada = story.person.clone();
    let sales = made("/v1/teams", json!({"name": "Sales"}));
    let depot = made("/v1/teams", json!({"name": "Depot"}));
    let members =
        [(&sales, &ada, "member"), (&sales, &bob, "member"), (&sales, &grace, "lead"), (&depot, &eve, "member")];
    for (team, person, part) in members {
        made(&format!("/v1/teams/{team}/members"), json!({"person_id": person, "part": part, "from": "2026-01-01"}));
    }
    Company { story, sales, ada, bob, eve, grace }
}

fn as_person(place: &Place, person: &str, scope: &str) -> Client {
    place.admin.with_token(place.token_of(person, scope))
}

fn reader(place: &Place, person: &str) -> Client {
    as_person(place, person, "read")
}

fn begin(client: &Client, document: Value) -> String {
    client.post("/v1/briefings", &document).expect(201).location()
}

fn publish(client: &Client, briefing: &str) -> Answer {
    client.ask("POST", &format!("{briefing}/publish")).send()
}

fn acknowledge(client: &Client, briefing: &str, document: &Value) -> Answer {
    client.post(&format!("{briefing}/acknowledge"), document)
}

fn mission_briefing() -> Value {
    json!({
        "about": "mission", "title": "Why we are here", "body": "We bring **everyone** home.", "to_everyone": true,
        "question": "Whom do we bring home?", "choices": ["Drivers", "Everyone"], "answer": 1,
    })
}

fn understanding(client: &Client, query: &str) -> Value {
    client.get(&format!("/v1/coverage/understanding{query}")).expect(200).json()
}

#[test]
fn a_briefing_is_drafted_published_to_readers_who_are_fixed_and_then_stays_as_it_is() {
    on_both(|place| {
        let Company { sales, ada, bob, grace, .. } = found(place);
        let lead = as_person(place, &grace, "read outcomes:write");
        let document = json!({"about": "free", "title": "News", "body": "# News", "to_team_ids": [sales]});
        let begun = lead.post("/v1/briefings", &document).expect(201);
        let (draft, path) = (begun.json(), begun.location());
        assert_eq!((&draft["state"], &draft["author_id"]), (&json!("draft"), &json!(grace)));
        let reaches = lead.get(&format!("{path}/audience")).expect(200).json();
        let of = |list: &Value| {
            let rows = list["data"].as_array().cloned().unwrap_or_default();
            rows.iter().map(|one| (one["person_id"].clone(), one["state"].clone())).collect::<Vec<_>>()
        };
        let mut two = [ada.clone(), bob.clone()];
        two.sort();
        assert_eq!(of(&reaches), two.clone().map(|id| (json!(id), Value::Null)), "its author need not read it");

        let changed =
            lead.patch(&path, &begun.etag(), &json!({"title": "Old news", "due_on": "2999-12-31"})).expect(200);
        assert_eq!((&changed.json()["title"], &changed.json()["body"]), (&json!("Old news"), &json!("# News")));
        let published = publish(&lead, &path).expect(200);
        let (text, etag) = (published.text(), published.etag());
        assert_eq!((&published.json()["state"], &published.json()["readers"]), (&json!("published"), &json!(2)));

        let newcomer = place.admin.post("/v1/people", &json!({"name": "Zoe"})).expect(201).id();
        let member = json!({"person_id": newcomer, "part": "member", "from": "2026-01-01"});
        place.admin.post(&format!("/v1/teams/{sales}/members"), &member).expect(201);
        let readers = lead.get(&format!("{path}/audience")).expect(200).json();
        assert_eq!(of(&readers), two.map(|id| (json!(id), json!("asked"))), "who came later was not asked");

        lead.patch(&path, &etag, &json!({"title": "Other"})).problem(409, "published");
        lead.delete(&path, &etag).problem(409, "published");
        publish(&lead, &path).problem(409, "published");
        assert_eq!(lead.get(&path).expect(200).text(), text);
        let listed = |query: &str| lead.get(&format!("/v1/briefings?{query}")).expect(200).json()["data"].clone();
        assert_eq!(listed(&format!("reader={ada}")), json!([published.json()]));
        assert_eq!(listed(&format!("reader={newcomer}")), json!([]));
        assert_eq!(listed(&format!("author={grace}&about=free&state=published")), json!([published.json()]));
        assert_eq!(listed("state=draft"), json!([]));
    });
}

#[test]
fn the_right_answer_is_learnt_neither_by_trying_nor_from_the_log() {
    on_both(|place| {
        let Company { ada, .. } = found(place);
        let path = begin(&place.admin, mission_briefing());
        publish(&place.admin, &path).expect(200);
        let me = reader(place, &ada);
        for answer in [0, 1] {
            let tried = me.post(&format!("{path}/acknowledge?validate_only=true"), &json!({"answer": answer}));
            let tried = tried.expect(200).json()["answer"].clone();
            assert_eq!((&tried["state"], tried.get("correct")), (&json!("acknowledged"), None), "{tried}");
        }
        let given = acknowledge(&me, &path, &json!({"answer": 0})).expect(200).json();
        assert_eq!(given["correct"], json!(false));
        let again = me.post(&format!("{path}/acknowledge?validate_only=true"), &json!({"answer": 1})).expect(200);
        assert_eq!(again.json()["answer"]["correct"], json!(false), "the first answer stands");
        let log = place.admin.get("/v1/changes?limit=200").expect(200).json();
        let entries = log["data"].as_array().cloned().unwrap_or_default();
        let told: Vec<_> = entries.iter().filter(|one| one["record"]["question"].is_object()).collect();
        assert!(!told.is_empty(), "{log}");
        assert!(told.iter().all(|one| one["record"]["question"].get("answer").is_none()), "{told:?}");
        assert_eq!(place.admin.get("/v1/changes/verify").expect(200).json()["fault"], Value::Null);
    });
}

#[test]
fn readers_see_and_acknowledge_once_and_nobody_else_does() {
    on_both(|place| {
        let Company { sales, ada, bob, eve, .. } = found(place);
        let admin = &place.admin;
        let document = json!({"about": "free", "title": "News", "body": "News", "to_team_ids": [sales]});
        let path = begin(admin, document);
        acknowledge(&reader(place, &ada), &path, &json!({})).problem(409, "wrong_state");
        publish(admin, &path).expect(200);

        let me = reader(place, &ada);
        let seen = me.post(&format!("{path}/see"), &json!({})).expect(200).json();
        assert_eq!((&seen["state"], &seen["person_id"]), (&json!("seen"), &json!(ada)));
        let again = me.post(&format!("{path}/see"), &json!({})).expect(200).json();
        assert_eq!(again, seen);
        let done = acknowledge(&me, &path, &json!({})).expect(200).json();
        assert_eq!((&done["state"], &done["seen_at"]), (&json!("acknowledged"), &seen["seen_at"]));
        let revision = admin.revision();
        assert_eq!(acknowledge(&me, &path, &json!({})).expect(200).json(), done, "twice is the same as once");
        assert_eq!(admin.revision(), revision, "and writes nothing");

        acknowledge(&reader(place, &eve), &path, &json!({})).problem(403, "forbidden");
        acknowledge(&me, &path, &json!({"person_id": bob})).problem(403, "forbidden");
        acknowledge(&me, &path, &json!({"answer": 0})).problem(409, "rule_broken");
        acknowledge(admin, &path, &json!({})).problem(409, "rule_broken");
        acknowledge(admin, &path, &json!({"person_id": bob})).expect(200);
        let lost = "/v1/briefings/brf_01abcdefghjkmnpqrstvwxyz00";
        acknowledge(&me, lost, &json!({})).problem(404, "not_found");
        let readers = admin.get(&format!("{path}/audience?state=acknowledged")).expect(200).json();
        assert_eq!(readers["data"].as_array().map(Vec::len), Some(2));
    });
}

#[test]
fn the_first_answer_to_the_question_stands_and_the_right_one_is_told_to_nobody() {
    on_both(|place| {
        let Company { ada, bob, .. } = found(place);
        let path = begin(&place.admin, mission_briefing());
        let shown = publish(&place.admin, &path).expect(200).json();
        assert!(shown.get("answer").is_none() && shown["choices"] == json!(["Drivers", "Everyone"]), "{shown}");
        let (ada, bob) = (reader(place, &ada), reader(place, &bob));
        acknowledge(&ada, &path, &json!({})).problem(409, "rule_broken");
        acknowledge(&ada, &path, &json!({"answer": 2})).problem(409, "rule_broken");
        for strange in [json!(-1), json!(300), json!("1"), json!(0.5)] {
            let status = acknowledge(&ada, &path, &json!({"answer": strange})).status;
            assert!(matches!(status, 400 | 422), "{strange}: {status}");
        }
        assert_eq!(acknowledge(&ada, &path, &json!({"answer": 0})).expect(200).json()["correct"], false);
        assert_eq!(acknowledge(&ada, &path, &json!({"answer": 1})).expect(200).json()["correct"], false);
        assert_eq!(acknowledge(&bob, &path, &json!({"answer": 1})).expect(200).json()["correct"], true);
        let everyone = understanding(&place.admin, "")["overall"].clone();
        let expected = json!({"people": 4, "asked": 4, "seen": 2, "acknowledged": 2, "understood": 1, "share": 0.25});
        assert_eq!(everyone, expected);
    });
}

#[test]
fn understanding_is_a_number_for_everyone_and_for_each_team_and_a_changed_mission_asks_again() {
    on_both(|place| {
        let Company { story, sales, ada, eve, .. } = found(place);
        let nobody = understanding(&place.admin, "");
        assert_eq!((&nobody["must_publish"], &nobody["overall"]["people"]), (&json!(true), &json!(4)));
        let path = begin(&place.admin, mission_briefing());
        publish(&place.admin, &path).expect(200);
        acknowledge(&reader(place, &ada), &path, &json!({"answer": 1})).expect(200);
        acknowledge(&reader(place, &eve), &path, &json!({"answer": 1})).expect(200);
        let known = understanding(&place.admin, "");
        assert_eq!((&known["must_publish"], &known["overall"]["share"]), (&json!(false), &json!(0.5)));
        let team = known["teams"].as_array().and_then(|teams| teams.iter().find(|one| one["team_id"] == json!(sales)));
        let team = team.cloned().unwrap_or_default();
        assert_eq!((&team["name"], &team["people"], &team["understood"]), (&json!("Sales"), &json!(3), &json!(1)));
        let csv = place.admin.ask("GET", "/v1/coverage/understanding").header("accept", "text/csv").send().expect(200);
        assert!(csv.text().starts_with("team_id,name,people,"), "{}", csv.text());
        assert!(csv.text().contains("Sales,3,3,1,1,1,"), "{}", csv.text());
        let of = understanding(&place.admin, &format!("?briefing={}", path.rsplit('/').next().unwrap_or_default()));
        assert_eq!(of["overall"]["people"], 4);

        let revision = place.admin.revision();
        story.activate(place);
        let day =
            place.admin.get("/v1/board").expect(200).json()["as_of"].as_str().expect("an instant")[..10].to_owned();
        let mission = json!({"statement": "Everyone comes home, by bicycle too.", "effective_from": day});
        assert!(place.admin.put("/v1/mission", &mission).status < 300);
        let again = understanding(&place.admin, "");
        assert_eq!((&again["must_publish"], &again["overall"]["share"]), (&json!(true), &json!(0.0)));
        assert_eq!(understanding(&place.admin, &format!("?known_at={revision}"))["overall"], known["overall"]);
        let found = place.admin.get("/v1/findings?rule=mission_changed").expect(200).json();
        assert_eq!(found["data"][0]["subject_id"], json!(story.outcome), "{found}");
    });
}

#[test]
fn an_outcome_and_a_role_are_known_by_those_whom_they_concern() {
    on_both(|place| {
        let Company { story, ada, eve, .. } = found(place);
        story.activate(place);
        let informed = json!({"part": "informed", "person_id": eve, "from": "2026-01-01"});
        place.admin.post(&story.at("/responsibilities"), &informed).expect(201);
        let document = json!({
            "about": "outcome", "outcome_id": story.outcome, "title": "Fewer deaths", "body": "Halve them.",
            "to_outcome_ids": [story.outcome],
        });
        let path = begin(&place.admin, document);
        assert_eq!(publish(&place.admin, &path).expect(200).json()["readers"], 2);
        acknowledge(&reader(place, &eve), &path, &json!({})).expect(200);
        let of_outcome = understanding(&place.admin, &format!("?outcome={}", story.outcome));
        assert_eq!((&of_outcome["overall"]["people"], &of_outcome["overall"]["share"]), (&json!(2), &json!(0.5)));
        let of_role = understanding(&place.admin, &format!("?role={}", story.role));
        assert_eq!((&of_role["overall"]["people"], &of_role["must_publish"]), (&json!(1), &json!(true)));
        let both = format!("/v1/coverage/understanding?role={}&outcome={}", story.role, story.outcome);
        place.admin.get(&both).problem(400, "invalid_parameter");
        place.admin.get("/v1/coverage/understanding?outcome=out_01abcdefghjkmnpqrstvwxyz00").problem(404, "not_found");
        assert_eq!(reader(place, &ada).get(&path).expect(200).json()["outcome_id"], json!(story.outcome));
    });
}

#[test]
fn a_person_publishes_to_those_whom_they_lead() {
    on_both(|place| {
        let Company { story, sales, ada, bob, eve, grace, .. } = found(place);
        story.activate(place);
        let (lead, member) =
            (as_person(place, &grace, "read outcomes:write"), as_person(place, &bob, "read outcomes:write"));
        let free = |to: Value| {
            let mut document = json!({"about": "free", "title": "News", "body": "News"});
            document.as_object_mut().expect("an object").extend(to.as_object().cloned().unwrap_or_default());
            document
        };
        let cases = [
            (&lead, json!({"to_team_ids": [sales]}), 200),
            (&lead, json!({"to_person_ids": [ada, bob]}), 200),
            (&lead, json!({"to_person_ids": [ada, eve]}), 403),
            (&lead, json!({"to_everyone": true}), 403),
            (&member, json!({"to_team_ids": [sales]}), 403),
            (&member, json!({"to_outcome_ids": [story.outcome]}), 403),
        ];
        for (client, to, expected) in cases {
            let path = begin(client, free(to.clone()));
            assert_eq!(publish(client, &path).status, expected, "{to}");
        }
        // Ada answers for the outcome, and so speaks to those who have a part in it.
        let informed = json!({"part": "informed", "person_id": eve, "from": "2026-01-01"});
        place.admin.post(&story.at("/responsibilities"), &informed).expect(201);
        let answers = as_person(place, &ada, "read outcomes:write");
        let path = begin(&answers, free(json!({"to_outcome_ids": [story.outcome]})));
        let other = as_person(place, &grace, "read outcomes:write");
        publish(&other, &path).problem(403, "forbidden");
        // Whoever can make a draft can give anyone a part in it.
        let scheme = as_person(place, &bob, "read outcomes:write roles:write");
        let own = scheme.post("/v1/outcomes", &json!({"title": "Mine"})).expect(201).location();
        scheme.post(&format!("{own}/responsibilities"), &json!({"part": "informed", "person_id": eve})).expect(201);
        let own = own.rsplit('/').next().unwrap_or_default();
        let schemed = begin(&scheme, free(json!({"to_outcome_ids": [own]})));
        publish(&scheme, &schemed).problem(403, "forbidden");
        publish(&answers, &path).expect(200);
        let boss = as_person(place, &bob, "admin");
        publish(&boss, &begin(&boss, free(json!({"to_everyone": true})))).expect(200);
        reader(place, &bob).post("/v1/briefings", &free(json!({}))).problem(403, "forbidden");
    });
}

#[test]
fn what_cannot_be_a_briefing_is_refused_with_the_field() {
    on_both(|place| {
        let Company { story, ada, .. } = found(place);
        let admin = &place.admin;
        let nobody = "psn_01abcdefghjkmnpqrstvwxyz00";
        let cases = [
            (json!({"about": "outcome"}), "/outcome_id"),
            (json!({"about": "free", "outcome_id": story.outcome}), "/outcome_id"),
            (json!({"about": "mission", "role_id": story.role}), "/role_id"),
            (json!({"about": "free", "to_person_ids": [ada, nobody]}), "/to_person_ids/1"),
            (json!({"about": "free", "question": "Who?"}), "/answer"),
            (json!({"about": "free", "question": "Who?", "answer": 0}), "/choices"),
            (json!({"about": "free", "question": "Who?", "choices": ["a", "b"], "answer": 2}), "/answer"),
            (json!({"about": "free", "question": "Who?", "choices": ["a", "a"], "answer": 0}), "/choices"),
            (json!({"about": "free", "choices": ["a", "b"]}), "/choices"),
            (json!({"about": "free", "answer": 1}), "/answer"),
        ];
        for (more, pointer) in cases {
            let mut document = json!({"title": "News", "body": "News"});
            document.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
            let problem = admin.post("/v1/briefings", &document).problem(409, "rule_broken");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{document}: {problem}");
        }
        let silent = begin(admin, json!({"about": "free", "title": "News", "body": "News"}));
        publish(admin, &silent).problem(409, "no_readers");
        let late =
            json!({"about": "free", "title": "News", "body": "News", "to_everyone": true, "due_on": "2020-01-01"});
        assert_eq!(publish(admin, &begin(admin, late)).status, 409);
    });
}

#[test]
fn too_few_acknowledgements_by_the_due_date_are_a_finding_that_goes_with_more_of_them() {
    on_both(|place| {
        let Company { ada, bob, .. } = found(place);
        let day =
            place.admin.get("/v1/board").expect(200).json()["as_of"].as_str().expect("an instant")[..10].to_owned();
        let document = json!({
            "about": "free", "title": "News", "body": "News", "to_person_ids": [ada, bob], "due_on": day,
        });
        // Around midnight the day may be over before it is published.
        let path = begin(&place.admin, document);
        if publish(&place.admin, &path).status == 409 {
            return;
        }
        acknowledge(&reader(place, &ada), &path, &json!({})).expect(200);
        let found = |at: &str| {
            place.admin.get(&format!("/v1/findings?rule=not_understood&as_of={at}")).expect(200).json()["data"].clone()
        };
        assert_eq!(found(&day), json!([]), "the day itself is still in time");
        let late = found("9999-12-30");
        assert_eq!(late[0]["subject_id"], json!(path.rsplit('/').next().unwrap_or_default()), "{late}");
        assert_eq!(late[0]["subject_kind"], "briefing");
        acknowledge(&reader(place, &bob), &path, &json!({})).expect(200);
        assert_eq!(found("9999-12-30"), json!([]));
    });
}

#[test]
fn markdown_comes_out_as_html_that_can_do_no_harm() {
    on_both(|place| {
        let body = "# News\n\nWe *did* it.\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![y](https://example.org/p.gif)";
        let path = begin(&place.admin, json!({"about": "free", "title": "A & B", "body": body}));
        let shown = place.admin.get(&path).expect(200).json();
        assert_eq!(shown["body"], body, "what was written is kept as it was");
        let html = place.admin.get(&format!("{path}/html")).expect(200).json();
        let text = html["html"].as_str().expect("HTML").to_owned();
        assert!(text.contains("<h1>News</h1>") && text.contains("<em>did</em>"), "{text}");
        for harm in ["<script", "javascript:", "<img"] {
            assert!(!text.contains(harm), "{harm} in {text}");
        }
        assert_eq!(html["title"], "A & B");
    });
}

#[test]
fn another_organization_sees_nothing_of_a_briefing() {
    on_both(|place| {
        let path = begin(&place.admin, json!({"about": "free", "title": "News", "body": "News", "to_everyone": true}));
        let other = place.server.found();
        for below in ["", "/audience", "/html"] {
            other.admin.get(&format!("{path}{below}")).problem(404, "not_found");
        }
        publish(&other.admin, &path).problem(404, "not_found");
        assert_eq!(other.admin.get("/v1/briefings").expect(200).json()["data"], json!([]));
    });
}
