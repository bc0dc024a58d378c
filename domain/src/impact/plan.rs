//! Plans: who takes over what at one instant, proposed or edited, and what that changes.

use std::collections::BTreeSet;

use super::away::{with, without};
use super::cover::Covering;
use super::loss::{GapLeft, gap_left, is_held};
use super::role::seated;
use super::{BORNE, Case, instants, is_pursued, outcome_of, touched};
use crate::assignment::{Assignment, AssignmentId, AssignmentKind};
use crate::entity::{Ending, Kept};
use crate::id::Identified;
use crate::measure::MeasureState;
use crate::outcome::OutcomeState;
use crate::person::PersonId;
use crate::picture::Picture;
use crate::responsibility::{Object, Part, Responsibility, ResponsibilityId};
use crate::role::Subject;
use crate::text::Statement;
use crate::time::{Instant, Span};

/// Who takes over what from one who goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Who hands over.
    pub gone: Subject,
    /// When.
    pub at: Instant,
    /// Who takes which assignment over; those that are not named end, too.
    pub assignments: Vec<Takeover>,
    /// To whom which responsibility passes; those that are not named stay as they are.
    pub responsibilities: Vec<Passing>,
}

/// An assignment that another takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Takeover {
    /// Which.
    pub assignment: AssignmentId,
    /// Who.
    pub person: PersonId,
    /// In what way; the same where nothing is said.
    pub kind: Option<AssignmentKind>,
}

/// A responsibility that passes to another, or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passing {
    /// Which.
    pub responsibility: ResponsibilityId,
    /// To whom; to nobody where others have the part.
    pub to: Option<Subject>,
}

/// What a plan changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// The assignments that end.
    pub assignments: Vec<Ending<Assignment>>,
    /// The assignments that begin.
    pub new_assignments: Vec<Assignment>,
    /// The responsibilities that end.
    pub responsibilities: Vec<Ending<Responsibility>>,
    /// The responsibilities that begin.
    pub new_responsibilities: Vec<Responsibility>,
}

/// Why there is no such plan; each with the position in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// It is no assignment in which the one who goes could answer at that instant or later.
    NoSuchAssignment(usize),
    /// The one who goes would take the assignment over.
    AssignmentToSelf(usize),
    /// The assignment is named twice.
    AssignmentTwice(usize),
    /// It is no responsibility of the one who goes at that instant or later.
    NoSuchResponsibility(usize),
    /// It would pass to the one who goes.
    ResponsibilityToSelf(usize),
    /// The responsibility is named twice.
    ResponsibilityTwice(usize),
}

impl Plan {
    /// What the plan changes. Every assignment in which a person who goes could answer ends, taken over or not; what
    /// the one who takes over was to the same role before ends with it.
    ///
    /// # Errors
    /// [`PlanError`] names the entry that does not fit.
    pub fn changes(&self, picture: &Picture, reason: Option<&Statement>) -> Result<Changes, PlanError> {
        let mut changes = Changes {
            assignments: Vec::new(),
            new_assignments: Vec::new(),
            responsibilities: Vec::new(),
            new_responsibilities: Vec::new(),
        };
        let held = self.held(picture);
        changes.assignments.extend(held.iter().map(|one| ending(one, one.during, self.at, shorter)));
        let mut seen = BTreeSet::new();
        for (place, Takeover { assignment, person, kind }) in self.assignments.iter().enumerate() {
            let old = held.iter().find(|one| one.id == *assignment).ok_or(PlanError::NoSuchAssignment(place))?;
            if !seen.insert(*assignment) {
                return Err(PlanError::AssignmentTwice(place));
            }
            if Subject::Person(*person) == self.gone {
                return Err(PlanError::AssignmentToSelf(place));
            }
            let kind = kind.unwrap_or(old.kind);
            let during = Span { from: old.during.from.max(self.at), to: old.during.to };
            for one in picture.assignments_of_role(old.role) {
                let ends_within = during.from < one.during.end() && one.during.end() <= during.end();
                if one.person == *person && one.kind > kind && ends_within && seen.insert(one.id) {
                    changes.assignments.push(ending(one, one.during, during.from, shorter));
                }
            }
            changes.new_assignments.push(Assignment {
                role: old.role,
                person: *person,
                kind,
                focus: old.focus.clone(),
                during,
                term_ends: None,
                load: None,
                readiness: None,
            });
        }
        let mut seen = BTreeSet::new();
        for (place, Passing { responsibility, to }) in self.responsibilities.iter().enumerate() {
            let mut all = picture.parts().responsibilities.iter();
            let old =
                all.find(|one| one.id == *responsibility && one.subject == self.gone && one.during.end() > self.at);
            let old = old.ok_or(PlanError::NoSuchResponsibility(place))?;
            if !seen.insert(*responsibility) {
                return Err(PlanError::ResponsibilityTwice(place));
            }
            if *to == Some(self.gone) {
                return Err(PlanError::ResponsibilityToSelf(place));
            }
            changes
                .responsibilities
                .push(ending(old, old.during, self.at, |during, value| Responsibility { during, ..value }));
            changes.new_responsibilities.extend(to.map(|subject| Responsibility {
                object: old.object,
                part: old.part,
                subject,
                during: Span { from: old.during.from.max(self.at), to: old.during.to },
                reason: reason.cloned(),
            }));
        }
        Ok(changes)
    }

    /// The part that nobody would have, were the one who goes gone once the plan is carried out: the first in time.
    pub fn gap(&self, picture: &Picture, changes: &Changes) -> Option<GapLeft> {
        let after = without(&with(picture, changes), self.gone, self.at);
        let objects = touched(picture, self.gone, self.at);
        let gaps = objects.iter().flat_map(|object| {
            let after = &after;
            BORNE.iter().filter_map(move |part| gap_left(picture, after, self.gone, *object, *part, self.at))
        });
        gaps.min_by_key(|gap| (gap.span.from, gap.object, gap.part))
    }

    /// The assignments in which a person who goes could answer at the instant or later.
    fn held<'a>(&self, picture: &'a Picture) -> Vec<&'a Kept<Assignment>> {
        let Subject::Person(person) = self.gone else { return Vec::new() };
        let all = picture.assignments_of_person(person);
        all.filter(|one| one.kind.answers() && one.during.end() > self.at).collect()
    }
}

fn shorter(during: Span, value: Assignment) -> Assignment {
    Assignment { during, ..value }
}

fn ending<T: Identified + Clone>(
    kept: &Kept<T>,
    during: Span,
    at: Instant,
    shorten: impl Fn(Span, T) -> T,
) -> Ending<T> {
    match Span::new(during.from, Some(at)) {
        Some(during) => Ending::Ends { id: kept.id, value: shorten(during, kept.value.clone().into_inner()) },
        None => Ending::Withdrawn { id: kept.id },
    }
}

/// A plan in which the first cover of each part takes it over.
pub(super) fn proposed(case: &Case<'_>, covering: &Covering<'_>) -> Plan {
    let mut plan = Plan { gone: case.gone, at: case.from, assignments: Vec::new(), responsibilities: Vec::new() };
    for one in plan.held(case.picture) {
        let from = one.during.from.max(case.from);
        let role = case.picture.role(one.role);
        let seated = seated(&case.after, one.role, from).len();
        let needed = role.map_or(0, |role| usize::try_from(role.seats_min).unwrap_or(0));
        let is_missed = match one.kind {
            AssignmentKind::Holder | AssignmentKind::Interim => seated == 0 || seated < needed,
            // One who only stood in is missed where nobody else can act.
            AssignmentKind::Deputy => !covering.is_acted_in(one.role, from),
            AssignmentKind::Successor => false,
        };
        if !is_missed {
            continue;
        }
        if let Some(cover) = covering.of_role(one.role, from).first() {
            plan.assignments.push(Takeover { assignment: one.id, person: cover.candidate.person, kind: None });
        }
    }
    let all = case.picture.parts().responsibilities.iter();
    for one in all.filter(|one| one.subject == case.gone && one.during.end() > case.from) {
        if has_ended(case.picture, one.object) {
            continue;
        }
        let during = Span { from: one.during.from.max(case.from), to: one.during.to };
        let passes = match one.part {
            Part::Accountable => true,
            Part::Responsible => !is_shared(case, one, during),
            Part::Consulted | Part::Informed => false,
        };
        let cover = passes.then(|| covering.of_name(one.object, one.part, during)).into_iter().flatten().next();
        let to = cover.map(|cover| Subject::Person(cover.candidate.person));
        // What nobody can take over stays with the name, so that the gap is seen.
        if to.is_some() || !passes {
            plan.responsibilities.push(Passing { responsibility: one.id, to });
        }
    }
    plan
}

/// Whether others do the work, too, for as long as the one who goes would have.
fn is_shared(case: &Case<'_>, one: &Responsibility, during: Span) -> bool {
    if !is_pursued(case.picture, one.object) {
        return false;
    }
    let instants = instants([case.picture, &case.after], &[one.object], &BTreeSet::new(), during.from);
    let mut within = instants.into_iter().filter(|at| during.contains(*at));
    within.all(|at| is_held(&case.after, one.object, one.part, at))
}

fn has_ended(picture: &Picture, object: Object) -> bool {
    let is_retired = match object {
        Object::Outcome(_) => false,
        Object::Measure(id) => picture.measure(id).is_none_or(|one| one.state == MeasureState::Retired),
    };
    is_retired
        || outcome_of(picture, object).is_none_or(|one| match one.state {
            OutcomeState::Closed | OutcomeState::Cancelled => true,
            OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Active => false,
        })
}
