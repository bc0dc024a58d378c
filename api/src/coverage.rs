//! Coverage: which skills are asked for, how far they are held, and where one person alone holds them; and who knows.

mod understanding;

use std::collections::HashMap;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::coverage::{CoveredSkill, SkillCoverage, SkillDemand, demands};
use remit_domain::entity::Kept;
use remit_domain::outcome::{Outcome, OutcomeId};
use remit_domain::person::Person;
use remit_domain::skill::{Level, RequiredSkill, Skill, SkillId};
use remit_persistence::{ReadTx, When};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, Eyes, Read};
use crate::csv_table;
use crate::extract::{Parameters, path_id};
use crate::outcome::progress::shown_number;
use crate::problem::Problem;
use crate::resource::{Listing, list_views};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::{Travel, TravelParameters};
use crate::wire::{IdText, InstantText, MomentText, Word};

type OutcomeIdText = IdText<Outcome>;
type SkillIdText = IdText<Skill>;
type PersonIdText = IdText<Person>;
type LevelWord = Word<Level>;

/// The names of skills.
pub struct SkillNames(HashMap<SkillId, String>);

impl SkillNames {
    /// Those that are known.
    ///
    /// # Errors
    /// What the store says.
    pub fn load(tx: &mut ReadTx<'_>, when: When) -> Result<Self, Problem> {
        let skills: Vec<Kept<Skill>> = tx.all(when)?;
        Ok(Self(skills.into_iter().map(|skill| (skill.id, skill.name.to_string())).collect()))
    }
    /// The name of a skill; its id where it is not known at that instant.
    pub fn of(&self, id: SkillId) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }
}

/// How the skills that an outcome asks for are covered.
#[derive(Serialize, ToSchema)]
#[schema(as = OutcomeSkills)]
pub struct OutcomeSkillsView {
    /// The instant that it is of.
    as_of: InstantText,
    /// The revision up to which it knows.
    #[schema(minimum = 0)]
    known_revision: i64,
    outcome_id: OutcomeIdText,
    /// The share of its must skills that someone holds who is accountable or responsible; absent where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    covered: Option<f64>,
    /// How many active people are accountable or responsible, by name or through a role.
    #[schema(minimum = 0)]
    people: usize,
    /// The skills that it asks for.
    #[schema(max_items = 50)]
    skills: Vec<CoveredSkillView>,
}

/// How one skill is covered.
#[derive(Serialize, ToSchema)]
#[schema(as = CoveredSkill)]
struct CoveredSkillView {
    skill_id: SkillIdText,
    /// Its name.
    #[schema(max_length = 200)]
    name: String,
    /// The level that is asked for.
    level: LevelWord,
    /// Whether nobody is ready without it.
    must: bool,
    /// Whether any of the people holds it at that level.
    covered: bool,
    /// Whether one of them alone does.
    single_point_of_failure: bool,
    /// How many of them do.
    #[schema(minimum = 0)]
    holders: usize,
    /// Who they are; for those with the scope `people:read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 100000)]
    holder_ids: Option<Vec<PersonIdText>>,
    /// The best level at which any of them holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    best: Option<LevelWord>,
    /// How many active people of the whole organization hold it at that level.
    #[schema(minimum = 0)]
    masters: usize,
}

/// A skill in the whole organization.
#[derive(Serialize, ToSchema)]
#[schema(as = SkillCoverage)]
pub struct SkillCoverageView {
    skill_id: SkillIdText,
    /// Its name.
    #[schema(max_length = 200)]
    name: String,
    /// The roles that ask for it.
    #[schema(minimum = 0)]
    roles: usize,
    /// The active outcomes that ask for it.
    #[schema(minimum = 0)]
    outcomes: usize,
    /// The highest level at which any of them must have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<LevelWord>,
    /// The active people who hold it at any level.
    #[schema(minimum = 0)]
    holders: usize,
    /// Those at the level of awareness.
    #[schema(minimum = 0)]
    awareness: usize,
    /// Those at the level of working.
    #[schema(minimum = 0)]
    working: usize,
    /// Those at the level of practitioner.
    #[schema(minimum = 0)]
    practitioner: usize,
    /// Those at the level of expert.
    #[schema(minimum = 0)]
    expert: usize,
    /// Those who hold it at the highest level that is asked for, or at all where none is.
    #[schema(minimum = 0)]
    masters: usize,
    /// The roles and active outcomes that must have it, and whose people lack it.
    #[schema(minimum = 0)]
    gaps: usize,
    /// Whether something must have it, and one person alone holds it at the highest level that is asked for.
    single_point_of_failure: bool,
}

/// A page of skills with their coverage.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct SkillCoveragePage {
    /// The skills, by id.
    #[schema(max_items = 200)]
    data: Vec<SkillCoverageView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// Which skills are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SkillCoverageFilter {
    /// Those that something must have and lacks, or those without such a gap.
    gap: Option<bool>,
    /// Those that one person alone covers, or the others.
    single_point_of_failure: Option<bool>,
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

fn covered(names: &SkillNames, eyes: Eyes, one: &CoveredSkill) -> CoveredSkillView {
    let CoveredSkill { required: RequiredSkill { skill, level, must, weight: _ }, holders, best, masters } = one;
    CoveredSkillView {
        skill_id: (*skill).into(),
        name: names.of(*skill),
        level: Word(*level),
        must: *must,
        covered: !holders.is_empty(),
        single_point_of_failure: one.is_single(),
        holders: holders.len(),
        holder_ids: match eyes {
            Eyes::Names => None,
            Eyes::People => Some(holders.iter().map(|person| (*person).into()).collect()),
        },
        best: best.map(Word),
        masters: *masters,
    }
}

fn demanded(name: String, demand: &SkillDemand) -> SkillCoverageView {
    let SkillDemand { skill, roles, outcomes, level, held: [awareness, working, practitioner, expert], masters, gaps } =
        demand;
    SkillCoverageView {
        skill_id: (*skill).into(),
        name,
        roles: *roles,
        outcomes: *outcomes,
        level: level.map(Word),
        holders: demand.holders(),
        awareness: *awareness,
        working: *working,
        practitioner: *practitioner,
        expert: *expert,
        masters: *masters,
        gaps: *gaps,
        single_point_of_failure: demand.is_single(),
    }
}

/// Read how the skills that an outcome asks for are covered by those who are accountable or responsible.
#[utoipa::path(tag = "outcomes", operation_id = "getOutcomeSkills", params(TravelParameters),
    responses((status = 200, description = "Each skill asked for, and how many hold it.", body = OutcomeSkillsView)),
    security(("bearer" = ["read"])))]
#[get("/v1/outcomes/{id}/skills")]
async fn of_outcome(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    let id: OutcomeId = path_id(&id)?;
    let eyes = caller.eyes();
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, travel.0.into(), move |remit, tx, reading| {
        let pictured = remit.picture(tx, reading)?;
        let picture = &pictured.picture;
        let coverage = SkillCoverage::of_outcome(picture, id, picture.at());
        let coverage = coverage.ok_or_else(|| Problem::not_found("outcome"))?;
        let names = SkillNames::load(tx, reading.when)?;
        let view = OutcomeSkillsView {
            as_of: pictured.as_of().into(),
            known_revision: reading.known,
            outcome_id: id.into(),
            covered: coverage.covered.map(shown_number),
            people: coverage.people.len(),
            skills: coverage.skills.iter().map(|one| covered(&names, eyes, one)).collect(),
        };
        Ok(Answer::json(&view)?.until(pictured.until()))
    })
    .await
}

/// List every skill with how many ask for it and how many hold it.
#[utoipa::path(tag = "skills", operation_id = "listSkillCoverage", params(SkillCoverageFilter),
    responses((status = 200, description = "The skills, by id.", body = SkillCoveragePage)),
    security(("bearer" = ["read"])))]
#[get("/v1/coverage/skills")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<SkillCoverageFilter>,
) -> Result<HttpResponse, Problem> {
    let SkillCoverageFilter { gap, single_point_of_failure, limit, after, as_of, known_at, raw } = filter.0;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    let columns = || csv_table::columns_of::<SkillCoverageView>();
    list_views(&remit, &request, &caller, listing, columns, move |remit, tx, reading| {
        let pictured = remit.picture(tx, reading)?;
        let picture = &pictured.picture;
        let names = SkillNames::load(tx, reading.when)?;
        let mut all: HashMap<SkillId, SkillDemand> =
            demands(picture, picture.at()).into_iter().map(|one| (one.skill, one)).collect();
        for id in names.0.keys() {
            all.entry(*id).or_insert_with(|| SkillDemand::new(*id));
        }
        let mut all: Vec<SkillDemand> = all.into_values().collect();
        all.retain(|one| {
            gap.is_none_or(|gap| gap == (one.gaps > 0))
                && single_point_of_failure.is_none_or(|single| single == one.is_single())
        });
        all.sort_by_key(|one| one.skill);
        Ok((all.iter().map(|one| demanded(names.of(one.skill), one)).collect(), pictured.until()))
    })
    .await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(of_outcome).service(list).configure(understanding::operations);
}
