//! Lines of an export: a JSON object each, its fields in a fixed order, what is absent left out. Both databases spell the
//! same row with the same bytes.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

/// What stands in a field.
pub(crate) trait Field: Sized {
    /// As JSON; nothing where it is absent.
    fn spell(&self) -> Option<String>;
    /// Read back; nothing where it is not of this kind.
    fn read(spelled: Option<&str>) -> Option<Self>;
}

/// What stands in a field of a key.
pub(crate) trait KeyField: Field {
    /// As JSON, what comes before all else.
    const LEAST: &'static str;
}

impl Field for String {
    fn spell(&self) -> Option<String> {
        Some(text(self))
    }
    fn read(spelled: Option<&str>) -> Option<Self> {
        serde_json::from_str(spelled?).ok()
    }
}
impl KeyField for String {
    const LEAST: &'static str = "\"\"";
}

macro_rules! whole_numbers {
    ($($kind:ty),+) => { $(
        impl Field for $kind {
            fn spell(&self) -> Option<String> {
                Some(self.to_string())
            }
            fn read(spelled: Option<&str>) -> Option<Self> {
                spelled?.parse().ok()
            }
        }
    )+ };
}
whole_numbers!(i64, i32, i16);
impl KeyField for i64 {
    const LEAST: &'static str = "-9223372036854775808";
}
impl KeyField for i32 {
    const LEAST: &'static str = "-2147483648";
}

impl Field for f64 {
    /// The shortest spelling that reads back as the same number; SQLite knows no negative zero.
    fn spell(&self) -> Option<String> {
        Some(format!("{:?}", self + 0.0))
    }
    fn read(spelled: Option<&str>) -> Option<Self> {
        spelled?.parse().ok().filter(|number: &Self| number.is_finite())
    }
}

impl Field for bool {
    fn spell(&self) -> Option<String> {
        Some(self.to_string())
    }
    fn read(spelled: Option<&str>) -> Option<Self> {
        spelled?.parse().ok()
    }
}

impl<T: Field> Field for Option<T> {
    fn spell(&self) -> Option<String> {
        self.as_ref().and_then(T::spell)
    }
    fn read(spelled: Option<&str>) -> Option<Self> {
        match spelled {
            None => Some(None),
            present => T::read(present).map(Some),
        }
    }
}

fn text(text: &str) -> String {
    Value::from(text).to_string()
}

/// A line that is being put together.
pub(crate) struct Line(String);

impl Line {
    /// A line that begins with what it is.
    pub fn new(name: &str, what: &str) -> Self {
        Self(format!("{{\"{name}\":{}", text(what)))
    }

    /// The same with a field more, unless that is absent.
    #[must_use]
    pub fn with(mut self, name: &str, value: &impl Field) -> Self {
        if let Some(spelled) = value.spell() {
            self.0.push_str(",\"");
            self.0.push_str(name);
            self.0.push_str("\":");
            self.0.push_str(&spelled);
        }
        self
    }

    /// The same with a field of numbers by name.
    #[must_use]
    pub fn with_counts(mut self, name: &str, counts: &[(&str, u64)]) -> Self {
        let counts: Vec<String> = counts.iter().map(|(of, count)| format!("{}:{count}", text(of))).collect();
        self.0.push_str(&format!(",\"{name}\":{{{}}}", counts.join(",")));
        self
    }

    /// The line with its end.
    pub fn finish(mut self) -> String {
        self.0.push_str("}\n");
        self.0
    }
}

/// The fields of a line, each as it is spelled; nothing where the line is no JSON object.
pub(crate) fn fields(line: &str) -> Option<BTreeMap<String, String>> {
    let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(line).ok()?;
    Some(fields.into_iter().map(|(name, value)| (name, value.get().to_owned())).collect())
}

/// Numbers by name, read back.
pub(crate) fn counts(spelled: &str) -> Option<BTreeMap<String, u64>> {
    serde_json::from_str(spelled).ok()
}
