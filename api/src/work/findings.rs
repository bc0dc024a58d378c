//! Looking at what stands: so that it is known since when each finding does, and until when others did.

use std::time::Duration;

use actix_web::web::Data;
use remit_domain::entity::Actor;
use remit_domain::rule::{FindingId, FindingSubject};
use remit_domain::time::Instant;
use remit_persistence::{Job, JobEnd, ReadTx};

use super::Failure;
use crate::problem::Problem;
use crate::state::{Remit, now};
use crate::travel::Travel;

/// The name of this kind of work.
pub const NAME: &str = "findings";
/// Within which time an organization is first looked at.
pub const SPREAD: Duration = Duration::from_secs(5);

/// A look: when, which state of the organization it saw, and until when that state gives the same findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// When it was.
    pub at: Instant,
    revision: i64,
    until: Instant,
}

impl Look {
    /// Reads what a look was kept as.
    pub fn read(state: &str) -> Option<Self> {
        let mut parts = state.split(' ').map(str::parse::<i64>);
        let mut next = || parts.next()?.ok();
        let (at, revision, until) = (next()?, next()?, next()?);
        Some(Self { at: Instant::from_micros(at), revision, until: Instant::from_micros(until) })
    }

    /// How the next look comes to know of it.
    fn kept(self) -> String {
        let Self { at, revision, until } = self;
        format!("{} {revision} {}", at.micros(), until.micros())
    }

    /// The last look at an organization.
    ///
    /// # Errors
    /// What the store says.
    pub fn last(tx: &mut ReadTx<'_>) -> Result<Option<Self>, Problem> {
        Ok(tx.job(NAME, "")?.and_then(|job| Self::read(&job.state)))
    }
}

/// What a look sees.
struct Seen {
    look: Look,
    /// What stands; nothing where it is what stood at the look before.
    found: Option<Vec<(FindingId, &'static str, FindingSubject)>>,
}

/// Looks at an organization, and notes what came and what went since the last time.
///
/// # Errors
/// What the store says.
pub async fn run(remit: &Data<Remit>, job: &Job) -> Result<Option<JobEnd>, Failure> {
    let last = Look::read(&job.state);
    let shared = remit.clone();
    let Seen { look, found } = remit.store.read(job.organization, move |tx| see(&shared, tx, last)).await?;
    let every = i64::try_from(remit.look_every.as_micros()).unwrap_or(i64::MAX);
    let end = JobEnd::Again { due_at: look.at.plus_micros(every), state: look.kept() };
    let Some(found) = found else { return Ok(Some(end)) };
    let held = job.clone();
    let written = remit.store.write(job.organization, Actor::new("remit"), move |tx| {
        // What a look without a predecessor misses was never seen.
        tx.see_findings(&found, look.at, last.map_or(look.at, |last| last.at))?;
        tx.end_job(&held, &end)
    });
    written.await?;
    Ok(None)
}

fn see(remit: &Remit, tx: &mut ReadTx<'_>, last: Option<Look>) -> Result<Seen, Problem> {
    let head = tx.head()?;
    let at = now();
    // The first look of a process reads all of it whatever is known, so that whoever asks next need not wait for that.
    let looks_again = remit.looks_again(tx.organization_id());
    if let Some(last) = last
        && looks_again
        && last.revision == head.revision
        && at < last.until
    {
        return Ok(Seen { look: Look { at, ..last }, found: None });
    }
    let reading = Travel::none().resolve(tx, &head, at)?;
    let pictured = remit.picture(tx, &reading)?;
    let found = pictured.findings().iter().map(|finding| (finding.id, finding.rule, finding.subject)).collect();
    Ok(Seen { look: Look { at, revision: head.revision, until: pictured.until() }, found: Some(found) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_is_read_back_as_it_was_kept() {
        let look = Look { at: Instant::from_micros(-5), revision: 7, until: Instant::END };
        assert_eq!(Look::read(&look.kept()), Some(look));
        assert_eq!(Look::read(""), None);
        assert_eq!(Look::read("1 2"), None);
    }
}
