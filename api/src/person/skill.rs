//! Skills of people: which a person holds, how well, from when to when, and who says so.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use remit_domain::entity::{Kept, Valid};
use remit_domain::person::{Person, PersonId, PersonSkill};
use remit_domain::skill::{Level, Skill};
use remit_domain::time::Instant;
use remit_persistence::{ReadTx, When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, PeopleRead, PeopleWrite};
use crate::csv_table;
use crate::dated::{Phase, end, next_boundary, require_known, span};
use crate::extract::{Document, Parameters, path_id};
use crate::problem::{Kind, Problem};
use crate::resource::{Listing, list_views, missing, reference};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::{Travel, TravelParameters};
use crate::wire::{IdText, InstantText, MomentText, Shown, Word};
use crate::writing::{Intent, Reply, WriteParameters, write};

type PersonText = IdText<Person>;
type SkillText = IdText<Skill>;
type LevelWord = Word<Level>;

/// A skill that a person holds.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"skill_id": "skl_01j9z3k8e6f7g8h9j0k1m2n3p4", "level": "practitioner", "from": "2026-01-01"}))]
pub struct PersonSkillDocument {
    /// The skill.
    #[validate(nested)]
    skill_id: SkillText,
    /// How well.
    level: LevelWord,
    /// Who verified it.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verified_by: Option<PersonText>,
    /// From when; a day means its first instant, and nothing means now.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<MomentText>,
    /// Until when, itself not included; a day means its first instant, and nothing means for good.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<MomentText>,
}

/// A skill that a person holds.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonSkillDocument)]
pub struct PersonSkillFields {
    person_id: PersonText,
    skill_id: SkillText,
    /// How well.
    level: LevelWord,
    /// Who verified it.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_by: Option<PersonText>,
    /// From when.
    from: InstantText,
    /// Until when, itself not included.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<InstantText>,
}

type PersonSkillView = Shown<PersonSkill, PersonSkillFields>;

/// A page of skills of a person.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct PersonSkillPage {
    /// The skills.
    #[schema(max_items = 200)]
    data: Vec<PersonSkillView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// What skills are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PersonSkillFilter {
    /// Which of them, seen from the instant that is read; those in force where nothing is said.
    #[serde(default)]
    phase: Phase,
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

fn view(kept: &Kept<PersonSkill>) -> PersonSkillView {
    let PersonSkill { person, skill, level, verified_by, during } = &*kept.value;
    let fields = PersonSkillFields {
        person_id: (*person).into(),
        skill_id: (*skill).into(),
        level: Word(*level),
        verified_by: verified_by.map(Into::into),
        from: during.from.into(),
        to: during.to.map(Into::into),
    };
    Shown::new(kept, fields)
}

/// A skill of a person that has not ended: what has ended is there `as_of` before.
fn person_skill(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    id: &str,
    when: When,
    at: Instant,
) -> Result<Kept<PersonSkill>, Problem> {
    let found: Option<Kept<PersonSkill>> = tx.find(path_id(id)?, when)?;
    let found = found.filter(|one| one.person == person && at < one.during.end());
    found.ok_or_else(|| Problem::not_found("skill of this person"))
}

/// The skill that a document describes. Nobody holds one skill at two levels at a time.
fn value(
    document: &PersonSkillDocument,
    tx: &mut WriteTx<'_>,
    person: PersonId,
) -> Result<Valid<PersonSkill>, Problem> {
    let PersonSkillDocument { skill_id, level, verified_by, from, to } = document;
    let skill = reference(tx, skill_id.id()?, "/skill_id")?.id;
    let verified_by = verified_by.as_ref().map(IdText::id).transpose()?;
    let verified_by = verified_by.map(|verified_by| reference(tx, verified_by, "/verified_by")).transpose()?;
    let during = span(tx, from.as_ref(), to.as_ref())?;
    let others = tx.skills_of_person(person, When::Present)?;
    if let Some(other) = others.iter().find(|one| one.skill == skill && one.during.overlaps(&during)) {
        let detail = format!("The person holds this skill then, and one level at a time: end {} first.", other.id);
        return Err(Problem::new(Kind::Conflict, detail));
    }
    let verified_by = verified_by.map(|verified_by| verified_by.id);
    Ok(Valid::new(PersonSkill { person, skill, level: level.0, verified_by, during })?)
}

/// Adds a skill in a write under way, unless the person holds it at that level at that time.
///
/// # Errors
/// What the document or the rules say.
pub fn ensure_in(tx: &mut WriteTx<'_>, person: PersonId, document: &PersonSkillDocument) -> Result<(), Problem> {
    let skill = document.skill_id.id()?;
    let during = span(tx, document.from.as_ref(), document.to.as_ref())?;
    let known = tx.skills_of_person(person, When::Present)?;
    let is_known = known.iter().any(|one| {
        let same_time = if document.from.is_some() { one.during == during } else { one.during.contains(during.from) };
        one.skill == skill && one.level == document.level.0 && same_time
    });
    if !is_known {
        let value = value(document, tx, person)?;
        tx.create(value, None, None)?;
    }
    Ok(())
}

/// List the skills of a person.
#[utoipa::path(tag = "people", operation_id = "listPersonSkills", params(PersonSkillFilter),
    responses((status = 200, description = "The skills, by id.", body = PersonSkillPage)),
    security(("bearer" = ["people:read"])))]
#[get("/v1/people/{id}/skills")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleRead>,
    id: Path<String>,
    filter: Parameters<PersonSkillFilter>,
) -> Result<HttpResponse, Problem> {
    let person: PersonId = path_id(&id)?;
    let PersonSkillFilter { phase, limit, after, as_of, known_at, raw } = filter.0;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    let columns = || csv_table::columns_of::<PersonSkillView>();
    list_views(&remit, &request, &caller, listing, columns, move |_, tx, reading| {
        require_known(tx, person, reading)?;
        let skills = tx.skills_of_person(person, reading.when)?;
        let until = next_boundary(skills.iter().map(|one| &one.during), reading.at);
        let shown = skills.iter().filter(|one| phase.shows(&one.during, reading.at));
        Ok((shown.map(view).collect(), until))
    })
    .await
}

/// Add a skill to a person.
#[utoipa::path(tag = "people", operation_id = "createPersonSkill", request_body = PersonSkillDocument,
    responses((status = 201, description = "The skill.", body = PersonSkillView)),
    security(("bearer" = ["people:write"])))]
#[post("/v1/people/{id}/skills")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let person: PersonId = path_id(&id)?;
    let document: PersonSkillDocument = body.read()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    write(&remit, &caller, intent, move |remit, tx, _| {
        tx.get(person, When::Present).map_err(missing::<Person>)?;
        let value = value(&document, tx, person)?;
        let kept = tx.create(value, None, None)?;
        let location = format!("/v1/people/{person}/skills/{}", kept.id);
        Ok(Reply::created(location, &view(&kept))?.version(remit, kept.version))
    })
    .await
}

/// Read a skill of a person that has not ended.
#[utoipa::path(tag = "people", operation_id = "getPersonSkill", params(TravelParameters),
    responses((status = 200, description = "The skill.", body = PersonSkillView)),
    security(("bearer" = ["people:read"])))]
#[get("/v1/people/{id}/skills/{person_skill_id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleRead>,
    path: Path<(String, String)>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    let (person, id) = path.into_inner();
    let person: PersonId = path_id(&person)?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, travel.0.into(), move |_, tx, reading| {
        let kept = person_skill(tx, person, &id, reading.when, reading.at)?;
        Ok(Answer::json(&view(&kept))?.version(kept.version).until(kept.during.end()))
    })
    .await
}

/// End a skill of a person now; one that was still to begin is taken back.
#[utoipa::path(tag = "people", operation_id = "deletePersonSkill",
    responses((status = 204, description = "It has ended.")), security(("bearer" = ["people:write"])))]
#[delete("/v1/people/{id}/skills/{person_skill_id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    let (person, id) = path.into_inner();
    let person: PersonId = path_id(&person)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &[])?;
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let now = tx.now();
        let kept = person_skill(tx, person, &id, When::Present, now)?;
        intent.require_match(remit, kept.version)?;
        let during = kept.during;
        end(tx, kept, during, |one, during| PersonSkill { during, ..one })?;
        Ok(Reply::no_content())
    })
    .await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(create).service(read).service(remove);
}
