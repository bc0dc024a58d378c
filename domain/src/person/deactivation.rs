//! Life goes on (I4): a person who leaves is never blocked by a rule.

use super::Person;
use crate::assignment::Assignment;
use crate::entity::{Ending, Kept, Valid};
use crate::id::Identified;
use crate::team::Membership;
use crate::time::{Day, Instant, Span};

/// What a person's leaving changes. Responsibilities that name the person stay as they are and
/// resolve to `holder_inactive`.
#[derive(Clone, Debug, PartialEq)]
pub struct Deactivation {
    /// The person, inactive.
    pub person: Person,
    /// The assignments that end.
    pub assignments: Vec<Ending<Assignment>>,
    /// The memberships that end.
    pub memberships: Vec<Ending<Membership>>,
}

/// I4: ends a person's assignments and memberships at an instant. There is no way to refuse it.
///
/// Rows of other people and rows that have ended by then are left alone.
pub fn deactivate<'a>(
    person: &Kept<Person>,
    assignments: impl IntoIterator<Item = &'a Kept<Assignment>>,
    memberships: impl IntoIterator<Item = &'a Kept<Membership>>,
    at: Instant,
    left_on: Day,
) -> Deactivation {
    // Leaving before the first day is leaving on it: a date must not block anyone from going.
    let left_on = person.joined_on.map_or(left_on, |joined| joined.max(left_on));
    let assignments = assignments.into_iter().filter(|one| one.person == person.id);
    let memberships = memberships.into_iter().filter(|one| one.person == person.id);
    Deactivation {
        person: Person { active: false, left_on: Some(left_on), ..inner(person) },
        assignments: assignments
            .filter_map(|one| ending(one, one.during, at, |during| Assignment { during, ..inner(one) }))
            .collect(),
        memberships: memberships
            .filter_map(|one| ending(one, one.during, at, |during| Membership { during, ..inner(one) }))
            .collect(),
    }
}

/// The person, back: active, with no last day. What ended with the leaving stays ended.
pub fn reactivate(person: &Kept<Person>, joined_on: Option<Day>) -> Person {
    let before = inner(person);
    Person { active: true, left_on: None, joined_on: joined_on.or(before.joined_on), ..before }
}

fn inner<T: Identified + Clone>(kept: &Kept<T>) -> T {
    Valid::into_inner(kept.value.clone())
}

fn ending<T: Identified>(kept: &Kept<T>, during: Span, at: Instant, end: impl Fn(Span) -> T) -> Option<Ending<T>> {
    if during.end() <= at {
        return None;
    }
    Some(match Span::new(during.from, Some(at)) {
        Some(during) => Ending::Ends { id: kept.id, value: end(during) },
        None => Ending::Withdrawn { id: kept.id },
    })
}
