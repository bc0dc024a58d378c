//! Migrations: embedded in the program, one statement a call, the same names for both databases.

use diesel::connection::SimpleConnection;
use diesel::{Connection, ExpressionMethods, QueryDsl, RunQueryDsl};

use crate::connection::DbConnection;
use crate::error::StoreError;
use crate::{clock, schema};

/// A migration: its name, and its statements for each database.
struct Migration {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migration {
    ($name:literal) => {
        Migration {
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, "/up.sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, "/up.sql")),
        }
    };
}

/// All migrations, oldest first.
const MIGRATIONS: &[Migration] = &[
    migration!("20261124000001_foundation"),
    migration!("20261125000001_rule"),
    migration!("20261125000002_erasure"),
    migration!("20261125000003_check_in"),
    migration!("20261125050000_erasure_epoch"),
    migration!("20261130000001_job"),
    migration!("20261130010000_briefing"),
    migration!("20261130020000_webhook"),
    migration!("20261130030000_mail"),
    migration!("20261130040000_sighting"),
    migration!("20261201000001_log_index"),
];

diesel::table! {
    schema_migrations (name) {
        name -> Text,
        applied_at -> BigInt,
    }
}

/// The last migration: what the tables look like.
pub(crate) fn head() -> &'static str {
    MIGRATIONS.last().map_or("", |migration| migration.name)
}

/// Whether this program knows a migration.
pub(crate) fn knows(name: &str) -> bool {
    MIGRATIONS.iter().any(|migration| migration.name == name)
}

/// Where a database stands.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    /// At head.
    Current,
    /// Some migrations are still to be applied.
    Behind(Vec<&'static str>),
}

/// Makes the list of what was applied, in an empty database.
///
/// # Errors
/// What the database says.
pub(crate) fn prepare(connection: &mut DbConnection) -> Result<(), StoreError> {
    connection.batch_execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)",
    )?;
    Ok(())
}

/// Refuses a database that is not at head.
///
/// # Errors
/// A sentence for the operator.
pub(crate) fn require_head(connection: &mut DbConnection) -> Result<(), StoreError> {
    match standing(connection)? {
        Standing::Current => Ok(()),
        Standing::Behind(missing) => Err(StoreError::Corrupt(format!(
            "the database lacks {} migration(s), from {}; run remit migrate",
            missing.len(),
            missing.first().unwrap_or(&"")
        ))),
    }
}

/// What is still to be applied.
///
/// # Errors
/// [`StoreError::Corrupt`] with a sentence when the database is newer than the program.
fn standing(connection: &mut DbConnection) -> Result<Standing, StoreError> {
    let applied: Vec<String> =
        schema_migrations::table.select(schema_migrations::name).order(schema_migrations::name).load(connection)?;
    if let Some(unknown) = applied.iter().find(|name| MIGRATIONS.iter().all(|known| known.name != name.as_str())) {
        return Err(StoreError::Corrupt(format!(
            "the database is newer than this program: it has the migration {unknown}; run a newer remit"
        )));
    }
    let missing: Vec<_> =
        MIGRATIONS.iter().map(|known| known.name).filter(|name| !applied.iter().any(|done| done == name)).collect();
    Ok(if missing.is_empty() { Standing::Current } else { Standing::Behind(missing) })
}

/// Applies what is missing and returns its names.
///
/// # Errors
/// As [`standing`], or what the database says.
#[expect(
    clippy::disallowed_methods,
    reason = "a migration belongs to no organization, and comes before there is a log"
)]
pub(crate) fn run(connection: &mut DbConnection) -> Result<Vec<&'static str>, StoreError> {
    prepare(connection)?;
    let Standing::Behind(missing) = standing(connection)? else { return Ok(Vec::new()) };
    for migration in MIGRATIONS.iter().filter(|migration| missing.contains(&migration.name)) {
        connection.transaction::<_, StoreError, _>(|connection| {
            let sql = match connection {
                DbConnection::Sqlite(_) => migration.sqlite,
                DbConnection::Postgres(_) => migration.postgres,
            };
            for statement in statements(sql) {
                connection.batch_execute(&statement)?;
            }
            diesel::insert_into(schema_migrations::table)
                .values((
                    schema_migrations::name.eq(migration.name),
                    schema_migrations::applied_at.eq(clock::now().micros()),
                ))
                .execute(connection)?;
            Ok(())
        })?;
    }
    if server_fact(connection, INCARNATION)?.is_none() {
        renew_incarnation(connection)?;
    }
    Ok(missing)
}

const INCARNATION: &str = "incarnation";

/// A new name for this database: what was handed out under the old one (ETags, cursors) no longer matches.
pub(crate) fn renew_incarnation(connection: &mut DbConnection) -> Result<(), StoreError> {
    use schema::server;
    let name = format!("{:08x}", clock::mint::<()>().bits() as u32);
    diesel::delete(server::table.filter(server::name.eq(INCARNATION))).execute(connection)?;
    diesel::insert_into(server::table)
        .values((server::name.eq(INCARNATION), server::content.eq(name)))
        .execute(connection)?;
    Ok(())
}

pub(crate) fn incarnation(connection: &mut DbConnection) -> Result<String, StoreError> {
    server_fact(connection, INCARNATION)?.ok_or_else(|| StoreError::Corrupt("the database has no incarnation".into()))
}

fn server_fact(connection: &mut DbConnection, name: &str) -> Result<Option<String>, StoreError> {
    use diesel::OptionalExtension;
    use schema::server;
    Ok(server::table.filter(server::name.eq(name)).select(server::content).first(connection).optional()?)
}

/// The statements of a migration: separated by `;` at a line's end, comments left out.
fn statements(sql: &str) -> impl Iterator<Item = String> + '_ {
    sql.split(";\n")
        .map(|statement| {
            let lines = statement.lines().filter(|line| !line.trim_start().starts_with("--"));
            lines.collect::<Vec<_>>().join("\n").trim().to_owned()
        })
        .filter(|statement| !statement.is_empty())
}
