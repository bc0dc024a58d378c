//! Rehearsals: dry runs of several imports of which the later ones name what the earlier ones would make.
//!
//! The service keeps nothing of a dry run, so it knows nothing of what an earlier step would have made. A row that it
//! refuses for such a name alone is sent again without the name where the name is optional, so that all else in it is
//! checked; where the row cannot be without the name, it counts as not checked.

use std::collections::{BTreeMap, HashSet};

use remit_api::import::ImportKind;
use serde_json::value::RawValue;

use super::super::Failure;
use super::sending::{Fault, Lines, Rows, Sender, Tally};

type Fields = BTreeMap<String, Box<RawValue>>;

/// A row as it would be sent.
pub struct Entry {
    /// The line of the file on which it begins.
    pub line: u64,
    /// Its id in the other system.
    pub external_id: Option<String>,
    /// Its fields.
    pub fields: Fields,
}

/// What the steps so far would make.
#[derive(Default)]
pub struct Rehearsal {
    names: HashSet<String>,
}

impl Rehearsal {
    /// Whether a field of a row names what an earlier step would make.
    fn names(&self, fields: &Fields, name: &str) -> bool {
        let text = fields.get(name).and_then(|value| serde_json::from_str::<String>(value.get()).ok());
        text.is_some_and(|text| self.names.contains(&text))
    }

    /// Whether an observation is of a measure that an earlier step would make.
    pub fn would_make_measure_of(&self, fields: &Fields) -> bool {
        self.names(fields, "measure")
    }

    /// Has the service judge rows that nothing is kept of.
    ///
    /// # Errors
    /// As [`Sender::rows`].
    pub fn rows(
        &mut self,
        sender: &Sender<'_>,
        kind: ImportKind,
        source: &str,
        entries: &[Entry],
        tally: &mut Tally,
        report: &mut dyn FnMut(Fault),
    ) -> Result<(), Failure> {
        let all = entries.iter().map(|entry| (entry, Vec::new())).collect::<Vec<_>>();
        let faults = judged(sender, kind, source, &all, tally)?;
        let mut refused = HashSet::new();
        let mut again = Vec::new();
        for (at, faults) in faults {
            let Some(entry) = entries.get(at) else { continue };
            let is_waiting = |fault: &Fault| {
                let field = fault.pointer.strip_prefix("/fields/");
                fault.code == "unknown_reference" && field.is_some_and(|field| self.names(&entry.fields, field))
            };
            if faults.iter().all(is_waiting) {
                let taken = entry.fields.keys().filter(|name| self.names(&entry.fields, name)).cloned().collect();
                again.push((entry, taken));
            } else {
                refused.insert(at);
                tally.refused += 1;
                faults.into_iter().for_each(|fault| report(Fault { line: entry.line, ..fault }));
            }
        }
        let faults = judged(sender, kind, source, &again, tally)?;
        for (at, faults) in faults {
            let Some((entry, taken)) = again.get(at) else { continue };
            let is_missing = |fault: &Fault| {
                let field = fault.pointer.strip_prefix("/fields/");
                field.is_some_and(|field| taken.iter().any(|taken| taken == field))
            };
            let (missing, rest): (Vec<_>, Vec<_>) = faults.into_iter().partition(is_missing);
            if rest.is_empty() && !missing.is_empty() {
                tally.waiting += 1;
                continue;
            }
            tally.refused += 1;
            rest.into_iter().for_each(|fault| report(Fault { line: entry.line, ..fault }));
        }
        for (at, Entry { external_id, fields, .. }) in entries.iter().enumerate() {
            if refused.contains(&at) {
                continue;
            }
            self.names.extend(external_id.as_ref().map(|id| format!("ext:{source}:{id}")));
            let key = fields.get("key").filter(|_| kind == ImportKind::Measure);
            let key = key.and_then(|key| serde_json::from_str::<String>(key.get()).ok());
            self.names.extend(key.map(|key| format!("key:{key}")));
        }
        Ok(())
    }
}

/// Sends rows without the fields that are taken out of each, and gives back what is refused, by position.
fn judged(
    sender: &Sender<'_>,
    kind: ImportKind,
    source: &str,
    rows: &[(&Entry, Vec<String>)],
    tally: &mut Tally,
) -> Result<BTreeMap<usize, Vec<Fault>>, Failure> {
    let mut sent = Rows::few();
    for ((entry, taken), at) in rows.iter().zip(0_u64..) {
        let kept = entry.fields.iter().filter(|(name, _)| !taken.contains(name));
        let fields = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
        sent.push(at, entry.external_id.clone(), fields)?;
    }
    let mut faults: BTreeMap<usize, Vec<Fault>> = BTreeMap::new();
    let mut counted = Tally::default();
    sender.rows(kind, source, sent, &mut counted, &mut |fault| {
        faults.entry(usize::try_from(fault.line).unwrap_or(usize::MAX)).or_default().push(fault);
    })?;
    tally.created += counted.created;
    tally.updated += counted.updated;
    tally.unchanged += counted.unchanged;
    tally.raises += counted.raises;
    tally.resolves += counted.resolves;
    Ok(faults)
}

/// Has the service judge observations of measures that an earlier step would make: those that it does not know yet
/// count as not checked.
///
/// # Errors
/// As [`Sender::lines`].
pub fn lines(
    sender: &Sender<'_>,
    source: &str,
    lines: Lines,
    tally: &mut Tally,
    report: &mut dyn FnMut(Fault),
) -> Result<(), Failure> {
    let mut others = 0;
    let refused = tally.refused;
    sender.lines(source, lines, tally, &mut |fault| {
        if fault.code != "unknown_measure" {
            others += 1;
            report(fault);
        }
    })?;
    let waiting = (tally.refused - refused).saturating_sub(others);
    tally.refused -= waiting;
    tally.waiting += waiting;
    Ok(())
}
