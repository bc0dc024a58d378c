//! Batches: rows become observations of measures that exist, are open, and are the caller's to write.

use std::collections::HashMap;

use remit_domain::id::Id;
use remit_domain::measure::{Measure, MeasureId, MeasureState};
use remit_domain::observation::{ClosedError, check_open};
use remit_domain::text::{External, Source, Statement, Text};
use remit_domain::time::{Day, Instant};
use remit_persistence::{Batch, BatchRow, Name, Receiver, Recorded, WriteTx};

use super::rows::{Moment, REFUSED_MAX, Rows};
use super::{BatchResult, Mode, RefusedRow};
use crate::auth::Caller;
use crate::problem::{Kind, Problem};

/// Why an atomic batch is refused.
pub fn refusal(refused: &[RefusedRow], count: u64) -> Problem {
    let all = |codes: &[&str]| !refused.is_empty() && refused.iter().all(|row| codes.contains(&row.code.as_str()));
    let kind = if all(&["closed", "reason_required"]) {
        Kind::Closed
    } else if all(&["narrowed"]) {
        Kind::Forbidden
    } else if all(&["closed", "reason_required", "narrowed", "unknown_measure", "measure_retired"]) {
        Kind::RowsRefused
    } else {
        Kind::Refused
    };
    let detail =
        format!("{count} row(s) refused, none kept; the first is line {}.", refused.first().map_or(0, |row| row.line));
    refused.iter().fold(Problem::new(kind, detail), |problem, row| {
        problem.at(
            format!("/{}{}", row.line, row.pointer),
            row.code.clone(),
            format!("line {}: {}", row.line, row.detail),
        )
    })
}

/// What is known of a measure that rows name.
enum Known {
    /// It takes observations.
    Open(MeasureId),
    /// It takes corrections with a reason only.
    Closed(MeasureId, ClosedError),
    /// It takes none.
    Refused(&'static str, String),
}

/// Records the rows that can be, and reports the others.
///
/// # Errors
/// In atomic mode, the rows that cannot be recorded.
pub fn record(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    rows: &Rows,
    mode: Mode,
    reason: Option<&str>,
) -> Result<BatchResult, Problem> {
    let organization = tx.organization_now()?;
    let now = remit_persistence::clock::now();
    let zone = organization.zone_at(now).clone();
    let reason = reason
        .map(Text::new)
        .transpose()
        .map_err(|error| Problem::parameter("reason", "text_malformed", error.to_string()))?;
    let mut known = Vec::with_capacity(rows.measures.len());
    for name in &rows.measures {
        known.push(look_up(tx, caller, name, reason.as_ref())?);
    }
    let (mut refused, mut refused_count) = (rows.refused.clone(), rows.refused_count);
    let mut batch = Batch { remarks: rows.remarks.clone(), source: rows.source.clone(), ..Batch::default() };
    let mut series: HashMap<(u32, u32), u32> = HashMap::new();
    // Days recur.
    let mut ends: HashMap<Day, Instant> = HashMap::new();
    batch.rows.reserve(rows.rows.len());
    for row in &rows.rows {
        let (at, on) = match row.at {
            Moment::Day(day) => (*ends.entry(day).or_insert_with(|| zone.end_of(day)), Some(day)),
            Moment::Instant(at) => (at, None),
        };
        let mut refuse = |code: &str, detail: String| {
            refused_count += 1;
            if refused.len() < REFUSED_MAX {
                refused.push(RefusedRow { line: row.line, code: code.into(), pointer: "/measure".into(), detail });
            }
        };
        let segment = &rows.segments[row.segment as usize];
        let measure = *match &known[row.measure as usize] {
            Known::Open(measure) => measure,
            Known::Closed(measure, error) => {
                let is_correction = tx.is_observed(*measure, segment, at)?;
                if !is_correction {
                    refuse("closed", format!("{} takes corrections only", closed_noun(*error)));
                    continue;
                }
                if reason.is_none() {
                    refuse("reason_required", format!("{} takes corrections with a reason only", closed_noun(*error)));
                    continue;
                }
                measure
            }
            Known::Refused(code, detail) => {
                refuse(code, detail.clone());
                continue;
            }
        };
        let next = u32::try_from(batch.series.len()).unwrap_or(u32::MAX);
        let number = *series.entry((row.measure, row.segment)).or_insert_with(|| {
            batch.series.push((measure, segment.clone()));
            next
        });
        batch.rows.push(BatchRow { series: number, number: row.line, at: at.micros(), value: row.value.get(), on });
    }
    if mode == Mode::Atomic && refused_count > 0 {
        refused.sort_by_key(|row| row.line);
        return Err(refusal(&refused, refused_count));
    }
    // The reason stays with corrections of what is closed; other observations need none.
    batch.reason = reason.map(|reason| reason.to_string());
    let Recorded { accepted, superseded, unchanged, superseded_in_batch } = tx.record(batch)?;
    refused.sort_by_key(|row| row.line);
    Ok(BatchResult {
        accepted,
        superseded,
        unchanged,
        superseded_in_batch,
        refused_count,
        refused,
        revision: tx.revision_so_far(),
    })
}

fn closed_noun(error: ClosedError) -> &'static str {
    match error {
        ClosedError::OutcomeClosed | ClosedError::ReasonRequired => "the outcome is closed and",
        ClosedError::PeriodClosed => "the period is closed and",
    }
}

fn look_up(tx: &mut WriteTx<'_>, caller: &Caller, name: &str, reason: Option<&Statement>) -> Result<Known, Problem> {
    let receiver = tx.receiver(name, |tx| match (Id::<Measure>::parse(name), name.strip_prefix("ext:")) {
        (Some(id), _) => Ok(Some(id)),
        (None, Some(external)) => {
            let parsed = external
                .split_once(':')
                .and_then(|(source, id)| Some(External { source: Source::parse(source)?, id: Text::new(id).ok()? }));
            match parsed {
                Some(external) => tx.named(&Name::External(&external)),
                None => Ok(None),
            }
        }
        (None, None) => tx.named(&Name::Key(name)),
    })?;
    let Some(Receiver { measure, state, outcome, team, period }) = receiver else {
        return Ok(Known::Refused("unknown_measure", "there is no such measure".into()));
    };
    if state == MeasureState::Retired {
        return Ok(Known::Refused("measure_retired", "the measure is retired".into()));
    }
    let narrowed = (!caller.measures.is_empty() && !caller.measures.contains(&measure))
        || (!caller.teams.is_empty() && team.is_none_or(|team| !caller.teams.contains(&team)));
    if narrowed {
        return Ok(Known::Refused("narrowed", "the credential may not write to this measure".into()));
    }
    Ok(match check_open(outcome, period, false, reason) {
        Ok(()) => Known::Open(measure),
        Err(error) => Known::Closed(measure, error),
    })
}
