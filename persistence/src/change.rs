//! The log: an organization's changes, in order, each bound to the one before by its hash.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::Queryable;
use diesel::sql_types::Bool;
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl};
use remit_domain::id::Identified;
use remit_domain::measure::Measure;
use remit_domain::organization::Organization;
use remit_domain::person::PersonId;
use remit_domain::time::Instant;
use sha2::{Digest, Sha256};

use crate::connection::DbConnection;
use crate::error::StoreError;
use crate::prepared::{Given, Prepared};
use crate::read::ReadTx;
use crate::record;
use crate::schema::changes;
use crate::write::OBSERVED;

/// An entry of the log, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The number of the write.
    pub revision: i64,
    /// Its place in the write, from 0.
    pub position: i32,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Who wrote it.
    pub actor: String,
    /// What was done, such as `outcome.changed`.
    pub action: String,
    /// The kind of what it was done to.
    pub subject_kind: String,
    /// The id of what it was done to.
    pub subject_id: String,
    /// The canonical record after the change, JSON.
    pub record: String,
    /// The hash of the entry before it.
    pub previous_hash: String,
    /// Its own hash.
    pub hash: String,
}

#[derive(Queryable)]
struct ChangeRow {
    revision: i64,
    position: i32,
    recorded_at: i64,
    actor: String,
    action: String,
    subject_kind: String,
    subject_id: String,
    record: String,
    previous_hash: String,
    hash: String,
}

impl From<ChangeRow> for Change {
    fn from(row: ChangeRow) -> Self {
        let ChangeRow {
            revision,
            position,
            recorded_at,
            actor,
            action,
            subject_kind,
            subject_id,
            record,
            previous_hash,
            hash,
        } = row;
        let recorded_at = Instant::from_micros(recorded_at);
        Self { revision, position, recorded_at, actor, action, subject_kind, subject_id, record, previous_hash, hash }
    }
}

/// Which entries of the log are asked for; those that have all that is said.
#[derive(Clone, Debug, Default)]
pub struct ChangeFilter {
    /// The id of what was written.
    pub subject: Option<String>,
    /// Its kind.
    pub kind: Option<String>,
    /// Who wrote.
    pub actor: Option<String>,
    /// What was done, such as `outcome.changed`.
    pub action: Option<String>,
}

impl Change {
    /// The identifiers that its record names, besides its subject's.
    pub fn named_ids(&self) -> Vec<String> {
        record::named_ids(&self.record)
    }

    /// Where it stands: its revision and its position.
    pub fn place(&self) -> (i64, i32) {
        (self.revision, self.position)
    }

    /// The hash that an entry with these fields has.
    pub(crate) fn computed_hash(&self, organization: &str) -> String {
        spell(
            [&self.previous_hash, organization],
            (self.revision, self.position, self.recorded_at),
            [&self.actor, &self.action, &self.subject_kind, &self.subject_id, &self.record],
        )
    }
}

impl ReadTx<'_> {
    /// The entries after a place up to the end of a revision, in order; at most `limit`. Revisions have no gap, and a
    /// snapshot shows whole writes, so that whoever goes on from the last entry misses none.
    ///
    /// # Errors
    /// What the database says.
    pub fn changes(
        &mut self,
        (revision, position): (i64, i32),
        until: i64,
        filter: &ChangeFilter,
        limit: usize,
    ) -> Result<Vec<Change>, StoreError> {
        let mut query = changes::table
            .filter(changes::organization_id.eq(&self.organization_text))
            .filter(changes::revision.between(revision, until))
            .filter(changes::revision.gt(revision).or(changes::position.gt(position)))
            .select((
                changes::revision,
                changes::position,
                changes::recorded_at,
                changes::actor,
                changes::action,
                changes::subject_kind,
                changes::subject_id,
                changes::record,
                changes::previous_hash,
                changes::hash,
            ))
            .order((changes::revision, changes::position))
            .limit(i64::try_from(limit).unwrap_or(i64::MAX))
            .into_boxed();
        let ChangeFilter { subject, kind, actor, action } = filter;
        let told_of_measures = [Measure::PREFIX, Organization::PREFIX];
        let is_decided = action.as_ref().is_some_and(|action| action != OBSERVED)
            || subject.as_ref().is_some_and(|id| !told_of_measures.iter().any(|prefix| id.starts_with(prefix)));
        if is_decided {
            query = query.filter(decided());
        }
        let is_by_person = actor.as_ref().is_some_and(|actor| PersonId::parse(actor).is_some());
        if is_by_person && action.as_ref().is_some_and(|action| action == OBSERVED) {
            query = query.filter(recorded_by_people());
        }
        if let Some(subject) = subject {
            query = query.filter(changes::subject_id.eq(subject));
        }
        if let Some(kind) = kind {
            query = query.filter(changes::subject_kind.eq(kind));
        }
        if let Some(actor) = actor {
            query = query.filter(changes::actor.eq(actor));
        }
        if let Some(action) = action {
            query = query.filter(changes::action.eq(action));
        }
        let rows: Vec<ChangeRow> = query.load(self.connection)?;
        Ok(rows.into_iter().map(Change::from).collect())
    }
}

/// That an entry tells of no observations, in the words of the indexes that leave those out.
pub(crate) fn decided() -> SqlLiteral<Bool> {
    sql("action <> 'observations.recorded'")
}

/// That an entry tells of observations that a person recorded, in the words of the index that has these alone.
pub(crate) fn recorded_by_people() -> SqlLiteral<Bool> {
    sql("action = 'observations.recorded' AND substr(actor, 1, 4) = 'psn_'")
}

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
    let values = [
        Given::Text(entry.organization),
        Given::Long(entry.revision),
        Given::Int(entry.position),
        Given::Long(entry.recorded_at.micros()),
        Given::Text(entry.actor),
        Given::Text(entry.action),
        Given::Text(entry.subject_kind),
        Given::Text(entry.subject_id),
        Given::Text(&record),
        Given::Text(previous),
        Given::Text(&hash),
    ];
    Insert::execute(connection, values)?;
    Ok(hash)
}

/// Inserts an entry.
struct Insert;
impl Prepared for Insert {
    const TEXT: &'static str = "INSERT INTO changes (organization_id, revision, position, recorded_at, actor, action, \
                                subject_kind, subject_id, record, previous_hash, hash) \
                                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
}

fn hash(entry: &Entry<'_>, record: &str, previous: &str) -> String {
    spell(
        [previous, entry.organization],
        (entry.revision, entry.position, entry.recorded_at),
        [entry.actor, entry.action, entry.subject_kind, entry.subject_id, record],
    )
}

/// SHA-256 over the previous hash and every field, each with its length before it, so that no two entries
/// spell the same bytes.
fn spell(
    [previous, organization]: [&str; 2],
    (revision, position, at): (i64, i32, Instant),
    [actor, action, subject_kind, subject_id, record]: [&str; 5],
) -> String {
    let mut digest = Sha256::new();
    let (revision, position, at) = (revision.to_string(), position.to_string(), at.micros().to_string());
    let fields = [previous, organization, &revision, &position, &at, actor, action, subject_kind, subject_id, record];
    for field in fields {
        digest.update((field.len() as u64).to_be_bytes());
        digest.update(field.as_bytes());
    }
    hex(&digest.finalize())
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use diesel::debug_query;
    use remit_domain::person::Person;

    use super::*;

    #[test]
    fn the_indexes_of_the_log_are_named_by_what_is_written() {
        let said = |literal: SqlLiteral<Bool>| debug_query::<diesel::sqlite::Sqlite, _>(&literal).to_string();
        assert!(said(decided()).contains(&format!("action <> '{OBSERVED}'")));
        let people = said(recorded_by_people());
        assert!(people.contains(&format!("action = '{OBSERVED}'")), "{people}");
        let prefix = format!("{}_", Person::PREFIX);
        assert!(people.contains(&format!("substr(actor, 1, {}) = '{prefix}'", prefix.len())), "{people}");
    }
}
