//! `remit org`: organizations and their first key.

use clap::Subcommand;
use remit_api::config::Config;
use remit_api::found::{found, organization};
use remit_domain::organization::OrganizationId;
use remit_persistence::Store;

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

/// The organization of this slug; without one, the only one there is.
///
/// # Errors
/// What to print and how to exit.
pub fn chosen(config: &Config, slug: Option<&str>) -> Result<(String, OrganizationId), Failure> {
    let mut organizations = Store::directory(&config.address)?;
    match (slug, organizations.len()) {
        (Some(slug), _) => {
            let found = organizations.into_iter().find(|(known, _)| known == slug);
            found.ok_or_else(|| Failure::refused(format!("there is no organization {slug}")))
        }
        (None, 0 | 1) => {
            organizations.pop().ok_or_else(|| Failure::refused("there is no organization yet; run remit org create"))
        }
        (None, _) => Err(Failure::usage("--organization: there are several; say which")),
    }
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
                    let organization = organization(&name, &slug, &time_zone, fiscal_year_starts)
                        .map_err(|(what, why)| Failure::usage(format!("--{}: {why}", what.replace('_', "-"))))?;
                    let founded = found(&store, organization).await?;
                    eprintln!("organization {} made; its admin key, shown this once:", founded.id);
                    println!("{}", founded.key);
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
