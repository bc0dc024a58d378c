//! Drafting: what the grammar reads from sentences, and what it leaves alone.

#![expect(clippy::expect_used, clippy::panic, reason = "in a test a panic is the message")]

mod bound;
mod labelled;
mod sdg;
mod sentence;

use std::fmt::Write;

use remit_domain::draft::{Calendar, Draft, DraftMeasure, DraftRule, draft};
use remit_domain::measure::Bound;
use remit_domain::number::Number;
use remit_domain::time::{Day, parse_day};

fn day(text: &str) -> Day {
    parse_day(text).unwrap_or_else(|| panic!("{text} is no day"))
}

/// The calendar of an organization whose fiscal year begins in a month.
fn calendar(today: &str, fiscal_year_starts: i8) -> Calendar {
    Calendar { today: day(today), fiscal_year_starts }
}

/// A sentence as it is read on 15 January 2026, by the plain year.
fn read(sentence: &str) -> Draft {
    draft(sentence, &calendar("2026-01-15", 1))
}

/// A measure on one line: kind, direction where it differs, numbers, unit, name.
fn line(measure: &DraftMeasure) -> String {
    let mut line = measure.kind.to_string();
    let direction = measure.direction.to_string();
    if !line.starts_with(&direction) {
        write!(line, " ({direction})").expect("written");
    }
    if let Some(basis) = measure.basis() {
        write!(line, " {basis}").expect("written");
    }
    let is_open = measure.bound() == Some(Bound::Exclusive);
    let mut number = |name: &str, value: Option<Number>| {
        if let Some(value) = value {
            write!(line, " {name}{value}").expect("written");
        }
    };
    number("by ", measure.target.amount);
    number("from ", measure.target.baseline);
    number("to ", measure.target.target);
    number(if is_open { "> " } else { ">= " }, measure.target.low);
    number(if is_open { "< " } else { "<= " }, measure.target.high);
    if let Some(unit) = &measure.unit {
        write!(line, " [{unit}]").expect("written");
    }
    if let Some(name) = &measure.name {
        write!(line, " {name:?}").expect("written");
    }
    line
}

/// A draft on several lines: its days, its measures, the numbers that were left alone.
fn lines(draft: &Draft) -> Vec<String> {
    let mut lines = Vec::new();
    let days = [("start", draft.start_on), ("due", draft.due_on)];
    let days: Vec<_> = days.iter().filter_map(|(name, day)| day.map(|day| format!("{name} {day}"))).collect();
    if !days.is_empty() {
        lines.push(days.join(" "));
    }
    lines.extend(draft.measures.iter().map(line));
    let unread = draft.findings.iter().filter(|finding| finding.rule == DraftRule::NumberNotRead);
    lines.extend(unread.map(|finding| format!("not read: {}", finding.quote.as_deref().unwrap_or(""))));
    let unclear = draft.findings.iter().filter(|finding| finding.rule == DraftRule::DateUnclear);
    lines.extend(unclear.map(|finding| format!("unclear: {}", finding.quote.as_deref().unwrap_or(""))));
    lines
}
