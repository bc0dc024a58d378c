//! A handover: one interval closes and the next opens at the same instant, so that nobody is missing between.

use crate::entity::{Kept, Valid};
use crate::responsibility::{Object, Part, Responsibility, ResponsibilityId};
use crate::role::Subject;
use crate::text::Statement;
use crate::time::{Instant, Span};

/// A change of who has a part: one interval closes and the next opens at the same instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Handover {
    /// The responsibility that ends.
    pub closes: ResponsibilityId,
    /// What is left of it; `None` when it would have begun at that very instant, so that nothing is.
    pub remains: Option<Responsibility>,
    /// The responsibility that begins. It ends when the old one would have ended.
    pub opens: Responsibility,
}

/// Why a handover was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoverError {
    /// Nobody has the part at that instant.
    NobodyToRelieve,
    /// Several have it; say which.
    SeveralToRelieve,
    /// It would pass from a subject to itself.
    SameSubject,
}

/// Plans a handover of one part of one object at an instant.
///
/// `from` names who is relieved; it may be left out where only one has the part.
///
/// # Errors
/// [`HandoverError`] says why there is no such change. I1 and I3 are checked on [`Handover::after`].
pub fn handover(
    responsibilities: &[Kept<Responsibility>],
    (object, part): (Object, Part),
    from: Option<Subject>,
    to: Subject,
    at: Instant,
    reason: Option<Statement>,
) -> Result<Handover, HandoverError> {
    let mut relieved = responsibilities.iter().filter(|one| {
        one.object == object
            && one.part == part
            && one.during.contains(at)
            && from.is_none_or(|subject| subject == one.subject)
    });
    let old = relieved.next().ok_or(HandoverError::NobodyToRelieve)?;
    if relieved.next().is_some() {
        return Err(HandoverError::SeveralToRelieve);
    }
    if old.subject == to {
        return Err(HandoverError::SameSubject);
    }
    let remains =
        Span::new(old.during.from, Some(at)).map(|during| Responsibility { during, ..old.value.clone().into_inner() });
    let during = Span { from: at, to: old.during.to };
    Ok(Handover { closes: old.id, remains, opens: Responsibility { object, part, subject: to, during, reason } })
}

impl Handover {
    /// The responsibilities as they stand after the change, for the checks of I1 and I3.
    pub fn after(&self, before: &[Kept<Responsibility>]) -> Vec<Responsibility> {
        let kept = before.iter().filter(|one| one.id != self.closes).map(|one| Valid::into_inner(one.value.clone()));
        kept.chain(self.remains.clone()).chain([self.opens.clone()]).collect()
    }
}
