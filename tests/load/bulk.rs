//! Bulk: every published value in one request, beside the database's own way to take in a file.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::client::Client;
use crate::organization::Goals;
use crate::server::{Program, Server};
use crate::table::{Limit, Table};

const TABLE: &str = "(measure TEXT NOT NULL, segment TEXT NOT NULL, observed_at TEXT NOT NULL, \
                     value DOUBLE PRECISION NOT NULL, PRIMARY KEY (measure, segment, observed_at))";
const ROUNDS: usize = 2;
/// Megabytes that the server may use.
const MEMORY: f64 = 100.0;

/// Runs a database's shell on a script; how long it took, in seconds.
fn shell(command: &mut Command, script: &str) -> Result<f64, String> {
    let began = Instant::now();
    let name = command.get_program().to_string_lossy().into_owned();
    let failed = |error: std::io::Error| format!("{name}: {error}");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    child.stdin.take().ok_or("no input")?.write_all(script.as_bytes()).map_err(failed)?;
    let output = child.wait_with_output().map_err(failed)?;
    if !output.status.success() {
        return Err(format!("{name} failed: {script}"));
    }
    Ok(began.elapsed().as_secs_f64())
}

/// Rows a second into SQLite by its shell.
fn sqlite_import(folder: &Path, file: &Path, count: usize) -> Result<f64, String> {
    let database = folder.join("import.db");
    let _ = std::fs::remove_file(&database);
    let prepare = format!("PRAGMA journal_mode=WAL; CREATE TABLE t {TABLE};");
    shell(Command::new("sqlite3").arg(&database), &prepare)?;
    let script = format!("PRAGMA synchronous=FULL;\n.mode csv\n.import {} t\n", file.display());
    let seconds = shell(Command::new("sqlite3").arg(&database), &script)?;
    let counted = Command::new("sqlite3").arg(&database).arg("SELECT count(*) FROM t").output();
    let counted = counted.map_err(|error| error.to_string())?.stdout;
    if String::from_utf8_lossy(&counted).trim() != count.to_string() {
        return Err("the shell did not take in every row".into());
    }
    Ok(count as f64 / seconds)
}

/// Rows a second into PostgreSQL by COPY.
fn postgres_copy(url: &str, file: &Path, count: usize) -> Result<f64, String> {
    let quiet =
        |command: &mut Command, script: &str| shell(command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", url]), script);
    quiet(
        &mut Command::new("psql"),
        &format!("DROP TABLE IF EXISTS public.keyed; CREATE TABLE public.keyed {TABLE};"),
    )?;
    let script = format!("\\copy public.keyed from '{}' with (format csv)\n", file.display());
    let seconds = quiet(&mut Command::new("psql"), &script)?;
    quiet(&mut Command::new("psql"), "DROP TABLE public.keyed;")?;
    Ok(count as f64 / seconds)
}

/// Sends a body and checks what is said of its rows; rows a second.
fn send(client: &mut Client, kind: &str, body: &[u8], count: usize, again: bool) -> Result<f64, String> {
    let began = Instant::now();
    let result = client.call("POST", "/v1/observations", &format!("Content-Type: {kind}\r\n"), body)?.json()?;
    let seconds = began.elapsed().as_secs_f64();
    let said = |name: &str| result[name].as_u64().unwrap_or(0) as usize;
    let (new, same) = (said("accepted") + said("superseded"), said("unchanged"));
    // Some hundred are headlines that the organization was founded with.
    let is_told_apart = if again { new == 0 } else { same < count / 100 };
    if new + same + said("superseded_in_batch") != count || !is_told_apart || said("refused_count") != 0 {
        return Err(format!("of {count} rows: {result}"));
    }
    Ok(count as f64 / seconds)
}

/// Measures bulk intake and memory; leaves the database behind.
///
/// # Errors
/// What was refused.
pub fn bulk(
    table: &mut Table,
    goals: &Goals,
    program: &Program,
    folder: &Path,
    postgres: Option<&str>,
) -> Result<(), String> {
    let (keyed, keyed_count) = goals.keyed()?;
    let file = folder.join("keyed.csv");
    std::fs::write(&file, keyed).map_err(|error| error.to_string())?;
    let bodies = [("NDJSON", "application/x-ndjson", goals.ndjson()), ("CSV", "text/csv", goals.csv()?)];
    let place = if postgres.is_some() { "PostgreSQL" } else { "SQLite" };
    let limit = if postgres.is_some() { "COPY" } else { ".import" };
    let mut keys = Vec::new();
    for number in 0..ROUNDS * bodies.len() {
        keys.push(program.found(&format!("bulk-{number}"))?);
    }
    let server = program.serve()?;
    let mut keys = keys.iter();
    for (name, kind, body) in &bodies {
        let (mut rounds, mut again) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let key = keys.next().ok_or("a key")?;
            let mut client = Client::connect(server.address, key)?;
            goals.found(&mut client)?;
            goals.found_the_rest(&mut client)?;
            let beside = match postgres {
                Some(url) => postgres_copy(url, &file, keyed_count)?,
                None => sqlite_import(folder, &file, keyed_count)?,
            };
            let first = send(&mut client, kind, body, goals.count(), false)?;
            rounds.push((first, beside));
            again.push((send(&mut client, kind, body, goals.count(), true)?, first));
        }
        table.ratios(&format!("{place}: bulk, {name} / {limit}"), "rows/s", &rounds, Limit::AtLeast(0.5));
        table.ratios("  the same again / the first time", "rows/s", &again, Limit::AtLeast(1.0));
    }
    table.value(&format!("{place}: memory throughout, at most"), "MB", server.memory("VmHWM")?, Limit::Under(MEMORY));
    server.kill()
}

/// Measures how soon a server is ready on an existing database, and what it uses idle.
///
/// # Errors
/// That it did not start.
pub fn idle(table: &mut Table, program: &Program, key: &str) -> Result<(), String> {
    let mut starts = Vec::new();
    let mut last: Option<Server> = None;
    for _ in 0..5 {
        if let Some(server) = last.take() {
            server.kill()?;
        }
        let server = program.serve()?;
        starts.push(server.ready_after.as_secs_f64() * 1e3);
        last = Some(server);
    }
    starts.sort_by(f64::total_cmp);
    table.value("ready on an existing database", "ms", starts[starts.len() / 2], Limit::Under(50.0));
    let server = last.ok_or("no server")?;
    Client::connect(server.address, key)?.get("/v1/mission")?;
    table.value("memory, idle", "MB", server.memory("VmRSS")?, Limit::Under(30.0));
    server.kill()
}
