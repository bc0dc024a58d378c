//! `remit org`: organizations and their first key.

use clap::Subcommand;
use remit_api::auth::fingerprint;
use remit_api::config::{Config, random_text};
use remit_domain::credential::{ApiKey, Scope};
use remit_domain::entity::{Actor, Valid};
use remit_domain::organization::{Organization, OrganizationId, Thresholds};
use remit_domain::text::{Key, Text};
use remit_domain::time::Zone;
use remit_persistence::{Store, StoreError, clock};

use super::{Failure, block_on, open};

/// What to do with organizations.
#[derive(Subcommand)]
pub enum Task {
    /// Make an organization and print its admin key, once
    Create {
        /// Its name
        #[arg(long)]
        name: String,
        /// Its short name: a-z, 0-9, dot, underscore, dash
        #[arg(long)]
        slug: String,
        /// The time zone whose days count
        #[arg(long, default_value = "UTC")]
        time_zone: String,
        /// The month in which its fiscal year begins
        #[arg(long, default_value_t = 1)]
        fiscal_year_starts: i8,
    },
    /// List the organizations
    List,
}

impl Task {
    /// Carries it out.
    ///
    /// # Errors
    /// What to print and how to exit.
    pub fn run(self, config: &Config) -> Result<(), Failure> {
        let store = open(config)?;
        block_on(async {
            match self {
                Self::Create { name, slug, time_zone, fiscal_year_starts } => {
                    let organization = organization(&name, &slug, &time_zone, fiscal_year_starts)?;
                    let (id, key) = found(&store, organization).await?;
                    eprintln!("organization {id} made; its admin key, shown this once:");
                    println!("{key}");
                }
                Self::List => {
                    for (slug, id) in store.organizations().await? {
                        println!("{slug}\t{id}");
                    }
                }
            }
            Ok(())
        })
    }
}

/// An organization from what was typed.
///
/// # Errors
/// A sentence that names the argument.
pub fn organization(name: &str, slug: &str, zone: &str, fiscal: i8) -> Result<Valid<Organization>, Failure> {
    let wrong = |what: &str, why: String| Failure { message: format!("{what}: {why}"), code: 2 };
    let organization = Organization {
        name: Text::new(name).map_err(|error| wrong("--name", error.to_string()))?,
        slug: Key::parse(slug).ok_or_else(|| wrong("--slug", "only a-z, 0-9, dot, underscore and dash".into()))?,
        zone: Zone::named(zone).ok_or_else(|| wrong("--time-zone", "not in the IANA database".into()))?,
        next_zone: None,
        fiscal_year_starts: fiscal,
        thresholds: Thresholds::default(),
        check_in_days: 14,
    };
    Valid::new(organization).map_err(|_| wrong("--fiscal-year-starts", "a month from 1 to 12".into()))
}

/// Founds an organization with an admin key.
///
/// # Errors
/// What the store says.
pub async fn found(store: &Store, organization: Valid<Organization>) -> Result<(OrganizationId, String), Failure> {
    let id: OrganizationId = clock::mint();
    let secret = format!("remit_{}", random_text(32));
    let hash = fingerprint(&secret);
    store
        .write(id, Actor::new("operator"), move |tx| {
            tx.found(organization.clone())?;
            let key = ApiKey {
                name: Text::new("admin").map_err(|_| StoreError::Internal("a name".into()))?,
                scopes: vec![Scope::Admin],
                person: None,
                measures: Vec::new(),
                teams: Vec::new(),
                hash: hash.clone(),
                expires_at: None,
            };
            tx.create_api_key(Valid::new(key).map_err(|_| StoreError::Internal("a key".into()))?)?;
            Ok::<_, StoreError>(())
        })
        .await?;
    Ok((id, secret))
}
