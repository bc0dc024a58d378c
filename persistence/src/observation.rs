//! Observations, as they are kept: append-only rows of numbered series; a correction closes a row and adds one.

mod check;
mod copy;
mod past;
mod series;

use std::collections::HashMap;

use crate::record::json;
use diesel::prelude::Insertable;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use remit_domain::measure::MeasureId;
use remit_domain::observation::{Observation, Segment};
use remit_domain::time::{Day, Instant, parse_day};
use sha2::{Digest, Sha256};

use crate::change::hex;
use crate::connection::{DbConnection, on_either};
use crate::error::StoreError;
use crate::memory::Series;
use crate::prepared::{Given, Prepared};
use crate::record;
use crate::schema::observations;
use crate::versioned::OPEN;
use crate::write::{OBSERVED, WriteTx};

pub(crate) use check::Recordings;

/// Rows of one insert: SQLite takes at most 32,766 parameters in a statement.
const ROWS_PER_INSERT: usize = 1_000;
/// Rows from which on a COPY is worth its round trips.
const COPY_FROM: usize = 50;
/// Numbers that may lie between two series of one range.
const GAP_MAX: i64 = 8;
/// Ranges that are asked for one by one.
const RUNS_MAX: usize = 8;
/// Series of one look-up.
const SERIES_PER_QUERY: usize = 400;

/// A batch of observations of one organization, reduced to numbers: what is wide stands once, in a list.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The series that the rows speak of.
    pub series: Vec<(MeasureId, Segment)>,
    /// The observations.
    pub rows: Vec<BatchRow>,
    /// What is said of some rows beside their value, by their number.
    pub remarks: HashMap<u32, Remark>,
    /// Where rows come from that say nothing themselves.
    pub source: Option<String>,
    /// Why closed outcomes take these observations (I8).
    pub reason: Option<String>,
}

/// One observation of a batch.
#[derive(Clone, Copy, Debug)]
pub struct BatchRow {
    /// Its series, as an index into [`Batch::series`].
    pub series: u32,
    /// Its number in the batch, from which its line is known; a later one supersedes an earlier one.
    pub number: u32,
    /// Its instant, in microseconds.
    pub at: i64,
    /// Its value.
    pub value: f64,
    /// The day, where a day was sent.
    pub on: Option<Day>,
}

/// What is said of an observation beside its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remark {
    /// What to know about it.
    pub note: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// New observations.
    pub accepted: u64,
    /// Corrections of earlier ones.
    pub superseded: u64,
    /// Observations that were known already.
    pub unchanged: u64,
    /// Rows that a later row of the same batch replaced.
    pub superseded_in_batch: u64,
}

/// An observation with what is known of its recording.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptObservation {
    /// What was observed.
    pub observation: Observation,
    /// Of which segment.
    pub segment: Segment,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Who recorded it.
    pub recorded_by: String,
}

#[derive(Insertable)]
#[diesel(table_name = observations, treat_none_as_default_value = false)]
struct ObservationRow<'a> {
    organization_id: &'a str,
    series: i64,
    observed_at: i64,
    revision: i64,
    revision_to: i64,
    observed_on: Option<&'a str>,
    value: f64,
    note: Option<&'a str>,
    source: Option<&'a str>,
    reason: Option<&'a str>,
}

/// What the log keeps of observations: a hash over their rows by series and instant, each series named before its rows.
#[derive(Default)]
struct RowsDigest {
    digest: Sha256,
    series: Option<i64>,
}

impl RowsDigest {
    /// Takes in the next row; `of` is the measure and the segment of its series.
    fn add(&mut self, row: &ObservationRow<'_>, of: impl FnOnce() -> (String, String)) {
        if self.series.replace(row.series) != Some(row.series) {
            let (measure, segment) = of();
            for text in [measure, segment] {
                self.digest.update((text.len() as u64).to_be_bytes());
                self.digest.update(text);
            }
        }
        row.digest(&mut self.digest);
    }

    fn finish(self) -> String {
        hex(&self.digest.finalize())
    }
}

impl ObservationRow<'_> {
    fn digest(&self, digest: &mut Sha256) {
        digest.update(self.series.to_be_bytes());
        digest.update(self.observed_at.to_be_bytes());
        // SQLite knows no negative zero.
        digest.update((self.value + 0.0).to_bits().to_be_bytes());
        for text in [self.observed_on, self.note, self.source, self.reason] {
            let text = text.unwrap_or_default();
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text);
        }
    }
}

/// What is compared to tell a correction from the same again.
struct Standing {
    value: f64,
    on: Option<Day>,
    remark: Remark,
}

type StandingRow = (i64, i64, f64, Option<String>, Option<String>, Option<String>);
type StandingColumns = (
    observations::series,
    observations::observed_at,
    observations::value,
    observations::observed_on,
    observations::note,
    observations::source,
);
const STANDING: StandingColumns = (
    observations::series,
    observations::observed_at,
    observations::value,
    observations::observed_on,
    observations::note,
    observations::source,
);

fn stand((number, at, value, on, note, source): StandingRow) -> ((i64, i64), Standing) {
    let on = on.as_deref().and_then(parse_day);
    ((number, at), Standing { value, on, remark: Remark { note, source } })
}

impl WriteTx<'_> {
    /// Records a batch: new observations are added, changed ones supersede, known ones are left alone.
    ///
    /// One entry of the log stands for the whole batch. A batch that changes nothing takes no revision.
    ///
    /// # Errors
    /// What the database says.
    pub fn record(&mut self, mut batch: Batch) -> Result<Recorded, StoreError> {
        let mut recorded = Recorded::default();
        let sent = batch.rows.len() as u64;
        let numbers = self.series_numbers(&batch.series)?;
        unify(&mut batch.rows, &numbers);
        reduce(&mut batch.rows);
        recorded.superseded_in_batch = sent - batch.rows.len() as u64;
        if sent > 1 {
            // Its rows may come to be the last of what is remembered.
            self.memory.forget_series();
        }
        let none = Remark { note: None, source: batch.source.clone() };
        let (mut rows, mut corrected) = (Vec::new(), Vec::new());
        // By parts, so that little is held at a time of what stands.
        for part in
            batch.rows.chunk_by(|a, b| a.series as usize / SERIES_PER_QUERY == b.series as usize / SERIES_PER_QUERY)
        {
            let standing = match (batch.series.as_slice(), numbers.as_slice(), part) {
                ([series], [(number, fresh)], [row]) if sent == 1 => self.standing_at(series, *number, *fresh, row)?,
                _ => self.standing(part, &numbers)?,
            };
            for row in part {
                let number = numbers[row.series as usize].0;
                let remark = batch.remarks.get(&row.number).unwrap_or(&none);
                match standing.get(&(number, row.at)) {
                    Some(known) if known.value == row.value && known.on == row.on && known.remark == *remark => {
                        recorded.unchanged += 1;
                        continue;
                    }
                    Some(_) => {
                        recorded.superseded += 1;
                        corrected.push((number, row.at));
                    }
                    None => recorded.accepted += 1,
                }
                rows.push((number, row));
            }
        }
        if rows.is_empty() {
            return Ok(recorded);
        }
        let revision = self.revision();
        self.close(&corrected, revision)?;
        // As the table keeps them, so that the hash can be computed from it again.
        let place = |(number, row): &(i64, &BatchRow)| (*number, row.at);
        if !rows.is_sorted_by_key(place) {
            rows.sort_unstable_by_key(place);
        }
        let mut digest = RowsDigest::default();
        // Days recur, and each is spelled twice.
        let mut days: HashMap<Day, String> = HashMap::new();
        for day in rows.iter().filter_map(|(_, row)| row.on) {
            days.entry(day).or_insert_with(|| day.to_string());
        }
        let written = |(number, row): &(i64, &BatchRow)| {
            let remark = batch.remarks.get(&row.number).unwrap_or(&none);
            ObservationRow {
                organization_id: &self.read.organization_text,
                series: *number,
                observed_at: row.at,
                revision,
                revision_to: OPEN,
                observed_on: row.on.and_then(|day| days.get(&day)).map(String::as_str),
                value: row.value,
                note: remark.note.as_deref(),
                source: remark.source.as_deref(),
                reason: batch.reason.as_deref(),
            }
        };
        for row in &rows {
            digest.add(&written(row), || {
                let (measure, segment) = &batch.series[row.1.series as usize];
                (measure.to_string(), record::segment(segment))
            });
        }
        if let DbConnection::Postgres(connection) = &mut *self.read.connection
            && rows.len() >= COPY_FROM
        {
            copy::copy(connection, || rows.iter().map(written))?;
        } else {
            for chunk in rows.chunks(ROWS_PER_INSERT) {
                insert(self.read.connection, chunk.iter().map(written).collect())?;
            }
        }
        let mut measures: Vec<String> =
            rows.iter().map(|(_, row)| batch.series[row.series as usize].0.to_string()).collect();
        measures.sort_unstable();
        measures.dedup();
        let (kind, id) = match measures.as_slice() {
            [one] => ("measure", one.clone()),
            _ => ("organization", self.read.organization_text.clone()),
        };
        let entry = json!({
            "measures": measures,
            "accepted": recorded.accepted,
            "superseded": recorded.superseded,
            "rows_sha256": digest.finish(),
            "reason": batch.reason,
        });
        self.append(OBSERVED, kind, &id, &entry)?;
        Ok(recorded)
    }

    /// What stands at the instant of a single row; nothing, and nothing is asked, where it is after the series' last.
    fn standing_at(
        &mut self,
        of: &(MeasureId, Segment),
        number: i64,
        fresh: bool,
        row: &BatchRow,
    ) -> Result<HashMap<(i64, i64), Standing>, StoreError> {
        let last_at = match self.memory.series(of) {
            Some(known) => known.last_at,
            None if fresh => i64::MIN,
            None => self.last_at(number)?,
        };
        self.memory.remember(of, Series { number, last_at: last_at.max(row.at) });
        if row.at > last_at {
            return Ok(HashMap::new());
        }
        let standing: Option<StandingRow> = observations::table
            .filter(observations::organization_id.eq(&self.read.organization_text))
            .filter(observations::series.eq(number))
            .filter(observations::observed_at.eq(row.at))
            .filter(observations::revision_to.eq(OPEN))
            .select(STANDING)
            .first(self.read.connection)
            .optional()?;
        Ok(standing.map(stand).into_iter().collect())
    }

    /// What stands at the instants of some rows, for the series that existed before them.
    fn standing(
        &mut self,
        rows: &[BatchRow],
        numbers: &[(i64, bool)],
    ) -> Result<HashMap<(i64, i64), Standing>, StoreError> {
        let mut old: Vec<i64> = rows
            .iter()
            .map(|row| numbers[row.series as usize])
            .filter(|(_, fresh)| !fresh)
            .map(|(number, _)| number)
            .collect();
        old.dedup();
        if old.is_empty() {
            return Ok(HashMap::new());
        }
        let first = rows.iter().map(|row| row.at).min().unwrap_or(0);
        let last = rows.iter().map(|row| row.at).max().unwrap_or(0);
        let mut within = |lowest: i64, highest: i64, only: Option<&[i64]>| {
            let within = observations::table
                .filter(observations::organization_id.eq(&self.read.organization_text))
                .filter(observations::series.between(lowest, highest))
                .filter(observations::observed_at.between(first, last))
                .filter(observations::revision_to.eq(OPEN))
                .select(STANDING);
            let rows: Vec<StandingRow> = match only {
                None => on_either!(self.read.connection, either => within.load(either))?,
                Some(only) => within.filter(observations::series.eq_any(only)).load(self.read.connection)?,
            };
            Ok::<_, StoreError>(rows)
        };
        // Series that were made together have numbers that stand together. A range says the same in fewer words, and
        // has both databases walk the key; what it finds besides is of no series that is asked for.
        old.sort_unstable();
        let runs: Vec<&[i64]> = old.chunk_by(|a, b| b - a <= GAP_MAX).collect();
        let mut standing = HashMap::new();
        if runs.len() <= RUNS_MAX {
            for run in runs {
                standing.extend(within(run[0], run[run.len() - 1], None)?.into_iter().map(stand));
            }
        } else {
            standing.extend(within(old[0], old[old.len() - 1], Some(&old))?.into_iter().map(stand));
        }
        Ok(standing)
    }

    fn close(&mut self, corrected: &[(i64, i64)], revision: i64) -> Result<(), StoreError> {
        for (number, at) in corrected {
            diesel::update(
                observations::table
                    .filter(observations::organization_id.eq(&self.read.organization_text))
                    .filter(observations::series.eq(number))
                    .filter(observations::observed_at.eq(at))
                    .filter(observations::revision_to.eq(OPEN)),
            )
            .set(observations::revision_to.eq(revision))
            .execute(self.read.connection)?;
        }
        Ok(())
    }
}

/// Gives rows of one series one place: two names of a measure lead to the same.
fn unify(rows: &mut [BatchRow], numbers: &[(i64, bool)]) {
    if numbers.len() < 2 {
        return;
    }
    let mut places = HashMap::with_capacity(numbers.len());
    let first: Vec<u32> =
        numbers.iter().zip(0..).map(|((number, _), place)| *places.entry(*number).or_insert(place)).collect();
    if places.len() < numbers.len() {
        for row in rows {
            row.series = first[row.series as usize];
        }
    }
}

/// Leaves the last row of each series and instant, ordered by both.
fn reduce(rows: &mut Vec<BatchRow>) {
    rows.sort_unstable_by_key(|row| (row.series, row.at, std::cmp::Reverse(row.number)));
    rows.dedup_by_key(|row| (row.series, row.at));
}

/// Many rows at once: the enum over both databases cannot say that, each of them can.
fn insert(connection: &mut DbConnection, rows: Vec<ObservationRow<'_>>) -> Result<(), StoreError> {
    if let [row] = rows.as_slice() {
        let values = [
            Given::Text(row.organization_id),
            Given::Long(row.series),
            Given::Long(row.observed_at),
            Given::Long(row.revision),
            Given::Long(row.revision_to),
            Given::Maybe(row.observed_on),
            Given::Double(row.value),
            Given::Maybe(row.note),
            Given::Maybe(row.source),
            Given::Maybe(row.reason),
        ];
        Insert::execute(connection, values)?;
        return Ok(());
    }
    match connection {
        DbConnection::Sqlite(connection) => {
            diesel::insert_into(observations::table).values(rows).execute(connection)?;
        }
        DbConnection::Postgres(connection) => {
            diesel::insert_into(observations::table).values(rows).execute(connection)?;
        }
    }
    Ok(())
}

/// Inserts a single observation.
struct Insert;
impl Prepared for Insert {
    const TEXT: &'static str = "INSERT INTO observations (organization_id, series, observed_at, revision, revision_to, \
                                observed_on, value, note, source, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
}
