//! `remit demo`: an organization of real data in a fresh database, made through the same import that users have.

mod posts;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;

use clap::Args;
use remit_api::auth::{Claims, OWN_ISSUER, sign};
use remit_api::config::{Config, secret};
use remit_api::found::{Founded, found, organization};
use remit_api::import::ImportKind;
use remit_api::serve::{Stop, serve};
use remit_domain::credential::Scope;
use remit_domain::organization::OrganizationId;
use remit_domain::rule::Severity;
use remit_domain::spelling::Spelled;
use remit_persistence::{Store, clock};
use serde_json::{Value, json};

use super::client::{Answered, Client};
use super::import::sending::{Fault, Options, Rows, Sender, Tally};
use super::import::table::Files;
use super::import::{Origin, import};
use super::progress::Progress;
use super::push::Mode;
use super::{Failure, block_on, open};
use posts::{Posts, Row};

/// The database of the demonstration, where none is named.
pub const DATABASE: &str = "sqlite:remit-demo.db";
/// How long the token that is printed lasts, in seconds.
const TOKEN_SECONDS: i64 = 7 * 24 * 60 * 60;
/// The first day of the Agenda 2030: from then on everything holds.
const FIRST_DAY: &str = "2015-12-31";

/// The project's data, in the program itself.
const FILES: Files = Files::Embedded(&[
    ("goals.csv", include_bytes!("../../../data/sdg-uk/goals.csv")),
    ("targets.csv", include_bytes!("../../../data/sdg-uk/targets.csv")),
    ("indicators.csv", include_bytes!("../../../data/sdg-uk/indicators.csv")),
    ("quantified.csv", include_bytes!("../../../data/sdg-uk/quantified.csv")),
    ("headline.csv", include_bytes!("../../../data/sdg-uk/headline.csv")),
    ("observations.csv.gz", include_bytes!("../../../data/sdg-uk/observations.csv.gz")),
    ("roles.csv", include_bytes!("../../../data/gdad-roles/roles.csv")),
    ("accountabilities.csv", include_bytes!("../../../data/gdad-roles/accountabilities.csv")),
    ("skills.csv", include_bytes!("../../../data/gdad-roles/skills.csv")),
    ("role_skills.csv", include_bytes!("../../../data/gdad-roles/role_skills.csv")),
]);

/// A file of the data, and the mapping that says what it becomes.
type Mapped = (&'static str, &'static str);
const THEMES: Mapped = ("goals.csv", include_str!("../../../data/mappings/themes.toml"));
const SKILLS: Mapped = ("skills.csv", include_str!("../../../data/mappings/skills.toml"));
const TEAMS: Mapped = ("indicators.csv", include_str!("../../../data/mappings/teams.toml"));
const ROLES: Mapped = ("roles.csv", include_str!("../../../data/mappings/roles.toml"));
const OUTCOMES: Mapped = ("targets.csv", include_str!("../../../data/mappings/outcomes.toml"));
const MEASURES: Mapped = ("indicators.csv", include_str!("../../../data/mappings/measures.toml"));
const MEASURES_FULL: Mapped = ("indicators.csv", include_str!("../../../data/mappings/measures-full.toml"));
const HEADLINE: Mapped = ("headline.csv", include_str!("../../../data/mappings/headline.toml"));
const OBSERVATIONS: Mapped = ("observations.csv.gz", include_str!("../../../data/mappings/observations.toml"));

/// How the demonstration is made.
#[derive(Args)]
pub struct Arguments {
    /// All 176 indicators that have values, and all 138,760 of those values with their breakdowns
    #[arg(long)]
    full: bool,
    /// Stop once the organization is there, before serving
    #[arg(long)]
    no_serve: bool,
    /// Delete the database of an earlier demonstration first
    #[arg(long)]
    replace: bool,
}

impl Arguments {
    /// Makes the organization, and serves it.
    ///
    /// # Errors
    /// What to print and how to exit.
    pub fn run(self, mut config: Config) -> Result<(), Failure> {
        if config.tls.is_some() {
            return Err(Failure::usage("remit demo speaks plain HTTP; leave --tls-cert and --tls-key out"));
        }
        if self.no_serve {
            config.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            config.metrics_listen = None;
        }
        // Told before anything is made that would then be in the way.
        let free = TcpListener::bind(config.listen);
        drop(free.map_err(|error| format!("cannot listen on {}: {error}", config.listen))?);
        self.make_room(&config)?;
        let store = open(&config)?;
        let secret = secret(&config.secret_file)?;
        block_on(async {
            if !store.organizations().await?.is_empty() {
                return Err(Failure::refused(
                    "the database holds an organization; the demonstration needs one of its own",
                ));
            }
            let organization =
                organization("The United Kingdom and the Agenda 2030", "agenda-2030", "Europe/London", 4)
                    .map_err(|(what, why)| format!("{what}: {why}"))?;
            let Founded { id, key } = found(&store, organization).await?;
            let token = token(&secret, id)?;
            let mut building = None;
            let Self { full, no_serve, replace: _ } = self;
            let served = serve(&config, store, secret, |address, handle| {
                let url = reachable(address);
                let build = move || build_and_tell(&url, &key, &token, full, no_serve, &handle);
                building = Some(std::thread::spawn(build));
            })
            .await;
            let built = building.map(std::thread::JoinHandle::join);
            served?;
            match built {
                Some(Ok(built)) => built,
                Some(Err(_)) | None => Err("the demonstration was not made".to_owned().into()),
            }
        })
    }

    /// The database must be fresh.
    fn make_room(&self, config: &Config) -> Result<(), Failure> {
        let Some(file) = config.address.file().filter(|file| file.exists()) else { return Ok(()) };
        if !self.replace {
            let file = file.display();
            return Err(Failure::refused(format!(
                "{file} exists; serve it with remit --database-url sqlite:{file} serve, or begin anew with --replace"
            )));
        }
        if !is_database(file) {
            return Err(Failure::refused(format!("{} is no database of Remit; it stays", file.display())));
        }
        Ok(Store::discard(&config.address)?)
    }
}

/// Whether a file is one that SQLite has made: nothing else is deleted.
fn is_database(file: &Path) -> bool {
    use std::io::Read;
    let mut head = [0; 16];
    let read = std::fs::File::open(file).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head == *b"SQLite format 3\0"
}

/// The address as a client on this machine reaches it.
fn reachable(address: &str) -> String {
    match address.strip_prefix("http://").and_then(|rest| rest.parse::<SocketAddr>().ok()) {
        Some(listening) if listening.ip().is_unspecified() => {
            format!("http://{}", SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), listening.port()))
        }
        _ => address.to_owned(),
    }
}

/// A token that may do everything for a week.
fn token(secret: &[u8], organization: OrganizationId) -> Result<String, Failure> {
    let now = clock::now().micros() / 1_000_000;
    let scopes: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    let claims = Claims {
        iss: OWN_ISSUER.into(),
        aud: OWN_ISSUER.into(),
        sub: "demo".into(),
        iat: now,
        exp: now + TOKEN_SECONDS,
        scope: scopes.join(" "),
        org: Some(organization.to_string()),
    };
    Ok(sign(secret, &claims)?)
}

/// Makes the organization through the running service, says what is there, and stops the service where it is to stop.
fn build_and_tell(
    url: &str,
    key: &str,
    token: &str,
    full: bool,
    no_serve: bool,
    service: &Stop,
) -> Result<(), Failure> {
    let built = build(&Client::new(url, key), full);
    if no_serve || built.is_err() {
        service.stop();
    }
    let Built { summary, findings, outcome } = built?;
    println!("{summary}");
    println!("found:");
    for finding in &findings {
        println!("  {finding}");
    }
    if !no_serve {
        println!("listening on {url}");
    }
    println!("token: {token}");
    if !no_serve {
        let call = |path: &str| println!("  curl -s -H 'Authorization: Bearer {token}' '{url}{path}'");
        println!("try:");
        call("/v1/board?fields=external_id,progress,health,accountable");
        call("/v1/findings?severity=error");
        call(&format!("/v1/outcomes/{outcome}/progress?as_of=2018-12-31"));
    }
    Ok(())
}

struct Built {
    summary: String,
    /// How many findings there are of each rule.
    findings: Vec<String>,
    /// The outcome of a target that names a number.
    outcome: String,
}

/// The calls of a demonstration, for the bar.
const STEPS: u64 = 20;

fn build(client: &Client, full: bool) -> Result<Built, Failure> {
    let making = Making { client, progress: Progress::of(STEPS, "making the demonstration") };
    making.rows(
        ImportKind::Mission,
        vec![Row::of(
            None,
            json!({
                "statement": "Transform our world: the Agenda 2030 for sustainable development, in the United Kingdom.",
                "vision": "A world free of poverty, hunger, disease and want, where all life can thrive.",
                "values": ["Leave no one behind", "Evidence before opinion", "Think of those who come after us"],
                "effective_from": FIRST_DAY,
            }),
        )],
    )?;
    making.rows(
        ImportKind::Period,
        vec![Row::of(
            Some("agenda-2030"),
            json!({
                "name": "Agenda 2030", "start_on": FIRST_DAY, "end_on": "2030-12-31", "state": "open",
            }),
        )],
    )?;
    let themes = making.file(THEMES)?;
    let skills = making.file(SKILLS)?;
    let teams = making.file(TEAMS)?;
    let roles = making.file(ROLES)?;
    let outcomes = making.file(OUTCOMES)?;
    let measures = making.file(if full { MEASURES_FULL } else { MEASURES })?;
    let headline = making.file(HEADLINE)?;
    let segments = if full { Some(making.file(OBSERVATIONS)?) } else { None };

    let Posts {
        roles: owners,
        people,
        assignments,
        memberships,
        person_skills,
        responsibilities,
        proposals,
        activations,
        left,
        moved,
    } = Posts::of(&FILES, full)?;
    let (more_roles, people_count, active) = (owners.len(), people.len(), activations.len());
    making.rows(ImportKind::Role, owners)?;
    making.rows(ImportKind::Person, people)?;
    making.rows(ImportKind::Assignment, assignments)?;
    making.rows(ImportKind::Membership, memberships)?;
    making.rows(ImportKind::PersonSkill, person_skills)?;
    making.rows(ImportKind::Responsibility, responsibilities)?;
    making.rows(ImportKind::Proposal, proposals)?;
    making.rows(ImportKind::Activation, activations)?;
    // Since then some posts fell vacant, ended their term or got a second holder.
    making.rows(ImportKind::Person, left)?;
    making.rows(ImportKind::Assignment, moved)?;

    let made = |tally: &Tally| tally.created;
    let proposed = made(&outcomes) - active as u64;
    let mut summary = format!(
        "made: 1 mission, {} themes, {} outcomes ({active} active, {proposed} proposed), {} measures, {} headline \
         observations",
        made(&themes),
        made(&outcomes),
        made(&measures),
        made(&headline),
    );
    if let Some(segments) = &segments {
        let Tally { rows, created, superseded_in_batch, .. } = segments;
        summary += &format!(
            ", {rows} observations as segments ({created} kept, {superseded_in_batch} replaced by later rows of the same segment and day)"
        );
    }
    summary += &format!(
        ", {} teams, {} roles, {} skills, {people_count} posts",
        made(&teams),
        made(&roles) + more_roles as u64,
        made(&skills),
    );
    Ok(Built { summary, findings: counts(client)?, outcome: outcome_of(client, "sdg.3.6.1")? })
}

/// How many findings there are of each rule, errors first.
fn counts(client: &Client) -> Result<Vec<String>, Failure> {
    let page = match client.get::<Value>("/v1/findings?limit=1")? {
        Answered::Done(page) => page,
        Answered::Refused(refusal) => return Err(refusal.failure()),
    };
    let counts = page["counts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of = |severity: &Severity| {
        let those = counts.iter().filter(|one| one["severity"].as_str() == Some(severity.as_str()));
        let line = |one: &Value| {
            let (rule, count) = (one["rule"].as_str().unwrap_or_default(), one["count"].as_u64().unwrap_or_default());
            format!("{count:>5} {rule} ({severity})")
        };
        those.map(line).collect::<Vec<_>>()
    };
    Ok(Severity::ALL.iter().flat_map(of).collect())
}

/// The outcome that a measure belongs to.
fn outcome_of(client: &Client, key: &str) -> Result<String, Failure> {
    match client.get::<Value>(&format!("/v1/measures?key={key}"))? {
        Answered::Done(page) => Ok(page["data"][0]["outcome_id"].as_str().unwrap_or_default().to_owned()),
        Answered::Refused(refusal) => Err(refusal.failure()),
    }
}

/// What makes the organization.
struct Making<'a> {
    client: &'a Client,
    progress: Progress,
}

impl Making<'_> {
    fn sender(&self, what: &str) -> Sender<'_> {
        self.progress.say(what);
        Sender {
            client: self.client,
            options: Options { mode: Mode::Atomic, dry_run: false },
            progress: Progress::unseen(),
        }
    }

    /// Imports a file of the data.
    fn file(&self, (name, mapping): Mapped) -> Result<Tally, Failure> {
        let mut faults = Vec::new();
        let from = Origin { files: &FILES, name, sheet: None };
        let tally = import(&self.sender(name), &from, (name, mapping), None, &mut |_, fault| faults.push(fault))?;
        self.progress.advance(1);
        whole(name, tally, &faults)
    }

    /// Imports rows that the data does not hold.
    fn rows(&self, kind: ImportKind, rows: Vec<Row>) -> Result<Tally, Failure> {
        let mut calls = Rows::new();
        let mut tally = Tally::default();
        for (at, Row { external_id, fields }) in (1..).zip(rows) {
            tally.rows += 1;
            calls.push(at, external_id, fields)?;
        }
        let mut faults = Vec::new();
        let name = kind.as_str();
        self.sender(name).rows(kind, "sdg", calls, &mut tally, &mut |fault| faults.push(fault))?;
        self.progress.advance(1);
        whole(name, tally, &faults)
    }
}

/// A demonstration in which a row is refused is none.
fn whole(name: &str, tally: Tally, faults: &[Fault]) -> Result<Tally, Failure> {
    for fault in faults.iter().take(20) {
        eprintln!("{name}: {}", fault.describe("line"));
    }
    if tally.refused > 0 { Err(Failure::refused(format!("{name}: {tally}"))) } else { Ok(tally) }
}
