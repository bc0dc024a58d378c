//! Comments: what people say to an outcome or to a check-in.

use crate::check_in::CheckInId;
use crate::entity::{Check, NoRule};
use crate::id::{Id, Identified};
use crate::outcome::OutcomeId;
use crate::person::PersonId;
use crate::text::Prose;

/// The identifier of a comment.
pub type CommentId = Id<Comment>;
/// What a comment says once its author was erased.
pub const ERASED_COMMENT: &str = "(erased)";

/// A comment.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    /// What it is said to.
    pub subject: CommentSubject,
    /// Who says it; absent where a credential of no one does.
    pub author: Option<PersonId>,
    /// What is said.
    pub body: Prose,
    /// Whether it went with its author (I14).
    pub erased: bool,
}

/// What a comment is said to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommentSubject {
    /// An outcome.
    Outcome(OutcomeId),
    /// A check-in.
    CheckIn(CheckInId),
}

impl Comment {
    /// The same without what was said (I14).
    pub fn without_words(&self) -> Option<Self> {
        Some(Self { body: Prose::new(ERASED_COMMENT).ok()?, erased: true, ..self.clone() })
    }
}

impl Check for Comment {
    type Error = NoRule;
    fn check(&self) -> Result<(), NoRule> {
        Ok(())
    }
}
impl Identified for Comment {
    const PREFIX: &'static str = "cmt";
    const NOUN: &'static str = "comment";
}
