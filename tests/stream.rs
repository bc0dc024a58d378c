//! A reader of Server-Sent Events, as the standard describes one.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::client::Client;

/// Longer than anything that is waited for.
const PATIENCE: Duration = Duration::from_secs(40);

/// A stream that is open.
pub struct Stream {
    /// The status line and the headers, in lower case.
    pub head: String,
    /// The id of the last block that named one.
    pub last_id: Option<String>,
    connection: BufReader<TcpStream>,
    is_chunked: bool,
    text: String,
}

/// What stands between two empty lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    pub id: Option<String>,
    pub event: Option<String>,
    pub data: Option<Value>,
    /// Whether it holds a comment.
    pub is_comment: bool,
}

impl Block {
    /// The revision and the position that its id names.
    pub fn place(&self) -> (i64, i32) {
        let id = self.id.as_deref().unwrap_or_default();
        let mut parts = id.split('.').skip(1);
        let mut part = || parts.next().unwrap_or_else(|| panic!("no place in {id}"));
        (part().parse().expect("a revision"), part().parse().expect("a position"))
    }
}

impl Stream {
    /// Opens `/v1/events` with a query, and headers each as a line.
    pub fn open(client: &Client, query: &str, headers: &[&str]) -> Self {
        let mut connection = TcpStream::connect(client.address.trim_start_matches("http://")).expect("the server");
        connection.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let token = client.token.as_deref().unwrap_or_default();
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let request =
            format!("GET /v1/events{query} HTTP/1.1\r\nhost: remit\r\nauthorization: Bearer {token}\r\n{headers}\r\n");
        connection.write_all(request.as_bytes()).expect("a request");
        let mut connection = BufReader::new(connection);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = connection.read_line(&mut head).expect("an answer");
            assert!(read > 0, "no answer: {head}");
        }
        let head = head.to_lowercase();
        let is_chunked = head.contains("\r\ntransfer-encoding: chunked\r\n");
        Self { head, last_id: None, connection, is_chunked, text: String::new() }
    }

    /// The same, which must be taken.
    pub fn follow(client: &Client, query: &str) -> Self {
        let stream = Self::open(client, query, &[]);
        assert!(stream.head.starts_with("http/1.1 200 "), "{}", stream.head);
        assert!(stream.head.contains("\r\ncontent-type: text/event-stream\r\n"), "{}", stream.head);
        stream
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.head[9..12].parse().expect("a status")
    }

    /// The next block; none when the stream has ended.
    pub fn block(&mut self) -> Option<Block> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = self::block(block);
                self.text = rest.to_owned();
                self.last_id = block.id.clone().or(self.last_id.take());
                return Some(block);
            }
            assert!(self.is_chunked, "{}", self.head);
            let mut length = String::new();
            if heard(self.connection.read_line(&mut length))? == 0 {
                return None;
            }
            let length = usize::from_str_radix(length.trim(), 16).expect("a length");
            let mut chunk = vec![0; length + 2];
            heard(self.connection.read_exact(&mut chunk))?;
            if length == 0 {
                return None;
            }
            self.text.push_str(std::str::from_utf8(&chunk[..length]).expect("text"));
        }
    }

    /// The next event; none when the stream has ended.
    pub fn event(&mut self) -> Option<Block> {
        loop {
            let block = self.block()?;
            if block.event.is_some() {
                return Some(block);
            }
        }
    }

    /// Every event until the stream ends.
    pub fn rest(mut self) -> Vec<Block> {
        std::iter::from_fn(|| self.event()).collect()
    }
}

/// What was read; nothing where the server has hung up, which is no fault.
fn heard<T>(read: std::io::Result<T>) -> Option<T> {
    use std::io::ErrorKind::{ConnectionReset, UnexpectedEof};
    match read {
        Ok(read) => Some(read),
        Err(error) if matches!(error.kind(), ConnectionReset | UnexpectedEof) => None,
        Err(error) => panic!("nothing was heard in time: {error}"),
    }
}

fn block(text: &str) -> Block {
    let mut block = Block::default();
    let mut data = String::new();
    for line in text.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" => block.is_comment = true,
            "id" => block.id = Some(value.into()),
            "event" => block.event = Some(value.into()),
            "data" => data.push_str(value),
            "retry" => {}
            other => panic!("no field of an event: {other}"),
        }
    }
    if !data.is_empty() {
        block.data = Some(serde_json::from_str(&data).expect("JSON"));
    }
    block
}
