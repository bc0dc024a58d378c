//! What all workers share: the store, the secret, and the caches that the organization's revision keeps true.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use remit_domain::organization::OrganizationId;
use remit_domain::time::Instant;
use remit_persistence::{Store, clock};

use crate::answer::{AnswerKey, CachedAnswer, Turns};
use crate::auth::Caller;
use crate::event::feed::Feeds;
use crate::export::Exports;
use crate::limit::Limiter;
use crate::mail::Mailer;
use crate::metrics::Metrics;
use crate::view::Pictures;
use crate::webhook::Webhooks;
use crate::work::Work;

/// The service's state.
pub struct Remit {
    /// Where everything is kept.
    pub store: Store,
    /// The secret that signs the server's own tokens and seals its cursors.
    pub secret: Vec<u8>,
    /// Verified credentials, by the SHA-256 of what was shown.
    pub callers: Cache<[u8; 32], (Instant, Arc<Caller>)>,
    /// How often all of them were forgotten.
    forgotten: AtomicU64,
    /// Answers, by what was asked and by whom it may be seen.
    pub answers: Cache<AnswerKey, Arc<CachedAnswer>, Weigh>,
    /// Who computes which answer.
    pub turns: Turns,
    /// The last pictures of organizations, with what is computed from them.
    pub pictures: Mutex<Pictures>,
    /// How much each credential may ask.
    pub limiter: Limiter,
    /// When keys were used, until it is written down.
    pub key_uses: KeyUses,
    /// What flows to those who follow the log.
    pub feeds: Arc<Feeds>,
    /// The exports that are under way.
    pub exports: Arc<Exports>,
    /// What is counted.
    pub metrics: Metrics,
    /// The room for background work.
    pub work: Work,
    /// How often it is looked for findings that came or went.
    pub look_every: Duration,
    /// What webhooks need.
    pub webhooks: Webhooks,
    /// What sends mail, where that is configured.
    pub mailer: Option<Mailer>,
}

/// An answer weighs its bytes.
#[derive(Clone)]
pub struct Weigh;
impl quick_cache::Weighter<AnswerKey, Arc<CachedAnswer>> for Weigh {
    fn weight(&self, key: &AnswerKey, answer: &Arc<CachedAnswer>) -> u64 {
        (key.weight() + answer.weight() + 200) as u64
    }
}

/// Bytes of answers that are kept.
const ANSWER_BYTES: u64 = 16 * 1024 * 1024;

impl Remit {
    /// The state over an open store.
    pub fn new(store: Store, secret: Vec<u8>, limiter: Limiter, webhooks: Webhooks, feeds: Arc<Feeds>) -> Self {
        Self {
            store,
            secret,
            callers: Cache::new(10_000),
            forgotten: AtomicU64::new(0),
            answers: Cache::with_weighter(4_096, ANSWER_BYTES, Weigh),
            turns: Turns::default(),
            pictures: Mutex::default(),
            limiter,
            feeds,
            exports: Arc::default(),
            key_uses: KeyUses::default(),
            metrics: Metrics::default(),
            work: Work::default(),
            look_every: Duration::from_secs(60),
            webhooks,
            mailer: None,
        }
    }

    /// The same, looking for findings that came or went so often.
    #[must_use]
    pub fn looking_every(self, look_every: Duration) -> Self {
        Self { look_every, ..self }
    }

    /// The same with what sends mail.
    #[must_use]
    pub fn with_mailer(self, mailer: Option<Mailer>) -> Self {
        Self { mailer, ..self }
    }

    /// How often verified credentials were forgotten; asked before one is looked up.
    pub fn times_forgotten(&self) -> u64 {
        self.forgotten.load(Ordering::SeqCst)
    }

    /// Keeps a verified credential for the next requests, unless credentials were forgotten since it was looked up.
    pub fn believe(&self, digest: [u8; 32], caller: Arc<Caller>, checked_at: Instant, times_forgotten: u64) {
        self.callers.insert(digest, (checked_at, caller));
        if self.times_forgotten() != times_forgotten {
            self.callers.remove(&digest);
        }
    }

    /// Forgets every verified credential: what was taken away is refused from now on, and the others are looked up.
    pub fn forget_callers(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.callers.clear();
    }
}

/// When API keys were used. Written down every so often: a last use is worth no write of its own.
#[derive(Default)]
pub struct KeyUses {
    uses: Mutex<HashMap<OrganizationId, HashMap<String, Instant>>>,
}

impl KeyUses {
    /// Notes a use.
    pub fn note(&self, organization: OrganizationId, hash: String, at: Instant) {
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        uses.entry(organization).or_default().insert(hash, at);
    }

    /// The last use of a key that is not written down yet.
    pub fn last(&self, organization: OrganizationId, hash: &str) -> Option<Instant> {
        let uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        uses.get(&organization)?.get(hash).copied()
    }

    /// Writes down what was noted since the last time.
    pub async fn write_down(&self, store: &Store) {
        let uses = std::mem::take(&mut *self.uses.lock().unwrap_or_else(PoisonError::into_inner));
        for (organization, uses) in uses {
            let result = store.note_key_use(organization, uses.into_iter().collect()).await;
            if let Err(error) = result {
                tracing::warn!(%error, "the last use of keys was not written down");
            }
        }
    }
}

/// The present, for those who must not read the clock themselves.
pub fn now() -> Instant {
    clock::now()
}
