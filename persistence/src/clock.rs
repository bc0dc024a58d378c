//! The clock and the mint of identifiers: the only source of time and of chance in the store.

use remit_domain::id::Id;
use remit_domain::time::Instant;

/// The present instant, to the microsecond.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub fn now() -> Instant {
    Instant::from_micros(jiff::Timestamp::now().as_microsecond())
}

/// A new identifier; those made later order after those made earlier.
#[expect(clippy::disallowed_methods, reason = "this is the one place that mints identifiers")]
pub fn mint<T>() -> Id<T> {
    Id::from_bits(uuid::Uuid::now_v7().as_u128())
}
