//! Reads: from 32 connections, while what they read changes; each answer must be one that was valid while it was asked.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;

use crate::bare::Bare;
use crate::client::{Answer, Client, request};
use crate::drive::{Load, Timing, drive};
use crate::server::pause;
use crate::table::{Limit, Table};

/// Connections that read.
pub const CONNECTIONS: usize = 32;
/// How long each round takes.
const ROUND: Duration = Duration::from_millis(1_500);
const ROUNDS: usize = 3;
/// How often what is read changes.
const CHANGES_EVERY: Duration = Duration::from_millis(250);

/// The states of what is read, in their order.
struct Versions {
    known: Mutex<Vec<Arc<[u8]>>>,
    /// The last one whose write was acknowledged.
    acknowledged: AtomicUsize,
}

/// What a body says of the state: all but a page's cursor, which says when its walk began.
fn state(body: &[u8]) -> &[u8] {
    const CURSOR: &[u8] = b",\"next\":\"";
    let tail = body.len().saturating_sub(200);
    let cursor = body[tail..].windows(CURSOR.len()).position(|bytes| bytes == CURSOR);
    cursor.map_or(body, |at| &body[..tail + at])
}

impl Versions {
    fn find(&self, from: usize, body: &[u8]) -> Option<(usize, Arc<[u8]>)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().enumerate().skip(from).rev().find(|(_, known)| ***known == *body);
        found.map(|(number, known)| (number, known.clone()))
    }
}

/// Asks one thing again and again.
struct Reading<'v> {
    request: Vec<u8>,
    status: u16,
    versions: &'v Versions,
    /// The oldest state that each connection may be answered.
    floors: Vec<usize>,
    current: (usize, Arc<[u8]>),
    /// Answers that came before their write was acknowledged.
    early: Early,
}

impl Load for Reading<'_> {
    fn request(&mut self, connection: usize) -> &[u8] {
        self.floors[connection] = self.versions.acknowledged.load(Ordering::Acquire);
        &self.request
    }
    fn check(&mut self, connection: usize, answer: &Answer<'_>) -> Result<(), String> {
        let floor = self.floors[connection];
        if answer.status != self.status {
            return Err(format!("answered {}: {}", answer.status, String::from_utf8_lossy(answer.body)));
        }
        let state = state(answer.body);
        if self.current.0 >= floor && *self.current.1 == *state {
            return Ok(());
        }
        match self.versions.find(floor, state) {
            Some(current) => self.current = current,
            None if self.early.last().is_some_and(|(known, body)| *known == floor && body == state) => {}
            None => self.early.push((floor, state.to_vec())),
        }
        Ok(())
    }
}

fn read(address: SocketAddr, request: Vec<u8>, status: u16, versions: &Versions) -> Result<(Timing, Early), String> {
    let current = versions.find(0, &first(versions)).ok_or("nothing to read")?;
    let mut load = Reading { request, status, versions, floors: vec![0; CONNECTIONS], current, early: Vec::new() };
    let timing = drive(address, CONNECTIONS, ROUND, &mut load)?;
    Ok((timing, load.early))
}

/// Answers that came before their write was acknowledged, with the oldest state that each could be.
type Early = Vec<(usize, Vec<u8>)>;

/// Looks whether each of them turned out to be a state.
fn settle(early: &Early, versions: &Versions) -> Result<(), String> {
    match early.iter().find(|(floor, body)| versions.find(*floor, body).is_none()) {
        None => Ok(()),
        Some((floor, body)) => {
            let start = String::from_utf8_lossy(&body[..body.len().min(2_000)]);
            Err(format!("an answer that was no state since number {floor}: {start}"))
        }
    }
}

fn first(versions: &Versions) -> Arc<[u8]> {
    let known = versions.known.lock().unwrap_or_else(PoisonError::into_inner);
    known.last().cloned().unwrap_or_else(|| Arc::from(&[][..]))
}

/// What changes while it is read.
#[derive(Clone)]
pub enum Change {
    /// Nothing.
    Nothing,
    /// The title of an outcome.
    Title(String),
    /// A measure's value today.
    Value(String),
}

impl Change {
    fn make(&self, client: &mut Client, number: usize) -> Result<(), String> {
        match self {
            Self::Nothing => Ok(()),
            Self::Title(outcome) => {
                let path = format!("/v1/outcomes/{outcome}");
                let etag = client.get(&path)?.header("etag").unwrap_or_default().to_owned();
                let headers = format!("Content-Type: application/merge-patch+json\r\nIf-Match: {etag}\r\n");
                let body = json!({"title": format!("Title number {number}")}).to_string();
                client.call("PATCH", &path, &headers, body.as_bytes()).map(|_| ())
            }
            Self::Value(measure) => {
                let point = json!({"observed_at": "2024-12-31", "value": number});
                client.json("POST", &format!("/v1/measures/{measure}/observations"), &point).map(|_| ())
            }
        }
    }
}

/// The server and what may be read there.
pub struct Reads<'a> {
    /// The server.
    pub address: SocketAddr,
    /// The key.
    pub key: &'a str,
}

impl Reads<'_> {
    fn versions(&self, path: &str) -> Result<Versions, String> {
        let body: Arc<[u8]> = state(Client::connect(self.address, self.key)?.get(path)?.body).into();
        Ok(Versions { known: Mutex::new(vec![body]), acknowledged: AtomicUsize::new(0) })
    }

    /// Reads while a writer changes what is read.
    fn while_changing(&self, path: &str, change: &Change) -> Result<Timing, String> {
        let versions = self.versions(path)?;
        let ended = AtomicBool::new(false);
        let (timing, written) = std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                let mut client = Client::connect(self.address, self.key)?;
                let mut number = 0;
                while !matches!(change, Change::Nothing) && !ended.load(Ordering::Relaxed) {
                    number += 1;
                    change.make(&mut client, NUMBER.fetch_add(1, Ordering::Relaxed))?;
                    versions.acknowledged.store(number, Ordering::Release);
                    let body: Arc<[u8]> = state(client.get(path)?.body).into();
                    versions.known.lock().unwrap_or_else(PoisonError::into_inner).push(body);
                    pause(CHANGES_EVERY);
                }
                Ok::<_, String>(())
            });
            let timing = read(self.address, request("GET", path, self.key, "", b""), 200, &versions);
            ended.store(true, Ordering::Relaxed);
            (timing, writer.join())
        });
        written.map_err(|_| "the writer panicked".to_owned())??;
        let (timing, early) = timing?;
        settle(&early, &versions)?;
        Ok(timing)
    }

    /// Reads from the bare handler.
    fn bare(&self, path: &str, headers: &str) -> Result<Timing, String> {
        let mut client = Client::connect(self.address, self.key)?;
        let bytes = request("GET", path, self.key, headers, b"");
        let answer = client.send(&bytes)?;
        let bare = Bare::start(&answer)?;
        let body: Arc<[u8]> = state(answer.body).into();
        let versions = Versions { known: Mutex::new(vec![body]), acknowledged: AtomicUsize::new(0) };
        let timing = read(bare.address, bytes.clone(), answer.status, &versions);
        bare.stop()?;
        let (timing, early) = timing?;
        settle(&early, &versions)?;
        Ok(timing)
    }

    /// Reads in turns from the server and from the bare handler.
    ///
    /// # Errors
    /// An answer that is wrong.
    pub fn beside_bare(
        &self,
        table: &mut Table,
        what: &str,
        path: &str,
        change: &Change,
        limit: f64,
    ) -> Result<(), String> {
        let (mut rounds, mut slow) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let bare = self.bare(path, "")?;
            let mut timing = self.while_changing(path, change)?;
            rounds.push((timing.rate(), bare.rate()));
            slow.push((timing.within(0.99), timing.within(0.5)));
        }
        table.ratios(what, "/s", &rounds, Limit::AtLeast(limit));
        table.ratios("  its p99 to its p50", "ms", &slow, Limit::Under(10.0));
        Ok(())
    }

    /// Asks for an unchanged board by its ETag, in turns with a single read.
    ///
    /// # Errors
    /// An answer that is wrong.
    pub fn unchanged(&self, table: &mut Table, what: &str, path: &str, single: &str) -> Result<(), String> {
        let etag = Client::connect(self.address, self.key)?.get(path)?.header("etag").unwrap_or_default().to_owned();
        let conditional = request("GET", path, self.key, &format!("If-None-Match: {etag}\r\n"), b"");
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let alone = self.while_changing(single, &Change::Nothing)?;
            let nothing = Versions { known: Mutex::new(vec![Arc::from(&[][..])]), acknowledged: AtomicUsize::new(0) };
            let (timing, early) = read(self.address, conditional.clone(), 304, &nothing)?;
            settle(&early, &nothing)?;
            rounds.push((timing.rate(), alone.rate()));
        }
        table.ratios(what, "/s", &rounds, Limit::AtLeast(0.9));
        Ok(())
    }

    /// How long the answer takes after everything about it has changed, in milliseconds: the median.
    ///
    /// # Errors
    /// An answer that is wrong.
    pub fn cold(&self, path: &str, change: &Change) -> Result<f64, String> {
        let mut client = Client::connect(self.address, self.key)?;
        let mut times = Vec::new();
        for _ in 0..31 {
            change.make(&mut client, NUMBER.fetch_add(1, Ordering::Relaxed))?;
            let began = std::time::Instant::now();
            client.get(path)?;
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        Ok(times[times.len() / 2])
    }
}

/// Every change says something new.
static NUMBER: AtomicUsize = AtomicUsize::new(1);
