//! Heads: where each organization's log stands.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use remit_domain::organization::OrganizationId;
use remit_domain::time::Instant;

use crate::connection::DbConnection;
use crate::error::StoreError;
use crate::prepared::{Given, Prepared};
use crate::schema::heads;

/// Where an organization's log stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the last write.
    pub revision: i64,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// The hash of the last entry, lower-case hex of SHA-256.
    pub hash: String,
    /// The revision of the last erasure, 0 before the first: what was erased is gone from past states too, so that
    /// the same question has the same answer within one epoch (I7).
    pub erasure_epoch: i64,
}

type HeadRow = (i64, i64, String, i64);

/// The heads that are known in this process.
pub(crate) type Heads = Arc<RwLock<HashMap<OrganizationId, Head>>>;

impl Head {
    /// Before the first write.
    pub(crate) fn genesis() -> Self {
        Self { revision: 0, recorded_at: Instant::BEGINNING, hash: "0".repeat(64), erasure_epoch: 0 }
    }

    pub(crate) fn load(connection: &mut DbConnection, organization: OrganizationId) -> Result<Self, StoreError> {
        let row: Option<HeadRow> = heads::table
            .filter(heads::organization_id.eq(organization.to_string()))
            .select((heads::revision, heads::recorded_at, heads::hash, heads::erasure_epoch))
            .first(connection)
            .optional()?;
        row.map(Self::from_row).ok_or(StoreError::NotFound)
    }

    /// Loads it and keeps every other writer of this organization waiting until the transaction ends.
    pub(crate) fn lock(
        connection: &mut DbConnection,
        organization: OrganizationId,
        heads: &Heads,
    ) -> Result<Self, StoreError> {
        match connection {
            // BEGIN IMMEDIATE has locked the whole file, and nobody but this process writes to it.
            DbConnection::Sqlite(_) => {
                let known = heads.read().unwrap_or_else(PoisonError::into_inner).get(&organization).cloned();
                known.map_or_else(|| Self::load(connection, organization), Ok)
            }
            DbConnection::Postgres(connection) => {
                let row: Option<HeadRow> = heads::table
                    .filter(heads::organization_id.eq(organization.to_string()))
                    .select((heads::revision, heads::recorded_at, heads::hash, heads::erasure_epoch))
                    .for_update()
                    .first(connection)
                    .optional()?;
                row.map(Self::from_row).ok_or(StoreError::NotFound)
            }
        }
    }

    fn from_row((revision, recorded_at, hash, erasure_epoch): HeadRow) -> Self {
        Self { revision, recorded_at: Instant::from_micros(recorded_at), hash, erasure_epoch }
    }

    pub(crate) fn save(&self, connection: &mut DbConnection, organization: OrganizationId) -> Result<(), StoreError> {
        let Self { revision, recorded_at, hash, erasure_epoch } = self;
        let id = organization.to_string();
        let values = [
            Given::Long(*revision),
            Given::Long(recorded_at.micros()),
            Given::Text(hash),
            Given::Long(*erasure_epoch),
            Given::Text(&id),
        ];
        if Update::execute(connection, values)? == 0 {
            let values = (
                heads::organization_id.eq(&id),
                heads::revision.eq(revision),
                heads::recorded_at.eq(recorded_at.micros()),
                heads::hash.eq(hash),
                heads::erasure_epoch.eq(erasure_epoch),
            );
            diesel::insert_into(heads::table).values(values).execute(connection)?;
        }
        Ok(())
    }
}

/// Moves a head.
struct Update;
impl Prepared for Update {
    const TEXT: &'static str =
        "UPDATE heads SET revision = ?, recorded_at = ?, hash = ?, erasure_epoch = ? WHERE organization_id = ?";
}
