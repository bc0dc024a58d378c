//! The command line: one subcommand a task, each ending with a code that a script can use.

mod client;
mod demo;
mod export;
mod heap;
mod import;
mod organization;
mod progress;
mod push;
mod token;
mod verify;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use remit_api::config::{Config, Settings, secret};
use remit_persistence::{Store, StoreError};

/// Outcomes, measures, roles, and who answers for what, now and at any past moment.
#[derive(Parser)]
#[command(
    name = "remit",
    version,
    about,
    after_help = "Exit codes: 0 done · 1 failed · 2 wrong usage · 3 refused by the service or a rule · 4 unreachable · 5 a log is broken\n\n\
                  Begin with:  remit demo\n\
                  Or empty:    remit org create --name 'Example Ltd' --slug example && remit serve"
)]
pub struct Command {
    #[command(flatten)]
    settings: Settings,
    /// A TOML file with the same settings, in snake_case
    #[arg(long, env = "REMIT_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Serve the interface; brings the database to head first
    Serve,
    /// Bring the database to head
    Migrate,
    /// Make an organization of real data in a fresh database, and serve it
    Demo(demo::Arguments),
    /// Import the rows of a CSV file into a running service
    Import(import::Arguments),
    /// Send observations to a running service
    Push(push::Arguments),
    /// Make and list organizations
    #[command(subcommand)]
    Org(organization::Task),
    /// Print a token of the server's own, alone on standard output
    Token(token::Arguments),
    /// Print the contract, OpenAPI 3.1
    Openapi,
    /// Print the configuration in force, secrets masked
    Config,
    /// Ask a running service whether it is ready
    Health,
    /// Check the logs of a database, one that is being served too: hashes, order, and whether what is stored is what they tell
    Verify(verify::Arguments),
    /// Copy a live SQLite database to a new file
    Backup {
        /// The file to make
        file: PathBuf,
    },
    /// Write an organization with its history to a file, from a database that is being served too
    Export(export::Arguments),
    /// Put back what a file holds: an exported organization, into a database that lacks it; or the backup of a SQLite
    /// database, in the place of one that does not exist yet
    Restore {
        /// The file, or - for an export on standard input
        file: PathBuf,
    },
}

/// Why a command ended without success.
pub struct Failure {
    /// A sentence for the operator.
    pub message: String,
    /// The exit code.
    pub code: u8,
}

impl Failure {
    /// It was not asked for properly.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 2 }
    }
    /// The service or a rule refused.
    pub fn refused(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 3 }
    }
    /// The service or the database is not reached.
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: 4 }
    }
}
impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self { message, code: 1 }
    }
}
impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(_) | StoreError::NotFound => Self::refused(error.to_string()),
            StoreError::Busy => Self::unreachable(error.to_string()),
            // The sentence is the operator's; what the database was is said by the configuration.
            StoreError::Corrupt(message) | StoreError::Internal(message) => Self { message, code: 1 },
        }
    }
}

impl Command {
    /// Carries the command out.
    ///
    /// # Errors
    /// What to print and how to exit.
    pub fn run(self) -> Result<(), Failure> {
        let file = self.config.as_deref().map(Settings::from_file).transpose()?.unwrap_or_default();
        let mut settings = self.settings.over(file);
        if let Task::Demo(_) = &self.task {
            settings.database_url.get_or_insert_with(|| demo::DATABASE.into());
            settings.log.get_or_insert_with(|| "warn".into());
        }
        let config = settings.resolve()?;
        match self.task {
            Task::Demo(arguments) => {
                log(&config);
                arguments.run(config)
            }
            Task::Import(arguments) => arguments.run(),
            Task::Push(arguments) => arguments.run(),
            Task::Serve => {
                heap::give_back();
                serve(&config)
            }
            Task::Migrate => {
                let applied = Store::migrate(&config.address)?;
                match applied.as_slice() {
                    [] => println!("already at head"),
                    names => names.iter().for_each(|name| println!("applied {name}")),
                }
                Ok(())
            }
            Task::Org(task) => task.run(&config),
            Task::Token(arguments) => arguments.run(&config),
            Task::Openapi => {
                print!("{}", remit_api::contract::COMMITTED);
                Ok(())
            }
            Task::Config => {
                print!("{}", config.describe());
                Ok(())
            }
            Task::Health => health(&config),
            Task::Verify(arguments) => arguments.run(&config),
            Task::Backup { file } => Ok(Store::backup(&config.address, &file)?),
            Task::Export(arguments) => arguments.run(&config),
            Task::Restore { file } => export::restore(&config, &file),
        }
    }
}

/// Runs a future on a runtime of one thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(future)
}

/// Opens the store, at head.
fn open(config: &Config) -> Result<Store, Failure> {
    Ok(remit_api::serve::open(config)?)
}

fn serve(config: &Config) -> Result<(), Failure> {
    log(config);
    let store = open(config)?;
    let secret = secret(&config.secret_file)?;
    block_on(async {
        if store.organizations().await?.is_empty() {
            tracing::warn!("no organization yet: stop, run remit org create --name … --slug …, and start again");
            eprintln!(
                "remit: no organization yet. Make one with: remit org create --name 'Example Ltd' --slug example"
            );
        }
        remit_api::serve::serve(config, store, secret, |_, _| {}).await.map_err(Failure::from)
    })
}

fn log(config: &Config) {
    use tracing_subscriber::filter::LevelFilter;
    let level: LevelFilter = config.log.parse().unwrap_or(LevelFilter::INFO);
    let builder = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_target(false);
    let installed = if config.log_json { builder.json().flatten_event(true).try_init() } else { builder.try_init() };
    if installed.is_err() {
        eprintln!("remit: a log was installed before");
    }
}

fn health(config: &Config) -> Result<(), Failure> {
    let mut address = config.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{address}/readyz");
    let agent =
        ureq::Agent::config_builder().timeout_global(Some(std::time::Duration::from_secs(5))).build().new_agent();
    agent.get(&url).call().map(|_| println!("ready")).map_err(|error| Failure::unreachable(format!("{url}: {error}")))
}
