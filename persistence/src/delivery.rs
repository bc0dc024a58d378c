//! Deliveries: what each webhook was told, and what it is still to be told of what stands behind its place in the log.

use diesel::prelude::{Insertable, Queryable};
use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use remit_domain::person::PersonId;
use remit_domain::spelling::Spelled;
use remit_domain::time::Instant;
use remit_domain::webhook::{DeliveryState, WebhookId};

use crate::connection::on_either;
use crate::error::StoreError;
use crate::read::ReadTx;
use crate::schema::webhook_deliveries;
use crate::versioned::{Unreadable, read_back};
use crate::write::WriteTx;

/// How long what was delivered or given up is kept, in microseconds: 30 days.
const KEPT_MICROS: i64 = 30 * 24 * 60 * 60 * 1_000_000;
/// Rows of one statement; both databases bound the number of its parameters.
const ROWS_PER_INSERT: usize = 500;

/// An entry of the log, and how it fares with a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The revision and the position of the entry.
    pub place: (i64, i32),
    /// The identifier of the event, the same for every attempt and every webhook.
    pub event: String,
    /// What was done.
    pub action: String,
    /// The kind of what it was done to.
    pub subject_kind: String,
    /// The id of what it was done to.
    pub subject_id: String,
    /// The person who did it, where one did.
    pub person: Option<PersonId>,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Whether it was taken.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was first tried.
    pub first_at: Option<Instant>,
    /// When it was last tried.
    pub last_at: Option<Instant>,
    /// When it is tried next.
    pub next_at: Option<Instant>,
    /// What the last attempt was answered.
    pub status: Option<u16>,
    /// How long the last attempt took, in milliseconds.
    pub duration_ms: Option<i64>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = webhook_deliveries, treat_none_as_default_value = false)]
struct DeliveryRow {
    organization_id: String,
    webhook_id: String,
    revision: i64,
    position: i32,
    event: String,
    action: String,
    subject_kind: String,
    subject_id: String,
    person_id: Option<String>,
    recorded_at: i64,
    state: String,
    attempts: i32,
    first_at: Option<i64>,
    last_at: Option<i64>,
    next_at: Option<i64>,
    status: Option<i32>,
    duration_ms: Option<i64>,
    error: Option<String>,
}

impl DeliveryRow {
    fn of(organization_id: String, webhook_id: String, delivery: &Delivery) -> Self {
        let Delivery {
            place: (revision, position),
            event,
            action,
            subject_kind,
            subject_id,
            person,
            recorded_at,
            state,
            attempts,
            first_at,
            last_at,
            next_at,
            status,
            duration_ms,
            error,
        } = delivery.clone();
        Self {
            organization_id,
            webhook_id,
            revision,
            position,
            event,
            action,
            subject_kind,
            subject_id,
            person_id: person.map(|id| id.to_string()),
            recorded_at: recorded_at.micros(),
            state: state.as_str().into(),
            attempts,
            first_at: first_at.map(Instant::micros),
            last_at: last_at.map(Instant::micros),
            next_at: next_at.map(Instant::micros),
            status: status.map(i32::from),
            duration_ms,
            error,
        }
    }

    fn delivery(self) -> Result<Delivery, Unreadable> {
        let Self {
            organization_id: _,
            webhook_id: _,
            revision,
            position,
            event,
            action,
            subject_kind,
            subject_id,
            person_id,
            recorded_at,
            state,
            attempts,
            first_at,
            last_at,
            next_at,
            status,
            duration_ms,
            error,
        } = self;
        Ok(Delivery {
            place: (revision, position),
            event,
            action,
            subject_kind,
            subject_id,
            person: read_back::id_opt(person_id)?,
            recorded_at: Instant::from_micros(recorded_at),
            state: read_back::word(&state)?,
            attempts,
            first_at: first_at.map(Instant::from_micros),
            last_at: last_at.map(Instant::from_micros),
            next_at: next_at.map(Instant::from_micros),
            status: status.and_then(|status| u16::try_from(status).ok()),
            duration_ms,
            error,
        })
    }
}

fn read(rows: Vec<DeliveryRow>) -> Result<Vec<Delivery>, StoreError> {
    let read = rows.into_iter().map(DeliveryRow::delivery).collect::<Result<_, _>>();
    read.map_err(|Unreadable(what)| StoreError::Corrupt(format!("a delivery: {what}")))
}

/// What a webhook is still to be told.
macro_rules! pending {
    ($organization:expr, $webhook:expr) => {
        webhook_deliveries::table
            .filter(webhook_deliveries::organization_id.eq($organization))
            .filter(webhook_deliveries::webhook_id.eq($webhook.to_string()))
            // As the partial index says it.
            .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'pending'"))
    };
}

/// What of all that a webhook is still to be told can be told now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The events of subjects that do not wait, by their place in the log.
    pub due: Vec<Delivery>,
    /// The subjects of which the first event was not taken, and when it is tried again.
    pub waiting: Vec<(String, Instant)>,
    /// How many events there are in all.
    pub count: usize,
}

impl ReadTx<'_> {
    /// What a webhook is still to be told at an instant; of what can be told then, at most `limit`.
    ///
    /// # Errors
    /// What the database says.
    pub fn pending(&mut self, webhook: WebhookId, now: Instant, limit: usize) -> Result<Pending, StoreError> {
        let organization = &self.organization_text;
        let count: i64 = pending!(organization, webhook).count().get_result(self.connection)?;
        let waiting: Vec<(String, Option<i64>)> = pending!(organization, webhook)
            .filter(webhook_deliveries::next_at.gt(now.micros()))
            .select((webhook_deliveries::subject_id, webhook_deliveries::next_at))
            .load(self.connection)?;
        let subjects: Vec<&str> = waiting.iter().map(|(subject, _)| subject.as_str()).collect();
        let rows: Vec<DeliveryRow> = pending!(organization, webhook)
            .filter(webhook_deliveries::subject_id.ne_all(subjects))
            .order((webhook_deliveries::revision, webhook_deliveries::position))
            .limit(i64::try_from(limit).unwrap_or(i64::MAX))
            .load(self.connection)?;
        let waiting = waiting.into_iter().filter_map(|(subject, next)| Some((subject, Instant::from_micros(next?))));
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Ok(Pending { due: read(rows)?, waiting: waiting.collect(), count })
    }

    /// Whether a webhook has taken anything since an instant.
    ///
    /// # Errors
    /// What the database says.
    pub fn has_taken(&mut self, webhook: WebhookId, since: Instant) -> Result<bool, StoreError> {
        let taken: Option<i64> = webhook_deliveries::table
            .filter(webhook_deliveries::organization_id.eq(&self.organization_text))
            .filter(webhook_deliveries::webhook_id.eq(webhook.to_string()))
            .filter(webhook_deliveries::last_at.ge(since.micros()))
            .filter(webhook_deliveries::state.eq(DeliveryState::Delivered.as_str()))
            .select(webhook_deliveries::revision)
            .first(self.connection)
            .optional()?;
        Ok(taken.is_some())
    }

    /// Whether an event about this subject was given up.
    ///
    /// # Errors
    /// What the database says.
    pub fn has_given_up(&mut self, webhook: WebhookId, subject: &str) -> Result<bool, StoreError> {
        let given_up: Option<i64> = webhook_deliveries::table
            .filter(webhook_deliveries::organization_id.eq(&self.organization_text))
            .filter(webhook_deliveries::webhook_id.eq(webhook.to_string()))
            .filter(webhook_deliveries::subject_id.eq(subject))
            .filter(webhook_deliveries::state.eq(DeliveryState::GivenUp.as_str()))
            .select(webhook_deliveries::revision)
            .first(self.connection)
            .optional()?;
        Ok(given_up.is_some())
    }

    /// What a webhook was told and is to be told, the last first, before a place in the log; at most `limit`.
    ///
    /// # Errors
    /// What the database says.
    pub fn deliveries(
        &mut self,
        webhook: WebhookId,
        state: Option<DeliveryState>,
        (revision, position): (i64, i32),
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut query = webhook_deliveries::table
            .filter(webhook_deliveries::organization_id.eq(&self.organization_text))
            .filter(webhook_deliveries::webhook_id.eq(webhook.to_string()))
            .filter(webhook_deliveries::revision.le(revision))
            .filter(webhook_deliveries::revision.lt(revision).or(webhook_deliveries::position.lt(position)))
            .order((webhook_deliveries::revision.desc(), webhook_deliveries::position.desc()))
            .limit(i64::try_from(limit).unwrap_or(i64::MAX))
            .into_boxed();
        if let Some(state) = state {
            query = query.filter(webhook_deliveries::state.eq(state.as_str()));
        }
        read(query.load(self.connection)?)
    }

    /// The delivery of an event.
    ///
    /// # Errors
    /// What the database says.
    pub fn delivery(&mut self, webhook: WebhookId, event: &str) -> Result<Option<Delivery>, StoreError> {
        let row: Option<DeliveryRow> = webhook_deliveries::table
            .filter(webhook_deliveries::organization_id.eq(&self.organization_text))
            .filter(webhook_deliveries::webhook_id.eq(webhook.to_string()))
            .filter(webhook_deliveries::event.eq(event))
            .first(self.connection)
            .optional()?;
        Ok(read(row.into_iter().collect())?.pop())
    }
}

impl WriteTx<'_> {
    /// Keeps new deliveries.
    ///
    /// # Errors
    /// What the database says.
    pub fn keep_deliveries(&mut self, webhook: WebhookId, deliveries: &[Delivery]) -> Result<(), StoreError> {
        self.touch();
        let (organization, webhook) = (self.read.organization_text.clone(), webhook.to_string());
        for some in deliveries.chunks(ROWS_PER_INSERT) {
            let row = |delivery| DeliveryRow::of(organization.clone(), webhook.clone(), delivery);
            let rows: Vec<DeliveryRow> = some.iter().map(row).collect();
            on_either!(
                &mut *self.read.connection,
                either => diesel::insert_into(webhook_deliveries::table).values(rows).execute(either)
            )?;
        }
        Ok(())
    }

    /// Notes how a delivery fares. One that is not kept any more stays away, and one that was taken meanwhile stays so.
    ///
    /// # Errors
    /// What the database says.
    pub fn note_delivery(&mut self, webhook: WebhookId, delivery: &Delivery) -> Result<(), StoreError> {
        self.touch();
        let row = DeliveryRow::of(self.read.organization_text.clone(), webhook.to_string(), delivery);
        // An attempt that began before another that was taken may end after it.
        let is_taken = delivery.state == DeliveryState::Delivered;
        let spared = Some(DeliveryState::Delivered.as_str()).filter(|_| !is_taken);
        let kept = webhook_deliveries::table
            .filter(webhook_deliveries::organization_id.eq(&row.organization_id))
            .filter(webhook_deliveries::webhook_id.eq(&row.webhook_id))
            .filter(webhook_deliveries::revision.eq(row.revision))
            .filter(webhook_deliveries::position.eq(row.position))
            .filter(webhook_deliveries::state.ne_all(spared.into_iter().collect::<Vec<_>>()));
        let update = diesel::update(kept).set((
            webhook_deliveries::state.eq(&row.state),
            webhook_deliveries::attempts.eq(row.attempts),
            webhook_deliveries::first_at.eq(row.first_at),
            webhook_deliveries::last_at.eq(row.last_at),
            webhook_deliveries::next_at.eq(row.next_at),
            webhook_deliveries::status.eq(row.status),
            webhook_deliveries::duration_ms.eq(row.duration_ms),
            webhook_deliveries::error.eq(&row.error),
        ));
        on_either!(&mut *self.read.connection, either => update.execute(either))?;
        Ok(())
    }

    /// Has everything that a webhook is still to be told tried at an instant. Where it begins anew, the time that is
    /// given to each begins with the next attempt.
    ///
    /// # Errors
    /// What the database says.
    pub fn retry_deliveries(&mut self, webhook: WebhookId, at: Instant, anew: bool) -> Result<(), StoreError> {
        self.touch();
        let organization = self.read.organization_text.clone();
        let pending = || pending!(&organization, webhook);
        diesel::update(pending()).set(webhook_deliveries::next_at.eq(at.micros())).execute(self.read.connection)?;
        if anew {
            diesel::update(pending())
                .set((webhook_deliveries::first_at.eq(None::<i64>), webhook_deliveries::attempts.eq(0)))
                .execute(self.read.connection)?;
        }
        Ok(())
    }

    /// Forgets what was delivered or given up more than 30 days ago, and says how much it was.
    ///
    /// # Errors
    /// What the database says.
    pub fn forget_deliveries(&mut self) -> Result<usize, StoreError> {
        self.touch();
        let oldest = crate::clock::now().micros() - KEPT_MICROS;
        let old = webhook_deliveries::table
            .filter(webhook_deliveries::organization_id.eq(&self.read.organization_text))
            .filter(webhook_deliveries::last_at.lt(oldest))
            .filter(webhook_deliveries::state.ne(DeliveryState::Pending.as_str()));
        Ok(diesel::delete(old).execute(self.read.connection)?)
    }
}
