//! The client: how a command speaks with a running service.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::http::Response;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, SendBody};

use super::Failure;

/// Where the service is, and with which credential.
#[derive(Args, Clone)]
pub struct Service {
    /// Where the service is
    #[arg(long, env = "REMIT_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The token or API key to show
    #[arg(long, env = "REMIT_TOKEN", hide_env_values = true, default_value = "", hide_default_value = true)]
    token: String,
    /// Certificates to trust, PEM, where the service's own is not a public one
    #[arg(long, env = "REMIT_CA")]
    ca: Option<PathBuf>,
}

impl Service {
    /// A client of it.
    ///
    /// # Errors
    /// That no token was given, or that the certificates cannot be read.
    pub fn client(&self) -> Result<Client, Failure> {
        if self.token.is_empty() {
            return Err(Failure::usage("no token: give --token or set REMIT_TOKEN; remit token prints one"));
        }
        let roots = match &self.ca {
            None => RootCerts::WebPki,
            Some(file) => {
                let wrong = |error: &dyn std::fmt::Display| Failure::usage(format!("{}: {error}", file.display()));
                let pem = std::fs::read(file).map_err(|error| wrong(&error))?;
                let mut trusted = Vec::new();
                for item in parse_pem(&pem) {
                    if let PemItem::Certificate(certificate) = item.map_err(|error| wrong(&error))? {
                        trusted.push(certificate);
                    }
                }
                if trusted.is_empty() {
                    return Err(wrong(&"no certificate in it"));
                }
                RootCerts::Specific(Arc::new(trusted))
            }
        };
        Ok(Client::trusting(&self.url, &self.token, roots))
    }
}

/// A client of a running service.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    url: String,
    token: String,
}

/// A refusal, as far as a command reads it.
#[derive(Deserialize)]
pub struct Refusal {
    /// What happened, for a person.
    pub detail: String,
    /// The stable code.
    pub code: String,
    /// Where.
    #[serde(default)]
    pub errors: Vec<RefusedField>,
}

/// Where something is wrong.
#[derive(Deserialize)]
pub struct RefusedField {
    /// A JSON Pointer into the body.
    pub pointer: String,
    /// A stable code.
    pub code: String,
    /// The same for a person.
    pub detail: String,
}

/// What came back.
pub enum Answered<T> {
    /// It was done.
    Done(T),
    /// It was refused.
    Refused(Refusal),
}

impl Client {
    /// A client of the service at a URL.
    pub fn new(url: &str, token: &str) -> Self {
        Self::trusting(url, token, RootCerts::WebPki)
    }

    fn trusting(url: &str, token: &str, roots: RootCerts) -> Self {
        // The same cryptography as the service's own.
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider).root_certs(roots).build();
        let agent = Agent::config_builder().http_status_as_error(false).user_agent("remit").tls_config(tls);
        let agent = agent.build().new_agent();
        Self { agent, url: url.trim_end_matches('/').to_owned(), token: token.to_owned() }
    }

    /// Asks for something.
    ///
    /// # Errors
    /// That the service is not reached, or does not answer as Remit does.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Answered<T>, Failure> {
        let url = format!("{}{path}", self.url);
        let request = self.agent.get(&url).header("authorization", format!("Bearer {}", self.token));
        self.read(request.call())
    }

    /// Posts a body.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        content_type: &str,
        is_gzip: bool,
        body: &mut dyn Read,
    ) -> Result<Answered<T>, Failure> {
        let request = self
            .agent
            .post(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.token))
            .content_type(content_type);
        let request = if is_gzip { request.header("content-encoding", "gzip") } else { request };
        self.read(request.send(SendBody::from_reader(body)))
    }

    fn read<T: DeserializeOwned>(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<Answered<T>, Failure> {
        let mut answer = answer.map_err(|error| Failure::unreachable(format!("{}: {error}", self.url)))?;
        let status = answer.status();
        let mut bytes = Vec::new();
        let read = answer.body_mut().as_reader().read_to_end(&mut bytes);
        read.map_err(|error| Failure::unreachable(format!("{}: {error}", self.url)))?;
        if status.is_success() {
            let strange = |error| Failure::unreachable(format!("{}: not an answer of Remit: {error}", self.url));
            return serde_json::from_slice(&bytes).map(Answered::Done).map_err(strange);
        }
        match serde_json::from_slice::<Refusal>(&bytes) {
            Ok(refusal) if status.is_client_error() => Ok(Answered::Refused(refusal)),
            Ok(refusal) => Err(Failure::unreachable(format!("{status}: {}", refusal.detail))),
            Err(_) => Err(Failure::unreachable(format!("{}: {status}, not an answer of Remit", self.url))),
        }
    }
}

impl Refusal {
    /// The refusal as the end of a command.
    pub fn failure(&self) -> Failure {
        Failure::refused(format!("{} ({})", self.detail, self.code))
    }
}
