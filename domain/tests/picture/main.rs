//! What is computed from a picture, and the invariants that the domain refuses to break.

#![expect(clippy::expect_used, reason = "in a test a panic is the message")]

mod accountability;
mod again;
mod alignment;
mod board;
mod briefing;
mod changes;
mod digest;
mod duty;
mod forecast;
mod impact;
mod judgements;
mod numbers;
mod pace;
mod rules;
mod scale;
mod settings;
mod sketch;
