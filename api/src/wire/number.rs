//! Numbers on the wire: exact measurements, weights, counts.

use std::borrow::Cow;

use remit_domain::number::{Number, NumberError};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use validator::{Validate, ValidationErrors};

use super::refuse;
use crate::problem::Problem;

/// A measurement: kept digit for digit, or refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exact(Result<Number, NumberError>);

impl Exact {
    /// The number.
    ///
    /// # Errors
    /// A problem, when it was not validated before.
    pub fn number(self) -> Result<Number, Problem> {
        self.0.map_err(|error| Problem::field("", error.code(), error.to_string()))
    }
}
impl From<Number> for Exact {
    fn from(number: Number) -> Self {
        Self(Ok(number))
    }
}
impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Ok(number) => json_number(number.get()).serialize(serializer),
            Err(error) => Err(serde::ser::Error::custom(error)),
        }
    }
}
/// A whole number is written without a fraction.
fn json_number(value: f64) -> serde_json::Number {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return serde_json::Number::from(value as i64);
    }
    serde_json::Number::from_f64(value).unwrap_or_else(|| serde_json::Number::from(0))
}
impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The literal itself, since an f64 no longer shows what was rounded away.
        let literal: Box<RawValue> = Deserialize::deserialize(deserializer)?;
        let literal = literal.get();
        if !literal.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            return Err(serde::de::Error::custom("must be a number"));
        }
        Ok(Self(Number::parse(literal)))
    }
}
impl Validate for Exact {
    fn validate(&self) -> Result<(), ValidationErrors> {
        self.0.map(|_| ()).map_err(|error| refuse(error.code(), error.to_string()))
    }
}
impl PartialSchema for Exact {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Number))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)))
            .minimum(Some(-1e15))
            .maximum(Some(1e15))
            .description(Some("A number that an IEEE double keeps exactly; a finer one is refused, never rounded."))
            .into()
    }
}
impl ToSchema for Exact {
    fn name() -> Cow<'static, str> {
        "ExactNumber".into()
    }
}

/// Declares a bounded number.
macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident($inner:ty) $min:literal..=$max:literal, $kind:ident, $detail:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = f64::deserialize(deserializer)?;
                // JSON has one kind of number: 1.0 is an integer. What is none, or is out of bounds, validation says.
                let whole = stringify!($kind) == "Number" || value.fract() == 0.0;
                if !whole {
                    return Err(serde::de::Error::custom("must be a whole number"));
                }
                // -0.0 and 0.0 are one number and must be one byte sequence.
                Ok(Self((value + 0.0) as $inner))
            }
        }
        impl Validate for $name {
            fn validate(&self) -> Result<(), ValidationErrors> {
                let fits = ($min..=$max).contains(&self.0);
                if fits { Ok(()) } else { Err(refuse("out_of_range", $detail.into())) }
            }
        }
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(SchemaType::Type(Type::$kind))
                    .minimum(Some($min))
                    .maximum(Some($max))
                    .description(Some(concat!("A number that ", $detail, ".")))
                    .into()
            }
        }
        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

bounded! {
    /// How much something counts.
    Weight(f64) 0.0..=1_000_000.0, Number, "must be 0 to 1000000"
}
bounded! {
    /// A part of one.
    Share(f64) 0.0..=1.0, Number, "must be 0 to 1"
}
bounded! {
    /// A part of a hundred.
    Percent(f64) 0.0..=100.0, Number, "must be 0 to 100"
}
bounded! {
    /// A number of days.
    Days(i32) 0..=3660, Integer, "must be 0 to 3660"
}
bounded! {
    /// A number of days between check-ins.
    CheckInDays(i32) 1..=366, Integer, "must be 1 to 366"
}
bounded! {
    /// A number of days by which something may be late.
    GraceDays(i32) 0..=366, Integer, "must be 0 to 366"
}
bounded! {
    /// A number of decimals.
    Precision(i16) 0..=6, Integer, "must be 0 to 6"
}
bounded! {
    /// A month of the year.
    Month(i8) 1..=12, Integer, "must be 1 to 12"
}
bounded! {
    /// An hour of the day.
    Hour(i32) 0..=23, Integer, "must be 0 to 23"
}
bounded! {
    /// A number of hours for which two secrets are valid.
    OverlapHours(i32) 0..=168, Integer, "must be 0 to 168"
}
bounded! {
    /// A number of nudges in a week.
    Nudges(i32) 0..=50, Integer, "must be 0 to 50"
}
bounded! {
    /// The position of a choice.
    Choice(i32) 0..=9, Integer, "must be 0 to 9"
}
impl Choice {
    /// The position, in the domain's form.
    pub fn position(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}
bounded! {
    /// A number of seats.
    Seats(i32) 0..=100_000, Integer, "must be 0 to 100000"
}
