//! Events: what a webhook is told of an entry of the log. Ids alone: what they stand for is read from the interface, by
//! those who may.

use std::collections::HashMap;

use actix_web::web::Bytes;
use remit_domain::check_in::CheckInId;
use remit_domain::id::Id;
use remit_domain::measure::MeasureId;
use remit_domain::organization::{Organization, OrganizationId};
use remit_domain::outcome::OutcomeId;
use remit_domain::person::{Person, PersonId};
use remit_domain::role::RoleId;
use remit_domain::team::TeamId;
use remit_domain::time::Instant;
use remit_domain::webhook::{DeliveryState, Webhook};
use remit_persistence::{Change, Delivery, ReadTx, StoreError, When};
use serde::Serialize;
use utoipa::ToSchema;

use crate::wire::{IdText, InstantText};

type OrganizationIdText = IdText<Organization>;
type PersonIdText = IdText<Person>;

/// The type of the event that a test sends.
pub const PING: &str = "remit.ping";

/// What a webhook is sent.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookEvent)]
pub struct WebhookEventView {
    /// What was done, as the log names it, such as `outcome.activated`; `remit.ping` for a test.
    #[serde(rename = "type")]
    #[schema(max_length = 100)]
    kind: String,
    /// When it was recorded.
    timestamp: InstantText,
    data: WebhookDataView,
}

/// Which entry of the log it is, and what it is about.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookData)]
pub struct WebhookDataView {
    organization_id: OrganizationIdText,
    /// The number of the write; absent from a test.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    revision: Option<i64>,
    /// The entry's place in the write, from 0; absent from a test.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    position: Option<i32>,
    /// What it was done to.
    subject: WebhookSubjectView,
    /// The person who did it, where one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    person_id: Option<PersonIdText>,
}

/// What an event is about.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookSubject)]
pub struct WebhookSubjectView {
    /// Its kind, such as `outcome`.
    #[schema(max_length = 100)]
    kind: String,
    /// Its id.
    #[schema(max_length = 200)]
    id: String,
}

/// The body in which a delivery is sent: the same bytes at every attempt.
pub fn body(organization: OrganizationId, delivery: &Delivery) -> Bytes {
    let (revision, position) = delivery.place;
    write(WebhookEventView {
        kind: delivery.action.clone(),
        timestamp: delivery.recorded_at.into(),
        data: WebhookDataView {
            organization_id: organization.into(),
            revision: Some(revision),
            position: Some(position),
            subject: WebhookSubjectView { kind: delivery.subject_kind.clone(), id: delivery.subject_id.clone() },
            person_id: delivery.person.map(Into::into),
        },
    })
}

/// The body of a test.
pub fn ping(organization: OrganizationId, webhook: Id<Webhook>, now: Instant) -> Bytes {
    write(WebhookEventView {
        kind: PING.into(),
        timestamp: now.into(),
        data: WebhookDataView {
            organization_id: organization.into(),
            revision: None,
            position: None,
            subject: WebhookSubjectView { kind: "webhook".into(), id: webhook.to_string() },
            person_id: None,
        },
    })
}

fn write(event: WebhookEventView) -> Bytes {
    // It is text and numbers.
    serde_json::to_vec(&event).unwrap_or_default().into()
}

/// Characters of the hash that stand for an entry.
const DIGITS: usize = 32;

/// The entries that a webhook hears of, as they are to be delivered.
///
/// # Errors
/// What the store says.
pub fn heard(tx: &mut ReadTx<'_>, webhook: &Webhook, entries: &[Change]) -> Result<Vec<Delivery>, StoreError> {
    let mut teams = Teams::default();
    let mut heard = Vec::new();
    for entry in entries.iter().filter(|entry| webhook.hears_of(&entry.action)) {
        if !is_about(tx, webhook, entry, &mut teams)? {
            continue;
        }
        heard.push(Delivery {
            place: entry.place(),
            // The hash binds organization, place and content: the same for each attempt, another after a restore that
            // lets the history go on otherwise.
            event: format!("evt_{}", entry.hash.get(..DIGITS).unwrap_or(&entry.hash)),
            action: entry.action.clone(),
            subject_kind: entry.subject_kind.clone(),
            subject_id: entry.subject_id.clone(),
            person: PersonId::parse(&entry.actor),
            recorded_at: entry.recorded_at,
            state: DeliveryState::Pending,
            attempts: 0,
            first_at: None,
            last_at: None,
            next_at: None,
            status: None,
            duration_ms: None,
            error: None,
        });
    }
    Ok(heard)
}

/// Whether an entry is about what the webhook is narrowed to.
fn is_about(tx: &mut ReadTx<'_>, webhook: &Webhook, entry: &Change, teams: &mut Teams) -> Result<bool, StoreError> {
    if webhook.subject.is_none() && webhook.team.is_none() {
        return Ok(true);
    }
    let mut ids = entry.named_ids();
    ids.push(entry.subject_id.clone());
    if webhook.subject.as_ref().is_some_and(|subject| !ids.iter().any(|id| id == subject.as_str())) {
        return Ok(false);
    }
    let Some(team) = webhook.team else { return Ok(true) };
    for id in ids {
        // Before and after: a team hears of what comes to it, of what leaves it and of what is deleted.
        for revision in [entry.revision, entry.revision - 1] {
            if teams.of(tx, &id, revision)? == Some(team) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The team to which something belonged when a revision was written, by its id, as far as it was asked for. What an
/// entry is about does not depend on when the webhook hears of it.
#[derive(Default)]
struct Teams(HashMap<(String, i64), Option<TeamId>>);

impl Teams {
    fn of(&mut self, tx: &mut ReadTx<'_>, id: &str, revision: i64) -> Result<Option<TeamId>, StoreError> {
        let key = (id.to_owned(), revision);
        if let Some(team) = self.0.get(&key) {
            return Ok(*team);
        }
        let team = team_of(tx, id, When::Past { known: revision, as_of: Instant::END })?;
        self.0.insert(key, team);
        Ok(team)
    }
}

fn team_of(tx: &mut ReadTx<'_>, id: &str, when: When) -> Result<Option<TeamId>, StoreError> {
    if let Some(team) = TeamId::parse(id) {
        return Ok(Some(team));
    }
    if let Some(role) = RoleId::parse(id) {
        return Ok(tx.find(role, when)?.and_then(|role| role.team));
    }
    let outcome = if let Some(outcome) = OutcomeId::parse(id) {
        Some(outcome)
    } else if let Some(measure) = MeasureId::parse(id) {
        tx.find(measure, when)?.map(|measure| measure.outcome)
    } else if let Some(check_in) = CheckInId::parse(id) {
        tx.find(check_in, when)?.map(|check_in| check_in.outcome)
    } else {
        None
    };
    let Some(outcome) = outcome else { return Ok(None) };
    Ok(tx.find(outcome, when)?.and_then(|outcome| outcome.team))
}
