//! What changed on the board between two states, and by whom.

use crate::server::on_both;
use crate::story::Story;
use serde_json::{Value, json};

fn part<'a>(diff: &'a Value, kind: &str) -> &'a Value {
    let parts = diff["data"].as_array().expect("a list");
    parts.iter().find(|part| part["kind"] == kind).unwrap_or_else(|| panic!("no {kind} in {diff}"))
}

fn field<'a>(part: &'a Value, name: &str) -> &'a Value {
    let changes = part["changes"].as_array().expect("a list");
    changes.iter().find(|change| change["field"] == name).unwrap_or_else(|| panic!("no {name} in {part}"))
}

#[test]
fn a_board_diff_says_what_changed_between_two_revisions_and_who_wrote_it() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        story.observe(place, &[("2026-01-31", 190.0)]);
        let before = place.admin.revision();
        story.observe(place, &[("2026-02-28", 150.0)]);
        let after = place.admin.revision();
        let diff = place.admin.get(&format!("/v1/board/diff?from={before}&to={after}")).expect(200).json();
        assert_eq!((&diff["counts"]["added"], &diff["counts"]["removed"]), (&json!(0), &json!(0)));
        let measure = part(&diff, "measure");
        assert_eq!((&measure["id"], &measure["what"]), (&json!(story.measure), &json!("changed")));
        let progress = field(measure, "progress");
        assert_eq!((&progress["before"], &progress["after"]), (&json!(10.0), &json!(50.0)));
        assert_eq!(measure["by_clock_alone"], false);
        let cause = &measure["causes"][0];
        assert_eq!((&cause["action"], &cause["actor"]), (&json!("observations.recorded"), &json!("admin")));
        assert_eq!(cause["revision"].to_string(), after);
        assert_eq!(field(part(&diff, "outcome"), "progress")["after"], 50.0);
        let none = place.admin.get(&format!("/v1/board/diff?from={after}&to={after}")).expect(200).json();
        assert_eq!(none["data"], json!([]));
    });
}

#[test]
fn a_check_in_that_moves_the_board_is_named_as_the_cause() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        story.observe(place, &[("2026-01-31", 190.0)]);
        let before = place.admin.revision();
        let document = json!({"reported_status": "off_track", "confidence": 0.3});
        let check_in = place.admin.post(&story.at("/check-ins"), &document).expect(201).location();
        place.admin.ask("POST", &format!("{check_in}/publish")).send().expect(200);
        let diff = place.admin.get(&format!("/v1/board/diff?from={before}&to={}", place.admin.revision()));
        let diff = diff.expect(200).json();
        let outcome = part(&diff, "outcome");
        assert_eq!(field(outcome, "reported_status")["after"], "off_track");
        assert_eq!(field(outcome, "confidence")["after"]["mean"], 0.3);
        assert_eq!(outcome["by_clock_alone"], false);
        let actions: Vec<&Value> =
            outcome["causes"].as_array().expect("a list").iter().map(|cause| &cause["action"]).collect();
        assert!(actions.contains(&&json!("check_in.published")), "{actions:?}");
    });
}

#[test]
fn what_only_time_changed_has_no_cause() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        story.observe(place, &[("2026-01-31", 190.0)]);
        let diff = place.admin.get("/v1/board/diff?from=2026-02-01&to=2026-11-01").expect(200).json();
        let outcome = part(&diff, "outcome");
        assert_eq!((&outcome["by_clock_alone"], &outcome["causes"]), (&json!(true), &json!([])));
        assert_ne!(field(outcome, "expected")["before"], field(outcome, "expected")["after"]);
    });
}

#[test]
fn before_the_first_record_everything_was_still_to_be_added_and_backwards_is_refused() {
    on_both(|place| {
        let story = Story::begin(place);
        let diff = place.admin.get("/v1/board/diff?from=1970-01-01").expect(200).json();
        assert_eq!(part(&diff, "outcome")["what"], "added");
        assert_eq!(part(&diff, "outcome")["id"], json!(story.outcome));
        for wrong in ["from=2026-02-01&to=2026-01-01", "from=soon", "", "from=1&known_at=1", "from=2999-01-01"] {
            place.admin.get(&format!("/v1/board/diff?{wrong}")).problem(400, "invalid_parameter");
        }
        let csv = place.admin.ask("GET", "/v1/board/diff?from=1970-01-01").header("accept", "text/csv").send();
        assert!(csv.expect(200).text().starts_with("kind,id,title,what,field,before,after"));
        // Another organization sees nothing of it.
        let elsewhere = place.server.found().admin.get("/v1/board/diff?from=1970-01-01").expect(200).text();
        assert!(!elsewhere.contains(&story.outcome));
    });
}
