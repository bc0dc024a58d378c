//! Webhooks on the wire.

use remit_domain::team::Team;
use remit_domain::webhook::{ACTIONS_MAX, DeliveryState, Webhook, WebhookFault, WebhookState};
use remit_persistence::Delivery;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::send::Attempt;
use crate::wire::{
    ActionText, IdText, InstantText, Listed, MergePatch, OverlapHours, Shown, SubjectIdText, WebhookUrlText, With,
    Word, Words,
};

type Statement = Words<2000>;
type TeamIdText = IdText<Team>;
/// The actions that a webhook names.
pub type Actions = Listed<ActionText, ACTIONS_MAX>;
type StateWord = Word<WebhookState>;
type FaultWord = Word<WebhookFault>;
/// How an event fares.
pub type DeliveryStateWord = Word<DeliveryState>;

/// Where another system hears of changes, and of which.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://hooks.example.org/remit", "actions": ["outcome.*", "check_in.published"]}))]
pub struct WebhookDocument {
    /// Where it is told, by POST.
    #[validate(nested)]
    pub(super) url: WebhookUrlText,
    /// What it is for.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<Statement>,
    /// The actions that it hears of, as the log names them; all where there is none.
    #[validate(nested)]
    #[serde(default)]
    pub(super) actions: Actions,
    /// The team that it hears of: the team, its outcomes and roles, and what belongs to them.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) team_id: Option<TeamIdText>,
    /// The one thing that it hears of: that itself, and whatever names it.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) subject_id: Option<SubjectIdText>,
    /// Whether it is told. One that is paused is told of everything since once it is active again, and so is one that
    /// the service has disabled.
    #[serde(default = "active")]
    #[schema(default = "active")]
    pub(super) state: StateWord,
}

fn active() -> StateWord {
    Word(WebhookState::Active)
}

/// What only Remit writes of a webhook.
#[derive(Clone, Serialize, ToSchema)]
pub struct WebhookStanding {
    /// Why the service gave up on it, where it is disabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fault: Option<FaultWord>,
    /// When its secret was last replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rotated_at: Option<InstantText>,
}

/// A webhook's fields as they are read.
pub type WebhookFields = With<WebhookDocument, WebhookStanding>;
/// A webhook as it is shown.
pub type WebhookView = Shown<Webhook, WebhookFields>;
/// A change of a webhook.
pub type WebhookPatch = MergePatch<WebhookDocument>;

/// A webhook with the secret that signs what it is told.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookWithSecret)]
pub struct WebhookWithSecretView {
    #[serde(flatten)]
    pub(super) webhook: WebhookView,
    /// The secret, shown this once: it is kept sealed, and a repeated request is answered without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    pub(super) secret: Option<String>,
}

/// A page of webhooks.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct WebhookPage {
    /// The webhooks.
    #[schema(max_items = 200)]
    data: Vec<WebhookView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// How long the secret that is replaced goes on signing beside the new one.
#[derive(Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookRotation {
    /// Hours; 24 where nothing is said. With 0 the old secret ends at once.
    #[validate(nested)]
    pub(super) overlap_hours: Option<OverlapHours>,
}

/// What a test came to.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookTest)]
pub struct WebhookTestView {
    /// Whether it was taken.
    delivered: bool,
    /// What was answered, where something was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 100, maximum = 999)]
    status: Option<u16>,
    /// How long it took, in milliseconds.
    #[schema(minimum = 0)]
    duration_ms: i64,
    /// Why it was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    error: Option<String>,
}

impl From<Attempt> for WebhookTestView {
    fn from(Attempt { status, error, duration_ms }: Attempt) -> Self {
        Self { delivered: error.is_none(), status, duration_ms, error }
    }
}

/// An event, and how it fares with a webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryView {
    /// The event's id, the same for every attempt and every webhook: what `webhook-id` says.
    #[schema(max_length = 40)]
    id: String,
    /// What was done.
    #[serde(rename = "type")]
    #[schema(max_length = 100)]
    action: String,
    /// The number of the write.
    #[schema(minimum = 1)]
    revision: i64,
    /// The entry's place in the write.
    #[schema(minimum = 0)]
    position: i32,
    /// The kind of what it was done to.
    #[schema(max_length = 100)]
    subject_kind: String,
    /// The id of what it was done to.
    #[schema(max_length = 200)]
    subject_id: String,
    /// When it was recorded.
    recorded_at: InstantText,
    state: DeliveryStateWord,
    /// How often it was tried.
    #[schema(minimum = 0)]
    attempts: i32,
    /// When it was first tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_attempt_at: Option<InstantText>,
    /// When it was last tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_attempt_at: Option<InstantText>,
    /// When it is tried next, at the earliest: an earlier event about the same subject goes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<InstantText>,
    /// What the last attempt was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 100, maximum = 999)]
    status: Option<u16>,
    /// How long the last attempt took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    duration_ms: Option<i64>,
    /// Why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    error: Option<String>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        let Delivery {
            place: (revision, position),
            event,
            action,
            subject_kind,
            subject_id,
            person: _,
            recorded_at,
            state,
            attempts,
            first_at,
            last_at,
            next_at,
            status,
            duration_ms,
            error,
        } = delivery;
        Self {
            id: event,
            action,
            revision,
            position,
            subject_kind,
            subject_id,
            recorded_at: recorded_at.into(),
            state: Word(state),
            attempts,
            first_attempt_at: first_at.map(Into::into),
            last_attempt_at: last_at.map(Into::into),
            next_attempt_at: next_at.map(Into::into),
            status,
            duration_ms,
            error,
        }
    }
}

/// A page of deliveries.
#[derive(Serialize, ToSchema)]
pub struct DeliveryPage {
    /// The deliveries, the last first.
    #[schema(max_items = 200)]
    pub(super) data: Vec<DeliveryView>,
    /// The cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub(super) next: Option<String>,
}

/// Which deliveries are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryFilter {
    /// Those in this state.
    pub(super) state: Option<DeliveryStateWord>,
    /// Entries of a page.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<u16>,
    /// The cursor of the page before.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    pub(super) after: Option<String>,
}

/// Which webhooks are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WebhookFilter {
    /// Entries of a page.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<u16>,
    /// The cursor of the page before.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    pub(super) after: Option<String>,
    /// In CSV, leaves text that a spreadsheet would run as it is.
    #[serde(default)]
    pub(super) raw: bool,
}

/// Nothing is asked of one webhook: it is what it is now.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}
