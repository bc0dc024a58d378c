//! Leaving and coming back: a person who goes is never held back by a rule (I4).

use std::collections::BTreeSet;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use remit_domain::accountability::who_answers;
use remit_domain::entity::{Kept, Valid};
use remit_domain::outcome::OutcomeId;
use remit_domain::person::{Deactivation, Person, PersonError, PersonId, deactivate, reactivate};
use remit_domain::responsibility::{Object, Part};
use remit_domain::role::{RoleId, Subject};
use remit_domain::time::{Day, Instant, plus_days};
use remit_persistence::{When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::PersonView;
use crate::auth::{Allowed, PeopleWrite};
use crate::dated::apply;
use crate::extract::{OptionalDocument, Parameters, path_id};
use crate::problem::Problem;
use crate::resource::{missing, shown};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::wire::DayText;
use crate::writing::{Intent, Reply, WriteParameters, write};

/// How a person leaves.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"left_on": "2026-06-30"}))]
pub struct DeactivationDocument {
    /// The last day, today where nothing is said. What the person held ends with it; where it is still to come, now.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left_on: Option<DayText>,
}

/// Deactivate a person who leaves: assignments and memberships end, responsibilities stay and become findings.
#[utoipa::path(tag = "people", operation_id = "deactivatePerson", request_body = Option<DeactivationDocument>,
    responses((status = 200, description = "The person, inactive.", body = PersonView)),
    security(("bearer" = ["people:write"])))]
#[post("/v1/people/{id}/deactivate")]
async fn leave(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: OptionalDocument,
) -> Result<HttpResponse, Problem> {
    let id: PersonId = path_id(&id)?;
    let DeactivationDocument { left_on } = body.read()?;
    let left_on = left_on.as_ref().map(DayText::day).transpose()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, body.bytes())?;
    let eyes = caller.eyes();
    let answer = write(&remit, &caller, intent, move |remit, tx, intent| {
        let person = tx.get(id, When::Present).map_err(missing::<Person>)?;
        intent.accept_match(remit, person.version)?;
        let person = let_go(tx, person, left_on)?;
        Ok(Reply::ok(&shown(&person, eyes))?.version(remit, person.version))
    })
    .await;
    // The credentials of one who has left are refused from now on.
    remit.forget_callers();
    answer
}

/// Ends what a person holds and marks the person inactive; who has left already stays so.
pub(super) fn let_go(
    tx: &mut WriteTx<'_>,
    person: Kept<Person>,
    left_on: Option<Day>,
) -> Result<Kept<Person>, Problem> {
    if person.erased {
        return Ok(person);
    }
    let now = tx.now();
    let organization = tx.organization(When::Present)?;
    let zone = organization.zone_at(now);
    let known = person.left_on.filter(|_| !person.active);
    let left_on = left_on.or(known).unwrap_or_else(|| zone.day_of(now));
    let left_on = person.joined_on.map_or(left_on, |joined| joined.max(left_on));
    let at = zone.start_of(plus_days(left_on, 1)).min(now);

    let assignments = tx.assignments_of_person(person.id, When::Present)?;
    let memberships = tx.memberships_of_person(person.id, When::Present)?;
    let answered = answered_for(tx, &person, assignments.iter().map(|one| one.role), now)?;
    let leaving = deactivate(&person, &assignments, &memberships, at, left_on);
    let Deactivation { person: left, assignments: ended, memberships: left_teams } = leaving;
    apply(tx, assignments, ended, "ended")?;
    apply(tx, memberships, left_teams, "ended")?;
    let holds_from = Some(at);
    let id = person.id;
    let person = tx.change(person, Valid::new(left)?, "deactivated", holds_from)?;
    for outcome in answered {
        let picture = tx.who_stands_for(Object::Outcome(outcome), now, When::Present)?;
        if let Err(gap) = who_answers(&picture, outcome, now) {
            tx.note_orphaned(outcome, id, gap)?;
        }
    }
    Ok(person)
}

/// The outcomes for which somebody answers now, among those that name the person or one of some roles.
fn answered_for(
    tx: &mut WriteTx<'_>,
    person: &Kept<Person>,
    roles: impl Iterator<Item = RoleId>,
    now: Instant,
) -> Result<Vec<OutcomeId>, Problem> {
    let mut named = tx.responsibilities_naming(Subject::Person(person.id), When::Present)?;
    let roles: BTreeSet<_> = roles.collect();
    for role in roles {
        named.extend(tx.responsibilities_naming(Subject::Role(role), When::Present)?);
    }
    let mut outcomes = BTreeSet::new();
    for one in named.iter().filter(|one| one.part == Part::Accountable && one.during.contains(now)) {
        match one.object {
            Object::Outcome(outcome) => outcomes.insert(outcome),
            Object::Measure(_) => false,
        };
    }
    let mut answered = Vec::new();
    for outcome in outcomes {
        let picture = tx.who_stands_for(Object::Outcome(outcome), now, When::Present)?;
        answered.extend(who_answers(&picture, outcome, now).is_ok().then_some(outcome));
    }
    Ok(answered)
}

/// How a person comes back.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"joined_on": "2026-09-01"}))]
pub struct ReactivationDocument {
    /// The first day of the new time; where nothing is said the first day stays what it was.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    joined_on: Option<DayText>,
}

/// Reactivate a person who comes back: what ended with the leaving stays ended, and what names the person counts again.
#[utoipa::path(tag = "people", operation_id = "reactivatePerson", request_body = Option<ReactivationDocument>,
    responses((status = 200, description = "The person, active.", body = PersonView)),
    security(("bearer" = ["people:write"])))]
#[post("/v1/people/{id}/reactivate")]
async fn come_back(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: OptionalDocument,
) -> Result<HttpResponse, Problem> {
    let id: PersonId = path_id(&id)?;
    let ReactivationDocument { joined_on } = body.read()?;
    let joined_on = joined_on.as_ref().map(DayText::day).transpose()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, body.bytes())?;
    let eyes = caller.eyes();
    let answer = write(&remit, &caller, intent, move |remit, tx, intent| {
        let person = tx.get(id, When::Present).map_err(missing::<Person>)?;
        intent.accept_match(remit, person.version)?;
        if person.erased {
            return Err(PersonError::Erased.into());
        }
        let back = reactivate(&person, joined_on);
        let person = tx.change(person, Valid::new(back)?, "reactivated", None)?;
        Ok(Reply::ok(&shown(&person, eyes))?.version(remit, person.version))
    })
    .await;
    // A credential of one who was away is accepted again.
    remit.forget_callers();
    answer
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(leave).service(come_back);
}
