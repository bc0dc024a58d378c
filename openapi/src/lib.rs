//! The committed contract: `openapi.json` is what the code generates, and a difference is a fault.

use std::path::PathBuf;
use std::{fs, io};

use remit_api::contract::Contract;

/// What writes the contract again.
pub const COMMAND: &str = "cargo run -p remit-openapi -- write";

/// Where the committed contract stands.
pub fn path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json"))
}

/// Writes the contract that the code generates.
///
/// # Errors
/// When the file cannot be written.
pub fn write() -> io::Result<()> {
    fs::write(path(), &Contract::shared().text)
}

/// Whether the committed contract is what the code generates.
///
/// # Errors
/// A sentence with the first line that differs, and what to run.
pub fn check() -> Result<(), String> {
    let committed =
        fs::read_to_string(path()).map_err(|error| format!("{}: {error}; run {COMMAND}", path().display()))?;
    match difference(&committed, &Contract::shared().text) {
        None => Ok(()),
        Some(difference) => Err(format!("{}: {difference}; run {COMMAND}", path().display())),
    }
}

/// The first line in which two texts differ, for a person.
fn difference(committed: &str, generated: &str) -> Option<String> {
    if committed == generated {
        return None;
    }
    let mut lines = committed.lines().zip(generated.lines()).enumerate();
    Some(match lines.find(|(_, (committed, generated))| committed != generated) {
        Some((at, (committed, generated))) => {
            format!("line {} is `{}`, and the code generates `{}`", at + 1, committed.trim(), generated.trim())
        }
        None => "it ends where the code generates more, or the other way round".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_contract_is_what_the_code_generates() {
        if let Err(difference) = check() {
            panic!("{difference}");
        }
    }

    #[test]
    fn a_difference_names_its_line() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
        assert!(difference("a\nb\n", "a\nc\n").is_some_and(|text| text.starts_with("line 2 is `b`")));
        assert!(difference("a\n", "a\nb\n").is_some_and(|text| text.contains("more")));
    }
}
