//! What holds for every operation, said once for all of them: headers, preconditions, refusals.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::format::name_format;
use crate::edge::HEADER_MAX;
use crate::writing::PREVIEW_JSON;

/// What may not be there though no path names it: it is named by the query, or not founded yet.
const ABSENT: &[&str] = &["/v1/organization", "/v1/mission", "/v1/coverage/understanding", "/v1/digest"];

/// How the paths end to which a POST is no write that can be tried out, or repeated under a key.
const NOTHING_KEPT: [&str; 3] = ["/draft", "/test", "/redeliver"];

/// Every refusal: its status, the name that operations refer to it by, and what it means.
const REFUSALS: &[(&str, &str, &str)] = &[
    ("400", "BadRequest", "The request cannot be read, or has an unknown field or parameter."),
    ("401", "Unauthorized", "A credential is needed."),
    ("403", "Forbidden", "The credential may not do this."),
    ("404", "NotFound", "There is no such thing."),
    ("406", "NotAcceptable", "No format that is accepted can be given."),
    ("408", "RequestTimeout", "The body came too slowly."),
    ("409", "Conflict", "The state of things, or a rule, is against it."),
    ("410", "Gone", "The cursor is too old."),
    ("412", "PreconditionFailed", "It has changed meanwhile."),
    ("413", "ContentTooLarge", "The body is too large."),
    ("415", "UnsupportedMediaType", "The content type is not taken here."),
    ("422", "UnprocessableContent", "A bound or a rule of the document is broken."),
    ("428", "PreconditionRequired", "If-Match is needed."),
    ("429", "TooManyRequests", "Too many requests."),
    ("500", "InternalServerError", "Something failed here."),
    ("503", "ServiceUnavailable", "The service is busy."),
];

/// The headers that answers share, each with its description and its schema.
fn headers() -> [(&'static str, &'static str, Value); 13] {
    let text = |max: usize| json!({"type": "string", "maxLength": max});
    let number = json!({"type": "integer", "format": "int64", "minimum": 0});
    [
        ("X-Request-Id", "Names the request in the server's log.", text(100)),
        ("RateLimit", "What is left of the credential's rate, once it is known and unless limits are off.", text(200)),
        ("RateLimit-Policy", "The credential's rates.", text(200)),
        ("ETag", "Names this state.", text(200)),
        ("Location", "Where it is.", json!({"type": "string", "format": "uri-reference", "maxLength": 500})),
        (
            "Retry-After",
            "In how many seconds the same request may succeed, where that is known.",
            json!({"type": "integer", "format": "int32", "minimum": 0, "maximum": 86400}),
        ),
        ("WWW-Authenticate", "How to say who one is.", text(200)),
        (
            "Remit-As-Of",
            "What was true then; where the past was asked for.",
            json!({"$ref": "#/components/schemas/Instant"}),
        ),
        (
            "Remit-Known-At",
            "When the last change that it takes into account was recorded; likewise.",
            json!({"$ref": "#/components/schemas/Instant"}),
        ),
        ("Remit-Known-Revision", "The last revision that it takes into account.", number.clone()),
        (
            "Remit-Erasure-Epoch",
            "The revision of the last erasure, 0 before the first: what was erased is gone from past answers too.",
            number,
        ),
        ("Remit-Interface-Version", "The version of this contract by which it is written.", text(40)),
        ("Link", "The next page, as `rel=\"next\"`, where there is one.", text(2_000)),
    ]
}

/// The headers of a read that travels in time: within one interface version and one erasure epoch, the same question
/// with the same `known_at` has the same bytes.
const STATE: [&str; 5] =
    ["Remit-As-Of", "Remit-Known-At", "Remit-Known-Revision", "Remit-Erasure-Epoch", "Remit-Interface-Version"];

/// Says that an answer may have headers.
fn name_headers(response: &mut Value, names: &[&str]) {
    for name in names {
        response["headers"][*name] = json!({"$ref": format!("#/components/headers/{name}")});
    }
}

/// Writes down what operations refer to: headers and refusals.
pub fn share(components: &mut Value) {
    for (name, description, schema) in headers() {
        components["headers"][name] = json!({"description": description, "schema": schema});
    }
    for (status, name, description) in REFUSALS {
        let mut response = json!({
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        });
        if let Some(example) = super::example::refusal(status) {
            response["content"]["application/problem+json"]["example"] = example;
        }
        name_headers(&mut response, &["X-Request-Id"]);
        match *status {
            // Whose rate it would be is not known.
            "401" => name_headers(&mut response, &["WWW-Authenticate"]),
            "429" | "503" => name_headers(&mut response, &["RateLimit", "RateLimit-Policy", "Retry-After"]),
            _ => name_headers(&mut response, &["RateLimit", "RateLimit-Policy"]),
        }
        components["responses"][*name] = response;
    }
}

/// Where a refusal of a status is described.
fn refusal(status: &str) -> Value {
    let name = REFUSALS.iter().find(|(of, ..)| *of == status).map_or("InternalServerError", |(_, name, _)| *name);
    json!({"$ref": format!("#/components/responses/{name}")})
}

/// A header that a request may have.
pub fn header(name: &str, description: &str, schema: Value, required: bool) -> Value {
    json!({"name": name, "in": "header", "description": description, "required": required, "schema": schema})
}

/// Says that a merge patch is taken as plain JSON too: what clients send where nobody tells them otherwise.
fn name_plain_json(operation: &mut Value) {
    let content = operation.get_mut("requestBody").and_then(|body| body["content"].as_object_mut());
    if let Some(content) = content
        && let Some(patch) = content.get("application/merge-patch+json").cloned()
    {
        content.insert("application/json".into(), patch);
    }
}

/// Completes what a handler says of itself.
pub fn complete(path: &str, method: &str, operation: &mut Value) {
    let is_open = !path.starts_with("/v1/");
    let writes = method != "get";
    let has_id = path.contains('{');
    let reads_by_post = NOTHING_KEPT.iter().any(|end| path.ends_with(end));
    // A stream has no state to name, an export names its own, and a calendar asks again and again without one.
    let of_kind = |kind: &str| operation["responses"]["200"]["content"].get(kind).is_some();
    let is_stream = of_kind("text/event-stream");
    let has_no_tag = is_stream || of_kind("application/x-ndjson");
    let asks_anew = has_no_tag || of_kind("text/calendar");
    name_format(path, operation);
    name_plain_json(operation);
    if is_open {
        for status in ["400", "500"] {
            operation["responses"][status] = refusal(status);
        }
        if let Some(content) =
            operation["responses"].get_mut("503").and_then(|answer| answer["content"].as_object_mut())
        {
            for (_, media) in content {
                media["example"] = super::example::refusal("503").into();
            }
        }
        operation["security"] = json!([]);
        return;
    }
    let mut add = |name: &str, description: &str, schema: Value, required: bool| {
        let parameter = header(name, description, schema, required);
        match operation["parameters"].as_array_mut() {
            Some(parameters) => parameters.push(parameter),
            None => operation["parameters"] = json!([parameter]),
        }
    };
    let etag = json!({"type": "string", "maxLength": HEADER_MAX});
    if !writes && !asks_anew {
        add("If-None-Match", "Answers 304 when nothing has changed.", etag.clone(), false);
    }
    if is_stream {
        let id = json!({"type": "string", "maxLength": 200});
        add(
            "Last-Event-ID",
            "The id of the last event that was seen, as a client that comes back sends it.",
            id,
            false,
        );
    }
    // A resource is changed by those who have read it; a fact that is set by name needs no reading.
    let by_id = has_id && !path.contains("/external/");
    let needs_match = matches!(method, "patch") || (method == "delete" && by_id);
    if needs_match {
        add("If-Match", "The ETag that was read.", etag.clone(), true);
    }
    if method == "put" {
        add("If-Match", "The ETag that was read.", etag, false);
    }
    if method == "post" && !reads_by_post {
        let key = json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"});
        add("Idempotency-Key", "The same key and payload again get the same answer, for 24 hours.", key, false);
    }
    if writes && !reads_by_post {
        let prefer = json!({"type": "string", "maxLength": HEADER_MAX, "examples": ["return=minimal"]});
        add("Prefer", "`return=minimal` answers 204 and leaves the body out.", prefer, false);
        let validate = json!({
            "name": "validate_only", "in": "query", "required": false, "schema": {"type": "boolean", "default": false},
            "description": "Answers what the write would and which findings it would raise and resolve; keeps nothing.",
        });
        if let Some(parameters) = operation["parameters"].as_array_mut()
            && !parameters.iter().any(|parameter| parameter["name"] == "validate_only")
        {
            parameters.push(validate);
        }
    }
    let takes = |name: &str| {
        operation["parameters"].as_array().into_iter().flatten().any(|parameter| parameter["name"] == name)
    };
    let has_body = operation.get("requestBody").is_some();
    let (travels, is_page) = (takes("known_at"), takes("after") && takes("limit"));
    let responses = &mut operation["responses"];
    for (status, response) in responses.as_object_mut().into_iter().flatten() {
        if !status.starts_with('2') {
            continue;
        }
        name_headers(response, &["X-Request-Id", "RateLimit", "RateLimit-Policy"]);
        if status != "204" && !has_no_tag {
            name_headers(response, &["ETag"]);
        }
        if travels {
            name_headers(response, &STATE);
        }
        if is_page {
            name_headers(response, &["Link"]);
        }
        if status == "201" {
            name_headers(response, &["Location"]);
        }
    }
    if writes && !reads_by_post {
        let preview = json!({"schema": {"$ref": "#/components/schemas/Preview"}});
        if responses.get("200").is_none() {
            responses["200"] = json!({"description": "What a dry run would do.", "content": {}});
            name_headers(&mut responses["200"], &["X-Request-Id", "RateLimit", "RateLimit-Policy"]);
        }
        responses["200"]["content"][PREVIEW_JSON] = preview;
        if responses.get("204").is_none() {
            responses["204"] = json!({"description": "Done; the body was not wanted."});
            name_headers(&mut responses["204"], &["X-Request-Id", "RateLimit", "RateLimit-Policy"]);
        }
    }
    let mut refused = vec!["400", "401", "403", "429", "500", "503"];
    if has_id || ABSENT.contains(&path) {
        refused.push("404");
    }
    if writes {
        refused.extend(["409", "412", "422"]);
        if needs_match {
            refused.push("428");
        }
    } else {
        if !asks_anew {
            responses["304"] = json!({"description": "Nothing has changed."});
        }
        refused.extend(["406", "410"]);
    }
    if has_body {
        refused.extend(["408", "413", "415"]);
    }
    for status in refused {
        responses[status] = refusal(status);
    }
    if let Some(map) = responses.as_object_mut() {
        let sorted: BTreeMap<String, Value> = std::mem::take(map).into_iter().collect();
        map.extend(sorted);
    }
}
