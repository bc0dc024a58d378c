//! The client of the benchmark: one keep-alive connection that sends prepared bytes and reads whole answers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// Bytes of a refusal that are repeated.
const SAID: usize = 2_000;

/// An answer, as it lies in the connection's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// Its status line and headers.
    pub head: &'a str,
    /// Its body.
    pub body: &'a [u8],
}

impl<'a> Answer<'a> {
    /// The answer at the beginning of a buffer, and how many bytes it takes, once it is there whole.
    ///
    /// # Errors
    /// What makes it no answer.
    pub fn read(buffer: &'a [u8]) -> Result<Option<(Self, usize)>, String> {
        let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return Ok(None) };
        let head = std::str::from_utf8(&buffer[..end + 2]).map_err(|error| error.to_string())?;
        let status: u16 = head.get(9..12).and_then(|status| status.parse().ok()).ok_or("no status line")?;
        let length = match header(head, "content-length") {
            Some(length) => length.parse().map_err(|_| "a content-length that is no number".to_owned())?,
            None if matches!(status, 204 | 304) => 0,
            None => return Err(format!("an answer without a length: {head}")),
        };
        // 304 names the length of the body that it leaves out.
        let length = if matches!(status, 204 | 304) { 0 } else { length };
        let total = end + 4 + length;
        if buffer.len() < total {
            return Ok(None);
        }
        Ok(Some((Self { status, head, body: &buffer[end + 4..total] }, total)))
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        header(self.head, name)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// What makes it no JSON.
    pub fn json(&self) -> Result<serde_json::Value, String> {
        serde_json::from_slice(self.body).map_err(|error| error.to_string())
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The bytes of a request.
pub fn request(method: &str, path: &str, key: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = if method == "GET" { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: remit\r\nAuthorization: Bearer {key}\r\n{headers}{length}\r\n");
    [head.as_bytes(), body].concat()
}

/// A connection that waits for each answer.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    key: String,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// That nobody listens.
    pub fn connect(address: SocketAddr, key: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(address).map_err(|error| format!("{address}: {error}"))?;
        stream
            .set_nodelay(true)
            .and_then(|()| stream.set_read_timeout(Some(PATIENCE)))
            .map_err(|error| error.to_string())?;
        Ok(Self { stream, buffer: Vec::new(), key: key.into() })
    }

    /// Sends prepared bytes and waits for the answer.
    ///
    /// # Errors
    /// That the connection broke.
    pub fn send(&mut self, request: &[u8]) -> Result<Answer<'_>, String> {
        self.stream.write_all(request).map_err(|error| format!("sending: {error}"))?;
        self.buffer.clear();
        let mut chunk = vec![0; 64 * 1024];
        while Answer::read(&self.buffer)?.is_none() {
            let read = self.stream.read(&mut chunk).map_err(|error| format!("reading: {error}"))?;
            if read == 0 {
                return Err("the server hung up".into());
            }
            self.buffer.extend_from_slice(&chunk[..read]);
        }
        Answer::read(&self.buffer)?.map(|(answer, _)| answer).ok_or_else(|| "an answer went away".into())
    }

    /// Sends a request and demands success.
    ///
    /// # Errors
    /// What the server refused.
    pub fn call(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Result<Answer<'_>, String> {
        let bytes = request(method, path, &self.key, headers, body);
        let answer = self.send(&bytes)?;
        if answer.status >= 300 {
            let said = String::from_utf8_lossy(&answer.body[..answer.body.len().min(SAID)]);
            return Err(format!("{method} {path} answered {}: {said}", answer.status));
        }
        Ok(answer)
    }

    /// Sends a JSON document and demands success.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn json(
        &mut self,
        method: &str,
        path: &str,
        document: &serde_json::Value,
    ) -> Result<serde_json::Value, String> {
        self.call(method, path, "Content-Type: application/json\r\n", document.to_string().as_bytes())?.json()
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub fn get(&mut self, path: &str) -> Result<Answer<'_>, String> {
        self.call("GET", path, "", b"")
    }
}
