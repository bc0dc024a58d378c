//! Receipts: what one reader has done with one briefing.

use super::{Briefing, BriefingError, BriefingId, BriefingState};
use crate::entity::{Check, NoRule};
use crate::id::{Id, Identified};
use crate::person::PersonId;
use crate::spelling::spelled;
use crate::time::Instant;

/// The identifier of an acknowledgement.
pub type AcknowledgementId = Id<Acknowledgement>;

/// What a reader has done with a briefing: seen it, and perhaps acknowledged it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// The briefing.
    pub briefing: BriefingId,
    /// The reader.
    pub person: PersonId,
    /// When the reader saw it first.
    pub seen_at: Instant,
    /// When the reader acknowledged it.
    pub acknowledged_at: Option<Instant>,
    /// Whether the first answer to its question was right; absent where nothing was asked.
    pub correct: Option<bool>,
}

/// How far a reader has come with a briefing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReceiptState {
    /// It was published to the reader, who has not seen it.
    Asked,
    /// It was seen.
    Seen,
    /// It was acknowledged.
    Acknowledged,
}
spelled!(ReceiptState { Asked = "asked", Seen = "seen", Acknowledged = "acknowledged" });

impl Acknowledgement {
    /// A briefing, seen by one of its readers.
    ///
    /// # Errors
    /// [`BriefingError::Draft`], [`BriefingError::NotReader`].
    pub fn seen(id: BriefingId, briefing: &Briefing, person: PersonId, at: Instant) -> Result<Self, BriefingError> {
        if briefing.state() == BriefingState::Draft {
            return Err(BriefingError::Draft);
        }
        if !briefing.is_read_by(person) {
            return Err(BriefingError::NotReader);
        }
        Ok(Self { briefing: id, person, seen_at: at, acknowledged_at: None, correct: None })
    }

    /// The same, acknowledged with an answer to the question, if there is one; once more is the same as once, and the
    /// first answer stands.
    ///
    /// # Errors
    /// [`BriefingError::AnswerMissing`], [`BriefingError::NothingAsked`], [`BriefingError::NoSuchChoice`].
    pub fn acknowledge(&self, briefing: &Briefing, answer: Option<usize>, at: Instant) -> Result<Self, BriefingError> {
        let correct = match (&briefing.question, answer) {
            (Some(question), Some(answer)) if answer >= question.choices.len() => {
                return Err(BriefingError::NoSuchChoice);
            }
            (Some(question), Some(answer)) => Some(answer == question.answer),
            (Some(_), None) if self.acknowledged_at.is_none() => return Err(BriefingError::AnswerMissing),
            (None, Some(_)) => return Err(BriefingError::NothingAsked),
            (Some(_) | None, None) => None,
        };
        if self.acknowledged_at.is_some() {
            return Ok(*self);
        }
        Ok(Self { acknowledged_at: Some(at), correct, ..*self })
    }

    /// How far the reader has come.
    pub const fn state(&self) -> ReceiptState {
        match self.acknowledged_at {
            Some(_) => ReceiptState::Acknowledged,
            None => ReceiptState::Seen,
        }
    }

    /// Whether it was acknowledged, and nothing in the answer says that it was not understood.
    pub fn is_understood(&self) -> bool {
        self.acknowledged_at.is_some() && self.correct != Some(false)
    }
}

impl Check for Acknowledgement {
    type Error = NoRule;
    fn check(&self) -> Result<(), NoRule> {
        Ok(())
    }
}
impl Identified for Acknowledgement {
    const PREFIX: &'static str = "ack";
    const NOUN: &'static str = "acknowledgement";
}
