//! What a sentence leaves open, and what in it was not taken.

use super::calendar::Calendar;
use super::clause::Reading;
use super::measure::Read;
use crate::measure::MeasureKind;
use crate::rule::Severity;
use crate::spelling::spelled;
use crate::time::Day;

/// What can be found about a sentence. Where the same holds for a stored outcome, the rule there has the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DraftRule {
    /// Nothing that could be measured was said.
    NoMeasure,
    /// No last day was said.
    NoDueDate,
    /// It names work to be done, and nothing that changes.
    ActivityNotOutcome,
    /// A measure has no target.
    NoTarget,
    /// A measure's starting value was not said.
    NoBaseline,
    /// What a measure counts was not said.
    NoUnit,
    /// The numbers go the other way than the verb.
    DirectionContradicted,
    /// Its last day has passed.
    DueDatePassed,
    /// Several last days were said, and the last of them was taken.
    SeveralDueDates,
    /// A date can be read in two ways, or does not exist.
    DateUnclear,
    /// The organization's fiscal year was taken where the sentence does not say which year.
    FiscalYearAssumed,
    /// A number was not taken.
    NumberNotRead,
    /// More measures were said than an outcome should have.
    TooManyMeasures,
}
spelled!(DraftRule {
    NoMeasure = "no_measure",
    NoDueDate = "no_due_date",
    ActivityNotOutcome = "activity_not_outcome",
    NoTarget = "no_target",
    NoBaseline = "no_baseline",
    NoUnit = "no_unit",
    DirectionContradicted = "direction_contradicted",
    DueDatePassed = "due_date_passed",
    SeveralDueDates = "several_due_dates",
    DateUnclear = "date_unclear",
    FiscalYearAssumed = "fiscal_year_assumed",
    NumberNotRead = "number_not_read",
    TooManyMeasures = "too_many_measures",
});

impl DraftRule {
    /// How grave it is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::NoMeasure | Self::NoDueDate => Severity::Error,
            Self::ActivityNotOutcome
            | Self::NoBaseline
            | Self::NoUnit
            | Self::DirectionContradicted
            | Self::DueDatePassed
            | Self::DateUnclear
            | Self::TooManyMeasures => Severity::Warning,
            Self::NoTarget | Self::SeveralDueDates | Self::FiscalYearAssumed | Self::NumberNotRead => {
                Severity::Information
            }
        }
    }
    /// What to do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::NoMeasure => {
                "Say what will change, and by how much: without a measure nobody can tell whether it is reached."
            }
            Self::NoDueDate => "Say by when: what is not due is never late.",
            Self::ActivityNotOutcome => "Say what will be different when the work is done, and for whom.",
            Self::NoTarget => "Say how much: by 20 %, from 10 to 30, to at least 95 %.",
            Self::NoBaseline => "Say where it starts from, or record a value on or before its first day.",
            Self::NoUnit => "Say what its values count.",
            Self::DirectionContradicted => "Say it one way: the verb and the numbers point in opposite directions.",
            Self::DueDatePassed => "Say a day that is still to come, or draft it by the day on which it was said.",
            Self::SeveralDueDates => "Make an outcome of each part that has a day of its own: a measure has none.",
            Self::DateUnclear => "Say the day in one way only, such as 2026-03-31 or 31 March 2026.",
            Self::FiscalYearAssumed => "Say calendar year or fiscal year, or check the day.",
            Self::NumberNotRead => "If it is a target, say it with its verb: by, from and to, at least, below.",
            Self::TooManyMeasures => "Divide it into outcomes of a few measures each.",
        }
    }
}

/// Something that was found about a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftFinding {
    /// What.
    pub rule: DraftRule,
    /// Which measure of the draft it is about, from 0; `None` where it is about the whole.
    pub measure: Option<usize>,
    /// The words that it is about.
    pub quote: Option<String>,
}

/// The most numbers that are named as not taken.
const NOT_READ_MAX: usize = 10;
/// As many measures as an outcome should have.
const MEASURES: usize = 5;

pub(super) fn findings(
    reading: &Reading<'_, '_>,
    read: &[Read],
    due_on: Option<Day>,
    calendar: &Calendar,
) -> Vec<DraftFinding> {
    let mut found = Vec::new();
    let mut add = |rule, measure, quote: Option<&str>| {
        found.push(DraftFinding { rule, measure, quote: quote.map(super::shortened) });
    };
    if read.is_empty() {
        add(DraftRule::NoMeasure, None, None);
    }
    if due_on.is_none() {
        add(DraftRule::NoDueDate, None, None);
    }
    if !read.is_empty() && read.iter().all(|read| read.is_work) {
        add(DraftRule::ActivityNotOutcome, None, read.first().map(|read| read.measure.quote.as_str()));
    }
    if read.len() > MEASURES {
        add(DraftRule::TooManyMeasures, None, None);
    }
    for when in &reading.whens {
        let quote = Some(reading.sentence.quote(when.from, when.to));
        if when.is_ambiguous {
            add(DraftRule::DateUnclear, None, quote);
        } else if when.assumes_fiscal {
            add(DraftRule::FiscalYearAssumed, None, quote);
        }
        if when.due.is_some_and(|due| Some(due) != due_on) {
            add(DraftRule::SeveralDueDates, None, quote);
        }
    }
    if due_on.is_some_and(|due| due < calendar.today) {
        add(DraftRule::DueDatePassed, None, None);
    }
    for (at, Read { measure, .. }) in read.iter().enumerate() {
        let moves = match measure.kind {
            MeasureKind::Increase | MeasureKind::Decrease => true,
            MeasureKind::Monitor => {
                add(DraftRule::NoTarget, Some(at), None);
                false
            }
            MeasureKind::MaintainAbove
            | MeasureKind::MaintainBelow
            | MeasureKind::MaintainRange
            | MeasureKind::Reach
            | MeasureKind::Milestones => false,
        };
        if moves && measure.target.baseline.is_none() {
            add(DraftRule::NoBaseline, Some(at), None);
        }
        if measure.unit.is_none() && measure.kind != MeasureKind::Milestones {
            add(DraftRule::NoUnit, Some(at), None);
        }
        if measure.kind != MeasureKind::Milestones && measure.target.check(measure.kind).is_err() {
            add(DraftRule::DirectionContradicted, Some(at), Some(&measure.quote));
        }
    }
    let is_used = |index: &usize| read.iter().any(|read| read.used.contains(index));
    let unread = (0..reading.quantities.len()).filter(|index| !is_used(index)).take(NOT_READ_MAX);
    for quantity in unread.filter_map(|index| reading.quantities.get(index)) {
        add(DraftRule::NumberNotRead, None, Some(reading.sentence.quote(quantity.from, quantity.to)));
    }
    found
}
