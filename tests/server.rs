//! Servers: the real one, in this process, on a free port and a fresh database.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::time::Duration;
use std::{fs, thread};

use remit_api::auth::{Claims, OWN_ISSUER, sign};
use remit_api::config::{Config, Settings, secret};
use remit_api::found::{Founded, found, organization};
use remit_api::serve::Stop;

use crate::client::Client;

/// A server that runs until the tests end.
pub struct Server {
    /// `http://127.0.0.1:PORT`.
    pub address: String,
    /// What signs its tokens.
    pub secret: Vec<u8>,
    founding: Mutex<mpsc::Sender<(String, mpsc::Sender<Founded>)>>,
    stop: Stop,
    ended: Mutex<mpsc::Receiver<()>>,
}

/// An organization of a test's own.
pub struct Place {
    /// Where it is served.
    pub server: Arc<Server>,
    /// Its id.
    pub organization: String,
    /// Someone with every right.
    pub admin: Client,
}

/// Runs a test on SQLite, and then on PostgreSQL, each time with an organization of its own.
pub fn on_both(body: impl Fn(&Place)) {
    for (name, settings) in [("SQLite", sqlite as fn() -> Settings), ("PostgreSQL", postgres)] {
        // Shown when the test fails.
        eprintln!("on {name}");
        static SERVERS: Mutex<Vec<(&str, Arc<Server>)>> = Mutex::new(Vec::new());
        let server = {
            let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
            match servers.iter().find(|(known, _)| *known == name) {
                Some((_, server)) => server.clone(),
                None => {
                    let server = start(settings());
                    servers.push((name, server.clone()));
                    server
                }
            }
        };
        body(&server.found());
    }
}

/// Runs a test on a server with settings of its own, on SQLite.
pub fn with(settings: Settings, body: impl Fn(&Place)) {
    let server = start(Settings { database_url: sqlite().database_url, ..settings });
    body(&server.found());
}

/// Runs a test on a server of PostgreSQL that was given no key for the secrets of webhooks.
pub fn without_a_key(body: impl Fn(&Place)) {
    body(&start(Settings { secret_key: None, ..postgres() }).found());
}

/// Runs a test on two servers of one PostgreSQL database, which know nothing of each other.
pub fn on_two(body: impl Fn(&Place, &Client)) {
    let settings = Settings { secret_file: Some(scratch().join(format!("secret-{}", number()))), ..postgres() };
    let (here, there) = (start(settings.clone()), start(settings));
    let place = here.found();
    body(&place, &Client::new(&there.address, place.admin.token.clone()));
}

impl Server {
    /// Tells it to stop, and waits until it has, for at most so long.
    pub fn stop(&self, patience: Duration) {
        self.stop.stop();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(patience);
        ended.expect("it has stopped by then");
    }

    /// Founds an organization.
    pub fn found(self: &Arc<Self>) -> Place {
        let (reply, answer) = mpsc::channel();
        let slug = format!("place-{}", number());
        self.founding.lock().unwrap_or_else(PoisonError::into_inner).send((slug, reply)).expect("the server runs");
        let founded = answer.recv().expect("an organization");
        let admin = Client::new(&self.address, Some(founded.key.clone()));
        Place { server: self.clone(), organization: founded.id.to_string(), admin }
    }
}

impl Place {
    /// A token of the server's own, without a person.
    pub fn token(&self, scope: &str) -> String {
        sign(&self.server.secret, &self.claims(scope)).expect("a token")
    }

    /// A token of the server's own for which a person acts.
    pub fn token_of(&self, person: &str, scope: &str) -> String {
        sign(&self.server.secret, &Claims { sub: person.into(), ..self.claims(scope) }).expect("a token")
    }

    /// What such a token says; it lasts until 2100.
    pub fn claims(&self, scope: &str) -> Claims {
        Claims {
            iss: OWN_ISSUER.into(),
            aud: OWN_ISSUER.into(),
            sub: "a tester".into(),
            exp: 4_102_444_800,
            iat: 0,
            scope: scope.into(),
            org: Some(self.organization.clone()),
        }
    }
}

/// A number that no other test of this run has.
pub fn number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Starts a server with the rate limit off, unless the settings say another.
pub fn start(settings: Settings) -> Arc<Server> {
    let file = Settings {
        listen: Some(([127, 0, 0, 1], 0).into()),
        metrics_listen: Some("off".into()),
        rate_limit: Some("off".into()),
        secret_file: Some(scratch().join(format!("secret-{}", number()))),
        workers: Some(2),
        // Those who are told are in this process too, and their patience is short.
        webhooks_allow_private: Some("on".into()),
        webhooks_retry: Some("0.05,0.2,3600".into()),
        ..Settings::default()
    };
    let config = settings.over(file).resolve().expect("a configuration");
    let secret = secret(&config.secret_file).expect("a secret");
    let (ready, started) = mpsc::channel();
    let (end, ended) = mpsc::channel();
    let (founding, wanted) = mpsc::channel::<(String, mpsc::Sender<Founded>)>();
    let for_server = secret.clone();
    thread::spawn(move || {
        serve(&config, for_server, &ready, wanted);
        // Only one who has stopped it waits for that.
        end.send(()).ok();
    });
    let (address, stop) = started.recv().expect("the server starts");
    Arc::new(Server { address, secret, founding: Mutex::new(founding), stop, ended: Mutex::new(ended) })
}

fn serve(
    config: &Config,
    secret: Vec<u8>,
    ready: &mpsc::Sender<(String, Stop)>,
    wanted: mpsc::Receiver<(String, mpsc::Sender<Founded>)>,
) {
    let store = remit_api::serve::open(config).expect("a store");
    let founder = store.clone();
    thread::spawn(move || {
        let runtime = actix_web::rt::System::new();
        for (slug, reply) in wanted {
            let founded = organization("A place", &slug, "Europe/London", 4).expect("an organization");
            let founded = runtime.block_on(found(&founder, founded)).expect("it is founded");
            reply.send(founded).expect("someone waits for it");
        }
    });
    let served =
        actix_web::rt::System::new().block_on(remit_api::serve::serve(config, store, secret, |address, stop| {
            ready.send((address.to_owned(), stop)).expect("someone waits for it");
        }));
    served.expect("it serves until the end");
}

/// A folder of this run's own, in the target folder. Those of runs that have ended are removed.
pub fn scratch() -> &'static Path {
    static SCRATCH: OnceLock<PathBuf> = OnceLock::new();
    SCRATCH.get_or_init(|| {
        let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("http");
        fs::create_dir_all(&all).expect("a folder");
        for entry in fs::read_dir(&all).expect("a folder").flatten() {
            if !Path::new("/proc").join(entry.file_name()).exists() {
                // Another run may remove it at the same time.
                drop(fs::remove_dir_all(entry.path()));
            }
        }
        let own = all.join(std::process::id().to_string());
        fs::create_dir_all(&own).expect("a folder");
        own
    })
}

/// A SQLite file of its own.
pub fn sqlite() -> Settings {
    let file = scratch().join(format!("{}.db", number()));
    Settings { database_url: Some(format!("sqlite:{}", file.display())), ..Settings::default() }
}

/// A new database on the server that `REMIT_TEST_POSTGRES_URL` names.
#[expect(clippy::disallowed_methods, reason = "the tests learn here, and only here, which server they may use")]
pub fn postgres() -> Settings {
    let url = std::env::var("REMIT_TEST_POSTGRES_URL")
        .expect("REMIT_TEST_POSTGRES_URL names no PostgreSQL server; run tests/run, which brings one");
    let (start, query) = url.split_once('?').map_or((url.as_str(), String::new()), |(a, b)| (a, format!("?{b}")));
    let (server, _) = start.rsplit_once('/').expect("a URL that ends with a database");
    let name = format!("remit_http_{}_{}", std::process::id(), number());
    let made = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", &url])
        .args(["--command", &format!("CREATE DATABASE {name}")])
        .output()
        .expect("psql is installed");
    assert!(made.status.success(), "no database: {}", String::from_utf8_lossy(&made.stderr));
    Settings {
        database_url: Some(format!("{server}/{name}{query}")),
        secret_key: Some("what seals the secrets of webhooks in tests".into()),
        ..Settings::default()
    }
}
