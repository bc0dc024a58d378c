//! Export: everything that is kept of one organization, as lines of JSON that make it again wholly, with its history.
//!
//! The first line says what the file is and where the log stood, the last how much there is and the SHA-256 of all before
//! it. Between them stands every row, table by table in the order of their keys, which is the same in both databases. So
//! one state has one spelling, wherever it is kept.

mod table;

use std::io::Write;

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::change::hex;
use crate::error::StoreError;
use crate::migrate;
use crate::read::ReadTx;
use crate::record::line::Line;
use crate::schema::directory;
use crate::store::{Store, spawn};

pub use table::LEFT_OUT;
pub(crate) use table::{Row, TABLES, Table, Unfit};

/// What the first line says that the file is.
pub(crate) const FORMAT: &str = "remit.organization";
/// The version of the format.
pub(crate) const VERSION: i64 = 1;
/// Pieces that wait for whom they are sent to.
const WAITING_MAX: usize = 4;
/// Bytes of a piece, about.
const PIECE: usize = 64 * 1024;

/// The tables that are exported, in the order of the file.
pub fn exported_tables() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.name)
}

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The last revision.
    pub revision: i64,
    /// The lines, the first and the last among them.
    pub lines: u64,
}

/// What is written, counted and hashed.
struct Sink<'a> {
    to: &'a mut dyn Write,
    digest: Sha256,
}

impl Sink<'_> {
    fn put(&mut self, lines: &str) -> Result<(), StoreError> {
        self.digest.update(lines.as_bytes());
        self.to.write_all(lines.as_bytes()).map_err(unwritten)
    }
}

fn unwritten(error: std::io::Error) -> StoreError {
    StoreError::Internal(format!("the export was not written: {error}"))
}

impl ReadTx<'_> {
    /// Writes everything that is kept of the organization in this snapshot, a page of rows at a time.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such organization; what the database says, or whoever takes the lines.
    pub fn export(&mut self, to: &mut dyn Write) -> Result<Exported, StoreError> {
        let head = self.head()?;
        let slug: String = directory::table
            .filter(directory::organization_id.eq(&self.organization_text))
            .select(directory::slug)
            .first(self.connection)?;
        // The head's own instant moves when the past is asked for; that of the last entry is part of the state.
        let recorded_at = self.recorded_at(head.revision)?;
        let first = Line::new("format", FORMAT)
            .with("version", &VERSION)
            .with("schema", &migrate::head().to_owned())
            .with("organization_id", &self.organization_text)
            .with("slug", &slug)
            .with("revision", &head.revision)
            .with("recorded_at", &recorded_at.to_string())
            .with("hash", &head.hash)
            .with("erasure_epoch", &head.erasure_epoch);
        let mut sink = Sink { to, digest: Sha256::new() };
        sink.put(&first.finish())?;
        let mut counts = Vec::new();
        let mut page = String::new();
        for table in TABLES {
            let (mut count, mut after) = (0, table.start.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>());
            loop {
                page.clear();
                let (rows, last) = (table.read)(self.connection, &self.organization_text, &after, &mut page)?;
                sink.put(&page)?;
                count += rows;
                if rows < table.page.unsigned_abs() {
                    break;
                }
                after = last;
            }
            counts.push((table.name, count));
        }
        let lines: u64 = 1 + counts.iter().map(|(_, count)| count).sum::<u64>();
        let end = Line::new("end", FORMAT)
            .with("lines", &i64::try_from(lines).unwrap_or(i64::MAX))
            .with_counts("counts", &counts)
            .with("sha256", &hex(&sink.digest.finalize()));
        to.write_all(end.finish().as_bytes()).and_then(|()| to.flush()).map_err(unwritten)?;
        Ok(Exported { revision: head.revision, lines: lines + 1 })
    }
}

/// Sends what is written in pieces. Whoever takes them decides how fast it goes, and ends it by going away.
struct Pieces {
    piece: Vec<u8>,
    to: mpsc::Sender<Result<Vec<u8>, StoreError>>,
}

impl Pieces {
    fn send(&mut self) -> std::io::Result<()> {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.to.blocking_send(Ok(piece)).map_err(|_| std::io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let some = &bytes[..bytes.len().min(PIECE)];
        self.piece.extend_from_slice(some);
        if self.piece.len() >= PIECE {
            self.send()?;
        }
        Ok(some.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        if self.piece.is_empty() { Ok(()) } else { self.send() }
    }
}

impl Store {
    /// Exports an organization in pieces, as of one instant. It is read on a thread and a connection of its own, so that a
    /// client that takes it slowly keeps no reading waiting; that ends when the receiver goes away.
    ///
    /// # Errors
    /// That no thread can be started. What fails later comes as the last piece.
    pub fn export(
        &self,
        organization: remit_domain::organization::OrganizationId,
    ) -> Result<mpsc::Receiver<Result<Vec<u8>, StoreError>>, StoreError> {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let address = self.address().clone();
        spawn("remit-export".into(), move || {
            let mut pieces = Pieces { piece: Vec::with_capacity(PIECE), to: sender };
            let exported = Self::look(&address, organization, |tx| tx.export(&mut pieces).map(|_| true));
            if let Err(error) = exported {
                // Where nobody takes it any more, nobody needs to know.
                pieces.to.blocking_send(Err(error)).ok();
            }
        })?;
        Ok(receiver)
    }
}
