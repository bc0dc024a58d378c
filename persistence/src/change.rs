//! The log: an organization's changes, in order, each bound to the one before by its hash.

use diesel::{ExpressionMethods, RunQueryDsl};
use remit_domain::time::Instant;
use sha2::{Digest, Sha256};

use crate::connection::{DbConnection, on_either};
use crate::error::StoreError;
use crate::record;
use crate::schema::changes;

/// An entry that is about to be written.
pub(crate) struct Entry<'a> {
    pub organization: &'a str,
    pub revision: i64,
    pub position: i32,
    pub recorded_at: Instant,
    pub actor: &'a str,
    pub action: &'a str,
    pub subject_kind: &'a str,
    pub subject_id: &'a str,
    pub record: &'a record::Value,
}

/// Writes an entry after the one with the hash `previous`, and returns its own hash.
pub(crate) fn append(connection: &mut DbConnection, entry: &Entry<'_>, previous: &str) -> Result<String, StoreError> {
    let record = record::canonical(entry.record);
    let hash = hash(entry, &record, previous);
    let insertion = diesel::insert_into(changes::table).values((
        changes::organization_id.eq(entry.organization),
        changes::revision.eq(entry.revision),
        changes::position.eq(entry.position),
        changes::recorded_at.eq(entry.recorded_at.micros()),
        changes::actor.eq(entry.actor),
        changes::action.eq(entry.action),
        changes::subject_kind.eq(entry.subject_kind),
        changes::subject_id.eq(entry.subject_id),
        changes::record.eq(&record),
        changes::previous_hash.eq(previous),
        changes::hash.eq(&hash),
    ));
    on_either!(connection, either => insertion.execute(either))?;
    Ok(hash)
}

/// SHA-256 over the previous hash and every field, each with its length before it, so that no two entries
/// spell the same bytes.
fn hash(entry: &Entry<'_>, record: &str, previous: &str) -> String {
    let mut digest = Sha256::new();
    let (revision, position, at) =
        (entry.revision.to_string(), entry.position.to_string(), entry.recorded_at.micros().to_string());
    let fields = [
        previous,
        entry.organization,
        &revision,
        &position,
        &at,
        entry.actor,
        entry.action,
        entry.subject_kind,
        entry.subject_id,
        record,
    ];
    for field in fields {
        digest.update((field.len() as u64).to_be_bytes());
        digest.update(field.as_bytes());
    }
    hex(&digest.finalize())
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        text
    })
}
