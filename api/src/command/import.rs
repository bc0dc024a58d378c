//! `remit import`: rows of a CSV file, mapped and sent to a running service, with a report by row.

mod field;
pub mod mapping;
pub mod sending;
pub mod table;
mod template;

use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use super::client::Service;
use super::progress::Progress;
use super::push::Mode;
use mapping::{Mapped, Mapping, Target};
use sending::{Fault, Lines, Options, Rows, Sender, Tally};
use table::Files;

/// What to import, how, and where to.
#[derive(Args)]
pub struct Arguments {
    /// The CSV file, with a header row; .gz is decompressed
    file: PathBuf,
    /// The TOML file that says what its columns become
    #[arg(long)]
    mapping: PathBuf,
    /// What happens to rows when one of a call is refused
    #[arg(long, default_value = "atomic")]
    mode: Mode,
    /// Answer what would happen, and keep nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    service: Service,
}

impl Arguments {
    /// Carries the import out.
    ///
    /// # Errors
    /// What to print and how to exit.
    pub fn run(self) -> Result<(), Failure> {
        let client = self.service.client()?;
        let mapping = std::fs::read_to_string(&self.mapping);
        let mapping = mapping.map_err(|error| Failure::usage(format!("{}: {error}", self.mapping.display())))?;
        let folder = self.file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let name = self.file.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.ok_or_else(|| Failure::usage(format!("{}: not a file", self.file.display())))?;
        let files = Files::Folder(folder.to_owned());
        let options = Options { mode: self.mode, dry_run: self.dry_run };
        let sender = Sender { client: &client, options, progress: Progress::of(0, "importing") };
        let mut report = |fault: Fault| eprintln!("{fault}");
        let tally = import(&sender, &files, &name, &mapping, &mut report).map_err(|failure| match failure.code {
            2 => Failure::usage(format!("{}: {}", self.mapping.display(), failure.message)),
            _ => failure,
        })?;
        drop(sender);
        println!("{}{tally}", if self.dry_run { "would be: " } else { "" });
        match tally.refused {
            0 => Ok(()),
            count => Err(Failure::refused(format!("{count} row(s) refused"))),
        }
    }
}

/// Maps a file and sends it. What is wrong with single rows is reported; they count as refused.
///
/// # Errors
/// What is wrong with the whole: the mapping, the file, the service.
pub fn import(
    sender: &Sender<'_>,
    files: &Files,
    name: &str,
    mapping: &str,
    report: &mut dyn FnMut(Fault),
) -> Result<Tally, Failure> {
    let mut table = files.table(name)?;
    let mapping = Mapping::read(mapping, files, &table).map_err(Failure::usage)?;
    let mut tally = Tally::default();
    let mut rows = Rows::new();
    let mut lines = Lines::new()?;
    while let Some((line, record)) = table.next()? {
        tally.rows += 1;
        let faults = match mapping.row(&record) {
            Mapped::LeftOut => {
                tally.left_out += 1;
                Vec::new()
            }
            Mapped::Row { external_id, fields } => match mapping.target {
                Target::Rows(_) => {
                    rows.push(line, external_id, fields)?;
                    Vec::new()
                }
                Target::Observations => match mapping.observation(&record, &fields) {
                    Ok(observation) => {
                        lines.push(line, &observation)?;
                        Vec::new()
                    }
                    Err(fault) => vec![fault],
                },
            },
            Mapped::Refused(faults) => faults,
        };
        tally.refused += u64::from(!faults.is_empty());
        for (pointer, detail) in faults {
            report(Fault { line, external_id: None, pointer, code: "unmapped".into(), detail });
        }
    }
    // What is to be kept whole is not begun when a part of it is known to be wrong.
    if matches!(sender.options.mode, Mode::Atomic) && tally.refused > 0 {
        return Ok(tally);
    }
    match mapping.target {
        Target::Rows(kind) => sender.rows(kind, &mapping.source, rows, &mut tally, report)?,
        Target::Observations => sender.lines(&mapping.source, lines, &mut tally, report)?,
    }
    Ok(tally)
}
