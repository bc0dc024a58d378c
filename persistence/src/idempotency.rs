//! Idempotency: answers kept beside their effects, in the same write.

use diesel::prelude::{Insertable, Queryable};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use crate::error::StoreError;
use crate::schema::idempotency_keys;
use crate::write::WriteTx;

/// How long an answer is kept, in microseconds: 24 hours.
const KEPT_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// An answer that was given under an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// SHA-256 of the payload that was answered.
    pub payload_hash: String,
    /// The status.
    pub status: u16,
    /// The headers, one `name: value` a line.
    pub headers: String,
    /// The body.
    pub body: String,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = idempotency_keys)]
struct AnswerRow {
    organization_id: String,
    scope: String,
    idempotency_key: String,
    payload_hash: String,
    status: i32,
    headers: String,
    body: String,
    created_at: i64,
}

impl WriteTx<'_> {
    /// The answer that was given under this key, if it was given within the last 24 hours.
    ///
    /// # Errors
    /// What the database says.
    pub fn answer(&mut self, scope: &str, key: &str) -> Result<Option<KeptAnswer>, StoreError> {
        let oldest = crate::clock::now().micros() - KEPT_MICROS;
        let row: Option<AnswerRow> = idempotency_keys::table
            .filter(idempotency_keys::organization_id.eq(&self.read.organization_text))
            .filter(idempotency_keys::scope.eq(scope))
            .filter(idempotency_keys::idempotency_key.eq(key))
            .filter(idempotency_keys::created_at.ge(oldest))
            .first(self.read.connection)
            .optional()?;
        Ok(row.map(|row| KeptAnswer {
            payload_hash: row.payload_hash,
            status: u16::try_from(row.status).unwrap_or(500),
            headers: row.headers,
            body: row.body,
        }))
    }

    /// Keeps an answer under a key; one that is older than 24 hours makes room for it.
    ///
    /// # Errors
    /// What the database says.
    pub fn keep_answer(&mut self, scope: &str, key: &str, answer: KeptAnswer) -> Result<(), StoreError> {
        self.touch();
        let now = crate::clock::now().micros();
        diesel::delete(
            idempotency_keys::table
                .filter(idempotency_keys::organization_id.eq(&self.read.organization_text))
                .filter(idempotency_keys::scope.eq(scope))
                .filter(idempotency_keys::idempotency_key.eq(key))
                .filter(idempotency_keys::created_at.lt(now - KEPT_MICROS)),
        )
        .execute(self.read.connection)?;
        let KeptAnswer { payload_hash, status, headers, body } = answer;
        diesel::insert_into(idempotency_keys::table)
            .values(AnswerRow {
                organization_id: self.read.organization_text.clone(),
                scope: scope.into(),
                idempotency_key: key.into(),
                payload_hash,
                status: i32::from(status),
                headers,
                body,
                created_at: now,
            })
            .execute(self.read.connection)?;
        Ok(())
    }

    /// Forgets the answers that are older than 24 hours, and says how many they were.
    ///
    /// # Errors
    /// What the database says.
    pub fn forget_answers(&mut self) -> Result<usize, StoreError> {
        self.touch();
        let oldest = crate::clock::now().micros() - KEPT_MICROS;
        let old = idempotency_keys::table
            .filter(idempotency_keys::organization_id.eq(&self.read.organization_text))
            .filter(idempotency_keys::created_at.lt(oldest));
        Ok(diesel::delete(old).execute(self.read.connection)?)
    }
}
