//! Reporting intervals: when a measure owes an observation, and which of those intervals have one.

use std::collections::BTreeMap;

use crate::measure::{Aggregation, Cadence, Every};
use crate::progress::Aggregate;
use crate::time::{DAY_MAX, DAY_MIN, Day, days_between, plus_days};

/// The reporting intervals that count by a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tally {
    /// Those that have ended, and the running one once it has an observation.
    pub due: i64,
    /// Those with an observation.
    pub observed: i64,
    /// Those whose aggregated observation satisfies the bound.
    pub met: i64,
}

/// A reporting interval, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Its first day.
    pub first: Day,
    /// Its last day; the outcome's last day where that cuts it short.
    pub last: Day,
}

/// The reporting intervals of a time frame as they stand on a day.
///
/// Intervals are counted, never listed, so that a daily measure of a century costs no more than a yearly one.
#[derive(Clone, Debug)]
pub struct Reporting {
    sequences: Vec<Sequence>,
    due_on: Day,
    today: Day,
}

/// How many intervals of a length a later day lies after an earlier one: 0 within the same interval.
pub fn intervals_between(every: Every, from: Day, to: Day, fiscal_year_starts: i8) -> i64 {
    let calendar = Calendar { every, anchor: from, fiscal_year_starts };
    calendar.number(to) - calendar.number(from)
}

/// Intervals `first..=last` of one length, numbered in its calendar.
#[derive(Clone, Copy, Debug)]
struct Sequence {
    calendar: Calendar,
    first: i64,
    last: i64,
}

impl Reporting {
    /// The intervals of a cadence from the first day to the last (`None`: without end), known on `today`.
    ///
    /// A sequence that is to begin after `today` is not in force yet and changes nothing.
    pub fn new(cadence: &[Cadence], start_on: Day, due_on: Option<Day>, today: Day, fiscal_year_starts: i8) -> Self {
        let due_on = due_on.unwrap_or(DAY_MAX);
        let known = due_on.min(today);
        let mut begins: Vec<(Day, Every)> = cadence
            .iter()
            .map(|one| (one.from.unwrap_or(DAY_MIN), one.every))
            .filter(|(from, _)| *from <= known)
            .map(|(from, every)| (from.max(start_on), every))
            .collect();
        begins.sort_by_key(|(from, _)| *from);
        let sequence = |at: usize, (begin, every): (Day, Every)| {
            let calendar = Calendar { every, anchor: begin, fiscal_year_starts };
            let last = match begins.get(at + 1) {
                // What had not ended when its successor began never counts.
                Some((successor, _)) => calendar.number(*successor) - 1,
                None => calendar.last_number(due_on),
            };
            Sequence { calendar, first: calendar.first_number(begin), last }
        };
        let sequences = begins.iter().enumerate().map(|(at, begin)| sequence(at, *begin)).collect();
        Self { sequences, due_on, today }
    }

    /// The interval that contains a day; `None` between sequences and outside the time frame.
    pub fn interval_of(&self, day: Day) -> Option<Interval> {
        let (at, number) = self.place(day)?;
        let calendar = self.sequences.get(at)?.calendar;
        Some(Interval { first: calendar.start(number), last: calendar.end(number).min(self.due_on) })
    }

    /// How many intervals have ended.
    pub fn ended(&self) -> i64 {
        let ended = |sequence: &Sequence| {
            let before_today = sequence.calendar.number(self.today) - 1;
            let last = if self.today > self.due_on { sequence.last } else { sequence.last.min(before_today) };
            (last - sequence.first + 1).max(0)
        };
        self.sequences.iter().map(ended).sum()
    }

    /// Counts the intervals that are due, and those whose aggregated observation satisfies.
    pub fn tally(
        &self,
        observations: impl IntoIterator<Item = (Day, f64)>,
        aggregation: Aggregation,
        satisfies: impl Fn(f64) -> bool,
    ) -> Tally {
        let mut observed: BTreeMap<(usize, i64), Aggregate> = BTreeMap::new();
        let until = self.today.min(self.due_on);
        for (day, value) in observations.into_iter().filter(|(day, _)| *day <= until) {
            if let Some(place) = self.place(day) {
                observed.entry(place).or_default().add(value);
            }
        }
        let is_running =
            self.today <= self.due_on && self.place(self.today).is_some_and(|place| observed.contains_key(&place));
        let met = observed.values().filter_map(|values| values.get(aggregation)).filter(|value| satisfies(*value));
        Tally { due: self.ended() + i64::from(is_running), observed: observed.len() as i64, met: met.count() as i64 }
    }

    /// The sequence and the number of the interval that contains a day.
    fn place(&self, day: Day) -> Option<(usize, i64)> {
        if day > self.due_on {
            return None;
        }
        self.sequences.iter().enumerate().rev().find_map(|(at, sequence)| {
            let number = sequence.calendar.number(day);
            (sequence.first <= number && number <= sequence.last).then_some((at, number))
        })
    }
}

/// Time measured in intervals of one length, so that calendar months are alike although their days are not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ruler(Calendar);

impl Ruler {
    /// Intervals of one length; those counted in days begin at `anchor`.
    pub(crate) fn new(every: Every, anchor: Day, fiscal_year_starts: i8) -> Self {
        Self(Calendar { every, anchor, fiscal_year_starts })
    }
    /// The number of the interval that contains a day.
    pub(crate) fn number(&self, day: Day) -> i64 {
        self.0.number(day)
    }
    /// The last day of an interval.
    pub(crate) fn last_day(&self, number: i64) -> Day {
        self.0.end(number)
    }
    /// Where the end of a day stands: a whole number where it ends its interval.
    pub(crate) fn position(&self, day: Day) -> f64 {
        let number = self.0.number(day);
        let first = self.0.start(number);
        let whole = days_between(first, self.0.end(number)) + 1;
        number as f64 + (days_between(first, day) + 1) as f64 / whole.max(1) as f64
    }
    /// The day whose end stands at a position, or is the next one after it.
    pub(crate) fn day(&self, position: f64) -> Day {
        let number = position.ceil() - 1.0;
        let first = self.0.start(number as i64);
        let whole = days_between(first, self.0.end(number as i64)) + 1;
        // What a sum of fractions misses a day by is not another day.
        let days = ((position - number) * whole as f64 - 1e-6).ceil();
        plus_days(first, days as i64 - 1)
    }
}

/// A numbering of all intervals of one length, so that counting them is subtraction.
#[derive(Clone, Copy, Debug)]
struct Calendar {
    every: Every,
    anchor: Day,
    fiscal_year_starts: i8,
}

impl Calendar {
    /// The number of the interval that contains a day.
    fn number(&self, day: Day) -> i64 {
        let fiscal = month_number(day) - (i64::from(self.fiscal_year_starts) - 1);
        match self.every {
            Every::Day => days_between(DAY_MIN, day),
            // The first day of the year 1 is a Monday.
            Every::Week => days_between(DAY_MIN, day).div_euclid(7),
            Every::Month => month_number(day),
            Every::Quarter => month_number(day).div_euclid(3),
            Every::Year => month_number(day).div_euclid(12),
            Every::FiscalQuarter => fiscal.div_euclid(3),
            Every::FiscalYear => fiscal.div_euclid(12),
            Every::Days(days) => days_between(self.anchor, day).div_euclid(i64::from(days.max(1))),
        }
    }
    /// The first day of an interval.
    fn start(&self, number: i64) -> Day {
        let fiscal = i64::from(self.fiscal_year_starts) - 1;
        match self.every {
            Every::Day => plus_days(DAY_MIN, number),
            Every::Week => plus_days(DAY_MIN, number * 7),
            Every::Month => month_start(number),
            Every::Quarter => month_start(number * 3),
            Every::Year => month_start(number * 12),
            Every::FiscalQuarter => month_start(number * 3 + fiscal),
            Every::FiscalYear => month_start(number * 12 + fiscal),
            Every::Days(days) => plus_days(self.anchor, number * i64::from(days.max(1))),
        }
    }
    /// The last day of an interval.
    fn end(&self, number: i64) -> Day {
        plus_days(self.start(number + 1), -1)
    }
    /// The first interval that begins on a day or after it.
    fn first_number(&self, day: Day) -> i64 {
        let number = self.number(day);
        if self.start(number) == day { number } else { number + 1 }
    }
    /// The last interval of which at least half lies on or before a day.
    fn last_number(&self, due_on: Day) -> i64 {
        let number = self.number(due_on);
        let first = self.start(number);
        let inside = days_between(first, due_on) + 1;
        let whole = days_between(first, self.end(number)) + 1;
        if 2 * inside >= whole { number } else { number - 1 }
    }
}

fn month_number(day: Day) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month()) - 1
}

fn month_start(number: i64) -> Day {
    let outside = if number < 12 { DAY_MIN } else { DAY_MAX };
    let year = i16::try_from(number.div_euclid(12)).unwrap_or(0);
    let month = i8::try_from(number.rem_euclid(12) + 1).unwrap_or(0);
    Day::new(year, month, 1).map_or(outside, |day| day.clamp(DAY_MIN, DAY_MAX))
}

#[cfg(test)]
#[path = "reporting/tests.rs"]
mod tests;
