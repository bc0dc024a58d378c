//! Events: how soon a change reaches a reader while many write, and what readers cost that wait or take nothing.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{Answer, Client};
use crate::drive::{Load, drive};
use crate::points::{Pushing, client_measures};
use crate::reads::CONNECTIONS;
use crate::server::{Program, Server, pause};
use crate::table::{Limit, Table};

/// How long is written while one reads.
const ROUND: Duration = Duration::from_secs(5);
/// Readers that wait.
const IDLE: usize = 1_000;
/// Readers that take nothing.
const STUCK: usize = 200;
/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stream, read as fast as it comes.
struct Stream {
    connection: TcpStream,
    buffer: Vec<u8>,
}

impl Stream {
    /// Opens a stream and reads its head.
    fn open(address: SocketAddr, key: &str, query: &str) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("a stream: {error}");
        let mut connection = TcpStream::connect(address).map_err(failed)?;
        connection.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
        let request = format!("GET /v1/events{query} HTTP/1.1\r\nHost: remit\r\nAuthorization: Bearer {key}\r\n\r\n");
        connection.write_all(request.as_bytes()).map_err(failed)?;
        let mut stream = Self { connection, buffer: Vec::new() };
        // The head, and the block that says where the stream stands.
        while !stream.buffer.windows(4).any(|bytes| bytes == b"\r\n\r\n") || !stream.buffer.ends_with(b"\n\n\r\n") {
            stream.more()?;
        }
        if !stream.buffer.starts_with(b"HTTP/1.1 200 ") {
            return Err(format!("a stream was answered {}", String::from_utf8_lossy(&stream.buffer)));
        }
        stream.buffer.clear();
        Ok(stream)
    }

    fn more(&mut self) -> Result<(), String> {
        let mut chunk = [0; 64 * 1024];
        match self.connection.read(&mut chunk) {
            Ok(0) => Err("a stream ended".into()),
            Ok(read) => {
                self.buffer.extend_from_slice(&chunk[..read]);
                Ok(())
            }
            Err(error) => Err(format!("a stream: {error}")),
        }
    }

    /// The revisions of the events that come next, and when they were there.
    fn revisions(&mut self) -> Result<(Vec<i64>, Instant), String> {
        self.more()?;
        let now = Instant::now();
        let end = self.buffer.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let whole: Vec<u8> = self.buffer.drain(..end).collect();
        let ids = whole.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"id: "));
        let revision = |id: &[u8]| std::str::from_utf8(id).ok()?.split('.').nth(1)?.parse().ok();
        Ok((ids.filter_map(revision).collect(), now))
    }
}

/// Points that are pushed, each with the instant of its answer.
struct Watched<'a> {
    pushing: Pushing<'a>,
    answered: Vec<(i64, Instant)>,
}

impl Load for Watched<'_> {
    fn request(&mut self, connection: usize) -> &[u8] {
        self.pushing.request(connection)
    }
    fn check(&mut self, connection: usize, answer: &Answer<'_>) -> Result<(), String> {
        self.pushing.check(connection, answer)?;
        self.answered.push((self.pushing.last, Instant::now()));
        Ok(())
    }
}

/// Measures all of it. What readers cost is measured of servers that have done nothing else, so that no memory is used
/// that was another's before.
///
/// # Errors
/// A point or an event that did not arrive.
pub fn events(table: &mut Table, program: &Program, mut server: Server, key: &str) -> Result<Server, String> {
    delay(table, &server, key)?;
    for measure in [idle, stuck] {
        server.kill()?;
        server = program.serve()?;
        measure(table, &server, key)?;
    }
    Ok(server)
}

/// How long after its answer a change is with a reader, while 32 write as fast as they can.
fn delay(table: &mut Table, server: &Server, key: &str) -> Result<(), String> {
    let measures = client_measures(server, key)?;
    let mut load = Watched { pushing: Pushing::new(key, &measures, 43_200), answered: Vec::new() };
    let mut stream = Stream::open(server.address, key, "")?;
    let (last, wanted) = std::sync::mpsc::channel();
    let (written, seen) = std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let (mut seen, mut until) = (HashMap::new(), None);
            while until.is_none_or(|until| !seen.contains_key(&until)) {
                let (revisions, at) = stream.revisions()?;
                seen.extend(revisions.into_iter().map(|revision: i64| (revision, at)));
                until = until.or_else(|| wanted.try_recv().ok());
            }
            Ok::<_, String>(seen)
        });
        let written = drive(server.address, CONNECTIONS, ROUND, &mut load);
        // It may have seen the last one already: it looks up once more is there.
        last.send(load.pushing.revision).ok();
        let further = Client::connect(server.address, key)
            .and_then(|mut client| client.json("POST", "/v1/themes", &json!({"title": "The end"})).map(drop));
        let seen = reader.join().map_err(|_| "the reader failed".to_owned()).and_then(|seen| seen);
        further.and(written).and_then(|written| Ok((written, seen?)))
    })?;
    let mut millis = Vec::with_capacity(load.answered.len());
    for (revision, answered) in &load.answered {
        let arrived = seen.get(revision).ok_or(format!("revision {revision} did not reach the reader"))?;
        millis.push(arrived.saturating_duration_since(*answered).as_secs_f64() * 1e3);
    }
    millis.sort_by(f64::total_cmp);
    let median = millis.get(millis.len() / 2).copied().unwrap_or(f64::NAN);
    let what = format!("a change with a reader of events, {:.0} writes/s by 32", written.rate());
    table.value(&what, "ms", median, Limit::Under(50.0));
    Ok(())
}

/// What a reader costs that waits, once it has had an event.
fn idle(table: &mut Table, server: &Server, key: &str) -> Result<(), String> {
    let before = server.memory("VmRSS")?;
    let open = |_| Stream::open(server.address, key, "");
    let mut streams = (0..IDLE).map(open).collect::<Result<Vec<_>, _>>()?;
    let mut client = Client::connect(server.address, key)?;
    client.json("POST", "/v1/themes", &json!({"title": "For all"}))?;
    for stream in &mut streams {
        while stream.revisions()?.0.is_empty() {}
    }
    let each = (server.memory("VmRSS")? - before) * 1_024.0 / IDLE as f64;
    table.value("a reader of events that waits, of 1,000", "KB", each, Limit::Under(30.0));
    Ok(())
}

/// What readers cost that take nothing of a long log, with the pages that are kept for all.
fn stuck(table: &mut Table, server: &Server, key: &str) -> Result<(), String> {
    let next = Client::connect(server.address, key)?.get("/v1/changes?limit=1")?.json()?;
    let incarnation = next["next"].as_str().and_then(|next| next.split('.').next()).ok_or("no cursor")?.to_owned();
    let before = server.memory("VmRSS")?;
    let query = format!("?after={incarnation}.0.0");
    let open = |_| {
        let mut connection = TcpStream::connect(server.address).map_err(|error| error.to_string())?;
        let request = format!("GET /v1/events{query} HTTP/1.1\r\nHost: remit\r\nAuthorization: Bearer {key}\r\n\r\n");
        connection.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
        Ok::<_, String>(connection)
    };
    let _streams = (0..STUCK).map(open).collect::<Result<Vec<_>, _>>()?;
    // Until no more is taken by the system on their behalf.
    let (mut most, mut still) = (before, 0);
    while still < 20 {
        pause(Duration::from_millis(100));
        let now = server.memory("VmRSS")?;
        still = if now > most + 0.5 { 0 } else { still + 1 };
        most = most.max(now);
    }
    table.value("200 readers of events that take nothing", "MB", most - before, Limit::Under(40.0));
    Ok(())
}
