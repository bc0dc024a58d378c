//! The `remit` command: the service and everything that an operator does with it.

#![expect(clippy::print_stdout, reason = "a command speaks on standard output")]

mod command;

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
