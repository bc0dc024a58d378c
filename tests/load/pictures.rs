//! Answers about a large organization: its findings, its board now and in the past, what changed, and what if.

use std::time::{Duration, Instant};

use remit_domain::time::{Instant as Moment, plus_days};
use serde_json::{Value, json};

use crate::client::Client;
use crate::large::{self, Days};
use crate::server::{Program, Server};
use crate::table::{Limit, Table};

/// What the findings of a large organization may take, in milliseconds.
const FINDINGS: f64 = 500.0;
/// How much longer a board of the past may take than today's.
const PAST: f64 = 3.0;
/// How often a server is started anew.
const STARTS: usize = 3;
const ROUNDS: usize = 7;
const FIRST_FINDINGS: &str = "/v1/findings?limit=50";

/// A server with a large organization, and its days.
struct Large<'p> {
    program: &'p Program,
    key: String,
    days: Days,
    /// The revision after which everything is there, and an instant that was after it.
    revision: i64,
    founded: Moment,
    measures: Vec<String>,
    outcomes: Vec<String>,
    person: String,
}

/// Measures a large organization.
///
/// # Errors
/// What was refused, or an answer that is wrong.
pub fn pictures(table: &mut Table, program: &Program) -> Result<(), String> {
    let large = Large::found(program)?;
    large.first(table)?;
    let (server, mut client) = large.start()?;
    large.after_a_write(table, &mut client)?;
    large.unchanged(table, &mut client)?;
    large.what_if(table, &mut client)?;
    table.value("memory, a large organization", "MB", server.memory("VmHWM")?, Limit::Under(f64::INFINITY));
    server.kill()
}

/// How long an answer takes, in milliseconds, and the answer.
fn timed(client: &mut Client, path: &str) -> Result<(f64, usize), String> {
    let began = Instant::now();
    let length = client.get(path)?.body.len();
    Ok((milliseconds(began.elapsed()), length))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn ids(client: &mut Client, path: &str) -> Result<Vec<String>, String> {
    let page = client.get(path)?.json()?;
    let rows = page["data"].as_array().ok_or_else(|| format!("{path} is no list"))?;
    rows.iter().map(|row| row["id"].as_str().map(str::to_owned).ok_or_else(|| format!("{path} has no ids"))).collect()
}

impl<'p> Large<'p> {
    fn found(program: &'p Program) -> Result<Self, String> {
        let key = program.found("large")?;
        let days = Days::now()?;
        let server = program.serve()?;
        let mut client = Client::connect(server.address, &key)?;
        large::found(&mut client, &days)?;
        let founded = large::now()?;
        let large = Self {
            program,
            days,
            revision: revision(&mut client)?,
            founded,
            measures: ids(&mut client, "/v1/measures?limit=200")?,
            outcomes: ids(&mut client, "/v1/outcomes?limit=200")?,
            person: ids(&mut client, "/v1/people?limit=10")?.pop().ok_or("nobody")?,
            key,
        };
        // The server writes down what it has kept back, as it does whenever it is stopped in order.
        server.kill()?;
        Ok(large)
    }

    fn start(&self) -> Result<(Server, Client), String> {
        let server = self.program.serve()?;
        let client = Client::connect(server.address, &self.key)?;
        Ok((server, client))
    }

    /// The first answer of a server that has just been started.
    fn first_answer(&self, path: &str) -> Result<(f64, usize), String> {
        let (server, mut client) = self.start()?;
        let timed = timed(&mut client, path)?;
        server.kill()?;
        Ok(timed)
    }

    /// With nothing in memory.
    fn first(&self, table: &mut Table) -> Result<(), String> {
        let past = format!("/v1/board?as_of={}", self.founded);
        let known = format!("/v1/board?known_at={}", self.revision);
        let (mut findings, mut by_time, mut by_knowledge) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..STARTS {
            findings.push(self.first_answer(FIRST_FINDINGS)?.0);
            let (today, whole) = self.first_answer("/v1/board")?;
            for (path, rounds) in [(&past, &mut by_time), (&known, &mut by_knowledge)] {
                let (took, size) = self.first_answer(path)?;
                if size < whole * 9 / 10 {
                    return Err(format!("{path} has {size} bytes, today's {whole}"));
                }
                rounds.push((took, today));
            }
        }
        table.value("findings, the first answer of a server", "ms", median(findings), Limit::Under(FINDINGS));
        table.ratios("a board as of the past / today's, nothing in memory", "ms", &by_time, Limit::Under(PAST));
        table.ratios("a board as known in the past / today's, likewise", "ms", &by_knowledge, Limit::Under(PAST));
        Ok(())
    }

    /// Records a value, says an outcome's title anew, or another part of somebody; each time something else.
    fn write(&self, client: &mut Client, round: usize) -> Result<(), String> {
        match round % 2 {
            0 => {
                let measure = &self.measures[round % self.measures.len()];
                let point = json!({"observed_at": self.days.today.to_string(), "value": round});
                client.json("POST", &format!("/v1/measures/{measure}/observations"), &point).map(|_| ())
            }
            _ => {
                let path = format!("/v1/outcomes/{}", self.outcomes[round % self.outcomes.len()]);
                let etag = client.get(&path)?.header("etag").unwrap_or_default().to_owned();
                let headers = format!("Content-Type: application/merge-patch+json\r\nIf-Match: {etag}\r\n");
                let body = json!({"title": format!("Title number {round}")}).to_string();
                client.call("PATCH", &path, &headers, body.as_bytes()).map(|_| ())
            }
        }
    }

    /// After each write: findings, today's board and one of the past, each asked for the first time since. The picture
    /// of the present is in memory, so that what was written since is read and nothing else, for both boards.
    fn after_a_write(&self, table: &mut Table, client: &mut Client) -> Result<(), String> {
        client.get(FIRST_FINDINGS)?;
        let mut findings = Vec::new();
        let (mut by_time, mut by_knowledge) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            self.write(client, 3 * round)?;
            findings.push(timed(client, FIRST_FINDINGS)?.0);
            self.write(client, 3 * round + 1)?;
            let today = timed(client, "/v1/board")?.0;
            // Another instant and another revision each time, so that no answer can be one that was given before.
            let instant = self.founded.plus_micros(round as i64 + 1);
            by_time.push((timed(client, &format!("/v1/board?as_of={instant}"))?.0, today));
            let known = self.revision - round as i64;
            by_knowledge.push((timed(client, &format!("/v1/board?known_at={known}"))?.0, today));
        }
        table.value("findings after one write", "ms", median(findings), Limit::Under(FINDINGS));
        table.ratios("a board as of a past instant / today's, each after a write", "ms", &by_time, Limit::Under(PAST));
        table.ratios("a board as known at a past revision / likewise", "ms", &by_knowledge, Limit::Under(PAST));
        Ok(())
    }

    /// With nothing written in between.
    fn unchanged(&self, table: &mut Table, client: &mut Client) -> Result<(), String> {
        let (mut whole, mut others, mut again) = (Vec::new(), Vec::new(), Vec::new());
        let (mut by_time, mut past_again) = (Vec::new(), Vec::new());
        let past = self.founded;
        client.get(FIRST_FINDINGS)?;
        client.get(&format!("/v1/board?as_of={past}"))?;
        let single = format!("/v1/outcomes/{}", self.outcomes[0]);
        for round in 0..ROUNDS {
            // Pages that nobody has asked for yet, of findings that are known.
            others.push(timed(client, &format!("/v1/findings?limit={}", round + 1))?.0);
            whole.push(timed(client, &format!("/v1/findings?limit={}&severity=warning", 200 - round))?.0);
            client.get(&single)?;
            let alone = timed(client, &single)?.0;
            again.push((timed(client, FIRST_FINDINGS)?.0, alone));
            // Likewise boards of states that are known.
            let fields = format!("fields=progress,health&depth={round}");
            let today = timed(client, &format!("/v1/board?{fields}"))?.0;
            by_time.push((timed(client, &format!("/v1/board?{fields}&as_of={past}"))?.0, today));
            let today = timed(client, "/v1/board")?.0;
            past_again.push((timed(client, &format!("/v1/board?as_of={past}"))?.0, today));
        }
        table.value("findings, another page, nothing written", "ms", median(others), Limit::Under(FINDINGS));
        table.value("findings, another filter, nothing written", "ms", median(whole), Limit::Under(FINDINGS));
        table.ratios("findings, unchanged / GET an outcome", "ms", &again, Limit::Under(20.0));
        table.ratios(
            "another part of that past board / of today's, nothing written",
            "ms",
            &by_time,
            Limit::Under(PAST),
        );
        table.ratios("that past board again / today's, nothing written", "ms", &past_again, Limit::Under(PAST));
        Ok(())
    }

    /// What if someone leaves, and what changed since a past day, beside today's board.
    fn what_if(&self, table: &mut Table, client: &mut Client) -> Result<(), String> {
        let (mut impacts, mut diffs) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let day = plus_days(self.days.today, round as i64);
            self.write(client, round)?;
            let today = timed(client, "/v1/board")?.0;
            impacts.push((timed(client, &format!("/v1/people/{}/impact?leaves_on={day}", self.person))?.0, today));
            let instant = self.founded.plus_micros(round as i64);
            diffs.push((timed(client, &format!("/v1/board/diff?from={instant}"))?.0, today));
        }
        table.ratios("what if a person leaves / today's board after a write", "ms", &impacts, Limit::Under(PAST));
        // Two boards, one of which is of the past.
        table.ratios("what changed since a past instant / likewise", "ms", &diffs, Limit::Under(PAST + 1.0));
        Ok(())
    }
}

fn revision(client: &mut Client) -> Result<i64, String> {
    let answer = client.get("/v1/mission")?;
    let revision = answer.header("remit-known-revision").and_then(|text| text.parse().ok());
    let _: Value = answer.json()?;
    revision.ok_or_else(|| "an answer without its revision".into())
}
