//! Connections: one type over both databases, opened by the scheme of the URL and by nothing else.

#![expect(clippy::disallowed_methods, reason = "the derive of the enum forwards the methods of both connections")]

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::r2d2::ManageConnection;
use diesel::{Connection, ConnectionError, PgConnection, SqliteConnection};

/// A connection to whichever database holds the data.
#[derive(diesel::MultiConnection)]
pub enum DbConnection {
    /// The embedded file.
    Sqlite(SqliteConnection),
    /// A PostgreSQL server, or a cluster of them behind a coordinator.
    Postgres(PgConnection),
}

/// Runs a statement on whichever connection it is, as that database's own: it is then spelled and prepared once. Over
/// the enum it is spelled anew each time.
macro_rules! on_either {
    ($connection:expr, $either:ident => $run:expr) => {
        match $connection {
            $crate::connection::DbConnection::Sqlite($either) => $run,
            $crate::connection::DbConnection::Postgres($either) => $run,
        }
    };
}
pub(crate) use on_either;

/// Where the data is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// A file; `:memory:` is not offered, since every connection would see another database.
    Sqlite(PathBuf),
    /// A libpq connection URL, with everything that libpq understands, `sslmode` included.
    Postgres(String),
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            // The URL may hold a password.
            Self::Postgres(_) => f.write_str("postgres"),
        }
    }
}

impl Address {
    /// Reads `sqlite:PATH` or `postgres://…`.
    ///
    /// # Errors
    /// A sentence for the operator; it never repeats the URL, which may hold a password.
    pub fn parse(url: &str) -> Result<Self, String> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.starts_with(':') || path.contains('?') {
                return Err("sqlite: needs the path of a file, as in sqlite:remit.db".into());
            }
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.into()));
        }
        Err("a database URL begins with sqlite: or postgres://".into())
    }

    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

/// How r2d2 makes connections. Never tries one database after the other: a mistyped URL must not make a new file.
pub(crate) struct Connections {
    pub(crate) address: Address,
    pub(crate) purpose: Purpose,
}

/// What a connection may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Read,
    Write,
}

impl ManageConnection for Connections {
    type Connection = DbConnection;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<DbConnection, Self::Error> {
        open(&self.address, self.purpose).map_err(diesel::r2d2::Error::ConnectionError)
    }
    fn is_valid(&self, connection: &mut DbConnection) -> Result<(), Self::Error> {
        connection.batch_execute("SELECT 1").map_err(diesel::r2d2::Error::QueryError)
    }
    fn has_broken(&self, connection: &mut DbConnection) -> bool {
        use diesel::r2d2::R2D2Connection;
        match connection {
            DbConnection::Sqlite(_) => std::thread::panicking(),
            DbConnection::Postgres(connection) => std::thread::panicking() || connection.is_broken(),
        }
    }
}

pub(crate) fn open(address: &Address, purpose: Purpose) -> Result<DbConnection, ConnectionError> {
    let (mut connection, settings) = match address {
        Address::Sqlite(path) => {
            let path = path.to_string_lossy();
            let connection = DbConnection::Sqlite(SqliteConnection::establish(&path)?);
            // FULL: in WAL mode NORMAL can lose the last commits at a power cut, and under group commit it gains nothing.
            let mut settings = String::from(
                "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                 PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000;
                 PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 8000;",
            );
            if purpose == Purpose::Read {
                settings.push_str("PRAGMA query_only = ON;");
            }
            (connection, settings)
        }
        Address::Postgres(url) => {
            let connection = DbConnection::Postgres(PgConnection::establish(url)?);
            let settings = "SET lock_timeout = '5s'; SET statement_timeout = '60s'; SET TIME ZONE 'UTC';
                            SET client_min_messages = warning;";
            (connection, settings.into())
        }
    };
    connection.batch_execute(&settings).map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}
