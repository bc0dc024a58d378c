//! Tables: the entries of a list as CSV, harmless in a spreadsheet.

use actix_web::web::Bytes;
use serde::Serialize;
use serde_json::Value;
use utoipa::PartialSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::problem::{Kind, Problem};

/// The columns of a type: its properties, in the order of the contract.
#[expect(clippy::wildcard_enum_match_arm, reason = "another crate's enumeration, of which a few cases matter here")]
pub fn columns_of<T: PartialSchema>() -> Vec<String> {
    match T::schema() {
        RefOr::T(Schema::Object(object)) => object.properties.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// Renders entries under their columns; lists and objects stand as JSON in their cell.
///
/// # Errors
/// When an entry does not serialize.
pub fn render<T: Serialize>(columns: &[String], entries: &[T], raw: bool) -> Result<Bytes, Problem> {
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a table was not written");
        Problem::new(Kind::Internal, "Something failed here.")
    };
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(columns).map_err(|error| failed(&error))?;
    for entry in entries {
        let entry = serde_json::to_value(entry).map_err(|error| failed(&error))?;
        let cells = columns.iter().map(|column| cell(entry.get(column), raw));
        table.write_record(cells).map_err(|error| failed(&error))?;
    }
    let bytes = table.into_inner().map_err(|error| failed(&error))?;
    Ok(bytes.into())
}

fn cell(value: Option<&Value>, raw: bool) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) if raw => text.clone(),
        Some(Value::String(text)) => harmless(text),
        Some(other) => other.to_string(),
    }
}

/// A text that a spreadsheet would run as a formula begins with an apostrophe.
pub fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_made_harmless_unless_it_is_asked_for() {
        let entries = [serde_json::json!({"a": "=1+1", "b": [1, "x"], "c": 2.5})];
        let columns: Vec<String> = ["a", "b", "c", "d"].map(String::from).into();
        let table = |raw| String::from_utf8(render(&columns, &entries, raw).expect("a table").to_vec()).expect("text");
        assert_eq!(table(false), "a,b,c,d\n'=1+1,\"[1,\"\"x\"\"]\",2.5,\n");
        assert!(table(true).contains("\n=1+1,"));
    }
}
