//! `remit push`: observations of a file, or of standard input, sent to a running service.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::Failure;
use super::client::{Answered, Service};
use super::progress::Progress;

/// What to send, and where to.
#[derive(Args)]
pub struct Arguments {
    /// The file: .csv, .ndjson or .json, each also with .gz; - reads standard input
    file: PathBuf,
    /// The form of the rows, where the file's name does not say
    #[arg(long)]
    format: Option<Format>,
    /// What happens to a batch with bad rows
    #[arg(long, default_value = "atomic")]
    mode: Mode,
    /// Why observations of closed outcomes or periods are corrected
    #[arg(long)]
    reason: Option<String>,
    /// Where rows come from that say nothing themselves
    #[arg(long)]
    source: Option<String>,
    /// Answer what would happen, and keep nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    service: Service,
}

/// The form of the rows.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Csv,
    Ndjson,
    Json,
}

impl Format {
    const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
            Self::Json => "application/json",
        }
    }
    fn by_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// What happens to a batch with bad rows.
#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Mode {
    /// All are kept, or none
    Atomic,
    /// The good ones are kept, the bad ones are listed
    PerItem,
}

impl Mode {
    /// As the interface spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Atomic => "atomic",
            Self::PerItem => "per_item",
        }
    }
}

/// What became of a batch.
#[derive(Deserialize)]
pub struct Counts {
    /// New observations.
    pub accepted: u64,
    /// Corrections of earlier ones.
    pub superseded: u64,
    /// Those that were known already.
    pub unchanged: u64,
    /// Rows that a later row of the batch replaced.
    pub superseded_in_batch: u64,
    /// Rows that were refused.
    pub refused_count: u64,
    /// The first of them.
    pub refused: Vec<RefusedLine>,
}

/// A row that was refused.
#[derive(Deserialize)]
pub struct RefusedLine {
    /// Its line, or its position in an array.
    pub line: u64,
    /// A stable code.
    pub code: String,
    /// The field.
    pub pointer: String,
    /// The same for a person.
    pub detail: String,
}

impl Counts {
    /// The counts, in a line.
    pub fn describe(&self) -> String {
        let Self { accepted, superseded, unchanged, superseded_in_batch, refused_count, refused: _ } = self;
        format!(
            "{accepted} accepted, {superseded} superseded, {unchanged} unchanged, \
             {superseded_in_batch} superseded in the batch, {refused_count} refused"
        )
    }
}

/// What a dry run answers.
#[derive(Deserialize)]
pub struct Preview<T> {
    /// The answer that the write would have.
    pub answer: T,
    /// The findings that it would raise.
    pub raises: Vec<serde_json::Value>,
    /// The findings that it would resolve.
    pub resolves: Vec<serde_json::Value>,
}

impl Arguments {
    /// Sends the file.
    ///
    /// # Errors
    /// What to print and how to exit.
    pub fn run(self) -> Result<(), Failure> {
        let client = self.service.client()?;
        let name = self.file.to_string_lossy().into_owned();
        let is_gzip = name.ends_with(".gz");
        let inner = PathBuf::from(name.trim_end_matches(".gz"));
        let by_name = inner.extension().and_then(|extension| Format::by_extension(&extension.to_string_lossy()));
        let format = self.format.or(by_name);
        let format = format.ok_or_else(|| Failure::usage(format!("{name}: say --format csv, ndjson or json")))?;
        let (mut body, length): (Box<dyn Read>, u64) = if name == "-" {
            (Box::new(io::stdin().lock()), 0)
        } else {
            let file = File::open(&self.file).map_err(|error| format!("{name}: {error}"))?;
            let length = file.metadata().map_or(0, |metadata| metadata.len());
            (Box::new(file), length)
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("mode", self.mode.as_str());
        for (key, value) in [("reason", &self.reason), ("source", &self.source)] {
            if let Some(value) = value {
                query.append_pair(key, value);
            }
        }
        if self.dry_run {
            query.append_pair("validate_only", "true");
        }
        let path = format!("/v1/observations?{}", query.finish());
        let progress = Progress::of_bytes(length, "sending");
        let mut counted = progress.bar().wrap_read(&mut body);
        let content_type = format.content_type();
        let counts = if self.dry_run {
            let answer = client.post::<Preview<Counts>>(&path, content_type, is_gzip, &mut counted)?;
            match answer {
                Answered::Done(preview) => Answered::Done(preview.answer),
                Answered::Refused(refusal) => Answered::Refused(refusal),
            }
        } else {
            client.post::<Counts>(&path, content_type, is_gzip, &mut counted)?
        };
        drop(progress);
        match counts {
            Answered::Done(counts) => {
                println!("{}{}", if self.dry_run { "would be: " } else { "" }, counts.describe());
                for RefusedLine { line, code, pointer, detail } in &counts.refused {
                    eprintln!("line {line}: {pointer}: {detail} ({code})");
                }
                match counts.refused_count {
                    0 => Ok(()),
                    count => Err(Failure::refused(format!("{count} row(s) refused"))),
                }
            }
            Answered::Refused(refusal) => {
                for field in &refusal.errors {
                    eprintln!("{}: {} ({})", field.pointer, field.detail, field.code);
                }
                Err(refusal.failure())
            }
        }
    }
}
