//! Who calls and what they may do: bearer tokens, API keys, and scopes in the signature of every handler.

use std::future::{Future, ready};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use remit_domain::credential::{self, Scope};
use remit_domain::entity::Actor;
use remit_domain::id::Id;
use remit_domain::measure::MeasureId;
use remit_domain::organization::OrganizationId;
use remit_domain::person::PersonId;
use remit_domain::spelling::Spelled;
use remit_domain::team::TeamId;
use remit_domain::time::Instant;
use remit_persistence::{StoreError, When, clock, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::problem::{Kind, Problem};
use crate::state::Remit;

/// The issuer and the audience of the server's own tokens.
pub const OWN_ISSUER: &str = "remit";
/// How long a verified credential is believed without another look, in microseconds.
const BELIEVED_MICROS: i64 = 5_000_000;

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u16);

impl Scopes {
    /// The set of these scopes.
    pub fn of(scopes: impl IntoIterator<Item = Scope>) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | 1 << scope as u16))
    }
    /// Whether a scope is in the set; `admin` stands for all.
    pub fn allow(self, scope: Scope) -> bool {
        self.0 & (1 << Scope::Admin as u16 | 1 << scope as u16) != 0
    }
    /// The scopes, in their documented order.
    pub fn list(self) -> Vec<Scope> {
        Scope::ALL.iter().copied().filter(|scope| self.0 & (1 << *scope as u16) != 0).collect()
    }
}

/// A verified credential.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The organization that it speaks for.
    pub organization: OrganizationId,
    /// Its name: a key's id, or issuer and subject.
    pub credential: String,
    /// What stands in the log.
    pub actor: Actor,
    /// The person it is bound to.
    pub person: Option<PersonId>,
    /// What it may do.
    pub scopes: Scopes,
    /// The only measures that it may write to; all where empty.
    pub measures: Vec<MeasureId>,
    /// The only teams whose outcomes it may write to; all where empty.
    pub teams: Vec<TeamId>,
    /// From when it is refused.
    pub expires_at: Option<Instant>,
}

/// Which personal values a caller may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Eyes {
    /// A person is an id and a display name.
    Names,
    /// Everything about people.
    People,
}

impl Caller {
    /// What it may see of people.
    pub fn eyes(&self) -> Eyes {
        if self.scopes.allow(Scope::PeopleRead) { Eyes::People } else { Eyes::Names }
    }

    /// Whether it has a scope.
    ///
    /// # Errors
    /// 403 that names the scope.
    pub fn require(&self, scope: Scope) -> Result<(), Problem> {
        let lacks = || Problem::new(Kind::Forbidden, format!("This needs the scope {scope}."));
        if self.scopes.allow(scope) { Ok(()) } else { Err(lacks()) }
    }
}

/// A scope as a type, so that a handler's signature names it.
pub trait Needs: 'static {
    /// The scope; none for what any credential may do.
    const SCOPE: Option<Scope>;
}

macro_rules! needs {
    ($($name:ident),+) => { $(
        /// The scope of this name.
        #[derive(Debug)]
        pub enum $name {}
        impl Needs for $name {
            const SCOPE: Option<Scope> = Some(Scope::$name);
        }
    )+ };
}
needs!(
    Read,
    PeopleRead,
    ObservationsWrite,
    OutcomesWrite,
    RolesWrite,
    PeopleWrite,
    WebhooksWrite,
    AuditRead,
    CalendarRead,
    Admin
);

/// Any credential, whatever it may do.
#[derive(Debug)]
pub enum Anyone {}
impl Needs for Anyone {
    const SCOPE: Option<Scope> = None;
}

/// A caller who has the scope `N`.
#[derive(Debug)]
pub struct Allowed<N> {
    /// The caller.
    pub caller: Arc<Caller>,
    needs: PhantomData<N>,
}

impl<N> std::ops::Deref for Allowed<N> {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<N: Needs> FromRequest for Allowed<N> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(remit) = request.app_data::<web::Data<Remit>>().cloned() else {
            return Box::pin(ready(Err(Problem::new(Kind::Internal, "The service is not configured."))));
        };
        let token = bearer(request).map(str::to_owned);
        let method_writes = !request.method().is_safe();
        let request = request.clone();
        Box::pin(async move {
            let caller = caller(&remit, token?).await?;
            if let Some(scope) = N::SCOPE {
                caller.require(scope)?;
            }
            if let Some(allowance) = remit.limiter.take(&caller.credential, method_writes)? {
                request.extensions_mut().insert(allowance);
            }
            Ok(Self { caller, needs: PhantomData })
        })
    }
}

/// The credential that a request shows.
///
/// # Errors
/// 401 when it shows none.
pub fn bearer(request: &HttpRequest) -> Result<&str, Problem> {
    let missing = || Problem::new(Kind::Unauthorized, "Send Authorization: Bearer with a token or an API key.");
    let header = request.headers().get(actix_web::http::header::AUTHORIZATION).ok_or_else(missing)?;
    let header = header.to_str().map_err(|_| missing())?;
    let (scheme, token) = header.split_once(' ').ok_or_else(missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Err(missing());
    }
    Ok(token.trim())
}

/// SHA-256 of a secret, lower-case hex: the only form in which a key is kept.
pub fn fingerprint(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

/// The caller who shows a credential, believed for a few seconds.
///
/// # Errors
/// 401 when it is not trusted, or no longer; what the store says.
pub async fn caller(remit: &Remit, token: String) -> Result<Arc<Caller>, Problem> {
    let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    let now = clock::now();
    if let Some((checked_at, caller)) = remit.callers.get(&digest)
        && now.micros() - checked_at.micros() < BELIEVED_MICROS
        && caller.expires_at.is_none_or(|expires| now < expires)
    {
        return Ok(caller);
    }
    let times_forgotten = remit.times_forgotten();
    let caller = Arc::new(if token.starts_with("remit_") {
        api_key(remit, &token, now).await?
    } else {
        json_web_token(remit, &token).await?
    });
    remit.believe(digest, caller.clone(), now, times_forgotten);
    Ok(caller)
}

fn untrusted(detail: &str) -> Problem {
    Problem::new(Kind::Unauthorized, detail)
}

async fn api_key(remit: &Remit, secret: &str, now: Instant) -> Result<Caller, Problem> {
    let hash = fingerprint(secret);
    let (organization, key) = match remit.store.api_key(hash.clone()).await {
        Err(StoreError::NotFound) => return Err(untrusted("This API key is not known here.")),
        other => other?,
    };
    if key.expires_at.is_some_and(|expires| expires <= now) {
        return Err(untrusted("This API key has expired."));
    }
    if let Some(person) = key.person {
        require_active(remit, organization, person).await?;
    }
    remit.key_uses.note(organization, hash, now);
    Ok(Caller {
        organization,
        credential: key.id.to_string(),
        actor: Actor::new(key.person.map_or_else(|| key.name.as_str().to_owned(), |person| person.to_string())),
        person: key.person,
        scopes: Scopes::of(key.scopes.iter().copied()),
        measures: key.measures.clone(),
        teams: key.teams.clone(),
        expires_at: key.expires_at,
    })
}

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// For whom it is meant.
    pub aud: String,
    /// Who it speaks for.
    pub sub: String,
    /// When it ends, seconds since 1970.
    pub exp: i64,
    /// When it was issued.
    #[serde(default)]
    pub iat: i64,
    /// Its scopes, separated by spaces.
    #[serde(default)]
    pub scope: String,
    /// The organization; only in the server's own tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<String>,
}

/// Signs one of the server's own tokens.
///
/// # Errors
/// A sentence, when the secret cannot sign.
pub fn sign(secret: &[u8], claims: &Claims) -> Result<String, String> {
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret))
        .map_err(|error| format!("the token could not be signed: {error}"))
}

/// The issuer that an unverified token names; it only leads to the key that then decides.
fn claimed_issuer(token: &str) -> Option<String> {
    use base64::Engine;
    #[derive(Deserialize)]
    struct Issued {
        iss: String,
    }
    let payload = token.split('.').nth(1)?;
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).ok()?;
    serde_json::from_slice::<Issued>(&payload).ok().map(|issued| issued.iss)
}

async fn json_web_token(remit: &Remit, token: &str) -> Result<Caller, Problem> {
    let refused = || untrusted("This token is not trusted here: malformed, expired, or signed by another.");
    let issuer = claimed_issuer(token).ok_or_else(refused)?;
    // The algorithm comes from what is registered, never from the token.
    let (organization, algorithm, key, audience) = if issuer == OWN_ISSUER {
        (None, Algorithm::HS256, DecodingKey::from_secret(&remit.secret), OWN_ISSUER.to_owned())
    } else {
        let known = match remit.store.issuer(issuer.clone()).await {
            Err(StoreError::NotFound) => return Err(refused()),
            other => other?,
        };
        let pem = known.value.public_key.as_bytes();
        let (algorithm, key) = match known.value.algorithm {
            credential::Algorithm::Rs256 => (Algorithm::RS256, DecodingKey::from_rsa_pem(pem)),
            credential::Algorithm::Es256 => (Algorithm::ES256, DecodingKey::from_ec_pem(pem)),
            credential::Algorithm::EdDsa => (Algorithm::EdDSA, DecodingKey::from_ed_pem(pem)),
        };
        let key = key.map_err(|_| refused())?;
        (Some((known.organization, known.id)), algorithm, key, known.value.audience.as_str().to_owned())
    };
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[&issuer]);
    validation.set_audience(&[&audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.leeway = 0;
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|_| refused())?.claims;

    let named = |organization: Option<&str>| organization.and_then(Id::parse);
    let (organization, person) = match organization {
        None => {
            let organization: OrganizationId = named(claims.org.as_deref()).ok_or_else(refused)?;
            (organization, PersonId::parse(&claims.sub))
        }
        Some((organization, issuer)) => {
            let person = bound_person(remit, organization, &issuer.to_string(), &claims.sub).await?;
            (organization, person)
        }
    };
    if let Some(person) = person {
        require_active(remit, organization, person).await?;
    } else {
        // The organization may be gone while its tokens live on.
        remit.store.head(organization).await.map_err(|_| refused())?;
    }
    // The library counts whole seconds and takes a token on its last one; RFC 7519 does not, from the instant of exp on.
    let expires_at = Instant::from_micros(claims.exp.saturating_mul(1_000_000));
    if expires_at <= clock::now() {
        return Err(refused());
    }
    let actor = person.map_or_else(|| claims.sub.clone(), |person| person.to_string());
    Ok(Caller {
        organization,
        credential: format!("{issuer} {}", claims.sub),
        actor: Actor::new(actor),
        person,
        scopes: Scopes::of(claims.scope.split_whitespace().filter_map(Scope::parse)),
        measures: Vec::new(),
        teams: Vec::new(),
        expires_at: Some(expires_at),
    })
}

/// A credential ends with its person's time here.
async fn require_active(remit: &Remit, organization: OrganizationId, person: PersonId) -> Result<(), Problem> {
    let found = remit.store.read(organization, move |tx| tx.find(person, When::Present).map_err(Problem::from)).await?;
    if found.is_none_or(|person| !person.active) {
        return Err(untrusted("The person of this credential is not active here."));
    }
    Ok(())
}

/// The person who bears the subject as an external id whose source is the issuer's id.
async fn bound_person(
    remit: &Remit,
    organization: OrganizationId,
    issuer: &str,
    subject: &str,
) -> Result<Option<PersonId>, Problem> {
    use remit_domain::text::{External, Source, Text};
    let (Some(source), Ok(id)) = (Source::parse(issuer), Text::new(subject)) else { return Ok(None) };
    let external = External { source, id };
    remit
        .store
        .read(organization, move |tx| tx.named(&remit_persistence::Name::External(&external)).map_err(Problem::from))
        .await
}
