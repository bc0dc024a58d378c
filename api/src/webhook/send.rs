//! Sending: one request to one address that was checked, and as little of the answer as will do.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use remit_domain::webhook::WebhookUrl;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::address::refusal;

/// How long it may take to resolve the name, to connect and to agree on TLS.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an attempt may take in all.
const WHOLE: Duration = Duration::from_secs(15);
/// How long the rest of an answer is waited for, once its status is known.
const REST: Duration = Duration::from_secs(1);
/// How many bytes of an answer's body are read before the connection is given up.
const BODY_MAX: usize = 4 * 1024;
/// How many bytes the head of an answer may have.
const HEAD_MAX: usize = 16 * 1024;
/// How many addresses of a name are tried.
const ADDRESSES_MAX: usize = 3;
/// The status by which a receiver says that it is gone for good.
pub const GONE: u16 = 410;
/// Who asks.
const AGENT: &str = concat!("Remit/", env!("CARGO_PKG_VERSION"));

/// What an attempt came to.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The status, where there was an answer.
    pub status: Option<u16>,
    /// Why it failed, where it did.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
}

impl Attempt {
    /// Whether the receiver says that it is gone for good.
    pub fn is_gone(&self) -> bool {
        self.status == Some(GONE)
    }
}

/// What is sent: the headers of Standard Webhooks and the body.
pub struct Message {
    /// The event's identifier.
    pub id: String,
    /// Seconds since 1970.
    pub timestamp: String,
    /// The signatures.
    pub signature: String,
    /// The body.
    pub body: Bytes,
}

/// A connection that may serve another message.
#[derive(Default)]
pub struct Line(Option<Connection>);

struct Connection {
    address: SocketAddr,
    requests: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Sends messages to webhooks.
pub struct Sender {
    allow_private: bool,
    tls: TlsConnector,
}

impl Sender {
    /// A sender that trusts the certificates of the web, and those of a file beside them.
    ///
    /// # Errors
    /// A sentence that names the file that cannot be used.
    pub fn new(allow_private: bool, authorities: Option<&Path>) -> Result<Self, String> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(path) = authorities {
            let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| failed(&error))? {
                let certificate = certificate.map_err(|error| failed(&error))?;
                roots.add(certificate).map_err(|error| failed(&error))?;
            }
        }
        let tls = ClientConfig::builder_with_provider(rustls::crypto::aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { allow_private, tls: TlsConnector::from(Arc::new(tls)) })
    }

    /// Whether messages may go to private addresses, and without TLS.
    pub fn allows_private(&self) -> bool {
        self.allow_private
    }

    /// Makes one attempt, over the line where it leads to an address that the name still has.
    pub async fn send(&self, line: &mut Line, url: &WebhookUrl, message: &Message) -> Attempt {
        let began = Instant::now();
        let sent = timeout(WHOLE, self.exchange(line, url, message)).await;
        let sent = sent.unwrap_or_else(|_| Err(format!("no answer within {} seconds", WHOLE.as_secs())));
        let duration_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        let (status, error) = match sent {
            Ok(status @ 200..=299) => (Some(status), None),
            Ok(status @ 300..=399) => (Some(status), Some(format!("answered {status}; redirects are not followed"))),
            Ok(status) => (Some(status), Some(format!("answered {status}"))),
            Err(error) => (None, Some(error)),
        };
        Attempt { status, error, duration_ms }
    }

    async fn exchange(&self, line: &mut Line, url: &WebhookUrl, message: &Message) -> Result<u16, String> {
        // What ends half way is not used again.
        let kept = line.0.take();
        if !url.is_secure() && !self.allow_private {
            return Err("it is not reached over TLS, which this server does not allow".into());
        }
        let resolved = timeout(CONNECT, self.resolve(url)).await;
        let addresses = resolved.unwrap_or_else(|_| Err("its name was not resolved in time".into()))?;
        if let Some(mut connection) = kept.filter(|kept| addresses.contains(&kept.address))
            && connection.requests.ready().await.is_ok()
        {
            match ask(&mut connection, url, message).await {
                Ok((status, reusable)) => {
                    line.0 = Some(connection).filter(|_| reusable);
                    return Ok(status);
                }
                // It was closed since it was last used, as it may be at any time.
                Err(error) if error.is_canceled() || error.is_incomplete_message() || error.is_closed() => {}
                Err(error) => return Err(said(&error)),
            }
        }
        let mut connection = self.connect(url, &addresses).await?;
        let (status, reusable) = ask(&mut connection, url, message).await.map_err(|error| said(&error))?;
        line.0 = Some(connection).filter(|_| reusable);
        Ok(status)
    }

    /// The addresses to which the name leads now and that are allowed.
    async fn resolve(&self, url: &WebhookUrl) -> Result<Vec<SocketAddr>, String> {
        let found: Vec<SocketAddr> = match url.host().parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, url.port())],
            Err(_) => {
                let found = lookup_host((url.host(), url.port())).await;
                found.map_err(|_| "its name does not resolve".to_owned())?.collect()
            }
        };
        let refused = |address: &SocketAddr| refusal(address.ip()).filter(|_| !self.allow_private);
        let allowed: Vec<_> =
            found.iter().copied().filter(|address| refused(address).is_none()).take(ADDRESSES_MAX).collect();
        match (allowed.is_empty(), found.iter().find_map(|address| Some((address.ip(), refused(address)?)))) {
            (true, Some((ip, kind))) => Err(format!("it leads to {ip}, {kind} address, which is not allowed")),
            (true, None) => Err("its name does not resolve".into()),
            (false, _) => Ok(allowed),
        }
    }

    /// Connects to one of the addresses, and to no other.
    async fn connect(&self, url: &WebhookUrl, addresses: &[SocketAddr]) -> Result<Connection, String> {
        let share = CONNECT / u32::try_from(addresses.len().max(1)).unwrap_or(1);
        let mut failure = "it has no address".to_owned();
        for address in addresses {
            let connected = timeout(share, self.connect_to(url, *address)).await;
            match connected.unwrap_or_else(|_| Err("not connected in time".into())) {
                Ok((requests, driver)) => return Ok(Connection { address: *address, requests, driver }),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    async fn connect_to(
        &self,
        url: &WebhookUrl,
        address: SocketAddr,
    ) -> Result<(SendRequest<Full<Bytes>>, JoinHandle<()>), String> {
        let stream = TcpStream::connect(address).await.map_err(|error| format!("not connected: {error}"))?;
        stream.set_nodelay(true).map_err(|error| format!("not connected: {error}"))?;
        if !url.is_secure() {
            return handshake(stream).await;
        }
        let name = url.host().trim_end_matches('.').to_owned();
        let name = ServerName::try_from(name).map_err(|_| "its host is no name for TLS".to_owned())?;
        let stream = self.tls.connect(name, stream).await.map_err(|error| format!("no TLS: {error}"))?;
        handshake(stream).await
    }
}

async fn handshake(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> Result<(SendRequest<Full<Bytes>>, JoinHandle<()>), String> {
    let (requests, connection) = http1::Builder::new()
        .max_buf_size(HEAD_MAX)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| said(&error))?;
    let driver = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a webhook's connection ended");
        }
    });
    Ok((requests, driver))
}

/// Asks over a connection; the status, and whether the connection may serve again.
async fn ask(connection: &mut Connection, url: &WebhookUrl, message: &Message) -> Result<(u16, bool), hyper::Error> {
    let Message { id, timestamp, signature, body } = message;
    let mut request = Request::new(Full::new(body.clone()));
    *request.method_mut() = hyper::Method::POST;
    // It was read into printable ASCII without a fragment.
    *request.uri_mut() = url.target().parse().unwrap_or_default();
    let headers = request.headers_mut();
    let host = url.authority();
    for (name, value) in [
        (header::HOST, host.as_str()),
        (header::USER_AGENT, AGENT),
        (header::CONTENT_TYPE, "application/json"),
        (header::ACCEPT, "*/*"),
        (header::HeaderName::from_static("webhook-id"), id.as_str()),
        (header::HeaderName::from_static("webhook-timestamp"), timestamp.as_str()),
        (header::HeaderName::from_static("webhook-signature"), signature.as_str()),
    ] {
        if let Ok(value) = header::HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    let response = connection.requests.send_request(request).await?;
    let status = response.status().as_u16();
    let is_whole = timeout(REST, is_short(response.into_body())).await;
    Ok((status, is_whole.unwrap_or(false)))
}

/// Reads a body as far as it is wanted; whether that was all of it.
async fn is_short(mut body: Incoming) -> bool {
    let mut read = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        read += frame.data_ref().map_or(0, Bytes::len);
        if read > BODY_MAX {
            return false;
        }
    }
    true
}

/// What went wrong, for a person.
fn said(error: &hyper::Error) -> String {
    if error.is_parse() {
        return "it does not answer in HTTP/1.1".into();
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return "it closed the connection before it answered".into();
    }
    format!("no answer: {error}")
}
