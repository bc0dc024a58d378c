//! The contract: one OpenAPI document, generated from the handlers that are registered.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{OpenApi, ToSchema};

use crate::edge::HEADER_MAX;
use crate::problem::{FieldProblem, ProblemView};
use crate::routing::ServiceConfig;
use crate::webhook::event::WebhookEventView;
use crate::wire::Word;
use crate::writing::{PREVIEW_JSON, Preview};

/// The contract as the code generates it.
pub struct Contract {
    /// The document, pretty-printed, as it is to stand in the repository.
    pub text: String,
}

/// What stands in the document beside the operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Remit",
        description = "An organization's mission, the outcomes it is to reach, the measures that prove them, and who answers for what, now and at any past moment.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        contact(name = "Remit", url = "https://example.org/remit"),
    ),
    components(schemas(ProblemView, FieldProblem, Preview, WebhookEventView)),
    servers((url = "/", description = "This server")),
)]
struct Frame;

/// The tags, in the order of the documentation, each with an introduction.
const TAGS: &[(&str, &str)] = &[
    ("organization", "The organization, its settings, and who is calling."),
    ("credentials", "API keys and the issuers whose tokens are trusted."),
    ("mission", "What the organization is for; replaced from a date on, never edited."),
    ("themes", "The strategic priorities under which outcomes stand."),
    ("periods", "The named stretches of time that outcomes are planned in."),
    ("outcomes", "What is to be different, by when, and where that stands."),
    ("check-ins", "What humans say of an outcome, beside what its numbers said at that moment."),
    ("comments", "What people say to an outcome or a check-in."),
    ("briefings", "What people are told, to whom, and who has read and understood it."),
    ("measures", "How it is known whether an outcome is being reached."),
    ("observations", "What was measured, of which segment, when."),
    ("teams", "Teams and who is in them."),
    ("people", "People, and the skills they hold."),
    ("skills", "Skills and their levels."),
    ("roles", "What someone answers for, whoever it is; and who holds it."),
    ("responsibilities", "Who is accountable, responsible, consulted or informed."),
    ("board", "The tree of mission, themes and outcomes, as of any instant."),
    ("findings", "What is missing or wrong, and what to do about it."),
    ("webhooks", "Where other systems hear of changes, signed as Standard Webhooks, and what came of it."),
    ("changes", "The log: who did what to which, in order, chained by hashes, and checked."),
    ("imports", "Rows of other systems, through the ordinary writes."),
    ("service", "The contract, liveness and readiness."),
];

/// The enumerations that only parameters use: the generator looks for schemas in bodies alone.
fn query_words() -> impl Iterator<Item = (String, RefOr<Schema>)> {
    fn named<T: ToSchema>() -> (String, RefOr<Schema>) {
        (T::name().into(), T::schema())
    }
    [
        named::<Word<remit_domain::responsibility::Part>>(),
        named::<Word<crate::observation::Mode>>(),
        named::<Word<crate::calibration::Knowledge>>(),
        named::<Word<crate::outcome::list::OutcomeSort>>(),
        named::<Word<crate::measure::series::Step>>(),
        named::<crate::dated::Phase>(),
        named::<crate::event::SubjectId>(),
        named::<crate::event::SubjectKind>(),
        named::<crate::sorting::NameSort>(),
        named::<Word<remit_domain::webhook::DeliveryState>>(),
        ("RuleId".into(), rule_ids()),
    ]
    .into_iter()
}

/// The ids of the rules, as an enumeration.
fn rule_ids() -> RefOr<Schema> {
    utoipa::openapi::schema::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::SchemaType::Type(utoipa::openapi::schema::Type::String))
        .enum_values(Some(remit_domain::rule::rules().iter().map(|rule| rule.id)))
        .description(Some("The id of a rule."))
        .into()
}

impl Contract {
    /// The contract of this program, generated once.
    pub fn shared() -> Arc<Self> {
        static CONTRACT: OnceLock<Arc<Contract>> = OnceLock::new();
        CONTRACT.get_or_init(|| Arc::new(Self::generate())).clone()
    }

    fn generate() -> Self {
        let mut document = Frame::openapi();
        crate::operations(&mut ServiceConfig::describing(&mut document));
        document.info.version = env!("CARGO_PKG_VERSION").into();
        let components = document.components.get_or_insert_default();
        components.schemas.extend(query_words());
        let mut document = serde_json::to_value(&document).unwrap_or_default();
        finish(&mut document);
        let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
        text.push('\n');
        Self { text }
    }
}

/// The contract as it stands in the repository, which a test holds to be what the code generates: to generate it at
/// each start would cost more time and memory than all else.
pub const COMMITTED: &str = include_str!("../../openapi/openapi.json");

/// The methods that a path takes; `None` when there is no such path.
pub fn allow(path: &str) -> Option<&'static str> {
    static PATHS: OnceLock<Vec<(Vec<String>, String)>> = OnceLock::new();
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |pattern: &[String]| {
        pattern.len() == parts.len()
            && pattern
                .iter()
                .zip(&parts)
                .all(|(pattern, part)| pattern == part || (pattern.starts_with('{') && !part.is_empty()))
    };
    // A literal segment wins over a parameter: it sorts later than `{`.
    PATHS.get_or_init(methods).iter().find(|(pattern, _)| fits(pattern)).map(|(_, allow)| allow.as_str())
}

/// For each path, cut at its slashes, the methods that it takes.
fn methods() -> Vec<(Vec<String>, String)> {
    #[derive(serde::Deserialize)]
    struct Document {
        paths: BTreeMap<String, BTreeMap<String, serde::de::IgnoredAny>>,
    }
    // It was read when it was generated.
    let paths = serde_json::from_str::<Document>(COMMITTED).map(|document| document.paths).unwrap_or_default();
    let mut paths: Vec<_> = paths
        .into_iter()
        .map(|(path, item)| {
            let methods: Vec<String> = item.into_keys().map(|method| method.to_uppercase()).collect();
            (path.split('/').map(str::to_owned).collect::<Vec<_>>(), methods.join(", "))
        })
        .collect();
    paths.sort_by_key(|(pattern, _)| pattern.iter().filter(|part| part.starts_with('{')).count());
    paths
}

/// Says once for all operations what holds for all of them.
fn finish(document: &mut Value) {
    document["tags"] =
        TAGS.iter().map(|(name, description)| json!({"name": name, "description": description})).collect();
    document["components"]["securitySchemes"] = json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "A JSON Web Token as RFC8725 asks for, or an API key that begins with `remit_`.",
        }
    });
    let mut used = BTreeMap::new();
    let schemas = document["components"]["schemas"].clone();
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, item) in paths.iter_mut() {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                describe_path(path, operation, &schemas);
                complete(path, method, operation);
                for tag in operation["tags"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    used.insert(tag.to_owned(), ());
                }
            }
        }
    }
    document["webhooks"] = webhooks();
    link(document);
    if let Some(tags) = document["tags"].as_array_mut() {
        tags.retain(|tag| tag["name"].as_str().is_some_and(|name| used.contains_key(name)));
    }
}

/// What a webhook is sent.
fn webhooks() -> Value {
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

/// What may not be there though no path names it: it is named by the query, or not founded yet.
const ABSENT: &[&str] = &["/v1/organization", "/v1/coverage/understanding", "/v1/digest"];

/// What stands for one thing in a path, by the collection before it or by its name.
const PATH_PARAMETERS: &[(&str, &str)] = &[
    ("themes", "ThemeId"),
    ("periods", "PeriodId"),
    ("teams", "TeamId"),
    ("people", "PersonId"),
    ("skills", "SkillId"),
    ("outcomes", "OutcomeId"),
    ("measures", "MeasureId"),
    ("check-ins", "CheckInId"),
    ("comments", "CommentId"),
    ("briefings", "BriefingId"),
    ("roles", "RoleId"),
    ("assignments", "AssignmentId"),
    ("api-keys", "ApiKeyId"),
    ("issuers", "IssuerId"),
    ("webhooks", "WebhookId"),
    ("findings", "FindingId"),
    ("rules", "RuleId"),
    ("source", "Source"),
    ("external_id", "Text200"),
    ("milestone_id", "MilestoneId"),
    ("membership_id", "MembershipId"),
    ("responsibility_id", "ResponsibilityId"),
    ("person_skill_id", "PersonSkillId"),
];

/// Gives the parameters of a path the schemas of what they stand for.
fn describe_path(path: &str, operation: &mut Value, schemas: &Value) {
    let parts: Vec<&str> = path.split('/').collect();
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        if parameter["in"] == "query" && parameter["name"] == "rule" {
            parameter["schema"] = json!({"$ref": "#/components/schemas/RuleId"});
        }
        if parameter["in"] != "path" {
            continue;
        }
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        let before = parts.windows(2).find(|pair| pair[1] == format!("{{{name}}}")).map_or("", |pair| pair[0]);
        let word = if name == "id" { before } else { name.as_str() };
        let known = PATH_PARAMETERS.iter().find(|(key, _)| *key == word).map(|(_, schema)| *schema);
        parameter["schema"] = match known.filter(|schema| schemas.get(*schema).is_some()) {
            Some(schema) => json!({"$ref": format!("#/components/schemas/{schema}")}),
            None => json!({"type": "string", "minLength": 1, "maxLength": 200}),
        };
        if parameter["description"].as_str().is_none_or(str::is_empty) {
            parameter["description"] = format!("The {}.", name.replace('_', " ")).into();
        }
    }
}

/// Leads from what makes a resource to everything that takes its id, so that a client or a tester can walk on.
fn link(document: &mut Value) {
    let mut targets: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        let Some((collection, rest)) = path.split_once("/{id}") else { continue };
        // A further parameter would have to come from elsewhere.
        if rest.contains('{') {
            continue;
        }
        for (method, operation) in item.as_object().into_iter().flatten() {
            let Some(id) = operation["operationId"].as_str() else { continue };
            let needs_match = method == "patch" || method == "delete";
            targets.entry(collection.to_owned()).or_default().push((id.to_owned(), needs_match));
        }
    }
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        // What is made under an outcome or a role has a collection of its own.
        let made_in = path.rsplit('/').next().map(|last| format!("/v1/{last}")).unwrap_or_default();
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let collection = match method.as_str() {
                "post" => made_in.clone(),
                "put" if path.contains("/external/") => path.split("/external/").next().unwrap_or("").to_owned(),
                _ => continue,
            };
            let Some(targets) = targets.get(&collection) else { continue };
            let Some(response) = operation["responses"].get_mut("201") else { continue };
            for (target, needs_match) in targets {
                let mut parameters = json!({"path.id": "$response.body#/id"});
                if *needs_match {
                    parameters["header.If-Match"] = "$response.header.ETag".into();
                }
                response["links"][target] = json!({"operationId": target, "parameters": parameters});
            }
        }
    }
}

fn problem(description: &str) -> Value {
    json!({
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    })
}

fn header(name: &str, description: &str, schema: Value, required: bool) -> Value {
    json!({"name": name, "in": "header", "description": description, "required": required, "schema": schema})
}

/// The headers of a read that travels in time: within one interface version and one erasure epoch, the same question
/// with the same `known_at` has the same bytes.
fn name_state(headers: &mut Value) {
    let instant = json!({"$ref": "#/components/schemas/Instant"});
    let number = json!({"type": "integer", "format": "int64", "minimum": 0});
    let version = json!({"type": "string", "maxLength": 40});
    for (name, description, schema) in [
        ("Remit-As-Of", "What was true then; where the past was asked for.", &instant),
        ("Remit-Known-At", "When the last change that it takes into account was recorded; likewise.", &instant),
        ("Remit-Known-Revision", "The last revision that it takes into account.", &number),
        (
            "Remit-Erasure-Epoch",
            "The revision of the last erasure, 0 before the first: what was erased is gone from past answers too.",
            &number,
        ),
        ("Remit-Interface-Version", "The version of this contract by which it is written.", &version),
    ] {
        headers[name] = json!({"description": description, "schema": schema});
    }
}

/// How the paths end to which a POST is no write that can be tried out, or repeated under a key.
const NOTHING_KEPT: [&str; 3] = ["/draft", "/test", "/redeliver"];

fn complete(path: &str, method: &str, operation: &mut Value) {
    let is_open = !path.starts_with("/v1/");
    let writes = method != "get";
    let has_id = path.contains('{');
    let reads_by_post = NOTHING_KEPT.iter().any(|end| path.ends_with(end));
    // A stream has no state to name, and a calendar asks again and again without one.
    let of_kind = |kind: &str| operation["responses"]["200"]["content"].get(kind).is_some();
    let (is_stream, is_feed) = (of_kind("text/event-stream"), of_kind("text/calendar"));
    let mut add = |name: &str, description: &str, schema: Value, required: bool| {
        let parameter = header(name, description, schema, required);
        match operation["parameters"].as_array_mut() {
            Some(parameters) => parameters.push(parameter),
            None => operation["parameters"] = json!([parameter]),
        }
    };
    let etag = json!({"type": "string", "maxLength": HEADER_MAX});
    if is_open {
        let responses = &mut operation["responses"];
        responses["400"] = problem("A parameter is unknown.");
        operation["security"] = json!([]);
        return;
    }
    if !writes && !is_stream && !is_feed {
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
    if matches!(method, "patch") || (method == "delete" && by_id) {
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
    let has_body = operation.get("requestBody").is_some();
    let travels =
        operation["parameters"].as_array().into_iter().flatten().any(|parameter| parameter["name"] == "known_at");
    let responses = &mut operation["responses"];
    for (status, response) in responses.as_object_mut().into_iter().flatten() {
        if !status.starts_with('2') {
            continue;
        }
        response["headers"]["X-Request-Id"] = json!({"description": "Names the request in the server's log.", "schema": {"type": "string", "maxLength": 100}});
        response["headers"]["RateLimit"] = json!({
            "description": "What is left of the credential's rate, unless limits are off.",
            "schema": {"type": "string", "maxLength": 200}
        });
        response["headers"]["RateLimit-Policy"] =
            json!({"description": "The credential's rates.", "schema": {"type": "string", "maxLength": 200}});
        if status != "204" && !is_stream {
            response["headers"]["ETag"] =
                json!({"description": "Names this state.", "schema": {"type": "string", "maxLength": 200}});
        }
        if travels {
            name_state(&mut response["headers"]);
        }
        if status == "201" {
            response["headers"]["Location"] = json!({
                "description": "Where it is.", "schema": {"type": "string", "format": "uri-reference", "maxLength": 500}
            });
        }
    }
    if writes && !reads_by_post {
        let preview = json!({"schema": {"$ref": "#/components/schemas/Preview"}});
        if responses.get("200").is_none() {
            responses["200"] = json!({"description": "What a dry run would do.", "content": {}});
        }
        responses["200"]["content"][PREVIEW_JSON] = preview;
        if responses.get("204").is_none() {
            responses["204"] = json!({"description": "Done; the body was not wanted."});
        }
    }
    let mut refuse = |status: &str, description: &str| responses[status] = problem(description);
    refuse("400", "The request cannot be read, or has an unknown field or parameter.");
    refuse("401", "A credential is needed.");
    refuse("403", "The credential may not do this.");
    refuse("429", "Too many requests.");
    refuse("500", "Something failed here.");
    refuse("503", "The service is busy.");
    if has_id || ABSENT.contains(&path) {
        refuse("404", "There is no such thing.");
    }
    if writes {
        refuse("409", "The state of things, or a rule, is against it.");
        refuse("422", "A bound or a rule of the document is broken.");
        refuse("412", "It has changed meanwhile.");
        if matches!(method, "patch") || (method == "delete" && by_id) {
            refuse("428", "If-Match is needed.");
        }
    } else {
        if !is_stream && !is_feed {
            responses["304"] = json!({"description": "Nothing has changed."});
        }
        responses["406"] = problem("No format that is accepted can be given.");
        responses["410"] = problem("The cursor is too old.");
    }
    if has_body {
        responses["408"] = problem("The body came too slowly.");
        responses["413"] = problem("The body is too large.");
        responses["415"] = problem("The content type is not taken here.");
    }
    if let Some(map) = responses.as_object_mut() {
        let sorted: BTreeMap<String, Value> = std::mem::take(map).into_iter().collect();
        map.extend(sorted);
    }
}
