//! The writer: takes what has queued, gives each job a savepoint, commits once, and then answers.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use remit_domain::entity::Actor;
use remit_domain::organization::OrganizationId;
use tokio::sync::oneshot;

use crate::connection::DbConnection;
use crate::error::StoreError;
use crate::head::{Head, Heads};
use crate::memory::{Memories, Memory};
use crate::store::Pool;
use crate::write::WriteTx;

/// The most jobs that share a commit.
const JOBS_PER_COMMIT: usize = 512;
/// How often a commit is tried again when the database reports contention.
const ATTEMPTS: usize = 5;

/// A queued write, whatever it answers.
pub(crate) trait WriteJob: Send {
    fn organization(&self) -> OrganizationId;
    /// Runs the body; whether its effects are to be kept.
    fn run(&mut self, connection: &mut DbConnection, head: &mut Head, memory: &mut Memory) -> bool;
    /// Answers the caller, once what was done is durable or lost.
    fn finish(self: Box<Self>, committed: Result<(), StoreError>);
}

/// A queued write that answers a `Result<T, E>`.
pub(crate) struct Write<F, T, E> {
    organization: OrganizationId,
    actor: Actor,
    body: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Write<F, T, E> {
    pub(crate) fn new(organization: OrganizationId, actor: Actor, body: F) -> (Self, oneshot::Receiver<Result<T, E>>) {
        let (reply, answer) = oneshot::channel();
        (Self { organization, actor, body, result: None, reply }, answer)
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

    fn run(&mut self, connection: &mut DbConnection, head: &mut Head, memory: &mut Memory) -> bool {
        let before = head.clone();
        let mut tx = WriteTx::new(connection, self.organization, self.actor.clone(), head, memory);
        let body = &mut self.body;
        let result = catch_unwind(AssertUnwindSafe(|| body(&mut tx)));
        let result = result.unwrap_or_else(|_| Err(StoreError::Internal("a write panicked".into()).into()));
        // To have asked for the time is no change: a revision without an entry would be a gap in the log.
        if !tx.has_entries() {
            *head = before;
        }
        let keep = result.is_ok();
        self.result = Some(result);
        keep
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
        drop(self.reply.send(result));
    }
}

pub(crate) fn run(jobs: &flume::Receiver<Box<dyn WriteJob>>, pool: &Pool, heads: &Heads) {
    let mut memories = Memories::default();
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        while batch.len() < JOBS_PER_COMMIT
            && let Ok(next) = jobs.try_recv()
        {
            batch.push(next);
        }
        // Two servers that write to the same organizations then lock them in the same order.
        batch.sort_by_key(|job| job.organization());
        let committed = match pool.get() {
            Ok(mut connection) => commit(&mut connection, &mut batch, heads, &mut memories),
            Err(error) => {
                tracing::error!(%error, "no connection to write with");
                Err(StoreError::Busy)
            }
        };
        let batch = batch.into_iter();
        match committed {
            Ok(()) => batch.for_each(|job| job.finish(Ok(()))),
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
    heads: &Heads,
    memories: &mut Memories,
) -> Result<(), StoreError> {
    let mut attempt = 1;
    loop {
        match attempt_commit(connection, batch, heads, memories) {
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
            Ok(()) => return Ok(()),
        }
    }
}

fn roll_back(connection: &mut DbConnection) {
    if let Err(error) = connection.batch_execute("ROLLBACK") {
        tracing::debug!(%error, "nothing to roll back");
    }
}

fn attempt_commit(
    connection: &mut DbConnection,
    batch: &mut [Box<dyn WriteJob>],
    heads: &Heads,
    memories: &mut Memories,
) -> Result<(), StoreError> {
    let begin = match connection {
        // A plain BEGIN takes the lock at the first write and then fails where it should wait.
        DbConnection::Sqlite(_) => "BEGIN IMMEDIATE",
        DbConnection::Postgres(_) => "BEGIN",
    };
    connection.batch_execute(begin)?;
    let mut current: HashMap<OrganizationId, (Head, i64)> = HashMap::new();
    for job in batch.iter_mut() {
        let organization = job.organization();
        let before = match current.get(&organization) {
            Some((head, _)) => head.clone(),
            None => {
                let head = match Head::lock(connection, organization) {
                    // The organization is about to be founded, or a token outlived it: the body will see.
                    Err(StoreError::NotFound) => Head::genesis(),
                    other => other?,
                };
                current.insert(organization, (head.clone(), head.revision));
                head
            }
        };
        let mut after = before;
        let memory = memories.after(organization, after.revision);
        Mark::Set.execute(connection)?;
        if job.run(connection, &mut after, memory) {
            Mark::Release.execute(connection)?;
            memories.advance(organization, after.revision);
            if let Some((head, _)) = current.get_mut(&organization) {
                *head = after;
            }
        } else {
            memories.forget(organization);
            connection.batch_execute("ROLLBACK TO SAVEPOINT job")?;
            connection.batch_execute("RELEASE SAVEPOINT job")?;
        }
    }
    let moved = || current.iter().filter(|(_, (head, began_at))| head.revision != *began_at);
    for (organization, (head, _)) in moved() {
        head.save(connection, *organization)?;
    }
    connection.batch_execute("COMMIT")?;
    let mut known = heads.write().unwrap_or_else(PoisonError::into_inner);
    for (organization, (head, _)) in moved() {
        known.insert(*organization, head.clone());
    }
    Ok(())
}

/// Where a job begins, and that it is kept: prepared once, since every job takes both.
#[derive(Clone, Copy)]
enum Mark {
    Set,
    Release,
}

impl QueryId for Mark {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Backend> QueryFragment<DB> for Mark {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(match self {
            Self::Set => "SAVEPOINT job",
            Self::Release => "RELEASE SAVEPOINT job",
        });
        Ok(())
    }
}

impl RunQueryDsl<DbConnection> for Mark {}
