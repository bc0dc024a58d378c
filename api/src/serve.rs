//! Serving: the HTTP server with everything around the operations, and its clean end.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data};
use actix_web::{App, HttpResponse, HttpServer};
use remit_persistence::{Store, StoreError};

use crate::config::Config;
use crate::edge::{edge, nowhere};
use crate::event::feed::Feeds;
use crate::guide::{guide_page, guide_pages, topic_page};
use crate::health::{problem_page, problem_pages};
use crate::limit::Limiter;
use crate::mail::Mailer;
use crate::routing::ServiceConfig;
use crate::rule::page::{rule_page, rule_pages};
use crate::state::Remit;
use crate::webhook::Webhooks;

/// How long what is under way may take to finish once the service is told to stop, in seconds.
const SHUTDOWN_SECONDS: u64 = 30;

/// Opens the store, and brings its database to head first.
///
/// # Errors
/// A sentence for the operator: unreachable, in use, or newer than the program.
pub fn open(config: &Config) -> Result<Store, StoreError> {
    for name in Store::migrate(&config.address)? {
        tracing::info!(name, "migrated");
    }
    Store::open(&config.address, &config.limits)
}

/// Stops a service that runs.
pub struct Stop {
    handle: ServerHandle,
    feeds: Arc<Feeds>,
}

impl Stop {
    /// Tells it to finish what is under way, save streams, which end at once. It has stopped when [`serve`] returns.
    pub fn stop(&self) {
        self.feeds.close();
        // It is told at once; that it has ended is seen by the thread that serves.
        drop(self.handle.stop(true));
    }
}

/// Serves until it is told to stop; then finishes what is under way.
///
/// `ready` is told the address once connections are accepted, and given what stops the service.
///
/// # Errors
/// A sentence: an address that cannot be bound, a certificate that cannot be used.
pub async fn serve(
    config: &Config,
    store: Store,
    secret: Vec<u8>,
    ready: impl FnOnce(&str, Stop),
) -> Result<(), String> {
    let webhooks = Webhooks::new(config)?;
    let mailer = config.mail.as_ref().map(|(url, from)| Mailer::new(url, from)).transpose()?;
    let feeds = Arc::new(Feeds::new(config.streams));
    let remit = Remit::new(store, secret, Limiter::new(config.rates), webhooks, feeds.clone());
    let remit = Data::new(remit.with_mailer(mailer).looking_every(config.findings_every));
    let listener = bind(config.listen)?;
    cut_off_after(&listener, config.send_timeout);
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let origins = config.cors_origins.clone();
    let shared = remit.clone();
    let server = HttpServer::new(move || {
        App::new()
            .wrap(Compress::default())
            .wrap(cors(&origins))
            .app_data(shared.clone())
            .configure(|config| ServiceConfig::serve(config, crate::operations))
            .service(web::redirect("/", "/docs/"))
            .service(web::redirect("/docs", "/docs/"))
            .service(web::resource("/docs/problems").route(web::get().to(problem_pages)))
            .service(web::resource("/docs/problems/{code}").route(web::get().to(problem_page)))
            .service(web::resource("/docs/rules").route(web::get().to(rule_pages)))
            .service(web::resource("/docs/rules/{id}").route(web::get().to(rule_page)))
            .service(web::resource("/docs/guides").route(web::get().to(guide_pages)))
            .service(web::resource("/docs/guides/{name}").route(web::get().to(guide_page)))
            .service(web::resource("/docs/topics/{name}").route(web::get().to(topic_page)))
            .service(documentation())
            .default_service(web::to(nowhere))
            .wrap(from_fn(edge))
    })
    .shutdown_timeout(SHUTDOWN_SECONDS)
    // What is small is sent at once: an event does not wait until the one before it has arrived.
    .tcp_nodelay(true)
    .client_request_timeout(Duration::from_secs(10))
    .keep_alive(Duration::from_secs(75));
    let server = match config.workers {
        Some(workers) => server.workers(workers),
        None => server,
    };
    let (server, scheme) = match &config.tls {
        Some((cert, key)) => {
            let tls = crate::tls::server(cert, key)?;
            (server.listen_rustls_0_23(listener, tls), "https")
        }
        None => (server.listen(listener), "http"),
    };
    let running = server.map_err(|error| format!("cannot listen on {address}: {error}"))?.run();
    let metrics = config.metrics_listen.map(|listen| metrics(listen, &remit)).transpose()?;
    let room = crate::work::open(&remit, config.background);
    let streams = actix_web::rt::spawn(end_when_told(feeds.clone()));
    ready(&format!("{scheme}://{address}"), Stop { handle: running.handle(), feeds });
    tracing::info!(%address, scheme, "serving");
    let ended = running.await.map_err(|error| error.to_string());
    if let Some(metrics) = metrics {
        metrics.stop(false).await;
    }
    streams.abort();
    // Then nobody but this function knows the store.
    room.close().await;
    let store = remit.store.clone();
    drop(remit);
    // The last connection folds the write-ahead log into the file, so that the file alone is the database.
    drop(web::block(move || store.close()).await);
    tracing::info!("stopped");
    ended
}

fn bind(address: std::net::SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).map_err(|error| format!("cannot listen on {address}: {error}"))
}

/// Has the system cut off clients that take nothing of what is sent to them for so long, so that what waits for them
/// does not wait for ever. Connections have it from the listener.
fn cut_off_after(listener: &TcpListener, timeout: Duration) {
    #[cfg(target_os = "linux")]
    if let Err(error) = socket2::SockRef::from(listener).set_tcp_user_timeout(Some(timeout)) {
        tracing::warn!(%error, "clients that take nothing are not cut off");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (listener, timeout);
}

/// Ends the streams as soon as the process is told to stop: what never ends would hold up the rest.
async fn end_when_told(feeds: Arc<Feeds>) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let signals = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::quit()].map(signal);
        let mut signals: Vec<_> = signals.into_iter().flatten().collect();
        let told: Vec<_> = signals.iter_mut().map(|signal| Box::pin(signal.recv())).collect();
        if !told.is_empty() {
            futures_util::future::select_all(told).await;
            feeds.close();
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_ok() {
        feeds.close();
    }
}

/// Where browsers may call from.
fn cors(origins: &[String]) -> actix_cors::Cors {
    let exposed = [
        "etag",
        "link",
        "location",
        "x-request-id",
        "retry-after",
        "ratelimit",
        "ratelimit-policy",
        "deprecation",
        "sunset",
    ];
    let cors = actix_cors::Cors::default()
        .allowed_methods(["GET", "POST", "PUT", "PATCH", "DELETE"])
        .allow_any_header()
        .expose_headers(exposed)
        .max_age(3_600);
    if origins.iter().any(|origin| origin == "*") {
        return cors.allow_any_origin().send_wildcard();
    }
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// The documentation, rendered from files in the binary.
fn documentation() -> utoipa_swagger_ui::SwaggerUi {
    utoipa_swagger_ui::SwaggerUi::new("/docs/{_:.*}").config(utoipa_swagger_ui::Config::from("/openapi.json"))
}

/// The metrics, on a listener of their own.
fn metrics(address: std::net::SocketAddr, remit: &Data<Remit>) -> Result<ServerHandle, String> {
    let listener = bind(address)?;
    let remit = remit.clone();
    let server = HttpServer::new(move || {
        App::new().app_data(remit.clone()).service(web::resource("/metrics").route(web::get().to(
            |remit: Data<Remit>| async move {
                let mut text = remit.metrics.render(remit.feeds.open()) + &remit.work.render(&remit).await;
                text.extend(remit.mailer.as_ref().map(Mailer::render));
                HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text)
            },
        )))
    })
    .workers(1)
    .disable_signals()
    .listen(listener)
    .map_err(|error| format!("cannot listen on {address}: {error}"))?
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}
