//! Random histories: whatever was asked about the past is answered with the same bytes after whatever is written.

use std::collections::{BTreeMap, BTreeSet};

use remit_domain::time::Instant;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::server::{Place, number, on_both};
use crate::story::Story;
use crate::travel::{paths, travelling};

/// A sequence of numbers that looks random and is the same for the same seed.
pub struct Chance(u64);

impl Chance {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
    /// One of so many, from 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        (!all.is_empty()).then(|| &all[self.below(all.len() as u64) as usize])
    }
    fn word(&mut self, all: &[&'static str]) -> &'static str {
        self.of(all).copied().unwrap_or_default()
    }
    /// A day of 2026 that is over, or a day of 2027.
    fn day(&mut self) -> String {
        let year = if self.below(8) == 0 { 2027 } else { 2026 };
        format!("{year}-{:02}-{:02}", 1 + self.below(10), 1 + self.below(28))
    }
}

/// A history under way: what has been made, by the list it stands in.
pub struct History<'p> {
    admin: &'p Client,
    chance: Chance,
    made: BTreeMap<&'static str, Vec<String>>,
    keys: Vec<String>,
}

impl<'p> History<'p> {
    /// With an outcome under way: by chance alone, hardly any would have all that it takes to become active.
    pub fn begin(place: &'p Place, seed: u64) -> Self {
        let story = Story::begin(place);
        story.activate(place);
        let Story { theme, outcome, measure, role, person } = story;
        let made =
            [("themes", theme), ("outcomes", outcome), ("measures", measure), ("roles", role), ("people", person)];
        let made = made.into_iter().map(|(list, id)| (list, vec![id])).collect();
        let keys = vec!["roads.deaths".into()];
        let mut history = Self { admin: &place.admin, chance: Chance::new(seed), made, keys };
        history.check_in();
        history.comment(0);
        history.brief(0);
        history
    }

    fn one(&mut self, of: &'static str) -> Option<String> {
        let all = self.made.get(of).cloned().unwrap_or_default();
        self.chance.of(&all).cloned()
    }

    /// What was made is remembered; that a rule refuses is part of the game, that something fails is not.
    fn note(&mut self, list: &'static str, answer: &Answer) {
        assert!(answer.status < 500, "{}", answer.text());
        if answer.status == 201 {
            self.made.entry(list).or_default().push(answer.id());
        }
    }

    fn post(&mut self, list: &'static str, path: &str, document: &Value) {
        let answer = self.admin.post(path, document);
        self.note(list, &answer);
    }

    fn patch(&mut self, path: &str, document: &Value) {
        let answer = self.admin.patch(path, "*", document);
        self.note("", &answer);
    }

    /// Something happens.
    pub fn step(&mut self) {
        let n = number();
        match self.chance.below(36) {
            0 => self.post("themes", "/v1/themes", &json!({"title": format!("Theme {n}")})),
            1 | 2 => self.outcome(n),
            3 | 4 => self.measure(n),
            5..=8 => self.observe(),
            9 => self.person(n),
            10 => self.post("roles", "/v1/roles", &json!({"title": format!("Role {n}"), "key": n.is_multiple_of(2)})),
            11 | 12 => self.assign(),
            13 | 14 => self.answer_for(),
            15 | 16 => self.take_step(),
            17 => self.revise(),
            18 | 19 => self.change(n),
            20 => self.delete(),
            21 => self.lead_to(),
            22 => self.settings(),
            23 => self.accept(),
            24 => self.join(n),
            25 => self.period(n),
            26 => {
                let mission = json!({"statement": format!("Mission {n}"), "effective_from": self.chance.day()});
                let answer = self.admin.put("/v1/mission", &mission);
                self.note("", &answer);
            }
            27 => self.leave(),
            28 => self.end_part(),
            29..=31 => self.check_in(),
            32 => self.comment(n),
            33 | 34 => self.brief(n),
            _ => self.learn(n),
        }
    }

    fn outcome(&mut self, n: u32) {
        let mut document = json!({
            "title": format!("Outcome {n}"), "impact": "Someone.", "start_on": "2026-01-01", "due_on": "2026-12-31",
            "commitment": self.chance.word(&["committed", "aspirational"]), "weight": 1 + self.chance.below(4),
        });
        for (field, list) in [("theme_id", "themes"), ("team_id", "teams"), ("owner_id", "people")] {
            if self.chance.below(3) > 0
                && let Some(id) = self.one(list)
            {
                document[field] = id.into();
            }
        }
        self.post("outcomes", "/v1/outcomes", &document);
    }

    fn check_in(&mut self) {
        let Some(outcome) = self.one("outcomes") else { return };
        let document = json!({
            "reported_status": self.chance.word(&["on_track", "at_risk", "off_track"]),
            "confidence": self.chance.below(100) as f64 / 100.0,
        });
        self.post("check-ins", &format!("/v1/outcomes/{outcome}/check-ins"), &document);
        let Some(check_in) = self.one("check-ins") else { return };
        if self.chance.below(3) > 0 {
            let answer = self.admin.ask("POST", &format!("/v1/check-ins/{check_in}/publish")).send();
            self.note("", &answer);
        } else {
            self.patch(&format!("/v1/check-ins/{check_in}"), &document);
        }
    }

    fn brief(&mut self, n: u32) {
        let mut document = json!({
            "about": self.chance.word(&["free", "mission"]), "title": format!("Briefing {n}"), "body": "News.",
            "to_everyone": n.is_multiple_of(2), "due_on": "2999-01-01",
        });
        for (field, list) in [("to_person_ids", "people"), ("to_role_ids", "roles"), ("to_outcome_ids", "outcomes")] {
            document[field] = self.one(list).into_iter().collect();
        }
        self.post("briefings", "/v1/briefings", &document);
        let (Some(briefing), Some(person)) = (self.one("briefings"), self.one("people")) else { return };
        let path = format!("/v1/briefings/{briefing}");
        if self.chance.below(3) > 0 {
            let answer = self.admin.ask("POST", &format!("{path}/publish")).send();
            self.note("", &answer);
        }
        let step = self.chance.word(&["see", "acknowledge"]);
        let answer = self.admin.post(&format!("{path}/{step}"), &json!({"person_id": person}));
        self.note("", &answer);
    }

    fn comment(&mut self, n: u32) {
        let list = self.chance.word(&["outcomes", "check-ins"]);
        if let Some(subject) = self.one(list) {
            let document = json!({"body": format!("Comment {n}")});
            self.post("comments", &format!("/v1/{list}/{subject}/comments"), &document);
        }
        if let Some(comment) = self.one("comments") {
            self.patch(&format!("/v1/comments/{comment}"), &json!({"body": format!("Comment {n}, again")}));
        }
    }

    fn measure(&mut self, n: u32) {
        let Some(outcome) = self.one("outcomes") else { return };
        let key = format!("history.{n}");
        let kind = self.chance.word(&["increase", "decrease", "maintain_above", "reach", "monitor"]);
        let mut document = json!({"key": key, "name": format!("Measure {n}"), "kind": kind, "every": "month"});
        match kind {
            "increase" => document["target"] = json!(100),
            "decrease" => document["target"] = json!(-100),
            "maintain_above" | "reach" => document["low"] = json!(20),
            _ => {}
        }
        if n.is_multiple_of(2) && kind != "monitor" {
            document["baseline"] = json!(0);
        }
        let answer = self.admin.post(&format!("/v1/outcomes/{outcome}/measures"), &document);
        self.note("measures", &answer);
        if answer.status == 201 {
            self.keys.push(key);
        }
    }

    fn observe(&mut self) {
        let keys = self.keys.clone();
        let rows: Vec<Value> = (0..1 + self.chance.below(6))
            .filter_map(|_| {
                let value = self.chance.below(200) as i64 - 60;
                let mut row =
                    json!({"measure": self.chance.of(&keys)?, "observed_at": self.chance.day(), "value": value});
                if self.chance.below(5) == 0 {
                    row["segment"] = json!({"region": self.chance.word(&["north", "south"])});
                }
                Some(row)
            })
            .collect();
        let answer = self.admin.post("/v1/observations?mode=per_item", &json!(rows));
        self.note("", &answer);
    }

    fn person(&mut self, n: u32) {
        let person =
            json!({"name": format!("Person {n}"), "email": format!("p{n}@example.org"), "joined_on": "2025-01-01"});
        self.post("people", "/v1/people", &person);
    }

    fn span(&mut self, mut document: Value) -> Value {
        document["from"] = self.chance.day().into();
        if self.chance.below(3) == 0 {
            document["to"] = "2027-12-01".into();
        }
        document
    }

    fn assign(&mut self) {
        let (Some(role), Some(person)) = (self.one("roles"), self.one("people")) else { return };
        let kind = self.chance.word(&["holder", "holder", "interim", "deputy"]);
        let document = self.span(json!({"person_id": person, "kind": kind}));
        self.post("assignments", &format!("/v1/roles/{role}/assignments"), &document);
    }

    fn answer_for(&mut self) {
        let (Some(outcome), Some(role)) = (self.one("outcomes"), self.one("roles")) else { return };
        let part = self.chance.word(&["accountable", "responsible", "consulted", "informed"]);
        let from = if self.chance.below(2) == 0 { "2026-01-01".to_owned() } else { self.chance.day() };
        let mut document = json!({"part": part, "from": from});
        match self.one("people").filter(|_| self.chance.below(3) == 0) {
            Some(person) => document["person_id"] = person.into(),
            None => document["role_id"] = role.into(),
        }
        self.post("responsibilities", &format!("/v1/outcomes/{outcome}/responsibilities"), &document);
    }

    fn end_part(&mut self) {
        let Some(outcome) = self.one("outcomes") else { return };
        let path = format!("/v1/outcomes/{outcome}/responsibilities");
        let all = self.admin.get(&path);
        let all =
            if all.status == 200 { all.json()["data"].as_array().cloned().unwrap_or_default() } else { Vec::new() };
        if let Some(id) = self.chance.of(&all).and_then(|one| one["id"].as_str()) {
            let answer = self.admin.delete(&format!("{path}/{id}"), "*");
            self.note("", &answer);
        }
    }

    fn take_step(&mut self) {
        let Some(outcome) = self.one("outcomes") else { return };
        if self.chance.below(2) == 0 {
            // What it needs to become active.
            let role = self.one("roles");
            for part in ["accountable", "responsible"] {
                let document = json!({"part": part, "role_id": role, "from": "2026-01-01"});
                self.post("responsibilities", &format!("/v1/outcomes/{outcome}/responsibilities"), &document);
            }
        }
        let (step, document) = match self.chance.below(8) {
            0 => ("propose", json!({})),
            1 => ("close", json!({"result": "partly", "score": 0.5, "retrospective": "So it went."})),
            2 => ("cancel", json!({"reason": "Not needed."})),
            3 => ("reopen", json!({"reason": "Too early."})),
            _ => ("activate", json!({"effective_from": "2026-01-01"})),
        };
        let answer = self.admin.post(&format!("/v1/outcomes/{outcome}/{step}"), &document);
        self.note("", &answer);
    }

    fn revise(&mut self) {
        let Some(measure) = self.one("measures") else { return };
        let target = json!({"target": {"baseline": 0, "target": 50 + self.chance.below(100)}, "reason": "Too low."});
        self.post("", &format!("/v1/measures/{measure}/revisions"), &target);
    }

    fn change(&mut self, n: u32) {
        let list = self.chance.word(&["themes", "outcomes", "outcomes", "measures", "people", "roles", "teams"]);
        let Some(id) = self.one(list) else { return };
        let document = match list {
            "outcomes" if n.is_multiple_of(3) => json!({"due_on": "2027-03-31", "change_reason": "More time."}),
            "outcomes" => json!({"title": format!("Outcome renamed {n}"), "weight": 1 + self.chance.below(9)}),
            "themes" => json!({"title": format!("Theme renamed {n}")}),
            "measures" => {
                json!({"name": format!("Measure renamed {n}"), "unit": "people", "weight": 1 + self.chance.below(9)})
            }
            "roles" => json!({"title": format!("Role renamed {n}")}),
            "people" | "teams" => json!({"name": format!("Renamed {n}")}),
            _ => json!({}),
        };
        self.patch(&format!("/v1/{list}/{id}"), &document);
    }

    fn delete(&mut self) {
        let list = self.chance.word(&["themes", "outcomes", "measures", "people", "roles", "teams", "assignments"]);
        if let Some(id) = self.one(list) {
            let answer = self.admin.delete(&format!("/v1/{list}/{id}"), "*");
            self.note("", &answer);
        }
    }

    fn lead_to(&mut self) {
        let (Some(child), Some(parent)) = (self.one("outcomes"), self.one("outcomes")) else { return };
        let path = format!("/v1/outcomes/{child}/parents/{parent}");
        let answer = match self.chance.below(4) {
            0 => self.admin.delete(&path, "*"),
            _ => self.admin.put(&path, &json!({"kind": "contributes", "weight": 1 + self.chance.below(5)})),
        };
        self.note("", &answer);
    }

    fn settings(&mut self) {
        let document = match self.chance.below(3) {
            0 => json!({"on_track": 0.95, "at_risk": 0.6}),
            1 => json!({"time_zone": self.chance.word(&["Asia/Tokyo", "America/New_York", "Europe/London"])}),
            _ => json!({"fiscal_year_starts": 1 + self.chance.below(12), "check_in_days": 7}),
        };
        self.patch("/v1/organization", &document);
    }

    fn accept(&mut self) {
        if self.chance.below(2) == 0 {
            let rule = self.chance.word(&["no_unit", "no_observation", "no_outcome", "role_vacant", "no_successor"]);
            let level = self.chance.word(&["error", "warning", "information", "off"]);
            let answer = self.admin.put(&format!("/v1/rules/{rule}"), &json!({"level": level}));
            return self.note("", &answer);
        }
        let found = self.admin.get("/v1/findings?limit=200").expect(200).json();
        let found = found["data"].as_array().cloned().unwrap_or_default();
        if let Some(id) = self.chance.of(&found).and_then(|one| one["id"].as_str()) {
            let waiver = json!({"reason": "Agreed.", "ends_on": "2026-12-31"});
            let path = format!("/v1/findings/{id}/waiver");
            let answer =
                if self.chance.below(3) == 0 { self.admin.delete(&path, "*") } else { self.admin.put(&path, &waiver) };
            self.note("", &answer);
        }
    }

    fn join(&mut self, n: u32) {
        match (self.one("teams"), self.one("people")) {
            (Some(team), Some(person)) if self.chance.below(3) > 0 => {
                let part = self.chance.word(&["lead", "member"]);
                let document = self.span(json!({"person_id": person, "part": part}));
                self.post("", &format!("/v1/teams/{team}/members"), &document);
            }
            _ => self.post("teams", "/v1/teams", &json!({"name": format!("Team {n}")})),
        }
    }

    fn period(&mut self, n: u32) {
        match (self.one("periods"), self.one("outcomes")) {
            (Some(period), _) if self.chance.below(3) == 0 => {
                let state = self.chance.word(&["open", "closed"]);
                self.patch(&format!("/v1/periods/{period}"), &json!({"state": state}));
            }
            (Some(period), Some(outcome)) if self.chance.below(2) == 0 => {
                self.patch(&format!("/v1/outcomes/{outcome}"), &json!({"period_id": period}));
            }
            _ => {
                let document = json!({
                    "name": format!("Period {n}"), "start_on": "2026-01-01", "end_on": "2026-12-31", "state": "open"
                });
                self.post("periods", "/v1/periods", &document);
            }
        }
    }

    fn leave(&mut self) {
        let Some(person) = self.one("people") else { return };
        let answer = self.admin.post(&format!("/v1/people/{person}/deactivate"), &json!({}));
        self.note("", &answer);
    }

    fn learn(&mut self, n: u32) {
        match (self.one("skills"), self.one("people")) {
            (Some(skill), Some(person)) if self.chance.below(3) > 0 => {
                let level = self.chance.word(&["awareness", "working", "practitioner", "expert"]);
                let document = self.span(json!({"skill_id": skill, "level": level}));
                self.post("", &format!("/v1/people/{person}/skills"), &document);
            }
            _ => self.post("skills", "/v1/skills", &json!({"name": format!("Skill {n}")})),
        }
    }
}

/// What was asked at a state, and what was answered.
struct Asked {
    question: String,
    answer: Answer,
}

/// Asks everything that travels about this state, each question in one of the ways in which a state can be named.
fn ask(history: &mut History<'_>, reads: &BTreeSet<String>) -> Vec<Asked> {
    let admin = history.admin;
    let mark = admin.theme("A mark");
    let revision = admin.revision();
    let instant = Instant::parse(mark.json()["created_at"].as_str().expect("an instant")).expect("an instant");
    // Between this write and the next, whenever that comes.
    let instant = instant.plus_micros(1);
    let mut asked = Vec::new();
    let mut ask = |question: String| {
        let answer = admin.get(&question);
        assert!(answer.status == 200 || answer.status == 404, "{question}: {}", answer.text());
        asked.push(Asked { question, answer });
    };
    for template in reads {
        let all = paths(admin, reads, template, 4);
        let Some(path) = history.chance.of(&all) else { continue };
        let limit = if template == "/v1/findings" { "&limit=7" } else { "" };
        ask(match history.chance.below(4) {
            0 => format!("{path}?known_at={revision}{limit}"),
            1 => format!("{path}?known_at={instant}{limit}"),
            2 => format!("{path}?known_at={revision}&as_of={}{limit}", history.chance.day()),
            _ => format!("{path}?known_at={instant}&as_of=2026-06-30T12:00:00Z{limit}"),
        });
    }
    for (from, to) in [("2026-02-01", "2026-09-30"), ("1970-01-01", "2026-11-01")] {
        ask(format!("/v1/board/diff?from={from}&to={to}&known_at={revision}"));
        ask(format!("/v1/board/diff?from={from}&to={instant}&known_at={instant}"));
    }
    let early = history.chance.below(revision.parse().expect("a revision"));
    ask(format!("/v1/board/diff?from={early}&to={revision}"));
    asked
}

fn live(place: &Place, seed: u64) {
    let mut history = History::begin(place, seed);
    let reads: BTreeSet<String> = travelling().into_iter().map(|operation| operation.path).collect();
    let mut asked = Vec::new();
    for _ in 0..4 {
        for _ in 0..45 {
            history.step();
        }
        asked.extend(ask(&mut history, &reads));
    }
    for _ in 0..45 {
        history.step();
    }
    for Asked { question, answer: before } in asked {
        let after = place.admin.get(&question);
        assert_eq!(after.status, before.status, "seed {seed}: {question}");
        if after.status == 200 {
            let etags = (after.etag(), before.etag());
            let (after, before) = (after.text(), before.text());
            let at = after.bytes().zip(before.bytes()).take_while(|(one, other)| one == other).count();
            let around = |text: &str| text[at.saturating_sub(200)..text.len().min(at + 200)].to_owned();
            assert!(after == before, "seed {seed}: {question}\nwas {}\nis {}", around(&before), around(&after));
            assert_eq!(etags.0, etags.1, "seed {seed}: {question}");
        }
    }
}

#[test]
fn the_past_keeps_its_bytes_over_random_histories() {
    for seed in [1, 2, 3] {
        on_both(|place| live(place, seed));
    }
}
