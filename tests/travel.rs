//! Time travel: what was true then, as recorded by then, alike for ever.

use std::collections::BTreeSet;

use remit_domain::time::Instant;
use serde_json::json;

use crate::client::{Answer, Client};
use crate::contract::{Operation, document, operations};
use crate::server::on_both;
use crate::story::Story;

/// The reads that do not travel, each with its reason.
const STAY: [(&str, &str); 19] = [
    ("/v1/api-keys", "credentials are what may be done now"),
    ("/v1/api-keys/{id}", "credentials are what may be done now"),
    ("/v1/board/diff", "it names its two states itself, and takes known_at"),
    ("/v1/calendar.ics", "what is due, for calendars that ask again and again"),
    ("/v1/changes", "the log is every state in order"),
    ("/v1/changes/head", "the log's end"),
    ("/v1/changes/verify", "the whole log"),
    ("/v1/digest", "it names its two states itself, and takes known_at"),
    ("/v1/events", "the log as it grows"),
    ("/v1/export", "everything that is kept, past states too"),
    ("/v1/findings/history", "what was seen by looking, and when, is no fact about the organization"),
    ("/v1/issuers", "credentials are what may be done now"),
    ("/v1/issuers/{id}", "credentials are what may be done now"),
    ("/v1/me", "who is asking, now"),
    ("/v1/people/{id}/notices", "what was sent is no fact about the organization"),
    ("/v1/people/{id}/export", "everything that is kept of a person, past states too"),
    ("/v1/webhooks", "where others hear of what happens from now on"),
    ("/v1/webhooks/{id}", "where others hear of what happens from now on"),
    ("/v1/webhooks/{id}/deliveries", "what became of each event by now"),
];

/// Every read that travels, by its path.
pub fn travelling() -> Vec<Operation> {
    operations(&document()).into_iter().filter(|operation| operation.method == "GET" && travels(operation)).collect()
}

fn travels(operation: &Operation) -> bool {
    let parameters = operation.value["parameters"].as_array().cloned().unwrap_or_default();
    ["as_of", "known_at"].iter().all(|name| parameters.iter().any(|parameter| parameter["name"] == *name))
}

fn ids(list: &Answer) -> Vec<String> {
    let data = list.json()["data"].as_array().cloned().unwrap_or_default();
    data.iter().filter_map(|one| one["id"].as_str().map(str::to_owned)).collect()
}

/// The paths that a template stands for: each parameter is an id from the list before it, or from one that ends alike.
pub fn paths(admin: &Client, reads: &BTreeSet<String>, template: &str, most: usize) -> Vec<String> {
    let mut open = vec![String::new()];
    let mut so_far = String::new();
    for part in template.split('/').skip(1) {
        if !part.starts_with('{') {
            open.iter_mut().for_each(|path| path.extend(["/", part]));
            so_far.extend(["/", part]);
            continue;
        }
        let collection = so_far.rsplit('/').next().unwrap_or_default();
        let lists: Vec<String> = match reads.contains(&so_far) {
            true => open.clone(),
            // What is made under something else is listed there.
            false => {
                let elsewhere = reads.iter().filter(|path| path.ends_with(&format!("{{id}}/{collection}")));
                elsewhere.flat_map(|path| paths(admin, reads, path, most)).collect()
            }
        };
        let found = lists.iter().flat_map(|list| {
            let ids = ids(&admin.get(list).expect(200)).into_iter().take(most);
            let base = if reads.contains(&so_far) { list.clone() } else { so_far.clone() };
            ids.map(move |id| format!("{base}/{id}"))
        });
        open = found.collect();
        so_far.extend(["/", part]);
    }
    open
}

#[test]
fn every_read_of_what_is_kept_travels_in_time_but_for_a_few_that_say_why() {
    let stay: BTreeSet<String> = operations(&document())
        .iter()
        .filter(|operation| operation.method == "GET" && !travels(operation))
        .map(|operation| operation.path.clone())
        .collect();
    let known: BTreeSet<String> = STAY.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(stay, known, "a read takes as_of and known_at, or says in STAY why not");
}

#[test]
fn before_the_first_record_there_is_nothing_and_the_future_is_not_known() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        story.observe(place, &[("2026-02-01", 150.0)]);
        let admin = &place.admin;
        let skill = admin.post("/v1/skills", &json!({"name": "Statistics"})).expect(201).id();
        let held = json!({"skill_id": skill, "level": "working", "from": "2026-01-01"});
        admin.post(&format!("/v1/people/{}/skills", story.person), &held).expect(201);
        let team = admin.post("/v1/teams", &json!({"name": "Roads"})).expect(201).id();
        let member = json!({"person_id": story.person, "part": "lead", "from": "2026-01-01"});
        admin.post(&format!("/v1/teams/{team}/members"), &member).expect(201);
        let period = json!({"name": "2026", "start_on": "2026-01-01", "end_on": "2026-12-31"});
        admin.post("/v1/periods", &period).expect(201);
        let part = json!({"part": "informed", "person_id": story.person, "from": "2026-01-01"});
        admin.post(&format!("/v1/measures/{}/responsibilities", story.measure), &part).expect(201);
        let finding = admin.get("/v1/findings?limit=1").expect(200).json()["data"][0]["id"].clone();
        let waiver = json!({"reason": "Agreed.", "ends_on": "2999-12-31"});
        let finding = format!("/v1/findings/{}/waiver", finding.as_str().expect("an id"));
        assert!(admin.put(&finding, &waiver).status < 300);

        let comment = json!({"body": "Noted."});
        let check_in = admin.post(&story.at("/check-ins"), &json!({})).expect(201).location();
        admin.post(&story.at("/comments"), &comment).expect(201);
        admin.post(&format!("{check_in}/comments"), &comment).expect(201);

        let briefing = json!({"about": "free", "title": "News", "body": "News", "to_everyone": true});
        let briefing = admin.post("/v1/briefings", &briefing).expect(201).location();
        admin.ask("POST", &format!("{briefing}/publish")).send().expect(200);

        let reads: BTreeSet<String> = travelling().into_iter().map(|operation| operation.path).collect();
        let made = [&story.theme, &story.outcome, &story.measure, &story.role, &story.person, &skill, &team];
        for template in &reads {
            let paths = paths(admin, &reads, template, 1);
            assert!(!paths.is_empty(), "nothing stands for the parameters of {template}");
            for path in paths {
                let now = admin.get(&path).expect(200);
                for name in ["remit-erasure-epoch", "remit-interface-version", "remit-known-revision"] {
                    assert!(now.header(name).is_some(), "{path}: {name}");
                }
                for before in ["as_of=1970-01-01", "as_of=1970-01-01T00:00:00Z", "known_at=0", "known_at=1970-01-01"] {
                    let answer = admin.get(&format!("{path}?{before}"));
                    let nothing = match answer.status {
                        // A fact that says itself from when it holds is the same fact at any instant.
                        200 if before.starts_with("as_of") && answer.text().contains("\"from\":\"2026-01-01") => true,
                        200 => {
                            !made.iter().any(|id| !path.contains(id.as_str()) && answer.text().contains(id.as_str()))
                        }
                        404 => template.contains('{') || template == "/v1/mission" || template == "/v1/organization",
                        _ => false,
                    };
                    assert!(nothing, "{path}?{before}: {} {}", answer.status, answer.text());
                }
                for coming in ["2999-01-01", "2999-01-01T00:00:00Z", "999999999"] {
                    admin.get(&format!("{path}?known_at={coming}")).problem(400, "invalid_parameter");
                }
                for wrong in ["as_of=soon", "known_at=soon", "as_of=2026-02-30", "known_at=-1"] {
                    admin.get(&format!("{path}?{wrong}")).problem(400, "invalid_parameter");
                }
            }
        }
    });
}

#[test]
fn a_past_state_is_answered_as_it_was() {
    on_both(|place| {
        let one = place.admin.theme("one");
        let path = one.location();
        let two = place.admin.patch(&path, &one.etag(), &json!({"title": "two"})).expect(200);
        let (then, later) = (one.json()["updated_at"].clone(), two.json()["updated_at"].clone());
        let (then, later) = (then.as_str().expect("an instant"), later.as_str().expect("an instant"));
        let title = |query: &str| place.admin.get(&format!("{path}?{query}")).expect(200).json()["title"].clone();
        assert_eq!(title(&format!("as_of={then}")), "one");
        assert_eq!(title(&format!("known_at={then}")), "one");
        assert_eq!(title(&format!("as_of={later}&known_at={then}")), "one");
        assert_eq!(title(&format!("as_of={later}")), "two");
        assert_eq!(title(&format!("known_at={later}")), "two");
        let revision: i64 = place.admin.revision().parse().expect("a revision");
        assert_eq!(title(&format!("known_at={}", revision - 1)), "one");
        assert_eq!(title(&format!("known_at={revision}")), "two");
        place.admin.get(&format!("{path}?as_of=2001-01-01")).problem(404, "not_found");
        place.admin.get(&format!("{path}?known_at=0")).problem(404, "not_found");

        place.admin.delete(&path, &two.etag()).expect(204);
        place.admin.get(&path).problem(404, "not_found");
        assert_eq!(title(&format!("as_of={later}")), "two", "before its deletion it is still there");
        assert_eq!(title(&format!("known_at={revision}")), "two");
        let listed = place.admin.get(&format!("/v1/themes?known_at={revision}")).expect(200).json();
        assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn the_same_question_with_the_same_knowledge_has_the_same_bytes_whatever_is_written() {
    on_both(|place| {
        for n in 0..3 {
            place.admin.theme(&format!("t{n}"));
        }
        let revision = place.admin.revision();
        let as_of = place.admin.theme("a mark").json()["created_at"].as_str().expect("an instant").to_owned();
        let known = place.admin.revision();
        let questions = [
            format!("/v1/themes?known_at={revision}&as_of={as_of}"),
            format!("/v1/themes?known_at={known}&as_of={as_of}"),
            format!("/v1/board?known_at={known}&as_of={as_of}"),
            format!("/v1/themes?known_at={as_of}&as_of={as_of}&limit=2"),
        ];
        let before: Vec<_> = questions.iter().map(|path| place.admin.get(path).expect(200)).collect();
        let listed = place.admin.get("/v1/themes").expect(200).json();
        for theme in listed["data"].as_array().expect("themes") {
            let path = format!("/v1/themes/{}", theme["id"].as_str().unwrap_or_default());
            place.admin.patch(&path, "*", &json!({"title": "changed"})).expect(200);
        }
        place.admin.theme("another");
        for (path, before) in questions.iter().zip(before) {
            let after = place.admin.get(path).expect(200);
            assert_eq!(after.text(), before.text(), "{path}");
            assert_eq!(after.etag(), before.etag(), "{path}");
        }
    });
}

#[test]
fn what_is_known_by_an_instant_that_was_asked_about_no_longer_changes() {
    on_both(|place| {
        let created_at = |theme: &Answer| Instant::parse(theme.json()["created_at"].as_str().expect("an instant"));
        let mark = created_at(&place.admin.theme("one")).expect("an instant");
        // As a client asks whose clock runs ahead, while others write.
        let ahead = mark.plus_micros(3_000_000);
        let question = format!("/v1/themes?known_at={ahead}&as_of={ahead}");
        let before = place.admin.get(&question).expect(200);
        assert!(created_at(&place.admin.theme("two")).expect("an instant") > ahead);
        assert_eq!(place.admin.get(&question).expect(200).text(), before.text());
        let far = mark.plus_micros(60_000_000);
        place.admin.get(&format!("/v1/themes?known_at={far}")).problem(400, "invalid_parameter");
    });
}

#[test]
fn a_day_means_its_end_where_the_organization_is() {
    on_both(|place| {
        let theme = place.admin.theme("one");
        let day = theme.json()["created_at"].as_str().expect("an instant")[..10].to_owned();
        let path = theme.location();
        // The day in London is the day in UTC, or the one after it.
        place.admin.get(&format!("{path}?as_of=9999-12-30")).expect(200);
        place.admin.get(&format!("{path}?as_of=0001-01-01")).problem(404, "not_found");
        place.admin.get(&format!("{path}?as_of={day}T23:59:59.999999Z")).expect(200);
    });
}
