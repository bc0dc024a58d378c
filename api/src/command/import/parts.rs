//! Parts: several rows in place of one, where cells hold lists.

use regex_lite::Regex;
use serde::Deserialize;

use super::table::Table;

/// A list in cells, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    from: Vec<String>,
    find: String,
    order: Option<String>,
}

/// What is found in the cells of a row: each find becomes a row of its own.
pub struct Parts {
    cells: Vec<usize>,
    /// From where on cells have no name.
    rest: Option<usize>,
    find: Regex,
    /// The groups of the pattern by their names; the whole find has none.
    pub names: Vec<String>,
    order: Option<usize>,
}

impl Parts {
    /// Whether cells without a name are looked at.
    pub fn has_unnamed(written: &Written) -> bool {
        written.from.iter().any(String::is_empty)
    }

    /// Reads how a row is taken apart.
    ///
    /// # Errors
    /// A sentence that begins with `each`.
    pub fn read(written: &Written, table: &Table) -> Result<Self, String> {
        let wrong = |error: &dyn std::fmt::Display| format!("each: {error}");
        let find = Regex::new(&written.find).map_err(|error| wrong(&error))?;
        let names: Vec<String> = find.capture_names().map(|name| name.unwrap_or("").to_owned()).collect();
        let order = written.order.as_ref().map(|order| {
            let found = names.iter().position(|name| name == order);
            found.ok_or_else(|| wrong(&format!("the pattern has no group named {order}")))
        });
        let mut cells = Vec::new();
        let mut rest = None;
        for column in &written.from {
            if column.is_empty() {
                let (unnamed, behind) = table.unnamed();
                cells.extend(unnamed);
                rest = Some(behind);
            } else {
                cells.push(table.column(column).map_err(|error| wrong(&error))?);
            }
        }
        Ok(Self { cells, rest, find, names, order: order.transpose()? })
    }

    /// What is found in a row: for each find the text of each group.
    pub fn of(&self, record: &csv::StringRecord) -> Vec<Vec<String>> {
        let named = self.cells.iter().filter_map(|at| record.get(*at));
        let behind = self.rest.map(|rest| record.iter().skip(rest)).into_iter().flatten();
        let mut parts: Vec<Vec<String>> = Vec::new();
        for cell in named.chain(behind) {
            for found in self.find.captures_iter(cell) {
                let groups = found.iter().map(|group| group.map_or("", |group| group.as_str()).to_owned());
                parts.push(groups.collect());
            }
        }
        if let Some(order) = self.order {
            // Stable: what is equal stays as it stands in the file.
            parts.sort_by(|a, b| a.get(order).cmp(&b.get(order)));
        }
        parts
    }
}
