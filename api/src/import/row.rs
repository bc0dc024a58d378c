//! Rows: each kind's own write, and whether it changed anything.

use actix_web::web::Bytes;
use remit_domain::assignment::Assignment;
use remit_domain::entity::Kept;
use remit_domain::id::{Id, Identified};
use remit_domain::measure::Measure;
use remit_domain::outcome::{Outcome, OutcomeState};
use remit_domain::period::Period;
use remit_domain::person::Person;
use remit_domain::responsibility::{Object, Responsibility};
use remit_domain::role::Role;
use remit_domain::skill::Skill;
use remit_domain::team::Team;
use remit_domain::text::{External, Source, Text};
use remit_domain::theme::Theme;
use remit_persistence::{Stored, WriteTx};
use serde::de::DeserializeOwned;
use validator::Validate;

use super::{ImportKind, ImportRow, reference};
use crate::auth::Caller;
use crate::extract::read_json;
use crate::outcome::{parents, steps};
use crate::problem::{Kind, Problem};
use crate::resource::{Fields, Resource, put_in, reference as find, upsert_in};
use crate::{mission, responsibility};

/// What a row did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It made something, or brought it back.
    Created,
    /// It changed something.
    Updated,
    /// It said what was known.
    Unchanged,
}

/// Writes a row; names whose parts it changed, where that is left to be checked.
///
/// # Errors
/// What the operation of its kind says.
pub fn write(
    tx: &mut WriteTx<'_>,
    who: &Caller,
    kind: ImportKind,
    source: &Source,
    row: &ImportRow,
) -> Result<(Effect, Option<Object>), Problem> {
    if row.external_id.is_some() && !kind.has_external_id() {
        return Err(Problem::field("/external_id", "unexpected", "rows of this kind are known again by what they say"));
    }
    let before = tx.entries();
    let fields = reference::resolve(tx, kind, &row.fields)?;
    let mut touched = None;
    let made = match kind {
        ImportKind::Theme => upsert::<Theme>(tx, who, source, row, &fields)?,
        ImportKind::Period => upsert::<Period>(tx, who, source, row, &fields)?,
        ImportKind::Team => upsert::<Team>(tx, who, source, row, &fields)?,
        ImportKind::Skill => upsert::<Skill>(tx, who, source, row, &fields)?,
        ImportKind::Person => upsert::<Person>(tx, who, source, row, &fields)?,
        ImportKind::Role => upsert::<Role>(tx, who, source, row, &fields)?,
        ImportKind::Assignment => upsert::<Assignment>(tx, who, source, row, &fields)?,
        ImportKind::Outcome => upsert::<Outcome>(tx, who, source, row, &fields)?,
        ImportKind::Measure => upsert::<Measure>(tx, who, source, row, &fields)?,
        ImportKind::Mission => {
            mission::ensure_in(tx, who, &document(&fields)?)?;
            true
        }
        ImportKind::PersonSkill => {
            let (person, rest) = named::<Person>(tx, fields, "person_id")?;
            crate::person::skill::ensure_in(tx, person.id, &document(&rest)?)?;
            true
        }
        ImportKind::Membership => {
            let (team, rest) = named::<Team>(tx, fields, "team_id")?;
            crate::team::member::ensure_in(tx, who, team.id, &document(&rest)?)?;
            true
        }
        ImportKind::Responsibility => {
            let done = match external(source, row)? {
                Some(external) => {
                    let sent = bytes(&fields)?;
                    Some(put_in::<Responsibility>(tx, who, &external, (&sent, &fields), |_| Ok(()))?)
                }
                None => responsibility::ensure_in(tx, who, &document(&fields)?)?,
            };
            touched = done.as_ref().filter(|done| done.is_changed()).map(|done| done.after.object);
            done.is_some_and(|done| done.is_new)
        }
        ImportKind::Alignment => {
            let (child, mut rest) = named::<Outcome>(tx, fields, "child_id")?;
            let parent = text_of(&mut rest, "parent_id")?;
            let parent = parents::parent_of(&parent).map_err(|_| unknown("parent_id"))?;
            parents::set_in(tx, who, &child, parent, &document(&rest)?, |_| Ok(()))?.1
        }
        ImportKind::Proposal => {
            let (outcome, rest) = named::<Outcome>(tx, fields, "outcome_id")?;
            // What is further on has been put forward.
            if outcome.state == OutcomeState::Draft {
                steps::propose_in(tx, who, outcome, &document(&rest)?)?;
            }
            false
        }
        ImportKind::Activation => {
            let (outcome, rest) = named::<Outcome>(tx, fields, "outcome_id")?;
            if outcome.state != OutcomeState::Active {
                steps::activate_in(tx, who, outcome, &document(&rest)?)?;
            }
            false
        }
    };
    // The log tells whether anything happened at all.
    let effect = match (tx.entries() > before, made) {
        (false, _) => Effect::Unchanged,
        (true, true) => Effect::Created,
        (true, false) => Effect::Updated,
    };
    Ok((effect, touched))
}

/// The name that a row has in the other system.
fn external(source: &Source, row: &ImportRow) -> Result<Option<External>, Problem> {
    let id = row.external_id.as_deref().map(Text::new).transpose();
    let id = id.map_err(|error| Problem::field("/external_id", "text_malformed", error.to_string()))?;
    Ok(id.map(|id| External { source: source.clone(), id }))
}

fn upsert<T: Resource>(
    tx: &mut WriteTx<'_>,
    who: &Caller,
    source: &Source,
    row: &ImportRow,
    fields: &Fields,
) -> Result<bool, Problem> {
    let external = external(source, row)?;
    let external = external.ok_or_else(|| Problem::field("/external_id", "required", "is missing"))?;
    Ok(upsert_in::<T>(tx, who, &external, (&bytes(fields)?, fields), |_| Ok(()))?.is_new)
}

fn bytes(fields: &Fields) -> Result<Bytes, Problem> {
    let bytes = serde_json::to_vec(fields).map_err(|_| Problem::new(Kind::Internal, "Something failed here."))?;
    Ok(bytes.into())
}

fn document<D: DeserializeOwned + Validate>(fields: &Fields) -> Result<D, Problem> {
    read_json(&bytes(fields)?)
}

fn unknown(field: &str) -> Problem {
    Problem::field(format!("/{field}"), "unknown_reference", "there is no such thing")
}

/// Takes a text out of the fields.
fn text_of(fields: &mut Fields, name: &str) -> Result<String, Problem> {
    let missing = || Problem::field(format!("/{name}"), "required", "is missing");
    let value = fields.remove(name).ok_or_else(missing)?;
    let wrong = |_| Problem::field(format!("/{name}"), "wrong_type", "must be a string");
    serde_json::from_str(value.get()).map_err(wrong)
}

/// Takes the thing that a row is about out of its fields.
fn named<T: Stored + Identified>(
    tx: &mut WriteTx<'_>,
    mut fields: Fields,
    name: &str,
) -> Result<(Kept<T>, Fields), Problem> {
    let id = text_of(&mut fields, name)?;
    let id: Id<T> = Id::parse(&id).ok_or_else(|| unknown(name))?;
    Ok((find(tx, id, &format!("/{name}"))?, fields))
}
