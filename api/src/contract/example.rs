//! Examples: every body and every answer has one, made from its schema.
//!
//! A document that clients send has an example beside its declaration. What is answered takes its words from that
//! (`Theme` from `ThemeDocument`), else from `words.json`, and the rest follows from types and bounds: so a new field has
//! an example at once, and no example can fall behind its schema.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::problem::CATALOG;

/// Words for what no schema has an example of: by schema and property; under `*`, by property alone; under `schema`, for
/// a whole schema. Null leaves a property out.
const WORDS: &str = include_str!("words.json");

/// What the digits of an id are in examples.
const DIGITS: &str = "01m87zk3q4e0v9t2b6x8c1d5fa";

type Words = BTreeMap<String, Map<String, Value>>;

/// Gives every body and every answer of a document its example.
pub fn exemplify(document: &mut Value) {
    let words = serde_json::from_str(WORDS).unwrap_or_default();
    let maker = Maker { document: document.clone(), words };
    for (_, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (_, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(content) = operation.get_mut("requestBody").and_then(|body| body.get_mut("content")) {
                maker.fill(content);
            }
            for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
                if let Some(content) = response.get_mut("content").filter(|_| status.starts_with('2')) {
                    maker.fill(content);
                }
            }
        }
    }
    maker.fill(&mut document["webhooks"]["event"]["post"]["requestBody"]["content"]);
}

/// The example of a refusal: the first problem of its status in the catalog.
pub fn refusal(status: &str) -> Option<Value> {
    let page = CATALOG.iter().map(|kind| kind.page()).find(|page| page.status.as_str() == status)?;
    let mut example = json!({
        "type": format!("/docs/problems/{}", page.code),
        "title": page.title,
        "status": page.status.as_u16(),
        "detail": page.meaning,
        "code": page.code,
        "errors": [],
        "request_id": "0193d2a07b6c7f0e9a51c2d3e4f50617",
    });
    if status == "422" {
        example["errors"] =
            json!([{"pointer": "/title", "code": "too_long", "detail": "must have at most 200 characters"}]);
    }
    Some(example)
}

struct Maker {
    document: Value,
    words: Words,
}

impl Maker {
    fn fill(&self, content: &mut Value) {
        for (_, media) in content.as_object_mut().into_iter().flatten() {
            if media.get("example").is_some() {
                continue;
            }
            if let Some(example) = self.made(&media["schema"], &mut Vec::new()) {
                media["example"] = example;
            }
        }
    }

    /// The example of a schema, within those that lead to it; none where it would go round in a circle.
    fn made(&self, schema: &Value, within: &mut Vec<String>) -> Option<Value> {
        if let Some(pointer) = schema["$ref"].as_str() {
            let name = pointer.rsplit('/').next().unwrap_or_default();
            if within.iter().any(|outer| outer == name) {
                return None;
            }
            if let Some(word) = self.word("schema", name) {
                return Some(word.clone());
            }
            within.push(name.to_owned());
            let example = self.made(self.document.pointer(&pointer[1..])?, within);
            within.pop();
            return example;
        }
        let own = schema.get("example").or_else(|| schema["examples"].get(0));
        if let Some(fixed) = own.or_else(|| schema.get("const")).or_else(|| schema["enum"].get(0)) {
            return Some(fixed.clone());
        }
        for alternatives in ["oneOf", "anyOf"] {
            let some = schema[alternatives].as_array().into_iter().flatten();
            if let Some(example) = some.filter(|one| one["type"] != "null").find_map(|one| self.made(one, within)) {
                return Some(example);
            }
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let mut whole = Map::new();
            for part in parts {
                if let Some(Value::Object(fields)) = self.made(part, within) {
                    whole.extend(fields);
                }
            }
            return Some(whole.into());
        }
        match schema["type"].as_str().or_else(|| schema["type"][0].as_str()) {
            Some("array") => {
                let item = self.made(&schema["items"], within);
                Some(item.into_iter().collect())
            }
            Some("string") => Some(text(schema).into()),
            Some("integer") => Some((number(schema, 3.0) as i64).into()),
            Some("number") => Some(number(schema, 50.0).into()),
            Some("boolean") => Some(true.into()),
            _ => Some(self.object(schema, within)),
        }
    }

    fn object(&self, schema: &Value, within: &mut Vec<String>) -> Value {
        let name = within.last().cloned().unwrap_or_default();
        let required: Vec<_> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields = schema["properties"].as_object().into_iter().flatten().filter_map(|(property, inner)| {
            // The more particular wins, and what is sent before what is said in general.
            let sent =
                || self.document["components"]["schemas"].get(format!("{name}Document"))?["example"].get(property);
            let wanted = self.resolved(inner);
            let word = self.word(&name, property).or_else(|| sent().filter(|word| fits(word, wanted)));
            let is_free = wanted.get("enum").is_none() && !is_id(wanted);
            let general = || self.word("*", property).filter(|word| is_free && fits(word, wanted));
            let example = match word.or_else(general) {
                Some(Value::Null) => None,
                Some(word) => Some(word.clone()),
                None => self.made(inner, within),
            };
            // What cannot be without going round in a circle is left out, or empty.
            let example = example.or_else(|| required.contains(&property.as_str()).then_some(Value::Null));
            example.map(|example| (property.clone(), example))
        });
        fields.collect::<Map<_, _>>().into()
    }

    fn word(&self, schema: &str, property: &str) -> Option<&Value> {
        self.words.get(schema)?.get(property)
    }

    /// What a schema refers to, past that it may be null.
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        if let Some(pointer) = schema["$ref"].as_str() {
            return self.document.pointer(&pointer[1..]).map_or(schema, |found| self.resolved(found));
        }
        let alternatives = schema["oneOf"].as_array().into_iter().flatten();
        let mut others = alternatives.filter(|one| one["type"] != "null");
        match (others.next(), others.next()) {
            (Some(only), None) => self.resolved(only),
            _ => schema,
        }
    }
}

/// Whether a word may stand where a schema is asked for: one property name has several meanings.
fn fits(word: &Value, schema: &Value) -> bool {
    let is = |kind: &str| {
        schema["type"] == kind || schema["type"].as_array().is_some_and(|all| all.iter().any(|k| k == kind))
    };
    match word {
        Value::Null => true,
        Value::Bool(_) => is("boolean"),
        Value::Number(number) => (is("integer") && number.is_i64()) || is("number"),
        Value::String(text) => {
            let is_short = schema["maxLength"].as_u64().is_none_or(|max| text.chars().count() as u64 <= max);
            let is_instant = text.contains('T') && text.ends_with('Z');
            let is_known = schema["enum"].as_array().is_none_or(|all| all.contains(word));
            is("string") && is_short && is_known && (schema["format"] != "date-time" || is_instant)
        }
        Value::Array(_) => is("array"),
        Value::Object(_) => is("object"),
    }
}

fn is_id(schema: &Value) -> bool {
    schema["pattern"].as_str().is_some_and(|pattern| pattern.ends_with("_[0-7][0-9a-hjkmnp-tv-z]{25}$"))
}

/// A text that fits its format or its pattern.
fn text(schema: &Value) -> String {
    match schema["format"].as_str() {
        Some("date") => return "2026-03-31".into(),
        Some("date-time") => return "2026-03-31T12:00:00Z".into(),
        _ => {}
    }
    if let Some(pattern) = schema["pattern"].as_str().filter(|_| is_id(schema)) {
        let prefix: String =
            pattern.trim_start_matches(['^', '(']).chars().take_while(char::is_ascii_lowercase).collect();
        return format!("{prefix}_{DIGITS}");
    }
    "What is known of it".chars().take(schema["maxLength"].as_u64().map_or(20, |max| max as usize)).collect()
}

/// A number within a schema's bounds, as near to a wish as they allow.
fn number(schema: &Value, wish: f64) -> f64 {
    let bound = |name: &str, default: f64| schema[name].as_f64().unwrap_or(default);
    wish.max(bound("minimum", f64::MIN)).min(bound("maximum", f64::MAX))
}
