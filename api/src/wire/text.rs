//! Texts on the wire: words, ids, keys, zones, enumerations.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use remit_domain::id::{Id, Identified};
use remit_domain::measure::Every;
use remit_domain::spelling::Spelled;
use remit_domain::text::{Email, Key, Source, Text};
use remit_domain::time::Zone;
use remit_domain::webhook::{ActionPattern, SubjectId, WebhookUrl};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use validator::{Validate, ValidationErrors};

use super::{Schemas, refuse};
use crate::problem::Problem;

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::Type(Type::String))
}

fn unreadable() -> Problem {
    Problem::field("", "unreadable", "cannot be read")
}

/// A text of 1 to `MAX` characters; surrounding white space is trimmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words<const MAX: usize>(String);

impl<const MAX: usize> Words<MAX> {
    /// The text in the domain's form.
    ///
    /// # Errors
    /// A problem, when it was not validated before.
    pub fn text(&self) -> Result<Text<MAX>, Problem> {
        Text::new(&self.0).map_err(|_| unreadable())
    }
}
impl<const MAX: usize> From<&Text<MAX>> for Words<MAX> {
    fn from(text: &Text<MAX>) -> Self {
        Self(text.as_str().into())
    }
}
impl<const MAX: usize> Validate for Words<MAX> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        use remit_domain::text::TextError;
        // The bound holds for what was sent, as the schema says it.
        let is_control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        let error = if self.0.chars().count() > MAX {
            TextError::TooLong { max: MAX }
        } else if self.0.contains(is_control) {
            // Some of them are white space too, and trimming would hide them.
            TextError::ControlCharacter
        } else {
            match Text::<MAX>::new(&self.0) {
                Ok(_) => return Ok(()),
                Err(error) => error,
            }
        };
        let code = match error {
            TextError::Empty => "empty",
            TextError::TooLong { .. } => "too_long",
            TextError::ControlCharacter => "control_character",
        };
        Err(refuse(code, error.to_string()))
    }
}
/// At least one character that is not white space, and no control character but tab and line breaks.
const PRESENT: &str = "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f\\ufeff][^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$";
impl<const MAX: usize> PartialSchema for Words<MAX> {
    fn schema() -> RefOr<Schema> {
        string()
            .min_length(Some(1))
            .max_length(Some(MAX))
            .pattern(Some(PRESENT))
            .description(Some(format!("A text of 1 to {MAX} characters; surrounding white space is trimmed.")))
            .into()
    }
}
impl<const MAX: usize> ToSchema for Words<MAX> {
    fn name() -> Cow<'static, str> {
        format!("Text{MAX}").into()
    }
}

/// Declares a text that the domain reads with one function.
macro_rules! read_text {
    ($(#[$doc:meta])* $name:ident => $value:ty, $read:expr, $code:literal, $detail:literal, |$schema:ident| $bounds:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);
        impl $name {
            /// The value in the domain's form.
            ///
            /// # Errors
            /// A problem, when it was not validated before.
            pub fn value(&self) -> Result<$value, Problem> {
                let read: fn(&str) -> Option<$value> = $read;
                read(&self.0).ok_or_else(unreadable)
            }
        }
        impl Validate for $name {
            fn validate(&self) -> Result<(), ValidationErrors> {
                self.value().map(|_| ()).map_err(|_| refuse($code, $detail.into()))
            }
        }
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let $schema = string();
                $bounds.into()
            }
        }
        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).trim_end_matches("Text").into()
            }
        }
    };
}

read_text! {
    /// A key, `[a-z0-9][a-z0-9._-]{0,119}`.
    KeyText => Key, Key::parse, "key_malformed",
    "must be 1 to 120 of a-z, 0-9, dot, underscore and dash, begin with a letter or digit, and not with msr_",
    |schema| schema.max_length(Some(120)).pattern(Some("^(?!msr_)[a-z0-9][a-z0-9._-]{0,119}$"))
        .description(Some("A name for scripts.")).examples([serde_json::json!("sales.revenue")])
}
read_text! {
    /// The name of another system.
    SourceText => Source, Source::parse, "source_malformed",
    "must be 1 to 64 of a-z, 0-9, dot, underscore and dash, and begin with a letter or digit",
    |schema| schema.max_length(Some(64)).pattern(Some("^(?!msr_)[a-z0-9][a-z0-9._-]{0,63}$"))
        .description(Some("The name of another system.")).examples([serde_json::json!("hr")])
}
read_text! {
    /// An email address.
    EmailText => Email, Email::parse, "email_malformed", "must be an email address of at most 254 characters",
    |schema| schema.max_length(Some(254)).pattern(Some("^[^@\\s\\u0000-\\u001f\\u007f-\\u009f]+@[^@\\s\\u0000-\\u001f\\u007f-\\u009f]+$"))
        .description(Some("An email address; kept in lower case.")).examples([serde_json::json!("ada@example.org")])
}
read_text! {
    /// An IANA time zone.
    ZoneText => Zone, Zone::named, "time_zone_unknown", "must be a time zone of the IANA database",
    |schema| schema.max_length(Some(64)).min_length(Some(1))
        // Not an enumeration: the database gains zones, and is older here and newer there.
        .format(Some(SchemaFormat::Custom("iana-time-zone".into())))
        .description(Some("The name of a zone in the IANA time zone database.")).examples([serde_json::json!("Europe/London")])
}
read_text! {
    /// A reporting interval.
    EveryText => Every, Every::parse, "every_malformed",
    "must be day, week, month, quarter, year, fiscal_quarter, fiscal_year, or n_days:N with N from 1 to 3660",
    |schema| schema.max_length(Some(20))
        .pattern(Some("^(day|week|month|quarter|year|fiscal_quarter|fiscal_year|n_days:([1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-5][0-9]|3660))$"))
        .description(Some("A reporting interval: a calendar unit, or `n_days:N`.")).examples([serde_json::json!("month")])
}

read_text! {
    /// The address of a webhook.
    WebhookUrlText => WebhookUrl, WebhookUrl::parse, "url_malformed",
    "must be an http or https address of at most 2000 ASCII characters, without a password and a fragment",
    |schema| schema.max_length(Some(remit_domain::webhook::URL_MAX))
        .pattern(Some("^https?://([A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*\\.?|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?([/?][!$-;=?-Z_a-z~\\[\\]]*)?$"))
        .description(Some("An http or https address, without a password and a fragment."))
        .examples([serde_json::json!("https://hooks.example.org/remit")])
}
read_text! {
    /// An action, or all of a noun.
    ActionText => ActionPattern, ActionPattern::parse, "action_malformed",
    "must be a noun and a verb such as outcome.activated, or a noun and an asterisk: outcome.*",
    |schema| schema.max_length(Some(remit_domain::webhook::ACTION_MAX)).pattern(Some("^[a-z][a-z_]*\\.([a-z][a-z_]*|\\*)$"))
        .description(Some("An action as the log names it, or all of a noun.")).examples([serde_json::json!("outcome.*")])
}
read_text! {
    /// The id of anything.
    SubjectIdText => SubjectId, SubjectId::parse, "id_malformed", "must be an id: three or four letters, _, and 26 digits",
    |schema| schema.max_length(Some(31)).pattern(Some("^[a-z]{3,4}_[0-7][0-9a-hjkmnp-tv-z]{25}$"))
        .description(Some("The id of anything."))
}

/// A noun as a sentence speaks of one of it.
fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {}", noun.replace('_', " "))
}

/// The id of a `T`.
pub struct IdText<T>(String, PhantomData<fn() -> T>);

impl<T: Identified> IdText<T> {
    /// The id in the domain's form.
    ///
    /// # Errors
    /// A problem, when it was not validated before.
    pub fn id(&self) -> Result<Id<T>, Problem> {
        Id::parse(&self.0).ok_or_else(unreadable)
    }
}
impl<T: Identified> From<Id<T>> for IdText<T> {
    fn from(id: Id<T>) -> Self {
        Self(id.to_string(), PhantomData)
    }
}
impl<T> Clone for IdText<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}
impl<T> PartialEq for IdText<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> fmt::Debug for IdText<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl<T> Serialize for IdText<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de, T> Deserialize<'de> for IdText<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text, PhantomData))
    }
}
impl<T: Identified> Validate for IdText<T> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let malformed = || refuse("id_malformed", format!("must be the id of a {}, {}_…", T::NOUN, T::PREFIX));
        self.id().map(|_| ()).map_err(|_| malformed())
    }
}
impl<T: Identified> PartialSchema for IdText<T> {
    fn schema() -> RefOr<Schema> {
        string()
            .pattern(Some(format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", T::PREFIX)))
            .max_length(Some(T::PREFIX.len() + 27))
            .description(Some(format!("The id of {}.", with_article(T::NOUN))))
            .into()
    }
}
impl<T: Identified> ToSchema for IdText<T> {
    fn name() -> Cow<'static, str> {
        let camel = T::NOUN.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect::<String>();
        format!("{camel}Id").into()
    }
}

/// A value of an enumeration, in its one spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<E>(pub E);

impl<E: Spelled> Serialize for Word<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}
impl<'de, E: Spelled> Deserialize<'de> for Word<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        E::parse(&text).map(Self).ok_or_else(|| {
            let all: Vec<_> = E::ALL.iter().map(|value| value.as_str()).collect();
            serde::de::Error::custom(format!("must be one of {}", all.join(", ")))
        })
    }
}
impl<E> Validate for Word<E> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        Ok(())
    }
}
impl<E: Spelled> PartialSchema for Word<E> {
    fn schema() -> RefOr<Schema> {
        string().enum_values(Some(E::ALL.iter().map(|value| value.as_str()))).into()
    }
}
impl<E: Spelled> ToSchema for Word<E> {
    fn name() -> Cow<'static, str> {
        E::NAME.into()
    }
    fn schemas(_: &mut Schemas) {}
}
