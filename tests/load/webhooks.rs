//! Webhooks: how quickly what waits is delivered to a receiver on this machine.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{Client, request};
use crate::server::{Program, Server};
use crate::table::{Limit, Table};

/// How many deliveries wait.
const EVENTS: usize = 10_000;
/// Who write them.
const WRITERS: usize = 8;
/// How long is waited for the next.
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures how many of ten thousand pending deliveries are made in a second.
///
/// # Errors
/// What the server refused, or that it told something twice or not at all.
pub fn drain(table: &mut Table, program: &Program, what: &str) -> Result<(), String> {
    let key = program.found("webhooks")?;
    let server = program.serve()?;
    let (tell, heard) = channel();
    let receiver = receive(tell)?;
    let mut client = Client::connect(server.address, &key)?;
    let document = json!({"url": format!("http://{receiver}/"), "actions": ["theme.*"], "state": "paused"});
    let id = client.json("POST", "/v1/webhooks", &document)?["id"].as_str().ok_or("no id")?.to_owned();
    write(&server, &key)?;

    let path = format!("/v1/webhooks/{id}");
    let etag = client.get(&path)?.header("etag").ok_or("no etag")?.to_owned();
    let headers = format!("Content-Type: application/merge-patch+json\r\nIf-Match: {etag}\r\n");
    let began = Instant::now();
    client.send(&request("PATCH", &path, &key, &headers, br#"{"state": "active"}"#))?;
    let mut known = HashSet::new();
    while known.len() < EVENTS {
        let event = heard.recv_timeout(PATIENCE).map_err(|_| format!("only {} were told", known.len()))?;
        if !known.insert(event) {
            return Err("something was told twice".into());
        }
    }
    let rate = EVENTS as f64 / began.elapsed().as_secs_f64();
    table.value(what, "/s", rate, Limit::AtLeast(500.0));
    server.kill()
}

/// Makes as many themes.
fn write(server: &Server, key: &str) -> Result<(), String> {
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                scope.spawn(move || {
                    let mut client = Client::connect(server.address, key)?;
                    (0..EVENTS / WRITERS).try_for_each(|theme| {
                        client.json("POST", "/v1/themes", &json!({"title": format!("{writer}-{theme}")})).map(drop)
                    })
                })
            })
            .collect();
        writers.into_iter().try_for_each(|writer| writer.join().map_err(|_| "a writer panicked".to_owned())?)
    })
}

/// A receiver that takes everything, and passes on the ids.
fn receive(tell: Sender<String>) -> Result<SocketAddr, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let tell = tell.clone();
            // A connection that ends is no matter.
            std::thread::spawn(move || drop(serve(stream, &tell)));
        }
    });
    Ok(address)
}

fn serve(mut stream: TcpStream, tell: &Sender<String>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut id, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match line.trim_end().split_once(": ") {
            Some(("webhook-id", value)) => id = value.into(),
            Some(("content-length", value)) => length = value.parse().unwrap_or(0),
            Some(_) => {}
            None if line.trim_end().is_empty() => {
                reader.read_exact(&mut vec![0; length])?;
                stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
                tell.send(std::mem::take(&mut id)).ok();
            }
            None => {}
        }
    }
}
