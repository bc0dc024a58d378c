//! Databases to test on: fresh ones, of both kinds.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use remit_domain::entity::Actor;
use remit_domain::organization::OrganizationId;
use remit_persistence::{Address, Limits, ReadTx, Store, StoreError, WriteTx, clock};

use crate::made;

/// The databases that Remit runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    SQLite,
    PostgreSQL,
}

/// A store, and in it an organization of the test's own.
pub struct Ground {
    pub store: Store,
    pub organization: OrganizationId,
}

/// Runs a test on SQLite and then on PostgreSQL. All tests share one database of each kind.
pub fn on_both(body: impl AsyncFn(&Ground)) {
    for database in [Database::SQLite, Database::PostgreSQL] {
        // Shown when the test fails.
        eprintln!("on {database:?}");
        let store = shared(database);
        block_on(async {
            let ground = Ground { organization: found(&store).await, store };
            body(&ground).await;
        });
    }
}

/// Runs a test on an empty database of each kind, which nobody else uses.
pub fn on_empty_ones(body: impl AsyncFn(Database, &Address)) {
    for database in [Database::SQLite, Database::PostgreSQL] {
        eprintln!("on an empty {database:?}");
        block_on(body(database, &empty(database)));
    }
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// Founds an organization.
pub async fn found(store: &Store) -> OrganizationId {
    let id = clock::mint();
    let founded = store.write(id, Actor::new("operator"), move |tx| tx.found(made::organization(id))).await;
    founded.expect("an organization");
    id
}

/// A store over an empty database.
pub fn opened(address: &Address) -> Store {
    Store::migrate(address).expect("a database at head");
    Store::open(address, &Limits::default()).expect("a store")
}

impl Ground {
    /// Writes, which must be taken.
    pub async fn write<T, F>(&self, body: F) -> T
    where
        F: FnMut(&mut WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        self.try_write(body).await.expect("a write")
    }

    /// Writes.
    pub async fn try_write<T, F>(&self, body: F) -> Result<T, StoreError>
    where
        F: FnMut(&mut WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        self.store.write(self.organization, Actor::new("tests"), body).await
    }

    /// Reads, which must be answered.
    pub async fn read<T, F>(&self, body: F) -> T
    where
        F: FnOnce(&mut ReadTx<'_>) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        self.store.read(self.organization, body).await.expect("a reading")
    }

    /// The organization's last revision.
    pub async fn revision(&self) -> i64 {
        self.store.head(self.organization).await.expect("a head").revision
    }

    /// Another organization of the same database.
    pub async fn neighbour(&self) -> Self {
        Self { organization: found(&self.store).await, store: self.store.clone() }
    }
}

fn shared(database: Database) -> Store {
    static STORES: Mutex<Vec<(Database, Store)>> = Mutex::new(Vec::new());
    let mut stores = STORES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, store)) = stores.iter().find(|(known, _)| *known == database) {
        return store.clone();
    }
    let store = opened(&empty(database));
    stores.push((database, store.clone()));
    store
}

/// A number that no other test of this run has.
pub fn number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A path in a folder of this run's own. The folders of runs that have ended are removed.
pub fn scratch(name: &str) -> PathBuf {
    static SCRATCH: OnceLock<PathBuf> = OnceLock::new();
    let folder = SCRATCH.get_or_init(|| {
        let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("store");
        fs::create_dir_all(&all).expect("a folder");
        for entry in fs::read_dir(&all).expect("a folder").flatten() {
            if !Path::new("/proc").join(entry.file_name()).exists() {
                // Another run may remove it at the same time.
                drop(fs::remove_dir_all(entry.path()));
            }
        }
        let own = all.join(std::process::id().to_string());
        fs::create_dir_all(&own).expect("a folder");
        own
    });
    folder.join(format!("{}-{name}", number()))
}

/// An empty database.
pub fn empty(database: Database) -> Address {
    match database {
        Database::SQLite => Address::Sqlite(scratch("remit.db")),
        Database::PostgreSQL => new_postgres(),
    }
}

/// A new database on the server that `REMIT_TEST_POSTGRES_URL` names.
#[expect(clippy::disallowed_methods, reason = "the tests learn here, and only here, which server they may use")]
fn new_postgres() -> Address {
    let url = std::env::var("REMIT_TEST_POSTGRES_URL")
        .expect("REMIT_TEST_POSTGRES_URL names no PostgreSQL server; run tests/run, which brings one");
    let (start, query) = url.split_once('?').map_or((url.as_str(), String::new()), |(a, b)| (a, format!("?{b}")));
    let (server, _) = start.rsplit_once('/').expect("a URL that ends with a database");
    let name = format!("remit_store_{}_{}", std::process::id(), number());
    execute(&Address::Postgres(url.clone()), &format!("CREATE DATABASE {name}"));
    Address::Postgres(format!("{server}/{name}{query}"))
}

/// Does to a database what the store never would.
pub fn execute(address: &Address, sql: &str) {
    let done = match address {
        Address::Sqlite(path) => {
            let mut connection = SqliteConnection::establish(&path.to_string_lossy()).expect("a connection");
            connection.batch_execute(&format!("PRAGMA busy_timeout = 5000; {sql}"))
        }
        Address::Postgres(url) => PgConnection::establish(url).expect("a connection").batch_execute(sql),
    };
    done.expect("a statement that works");
}
