//! A mapping file, as it is written.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::command::import::parts;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    pub kind: String,
    pub source: Option<String>,
    pub external_id: Option<toml::Value>,
    #[serde(default)]
    pub once: bool,
    #[serde(default)]
    pub ragged: bool,
    #[serde(default)]
    pub may_lack: Vec<String>,
    #[serde(default)]
    pub needs: Vec<String>,
    #[serde(default)]
    pub only: BTreeMap<String, Values>,
    #[serde(default)]
    pub skip: BTreeMap<String, Values>,
    #[serde(default)]
    pub column: Vec<WrittenColumn>,
    pub each: Option<parts::Written>,
    #[serde(default)]
    pub join: BTreeMap<String, WrittenJoin>,
    #[serde(default)]
    pub fields: toml::Table,
    #[serde(default)]
    pub segment: toml::Table,
    pub breakdown: Option<String>,
}

/// One value or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Values {
    One(String),
    Several(Vec<String>),
}

impl Values {
    pub fn list(self) -> Vec<String> {
        match self {
            Self::One(value) => vec![value],
            Self::Several(values) => values,
        }
    }
}

/// A column that is made: its name, and a rule as for fields.
#[derive(Deserialize)]
pub struct WrittenColumn {
    pub name: String,
    #[serde(flatten)]
    pub rule: toml::Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenJoin {
    pub file: Option<String>,
    pub sheet: Option<String>,
    pub on: String,
    pub key: Option<String>,
    #[serde(default)]
    pub needs: Vec<String>,
    pub least: Option<String>,
    pub greatest: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenCollect {
    pub collect: String,
    pub sheet: Option<String>,
    pub on: String,
    #[serde(default)]
    pub needs: Vec<String>,
    pub each: toml::Value,
}
