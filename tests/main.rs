//! Remit from outside, as a client sees it: over HTTP, on SQLite and on PostgreSQL.
//!
//! Every test gets an organization of its own; each database is served once for all of them.

#![expect(clippy::expect_used, clippy::panic, reason = "in a test a panic is the message")]

mod client;
mod server;

mod board;
mod body;
mod bound;
mod briefing;
mod calendar;
mod change;
mod check_in;
mod contract;
mod credential;
mod diff;
mod digest;
mod draft;
mod duty;
mod edge;
mod event;
mod export;
mod finding;
mod forecast;
mod guide;
mod history;
mod impact;
mod import;
mod limit;
mod mail;
mod observation;
mod outcome;
mod page;
mod person;
mod precondition;
mod refusal;
mod responsibility;
mod retry;
mod rule;
mod story;
mod stream;
mod theme;
mod travel;
mod webhook;
mod work;
