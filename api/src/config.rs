//! Configuration: flags over environment over a TOML file over defaults.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use remit_persistence::Address;
use serde::{Deserialize, Serialize};

use crate::event::feed::StreamLimits;
use crate::limit::Rates;
use crate::webhook::schedule::Schedule;

/// How long a client may take nothing of what is sent to it, in seconds.
const SEND_SECONDS: u32 = 30;

/// What can be configured; every field also stands in the environment and in the file.
#[derive(Args, Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where the data is: sqlite:PATH or postgres://… [default: sqlite:remit.db]
    #[arg(long, env = "REMIT_DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "REMIT_LISTEN", global = true)]
    pub listen: Option<SocketAddr>,
    /// Address of the metrics, or "off" [default: 127.0.0.1:9464]
    #[arg(long, env = "REMIT_METRICS_LISTEN", global = true)]
    pub metrics_listen: Option<String>,
    /// Requests a second for one credential, READS,WRITES, or "off" [default: 600,100]
    #[arg(long, env = "REMIT_RATE_LIMIT", global = true)]
    pub rate_limit: Option<String>,
    /// Streams of events that may be open, EACH,ALL (of one credential, of all together), or "off" [default: 100,2000]
    #[arg(long, env = "REMIT_EVENT_STREAMS", global = true)]
    pub event_streams: Option<String>,
    /// Seconds that a client may take nothing of what is sent to it before it is cut off [default: 30]
    #[arg(long, env = "REMIT_SEND_TIMEOUT", global = true)]
    pub send_timeout: Option<u32>,
    /// Origins that browsers may call from, separated by commas, or "*" [default: none]
    #[arg(long, env = "REMIT_CORS_ORIGINS", global = true)]
    pub cors_origins: Option<String>,
    /// Certificate chain, PEM; with --tls-key the service speaks TLS
    #[arg(long, env = "REMIT_TLS_CERT", global = true)]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, env = "REMIT_TLS_KEY", global = true)]
    pub tls_key: Option<PathBuf>,
    /// File with the secret that signs tokens, at least 32 bytes [default: beside the database]
    #[arg(long, env = "REMIT_SECRET_FILE", global = true)]
    pub secret_file: Option<PathBuf>,
    /// How much is logged: error, warn, info, debug [default: info]
    #[arg(long, env = "REMIT_LOG", global = true)]
    pub log: Option<String>,
    /// Form of the log: text or json [default: json where standard error is no terminal]
    #[arg(long, env = "REMIT_LOG_FORMAT", global = true)]
    pub log_format: Option<String>,
    /// Threads that answer requests [default: one for each core]
    #[arg(long, env = "REMIT_WORKERS", global = true)]
    pub workers: Option<usize>,
    /// Threads that read the database [default: 2]
    #[arg(long, env = "REMIT_READERS", global = true)]
    pub readers: Option<usize>,
    /// Connections that write to PostgreSQL [default: 4]
    #[arg(long, env = "REMIT_WRITERS", global = true)]
    pub writers: Option<usize>,
    /// Whether this server does background work, on or off: of several at least one does [default: on]
    #[arg(long, env = "REMIT_BACKGROUND", global = true)]
    pub background: Option<String>,
    /// How often it is looked for findings that came or went, in seconds [default: 60]
    #[arg(long, env = "REMIT_FINDINGS_EVERY", global = true)]
    pub findings_every: Option<u32>,
    /// What seals the secrets of webhooks, at least 32 characters [default: a key file beside the database]
    #[arg(long, env = "REMIT_SECRET_KEY", hide_env_values = true, global = true)]
    pub secret_key: Option<String>,
    /// Whether webhooks may lead to private addresses and do without TLS, on or off [default: off]
    #[arg(long, env = "REMIT_WEBHOOKS_ALLOW_PRIVATE", global = true)]
    pub webhooks_allow_private: Option<String>,
    /// Certificate authorities, PEM, that webhooks may have besides those of the web
    #[arg(long, env = "REMIT_WEBHOOKS_CA", global = true)]
    pub webhooks_ca: Option<PathBuf>,
    /// When webhooks are tried again: FIRST,LONGEST,WHOLE in seconds [default: 5,14400,259200]
    #[arg(long, env = "REMIT_WEBHOOKS_RETRY", global = true)]
    pub webhooks_retry: Option<String>,
    /// Where mail is handed over, smtp://USER:PASSWORD@HOST:PORT?tls=required or smtps://… [default: no mail]
    #[arg(long, env = "REMIT_SMTP_URL", hide_env_values = true, global = true)]
    pub smtp_url: Option<String>,
    /// From whom mail is, such as "Remit <remit@example.org>"; with --smtp-url
    #[arg(long, env = "REMIT_MAIL_FROM", global = true)]
    pub mail_from: Option<String>,
}

/// What is in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the data is.
    pub address: Address,
    /// Where the service listens.
    pub listen: SocketAddr,
    /// Where the metrics are, if anywhere.
    pub metrics_listen: Option<SocketAddr>,
    /// How much a credential may ask.
    pub rates: Option<Rates>,
    /// How many streams of events may be open.
    pub streams: Option<StreamLimits>,
    /// How long a client may take nothing of what is sent to it.
    pub send_timeout: Duration,
    /// Origins that browsers may call from.
    pub cors_origins: Vec<String>,
    /// Certificate chain and key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Where the secret is.
    pub secret_file: PathBuf,
    /// How much is logged.
    pub log: String,
    /// Whether the log is JSON.
    pub log_json: bool,
    /// Threads that answer requests.
    pub workers: Option<usize>,
    /// What the store may use.
    pub limits: remit_persistence::Limits,
    /// Whether background work is done here.
    pub background: bool,
    /// How often it is looked for findings that came or went.
    pub findings_every: Duration,
    /// Where mail is handed over, and from whom it is.
    pub mail: Option<(String, String)>,
    /// What seals the secrets of webhooks, where it is not in the file.
    pub secret_key: Option<SecretKey>,
    /// Where that key is kept else: beside a database that is a file.
    pub key_file: Option<PathBuf>,
    /// Whether webhooks may lead to private addresses and do without TLS.
    pub webhooks_allow_private: bool,
    /// Certificate authorities that webhooks may have besides those of the web.
    pub webhooks_ca: Option<PathBuf>,
    /// When webhooks are tried again.
    pub webhooks_retry: Schedule,
}

/// A key that is not printed.
#[derive(Clone)]
pub struct SecretKey(String);
impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Settings {
    /// These settings, and where they say nothing, those of a file.
    #[must_use]
    pub fn over(self, file: Self) -> Self {
        Self {
            database_url: self.database_url.or(file.database_url),
            listen: self.listen.or(file.listen),
            metrics_listen: self.metrics_listen.or(file.metrics_listen),
            rate_limit: self.rate_limit.or(file.rate_limit),
            event_streams: self.event_streams.or(file.event_streams),
            send_timeout: self.send_timeout.or(file.send_timeout),
            cors_origins: self.cors_origins.or(file.cors_origins),
            tls_cert: self.tls_cert.or(file.tls_cert),
            tls_key: self.tls_key.or(file.tls_key),
            secret_file: self.secret_file.or(file.secret_file),
            log: self.log.or(file.log),
            log_format: self.log_format.or(file.log_format),
            workers: self.workers.or(file.workers),
            readers: self.readers.or(file.readers),
            writers: self.writers.or(file.writers),
            background: self.background.or(file.background),
            findings_every: self.findings_every.or(file.findings_every),
            secret_key: self.secret_key.or(file.secret_key),
            webhooks_allow_private: self.webhooks_allow_private.or(file.webhooks_allow_private),
            webhooks_ca: self.webhooks_ca.or(file.webhooks_ca),
            webhooks_retry: self.webhooks_retry.or(file.webhooks_retry),
            smtp_url: self.smtp_url.or(file.smtp_url),
            mail_from: self.mail_from.or(file.mail_from),
        }
    }

    /// Reads a TOML file of settings.
    ///
    /// # Errors
    /// A sentence that names the file and what is wrong in it.
    pub fn from_file(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// What is in force.
    ///
    /// # Errors
    /// A sentence that names the setting that cannot be used.
    pub fn resolve(self) -> Result<Config, String> {
        let Self {
            database_url,
            listen,
            metrics_listen,
            rate_limit,
            event_streams,
            send_timeout,
            cors_origins,
            tls_cert,
            tls_key,
            secret_file,
            log,
            log_format,
            workers,
            readers,
            writers,
            background,
            findings_every,
            secret_key,
            webhooks_allow_private,
            webhooks_ca,
            webhooks_retry,
            smtp_url,
            mail_from,
        } = self;
        let address = Address::parse(database_url.as_deref().unwrap_or("sqlite:remit.db"))
            .map_err(|error| format!("database_url: {error}"))?;
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let metrics_listen = match metrics_listen.as_deref() {
            None => Some(loopback(9464)),
            Some("off") => None,
            Some(text) => {
                Some(text.parse().map_err(|_| format!("metrics_listen: {text} is no address such as 127.0.0.1:9464"))?)
            }
        };
        let rates = rate_limit.as_deref().map_or(Ok(Some(Rates::default())), parse_rates)?;
        let streams = event_streams.as_deref().map_or(Ok(Some(StreamLimits::default())), parse_streams)?;
        let tls = match (tls_cert, tls_key) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            _ => return Err("tls_cert and tls_key are used together".into()),
        };
        let log_json = match log_format.as_deref() {
            None => !std::io::IsTerminal::is_terminal(&std::io::stderr()),
            Some("json") => true,
            Some("text") => false,
            Some(other) => return Err(format!("log_format: {other} is neither text nor json")),
        };
        let secret_file = secret_file.unwrap_or_else(|| match address.file() {
            Some(file) => PathBuf::from(format!("{}.secret", file.display())),
            None => PathBuf::from("remit.secret"),
        });
        let mut limits = remit_persistence::Limits::default();
        limits.readers = readers.unwrap_or(limits.readers).clamp(1, 64);
        limits.writers = writers.unwrap_or(limits.writers).clamp(1, 64);
        let background = is_on("background", background.as_deref(), true)?;
        let webhooks_allow_private = is_on("webhooks_allow_private", webhooks_allow_private.as_deref(), false)?;
        let secret_key = match secret_key {
            Some(key) if key.len() < 32 => return Err("secret_key: a key has at least 32 characters".into()),
            key => key.map(SecretKey),
        };
        let key_file = address.file().map(|file| format!("{}.key", file.display()).into());
        let webhooks_retry = match webhooks_retry.as_deref() {
            None => Schedule::default(),
            Some(text) => Schedule::parse(text).ok_or_else(|| {
                format!("webhooks_retry: {text} is not FIRST,LONGEST,WHOLE, seconds that do not become fewer")
            })?,
        };
        let mail = match (smtp_url, mail_from) {
            (Some(url), Some(from)) => Some((url, from)),
            (None, None) => None,
            _ => return Err("smtp_url and mail_from are used together".into()),
        };
        let log = log.unwrap_or_else(|| "info".into());
        if !["error", "warn", "info", "debug", "trace"].contains(&log.as_str()) {
            return Err(format!("log: {log} is none of error, warn, info, debug, trace"));
        }
        Ok(Config {
            address,
            listen: listen.unwrap_or(loopback(8080)),
            metrics_listen,
            rates,
            streams,
            send_timeout: Duration::from_secs(send_timeout.unwrap_or(SEND_SECONDS).clamp(1, 3_600).into()),
            cors_origins: cors_origins
                .unwrap_or_default()
                .split(',')
                .map(|origin| origin.trim().to_owned())
                .filter(|origin| !origin.is_empty())
                .collect(),
            tls,
            secret_file,
            log,
            log_json,
            workers: workers.map(|workers| workers.clamp(1, 256)),
            limits,
            background,
            findings_every: Duration::from_secs(findings_every.unwrap_or(60).clamp(1, 86_400).into()),
            secret_key,
            key_file,
            webhooks_allow_private,
            webhooks_ca,
            webhooks_retry,
            mail,
        })
    }
}

/// Whether a setting is on.
fn is_on(name: &str, text: Option<&str>, default: bool) -> Result<bool, String> {
    match text {
        None => Ok(default),
        Some("on") => Ok(true),
        Some("off") => Ok(false),
        Some(other) => Err(format!("{name}: {other} is neither on nor off")),
    }
}

fn parse_rates(text: &str) -> Result<Option<Rates>, String> {
    if text == "off" {
        return Ok(None);
    }
    let read = || {
        let (reads, writes) = text.split_once(',')?;
        let (reads, writes) = (reads.trim().parse().ok()?, writes.trim().parse().ok()?);
        (reads > 0 && writes > 0).then_some(Rates { reads, writes })
    };
    read().map(Some).ok_or_else(|| format!("rate_limit: {text} is neither READS,WRITES nor off"))
}

fn parse_streams(text: &str) -> Result<Option<StreamLimits>, String> {
    if text == "off" {
        return Ok(None);
    }
    let read = || {
        let (each, all) = text.split_once(',')?;
        let (each, all) = (each.trim().parse().ok()?, all.trim().parse().ok()?);
        (each > 0 && all > 0).then_some(StreamLimits { each, all })
    };
    read().map(Some).ok_or_else(|| format!("event_streams: {text} is neither EACH,ALL nor off"))
}

/// The secret that signs tokens and seals cursors; made where there is none, readable by its owner only.
///
/// # Errors
/// A sentence: the file cannot be read or made, or holds fewer than 32 bytes.
pub fn secret(path: &Path) -> Result<Vec<u8>, String> {
    use std::io::Write;
    match std::fs::read(path) {
        Ok(secret) if secret.len() >= 32 => Ok(secret),
        Ok(_) => Err(format!("{}: a secret has at least 32 bytes", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let secret = random_text(48);
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let made = options.open(path).and_then(|mut file| {
                file.write_all(secret.as_bytes())?;
                file.sync_all()
            });
            made.map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(secret.into_bytes())
        }
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

/// Random bytes as URL-safe text.
pub fn random_text(bytes: usize) -> String {
    use base64::Engine;
    use rand::Rng;
    let mut random = vec![0u8; bytes];
    rand::rng().fill_bytes(&mut random);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random)
}

impl Config {
    /// What seals the secrets of webhooks; its file is made where there is none. Nothing where the database is shared
    /// and no key was given: a file of its own would have each server seal what the others cannot open.
    ///
    /// # Errors
    /// As [`secret`].
    pub fn sealing_key(&self) -> Result<Option<Vec<u8>>, String> {
        match (&self.secret_key, &self.key_file) {
            (Some(SecretKey(key)), _) => Ok(Some(key.as_bytes().to_vec())),
            (None, Some(file)) => secret(file).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// What is in force, line by line, with secrets masked.
    pub fn describe(&self) -> String {
        let Self {
            address,
            listen,
            metrics_listen,
            rates,
            streams,
            send_timeout,
            cors_origins,
            tls,
            secret_file,
            log,
            log_json,
            workers,
            limits,
            background,
            findings_every,
            secret_key,
            key_file,
            webhooks_allow_private,
            webhooks_ca,
            webhooks_retry,
            mail,
        } = self;
        let off = || "off".to_owned();
        let lines = [
            ("database_url", masked(address)),
            ("listen", listen.to_string()),
            ("metrics_listen", metrics_listen.map_or_else(off, |address| address.to_string())),
            ("rate_limit", rates.map_or_else(off, |rates| format!("{},{}", rates.reads, rates.writes))),
            ("event_streams", streams.map_or_else(off, |streams| format!("{},{}", streams.each, streams.all))),
            ("cors_origins", cors_origins.join(",")),
            ("tls_cert", tls.as_ref().map_or_else(off, |(cert, _)| cert.display().to_string())),
            ("tls_key", tls.as_ref().map_or_else(off, |(_, key)| key.display().to_string())),
            ("secret_file", secret_file.display().to_string()),
            ("log", log.clone()),
            ("log_format", if *log_json { "json".into() } else { "text".into() }),
            ("smtp_url", mail.as_ref().map_or_else(off, |(url, _)| masked_url(url))),
            ("mail_from", mail.as_ref().map_or_else(off, |(_, from)| from.clone())),
            ("background", if *background { "on".into() } else { off() }),
            (
                "secret_key",
                match (secret_key, key_file) {
                    (Some(key), _) => format!("{key:?}"),
                    (None, Some(file)) => file.display().to_string(),
                    (None, None) => off(),
                },
            ),
            ("webhooks_allow_private", if *webhooks_allow_private { "on".into() } else { off() }),
            ("webhooks_ca", webhooks_ca.as_ref().map_or_else(off, |path| path.display().to_string())),
            ("webhooks_retry", webhooks_retry.describe()),
        ];
        let mut text: String = lines.iter().map(|(name, value)| format!("{name} = \"{value}\"\n")).collect();
        if let Some(workers) = workers {
            text.push_str(&format!("workers = {workers}\n"));
        }
        text.push_str(&format!("findings_every = {}\n", findings_every.as_secs()));
        text.push_str(&format!("send_timeout = {}\n", send_timeout.as_secs()));
        text.push_str(&format!("readers = {}\nwriters = {}\n", limits.readers, limits.writers));
        text
    }
}

/// A database URL without its password.
fn masked(address: &Address) -> String {
    match address {
        Address::Sqlite(path) => format!("sqlite:{}", path.display()),
        Address::Postgres(url) => masked_url(url),
    }
}

/// A URL without its password.
fn masked_url(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let place = match place.rsplit_once('@') {
        Some((user, host)) => format!("{}:***@{host}", user.split(':').next().unwrap_or("")),
        None => place.to_owned(),
    };
    let open = |pair: &&str| !pair.to_ascii_lowercase().contains("password");
    let query: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).filter(open).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    format!("{scheme}://{place}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        for url in
            ["postgres://ada:s3cret@db:5432/remit", "postgres://db/remit?user=ada&password=s3cret&sslmode=require"]
        {
            let settings = Settings { database_url: Some(url.into()), ..Settings::default() };
            let described = settings.resolve().expect("a configuration").describe();
            assert!(!described.contains("s3cret"), "{described}");
            assert!(described.contains("remit"), "{described}");
        }
    }

    #[test]
    fn flags_win_over_the_file() {
        let file = Settings { log: Some("debug".into()), workers: Some(3), ..Settings::default() };
        let flags = Settings { log: Some("warn".into()), ..Settings::default() };
        let both = flags.over(file);
        assert_eq!((both.log.as_deref(), both.workers), (Some("warn"), Some(3)));
    }
}
