//! Who answers (I2): from an outcome through a role to one active person, or a typed gap.

use crate::assignment::{Assignment, AssignmentKind};
use crate::outcome::OutcomeId;
use crate::person::PersonId;
use crate::picture::Picture;
use crate::responsibility::{Object, Part};
use crate::role::{RoleId, Subject};
use crate::spelling::spelled;
use crate::time::{Day, Instant};

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

/// I2: who answers for an outcome at an instant.
///
/// # Errors
/// The gap, where nobody can be named.
pub fn who_answers(picture: &Picture, outcome: OutcomeId, at: Instant) -> Result<Answer, Gap> {
    let mut named = picture
        .responsibilities_of(Object::Outcome(outcome))
        .filter(|one| one.part == Part::Accountable && one.during.contains(at))
        .map(|one| one.subject);
    let subject = named.next().ok_or(Gap::NoAccountable)?;
    // I1 refuses a second one; should a store hold it all the same, neither is preferred.
    if named.next().is_some() {
        return Err(Gap::MultipleHolders);
    }
    resolve(picture, subject, at)
}

/// The one person who stands behind a subject at an instant.
///
/// # Errors
/// The gap, where it is not exactly one.
pub fn resolve(picture: &Picture, subject: Subject, at: Instant) -> Result<Answer, Gap> {
    match subject {
        Subject::Person(person) => {
            let answer = Answer { person, via: Via::Person, role: None };
            is_active(picture, person, picture.day_of(at)).then_some(answer).ok_or(Gap::HolderInactive)
        }
        Subject::Role(role) => {
            let (people, via) = decides(picture, role, at)?;
            match people.as_slice() {
                [person] => Ok(Answer { person: *person, via, role: Some(role) }),
                [] => Err(Gap::RoleVacant),
                [_, _, ..] => Err(Gap::MultipleHolders),
            }
        }
    }
}

/// Everyone who stands behind a subject at an instant: the person, or the rank of the role that decides.
pub fn stand_for(picture: &Picture, subject: Subject, at: Instant) -> Vec<PersonId> {
    match subject {
        Subject::Person(person) if is_active(picture, person, picture.day_of(at)) => vec![person],
        Subject::Person(_) => Vec::new(),
        Subject::Role(role) => decides(picture, role, at).map_or(Vec::new(), |(people, _)| people),
    }
}

/// Whether a person can answer for anything on a day.
pub fn is_active(picture: &Picture, person: PersonId, day: Day) -> bool {
    picture.person(person).is_some_and(|person| person.active && person.left_on.is_none_or(|last| day <= last))
}

/// The people of the first rank in which anyone can answer: holder, else interim, else deputy.
///
/// One who has left or whose term has ended does not keep the next rank from standing in; where no
/// rank is left, the reason is that of the highest rank in which there was anyone.
fn decides(picture: &Picture, role: RoleId, at: Instant) -> Result<(Vec<PersonId>, Via), Gap> {
    let day = picture.day_of(at);
    let mut gap = None;
    let ranks = [
        (AssignmentKind::Holder, Via::Holder),
        (AssignmentKind::Interim, Via::Interim),
        (AssignmentKind::Deputy, Via::Deputy),
    ];
    for (kind, via) in ranks {
        let mut able = Vec::new();
        let in_rank = picture.assignments_of_role(role).filter(|one| one.kind == kind && one.during.contains(at));
        for assignment in in_rank {
            if !is_active(picture, assignment.person, day) {
                gap = gap.or(Some(Gap::HolderInactive));
            } else if has_term_ended(assignment, day) {
                gap = gap.or(Some(Gap::TermEnded));
            } else if !able.contains(&assignment.person) {
                able.push(assignment.person);
            }
        }
        if !able.is_empty() {
            return Ok((able, via));
        }
    }
    Err(gap.unwrap_or(Gap::RoleVacant))
}

/// Whether the term of an assignment has ended before a day.
pub(crate) fn has_term_ended(assignment: &Assignment, day: Day) -> bool {
    assignment.term_ends.is_some_and(|last| last < day)
}
