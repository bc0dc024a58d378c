//! Giving a part: to a role or a person, in an outcome or a measure, once or whatever is known.

use remit_domain::entity::{Kept, Valid};
use remit_domain::responsibility::{Object, Responsibility};
use remit_persistence::{When, WriteTx};

use super::{ResponsibilityDocument, authorize, check, subject};
use crate::auth::Caller;
use crate::dated;
use crate::problem::Problem;
use crate::wire::Words;

/// Gives a part in a write under way.
///
/// # Errors
/// 404 for what is not there, or what the document or the rules say.
pub fn create_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    object: Object,
    document: &ResponsibilityDocument,
) -> Result<Kept<Responsibility>, Problem> {
    authorize(tx, caller, object)?;
    let value = value(tx, object, document)?;
    keep(tx, value)
}

/// Gives a part in a write under way, unless the same is given at that time.
///
/// # Errors
/// As [`create_in`].
pub fn ensure_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    object: Object,
    document: &ResponsibilityDocument,
) -> Result<(), Problem> {
    authorize(tx, caller, object)?;
    let value = value(tx, object, document)?;
    let known = tx.responsibilities_of(object, When::Present)?;
    let is_known = known.iter().any(|one| {
        let same = one.subject == value.subject && one.part == value.part;
        // Where nothing says from when, it is enough that it is so now.
        let since =
            if document.from.is_some() { one.during == value.during } else { one.during.contains(value.during.from) };
        same && since
    });
    if is_known { Ok(()) } else { keep(tx, value).map(|_| ()) }
}

fn value(tx: &mut WriteTx<'_>, object: Object, document: &ResponsibilityDocument) -> Result<Responsibility, Problem> {
    let ResponsibilityDocument { part, role_id, person_id, from, to, reason } = document;
    Ok(Responsibility {
        object,
        part: part.0,
        subject: subject(tx, role_id.as_ref(), person_id.as_ref(), "")?,
        during: dated::span(tx, from.as_ref(), to.as_ref())?,
        reason: reason.as_ref().map(Words::text).transpose()?,
    })
}

fn keep(tx: &mut WriteTx<'_>, value: Responsibility) -> Result<Kept<Responsibility>, Problem> {
    let object = value.object;
    let kept = tx.create(Valid::new(value)?, None, None)?;
    check(tx, object)?;
    Ok(kept)
}
