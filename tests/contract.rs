//! The contract, walked: what it says of every operation is so.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::server::{Place, on_both};

/// The document that is served.
pub fn document() -> Value {
    serde_json::from_str(&remit_api::contract::Contract::shared().text).expect("a document")
}

/// An operation of the document.
pub struct Operation {
    /// The method, upper case.
    pub method: String,
    /// The path, with its parameters in braces.
    pub path: String,
    /// What the document says of it.
    pub value: Value,
}

/// Every operation under `/v1`.
pub fn operations(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.iter().filter(|(path, _)| path.starts_with("/v1/")).flat_map(|(path, item)| {
        item.as_object().expect("an item").iter().map(move |(method, value)| Operation {
            method: method.to_uppercase(),
            path: path.clone(),
            value: value.clone(),
        })
    });
    operations.collect()
}

/// What a schema refers to.
pub fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    while let Some(reference) = schema["$ref"].as_str() {
        let found = document.pointer(reference.trim_start_matches('#'));
        schema = found.unwrap_or_else(|| panic!("{reference} leads nowhere"));
    }
    schema
}

/// The schema of the JSON body that an operation takes, if it takes one.
pub fn body_schema<'a>(document: &'a Value, operation: &'a Operation) -> Option<(&'a str, &'a Value)> {
    let content = operation.value["requestBody"]["content"].as_object()?;
    let (kind, media) = content.iter().find(|(kind, _)| kind.ends_with("json") && !kind.contains("nd"))?;
    Some((kind, resolved(document, &media["schema"])))
}

/// A document that a schema allows: its example, or the least that is required.
pub fn sample(document: &Value, schema: &Value) -> Value {
    let schema = resolved(document, schema);
    if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return example.clone();
    }
    if let Some(value) = schema["enum"].get(0).or_else(|| schema.get("const")) {
        return value.clone();
    }
    for alternatives in ["oneOf", "anyOf", "allOf"] {
        if let Some(first) = schema[alternatives].get(0) {
            return sample(document, first);
        }
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object");
    match kind {
        "object" => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let fields = required.iter().filter_map(Value::as_str);
            fields.map(|name| (name.to_owned(), sample(document, &schema["properties"][name]))).collect()
        }
        "array" => json!([]),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(true),
        _ => match schema["format"].as_str() {
            Some("date") => json!("2026-03-31"),
            Some("date-time") => json!("2026-03-31T12:00:00Z"),
            _ => json!("x"),
        },
    }
}

/// Sends what an operation asks for, to a path whose parameters are filled in.
pub fn send(document: &Value, client: &Client, operation: &Operation, path: &str) -> Answer {
    let ask = client.ask(&operation.method, path);
    let ask = if matches!(operation.method.as_str(), "PATCH" | "DELETE") { ask.header("if-match", "*") } else { ask };
    match body_schema(document, operation) {
        Some((kind, schema)) => ask.body(kind, sample(document, schema).to_string()).send(),
        None => ask.send(),
    }
}

/// An id that leads nowhere.
const MADE_UP: &str = "xxx_01abcdefghjkmnpqrstvwxyz00";

/// A path with something that looks right for each of its parameters.
pub fn filled(path: &str, ids: &BTreeMap<String, String>) -> String {
    let mut before = "";
    let parts = path.split('/').map(|part| {
        let filled = match part {
            "{source}" => "hr".to_owned(),
            "{external_id}" => "1".to_owned(),
            // What is not made here is made up: it leads nowhere.
            _ if part.starts_with('{') => ids.get(before).cloned().unwrap_or_else(|| MADE_UP.to_owned()),
            _ => part.to_owned(),
        };
        before = part;
        filled
    });
    parts.collect::<Vec<_>>().join("/")
}

/// One of each kind, by the name of its collection.
fn one_of_each(place: &Place) -> BTreeMap<String, String> {
    let made = |path: &str, document: Value| place.admin.post(path, &document).expect(201).id();
    let theme = made("/v1/themes", json!({"title": "t"}));
    let period = made("/v1/periods", json!({"name": "2026", "start_on": "2026-01-01", "end_on": "2026-12-31"}));
    let outcome = made("/v1/outcomes", json!({"title": "o", "theme_id": theme, "period_id": period}));
    let measure = json!({"key": "m", "name": "m", "kind": "increase", "baseline": 0, "target": 10, "every": "month"});
    let measure = made(&format!("/v1/outcomes/{outcome}/measures"), measure);
    let parent = made("/v1/outcomes", json!({"title": "p"}));
    let observation = json!({"observed_at": "2026-03-31", "value": 3});
    place.admin.post(&format!("/v1/measures/{measure}/observations"), &observation).expect(200);
    let team = made("/v1/teams", json!({"name": "t"}));
    let person = made("/v1/people", json!({"name": "Ada", "email": "ada@example.org"}));
    let skill = made("/v1/skills", json!({"name": "s"}));
    made(&format!("/v1/people/{person}/skills"), json!({"skill_id": skill, "level": "expert"}));
    let member = made(&format!("/v1/teams/{team}/members"), json!({"person_id": person, "part": "lead"}));
    let role = made("/v1/roles", json!({"title": "r"}));
    let assignment = made(&format!("/v1/roles/{role}/assignments"), json!({"person_id": person}));
    let responsibility = json!({"part": "informed", "role_id": role});
    let responsibility = made(&format!("/v1/outcomes/{outcome}/responsibilities"), responsibility);
    let key = made("/v1/api-keys", json!({"name": "k", "scopes": ["read"]}));
    let webhook = made("/v1/webhooks", json!({"url": "https://127.0.0.1:9/"}));
    [
        ("themes", theme),
        ("periods", period),
        ("outcomes", outcome),
        ("measures", measure),
        ("parents", parent),
        ("teams", team),
        ("people", person),
        ("skills", skill),
        ("members", member),
        ("roles", role),
        ("assignments", assignment),
        ("responsibilities", responsibility),
        ("api-keys", key),
        ("webhooks", webhook),
    ]
    .map(|(collection, id)| (collection.to_owned(), id))
    .into()
}

#[test]
fn every_operation_refuses_a_caller_without_a_token() {
    on_both(|place| {
        let document = document();
        let operations = operations(&document);
        assert!(operations.len() > 10);
        for operation in operations {
            let path = filled(&operation.path, &BTreeMap::new());
            for client in [place.admin.without_token(), place.admin.with_token("remit_wrong")] {
                let answer = send(&document, &client, &operation, &path);
                answer.problem(401, "unauthorized");
                assert!(answer.header("www-authenticate").is_some(), "{path}");
            }
        }
    });
}

#[test]
fn every_operation_refuses_a_caller_without_its_scope_and_names_it() {
    on_both(|place| {
        let document = document();
        for operation in operations(&document) {
            let scopes = operation.value["security"][0]["bearer"].as_array().cloned().unwrap_or_default();
            let (method, path) = (&operation.method, &operation.path);
            if path == "/v1/me" {
                // Whoever has a credential may ask whose it is.
                assert!(scopes.is_empty());
                continue;
            }
            if path == "/v1/me" {
                // Whoever has a credential may ask whose it is.
                assert!(scopes.is_empty());
                continue;
            }
            assert_eq!(scopes.len(), 1, "{method} {path} names one scope");
            let needed = scopes[0].as_str().unwrap_or_default();
            let all = ["read", "people:read", "observations:write", "outcomes:write", "roles:write", "people:write"];
            let others: Vec<_> = all.into_iter().chain(["audit:read"]).filter(|scope| *scope != needed).collect();
            let client = place.admin.with_token(place.token(&others.join(" ")));
            let answer = send(&document, &client, &operation, &filled(path, &BTreeMap::new()));
            let problem = answer.problem(403, "forbidden");
            assert!(
                problem["detail"].as_str().is_some_and(|detail| detail.contains(needed)),
                "{method} {path}: {problem}"
            );
        }
    });
}

#[test]
fn what_belongs_to_another_organization_is_not_found() {
    on_both(|place| {
        let document = document();
        let stranger = place.server.found();
        let ids = one_of_each(place);
        let revision = place.admin.revision();
        for operation in operations(&document).iter().filter(|operation| operation.path.contains("{id}")) {
            let path = filled(&operation.path, &ids);
            let answer = send(&document, &stranger.admin, operation, &path);
            assert!(
                matches!(answer.status, 404 | 422),
                "{} {path}: {} {}",
                operation.method,
                answer.status,
                answer.text()
            );
            let known = operation.path.split('/').nth(2).is_some_and(|collection| ids.contains_key(collection));
            if operation.method == "GET" && known {
                answer.problem(404, "not_found");
            }
            // Two collections are called skills, and measures have responsibilities too: those ids lead nowhere.
            let elsewhere = ["/skills/{person_skill_id}", "/measures/{id}/responsibilities/"];
            let elsewhere = elsewhere.iter().any(|part| operation.path.contains(part)) || path.contains(MADE_UP);
            if operation.method == "GET" && known && !elsewhere {
                place.admin.get(&path).expect(200);
            }
        }
        assert_eq!(place.admin.revision(), revision, "a stranger has changed something");
        for (collection, id) in &ids {
            if let Some(name) =
                [("themes", "theme_id"), ("periods", "period_id")].iter().find(|(of, _)| of == collection)
            {
                let answer = stranger.admin.post("/v1/outcomes", &json!({"title": "x", name.1: id}));
                answer.problem(409, "rule_broken");
                assert_eq!(answer.places(), [(format!("/{}", name.1), "unknown_reference".to_owned())]);
            }
        }
    });
}

#[test]
fn every_reference_of_the_document_leads_somewhere_and_every_operation_has_its_own_name() {
    let document = document();
    let mut names = BTreeSet::new();
    let (mut open, mut seen) = (vec![&document], 0);
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                if fields.contains_key("$ref") {
                    resolved(&document, value);
                    seen += 1;
                }
                open.extend(fields.values());
            }
            Value::Array(items) => open.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    assert!(seen > 50);
    for operation in operations(&document) {
        let name = operation.value["operationId"].as_str().unwrap_or_default().to_owned();
        assert!(
            name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(char::is_alphanumeric),
            "{name}"
        );
        assert!(operation.value["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{name}");
        assert_eq!(operation.value["tags"].as_array().map(Vec::len), Some(1), "{name}");
        let responses = operation.value["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
        for status in ["400", "401", "403", "429", "500", "503"] {
            assert!(responses.contains_key(status), "{name} may answer {status}");
        }
        assert!(names.insert(name.clone()), "{name} occurs twice");
    }
}

#[test]
fn every_text_and_list_that_a_client_writes_has_a_bound_in_the_document() {
    let document = document();
    let mut unbounded = BTreeSet::new();
    for operation in operations(&document) {
        let name = operation.value["operationId"].as_str().unwrap_or_default().to_owned();
        if let Some((_, schema)) = body_schema(&document, &operation) {
            bounds_missing(&document, schema, &name, 0, &mut unbounded);
        }
        for parameter in operation.value["parameters"].as_array().into_iter().flatten() {
            let place = format!("{name}?{}", parameter["name"].as_str().unwrap_or_default());
            bounds_missing(&document, &parameter["schema"], &place, 0, &mut unbounded);
        }
    }
    // The scripts' doors are bounded by their bytes.
    unbounded.retain(|place| !matches!(place.as_str(), "recordObservations" | "recordMeasureObservations"));
    unbounded.retain(|place| !place.contains("?id") && !place.contains("_id") && !place.contains("?source"));
    assert!(unbounded.is_empty(), "{unbounded:#?}");
}

fn bounds_missing(document: &Value, schema: &Value, place: &str, depth: usize, unbounded: &mut BTreeSet<String>) {
    let schema = resolved(document, schema);
    let is = |kind: &str| {
        schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|k| k == kind))
    };
    let bounded_text = ["maxLength", "enum", "const"].iter().any(|bound| schema.get(bound).is_some());
    if (is("string") && !bounded_text) || (is("array") && schema.get("maxItems").is_none()) {
        unbounded.insert(place.to_owned());
    }
    if depth > 6 {
        return;
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        bounds_missing(document, property, &format!("{place}/{name}"), depth + 1, unbounded);
    }
    for part in ["items", "additionalProperties"] {
        if schema[part].is_object() {
            bounds_missing(document, &schema[part], &format!("{place}/{part}"), depth + 1, unbounded);
        }
    }
    for alternatives in ["oneOf", "anyOf", "allOf"] {
        for one in schema[alternatives].as_array().into_iter().flatten() {
            bounds_missing(document, one, place, depth + 1, unbounded);
        }
    }
}
