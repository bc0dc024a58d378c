//! Single points: each a new value, answered only when it is on disk; beside appends with fdatasync on the same disk.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{Answer, Client, request};
use crate::drive::{Load, drive};
use crate::reads::CONNECTIONS;
use crate::server::{Program, Server};
use crate::table::{Limit, Table};

const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 3;
/// Bytes of one append.
const APPEND: [u8; 200] = [b'x'; 200];

/// Appends a second, each with fdatasync.
fn appends(folder: &Path) -> Result<f64, String> {
    let path = folder.join("appends");
    let failed = |error: std::io::Error| error.to_string();
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
    let began = Instant::now();
    let mut count = 0;
    while began.elapsed() < ROUND {
        file.write_all(&APPEND).and_then(|()| file.sync_data()).map_err(failed)?;
        count += 1;
    }
    let rate = f64::from(count) / began.elapsed().as_secs_f64();
    std::fs::remove_file(&path).map_err(failed)?;
    Ok(rate)
}

/// Pushes points: each connection to a measure of its own, each point a second after the one before.
pub struct Pushing<'a> {
    key: &'a str,
    measures: &'a [String],
    next: Vec<u32>,
    /// The greatest revision that was answered.
    pub revision: i64,
    /// The one that was answered last.
    pub last: i64,
    bytes: Vec<u8>,
}

impl<'a> Pushing<'a> {
    /// Pushes to these measures, from the so many-eth second of 2025 on.
    pub fn new(key: &'a str, measures: &'a [String], from: u32) -> Self {
        Self { key, measures, next: vec![from; CONNECTIONS], revision: 0, last: 0, bytes: Vec::new() }
    }
}

fn instant(number: u32) -> String {
    let (day, second) = (number / 86_400, number % 86_400);
    format!("2025-01-{:02}T{:02}:{:02}:{:02}Z", day + 1, second / 3_600, second / 60 % 60, second % 60)
}

impl Load for Pushing<'_> {
    fn request(&mut self, connection: usize) -> &[u8] {
        let number = self.next[connection];
        self.next[connection] += 1;
        let (measure, at) = (&self.measures[connection], instant(number));
        let body = format!("{{\"measure\":\"{measure}\",\"observed_at\":\"{at}\",\"value\":{number}.5}}");
        self.bytes =
            request("POST", "/v1/observations", self.key, "Content-Type: application/json\r\n", body.as_bytes());
        &self.bytes
    }
    fn check(&mut self, _: usize, answer: &Answer<'_>) -> Result<(), String> {
        let said = String::from_utf8_lossy(answer.body);
        let revision: Option<i64> = said
            .split_once("\"revision\":")
            .and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
        // Each point is a revision of its own, so all that are answered differ.
        let is_kept = answer.status == 200 && said.contains("\"accepted\":1,") && revision.is_some_and(|r| r > 0);
        if !is_kept {
            return Err(format!("a point was answered {}: {said}", answer.status));
        }
        self.last = revision.unwrap_or(0);
        self.revision = self.revision.max(self.last);
        Ok(())
    }
}

/// Measures single points, then kills the server and looks whether all that was answered is there.
///
/// # Errors
/// A point that was refused or lost.
pub fn points(
    table: &mut Table,
    program: &Program,
    server: Server,
    key: &str,
    folder: &Path,
) -> Result<Server, String> {
    let measures = client_measures(&server, key)?;
    let mut load = Pushing::new(key, &measures, 0);
    let (mut alone, mut shared, mut slow) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let disk = appends(folder)?;
        let one = drive(server.address, 1, ROUND, &mut load)?.rate();
        let before = load.revision;
        let mut many = drive(server.address, CONNECTIONS, ROUND, &mut load)?;
        let raised = (load.revision - before) as f64;
        if raised < many.rate() * ROUND.as_secs_f64() * 0.9 {
            return Err("fewer revisions than points".into());
        }
        alone.push((one, disk));
        shared.push((many.rate(), one));
        slow.push(many.within(0.99));
    }
    table.ratios("single points, 1 connection / appends with fdatasync", "/s", &alone, Limit::AtLeast(0.6));
    table.ratios("single points, 32 connections / 1 connection", "/s", &shared, Limit::AtLeast(8.0));
    slow.sort_by(f64::total_cmp);
    table.value("  their p99", "ms", slow[slow.len() / 2], Limit::Under(20.0));

    server.kill()?;
    let server = program.serve()?;
    let mut client = Client::connect(server.address, key)?;
    for (measure, next) in measures.iter().zip(&load.next) {
        let id = client.get(&format!("/v1/measures?q={measure}&limit=1"))?.json()?;
        let id = id["data"][0]["id"].as_str().ok_or("a measure went away")?.to_owned();
        let latest = client.get(&format!("/v1/measures/{id}/latest"))?.json()?;
        let expected = f64::from(next - 1) + 0.5;
        if latest["value"] != json!(expected) {
            return Err(format!("{measure}: {expected} was acknowledged, {latest} is kept"));
        }
    }
    Ok(server)
}

/// The keys of as many measures as there are connections.
///
/// # Errors
/// That there are fewer.
pub fn client_measures(server: &Server, key: &str) -> Result<Vec<String>, String> {
    let page = Client::connect(server.address, key)?.get("/v1/measures?limit=200")?.json()?;
    let all = page["data"].as_array().ok_or("no measures")?;
    let keys = all.iter().filter_map(|measure| measure["key"].as_str().map(str::to_owned));
    let keys: Vec<_> = keys.take(CONNECTIONS).collect();
    if keys.len() < CONNECTIONS {
        return Err("too few measures".into());
    }
    Ok(keys)
}
