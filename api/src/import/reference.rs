//! References: names of other systems in place of ids, resolved before a document is read.

use std::collections::BTreeMap;

use remit_domain::id::Identified;
use remit_domain::measure::Measure;
use remit_domain::outcome::Outcome;
use remit_domain::period::Period;
use remit_domain::person::Person;
use remit_domain::role::Role;
use remit_domain::skill::Skill;
use remit_domain::team::Team;
use remit_domain::text::{External, Source, Text};
use remit_domain::theme::Theme;
use remit_persistence::{Name, ReadTx};
use serde_json::value::{RawValue, to_raw_value};

use super::ImportKind;
use crate::problem::{Kind, Problem};
use crate::resource::Fields;

/// What a field that holds an id refers to.
#[derive(Clone, Copy)]
enum Noun {
    Theme,
    Period,
    Team,
    Skill,
    Person,
    Role,
    Outcome,
    Measure,
}

fn noun_of(kind: ImportKind, field: &str) -> Option<Noun> {
    Some(match field {
        "theme_id" => Noun::Theme,
        "period_id" => Noun::Period,
        "team_id" => Noun::Team,
        "skill_id" => Noun::Skill,
        "person_id" | "owner_id" | "manager_id" | "verified_by" | "confirmed_by" => Noun::Person,
        "role_id" | "reports_to_id" => Noun::Role,
        "outcome_id" | "child_id" => Noun::Outcome,
        "measure_id" => Noun::Measure,
        "parent_id" => match kind {
            ImportKind::Team => Noun::Team,
            ImportKind::Period => Noun::Period,
            ImportKind::Alignment => Noun::Outcome,
            ImportKind::Mission
            | ImportKind::Theme
            | ImportKind::Skill
            | ImportKind::Person
            | ImportKind::PersonSkill
            | ImportKind::Membership
            | ImportKind::Role
            | ImportKind::Assignment
            | ImportKind::Outcome
            | ImportKind::Measure
            | ImportKind::Responsibility
            | ImportKind::Proposal
            | ImportKind::Activation => return None,
        },
        _ => return None,
    })
}

/// The fields with every name replaced by the id that bears it.
///
/// # Errors
/// 422 that names the field whose name nothing bears.
pub fn resolve(tx: &mut ReadTx<'_>, kind: ImportKind, fields: &Fields) -> Result<Fields, Problem> {
    let mut resolved = Fields::new();
    for (name, value) in fields {
        let replaced = replace(tx, kind, name, value, &format!("/{name}"))?;
        resolved.insert(name.clone(), replaced.unwrap_or_else(|| value.clone()));
    }
    Ok(resolved)
}

fn failed(_: serde_json::Error) -> Problem {
    Problem::new(Kind::Internal, "Something failed here.")
}

/// A value with its names replaced; nothing where there is none in it.
fn replace(
    tx: &mut ReadTx<'_>,
    kind: ImportKind,
    field: &str,
    value: &RawValue,
    pointer: &str,
) -> Result<Option<Box<RawValue>>, Problem> {
    let text = value.get();
    if !text.contains("ext:") && !text.contains("key:") {
        return Ok(None);
    }
    if text.starts_with('[') {
        let mut list: Vec<Box<RawValue>> = serde_json::from_str(text).map_err(failed)?;
        for (at, item) in list.iter_mut().enumerate() {
            if let Some(replaced) = replace(tx, kind, field, item, &format!("{pointer}/{at}"))? {
                *item = replaced;
            }
        }
        return to_raw_value(&list).map(Some).map_err(failed);
    }
    if text.starts_with('{') {
        let mut object: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).map_err(failed)?;
        for (name, item) in &mut object {
            if let Some(replaced) = replace(tx, kind, name, item, &format!("{pointer}/{name}"))? {
                *item = replaced;
            }
        }
        return to_raw_value(&object).map(Some).map_err(failed);
    }
    let Some(noun) = noun_of(kind, field) else { return Ok(None) };
    let name: String = serde_json::from_str(text).map_err(failed)?;
    let Some(id) = look_up(tx, noun, &name, pointer)? else { return Ok(None) };
    to_raw_value(&id).map(Some).map_err(failed)
}

/// The id that bears a name; nothing where the text is no name.
fn look_up(tx: &mut ReadTx<'_>, noun: Noun, name: &str, pointer: &str) -> Result<Option<String>, Problem> {
    let unknown =
        || Problem::field(pointer, "unknown_reference", format!("there is nothing that bears the name {name}"));
    if let Some(key) = name.strip_prefix("key:") {
        return Ok(Some(named::<Measure>(tx, &Name::Key(key))?.ok_or_else(unknown)?));
    }
    let Some(external) = name.strip_prefix("ext:") else { return Ok(None) };
    let external = external
        .split_once(':')
        .and_then(|(source, id)| Some(External { source: Source::parse(source)?, id: Text::new(id).ok()? }));
    let external = external.ok_or_else(|| Problem::field(pointer, "reference_malformed", "must be ext:SOURCE:ID"))?;
    let name = Name::External(&external);
    let id = match noun {
        Noun::Theme => named::<Theme>(tx, &name)?,
        Noun::Period => named::<Period>(tx, &name)?,
        Noun::Team => named::<Team>(tx, &name)?,
        Noun::Skill => named::<Skill>(tx, &name)?,
        Noun::Person => named::<Person>(tx, &name)?,
        Noun::Role => named::<Role>(tx, &name)?,
        Noun::Outcome => named::<Outcome>(tx, &name)?,
        Noun::Measure => named::<Measure>(tx, &name)?,
    };
    Ok(Some(id.ok_or_else(unknown)?))
}

fn named<T: Identified>(tx: &mut ReadTx<'_>, name: &Name<'_>) -> Result<Option<String>, Problem> {
    Ok(tx.named::<T>(name)?.map(|id| id.to_string()))
}
