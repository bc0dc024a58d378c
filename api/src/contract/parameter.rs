//! The parameters of paths: each has the schema of what it stands for.

use serde_json::{Value, json};

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
pub fn describe_path(path: &str, operation: &mut Value, schemas: &Value) {
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
