//! The server under test: the real program as a process of its own, on a database of its own.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::client::Client;

/// How often a starting server is asked whether it is ready.
const EVERY: Duration = Duration::from_micros(250);

/// A running `remit serve`.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from its start until it was ready.
    pub ready_after: Duration,
}

/// What a server is started with.
#[derive(Clone)]
pub struct Program {
    /// The `remit` binary.
    pub remit: PathBuf,
    /// The database.
    pub database_url: String,
    /// The secret that signs its tokens.
    pub secret_file: PathBuf,
}

impl Program {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.remit);
        command.args(["--database-url", &self.database_url, "--metrics-listen", "off", "--log", "warn"]);
        command.args(["--webhooks-allow-private", "on"]);
        command.arg("--secret-file").arg(&self.secret_file);
        command
    }

    /// Makes an organization and returns its key.
    ///
    /// # Errors
    /// What the command says.
    pub fn found(&self, slug: &str) -> Result<String, String> {
        let mut command = self.command();
        let output = command.args(["org", "create", "--name", "Load", "--slug", slug]).output();
        let output = output.map_err(|error| format!("{}: {error}", self.remit.display()))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Serves, and waits until it is ready.
    ///
    /// # Errors
    /// That it ended, or was not ready within ten seconds.
    pub fn serve(&self) -> Result<Server, String> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.map_err(|error| error.to_string())?;
        let mut command = self.command();
        command
            .args(["--rate-limit", "off", "--event-streams", "off", "--listen", &address.to_string(), "serve"])
            .stdin(Stdio::null());
        let began = Instant::now();
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", self.remit.display()))?;
        loop {
            let ready = Client::connect(address, "none").is_ok_and(|mut client| client.get("/readyz").is_ok());
            if ready {
                return Ok(Server { child, address, ready_after: began.elapsed() });
            }
            if let Ok(Some(status)) = child.try_wait() {
                return Err(format!("remit serve ended: {status}"));
            }
            if began.elapsed() > Duration::from_secs(10) {
                return Err("remit serve was not ready within 10 seconds".into());
            }
            pause(EVERY);
        }
    }
}

/// Lets some time pass: what is waited for here gives no other sign than an answer.
pub fn pause(time: Duration) {
    std::thread::park_timeout(time);
}

impl Server {
    /// Megabytes of its memory in use (`VmRSS`), or the most that ever were (`VmHWM`).
    ///
    /// # Errors
    /// That the system does not say.
    pub fn memory(&self, field: &str) -> Result<f64, String> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(Path::new(&path)).map_err(|error| format!("{path}: {error}"))?;
        let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        let kilobytes: f64 =
            line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).ok_or(format!("no {field}"))?;
        Ok(kilobytes / 1024.0)
    }

    /// Stops it at once, as a crash would.
    ///
    /// # Errors
    /// That it could not be stopped.
    pub fn kill(mut self) -> Result<(), String> {
        self.child.kill().and_then(|()| self.child.wait()).map(|_| ()).map_err(|error| error.to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended before.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
