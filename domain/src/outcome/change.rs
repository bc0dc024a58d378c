//! What may not be changed in passing: a due date that was promised, and an outcome that others rest on.

use super::{Outcome, OutcomeState};
use crate::entity::ReasonRequired;
use crate::period::Period;
use crate::text::Statement;

/// I12: the due date of an outcome that is active, or has been, changes only with a reason.
///
/// The due date is the one in force, so that moving to another period counts as a change.
///
/// # Errors
/// [`ReasonRequired`].
pub fn check_due_change(
    (before, before_period): (&Outcome, Option<&Period>),
    (after, after_period): (&Outcome, Option<&Period>),
    reason: Option<&Statement>,
) -> Result<(), ReasonRequired> {
    let was_promised = match before.state {
        OutcomeState::Active | OutcomeState::Closed => true,
        OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Cancelled => false,
    };
    let moves = before.due(before_period) != after.due(after_period);
    if was_promised && moves && reason.is_none() { Err(ReasonRequired) } else { Ok(()) }
}

/// Why an outcome was not deleted (I13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteError {
    /// An active outcome is cancelled, not deleted.
    Active,
    /// Others refer to it.
    HasDependents,
}

/// I13: an active outcome is cancelled, not deleted; what others refer to is not deleted.
///
/// # Errors
/// [`DeleteError`].
pub fn check_delete(state: OutcomeState, has_dependents: bool) -> Result<(), DeleteError> {
    match state {
        OutcomeState::Active => Err(DeleteError::Active),
        OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Closed | OutcomeState::Cancelled => {
            if has_dependents {
                Err(DeleteError::HasDependents)
            } else {
                Ok(())
            }
        }
    }
}
