//! Outcomes on the wire.

use remit_domain::entity::{Kept, Valid};
use remit_domain::mission::Mission;
use remit_domain::outcome::{Category, Commitment, Outcome, OutcomeState, Serves};
use remit_domain::period::Period;
use remit_domain::person::Person;
use remit_domain::skill::{Level, RequiredSkill, Skill};
use remit_domain::team::Team;
use remit_domain::text::{Statement, Text};
use remit_domain::theme::Theme;
use remit_persistence::WriteTx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::problem::Problem;
use crate::resource::reference;
use crate::wire::{
    CheckInDays, DayText, GraceDays, IdText, InstantText, Listed, MergePatch, Shown, Weight, With, Word, Words,
};

type Title = Words<200>;
type Statement2000 = Words<2000>;
type Tag = Words<64>;
type Tags = Listed<Tag, 50>;
type CategoryWord = Word<Category>;
type CommitmentWord = Word<Commitment>;
type StateWord = Word<OutcomeState>;
type LevelWord = Word<Level>;
type MissionId = IdText<Mission>;
type ThemeId = IdText<Theme>;
type TeamId = IdText<Team>;
type PersonId = IdText<Person>;
type PeriodId = IdText<Period>;
type SkillId = IdText<Skill>;
type RequiredSkills = Listed<RequiredSkillDocument, 50>;

/// A skill that is asked for.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = RequiredSkill)]
pub struct RequiredSkillDocument {
    /// The skill.
    #[validate(nested)]
    skill_id: SkillId,
    /// At least so well.
    #[validate(nested)]
    level: LevelWord,
    /// Whether nobody is ready without it.
    #[serde(default)]
    must: bool,
    /// How much it counts in a fit; above 0, 1 where nothing is said.
    #[validate(nested)]
    #[serde(default = "one")]
    weight: Weight,
}

fn one() -> Weight {
    Weight(1.0)
}

impl RequiredSkillDocument {
    /// As it is written.
    pub fn of(required: &RequiredSkill) -> Self {
        let RequiredSkill { skill, level, must, weight } = required;
        Self { skill_id: (*skill).into(), level: Word(*level), must: *must, weight: Weight(*weight) }
    }
    /// In the domain's form; the skill must exist.
    ///
    /// # Errors
    /// 422 that names the field.
    pub fn value(&self, tx: &mut WriteTx<'_>, pointer: &str) -> Result<RequiredSkill, Problem> {
        let skill = self.skill_id.id()?;
        reference(tx, skill, &format!("{pointer}/skill_id"))?;
        Ok(RequiredSkill { skill, level: self.level.0, must: self.must, weight: self.weight.0 })
    }
}

/// Each required skill in the domain's form.
///
/// # Errors
/// 422 that names the field.
pub fn required_skills(tx: &mut WriteTx<'_>, skills: &[RequiredSkillDocument]) -> Result<Vec<RequiredSkill>, Problem> {
    skills.iter().enumerate().map(|(at, skill)| skill.value(tx, &format!("/skills/{at}"))).collect()
}

/// What is to be different, by when.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Fewer people die on the roads",
    "statement": "Halve the number of deaths and injuries from road traffic accidents by 2030.",
    "category": "customer_satisfaction", "start_on": "2026-01-01", "due_on": "2030-12-31",
    "commitment": "committed", "weight": 1, "skills": [], "tags": ["health"]
}))]
pub struct OutcomeDocument {
    /// What is to be different, in a line.
    #[validate(nested)]
    title: Title,
    /// The same in full.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    statement: Option<Statement2000>,
    /// Who is better off, and how.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    impact: Option<Statement2000>,
    /// Its kind of impact.
    #[validate(nested)]
    #[serde(default = "other")]
    category: CategoryWord,
    /// The mission that it serves as a whole; not together with theme_id.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mission_id: Option<MissionId>,
    /// The theme that it serves.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    theme_id: Option<ThemeId>,
    /// The team that carries it.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team_id: Option<TeamId>,
    /// Who keeps the record of it.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner_id: Option<PersonId>,
    /// The period that it is planned in.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    period_id: Option<PeriodId>,
    /// Its own first day, where it differs from the period's.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start_on: Option<DayText>,
    /// Its own last day, where it differs from the period's.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_on: Option<DayText>,
    /// How firmly it is promised.
    #[validate(nested)]
    #[serde(default = "committed")]
    commitment: CommitmentWord,
    /// How much it counts in its theme.
    #[validate(nested)]
    #[serde(default = "one")]
    weight: Weight,
    /// The skills that reaching it takes.
    #[validate(nested)]
    #[serde(default)]
    skills: RequiredSkills,
    /// Free labels, kept in lower case.
    #[validate(nested)]
    #[serde(default)]
    tags: Tags,
    /// Days between its check-ins; the organization's where nothing is said.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    check_in_days: Option<CheckInDays>,
    /// Days by which a check-in may be late; the larger of 3 and a tenth of the days between, where nothing is said.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    check_in_grace_days: Option<GraceDays>,
    /// Why this change is made; kept in the log. Needed to move the due date of an active outcome.
    #[validate(nested)]
    #[serde(default, skip_serializing)]
    #[schema(write_only)]
    change_reason: Option<Statement2000>,
}

fn other() -> CategoryWord {
    Word(Category::Other)
}
fn committed() -> CommitmentWord {
    Word(Commitment::Committed)
}

/// What only Remit writes of an outcome.
#[derive(Clone, Serialize, ToSchema)]
pub struct OutcomeStanding {
    /// Where it stands.
    state: StateWord,
    /// From when it is active.
    #[serde(skip_serializing_if = "Option::is_none")]
    active_from: Option<InstantText>,
    /// When it was closed or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<InstantText>,
}

/// An outcome's fields as they are read.
pub type OutcomeFields = With<OutcomeDocument, OutcomeStanding>;
/// An outcome as it is shown.
pub type OutcomeView = Shown<Outcome, OutcomeFields>;
/// A change of an outcome.
pub type OutcomePatch = MergePatch<OutcomeDocument>;

impl OutcomeFields {
    /// As it is read.
    pub fn of(outcome: &Outcome) -> Self {
        Self {
            document: OutcomeDocument::of(outcome),
            more: OutcomeStanding {
                state: Word(outcome.state),
                active_from: outcome.active_from.map(Into::into),
                ended_at: outcome.ended_at.map(Into::into),
            },
        }
    }
}

impl OutcomeDocument {
    /// As it is written.
    pub fn of(outcome: &Outcome) -> Self {
        let Outcome {
            title,
            statement,
            impact,
            category,
            serves,
            team,
            owner,
            period,
            start_on,
            due_on,
            commitment,
            weight,
            state: _,
            active_from: _,
            ended_at: _,
            skills,
            tags,
            check_in_days,
            check_in_grace_days,
        } = outcome;
        let (mission_id, theme_id) = match serves {
            Some(Serves::Mission(id)) => (Some((*id).into()), None),
            Some(Serves::Theme(id)) => (None, Some((*id).into())),
            None => (None, None),
        };
        Self {
            title: title.into(),
            statement: statement.as_ref().map(Into::into),
            impact: impact.as_ref().map(Into::into),
            category: Word(*category),
            mission_id,
            theme_id,
            team_id: team.map(Into::into),
            owner_id: owner.map(Into::into),
            period_id: period.map(Into::into),
            start_on: start_on.map(Into::into),
            due_on: due_on.map(Into::into),
            commitment: Word(*commitment),
            weight: Weight(*weight),
            skills: Listed(skills.iter().map(RequiredSkillDocument::of).collect()),
            tags: Listed(tags.iter().map(Into::into).collect()),
            check_in_days: check_in_days.map(CheckInDays),
            check_in_grace_days: check_in_grace_days.map(GraceDays),
            change_reason: None,
        }
    }

    /// Why the change is made.
    ///
    /// # Errors
    /// When it was not validated before.
    pub fn reason(&self) -> Result<Option<Statement>, Problem> {
        self.change_reason.as_ref().map(Words::text).transpose()
    }

    /// The outcome that it describes; what it refers to must exist.
    ///
    /// # Errors
    /// The field that breaks a rule.
    pub fn value(&self, tx: &mut WriteTx<'_>, before: Option<&Kept<Outcome>>) -> Result<Valid<Outcome>, Problem> {
        let serves = match (&self.mission_id, &self.theme_id) {
            (Some(_), Some(_)) => {
                return Err(Problem::field("/mission_id", "unexpected", "is not given together with theme_id"));
            }
            (Some(mission), None) => Some(Serves::Mission(reference(tx, mission.id()?, "/mission_id")?.id)),
            (None, Some(theme)) => Some(Serves::Theme(reference(tx, theme.id()?, "/theme_id")?.id)),
            (None, None) => None,
        };
        let team = self.team_id.as_ref().map(IdText::id).transpose()?;
        let owner = self.owner_id.as_ref().map(IdText::id).transpose()?;
        let period = self.period_id.as_ref().map(IdText::id).transpose()?;
        if let Some(team) = team {
            reference(tx, team, "/team_id")?;
        }
        if let Some(owner) = owner {
            reference(tx, owner, "/owner_id")?;
        }
        if let Some(period) = period {
            reference(tx, period, "/period_id")?;
        }
        let mut tags: Vec<Text<64>> = Vec::new();
        for tag in &self.tags.0 {
            let tag = Text::new(&tag.text()?.as_str().to_lowercase());
            let tag = tag.map_err(|error| Problem::field("/tags", "malformed", error.to_string()))?;
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        Ok(Valid::new(Outcome {
            title: self.title.text()?,
            statement: self.statement.as_ref().map(Words::text).transpose()?,
            impact: self.impact.as_ref().map(Words::text).transpose()?,
            category: self.category.0,
            serves,
            team,
            owner,
            period,
            start_on: self.start_on.as_ref().map(DayText::day).transpose()?,
            due_on: self.due_on.as_ref().map(DayText::day).transpose()?,
            commitment: self.commitment.0,
            weight: self.weight.0,
            state: before.map_or(OutcomeState::Draft, |before| before.state),
            active_from: before.and_then(|before| before.active_from),
            ended_at: before.and_then(|before| before.ended_at),
            skills: required_skills(tx, &self.skills.0)?,
            tags,
            check_in_days: self.check_in_days.map(|days| days.0),
            check_in_grace_days: self.check_in_grace_days.map(|days| days.0),
        })?)
    }
}
