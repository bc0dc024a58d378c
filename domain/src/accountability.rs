//! Accountability: one who answers at every instant (I1), always resolvable (I2), and someone who does the work (I3).

mod answer;
mod handover;

use std::collections::HashMap;

pub(crate) use answer::has_term_ended;
pub use answer::{Answer, Gap, Via, is_active, resolve, stand_for, who_answers};
pub use handover::{Handover, HandoverError, handover};

use crate::organization::Organization;
use crate::outcome::{Outcome, OutcomeState};
use crate::responsibility::{Object, Part, Responsibility};
use crate::role::{RoleId, Subject};
use crate::time::{Day, Instant, Span};

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
    /// One subject has two parts in one thing at once, other than accountable and responsible (I3).
    TwoParts {
        /// Who.
        subject: Subject,
        /// When.
        span: Span,
    },
}

impl AccountabilityError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Gap { .. } => "accountability_gap",
            Self::Overlap { .. } => "accountability_overlap",
            Self::TooManySeats { .. } => "accountable_role_has_seats",
            Self::NoResponsible { .. } => "no_responsible",
            Self::TwoParts { .. } => "two_parts",
        }
    }
}

/// When someone must answer for an outcome: from activation, or its first day where that is later, until it ends.
///
/// `None` for what was never active, and for what ended before it began.
pub fn window(outcome: &Outcome, start_on: Option<Day>, organization: &Organization) -> Option<Span> {
    match outcome.state {
        OutcomeState::Active | OutcomeState::Closed => {}
        OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Cancelled => return None,
    }
    let active_from = outcome.active_from?;
    let first = start_on.map(|day| organization.zone_at(active_from).start_of(day));
    Span::new(first.map_or(active_from, |first| first.max(active_from)), outcome.ended_at)
}

/// I1: exactly one is accountable at every instant of the window, and a role that is has one seat.
///
/// `responsibilities` are those of one outcome; `seats_max` says how many seats a role has.
///
/// # Errors
/// The first gap or overlap in time, else the role with too many seats.
pub fn check_accountable<'a>(
    window: Span,
    responsibilities: impl IntoIterator<Item = &'a Responsibility>,
    seats_max: impl Fn(RoleId) -> Option<i32>,
) -> Result<(), AccountabilityError> {
    let spans = spans_of(Part::Accountable, window, responsibilities);
    let mut covered = window.from;
    for (span, _) in &spans {
        if let Some(span) = Span::new(covered, Some(span.from)) {
            return Err(AccountabilityError::Gap { span });
        }
        if let Some(span) = between(span.from, covered.min(span.end())) {
            return Err(AccountabilityError::Overlap { span });
        }
        covered = span.end();
    }
    if let Some(span) = between(covered, window.end()) {
        return Err(AccountabilityError::Gap { span });
    }
    for (_, subject) in spans {
        if let Subject::Role(role) = subject
            && let Some(seats_max) = seats_max(role).filter(|seats| *seats != 1)
        {
            return Err(AccountabilityError::TooManySeats { role, seats_max });
        }
    }
    Ok(())
}

/// I3, first half: someone is responsible at every instant of the window.
///
/// # Errors
/// The first time in which nobody is.
pub fn check_responsible<'a>(
    window: Span,
    responsibilities: impl IntoIterator<Item = &'a Responsibility>,
) -> Result<(), AccountabilityError> {
    let mut covered = window.from;
    for (span, _) in spans_of(Part::Responsible, window, responsibilities) {
        if let Some(span) = Span::new(covered, Some(span.from)) {
            return Err(AccountabilityError::NoResponsible { span });
        }
        covered = covered.max(span.end());
    }
    between(covered, window.end()).map_or(Ok(()), |span| Err(AccountabilityError::NoResponsible { span }))
}

/// I3, second half: one subject has one part in one thing at a time, save accountable and responsible together.
///
/// # Errors
/// A subject and the time in which it has two.
pub fn check_parts<'a>(
    responsibilities: impl IntoIterator<Item = &'a Responsibility>,
) -> Result<(), AccountabilityError> {
    let mut all: Vec<&Responsibility> = responsibilities.into_iter().collect();
    all.sort_by_key(|one| one.during.from);
    let mut ends: HashMap<(Object, Subject, Part), Instant> = HashMap::new();
    for one in all {
        for part in [Part::Accountable, Part::Responsible, Part::Consulted, Part::Informed] {
            let until = ends.get(&(one.object, one.subject, part)).copied();
            let shared = until.and_then(|until| between(one.during.from, until.min(one.during.end())));
            if let Some(span) = shared.filter(|_| !may_be_together(one.part, part)) {
                return Err(AccountabilityError::TwoParts { subject: one.subject, span });
            }
        }
        let end = ends.entry((one.object, one.subject, one.part)).or_insert(one.during.end());
        *end = one.during.end().max(*end);
    }
    Ok(())
}

fn may_be_together(one: Part, other: Part) -> bool {
    matches!((one, other), (Part::Accountable, Part::Responsible) | (Part::Responsible, Part::Accountable))
}

/// The times inside the window in which someone has a part, ascending.
fn spans_of<'a>(
    part: Part,
    window: Span,
    responsibilities: impl IntoIterator<Item = &'a Responsibility>,
) -> Vec<(Span, Subject)> {
    let mut spans: Vec<(Span, Subject)> = responsibilities
        .into_iter()
        .filter(|one| one.part == part)
        .filter_map(|one| Some((one.during.intersection(&window)?, one.subject)))
        .collect();
    spans.sort_by_key(|(span, _)| (span.from, span.end()));
    spans
}

/// The interval between two instants, open where it reaches the end of time; `None` when it is empty.
fn between(from: Instant, to: Instant) -> Option<Span> {
    if from >= to {
        return None;
    }
    Span::new(from, (to < Instant::END).then_some(to))
}
