//! The driver: many connections on one thread, each with one request under way, every answer timed and checked.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::client::Answer;

/// What is asked on each connection, and what must be answered.
pub trait Load {
    /// The next request of a connection.
    fn request(&mut self, connection: usize) -> &[u8];
    /// Checks the answer to it.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check(&mut self, connection: usize, answer: &Answer<'_>) -> Result<(), String>;
}

/// How long the answers took.
pub struct Timing {
    micros: Vec<u32>,
    elapsed: Duration,
}

impl Timing {
    /// Answers a second.
    pub fn rate(&self) -> f64 {
        self.micros.len() as f64 / self.elapsed.as_secs_f64()
    }
    /// The time within which this share of the answers came, in milliseconds.
    pub fn within(&mut self, share: f64) -> f64 {
        if self.micros.is_empty() {
            return f64::NAN;
        }
        let at = ((self.micros.len() as f64 * share) as usize).min(self.micros.len() - 1);
        let (_, value, _) = self.micros.select_nth_unstable(at);
        f64::from(*value) / 1e3
    }
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
    /// Where the answer under way ends, once its head is read.
    sent: Instant,
}

/// Asks on so many connections for so long.
///
/// # Errors
/// The first answer that is wrong, or a connection that broke.
pub fn drive(address: SocketAddr, connections: usize, time: Duration, load: &mut impl Load) -> Result<Timing, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut poll = Poll::new().map_err(failed)?;
    let mut events = Events::with_capacity(connections);
    let mut open = Vec::with_capacity(connections);
    for number in 0..connections {
        let stream = std::net::TcpStream::connect(address).map_err(failed)?;
        stream.set_nodelay(true).and_then(|()| stream.set_nonblocking(true)).map_err(failed)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry().register(&mut stream, Token(number), Interest::READABLE).map_err(failed)?;
        open.push(Connection { stream, buffer: vec![0; 64 * 1024], filled: 0, sent: Instant::now() });
    }
    let began = Instant::now();
    let mut micros = Vec::with_capacity(1 << 20);
    let mut under_way = 0;
    for (number, connection) in open.iter_mut().enumerate() {
        connection.ask(number, load)?;
        under_way += 1;
    }
    while under_way > 0 {
        match poll.poll(&mut events, Some(Duration::from_secs(30))) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            other => other.map_err(failed)?,
        }
        if events.is_empty() {
            return Err("no answer within 30 seconds".into());
        }
        for event in &events {
            let number = event.token().0;
            if let Some(connection) = open.get_mut(number)
                && connection.is_answered(number, load)?
            {
                micros.push(u32::try_from(connection.sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                if began.elapsed() < time {
                    connection.ask(number, load)?;
                } else {
                    under_way -= 1;
                }
            }
        }
    }
    Ok(Timing { micros, elapsed: began.elapsed() })
}

impl Connection {
    fn ask(&mut self, number: usize, load: &mut impl Load) -> Result<(), String> {
        self.sent = Instant::now();
        // A request is far smaller than the socket's buffer, and that is empty.
        self.stream.write_all(load.request(number)).map_err(|error| format!("sending: {error}"))
    }

    /// Reads what has come; whether it is the whole answer.
    fn is_answered(&mut self, number: usize, load: &mut impl Load) -> Result<bool, String> {
        loop {
            if self.filled == self.buffer.len() {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
            match self.stream.read(&mut self.buffer[self.filled..]) {
                Ok(0) => return Err("the server hung up".into()),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(format!("reading: {error}")),
            }
            if let Some((answer, total)) = Answer::read(&self.buffer[..self.filled])? {
                if total != self.filled {
                    return Err("more was answered than was asked".into());
                }
                load.check(number, &answer)?;
                self.filled = 0;
                return Ok(true);
            }
        }
    }
}
