//! Bounds: each that the document states is tried against the server, from both sides.

use serde_json::{Value, json};

use crate::client::Answer;
use crate::contract::{Operation, body_schema, document, filled, operations, resolved, sample};
use crate::server::{Place, on_both};

/// Sends a body as a dry run, so that one attempt does not stand in the way of the next.
fn attempt(place: &Place, operation: &Operation, kind: &str, body: &Value) -> Answer {
    let path = filled(&operation.path, &Default::default());
    let takes_dry_runs = operation.value["parameters"].to_string().contains("validate_only");
    let query = if takes_dry_runs { "?validate_only=true" } else { "" };
    let ask = place.admin.ask(&operation.method, &format!("{path}{query}"));
    let ask = if operation.method == "PATCH" { ask.header("if-match", "*") } else { ask };
    ask.body(kind, body.to_string()).send()
}

/// Checks that a value one step outside its bound is refused, and that the refusal names its field.
fn refused(place: &Place, operation: &Operation, kind: &str, body: &Value, pointer: &str) {
    let answer = attempt(place, operation, kind, body);
    let what = format!("{} {} {pointer}", operation.method, operation.path);
    assert!(answer.status < 500, "{what}: {}", answer.text());
    let names_it = answer.places().iter().any(|(at, _)| at == pointer || at.starts_with(&format!("{pointer}/")));
    // Where the path leads nowhere, that may be said first.
    let lost = operation.path.contains('{') && answer.status == 404;
    assert!((answer.status == 422 && names_it) || lost, "{what}: {} {}", answer.status, answer.text());
}

/// Values of a schema that lie just outside what it allows.
fn outside(document: &Value, schema: &Value) -> Vec<Value> {
    let schema = resolved(document, schema);
    let number = |name: &str| schema[name].as_f64();
    let mut values = Vec::new();
    if let Some(max) = schema["maxLength"].as_u64() {
        values.push(json!("a".repeat(max as usize + 1)));
    }
    if schema["minLength"].as_u64() == Some(1) {
        values.push(json!(""));
    }
    if schema.get("enum").is_some() {
        values.push(json!("no such word"));
    }
    if let Some(min) = number("minimum") {
        values.push(json!(min - if min.abs() >= 1e15 { 1e14 } else { 1.0 }));
    }
    if let Some(max) = number("maximum") {
        values.push(json!(max + if max.abs() >= 1e15 { 1e14 } else { 1.0 }));
    }
    if let Some(max) = schema["maxItems"].as_u64() {
        let item = sample(document, &schema["items"]);
        values.push(Value::Array(vec![item; max as usize + 1]));
    }
    match schema["format"].as_str() {
        Some("date") => values.extend([json!("2026-02-30"), json!("2026-2-3"), json!("0000-01-01")]),
        Some("date-time") => values.extend([json!("2026-02-30T00:00:00Z"), json!("2026-03-31T12:00:00.1234567Z")]),
        _ => {}
    }
    let kind = schema["type"].as_str().unwrap_or_default();
    values.extend(match kind {
        "string" => vec![json!(7), json!(["x"])],
        "number" => vec![json!("7"), json!(true)],
        "integer" => vec![json!("7"), json!(1.5)],
        "boolean" => vec![json!("true"), json!(1)],
        "array" => vec![json!("x"), json!({})],
        "object" => vec![json!("x"), json!([])],
        _ => vec![],
    });
    values
}

#[test]
fn every_bound_that_the_document_states_is_kept_by_the_server() {
    on_both(|place| {
        let document = document();
        let mut tried = 0;
        for operation in operations(&document) {
            let Some((kind, schema)) = body_schema(&document, &operation) else { continue };
            let Some(properties) = schema["properties"].as_object() else { continue };
            let whole = sample(&document, schema);
            for (name, property) in properties {
                for value in outside(&document, property) {
                    let mut body = whole.clone();
                    body[name] = value;
                    refused(place, &operation, kind, &body, &format!("/{name}"));
                    tried += 1;
                }
            }
            for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                // A PUT by another system's id may bring back only the fields that change: here there is nothing yet.
                let mut body = whole.clone();
                if let Some(fields) = body.as_object_mut() {
                    fields.remove(required);
                }
                refused(place, &operation, kind, &body, &format!("/{required}"));
                tried += 1;
            }
        }
        assert!(tried > 100, "{tried} attempts");
    });
}

#[test]
fn a_text_may_be_as_long_as_the_document_says() {
    on_both(|place| {
        let document = document();
        for operation in operations(&document) {
            let Some((kind, schema)) = body_schema(&document, &operation) else { continue };
            let whole = sample(&document, schema);
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                let property = resolved(&document, property);
                let (Some(max), None, None) =
                    (property["maxLength"].as_u64(), property.get("enum"), property.get("format"))
                else {
                    continue;
                };
                let is_free = property["description"].as_str().is_some_and(|text| text.starts_with("A text of 1 to"));
                if !is_free {
                    continue;
                }
                let mut body = whole.clone();
                body[name] = json!("ü".repeat(max as usize));
                let answer = attempt(place, &operation, kind, &body);
                let complaint = answer.status == 422 && answer.places().iter().any(|(at, _)| *at == format!("/{name}"));
                assert!(!complaint && answer.status < 500, "{} {name}: {}", operation.path, answer.text());
            }
        }
    });
}

#[test]
fn a_whole_number_may_be_written_with_a_decimal_point() {
    on_both(|place| {
        let document = document();
        let mut tried = 0;
        for operation in operations(&document) {
            let Some((kind, schema)) = body_schema(&document, &operation) else { continue };
            let whole = sample(&document, schema);
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                let property = resolved(&document, property);
                if property["type"] != "integer" {
                    continue;
                }
                let mut body = whole.clone();
                body[name] = json!(property["maximum"].as_f64().expect("a bound"));
                let answer = attempt(place, &operation, kind, &body);
                let complaint = answer.places().iter().any(|(at, _)| *at == format!("/{name}"));
                assert!(!complaint && answer.status < 500, "{} {name}: {}", operation.path, answer.text());
                tried += 1;
            }
        }
        assert!(tried > 5, "{tried} attempts");
    });
}
