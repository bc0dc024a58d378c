//! Fields: how one field of an import is made from the columns of a row.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use regex_lite::Regex;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::mapping::json;
use super::table::Lookup;
use super::template::{Template, shortened};

/// The value of a column, by its name.
pub type Cells<'a> = &'a dyn Fn(&str) -> &'a str;

/// A rule, as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    template: Option<String>,
    column: Option<String>,
    first_of: Option<Vec<String>>,
    compare: Option<[String; 2]>,
    find: Option<String>,
    r#as: Option<String>,
    #[serde(default)]
    keep: bool,
    remove: Option<String>,
    unless: Option<String>,
    #[serde(default)]
    map: BTreeMap<String, String>,
    default: Option<toml::Value>,
    shorten: Option<usize>,
    #[serde(default)]
    number: bool,
    #[serde(default)]
    optional: bool,
    split: Option<String>,
}

/// Where a text comes from.
enum Origin {
    /// Columns in their places.
    Template(Template),
    /// The first of the columns that is not empty.
    FirstOf(Vec<String>),
    /// `less`, `equal` or `greater`: how the number of a column stands to that of another.
    Compare([String; 2]),
}

impl Origin {
    fn columns(&self) -> Vec<&str> {
        match self {
            Self::Template(template) => template.places().collect(),
            Self::FirstOf(columns) => columns.iter().map(String::as_str).collect(),
            Self::Compare(columns) => columns.iter().map(String::as_str).collect(),
        }
    }

    fn text(&self, cells: Cells<'_>) -> String {
        match self {
            Self::Template(template) => template.fill(cells),
            Self::FirstOf(columns) => {
                let mut texts = columns.iter().map(|column| cells(column).trim());
                texts.find(|text| !text.is_empty()).unwrap_or("").to_owned()
            }
            Self::Compare([one, other]) => {
                let number = |column: &str| cells(column).trim().parse::<f64>().ok();
                let order = number(one).zip(number(other)).and_then(|(one, other)| one.partial_cmp(&other));
                match order {
                    Some(Ordering::Less) => "less".into(),
                    Some(Ordering::Equal) => "equal".into(),
                    Some(Ordering::Greater) => "greater".into(),
                    None => String::new(),
                }
            }
        }
    }
}

/// How a text is made from columns.
pub struct Rule {
    text: Origin,
    find: Option<(Regex, Template)>,
    is_kept: bool,
    remove: Option<Regex>,
    unless: Option<String>,
    map: BTreeMap<String, String>,
    default: Option<Box<RawValue>>,
    shorten: Option<usize>,
    is_number: bool,
    is_optional: bool,
    split: Option<String>,
}

impl Rule {
    /// Reads a template, or a table with more to say.
    ///
    /// # Errors
    /// A sentence that begins with the field.
    pub fn read(name: &str, value: toml::Value, known: &dyn Fn(&str) -> bool) -> Result<Self, String> {
        let wrong = |error: &dyn std::fmt::Display| format!("{name}: {error}");
        let written: Written = match value.as_str() {
            Some(template) => Written { template: Some(template.to_owned()), ..Written::default() },
            None => value.try_into().map_err(|error| wrong(&error))?,
        };
        let Written {
            template,
            column,
            first_of,
            compare,
            find,
            r#as,
            keep,
            remove,
            unless,
            map,
            default,
            shorten,
            number,
            optional,
            split,
        } = written;
        let text = match (template, column, first_of, compare) {
            (Some(template), None, None, None) => {
                Origin::Template(Template::parse(&template).map_err(|error| wrong(&error))?)
            }
            (None, Some(column), None, None) => Origin::Template(Template::place(&column)),
            (None, None, Some(columns), None) => Origin::FirstOf(columns),
            (None, None, None, Some(columns)) => Origin::Compare(columns),
            _ => return Err(wrong(&"needs either template or column, first_of or compare")),
        };
        let named = text.columns().into_iter().chain(unless.as_deref());
        if let Some(missing) = named.into_iter().find(|place| !known(place)) {
            return Err(wrong(&format!("there is no column {missing}")));
        }
        let find = match (find, r#as) {
            (Some(pattern), r#as) => {
                let pattern = Regex::new(&pattern).map_err(|error| wrong(&error))?;
                let r#as = Template::parse(r#as.as_deref().unwrap_or("{0}")).map_err(|error| wrong(&error))?;
                let groups = pattern.captures_len();
                if let Some(place) = r#as.places().find(|place| place.parse().is_ok_and(|group: usize| group >= groups))
                {
                    return Err(wrong(&format!("the pattern has no group {place}")));
                }
                if let Some(place) = r#as.places().find(|place| place.parse::<usize>().is_err() && !known(place)) {
                    return Err(wrong(&format!("{place} is neither a group's number nor a column")));
                }
                Some((pattern, r#as))
            }
            (None, None) if keep => return Err(wrong(&"keep goes with find")),
            (None, None) => None,
            (None, Some(_)) => return Err(wrong(&"as goes with find")),
        };
        let remove = remove.as_deref().map(Regex::new).transpose().map_err(|error| wrong(&error))?;
        let default = default.map(|default| json(&default)).transpose().map_err(|error| wrong(&error))?;
        Ok(Self {
            text,
            find,
            is_kept: keep,
            remove,
            unless,
            map,
            default,
            shorten,
            is_number: number,
            is_optional: optional,
            split,
        })
    }

    /// The text of a row; nothing where it is empty.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn text_or_nothing(&self, cells: Cells<'_>) -> Result<Option<String>, String> {
        let mut text = self.text.text(cells);
        let mut is_found = true;
        if let Some((pattern, r#as)) = &self.find {
            let found = pattern.captures(&text).map(|found| {
                r#as.fill(|place| match place.parse::<usize>() {
                    Ok(group) => found.get(group).map_or("", |group| group.as_str()),
                    Err(_) => cells(place),
                })
            });
            match found {
                Some(found) => text = found,
                // As it is, so that a refusal can name it.
                None if self.is_kept => is_found = false,
                None => text.clear(),
            }
        }
        if let Some(pattern) = self.remove.as_ref().filter(|_| is_found) {
            text = pattern.replace_all(&text, "").into_owned();
        }
        if self.unless.as_deref().is_some_and(|other| cells(other).trim() == text.trim()) {
            return Ok(None);
        }
        if text.trim().is_empty() {
            return Ok(None);
        }
        if !self.map.is_empty() {
            match self.map.get(&text) {
                Some(mapped) => text.clone_from(mapped),
                None if self.default.is_some() || self.is_optional => return Ok(None),
                None => return Err(format!("{text:?} is not in the map")),
            }
        }
        Ok(Some(match self.shorten {
            Some(max) => shortened(&text, max),
            None => text,
        }))
    }

    /// The text of a column that is made; what is not in its map is empty.
    pub fn cell(&self, cells: Cells<'_>) -> String {
        let text = self.text_or_nothing(cells).unwrap_or_default();
        let plain = |json: &RawValue| serde_json::from_str(json.get()).unwrap_or_else(|_| json.get().to_owned());
        text.or_else(|| self.default.as_deref().map(plain)).unwrap_or_default()
    }

    /// As [`Rule::text_or_nothing`], where nothing is allowed only if the mapping says so.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn text(&self, cells: Cells<'_>) -> Result<Option<String>, String> {
        let text = self.text_or_nothing(cells)?;
        if text.is_none() && !self.is_optional { Err("is empty".into()) } else { Ok(text) }
    }

    /// The value of a row; nothing where the mapping lets it be left out.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn value(&self, cells: Cells<'_>) -> Result<Option<Box<RawValue>>, String> {
        let Some(text) = self.text_or_nothing(cells)? else {
            return match &self.default {
                Some(default) => Ok(Some(default.clone())),
                None if self.is_optional => Ok(None),
                None => Err("is empty".into()),
            };
        };
        let one = |text: &str| if self.is_number { number(text) } else { json(&text) };
        match &self.split {
            Some(separator) => {
                let parts = text.split(separator.as_str()).map(str::trim).filter(|part| !part.is_empty());
                Ok(Some(json(&parts.map(one).collect::<Result<Vec<_>, _>>()?)?))
            }
            None => Ok(Some(one(&text)?)),
        }
    }
}

/// A number, digit for digit as it is written.
fn number(text: &str) -> Result<Box<RawValue>, String> {
    let wrong = || format!("{text:?} is no number such as 12.5");
    let literal = RawValue::from_string(text.trim().to_owned()).map_err(|_| wrong())?;
    let is_number = literal.get().starts_with(|first: char| first.is_ascii_digit() || first == '-');
    if is_number { Ok(literal) } else { Err(wrong()) }
}

/// How a field is made.
pub enum Field {
    /// The same in every row.
    Constant(Box<RawValue>),
    /// From columns.
    Text(Rule),
    /// A list, from the rows of another file that belong to the row.
    Collected {
        /// The other file's rows.
        lookup: Lookup,
        /// By what they belong to the row.
        key: Template,
        /// What each becomes.
        each: Each,
    },
}

/// What a row of another file becomes.
pub enum Each {
    /// A text.
    Text(Box<Rule>),
    /// An object.
    Object(Vec<(String, Field)>),
}

impl Field {
    /// Reads a field that collects nothing.
    ///
    /// # Errors
    /// A sentence that begins with the field.
    pub fn read(name: &str, value: toml::Value, known: &dyn Fn(&str) -> bool) -> Result<Self, String> {
        match &value {
            toml::Value::String(_) => Ok(Self::Text(Rule::read(name, value, known)?)),
            toml::Value::Table(table) => match table.get("value") {
                Some(constant) if table.len() == 1 => Ok(Self::Constant(json(constant)?)),
                Some(_) => Err(format!("{name}: value stands alone")),
                None => Ok(Self::Text(Rule::read(name, value, known)?)),
            },
            toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) | toml::Value::Array(_) => {
                Ok(Self::Constant(json(&value)?))
            }
            toml::Value::Datetime(day) => Ok(Self::Constant(json(&day.to_string())?)),
        }
    }

    /// The value of a row; nothing where the mapping lets it be left out.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn value(&self, cells: Cells<'_>) -> Result<Option<Box<RawValue>>, String> {
        match self {
            Self::Constant(value) => Ok(Some(value.clone())),
            Self::Text(rule) => rule.value(cells),
            Self::Collected { lookup, key, each } => {
                let mut list = Vec::new();
                for record in lookup.rows(&key.fill(cells)) {
                    // A column of the file that is collected from hides one of the same name.
                    let inner = |name: &str| match lookup.columns.iter().position(|own| own == name) {
                        Some(at) => record.get(at).unwrap_or(""),
                        None => cells(name),
                    };
                    list.extend(each.value(&inner)?);
                }
                Ok(Some(json(&list)?))
            }
        }
    }
}

impl Each {
    fn value(&self, cells: Cells<'_>) -> Result<Option<Box<RawValue>>, String> {
        match self {
            Self::Text(rule) => rule.value(cells),
            Self::Object(fields) => {
                let mut object = BTreeMap::new();
                for (name, field) in fields {
                    let value = field.value(cells).map_err(|fault| format!("{name}: {fault}"))?;
                    if let Some(value) = value {
                        object.insert(name.as_str(), value);
                    }
                }
                Ok(Some(json(&object)?))
            }
        }
    }
}
