//! Webhooks, as they are kept. Their secrets are kept sealed, and in no log.

use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl};
use remit_domain::entity::Kept;
use remit_domain::id::Identified;
use remit_domain::organization::OrganizationId;
use remit_domain::spelling::Spelled;
use remit_domain::time::Instant;
use remit_domain::webhook::{ActionPattern, DisabledWebhook, SubjectId, Webhook, WebhookId, WebhookUrl};

use crate::connection::DbConnection;
use crate::error::StoreError;
use crate::read::ReadTx;
use crate::record::{self, Value, json};
use crate::schema::{versions, webhook_deliveries, webhook_endpoints, webhooks};
use crate::store::Store;
use crate::versioned::{Content, OPEN, Unreadable, When, content_queries, read_back};
use crate::write::WriteTx;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = webhooks)]
pub(crate) struct WebhookRow {
    url: String,
    description: Option<String>,
    actions: String,
    team_id: Option<String>,
    subject_id: Option<String>,
    state: String,
    fault: Option<String>,
    rotated_at: Option<i64>,
}

impl Content for Webhook {
    content_queries!(webhooks, WebhookRow);

    fn row(&self) -> WebhookRow {
        let Self { url, description, actions, team, subject, state, fault, rotated_at } = self;
        WebhookRow {
            url: url.to_string(),
            description: description.as_ref().map(ToString::to_string),
            actions: actions.iter().map(ActionPattern::as_str).collect::<Vec<_>>().join(" "),
            team_id: team.as_ref().map(ToString::to_string),
            subject_id: subject.as_ref().map(ToString::to_string),
            state: state.to_string(),
            fault: fault.map(|fault| fault.to_string()),
            rotated_at: rotated_at.map(Instant::micros),
        }
    }

    fn value(row: WebhookRow) -> Result<Self, Unreadable> {
        let WebhookRow { url, description, actions, team_id, subject_id, state, fault, rotated_at } = row;
        let subject = subject_id.map(|id| SubjectId::parse(&id).ok_or(Unreadable("subject")));
        let actions = actions.split(' ').filter(|action| !action.is_empty());
        let actions = actions.map(|action| ActionPattern::parse(action).ok_or(Unreadable("action")));
        Ok(Self {
            url: WebhookUrl::parse(&url).ok_or(Unreadable("url"))?,
            description: read_back::text_opt(description)?,
            actions: actions.collect::<Result<_, _>>()?,
            team: read_back::id_opt(team_id)?,
            subject: subject.transpose()?,
            state: read_back::word(&state)?,
            fault: read_back::word_opt(fault)?,
            rotated_at: rotated_at.map(Instant::from_micros),
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { url, description, actions, team, subject, state, fault, rotated_at } = self;
        json!({
            "url": url.as_str(),
            "description": description.as_ref().map(ToString::to_string),
            "actions": actions.iter().map(ActionPattern::as_str).collect::<Vec<_>>(),
            "team": team.map(|id| id.to_string()),
            "subject": subject.as_ref().map(SubjectId::as_str),
            "state": state.as_str(),
            "fault": fault.map(Spelled::as_str),
            "rotated_at": rotated_at.map(record::instant),
        })
    }
}

/// How far a webhook has heard of the log, and the secrets that sign what it hears, sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The secret; empty where the organization was restored from an export, which holds none.
    pub secret: String,
    /// The secret before it, and until when it signs too.
    pub old_secret: Option<(String, Instant)>,
    /// The revision and position of the last entry that was delivered, passed over, or kept as a delivery.
    pub place: (i64, i32),
    /// How many events in a row were refused when they were first tried: each was about something else, since what is
    /// about one subject waits for what was refused.
    pub failures: i32,
}

/// One endpoint by its webhook.
macro_rules! endpoint {
    ($organization:expr, $webhook:expr) => {
        webhook_endpoints::table
            .filter(webhook_endpoints::organization_id.eq(&$organization))
            .filter(webhook_endpoints::webhook_id.eq($webhook.to_string()))
    };
}

type EndpointRow = (String, Option<String>, Option<i64>, i64, i32, i32);

impl Store {
    /// The version of a webhook as it is now, where it is there: asked before each message, so it is one look at one row.
    ///
    /// # Errors
    /// What the database says.
    pub async fn webhook_version(
        &self,
        organization: OrganizationId,
        webhook: WebhookId,
    ) -> Result<Option<i64>, StoreError> {
        self.ask(move |connection| {
            let version = versions::table
                .filter(versions::organization_id.eq(organization.to_string()))
                .filter(versions::id.eq(webhook.to_string()))
                .filter(versions::revision_to.eq(OPEN))
                .filter(versions::deleted.eq(false))
                .select(versions::version)
                .first(connection)
                .optional()?;
            Ok(version)
        })
        .await
    }
}

impl ReadTx<'_> {
    /// The webhooks that the service gave up on.
    pub(crate) fn disabled_webhooks(&mut self, when: When) -> Result<Vec<DisabledWebhook>, StoreError> {
        let webhooks: Vec<Kept<Webhook>> = self.all(when)?;
        let disabled = |one: &Kept<Webhook>| {
            one.fault.map(|fault| DisabledWebhook { webhook: one.id, fault, since: one.updated_at })
        };
        Ok(webhooks.iter().filter_map(disabled).collect())
    }

    /// How a webhook stands with the log.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such webhook.
    pub fn endpoint(&mut self, webhook: WebhookId) -> Result<Endpoint, StoreError> {
        let row: Option<EndpointRow> = endpoint!(self.organization_text, webhook)
            .select((
                webhook_endpoints::secret,
                webhook_endpoints::old_secret,
                webhook_endpoints::old_until,
                webhook_endpoints::revision,
                webhook_endpoints::position,
                webhook_endpoints::failures,
            ))
            .first(self.connection)
            .optional()?;
        let (secret, old_secret, old_until, revision, position, failures) = row.ok_or(StoreError::NotFound)?;
        let old_secret = old_secret.zip(old_until.map(Instant::from_micros));
        Ok(Endpoint { secret, old_secret, place: (revision, position), failures })
    }
}

/// Gives each webhook of a restored organization a place at the end of the log, and no secret: it is told of what happens
/// from here on once it has been given one.
pub(crate) fn expect_secrets(connection: &mut DbConnection, organization: &str, revision: i64) -> QueryResult<()> {
    let ids: Vec<String> = versions::table
        .filter(versions::organization_id.eq(organization))
        .filter(versions::kind.eq(Webhook::NOUN))
        .filter(versions::revision_to.eq(OPEN))
        .filter(versions::deleted.eq(false))
        .select(versions::id)
        .order(versions::id)
        .load(connection)?;
    for id in ids {
        diesel::insert_into(webhook_endpoints::table)
            .values((
                webhook_endpoints::organization_id.eq(organization),
                webhook_endpoints::webhook_id.eq(id),
                webhook_endpoints::secret.eq(""),
                webhook_endpoints::revision.eq(revision),
                webhook_endpoints::position.eq(i32::MAX),
                webhook_endpoints::failures.eq(0),
            ))
            .execute(connection)?;
    }
    Ok(())
}

impl WriteTx<'_> {
    /// Has a new webhook hear of what follows this write.
    ///
    /// # Errors
    /// What the database says.
    pub fn create_endpoint(&mut self, webhook: WebhookId, secret: &str) -> Result<(), StoreError> {
        let revision = self.revision();
        diesel::insert_into(webhook_endpoints::table)
            .values((
                webhook_endpoints::organization_id.eq(&self.read.organization_text),
                webhook_endpoints::webhook_id.eq(webhook.to_string()),
                webhook_endpoints::secret.eq(secret),
                webhook_endpoints::revision.eq(revision),
                webhook_endpoints::position.eq(i32::MAX),
                webhook_endpoints::failures.eq(0),
            ))
            .execute(self.read.connection)?;
        Ok(())
    }

    /// Replaces a webhook's secret. The one that it had signs too until an instant.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such webhook.
    pub fn rotate_endpoint(&mut self, webhook: WebhookId, secret: &str, until: Instant) -> Result<(), StoreError> {
        self.touch();
        let Endpoint { secret: old, .. } = self.read.endpoint(webhook)?;
        diesel::update(endpoint!(self.read.organization_text, webhook))
            .set((
                webhook_endpoints::secret.eq(secret),
                webhook_endpoints::old_secret.eq(Some(old).filter(|old| !old.is_empty())),
                webhook_endpoints::old_until.eq(until.micros()),
            ))
            .execute(self.read.connection)?;
        Ok(())
    }

    /// Notes how far a webhook has heard of the log.
    ///
    /// # Errors
    /// What the database says.
    pub fn move_endpoint(&mut self, webhook: WebhookId, (revision, position): (i64, i32)) -> Result<(), StoreError> {
        self.touch();
        diesel::update(endpoint!(self.read.organization_text, webhook))
            .set((webhook_endpoints::revision.eq(revision), webhook_endpoints::position.eq(position)))
            .execute(self.read.connection)?;
        Ok(())
    }

    /// Notes how many attempts in a row have failed.
    ///
    /// # Errors
    /// What the database says.
    pub fn count_failures(&mut self, webhook: WebhookId, failures: i32) -> Result<(), StoreError> {
        self.touch();
        diesel::update(endpoint!(self.read.organization_text, webhook))
            .set(webhook_endpoints::failures.eq(failures))
            .execute(self.read.connection)?;
        Ok(())
    }

    /// Forgets the secrets of a webhook that goes, and what it was told.
    ///
    /// # Errors
    /// What the database says.
    pub fn drop_endpoint(&mut self, webhook: WebhookId) -> Result<(), StoreError> {
        self.touch();
        let (organization, webhook) = (&self.read.organization_text, webhook.to_string());
        diesel::delete(
            webhook_deliveries::table
                .filter(webhook_deliveries::organization_id.eq(organization))
                .filter(webhook_deliveries::webhook_id.eq(&webhook)),
        )
        .execute(self.read.connection)?;
        diesel::delete(endpoint!(*organization, webhook)).execute(self.read.connection)?;
        Ok(())
    }
}
