//! Viva Goals: the export of Microsoft's tool, through mappings of this program in the order in which they lean on each
//! other.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::super::Failure;
use super::super::progress::Progress;
use super::super::push::Mode;
use super::mapping::Mapping;
use super::rehearsal::Rehearsal;
use super::sending::{Fault, Options, Sender, Tally};
use super::table::Table;
use super::{Origin, import as import_one};

macro_rules! embedded {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/mappings/viva-goals/", $name))
    };
}

/// What a row of each mapping is called, and the mapping.
const STEPS: [(&str, &str); 8] = [
    ("teams", embedded!("teams.toml")),
    ("people", embedded!("people.toml")),
    ("periods", embedded!("periods.toml")),
    ("outcomes", embedded!("outcomes.toml")),
    ("alignments", embedded!("alignments.toml")),
    ("measures", embedded!("measures.toml")),
    ("supports", embedded!("supports.toml")),
    ("observations", embedded!("observations.toml")),
];
const PROPOSALS: (&str, &str) = ("proposals", embedded!("proposals.toml"));
/// Columns that the mappings share.
const COLUMNS: &str = embedded!("columns.toml");

const ALIGNED: &str = "Aligned To (weight, Objective ID)";
/// Columns without which nothing right can be made, and what they tell.
const NEEDED: [(&str, &str); 8] = [
    ("Id", "tells goals apart"),
    ("Title", "says what a goal is"),
    ("Object Type", "tells objectives from key results"),
    (ALIGNED, "says which objective a key result belongs to"),
    ("Start Date", "says when a goal begins"),
    ("End Date", "says when a goal is due"),
    ("Start", "says where a key result starts from"),
    ("Target", "says where a key result must get to"),
];
/// Columns that a view may leave out, and what is then missing.
const OPTIONAL: [(&str, &str); 8] = [
    ("Team", "outcomes have no team"),
    ("Owner", "there are no people, and outcomes have no owner"),
    ("Period", "there are no periods, and outcomes have days of their own"),
    ("Description", "outcomes have no statement"),
    ("Goal Type", "outcomes are committed"),
    ("Unit", "measures have no unit"),
    ("Checkins", "there are no observations"),
    ("Tag", ""),
];

/// Imports an export. Outcomes stay drafts unless they are to be put forward.
///
/// # Errors
/// What is wrong with the file, or that rows were refused.
pub fn import(sender: &Sender<'_>, from: &Origin<'_>, propose: bool) -> Result<(), Failure> {
    let mut table = from.table()?;
    check_columns(&table)?;
    let lacking = OPTIONAL.iter().filter(|(column, what)| !what.is_empty() && table.column(column).is_err());
    let lacking: Vec<_> = lacking.collect();
    let left_out = LeftOut::of(&mut table, from)?;
    let is_dry = sender.options.dry_run;
    let mut rehearsal = is_dry.then(Rehearsal::default);
    // A dry run is there to see all that is wrong at once.
    let mode = if is_dry { Mode::PerItem } else { sender.options.mode };
    let mut total = Tally::default();
    if is_dry {
        println!("would be:");
    }
    for (what, mapping) in STEPS.into_iter().chain(propose.then_some(PROPOSALS)) {
        sender.progress.say(what);
        let options = Options { mode, dry_run: is_dry };
        let sender = Sender { client: sender.client, options, progress: Progress::unseen() };
        let mut report = |place: &str, fault: Fault| eprintln!("{what}: {}", fault.describe(place));
        let tally = import_one(&sender, from, (what, &whole(mapping)), rehearsal.as_mut(), &mut report)?;
        println!("{what:>12}: {tally}");
        if tally.refused > 0 && matches!(mode, Mode::Atomic) {
            return Err(Failure::refused(format!(
                "{} row(s) of the {what} refused, so that none of them is kept; the steps before stay, those after are \
                 not begun. Put it right and import again, or keep the others with --mode per_item",
                tally.refused
            )));
        }
        total.refused += tally.refused;
        total.waiting += tally.waiting;
    }
    left_out.tell(&table.place);
    for (column, what) in lacking {
        println!("no column {column}: {what}");
    }
    if total.waiting > 0 {
        println!(
            "not checked by the service: {} row(s) that cannot be without what this import itself would make first; they \
             fit their mapping, and are checked when they are imported",
            total.waiting
        );
    }
    if !propose {
        println!("outcomes are drafts: to put them forward, and who answers for them, is for people to decide");
    }
    if total.refused > 0 {
        return Err(Failure::refused(format!("{} row(s) refused", total.refused)));
    }
    Ok(())
}

/// A mapping with what all share.
fn whole(mapping: &str) -> String {
    let may_lack = OPTIONAL.map(|(column, _)| column);
    format!("ragged = true\nmay_lack = {may_lack:?}\n{mapping}\n{COLUMNS}")
}

fn check_columns(table: &Table) -> Result<(), Failure> {
    let missing = NEEDED.iter().filter(|(column, _)| table.column(column).is_err());
    let missing: Vec<_> = missing.map(|(column, why)| format!("{column}, which {why}")).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join("; ");
    Err(Failure::usage(format!("{} has no column {missing}; it has {}", table.file, table.columns.join(", "))))
}

/// What an export holds that is not carried over.
#[derive(Default)]
struct LeftOut {
    /// How many rows there are of types that are neither objective nor key result.
    types: BTreeMap<String, u64>,
    /// The rows of key results that belong to no objective.
    strays: Vec<u64>,
}

impl LeftOut {
    /// Looks through a table, which takes the shape of the mappings.
    ///
    /// # Errors
    /// That two rows say different things of one goal, so that none of them could be right.
    fn of(table: &mut Table, from: &Origin<'_>) -> Result<Self, Failure> {
        Mapping::read(&whole(STEPS[STEPS.len() - 1].1), from.files, table).map_err(Failure::usage)?;
        let at = |name: &str| table.column(name).map_err(Failure::usage);
        let (id, kind, aligned, called) = (at("id")?, at("type")?, at("aligned")?, at("Object Type")?);
        let mut goals: BTreeMap<String, (u64, csv::StringRecord)> = BTreeMap::new();
        let mut left_out = Self::default();
        while let Some((line, record)) = table.next().map_err(Failure::usage)? {
            let cell = |at: usize| record.get(at).unwrap_or("");
            if cell(kind) == "other" {
                *left_out.types.entry(cell(called).to_owned()).or_default() += 1;
            }
            match goals.entry(cell(id).to_owned()) {
                Entry::Occupied(found) if found.get().1 != record && !found.key().is_empty() => {
                    let (first, id) = (found.get().0, found.key());
                    let Table { file, place, .. } = table;
                    let message = format!("{file}: {place} {first} and {place} {line} say different things of Id {id}");
                    return Err(Failure::usage(message));
                }
                Entry::Occupied(_) => {}
                Entry::Vacant(free) => {
                    free.insert((line, record));
                }
            }
        }
        for (line, record) in goals.values() {
            let cell = |at: usize| record.get(at).unwrap_or("");
            let parent = goals.get(cell(aligned)).and_then(|(_, parent)| parent.get(kind));
            let is_stray = cell(aligned).is_empty() || parent.is_some_and(|parent| parent != "objective");
            if cell(kind) == "key result" && is_stray {
                left_out.strays.push(*line);
            }
        }
        left_out.strays.sort_unstable();
        Ok(left_out)
    }

    fn tell(&self, place: &str) {
        let Self { types, strays } = self;
        for (name, count) in types {
            let name = if name.is_empty() { "without a type" } else { name };
            println!("left out: {count} {name}");
        }
        if !strays.is_empty() {
            let lines: Vec<_> = strays.iter().take(20).map(u64::to_string).collect();
            let more = if strays.len() > 20 { " …" } else { "" };
            let (count, lines) = (strays.len(), lines.join(", "));
            println!("left out: {count} key results that belong to no objective ({place} {lines}{more})");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Files;
    use super::*;

    #[test]
    fn each_mapping_fits_an_export_with_the_needed_columns_alone() {
        const HEADER: &[u8] =
            b"Id,Title,Object Type,\"Aligned To (weight, Objective ID)\",Start Date,End Date,Start,Target\n";
        let files = Files::Embedded(&[("export.csv", HEADER)]);
        for (what, mapping) in STEPS.into_iter().chain([PROPOSALS]) {
            let mut table = files.table("export.csv", None).expect("a table");
            let read = Mapping::read(&whole(mapping), &files, &mut table);
            assert_eq!(read.err(), None, "{what}");
        }
    }
}
