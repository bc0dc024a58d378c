//! Descriptions: after what a handler says of itself, what follows for its caller from how it is made.

use serde_json::Value;

/// Ends an operation's description with what it needs and how it behaves, so that no page of the documentation leaves
/// the reader without it.
pub fn describe(method: &str, operation: &mut Value) {
    let takes = |name: &str| {
        operation["parameters"].as_array().into_iter().flatten().find(|parameter| parameter["name"] == name)
    };
    let mut sentences = vec![credential(operation)];
    let mut say = |sentence: &str| sentences.push(sentence.to_owned());
    if takes("after").is_some() && takes("limit").is_some() {
        say("The answer is a page; its `next`, sent as `after`, leads to the next one.");
    }
    if takes("known_at").is_some() {
        say("`as_of` asks what was true at an instant, `known_at` what was recorded by then.");
    }
    if takes("If-None-Match").is_some() {
        say("With the `ETag` of an earlier answer in `If-None-Match` it is 304 while nothing has changed.");
    }
    match takes("If-Match").map(|parameter| parameter["required"] == true) {
        Some(true) => say("`If-Match` has the `ETag` that was read, or `*`: 428 without it, 412 when it is stale."),
        Some(false) => say("`If-Match` with the `ETag` that was read keeps others' changes: 412 when it is stale."),
        None => {}
    }
    if takes("Idempotency-Key").is_some() {
        say("Under one `Idempotency-Key` it is done once, however often it is sent.");
    }
    if method != "get" && takes("validate_only").is_some() {
        say("With `validate_only=true` it is tried out: the answer is what it would do, and nothing is kept.");
    }
    let told = sentences.join(" ");
    let own = operation["description"].as_str().unwrap_or_default().trim_end();
    operation["description"] = if own.is_empty() { told.into() } else { format!("{own}\n\n{told}").into() };
}

/// What a caller must show.
fn credential(operation: &Value) -> String {
    match operation["security"][0]["bearer"].as_array().map(Vec::as_slice) {
        Some([]) => "Needs a credential, of whatever scope.".into(),
        Some(scopes) => {
            let scopes: Vec<_> = scopes.iter().filter_map(Value::as_str).map(|scope| format!("`{scope}`")).collect();
            format!("Needs the scope {}.", scopes.join(" and "))
        }
        None => "Needs no credential.".into(),
    }
}
