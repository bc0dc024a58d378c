//! `remit import` as an operator runs it: the program itself, against a running service.

#![expect(clippy::expect_used, clippy::panic, reason = "in a test a panic is the message")]

mod client;
#[expect(dead_code, reason = "the tests of the interface use the rest")]
mod server;
#[path = "import/sheet.rs"]
mod sheet;
#[path = "import/viva_goals.rs"]
mod viva_goals;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::server::{Place, number, scratch};

/// As the tests of the interface do, where what a server leaves beside it is removed again.
pub fn on_both(body: impl Fn(&Place)) {
    std::env::set_current_dir(scratch()).expect("a folder");
    server::on_both(body);
}

/// What came of running the command.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// What it printed.
    pub out: String,
    /// What it complained of.
    pub err: String,
}

/// Runs `remit import`.
pub fn import(place: &Place, arguments: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_remit"))
        .arg("import")
        .args(arguments)
        .args(["--url", &place.server.address, "--token", place.admin.token.as_deref().unwrap_or_default()])
        .output()
        .expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
}

impl Ran {
    /// Checks the exit code, and that something was printed.
    pub fn expect(&self, code: i32, printed: &[&str]) -> &Self {
        assert_eq!(self.code, code, "{self:#?}");
        for line in printed {
            assert!(self.out.contains(line) || self.err.contains(line), "{line}: {self:#?}");
        }
        self
    }
}

/// A folder of a test's own, with files.
pub fn folder(files: &[(&str, &[u8])]) -> PathBuf {
    let folder = scratch().join(format!("import-{}", number()));
    fs::create_dir_all(&folder).expect("a folder");
    for (name, content) in files {
        fs::write(folder.join(name), content).expect("a file");
    }
    folder
}

/// A path as an argument.
pub fn at(folder: &std::path::Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}
