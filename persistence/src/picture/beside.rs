//! Two connections at once: on one, a large organization takes twice as long to read.

use diesel::connection::SimpleConnection;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use remit_domain::alignment::Alignment;
use remit_domain::entity::Kept;
use remit_domain::organization::OrganizationId;
use remit_domain::responsibility::Responsibility;
use remit_domain::time::Instant;

use super::Headline;
use crate::connection::{Address, Purpose};
use crate::error::StoreError;
use crate::head::Head;
use crate::read::ReadTx;
use crate::schema::series;
use crate::store::{begin_reading, connect};
use crate::versioned::When;

/// From how many series of observations on another connection is worth its opening.
const LARGE: i64 = 1_000;

/// About half of what there is to read.
pub(super) struct Half {
    pub(super) headline: Headline,
    pub(super) responsibilities: Vec<Kept<Responsibility>>,
    pub(super) alignments: Vec<Kept<Alignment>>,
}

impl Half {
    fn read(tx: &mut ReadTx<'_>, at: Instant, when: When) -> Result<Self, StoreError> {
        Ok(Self { headline: tx.headline(at, when, None)?, responsibilities: tx.all(when)?, alignments: tx.all(when)? })
    }
}

impl ReadTx<'_> {
    /// Reads one half, and the other beside it where there is much of it: on a connection of its own, in a snapshot that
    /// shows the same organization.
    pub(super) fn in_halves<T>(
        &mut self,
        at: Instant,
        when: When,
        other: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<(T, Half), StoreError> {
        let is_large = self.is_large()?;
        let Some(address) = self.address.filter(|_| is_large) else {
            return Ok((other(self)?, Half::read(self, at, when)?));
        };
        let (organization, head) = (self.organization, self.head()?);
        let (other, half) = std::thread::scope(|scope| {
            let half = scope.spawn(|| read_elsewhere(address, organization, &head, at, when));
            (other(self), half.join())
        });
        let other = other?;
        let half = match half {
            Ok(Ok(Some(half))) => half,
            // Something was written between the two snapshots.
            Ok(Ok(None)) => Half::read(self, at, when)?,
            Ok(Err(error)) => {
                tracing::debug!(%error, "a second connection did not read");
                Half::read(self, at, when)?
            }
            Err(_) => return Err(StoreError::Internal("a read panicked".into())),
        };
        Ok((other, half))
    }

    fn is_large(&mut self) -> Result<bool, StoreError> {
        let last: Option<i64> = series::table
            .filter(series::organization_id.eq(&self.organization_text))
            .select(series::number)
            .order(series::number.desc())
            .first(self.connection)
            .optional()?;
        Ok(last.is_some_and(|last| last >= LARGE))
    }
}

/// Reads a half on another connection, where it shows what the first one does: the log stands where it stood, and nothing
/// that a picture shows is written without it.
fn read_elsewhere(
    address: &Address,
    organization: OrganizationId,
    head: &Head,
    at: Instant,
    when: When,
) -> Result<Option<Half>, StoreError> {
    let mut connection = connect(address, Purpose::Read)?;
    connection.batch_execute(begin_reading(&connection))?;
    let mut tx = ReadTx::new(&mut connection, organization);
    if tx.head()? != *head {
        return Ok(None);
    }
    Half::read(&mut tx, at, when).map(Some)
}
