//! The room for background work: one scheduler over rows in the database, which several servers may share.
//!
//! It looks for jobs that are due, claims a bounded number of them, and runs each as a task of its own beside the
//! requests. A job that fails is tried again later and later; one that panics has failed. When the service is told to
//! stop nothing more is claimed, what runs has a few seconds, and what is left is given back.

pub mod findings;
mod housekeeping;
mod kind;
pub mod mail;
mod pause;
mod tally;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use actix_web::web::Data;
use remit_domain::organization::OrganizationId;
use remit_domain::time::Instant;
use remit_persistence::{Conflict, Job, JobEnd, JobSearch, StoreError};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{Notify, broadcast};

pub use self::kind::JobKind;
pub use self::pause::later;
use self::tally::Tallies;
use crate::problem::Problem;
use crate::state::{Remit, now};

/// How often jobs that are due are looked for, whether or not anybody says that there are some.
const POLL: Duration = Duration::from_millis(250);
/// How long a claim holds when it is not renewed, in microseconds: so long the others wait for a server that was killed.
const CLAIM_MICROS: i64 = 30_000_000;
/// How long a job runs before its claim is renewed.
const RENEWAL: Duration = Duration::from_secs(10);
/// How long what runs may take to end once the service is told to stop.
const STOP: Duration = Duration::from_secs(5);
/// The first pause after a failure, and the longest, in microseconds.
const PAUSE_MICROS: (i64, i64) = (1_000_000, 3_600_000_000);
/// How often organizations are looked for that lack a job which each has.
const STANDING: Duration = Duration::from_secs(10);
/// The shortest time between two looks, so that what follows a busy log does not run for every entry of it.
const GAP: Duration = Duration::from_millis(20);

/// What the rest of the service knows of the room.
#[derive(Default)]
pub struct Work {
    wake: Notify,
    moved: Mutex<Moved>,
    stopping: AtomicBool,
    stopped: Notify,
    tallies: Tallies,
    giving_way: Mutex<HashSet<Identity>>,
}

/// What tells jobs apart: the organization, the kind and the subject.
type Identity = (OrganizationId, String, String);

fn identity(job: &Job) -> Identity {
    (job.organization, job.kind.clone(), job.subject.clone())
}

/// The place of a job that only waits for somebody else's answer, which others may have meanwhile. It lasts as long as
/// this.
pub struct WayGiven<'a> {
    work: &'a Work,
    identity: Identity,
}
impl Drop for WayGiven<'_> {
    fn drop(&mut self) {
        self.work.giving_way().remove(&self.identity);
    }
}

/// Whose logs have something new, for the kinds that follow them.
#[derive(Default)]
struct Moved {
    organizations: HashSet<OrganizationId>,
    /// It is not known whose: all of them are looked into.
    all: bool,
}

/// Why a job was not done; the text is kept beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub String);

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}
impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem.detail().to_owned())
    }
}

impl Work {
    /// Has the scheduler look at once: something was written that is due now.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    fn moved(&self) -> MutexGuard<'_, Moved> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn giving_way(&self) -> MutexGuard<'_, HashSet<Identity>> {
        self.giving_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets others have the place of a job that runs and only waits; as many as run at once may do so.
    pub fn give_way(&self, job: &Job) -> WayGiven<'_> {
        let identity = identity(job);
        let mut giving_way = self.giving_way();
        let most = JobKind::parse(&job.kind).map_or(0, |kind| kind.plan().at_once);
        if giving_way.iter().filter(|(_, kind, _)| *kind == job.kind).count() < most {
            giving_way.insert(identity.clone());
            self.wake();
        }
        WayGiven { work: self, identity }
    }

    /// Whether the service is to stop: a job that takes long then ends where it is.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Returns when the service is to stop.
    pub async fn stopped(&self) {
        let stopped = self.stopped.notified();
        if !self.is_stopping() {
            stopped.await;
        }
    }

    fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.stopped.notify_waiters();
        self.wake();
    }

    /// The room's part of the metrics.
    pub async fn render(&self, remit: &Remit) -> String {
        let now = now();
        let counts = match remit.store.count_jobs(now).await {
            Ok(counts) => counts,
            Err(error) => {
                tracing::warn!(%error, "jobs were not counted");
                Vec::new()
            }
        };
        self.tallies.render(&counts, now)
    }
}

/// The room while it is open.
pub struct Room {
    remit: Data<Remit>,
    scheduler: JoinHandle<()>,
    chores: JoinHandle<()>,
    running: Running,
}

/// The jobs that run here.
type Running = Rc<RefCell<HashMap<u64, (Job, JoinHandle<()>)>>>;

/// Opens the room. Where `runs` is false nothing is claimed here: another server does it.
pub fn open(remit: &Data<Remit>, runs: bool) -> Room {
    let running = Running::default();
    let chores = actix_web::rt::spawn(housekeeping::chores(remit.clone()));
    let scheduler = Scheduler { remit: remit.clone(), running: running.clone(), number: 0 };
    let scheduler = actix_web::rt::spawn(async move {
        if runs {
            scheduler.run().await;
        }
    });
    Room { remit: remit.clone(), scheduler, chores, running }
}

impl Room {
    /// Closes it: nothing more is claimed, what runs has a few seconds, and what is left then is given back.
    pub async fn close(self) {
        let Self { remit, scheduler, chores, running } = self;
        remit.work.stop();
        chores.abort();
        // Both end as those that were told to; then nobody here knows the store.
        drop(chores.await);
        drop(scheduler.await);
        let last = tokio::time::Instant::now() + STOP;
        loop {
            let Some(number) = running.borrow().keys().next().copied() else { break };
            let Some((job, mut task)) = running.borrow_mut().remove(&number) else { break };
            if tokio::time::timeout_at(last, &mut task).await.is_ok() {
                continue;
            }
            task.abort();
            drop(task.await);
            tracing::info!(kind = job.kind, subject = job.subject, "left for another");
            if let Err(error) = remit.store.end_job(job, JobEnd::Released).await {
                tracing::debug!(%error, "a job was not given back");
            }
        }
        housekeeping::chore(&remit).await;
    }
}

/// What looks for jobs.
struct Scheduler {
    remit: Data<Remit>,
    running: Running,
    number: u64,
}

impl Scheduler {
    async fn run(mut self) {
        let mut standing = tokio::time::interval(STANDING);
        let mut poll = tokio::time::interval(POLL);
        poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut logs = self.remit.store.bus().subscribe_all();
        // What was written before this process began is known to nobody in it.
        self.remit.work.moved().all = true;
        if let Err(error) = self.remit.store.hasten_jobs(findings::NAME).await {
            tracing::warn!(%error, "the first look at findings comes later");
        }
        while !self.remit.work.is_stopping() {
            tokio::select! {
                () = self.remit.work.wake.notified() => {}
                _ = poll.tick() => {}
                _ = standing.tick() => self.ensure().await,
                moved = logs.recv() => self.note(moved),
            }
            while let Some(moved) = heard(&mut logs) {
                self.note(moved);
            }
            if !self.remit.work.is_stopping()
                && let Err(error) = self.look().await
            {
                tracing::warn!(%error, "no jobs were looked for");
            }
            tokio::time::sleep(GAP).await;
        }
    }

    fn note(&self, moved: Result<(OrganizationId, i64), RecvError>) {
        match moved {
            Ok((organization, _)) => {
                self.remit.work.moved().organizations.insert(organization);
            }
            // So many were announced that some were not heard.
            Err(RecvError::Lagged(_)) => self.remit.work.moved().all = true,
            // The store lives as long as this does.
            Err(RecvError::Closed) => {}
        }
    }

    /// Makes the jobs that every organization has.
    async fn ensure(&self) {
        for kind in JobKind::ALL {
            let Some(spread) = kind.plan().every_organization else { continue };
            let spread = i64::try_from(spread.as_micros()).unwrap_or(i64::MAX);
            if let Err(error) = self.remit.store.ensure_jobs(kind.plan().name, "", spread).await {
                tracing::warn!(%error, kind = kind.plan().name, "no jobs were made");
            }
        }
    }

    /// Looks for jobs that are due, claims as many as there is room for, and starts them.
    async fn look(&mut self) -> Result<(), StoreError> {
        let moved = std::mem::take(&mut *self.remit.work.moved());
        self.keep_for_later(&moved);
        let searches: Vec<JobSearch> = JobKind::ALL.iter().filter_map(|kind| self.search(*kind, &moved)).collect();
        // What is due and what is only wanted have as much room each, so that neither keeps the other waiting.
        let limits: HashMap<String, usize> = searches.iter().map(|one| (one.kind.clone(), one.limit)).collect();
        let (mut due_room, mut wanted_room) = (limits.clone(), limits);
        let now = now();
        let found = self.remit.store.due_jobs(now, searches).await?;
        let mut by_organization: HashMap<OrganizationId, Vec<Job>> = HashMap::new();
        for job in found {
            by_organization.entry(job.organization).or_default().push(job);
        }
        let sifted = by_organization.into_iter().map(|(organization, jobs)| self.sift(organization, jobs, now));
        let mut claims = Vec::new();
        for sifted in futures_util::future::join_all(sifted).await {
            let mut jobs = match sifted {
                Ok(jobs) => jobs,
                Err(error) => {
                    tracing::warn!(%error, "jobs were not looked into");
                    continue;
                }
            };
            jobs.retain(|job| {
                let room = if job.due_at <= now { &mut due_room } else { &mut wanted_room };
                let has_room = room.get_mut(&job.kind).is_some_and(|room| {
                    let has_room = *room > 0;
                    *room = room.saturating_sub(1);
                    has_room
                });
                if !has_room {
                    self.remit.work.moved().organizations.insert(job.organization);
                }
                has_room
            });
            if let Some(job) = jobs.first() {
                let organization = job.organization;
                claims.push(self.remit.store.claim_jobs(organization, jobs, now, now.plus_micros(CLAIM_MICROS)));
            }
        }
        for claimed in futures_util::future::join_all(claims).await {
            match claimed {
                Ok(jobs) => jobs.into_iter().for_each(|job| self.start(job)),
                Err(error) => tracing::warn!(%error, "jobs were not claimed"),
            }
        }
        Ok(())
    }

    /// Those of an organization's jobs that have something to do, as many of a kind as may run at once.
    async fn sift(&self, organization: OrganizationId, jobs: Vec<Job>, now: Instant) -> Result<Vec<Job>, StoreError> {
        let (mut sifted, mut by_kind): (Vec<Job>, HashMap<String, Vec<Job>>) = Default::default();
        for job in jobs {
            by_kind.entry(job.kind.clone()).or_default().push(job);
        }
        for (kind, jobs) in by_kind {
            let Some(kind) = JobKind::parse(&kind) else { continue };
            let (mut of_kind, wanted): (Vec<_>, Vec<_>) = jobs.into_iter().partition(|job| job.due_at <= now);
            if !wanted.is_empty() {
                of_kind.extend(kind.sift(&self.remit, organization, wanted).await?);
            }
            of_kind.truncate(kind.plan().of_one_organization());
            sifted.extend(of_kind);
        }
        Ok(sifted)
    }

    /// How many jobs of a kind run, by organization; without those that give way.
    fn running(&self, kind: JobKind) -> HashMap<OrganizationId, usize> {
        let giving_way = self.remit.work.giving_way();
        let mut running = HashMap::new();
        for (job, _) in self.running.borrow().values().filter(|(job, _)| job.kind == kind.plan().name) {
            if !giving_way.contains(&identity(job)) {
                *running.entry(job.organization).or_default() += 1;
            }
        }
        running
    }

    /// What runs may have read the log before it moved, and what waits for room has not: both are looked for again.
    fn keep_for_later(&self, moved: &Moved) {
        let mut again = self.remit.work.moved();
        for kind in JobKind::ALL.iter().filter(|kind| kind.plan().follows_the_log) {
            let running = self.running(*kind);
            let is_full = running.values().sum::<usize>() >= kind.plan().at_once;
            again.all |= moved.all && is_full;
            let has_to_wait = |organization: &&OrganizationId| is_full || running.contains_key(*organization);
            again.organizations.extend(moved.organizations.iter().filter(has_to_wait));
            if moved.all {
                again.organizations.extend(running.into_keys());
            }
        }
    }

    /// What to look for of a kind, unless as many of it run as may.
    fn search(&self, kind: JobKind, moved: &Moved) -> Option<JobSearch> {
        let plan = kind.plan();
        let running = self.running(kind);
        let limit = plan.at_once.saturating_sub(running.values().sum());
        let full = running.iter().filter(|(_, count)| **count >= plan.of_one_organization());
        (limit > 0).then(|| JobSearch {
            kind: plan.name.into(),
            limit,
            without: full.map(|(organization, _)| *organization).collect(),
            wanted: if plan.follows_the_log { moved.organizations.iter().copied().collect() } else { Vec::new() },
            all: plan.follows_the_log && moved.all,
        })
    }

    fn start(&mut self, job: Job) {
        let Some(kind) = JobKind::parse(&job.kind) else { return };
        self.number += 1;
        let (number, remit, running) = (self.number, self.remit.clone(), self.running.clone());
        let held = job.clone();
        remit.work.tallies.began(kind);
        let task = actix_web::rt::spawn(async move {
            attempt(&remit, kind, held).await;
            running.borrow_mut().remove(&number);
            // There is room for another.
            remit.work.wake();
        });
        self.running.borrow_mut().insert(number, (job, task));
    }
}

/// What was announced and is not heard yet.
fn heard(logs: &mut broadcast::Receiver<(OrganizationId, i64)>) -> Option<Result<(OrganizationId, i64), RecvError>> {
    match logs.try_recv() {
        Ok(moved) => Some(Ok(moved)),
        Err(TryRecvError::Lagged(missed)) => Some(Err(RecvError::Lagged(missed))),
        Err(TryRecvError::Empty | TryRecvError::Closed) => None,
    }
}

/// Counts a job as running for as long as it lives.
struct Counted<'a>(&'a Tallies, JobKind);
impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.ended(self.1);
    }
}

/// Ends a task with the one that waits for it.
struct Bound<T>(JoinHandle<T>);
impl<T> Drop for Bound<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs a job, holds its claim meanwhile, and says how it ended.
async fn attempt(remit: &Data<Remit>, kind: JobKind, mut job: Job) {
    let _counted = Counted(&remit.work.tallies, kind);
    let mut run = Bound(actix_web::rt::spawn({
        let (remit, job) = (remit.clone(), job.clone());
        async move { kind.run(&remit, &job).await }
    }));
    let ended = loop {
        match tokio::time::timeout(RENEWAL, &mut run.0).await {
            Ok(ended) => break ended,
            Err(_) => match remit.store.renew_claim(job.clone(), now().plus_micros(CLAIM_MICROS)).await {
                Ok(renewed) => job = renewed,
                Err(StoreError::Conflict(Conflict::ClaimLost)) => return,
                Err(error) => tracing::warn!(%error, kind = job.kind, "a claim was not renewed"),
            },
        }
    };
    let end = match ended {
        Ok(Ok(Some(end))) => {
            remit.work.tallies.done(kind);
            end
        }
        // It has said itself how it ended.
        Ok(Ok(None)) => return remit.work.tallies.done(kind),
        Ok(Err(Failure(error))) => failed(remit, kind, &job, error),
        Err(_) => failed(remit, kind, &job, "it panicked".into()),
    };
    match remit.store.end_job(job, end).await {
        Ok(()) => {}
        // It was taken away, or planned anew, while it ran.
        Err(StoreError::Conflict(Conflict::ClaimLost)) => {}
        Err(error) => tracing::warn!(%error, kind = kind.plan().name, "how a job ended was not written down"),
    }
}

fn failed(remit: &Data<Remit>, kind: JobKind, job: &Job, error: String) -> JobEnd {
    remit.work.tallies.failed(kind);
    tracing::warn!(kind = job.kind, subject = job.subject, organization = %job.organization, error, "a job failed");
    JobEnd::Failed { due_at: later(now(), PAUSE_MICROS, job.attempts), error }
}
