//! A client, as a program of someone else would be: it knows the address, a token and the contract.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Method, Request};

/// Talks to one server with one credential.
#[derive(Clone)]
pub struct Client {
    /// `http://127.0.0.1:PORT`.
    pub address: String,
    /// What it shows, if anything.
    pub token: Option<String>,
    agent: ureq::Agent,
}

/// A request that is being put together.
pub struct Ask<'a> {
    client: &'a Client,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    asked: String,
}

impl Client {
    /// A client of a server.
    pub fn new(address: &str, token: Option<String>) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Self { address: address.into(), token, agent: config.new_agent() }
    }

    /// The same with another credential.
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The same without a credential.
    pub fn without_token(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// Begins a request.
    pub fn ask(&self, method: &str, path: &str) -> Ask<'_> {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        Ask { client: self, method, path: path.into(), headers: Vec::new(), body: None }
    }

    /// GET.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).send()
    }

    /// POST of a document.
    pub fn post(&self, path: &str, document: &Value) -> Answer {
        self.ask("POST", path).json(document).send()
    }

    /// PATCH of what was read under an ETag.
    pub fn patch(&self, path: &str, etag: &str, document: &Value) -> Answer {
        self.ask("PATCH", path).header("if-match", etag).json(document).send()
    }

    /// PUT of a document.
    pub fn put(&self, path: &str, document: &Value) -> Answer {
        self.ask("PUT", path).json(document).send()
    }

    /// DELETE of what was read under an ETag.
    pub fn delete(&self, path: &str, etag: &str) -> Answer {
        self.ask("DELETE", path).header("if-match", etag).send()
    }

    /// A theme, made.
    pub fn theme(&self, title: &str) -> Answer {
        self.post("/v1/themes", &serde_json::json!({"title": title})).expect(201)
    }

    /// The last revision of the organization, as its lists' ETags tell.
    pub fn revision(&self) -> String {
        let etag = self.get("/v1/themes?limit=1").expect(200).etag();
        etag.split('-').nth(1).expect("incarnation-revision-digest").to_owned()
    }

    /// Sends bytes as they are, ends sending, and reads what comes back until the server ends too.
    pub fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address.trim_start_matches("http://")).expect("the server");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        // The server may refuse and close before all of it has arrived.
        drop(stream.write_all(bytes));
        drop(stream.shutdown(std::net::Shutdown::Write));
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer));
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Ask<'_> {
    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a JSON document.
    pub fn json(self, document: &Value) -> Self {
        self.body("application/json", document.to_string())
    }

    /// Adds a body of any kind.
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.headers.push(("content-type".into(), content_type.into()));
        self.body = Some(body.into());
        self
    }

    /// Sends it.
    pub fn send(self) -> Answer {
        let Self { client, method, path, headers, body } = self;
        let asked = format!("{method} {path}");
        let mut request = Request::builder().method(method).uri(format!("{}{path}", client.address));
        if let Some(token) = &client.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answered = match body {
            Some(body) => client.agent.run(request.body(body).expect("a request")),
            None => client.agent.run(request.body(()).expect("a request")),
        };
        let mut answered = answered.unwrap_or_else(|error| panic!("{asked}: {error}"));
        let body = answered.body_mut().read_to_vec().unwrap_or_else(|error| panic!("{asked}: {error}"));
        Answer { status: answered.status().as_u16(), headers: answered.headers().clone(), body, asked }
    }
}

impl Answer {
    /// The same, if it has this status.
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text());
        self
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{}: {error}: {}", self.asked, self.text()))
    }

    /// A header that occurs once.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// All values of a header that may occur several times.
    pub fn header_values(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.collect::<Vec<_>>().join(", ").to_lowercase()
    }

    /// The ETag.
    pub fn etag(&self) -> String {
        self.header("etag").unwrap_or_else(|| panic!("{}: no ETag", self.asked)).to_owned()
    }

    /// The id in the body.
    pub fn id(&self) -> String {
        self.json()["id"].as_str().unwrap_or_else(|| panic!("{}: no id", self.asked)).to_owned()
    }

    /// The path at which it stands.
    pub fn location(&self) -> String {
        self.header("location").unwrap_or_else(|| panic!("{}: no Location", self.asked)).to_owned()
    }

    /// The problem, which must be complete and have this status and code.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let asked = &self.asked;
        assert_eq!(self.status, status, "{asked}: {}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{asked}");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{asked}: {problem}");
        assert_eq!(problem["status"], status, "{asked}: {problem}");
        // Where one rule alone refuses, its page explains it.
        let page = match problem["errors"].as_array().map(Vec::as_slice) {
            Some([only]) if only["type"].is_string() => format!("/docs/rules/{}", only["code"].as_str().unwrap_or("")),
            Some(_) | None => format!("/docs/problems/{code}"),
        };
        assert_eq!(problem["type"], page, "{asked}: {problem}");
        for text in ["title", "detail"] {
            assert!(problem[text].as_str().is_some_and(|text| !text.is_empty()), "{asked}: {problem}");
        }
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"), "{asked}: {problem}");
        problem
    }

    /// The places that a problem names, each with its code, in the order of the places.
    pub fn places(&self) -> Vec<(String, String)> {
        let problem = self.json();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut places: Vec<_> = errors.iter().map(|error| (text(&error["pointer"]), text(&error["code"]))).collect();
        places.sort();
        places
    }
}
