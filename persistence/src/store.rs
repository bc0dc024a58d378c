//! The store: `read` and `write`, and no other way in.
//!
//! Reads run on a few threads of their own, each in one snapshot. Writes queue for a writer (one for SQLite, one for
//! each share of the organizations on PostgreSQL) that commits what has queued meanwhile once, and answers after the
//! commit.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use remit_domain::entity::Actor;
use remit_domain::organization::OrganizationId;
use remit_domain::time::Instant;
use scheduled_thread_pool::ScheduledThreadPool;
use tokio::sync::oneshot;

use crate::bus::Bus;
use crate::connection::{Address, Connections, DbConnection, Purpose, open};
use crate::error::StoreError;
use crate::head::{Head, Heads};
use crate::job;
use crate::migrate;
use crate::read::ReadTx;
use crate::write::WriteTx;
use crate::writer::{Answer, Committer, Write, Writer};

/// How much the store may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Threads that read.
    pub readers: usize,
    /// Threads that write; SQLite always has one.
    pub writers: usize,
    /// Calls that may wait for a thread before the next is refused as busy.
    pub queue: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { readers: 2, writers: 4, queue: 4_096 }
    }
}

type ReadJob = Box<dyn FnOnce(&mut DbConnection) + Send>;

/// The store. Cloning it is cheap; all clones are one store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    address: Address,
    incarnation: Box<str>,
    readers: flume::Sender<ReadJob>,
    writers: Vec<Writer>,
    threads: std::sync::Mutex<Vec<std::thread::JoinHandle<()>>>,
    /// What the writers have committed; for SQLite this is the truth, since nobody else writes.
    heads: Heads,
    bus: Bus,
    /// What keeps other writers of a SQLite file away.
    lock: Option<std::fs::File>,
}

impl Store {
    /// Opens a database that is at head, and keeps every other writer of a SQLite file away.
    ///
    /// # Errors
    /// A sentence for the operator: unreachable, in use, newer than the program, or not migrated.
    pub fn open(address: &Address, limits: &Limits) -> Result<Self, StoreError> {
        let lock = lock(address)?;
        let mut first = connect(address, Purpose::Write)?;
        migrate::prepare(&mut first)?;
        migrate::require_head(&mut first)?;
        let incarnation = migrate::incarnation(&mut first)?.into_boxed_str();
        if lock.is_some() {
            job::release_claims(&mut first)?;
        }
        drop(first);

        let heads: Heads = Arc::new(RwLock::new(HashMap::new()));
        let mut threads = Vec::new();
        let (readers, read_jobs) = flume::bounded::<ReadJob>(limits.queue);
        // One for both pools: each thread that opens connections holds a heap of its own from then on.
        let keeper = ScheduledThreadPool::builder().num_threads(1).thread_name_pattern("remit-pool").build();
        let keeper = Arc::new(keeper);
        let pool = pool_of(address, Purpose::Read, limits.readers, &keeper)?;
        for number in 0..limits.readers.max(1) {
            let (jobs, pool) = (read_jobs.clone(), pool.clone());
            threads.push(spawn(format!("remit-read-{number}"), move || read_loop(&jobs, &pool))?);
        }
        let writer_count = if address.file().is_some() { 1 } else { limits.writers.max(1) };
        let pool = pool_of(address, Purpose::Write, writer_count, &keeper)?;
        let (bus, watcher) = Bus::new();
        let mut writers = Vec::new();
        for number in 0..writer_count {
            let (writer, work) = Writer::new(limits.queue, Committer::new(pool.clone(), heads.clone(), bus.board()));
            threads.push(spawn(format!("remit-write-{number}"), work)?);
            writers.push(writer);
        }
        if address.file().is_none() {
            let address = address.clone();
            threads.push(spawn("remit-watch".into(), move || watcher.run(&address))?);
        }
        let inner = Inner {
            address: address.clone(),
            incarnation,
            readers,
            writers,
            threads: std::sync::Mutex::new(threads),
            heads,
            bus,
            lock,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Brings a database to head and returns what was applied. A missing SQLite file is made.
    ///
    /// # Errors
    /// A sentence for the operator, as for [`Store::open`].
    pub fn migrate(address: &Address) -> Result<Vec<&'static str>, StoreError> {
        let _lock = lock(address)?;
        migrate::run(&mut connect(address, Purpose::Write)?)
    }

    /// Whether nobody else writes to this database: a SQLite file has one server.
    pub fn is_alone(&self) -> bool {
        self.inner.lock.is_some()
    }

    /// The name of this database's life; a restore gives it another.
    pub fn incarnation(&self) -> &str {
        &self.inner.incarnation
    }

    /// What wakes those who wait for a log to grow.
    pub fn bus(&self) -> &Bus {
        &self.inner.bus
    }

    /// Where the data is kept.
    pub fn address(&self) -> &Address {
        &self.inner.address
    }

    /// Reads, in one snapshot.
    ///
    /// # Errors
    /// What the body says, or [`StoreError::Busy`] when too many calls wait.
    pub async fn read<T, E, F>(&self, organization: OrganizationId, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut ReadTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let address = self.inner.address.clone();
        self.on_reader(move |connection| {
            connection.batch_execute(begin_reading(connection)).map_err(StoreError::from)?;
            let result = body(&mut ReadTx::new(connection, organization).beside(&address));
            // Nothing was written: whether the end of the snapshot is reported is of no consequence.
            let ended = connection.batch_execute("COMMIT");
            if ended.is_err() {
                tracing::warn!("a read's snapshot did not end cleanly");
            }
            result
        })
        .await
    }

    /// Asks a question that belongs to no organization: which are there, whose credential this is.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn ask<T, F>(&self, body: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut DbConnection) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        self.on_reader(body).await
    }

    async fn on_reader<T, E, F>(&self, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut DbConnection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: ReadJob = Box::new(move |connection| {
            let result = catch_unwind(AssertUnwindSafe(|| body(connection)));
            let result = result.unwrap_or_else(|_| {
                // A snapshot that stayed open would refuse every later reading on this connection.
                if let Err(error) = connection.batch_execute("ROLLBACK") {
                    tracing::debug!(%error, "nothing to roll back");
                }
                Err(StoreError::Internal("a read panicked".into()).into())
            });
            // A caller that went away needs no answer.
            drop(reply.send(result));
        });
        self.inner.readers.try_send(job).map_err(|_| StoreError::Busy)?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Internal("a reader ended early".into()).into()))
    }

    /// Writes: the body's effects are one revision of the organization, durable when this returns, or nothing.
    ///
    /// The body may run more than once when the database reports contention; only the last run counts.
    ///
    /// # Errors
    /// What the body says (then nothing is kept), or [`StoreError::Busy`] when too many calls wait.
    pub async fn write<T, E, F>(&self, organization: OrganizationId, actor: Actor, body: F) -> Result<T, E>
    where
        F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (job, answer) = Write::new(organization, actor, body);
        self.writer_of(organization).queue(Box::new(job))?;
        answered(answer).await
    }

    /// As [`Store::write`], for a body that takes no longer than a commit: on SQLite, where nothing else is written and
    /// the disk is prompt, the calling thread carries it out itself, which spares it two hand-overs.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_briefly<T, E, F>(&self, organization: OrganizationId, actor: Actor, body: F) -> Result<T, E>
    where
        F: FnMut(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        if self.inner.address.file().is_none() {
            return self.write(organization, actor, body).await;
        }
        let (job, answer) = Write::new(organization, actor, body);
        self.writer_of(organization).run_or_queue(Box::new(job.brief()))?;
        answered(answer).await
    }

    fn writer_of(&self, organization: OrganizationId) -> &Writer {
        let share = (organization.bits() % self.inner.writers.len() as u128) as usize;
        &self.inner.writers[share]
    }

    /// Where an organization's log stands: from memory on SQLite, by one read on PostgreSQL.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such organization.
    pub async fn head(&self, organization: OrganizationId) -> Result<Head, StoreError> {
        if self.inner.address.file().is_some() {
            let known = self.inner.heads.read().unwrap_or_else(PoisonError::into_inner).get(&organization).cloned();
            if let Some(head) = known {
                return Ok(head);
            }
        }
        let head = self.ask(move |connection| Head::load(connection, organization)).await?;
        if self.inner.address.file().is_some() {
            let mut heads = self.inner.heads.write().unwrap_or_else(PoisonError::into_inner);
            // A writer may have gone further meanwhile.
            let entry = heads.entry(organization).or_insert_with(|| head.clone());
            return Ok(entry.clone());
        }
        Ok(head)
    }

    /// Returns once what is known by an instant can no longer change: every write that was stamped by then has ended,
    /// and every later one is recorded after it.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn settle(&self, organization: OrganizationId, by: Instant) -> Result<(), StoreError> {
        self.write(organization, Actor::new("remit"), move |tx| {
            tx.settle(by);
            Ok(())
        })
        .await
    }

    /// Reads one organization without opening the store: another process may be serving it. `body` is called in one
    /// snapshot after the other until it says that it has ended.
    ///
    /// # Errors
    /// What the body says, or that the database cannot be opened or is behind or ahead of the program.
    pub fn look(
        address: &Address,
        organization: OrganizationId,
        mut body: impl FnMut(&mut ReadTx<'_>) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let mut connection = connect(address, Purpose::Read)?;
        migrate::require_head(&mut connection)?;
        loop {
            connection.batch_execute(begin_reading(&connection)).map_err(StoreError::from)?;
            let ended = body(&mut ReadTx::new(&mut connection, organization))?;
            connection.batch_execute("COMMIT").map_err(StoreError::from)?;
            if ended {
                return Ok(());
            }
        }
    }

    /// Copies a live SQLite database to a new file, as of one instant.
    ///
    /// # Errors
    /// A sentence: the file exists, cannot be written, or the database is not SQLite.
    pub fn backup(address: &Address, to: &std::path::Path) -> Result<(), StoreError> {
        use diesel::RunQueryDsl;
        let Some(_) = address.file() else {
            return Err(StoreError::Internal("remit backup copies SQLite files; for PostgreSQL use pg_dump".into()));
        };
        if to.exists() {
            return Err(StoreError::Internal(format!("{} exists already", to.display())));
        }
        let mut connection = connect(address, Purpose::Write)?;
        diesel::sql_query("VACUUM INTO ?")
            .bind::<diesel::sql_types::Text, _>(to.to_string_lossy().into_owned())
            .execute(&mut connection)?;
        Ok(())
    }

    /// Puts a backup in the place of a SQLite database that does not exist yet, under a new incarnation.
    ///
    /// # Errors
    /// A sentence: the target exists, the backup cannot be read, or is newer than the program.
    pub fn restore(address: &Address, from: &std::path::Path) -> Result<(), StoreError> {
        let Some(file) = address.file() else {
            return Err(StoreError::Internal(
                "remit restore puts back SQLite files; for PostgreSQL use pg_restore".into(),
            ));
        };
        if file.exists() {
            return Err(StoreError::Internal(format!("{} exists already; move it away first", file.display())));
        }
        let _lock = lock(address)?;
        let part = file.with_extension("restoring");
        let failed = |what: std::io::Error| StoreError::Internal(format!("cannot restore: {what}"));
        std::fs::copy(from, &part).map_err(failed)?;
        let mut connection = connect(&Address::Sqlite(part.clone()), Purpose::Write)?;
        migrate::run(&mut connection)?;
        migrate::renew_incarnation(&mut connection)?;
        connection.batch_execute("PRAGMA journal_mode = DELETE")?;
        drop(connection);
        std::fs::rename(&part, file).map_err(failed)
    }

    /// Deletes a SQLite database that no other process uses, with the files beside it.
    ///
    /// # Errors
    /// A sentence: it is in use, cannot be deleted, or the database is not SQLite.
    pub fn discard(address: &Address) -> Result<(), StoreError> {
        let Some(file) = address.file() else {
            return Err(StoreError::Internal(
                "only SQLite files are deleted; a PostgreSQL database is its owner's".into(),
            ));
        };
        let _lock = lock(address)?;
        for side in ["-wal", "-shm", ""] {
            let path = PathBuf::from(format!("{}{side}", file.display()));
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::Internal(format!("cannot delete {}: {error}", path.display())));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Waits until everything that was accepted is done. Nothing can be asked of the store afterwards.
    pub fn close(self) {
        let Ok(inner) = Arc::try_unwrap(self.inner) else { return };
        let Inner { readers, writers, threads, bus, .. } = inner;
        drop((readers, writers, bus));
        for thread in threads.into_inner().unwrap_or_else(PoisonError::into_inner) {
            if thread.join().is_err() {
                tracing::error!("a thread of the store had panicked");
            }
        }
    }
}

async fn answered<F, T, E: From<StoreError>>(answer: oneshot::Receiver<Answer<F, T, E>>) -> Result<T, E> {
    match answer.await {
        Ok((result, _)) => result,
        Err(_) => Err(StoreError::Internal("a writer ended early".into()).into()),
    }
}

/// Begins a snapshot.
pub(crate) fn begin_reading(connection: &DbConnection) -> &'static str {
    match connection {
        DbConnection::Sqlite(_) => "BEGIN",
        DbConnection::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    }
}

pub(crate) type Pool = diesel::r2d2::Pool<Connections>;

fn read_loop(jobs: &flume::Receiver<ReadJob>, pool: &Pool) {
    while let Ok(job) = jobs.recv() {
        match pool.get() {
            Ok(mut connection) => job(&mut connection),
            // Dropping the job tells its caller.
            Err(error) => tracing::error!(%error, "no connection to read with"),
        }
    }
}

/// `keeper` opens connections and looks after them.
fn pool_of(
    address: &Address,
    purpose: Purpose,
    size: usize,
    keeper: &Arc<ScheduledThreadPool>,
) -> Result<Pool, StoreError> {
    let size = u32::try_from(size.max(1)).unwrap_or(1);
    Pool::builder()
        .thread_pool(keeper.clone())
        .max_size(size)
        .min_idle(Some(1))
        // SQLite's connections do not break; PostgreSQL's are looked at before use.
        .test_on_check_out(address.file().is_none())
        .connection_timeout(Duration::from_secs(5))
        .build(Connections { address: address.clone(), purpose })
        .map_err(|error| StoreError::Internal(error.to_string()))
}

pub(crate) fn connect(address: &Address, purpose: Purpose) -> Result<DbConnection, StoreError> {
    open(address, purpose).map_err(|error| StoreError::Internal(format!("cannot open the database: {error}")))
}

pub(crate) fn spawn(
    name: String,
    body: impl FnOnce() + Send + 'static,
) -> Result<std::thread::JoinHandle<()>, StoreError> {
    std::thread::Builder::new()
        .name(name)
        .spawn(body)
        .map_err(|error| StoreError::Internal(format!("cannot start a thread: {error}")))
}

/// Takes the lock file beside a SQLite database, so that its cached truths stay true.
pub(crate) fn lock(address: &Address) -> Result<Option<std::fs::File>, StoreError> {
    let Some(file) = address.file() else { return Ok(None) };
    let path = PathBuf::from(format!("{}.lock", file.display()));
    let failed = |error: std::io::Error| StoreError::Internal(format!("cannot lock {}: {error}", path.display()));
    let handle = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match handle.try_lock() {
        Ok(()) => Ok(Some(handle)),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::Internal(format!(
            "{} is in use by another remit; ask it over HTTP, or stop it first",
            file.display()
        ))),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}
