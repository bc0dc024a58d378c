//! The `remit` command: the service and everything that an operator does with it.

#![expect(clippy::print_stdout, reason = "a command speaks on standard output")]

mod command;

/// One heap that all threads share well: pictures of a large organization are many small pieces, made by one thread and
/// let go by another.
#[global_allocator]
static HEAP: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let command = command::Command::parse();
    match command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("remit: {}", failure.message);
            ExitCode::from(failure.code)
        }
    }
}
