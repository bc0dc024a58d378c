//! A large organization: 10,000 outcomes, 50,000 measures with a year of values, 5,000 people who answer for them.

use std::fmt::Write;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use remit_domain::time::{Day, Instant as Moment, Zone, plus_days};
use serde_json::{Value, json};

use crate::client::Client;

/// How many outcomes there are.
pub const OUTCOMES: usize = 10_000;
/// How many measures each of them has.
pub const MEASURES_EACH: usize = 5;
/// How many people there are, each with a role.
pub const PEOPLE: usize = 5_000;
const THEMES: usize = 20;
const SKILLS: usize = 200;
const TEAMS: usize = 250;
/// Values of each measure, one every thirty days.
const VALUES_EACH: usize = 12;
/// Outcomes to which no other leads.
const ROOTS: usize = 100;
/// Rows of one import.
const ROWS: usize = 5_000;
/// Of so many roles one falls vacant.
const VACANT: usize = 50;

/// The days of the organization's story.
pub struct Days {
    /// Today.
    pub today: Day,
    /// When everything began.
    pub first: Day,
}

impl Days {
    /// The days, seen from today.
    ///
    /// # Errors
    /// A clock before 1970.
    pub fn now() -> Result<Self, String> {
        let today = Zone::utc().day_of(now()?);
        Ok(Self { today, first: plus_days(today, -400) })
    }
}

/// The present.
///
/// # Errors
/// A clock before 1970.
#[expect(clippy::disallowed_methods, reason = "the story is told from today, and nothing here is kept by the clock")]
pub fn now() -> Result<Moment, String> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?;
    Ok(Moment::from_micros(i64::try_from(since.as_micros()).map_err(|error| error.to_string())?))
}

fn named(what: &str, number: usize) -> String {
    format!("ext:load:{what}-{number}")
}

/// Rows that are sent as imports.
struct Import<'c> {
    client: &'c mut Client,
    kind: &'static str,
    rows: Vec<Value>,
}

impl Import<'_> {
    /// Sends rows of one kind, and demands that each is taken.
    fn send(
        client: &mut Client,
        kind: &'static str,
        rows: impl Iterator<Item = (Option<String>, Value)>,
    ) -> Result<(), String> {
        let (began, mut count) = (Instant::now(), 0);
        let mut import = Import { client, kind, rows: Vec::with_capacity(ROWS) };
        for (external_id, fields) in rows {
            count += 1;
            import.rows.push(match external_id {
                Some(id) => json!({"external_id": id, "fields": fields}),
                None => json!({"fields": fields}),
            });
            if import.rows.len() == ROWS {
                import.flush()?;
            }
        }
        import.flush()?;
        eprintln!("  {count} of {kind}: {:.1} s", began.elapsed().as_secs_f64());
        Ok(())
    }

    fn flush(&mut self) -> Result<(), String> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.rows);
        let document = json!({"kind": self.kind, "source": "load", "rows": rows});
        self.client.json("POST", "/v1/imports", &document).map(|_| ())
    }
}

/// Makes the organization.
///
/// # Errors
/// What the server refused.
pub fn found(client: &mut Client, days: &Days) -> Result<(), String> {
    let began = Instant::now();
    client.json("PUT", "/v1/mission", &json!({"statement": "Everyone is served well and in time."}))?;
    people(client, days)?;
    outcomes(client, days)?;
    eprintln!("  the organization without its values: {:.1} s", began.elapsed().as_secs_f64());
    values(client, days)?;
    activate(client, days)?;
    eprintln!("  the organization: {:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

fn people(client: &mut Client, days: &Days) -> Result<(), String> {
    let first = days.first.to_string();
    Import::send(client, "skill", (0..SKILLS).map(|n| (id("skill", n), json!({"name": format!("Skill {n}")}))))?;
    Import::send(client, "team", (0..TEAMS).map(|n| (id("team", n), json!({"name": format!("Team {n}")}))))?;
    Import::send(client, "person", (0..PEOPLE).map(|n| (id("person", n), json!({"name": format!("Person {n}")}))))?;
    let memberships = (0..PEOPLE).map(|n| {
        let part = if n < TEAMS { "lead" } else { "member" };
        let team = named("team", n % TEAMS);
        (None, json!({"team_id": team, "person_id": named("person", n), "part": part, "from": first}))
    });
    Import::send(client, "membership", memberships)?;
    let known = (0..PEOPLE).map(|n| {
        let skill = named("skill", n % SKILLS);
        (None, json!({"person_id": named("person", n), "skill_id": skill, "level": "practitioner", "from": first}))
    });
    Import::send(client, "person_skill", known)?;
    let roles = (0..PEOPLE).map(|n| {
        let skills = json!([{"skill_id": named("skill", n * 7 % SKILLS), "level": "practitioner", "must": true}]);
        let team = named("team", n % TEAMS);
        let accountabilities = json!(["Say where it stands, and why."]);
        let fields = json!({
            "title": format!("Role {n}"), "purpose": "Answers for what it is given.", "team_id": team,
            "key": n % 10 == 0, "accountabilities": accountabilities, "skills": skills,
        });
        (id("role", n), fields)
    });
    Import::send(client, "role", roles)?;
    let held = (0..PEOPLE).map(|n| {
        let fields = json!({
            "role_id": named("role", n), "person_id": named("person", n), "kind": "holder", "from": first,
        });
        (id("assignment", n), fields)
    });
    Import::send(client, "assignment", held)
}

fn outcomes(client: &mut Client, days: &Days) -> Result<(), String> {
    let (first, due) = (days.first.to_string(), plus_days(days.today, 300).to_string());
    let themes =
        (0..THEMES).map(|n| (id("theme", n), json!({"title": format!("Theme {n}"), "success": "It is well."})));
    Import::send(client, "theme", themes)?;
    let outcomes = (0..OUTCOMES).map(|n| {
        let mut fields = json!({
            "title": format!("Outcome number {n} is reached"), "statement": "What is to be different afterwards.",
            "team_id": named("team", n % TEAMS), "start_on": first, "due_on": due,
            "category": (["customer_satisfaction", "growth", "people", "operations"])[n % 4],
        });
        if n % 3 > 0 {
            fields["theme_id"] = json!(named("theme", n % THEMES));
        }
        (id("outcome", n), fields)
    });
    Import::send(client, "outcome", outcomes)?;
    let measures = (0..OUTCOMES * MEASURES_EACH).map(|at| {
        let fields = json!({
            "outcome_id": named("outcome", at / MEASURES_EACH), "key": format!("m.{at}"),
            "name": format!("Measure number {at}"), "kind": "increase", "baseline": 0, "target": 100, "every": "month",
            "unit": "cases",
        });
        (id("measure", at), fields)
    });
    Import::send(client, "measure", measures)?;
    let parts = ["accountable", "responsible", "consulted"];
    let given = (0..OUTCOMES).flat_map(|n| {
        let first = first.clone();
        parts.into_iter().enumerate().map(move |(step, part)| {
            let role = named("role", (n + step) % PEOPLE);
            (None, json!({"outcome_id": named("outcome", n), "part": part, "role_id": role, "from": first}))
        })
    });
    Import::send(client, "responsibility", given)?;
    let leads = (ROOTS..OUTCOMES).flat_map(|n| {
        let parents = [Some(n / 10), (n % 10 == 3).then(|| n / 10 - 1)];
        parents.into_iter().flatten().map(move |parent| {
            let ends = json!({
                "child_id": named("outcome", n), "parent_id": named("outcome", parent), "kind": "contributes",
            });
            (None, ends)
        })
    });
    Import::send(client, "alignment", leads)
}

/// Values every thirty days; some measures stop being reported.
fn values(client: &mut Client, days: &Days) -> Result<(), String> {
    let began = Instant::now();
    let mut body = String::new();
    for at in 0..OUTCOMES * MEASURES_EACH {
        let slope = 0.2 + (at % 13) as f64;
        let reported = if at % 20 > 0 { VALUES_EACH } else { VALUES_EACH / 2 };
        for step in 0..reported {
            let on = plus_days(days.first, 30 * (step as i64 + 1));
            let value = slope * step as f64 + ((at * 31 + step * 17) % 7) as f64;
            // Writing into a String does not fail.
            let _ = writeln!(body, "{{\"measure\":\"m.{at}\",\"observed_at\":\"{on}\",\"value\":{value:.1}}}");
        }
    }
    client.call("POST", "/v1/observations", "Content-Type: application/x-ndjson\r\n", body.as_bytes())?;
    eprintln!("  its values: {:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

/// Has every outcome pursued since the first day, and some roles vacant since.
fn activate(client: &mut Client, days: &Days) -> Result<(), String> {
    let proposals = (0..OUTCOMES).map(|n| (None, json!({"outcome_id": named("outcome", n)})));
    Import::send(client, "proposal", proposals)?;
    let first = days.first.to_string();
    let activations =
        (0..OUTCOMES).map(|n| (None, json!({"outcome_id": named("outcome", n), "effective_from": first})));
    Import::send(client, "activation", activations)?;
    let left = plus_days(days.today, -30).to_string();
    let ended = (0..PEOPLE).step_by(VACANT).map(|n| {
        let fields = json!({
            "role_id": named("role", n), "person_id": named("person", n), "kind": "holder", "from": first, "to": left,
        });
        (id("assignment", n), fields)
    });
    Import::send(client, "assignment", ended)
}

#[expect(clippy::unnecessary_wraps, reason = "a row of an import has an id or none")]
fn id(what: &str, number: usize) -> Option<String> {
    Some(format!("{what}-{number}"))
}
