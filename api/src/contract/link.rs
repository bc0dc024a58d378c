//! Links: what is made leads to everything that can be done with it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Leads from what makes a resource to everything that takes its id, so that a client or a tester can walk on.
pub fn link(document: &mut Value) {
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
