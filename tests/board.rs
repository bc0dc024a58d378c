//! The board: one tree, as of any instant, as known by then, and unchanged for as long as nothing changes.

use crate::outcome::Scene;
use crate::server::{Place, on_both};
use crate::story::{Story, outcome};
use serde_json::json;

#[test]
fn the_board_shows_where_an_outcome_stands_and_who_answers() {
    on_both(|Place { admin, .. }| {
        let mission = json!({"statement": "Everyone is better off", "effective_from": "2026-01-01"});
        admin.put("/v1/mission", &mission).expect(201);
        let theme = admin.theme("Growth").id();
        let scene = Scene::active_in(admin, &json!(theme));
        let point = |on: &str, value: u32| json!({"measure": scene.key, "observed_at": on, "value": value});
        admin.post("/v1/observations", &json!([point("2026-03-31", 120), point("2026-06-30", 150)])).expect(200);
        let known = admin.revision();

        let board = admin.get("/v1/board?as_of=2026-07-01").expect(200);
        let json = board.json();
        assert_eq!(json["mission"]["statement"], "Everyone is better off");
        assert_eq!((&json["progress"], &json["coverage"]), (&json!(50.0), &json!(1.0)));
        let node = &json["themes"][0]["outcomes"][0];
        assert_eq!(
            (&node["state"], &node["progress"], &node["pace"]),
            (&json!("active"), &json!(50.0), &json!("on_track"))
        );
        assert_eq!(
            (&node["accountable"]["person"]["name"], &node["accountable"]["via"]),
            (&json!("Ada"), &json!("holder"))
        );
        assert_eq!(node["measures"][0]["latest"]["value"], json!(150.0));
        let spring = admin.get("/v1/board?as_of=2026-04-01").expect(200).json();
        assert_eq!(spring["themes"][0]["outcomes"][0]["progress"], json!(20.0));
        let before = admin.get("/v1/board?as_of=2020-01-01").expect(200).json();
        assert_eq!(
            (&before["mission"], &before["themes"]),
            (&json!(null), &json!([])),
            "before the first record it is empty"
        );

        admin.post("/v1/observations", &point("2026-06-30", 180)).expect(200);
        let again = admin.get(&format!("/v1/board?as_of=2026-07-01&known_at={known}")).expect(200).json();
        assert_eq!(again["themes"], json["themes"], "what was known then is what was answered then");
        let now = admin.get("/v1/board?as_of=2026-07-01").expect(200).json();
        assert_eq!(now["themes"][0]["outcomes"][0]["progress"], json!(80.0));
        let table = admin.ask("GET", "/v1/board").header("accept", "text/csv").send().expect(200).text();
        assert!(table.lines().nth(1).is_some_and(|line| line.starts_with("Growth,0,out_")), "{table}");
    });
}

#[test]
fn an_unchanged_board_is_304_and_a_changed_one_is_not() {
    on_both(|Place { admin, .. }| {
        let scene = Scene::active(admin);
        let board = admin.get("/v1/board").expect(200);
        let again = |etag: &str| admin.ask("GET", "/v1/board").header("if-none-match", etag).send();
        again(&board.etag()).expect(304);
        let point = json!({"measure": scene.key, "observed_at": "2026-01-31", "value": 110});
        admin.post("/v1/observations", &point).expect(200);
        let changed = again(&board.etag()).expect(200);
        assert_ne!(changed.etag(), board.etag());
        again(&changed.etag()).expect(304);
    });
}

#[test]
fn the_matrix_says_who_has_which_part() {
    on_both(|Place { admin, .. }| {
        let scene = Scene::active(admin);
        admin.delete(&format!("/v1/assignments/{}", scene.assignment), "*").expect(204);
        let table =
            admin.ask("GET", "/v1/responsibility-matrix").header("accept", "text/csv").send().expect(200).text();
        let mut lines = table.lines();
        let header = lines.next().unwrap_or_default();
        assert!(header.contains("Head of sales") && header.contains("Head of finance"), "{header}");
        let row = lines.next().unwrap_or_default();
        assert!(row.contains(",A,") && row.contains(",R,") && row.contains("role_vacant"), "{row}");
        let matrix = admin.get("/v1/responsibility-matrix?by=role").expect(200).text();
        assert!(scene.roles.iter().all(|role| matrix.contains(role)), "{matrix}");
    });
}

#[test]
fn a_board_is_the_same_until_something_is_written() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        story.observe(place, &[("2026-02-01", 150.0)]);
        let board = place.admin.get("/v1/board").expect(200);
        place.admin.ask("GET", "/v1/board").header("if-none-match", &board.etag()).send().expect(304);
        assert_eq!(place.admin.get("/v1/board").expect(200).body, board.body);
        story.observe(place, &[("2026-02-01", 140.0)]);
        let changed = place.admin.ask("GET", "/v1/board").header("if-none-match", &board.etag()).send().expect(200);
        assert_ne!(changed.body, board.body);
        let csv = place.admin.ask("GET", "/v1/board").header("accept", "text/csv").send().expect(200);
        assert!(csv.text().contains("Fewer people die on the roads"), "{}", csv.text());
    });
}

#[test]
fn a_board_shows_people_by_name_only_to_those_who_may_see_more() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        let person = format!("/v1/people/{}", story.person);
        let reader = place.admin.with_token(place.token("read"));
        let friend = place.admin.with_token(place.token("read people:read"));
        assert_eq!(friend.get(&person).expect(200).json()["email"], "ada@example.org");
        for path in [person.as_str(), "/v1/people", "/v1/board", "/v1/responsibility-matrix", "/v1/me"] {
            let seen = reader.get(path).expect(200).text();
            assert!(!seen.contains("example.org"), "{path}: {seen}");
        }
        assert!(reader.get(&person).expect(200).text().contains("Ada Lovelace"));
        reader.get(&format!("{person}/skills")).problem(403, "forbidden");
        let csv = reader.ask("GET", "/v1/people").header("accept", "text/csv").send().expect(200);
        assert!(!csv.text().contains("example.org"), "{}", csv.text());
    });
}

#[test]
fn a_long_chain_of_outcomes_is_shown_as_deep_as_an_answer_goes() {
    on_both(|place| {
        let story = Story::begin(place);
        let mut chain = vec![story.outcome.clone()];
        for n in 0..150 {
            let id = place.admin.post("/v1/outcomes", &outcome(&format!("n{n}"), &story.theme)).expect(201).id();
            let parent = chain.last().cloned().unwrap_or_default();
            let path = format!("/v1/outcomes/{id}/parents/{parent}");
            assert!(place.admin.put(&path, &json!({"kind": "contributes"})).status < 300);
            chain.push(id);
        }
        let shown = |query: &str| {
            let board = place.admin.get(&format!("/v1/board{query}")).expect(200).text();
            chain.iter().filter(|id| board.contains(id.as_str())).count()
        };
        assert_eq!((shown("?depth=0"), shown("?depth=1"), shown("?depth=20")), (1, 2, 21));
        // However deep they go, no answer is followed deeper than this.
        assert_eq!(shown(""), 101);
    });
}
