//! People: who there is, who leads whom, and who has left.

mod deactivation;
mod erasure;
mod export;
mod notice;
pub mod skill;

use std::collections::HashSet;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put};
use remit_domain::credential::Scope;
use remit_domain::entity::{Kept, Valid};
use remit_domain::id::Id;
use remit_domain::person::{Person, PersonError};
use remit_domain::team::Team;
use remit_domain::time::Instant;
use remit_persistence::{Name, ReadTx, When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::answer::Reading;
use crate::auth::{Allowed, Eyes, PeopleWrite, Read};
use crate::dated::next_boundary;
use crate::expansion::{Expanded, Expansion, Relation};
use crate::extract::{Document, Parameters};
use crate::hierarchy::check_parent;
use crate::problem::Problem;
use crate::resource::{self, Listing, Resource};
use crate::routing::ServiceConfig;
use crate::sorting::{NameSort, by_name, found_in};
use crate::state::Remit;
use crate::travel::{Travel, TravelParameters};
use crate::wire::{DayText, EmailText, IdText, MergePatch, MomentText, Shown, Words, ZoneText};
use crate::writing::WriteParameters;

type PersonRelation = Relation<Person>;
type Title = Words<200>;
type PersonId = IdText<Person>;
type TeamId = IdText<Team>;

/// A person of the organization.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ada Lovelace", "email": "ada@example.org", "joined_on": "2024-01-15"}))]
pub struct PersonDocument {
    /// The name that is shown.
    #[validate(nested)]
    name: Title,
    /// Unique in the organization.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<EmailText>,
    /// Who leads this person.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    manager_id: Option<PersonId>,
    /// The person's own zone, where it is not the organization's.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time_zone: Option<ZoneText>,
    /// The first day.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    joined_on: Option<DayText>,
    /// The last day; it may be announced before it comes.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left_on: Option<DayText>,
}

/// A person. Without the scope `people:read` only the id, the name and whether the person is active are shown.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonDocument)]
pub struct PersonFields {
    /// The name that is shown.
    name: Title,
    /// Whether the person can answer for anything; ended by deactivation.
    active: bool,
    /// Whether everything personal was erased; then the name is a placeholder.
    erased: bool,
    /// Unique in the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<EmailText>,
    /// Who leads this person.
    #[serde(skip_serializing_if = "Option::is_none")]
    manager_id: Option<PersonId>,
    /// The person's own zone, where it is not the organization's.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<ZoneText>,
    /// The first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    joined_on: Option<DayText>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_on: Option<DayText>,
}

/// A person as it is read.
pub type PersonView = Shown<Person, PersonFields>;
type PersonPatch = MergePatch<PersonDocument>;

/// A page of people.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct PersonPage {
    /// The people.
    #[schema(max_items = 200)]
    data: Vec<PersonView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
    /// What the entries name, where `expand` asks for it.
    expanded: Option<Expanded>,
}

/// What people are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PersonFilter {
    /// Those who are active, or those who are not.
    active: Option<bool>,
    /// Those who are in this team then.
    #[validate(nested)]
    team: Option<TeamId>,
    /// Those whom this person leads; needs the scope `people:read`.
    #[validate(nested)]
    manager: Option<PersonId>,
    /// Those whose name contains this, or with the scope `people:read` their address; case and accents are folded.
    #[validate(nested)]
    q: Option<Title>,
    /// The order; without it they come in the order in which they were made.
    sort: Option<NameSort>,
    /// What the entries name, to be sent with them (not in CSV); several, separated by commas.
    #[validate(length(max = 200))]
    #[param(value_type = Vec<PersonRelation>, required = false, style = Form, explode = false, min_items = 1, max_items = 10)]
    expand: Option<String>,
    /// Entries of a page.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// The cursor of the page before.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    after: Option<String>,
    /// What was true then.
    #[validate(nested)]
    as_of: Option<MomentText>,
    /// As recorded by then: an instant, a day, or a revision.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    known_at: Option<String>,
    /// In CSV, leaves text that a spreadsheet would run as it is.
    #[serde(default)]
    raw: bool,
}

impl Resource for Person {
    type Document = PersonDocument;
    type View = PersonFields;
    const PATH: &'static str = "/v1/people";
    const EXTERNAL_IS_PERSONAL: bool = true;

    fn document(kept: &Kept<Self>, eyes: Eyes) -> PersonDocument {
        let PersonFields { name, active: _, erased: _, email, manager_id, time_zone, joined_on, left_on } =
            Self::view(kept, eyes);
        PersonDocument { name, email, manager_id, time_zone, joined_on, left_on }
    }
    fn view(kept: &Kept<Self>, eyes: Eyes) -> PersonFields {
        let Self { name, email, manager, zone, active, joined_on, left_on, erased } = &*kept.value;
        let (name, active, erased) = (name.into(), *active, *erased);
        match eyes {
            Eyes::Names => PersonFields {
                name,
                active,
                erased,
                email: None,
                manager_id: None,
                time_zone: None,
                joined_on: None,
                left_on: None,
            },
            Eyes::People => PersonFields {
                name,
                active,
                erased,
                email: email.as_ref().map(|email| EmailText(email.as_str().into())),
                manager_id: manager.map(Into::into),
                time_zone: zone.as_ref().map(|zone| ZoneText(zone.name().into())),
                joined_on: joined_on.map(Into::into),
                left_on: left_on.map(Into::into),
            },
        }
    }
    fn value(
        document: &PersonDocument,
        tx: &mut WriteTx<'_>,
        before: Option<&Kept<Self>>,
    ) -> Result<Valid<Self>, Problem> {
        let PersonDocument { name, email, manager_id, time_zone, joined_on, left_on } = document;
        if before.is_some_and(|before| before.erased) {
            return Err(PersonError::Erased.into());
        }
        let manager = manager_id.as_ref().map(IdText::id).transpose()?;
        let manager = manager.map(|manager| resource::reference(tx, manager, "/manager_id")).transpose()?;
        Ok(Valid::new(Self {
            name: name.text()?,
            email: email.as_ref().map(EmailText::value).transpose()?,
            manager: manager.map(|manager| manager.id),
            zone: time_zone.as_ref().map(ZoneText::value).transpose()?,
            active: before.is_none_or(|before| before.active),
            joined_on: joined_on.as_ref().map(DayText::day).transpose()?,
            left_on: left_on.as_ref().map(DayText::day).transpose()?,
            erased: false,
        })?)
    }
    fn holds_from(person: &Self, tx: &mut WriteTx<'_>) -> Result<Option<Instant>, Problem> {
        let Some(joined_on) = person.joined_on else { return resource::since_mission(tx) };
        let now = tx.now();
        Ok(Some(tx.organization(When::Present)?.zone_at(now).start_of(joined_on)))
    }
    fn settle(tx: &mut WriteTx<'_>, before: Option<&Kept<Self>>, after: &Kept<Self>) -> Result<(), Problem> {
        let address = |person: &Kept<Self>| person.email.as_ref().map(|email| email.as_str().to_owned());
        let (old, new) = (before.and_then(address), address(after));
        if old != new {
            if let Some(old) = old {
                tx.release(&Name::Email(&old), after.id)?;
            }
            if let Some(new) = new {
                tx.claim(&Name::Email(&new), after.id)?;
            }
        }
        match (before, after.manager) {
            (Some(before), Some(manager)) if before.manager != Some(manager) => {
                check_parent(tx, after.id, manager, |person| person.manager)
            }
            // Nobody is led by who is new.
            (None | Some(_), None | Some(_)) => Ok(()),
        }
    }
    /// An address is lent, not given: another may bear it afterwards.
    fn before_delete(tx: &mut WriteTx<'_>, kept: &Kept<Self>) -> Result<(), Problem> {
        if let Some(email) = &kept.email {
            tx.release(&Name::Email(email.as_str()), kept.id)?;
        }
        Ok(())
    }
}

/// The people who are in a team at an instant, and until when that stands.
fn members(tx: &mut ReadTx<'_>, team: &TeamId, reading: &Reading) -> Result<(HashSet<Id<Person>>, Instant), Problem> {
    let memberships = tx.memberships_of_team(team.id()?, reading.when)?;
    let until = next_boundary(memberships.iter().map(|one| &one.during), reading.at);
    let current = memberships.iter().filter(|one| one.during.contains(reading.at));
    Ok((current.map(|one| one.person).collect(), until))
}

/// List people.
#[utoipa::path(tag = "people", operation_id = "listPeople", params(PersonFilter),
    responses((status = 200, description = "The people.", body = PersonPage)), security(("bearer" = ["read"])))]
#[get("/v1/people")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<PersonFilter>,
) -> Result<HttpResponse, Problem> {
    let PersonFilter { active, team, manager, q, sort, expand, limit, after, as_of, known_at, raw } = filter.0;
    if manager.is_some() {
        caller.require(Scope::PeopleRead)?;
    }
    let manager = manager.as_ref().map(IdText::id).transpose()?;
    let search = q.as_ref().map(Words::text).transpose()?;
    let eyes = caller.eyes();
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    let expansion = Expansion::read::<Person>(expand.as_deref())?;
    resource::list_expanded::<Person, _>(&remit, &request, &caller, listing, expansion, move |remit, tx, reading| {
        let mut people: Vec<Kept<Person>> = remit.all(tx, reading)?;
        let mut until = Instant::END;
        people.retain(|person| active.is_none_or(|active| person.active == active));
        people.retain(|person| manager.is_none() || person.manager == manager);
        if let Some(team) = team {
            let (members, stands_until) = members(tx, &team, reading)?;
            people.retain(|person| members.contains(&person.id));
            until = stands_until;
        }
        if let Some(search) = search {
            let address = |person: &Kept<Person>| match eyes {
                Eyes::Names => None,
                Eyes::People => person.email.as_ref().map(|email| email.as_str().to_owned()),
            };
            people.retain(|person| {
                let address = address(person);
                found_in(search.as_str(), [person.name.as_str()].into_iter().chain(address.as_deref()))
            });
        }
        by_name(&mut people, sort, |person| person.name.as_str());
        Ok((people, until))
    })
    .await
}

/// Create a person.
#[utoipa::path(tag = "people", operation_id = "createPerson", request_body = PersonDocument,
    responses((status = 201, description = "The person.", body = PersonView)), security(("bearer" = ["people:write"])))]
#[post("/v1/people")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::create::<Person>(&remit, &request, &caller, parameters.0.validate_only, &body).await
}

/// Read a person.
#[utoipa::path(tag = "people", operation_id = "getPerson", params(TravelParameters),
    responses((status = 200, description = "The person.", body = PersonView)), security(("bearer" = ["read"])))]
#[get("/v1/people/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    resource::get::<Person>(&remit, &request, &caller, &id, travel.0.into()).await
}

/// Change a person.
#[utoipa::path(tag = "people", operation_id = "updatePerson",
    request_body(content = PersonPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The person.", body = PersonView)), security(("bearer" = ["people:write"])))]
#[patch("/v1/people/{id}")]
async fn change(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::change::<Person>(&remit, &request, &caller, &id, parameters.0.validate_only, &body).await
}

/// Delete a person whom nothing refers to; who leaves is deactivated, and not deleted.
#[utoipa::path(tag = "people", operation_id = "deletePerson",
    responses((status = 204, description = "It is gone from now on.")), security(("bearer" = ["people:write"])))]
#[delete("/v1/people/{id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    resource::delete::<Person>(&remit, &request, &caller, &id, parameters.0.validate_only).await
}

/// Create or change a person by another system's id.
#[utoipa::path(tag = "people", operation_id = "upsertPerson", request_body = PersonDocument,
    responses(
        (status = 200, description = "The person, changed.", body = PersonView),
        (status = 201, description = "The person, made or brought back.", body = PersonView),
    ), security(("bearer" = ["people:write"])))]
#[put("/v1/people/external/{source}/{external_id}")]
async fn upsert(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let names = (path.0.as_str(), path.1.as_str());
    resource::upsert::<Person>(&remit, &request, &caller, names, parameters.0.validate_only, &body).await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service
        .service(list)
        .service(create)
        .service(read)
        .service(change)
        .service(remove)
        .service(upsert)
        .configure(skill::operations)
        .configure(deactivation::operations)
        .configure(erasure::operations)
        .configure(export::operations)
        .configure(notice::operations);
}
