//! Candidates for a role: how well people fit what it asks for, and how much is on them already.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::assignment::AssignmentKind;
use remit_domain::candidate::{Candidate, candidates, loads};
use remit_domain::person::Person;
use remit_domain::role::RoleId;
use remit_domain::skill::{Level, Skill};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::{Allowed, PeopleRead};
use crate::coverage::SkillNames;
use crate::csv_table;
use crate::dated::require_known;
use crate::extract::{Parameters, path_id};
use crate::outcome::progress::shown_number;
use crate::problem::Problem;
use crate::resource::{Listing, list_views};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::{IdText, MomentText, Word};

type PersonIdText = IdText<Person>;
type SkillIdText = IdText<Skill>;
type LevelWord = Word<Level>;
type KindWord = Word<AssignmentKind>;

/// A person, and how well that person fits a role.
#[derive(Serialize, ToSchema)]
#[schema(as = Candidate)]
pub struct CandidateView {
    person_id: PersonIdText,
    /// The name that is shown.
    #[schema(max_length = 200)]
    name: String,
    /// Σ w · min(level/required, 1) / Σ w; absent where the role asks for no skill.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    fit: Option<f64>,
    /// Whether no must skill is missing.
    ready: bool,
    /// The must skills that are missing.
    #[schema(max_items = 100)]
    missing: Vec<MissingSkillView>,
    /// For how many active outcomes the person answers already.
    #[schema(minimum = 0)]
    load: usize,
    /// Whether the person is in the team of the role.
    in_team: bool,
    /// In what way the person is tied to the role already.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<KindWord>,
}

/// A must skill that someone lacks.
#[derive(Serialize, ToSchema)]
#[schema(as = MissingSkill)]
pub struct MissingSkillView {
    skill_id: SkillIdText,
    /// Its name.
    #[schema(max_length = 200)]
    name: String,
    /// The level that is asked for.
    level: LevelWord,
}

/// A page of candidates.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct CandidatePage {
    /// The candidates, the better first.
    #[schema(max_items = 200)]
    data: Vec<CandidateView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// Which candidates are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CandidateFilter {
    /// Those who are ready, or those who are not.
    ready: Option<bool>,
    /// Those who are tied to the role already, or those who are not.
    assigned: Option<bool>,
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

/// List the active people by how well they fit a role.
#[utoipa::path(tag = "roles", operation_id = "listCandidates", params(CandidateFilter),
    responses((status = 200, description = "The people: who is ready first, then by fit, team and load.",
        body = CandidatePage)),
    security(("bearer" = ["people:read"])))]
#[get("/v1/roles/{id}/candidates")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleRead>,
    id: Path<String>,
    filter: Parameters<CandidateFilter>,
) -> Result<HttpResponse, Problem> {
    let id: RoleId = path_id(&id)?;
    let CandidateFilter { ready, assigned, limit, after, as_of, known_at, raw } = filter.0;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    let columns = || csv_table::columns_of::<CandidateView>();
    list_views(&remit, &request, &caller, listing, columns, move |remit, tx, reading| {
        require_known(tx, id, reading)?;
        let pictured = remit.picture(tx, reading)?;
        let picture = &pictured.picture;
        let Some(role) = picture.role(id) else { return Ok((Vec::new(), pictured.until())) };
        let names = SkillNames::load(tx, reading.when)?;
        let at = picture.at();
        let kind_of = |person| {
            let tied = picture.assignments_of_role(id).filter(|one| one.person == person && one.during.contains(at));
            tied.map(|one| one.kind).min()
        };
        let all = candidates(picture, &role.skills, role.team, &loads(picture, at), at);
        let views = all.into_iter().filter_map(|Candidate { person, fit, load, in_team }| {
            let kind = kind_of(person);
            let is_wanted = ready.is_none_or(|ready| ready == fit.is_ready())
                && assigned.is_none_or(|assigned| assigned == kind.is_some());
            let missing = role.skills.iter().filter(|required| fit.missing.contains(&required.skill));
            is_wanted.then(|| CandidateView {
                person_id: person.into(),
                name: crate::impact::person_name(picture, person),
                fit: fit.fit.map(shown_number),
                ready: fit.is_ready(),
                missing: missing
                    .map(|one| MissingSkillView {
                        skill_id: one.skill.into(),
                        name: names.of(one.skill),
                        level: Word(one.level),
                    })
                    .collect(),
                load,
                in_team,
                kind: kind.map(Word),
            })
        });
        Ok((views.collect(), pictured.until()))
    })
    .await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list);
}
