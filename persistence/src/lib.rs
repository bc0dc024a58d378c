//! Where Remit keeps what it knows: one store over SQLite or PostgreSQL, one way to write, one log.

// Linked for what they bring: TLS to PostgreSQL, and SQLite and libpq built with the program.
use libsqlite3_sys as _;
use openssl_sys as _;
use pq_sys as _;

mod alignment;
mod assignment;
mod change;
pub mod clock;
mod connection;
mod credential;
mod dependents;
mod directory;
mod error;
mod head;
mod idempotency;
mod measure;
mod memory;
mod migrate;
mod mission;
mod observation;
mod organization;
mod outcome;
mod period;
mod person;
mod picture;
mod read;
mod record;
mod responsibility;
mod role;
mod rule;
mod scene;
mod schema;
mod skill;
mod store;
mod team;
mod theme;
mod versioned;
mod waiver;
mod write;
mod writer;

pub use connection::Address;
pub use directory::KeptIssuer;
pub use error::{Conflict, StoreError};
pub use head::Head;
pub use idempotency::KeptAnswer;
pub use memory::Receiver;
pub use observation::{Batch, BatchRow, KeptObservation, Recorded, Remark};
pub use read::{Name, ReadTx, Stored};
pub use scene::Entry;
pub use store::{Limits, Store};
pub use versioned::When;
pub use write::WriteTx;
