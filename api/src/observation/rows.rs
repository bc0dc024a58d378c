//! Rows: read from the spool into numbers, each bad one with its line and reason, before any writer is involved.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read};

use remit_domain::measure::MeasureId;
use remit_domain::number::Number;
use remit_domain::observation::Segment;
use remit_domain::text::Text;
use remit_domain::time::{Day, Instant, parse_day};
use remit_persistence::Remark;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::spool::Spool;
use super::{Form, RefusedRow};
use crate::extract::parse_json;
use crate::problem::{Kind, Problem};

/// Refused rows that are named one by one.
pub const REFUSED_MAX: usize = 1_000;
/// The most dimensions that the columns of a CSV may name; each row fills a few of them.
const COLUMNS_MAX: usize = 256;
/// The most bytes of a line.
const LINE_MAX: usize = 64 * 1024;

/// How rows are read.
pub struct Options {
    /// In which form they arrive.
    pub form: Form,
    /// Where rows come from that say nothing themselves.
    pub source: Option<String>,
    /// The measure of all rows, where the path names it.
    pub fixed: Option<MeasureId>,
}

/// Rows that can be read, and those that cannot.
#[derive(Default)]
pub struct Rows {
    /// The measures, as they are named.
    pub measures: Vec<String>,
    /// The segments.
    pub segments: Vec<Segment>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What is said of some rows beside their value, by their line.
    pub remarks: HashMap<u32, Remark>,
    /// Where rows come from that say nothing themselves.
    pub source: Option<String>,
    /// The first rows that were refused.
    pub refused: Vec<RefusedRow>,
    /// How many were refused.
    pub refused_count: u64,
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its measure, by position.
    pub measure: u32,
    /// Its segment, by position.
    pub segment: u32,
    /// Its line.
    pub line: u32,
    /// When it was true.
    pub at: Moment,
    /// Its value.
    pub value: Number,
}

/// When a row was true, as it was sent.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// A day.
    Day(Day),
    /// An instant.
    Instant(Instant),
}

/// A row as it is spelled.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow, default)]
    measure: Option<Cow<'a, str>>,
    #[serde(borrow)]
    observed_at: Cow<'a, str>,
    #[serde(borrow)]
    value: &'a RawValue,
    #[serde(borrow, default)]
    segment: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    #[serde(borrow, default)]
    note: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    source: Option<Cow<'a, str>>,
}

/// Why a row was refused.
struct Refusal {
    code: Cow<'static, str>,
    pointer: &'static str,
    detail: Cow<'static, str>,
}

fn refusal(code: &'static str, pointer: &'static str, detail: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal { code: code.into(), pointer, detail: detail.into() }
}

/// Reads the rows of a body.
///
/// # Errors
/// 400 when the body as a whole cannot be read; single rows that cannot are in the answer.
pub fn read(mut spool: Spool, options: &Options) -> Result<Rows, Problem> {
    let mut reader = RowReader {
        rows: Rows { source: options.source.clone(), ..Rows::default() },
        options,
        names: HashMap::new(),
        segments: HashMap::new(),
        last: 0,
        is_blank: false,
    };
    let failed = |error: std::io::Error| {
        tracing::error!(%error, "a spool could not be read");
        Problem::new(Kind::Busy, "The body could not be read back.").retry_after(1)
    };
    match options.form {
        Form::Json => {
            let mut bytes = Vec::new();
            spool.read_to_end(&mut bytes).map_err(failed)?;
            reader.json(&bytes)?;
        }
        Form::Ndjson => reader.ndjson(BufReader::with_capacity(256 * 1024, spool)).map_err(failed)?,
        Form::Csv => reader.csv(BufReader::with_capacity(256 * 1024, spool))?,
    }
    // An empty list is an honest answer of a script that has nothing new; an empty body is a mistake.
    if reader.is_blank {
        return Err(Problem::new(Kind::Malformed, "There is no observation in the body."));
    }
    reader.rows.rows.shrink_to_fit();
    Ok(reader.rows)
}

struct RowReader<'o> {
    rows: Rows,
    options: &'o Options,
    names: HashMap<String, u32>,
    segments: HashMap<Segment, u32>,
    /// The segment of the row before.
    last: u32,
    is_blank: bool,
}

impl RowReader<'_> {
    fn json(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
        if first == Some(&b'{') {
            self.json_row(bytes, 1);
            return Ok(());
        }
        let items: Vec<&RawValue> = parse_json(bytes)?;
        for (at, item) in items.iter().enumerate() {
            self.json_row(item.get().as_bytes(), u32::try_from(at + 1).unwrap_or(u32::MAX));
        }
        Ok(())
    }

    fn ndjson(&mut self, mut body: impl BufRead) -> std::io::Result<()> {
        let mut line = Vec::new();
        let mut number = 0u32;
        self.is_blank = true;
        loop {
            line.clear();
            let read = body.by_ref().take(LINE_MAX as u64 + 1).read_until(b'\n', &mut line)?;
            if read == 0 {
                return Ok(());
            }
            number = number.saturating_add(1);
            if line.len() > LINE_MAX {
                self.is_blank = false;
                self.refuse(number, refusal("line_too_long", "", "a line may have 64 KB"));
                // The rest of the line is passed over.
                while !line.ends_with(b"\n") {
                    line.clear();
                    if body.by_ref().take(LINE_MAX as u64).read_until(b'\n', &mut line)? == 0 {
                        break;
                    }
                }
                continue;
            }
            if !line.iter().all(u8::is_ascii_whitespace) {
                self.is_blank = false;
                self.json_row(&line, number);
            }
        }
    }

    fn json_row(&mut self, bytes: &[u8], number: u32) {
        match serde_json::from_slice::<Line<'_>>(bytes) {
            Ok(line) => {
                let Line { measure, observed_at, value, segment, note, source } = line;
                let dimensions = segment.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
                let taken = self.take(
                    number,
                    measure.as_deref(),
                    &observed_at,
                    value.get(),
                    dimensions,
                    note.as_deref(),
                    source.as_deref(),
                );
                if let Err(refusal) = taken {
                    self.refuse(number, refusal);
                }
            }
            // Read again with the path to what is wrong; bad rows may cost more than good ones.
            Err(_) => {
                let problem = parse_json::<Line<'_>>(bytes).err();
                self.rows.refused_count += 1;
                if self.rows.refused.len() < REFUSED_MAX {
                    self.rows.refused.push(described(number, problem));
                }
            }
        }
    }

    fn csv(&mut self, body: impl Read) -> Result<(), Problem> {
        let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(body);
        let unreadable = |error: csv::Error| Problem::new(Kind::Malformed, format!("The CSV cannot be read: {error}."));
        let header = table.headers().map_err(unreadable)?.clone();
        let column = |name: &str| header.iter().position(|column| column.trim() == name);
        let missing = |name: &str| Problem::new(Kind::Malformed, format!("The CSV has no column {name}."));
        let measure = column("measure");
        if measure.is_none() && self.options.fixed.is_none() {
            return Err(missing("measure"));
        }
        let observed_at = column("observed_at").ok_or_else(|| missing("observed_at"))?;
        let value = column("value").ok_or_else(|| missing("value"))?;
        let note = column("note");
        let known = [measure, Some(observed_at), Some(value), note];
        let mut dimensions: Vec<(usize, String)> = header
            .iter()
            .enumerate()
            .filter(|(at, _)| !known.contains(&Some(*at)))
            .map(|(at, name)| (at, name.trim().to_owned()))
            .collect();
        // As a segment has them, so that the next row's is known by a look.
        dimensions.sort_by(|(_, one), (_, other)| one.cmp(other));
        if dimensions.len() > COLUMNS_MAX {
            return Err(Problem::new(Kind::Malformed, "The CSV has too many columns."));
        }
        let mut record = csv::StringRecord::new();
        loop {
            let more = match table.read_record(&mut record) {
                Ok(more) => more,
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    self.refuse(
                        u32::try_from(line).unwrap_or(u32::MAX),
                        refusal("malformed", "", "the line is not UTF-8 CSV"),
                    );
                    if matches!(error.kind(), csv::ErrorKind::Io(_)) {
                        return Err(unreadable(error));
                    }
                    continue;
                }
            };
            if !more {
                return Ok(());
            }
            let number = record.position().map_or(0, csv::Position::line);
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            let cell = |at: usize| record.get(at).unwrap_or("").trim();
            if record.len() > header.len() {
                self.refuse(number, refusal("too_many_cells", "", "the line has more cells than the header"));
                continue;
            }
            // Of many columns a row fills a few: the others are passed by, and those are looked at more than once.
            let mut filled: Vec<(&str, &str)> = Vec::new();
            for (at, name) in &dimensions {
                let value = record.get(*at).filter(|value| !value.is_empty()).map_or("", str::trim);
                if !value.is_empty() {
                    filled.push((name, value));
                }
            }
            let taken = self.take(
                number,
                measure.map(cell),
                cell(observed_at),
                cell(value),
                filled.iter().copied(),
                note.map(cell).filter(|note| !note.is_empty()),
                None,
            );
            if let Err(refusal) = taken {
                self.refuse(number, refusal);
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "these are the columns of a row")]
    fn take<'d>(
        &mut self,
        number: u32,
        measure: Option<&str>,
        observed_at: &str,
        value: &str,
        dimensions: impl Iterator<Item = (&'d str, &'d str)> + Clone,
        note: Option<&str>,
        source: Option<&str>,
    ) -> Result<(), Refusal> {
        let measure = match (measure, self.options.fixed) {
            (Some(_), Some(_)) if self.options.form != Form::Csv => {
                return Err(refusal("unexpected", "/measure", "the path names the measure"));
            }
            (_, Some(fixed)) => self.measure(&fixed.to_string()),
            (Some(name), None) if name.is_empty() || name.len() > 300 || name.contains('\0') => {
                return Err(refusal("measure_malformed", "/measure", "must be an id, a key, or ext:SOURCE:ID"));
            }
            (Some(name), None) => self.measure(name),
            (None, None) => return Err(refusal("required", "/measure", "is missing")),
        };
        let at = match parse_day(observed_at) {
            Some(day) => Moment::Day(day),
            None => Moment::Instant(
                Instant::parse(observed_at)
                    .map_err(|error| refusal("instant_malformed", "/observed_at", error.to_string()))?,
            ),
        };
        let value = if value.starts_with('"') {
            return Err(refusal("wrong_type", "/value", "must be a number"));
        } else {
            Number::parse(value).map_err(|error| refusal(error.code(), "/value", error.to_string()))?
        };
        let segment = self.segment(dimensions)?;
        let text_of = |text: Option<&str>, pointer, max: usize| match text {
            None => Ok(None),
            Some(text) if text.chars().count() > max => {
                Err(refusal("too_long", pointer, format!("must have at most {max} characters")))
            }
            Some(text) => Text::<2000>::new(text)
                .map(|text| Some(text.to_string()))
                .map_err(|error| refusal("text_malformed", pointer, error.to_string())),
        };
        let note = text_of(note, "/note", 2_000)?;
        let source = text_of(source, "/source", 200)?;
        if note.is_some() || source.is_some() {
            let source = source.or_else(|| self.options.source.clone());
            self.rows.remarks.insert(number, Remark { note, source });
        }
        self.rows.rows.push(Row { measure, segment, line: number, at, value });
        Ok(())
    }

    fn measure(&mut self, name: &str) -> u32 {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        let position = u32::try_from(self.rows.measures.len()).unwrap_or(u32::MAX);
        self.rows.measures.push(name.to_owned());
        self.names.insert(name.to_owned(), position);
        position
    }

    fn segment<'d>(&mut self, dimensions: impl Iterator<Item = (&'d str, &'d str)> + Clone) -> Result<u32, Refusal> {
        // Rows of one segment tend to stand together.
        let last = usize::try_from(self.last).ok().and_then(|last| self.rows.segments.get(last));
        if last.is_some_and(|last| is_spelled(last, dimensions.clone())) {
            return Ok(self.last);
        }
        let segment =
            Segment::new(dimensions).map_err(|error| refusal("segment_malformed", "/segment", error.to_string()))?;
        self.last = match self.segments.get(&segment) {
            Some(known) => *known,
            None => {
                let position = u32::try_from(self.rows.segments.len()).unwrap_or(u32::MAX);
                self.segments.insert(segment.clone(), position);
                self.rows.segments.push(segment);
                position
            }
        };
        Ok(self.last)
    }

    fn refuse(&mut self, line: u32, refusal: Refusal) {
        self.rows.refused_count += 1;
        if self.rows.refused.len() < REFUSED_MAX {
            let Refusal { code, pointer, detail } = refusal;
            self.rows.refused.push(RefusedRow {
                line,
                code: code.into_owned(),
                pointer: pointer.into(),
                detail: detail.into_owned(),
            });
        }
    }
}

/// Whether a segment is spelled exactly so.
fn is_spelled<'d>(segment: &Segment, mut dimensions: impl Iterator<Item = (&'d str, &'d str)>) -> bool {
    segment.dimensions().all(|(name, value)| dimensions.next().is_some_and(|(n, v)| n == name && v == value))
        && dimensions.next().is_none()
}

fn described(line: u32, problem: Option<Problem>) -> RefusedRow {
    let field = problem.as_ref().and_then(|problem| problem.errors().first());
    match (field, &problem) {
        (Some(field), _) => {
            RefusedRow { line, code: field.code.clone(), pointer: field.pointer.clone(), detail: field.detail.clone() }
        }
        (None, Some(problem)) => RefusedRow {
            line,
            code: problem.kind().page().code.into(),
            pointer: String::new(),
            detail: problem.detail().into(),
        },
        (None, None) => {
            RefusedRow { line, code: "malformed".into(), pointer: String::new(), detail: "cannot be read".into() }
        }
    }
}
