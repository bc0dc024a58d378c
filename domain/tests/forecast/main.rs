//! Forecasts: what they say, what they refuse to say, and how they do on real data.

#![expect(clippy::expect_used, reason = "in a test a panic is the message")]

mod backtest;
mod sample;
mod table;
mod words;
