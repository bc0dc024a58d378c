//! `remit export` and `remit restore`: an organization to a file, beside a running service too, and back.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use remit_api::config::Config;
use remit_domain::organization::OrganizationId;
use remit_persistence::{Restored, Store, StoreError, Unrestored};

use super::{Failure, organization};

/// Where standard input and output stand for a file.
const STANDARD: &str = "-";

/// Which organization, and where to.
#[derive(Args)]
pub struct Arguments {
    /// The slug of the organization; may be left out where there is only one
    #[arg(long)]
    organization: Option<String>,
    /// The file to make, or - for standard output
    file: PathBuf,
}

impl Arguments {
    /// Exports.
    ///
    /// # Errors
    /// What to print and how to exit; a file that was begun is removed.
    pub fn run(self, config: &Config) -> Result<(), Failure> {
        let (slug, id) = organization::chosen(config, self.organization.as_deref())?;
        let Self { organization: _, file } = self;
        if file == Path::new(STANDARD) {
            return export(config, id, &mut io::stdout().lock()).map(drop);
        }
        let failed = |error: io::Error| Failure::from(format!("{}: {error}", file.display()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // It holds personal values.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let made = options.open(&file).map_err(failed)?;
        let mut writer = BufWriter::new(&made);
        let exported = export(config, id, &mut writer);
        drop(writer);
        match exported.and_then(|lines| made.sync_all().map(|()| lines).map_err(failed)) {
            Ok((revision, lines)) => {
                eprintln!("{slug}: revision {revision}, {lines} lines");
                Ok(())
            }
            Err(failure) => {
                drop(std::fs::remove_file(&file));
                Err(failure)
            }
        }
    }
}

/// Writes the export; the revision and the number of lines.
fn export(config: &Config, id: OrganizationId, to: &mut dyn Write) -> Result<(i64, u64), Failure> {
    let mut exported = None;
    Store::look(&config.address, id, |tx| {
        exported = Some(tx.export(to)?);
        Ok(true)
    })?;
    let exported = exported.ok_or(StoreError::NotFound)?;
    Ok((exported.revision, exported.lines))
}

/// Puts back what a file holds, which its beginning tells: an exported organization, or the backup of a database.
///
/// # Errors
/// What to print and how to exit.
pub fn restore(config: &Config, file: &Path) -> Result<(), Failure> {
    if file == Path::new(STANDARD) {
        return restore_organization(config, &mut io::stdin().lock());
    }
    let failed = |error: io::Error| Failure::from(format!("{}: {error}", file.display()));
    let mut reader = BufReader::new(File::open(file).map_err(failed)?);
    if reader.fill_buf().map_err(failed)?.starts_with(b"{") {
        return restore_organization(config, &mut reader);
    }
    Ok(Store::restore(&config.address, file)?)
}

fn restore_organization(config: &Config, from: &mut dyn BufRead) -> Result<(), Failure> {
    let Restored { organization, slug, revision, hash, lines } = remit_api::export::restore(&config.address, from)?;
    println!("{slug}\t{organization}\trevision {revision}\thash {hash}\t{lines} lines");
    eprintln!(
        "remit: no API key, issuer or webhook secret came with it; begin with: remit token --organization {slug} --scope admin"
    );
    Ok(())
}

impl From<Unrestored> for Failure {
    fn from(error: Unrestored) -> Self {
        match error {
            Unrestored::Refused(why) => Self::refused(format!("nothing was restored: {why}")),
            Unrestored::Store(error) => error.into(),
        }
    }
}
