//! Giving a part: to a role or a person, in an outcome or a measure, once, by another system's id, or unless it is known.

use remit_domain::entity::{Kept, Valid};
use remit_domain::measure::Measure;
use remit_domain::outcome::{Outcome, OutcomeState};
use remit_domain::responsibility::{Object, Part, Responsibility};
use remit_domain::role::Subject;
use remit_persistence::{ReadTx, When, WriteTx};

use super::{ResponsibilityDocument, ResponsibilityFields, check, fields, location, subject, team_of};
use crate::auth::{Caller, Eyes};
use crate::authorize::{may_decide_outcome_by, within_narrowing};
use crate::dated;
use crate::problem::Problem;
use crate::resource::{Done, Resource, make_in, reference};
use crate::wire::{IdText, MomentText, Word, Words};

const OUTCOME: &str = "/outcome_id";
const MEASURE: &str = "/measure_id";

impl Resource for Responsibility {
    type Document = ResponsibilityDocument;
    type View = ResponsibilityFields;
    const PATH: &'static str = "/v1/responsibilities";
    const ONE_OF: &'static [&'static [&'static str]] = &[&["outcome_id", "measure_id"], &["role_id", "person_id"]];

    fn location(kept: &Kept<Self>) -> String {
        location(kept.object, kept.id)
    }
    fn document(kept: &Kept<Self>, _: Eyes) -> ResponsibilityDocument {
        let Self { object, part, subject, during, reason } = &*kept.value;
        let (outcome_id, measure_id) = match object {
            Object::Outcome(id) => (Some((*id).into()), None),
            Object::Measure(id) => (None, Some((*id).into())),
        };
        let (role_id, person_id) = match subject {
            Subject::Role(id) => (Some((*id).into()), None),
            Subject::Person(id) => (None, Some((*id).into())),
        };
        ResponsibilityDocument {
            outcome_id,
            measure_id,
            part: Word(*part),
            role_id,
            person_id,
            from: Some(MomentText(during.from.to_string())),
            to: during.to.map(|to| MomentText(to.to_string())),
            reason: reason.as_ref().map(Into::into),
        }
    }
    fn view(kept: &Kept<Self>, _: Eyes) -> ResponsibilityFields {
        fields(kept)
    }
    fn value(
        document: &ResponsibilityDocument,
        tx: &mut WriteTx<'_>,
        before: Option<&Kept<Self>>,
    ) -> Result<Valid<Self>, Problem> {
        let ResponsibilityDocument { outcome_id, measure_id, part, role_id, person_id, from, to, reason } = document;
        let object = object_of(tx, outcome_id.as_ref(), measure_id.as_ref())?;
        before.map_or(Ok(()), |before| stays(before, object))?;
        Ok(Valid::new(Self {
            object,
            part: part.0,
            subject: subject(tx, role_id.as_ref(), person_id.as_ref(), "")?,
            during: dated::span(tx, from.as_ref(), to.as_ref())?,
            reason: reason.as_ref().map(Words::text).transpose()?,
        })?)
    }
    fn check_restored(last: &Kept<Self>, value: &Self) -> Result<(), Problem> {
        stays(last, value.object)
    }
    /// Whether the credential's narrowing reaches the outcome or the measure; and who is accountable for what is more
    /// than proposed changes as in a handover.
    fn authorize(
        tx: &mut WriteTx<'_>,
        caller: &Caller,
        before: Option<&Kept<Self>>,
        after: Option<&Self>,
    ) -> Result<(), Problem> {
        let Some(object) = before.map(|before| before.object).or(after.map(|after| after.object)) else {
            return Ok(());
        };
        let team = team_of(tx, object)?;
        match object {
            Object::Measure(measure) if caller.measures.contains(&measure) => return Ok(()),
            Object::Measure(_) | Object::Outcome(_) => within_narrowing(caller, team)?,
        }
        let Object::Outcome(outcome) = object else { return Ok(()) };
        let before = before.map(|before| &*before.value);
        let is_accountable = before.iter().chain(&after).any(|one| one.part == Part::Accountable);
        let says = |one: &Self| (one.part, one.subject, one.during);
        if !is_accountable || before.map(says) == after.map(says) {
            return Ok(());
        }
        let outcome = tx.get(outcome, When::Present)?;
        match outcome.state {
            OutcomeState::Draft | OutcomeState::Proposed => Ok(()),
            OutcomeState::Active | OutcomeState::Closed | OutcomeState::Cancelled => {
                let when = tx.before();
                may_decide_outcome_by(tx, caller, &outcome, when)
            }
        }
    }
    /// I1 and I3 hold.
    fn settle(tx: &mut WriteTx<'_>, _before: Option<&Kept<Self>>, after: &Kept<Self>) -> Result<(), Problem> {
        check(tx, after.object)
    }
}

/// A responsibility is for one outcome or measure for ever.
fn stays(before: &Kept<Responsibility>, object: Object) -> Result<(), Problem> {
    let field = match object {
        _ if before.object == object => return Ok(()),
        Object::Outcome(_) => OUTCOME,
        Object::Measure(_) => MEASURE,
    };
    Err(Problem::field(field, "immutable", "is for ever: end this responsibility, and begin another under another id"))
}

/// The one object that a document names; it must exist.
fn object_of(
    tx: &mut ReadTx<'_>,
    outcome: Option<&IdText<Outcome>>,
    measure: Option<&IdText<Measure>>,
) -> Result<Object, Problem> {
    match (outcome, measure) {
        (Some(outcome), None) => Ok(Object::Outcome(reference(tx, outcome.id()?, OUTCOME)?.id)),
        (None, Some(measure)) => Ok(Object::Measure(reference(tx, measure.id()?, MEASURE)?.id)),
        (None, None) => Err(Problem::field(OUTCOME, "required", "or measure_id must be given")),
        (Some(_), Some(_)) => Err(Problem::field(MEASURE, "unexpected", "is not given together with outcome_id")),
    }
}

/// A document for what the path names, which it may name too.
///
/// # Errors
/// 404 when that is not there, 422 when the document names another.
pub fn placed(
    tx: &mut ReadTx<'_>,
    object: Object,
    document: ResponsibilityDocument,
) -> Result<ResponsibilityDocument, Problem> {
    team_of(tx, object)?;
    let other = |field| Err(Problem::field(field, "unexpected", "must be what the path names, or left out"));
    let outcome = document.outcome_id.as_ref().map(|id| id.id().map(Object::Outcome)).transpose()?;
    let measure = document.measure_id.as_ref().map(|id| id.id().map(Object::Measure)).transpose()?;
    if outcome.is_some_and(|named| named != object) {
        return other(OUTCOME);
    }
    if measure.is_some_and(|named| named != object) {
        return other(MEASURE);
    }
    Ok(match object {
        Object::Outcome(id) => ResponsibilityDocument { outcome_id: Some(id.into()), ..document },
        Object::Measure(id) => ResponsibilityDocument { measure_id: Some(id.into()), ..document },
    })
}

/// Gives a part in a write under way, unless the same is given at that time; I1 and I3 are left to be checked.
///
/// # Errors
/// What the document or the rules say.
pub fn ensure_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    document: &ResponsibilityDocument,
) -> Result<Option<Done<Responsibility>>, Problem> {
    let value = Responsibility::value(document, tx, None)?;
    Responsibility::authorize(tx, caller, None, Some(&value))?;
    let known = tx.responsibilities_of(value.object, When::Present)?;
    let is_known = known.iter().any(|one| {
        let same = one.subject == value.subject && one.part == value.part;
        // Where nothing says from when, it is enough that it is so now.
        let since =
            if document.from.is_some() { one.during == value.during } else { one.during.contains(value.during.from) };
        same && since
    });
    if is_known { Ok(None) } else { make_in(tx, caller, document, None).map(Some) }
}
