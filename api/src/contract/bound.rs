//! Numbers: each whole one says its size and its bounds, so that a client's types hold it.

use serde_json::{Value, json};

/// The largest whole number that every reader of JSON keeps exactly (RFC 7493, 2.2). What is counted here stays far
/// below it.
const EXACT_MAX: i64 = (1 << 53) - 1;

/// Completes what the schemas below a value say of whole numbers.
pub fn bound_numbers(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let kind = fields.get("type");
            let is_whole = kind.is_some_and(|kind| {
                kind == "integer" || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "integer"))
            });
            if is_whole {
                fields.entry("minimum").or_insert(json!(-EXACT_MAX));
                let max = if fields.get("format").is_some_and(|format| format == "int32") {
                    i32::MAX.into()
                } else {
                    EXACT_MAX
                };
                fields.entry("maximum").or_insert(json!(max));
                let is_small = |bound: &str| fields[bound].as_i64().is_some_and(|bound| i32::try_from(bound).is_ok());
                let format = if is_small("minimum") && is_small("maximum") { "int32" } else { "int64" };
                fields.entry("format").or_insert(json!(format));
            }
            fields.values_mut().for_each(bound_numbers);
        }
        Value::Array(items) => items.iter_mut().for_each(bound_numbers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
