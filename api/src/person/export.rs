//! Export: everything that is held about a person, in one document (I14).

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::assignment::{Assignment, AssignmentKind, Readiness};
use remit_domain::briefing::{Acknowledgement, Briefing};
use remit_domain::credential::ApiKey;
use remit_domain::entity::Kept;
use remit_domain::id::Identified;
use remit_domain::measure::Measure;
use remit_domain::outcome::Outcome;
use remit_domain::person::{Person, PersonId, PersonSkill};
use remit_domain::responsibility::{Object, Part, Responsibility};
use remit_domain::role::Role;
use remit_domain::skill::{Level, Skill};
use remit_domain::team::{Membership, MembershipPart, Team};
use remit_persistence::Dossier;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::PersonView;
use super::notice::NoticeView;
use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, Eyes, PeopleRead};
use crate::briefing::wire::BriefingView;
use crate::change::ChangeView;
use crate::check_in::wire::CheckInView;
use crate::comment::CommentView;
use crate::extract::{Parameters, path_id};
use crate::problem::Problem;
use crate::resource::{missing, shown};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::{DayText, IdText, InstantText, Percent, Word, Words};

type Title = Words<200>;
type Statement = Words<2000>;
type RoleId = IdText<Role>;
type TeamId = IdText<Team>;
type SkillId = IdText<Skill>;
type OutcomeId = IdText<Outcome>;
type MeasureId = IdText<Measure>;
type PersonText = IdText<Person>;
type BriefingIdText = IdText<Briefing>;
type LevelWord = Word<Level>;
type PartWord = Word<Part>;
type MembershipPartWord = Word<MembershipPart>;
type AssignmentKindWord = Word<AssignmentKind>;
type ReadinessWord = Word<Readiness>;

/// What the person did that is listed: the log has the rest, by `actor`.
const DEEDS_MAX: usize = 10_000;

/// A version of something: what it is called, and who wrote it when.
#[derive(Serialize, ToSchema)]
struct VersionView {
    /// Its id.
    #[schema(max_length = 40)]
    id: String,
    /// 1, 2, 3 …
    #[schema(minimum = 1)]
    version: i64,
    recorded_at: InstantText,
    /// Who recorded it.
    #[schema(max_length = 300)]
    recorded_by: String,
}

impl VersionView {
    fn of<T: Identified>(kept: &Kept<T>) -> Self {
        Self {
            id: kept.id.to_string(),
            version: kept.version,
            recorded_at: kept.updated_at.into(),
            recorded_by: kept.updated_by.as_str().into(),
        }
    }
}

/// A version of a skill that the person holds.
#[derive(Serialize, ToSchema)]
struct ExportedSkill {
    #[serde(flatten)]
    written: VersionView,
    skill_id: SkillId,
    level: LevelWord,
    /// Who verified it.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_by: Option<PersonText>,
    from: InstantText,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<InstantText>,
}

/// A version of a membership.
#[derive(Serialize, ToSchema)]
struct ExportedMembership {
    #[serde(flatten)]
    written: VersionView,
    team_id: TeamId,
    part: MembershipPartWord,
    from: InstantText,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<InstantText>,
}

/// A version of an assignment.
#[derive(Serialize, ToSchema)]
struct ExportedAssignment {
    #[serde(flatten)]
    written: VersionView,
    role_id: RoleId,
    kind: AssignmentKindWord,
    /// The part of the role that the person takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    focus: Option<Title>,
    from: InstantText,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<InstantText>,
    /// The last day of the term.
    #[serde(skip_serializing_if = "Option::is_none")]
    term_ends: Option<DayText>,
    /// Share of the person's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    load: Option<Percent>,
    /// When a successor can take over.
    #[serde(skip_serializing_if = "Option::is_none")]
    readiness: Option<ReadinessWord>,
}

/// A version of a responsibility that names the person.
#[derive(Serialize, ToSchema)]
struct ExportedResponsibility {
    #[serde(flatten)]
    written: VersionView,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome_id: Option<OutcomeId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    measure_id: Option<MeasureId>,
    part: PartWord,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Statement>,
    from: InstantText,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<InstantText>,
}

/// A version of an outcome that the person owns or owned.
#[derive(Serialize, ToSchema)]
struct ExportedOutcome {
    #[serde(flatten)]
    written: VersionView,
    title: Title,
    /// Who owned it in this version.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_id: Option<PersonText>,
}

/// A version of an API key that acts for the person.
#[derive(Serialize, ToSchema)]
struct ExportedApiKey {
    #[serde(flatten)]
    written: VersionView,
    name: Title,
}

/// Something that the person did.
#[derive(Serialize, ToSchema)]
struct ExportedDeed {
    /// The number of the write.
    #[schema(minimum = 0)]
    revision: i64,
    recorded_at: InstantText,
    /// What was done, such as `outcome.changed`.
    #[schema(max_length = 100)]
    action: String,
    /// The id of what it was done to.
    #[schema(max_length = 200)]
    subject_id: String,
}

/// What the person has done with a briefing.
#[derive(Serialize, ToSchema)]
struct ExportedAcknowledgement {
    #[serde(flatten)]
    written: VersionView,
    briefing_id: BriefingIdText,
    /// When it was seen first.
    seen_at: InstantText,
    /// When it was acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged_at: Option<InstantText>,
    /// Whether the first answer to its question was right.
    #[serde(skip_serializing_if = "Option::is_none")]
    correct: Option<bool>,
}

/// Everything that is held about a person; of each thing every version, oldest first.
#[derive(Serialize, ToSchema)]
struct PersonExport {
    /// The person.
    #[schema(max_items = 100000)]
    person: Vec<PersonView>,
    /// What the person can do.
    #[schema(max_items = 100000)]
    skills: Vec<ExportedSkill>,
    /// The teams that the person is or was in.
    #[schema(max_items = 100000)]
    memberships: Vec<ExportedMembership>,
    /// The roles that the person holds or held.
    #[schema(max_items = 100000)]
    assignments: Vec<ExportedAssignment>,
    /// What names the person.
    #[schema(max_items = 100000)]
    responsibilities: Vec<ExportedResponsibility>,
    /// The outcomes that the person owns or owned.
    #[schema(max_items = 100000)]
    outcomes: Vec<ExportedOutcome>,
    /// The check-ins that the person wrote or was to review.
    #[schema(max_items = 100000)]
    check_ins: Vec<CheckInView>,
    /// What the person said.
    #[schema(max_items = 100000)]
    comments: Vec<CommentView>,
    /// The briefings that the person wrote.
    #[schema(max_items = 100000)]
    briefings: Vec<BriefingView>,
    /// What the person has seen and acknowledged of what was told.
    #[schema(max_items = 100000)]
    acknowledgements: Vec<ExportedAcknowledgement>,
    /// Of what the person was told by mail, the latest first.
    #[schema(max_items = 100000)]
    notices: Vec<NoticeView>,
    /// The keys that act for the person.
    #[schema(max_items = 100000)]
    api_keys: Vec<ExportedApiKey>,
    /// What the log tells of the person.
    #[schema(max_items = 100000)]
    entries: Vec<ChangeView>,
    /// What the person did; the first 10,000 entries, `/v1/changes?actor=` has all.
    #[schema(max_items = 10000)]
    deeds: Vec<ExportedDeed>,
}

fn skill(kept: &Kept<PersonSkill>) -> ExportedSkill {
    let PersonSkill { person: _, skill, level, verified_by, during } = &*kept.value;
    ExportedSkill {
        written: VersionView::of(kept),
        skill_id: (*skill).into(),
        level: Word(*level),
        verified_by: verified_by.map(Into::into),
        from: during.from.into(),
        to: during.to.map(Into::into),
    }
}

fn membership(kept: &Kept<Membership>) -> ExportedMembership {
    let Membership { team, person: _, part, during } = &*kept.value;
    ExportedMembership {
        written: VersionView::of(kept),
        team_id: (*team).into(),
        part: Word(*part),
        from: during.from.into(),
        to: during.to.map(Into::into),
    }
}

fn assignment(kept: &Kept<Assignment>) -> ExportedAssignment {
    let Assignment { role, person: _, kind, focus, during, term_ends, load, readiness } = &*kept.value;
    ExportedAssignment {
        written: VersionView::of(kept),
        role_id: (*role).into(),
        kind: Word(*kind),
        focus: focus.as_ref().map(Into::into),
        from: during.from.into(),
        to: during.to.map(Into::into),
        term_ends: term_ends.map(Into::into),
        load: load.map(Percent),
        readiness: readiness.map(Word),
    }
}

fn responsibility(kept: &Kept<Responsibility>) -> ExportedResponsibility {
    let Responsibility { object, part, subject: _, during, reason } = &*kept.value;
    let (outcome_id, measure_id) = match object {
        Object::Outcome(outcome) => (Some((*outcome).into()), None),
        Object::Measure(measure) => (None, Some((*measure).into())),
    };
    ExportedResponsibility {
        written: VersionView::of(kept),
        outcome_id,
        measure_id,
        part: Word(*part),
        reason: reason.as_ref().map(Into::into),
        from: during.from.into(),
        to: during.to.map(Into::into),
    }
}

fn acknowledgement(kept: &Kept<Acknowledgement>) -> ExportedAcknowledgement {
    let Acknowledgement { briefing, person: _, seen_at, acknowledged_at, correct } = *kept.value;
    ExportedAcknowledgement {
        written: VersionView::of(kept),
        briefing_id: briefing.into(),
        seen_at: seen_at.into(),
        acknowledged_at: acknowledged_at.map(Into::into),
        correct,
    }
}

fn view(dossier: &Dossier) -> PersonExport {
    let Dossier {
        person,
        skills,
        memberships,
        assignments,
        responsibilities,
        outcomes,
        check_ins,
        comments,
        briefings,
        acknowledgements,
        notices,
        api_keys,
        about,
        by,
    } = dossier;
    let owned = |kept: &Kept<Outcome>| ExportedOutcome {
        written: VersionView::of(kept),
        title: (&kept.title).into(),
        owner_id: kept.owner.map(Into::into),
    };
    let key = |kept: &Kept<ApiKey>| ExportedApiKey { written: VersionView::of(kept), name: (&kept.name).into() };
    let deed = |entry: &remit_persistence::Change| ExportedDeed {
        revision: entry.revision,
        recorded_at: entry.recorded_at.into(),
        action: entry.action.clone(),
        subject_id: entry.subject_id.clone(),
    };
    PersonExport {
        person: person.iter().map(|version| shown(version, Eyes::People)).collect(),
        skills: skills.iter().map(skill).collect(),
        memberships: memberships.iter().map(membership).collect(),
        assignments: assignments.iter().map(assignment).collect(),
        responsibilities: responsibilities.iter().map(responsibility).collect(),
        outcomes: outcomes.iter().map(owned).collect(),
        check_ins: check_ins.iter().map(|version| shown(version, Eyes::People)).collect(),
        comments: comments.iter().map(|version| shown(version, Eyes::People)).collect(),
        briefings: briefings.iter().map(|version| shown(version, Eyes::People)).collect(),
        acknowledgements: acknowledgements.iter().map(acknowledgement).collect(),
        notices: notices.iter().cloned().map(NoticeView::from).collect(),
        api_keys: api_keys.iter().map(key).collect(),
        entries: about.iter().cloned().filter_map(ChangeView::of).collect(),
        deeds: by.iter().map(deed).collect(),
    }
}

/// Nothing is asked of this path.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Export everything that is held about a person.
#[utoipa::path(tag = "people", operation_id = "exportPerson",
    responses((status = 200, description = "Everything that is held.", body = PersonExport)),
    security(("bearer" = ["people:read"])))]
#[get("/v1/people/{id}/export")]
async fn export(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<PeopleRead>,
    id: Path<String>,
    _: Parameters<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id: PersonId = path_id(&id)?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, Travel::none(), move |_, tx, _| {
        let dossier = tx.dossier(id, DEEDS_MAX).map_err(missing::<Person>)?;
        Answer::json(&view(&dossier))
    })
    .await
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(export);
}
