//! Mail: what people are written, when, and that nobody is written twice. The mail server is a real one.

use std::net::{IpAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, thread};

use mailin_embedded::response::{AUTHENTICATION_REQUIRED, NO_MAILBOX, NO_SERVICE, OK, OUT_OF_SPACE};
use mailin_embedded::{Handler, Response, Server};
use remit_api::config::Settings;
use remit_api::state::now;
use remit_domain::time::Zone;
use serde_json::{Value, json};

use crate::server::{self, Place};
use crate::story::{Story, outcome};

/// A letter as the mail server got it.
#[derive(Clone, Debug, Default)]
struct Received {
    from: String,
    to: Vec<String>,
    text: String,
}

/// What a postbox has seen.
#[derive(Default)]
struct Seen {
    letters: Vec<Received>,
    attempts: usize,
    is_broken: bool,
    /// Whether it takes nothing from those who send, for good.
    is_closed: bool,
}

/// A mailbox for everyone but `lost@example.org`, and `full@example.org`, which is full; while it is broken, for nobody.
#[derive(Clone, Default)]
struct Postbox {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    coming: Received,
}

impl Handler for Postbox {
    fn mail(&mut self, _: IpAddr, _: &str, from: &str) -> Response {
        self.coming = Received { from: from.into(), ..Received::default() };
        let mut seen = self.seen();
        seen.attempts += 1;
        self.seen.1.notify_all();
        match (seen.is_broken, seen.is_closed) {
            (true, _) => NO_SERVICE,
            (false, true) => AUTHENTICATION_REQUIRED,
            (false, false) => OK,
        }
    }
    fn rcpt(&mut self, to: &str) -> Response {
        self.coming.to.push(to.into());
        match to.split('@').next() {
            Some("lost") => NO_MAILBOX,
            Some("full") => OUT_OF_SPACE,
            _ => OK,
        }
    }
    fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.coming.text.push_str(&String::from_utf8_lossy(bytes));
        Ok(())
    }
    fn data_end(&mut self) -> Response {
        let letter = std::mem::take(&mut self.coming);
        self.seen().letters.push(letter);
        self.seen.1.notify_all();
        OK
    }
}

impl Postbox {
    /// Opens one, and says where.
    fn open() -> (Self, String) {
        let postbox = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut server = Server::new(postbox.clone());
        server.with_name("example.org").with_tcp_listener(listener);
        thread::spawn(move || server.serve().is_ok());
        (postbox, format!("smtp://{address}"))
    }
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn set_broken(&self, is_broken: bool) {
        self.seen().is_broken = is_broken;
    }
    /// Waits until something is so.
    fn wait(&self, is_so: impl Fn(&Seen) -> bool) {
        let patience = Duration::from_secs(60);
        let waited = self.seen.1.wait_timeout_while(self.seen(), patience, |seen| !is_so(seen));
        assert!(waited.is_ok_and(|(_, waited)| !waited.timed_out()), "the letters do not come");
    }
    /// To whom letters came, once one has come to someone.
    fn readers_until(&self, reader: &str) -> Vec<String> {
        self.wait(|seen| seen.letters.iter().any(|letter| letter.to.contains(&reader.to_owned())));
        self.seen().letters.iter().flat_map(|letter| letter.to.clone()).collect()
    }
}

/// A server that sends mail to a postbox.
fn with_mail(body: impl Fn(&Place, &Postbox)) {
    let (postbox, url) = Postbox::open();
    let from = Some("Remit <remit@example.org>".into());
    let settings = Settings { smtp_url: Some(url), mail_from: from, ..Settings::default() };
    server::with(settings, |place| body(place, &postbox));
}

/// Has people written to from midnight on, with digests on every day that it may be where they are.
fn settle(place: &Place, settings: &Value) {
    let etag = place.admin.get("/v1/organization").expect(200).etag();
    place.admin.patch("/v1/organization", &etag, settings).expect(200);
}

/// The day of the week where the place is.
fn weekday() -> String {
    let day = Zone::named("Europe/London").expect("a zone").day_of(now());
    format!("{:?}", day.weekday()).to_lowercase()
}

/// A story in which something changed this week.
fn tell(place: &Place) -> Story {
    let story = Story::begin(place);
    story.activate(place);
    story.observe(place, &[("2026-01-31", 190.0)]);
    story
}

fn notices(place: &Place, person: &str) -> Vec<(Value, Value)> {
    let listed = place.admin.get(&format!("/v1/people/{person}/notices")).expect(200).json();
    let rows = listed["data"].as_array().cloned().unwrap_or_default();
    rows.iter().map(|one| (one["kind"].clone(), one["subject"].clone())).collect()
}

/// Someone whom the story concerns.
fn concerned(place: &Place, story: &Story, name: &str) -> String {
    let address = format!("{}@example.org", name.to_lowercase());
    let person = place.admin.post("/v1/people", &json!({"name": name, "email": address})).expect(201).id();
    let part = json!({"part": "informed", "person_id": person, "from": "2026-01-01"});
    place.admin.post(&story.at("/responsibilities"), &part).expect(201);
    person
}

#[test]
fn a_digest_is_sent_once_on_its_day_to_whom_it_concerns() {
    with_mail(|place, postbox| {
        let story = tell(place);
        let without = json!({"name": "Bob", "email": "bob@example.org"});
        let without = place.admin.post("/v1/people", &without).expect(201).id();
        settle(place, &json!({"mail_hour": 0, "nudges_a_week": 0, "digest_on": weekday()}));
        assert_eq!(postbox.readers_until("ada@example.org"), ["ada@example.org"]);
        let letter = postbox.seen().letters[0].clone();
        assert_eq!(letter.from, "remit@example.org");
        for part in [
            "Subject: A place: ",
            "Auto-Submitted: auto-generated",
            "multipart/alternative",
            "# News for Ada Lovelace",
            "<h1>",
        ] {
            assert!(letter.text.contains(part), "{part} in {}", letter.text);
        }
        // Whoever comes later is told when people are looked at again, and nobody else is told twice.
        concerned(place, &story, "Zoe");
        settle(place, &json!({"nudges_a_week": 1}));
        assert_eq!(postbox.readers_until("zoe@example.org"), ["ada@example.org", "zoe@example.org"]);
        // Reminders, which are wanted from now on, may follow at once.
        let mut digests = notices(place, &story.person);
        digests.retain(|(kind, _)| kind == "digest");
        assert_eq!(digests, [(json!("digest"), json!(""))]);
        assert_eq!(notices(place, &without), [(json!("nothing_to_tell"), json!(""))]);
        let other = place.admin.with_token(place.token_of(&without, "read"));
        other.get(&format!("/v1/people/{}/notices", story.person)).problem(403, "forbidden");
        other.get(&format!("/v1/people/{without}/notices")).expect(200);
    });
}

#[test]
fn who_leads_a_team_gets_the_digest_of_the_team_besides_their_own() {
    with_mail(|place, postbox| {
        let story = tell(place);
        let team = |name: &str| place.admin.post("/v1/teams", &json!({"name": name})).expect(201).id();
        let (carries, idle) = (team("Health"), team("Archive"));
        let joins = |team: &str, person: &str, part: &str| {
            let membership = json!({"person_id": person, "part": part, "from": "2026-01-01"});
            place.admin.post(&format!("/v1/teams/{team}/members"), &membership).expect(201);
        };
        let person = |name: &str| {
            let address = format!("{}@example.org", name.to_lowercase());
            place.admin.post("/v1/people", &json!({"name": name, "email": address})).expect(201).id()
        };
        let (lead, member) = (person("Lea"), person("Max"));
        joins(&carries, &lead, "lead");
        joins(&idle, &lead, "lead");
        joins(&carries, &member, "member");
        let outcome = format!("/v1/outcomes/{}", story.outcome);
        let etag = place.admin.get(&outcome).expect(200).etag();
        place.admin.patch(&outcome, &etag, &json!({"team_id": carries})).expect(200);
        settle(place, &json!({"mail_hour": 0, "nudges_a_week": 0, "digest_on": weekday()}));
        postbox.readers_until("lea@example.org");
        let letters = postbox.seen().letters.clone();
        let of_lead: Vec<_> = letters.iter().filter(|letter| letter.to == ["lea@example.org"]).collect();
        assert_eq!(of_lead.len(), 1, "her own and that of the idle team have nothing to tell: {of_lead:?}");
        for part in ["Subject: A place, Health: ", "# News for Health", "is stale: 10 % of"] {
            assert!(of_lead[0].text.contains(part), "{part} in {}", of_lead[0].text);
        }
        assert!(!letters.iter().any(|letter| letter.to == ["max@example.org"]), "who does not lead it has no letter");
        // Looked at again, nobody is told twice.
        concerned(place, &story, "Zoe");
        settle(place, &json!({"nudges_a_week": 1}));
        let readers = postbox.readers_until("zoe@example.org");
        assert_eq!(readers.iter().filter(|reader| *reader == "lea@example.org").count(), 1, "{readers:?}");
        let mut told = notices(place, &lead);
        told.sort_by_key(|one| format!("{one:?}"));
        let mut expected = [("digest", carries.as_str()), ("nothing_to_tell", ""), ("nothing_to_tell", idle.as_str())]
            .map(|(kind, subject)| (json!(kind), json!(subject)));
        expected.sort_by_key(|one| format!("{one:?}"));
        assert_eq!(told, expected);
    });
}

#[test]
fn who_could_not_be_told_is_told_later_and_an_address_that_is_refused_stops_nobody() {
    with_mail(|place, postbox| {
        postbox.set_broken(true);
        let story = tell(place);
        let lost = concerned(place, &story, "Lost");
        concerned(place, &story, "Zoe");
        settle(place, &json!({"mail_hour": 0, "nudges_a_week": 0, "digest_on": weekday()}));
        postbox.wait(|seen| seen.attempts > 0);
        postbox.set_broken(false);
        assert_eq!(postbox.readers_until("zoe@example.org"), ["ada@example.org", "zoe@example.org"]);
        assert_eq!(notices(place, &lost).len(), 1, "it is not tried again");
    });
}

#[test]
fn a_mailbox_that_is_full_stops_nobody_and_is_tried_again() {
    with_mail(|place, postbox| {
        let story = tell(place);
        let full = concerned(place, &story, "Full");
        concerned(place, &story, "Zoe");
        settle(place, &json!({"mail_hour": 0, "nudges_a_week": 0, "digest_on": weekday()}));
        assert_eq!(postbox.readers_until("zoe@example.org"), ["ada@example.org", "zoe@example.org"]);
        assert_eq!(notices(place, &full), [], "nothing was told there");
        let attempts = postbox.seen().attempts;
        settle(place, &json!({"nudges_a_week": 1}));
        postbox.wait(|seen| seen.attempts > attempts);
    });
}

#[test]
fn where_the_mail_server_takes_nothing_from_us_all_are_told_later() {
    with_mail(|place, postbox| {
        postbox.seen().is_closed = true;
        let story = tell(place);
        concerned(place, &story, "Zoe");
        settle(place, &json!({"mail_hour": 0, "nudges_a_week": 0, "digest_on": weekday()}));
        postbox.wait(|seen| seen.attempts > 1);
        postbox.seen().is_closed = false;
        assert_eq!(postbox.readers_until("zoe@example.org"), ["ada@example.org", "zoe@example.org"]);
    });
}

#[test]
fn nobody_is_written_to_where_the_organization_wants_none() {
    with_mail(|place, postbox| {
        let story = tell(place);
        settle(place, &json!({"mail_hour": 0, "nudges_a_week": 0, "digest_on": "never"}));
        let etag = place.admin.get("/v1/organization").expect(200).etag();
        for wrong in [json!({"mail_hour": 24}), json!({"nudges_a_week": 51}), json!({"digest_on": "someday"})] {
            let refused = place.admin.patch("/v1/organization", &etag, &wrong);
            assert!(matches!(refused.status, 400 | 422), "{wrong}: {}", refused.text());
        }
        assert_eq!(notices(place, &story.person), []);
        settle(place, &json!({"digest_on": weekday()}));
        assert_eq!(postbox.readers_until("ada@example.org"), ["ada@example.org"], "what was not told before");
    });
}

#[test]
fn people_are_nudged_once_a_day_about_each_thing_and_only_so_often_a_week() {
    with_mail(|place, postbox| {
        let story = Story::begin(place);
        let day = Zone::named("Europe/London").expect("a zone").day_of(now());
        let brief = |title: &str, person: &str| {
            let document = json!({
                "about": "free", "title": title, "body": "News.", "to_person_ids": [person], "due_on": day.to_string(),
            });
            let briefing = place.admin.post("/v1/briefings", &document).expect(201).location();
            place.admin.ask("POST", &format!("{briefing}/publish")).send().expect(200);
            briefing.rsplit('/').next().unwrap_or_default().to_owned()
        };
        let first = brief("First", &story.person);
        settle(place, &json!({"mail_hour": 0, "nudges_a_week": 2, "digest_on": "never"}));
        postbox.readers_until("ada@example.org");
        let letter = postbox.seen().letters[0].text.clone();
        assert!(
            letter.contains("Subject: A place: First") && letter.contains("read and acknowledge **First**"),
            "{letter}"
        );

        let other_day = if weekday() == "monday" { "tuesday" } else { "monday" };
        // A second and a third thing, of which one is too much; whoever comes later shows that people were looked at.
        let zoe = json!({"name": "Zoe", "email": "zoe@example.org"});
        let zoe = place.admin.post("/v1/people", &zoe).expect(201).id();
        let (second, _) = (brief("Second", &story.person), brief("Third", &story.person));
        brief("Welcome", &zoe);
        settle(place, &json!({"mail_hour": 0, "nudges_a_week": 2, "digest_on": other_day}));
        postbox.readers_until("zoe@example.org");
        let mut told: Vec<Value> = notices(place, &story.person).into_iter().map(|(_, subject)| subject).collect();
        told.sort_by_key(Value::to_string);
        let subject = |briefing: &str| json!(format!("acknowledge_briefing:{briefing}"));
        assert_eq!(told, [subject(&first), subject(&second)]);
    });
}

#[test]
fn two_things_about_one_measure_or_one_outcome_are_two_and_stop_nobody() {
    with_mail(|place, postbox| {
        let story = Story::begin(place);
        story.activate(place);
        let today = Zone::named("Europe/London").expect("a zone").day_of(now()).to_string();
        let step = |title: &str| json!({"title": title, "weight": 1, "due_on": today});
        let steps = json!({
            "key": "steps", "name": "Steps", "kind": "milestones", "milestones": [step("First"), step("Second")],
        });
        place.admin.post(&story.at("/measures"), &steps).expect(201);
        let second = place.admin.post("/v1/outcomes", &outcome("Another", &story.theme)).expect(201).id();
        for part in ["accountable", "responsible"] {
            let document = json!({"part": part, "role_id": story.role, "from": "2026-01-01"});
            place.admin.post(&format!("/v1/outcomes/{second}/responsibilities"), &document).expect(201);
        }
        let child = place.admin.post("/v1/outcomes", &outcome("Depends on both", &story.theme)).expect(201).id();
        for parent in [&story.outcome, &second] {
            place
                .admin
                .put(&format!("/v1/outcomes/{child}/parents/{parent}"), &json!({"kind": "depends_on"}))
                .expect(201);
        }
        let zoe = json!({"name": "Zoe", "email": "zoe@example.org"});
        let zoe = place.admin.post("/v1/people", &zoe).expect(201).id();
        let document = json!({
            "about": "free", "title": "Welcome", "body": "News.", "to_person_ids": [zoe], "due_on": today,
        });
        let briefing = place.admin.post("/v1/briefings", &document).expect(201).location();
        place.admin.ask("POST", &format!("{briefing}/publish")).send().expect(200);
        settle(place, &json!({"mail_hour": 0, "nudges_a_week": 50, "digest_on": "never"}));
        postbox.readers_until("zoe@example.org");
        let letter = postbox.seen().letters.iter().find(|letter| letter.to == ["ada@example.org"]).cloned();
        let letter = letter.expect("a letter to Ada").text;
        for part in ["reach **First**", "reach **Second**"] {
            assert!(letter.contains(part), "{part} in {letter}");
        }
        let told: Vec<Value> = notices(place, &story.person).into_iter().map(|(_, subject)| subject).collect();
        for kind in ["milestone:", "confirm_dependency:"] {
            let count = told.iter().filter(|one| one.as_str().is_some_and(|text| text.starts_with(kind))).count();
            assert_eq!(count, 2, "{kind} {told:?}");
        }
    });
}
