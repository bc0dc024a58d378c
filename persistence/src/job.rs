//! Background work, as it is kept: rows that say what is due when, and who does it until when.
//!
//! Whoever claims a job holds it until the claim is ended or runs out; whoever ends it must still hold it. So no two
//! servers do one job at once, and what a killed server had begun is taken over. What a job has done and its end can be
//! one write: then it was done once.

use diesel::prelude::Queryable;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use remit_domain::entity::Actor;
use remit_domain::id::Id;
use remit_domain::organization::OrganizationId;
use remit_domain::time::Instant;

use crate::clock;
use crate::connection::DbConnection;
use crate::error::{Conflict, StoreError};
use crate::read::ReadTx;
use crate::schema::{directory, jobs};
use crate::store::Store;
use crate::write::WriteTx;

/// The most characters of an error that are kept.
const ERROR_CHARACTERS: usize = 500;

/// The most jobs that are found because they are wanted, though they are not due.
const WANTED_MAX: i64 = 5_000;

/// Something that is to be done in the background.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// For whom.
    pub organization: OrganizationId,
    /// What kind of work it is.
    pub kind: String,
    /// What it is done to: one subject has one job of a kind.
    pub subject: String,
    /// When it is due; of a job that is claimed, when it was.
    pub due_at: Instant,
    /// Until when it is claimed.
    pub claimed_until: Instant,
    /// How often it was claimed. Whoever ends it must hold this claim.
    pub claim: i64,
    /// How many attempts have failed since the last that did not.
    pub attempts: i32,
    /// What its kind wants to know the next time.
    pub state: String,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobEnd {
    /// It is due again.
    Again {
        /// When; earlier where it was wanted earlier meanwhile.
        due_at: Instant,
        /// What to know then.
        state: String,
    },
    /// There is nothing more to do, unless it was wanted again meanwhile.
    Done,
    /// It failed, and is to be tried again.
    Failed {
        /// When.
        due_at: Instant,
        /// Why.
        error: String,
    },
    /// It was left before it was done, and is as it was.
    Released,
}

/// Which jobs of a kind are looked for.
#[derive(Clone, Debug, Default)]
pub struct JobSearch {
    /// The kind.
    pub kind: String,
    /// At most so many that are due.
    pub limit: usize,
    /// Not those of these organizations.
    pub without: Vec<OrganizationId>,
    /// Of these organizations also those that are not due.
    pub wanted: Vec<OrganizationId>,
    /// Of every organization those too.
    pub all: bool,
}

/// How much of a kind waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobCount {
    /// The kind.
    pub kind: String,
    /// How many jobs there are.
    pub all: i64,
    /// How many are due and not claimed.
    pub due: i64,
    /// Since when the oldest of them is.
    pub oldest: Option<Instant>,
}

#[derive(Queryable)]
struct JobRow {
    organization_id: String,
    kind: String,
    subject: String,
    due_at: i64,
    claimed_until: i64,
    claim: i64,
    attempts: i32,
    state: String,
    last_error: Option<String>,
}

impl JobRow {
    fn job(self) -> Result<Job, StoreError> {
        let Self { organization_id, kind, subject, due_at, claimed_until, claim, attempts, state, last_error } = self;
        let organization = Id::parse(&organization_id).ok_or_else(|| StoreError::Corrupt("a job".into()))?;
        let (due_at, claimed_until) = (Instant::from_micros(due_at), Instant::from_micros(claimed_until));
        Ok(Job { organization, kind, subject, due_at, claimed_until, claim, attempts, state, last_error })
    }
}

/// One job by its key.
macro_rules! job {
    ($tx:expr, $kind:expr, $subject:expr) => {
        jobs::table
            .filter(jobs::organization_id.eq(&$tx.read.organization_text))
            .filter(jobs::kind.eq($kind))
            .filter(jobs::subject.eq($subject))
    };
}

impl Store {
    /// The jobs that nobody does and that are due, oldest first; a kind after the other.
    ///
    /// # Errors
    /// What the database says.
    pub async fn due_jobs(&self, now: Instant, searches: Vec<JobSearch>) -> Result<Vec<Job>, StoreError> {
        self.ask(move |connection| {
            let mut found = Vec::new();
            for search in searches {
                found.extend(due(connection, now, &search)?);
            }
            Ok(found)
        })
        .await
    }

    /// Claims jobs of one organization as they were seen, and returns those that are now held until `until`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn claim_jobs(
        &self,
        organization: OrganizationId,
        seen: Vec<Job>,
        now: Instant,
        until: Instant,
    ) -> Result<Vec<Job>, StoreError> {
        self.work(organization, move |tx| {
            let mut held = Vec::new();
            for job in &seen {
                let free = job!(tx, &job.kind, &job.subject)
                    .filter(jobs::claim.eq(job.claim))
                    .filter(jobs::claimed_until.le(now.micros()))
                    .filter(jobs::due_at.le(job.due_at.max(now).micros()));
                // From now on an earlier instant says that it was wanted while it was done.
                let claimed = diesel::update(free)
                    .set((
                        jobs::claim.eq(job.claim + 1),
                        jobs::claimed_until.eq(until.micros()),
                        jobs::due_at.eq(until.micros()),
                    ))
                    .execute(tx.read.connection)?;
                if claimed == 1 {
                    held.push(Job { claim: job.claim + 1, claimed_until: until, ..job.clone() });
                }
            }
            Ok(held)
        })
        .await
    }

    /// Holds a claimed job for longer.
    ///
    /// # Errors
    /// [`Conflict::ClaimLost`] when it had run out and another took it.
    pub async fn renew_claim(&self, job: Job, until: Instant) -> Result<Job, StoreError> {
        self.work(job.organization, move |tx| {
            let Job { kind, subject, claim, .. } = &job;
            let (due_at, claimed_until) = tx.held(&job)?;
            let due_at = if due_at < claimed_until { due_at } else { until.micros() };
            diesel::update(job!(tx, kind, subject).filter(jobs::claim.eq(*claim)))
                .set((jobs::claimed_until.eq(until.micros()), jobs::due_at.eq(due_at)))
                .execute(tx.read.connection)?;
            Ok(Job { claimed_until: until, ..job.clone() })
        })
        .await
    }

    /// Ends a claimed job, where that is a write of its own.
    ///
    /// # Errors
    /// [`Conflict::ClaimLost`] when it had run out and another took it.
    pub async fn end_job(&self, job: Job, end: JobEnd) -> Result<(), StoreError> {
        self.work(job.organization, move |tx| tx.end_job(&job, &end)).await
    }

    /// Makes a job of this kind for every organization that has none. It is due some time within `spread` microseconds,
    /// so that not all are done at once.
    ///
    /// # Errors
    /// What the database says.
    pub async fn ensure_jobs(&self, kind: &'static str, subject: &'static str, spread: i64) -> Result<(), StoreError> {
        let without = self
            .ask(move |connection| {
                let with = jobs::table.filter(jobs::kind.eq(kind)).select(jobs::organization_id);
                let ids: Vec<String> = directory::table
                    .filter(directory::organization_id.ne_all(with))
                    .select(directory::organization_id)
                    .order(directory::organization_id)
                    .load(connection)?;
                ids.iter()
                    .map(|id| Id::parse(id))
                    .collect::<Option<Vec<OrganizationId>>>()
                    .ok_or_else(|| StoreError::Corrupt("the directory".into()))
            })
            .await?;
        let now = clock::now();
        for organization in without {
            let later = (organization.bits() % spread.max(1) as u128) as i64;
            self.work(organization, move |tx| tx.want_job(kind, subject, now.plus_micros(later), "")).await?;
        }
        Ok(())
    }

    /// Makes the jobs of a kind due now where this process is the only one to do them: what it has in memory is gone
    /// with the last one. Where several servers share a database, another may have done them just before.
    ///
    /// # Errors
    /// What the database says.
    pub async fn hasten_jobs(&self, kind: &'static str) -> Result<(), StoreError> {
        if !self.is_alone() {
            return Ok(());
        }
        let now = clock::now();
        let later = self.ask(move |connection| {
            let later = jobs::table.filter(jobs::kind.eq(kind)).filter(jobs::due_at.gt(now.micros()));
            let rows: Vec<(String, String)> = later
                .select((jobs::organization_id, jobs::subject))
                .order((jobs::organization_id, jobs::subject))
                .load(connection)?;
            let read =
                |(organization, subject): (String, String)| Some((OrganizationId::parse(&organization)?, subject));
            let rows: Option<Vec<(OrganizationId, String)>> = rows.into_iter().map(read).collect();
            rows.ok_or_else(|| StoreError::Corrupt("a job".into()))
        });
        for (organization, subject) in later.await? {
            self.work(organization, move |tx| tx.want_job(kind, &subject, now, "")).await?;
        }
        Ok(())
    }

    /// How much of each kind waits.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count_jobs(&self, now: Instant) -> Result<Vec<JobCount>, StoreError> {
        self.ask(move |connection| {
            use diesel::dsl::{count_star, min};
            let all: Vec<(String, i64)> = jobs::table
                .group_by(jobs::kind)
                .select((jobs::kind, count_star()))
                .order(jobs::kind)
                .load(connection)?;
            let due: Vec<(String, i64, Option<i64>)> = jobs::table
                .filter(jobs::due_at.le(now.micros()))
                .filter(jobs::claimed_until.le(now.micros()))
                .group_by(jobs::kind)
                .select((jobs::kind, count_star(), min(jobs::due_at)))
                .load(connection)?;
            let of = |kind: &str| due.iter().find(|(due, _, _)| due == kind);
            let count = |(kind, all): (String, i64)| {
                let (due, oldest) = of(&kind).map_or((0, None), |(_, due, oldest)| (*due, *oldest));
                JobCount { kind, all, due, oldest: oldest.map(Instant::from_micros) }
            };
            Ok(all.into_iter().map(count).collect())
        })
        .await
    }

    /// A write that is no change of the organization.
    async fn work<T, F>(&self, organization: OrganizationId, body: F) -> Result<T, StoreError>
    where
        F: FnMut(&mut WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        self.write(organization, Actor::new("remit"), body).await
    }
}

fn due(connection: &mut DbConnection, now: Instant, search: &JobSearch) -> Result<Vec<Job>, StoreError> {
    let JobSearch { kind, limit, without, wanted, all } = search;
    let limit = i64::try_from(*limit).unwrap_or(i64::MAX);
    let texts = |ids: &[OrganizationId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let free = || {
        jobs::table
            .filter(jobs::kind.eq(kind))
            .filter(jobs::claimed_until.le(now.micros()))
            .filter(jobs::organization_id.ne_all(texts(without)))
            .order((jobs::due_at, jobs::organization_id, jobs::subject))
    };
    let mut rows: Vec<JobRow> = free().filter(jobs::due_at.le(now.micros())).limit(limit).load(connection)?;
    let others = || free().filter(jobs::due_at.gt(now.micros())).limit(WANTED_MAX);
    if *all {
        rows.extend(others().load::<JobRow>(connection)?);
    } else if !wanted.is_empty() {
        rows.extend(others().filter(jobs::organization_id.eq_any(texts(wanted))).load::<JobRow>(connection)?);
    }
    rows.into_iter().map(JobRow::job).collect()
}

/// Makes what another life of this process had claimed due again. Only for who is alone with the database.
pub(crate) fn release_claims(connection: &mut DbConnection) -> Result<(), StoreError> {
    let now = clock::now().micros();
    diesel::update(jobs::table.filter(jobs::claimed_until.gt(now)))
        .set((jobs::claimed_until.eq(0), jobs::due_at.eq(now)))
        .execute(connection)?;
    Ok(())
}

impl WriteTx<'_> {
    /// Has a job done at an instant, or earlier where it is wanted earlier already. It is made where there is none, and
    /// `state` is then what it begins with.
    ///
    /// # Errors
    /// What the database says.
    pub fn want_job(&mut self, kind: &str, subject: &str, at: Instant, state: &str) -> Result<(), StoreError> {
        self.touch();
        let due_at: Option<i64> =
            job!(self, kind, subject).select(jobs::due_at).first(self.read.connection).optional()?;
        match due_at {
            Some(due_at) if due_at <= at.micros() => Ok(()),
            Some(_) => {
                diesel::update(job!(self, kind, subject))
                    .set(jobs::due_at.eq(at.micros()))
                    .execute(self.read.connection)?;
                Ok(())
            }
            None => {
                diesel::insert_into(jobs::table)
                    .values((
                        jobs::organization_id.eq(&self.read.organization_text),
                        jobs::kind.eq(kind),
                        jobs::subject.eq(subject),
                        jobs::due_at.eq(at.micros()),
                        jobs::claimed_until.eq(0),
                        jobs::claim.eq(0),
                        jobs::attempts.eq(0),
                        jobs::state.eq(state),
                    ))
                    .execute(self.read.connection)?;
                Ok(())
            }
        }
    }

    /// Has a job that exists done at another instant, earlier or later, as if it had never failed. Who does it now finds
    /// its claim lost.
    ///
    /// # Errors
    /// What the database says.
    pub fn plan_job(&mut self, kind: &str, subject: &str, at: Instant, state: &str) -> Result<(), StoreError> {
        self.touch();
        diesel::update(job!(self, kind, subject))
            .set((
                jobs::due_at.eq(at.micros()),
                jobs::claimed_until.eq(0),
                jobs::claim.eq(jobs::claim + 1),
                jobs::attempts.eq(0),
                jobs::state.eq(state),
            ))
            .execute(self.read.connection)?;
        Ok(())
    }

    /// Takes a job away. Who does it now finds its claim lost.
    ///
    /// # Errors
    /// What the database says.
    pub fn drop_job(&mut self, kind: &str, subject: &str) -> Result<(), StoreError> {
        self.touch();
        diesel::delete(job!(self, kind, subject)).execute(self.read.connection)?;
        Ok(())
    }

    /// Makes sure that a job is still held, so that what this write does is done once.
    ///
    /// # Errors
    /// [`Conflict::ClaimLost`] when it is not.
    pub fn require_claim(&mut self, job: &Job) -> Result<(), StoreError> {
        self.held(job).map(|_| ())
    }

    /// When a held job is due, and until when it is claimed.
    fn held(&mut self, job: &Job) -> Result<(i64, i64), StoreError> {
        self.touch();
        let held: Option<(i64, i64)> = job!(self, &job.kind, &job.subject)
            .filter(jobs::claim.eq(job.claim))
            .select((jobs::due_at, jobs::claimed_until))
            .first(self.read.connection)
            .optional()?;
        // A claim that was ended has no end; one that has run out is still held while nobody else took it.
        held.filter(|(_, until)| *until > 0).ok_or(StoreError::Conflict(Conflict::ClaimLost))
    }

    /// Ends a claimed job in the write that does what it is to do.
    ///
    /// # Errors
    /// [`Conflict::ClaimLost`] when it is not held any more.
    pub fn end_job(&mut self, job: &Job, end: &JobEnd) -> Result<(), StoreError> {
        let (due_at, claimed_until) = self.held(job)?;
        let wanted = Some(due_at).filter(|due_at| *due_at < claimed_until);
        let held = job!(self, &job.kind, &job.subject).filter(jobs::claim.eq(job.claim));
        let sooner = |at: Instant| wanted.map_or(at.micros(), |wanted| wanted.min(at.micros()));
        let no_error = jobs::last_error.eq(None::<String>);
        let ended = jobs::claimed_until.eq(0);
        let connection = &mut *self.read.connection;
        let changed = match (end, wanted) {
            (JobEnd::Again { due_at, state }, _) => diesel::update(held)
                .set((ended, jobs::due_at.eq(sooner(*due_at)), jobs::attempts.eq(0), jobs::state.eq(state), no_error))
                .execute(connection)?,
            (JobEnd::Done, Some(wanted)) => diesel::update(held)
                .set((ended, jobs::due_at.eq(wanted), jobs::attempts.eq(0), no_error))
                .execute(connection)?,
            (JobEnd::Done, None) => diesel::delete(held).execute(connection)?,
            (JobEnd::Failed { due_at, error }, _) => {
                let error: String = error.chars().take(ERROR_CHARACTERS).collect();
                diesel::update(held)
                    .set((
                        ended,
                        jobs::due_at.eq(due_at.micros()),
                        jobs::attempts.eq(job.attempts + 1),
                        jobs::last_error.eq(error),
                    ))
                    .execute(connection)?
            }
            (JobEnd::Released, _) => {
                diesel::update(held).set((ended, jobs::due_at.eq(sooner(job.due_at)))).execute(connection)?
            }
        };
        if changed == 1 { Ok(()) } else { Err(StoreError::Conflict(Conflict::ClaimLost)) }
    }
}

impl ReadTx<'_> {
    /// A job, if there is one.
    ///
    /// # Errors
    /// What the database says.
    pub fn job(&mut self, kind: &str, subject: &str) -> Result<Option<Job>, StoreError> {
        let row: Option<JobRow> = jobs::table
            .filter(jobs::organization_id.eq(&self.organization_text))
            .filter(jobs::kind.eq(kind))
            .filter(jobs::subject.eq(subject))
            .first(self.connection)
            .optional()?;
        row.map(JobRow::job).transpose()
    }
}
