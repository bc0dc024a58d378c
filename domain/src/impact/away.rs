//! Pictures of what is not so: without someone from an instant on, or with what a plan changes.

use std::collections::HashMap;

use super::plan::Changes;
use crate::entity::{Actor, Check, Ending, Kept, KeptRow, Valid};
use crate::id::{Id, Identified};
use crate::picture::{Picture, PictureParts};
use crate::role::Subject;
use crate::time::{Instant, Span};

/// A picture without someone from an instant on: what they hold, are named for and master ends then, and what would
/// begin later never does.
///
/// It says who answers, and not how far anything is: it holds no observations.
pub fn without(picture: &Picture, gone: Subject, from: Instant) -> Picture {
    let mut parts = who(picture);
    cut(&mut parts.responsibilities, from, |one| (one.subject == gone).then_some(&mut one.during));
    match gone {
        Subject::Person(person) => {
            cut(&mut parts.assignments, from, |one| (one.person == person).then_some(&mut one.during));
            cut(&mut parts.memberships, from, |one| (one.person == person).then_some(&mut one.during));
            cut(&mut parts.person_skills, from, |one| (one.person == person).then_some(&mut one.during));
        }
        Subject::Role(role) => {
            cut(&mut parts.assignments, from, |one| (one.role == role).then_some(&mut one.during));
        }
    }
    Picture::new(parts)
}

/// A picture with what a plan changes; as [`without`], it holds no observations.
pub(super) fn with(picture: &Picture, changes: &Changes) -> Picture {
    let mut parts = who(picture);
    let Changes { assignments, new_assignments, responsibilities, new_responsibilities } = changes;
    apply(&mut parts.assignments, assignments, new_assignments);
    apply(&mut parts.responsibilities, responsibilities, new_responsibilities);
    Picture::new(parts)
}

/// The parts of a picture that say who answers; to copy what was ever observed would cost more than all else.
fn who(picture: &Picture) -> PictureParts {
    let parts = picture.parts();
    PictureParts {
        at: parts.at,
        organization: parts.organization.clone(),
        mission: parts.mission.clone(),
        themes: Vec::new(),
        periods: parts.periods.clone(),
        teams: parts.teams.clone(),
        memberships: parts.memberships.clone(),
        people: parts.people.clone(),
        roles: parts.roles.clone(),
        assignments: parts.assignments.clone(),
        outcomes: parts.outcomes.clone(),
        results: Vec::new(),
        measures: parts.measures.clone(),
        responsibilities: parts.responsibilities.clone(),
        alignments: Vec::new(),
        headline: HashMap::new(),
        recorders: HashMap::new(),
        person_skills: parts.person_skills.clone(),
        rule_settings: Vec::new(),
        closed_settings: HashMap::new(),
        waivers: Vec::new(),
        reports: Vec::new(),
        briefings: Vec::new(),
        disabled_webhooks: Vec::new(),
    }
}

/// Ends some facts at an instant; `during` gives the time of those that end.
fn cut<T: Identified + Check + Clone>(
    rows: &mut Vec<Kept<T>>,
    from: Instant,
    during: impl Fn(&mut T) -> Option<&mut Span>,
) {
    rows.retain_mut(|row| {
        let mut value = row.value.clone().into_inner();
        let Some(span) = during(&mut value).filter(|span| span.end() > from) else { return true };
        let Some(shorter) = Span::new(span.from, Some(from)) else { return false };
        *span = shorter;
        replace(row, value);
        true
    });
}

fn replace<T: Identified + Check + Clone>(row: &mut Kept<T>, value: T) {
    // A fact that was in order for longer is so for a shorter time.
    if let Ok(value) = Valid::new(value) {
        *row = row.clone().with(|row| row.value = value);
    }
}

fn apply<T: Identified + Check + Clone>(rows: &mut Vec<Kept<T>>, endings: &[Ending<T>], created: &[T]) {
    for ending in endings {
        match ending {
            Ending::Ends { id, value } => {
                if let Some(row) = rows.iter_mut().find(|row| row.id == *id) {
                    replace(row, value.clone());
                }
            }
            Ending::Withdrawn { id } => rows.retain(|row| row.id != *id),
        }
    }
    // The last ids there are: no fact was kept under one of them.
    let ids = (0..).map(|place: u128| Id::from_bits(u128::MAX - place));
    let (at, by) = (Instant::BEGINNING, Actor::new("a plan"));
    rows.extend(ids.zip(created).filter_map(|(id, value)| {
        Some(Kept::new(KeptRow {
            id,
            version: 1,
            external: None,
            created_at: at,
            created_by: by.clone(),
            updated_at: at,
            updated_by: by.clone(),
            value: Valid::new(value.clone()).ok()?,
        }))
    }));
}
