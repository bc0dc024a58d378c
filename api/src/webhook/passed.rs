//! How far webhooks have passed over entries of which they do not hear: kept in memory, so that such an entry costs a
//! look and no write. A server that is killed reads them again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::web::Data;
use remit_domain::entity::Kept;
use remit_domain::organization::OrganizationId;
use remit_domain::webhook::{Webhook, WebhookId};
use remit_persistence::{Change, ChangeFilter, Job, ReadTx, StoreError, When};

use super::event;
use super::round::ENTRIES;
use crate::state::Remit;

type Place = (i64, i32);

/// How far a webhook as it was then has passed.
#[derive(Clone, Copy)]
pub struct Passed {
    version: i64,
    place: Place,
}

impl Passed {
    /// The place, where the webhook is still the same and the log still reaches that far.
    pub fn by(self, webhook: &Kept<Webhook>, head: i64) -> Option<Place> {
        (self.version == webhook.version && self.place.0 <= head).then_some(self.place)
    }
}

/// How far all of them have.
#[derive(Clone, Default)]
pub struct AllPassed(Arc<Mutex<HashMap<(OrganizationId, WebhookId), Passed>>>);

impl AllPassed {
    fn all(&self) -> MutexGuard<'_, HashMap<(OrganizationId, WebhookId), Passed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// How far one has.
    pub fn of(&self, organization: OrganizationId, id: WebhookId) -> Option<Passed> {
        self.all().get(&(organization, id)).copied()
    }
    /// Notes how far one has.
    pub fn note(&self, organization: OrganizationId, webhook: &Kept<Webhook>, place: Place) {
        self.all().insert((organization, webhook.id), Passed { version: webhook.version, place });
    }
}

/// Those of an organization's jobs whose webhooks hear of what is new in the log.
///
/// # Errors
/// What the store says.
pub async fn sift(
    remit: &Data<Remit>,
    organization: OrganizationId,
    mut jobs: Vec<Job>,
) -> Result<Vec<Job>, StoreError> {
    let passed = remit.webhooks.passed.clone();
    let sifted = remit.store.read(organization, move |tx| {
        let webhooks: Vec<Kept<Webhook>> = tx.all(When::Present)?;
        let mut log = Log { head: tx.head()?.revision, last: None };
        let mut hear = Vec::with_capacity(jobs.len());
        for job in &jobs {
            let webhook = webhooks.iter().find(|webhook| webhook.id.to_string() == job.subject);
            // One that is gone has its job ended by the job.
            hear.push(webhook.map_or(Ok(true), |webhook| hears_something(tx, webhook, &passed, &mut log))?);
        }
        let mut hear = hear.into_iter();
        jobs.retain(|_| hear.next().unwrap_or(true));
        Ok::<_, StoreError>(jobs)
    });
    sifted.await
}

/// The log, and what was last read of it: most webhooks stand at the same place.
struct Log {
    head: i64,
    last: Option<(Place, Arc<[Change]>)>,
}

impl Log {
    fn after(&mut self, tx: &mut ReadTx<'_>, place: Place) -> Result<Arc<[Change]>, StoreError> {
        if let Some((_, entries)) = self.last.as_ref().filter(|(after, _)| *after == place) {
            return Ok(entries.clone());
        }
        let entries: Arc<[Change]> = tx.changes(place, self.head, &ChangeFilter::default(), ENTRIES)?.into();
        self.last = Some((place, entries.clone()));
        Ok(entries)
    }
}

fn hears_something(
    tx: &mut ReadTx<'_>,
    webhook: &Kept<Webhook>,
    passed: &AllPassed,
    log: &mut Log,
) -> Result<bool, StoreError> {
    let organization = tx.organization_id();
    let mut place = tx.endpoint(webhook.id)?.place;
    if let Some(by) = passed.of(organization, webhook.id).and_then(|passed| passed.by(webhook, log.head)) {
        place = place.max(by);
    }
    let entries = log.after(tx, place)?;
    let Some(last) = entries.last() else { return Ok(false) };
    if !event::heard(tx, webhook, &entries)?.is_empty() {
        return Ok(true);
    }
    passed.note(organization, webhook, last.place());
    // The job reads on where there is more.
    Ok(entries.len() >= ENTRIES)
}
