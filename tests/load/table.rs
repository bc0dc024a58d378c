//! The table: each limit of the issue, what was measured beside it, and whether it holds.

use std::fmt::Write;

/// A row of the table.
struct Row {
    what: String,
    measured: String,
    beside: String,
    ratio: String,
    limit: String,
    holds: bool,
}

/// The rows so far.
#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
}

/// A bound.
#[derive(Clone, Copy)]
pub enum Limit {
    /// At least this.
    AtLeast(f64),
    /// Less than this.
    Under(f64),
}

impl Limit {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(limit) => value >= limit,
            Self::Under(limit) => value < limit,
        }
    }
    fn spelled(self, unit: &str) -> String {
        match self {
            Self::AtLeast(limit) => format!(">= {limit}{unit}"),
            Self::Under(limit) => format!("< {limit}{unit}"),
        }
    }
}

impl Table {
    /// Adds rounds of what was measured beside what limits it; their median ratio counts.
    pub fn ratios(&mut self, what: &str, unit: &str, rounds: &[(f64, f64)], limit: Limit) {
        let mut rounds = rounds.to_vec();
        rounds.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
        let (measured, beside) = rounds.get(rounds.len() / 2).copied().unwrap_or((f64::NAN, f64::NAN));
        self.add(Row {
            what: what.into(),
            measured: format!("{} {unit}", short(measured)),
            beside: format!("{} {unit}", short(beside)),
            ratio: format!("{:.2}", measured / beside),
            limit: limit.spelled(""),
            holds: limit.holds(measured / beside),
        });
    }

    /// Adds a value that has a limit of its own.
    pub fn value(&mut self, what: &str, unit: &str, measured: f64, limit: Limit) {
        self.add(Row {
            what: what.into(),
            measured: format!("{} {unit}", short(measured)),
            beside: String::new(),
            ratio: String::new(),
            limit: limit.spelled(&format!(" {unit}")),
            holds: limit.holds(measured),
        });
    }

    fn add(&mut self, row: Row) {
        eprintln!("  {}: {} ({}, {})", row.what, row.measured, row.ratio, row.limit);
        self.rows.push(row);
    }

    /// Whether every limit holds.
    pub fn holds(&self) -> bool {
        self.rows.iter().all(|row| row.holds)
    }

    /// The table as text.
    pub fn render(&self) -> String {
        let mut text = format!("{:<62} {:>16} {:>16} {:>7} {:>11}\n", "what", "measured", "beside", "ratio", "limit");
        for Row { what, measured, beside, ratio, limit, holds } in &self.rows {
            let verdict = if *holds { "ok" } else { "MISSED" };
            // Writing into a String does not fail.
            let _ = writeln!(text, "{what:<62} {measured:>16} {beside:>16} {ratio:>7} {limit:>11}  {verdict}");
        }
        text
    }
}

fn short(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}
