//! Events: the log as it grows, followed, left and taken up again, and never at the cost of others.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use remit_api::auth::{Claims, sign};
use remit_api::config::Settings;
use serde_json::{Value, json};

use crate::client::Client;
use crate::server::{Place, on_both, on_two, with};
use crate::story::Story;
use crate::stream::{Block, Stream};

fn log(client: &Client) -> Vec<Value> {
    let (mut entries, mut after) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("/v1/changes?limit=40&after={after}")).expect(200).json();
        entries.extend(page["data"].as_array().expect("entries").clone());
        if page["has_more"] == false {
            return entries;
        }
        after = page["next"].as_str().expect("a cursor").to_owned();
    }
}

fn place_of(entry: &Value) -> (i64, i32) {
    let number = |name: &str| entry[name].as_i64().expect("a number");
    (number("revision"), i32::try_from(number("position")).expect("a position"))
}

/// The id of what stands before everything.
fn beginning(client: &Client) -> String {
    let next = client.get("/v1/changes?limit=1").expect(200).json()["next"].clone();
    let incarnation = next.as_str().and_then(|next| next.split('.').next()).expect("a cursor").to_owned();
    format!("{incarnation}.0.0")
}

#[test]
fn a_write_reaches_whoever_follows_the_log_as_the_log_shows_it() {
    on_both(|place| {
        let mut stream = Stream::follow(&place.admin, "");
        let hello = stream.block().expect("where it stands");
        assert!(hello.id.is_some() && hello.data.is_none(), "{hello:?}");
        let story = Story::begin(place);
        story.activate(place);
        let log: Vec<_> = log(&place.admin).into_iter().filter(|entry| place_of(entry) > hello.place()).collect();
        assert!(log.len() > 8);
        for entry in &log {
            let event = stream.event().expect("an event");
            assert_eq!(event.event.as_deref(), entry["action"].as_str());
            assert_eq!(event.data.as_ref(), Some(entry));
            assert_eq!(event.place(), place_of(entry));
        }
        // Nothing personal stands in it.
        assert!(!format!("{log:?}").to_lowercase().contains("lovelace"));
    });
}

#[test]
fn whoever_comes_back_misses_nothing_and_gets_nothing_twice_while_others_write() {
    on_both(|place| come_and_go(place, &place.admin));
}

#[test]
fn what_one_server_writes_reaches_the_readers_of_another() {
    on_two(|place, there| {
        let mut stream = Stream::follow(there, "?action=theme.created");
        stream.block().expect("where it stands");
        for title in ["one", "two", "three"] {
            let id = place.admin.theme(title).id();
            let event = stream.event().expect("an event");
            assert_eq!(event.data.expect("an entry")["subject"], json!({"kind": "theme", "id": id}));
        }
        come_and_go(place, there);
    });
}

/// Eight write through one server while one who follows by another leaves and comes back, again and again.
fn come_and_go(place: &Place, reader: &Client) {
    const WRITERS: usize = 8;
    const EACH: usize = 15;
    let start = log(&place.admin).len();
    let mut seen: Vec<Block> = Vec::new();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let admin = place.admin.clone();
            scope.spawn(move || {
                for number in 0..EACH {
                    admin.theme(&format!("{writer} {number}"));
                }
            });
        }
        let mut last = beginning(reader);
        while seen.len() < start + WRITERS * EACH {
            let mut stream = Stream::open(reader, "", &[&format!("last-event-id: {last}")]);
            assert_eq!(stream.status(), 200, "{}", stream.head);
            for _ in 0..7.min(start + WRITERS * EACH - seen.len()) {
                seen.push(stream.event().expect("an event"));
            }
            last = stream.last_id.expect("an id");
        }
    });
    let log: Vec<_> = log(&place.admin);
    let data: Vec<_> = seen.iter().filter_map(|event| event.data.clone()).collect();
    assert_eq!(data, log);
    // What is there already can be had without waiting; and the header wins over the parameter.
    let (first, middle) = (beginning(reader), seen[start + 20].id.clone().expect("an id"));
    let all = Stream::follow(reader, &format!("?seconds=0&after={first}")).rest();
    assert_eq!(all, seen);
    let header = format!("last-event-id: {middle}");
    let some = Stream::open(reader, &format!("?seconds=0&after={first}"), &[&header]).rest();
    assert_eq!(some, seen[start + 21..]);
    let page = reader.get(&format!("/v1/changes?limit=1000&after={middle}")).expect(200).json();
    assert_eq!(page["data"].as_array().map(Vec::len), Some(some.len()), "an event's id is a cursor of the log");
}

#[test]
fn events_are_filtered_by_subject_kind_and_action_and_never_anothers() {
    on_both(|place| {
        let stranger = place.server.found();
        let mut all = Stream::follow(&place.admin, "");
        let mut theirs = Stream::follow(&stranger.admin, "");
        let story = Story::begin(place);
        stranger.admin.theme("not yours");
        let actions = |query: &str| {
            let query = format!("?seconds=0&after={}&{query}", beginning(&place.admin));
            let events = Stream::follow(&place.admin, &query).rest();
            events.into_iter().filter_map(|event| event.event).collect::<Vec<_>>()
        };
        assert_eq!(actions("kind=measure"), ["measure.created"]);
        assert_eq!(actions("kind=measure,role"), ["measure.created", "role.created"]);
        assert_eq!(actions("action=outcome.created,theme.created"), ["theme.created", "outcome.created"]);
        assert_eq!(actions("action=outcome.created&kind=theme"), [""; 0]);
        assert_eq!(actions(&format!("subject={},{}", story.person, story.role)), ["role.created", "person.created"]);
        assert_eq!(actions("subject=nobody"), [""; 0]);
        place.admin.theme("the end");
        stranger.admin.theme("the end");
        for stream in [&mut all, &mut theirs] {
            let mut events = Vec::new();
            loop {
                let event = stream.event().expect("an event").data.expect("an entry");
                let is_last = event["record"]["title"] == "the end";
                events.push(event);
                if is_last {
                    break;
                }
            }
            let yours = events.iter().filter(|event| event["record"]["title"] == "not yours").count();
            assert_eq!((events.len() > 5, yours), if yours == 0 { (true, 0) } else { (false, 1) }, "{events:?}");
        }
    });
}

#[test]
fn what_cannot_be_followed_is_refused_by_name() {
    on_both(|place| {
        let long = "x".repeat(201);
        for (query, name) in [
            ("after=x", "after"),
            ("after=a.b.c", "after"),
            ("kind=nothing", "kind"),
            ("kind=outcome,", "kind"),
            ("action=outcome.invented", "action"),
            ("action=", "action"),
            ("subject=", "subject"),
            (&*format!("subject={long}"), "subject"),
            (&*format!("subject=a{}", ",a".repeat(50)), "subject"),
            ("seconds=-1", "seconds"),
            ("seconds=86401", "seconds"),
            ("seconds=soon", "seconds"),
            ("limit=1", "limit"),
        ] {
            let answer = place.admin.get(&format!("/v1/events?{query}"));
            answer.problem(400, "invalid_parameter");
            assert_eq!(answer.places()[0].0, format!("/query/{name}"), "{query}");
        }
        let with = |id: &str| place.admin.ask("GET", "/v1/events?seconds=0").header("last-event-id", id).send();
        let answer = with("no id");
        answer.problem(400, "invalid_parameter");
        assert_eq!(answer.places()[0].0, "/header/Last-Event-ID");
        with("00000000.1.0").problem(410, "cursor_expired");
        let beyond = beginning(&place.admin).replace(".0.0", ".999999.0");
        with(&beyond).problem(410, "cursor_expired");
        let json = place.admin.ask("GET", "/v1/events?seconds=0").header("accept", "application/json").send();
        json.problem(406, "not_acceptable");
        with("").expect(200);
    });
}

#[test]
fn a_stream_is_sent_as_it_is_and_its_head_alone_without_waiting() {
    on_both(|place| {
        let stream = Stream::open(&place.admin, "?seconds=0", &["accept-encoding: gzip", "accept: text/event-stream"]);
        assert_eq!(stream.status(), 200);
        assert!(!stream.head.contains("content-encoding"), "{}", stream.head);
        assert!(
            stream.head.contains("cache-control: no-store") && !stream.head.contains("\r\netag:"),
            "{}",
            stream.head
        );
        assert!(stream.rest().is_empty());
        let head = place.admin.ask("HEAD", "/v1/events").send().expect(200);
        assert_eq!(head.header("content-type"), Some("text/event-stream"));
        let began = Instant::now();
        assert!(Stream::follow(&place.admin, "?seconds=1").rest().is_empty());
        assert!(began.elapsed() >= Duration::from_millis(900));
    });
}

#[test]
fn a_stream_says_that_it_goes_on_and_ends_with_its_credential() {
    let settings = Settings { rate_limit: Some("off".into()), ..Settings::default() };
    with(settings, |place| {
        let key = json!({"name": "a follower", "scopes": ["audit:read"]});
        let made = place.admin.post("/v1/api-keys", &key).expect(201).json();
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        let follower = place.admin.with_token(text("secret"));
        let mut kept = Stream::follow(&place.admin, "?kind=role");
        let mut revoked = Stream::follow(&follower, "");
        let claims = place.claims("audit:read");
        let exp = remit_domain::time::Instant::parse(&made_at(place)).expect("an instant").micros() / 1_000_000 + 2;
        let token = sign(&place.server.secret, &Claims { exp, ..claims }).expect("a token");
        let expiring = Stream::follow(&place.admin.with_token(token), "");
        let began = Instant::now();
        expiring.rest();
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        kept.block().expect("where it stands");
        let etag = place.admin.get(&format!("/v1/api-keys/{}", text("id"))).expect(200).etag();
        place.admin.delete(&format!("/v1/api-keys/{}", text("id")), &etag).expect(204);
        while revoked.block().is_some() {}
        // No role was written, so nothing but this is said; and it leads past what was not wanted.
        let beat = kept.block().expect("a word");
        assert!(beat.is_comment && beat.data.is_none(), "{beat:?}");
        let revision: i64 = place.admin.revision().parse().expect("a revision");
        assert_eq!(beat.place().0, revision);
    });
}

/// When the organization's last write was recorded, which is now.
fn made_at(place: &Place) -> String {
    place.admin.theme("now").json()["created_at"].as_str().expect("an instant").to_owned()
}

/// A free port for metrics, and the text that is read there.
pub fn metrics_port() -> (String, impl Fn() -> String) {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let client = Client::new(&format!("http://{free}"), None);
    (free.to_string(), move || client.get("/metrics").expect(200).text())
}

/// What the metrics say of a name, with its labels.
pub fn number(metrics: &str, name: &str) -> u64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {name} in {metrics}"))
}

/// Waits until something is so, which gives no other sign.
fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(40), "not within 40 seconds: {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

#[test]
fn a_reader_that_takes_nothing_is_cut_off_and_goes_on_where_it_stopped() {
    let (listen, metrics) = metrics_port();
    let settings = Settings { send_timeout: Some(2), metrics_listen: Some(listen), ..Settings::default() };
    with(settings, |place| {
        // More than the system itself takes for a client that does not read.
        let role = json!({"title": "All of it", "accountabilities": vec!["A long word. ".repeat(150); 100]});
        for _ in 0..60 {
            place.admin.post("/v1/roles", &role).expect(201);
        }
        let first = format!("?after={}", beginning(&place.admin));
        let mut slow: Vec<_> = (0..4).map(|_| Stream::follow(&place.admin, &first)).collect();
        eventually("they are cut off", || number(&metrics(), "remit_event_streams_cut_off_total") == 4);
        eventually("they are gone", || number(&metrics(), "remit_event_streams") == 0);
        // What was on the way arrives or not; from the last that did, it goes on.
        let mut stream = slow.remove(0);
        let mut seen = Vec::new();
        while let Some(event) = stream.event() {
            seen.push(event);
        }
        let last = stream.last_id.clone().expect("an id");
        let rest = Stream::open(&place.admin, "?seconds=0", &[&format!("last-event-id: {last}")]).rest();
        seen.extend(rest);
        let places: Vec<_> = seen.iter().map(Block::place).collect();
        assert_eq!(places, log(&place.admin).iter().map(place_of).collect::<Vec<_>>());
    });
}

#[test]
fn readers_that_vanish_leave_nothing_behind() {
    let (listen, metrics) = metrics_port();
    let settings =
        Settings { event_streams: Some("500,500".into()), metrics_listen: Some(listen), ..Settings::default() };
    with(settings, |place| {
        let readers: Vec<_> = (0..200).map(|_| Stream::follow(&place.admin, "")).collect();
        eventually("they are counted", || number(&metrics(), "remit_event_streams") == 200);
        drop(readers);
        place.admin.theme("one");
        eventually("they are gone", || number(&metrics(), "remit_event_streams") == 0);
        assert_eq!(number(&metrics(), "remit_event_streams_cut_off_total"), 0);
        let mut stream = Stream::follow(&place.admin, "");
        place.admin.theme("two");
        assert_eq!(stream.event().and_then(|event| event.event).as_deref(), Some("theme.created"));
    });
}

#[test]
fn a_credential_holds_so_many_streams_and_a_server_so_many_more() {
    let settings = Settings { event_streams: Some("2,3".into()), ..Settings::default() };
    with(settings, |place| {
        let mut held: Vec<_> = (0..2).map(|_| Stream::follow(&place.admin, "")).collect();
        let refused = place.admin.get("/v1/events");
        refused.problem(429, "too_many_requests");
        assert!(refused.header("retry-after").is_some());
        let other = place.server.found();
        held.push(Stream::follow(&other.admin, ""));
        let refused = other.admin.get("/v1/events");
        refused.problem(503, "busy");
        assert!(refused.header("retry-after").is_some());
        drop(held);
        // A connection that was closed is noticed when something is sent, or at once.
        eventually("a seat is free", || place.admin.get("/v1/events?seconds=0").status == 200);
    });
}

#[test]
fn a_server_that_is_told_to_stop_does_not_wait_for_those_who_follow() {
    with(Settings::default(), |place| {
        let streams: Vec<_> = (0..20).map(|_| Stream::follow(&place.admin, "")).collect();
        let ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for stream in streams {
                    stream.rest();
                }
                ended.store(true, Ordering::SeqCst);
            });
            place.server.stop(Duration::from_secs(10));
        });
        assert!(ended.load(Ordering::SeqCst));
        let mut refused = TcpStream::connect(place.admin.address.trim_start_matches("http://"));
        if let Ok(stream) = &mut refused {
            // The system may still take the connection; nobody answers it.
            stream.set_read_timeout(Some(Duration::from_secs(1))).expect("a timeout");
            assert!(!matches!(stream.read(&mut [0; 1]), Ok(1)));
        }
    });
}
