//! Rules on the wire.

use std::borrow::Cow;
use std::collections::BTreeMap;

use remit_domain::entity::Kept;
use remit_domain::rule::{Rule, RuleGroup, RuleLevel, RuleSetting, RuleSettingError};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use super::key_of;
use crate::finding::SeverityWord;
use crate::problem::Problem;
use crate::wire::{Exact, InstantText, Word};

type LevelWord = Word<RuleLevel>;
type GroupWord = Word<RuleGroup>;

/// The most numbers of a rule.
const NUMBERS_MAX: usize = 20;

/// The page that explains a rule.
pub fn page_of(rule: &str) -> String {
    format!("/docs/rules/{rule}")
}

/// What an organization says of a rule.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"level": "warning"}))]
pub struct RuleSettingDocument {
    /// How grave what it finds is; as the rule has it where nothing is said. What is off is not looked for.
    #[serde(default)]
    level: Option<LevelWord>,
    /// The numbers with which it judges, by name; as the rule has them where nothing is said.
    #[validate(nested)]
    #[serde(default)]
    numbers: RuleNumbers,
}

/// Numbers by their names.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleNumbers(BTreeMap<String, Exact>);

impl Validate for RuleNumbers {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut errors = ValidationErrors::new();
        if self.0.len() > NUMBERS_MAX {
            let too_many = format!("must have at most {NUMBERS_MAX} entries");
            errors.add("", ValidationError::new("too_many").with_message(too_many.into()));
            return Err(errors);
        }
        for (name, number) in &self.0 {
            if let Err(inner) = number.validate() {
                let inner = ValidationErrorsKind::Struct(Box::new(inner));
                errors.errors_mut().insert(name.clone().into(), inner);
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}
impl PartialSchema for RuleNumbers {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Object))
            .additional_properties(Some(AdditionalProperties::RefOr(
                Ref::from_schema_name(<Exact as ToSchema>::name()).into(),
            )))
            .max_properties(Some(NUMBERS_MAX))
            .description(Some("Numbers by their names; the rule says which it has, and their bounds."))
            .into()
    }
}
impl ToSchema for RuleNumbers {
    fn name() -> Cow<'static, str> {
        "RuleNumbers".into()
    }
    fn schemas(schemas: &mut crate::wire::Schemas) {
        schemas.push((<Exact as ToSchema>::name().into(), Exact::schema()));
    }
}

impl RuleSettingDocument {
    /// The setting that it describes.
    ///
    /// # Errors
    /// Each number that the rule does not have, or not with this value.
    pub fn setting(&self, rule: &'static Rule) -> Result<RuleSetting, Problem> {
        let unknown = |name: &str| {
            let names: Vec<&str> = rule.numbers.iter().map(|number| number.name).collect();
            let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let detail = format!("is no number of this rule, which has {known}");
            Problem::field(format!("/numbers/{}", name.replace('~', "~0").replace('/', "~1")), "unknown_number", detail)
        };
        let mut numbers = Vec::new();
        for (name, number) in &self.numbers.0 {
            let key = rule.numbers.iter().find(|known| known.name == name).ok_or_else(|| unknown(name))?;
            numbers.push((key_of(key.name)?, number.number()?));
        }
        let setting = RuleSetting { rule: key_of(rule.id)?, level: self.level.map(|level| level.0), numbers };
        setting.check_numbers(rule).map_err(|error| match error {
            RuleSettingError::UnknownNumber(name) => unknown(&name),
            RuleSettingError::OutOfRange(number) => Problem::field(
                format!("/numbers/{}", number.name),
                "out_of_range",
                format!("must be a whole number from {} to {}", number.min, number.max),
            ),
        })?;
        Ok(setting)
    }
}

/// A rule, with what the organization says of it.
#[derive(Serialize, ToSchema)]
#[schema(as = Rule)]
pub struct RuleView {
    /// Its id.
    #[schema(max_length = 100)]
    id: &'static str,
    group: GroupWord,
    /// The kind of thing that it judges: an outcome, a measure, a role or a person.
    #[schema(max_length = 50)]
    judges: &'static str,
    /// How grave what it finds is to this organization.
    level: LevelWord,
    /// How grave it is where nothing is said.
    default_severity: SeverityWord,
    /// The numbers with which it judges.
    #[schema(max_items = 20)]
    numbers: Vec<RuleNumberView>,
    /// Whether it keeps an outcome from becoming active where it is an error.
    blocks_activation: bool,
    /// What is the case when it finds something.
    #[schema(max_length = 2000)]
    what: &'static str,
    /// Why that matters.
    #[schema(max_length = 2000)]
    why: &'static str,
    /// A case in which it finds something.
    #[schema(max_length = 2000)]
    example: &'static str,
    /// What to do about it.
    #[schema(max_length = 2000)]
    remedy: &'static str,
    /// The page that explains it.
    #[schema(format = "uri-reference", max_length = 200)]
    page: String,
    /// Raised when its judgement changes.
    #[schema(minimum = 1)]
    rule_version: u32,
    /// How often the organization has said something of it; 0 where it never has.
    #[schema(minimum = 0)]
    version: i64,
    /// When it last did.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_at: Option<InstantText>,
    /// Who did: a person's id, or a credential's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 300)]
    updated_by: Option<String>,
}

/// A number with which a rule judges.
#[derive(Serialize, ToSchema)]
#[schema(as = RuleNumber)]
struct RuleNumberView {
    /// Its name.
    #[schema(max_length = 100)]
    name: &'static str,
    /// What it decides.
    #[schema(max_length = 2000)]
    what: &'static str,
    /// Its value in this organization.
    value: f64,
    /// Its value where nothing is said.
    default: f64,
    /// The least that it may be.
    minimum: f64,
    /// The most that it may be.
    maximum: f64,
}

impl RuleView {
    /// A rule with what is said of it.
    pub fn of(rule: &'static Rule, said: Option<&Kept<RuleSetting>>) -> Self {
        let value = |name: &str| {
            let numbers = said.into_iter().flat_map(|said| &said.numbers);
            numbers.into_iter().find(|(known, _)| known.as_str() == name).map(|(_, number)| number.get())
        };
        let number = |number: &remit_domain::rule::Number| RuleNumberView {
            name: number.name,
            what: number.what,
            value: value(number.name).unwrap_or(number.default),
            default: number.default,
            minimum: number.min,
            maximum: number.max,
        };
        Self {
            id: rule.id,
            group: Word(rule.group),
            judges: rule.judges(),
            level: Word(said.and_then(|said| said.level).unwrap_or(rule.severity.into())),
            default_severity: Word(rule.severity),
            numbers: rule.numbers.iter().map(number).collect(),
            blocks_activation: rule.may_block_activation(),
            what: rule.what,
            why: rule.why,
            example: rule.example,
            remedy: rule.remedy,
            page: page_of(rule.id),
            rule_version: rule.version,
            version: said.map_or(0, |said| said.version),
            updated_at: said.map(|said| said.updated_at.into()),
            updated_by: said.map(|said| said.updated_by.as_str().into()),
        }
    }
}
