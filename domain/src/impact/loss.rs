//! What is lost: the outcomes and measures that would have nobody accountable or responsible, and from when on.

use std::collections::BTreeSet;

use super::cover::{Cover, Covering};
use super::{BORNE, Case, instants, outcome_of};
use crate::accountability::{Gap, Via, resolve, stand_for, window};
use crate::outcome::OutcomeId;
use crate::person::PersonId;
use crate::picture::Picture;
use crate::responsibility::{Object, Part};
use crate::role::Subject;
use crate::time::{Instant, Span};

/// An outcome or a measure that would have nobody in a part.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectLoss {
    /// Which.
    pub object: Object,
    /// `weight · (1 − p/100)`.
    pub stake: f64,
    /// The parts that nobody would have: accountable, responsible, or both.
    pub parts: Vec<PartLoss>,
}

/// A part that nobody would have.
#[derive(Clone, Debug, PartialEq)]
pub struct PartLoss {
    /// Which part.
    pub part: Part,
    /// The first time in which nobody would have it.
    pub span: Span,
    /// Why nobody would answer; for the accountable part.
    pub gap: Option<Gap>,
    /// Who could take it over, the best first.
    pub cover: Vec<Cover>,
}

/// An outcome for which another would answer at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Passed {
    /// The outcome.
    pub outcome: OutcomeId,
    /// `weight · (1 − p/100)`.
    pub stake: f64,
    /// Who would answer.
    pub person: PersonId,
    /// How that person comes to answer.
    pub via: Via,
    /// From when on.
    pub from: Instant,
}

/// A part of something that nobody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GapLeft {
    /// Of what.
    pub object: Object,
    /// Which part.
    pub part: Part,
    /// The first time in which it is so.
    pub span: Span,
}

/// What one outcome or measure loses, if anything.
pub(super) fn of_object(case: &Case<'_>, covering: &Covering<'_>, object: Object) -> Option<ObjectLoss> {
    let parts: Vec<PartLoss> = BORNE
        .iter()
        .filter_map(|part| {
            let gap = gap_left(case.picture, &case.after, case.gone, object, *part, case.from)?;
            Some(PartLoss {
                part: *part,
                span: gap.span,
                gap: (*part == Part::Accountable).then(|| why(case, object, gap.span.from)).flatten(),
                cover: covering.of_part(object, *part, gap.span),
            })
        })
        .collect();
    (!parts.is_empty()).then(|| ObjectLoss { object, stake: case.stake(object), parts })
}

/// Why nobody would answer for something. One who is named and leaves stays named, and is inactive.
fn why(case: &Case<'_>, object: Object, at: Instant) -> Option<Gap> {
    match (case.gone, answers(&case.after, object, at).err()?) {
        (Subject::Person(_), Gap::NoAccountable) => Some(Gap::HolderInactive),
        (Subject::Person(_) | Subject::Role(_), gap) => Some(gap),
    }
}

/// Who answers for an outcome or a measure at an instant.
fn answers(picture: &Picture, object: Object, at: Instant) -> Result<(PersonId, Via), Gap> {
    let mut named =
        picture.responsibilities_of(object).filter(|one| one.part == Part::Accountable && one.during.contains(at));
    let subject = named.next().ok_or(Gap::NoAccountable)?.subject;
    if named.next().is_some() {
        return Err(Gap::MultipleHolders);
    }
    resolve(picture, subject, at).map(|answer| (answer.person, answer.via))
}

/// Whether someone stands in a part at an instant: one who answers, or anyone who does the work.
pub(super) fn is_held(picture: &Picture, object: Object, part: Part, at: Instant) -> bool {
    if part == Part::Accountable {
        return answers(picture, object, at).is_ok();
    }
    let mut named = picture.responsibilities_of(object).filter(|one| one.part == part && one.during.contains(at));
    named.any(|one| !stand_for(picture, one.subject, at).is_empty())
}

/// The first time from an instant on in which a part that someone has, or the one who is gone is named for, is held by
/// nobody in another picture.
pub(super) fn gap_left(
    before: &Picture,
    after: &Picture,
    gone: Subject,
    object: Object,
    part: Part,
    from: Instant,
) -> Option<GapLeft> {
    let outcome = outcome_of(before, object)?;
    let window = window(outcome, before.start_of(outcome), &before.parts().organization)?;
    let from = from.max(window.from);
    let names_gone = |at| {
        let mut named = before.responsibilities_of(object);
        named.any(|one| one.part == part && one.subject == gone && one.during.contains(at))
    };
    let is_lost = |at: Instant| {
        window.contains(at)
            && !is_held(after, object, part, at)
            && (names_gone(at) || is_held(before, object, part, at))
    };
    let instants = instants([before, after], &[object], &BTreeSet::new(), from);
    let mut coming = instants.into_iter().skip_while(|at| !is_lost(*at));
    let first = coming.next()?;
    let to = coming.find(|at| !is_lost(*at));
    Some(GapLeft { object, part, span: Span { from: first, to } })
}

/// The outcomes for which the one who is gone would answer, and another answers at once.
pub(super) fn passed(case: &Case<'_>, touched: &BTreeSet<Object>) -> Vec<Passed> {
    let mut passed: Vec<Passed> = Vec::new();
    for object in touched {
        let Object::Outcome(outcome) = *object else { continue };
        let instants = instants([case.picture, &case.after], &[*object], &BTreeSet::new(), case.from);
        let mut changes = instants.into_iter().filter_map(|at| {
            let (was, _) = answers(case.picture, *object, at).ok()?;
            let (person, via) = answers(&case.after, *object, at).ok()?;
            (was != person).then_some((at, person, via))
        });
        if let Some((from, person, via)) = changes.next() {
            passed.push(Passed { outcome, stake: case.stake(*object), person, via, from });
        }
    }
    passed.sort_by(|a, b| b.stake.total_cmp(&a.stake).then(a.outcome.cmp(&b.outcome)));
    passed
}
