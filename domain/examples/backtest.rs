//! The backtest of the forecast: `cargo run -p remit-domain --example backtest` prints the tables of docs/forecast.md.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a command for developers says what it found")]

#[path = "../tests/forecast/sample.rs"]
mod sample;
#[path = "../tests/forecast/table.rs"]
mod table;

fn main() {
    println!("{}", table::print(&table::series()));
}
