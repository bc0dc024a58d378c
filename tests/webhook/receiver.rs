//! A receiver: another system to which webhooks lead, well behaved or not.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, HeaderName, HeaderValue};

/// How long is waited for what is to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a receiver heard.
#[derive(Clone, Debug)]
pub struct Heard {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// What it answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A status, and nothing else.
    Status(u16),
    /// A status, once a gate is open.
    Late(Gate, u16),
    /// A redirect.
    Redirect(String),
    /// A status, and a body without an end.
    Endless(u16),
    /// Nothing, and the connection stays open.
    Nothing,
    /// Nothing, and the connection is closed.
    Close,
    /// Something that is not HTTP.
    Noise,
}

/// A receiver that runs until the tests end.
pub struct Receiver {
    address: SocketAddr,
    heard: Mutex<mpsc::Receiver<Heard>>,
}

/// A gate behind which answers wait until it is opened.
#[derive(Clone, Debug, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    /// Lets all pass, from now on.
    pub fn open(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }
    /// Waits until it is open.
    fn pass(&self) {
        let closed = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.0.1.wait_while(closed, |is_open| !*is_open));
    }
}

impl Heard {
    /// A header.
    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }
    /// The id of the event.
    pub fn id(&self) -> String {
        self.header("webhook-id")
    }
    /// The event.
    pub fn event(&self) -> Value {
        serde_json::from_slice(&self.body).expect("an event is JSON")
    }
    /// What was done.
    pub fn action(&self) -> String {
        self.event()["type"].as_str().unwrap_or_default().to_owned()
    }
    /// What it was done to.
    pub fn subject(&self) -> String {
        self.event()["data"]["subject"]["id"].as_str().unwrap_or_default().to_owned()
    }
    /// Where it stands in the log.
    pub fn place(&self) -> (i64, i64) {
        let data = &self.event()["data"];
        (data["revision"].as_i64().unwrap_or(0), data["position"].as_i64().unwrap_or(0))
    }
}

impl Receiver {
    /// One that answers as the closure says.
    pub fn start(reply: impl FnMut(&Heard) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (tell, heard) = mpsc::channel();
        let reply = Arc::new(Mutex::new(reply));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tell, reply) = (tell.clone(), reply.clone());
                thread::spawn(move || {
                    let answer = |heard: &Heard| {
                        // The test may have ended.
                        tell.send(heard.clone()).ok();
                        (*reply.lock().unwrap_or_else(PoisonError::into_inner))(heard)
                    };
                    serve(stream, answer);
                });
            }
        });
        Self { address, heard: Mutex::new(heard) }
    }

    /// One that takes everything.
    pub fn willing() -> Self {
        Self::start(|_| Reply::Status(200))
    }

    /// One that takes everything once a gate is open.
    pub fn behind(gate: &Gate) -> Self {
        let gate = gate.clone();
        Self::start(move |_| Reply::Late(gate.clone(), 200))
    }

    /// Where webhooks lead to it.
    pub fn url(&self) -> String {
        format!("http://{}/hear", self.address)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What it hears next.
    pub fn next(&self) -> Heard {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.recv_timeout(PATIENCE).expect("something is heard")
    }

    /// What it hears next that is about one of these.
    pub fn next_of(&self, action: &str) -> Heard {
        std::iter::repeat_with(|| self.next()).find(|heard| heard.action() == action).expect("it comes")
    }

    /// Whether it hears nothing for a while.
    pub fn is_quiet(&self) -> bool {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.recv_timeout(Duration::from_millis(300)).is_err()
    }

    /// Whether it has heard something more.
    pub fn has_more(&self) -> bool {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).try_recv().is_ok()
    }
}

/// Answers what comes over a connection, one after the other.
fn serve(stream: TcpStream, mut answer: impl FnMut(&Heard) -> Reply) {
    let mut reader = BufReader::new(stream.try_clone().expect("a connection"));
    let mut stream = stream;
    while let Some(heard) = read(&mut reader) {
        let empty = |status| format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
        let sent = match answer(&heard) {
            Reply::Status(status) => stream.write_all(empty(status).as_bytes()),
            Reply::Late(gate, status) => {
                gate.pass();
                stream.write_all(empty(status).as_bytes())
            }
            Reply::Redirect(to) => {
                let head = format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(head.as_bytes())
            }
            Reply::Endless(status) => {
                let head = format!("HTTP/1.1 {status} X\r\ncontent-length: 1000000000\r\n\r\n");
                let piece = vec![b'x'; 64 * 1024];
                let sent = stream.write_all(head.as_bytes());
                // Whoever does not want it closes.
                sent.and_then(|()| (0..16_000).try_for_each(|_| stream.write_all(&piece)))
            }
            Reply::Nothing => {
                // Until the other side has enough of it.
                reader.read_exact(&mut [0]).ok();
                return;
            }
            Reply::Close => return,
            Reply::Noise => stream.write_all(b"220 mail.example.org ESMTP\r\n"),
        };
        if sent.is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Heard> {
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        Some(line.trim_end().to_owned())
    };
    assert!(line()?.starts_with("POST /hear HTTP/1.1"));
    let mut headers = HeaderMap::new();
    loop {
        let header = line()?;
        let Some((name, value)) = header.split_once(": ") else { break };
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
        headers.append(name, HeaderValue::from_str(value).expect("a value"));
    }
    let length = headers.get("content-length").and_then(|value| value.to_str().ok()?.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Heard { headers, body })
}
