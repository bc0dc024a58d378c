//! Findings: what stands, by whom it is accepted, and what a write would change of it.

use std::time::{Duration, Instant};

use remit_api::config::Settings;
use serde_json::{Value, json};

use crate::client::Client;
use crate::server::{on_both, with};
use crate::story::{Story, outcome};

/// The rules of the findings of a query, in their order.
fn rules(admin: &Client, query: &str) -> Vec<String> {
    let page = admin.get(&format!("/v1/findings{query}")).expect(200).json();
    let data = page["data"].as_array().cloned().unwrap_or_default();
    data.iter().map(|finding| finding["rule"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The one finding of a query.
fn only(admin: &Client, query: &str) -> Value {
    let page = admin.get(&format!("/v1/findings{query}")).expect(200).json();
    assert_eq!(page["data"].as_array().map(Vec::len), Some(1), "{query}: {page}");
    page["data"][0].clone()
}

fn waiver_of(finding: &Value) -> String {
    format!("/v1/findings/{}/waiver", finding["id"].as_str().expect("an id"))
}

fn accepted() -> Value {
    json!({"reason": "Agreed with the board.", "ends_on": "2999-12-31"})
}

#[test]
fn a_finding_says_what_led_to_it_and_what_to_do() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        for number in 1..6 {
            let measure = json!({"key": format!("m{number}"), "name": "m", "kind": "monitor"});
            place.admin.post(&story.at("/measures"), &measure).expect(201);
        }
        let finding = only(&place.admin, "?rule=too_many_measures");
        assert_eq!(finding["severity"], "warning");
        assert_eq!(finding["subject_kind"], "outcome");
        assert_eq!(finding["subject_id"], story.outcome);
        assert_eq!(
            finding["evidence"],
            json!([
                {"name": "measures", "kind": "number", "value": "6", "number": 6.0},
                {"name": "most", "kind": "number", "value": "5", "number": 5.0},
            ])
        );
        assert_eq!(finding["page"], "/docs/rules/too_many_measures");
        let page = place.admin.get("/docs/rules/too_many_measures").expect(200).text();
        let remedy = finding["remedy"].as_str().expect("a remedy");
        assert!(page.contains(remedy) && page.contains("<code>most</code>"), "{page}");
        let again = only(&place.admin, "?rule=too_many_measures");
        assert_eq!(again["id"], finding["id"], "the same rule and subject have one id");
    });
}

#[test]
fn findings_are_filtered_counted_and_paged() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        let admin = &place.admin;
        let all = rules(admin, "");
        assert!(all.is_sorted() && all.len() > 3, "{all:?}");
        let mut walked = Vec::new();
        let mut after = String::new();
        loop {
            let page = admin.get(&format!("/v1/findings?limit=2{after}")).expect(200).json();
            let total: u64 =
                page["counts"].as_array().into_iter().flatten().filter_map(|one| one["count"].as_u64()).sum();
            assert_eq!(total, all.len() as u64, "counts speak of all pages");
            walked.extend(page["data"].as_array().cloned().unwrap_or_default());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        assert_eq!(walked.len(), all.len());

        let measure = format!("?subject={}", story.measure);
        assert_eq!(rules(admin, &measure), ["no_observation", "no_unit"]);
        assert_eq!(rules(admin, &format!("{measure}&rule=no_unit")), ["no_unit"]);
        assert_eq!(rules(admin, "?severity=error"), [""; 0]);
        assert!(rules(admin, "?severity=information").contains(&"all_lagging".to_owned()));
        assert!(rules(admin, &format!("?person={}", story.person)).contains(&"no_unit".to_owned()));
        let team = admin.post("/v1/teams", &json!({"name": "Roads"})).expect(201).id();
        assert_eq!(rules(admin, &format!("?team={team}")), [""; 0]);
        let etag = admin.get(&story.at("")).expect(200).etag();
        admin.patch(&story.at(""), &etag, &json!({"team_id": team})).expect(200);
        assert!(rules(admin, &format!("?team={team}")).contains(&"no_unit".to_owned()));

        for wrong in ["?rule=no_such", "?severity=off", "?subject=Ada", "?waived=perhaps", "?colour=red"] {
            admin.get(&format!("/v1/findings{wrong}")).problem(400, "invalid_parameter");
        }
        let table =
            admin.ask("GET", "/v1/findings?rule=no_unit").header("accept", "text/csv").send().expect(200).text();
        let mut lines = table.lines();
        assert_eq!(
            lines.next(),
            Some("id,rule,version,severity,subject_kind,subject_id,evidence,remedy,page,waived,waiver")
        );
        assert!(
            lines.next().is_some_and(|line| line.contains(&format!(",no_unit,1,warning,measure,{},", story.measure)))
        );
    });
}

#[test]
fn findings_stand_as_they_stood_then_and_as_they_were_known() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        let admin = &place.admin;
        let known = admin.revision();
        assert_eq!(rules(admin, "?rule=no_unit").len(), 1);
        let etag = admin.get(&format!("/v1/measures/{}", story.measure)).expect(200).etag();
        admin.patch(&format!("/v1/measures/{}", story.measure), &etag, &json!({"unit": "people"})).expect(200);
        assert_eq!(rules(admin, "?rule=no_unit"), [""; 0]);
        assert_eq!(rules(admin, &format!("?rule=no_unit&known_at={known}")).len(), 1, "as it was known");
        assert_eq!(rules(admin, "?as_of=2020-01-01"), [""; 0], "before anything was");
        // Two months into the year nothing had been observed; a week into it nothing was owed yet.
        assert_eq!(rules(admin, "?rule=no_observation&as_of=2026-03-01").len(), 1);
        assert_eq!(rules(admin, "?rule=no_observation&as_of=2026-01-08"), [""; 0]);
    });
}

#[test]
fn a_finding_is_accepted_for_a_while_with_a_reason() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        let admin = &place.admin;
        let path = waiver_of(&only(admin, "?rule=no_unit"));
        admin.get(&path).problem(404, "not_found");
        let before = admin.revision();
        for (wrong, place) in [
            (json!({"reason": "", "ends_on": "2999-12-31"}), "/reason"),
            (json!({"reason": "r", "ends_on": "tomorrow"}), "/ends_on"),
            (json!({"reason": "r"}), "/ends_on"),
        ] {
            let answer = admin.put(&path, &wrong);
            answer.problem(422, "invalid");
            assert_eq!(answer.places()[0].0, place);
        }
        let past = admin.put(&path, &json!({"reason": "r", "ends_on": "2020-12-31"}));
        past.problem(409, "rule_broken");
        assert_eq!(past.places(), [("/ends_on".to_owned(), "in_the_past".to_owned())]);
        assert_eq!(admin.revision(), before);

        let waiver = admin.put(&path, &accepted()).expect(201);
        assert_eq!(waiver.location(), path);
        assert_eq!(waiver.json()["rule"], "no_unit");
        assert_eq!(waiver.json()["subject_id"], story.measure);
        let waived = only(admin, "?rule=no_unit");
        assert_eq!((&waived["waived"], &waived["waiver"]["reason"]), (&json!(true), &json!("Agreed with the board.")));
        assert_eq!(rules(admin, "?rule=no_unit&waived=false"), [""; 0]);
        assert_eq!(rules(admin, "?rule=no_unit&waived=true"), ["no_unit"]);
        let counts = admin.get("/v1/findings?rule=no_unit").expect(200).json()["counts"].clone();
        assert_eq!(counts, json!([{"rule": "no_unit", "severity": "warning", "count": 1, "waived": 1}]));
        assert_eq!(rules(admin, &format!("?rule=no_unit&waived=true&known_at={before}")), [""; 0]);

        let shorter = json!({"reason": "Until the summer.", "ends_on": "2999-06-30"});
        assert_eq!(admin.put(&path, &shorter).expect(200).json()["version"], 2);
        let stale = admin.ask("PUT", &path).header("if-match", &waiver.etag()).json(&accepted()).send();
        stale.problem(412, "precondition_failed");
        let etag = admin.get(&path).expect(200).etag();
        admin.ask("DELETE", &path).send().problem(428, "precondition_required");
        admin.delete(&path, &etag).expect(204);
        admin.get(&path).problem(404, "not_found");
        assert_eq!(only(admin, "?rule=no_unit")["waived"], false);
        assert_eq!(admin.put(&path, &accepted()).expect(201).json()["version"], 4, "the same waiver, brought back");
    });
}

#[test]
fn a_finding_is_accepted_only_by_those_who_may_decide_about_its_subject() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        let admin = &place.admin;
        let made_up = "/v1/findings/fnd_00000000000000000000000000/waiver";
        admin.put(made_up, &accepted()).problem(404, "not_found");
        admin.put("/v1/findings/no_unit/waiver", &accepted()).problem(404, "not_found");
        let path = waiver_of(&only(admin, "?rule=no_unit"));
        place.server.found().admin.put(&path, &accepted()).problem(404, "not_found");
        let reader = admin.with_token(place.token("read"));
        reader.put(&path, &accepted()).problem(403, "forbidden");
        let writer = admin.with_token(place.token("read outcomes:write"));
        let role = waiver_of(&only(admin, "?rule=no_accountabilities"));
        writer.put(&role, &accepted()).problem(403, "forbidden");
        writer.put(&path, &accepted()).expect(201);
        admin.put(&role, &accepted()).expect(201);
    });
}

#[test]
fn an_outcome_becomes_active_once_what_stands_against_it_is_waived_or_set_lower() {
    on_both(|place| {
        let admin = &place.admin;
        let story = Story::begin(place);
        let draft = admin.post("/v1/outcomes", &outcome("Nobody waits", &story.theme)).expect(201).location();
        for part in ["accountable", "responsible"] {
            let document = json!({"part": part, "role_id": story.role, "from": "2026-01-01"});
            admin.post(&format!("{draft}/responsibilities"), &document).expect(201);
        }
        let activate = || admin.post(&format!("{draft}/activate"), &json!({}));
        let problem = activate().problem(409, "findings_stand");
        assert_eq!(problem["type"], "/docs/rules/no_measure", "{problem}");
        admin.get("/docs/rules/no_measure").expect(200);
        let path = format!("/v1/findings/{}/waiver", problem["errors"][0]["finding_id"].as_str().expect("an id"));
        let etag = admin.put(&path, &accepted()).expect(201).etag();
        admin.delete(&path, &etag).expect(204);
        activate().problem(409, "findings_stand");
        admin.put("/v1/rules/no_measure", &json!({"level": "warning"})).expect(200);
        admin.put("/v1/rules/not_aligned", &json!({"level": "error"})).expect(200);
        let etag = admin.get(&draft).expect(200).etag();
        let etag = admin.patch(&draft, &etag, &json!({"theme_id": null})).expect(200).etag();
        assert_eq!(activate().problem(409, "findings_stand")["errors"][0]["code"], "not_aligned");
        admin.put(&format!("{draft}/parents/{}", story.outcome), &json!({"kind": "contributes"})).expect(201);
        activate().expect(200);
        assert_ne!(etag, admin.get(&draft).expect(200).etag());
        admin.put("/v1/rules/no_measure", &json!({})).expect(200);
        assert_eq!(only(admin, "?severity=error")["rule"], "no_measure", "it is an error again, and stands");
    });
}

#[test]
fn a_waived_error_keeps_no_outcome_back() {
    on_both(|place| {
        let admin = &place.admin;
        let story = Story::begin(place);
        story.answer_for_it(place);
        let etag = admin.get(&format!("/v1/measures/{}", story.measure)).expect(200).etag();
        admin.patch(&format!("/v1/measures/{}", story.measure), &etag, &json!({"state": "retired"})).expect(200);
        let problem = admin.post(&story.at("/activate"), &json!({})).problem(409, "findings_stand");
        let path = format!("/v1/findings/{}/waiver", problem["errors"][0]["finding_id"].as_str().expect("an id"));
        admin.put(&path, &accepted()).expect(201);
        admin.post(&story.at("/activate"), &json!({})).expect(200);
        assert_eq!(only(admin, "?severity=error")["waived"], true);
    });
}

#[test]
fn a_dry_run_says_what_a_write_would_raise_and_resolve() {
    on_both(|place| {
        let admin = &place.admin;
        let story = Story::begin(place);
        story.activate(place);
        let of = |preview: &Value, what: &str| -> Vec<String> {
            let found = preview[what].as_array().cloned().unwrap_or_default();
            found.iter().map(|one| one["rule"].as_str().unwrap_or_default().to_owned()).collect()
        };
        let before = admin.revision();
        let measure = format!("/v1/measures/{}", story.measure);
        let etag = admin.get(&measure).expect(200).etag();
        let preview = admin.patch(&format!("{measure}?validate_only=true"), &etag, &json!({"unit": "people"}));
        let preview = preview.expect(200).json();
        assert_eq!(
            (of(&preview, "raises"), of(&preview, "resolves")),
            (vec![], vec!["no_unit".to_owned()]),
            "{preview}"
        );
        let point = json!({"measure": "roads.deaths", "observed_at": "2026-02-28", "value": 180});
        let preview = admin.post("/v1/observations?validate_only=true", &point).expect(200).json();
        assert_eq!(of(&preview, "resolves"), ["no_observation"], "{preview}");
        assert_eq!(of(&preview, "raises"), ["stale"], "{preview}");
        let preview = admin.patch(&format!("{measure}?validate_only=true"), &etag, &json!({"state": "retired"}));
        let preview = preview.expect(200).json();
        assert_eq!(of(&preview, "raises"), ["no_measure"], "{preview}");
        let off = admin.put("/v1/rules/no_unit?validate_only=true", &json!({"level": "off"})).expect(200).json();
        assert_eq!(of(&off, "resolves"), ["no_unit"]);
        let path = waiver_of(&only(admin, "?rule=no_unit"));
        let waived = admin.put(&format!("{path}?validate_only=true"), &accepted()).expect(200).json();
        assert_eq!(of(&waived, "resolves"), ["no_unit"], "{waived}");
        assert_eq!(of(&waived, "raises"), [""; 0], "{waived}");
        assert_eq!(admin.revision(), before);
        assert_eq!(rules(admin, "?rule=no_unit"), ["no_unit"]);
    });
}

/// What was seen of findings, once it is as wanted.
fn seen(admin: &Client, query: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        let page = admin.get(&format!("/v1/findings/history{query}")).expect(200).json();
        if wanted(&page) {
            return page;
        }
        assert!(Instant::now() < patience, "{page}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

#[test]
fn it_is_known_since_when_a_finding_stands_and_how_long_it_stood() {
    with(Settings { findings_every: Some(1), ..Settings::default() }, |place| {
        let admin = &place.admin;
        assert_eq!(admin.get("/v1/findings/history").expect(200).json()["data"], json!([]));
        let story = Story::begin(place);
        story.activate(place);
        let begun = admin.get("/v1/changes/head").expect(200).json();
        let query = format!("?rule=too_many_measures&subject={}", story.outcome);
        assert_eq!(rules(admin, &query), Vec::<String>::new());
        let mut last = String::new();
        for number in 1..6 {
            let measure = json!({"key": format!("m{number}"), "name": "m", "kind": "monitor"});
            last = admin.post(&story.at("/measures"), &measure).expect(201).id();
        }
        let stands = seen(admin, &query, |page| page["data"].as_array().is_some_and(|data| data.len() == 1));
        let one = &stands["data"][0];
        assert_eq!(
            (&one["standing"], &one["subject_kind"], &one["rule"]),
            (&json!(true), &json!("outcome"), &json!("too_many_measures"))
        );
        assert_eq!(one["id"], only(admin, &query)["id"]);
        assert!(one["first_seen_at"].as_str() > begun["recorded_at"].as_str(), "{one} {begun}");
        assert!(one["last_seen_at"].as_str() >= one["first_seen_at"].as_str(), "{one}");
        // While it stands, each look sees it again.
        seen(admin, &query, |page| page["data"][0]["last_seen_at"].as_str() > one["last_seen_at"].as_str());
        admin.patch(&format!("/v1/measures/{last}"), "*", &json!({"state": "retired"})).expect(200);
        let gone = seen(admin, &query, |page| page["data"][0]["standing"] == false);
        assert_eq!(gone["data"][0]["first_seen_at"], one["first_seen_at"]);
        assert!(gone["data"][0]["last_seen_at"].as_str() < gone["looked_at"].as_str(), "{gone}");
        assert_eq!(
            admin.get(&format!("/v1/findings/history{query}&standing=true")).expect(200).json()["data"],
            json!([])
        );
        admin.get("/v1/findings/history?rule=no_such_rule").problem(400, "invalid_parameter");
        admin.get("/v1/findings/history?after=x").problem(400, "invalid_parameter");
        admin.get("/v1/findings/history?subject=x").problem(400, "invalid_parameter");
    });
}
