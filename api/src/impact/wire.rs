//! What would be lost, as it is shown.

use remit_domain::accountability::{Gap, Via};
use remit_domain::assignment::Readiness;
use remit_domain::candidate::Candidate;
use remit_domain::impact::{Cover, CoverBy, Impact, ObjectLoss, PartLoss, Passed, RoleLoss, SkillLoss};
use remit_domain::measure::Measure;
use remit_domain::outcome::Outcome;
use remit_domain::person::{Person, PersonId};
use remit_domain::picture::Picture;
use remit_domain::responsibility::{Object, Part};
use remit_domain::role::{Role, RoleId, Subject};
use remit_domain::skill::{Level, Skill};
use remit_domain::team::{Team, TeamId};
use serde::Serialize;
use utoipa::ToSchema;

use super::handover::HandoverPlanDocument;
use crate::coverage::SkillNames;
use crate::duty::DutyView;
use crate::outcome::progress::shown_number;
use crate::view::Pictured;
use crate::wire::{IdText, InstantText, Word};

type PartWord = Word<Part>;
type GapWord = Word<Gap>;
type ViaWord = Word<Via>;
type CoverByWord = Word<CoverBy>;
type ReadinessWord = Word<Readiness>;
type LevelWord = Word<Level>;
type OutcomeIdText = IdText<Outcome>;
type MeasureIdText = IdText<Measure>;
type RoleIdText = IdText<Role>;
type PersonIdText = IdText<Person>;
type TeamIdText = IdText<Team>;
type SkillIdText = IdText<Skill>;

/// What would be lost if a person left, or a role ceased.
#[derive(Serialize, ToSchema)]
#[schema(as = Impact)]
pub struct ImpactView {
    /// The instant at which it is asked.
    as_of: InstantText,
    /// The revision up to which it knows.
    #[schema(minimum = 0)]
    known_revision: i64,
    /// The person who would leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    person_id: Option<PersonIdText>,
    /// The role that would cease.
    #[serde(skip_serializing_if = "Option::is_none")]
    role_id: Option<RoleIdText>,
    /// From when on it would be so.
    from: InstantText,
    /// How much is at stake: Σ weight · (1 − p/100) over the outcomes that would be lost.
    #[schema(minimum = 0)]
    stake: f64,
    /// The active outcomes that would have nobody accountable or responsible, the most at stake first.
    #[schema(max_items = 1000000)]
    outcomes: Vec<LossView>,
    /// The measures that would have nobody accountable or responsible, in the same way.
    #[schema(max_items = 1000000)]
    measures: Vec<LossView>,
    /// The outcomes for which another would answer at once, such as a deputy.
    #[schema(max_items = 1000000)]
    passed: Vec<PassedView>,
    /// The roles that would suffer: key roles that would be vacant first.
    #[schema(max_items = 1000000)]
    roles: Vec<RoleLossView>,
    /// The must skills that would be covered no longer, those that fewest others master first.
    #[schema(max_items = 1000000)]
    skills: Vec<SkillLossView>,
    /// What falls due afterwards, soonest first.
    #[schema(max_items = 1000000)]
    duties: Vec<DutyView>,
    /// The active people whom the person leads.
    #[schema(max_items = 1000000)]
    reports: Vec<NamedPersonView>,
    /// The teams that would have no lead.
    #[schema(max_items = 1000000)]
    teams: Vec<NamedTeamView>,
    /// Who could take over what: to be sent to `…/handover`, as it is or edited.
    plan: HandoverPlanDocument,
}

/// An outcome or a measure that would have nobody in a part.
#[derive(Serialize, ToSchema)]
#[schema(as = ImpactLoss)]
struct LossView {
    /// The outcome, or that of the measure.
    outcome_id: OutcomeIdText,
    /// The measure, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    measure_id: Option<MeasureIdText>,
    /// Its title or name.
    #[schema(max_length = 200)]
    title: String,
    /// weight · (1 − p/100).
    #[schema(minimum = 0)]
    stake: f64,
    /// The parts that nobody would have.
    #[schema(min_items = 1, max_items = 2)]
    parts: Vec<PartLossView>,
}

/// A part that nobody would have.
#[derive(Serialize, ToSchema)]
#[schema(as = ImpactPart)]
struct PartLossView {
    part: PartWord,
    /// From when on.
    from: InstantText,
    /// Until when; absent where it would never be filled again.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<InstantText>,
    /// Why nobody would answer; for the accountable part.
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<GapWord>,
    /// Who could take it over, the best first.
    #[schema(max_items = 5)]
    cover: Vec<CoverView>,
}

/// A person who could take something over, and why.
#[derive(Serialize, ToSchema)]
#[schema(as = Cover)]
struct CoverView {
    person_id: PersonIdText,
    /// The name that is shown.
    #[schema(max_length = 200)]
    name: String,
    /// Why: holds it, is its deputy or successor, or fits best.
    by: CoverByWord,
    /// The role of which the person is holder, deputy or successor.
    #[serde(skip_serializing_if = "Option::is_none")]
    role_id: Option<RoleIdText>,
    /// When a successor can take over.
    #[serde(skip_serializing_if = "Option::is_none")]
    readiness: Option<ReadinessWord>,
    /// Σ w · min(level/required, 1) / Σ w; absent where no skill is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    fit: Option<f64>,
    /// Whether no must skill is missing.
    ready: bool,
    /// The must skills that are missing.
    #[schema(max_items = 100)]
    missing: Vec<SkillIdText>,
    /// For how many active outcomes the person answers already.
    #[schema(minimum = 0)]
    load: usize,
    /// Whether the person is in the team that carries it.
    in_team: bool,
}

/// An outcome for which another would answer at once.
#[derive(Serialize, ToSchema)]
#[schema(as = ImpactPassed)]
struct PassedView {
    outcome_id: OutcomeIdText,
    /// Its title.
    #[schema(max_length = 200)]
    title: String,
    /// weight · (1 − p/100).
    #[schema(minimum = 0)]
    stake: f64,
    /// Who would answer.
    person: NamedPersonView,
    via: ViaWord,
    /// From when on.
    from: InstantText,
}

/// A role that would suffer.
#[derive(Serialize, ToSchema)]
#[schema(as = ImpactRole)]
struct RoleLossView {
    role_id: RoleIdText,
    /// Its title.
    #[schema(max_length = 200)]
    title: String,
    /// From when on.
    from: InstantText,
    /// Whether the organization depends on it.
    key: bool,
    /// Whether nobody could act in it.
    vacant: bool,
    /// Whether fewer would hold it than it needs.
    below_min_seats: bool,
    /// Whether it is a key role that nobody would be named to follow in.
    no_successor: bool,
    /// How many would hold it, or hold it for the interim.
    #[schema(minimum = 0)]
    holders: usize,
    /// How many it needs.
    #[schema(minimum = 0)]
    seats_min: i32,
    /// Σ weight · (1 − p/100) over the active outcomes that it is accountable or responsible for.
    #[schema(minimum = 0)]
    stake: f64,
    /// Who could take it over, the best first.
    #[schema(max_items = 5)]
    cover: Vec<CoverView>,
}

/// A must skill that would be covered no longer somewhere.
#[derive(Serialize, ToSchema)]
#[schema(as = ImpactSkill)]
struct SkillLossView {
    skill_id: SkillIdText,
    /// Its name.
    #[schema(max_length = 200)]
    name: String,
    /// The highest level that is asked for where it is lost.
    level: LevelWord,
    /// From when on it is first lost.
    from: InstantText,
    /// The outcomes whose accountable and responsible people would lack it.
    #[schema(max_items = 1000000)]
    outcome_ids: Vec<OutcomeIdText>,
    /// The roles whose people would lack it.
    #[schema(max_items = 1000000)]
    role_ids: Vec<RoleIdText>,
    /// The active people who would still master it at that level.
    #[schema(max_items = 1000000)]
    masters: Vec<NamedPersonView>,
}

/// A person by name.
#[derive(Serialize, ToSchema)]
#[schema(as = NamedPerson)]
pub struct NamedPersonView {
    id: PersonIdText,
    /// The name that is shown.
    #[schema(max_length = 200)]
    name: String,
}

/// A team by name.
#[derive(Serialize, ToSchema)]
#[schema(as = NamedTeam)]
struct NamedTeamView {
    id: TeamIdText,
    /// Its name.
    #[schema(max_length = 200)]
    name: String,
}

impl NamedPersonView {
    /// A person of a picture.
    pub fn of(picture: &Picture, id: PersonId) -> Self {
        Self { id: id.into(), name: person_name(picture, id) }
    }
}

/// The name of a person; the id where it is not known at that instant.
pub fn person_name(picture: &Picture, id: PersonId) -> String {
    picture.person(id).map_or_else(|| id.to_string(), |person| person.name.to_string())
}

fn role_title(picture: &Picture, id: RoleId) -> String {
    picture.role(id).map_or_else(|| id.to_string(), |role| role.title.to_string())
}

fn named_team(picture: &Picture, id: TeamId) -> NamedTeamView {
    NamedTeamView { id: id.into(), name: picture.team(id).map_or_else(|| id.to_string(), |team| team.name.to_string()) }
}

impl ImpactView {
    pub(super) fn of(pictured: &Pictured, names: &SkillNames, impact: Impact, known_revision: i64) -> Self {
        let picture = &pictured.picture;
        let Impact { gone, from, stake, outcomes, measures, passed, roles, skills, duties, reports, teams, plan } =
            impact;
        let (role_id, person_id) = match gone {
            Subject::Role(id) => (Some(id.into()), None),
            Subject::Person(id) => (None, Some(id.into())),
        };
        Self {
            as_of: pictured.as_of().into(),
            known_revision,
            person_id,
            role_id,
            from: from.into(),
            stake: shown_number(stake),
            outcomes: outcomes.into_iter().filter_map(|one| loss(picture, one)).collect(),
            measures: measures.into_iter().filter_map(|one| loss(picture, one)).collect(),
            passed: passed.into_iter().filter_map(|one| passed_on(picture, one)).collect(),
            roles: roles.into_iter().map(|one| role_loss(picture, one)).collect(),
            skills: skills.into_iter().map(|one| skill_loss(picture, names, one)).collect(),
            duties: duties.into_iter().map(DutyView::from).collect(),
            reports: reports.into_iter().map(|id| NamedPersonView::of(picture, id)).collect(),
            teams: teams.into_iter().map(|id| named_team(picture, id)).collect(),
            plan: HandoverPlanDocument::of(&plan),
        }
    }
}

fn loss(picture: &Picture, loss: ObjectLoss) -> Option<LossView> {
    let ObjectLoss { object, stake, parts } = loss;
    let (outcome_id, measure_id, title) = match object {
        Object::Outcome(id) => (id.into(), None, picture.outcome(id)?.title.to_string()),
        Object::Measure(id) => {
            let measure = picture.measure(id)?;
            (measure.outcome.into(), Some(id.into()), measure.name.to_string())
        }
    };
    let parts = parts.into_iter().map(|PartLoss { part, span, gap, cover }| PartLossView {
        part: Word(part),
        from: span.from.into(),
        to: span.to.map(Into::into),
        gap: gap.map(Word),
        cover: covers(picture, cover),
    });
    Some(LossView { outcome_id, measure_id, title, stake: shown_number(stake), parts: parts.collect() })
}

fn covers(picture: &Picture, cover: Vec<Cover>) -> Vec<CoverView> {
    let view = |Cover { candidate, by, role, readiness }| {
        let Candidate { person, fit, load, in_team } = candidate;
        CoverView {
            person_id: person.into(),
            name: person_name(picture, person),
            by: Word(by),
            role_id: role.map(Into::into),
            readiness: readiness.map(Word),
            fit: fit.fit.map(shown_number),
            ready: fit.is_ready(),
            missing: fit.missing.into_iter().map(Into::into).collect(),
            load,
            in_team,
        }
    };
    cover.into_iter().map(view).collect()
}

fn passed_on(picture: &Picture, passed: Passed) -> Option<PassedView> {
    let Passed { outcome, stake, person, via, from } = passed;
    Some(PassedView {
        outcome_id: outcome.into(),
        title: picture.outcome(outcome)?.title.to_string(),
        stake: shown_number(stake),
        person: NamedPersonView::of(picture, person),
        via: Word(via),
        from: from.into(),
    })
}

fn role_loss(picture: &Picture, loss: RoleLoss) -> RoleLossView {
    let RoleLoss { role, from, is_key, is_vacant, is_below_min, lacks_successor, holders, seats_min, stake, cover } =
        loss;
    RoleLossView {
        role_id: role.into(),
        title: role_title(picture, role),
        from: from.into(),
        key: is_key,
        vacant: is_vacant,
        below_min_seats: is_below_min,
        no_successor: lacks_successor,
        holders,
        seats_min,
        stake: shown_number(stake),
        cover: covers(picture, cover),
    }
}

fn skill_loss(picture: &Picture, names: &SkillNames, loss: SkillLoss) -> SkillLossView {
    let SkillLoss { skill, level, from, outcomes, roles, masters } = loss;
    SkillLossView {
        skill_id: skill.into(),
        name: names.of(skill),
        level: Word(level),
        from: from.into(),
        outcome_ids: outcomes.into_iter().map(Into::into).collect(),
        role_ids: roles.into_iter().map(Into::into).collect(),
        masters: masters.into_iter().map(|id| NamedPersonView::of(picture, id)).collect(),
    }
}
