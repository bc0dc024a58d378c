//! Enumerations: those that an answer can hold may gain values, and say so.

use std::collections::BTreeSet;

use serde_json::Value;

/// Marks every enumeration that an answer, or what a webhook is sent, can hold: a client is to expect values that it
/// does not know. What a request holds is closed; a value that it may not have is refused.
pub fn open_enumerations(document: &mut Value) {
    let mut names = BTreeSet::new();
    for (_, item) in document["paths"].as_object().into_iter().flatten() {
        for (_, operation) in item.as_object().into_iter().flatten() {
            collect(document, &operation["responses"], &mut names);
        }
    }
    collect(document, &document["webhooks"]["event"]["post"]["requestBody"], &mut names);
    for name in names {
        mark(&mut document["components"]["schemas"][name]);
    }
}

/// The names of the schemas to which a value leads, by way of whatever it refers to.
fn collect(document: &Value, value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(pointer) = fields.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#')) {
                let is_new = match pointer.strip_prefix("/components/schemas/") {
                    Some(name) => names.insert(name.to_owned()),
                    None => true,
                };
                if let Some(found) = document.pointer(pointer).filter(|_| is_new) {
                    collect(document, found, names);
                }
            }
            fields.values().for_each(|value| collect(document, value, names));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(document, value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn mark(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("enum") {
                fields.insert("x-extensible-enum".into(), true.into());
            }
            fields.values_mut().for_each(mark);
        }
        Value::Array(items) => items.iter_mut().for_each(mark),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
