//! Freshness: whether the next update of a measure is still to come, due, or missing.

use crate::measure::{Cadence, Every, Measure, MeasureKind};
use crate::spelling::spelled;
use crate::time::{Day, days_between, plus_days};

/// The least grace, in days, where a measure says nothing.
pub const GRACE_MIN_DAYS: i64 = 3;

/// Whether updates arrive when they should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freshness {
    /// The next update is still to come.
    Fresh,
    /// An update is overdue, within the grace.
    Due,
    /// Nothing has ever been observed.
    Never,
    /// An update is overdue by more than the grace.
    Stale,
}
spelled!(Freshness { Fresh = "fresh", Due = "due", Never = "never", Stale = "stale" });

/// The state of a measure's updates, in local days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// The day of the latest headline observation.
    pub latest_on: Option<Day>,
    /// The day by which the next one is due.
    pub next_on: Option<Day>,
    /// Days by which it is overdue; negative while it is still to come.
    pub overdue_days: Option<i64>,
    /// Days by which it may be overdue.
    pub grace_days: i64,
    /// The judgement.
    pub freshness: Freshness,
}

/// The state of a measure's updates on a day; `None` for milestones, which are not observed.
pub fn update(measure: &Measure, latest_on: Option<Day>, today: Day) -> Option<Update> {
    if measure.kind == MeasureKind::Milestones {
        return None;
    }
    let every = every_on(&measure.cadence, today)?;
    // Overdue days are whole, so the whole part of a tenth of the interval judges as the tenth would.
    let grace_days = measure.grace_days.map_or_else(|| GRACE_MIN_DAYS.max(every.days() / 10), i64::from);
    let wait = every.days() + i64::from(measure.lag_days);
    let overdue_days = latest_on.map(|latest| days_between(latest, today) - wait);
    let freshness = match overdue_days {
        None => Freshness::Never,
        Some(days) if days > grace_days => Freshness::Stale,
        Some(days) if days > 0 => Freshness::Due,
        Some(_) => Freshness::Fresh,
    };
    Some(Update { latest_on, next_on: latest_on.map(|on| plus_days(on, wait)), overdue_days, grace_days, freshness })
}

/// The reporting interval in force on a day.
pub fn every_on(cadence: &[Cadence], day: Day) -> Option<Every> {
    let in_force = cadence.iter().rev().find(|cadence| cadence.from.is_none_or(|from| from <= day));
    in_force.or(cadence.first()).map(|cadence| cadence.every)
}
