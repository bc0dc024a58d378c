//! Briefings on the wire.

use remit_domain::briefing::{
    AUDIENCE_MAX, Audience, Briefing, BriefingState, BriefingSubject, BriefingTopic, CHOICES_MAX, Question,
};
use remit_domain::entity::Kept;
use remit_domain::id::Id;
use remit_domain::mission::Mission;
use remit_domain::outcome::Outcome;
use remit_domain::person::Person;
use remit_domain::role::Role;
use remit_domain::team::Team;
use remit_persistence::{Stored, When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::problem::{Kind, Problem};
use crate::resource::reference;
use crate::wire::{Choice, DayText, IdText, InstantText, Listed, MergePatch, Shown, With, Word, Words};

type Title = Words<200>;
type Statement = Words<2000>;
type Prose = Words<10000>;
type TopicWord = Word<BriefingTopic>;
type StateWord = Word<BriefingState>;
type MissionIdText = IdText<Mission>;
type OutcomeIdText = IdText<Outcome>;
type RoleIdText = IdText<Role>;
type PersonIdText = IdText<Person>;
type TeamIds = Listed<IdText<Team>, AUDIENCE_MAX>;
type RoleIds = Listed<IdText<Role>, AUDIENCE_MAX>;
type OutcomeIds = Listed<IdText<Outcome>, AUDIENCE_MAX>;
type PersonIds = Listed<IdText<Person>, AUDIENCE_MAX>;
type Choices = Listed<Title, CHOICES_MAX>;

/// What people are told, and whom it is to reach: all who are named in any of the ways.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "about": "mission", "title": "What we are to achieve in 2026", "body": "We bring **everyone** home safely.",
    "to_everyone": true, "due_on": "2026-12-31",
    "question": "Whom do we serve?", "choices": ["Ourselves", "Everyone on the roads"], "answer": 1
}))]
pub struct BriefingDocument {
    /// What it is about.
    about: TopicWord,
    /// The outcome, where it is about one.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome_id: Option<OutcomeIdText>,
    /// The role, where it is about one.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role_id: Option<RoleIdText>,
    /// Its title.
    #[validate(nested)]
    title: Title,
    /// What it says, in Markdown (CommonMark with tables and strikethrough).
    #[validate(nested)]
    body: Prose,
    /// To every active person.
    #[serde(default)]
    to_everyone: bool,
    /// To those who are in these teams, or in teams that belong to them.
    #[validate(nested)]
    #[serde(default)]
    to_team_ids: TeamIds,
    /// To those who hold these roles, or stand in for a holder.
    #[validate(nested)]
    #[serde(default)]
    to_role_ids: RoleIds,
    /// To those who have a part in these outcomes or their measures, by name or through a role.
    #[validate(nested)]
    #[serde(default)]
    to_outcome_ids: OutcomeIds,
    /// To these people.
    #[validate(nested)]
    #[serde(default)]
    to_person_ids: PersonIds,
    /// The day by which it is to be acknowledged.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_on: Option<DayText>,
    /// What is asked of those who acknowledge it; needs choices and an answer.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    question: Option<Statement>,
    /// The 2 to 10 answers among which they choose.
    #[validate(nested)]
    #[serde(default)]
    choices: Choices,
    /// The position of the right one, from 0. It is written and never shown.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(write_only)]
    answer: Option<Choice>,
}

/// What only Remit writes of a briefing.
#[derive(Clone, Serialize, ToSchema)]
pub struct BriefingStandingView {
    /// Whether it is still being written.
    state: StateWord,
    /// The mission of which it speaks: the one in force when it was written last, and when it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    mission_id: Option<MissionIdText>,
    /// Who wrote it; absent where a credential of no one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    author_id: Option<PersonIdText>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<InstantText>,
    /// To how many it was published; the draft's readers are at `/audience`.
    #[serde(skip_serializing_if = "Option::is_none")]
    readers: Option<usize>,
}

/// A briefing's fields as they are read.
pub type BriefingFields = With<BriefingDocument, BriefingStandingView>;
/// A briefing as it is shown.
pub type BriefingView = Shown<Briefing, BriefingFields>;
/// A change of a draft.
pub type BriefingPatch = MergePatch<BriefingDocument>;

impl BriefingDocument {
    /// As it is written.
    pub fn of(briefing: &Briefing) -> Self {
        let Briefing { subject, title, body, audience, due_on, question, author: _, published_at: _, readers: _ } =
            briefing;
        let Audience { everyone, teams, roles, outcomes, people } = audience;
        let (outcome_id, role_id) = match *subject {
            BriefingSubject::Outcome(id) => (Some(id.into()), None),
            BriefingSubject::Role(id) => (None, Some(id.into())),
            BriefingSubject::Mission(_) | BriefingSubject::Free => (None, None),
        };
        let choices = question.iter().flat_map(|question| &question.choices);
        Self {
            about: Word(subject.topic()),
            outcome_id,
            role_id,
            title: title.into(),
            body: body.into(),
            to_everyone: *everyone,
            to_team_ids: listed(teams),
            to_role_ids: listed(roles),
            to_outcome_ids: listed(outcomes),
            to_person_ids: listed(people),
            due_on: due_on.map(Into::into),
            question: question.as_ref().map(|question| (&question.text).into()),
            choices: Listed(choices.map(Into::into).collect()),
            answer: question.as_ref().and_then(|question| i32::try_from(question.answer).ok()).map(Choice),
        }
    }

    /// The draft that it describes.
    ///
    /// # Errors
    /// The field that breaks a rule.
    pub fn draft(&self, tx: &mut WriteTx<'_>, before: Option<&Kept<Briefing>>) -> Result<Briefing, Problem> {
        Ok(Briefing {
            subject: self.subject(tx)?,
            title: self.title.text()?,
            body: self.body.text()?,
            audience: Audience {
                everyone: self.to_everyone,
                teams: known(tx, &self.to_team_ids, "/to_team_ids")?,
                roles: known(tx, &self.to_role_ids, "/to_role_ids")?,
                outcomes: known(tx, &self.to_outcome_ids, "/to_outcome_ids")?,
                people: known(tx, &self.to_person_ids, "/to_person_ids")?,
            },
            due_on: self.due_on.as_ref().map(DayText::day).transpose()?,
            question: self.asked()?,
            author: before.and_then(|before| before.author),
            published_at: None,
            readers: Vec::new(),
        })
    }

    fn subject(&self, tx: &mut WriteTx<'_>) -> Result<BriefingSubject, Problem> {
        let unexpected = |pointer, is_there: bool| {
            let detail = "is for what is about such a thing";
            if is_there { Err(Problem::field(pointer, "unexpected", detail)) } else { Ok(()) }
        };
        let topic = self.about.0;
        if topic != BriefingTopic::Outcome {
            unexpected("/outcome_id", self.outcome_id.is_some())?;
        }
        if topic != BriefingTopic::Role {
            unexpected("/role_id", self.role_id.is_some())?;
        }
        match topic {
            BriefingTopic::Mission => in_force(tx),
            BriefingTopic::Outcome => Ok(BriefingSubject::Outcome(needed(tx, &self.outcome_id, "/outcome_id")?)),
            BriefingTopic::Role => Ok(BriefingSubject::Role(needed(tx, &self.role_id, "/role_id")?)),
            BriefingTopic::Free => Ok(BriefingSubject::Free),
        }
    }

    fn asked(&self) -> Result<Option<Question>, Problem> {
        let Some(text) = &self.question else {
            return match (self.choices.is_empty(), self.answer) {
                (true, None) => Ok(None),
                (false, _) => Err(Problem::field("/choices", "unexpected", "is for what asks a question")),
                (true, Some(_)) => Err(Problem::field("/answer", "unexpected", "is for what asks a question")),
            };
        };
        let answer = self.answer.ok_or_else(|| Problem::field("/answer", "required", "is needed with a question"))?;
        let choices = self.choices.0.iter().map(Words::text).collect::<Result<_, _>>()?;
        Ok(Some(Question { text: text.text()?, choices, answer: answer.position() }))
    }
}

/// The mission in force, as what a briefing is about.
///
/// # Errors
/// 409 when there is none.
pub fn in_force(tx: &mut WriteTx<'_>) -> Result<BriefingSubject, Problem> {
    let now = tx.now();
    let mission = tx.mission_at(now, When::Present)?;
    let mission =
        mission.ok_or_else(|| Problem::new(Kind::Conflict, "No mission is in force of which it could speak."))?;
    Ok(BriefingSubject::Mission(mission.id))
}

fn listed<T: remit_domain::id::Identified, const MAX: usize>(ids: &[Id<T>]) -> Listed<IdText<T>, MAX> {
    Listed(ids.iter().map(|id| (*id).into()).collect())
}

/// The ids of a list, each once; what they name must exist.
fn known<T: Stored, const MAX: usize>(
    tx: &mut WriteTx<'_>,
    list: &Listed<IdText<T>, MAX>,
    pointer: &str,
) -> Result<Vec<Id<T>>, Problem> {
    let mut ids: Vec<Id<T>> = Vec::with_capacity(list.0.len());
    for (at, text) in list.0.iter().enumerate() {
        let id = text.id()?;
        reference(tx, id, &format!("{pointer}/{at}"))?;
        ids.push(id);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

fn needed<T: Stored>(tx: &mut WriteTx<'_>, id: &Option<IdText<T>>, pointer: &str) -> Result<Id<T>, Problem> {
    let id =
        id.as_ref().ok_or_else(|| Problem::field(pointer, "required", "is needed for what is about such a thing"))?;
    Ok(reference(tx, id.id()?, pointer)?.id)
}

/// A briefing as it is read; the right answer is for nobody's eyes.
pub fn fields(briefing: &Briefing) -> BriefingFields {
    let mission_id = match briefing.subject {
        BriefingSubject::Mission(id) => Some(id.into()),
        BriefingSubject::Outcome(_) | BriefingSubject::Role(_) | BriefingSubject::Free => None,
    };
    With {
        document: BriefingDocument { answer: None, ..BriefingDocument::of(briefing) },
        more: BriefingStandingView {
            state: Word(briefing.state()),
            mission_id,
            author_id: briefing.author.map(Into::into),
            published_at: briefing.published_at.map(Into::into),
            readers: briefing.published_at.map(|_| briefing.readers.len()),
        },
    }
}
