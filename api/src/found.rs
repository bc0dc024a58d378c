//! Founding: an organization with the admin key that opens it.

use remit_domain::credential::{ApiKey, Scope};
use remit_domain::entity::{Actor, Valid};
use remit_domain::mailing::Mailing;
use remit_domain::organization::{Organization, OrganizationId, Thresholds};
use remit_domain::text::{Key, Text};
use remit_domain::time::Zone;
use remit_persistence::{Store, StoreError, clock};

use crate::auth::fingerprint;
use crate::config::random_text;

/// An organization that was just founded.
#[derive(Clone, Debug)]
pub struct Founded {
    /// Its identifier.
    pub id: OrganizationId,
    /// Its admin key: the secret itself, which is kept nowhere.
    pub key: String,
}

/// An organization from what was typed. `fiscal` is the month in which its fiscal year begins, 1 to 12.
///
/// # Errors
/// The setting that is wrong, in snake_case, and what is wrong with it.
pub fn organization(
    name: &str,
    slug: &str,
    zone: &str,
    fiscal: i8,
) -> Result<Valid<Organization>, (&'static str, String)> {
    let organization = Organization {
        name: Text::new(name).map_err(|error| ("name", error.to_string()))?,
        slug: Key::parse(slug).ok_or_else(|| ("slug", "only a-z, 0-9, dot, underscore and dash".into()))?,
        zone: Zone::named(zone).ok_or_else(|| ("time_zone", "not in the IANA database".into()))?,
        next_zone: None,
        fiscal_year_starts: fiscal,
        thresholds: Thresholds::default(),
        check_in_days: 14,
        mailing: Mailing::default(),
    };
    Valid::new(organization).map_err(|_| ("fiscal_year_starts", "a month from 1 to 12".into()))
}

/// Founds an organization with an admin key.
///
/// # Errors
/// What the store says: the slug may be taken.
pub async fn found(store: &Store, organization: Valid<Organization>) -> Result<Founded, StoreError> {
    let id: OrganizationId = clock::mint();
    let key = format!("remit_{}", random_text(32));
    let hash = fingerprint(&key);
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
    Ok(Founded { id, key })
}
