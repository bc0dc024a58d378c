//! What a webhook is sent, as the document says it.

use serde_json::{Value, json};

use super::operation::header;

/// What a webhook is sent.
pub fn webhooks() -> Value {
    let text = |max: usize| json!({"type": "string", "minLength": 1, "maxLength": max});
    json!({"event": {"post": {
        "tags": ["webhooks"],
        "operationId": "hearOfEvent",
        "summary": "An entry of the log that a webhook hears of, or a test.",
        "description": "Sent to the address of a webhook for every entry of the log that its filters leave: at least \
            once, events about one subject in order. `type` is what was done, as `/v1/changes` names it. It holds ids \
            alone; what they stand for is read from the interface.",
        "security": [],
        "parameters": [
            header("webhook-id", "The event's id: the same for each attempt.", text(40), true),
            header("webhook-timestamp", "When this attempt was signed, seconds since 1970.", text(20), true),
            header("webhook-signature", "`v1,` and the Base64 of HMAC-SHA256 over `id.timestamp.body`; two of them, \
                with a space between, while a secret is being replaced.", text(200), true),
        ],
        "requestBody": {
            "required": true,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/WebhookEvent"}}},
        },
        "responses": {
            "2XX": {"description": "It was taken; the body is not looked at."},
            "410": {"description": "The place is gone for good: the webhook is disabled."},
            "default": {"description": "It was not taken, and is tried again later. Redirects are not followed."},
        },
    }}})
}
