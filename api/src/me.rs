//! Who is calling: what a credential is, what it may do, and which roles its person holds.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::assignment::{Assignment, AssignmentKind};
use remit_domain::credential::{NARROWING_MAX, Scope};
use remit_domain::duty::Duty;
use remit_domain::entity::Kept;
use remit_domain::measure::Measure;
use remit_domain::organization::Organization;
use remit_domain::person::{Person, PersonId};
use remit_domain::role::Role;
use remit_domain::team::Team;
use remit_domain::time::Instant;
use remit_persistence::{ReadTx, When};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Answer, answer_caller};
use crate::auth::{Allowed, Anyone, Caller};
use crate::duty::{DutyView, duties};
use crate::extract::Parameters;
use crate::problem::Problem;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::wire::{IdText, InstantText, Listed, Word, Words};

type Title = Words<200>;
type OrganizationId = IdText<Organization>;
type PersonText = IdText<Person>;
type RoleId = IdText<Role>;
type ScopeWord = Word<Scope>;
type AssignmentKindWord = Word<AssignmentKind>;
type ScopeList = Listed<ScopeWord, 10>;
type MeasureIds = Listed<IdText<Measure>, NARROWING_MAX>;
type TeamIds = Listed<IdText<Team>, NARROWING_MAX>;

/// Who is calling.
#[derive(Serialize, ToSchema)]
#[schema(as = Me)]
struct MeView {
    organization_id: OrganizationId,
    /// The credential: an API key's id, or a token's issuer and subject.
    #[schema(max_length = 500)]
    credential: String,
    /// The person for whom it acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<PersonNameView>,
    /// What it may do.
    scopes: ScopeList,
    /// The only measures that it may write to; all where there is none.
    measure_ids: MeasureIds,
    /// The only teams whose outcomes it may write to; all where there is none.
    team_ids: TeamIds,
    /// From when it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<InstantText>,
    /// The roles that the person holds, or stands in for, now.
    #[schema(max_items = 1000)]
    roles: Vec<RoleHeldView>,
    /// What the person owes now, the earliest first: at most 50; absent where there is no person, or no scope to read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 50)]
    duties: Option<Vec<DutyView>>,
    /// How many duties there are in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    duties_count: Option<usize>,
}

/// A person, by id and name.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonName)]
struct PersonNameView {
    id: PersonText,
    /// The name that is shown.
    name: Title,
}

/// A role that a person holds.
#[derive(Serialize, ToSchema)]
#[schema(as = RoleHeld)]
struct RoleHeldView {
    id: RoleId,
    /// Its title.
    title: Title,
    /// In what way it is held.
    kind: AssignmentKindWord,
}

/// Nothing is asked of this path.
#[derive(serde::Deserialize, validator::Validate)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Duties that are shown here; all are in the list of their own.
const DUTIES_SHOWN: usize = 50;

fn view(
    caller: &Caller,
    person: Option<PersonNameView>,
    roles: Vec<RoleHeldView>,
    duties: Option<Vec<Duty>>,
) -> MeView {
    let Caller { organization, credential, actor: _, person: _, scopes, measures, teams, expires_at } = caller;
    MeView {
        organization_id: (*organization).into(),
        credential: credential.clone(),
        person,
        scopes: Listed(scopes.list().into_iter().map(Word).collect()),
        measure_ids: Listed(measures.iter().copied().map(Into::into).collect()),
        team_ids: Listed(teams.iter().copied().map(Into::into).collect()),
        expires_at: expires_at.map(Into::into),
        roles,
        duties_count: duties.as_ref().map(Vec::len),
        duties: duties.map(|all| all.into_iter().take(DUTIES_SHOWN).map(DutyView::from).collect()),
    }
}

fn roles_held(tx: &mut ReadTx<'_>, person: PersonId, at: Instant) -> Result<Vec<RoleHeldView>, Problem> {
    let assignments: Vec<Kept<Assignment>> = tx.assignments_of_person(person, When::Present)?;
    let held = assignments.iter().filter(|one| one.kind.answers() && one.during.contains(at));
    let held = held.map(|one| Ok(tx.find(one.role, When::Present)?.map(|role| (one.kind, role))));
    held.filter_map(Result::transpose)
        .map(|held| {
            held.map(|(kind, role)| RoleHeldView { id: role.id.into(), title: (&role.title).into(), kind: Word(kind) })
        })
        .collect()
}

/// Read who is calling.
#[utoipa::path(tag = "organization", operation_id = "getMe",
    responses((status = 200, description = "The credential, its person, and the roles held now.", body = MeView)),
    security(("bearer" = [])))]
#[get("/v1/me")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Anyone>,
    _: Parameters<Nothing>,
) -> Result<HttpResponse, Problem> {
    let who = caller.caller.clone();
    answer_caller(&remit, &request, &caller, move |remit, tx, reading| {
        let person = who.person.map(|person| tx.find(person, When::Present)).transpose()?.flatten();
        let roles = person.as_ref().map_or(Ok(Vec::new()), |person| roles_held(tx, person.id, reading.at))?;
        let owing = person.as_ref().filter(|_| who.scopes.allow(Scope::Read)).map(|person| person.id);
        let mut owed = None;
        if let Some(person) = owing {
            let pictured = remit.picture(tx, reading)?;
            owed = Some(duties(tx, &pictured, pictured.findings(), person, reading.when)?);
        }
        let name = person.map(|person| PersonNameView { id: person.id.into(), name: (&person.name).into() });
        Answer::json(&view(&who, name, roles, owed))
    })
    .await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(read);
}
