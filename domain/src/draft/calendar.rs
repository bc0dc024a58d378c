//! The organization's calendar as a sentence speaks of it: today, its fiscal year, and the stretches of days in both.

use super::lexicon::Unit;
use crate::time::{DAY_MAX, DAY_MIN, Day, monday_of, plus_days};

/// What words such as "this year" are read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The day on which the sentence is read, local to the organization.
    pub today: Day,
    /// The month in which its fiscal year begins, 1 to 12.
    pub fiscal_year_starts: i8,
}

/// Days from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) first: Day,
    pub(super) last: Day,
}

/// Months since January of the year 0.
fn month_number(year: i16, month: i8) -> i32 {
    i32::from(year) * 12 + i32::from(month) - 1
}

/// So many months from a numbered one on; nothing beyond the years that are accepted.
fn months(first: i32, count: i32) -> Option<Stretch> {
    let begin = |number: i32| {
        let year = i16::try_from(number.div_euclid(12)).ok()?;
        let month = i8::try_from(number.rem_euclid(12) + 1).ok()?;
        Day::new(year, month, 1).ok().filter(|day| (DAY_MIN..=DAY_MAX).contains(day))
    };
    Some(Stretch { first: begin(first)?, last: plus_days(begin(first.checked_add(count)?)?, -1) })
}

impl Calendar {
    pub(super) fn is_fiscal(&self) -> bool {
        self.fiscal_year_starts != 1
    }
    /// How many months after January a fiscal year begins.
    fn shift(&self) -> i32 {
        i32::from(self.fiscal_year_starts.clamp(1, 12)) - 1
    }
    /// The first month of the unit that contains a day, fiscal or not.
    fn first_month(&self, day: Day, length: i32, fiscal: bool) -> i32 {
        let shift = if fiscal { self.shift() } else { 0 };
        let number = month_number(day.year(), day.month()) - shift;
        number.div_euclid(length) * length + shift
    }
    /// The unit that contains today, moved by some units.
    pub(super) fn unit(&self, unit: Unit, ahead: i32, fiscal: bool) -> Option<Stretch> {
        let length = match unit {
            Unit::Day => {
                let day = plus_days(self.today, i64::from(ahead));
                return Some(Stretch { first: day, last: day });
            }
            Unit::Week => {
                let first = plus_days(monday_of(self.today), 7 * i64::from(ahead));
                return Some(Stretch { first, last: plus_days(first, 6) });
            }
            Unit::Month => 1,
            Unit::Quarter => 3,
            Unit::Half => 6,
            Unit::Year => 12,
        };
        months(self.first_month(self.today, length, fiscal) + ahead * length, length)
    }
    /// A calendar year.
    pub(super) fn year(&self, year: i16) -> Option<Stretch> {
        months(month_number(year, 1), 12)
    }
    /// A month of a year.
    pub(super) fn month(&self, year: i16, month: i8) -> Option<Stretch> {
        months(month_number(year, month), 1)
    }
    /// The fiscal year that ends in a year.
    pub(super) fn fiscal_year(&self, year: i16) -> Option<Stretch> {
        let first = month_number(year, 1) + self.shift();
        months(if self.is_fiscal() { first - 12 } else { first }, 12)
    }
    /// A part of the fiscal year that ends in a year: its third quarter, its first half.
    pub(super) fn part_of_fiscal_year(&self, year: i16, unit: Unit, number: i32) -> Option<Stretch> {
        let length = part_length(unit)?;
        let first = month_number(year, 1) + self.shift() - if self.is_fiscal() { 12 } else { 0 };
        months(first + (number - 1) * length, length)
    }
    /// A part of the fiscal year, the one that ends in a calendar year.
    pub(super) fn part_ending_in(&self, year: i16, unit: Unit, number: i32) -> Option<Stretch> {
        let parts = [0, 1].map(|later| self.part_of_fiscal_year(year + later, unit, number));
        parts.into_iter().flatten().find(|part| part.last.year() == year)
    }
    /// A part of the fiscal year that has not ended today, as soon as possible.
    pub(super) fn coming_part(&self, unit: Unit, number: i32) -> Option<Stretch> {
        let year = self.unit(Unit::Year, 0, true)?.last.year();
        let parts = [0, 1].map(|later| self.part_of_fiscal_year(year + later, unit, number));
        parts.into_iter().flatten().find(|part| part.last >= self.today)
    }
    /// A month that has not ended today, as soon as possible.
    pub(super) fn coming_month(&self, month: i8) -> Option<Stretch> {
        let months = [0, 1].map(|later| self.month(self.today.year() + later, month));
        months.into_iter().flatten().find(|month| month.last >= self.today)
    }
    /// A day and month that has not passed today, as soon as possible.
    pub(super) fn coming_day(&self, month: i8, day: i8) -> Option<Day> {
        let days = [0, 1].map(|later| Day::new(self.today.year() + later, month, day).ok());
        days.into_iter().flatten().find(|day| *day >= self.today)
    }
    /// The day so many units from today.
    pub(super) fn ahead(&self, unit: Unit, count: i32) -> Option<Day> {
        let span = match unit {
            Unit::Day => return Some(plus_days(self.today, i64::from(count))),
            Unit::Week => return Some(plus_days(self.today, 7 * i64::from(count))),
            Unit::Month => count,
            Unit::Quarter => count.checked_mul(3)?,
            Unit::Half => count.checked_mul(6)?,
            Unit::Year => count.checked_mul(12)?,
        };
        let span = jiff::Span::new().try_months(span).ok()?;
        self.today.checked_add(span).ok().filter(|day| (DAY_MIN..=DAY_MAX).contains(day))
    }
}

fn part_length(unit: Unit) -> Option<i32> {
    match unit {
        Unit::Quarter => Some(3),
        Unit::Half => Some(6),
        Unit::Day | Unit::Week | Unit::Month | Unit::Year => None,
    }
}
