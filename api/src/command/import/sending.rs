//! Sending: mapped rows in calls of a size that the service takes, and what came of each row.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Seek, Write};

use remit_api::import::{ImportKind, ROWS_MAX};
use remit_domain::spelling::Spelled;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::super::Failure;
use super::super::client::{Answered, Client, RefusedField};
use super::super::progress::Progress;
use super::super::push::{Counts, Mode, Preview};

/// The most bytes of one call; the service takes 10 MB.
const CALL_BYTES: usize = 8 * 1024 * 1024;
/// The most bytes of observations in one call; the service takes 256 MB.
const BULK_BYTES: u64 = 200 * 1024 * 1024;

/// How rows are sent.
#[derive(Clone, Copy)]
pub struct Options {
    /// What happens to the rows of a call when one is refused.
    pub mode: Mode,
    /// Keep nothing.
    pub dry_run: bool,
}

/// What is wrong with a row.
pub struct Fault {
    /// The line of the file on which it begins.
    pub line: u64,
    /// Its id in the other system.
    pub external_id: Option<String>,
    /// The field, as a JSON Pointer into the row that was sent.
    pub pointer: String,
    /// A stable code.
    pub code: String,
    /// The same for a person.
    pub detail: String,
}

impl Fault {
    /// The fault in a sentence; `place` says what its line is the number of, such as `line`.
    pub fn describe(&self, place: &str) -> String {
        let Self { line, external_id, pointer, code, detail } = self;
        let id = external_id.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
        let pointer = if pointer.is_empty() { String::new() } else { format!(": {pointer}") };
        format!("{place} {line}{id}{pointer}: {detail} ({code})")
    }
}
/// What became of the rows of a file.
#[derive(Debug, Default)]
pub struct Tally {
    /// Rows of the file.
    pub rows: u64,
    /// Rows that the mapping leaves out.
    pub left_out: u64,
    /// Rows that made something new.
    pub created: u64,
    /// Rows that changed something.
    pub updated: u64,
    /// Rows that said what was known.
    pub unchanged: u64,
    /// Observations that a later row replaced.
    pub superseded_in_batch: u64,
    /// Rows that say the same as an earlier one, and were not sent.
    pub repeated: u64,
    /// Rows of a dry run that name what the same import would make first, so that the service cannot judge them yet.
    pub waiting: u64,
    /// Rows that were refused.
    pub refused: u64,
    /// Findings that a dry run says would be raised.
    pub raises: usize,
    /// Findings that a dry run says would be resolved.
    pub resolves: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rows,
            left_out,
            created,
            updated,
            unchanged,
            superseded_in_batch,
            repeated,
            waiting,
            refused,
            raises,
            resolves,
        } = self;
        write!(f, "{rows} rows: {created} created, {updated} updated, {unchanged} unchanged, {refused} refused")?;
        for (count, what) in [
            (*waiting, "not checked by the service"),
            (*left_out, "left out"),
            (*repeated, "said before"),
            (*superseded_in_batch, "replaced by later rows"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        if raises + resolves > 0 {
            write!(f, "; {raises} findings raised, {resolves} resolved")?;
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    fields: BTreeMap<String, Box<RawValue>>,
}

#[derive(Default)]
struct Call {
    rows: Vec<Box<RawValue>>,
    lines: Vec<u64>,
    bytes: usize,
}

/// Rows of one kind, in calls.
pub struct Rows {
    calls: Vec<Call>,
    most: usize,
}

impl Rows {
    /// None yet.
    pub fn new() -> Self {
        Self { calls: Vec::new(), most: ROWS_MAX }
    }

    /// None yet, of which a call takes so few that the service names each that it refuses.
    pub fn few() -> Self {
        Self { calls: Vec::new(), most: ROWS_MAX / 10 }
    }

    /// Adds a row that begins on a line.
    ///
    /// # Errors
    /// That it cannot be written as JSON.
    pub fn push(
        &mut self,
        line: u64,
        external_id: Option<String>,
        fields: BTreeMap<String, Box<RawValue>>,
    ) -> Result<(), Failure> {
        let row = to_raw_value(&Row { external_id, fields }).map_err(|error| error.to_string())?;
        let most = self.most;
        let is_full = |call: &Call| call.rows.len() == most || call.bytes + row.get().len() > CALL_BYTES;
        if self.calls.last().is_none_or(is_full) {
            self.calls.push(Call::default());
        }
        if let Some(call) = self.calls.last_mut() {
            call.bytes += row.get().len() + 1;
            call.rows.push(row);
            call.lines.push(line);
        }
        Ok(())
    }
}

/// Observations, one a line, in files that are gone when they are closed.
pub struct Lines {
    spools: Vec<Spool>,
}

struct Spool {
    file: BufWriter<File>,
    lines: Vec<u64>,
    bytes: u64,
}

impl Lines {
    /// None yet.
    ///
    /// # Errors
    /// That there is no room for a temporary file.
    pub fn new() -> Result<Self, Failure> {
        Ok(Self { spools: Vec::new() })
    }

    /// Adds an observation of the row that begins on a line.
    ///
    /// # Errors
    /// That there is no room for it.
    pub fn push(&mut self, line: u64, observation: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(observation).map_err(|error| error.to_string())?;
        if self.spools.last().is_none_or(|spool| spool.bytes + text.len() as u64 > BULK_BYTES) {
            let file = tempfile::tempfile().map_err(|error| format!("no temporary file: {error}"))?;
            self.spools.push(Spool { file: BufWriter::new(file), lines: Vec::new(), bytes: 0 });
        }
        if let Some(spool) = self.spools.last_mut() {
            writeln!(spool.file, "{text}").map_err(|error| format!("no room for a temporary file: {error}"))?;
            spool.bytes += text.len() as u64 + 1;
            spool.lines.push(line);
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Import<'a> {
    kind: &'a str,
    source: &'a str,
    rows: &'a [Box<RawValue>],
}

/// What the service says of an import.
#[derive(Deserialize)]
struct ImportAnswer {
    created: u64,
    updated: u64,
    unchanged: u64,
    refused_count: u64,
    refused: Vec<RefusedRow>,
}

#[derive(Deserialize)]
struct RefusedRow {
    row: usize,
    external_id: Option<String>,
    code: String,
    pointer: String,
    detail: String,
}

/// What sends rows.
pub struct Sender<'a> {
    /// To where.
    pub client: &'a Client,
    /// How.
    pub options: Options,
    /// Who watches.
    pub progress: Progress,
}

impl Sender<'_> {
    /// Sends the rows of a kind.
    ///
    /// # Errors
    /// That the service is not reached, or refuses a call as a whole.
    pub fn rows(
        &self,
        kind: ImportKind,
        source: &str,
        rows: Rows,
        tally: &mut Tally,
        report: &mut dyn FnMut(Fault),
    ) -> Result<(), Failure> {
        for call in rows.calls {
            let body = serde_json::to_vec(&Import { kind: kind.as_str(), source, rows: &call.rows });
            let body = body.map_err(|error| error.to_string())?;
            let line_of = |at: usize| call.lines.get(at).copied().unwrap_or(0);
            let path = self.path("/v1/imports", &[]);
            match self.post::<ImportAnswer>(&path, "application/json", &mut body.as_slice(), tally)? {
                Answered::Done(answer) => {
                    tally.created += answer.created;
                    tally.updated += answer.updated;
                    tally.unchanged += answer.unchanged;
                    tally.refused += answer.refused_count;
                    for RefusedRow { row, external_id, code, pointer, detail } in answer.refused {
                        report(Fault { line: line_of(row.wrapping_sub(1)), external_id, pointer, code, detail });
                    }
                }
                Answered::Refused(refusal) => {
                    let mut refused = Vec::new();
                    for RefusedField { pointer, code, detail } in &refusal.errors {
                        let place =
                            pointer.strip_prefix("/rows/").map(|rest| rest.split_once('/').unwrap_or((rest, "")));
                        let Some((Ok(at), below)) = place.map(|(at, below)| (at.parse::<usize>(), below)) else {
                            return Err(refusal.failure());
                        };
                        refused.push(at);
                        // The service names the row in its own count; here the file's line does.
                        let detail = detail.split_once(": ").map_or(detail.as_str(), |(_, detail)| detail).to_owned();
                        let pointer = if below.is_empty() { String::new() } else { format!("/{below}") };
                        report(Fault { line: line_of(at), external_id: None, pointer, code: code.clone(), detail });
                    }
                    refused.dedup();
                    if refused.is_empty() {
                        return Err(refusal.failure());
                    }
                    tally.refused += refused.len() as u64;
                    // Later rows may lean on those that were not kept.
                    return Ok(());
                }
            }
            self.progress.advance(call.rows.len() as u64);
        }
        Ok(())
    }

    /// Sends observations.
    ///
    /// # Errors
    /// As [`Sender::rows`].
    pub fn lines(
        &self,
        source: &str,
        lines: Lines,
        tally: &mut Tally,
        report: &mut dyn FnMut(Fault),
    ) -> Result<(), Failure> {
        for Spool { file, lines, bytes: _ } in lines.spools {
            let lost = |error: &dyn fmt::Display| format!("a temporary file is lost: {error}");
            let mut file = file.into_inner().map_err(|error| lost(&error))?;
            file.rewind().map_err(|error| lost(&error))?;
            let line_of = |line: u64| {
                usize::try_from(line).ok().and_then(|line| lines.get(line.wrapping_sub(1))).copied().unwrap_or(0)
            };
            let source = Some(source).filter(|source| !source.is_empty());
            let path = self.path("/v1/observations", &[("source", source)]);
            match self.post::<Counts>(&path, "application/x-ndjson", &mut file, tally)? {
                Answered::Done(counts) => {
                    tally.created += counts.accepted;
                    tally.updated += counts.superseded;
                    tally.unchanged += counts.unchanged;
                    tally.superseded_in_batch += counts.superseded_in_batch;
                    tally.refused += counts.refused_count;
                    for refused in counts.refused {
                        let (line, pointer, code, detail) =
                            (line_of(refused.line), refused.pointer, refused.code, refused.detail);
                        report(Fault { line, external_id: None, pointer, code, detail });
                    }
                }
                Answered::Refused(refusal) => {
                    let mut refused = 0;
                    for RefusedField { pointer, code, detail } in &refusal.errors {
                        let place = pointer.trim_start_matches('/');
                        let (line, below) = place.split_once('/').unwrap_or((place, ""));
                        let Ok(line) = line.parse() else { return Err(refusal.failure()) };
                        refused += 1;
                        let detail = detail.split_once(": ").map_or(detail.as_str(), |(_, detail)| detail).to_owned();
                        let pointer = if below.is_empty() { String::new() } else { format!("/{below}") };
                        report(Fault { line: line_of(line), external_id: None, pointer, code: code.clone(), detail });
                    }
                    if refused == 0 {
                        return Err(refusal.failure());
                    }
                    tally.refused += refused;
                    return Ok(());
                }
            }
            self.progress.advance(lines.len() as u64);
        }
        Ok(())
    }

    fn path(&self, path: &str, more: &[(&str, Option<&str>)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("mode", self.options.mode.as_str());
        for (key, value) in more {
            if let Some(value) = value {
                query.append_pair(key, value);
            }
        }
        if self.options.dry_run {
            query.append_pair("validate_only", "true");
        }
        format!("{path}?{}", query.finish())
    }

    /// The answer, taken out of its preview in a dry run.
    fn post<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        content_type: &str,
        body: &mut dyn std::io::Read,
        tally: &mut Tally,
    ) -> Result<Answered<T>, Failure> {
        if !self.options.dry_run {
            return self.client.post(path, content_type, false, body);
        }
        Ok(match self.client.post::<Preview<T>>(path, content_type, false, body)? {
            Answered::Done(preview) => {
                tally.raises += preview.raises.len();
                tally.resolves += preview.resolves.len();
                Answered::Done(preview.answer)
            }
            Answered::Refused(refusal) => Answered::Refused(refusal),
        })
    }
}
