//! Links: what is made or listed leads to everything that can be done with it, so that a client or a tester can walk on.

use serde_json::{Map, Value, json};

/// What a link may lead to.
struct Target {
    path: String,
    method: String,
    id: String,
}

impl Target {
    /// The name of the parameter that follows a beginning of its path, and what comes after.
    fn below(&self, beginning: &str) -> Option<(&str, &str)> {
        self.path.strip_prefix(beginning)?.strip_prefix("/{")?.split_once('}')
    }
}

/// Where the parameters of a path come from: those that the source has itself, from its own request.
fn known(path: &str) -> Map<String, Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| (format!("path.{name}"), format!("$request.path.{name}").into())).collect()
}

/// Writes the links of a document, by four rules:
///
/// - what is made has an id, and leads to all that takes it, in its own collection and where it was made;
/// - what is listed leads to the first entry, and to what can be read or set of it;
/// - what is read leads to its change and its end, with the ETag that was read;
/// - a collection is found by the last part of the path: what is made under an outcome has one of its own.
pub fn link(document: &mut Value) {
    let mut targets = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            if let Some(id) = operation["operationId"].as_str() {
                targets.push(Target { path: path.clone(), method: method.clone(), id: id.to_owned() });
            }
        }
    }
    let schemas = document["components"]["schemas"].clone();
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let status = if method == "get" { "200" } else { "201" };
            let Some(response) = operation["responses"].get_mut(status) else { continue };
            let links = links_of(path, method, response, &targets, &schemas);
            if !links.is_empty() {
                response["links"] = links.into();
            }
        }
    }
}

fn links_of(path: &str, method: &str, response: &Value, targets: &[Target], schemas: &Value) -> Map<String, Value> {
    let own_collection = path.rsplit('/').next().map(|last| format!("/v1/{last}")).unwrap_or_default();
    let mut links = Map::new();
    match method {
        "post" | "put" => {
            let collections = match path.split_once("/external/") {
                Some((collection, _)) => vec![collection],
                None => vec![path, &own_collection],
            };
            for (target, collection) in pairs(targets, &collections) {
                add(&mut links, target, collection, "/id");
            }
        }
        "get" if path.ends_with('}') => {
            for target in targets.iter().filter(|target| target.path == path && target.method != "get") {
                let mut parameters = known(path);
                parameters.insert("header.If-Match".into(), "$response.header.ETag".into());
                links.insert(target.id.clone(), json!({"operationId": target.id, "parameters": parameters}));
            }
        }
        "get" => {
            let Some(entry) = entry(response, schemas) else { return links };
            let has = |name: &str| entry["properties"].get(name).is_some();
            for (target, collection) in pairs(targets, &[path, &own_collection]) {
                let name = target.below(collection).map_or("", |(name, _)| name);
                // A walk through a list is not to end what it finds; what is set by name it may set again.
                let harmless = matches!(target.method.as_str(), "get" | "put");
                if has(name) && name != "id" {
                    add(&mut links, target, collection, &format!("/data/0/{name}"));
                } else if has("id") && harmless {
                    add(&mut links, target, collection, "/data/0/id");
                }
            }
        }
        _ => {}
    }
    links
}

/// Each target that takes one parameter more than a collection, with that collection: a further one would have to come
/// from elsewhere.
fn pairs<'a>(targets: &'a [Target], collections: &'a [&'a str]) -> impl Iterator<Item = (&'a Target, &'a str)> {
    targets.iter().flat_map(move |target| {
        let fits = |collection: &str| target.below(collection).is_some_and(|(_, rest)| !rest.contains('{'));
        collections
            .iter()
            .copied()
            .filter(move |collection| fits(collection))
            .map(move |collection| (target, collection))
    })
}

/// Leads to a target below a collection, by an id of the answer's body.
fn add(links: &mut Map<String, Value>, target: &Target, collection: &str, pointer: &str) {
    let Some((name, _)) = target.below(collection) else { return };
    let mut parameters = known(collection);
    parameters.insert(format!("path.{name}"), format!("$response.body#{pointer}").into());
    // What was just made is as it was answered.
    if pointer == "/id" && matches!(target.method.as_str(), "patch" | "delete") {
        parameters.insert("header.If-Match".into(), "$response.header.ETag".into());
    }
    links.insert(target.id.clone(), json!({"operationId": target.id, "parameters": parameters}));
}

/// The schema of an entry of a list.
fn entry<'a>(response: &Value, schemas: &'a Value) -> Option<&'a Value> {
    let named = |schema: &Value| schemas.get(schema["$ref"].as_str()?.rsplit('/').next()?);
    named(&named(&response["content"]["application/json"]["schema"])?["properties"]["data"]["items"])
}
