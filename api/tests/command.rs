//! The command as an operator runs it: what it prints, how it ends, and what happens when it is told to stop.

#![expect(clippy::expect_used, clippy::panic, reason = "in a test a panic is the message")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// A folder of a test's own, removed at its end.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The command, on the database of this place, hearing nothing of the machine's own settings.
    fn remit(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_remit"));
        command.env_clear().current_dir(self.0.path()).stdin(Stdio::null());
        // A flag wins over the environment, so that a test may say otherwise.
        command.env("REMIT_DATABASE_URL", "sqlite:remit.db").env("REMIT_LISTEN", "127.0.0.1:0");
        command.env("REMIT_METRICS_LISTEN", "off").env("REMIT_LOG_FORMAT", "json").args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.remit(arguments).output().expect("the command runs")
    }

    /// What it prints when it succeeds.
    fn told(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// The code with which it ends, and its sentence.
    fn refused(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        assert!(output.stdout.is_empty(), "a refusal is no output");
        let sentence = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().expect("it was not killed"), sentence)
    }

    fn organization(&self) -> String {
        self.told(&["org", "create", "--name", "Example Ltd", "--slug", "example"]).trim().to_owned()
    }
}

/// A service that is killed when the test ends early.
struct Service {
    process: Child,
    address: String,
    log: BufReader<std::process::ChildStderr>,
}

impl Service {
    fn start(place: &Place, arguments: &[&str]) -> Self {
        let mut process = place.remit(arguments).arg("serve").stderr(Stdio::piped()).spawn().expect("it starts");
        let log = BufReader::new(process.stderr.take().expect("a log"));
        let mut service = Self { process, address: String::new(), log };
        let mut told = String::new();
        loop {
            let before = told.len();
            assert!(service.log.read_line(&mut told).expect("a log") > 0, "it has ended: {told}");
            let line = told.get(before..).unwrap_or_default();
            if line.contains("\"serving\"") {
                let address = line.split("\"address\":\"").nth(1).and_then(|rest| rest.split('"').next());
                address.unwrap_or_else(|| panic!("{line}")).clone_into(&mut service.address);
                return service;
            }
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("the service");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        stream
    }

    fn ask(&self, method: &str, path: &str, key: &str, body: &str) -> String {
        let mut stream = self.connect();
        let head = head(method, path, key, body.len(), "connection: close\r\n");
        stream.write_all(format!("{head}{body}").as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    fn signal(&self, name: &str) {
        let done = Command::new("kill").args([name, &self.process.id().to_string()]).status().expect("kill");
        assert!(done.success());
    }

    /// Waits for the end; the code, and the rest of the log.
    fn end(mut self) -> (i32, String) {
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).expect("a log");
        (self.process.wait().expect("an end").code().unwrap_or(-1), rest)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Where it has ended by itself, there is nothing to kill.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn head(method: &str, path: &str, key: &str, length: usize, more: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n{more}\r\n"
    )
}

#[test]
fn told_to_stop_it_finishes_what_is_under_way_and_ends_well() {
    let place = Place::new();
    let key = place.organization();
    let service = Service::start(&place, &[]);
    let body = r#"{"title": "at the last moment"}"#;
    let (first, last) = body.split_at(10);
    let mut slow = service.connect();
    slow.write_all(head("POST", "/v1/themes", &key, body.len(), "expect: 100-continue\r\n").as_bytes())
        .expect("a head");
    // The answer says that the request is under way.
    let mut reader = BufReader::new(slow.try_clone().expect("a stream"));
    let mut line = String::new();
    reader.read_line(&mut line).expect("an answer");
    assert!(line.starts_with("HTTP/1.1 100"), "{line}");
    slow.write_all(first.as_bytes()).expect("half a body");

    service.signal("-TERM");
    // Nobody new is let in.
    while TcpStream::connect(&service.address).is_ok() {
        std::thread::yield_now();
    }
    slow.write_all(last.as_bytes()).expect("the other half");
    let mut answer = String::new();
    drop(reader.read_to_string(&mut answer));
    assert!(answer.contains("HTTP/1.1 201"), "{answer}");
    let (code, log) = service.end();
    assert_eq!(code, 0, "{log}");

    let service = Service::start(&place, &[]);
    assert!(service.ask("GET", "/v1/themes", &key, "").contains("at the last moment"));
    service.signal("-INT");
    assert_eq!(service.end().0, 0);
}

#[test]
fn what_was_answered_survives_a_killed_process() {
    let place = Place::new();
    let key = place.organization();
    let service = Service::start(&place, &[]);
    for n in 0..20 {
        let body = format!("{{\"title\": \"theme {n}\"}}");
        assert!(service.ask("POST", "/v1/themes", &key, &body).starts_with("HTTP/1.1 201"));
    }
    service.signal("-KILL");
    service.end();
    let service = Service::start(&place, &[]);
    let themes = service.ask("GET", "/v1/themes", &key, "");
    assert!((0..20).all(|n| themes.contains(&format!("\"theme {n}\""))), "{themes}");
}

#[test]
fn a_database_that_is_served_is_left_to_its_server() {
    let place = Place::new();
    let key = place.organization();
    let service = Service::start(&place, &[]);
    for arguments in [&["serve"][..], &["migrate"], &["org", "create", "--name", "B", "--slug", "b"]] {
        let (code, sentence) = place.refused(arguments);
        assert_eq!(code, 1, "{sentence}");
        assert!(sentence.contains("in use by another remit"), "{sentence}");
    }
    // A token is made beside it.
    let token = place.told(&["token", "--scope", "read"]);
    assert!(service.ask("GET", "/v1/themes", token.trim(), "").starts_with("HTTP/1.1 200"));
    assert!(service.ask("POST", "/v1/themes", token.trim(), r#"{"title": "x"}"#).starts_with("HTTP/1.1 403"));
    let listen = ["--listen", service.address.as_str(), "health"];
    assert_eq!(place.told(&listen).trim(), "ready");
    assert!(service.ask("GET", "/v1/me", &key, "").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_command_ends_with_a_code_that_a_script_can_use() {
    let place = Place::new();
    let key = place.organization();
    assert!(key.starts_with("remit_") && !key.contains(char::is_whitespace), "the key alone is printed");
    let cases: [(&[&str], i32, &str); 8] = [
        (&["token", "--scope", "everything"], 2, "everything"),
        (&["token", "--scope", "read", "--ttl", "soon"], 2, "soon"),
        (&["token", "--scope", "read", "--organization", "other"], 3, "other"),
        (&["org", "create", "--name", "B", "--slug", "example"], 3, "slug"),
        (&["org", "create", "--name", "B", "--slug", "Not A Slug"], 2, "slug"),
        (&["org", "create", "--name", "B", "--slug", "b", "--time-zone", "Moon/Base"], 2, "time-zone"),
        (&["--listen", "127.0.0.1:1", "health"], 4, "127.0.0.1:1"),
        (&["nonsense"], 2, "nonsense"),
    ];
    for (arguments, code, word) in cases {
        let (ended, sentence) = place.refused(arguments);
        assert_eq!(ended, code, "{arguments:?}: {sentence}");
        assert!(sentence.contains(word), "{arguments:?}: {sentence}");
    }
    assert!(place.told(&["org", "list"]).starts_with("example\torg_"));
}

#[test]
fn a_backup_is_put_back_beside_a_running_service() {
    let place = Place::new();
    let key = place.organization();
    let service = Service::start(&place, &[]);
    assert!(service.ask("POST", "/v1/themes", &key, r#"{"title": "kept"}"#).starts_with("HTTP/1.1 201"));
    place.told(&["backup", "copy.db"]);
    let (code, sentence) = place.refused(&["backup", "copy.db"]);
    assert_eq!((code, sentence.contains("exists")), (1, true), "{sentence}");
    place.told(&["--database-url", "sqlite:other.db", "restore", "copy.db"]);
    // The secret stays with the database that it was made for; the key is in the copy.
    let other = Service::start(&place, &["--database-url", "sqlite:other.db"]);
    assert!(other.ask("GET", "/v1/themes", &key, "").contains("kept"));
}

#[test]
fn a_secret_is_made_for_its_owner_alone_and_never_printed() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.organization();
    place.told(&["token", "--scope", "read"]);
    let file = place.path("remit.db.secret");
    let mode = fs::metadata(&file).expect("a secret").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let secret = fs::read_to_string(&file).expect("a secret");
    assert!(secret.len() >= 32);
    let config = place.told(&["--database-url", "postgres://ada:hidden@db/remit", "config"]);
    assert!(!config.contains("hidden") && !config.contains(&secret), "{config}");
    fs::write(&file, "short").expect("a file");
    let (code, sentence) = place.refused(&["token", "--scope", "read"]);
    assert_eq!((code, sentence.contains("32 bytes")), (1, true), "{sentence}");
}

#[test]
fn the_contract_is_printed_as_it_is_served() {
    let place = Place::new();
    let printed = place.told(&["openapi"]);
    assert_eq!(printed, remit_api::contract::Contract::shared().text);
    assert!(!place.path("remit.db").exists(), "looking at the contract makes no database");
}

#[test]
fn a_log_is_verified_on_the_database_and_a_changed_byte_is_named() {
    let place = Place::new();
    let key = place.organization();
    let service = Service::start(&place, &[]);
    service.ask("POST", "/v1/themes", &key, r#"{"title": "as it was written"}"#);
    let head = service.ask("GET", "/v1/changes/head", &key, "");
    let head = head.split("\r\n\r\n").nth(1).expect("a body").to_owned();
    let head = head.get(head.find('{').unwrap_or(0)..=head.rfind('}').unwrap_or(0)).expect("JSON").to_owned();
    fs::write(place.path("head.json"), &head).expect("a file");
    fs::write(place.path("other.json"), head.replace("\"revision\":", "\"revision\":1")).expect("a file");
    // Beside the running service.
    let told = place.told(&["verify", "--head", "head.json"]);
    assert!(told.starts_with("example\tsound\t"), "{told}");
    service.ask("POST", "/v1/themes", &key, r#"{"title": "another"}"#);
    service.signal("-TERM");
    assert_eq!(service.end().0, 0);
    place.told(&["verify", "--organization", "example", "--head", "head.json"]);
    let (code, sentence) = place.refused(&["verify", "--head", "other.json"]);
    assert_eq!(code, 5, "{sentence}");
    assert_eq!(place.refused(&["verify", "--organization", "other"]).0, 3);
    assert_eq!(place.refused(&["verify", "--head", "nowhere.json"]).0, 2);

    let mut bytes = fs::read(place.path("remit.db")).expect("a database");
    let (old, new) = (b"as it was written", b"as it is rewrittn");
    for at in 0..bytes.len() - old.len() {
        if bytes.get(at..at + old.len()) == Some(old) {
            bytes.splice(at..at + old.len(), *new);
        }
    }
    fs::write(place.path("remit.db"), bytes).expect("a database");
    let output = place.run(&["verify"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(5), "{told}");
    assert!(told.starts_with("example\tbroken\t") && told.contains("\thash\t"), "{told}");
}
