//! Housekeeping: what is old goes, and what is noted in memory is written down.

use std::time::Duration;

use actix_web::web::Data;
use remit_domain::entity::Actor;
use remit_domain::time::{Zone, plus_days};
use remit_persistence::{Job, JobEnd};

use super::Failure;
use super::mail::KNOWN_DAYS;
use crate::state::{Remit, now};

/// How often each organization's house is kept.
pub const EVERY: Duration = Duration::from_secs(60 * 60);
/// How often what this process has noted is written down.
const CHORES: Duration = Duration::from_secs(60);

/// Forgets what an organization need not keep any longer.
///
/// # Errors
/// What the store says.
pub async fn run(remit: &Data<Remit>, job: &Job) -> Result<Option<JobEnd>, Failure> {
    let held = job.clone();
    let done = remit.store.write(job.organization, Actor::new("remit"), move |tx| {
        tx.forget_answers()?;
        tx.forget_deliveries()?;
        tx.forget_notices(plus_days(Zone::utc().day_of(now()), -KNOWN_DAYS))?;
        let next = now().plus_micros(i64::try_from(EVERY.as_micros()).unwrap_or(i64::MAX));
        tx.end_job(&held, &JobEnd::Again { due_at: next, state: String::new() })
    });
    done.await?;
    Ok(None)
}

/// Does what each process has to do for itself, every now and then.
pub async fn chores(remit: Data<Remit>) {
    let mut every = tokio::time::interval(CHORES);
    loop {
        every.tick().await;
        chore(&remit).await;
    }
}

/// Writes down what this process has noted.
pub async fn chore(remit: &Data<Remit>) {
    remit.key_uses.write_down(&remit.store).await;
}
