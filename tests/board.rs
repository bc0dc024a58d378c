//! The board: the tree at any instant, bounded whatever its shape, unchanged while nothing changes.

use serde_json::json;

use crate::server::on_both;
use crate::story::{Story, outcome};

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
