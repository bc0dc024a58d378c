//! `remit token`: a token of the server's own.

use std::time::Duration;

use clap::Args;
use remit_api::auth::{Claims, OWN_ISSUER, sign};
use remit_api::config::{Config, secret};
use remit_domain::credential::Scope;
use remit_domain::person::PersonId;
use remit_domain::spelling::Spelled;
use remit_persistence::clock;

use super::{Failure, organization};

/// For whom, what for and for how long.
#[derive(Args)]
pub struct Arguments {
    /// The slug of the organization; may be left out where there is only one
    #[arg(long)]
    organization: Option<String>,
    /// The person whom the token speaks for
    #[arg(long)]
    person: Option<String>,
    /// What it may do: read, people:read, observations:write, outcomes:write, roles:write, people:write,
    /// webhooks:write, audit:read, calendar:read, admin; may be repeated, or separated by commas
    #[arg(long, required = true, value_delimiter = ',')]
    scope: Vec<String>,
    /// How long it lasts: 90s, 30m, 12h, 7d
    #[arg(long, default_value = "1h")]
    ttl: String,
}

impl Arguments {
    /// Prints the token.
    ///
    /// # Errors
    /// What to print and how to exit.
    pub fn run(self, config: &Config) -> Result<(), Failure> {
        let wrong = |message: String| Failure { message, code: 2 };
        for scope in &self.scope {
            if Scope::parse(scope).is_none() {
                return Err(wrong(format!("--scope: {scope} is no scope")));
            }
        }
        let ttl = duration(&self.ttl).ok_or_else(|| wrong(format!("--ttl: {} is no time such as 1h", self.ttl)))?;
        if let Some(person) = &self.person
            && PersonId::parse(person).is_none()
        {
            return Err(wrong("--person: not the id of a person".into()));
        }
        let (_, organization) = organization::chosen(config, self.organization.as_deref())?;
        let now = clock::now().micros() / 1_000_000;
        let claims = Claims {
            iss: OWN_ISSUER.into(),
            aud: OWN_ISSUER.into(),
            sub: self.person.unwrap_or_else(|| "operator".into()),
            iat: now,
            exp: now.saturating_add(i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX)),
            scope: self.scope.join(" "),
            org: Some(organization.to_string()),
        };
        println!("{}", sign(&secret(&config.secret_file)?, &claims)?);
        Ok(())
    }
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds).filter(|total| *total > 0).map(Duration::from_secs)
}
