//! Signatures of heads: Ed25519, by a key that follows from the server's secret, so that anyone can check them.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use remit_domain::organization::OrganizationId;
use remit_domain::time::Instant;
use sha2::Sha256;

use crate::problem::{Kind, Problem};

/// What stands before the 32 bytes of an Ed25519 key in a `SubjectPublicKeyInfo` (RFC 8410).
const KEY_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A head with its signature.
#[derive(Debug)]
pub struct SignedHead {
    /// The text that is signed.
    pub statement: String,
    /// Ed25519 over its bytes, in Base64.
    pub signature: String,
    /// The key that checks it, PEM.
    pub public_key: String,
}

/// What is signed of a head.
pub fn statement(organization: OrganizationId, revision: i64, recorded_at: Instant, hash: &str) -> String {
    format!("remit head 1\norganization {organization}\nrevision {revision}\nrecorded_at {recorded_at}\nhash {hash}\n")
}

/// The key pair that signs heads: another secret for another purpose, made of the server's own.
fn key_pair(secret: &[u8]) -> Option<Ed25519KeyPair> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(b"remit head signing key 1");
    Ed25519KeyPair::from_seed_unchecked(&mac.finalize().into_bytes()).ok()
}

/// Signs a head.
///
/// # Errors
/// 500 when the secret makes no key, which every secret does.
pub fn sign(
    secret: &[u8],
    organization: OrganizationId,
    revision: i64,
    recorded_at: Instant,
    hash: &str,
) -> Result<SignedHead, Problem> {
    let pair = key_pair(secret).ok_or_else(|| Problem::new(Kind::Internal, "Something failed here."))?;
    let statement = statement(organization, revision, recorded_at, hash);
    let signature = STANDARD.encode(pair.sign(statement.as_bytes()));
    let key = STANDARD.encode([&KEY_PREFIX, pair.public_key().as_ref()].concat());
    let public_key = format!("-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n");
    Ok(SignedHead { statement, signature, public_key })
}

/// Whether a signature over a statement is that of the server with this secret.
pub fn is_signed(secret: &[u8], statement: &str, signature: &str) -> bool {
    let (Some(pair), Ok(signature)) = (key_pair(secret), STANDARD.decode(signature.trim())) else { return false };
    UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref()).verify(statement.as_bytes(), &signature).is_ok()
}
