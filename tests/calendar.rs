//! The calendar: what is due when, as a feed that a parser of calendars reads.

use std::collections::BTreeSet;

use ical::parser::ical::component::IcalEvent;
use serde_json::{Value, json};

use crate::client::Client;
use crate::server::{Place, on_both};
use crate::story::Story;

/// A key for the calendar alone.
fn key(place: &Place, more: &Value) -> String {
    let mut document = json!({"name": "calendar", "scopes": ["calendar:read"]});
    document.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    let made = place.admin.post("/v1/api-keys", &document).expect(201).json();
    made["secret"].as_str().expect("a secret").to_owned()
}

/// What stands in a calendar: UID, day and title of each entry.
fn entries(client: &Client, path: &str) -> Vec<(String, String, String)> {
    let answer = client.get(path).expect(200);
    assert_eq!(answer.header("content-type"), Some("text/calendar; charset=utf-8"));
    let text = answer.text();
    let read = ical::IcalParser::new(text.as_bytes()).next().expect("a calendar").expect("one that can be read");
    let value = |event: &IcalEvent, name: &str| {
        let property = event.properties.iter().find(|property| property.name == name);
        property.and_then(|property| property.value.clone()).unwrap_or_default()
    };
    let entry = |event: &IcalEvent| (value(event, "UID"), value(event, "DTSTART"), value(event, "SUMMARY"));
    let entries: Vec<_> = read.events.iter().map(entry).collect();
    let uids: BTreeSet<_> = entries.iter().map(|(uid, _, _)| uid).collect();
    assert_eq!(uids.len(), entries.len(), "one UID, one entry: {entries:?}");
    entries
}

#[test]
fn a_calendar_holds_what_is_due_by_a_key_that_can_do_nothing_else() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        let secret = key(place, &json!({}));
        let (open, feed) = (place.admin.without_token(), format!("/v1/calendar.ics?token={secret}"));
        let due = (
            format!("due-{}@remit", story.outcome),
            "20261231".to_owned(),
            "Due: Fewer people die on the roads".to_owned(),
        );
        let all = entries(&open, &feed);
        assert!(all.contains(&due) && all.iter().any(|(uid, _, _)| uid.starts_with("check-in-out_")), "{all:?}");
        let by_header = place.admin.with_token(secret.as_str());
        assert_eq!(entries(&by_header, "/v1/calendar.ics"), all);

        for path in ["/v1/board", "/v1/outcomes", "/v1/people"] {
            by_header.get(path).problem(403, "forbidden");
            open.get(&format!("{path}?token={secret}")).problem(401, "unauthorized");
        }
        open.get("/v1/calendar.ics").problem(401, "unauthorized");
        open.get("/v1/calendar.ics?token=remit_nothing").problem(401, "unauthorized");
        let strong = key(place, &json!({"scopes": ["calendar:read", "read"]}));
        open.get(&format!("/v1/calendar.ics?token={strong}")).problem(403, "forbidden");
        let weak = key(place, &json!({"scopes": ["read"]}));
        open.get(&format!("/v1/calendar.ics?token={weak}")).problem(403, "forbidden");
        let other = place.server.found();
        assert!(entries(&other.admin, "/v1/calendar.ics").is_empty(), "another organization has nothing to do");
    });
}

#[test]
fn a_person_follows_what_that_person_owes_and_titles_are_themselves() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        let bob = place.admin.post("/v1/people", &json!({"name": "Bob"})).expect(201).id();
        let step = |title: &str| json!({"title": title, "weight": 1, "due_on": "2999-02-01"});
        let steps = json!({"key": "s", "name": "s", "kind": "milestones", "milestones": [step("One"), step("Two")]});
        place.admin.post(&story.at("/measures"), &steps).expect(201);
        let title =
            "News; first, \"second\" \\ third, and so on for so long that a line of the calendar cannot hold it: ééé";
        let document = json!({
            "about": "free", "title": title, "body": "News.", "to_person_ids": [story.person], "due_on": "2999-01-01",
        });
        let briefing = place.admin.post("/v1/briefings", &document).expect(201).location();
        place.admin.ask("POST", &format!("{briefing}/publish")).send().expect(200);
        let of = |person: &str| {
            let secret = key(place, &json!({"person_id": person}));
            entries(&place.admin.without_token(), &format!("/v1/calendar.ics?token={secret}"))
        };
        let hers = of(&story.person);
        let read =
            hers.iter().find(|(uid, _, _)| uid.starts_with("acknowledge-briefing-")).cloned().unwrap_or_default();
        let unescaped = read.2.replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\");
        assert_eq!((read.1.as_str(), unescaped), ("29990101", format!("Acknowledge: {title}")));
        assert_eq!(hers.iter().filter(|(_, _, summary)| summary.starts_with("Milestone: ")).count(), 2, "{hers:?}");
        assert!(hers.iter().any(|(_, _, summary)| summary.starts_with("Check-in: ")), "{hers:?}");
        assert!(hers.iter().any(|(_, _, summary)| summary.starts_with("Record: ")), "{hers:?}");
        assert!(of(&bob).is_empty(), "nothing concerns him");
    });
}
