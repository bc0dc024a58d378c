//! `remit verify`: the log checked on the database itself, beside a running service too.

use std::path::PathBuf;

use clap::Args;
use remit_api::change::signature::{is_signed, statement};
use remit_api::config::{Config, secret};
use remit_domain::id::Id;
use remit_domain::organization::OrganizationId;
use remit_domain::time::Instant;
use remit_persistence::{Fault, KeptHead, Store, Verification, Verified};
use serde::Deserialize;

use super::Failure;

/// How the command ends when something is broken.
const BROKEN: u8 = 5;

/// Whose log, and against what.
#[derive(Args)]
pub struct Arguments {
    /// The slug of an organization; all of them where nothing is said
    #[arg(long)]
    organization: Option<String>,
    /// A head that was kept, as GET /v1/changes/head answers it
    #[arg(long)]
    head: Option<PathBuf>,
}

/// A head that was kept; what else stands in the file is not needed.
#[derive(Deserialize)]
struct HeadFile {
    organization_id: String,
    revision: i64,
    recorded_at: String,
    hash: String,
    #[serde(default)]
    statement: Option<String>,
    #[serde(default)]
    signature: Option<String>,
}

impl Arguments {
    /// Checks, and prints a line for each organization.
    ///
    /// # Errors
    /// What to print and how to exit.
    pub fn run(self, config: &Config) -> Result<(), Failure> {
        let kept = self.head.as_ref().map(|path| read(path, config)).transpose()?;
        let mut organizations = Store::directory(&config.address)?;
        if let Some(slug) = &self.organization {
            organizations.retain(|(known, _)| known == slug);
            if organizations.is_empty() {
                return Err(Failure::refused(format!("there is no organization {slug} here")));
            }
        }
        if let Some((of, _)) = &kept {
            organizations.retain(|(_, id)| id == of);
            if organizations.is_empty() {
                return Err(Failure::refused(format!("the head is of {of}, which is not among those to be checked")));
            }
        }
        let mut broken = 0;
        for (slug, id) in organizations {
            let mut verification = Verification::new(kept.as_ref().map(|(_, head)| head.clone()));
            Store::look(&config.address, id, |tx| tx.verify(&mut verification))?;
            let Verified { revision, hash, entries, versions, observations, fault } = verification.found();
            match fault {
                None => println!(
                    "{slug}\tsound\trevision {revision}\thash {hash}\t{entries} entries, {versions} versions, \
                     {observations} observations"
                ),
                Some(Fault { flaw, revision, position, subject, detail }) => {
                    broken += 1;
                    let subject = subject.unwrap_or_else(|| "-".into());
                    println!("{slug}\tbroken\trevision {revision} position {position}\t{flaw}\t{subject}\t{detail}");
                }
            }
        }
        if broken > 0 {
            let message = format!("{broken} log(s) broken: what is stored is not what was written");
            return Err(Failure { message, code: BROKEN });
        }
        Ok(())
    }
}

/// Reads a head that was kept, and checks its signature where the server's secret is here.
fn read(path: &std::path::Path, config: &Config) -> Result<(OrganizationId, KeptHead), Failure> {
    let wrong = |what: &str| Failure::usage(format!("{}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error.to_string()))?;
    let file: HeadFile =
        serde_json::from_str(&text).map_err(|_| wrong("is no head as GET /v1/changes/head answers it"))?;
    let organization: OrganizationId =
        Id::parse(&file.organization_id).ok_or_else(|| wrong("names no organization"))?;
    let recorded_at = Instant::parse(&file.recorded_at).map_err(|_| wrong("names no instant"))?;
    if let (Some(signed), Some(signature)) = (&file.statement, &file.signature) {
        if *signed != statement(organization, file.revision, recorded_at, &file.hash) {
            return Err(Failure {
                message: format!("{}: it says otherwise than what was signed", path.display()),
                code: BROKEN,
            });
        }
        if config.secret_file.exists() {
            if !is_signed(&secret(&config.secret_file)?, signed, signature) {
                return Err(Failure {
                    message: format!("{}: this server did not sign it", path.display()),
                    code: BROKEN,
                });
            }
        } else {
            eprintln!("remit: the server's secret is not here, so the head's signature was not checked");
        }
    }
    Ok((organization, KeptHead { revision: file.revision, hash: file.hash }))
}
