//! When the next check-in of an outcome is due, and who owes it.

use crate::accountability::{Answer, Gap};
use crate::entity::Kept;
use crate::outcome::{Outcome, OutcomeState};
use crate::pace::GRACE_MIN_DAYS;
use crate::picture::Picture;
use crate::time::{Day, days_between, plus_days};

/// The next check-in of an outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckInDue {
    /// The local day of the last one.
    pub last_on: Option<Day>,
    /// The day by which the next one is due.
    pub due_on: Day,
    /// Days by which it is late; negative while it is still to come.
    pub overdue_days: i64,
    /// Days by which it may be late.
    pub grace_days: i64,
    /// Who answers for the outcome, and so owes it.
    pub owed_by: Result<Answer, Gap>,
}

impl CheckInDue {
    /// Whether it is late by more than the grace.
    pub const fn is_overdue(&self) -> bool {
        self.overdue_days > self.grace_days
    }
}

/// Days between two check-ins of an outcome.
fn every_days(picture: &Picture, outcome: &Outcome) -> i64 {
    i64::from(outcome.check_in_days.unwrap_or(picture.parts().organization.check_in_days))
}

/// Days by which a check-in of an outcome may be late: where nothing is said, the larger of three days and a tenth of the
/// days between two.
pub fn grace_days(picture: &Picture, outcome: &Outcome) -> i64 {
    let grace = || GRACE_MIN_DAYS.max(every_days(picture, outcome) / 10);
    outcome.check_in_grace_days.map_or_else(grace, i64::from)
}

/// The next check-in of an outcome as a picture shows it, owed by who answers for it; `None` while it is not pursued.
///
/// The first is due one cadence after the outcome became active or began, whichever is later; each further one a
/// cadence after the one before.
pub fn check_in_due(picture: &Picture, outcome: &Kept<Outcome>, owed_by: Result<Answer, Gap>) -> Option<CheckInDue> {
    match outcome.state {
        OutcomeState::Active => {}
        OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Closed | OutcomeState::Cancelled => return None,
    }
    let every = every_days(picture, outcome);
    let last_on = picture.reports_of(outcome.id).last().map(|report| picture.day_of(report.published_at));
    let active_on = outcome.active_from.map(|from| picture.day_of(from));
    let began_on = active_on.max(picture.start_of(outcome));
    // A check-in of an earlier life, before the outcome was taken up again, does not put the next one off.
    let from_on = last_on.max(began_on)?;
    let due_on = plus_days(from_on, every);
    Some(CheckInDue {
        last_on,
        due_on,
        overdue_days: days_between(due_on, picture.today()),
        grace_days: grace_days(picture, outcome),
        owed_by,
    })
}
