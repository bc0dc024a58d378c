//! Digests: what changed, what is not on track and what was said, for a person, a team or everyone.

use remit_api::state::now;
use remit_domain::time::Zone;
use serde_json::json;

use crate::server::on_both;
use crate::story::{Story, outcome};

#[test]
fn a_digest_tells_a_person_what_changed_what_is_behind_and_what_was_said() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        story.observe(place, &[("2026-01-31", 190.0), ("2026-02-28", 150.0), ("2026-03-10", 185.0)]);
        let other = place.admin.post("/v1/outcomes", &outcome("Nobody's concern", &story.theme)).expect(201).id();
        let ada = place.admin.with_token(place.token_of(&story.person, "read outcomes:write"));
        let said = json!({"reported_status": "off_track", "confidence": 0.25});
        let check_in = ada.post(&story.at("/check-ins"), &said).expect(201).location();
        ada.ask("POST", &format!("{check_in}/publish")).send().expect(200);

        let told = |query: &str| place.admin.get(&format!("/v1/digest?{query}")).expect(200);
        let window = "since=2026-02-01&until=2026-03-11";
        let mine = told(&format!("person={}&{window}", story.person)).json();
        assert_eq!(
            (&mine["name"], &mine["first_on"], &mine["last_on"]),
            (&json!("Ada Lovelace"), &json!("2026-02-01"), &json!("2026-03-11"))
        );
        let change = &mine["changed"][0];
        assert_eq!(change["outcome_id"], json!(story.outcome));
        assert_eq!((&change["before"]["progress"], &change["after"]["progress"]), (&json!(10.0), &json!(15.0)));
        assert_eq!((&change["before"]["health"], &change["after"]["health"]), (&json!("on_track"), &json!("at_risk")));
        assert_eq!(mine["behind"][0]["accountable"]["person"]["name"], "Ada Lovelace");
        let now = told(&format!("person={}", story.person)).json();
        assert_eq!(
            (&now["said"][0]["reported_status"], &now["said"][0]["author_name"]),
            (&json!("off_track"), &json!("Ada Lovelace"))
        );

        let text = place
            .admin
            .ask("GET", &format!("/v1/digest?{window}"))
            .header("accept", "text/markdown")
            .send()
            .expect(200);
        assert_eq!(text.header("content-type"), Some("text/markdown; charset=utf-8"));
        for line in [
            "*2026-02-01 to 2026-03-11*",
            "## Not on track",
            "- **Fewer people die on the roads** is at risk: 15 % of ",
            "- **Fewer people die on the roads**: progress 10 % → 15 %; on track → at risk.",
            "Ada Lovelace answers for it.",
        ] {
            assert!(text.text().contains(line), "{line} in {}", text.text());
        }
        assert!(!text.text().contains("Nobody's concern") && !text.text().contains(&other), "a draft is no news");
    });
}

#[test]
fn a_digest_of_a_team_is_about_what_it_carries_and_a_quiet_week_says_so() {
    on_both(|place| {
        let story = Story::begin(place);
        let team = place.admin.post("/v1/teams", &json!({"name": "Roads * <b>"})).expect(201).id();
        let below = place.admin.post("/v1/teams", &json!({"name": "Bridges", "parent_id": team})).expect(201).id();
        let etag = place.admin.get(&story.at("")).expect(200).etag();
        place.admin.patch(&story.at(""), &etag, &json!({"team_id": below})).expect(200);
        story.activate(place);
        let of_team = place.admin.get(&format!("/v1/digest?team={team}&since=2020-01-01")).expect(200).json();
        assert_eq!(of_team["changed"][0]["outcome_id"], json!(story.outcome));
        assert!(of_team["changed"][0].get("before").is_none(), "it is new");
        let quiet = format!("/v1/digest?person={}&since=2019-01-01&until=2019-02-01", story.person);
        place.admin.get(&quiet).problem(404, "not_found");
        let silent = json!({"name": "Silence * <b>"});
        let silent = place.admin.post("/v1/teams", &silent).expect(201).id();
        let quiet = format!("/v1/digest?team={silent}");
        let quiet = place.admin.ask("GET", &quiet).header("accept", "text/markdown").send().expect(200).text();
        for line in ["# News for Silence \\* \\<b\\>", "Nothing changed, and nothing is behind."] {
            assert!(quiet.contains(line), "{line} in {quiet}");
        }
    });
}

#[test]
fn a_day_is_told_of_from_its_beginning_to_its_end() {
    on_both(|place| {
        let story = Story::begin(place);
        story.activate(place);
        story.observe(place, &[("2026-01-31", 190.0), ("2026-03-10", 150.0)]);
        let told = |query: &str| place.admin.get(&format!("/v1/digest?{query}")).expect(200).json();
        let day = told("since=2026-03-10&until=2026-03-10");
        let change = &day["changed"][0];
        assert_eq!(
            (&change["before"]["progress"], &change["after"]["progress"]),
            (&json!(10.0), &json!(50.0)),
            "{day}"
        );
        assert_eq!((&day["first_on"], &day["last_on"]), (&json!("2026-03-10"), &json!("2026-03-10")));
        assert_eq!(told("since=2026-03-11&until=2026-03-12")["changed"], json!([]));
        let today = Zone::named("Europe/London").expect("a zone").day_of(now());
        assert_eq!(told(&format!("since={today}"))["first_on"], json!(today.to_string()));
    });
}

#[test]
fn what_cannot_be_told_is_refused() {
    on_both(|place| {
        let story = Story::begin(place);
        let team = place.admin.post("/v1/teams", &json!({"name": "Roads"})).expect(201).id();
        let both = format!("/v1/digest?person={}&team={team}", story.person);
        place.admin.get(&both).problem(400, "invalid_parameter");
        place.admin.get("/v1/digest?since=2026-03-01&until=2026-02-01").problem(400, "invalid_parameter");
        place.admin.get("/v1/digest?since=soon").problem(400, "invalid_parameter");
        place.admin.get("/v1/digest?known_at=2999-01-01").problem(400, "invalid_parameter");
        place.admin.ask("GET", "/v1/digest").header("accept", "text/csv").send().problem(406, "not_acceptable");
        let other = place.server.found();
        other.admin.get(&format!("/v1/digest?person={}", story.person)).problem(404, "not_found");
        other.admin.get(&format!("/v1/digest?team={team}")).problem(404, "not_found");
    });
}
