//! Assignments: who holds a role, in what way, from when to when.

use std::collections::HashMap;

use crate::entity::Check;
use crate::id::{Id, Identified};
use crate::person::PersonId;
use crate::role::RoleId;
use crate::spelling::spelled;
use crate::text::Title;
use crate::time::{Day, Instant, Span};

/// The identifier of an assignment.
pub type AssignmentId = Id<Assignment>;

/// A person in a role.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The role.
    pub role: RoleId,
    /// The person.
    pub person: PersonId,
    /// In what way.
    pub kind: AssignmentKind,
    /// The part of the role that this person takes.
    pub focus: Option<Title>,
    /// From when to when.
    pub during: Span,
    /// The last day of the term; after it the assignment stands, but the term has ended.
    pub term_ends: Option<Day>,
    /// Share of the person's time, per cent, above 0 to 100.
    pub load: Option<f64>,
    /// When a successor can take over; for successors only.
    pub readiness: Option<Readiness>,
}

/// In what way a person is tied to a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssignmentKind {
    /// Holds it.
    Holder,
    /// Holds it until a holder is found.
    Interim,
    /// Stands in for the holder.
    Deputy,
    /// May hold it later; answers for nothing now.
    Successor,
}
spelled!(AssignmentKind { Holder = "holder", Interim = "interim", Deputy = "deputy", Successor = "successor" });

impl AssignmentKind {
    /// Whether one who is tied to the role in this way can answer for what the role answers for.
    pub const fn answers(self) -> bool {
        match self {
            Self::Holder | Self::Interim | Self::Deputy => true,
            Self::Successor => false,
        }
    }
}

/// When a successor can take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Readiness {
    /// Now.
    Now,
    /// Within a year.
    OneYear,
    /// Within two years.
    TwoYears,
}
spelled!(Readiness { Now = "now", OneYear = "1y", TwoYears = "2y" });

/// Why an assignment was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignmentError {
    /// A load above 0 to 100 per cent.
    Load,
    /// Only a successor has a readiness.
    ReadinessWithoutSuccession,
}

impl Check for Assignment {
    type Error = AssignmentError;
    fn check(&self) -> Result<(), AssignmentError> {
        if self.load.is_some_and(|load| !(load > 0.0 && load <= 100.0)) {
            return Err(AssignmentError::Load);
        }
        if self.readiness.is_some() && self.kind != AssignmentKind::Successor {
            return Err(AssignmentError::ReadinessWithoutSuccession);
        }
        Ok(())
    }
}
impl Identified for Assignment {
    const PREFIX: &'static str = "asg";
    const NOUN: &'static str = "assignment";
}

/// More people hold a role at one time than it has seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatsTaken {
    /// The first such time.
    pub span: Span,
    /// The seats of the role.
    pub seats_max: i32,
}

/// Whether the holders of a role have a seat each throughout a window.
///
/// Who stands in or may follow takes no seat, and a person who holds the role twice at once takes one.
///
/// # Errors
/// [`SeatsTaken`] with the first time in which there are too many.
pub fn check_seats<'a>(
    seats_max: i32,
    window: Span,
    assignments: impl IntoIterator<Item = &'a Assignment>,
) -> Result<(), SeatsTaken> {
    let holders = assignments.into_iter().filter(|one| one.kind == AssignmentKind::Holder);
    let held = holders.filter_map(|one| Some((one.during.intersection(&window)?, one.person)));
    // At one instant those who leave come first: `false` sorts before `true`.
    let mut steps: Vec<(Instant, bool, PersonId)> =
        held.flat_map(|(during, person)| [(during.from, true, person), (during.end(), false, person)]).collect();
    steps.sort_unstable();
    let mut seated: HashMap<PersonId, usize> = HashMap::new();
    let mut crowded: Option<Instant> = None;
    for (at, begins, person) in steps {
        if let Some(from) = crowded.filter(|from| *from < at) {
            let span = Span { from, to: (at < Instant::END).then_some(at) };
            return Err(SeatsTaken { span, seats_max });
        }
        let times = seated.entry(person).or_default();
        *times = if begins { *times + 1 } else { times.saturating_sub(1) };
        if *times == 0 {
            seated.remove(&person);
        }
        let is_full = i64::try_from(seated.len()).is_ok_and(|seated| seated <= i64::from(seats_max));
        crowded = if is_full { None } else { crowded.or(Some(at)) };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Instant {
        Instant::from_micros(micros)
    }

    fn holds(person: u128, kind: AssignmentKind, from: i64, to: Option<i64>) -> Assignment {
        Assignment {
            role: Id::from_bits(1),
            person: Id::from_bits(person),
            kind,
            focus: None,
            during: Span { from: at(from), to: to.map(at) },
            term_ends: None,
            load: None,
            readiness: None,
        }
    }

    #[test]
    fn every_holder_has_a_seat_and_nobody_else_takes_one() {
        use AssignmentKind::{Deputy, Holder, Interim, Successor};
        let always = Span { from: Instant::BEGINNING, to: None };
        let later = Span { from: at(100), to: None };
        let overlap = |from, to: Option<i64>| Err(Span { from: at(from), to: to.map(at) });
        let cases = [
            (1, always, vec![], Ok(())),
            (1, always, vec![holds(1, Holder, 0, None)], Ok(())),
            (1, always, vec![holds(1, Holder, 0, Some(10)), holds(2, Holder, 10, None)], Ok(())),
            (1, always, vec![holds(1, Holder, 0, Some(11)), holds(2, Holder, 10, None)], overlap(10, Some(11))),
            (1, always, vec![holds(1, Holder, 0, None), holds(2, Holder, 10, None)], overlap(10, None)),
            (2, always, vec![holds(1, Holder, 0, None), holds(2, Holder, 10, None)], Ok(())),
            (
                2,
                always,
                vec![holds(1, Holder, 0, None), holds(2, Holder, 10, None), holds(3, Holder, 20, Some(30))],
                overlap(20, Some(30)),
            ),
            (1, later, vec![holds(1, Holder, 0, Some(11)), holds(2, Holder, 10, None)], Ok(())),
            (1, later, vec![holds(1, Holder, 0, None), holds(2, Holder, 10, Some(200))], overlap(100, Some(200))),
            (1, always, vec![holds(1, Holder, 0, None), holds(1, Holder, 5, None)], Ok(())),
            (
                1,
                always,
                vec![
                    holds(1, Holder, 0, None),
                    holds(2, Interim, 0, None),
                    holds(3, Deputy, 0, None),
                    holds(4, Successor, 0, None),
                ],
                Ok(()),
            ),
        ];
        for (seats, window, assignments, expected) in cases {
            let found = check_seats(seats, window, &assignments).map_err(|taken| taken.span);
            assert_eq!(found, expected, "{seats} seats, {assignments:?}");
        }
    }
}
