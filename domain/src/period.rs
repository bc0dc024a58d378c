//! Periods: the named stretches of time that outcomes are planned in.

use crate::entity::{Check, ReasonRequired};
use crate::id::{Id, Identified};
use crate::spelling::spelled;
use crate::text::{Statement, Title};
use crate::time::Day;

/// The identifier of a period.
pub type PeriodId = Id<Period>;

/// A stretch of days, both ends included.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    /// Its name, such as `2026 Q3`.
    pub name: Title,
    /// Its first day.
    pub start_on: Day,
    /// Its last day.
    pub end_on: Day,
    /// The period that contains it.
    pub parent: Option<PeriodId>,
    /// Where it stands.
    pub state: PeriodState,
}

/// Where a period stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeriodState {
    /// Not begun.
    Planned,
    /// Under way.
    Open,
    /// Ended; its numbers stand (I8).
    Closed,
}
spelled!(PeriodState { Planned = "planned", Open = "open", Closed = "closed" });

/// Why a period was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodError {
    /// It ends before it starts (I5).
    EndsBeforeStart,
    /// It does not lie inside its parent.
    OutsideParent,
}

impl Check for Period {
    type Error = PeriodError;
    fn check(&self) -> Result<(), PeriodError> {
        (self.start_on <= self.end_on).then_some(()).ok_or(PeriodError::EndsBeforeStart)
    }
}

impl Period {
    /// Whether it lies inside the period that is to be its parent.
    ///
    /// # Errors
    /// [`PeriodError::OutsideParent`].
    pub fn within(&self, parent: &Self) -> Result<(), PeriodError> {
        let inside = parent.start_on <= self.start_on && self.end_on <= parent.end_on;
        inside.then_some(()).ok_or(PeriodError::OutsideParent)
    }
    /// I12: the dates of a period change only with a reason.
    ///
    /// # Errors
    /// [`ReasonRequired`].
    pub fn check_change(&self, after: &Self, reason: Option<&Statement>) -> Result<(), ReasonRequired> {
        let moves = (self.start_on, self.end_on) != (after.start_on, after.end_on);
        if moves && reason.is_none() { Err(ReasonRequired) } else { Ok(()) }
    }
}

impl Identified for Period {
    const PREFIX: &'static str = "per";
    const NOUN: &'static str = "period";
}
