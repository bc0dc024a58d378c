//! The store, on SQLite and on PostgreSQL: every test runs on both, with an organization of its own.

#![expect(clippy::expect_used, clippy::panic, reason = "in a test a panic is the message")]

mod bus;
mod change;
mod database;
mod dependents;
mod directory;
mod entity;
mod erasure;
mod export;
mod file;
mod history;
mod idempotency;
mod job;
mod made;
mod migrate;
mod name;
mod observation;
mod picture;
mod said;
mod sighting;
mod tenant;
mod verification;
mod webhook;
mod writer;
