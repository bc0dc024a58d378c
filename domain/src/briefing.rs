//! Briefings: what an organization tells its people, and who of them has read and understood it.

mod acknowledgement;
mod audience;
mod understanding;

pub use acknowledgement::{Acknowledgement, AcknowledgementId, ReceiptState};
pub use audience::{Audience, parts_in, people_of_role, people_of_team};
pub use understanding::{Receipt, TeamUnderstanding, Understanding, understanding_by_team};

use crate::entity::Check;
use crate::id::{Id, Identified};
use crate::mission::MissionId;
use crate::outcome::OutcomeId;
use crate::person::PersonId;
use crate::picture::Picture;
use crate::role::RoleId;
use crate::spelling::spelled;
use crate::text::{Prose, Statement, Title};
use crate::time::{Day, Instant};

/// The identifier of a briefing.
pub type BriefingId = Id<Briefing>;

/// The fewest choices of a question.
pub const CHOICES_MIN: usize = 2;
/// The most choices of a question.
pub const CHOICES_MAX: usize = 10;
/// The most that each list of an audience names.
pub const AUDIENCE_MAX: usize = 1000;

/// A briefing: a draft, or published to readers who are fixed from then on (I9).
#[derive(Clone, Debug, PartialEq)]
pub struct Briefing {
    /// What it is about.
    pub subject: BriefingSubject,
    /// Its title.
    pub title: Title,
    /// What it says, in Markdown.
    pub body: Prose,
    /// To whom it is to go.
    pub audience: Audience,
    /// The day by which it is to be acknowledged.
    pub due_on: Option<Day>,
    /// What is asked of those who acknowledge it.
    pub question: Option<Question>,
    /// Who wrote it; absent where a credential of no one did.
    pub author: Option<PersonId>,
    /// When it was published.
    pub published_at: Option<Instant>,
    /// Who is to acknowledge it, by id; nobody before it is published.
    pub readers: Vec<PersonId>,
}

/// What a briefing is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BriefingSubject {
    /// The mission: the one in force when the draft was written, and when it was published.
    Mission(MissionId),
    /// An outcome.
    Outcome(OutcomeId),
    /// A role.
    Role(RoleId),
    /// Anything else.
    Free,
}

/// The kinds of what a briefing is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BriefingTopic {
    /// The mission.
    Mission,
    /// An outcome.
    Outcome,
    /// A role.
    Role,
    /// Anything else.
    Free,
}
spelled!(BriefingTopic { Mission = "mission", Outcome = "outcome", Role = "role", Free = "free" });

/// A question that shows whether a briefing was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What is asked.
    pub text: Statement,
    /// The answers among which to choose, [`CHOICES_MIN`] to [`CHOICES_MAX`].
    pub choices: Vec<Title>,
    /// The position of the right one, from 0.
    pub answer: usize,
}

/// Whether a briefing is still being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BriefingState {
    /// Being written.
    Draft,
    /// Sent to its readers.
    Published,
}
spelled!(BriefingState { Draft = "draft", Published = "published" });

/// Why a briefing, or its acknowledgement, was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BriefingError {
    /// A question has too few choices or too many.
    ChoiceCount,
    /// A question offers the same choice twice.
    ChoiceTwice,
    /// The right answer is none of the choices.
    NoSuchChoice,
    /// A list of the audience names too many.
    AudienceTooLarge,
    /// It has been published.
    Published,
    /// It has not been published.
    Draft,
    /// It would reach nobody.
    NoReaders,
    /// It would be due before it is published.
    DuePassed,
    /// It is acknowledged by those to whom it was published.
    NotReader,
    /// It is acknowledged by answering its question.
    AnswerMissing,
    /// It asks nothing.
    NothingAsked,
}

impl BriefingSubject {
    /// Its kind.
    pub const fn topic(self) -> BriefingTopic {
        match self {
            Self::Mission(_) => BriefingTopic::Mission,
            Self::Outcome(_) => BriefingTopic::Outcome,
            Self::Role(_) => BriefingTopic::Role,
            Self::Free => BriefingTopic::Free,
        }
    }
    /// Whether it speaks of a mission that is not in force any more, so that nobody owes it anything.
    pub fn is_superseded(self, in_force: Option<MissionId>) -> bool {
        match self {
            Self::Mission(mission) => Some(mission) != in_force,
            Self::Outcome(_) | Self::Role(_) | Self::Free => false,
        }
    }
}

impl Check for Question {
    type Error = BriefingError;
    fn check(&self) -> Result<(), BriefingError> {
        if !(CHOICES_MIN..=CHOICES_MAX).contains(&self.choices.len()) {
            return Err(BriefingError::ChoiceCount);
        }
        if self.answer >= self.choices.len() {
            return Err(BriefingError::NoSuchChoice);
        }
        let mut choices: Vec<&Title> = self.choices.iter().collect();
        choices.sort_unstable();
        if choices.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(BriefingError::ChoiceTwice);
        }
        Ok(())
    }
}

impl Check for Briefing {
    type Error = BriefingError;
    fn check(&self) -> Result<(), BriefingError> {
        self.question.as_ref().map_or(Ok(()), Question::check)?;
        if self.audience.is_too_large() {
            return Err(BriefingError::AudienceTooLarge);
        }
        match self.state() {
            BriefingState::Published if self.readers.is_empty() => Err(BriefingError::NoReaders),
            BriefingState::Draft if !self.readers.is_empty() => Err(BriefingError::Draft),
            BriefingState::Draft | BriefingState::Published => Ok(()),
        }
    }
}

impl Briefing {
    /// Whether it is still being written.
    pub const fn state(&self) -> BriefingState {
        match self.published_at {
            Some(_) => BriefingState::Published,
            None => BriefingState::Draft,
        }
    }

    /// What has been published is not written again (I7).
    ///
    /// # Errors
    /// [`BriefingError::Published`].
    pub const fn check_draft(&self) -> Result<(), BriefingError> {
        match self.state() {
            BriefingState::Draft => Ok(()),
            BriefingState::Published => Err(BriefingError::Published),
        }
    }

    /// Who would be its readers, by id: those of the audience who are there, without its author.
    pub fn readers_in(&self, picture: &Picture) -> Vec<PersonId> {
        let readers = self.audience.people_in(picture);
        readers.into_iter().filter(|reader| Some(*reader) != self.author).collect()
    }

    /// The same, published to everyone whom the audience reaches now; `in_force` is the mission of which it speaks.
    ///
    /// # Errors
    /// [`BriefingError::Published`], [`BriefingError::NoReaders`], [`BriefingError::DuePassed`].
    pub fn publish(&self, picture: &Picture, subject: BriefingSubject) -> Result<Self, BriefingError> {
        self.check_draft()?;
        if self.due_on.is_some_and(|due_on| due_on < picture.today()) {
            return Err(BriefingError::DuePassed);
        }
        let readers = self.readers_in(picture);
        let published = Self { subject, published_at: Some(picture.at()), readers, ..self.clone() };
        published.check()?;
        Ok(published)
    }

    /// Whether it was published to a person.
    pub fn is_read_by(&self, person: PersonId) -> bool {
        self.readers.binary_search(&person).is_ok()
    }
}

/// A published briefing as a picture keeps it: without its words, with how many have acknowledged it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BriefingStanding {
    /// The briefing.
    pub briefing: BriefingId,
    /// What it is about.
    pub subject: BriefingSubject,
    /// Who wrote it.
    pub author: Option<PersonId>,
    /// When it was published.
    pub published_at: Instant,
    /// The day by which it is to be acknowledged.
    pub due_on: Option<Day>,
    /// To how many it was published.
    pub readers: usize,
    /// How many of them have acknowledged it.
    pub acknowledged: usize,
}

impl Identified for Briefing {
    const PREFIX: &'static str = "brf";
    const NOUN: &'static str = "briefing";
}

#[cfg(test)]
mod tests;
