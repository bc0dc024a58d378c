//! The contract: one OpenAPI document, generated from the handlers that are registered.

mod bound;
mod description;
mod enumeration;
mod example;
mod format;
mod link;
mod operation;
mod parameter;
mod tag;
mod webhook;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{OpenApi, ToSchema};

use crate::deprecation::{DEPRECATED, Deprecation, mark};
use crate::expansion::Relation;
use crate::problem::{FieldProblem, ProblemView};
use crate::routing::ServiceConfig;
use crate::webhook::event::WebhookEventView;
use crate::wire::Word;
use crate::writing::Preview;

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
        description = include_str!("contract/introduction.md"),
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        contact(name = "Remit", url = "https://example.org/remit"),
    ),
    components(schemas(ProblemView, FieldProblem, Preview, WebhookEventView)),
    servers((url = "/", description = "This server")),
)]
struct Frame;

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
        named::<Relation<remit_domain::outcome::Outcome>>(),
        named::<Relation<remit_domain::measure::Measure>>(),
        named::<Relation<remit_domain::role::Role>>(),
        named::<Relation<remit_domain::person::Person>>(),
        named::<Relation<remit_domain::team::Team>>(),
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
        CONTRACT.get_or_init(|| Arc::new(Self::of(crate::operations, DEPRECATED))).clone()
    }

    /// The contract of some operations, where a table says what is on its way out.
    pub fn of(operations: impl FnOnce(&mut ServiceConfig<'_>), deprecated: &[Deprecation]) -> Self {
        let mut document = Frame::openapi();
        operations(&mut ServiceConfig::describing(&mut document));
        document.info.version = env!("CARGO_PKG_VERSION").into();
        let components = document.components.get_or_insert_default();
        components.schemas.extend(query_words());
        let mut document = serde_json::to_value(&document).unwrap_or_default();
        finish(&mut document);
        // What it does not find, a test finds.
        drop(mark(&mut document, deprecated));
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
        tag::TAGS.iter().map(|(name, description)| json!({"name": name, "description": description})).collect();
    document["components"]["securitySchemes"] = json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "A JSON Web Token as RFC8725 asks for, or an API key that begins with `remit_`.",
        }
    });
    for (name, schema) in format::formats() {
        document["components"]["schemas"][name] = schema;
    }
    operation::share(&mut document["components"]);
    let mut used = BTreeMap::new();
    let schemas = document["components"]["schemas"].clone();
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, item) in paths.iter_mut() {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                parameter::describe_path(path, operation, &schemas);
                operation::complete(path, method, operation);
                description::describe(method, operation);
                for tag in operation["tags"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    used.insert(tag.to_owned(), ());
                }
            }
        }
    }
    document["webhooks"] = webhook::webhooks();
    link::link(document);
    bound::bound_numbers(document);
    enumeration::open_enumerations(document);
    example::exemplify(document);
    if let Some(tags) = document["tags"].as_array_mut() {
        tags.retain(|tag| tag["name"].as_str().is_some_and(|name| used.contains_key(name)));
    }
}
