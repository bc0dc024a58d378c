//! The load benchmark: what the service answers in a second, beside what the machine could.
//!
//! Run it by `tests/load/run`. Every answer is checked; a wrong one ends the run.

#![expect(clippy::print_stdout, reason = "a command speaks on standard output")]

mod bare;
mod bulk;
mod client;
mod drive;
mod events;
mod large;
mod organization;
mod pictures;
mod points;
mod reads;
mod server;
mod table;
mod webhooks;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use client::Client;
use organization::Goals;
use reads::{Change, Reads};
use server::{Program, Server};
use table::{Limit, Table};

/// What is run.
struct Options {
    remit: PathBuf,
    data: PathBuf,
    folder: PathBuf,
    postgres: Option<String>,
    /// Whether the databases are left where they were made.
    keep: bool,
    stages: Vec<String>,
}

impl Options {
    fn read() -> Result<Self, String> {
        let mut options = Self {
            remit: "target/release/remit".into(),
            data: "data".into(),
            folder: std::env::temp_dir(),
            postgres: None,
            keep: false,
            stages: Vec::new(),
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match argument.as_str() {
                "--remit" => options.remit = value()?.into(),
                "--data" => options.data = value()?.into(),
                "--folder" => options.folder = value()?.into(),
                "--postgres" => options.postgres = Some(value()?),
                "--keep" => options.keep = true,
                // What cargo bench passes on.
                "--bench" => {}
                stage => options.stages.push(stage.into()),
            }
        }
        Ok(options)
    }

    fn wants(&self, stage: &str) -> bool {
        self.stages.is_empty() || self.stages.iter().any(|wanted| wanted == stage)
    }
}

fn main() -> ExitCode {
    let mut table = Table::default();
    let ended = Options::read().and_then(|options| run(&options, &mut table));
    print!("{}", table.render());
    match ended {
        Ok(()) if table.holds() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options, table: &mut Table) -> Result<(), String> {
    let folder = options.folder.join(format!("remit-load-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let ended = stages(options, table, &folder);
    if options.keep {
        eprintln!("  left in {}", folder.display());
        return ended;
    }
    let removed = std::fs::remove_dir_all(&folder).map_err(|error| error.to_string());
    ended.and(removed)
}

fn stages(options: &Options, table: &mut Table, folder: &Path) -> Result<(), String> {
    let goals = Goals::read(&options.data)?;
    let program = |name: &str| Program {
        remit: options.remit.clone(),
        database_url: format!("sqlite:{}", folder.join(name).display()),
        secret_file: folder.join("secret"),
    };
    if ["read", "points", "events", "idle"].iter().any(|stage| options.wants(stage)) {
        let demo = program("demo.db");
        let key = demo.found("load")?;
        let mut server = demo.serve()?;
        goals.found(&mut Client::connect(server.address, &key)?)?;
        if options.wants("read") {
            read(table, &server, &key)?;
        }
        if options.wants("points") {
            server = points::points(table, &demo, server, &key, folder)?;
        }
        if options.wants("events") {
            server = events::events(table, &demo, server, &key)?;
        }
        server.kill()?;
        if options.wants("idle") {
            bulk::idle(table, &demo, &key)?;
        }
    }
    if options.wants("webhooks") {
        webhooks::drain(table, &program("webhooks.db"), "pending webhook deliveries to a local receiver, SQLite")?;
    }
    if options.wants("large") {
        pictures::pictures(table, &program("large.db"))?;
    }
    if options.wants("bulk") {
        bulk::bulk(table, &goals, &program("bulk.db"), folder, None)?;
    }
    if let Some(url) = options.postgres.as_deref().filter(|_| options.wants("postgres")) {
        let postgres = Program { database_url: url.into(), ..program("none") };
        bulk::bulk(table, &goals, &postgres, folder, Some(url))?;
    }
    Ok(())
}

fn read(table: &mut Table, server: &Server, key: &str) -> Result<(), String> {
    let mut client = Client::connect(server.address, key)?;
    let mut first = |path: &str| {
        let id = client.get(path)?.json()?["data"][0]["id"].as_str().map(str::to_owned);
        id.ok_or(format!("{path} is empty"))
    };
    let page = "/v1/outcomes?state=proposed&due_after=2020-01-01&sort=-progress&limit=50";
    let (outcome, measure) = (first(page)?, first("/v1/measures?q=sdg.1.1.1&limit=1")?);
    let reads = Reads { address: server.address, key };
    let single = format!("/v1/outcomes/{outcome}");
    let title = Change::Title(outcome);
    let value = Change::Value(measure.clone());
    reads.beside_bare(table, "GET an outcome, 32 connections / bare handler", &single, &title, 0.5)?;
    reads.beside_bare(table, "GET 50 outcomes, filtered and sorted / bare handler", page, &title, 0.25)?;
    let series = format!("/v1/measures/{measure}/observations?limit=200");
    reads.beside_bare(table, "GET a measure's series / bare handler", &series, &value, 0.3)?;
    let latest = format!("/v1/measures/{measure}/latest");
    reads.beside_bare(table, "GET a measure's latest value / bare handler", &latest, &value, 0.3)?;
    table.value("the board, computed cold", "ms", reads.cold("/v1/board", &value)?, Limit::Under(10.0));
    reads.beside_bare(table, "the board, unchanged / bare handler", "/v1/board", &Change::Nothing, 0.5)?;
    reads.unchanged(table, "the board, 304 on If-None-Match / GET an outcome", "/v1/board", &single)
}
