//! The limit of reads: a bare actix handler that answers the same bytes.

use std::net::{SocketAddr, TcpListener};

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};

use crate::client::Answer;

/// A server that answers one thing.
pub struct Bare {
    /// Where it listens.
    pub address: SocketAddr,
    handle: actix_web::dev::ServerHandle,
    thread: std::thread::JoinHandle<std::io::Result<()>>,
}

impl Bare {
    /// Answers every GET as this answer, header for header.
    ///
    /// # Errors
    /// That it could not listen.
    pub fn start(answer: &Answer<'_>) -> Result<Self, String> {
        let failed = |error: std::io::Error| error.to_string();
        let status = StatusCode::from_u16(answer.status).map_err(|error| error.to_string())?;
        let mut headers = HeaderMap::new();
        for line in answer.head.lines().skip(1) {
            let Some((name, value)) = line.split_once(':') else { continue };
            // Those that actix writes itself.
            if ["content-length", "date"].iter().any(|own| name.eq_ignore_ascii_case(own)) {
                continue;
            }
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
            headers.append(name, HeaderValue::from_str(value.trim()).map_err(|error| error.to_string())?);
        }
        let body = Bytes::copy_from_slice(answer.body);
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (ready, handle) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    let (headers, body) = (headers.clone(), body.clone());
                    let answer = move || {
                        let mut response = HttpResponse::new(status);
                        *response.headers_mut() = headers.clone();
                        let body = body.clone();
                        async move { response.set_body(body) }
                    };
                    App::new().route("/{path:.*}", web::get().to(answer))
                })
                .disable_signals()
                .listen(listener)?
                .run();
                drop(ready.send(server.handle()));
                server.await
            })
        });
        let handle = handle.recv().map_err(|_| "the bare server did not start".to_owned())?;
        Ok(Self { address, handle, thread })
    }

    /// Stops it.
    ///
    /// # Errors
    /// How it failed.
    pub fn stop(self) -> Result<(), String> {
        // The future only waits for what the thread's end tells too.
        drop(self.handle.stop(false));
        let ended = self.thread.join().map_err(|_| "the bare server panicked".to_owned())?;
        ended.map_err(|error| error.to_string())
    }
}
