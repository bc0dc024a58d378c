//! Pages: a walk through a list is a snapshot, whatever is written meanwhile; its cursor is sealed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::history::{Chance, History};
use crate::server::on_both;

fn data(answer: &Answer) -> Vec<Value> {
    answer.json()["data"].as_array().cloned().expect("a page has data")
}

/// Walks from a first page to the end.
fn walk(client: &Client, first: &str) -> (Answer, Vec<Value>) {
    let page = client.get(first).expect(200);
    let mut all = data(&page);
    let mut next = page.json()["next"].as_str().map(str::to_owned);
    while let Some(cursor) = next {
        let page = client.get(&format!("{first}&after={cursor}")).expect(200);
        all.extend(data(&page));
        next = page.json()["next"].as_str().map(str::to_owned);
    }
    (page, all)
}

#[test]
fn a_walk_sees_every_entry_once_in_order() {
    on_both(|place| {
        let made: Vec<String> = (0..7).map(|n| place.admin.theme(&format!("t{n}")).id()).collect();
        for limit in [1, 2, 3, 6, 7, 8, 200] {
            let (first, all) = walk(&place.admin, &format!("/v1/themes?limit={limit}"));
            let ids: Vec<_> = all.iter().map(|theme| theme["id"].as_str().unwrap_or_default().to_owned()).collect();
            assert_eq!(ids, made, "limit {limit}");
            assert_eq!(first.header("link").is_some(), limit < 7, "limit {limit}");
        }
        assert_eq!(data(&place.admin.get("/v1/themes").expect(200)).len(), 7);
    });
}

#[test]
fn the_link_leads_to_the_next_page() {
    on_both(|place| {
        for n in 0..3 {
            place.admin.theme(&format!("t{n}"));
        }
        let first = place.admin.get("/v1/themes?limit=2").expect(200);
        let link = first.header("link").expect("a link");
        let path = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")).expect("a next link");
        let second = place.admin.get(path).expect(200);
        assert_eq!(data(&second).len(), 1);
        assert_eq!(second.header("link"), None);
        assert_eq!(second.json().get("next"), None);
    });
}

#[test]
fn a_walk_is_a_snapshot_while_others_write() {
    on_both(|place| {
        for n in 0..9 {
            place.admin.theme(&format!("t{n}"));
        }
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            for writer in 0..3 {
                let (place, done) = (&place, &done);
                scope.spawn(move || {
                    let mut turn = 0;
                    while !done.load(Ordering::Relaxed) && turn < 2_000 {
                        let theme = place.admin.theme(&format!("{writer}.{turn}"));
                        let title = json!({"title": format!("{writer}.{turn} changed")});
                        let theme =
                            place.admin.patch(&format!("/v1/themes/{}", theme.id()), &theme.etag(), &title).expect(200);
                        place.admin.delete(&format!("/v1/themes/{}", theme.id()), &theme.etag()).expect(204);
                        turn += 1;
                    }
                });
            }
            let walks: Vec<_> = (0..12).map(|_| walk(&place.admin, "/v1/themes?limit=4")).collect();
            done.store(true, Ordering::Relaxed);
            for (first, seen) in walks {
                let etag = first.etag();
                let revision = etag.split('-').nth(1).expect("incarnation-revision-digest");
                let then = place.admin.get(&format!("/v1/themes?limit=200&known_at={revision}")).expect(200);
                assert_eq!(seen, data(&then), "as known at {revision}");
            }
        });
    });
}

#[test]
fn no_walk_misses_or_repeats_anything_while_a_random_history_goes_on() {
    on_both(|place| {
        let mut history = History::begin(place, 7);
        (0..60).for_each(|_| history.step());
        let mut chance = Chance::new(8);
        let done = AtomicBool::new(false);
        let mut walks = Vec::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                let mut steps = 0;
                while !done.load(Ordering::Relaxed) && steps < 1_500 {
                    history.step();
                    steps += 1;
                }
            });
            for _ in 0..3 {
                for list in [
                    "/v1/outcomes?",
                    "/v1/outcomes?sort=-title&",
                    "/v1/outcomes?state=active&",
                    "/v1/measures?",
                    "/v1/people?",
                    "/v1/roles?",
                    "/v1/teams?",
                    "/v1/outcomes?q=outcome&",
                    "/v1/findings?",
                    "/v1/check-ins/due?",
                    "/v1/briefings?",
                ] {
                    let (last, seen) = walk(&place.admin, &format!("{list}limit={}", 1 + chance.below(7)));
                    walks.push((list, last.etag(), seen));
                }
            }
            done.store(true, Ordering::Relaxed);
        });
        for (list, etag, seen) in walks {
            let revision = etag.split('-').nth(1).expect("incarnation-revision-digest").to_owned();
            let (_, then) = walk(&place.admin, &format!("{list}limit=200&known_at={revision}"));
            let ids = |rows: &[Value]| rows.iter().map(|row| row["id"].to_string()).collect::<Vec<_>>();
            assert_eq!(ids(&seen), ids(&then), "{list} as known at {revision}");
        }
    });
}

#[test]
fn a_cursor_that_was_touched_or_is_of_another_list_is_refused() {
    on_both(|place| {
        for n in 0..3 {
            place.admin.theme(&format!("t{n}"));
        }
        let first = place.admin.get("/v1/themes?limit=1").expect(200).json();
        let cursor = first["next"].as_str().expect("a cursor").to_owned();
        place.admin.get(&format!("/v1/themes?limit=2&after={cursor}")).expect(200);
        let refused = |client: &Client, path: &str| {
            let answer = client.get(path);
            answer.problem(400, "invalid_parameter");
            assert_eq!(answer.places(), [("/query/after".to_owned(), "cursor_invalid".to_owned())], "{path}");
        };
        for at in 0..cursor.len() {
            let mut touched = cursor.clone().into_bytes();
            touched[at] = if touched[at] == b'A' { b'B' } else { b'A' };
            refused(&place.admin, &format!("/v1/themes?after={}", String::from_utf8_lossy(&touched)));
        }
        for other in [&cursor[1..], &format!("{cursor}A"), "%20", "...."] {
            refused(&place.admin, &format!("/v1/themes?after={other}"));
        }
        refused(&place.admin, &format!("/v1/themes?raw=true&after={cursor}"));
        refused(&place.admin, &format!("/v1/periods?after={cursor}"));
        refused(&place.server.found().admin, &format!("/v1/themes?after={cursor}"));
    });
}

#[test]
fn a_list_is_a_table_on_request_and_harmless_in_a_spreadsheet() {
    on_both(|place| {
        place.admin.post("/v1/themes", &json!({"title": "=1+1", "success": "a \"quoted\",\nline"})).expect(201);
        place.admin.theme("plain");
        let table = |path: &str| place.admin.ask("GET", path).header("accept", "text/csv").send().expect(200);
        let safe = table("/v1/themes");
        assert_eq!(safe.header("content-type"), Some("text/csv; charset=utf-8"));
        let text = safe.text();
        let head = text.lines().next().unwrap_or_default();
        assert!(head.starts_with("id,version,") && head.contains(",title,success"), "{head}");
        assert!(text.contains(",'=1+1,\"a \"\"quoted\"\",\nline\""), "{text}");
        assert!(table("/v1/themes?raw=true").text().contains(",=1+1,"));
        let page = table("/v1/themes?limit=1");
        assert!(page.header("link").is_some(), "a table has pages too");
        assert_ne!(safe.etag(), place.admin.get("/v1/themes").expect(200).etag(), "each format has its own ETag");
    });
}

#[test]
fn a_page_brings_what_its_entries_name_where_that_is_asked_for() {
    on_both(|place| {
        let made = |path: &str, document: Value| place.admin.post(path, &document).expect(201).id();
        let parent = made("/v1/teams", json!({"name": "Public health"}));
        let team = made("/v1/teams", json!({"name": "Roads", "parent_id": parent}));
        let boss = made("/v1/people", json!({"name": "Grace Hopper"}));
        let owner = made("/v1/people", json!({"name": "Ada Lovelace", "email": "ada@example.org", "manager_id": boss}));
        let theme = place.admin.theme("Health").id();
        let named = json!({"title": "Fewer deaths", "team_id": team, "owner_id": owner, "theme_id": theme});
        let outcome = made("/v1/outcomes", named);
        made("/v1/outcomes", json!({"title": "Fewer injuries", "team_id": team}));
        let measure = json!({"key": "deaths", "name": "Deaths", "kind": "monitor"});
        made(&format!("/v1/outcomes/{outcome}/measures"), measure);
        let expanded = |client: &Client, path: &str| client.get(path).expect(200).json()["expanded"].clone();
        let ids = |rows: &Value| {
            let rows = rows.as_array().into_iter().flatten();
            rows.map(|row| row["id"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };

        assert_eq!(expanded(&place.admin, "/v1/outcomes"), Value::Null);
        let of = expanded(&place.admin, "/v1/outcomes?expand=team,owner,period,theme");
        assert_eq!(ids(&of["teams"]), [team.as_str()], "each once");
        assert_eq!((ids(&of["people"]), ids(&of["themes"])), (vec![owner.clone()], vec![theme]));
        assert_eq!(
            (ids(&of["periods"]), &of["roles"]),
            (vec![], &Value::Null),
            "a kind is there where it was asked for"
        );
        assert_eq!(of["teams"][0], place.admin.get(&format!("/v1/teams/{team}")).expect(200).json());
        assert_eq!(ids(&expanded(&place.admin, "/v1/measures?expand=outcome")["outcomes"]), [outcome.as_str()]);
        made("/v1/roles", json!({"title": "Head of roads", "team_id": team}));
        let of = expanded(&place.admin, "/v1/roles?expand=reports_to,team");
        assert_eq!((ids(&of["teams"]), ids(&of["roles"])), (vec![team.clone()], vec![]));
        assert_eq!(ids(&expanded(&place.admin, "/v1/teams?expand=parent")["teams"]), [parent]);
        assert_eq!(ids(&expanded(&place.admin, "/v1/people?expand=manager")["people"]), [boss]);

        // On each page what is named there; of a past state, as it was then.
        let first = place.admin.get("/v1/outcomes?expand=owner&limit=1").expect(200).json();
        assert_eq!(ids(&first["expanded"]["people"]), [owner.as_str()]);
        let next = format!("/v1/outcomes?expand=owner&limit=1&after={}", first["next"].as_str().expect("a next page"));
        assert_eq!(ids(&expanded(&place.admin, &next)["people"]), Vec::<String>::new());
        let listed = place.admin.get("/v1/outcomes").expect(200).etag();
        let revision = listed.split('-').nth(1).expect("incarnation-revision-digest");
        let etag = place.admin.get(&format!("/v1/teams/{team}")).expect(200).etag();
        place.admin.patch(&format!("/v1/teams/{team}"), &etag, &json!({"name": "Streets"})).expect(200);
        let then = expanded(&place.admin, &format!("/v1/outcomes?expand=team&known_at={revision}"));
        assert_eq!(then["teams"][0]["name"], "Roads");
        assert_eq!(expanded(&place.admin, "/v1/outcomes?expand=team")["teams"][0]["name"], "Streets");

        // Nobody sees more of a person than where the person is asked for.
        let names = place.admin.with_token(place.token("read"));
        let person = expanded(&names, "/v1/outcomes?expand=owner")["people"][0].clone();
        assert_eq!(person, names.get(&format!("/v1/people/{owner}")).expect(200).json());
        assert_eq!(person["email"], Value::Null);

        for wrong in ["measures", "", "team,", "Team", "team%20owner"] {
            let problem = place.admin.get(&format!("/v1/outcomes?expand={wrong}")).problem(400, "invalid_parameter");
            assert!(problem.to_string().contains("owner, period, team, theme"), "{wrong}: {problem}");
        }
        place.admin.get("/v1/themes?expand=team").problem(400, "invalid_parameter");
        let table = place.admin.ask("GET", "/v1/outcomes?expand=team").header("accept", "text/csv").send().expect(200);
        assert!(!table.text().contains("Streets"));
    });
}
