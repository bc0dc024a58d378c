//! Credentials: what a caller may do.

use crate::entity::{Check, NoRule};
use crate::id::{Id, Identified};
use crate::measure::MeasureId;
use crate::person::PersonId;
use crate::spelling::spelled;
use crate::team::TeamId;
use crate::text::Title;
use crate::time::Instant;

/// The identifier of an API key.
pub type ApiKeyId = Id<ApiKey>;
/// The identifier of a registered issuer of tokens.
pub type IssuerId = Id<Issuer>;
/// The most measures or teams to which a key is narrowed.
pub const NARROWING_MAX: usize = 200;

/// A right that a credential carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Reads everything but personal values and the log.
    Read,
    /// Reads people's names and addresses.
    PeopleRead,
    /// Records observations.
    ObservationsWrite,
    /// Writes missions, themes, periods, outcomes and measures.
    OutcomesWrite,
    /// Writes roles, assignments and responsibilities.
    RolesWrite,
    /// Writes people, teams and skills.
    PeopleWrite,
    /// Registers webhooks.
    WebhooksWrite,
    /// Reads the log.
    AuditRead,
    /// Follows the calendar.
    CalendarRead,
    /// Everything, credentials and settings included.
    Admin,
}
spelled!(Scope {
    Read = "read",
    PeopleRead = "people:read",
    ObservationsWrite = "observations:write",
    OutcomesWrite = "outcomes:write",
    RolesWrite = "roles:write",
    PeopleWrite = "people:write",
    WebhooksWrite = "webhooks:write",
    AuditRead = "audit:read",
    CalendarRead = "calendar:read",
    Admin = "admin",
});

/// A secret that a script or a tool shows; only its SHA-256 is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiKey {
    /// What it is for; the actor's name in the log.
    pub name: Title,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Whose it is, where it acts for a person.
    pub person: Option<PersonId>,
    /// The only measures that it may write to; all where empty.
    pub measures: Vec<MeasureId>,
    /// The only teams whose outcomes it may write to; all where empty.
    pub teams: Vec<TeamId>,
    /// SHA-256 of the secret, lower-case hex.
    pub hash: String,
    /// From when it is refused.
    pub expires_at: Option<Instant>,
}

/// Why an API key was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKeyError {
    /// It may do nothing.
    NoScope,
    /// More than [`NARROWING_MAX`] measures or teams.
    TooMany,
}

impl Check for ApiKey {
    type Error = ApiKeyError;
    fn check(&self) -> Result<(), ApiKeyError> {
        if self.scopes.is_empty() {
            return Err(ApiKeyError::NoScope);
        }
        let fits = self.measures.len() <= NARROWING_MAX && self.teams.len() <= NARROWING_MAX;
        fits.then_some(()).ok_or(ApiKeyError::TooMany)
    }
}

/// Another issuer of tokens, trusted for exactly one organization.
#[derive(Clone, Debug, PartialEq)]
pub struct Issuer {
    /// The `iss` of its tokens.
    pub issuer: Title,
    /// How its tokens are signed; the token has no say in it.
    pub algorithm: Algorithm,
    /// The `aud` that its tokens must name.
    pub audience: Title,
    /// Its public key, PEM.
    pub public_key: String,
}

/// How an issuer signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSA with SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}
spelled!(Algorithm { Rs256 = "RS256", Es256 = "ES256", EdDsa = "EdDSA" });

impl Check for Issuer {
    type Error = NoRule;
    fn check(&self) -> Result<(), NoRule> {
        Ok(())
    }
}
impl Identified for ApiKey {
    const PREFIX: &'static str = "key";
    const NOUN: &'static str = "api_key";
}
impl Identified for Issuer {
    const PREFIX: &'static str = "iss";
    const NOUN: &'static str = "issuer";
}
