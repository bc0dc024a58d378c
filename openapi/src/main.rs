//! Writes the committed contract, or checks it.

use std::process::ExitCode;

fn main() -> ExitCode {
    let done = match std::env::args().nth(1).as_deref() {
        Some("write") => remit_openapi::write().map_err(|error| error.to_string()),
        Some("check") => remit_openapi::check(),
        _ => {
            eprintln!("usage: remit-openapi write|check");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("remit-openapi: {message}");
            ExitCode::FAILURE
        }
    }
}
