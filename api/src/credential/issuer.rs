//! Issuers: whose tokens are trusted, by which key, for this organization alone.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use jsonwebtoken::DecodingKey;
use remit_domain::credential::{Algorithm, Issuer};
use remit_domain::entity::{Actor, Kept, KeptRow, Valid};
use remit_domain::id::Id;
use remit_domain::text::Text;
use remit_persistence::{KeptIssuer, ReadTx, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{CredentialFilter, Nothing};
use crate::answer::{Answer, Media, answer};
use crate::auth::{Admin, Allowed, OWN_ISSUER};
use crate::csv_table;
use crate::extract::{Document, Parameters, path_id};
use crate::problem::Problem;
use crate::resource::{list_views, missing};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::{Shown, Word, Words};
use crate::writing::{Intent, Reply, WriteParameters, write};

type Title = Words<200>;
type AlgorithmWord = Word<Algorithm>;
type PublicKey = Words<4000>;

/// Another issuer of tokens. A person is bound to its subjects by an external id whose source is the issuer's id.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "issuer": "https://login.example.org", "algorithm": "EdDSA", "audience": "remit",
    "public_key": "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----"
}))]
pub struct IssuerDocument {
    /// The `iss` of its tokens, registered once on this server.
    #[validate(nested)]
    issuer: Title,
    /// How its tokens are signed; a token has no say in it.
    algorithm: AlgorithmWord,
    /// The `aud` that its tokens must name.
    #[validate(nested)]
    audience: Title,
    /// Its public key, PEM.
    #[validate(nested)]
    public_key: PublicKey,
}

type IssuerView = Shown<Issuer, IssuerDocument>;

/// A page of issuers.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct IssuerPage {
    /// The issuers.
    #[schema(max_items = 200)]
    data: Vec<IssuerView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// An issuer is registered or it is not: it has one version.
const VERSION: i64 = 1;

fn view(issuer: KeptIssuer) -> Result<IssuerView, Problem> {
    let KeptIssuer { id, organization: _, created_at, created_by, value } = issuer;
    let document = IssuerDocument {
        issuer: (&value.issuer).into(),
        algorithm: Word(value.algorithm),
        audience: (&value.audience).into(),
        public_key: (&Text::new(&value.public_key).map_err(|_| StoreError::Corrupt("a public key".into()))?).into(),
    };
    let created_by = Actor::new(created_by);
    let kept = Kept::new(KeptRow {
        id,
        version: VERSION,
        external: None,
        created_at,
        created_by: created_by.clone(),
        updated_at: created_at,
        updated_by: created_by,
        value: Valid::new(value)?,
    });
    Ok(Shown::new(&kept, document))
}

fn issuer(document: &IssuerDocument) -> Result<Issuer, Problem> {
    let IssuerDocument { issuer, algorithm, audience, public_key } = document;
    let issuer = issuer.text()?;
    if issuer.as_str() == OWN_ISSUER {
        return Err(Problem::field("/issuer", "reserved", "is the name of the server's own tokens"));
    }
    let public_key = public_key.text()?.to_string();
    check_key(algorithm.0, &public_key)?;
    Ok(Issuer { issuer, algorithm: algorithm.0, audience: audience.text()?, public_key })
}

/// Whether a text is one public key of an algorithm.
fn check_key(algorithm: Algorithm, pem: &str) -> Result<(), Problem> {
    let refuse = |code: &str, detail: &str| Err(Problem::field("/public_key", code, detail));
    // A private key reads as the public one that it contains; it must not lie here.
    if pem.contains("PRIVATE KEY") {
        return refuse("private_key", "must be a public key; treat this private key as disclosed");
    }
    // The library's reader of DER goes as deep as what it is given, and a stack has an end.
    if !is_shallow(pem) {
        return refuse("key_malformed", "must be one public key, PEM");
    }
    let bytes = pem.as_bytes();
    // What parses may still be of another curve or too short to verify anything: the bytes inside have a known length.
    let (key, lengths, detail) = match algorithm {
        Algorithm::Rs256 => {
            (DecodingKey::from_rsa_pem(bytes), 260..=2_100, "must be an RSA public key of 2048 bits or more, PEM")
        }
        Algorithm::Es256 => (DecodingKey::from_ec_pem(bytes), 65..=65, "must be a P-256 public key, PEM"),
        Algorithm::EdDsa => (DecodingKey::from_ed_pem(bytes), 32..=32, "must be an Ed25519 public key, PEM"),
    };
    let fits = key.and_then(|key| Ok(lengths.contains(&key.try_get_as_bytes()?.len()))).unwrap_or(false);
    if fits { Ok(()) } else { refuse("key_malformed", detail) }
}

/// The most levels of a public key's DER: a sequence in a sequence.
const KEY_DEPTH: usize = 4;

/// Whether a text is one PEM block whose DER is no deeper than a public key's.
fn is_shallow(pem: &str) -> bool {
    use base64::Engine;
    let mut lines: Vec<&str> = pem.trim().lines().map(str::trim).collect();
    let is_framed = lines.len() > 2
        && lines.pop().is_some_and(|line| line.starts_with("-----END "))
        && lines.remove(0).starts_with("-----BEGIN ");
    let der = base64::engine::general_purpose::STANDARD.decode(lines.concat());
    is_framed && der.is_ok_and(|der| der_depth(&der).is_some_and(|depth| depth <= KEY_DEPTH))
}

/// How deep DER is nested, if its lengths agree; it is read no deeper than one level below [`KEY_DEPTH`].
fn der_depth(der: &[u8]) -> Option<usize> {
    let (mut at, mut ends, mut deepest) = (0, vec![der.len()], 0);
    while let Some(end) = ends.last().copied() {
        if at == end {
            ends.pop();
            continue;
        }
        let (tag, first) = (*der.get(at)?, usize::from(*der.get(at + 1)?));
        let octets = if first < 0x80 { 0 } else { first & 0x7f };
        if octets > 2 || first == 0x80 {
            return None;
        }
        let length = match octets {
            0 => first,
            _ => der.get(at + 2..at + 2 + octets)?.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)),
        };
        at += 2 + octets;
        if at + length > end {
            return None;
        }
        if tag & 0x20 == 0 {
            at += length;
            continue;
        }
        ends.push(at + length);
        deepest = deepest.max(ends.len() - 1);
        if deepest > KEY_DEPTH {
            return Some(deepest);
        }
    }
    Some(deepest)
}

fn find(tx: &mut ReadTx<'_>, id: Id<Issuer>) -> Result<KeptIssuer, Problem> {
    tx.issuers()?.into_iter().find(|issuer| issuer.id == id).ok_or_else(|| Problem::not_found("issuer"))
}

/// List issuers.
#[utoipa::path(tag = "credentials", operation_id = "listIssuers", params(CredentialFilter),
    responses((status = 200, description = "The issuers, by id.", body = IssuerPage)),
    security(("bearer" = ["admin"])))]
#[get("/v1/issuers")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Admin>,
    filter: Parameters<CredentialFilter>,
) -> Result<HttpResponse, Problem> {
    let columns = || csv_table::columns_of::<IssuerView>();
    list_views(&remit, &request, &caller, filter.0.into(), columns, |_, tx, _| {
        let issuers = tx.issuers()?.into_iter().map(view).collect::<Result<_, _>>()?;
        Ok((issuers, remit_domain::time::Instant::END))
    })
    .await
}

/// Trust an issuer: its tokens speak for this organization.
#[utoipa::path(tag = "credentials", operation_id = "createIssuer", request_body = IssuerDocument,
    responses((status = 201, description = "The issuer.", body = IssuerView)), security(("bearer" = ["admin"])))]
#[post("/v1/issuers")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Admin>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let issuer = issuer(&body.read()?)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    write(&remit, &caller, intent, move |remit, tx, _| {
        let kept = tx.register_issuer(issuer.clone())?;
        Ok(Reply::created(format!("/v1/issuers/{}", kept.id), &view(kept)?)?.version(remit, VERSION))
    })
    .await
}

/// Read an issuer.
#[utoipa::path(tag = "credentials", operation_id = "getIssuer",
    responses((status = 200, description = "The issuer.", body = IssuerView)), security(("bearer" = ["admin"])))]
#[get("/v1/issuers/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Admin>,
    id: Path<String>,
    _: Parameters<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id: Id<Issuer> = path_id(&id)?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, Travel::none(), move |_, tx, _| {
        Ok(Answer::json(&view(find(tx, id)?)?)?.version(VERSION))
    })
    .await
}

/// End the trust in an issuer: its tokens are refused from now on.
#[utoipa::path(tag = "credentials", operation_id = "deleteIssuer",
    responses((status = 204, description = "Its tokens are refused from now on.")),
    security(("bearer" = ["admin"])))]
#[delete("/v1/issuers/{id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Admin>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    let id: Id<Issuer> = path_id(&id)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &[])?;
    let answer = write(&remit, &caller, intent, move |remit, tx, intent| {
        find(tx, id)?;
        intent.require_match(remit, VERSION)?;
        tx.delete_issuer(id).map_err(missing::<Issuer>)?;
        Ok(Reply::no_content())
    })
    .await;
    remit.forget_callers();
    answer
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(create).service(read).service(remove);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----";

    fn refusal(algorithm: Algorithm, pem: &str) -> Option<String> {
        check_key(algorithm, pem).err().and_then(|problem| problem.errors().first().map(|error| error.code.clone()))
    }

    #[test]
    fn an_issuer_is_registered_with_one_public_key_of_its_algorithm() {
        assert_eq!(refusal(Algorithm::EdDsa, ED25519), None);
        let private = ED25519.replace("PUBLIC", "PRIVATE");
        let twice = format!("{ED25519}\n{ED25519}");
        for (algorithm, pem, code) in [
            (Algorithm::Es256, ED25519, "key_malformed"),
            (Algorithm::Rs256, ED25519, "key_malformed"),
            (Algorithm::EdDsa, &private, "private_key"),
            (Algorithm::EdDsa, &twice, "key_malformed"),
            (Algorithm::EdDsa, "ssh-ed25519 AAAA", "key_malformed"),
        ] {
            assert_eq!(refusal(algorithm, pem).as_deref(), Some(code), "{algorithm} {pem}");
        }
    }

    #[test]
    fn a_key_that_is_nested_without_end_is_refused_before_it_is_parsed() {
        use base64::Engine;
        let mut der = Vec::new();
        while der.len() < 2_500 {
            let length = u16::try_from(der.len()).expect("short").to_be_bytes();
            der.splice(0..0, [0x30, 0x82, length[0], length[1]]);
        }
        let body = base64::engine::general_purpose::STANDARD.encode(&der);
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----");
        assert_eq!(der_depth(&der), Some(KEY_DEPTH + 1));
        assert_eq!(refusal(Algorithm::Rs256, &pem).as_deref(), Some("key_malformed"));
    }

    #[test]
    fn der_whose_lengths_disagree_has_no_depth() {
        for der in [&[0x30][..], &[0x30, 5, 1], &[0x30, 0x80, 0, 0], &[0x30, 0x84, 0, 0, 0, 0], &[0x30, 3, 0x30, 2, 0]]
        {
            assert_eq!(der_depth(der), None, "{der:?}");
        }
        assert_eq!(der_depth(&[0x30, 3, 0x02, 1, 5]), Some(1));
    }
}
