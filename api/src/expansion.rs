//! Expansion: what the entries of a list name, sent with them, so that a page needs no further calls.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::marker::PhantomData;

use remit_domain::entity::Kept;
use remit_domain::id::{Id, Identified};
use remit_domain::measure::Measure;
use remit_domain::outcome::Outcome;
use remit_domain::person::Person;
use remit_domain::role::Role;
use remit_domain::team::Team;
use remit_persistence::{ReadTx, When};
use serde::Serialize;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::auth::Eyes;
use crate::outcome::wire::OutcomeView;
use crate::period::PeriodView;
use crate::person::PersonView;
use crate::problem::Problem;
use crate::resource::{Resource, shown};
use crate::role::RoleView;
use crate::team::TeamView;
use crate::theme::ThemeView;
use crate::wire::Shown;

/// A noun whose lists can be expanded.
pub trait Expandable: Identified {
    /// What an entry of it names. The id of a `team` is the entry's `team_id`.
    const RELATIONS: &'static [&'static str];
}
impl Expandable for Outcome {
    const RELATIONS: &'static [&'static str] = &["owner", "period", "team", "theme"];
}
impl Expandable for Measure {
    const RELATIONS: &'static [&'static str] = &["outcome"];
}
impl Expandable for Role {
    const RELATIONS: &'static [&'static str] = &["reports_to", "team"];
}
impl Expandable for Person {
    const RELATIONS: &'static [&'static str] = &["manager"];
}
impl Expandable for Team {
    const RELATIONS: &'static [&'static str] = &["parent"];
}

/// A relation of a noun, for the contract.
pub struct Relation<T>(PhantomData<T>);
impl<T: Expandable> PartialSchema for Relation<T> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .enum_values(Some(T::RELATIONS.iter().copied()))
            .description(Some("What an entry names, to be sent with it."))
            .into()
    }
}
impl<T: Expandable> ToSchema for Relation<T> {
    fn name() -> Cow<'static, str> {
        let noun = T::NOUN;
        let (first, rest) = noun.split_at(1);
        format!("{}{rest}Relation", first.to_uppercase()).into()
    }
}

/// What a list is to be expanded by.
#[derive(Clone, Default)]
pub struct Expansion(Vec<&'static str>);

impl Expansion {
    /// Reads relations that are separated by commas.
    ///
    /// # Errors
    /// 400 that names the relations that there are.
    pub fn read<T: Expandable>(text: Option<&str>) -> Result<Self, Problem> {
        let named = text.into_iter().flat_map(|text| text.split(','));
        let relations = named.map(|name| {
            let relation = T::RELATIONS.iter().find(|relation| **relation == name);
            let unknown = || format!("must be of {}", T::RELATIONS.join(", "));
            relation.copied().ok_or_else(|| Problem::parameter("expand", "unknown", unknown()))
        });
        relations.collect::<Result<_, _>>().map(Self)
    }

    /// What the entries of a page name, if anything was asked for.
    ///
    /// # Errors
    /// What the store says.
    pub fn of<V: Serialize>(
        &self,
        entries: &[V],
        tx: &mut ReadTx<'_>,
        when: When,
        eyes: Eyes,
    ) -> Result<Option<Expanded>, Problem> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let mut named = Named { relations: &self.0, texts: BTreeSet::new() };
        for entry in entries {
            named.note(entry);
        }
        let mut look = Look { named: &named, tx, when, eyes };
        Ok(Some(Expanded {
            outcomes: look.up(&["outcome"])?,
            people: look.up(&["owner", "manager"])?,
            periods: look.up(&["period"])?,
            roles: look.up(&["reports_to"])?,
            teams: look.up(&["team", "parent"])?,
            themes: look.up(&["theme"])?,
        }))
    }
}

/// The ids that the entries of a page name.
struct Named<'a> {
    relations: &'a [&'static str],
    texts: BTreeSet<String>,
}

impl Named<'_> {
    fn note(&mut self, entry: &impl Serialize) {
        let Ok(entry) = serde_json::to_value(entry) else { return };
        let ids = self.relations.iter().filter_map(|relation| entry[format!("{relation}_id")].as_str());
        self.texts.extend(ids.map(str::to_owned));
    }
}

/// Those of one kind that were found.
type Found<T> = Vec<Shown<T, <T as Resource>::View>>;

/// Looking up what is named.
struct Look<'a, 'tx> {
    named: &'a Named<'a>,
    tx: &'a mut ReadTx<'tx>,
    when: When,
    eyes: Eyes,
}

impl Look<'_, '_> {
    /// Those of one kind, by id, where one of the relations that lead to it was asked for. Ids tell their kind.
    fn up<T: Resource>(&mut self, relations: &[&str]) -> Result<Option<Found<T>>, Problem> {
        if !self.named.relations.iter().any(|asked| relations.contains(asked)) {
            return Ok(None);
        }
        let ids = self.named.texts.iter().filter(|text| Id::<T>::parse(text).is_some()).cloned().collect();
        let found: Vec<Kept<T>> = self.tx.some(ids, self.when)?;
        Ok(Some(found.iter().map(|kept| shown(kept, self.eyes)).collect()))
    }
}

/// What the entries of a page name, each once, by id; a kind is there where a relation to it was asked for.
#[derive(Serialize, ToSchema)]
pub struct Expanded {
    /// The outcomes of measures.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 200)]
    outcomes: Option<Vec<OutcomeView>>,
    /// Owners and managers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 200)]
    people: Option<Vec<PersonView>>,
    /// The periods in which outcomes are planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 200)]
    periods: Option<Vec<PeriodView>>,
    /// The roles to which others report.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 200)]
    roles: Option<Vec<RoleView>>,
    /// The teams of outcomes and roles, and those to which teams belong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 200)]
    teams: Option<Vec<TeamView>>,
    /// The themes that outcomes serve.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 200)]
    themes: Option<Vec<ThemeView>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_list_cannot_be_expanded_by_is_named_with_what_it_can() {
        assert!(Expansion::read::<Outcome>(None).is_ok_and(|none| none.0.is_empty()));
        assert!(Expansion::read::<Outcome>(Some("team,owner")).is_ok_and(|two| two.0 == ["team", "owner"]));
        for text in ["", "team,", "measures", "Team", "team owner"] {
            assert!(Expansion::read::<Outcome>(Some(text)).is_err(), "{text}");
        }
        assert!(Expansion::read::<Measure>(Some("team")).is_err());
    }
}
