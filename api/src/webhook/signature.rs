//! Signatures and secrets: what signs is kept sealed, and shown once.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use remit_domain::organization::OrganizationId;
use remit_domain::time::Instant;
use remit_domain::webhook::WebhookId;
use remit_persistence::Endpoint;
use sha2::Sha256;

/// Bytes of a secret.
const SECRET_BYTES: usize = 32;
/// How a secret begins when it is shown.
const PREFIX: &str = "whsec_";

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// Seals secrets: AES-256-GCM, bound to the webhook that a secret belongs to.
pub struct Sealer(RandomizedNonceKey);

impl Sealer {
    /// A sealer whose key follows from the server's key.
    ///
    /// # Errors
    /// A sentence, when the key cannot be used, which no key does.
    pub fn new(key: &[u8]) -> Result<Self, String> {
        let derived = mac(key, &[b"remit webhook sealing key 1"]);
        RandomizedNonceKey::new(&AES_256_GCM, &derived).map(Self).map_err(|_| "the secret key cannot be used".into())
    }

    /// Seals a secret for a webhook.
    pub fn seal(&self, organization: OrganizationId, webhook: WebhookId, secret: &Secret) -> Option<String> {
        let mut bytes = secret.0.clone();
        let nonce = self.0.seal_in_place_append_tag(bound(organization, webhook), &mut bytes).ok()?;
        Some(STANDARD.encode([nonce.as_ref().as_slice(), &bytes].concat()))
    }

    /// Opens what was sealed for this webhook with the same key.
    fn open(&self, organization: OrganizationId, webhook: WebhookId, sealed: &str) -> Option<Secret> {
        let sealed = STANDARD.decode(sealed).ok()?;
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = rest.to_vec();
        let opened = self.0.open_in_place(nonce, bound(organization, webhook), &mut bytes).ok()?;
        Some(Secret(opened.to_vec()))
    }
}

fn bound(organization: OrganizationId, webhook: WebhookId) -> Aad<String> {
    Aad::from(format!("{organization} {webhook}"))
}

/// A secret that signs.
pub struct Secret(Vec<u8>);

impl Secret {
    /// A new one.
    pub fn mint() -> Self {
        use rand::Rng;
        let mut bytes = vec![0; SECRET_BYTES];
        rand::rng().fill_bytes(&mut bytes);
        Self(bytes)
    }
    /// As it is shown.
    pub fn shown(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }
}

/// What signs for a webhook at an instant: its secret, and for a while the one before it.
pub struct Signer(Vec<Secret>);

impl Signer {
    /// Opens the secrets of a webhook.
    ///
    /// # Errors
    /// A sentence: they were sealed with another key.
    pub fn open(
        sealer: &Sealer,
        organization: OrganizationId,
        webhook: WebhookId,
        endpoint: &Endpoint,
        now: Instant,
    ) -> Result<Self, String> {
        let Endpoint { secret, old_secret, place: _, failures: _ } = endpoint;
        if secret.is_empty() {
            return Err("it has no secret since its organization was restored; rotate it".into());
        }
        let old = old_secret.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        let open = |sealed: &String| sealer.open(organization, webhook, sealed);
        let secret = open(secret).ok_or_else(|| "its secret was sealed with another key; rotate it".to_owned())?;
        // An old one that does not open is gone with its key: the new one signs alone.
        Ok(Self(std::iter::once(secret).chain(old.and_then(open)).collect()))
    }

    /// The signatures of a message, as the header takes them.
    pub fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> String {
        let sign = |Secret(key): &Secret| {
            let signature = mac(key, &[id.as_bytes(), b".", timestamp.as_bytes(), b".", body]);
            format!("v1,{}", STANDARD.encode(signature))
        };
        self.0.iter().map(sign).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use remit_domain::id::Id;

    use super::*;

    #[test]
    fn a_message_is_signed_as_the_standard_says() {
        // The example of the specification.
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
        let signed =
            Signer(vec![Secret(key)]).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_sealed_secret_opens_for_its_webhook_and_under_its_key_alone() {
        let (sealer, other) = (Sealer::new(b"a key").expect("a key"), Sealer::new(b"another").expect("a key"));
        let (organization, webhook, neighbour) = (Id::from_bits(1), Id::from_bits(2), Id::from_bits(3));
        let secret = Secret::mint();
        let sealed = sealer.seal(organization, webhook, &secret).expect("sealed");
        assert!(!sealed.contains(&STANDARD.encode(&secret.0)));
        assert_ne!(sealer.seal(organization, webhook, &secret), Some(sealed.clone()), "no two seals are alike");
        let opened = sealer.open(organization, webhook, &sealed).map(|secret| secret.shown());
        assert_eq!(opened, Some(secret.shown()));
        assert!(sealer.open(organization, neighbour, &sealed).is_none());
        assert!(other.open(organization, webhook, &sealed).is_none());
        assert!(sealer.open(organization, webhook, "").is_none());
    }

    #[test]
    fn both_secrets_sign_until_the_old_one_ends() {
        let sealer = Sealer::new(b"a key").expect("a key");
        let (organization, webhook) = (Id::from_bits(1), Id::from_bits(2));
        let seal = || sealer.seal(organization, webhook, &Secret::mint()).expect("sealed");
        let until = Instant::from_micros(1_000);
        let endpoint = Endpoint { secret: seal(), old_secret: Some((seal(), until)), place: (1, 0), failures: 0 };
        for (now, signatures) in [(999, 2), (1_000, 1)] {
            let signer = Signer::open(&sealer, organization, webhook, &endpoint, Instant::from_micros(now));
            let signed = signer.map(|signer| signer.sign("id", "1", b"{}")).expect("secrets");
            assert_eq!(signed.split(' ').filter(|one| one.starts_with("v1,")).count(), signatures);
        }
    }

    #[test]
    fn a_new_secret_signs_where_the_key_of_the_old_one_is_lost_and_an_old_one_does_not_sign_alone() {
        let (sealer, lost) = (Sealer::new(b"a key").expect("a key"), Sealer::new(b"another").expect("a key"));
        let (organization, webhook) = (Id::from_bits(1), Id::from_bits(2));
        let seal = |sealer: &Sealer| sealer.seal(organization, webhook, &Secret::mint()).expect("sealed");
        let opened = |secret: String, old: String| {
            let old_secret = Some((old, Instant::from_micros(9)));
            let endpoint = Endpoint { secret, old_secret, place: (1, 0), failures: 0 };
            let signer = Signer::open(&sealer, organization, webhook, &endpoint, Instant::from_micros(1));
            signer.map(|signer| signer.0.len())
        };
        assert_eq!(opened(seal(&sealer), seal(&lost)), Ok(1));
        assert!(opened(seal(&lost), seal(&sealer)).is_err());
    }
}
