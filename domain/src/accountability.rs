//! Accountability: one who answers at every instant (I1), always resolvable (I2), and someone who does the work (I3).

use crate::outcome::OutcomeId;
use crate::person::PersonId;
use crate::picture::Picture;
use crate::responsibility::{Responsibility, ResponsibilityId};
use crate::role::{RoleId, Subject};
use crate::spelling::spelled;
use crate::time::{Instant, Span};

/// Who answers for an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The person.
    pub person: PersonId,
    /// How the person comes to answer.
    pub via: Via,
    /// The role through which, where it is one.
    pub role: Option<RoleId>,
}

/// How a person comes to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// Named in person.
    Person,
    /// As the holder of the role.
    Holder,
    /// As its interim holder.
    Interim,
    /// As its holder's deputy.
    Deputy,
}
spelled!(Via { Person = "person", Holder = "holder", Interim = "interim", Deputy = "deputy" });

/// Why nobody can be named. A gap is a finding, never a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gap {
    /// No responsibility says who is accountable.
    NoAccountable,
    /// The role has no holder, interim or deputy.
    RoleVacant,
    /// Two people in the rank that decides.
    MultipleHolders,
    /// The person has left.
    HolderInactive,
    /// The term of the one who holds the role has ended.
    TermEnded,
}
spelled!(Gap {
    NoAccountable = "no_accountable",
    RoleVacant = "role_vacant",
    MultipleHolders = "multiple_holders",
    HolderInactive = "holder_inactive",
    TermEnded = "term_ended",
});

/// Why responsibilities were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountabilityError {
    /// Nobody is accountable for a while (I1).
    Gap {
        /// When.
        span: Span,
    },
    /// Two are accountable for a while (I1).
    Overlap {
        /// When.
        span: Span,
    },
    /// The role that is accountable has more than one seat (I1).
    TooManySeats {
        /// The role.
        role: RoleId,
        /// Its seats.
        seats_max: i32,
    },
    /// Nobody is responsible for a while (I3).
    NoResponsible {
        /// When.
        span: Span,
    },
    /// One subject has two parts at once, other than accountable and responsible (I3).
    TwoParts {
        /// Who.
        subject: Subject,
        /// When.
        span: Span,
    },
}

/// I1: exactly one is accountable at every instant of the window, and a role that is has one seat.
///
/// # Errors
/// The first gap or overlap in time, or the role.
pub fn check_accountable<'a>(
    window: Span,
    responsibilities: impl IntoIterator<Item = &'a Responsibility>,
    seats_max: impl Fn(RoleId) -> Option<i32>,
) -> Result<(), AccountabilityError> {
    todo!("{window:?}{}", responsibilities.into_iter().count() + seats_max(RoleId::from_bits(0)).map_or(0, |_| 1))
}

/// I2: who answers for an outcome at an instant.
///
/// # Errors
/// The gap, where nobody can be named.
pub fn who_answers(picture: &Picture, outcome: OutcomeId, at: Instant) -> Result<Answer, Gap> {
    todo!("{picture:?}{outcome:?}{at:?}")
}

/// A change of who has a part: one interval closes and the next opens at the same instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Handover {
    /// The responsibility that ends.
    pub closes: ResponsibilityId,
    /// What is left of it; `None` when it would have begun at that very instant, so nothing is.
    pub remains: Option<Responsibility>,
    /// The responsibility that begins.
    pub opens: Responsibility,
}
