//! Days and instants on the wire.

use std::borrow::Cow;

use remit_domain::time::{Day, Instant, Zone, parse_day};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use validator::{Validate, ValidationErrors};

use super::refuse;
use crate::problem::Problem;

fn string(format: Option<&str>) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .format(format.map(|format| SchemaFormat::Custom(format.into())))
}

/// Every day from 0001-01-01 to 9999-12-30, and nothing else: the months have their days, and 29 February its years.
macro_rules! day {
    () => {
        concat!(
            "(?!0000|9999-12-31)([0-9]{4}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])",
            "|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)",
            "|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)"
        )
    };
}
/// Every instant of these days. At both ends of the range the offset decides besides whether it is taken.
macro_rules! instant {
    () => {
        concat!(
            day!(),
            "[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?",
            "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
        )
    };
}
const DAY: &str = concat!("^", day!(), "$");
const INSTANT: &str = concat!("^", instant!(), "$");
const MOMENT: &str = concat!("^(", day!(), "|", instant!(), ")$");

/// A calendar day, local to the organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DayText(String);

impl std::fmt::Display for DayText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl DayText {
    /// The day.
    ///
    /// # Errors
    /// A problem, when it was not validated before.
    pub fn day(&self) -> Result<Day, Problem> {
        parse_day(&self.0).ok_or_else(|| Problem::field("", "day_malformed", "must be a day"))
    }
}
impl From<Day> for DayText {
    fn from(day: Day) -> Self {
        Self(day.to_string())
    }
}
impl Validate for DayText {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let malformed = |_| refuse("day_malformed", "must be a day that exists, such as 2026-03-31".into());
        self.day().map(|_| ()).map_err(malformed)
    }
}
impl PartialSchema for DayText {
    fn schema() -> RefOr<Schema> {
        string(Some("date"))
            .max_length(Some(10))
            .pattern(Some(DAY))
            .description(Some("A calendar day, local to the organization."))
            .into()
    }
}
impl ToSchema for DayText {
    fn name() -> Cow<'static, str> {
        "Day".into()
    }
}

/// An instant, to the microsecond.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstantText(String);

impl InstantText {
    /// The instant.
    ///
    /// # Errors
    /// A problem, when it was not validated before.
    pub fn instant(&self) -> Result<Instant, Problem> {
        Instant::parse(&self.0).map_err(|error| Problem::field("", "instant_malformed", error.to_string()))
    }
}
impl From<Instant> for InstantText {
    fn from(instant: Instant) -> Self {
        Self(instant.to_string())
    }
}
impl Validate for InstantText {
    fn validate(&self) -> Result<(), ValidationErrors> {
        Instant::parse(&self.0).map(|_| ()).map_err(|error| refuse("instant_malformed", error.to_string()))
    }
}
impl PartialSchema for InstantText {
    fn schema() -> RefOr<Schema> {
        string(Some("date-time"))
            .max_length(Some(32))
            .pattern(Some(INSTANT))
            .description(Some("An RFC 3339 instant, to the microsecond; answered in UTC."))
            .into()
    }
}
impl ToSchema for InstantText {
    fn name() -> Cow<'static, str> {
        "Instant".into()
    }
}

/// An instant, or a day, which means its last microsecond in the organization's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MomentText(pub String);

/// A moment as it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A day.
    Day(Day),
    /// An instant.
    Instant(Instant),
}

impl MomentText {
    /// The moment as it was sent.
    ///
    /// # Errors
    /// A problem, when it was not validated before.
    pub fn moment(&self) -> Result<Moment, Problem> {
        if let Some(day) = parse_day(&self.0) {
            return Ok(Moment::Day(day));
        }
        let malformed = || Problem::field("", "instant_malformed", "must be a day or an RFC 3339 instant");
        Instant::parse(&self.0).map(Moment::Instant).map_err(|_| malformed())
    }
}
impl Moment {
    /// The instant that is meant: of a day, its last microsecond.
    pub fn end(self, zone: &Zone) -> Instant {
        match self {
            Self::Day(day) => zone.end_of(day),
            Self::Instant(instant) => instant,
        }
    }
    /// The instant at which something begins: of a day, its first.
    pub fn start(self, zone: &Zone) -> Instant {
        match self {
            Self::Day(day) => zone.start_of(day),
            Self::Instant(instant) => instant,
        }
    }
    /// The day, where a day was sent.
    pub fn day(self) -> Option<Day> {
        match self {
            Self::Day(day) => Some(day),
            Self::Instant(_) => None,
        }
    }
}
impl Validate for MomentText {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let malformed = |_| refuse("instant_malformed", "must be a day or an RFC 3339 instant".into());
        self.moment().map(|_| ()).map_err(malformed)
    }
}
impl PartialSchema for MomentText {
    fn schema() -> RefOr<Schema> {
        // One string, and not one of two: of those, generators of clients make types without a value.
        string(None)
            .max_length(Some(32))
            .pattern(Some(MOMENT))
            .description(Some("An RFC 3339 instant, or a day in the organization's zone."))
            .examples([serde_json::json!("2026-03-31")])
            .into()
    }
}
impl ToSchema for MomentText {
    fn name() -> Cow<'static, str> {
        "Moment".into()
    }
}
