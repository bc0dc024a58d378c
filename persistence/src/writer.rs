//! The writer: takes what has queued, runs it in one transaction, commits once, and then answers.
//!
//! Nearly every job that gets as far as to change something succeeds, so jobs are run without savepoints first. Where
//! one is refused half way while others are to be kept, all is rolled back and run again, each job with a savepoint.
//!
//! A job that is brief and alone is run by the thread that has it: to hand it over and its answer back takes nearly as
//! long as a prompt disk takes to keep it. Where others are under way it queues, and shares their commit.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant as Moment};

use diesel::connection::SimpleConnection;
use diesel::result::QueryResult;
use remit_domain::entity::Actor;
use remit_domain::organization::OrganizationId;
use tokio::sync::oneshot;

use crate::bus::Board;
use crate::connection::DbConnection;
use crate::error::StoreError;
use crate::head::{Head, Heads};
use crate::memory::{Memories, Memory};
use crate::prepared::Prepared;
use crate::store::Pool;
use crate::write::WriteTx;

/// The most jobs that share a commit.
const JOBS_PER_COMMIT: usize = 512;
/// How often a commit is tried again when the database reports contention.
const ATTEMPTS: usize = 5;
/// How long a commit may take where the next is worth no hand-over: what else the thread serves waits as long.
const PROMPT: Duration = Duration::from_millis(1);

/// A queued write, whatever it answers.
pub(crate) trait WriteJob: Send {
    fn organization(&self) -> OrganizationId;
    /// Runs the body.
    fn run(&mut self, connection: &mut DbConnection, head: &mut Head, memory: &mut Memory) -> Ran;
    /// Answers the caller, once what was done is durable or lost.
    fn finish(self: Box<Self>, committed: Result<(), StoreError>);
}

/// How a body ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ran {
    /// Its effects are to be kept.
    Done,
    /// It refused before it changed anything.
    Refused,
    /// It refused, and may have left something that must be taken back.
    HalfWay,
}

/// A queued write that answers a `Result<T, E>`.
pub(crate) struct Write<F, T, E> {
    organization: OrganizationId,
    actor: Actor,
    body: F,
    result: Option<Result<T, E>>,
    is_brief: bool,
    reply: oneshot::Sender<Answer<F, T, E>>,
}

/// What became of a write, and the body of a brief one: what a thread has allocated is freed soonest by itself.
pub(crate) type Answer<F, T, E> = (Result<T, E>, Option<F>);

impl<F, T, E> Write<F, T, E> {
    pub(crate) fn new(
        organization: OrganizationId,
        actor: Actor,
        body: F,
    ) -> (Self, oneshot::Receiver<Answer<F, T, E>>) {
        let (reply, answer) = oneshot::channel();
        (Self { organization, actor, body, result: None, is_brief: false, reply }, answer)
    }
}

impl<F, T, E> Write<F, T, E> {
    /// Says that the body takes no longer than a commit.
    pub(crate) fn brief(self) -> Self {
        Self { is_brief: true, ..self }
    }
}

impl<F, T, E> WriteJob for Write<F, T, E>
where
    F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn organization(&self) -> OrganizationId {
        self.organization
    }

    fn run(&mut self, connection: &mut DbConnection, head: &mut Head, memory: &mut Memory) -> Ran {
        let before = head.clone();
        let mut tx = WriteTx::new(connection, self.organization, self.actor.clone(), head, memory);
        let body = &mut self.body;
        let result = catch_unwind(AssertUnwindSafe(|| body(&mut tx)));
        let has_panicked = result.is_err();
        let result = result.unwrap_or_else(|_| Err(StoreError::Internal("a write panicked".into()).into()));
        let ran = match &result {
            Ok(_) => Ran::Done,
            Err(_) if tx.is_touched() || has_panicked => Ran::HalfWay,
            Err(_) => Ran::Refused,
        };
        // To have asked for the time is no change: a revision without an entry would be a gap in the log.
        if !tx.has_entries() {
            let recorded_at = if tx.is_settled() { head.recorded_at } else { before.recorded_at };
            *head = Head { recorded_at, ..before };
        }
        self.result = Some(result);
        ran
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (committed, self.result) {
            // A refusal stands, whatever became of the others' commit.
            (_, Some(Err(refused))) => Err(refused),
            (Ok(()), Some(done)) => done,
            (Err(error), _) => Err(error.into()),
            (Ok(()), None) => Err(StoreError::Internal("a write was not run".into()).into()),
        };
        // A caller that went away needs no answer.
        drop(self.reply.send((result, self.is_brief.then_some(self.body))));
    }
}

/// Where the jobs of some organizations queue, and what runs them.
pub(crate) struct Writer {
    jobs: flume::Sender<Box<dyn WriteJob>>,
    desk: Arc<Desk>,
}

/// What the writer's thread shares with those who bring it jobs.
struct Desk {
    committer: Mutex<Committer>,
    /// Jobs that were accepted and have not ended.
    under_way: AtomicUsize,
    /// Whether the last commit that wrote took no longer than [`PROMPT`].
    is_prompt: AtomicBool,
}

/// Runs batches of jobs.
pub(crate) struct Committer {
    pool: Pool,
    heads: Heads,
    board: Arc<Board>,
    memories: Memories,
}

impl Committer {
    pub(crate) fn new(pool: Pool, heads: Heads, board: Arc<Board>) -> Self {
        Self { pool, heads, board, memories: Memories::default() }
    }
}

impl Writer {
    /// A writer with a queue of so many jobs, and its thread's work, which ends when the writer is gone.
    pub(crate) fn new(queue: usize, committer: Committer) -> (Self, impl FnOnce() + Send + 'static) {
        let (jobs, queued) = flume::bounded(queue);
        let desk = Desk {
            committer: Mutex::new(committer),
            under_way: AtomicUsize::new(0),
            // Until the first commit has told, the disk may be slow.
            is_prompt: AtomicBool::new(false),
        };
        let desk = Arc::new(desk);
        let writer = Self { jobs, desk: desk.clone() };
        (writer, move || desk.work_off(&queued))
    }

    /// Queues a job.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when too many wait.
    pub(crate) fn queue(&self, job: Box<dyn WriteJob>) -> Result<(), StoreError> {
        self.desk.under_way.fetch_add(1, Ordering::AcqRel);
        self.send(job)
    }

    /// Runs a brief job at once where none is under way and the disk is prompt; else queues it. It never waits for
    /// another job: the caller may be a thread that serves others.
    ///
    /// # Errors
    /// As [`Writer::queue`].
    pub(crate) fn run_or_queue(&self, job: Box<dyn WriteJob>) -> Result<(), StoreError> {
        let is_alone = || self.desk.under_way.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        if !self.desk.is_prompt.load(Ordering::Relaxed) || !is_alone() {
            return self.queue(job);
        }
        let committer = match self.desk.committer.try_lock() {
            Ok(committer) => Some(committer),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            // Its thread is answering those before, or has just taken what queued meanwhile.
            Err(TryLockError::WouldBlock) => None,
        };
        match committer {
            Some(mut committer) => self.desk.finish(&mut committer, vec![job]),
            None => self.send(job)?,
        }
        Ok(())
    }

    /// Queues a job that is counted already.
    fn send(&self, job: Box<dyn WriteJob>) -> Result<(), StoreError> {
        self.jobs.try_send(job).map_err(|_| {
            self.desk.under_way.fetch_sub(1, Ordering::AcqRel);
            StoreError::Busy
        })
    }
}

impl Desk {
    fn work_off(&self, queued: &flume::Receiver<Box<dyn WriteJob>>) {
        while let Ok(first) = queued.recv() {
            let mut committer = self.committer.lock().unwrap_or_else(PoisonError::into_inner);
            let mut batch = vec![first];
            while batch.len() < JOBS_PER_COMMIT
                && let Ok(next) = queued.try_recv()
            {
                batch.push(next);
            }
            self.finish(&mut committer, batch);
        }
    }

    /// Runs a batch and answers its callers.
    fn finish(&self, committer: &mut Committer, mut batch: Vec<Box<dyn WriteJob>>) {
        let began = Moment::now();
        // Two servers that write to the same organizations then lock them in the same order.
        batch.sort_by_key(|job| job.organization());
        let Committer { pool, heads, board, memories } = committer;
        let committed = match pool.get() {
            Ok(mut connection) => commit(&mut connection, &mut batch, (heads, board), memories),
            Err(error) => {
                tracing::error!(%error, "no connection to write with");
                Err(StoreError::Busy)
            }
        };
        let is_prompt = began.elapsed() <= PROMPT;
        // What was refused or known already has told nothing of the disk.
        if !is_prompt || matches!(committed, Ok(Footprint::Written)) {
            self.is_prompt.store(is_prompt, Ordering::Relaxed);
        }
        self.under_way.fetch_sub(batch.len(), Ordering::AcqRel);
        let batch = batch.into_iter();
        match committed {
            Ok(_) => batch.for_each(|job| job.finish(Ok(()))),
            Err(StoreError::Busy) => batch.for_each(|job| job.finish(Err(StoreError::Busy))),
            Err(error) => {
                tracing::error!(%error, "a commit failed");
                batch.for_each(|job| job.finish(Err(StoreError::Internal("the commit failed".into()))));
            }
        }
    }
}

fn commit(
    connection: &mut DbConnection,
    batch: &mut [Box<dyn WriteJob>],
    known: (&Heads, &Board),
    memories: &mut Memories,
) -> Result<Footprint, StoreError> {
    let (mut attempt, mut care) = (1, Care::Trusting);
    loop {
        match attempt_commit(connection, batch, known, memories, care) {
            Ok(Ended::Committed(kept)) => return Ok(kept),
            Ok(Ended::Entangled) => {
                memories.forget_all();
                roll_back(connection);
                care = Care::Savepoints;
            }
            Err(StoreError::Busy) if attempt < ATTEMPTS => {
                memories.forget_all();
                roll_back(connection);
                attempt += 1;
            }
            Err(error) => {
                memories.forget_all();
                roll_back(connection);
                return Err(error);
            }
        }
    }
}

fn roll_back(connection: &mut DbConnection) {
    if let Err(error) = connection.batch_execute("ROLLBACK") {
        tracing::debug!(%error, "nothing to roll back");
    }
}

/// How a batch is run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    /// All or nothing.
    Trusting,
    /// Each job can be taken back alone.
    Savepoints,
}

/// Whether a batch has left anything behind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Footprint {
    /// It is on disk.
    Written,
    /// There was nothing to keep.
    Nothing,
}

/// How a batch ended.
enum Ended {
    /// What was done is durable.
    Committed(Footprint),
    /// What was refused cannot be told from what was done.
    Entangled,
}

fn attempt_commit(
    connection: &mut DbConnection,
    batch: &mut [Box<dyn WriteJob>],
    (heads, board): (&Heads, &Board),
    memories: &mut Memories,
    care: Care,
) -> Result<Ended, StoreError> {
    mark(connection, Mark::Begin)?;
    let mut current: HashMap<OrganizationId, (Head, Head)> = HashMap::new();
    let is_alone = batch.len() == 1;
    for job in batch.iter_mut() {
        let organization = job.organization();
        let before = match current.get(&organization) {
            Some((head, _)) => head.clone(),
            None => {
                let head = match Head::lock(connection, organization, heads) {
                    // The organization is about to be founded, or a token outlived it: the body will see.
                    Err(StoreError::NotFound) => Head::genesis(),
                    other => other?,
                };
                current.insert(organization, (head.clone(), head.clone()));
                head
            }
        };
        let mut after = before;
        let memory = memories.after(organization, after.revision);
        if care == Care::Savepoints {
            mark(connection, Mark::Job)?;
        }
        let ran = job.run(connection, &mut after, memory);
        if ran == Ran::Done {
            if care == Care::Savepoints {
                mark(connection, Mark::Keep)?;
            }
            memories.advance(organization, after.revision);
            if let Some((head, _)) = current.get_mut(&organization) {
                *head = after;
            }
            continue;
        }
        memories.forget(organization);
        // PostgreSQL takes nothing more in a transaction in which a statement failed, and that may be why.
        let is_clean = ran == Ran::Refused && matches!(connection, DbConnection::Sqlite(_));
        match care {
            Care::Savepoints => {
                connection.batch_execute("ROLLBACK TO SAVEPOINT job")?;
                connection.batch_execute("RELEASE SAVEPOINT job")?;
            }
            Care::Trusting if is_alone => {
                roll_back(connection);
                return Ok(Ended::Committed(Footprint::Nothing));
            }
            Care::Trusting if is_clean => {}
            Care::Trusting => return Ok(Ended::Entangled),
        }
    }
    let moved = || current.iter().filter(|(_, (head, before))| head != before);
    for (organization, (head, _)) in moved() {
        head.save(connection, *organization)?;
    }
    mark(connection, Mark::Commit)?;
    {
        let mut known = heads.write().unwrap_or_else(PoisonError::into_inner);
        for (organization, (head, _)) in moved() {
            known.insert(*organization, head.clone());
        }
    }
    for (organization, (head, before)) in moved() {
        if head.revision > before.revision {
            board.announce(*organization, head.revision);
        }
    }
    Ok(Ended::Committed(if moved().next().is_some() { Footprint::Written } else { Footprint::Nothing }))
}

/// The bounds of a transaction and of a job in it.
#[derive(Clone, Copy)]
enum Mark {
    Begin,
    Job,
    Keep,
    Commit,
}

fn mark(connection: &mut DbConnection, mark: Mark) -> QueryResult<usize> {
    match (mark, &*connection) {
        (Mark::Begin, DbConnection::Sqlite(_)) => BeginImmediate::execute(connection, []),
        (Mark::Begin, DbConnection::Postgres(_)) => Begin::execute(connection, []),
        (Mark::Job, _) => SavepointJob::execute(connection, []),
        (Mark::Keep, _) => ReleaseJob::execute(connection, []),
        (Mark::Commit, _) => Commit::execute(connection, []),
    }
}

/// Begins on SQLite: a plain BEGIN takes the lock at the first write and then fails where it should wait.
struct BeginImmediate;
impl Prepared for BeginImmediate {
    const TEXT: &'static str = "BEGIN IMMEDIATE";
}
/// Begins on PostgreSQL.
struct Begin;
impl Prepared for Begin {
    const TEXT: &'static str = "BEGIN";
}
/// Begins a job that can be taken back alone.
struct SavepointJob;
impl Prepared for SavepointJob {
    const TEXT: &'static str = "SAVEPOINT job";
}
/// Keeps such a job.
struct ReleaseJob;
impl Prepared for ReleaseJob {
    const TEXT: &'static str = "RELEASE SAVEPOINT job";
}
/// Keeps all.
struct Commit;
impl Prepared for Commit {
    const TEXT: &'static str = "COMMIT";
}
