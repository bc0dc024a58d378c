//! The board as a table, for a spreadsheet.

use serde::Serialize;

use super::view::{BoardNode, BoardView};
use crate::csv_table;
use crate::outcome::progress::Accountable;
use crate::problem::Problem;

/// The board as a table: one row for each outcome, parents before children.
pub fn render(view: &BoardView, raw: bool) -> Result<actix_web::web::Bytes, Problem> {
    let columns = [
        "theme",
        "depth",
        "id",
        "external_id",
        "title",
        "state",
        "commitment",
        "weight",
        "start_on",
        "due_on",
        "progress",
        "coverage",
        "expected",
        "pace",
        "reported_status",
        "confidence",
        "freshness",
        "result",
        "health",
        "divergent",
        "accountable",
    ];
    let columns: Vec<String> = columns.map(str::to_owned).into();
    let mut rows = Vec::new();
    fn walk(theme: &str, nodes: &[BoardNode], depth: usize, rows: &mut Vec<serde_json::Value>) {
        for node in nodes {
            let mut row = serde_json::to_value(BoardNodeRow(node)).unwrap_or_default();
            row["theme"] = theme.into();
            row["depth"] = depth.into();
            rows.push(row);
            walk(theme, node.children.as_deref().unwrap_or(&[]), depth + 1, rows);
        }
    }
    for theme in &view.themes {
        walk(&theme.title, &theme.outcomes, 0, &mut rows);
    }
    walk("", &view.unaligned, 0, &mut rows);
    csv_table::render(&columns, &rows, raw)
}

/// A node without its parts: those have rows of their own.
struct BoardNodeRow<'a>(&'a BoardNode);

impl Serialize for BoardNodeRow<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let BoardNode {
            id,
            external_id,
            title,
            state,
            commitment,
            weight,
            start_on,
            due_on,
            progress,
            coverage,
            expected,
            pace,
            reported_status,
            confidence,
            freshness,
            result,
            health,
            divergent,
            accountable,
            measures: _,
            children: _,
            repeated: _,
        } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", id)?;
        map.serialize_entry("external_id", external_id)?;
        map.serialize_entry("title", title)?;
        map.serialize_entry("state", state)?;
        map.serialize_entry("commitment", commitment)?;
        map.serialize_entry("weight", weight)?;
        map.serialize_entry("start_on", start_on)?;
        map.serialize_entry("due_on", due_on)?;
        map.serialize_entry("progress", progress)?;
        map.serialize_entry("coverage", coverage)?;
        map.serialize_entry("expected", expected)?;
        map.serialize_entry("pace", pace)?;
        map.serialize_entry("reported_status", reported_status)?;
        let mean = confidence.as_ref().and_then(Option::as_ref).map(|stated| stated.mean);
        map.serialize_entry("confidence", &mean)?;
        map.serialize_entry("freshness", freshness)?;
        map.serialize_entry("result", result)?;
        map.serialize_entry("health", health)?;
        map.serialize_entry("divergent", divergent)?;
        map.serialize_entry("accountable", &accountable.as_ref().map(Accountable::in_a_word))?;
        map.end()
    }
}
