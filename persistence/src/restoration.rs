//! Restoration: an exported organization put into a database that lacks it, wholly or not at all.
//!
//! All of it is one transaction. What was put in is verified before it is kept, as `remit verify` does it: so a file whose
//! rows are not those of which its log tells leaves nothing behind, whoever computed its last line.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, Read};

use diesel::connection::SimpleConnection;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use remit_domain::id::Id;
use remit_domain::organization::OrganizationId;
use remit_domain::time::Instant;
use sha2::{Digest, Sha256};

use crate::change::hex;
use crate::connection::{Address, DbConnection, Purpose};
use crate::error::StoreError;
use crate::export::{FORMAT, Row, TABLES, Table, Unfit, VERSION};
use crate::head::Head;
use crate::migrate;
use crate::read::ReadTx;
use crate::record::line::{Field, counts, fields};
use crate::schema::{directory, heads};
use crate::store::{Store, connect, lock};
use crate::verification::{Fault, Verification};

/// Bytes of a line: the longest there is names the readers of a briefing.
const LINE_MAX: u64 = 64 * 1024 * 1024;
/// Rows, and bytes of rows, that are kept in one statement.
const ROWS_MAX: usize = 500;
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The organization.
    pub organization: OrganizationId,
    /// Its slug.
    pub slug: String,
    /// The last revision.
    pub revision: i64,
    /// The hash of the log's head, lower-case hex.
    pub hash: String,
    /// The lines that were read.
    pub lines: u64,
}

/// Why nothing was restored.
#[derive(Debug)]
pub enum Unrestored {
    /// The file, or what is there already, stands in the way: a sentence.
    Refused(String),
    /// What the database says.
    Store(StoreError),
}

impl fmt::Display for Unrestored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => f.write_str(why),
            Self::Store(error) => error.fmt(f),
        }
    }
}
impl std::error::Error for Unrestored {}

impl From<StoreError> for Unrestored {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
impl From<Error> for Unrestored {
    fn from(error: Error) -> Self {
        Self::Store(error.into())
    }
}

fn refused<T>(why: impl Into<String>) -> Result<T, Unrestored> {
    Err(Unrestored::Refused(why.into()))
}

/// The lines of a file, counted and hashed.
struct Lines<'a> {
    from: &'a mut dyn BufRead,
    digest: Sha256,
    /// The number of the last line that was read.
    number: u64,
}

impl Lines<'_> {
    /// The next line; its hash is taken in unless it is the last of the file.
    fn next(&mut self) -> Result<BTreeMap<String, String>, Unrestored> {
        let number = self.number + 1;
        let mut line = Vec::new();
        let taken = Read::take(&mut *self.from, LINE_MAX).read_until(b'\n', &mut line);
        match taken {
            Err(error) => return refused(format!("line {number} was not read: {error}")),
            Ok(0) => return refused(format!("the file is not whole: it ends after line {}", self.number)),
            Ok(_) if line.ends_with(b"\n") => {}
            Ok(size) if size as u64 == LINE_MAX => return refused(format!("line {number} is longer than any line is")),
            Ok(_) => return refused(format!("the file is not whole: it ends within line {number}")),
        }
        let read = std::str::from_utf8(&line).ok().and_then(fields);
        let Some(read) = read else { return refused(format!("line {number} is no line of an export")) };
        if !read.contains_key("end") {
            self.digest.update(&line);
        }
        self.number = number;
        Ok(read)
    }
}

/// Takes a field out of a line.
fn take<T: Field>(line: &mut BTreeMap<String, String>, number: u64, name: &str) -> Result<T, Unrestored> {
    let spelled = line.remove(name);
    T::read(spelled.as_deref()).map_or_else(|| refused(format!("line {number}: {name} cannot be read")), Ok)
}

/// What the first line says.
struct First {
    organization: OrganizationId,
    slug: String,
    head: Head,
}

impl First {
    fn read(mut line: BTreeMap<String, String>) -> Result<Self, Unrestored> {
        let format: Option<String> = take(&mut line, 1, "format")?;
        if format.as_deref() != Some(FORMAT) {
            return refused("this is no export of an organization");
        }
        let version: i64 = take(&mut line, 1, "version")?;
        let schema: String = take(&mut line, 1, "schema")?;
        if version != VERSION || !migrate::knows(&schema) {
            return refused(format!(
                "the file is newer than this program: it has the version {version} and the migration {schema}; \
                 run a newer remit"
            ));
        }
        let organization: String = take(&mut line, 1, "organization_id")?;
        let Some(organization) = Id::parse(&organization) else { return refused("the file names no organization") };
        let head = Head {
            revision: take(&mut line, 1, "revision")?,
            recorded_at: Instant::BEGINNING,
            hash: take(&mut line, 1, "hash")?,
            erasure_epoch: take(&mut line, 1, "erasure_epoch")?,
        };
        Ok(Self { organization, slug: take(&mut line, 1, "slug")?, head })
    }

    /// Refuses an organization that is here, and a slug that another bears.
    fn require_room(&self, connection: &mut DbConnection) -> Result<(), Unrestored> {
        let id = self.organization.to_string();
        let known: Option<String> = heads::table
            .filter(heads::organization_id.eq(&id))
            .select(heads::organization_id)
            .first(connection)
            .optional()?;
        let listed: Option<String> = directory::table
            .filter(directory::organization_id.eq(&id).or(directory::slug.eq(&self.slug)))
            .select(directory::organization_id)
            .order(directory::organization_id)
            .first(connection)
            .optional()?;
        match known.or(listed) {
            Some(here) if here == id => {
                refused(format!("the organization {} ({id}) is in this database already", self.slug))
            }
            Some(_) => refused(format!("another organization of this database is called {}", self.slug)),
            None => Ok(()),
        }
    }
}

/// Rows that wait to be kept together.
struct Rows<'a> {
    connection: &'a mut DbConnection,
    organization: String,
    /// Which table they are of, as an index; the tables of a file come in their order.
    table: usize,
    rows: Vec<Row>,
    bytes: usize,
    counts: BTreeMap<&'static str, u64>,
}

impl Rows<'_> {
    fn add(&mut self, number: u64, mut line: BTreeMap<String, String>) -> Result<(), Unrestored> {
        let name: String = take(&mut line, number, "table")?;
        let Some(place) = TABLES.iter().position(|table| table.name == name) else {
            return refused(format!("line {number} is of {name}, which this program does not know"));
        };
        if place < self.table {
            return refused(format!("line {number} is of {name}, which ought to come before it"));
        }
        if place > self.table || self.rows.len() >= ROWS_MAX || self.bytes >= BYTES_MAX {
            self.keep()?;
            self.table = place;
        }
        let Table { name, columns, .. } = &TABLES[place];
        let fields: Vec<_> = columns.iter().map(|column| line.remove(*column)).collect();
        if let Some(unknown) = line.keys().next() {
            return refused(format!("line {number}: {name} have no {unknown} that this program knows"));
        }
        self.bytes += fields.iter().flatten().map(String::len).sum::<usize>();
        self.rows.push(Row { line: number, fields });
        *self.counts.entry(name).or_default() += 1;
        Ok(())
    }

    fn keep(&mut self) -> Result<(), Unrestored> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(()) };
        match (TABLES[self.table].insert)(self.connection, &self.organization, &rows) {
            Ok(()) => Ok(()),
            Err(Unfit::Field(line, column)) => refused(format!("line {line}: {column} cannot be read")),
            Err(Unfit::Database(error)) if is_about_rows(&error) => {
                refused(format!("lines {} to {} do not fit the others: {error}", first.line, last.line))
            }
            Err(Unfit::Database(error)) => Err(error.into()),
        }
    }
}

/// Whether a statement was refused for what its rows say.
#[expect(clippy::wildcard_enum_match_arm, reason = "another crate's enumeration, of which a few cases matter here")]
fn is_about_rows(error: &Error) -> bool {
    use DatabaseErrorKind::{CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation};
    match error {
        Error::DatabaseError(kind, _) => {
            matches!(kind, UniqueViolation | ForeignKeyViolation | NotNullViolation | CheckViolation)
        }
        _ => false,
    }
}

/// Holds the last line against what was read.
fn compare_end(
    mut line: BTreeMap<String, String>,
    lines: &mut Lines<'_>,
    read: &BTreeMap<&'static str, u64>,
) -> Result<(), Unrestored> {
    let number = lines.number;
    let said: i64 = take(&mut line, number, "lines")?;
    let sha256: String = take(&mut line, number, "sha256")?;
    let told = line.get("counts").and_then(|spelled| counts(spelled)).unwrap_or_default();
    let is_told = |(name, count): (&String, &u64)| read.get(name.as_str()).copied().unwrap_or(0) == *count;
    if u64::try_from(said).ok() != Some(number - 1) || !told.iter().all(is_told) {
        return refused("the file is not whole: it has other lines than its last one says");
    }
    if hex(&std::mem::take(&mut lines.digest).finalize()) != sha256 {
        return refused("the file was changed: its SHA-256 is another than its last line says");
    }
    match lines.from.fill_buf() {
        Ok([]) => Ok(()),
        Ok(_) => refused("something follows the file's last line"),
        Err(error) => refused(format!("the file was not read to its end: {error}")),
    }
}

/// Computes the log again, and compares every row with it.
fn verify(connection: &mut DbConnection, organization: OrganizationId) -> Result<(), Unrestored> {
    let mut verification = Verification::new(None);
    let mut tx = ReadTx::new(connection, organization);
    while !tx.verify(&mut verification)? {}
    match verification.found().fault {
        None => Ok(()),
        Some(Fault { flaw, revision, position, subject: _, detail }) => refused(format!(
            "what the file holds is not what its log tells: revision {revision} position {position} ({flaw}): {detail}"
        )),
    }
}

fn restore(connection: &mut DbConnection, from: &mut dyn BufRead) -> Result<Restored, Unrestored> {
    let mut lines = Lines { from, digest: Sha256::new(), number: 0 };
    let First { organization, slug, mut head } = {
        let first = First::read(lines.next()?)?;
        first.require_room(connection)?;
        first
    };
    let id = organization.to_string();
    let (organization_text, counts) = (id.clone(), BTreeMap::new());
    let mut rows = Rows { connection, organization: organization_text, table: 0, rows: Vec::new(), bytes: 0, counts };
    loop {
        let line = lines.next()?;
        if line.contains_key("end") {
            rows.keep()?;
            compare_end(line, &mut lines, &rows.counts)?;
            break;
        }
        rows.add(lines.number, line)?;
    }
    head.recorded_at = ReadTx::new(connection, organization).recorded_at(head.revision)?;
    head.save(connection, organization)?;
    if let DbConnection::Postgres(_) = connection {
        // Without it the planner knows nothing of what was just put in, and the reading again takes for ever.
        let tables: Vec<_> = TABLES.iter().map(|table| table.name).collect();
        connection.batch_execute(&format!("ANALYZE {}", tables.join(", ")))?;
    }
    verify(connection, organization)?;
    crate::webhook::expect_secrets(connection, &id, head.revision)?;
    // Last, since others who found an organization wait for it.
    let listed = (directory::organization_id.eq(&id), directory::slug.eq(&slug));
    match diesel::insert_into(directory::table).values(listed).execute(connection) {
        Err(error) if is_about_rows(&error) => {
            return refused(format!("another organization came to be called {slug}"));
        }
        done => done.map_err(StoreError::from)?,
    };
    Ok(Restored { organization, slug, revision: head.revision, hash: head.hash, lines: lines.number })
}

impl Store {
    /// Puts an exported organization into a database at head that lacks it. Of a file that is refused nothing is kept.
    ///
    /// # Errors
    /// [`Unrestored::Refused`] when the organization is here, or the file is newer, broken off, changed, or at odds with
    /// its own log; what the database says, as in [`Store::open`].
    pub fn restore_organization(address: &Address, from: &mut dyn BufRead) -> Result<Restored, Unrestored> {
        let _lock = lock(address)?;
        let mut connection = connect(address, Purpose::Write)?;
        migrate::require_head(&mut connection)?;
        let begin = match &connection {
            DbConnection::Sqlite(_) => "BEGIN IMMEDIATE",
            DbConnection::Postgres(_) => "BEGIN",
        };
        connection.batch_execute(begin)?;
        let restored = restore(&mut connection, from);
        let end = if restored.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = connection.batch_execute(end);
        let restored = restored?;
        ended?;
        Ok(restored)
    }
}
