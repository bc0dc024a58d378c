//! Drafting: from a sentence to a proposed outcome and its measures, by a grammar that can be read. No model, no guess:
//! what was not said is left out, and what is missing is named.

mod calendar;
mod clause;
mod date;
mod english;
mod finding;
mod frame;
mod lexicon;
mod measure;
mod part;
mod quantity;
mod sentence;

use std::fmt::Write;

pub use calendar::Calendar;
pub use finding::{DraftFinding, DraftRule};

use crate::measure::{Basis, Bound, MeasureKind, Target};
use crate::outcome::Category;
use crate::spelling::spelled;
use crate::time::Day;
use clause::Reading;
use sentence::Sentence;

/// The most measures of a draft; an outcome with more is several outcomes.
pub const DRAFT_MEASURES_MAX: usize = 20;
/// The most characters of a drafted title or name: as many as an outcome's title takes.
pub const DRAFT_TITLE_MAX: usize = 200;

/// What a sentence says of an outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The sentence without its dates, at most [`DRAFT_TITLE_MAX`] characters.
    pub title: String,
    /// Its first day, where one was said.
    pub start_on: Option<Day>,
    /// Its last day, where one was said; the last of several.
    pub due_on: Option<Day>,
    /// The kind of impact that its words speak of.
    pub category: Option<Category>,
    /// How it would be measured, in the order of the sentence; at most [`DRAFT_MEASURES_MAX`].
    pub measures: Vec<DraftMeasure>,
    /// What is missing, and what was not taken.
    pub findings: Vec<DraftFinding>,
}

/// In which direction a sentence wants something to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// More of it.
    Increase,
    /// Less of it.
    Decrease,
    /// As it is, or within bounds.
    Maintain,
    /// Once there.
    Reach,
}
spelled!(Direction { Increase = "increase", Decrease = "decrease", Maintain = "maintain", Reach = "reach" });

/// A measure as a sentence states it.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftMeasure {
    /// What is measured, in the sentence's words.
    pub name: Option<String>,
    /// The words from which it was read.
    pub quote: String,
    /// The kind that the numbers fit; [`MeasureKind::Monitor`] where none was said.
    pub kind: MeasureKind,
    /// The direction that was said.
    pub direction: Direction,
    /// The numbers that were said.
    pub target: Target,
    /// What its values count.
    pub unit: Option<String>,
}

impl DraftMeasure {
    /// How the target was stated; `None` where there is none.
    pub fn basis(&self) -> Option<Basis> {
        match self.kind {
            MeasureKind::Monitor | MeasureKind::Milestones => None,
            MeasureKind::Increase
            | MeasureKind::Decrease
            | MeasureKind::MaintainAbove
            | MeasureKind::MaintainBelow
            | MeasureKind::MaintainRange
            | MeasureKind::Reach => Some(self.target.basis),
        }
    }
    /// Whether the bound itself satisfies; `None` where there is no bound.
    pub fn bound(&self) -> Option<Bound> {
        self.target.low.or(self.target.high).map(|_| self.target.bound)
    }
}

/// As many characters as a measure's unit takes.
const UNIT_MAX: usize = 64;
/// The most findings of a draft.
pub const DRAFT_FINDINGS_MAX: usize = 200;

/// Reads a sentence by a calendar. The time it takes grows with the length of the sentence and no faster.
pub fn draft(statement: &str, calendar: &Calendar) -> Draft {
    let sentence = Sentence::read(statement, &english::ENGLISH);
    let reading = Reading::new(&sentence, calendar);
    let mut read = reading.measures();
    read.truncate(DRAFT_MEASURES_MAX);
    let start_on = reading.whens.iter().filter_map(|when| when.start).min();
    let due_on = reading.whens.iter().filter_map(|when| when.due).max();
    let start_on = start_on.filter(|start| due_on.is_none_or(|due| *start <= due));
    for one in &mut read {
        let fits = |unit: &String| unit.chars().count() <= UNIT_MAX;
        one.measure.unit = one.measure.unit.take().filter(fits);
    }
    let mut findings = finding::findings(&reading, &read, due_on, calendar);
    findings.truncate(DRAFT_FINDINGS_MAX);
    Draft {
        title: title(&reading, statement),
        start_on,
        due_on,
        category: category(&sentence),
        measures: read.into_iter().map(|read| read.measure).collect(),
        findings,
    }
}

/// The statement without a date at its beginning or its end.
fn title(reading: &Reading<'_, '_>, statement: &str) -> String {
    let edge = |at: &usize| !reading.is_when(*at) && !reading.is_mark(*at, &[',', '.', ';', ':']);
    let first = (0..reading.terms.len()).find(edge);
    let last = (0..reading.terms.len()).rev().find(edge);
    let text = match (first, last) {
        (Some(first), Some(last)) => reading.quote(first, last + 1),
        (Some(_) | None, Some(_) | None) => statement,
    };
    let mut title = String::new();
    let mut characters = text.trim().chars();
    title.extend(characters.next().into_iter().flat_map(char::to_uppercase));
    title.push_str(characters.as_str());
    shortened(&title)
}

/// A text on one line, cut behind a word where it is longer than a title.
fn shortened(text: &str) -> String {
    let mut short = String::new();
    let mut length = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        let space = usize::from(!short.is_empty());
        let more = word.chars().count();
        if length + space + more > DRAFT_TITLE_MAX - 1 {
            let left = DRAFT_TITLE_MAX - 1 - length;
            if short.is_empty() {
                short.extend(word.chars().take(left));
            }
            short.push('…');
            return short;
        }
        if space == 1 {
            short.push(' ');
        }
        short.push_str(word);
        length += space + more;
    }
    short
}

/// The kind of impact that most words speak of.
fn category(sentence: &Sentence<'_>) -> Option<Category> {
    let mut words = String::from(" ");
    for piece in &sentence.pieces {
        // Writing to a string does not fail.
        let _ = write!(words, "{} ", piece.text);
    }
    let hits =
        |keywords: &str| keywords.split(", ").map(|keyword| words.matches(&format!(" {keyword} ")).count()).sum();
    let counted: Vec<(Category, usize)> =
        sentence.language.categories.iter().map(|(category, keywords)| (*category, hits(keywords))).collect();
    let most = counted.iter().map(|(_, hits)| *hits).max().filter(|most| *most > 0)?;
    counted.into_iter().find(|(_, hits)| *hits == most).map(|(category, _)| category)
}
