//! `remit import`: rows of a CSV file or a workbook, mapped and sent to a running service, with a report by row.

mod field;
pub mod mapping;
mod parts;
mod rehearsal;
pub mod sending;
pub mod table;
mod template;
mod viva_goals;
mod workbook;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Failure;
use super::client::Service;
use super::progress::Progress;
use super::push::Mode;
use mapping::{Mapped, Mapping, Row, Target, json};
use rehearsal::{Entry, Rehearsal};
use sending::{Fault, Lines, Options, Rows, Sender, Tally};
use table::{Files, Table};

/// What to import, how, and where to.
#[derive(Args)]
pub struct Arguments {
    /// The CSV file (.gz is decompressed) or workbook (.xlsx), with a header row
    file: PathBuf,
    /// The TOML file that says what its columns become
    #[arg(long, required_unless_present = "from")]
    mapping: Option<PathBuf>,
    /// The tool that the file is an export of, in place of a mapping
    #[arg(long, conflicts_with = "mapping")]
    from: Option<From>,
    /// The sheet of a workbook; the first where nothing is said
    #[arg(long)]
    sheet: Option<String>,
    /// Put the imported outcomes forward too; they stay drafts otherwise
    #[arg(long, requires = "from")]
    propose: bool,
    /// What happens to rows when one of a call is refused
    #[arg(long, default_value = "atomic")]
    mode: Mode,
    /// Answer what would happen, and keep nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    service: Service,
}

/// A tool whose exports are understood.
#[derive(Clone, Copy, ValueEnum)]
enum From {
    /// Microsoft Viva Goals: the export of its Explorer view
    VivaGoals,
}

impl Arguments {
    /// Carries the import out.
    ///
    /// # Errors
    /// What to print and how to exit.
    pub fn run(self) -> Result<(), Failure> {
        let client = self.service.client()?;
        let folder = self.file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.ok_or_else(|| Failure::usage(format!("{}: not a file", self.file.display())))?;
        let files = Files::Folder(folder.to_owned());
        let options = Options { mode: self.mode, dry_run: self.dry_run };
        let sender = Sender { client: &client, options, progress: Progress::of(0, "importing") };
        let from = Origin { files: &files, name: &name, sheet: self.sheet.as_deref() };
        let Some(path) = &self.mapping else {
            return viva_goals::import(&sender, &from, self.propose);
        };
        let mapping = std::fs::read_to_string(path);
        let mapping = mapping.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        let mapping = (path.display().to_string(), mapping);
        let mut report = |place: &str, fault: Fault| eprintln!("{}", fault.describe(place));
        let tally = import(&sender, &from, (&mapping.0, &mapping.1), None, &mut report)?;
        drop(sender);
        println!("{}{tally}", if self.dry_run { "would be: " } else { "" });
        match tally.refused {
            0 => Ok(()),
            count => Err(Failure::refused(format!("{count} row(s) refused"))),
        }
    }
}

/// Where rows come from.
pub struct Origin<'a> {
    /// Where files are found.
    pub files: &'a Files,
    /// Which file.
    pub name: &'a str,
    /// Which sheet of a workbook; the first where nothing is said.
    pub sheet: Option<&'a str>,
}

impl Origin<'_> {
    fn table(&self) -> Result<Table, Failure> {
        self.files.table(self.name, self.sheet).map_err(Failure::usage)
    }
}

/// Maps a file and sends it. What is wrong with single rows is reported with what their number is the number of; they
/// count as refused. The mapping is given by its name and its text.
///
/// # Errors
/// What is wrong with the whole: the mapping, the file, the service.
pub fn import(
    sender: &Sender<'_>,
    from: &Origin<'_>,
    (mapping_name, mapping): (&str, &str),
    rehearsal: Option<&mut Rehearsal>,
    report: &mut dyn FnMut(&str, Fault),
) -> Result<Tally, Failure> {
    let mut table = from.table()?;
    let mapping = Mapping::read(mapping, from.files, &mut table);
    let mapping = mapping.map_err(|error| Failure::usage(format!("{mapping_name}: {error}")))?;
    let mut read = Read { tally: Tally::default(), entries: Vec::new(), lines: Lines::new()?, unsure: Lines::new()? };
    let place = table.place.clone();
    let mut report = |fault| report(&place, fault);
    read.all(&mut table, &mapping, rehearsal.as_deref(), &mut report)?;
    let Read { mut tally, entries, lines, unsure } = read;
    let tally_of = &mut tally;
    match (mapping.target, rehearsal) {
        // What is to be kept whole is not begun when a part of it is known to be wrong.
        (_, None) if matches!(sender.options.mode, Mode::Atomic) && tally_of.refused > 0 => {}
        (Target::Rows(kind), None) => {
            let mut rows = Rows::new();
            for Entry { line, external_id, fields } in entries {
                rows.push(line, external_id, fields)?;
            }
            sender.rows(kind, &mapping.source, rows, tally_of, &mut report)?;
        }
        (Target::Rows(kind), Some(rehearsal)) => {
            rehearsal.rows(sender, kind, &mapping.source, &entries, tally_of, &mut report)?;
        }
        (Target::Observations, _) => {
            sender.lines(&mapping.source, lines, tally_of, &mut report)?;
            rehearsal::lines(sender, &mapping.source, unsure, tally_of, &mut report)?;
        }
    }
    Ok(tally)
}

/// What was read of a table.
struct Read {
    tally: Tally,
    entries: Vec<Entry>,
    lines: Lines,
    /// Observations of measures that a rehearsal has not made.
    unsure: Lines,
}

impl Read {
    fn all(
        &mut self,
        table: &mut Table,
        mapping: &Mapping,
        rehearsal: Option<&Rehearsal>,
        report: &mut dyn FnMut(Fault),
    ) -> Result<(), Failure> {
        let mut said = HashSet::new();
        while let Some((line, record)) = table.next().map_err(Failure::usage)? {
            let parts = mapping.parts(&record);
            // A row in which nothing is found is one that is left out.
            self.tally.rows += parts.len().max(1) as u64;
            self.tally.left_out += u64::from(parts.is_empty());
            for part in &parts {
                let row = Row { record: &record, part };
                let faults = self.take(mapping, &row, line, rehearsal, &mut said)?;
                self.tally.refused += u64::from(!faults.is_empty());
                for (pointer, detail) in faults {
                    report(Fault { line, external_id: None, pointer, code: "unmapped".into(), detail });
                }
            }
        }
        Ok(())
    }

    /// Takes a row in, or says what is wrong with it.
    fn take(
        &mut self,
        mapping: &Mapping,
        row: &Row<'_>,
        line: u64,
        rehearsal: Option<&Rehearsal>,
        said: &mut HashSet<(Option<String>, String)>,
    ) -> Result<Vec<(String, String)>, Failure> {
        let (external_id, fields) = match mapping.row(row) {
            Mapped::LeftOut => {
                self.tally.left_out += 1;
                return Ok(Vec::new());
            }
            Mapped::Refused(faults) => return Ok(faults),
            Mapped::Row { external_id, fields } => (external_id, fields),
        };
        if mapping.is_once && !said.insert((external_id.clone(), json(&fields)?.get().to_owned())) {
            self.tally.repeated += 1;
            return Ok(Vec::new());
        }
        match mapping.target {
            Target::Rows(_) => self.entries.push(Entry { line, external_id, fields }),
            Target::Observations => {
                let is_unsure = rehearsal.is_some_and(|rehearsal| rehearsal.would_make_measure_of(&fields));
                let lines = if is_unsure { &mut self.unsure } else { &mut self.lines };
                match mapping.observation(row, &fields) {
                    Ok(observation) => lines.push(line, &observation)?,
                    Err(fault) => return Ok(vec![fault]),
                }
            }
        }
        Ok(Vec::new())
    }
}
