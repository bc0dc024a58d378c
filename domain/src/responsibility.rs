//! Responsibilities: who is accountable, responsible, consulted or informed, from when to when.

use crate::entity::{Check, NoRule};
use crate::id::{Id, Identified};
use crate::measure::MeasureId;
use crate::outcome::OutcomeId;
use crate::role::Subject;
use crate::spelling::spelled;
use crate::text::Statement;
use crate::time::Span;

/// The identifier of a responsibility.
pub type ResponsibilityId = Id<Responsibility>;

/// A part that a role or a person has in an outcome or a measure.
#[derive(Clone, Debug, PartialEq)]
pub struct Responsibility {
    /// In what.
    pub object: Object,
    /// Which part.
    pub part: Part,
    /// Who.
    pub subject: Subject,
    /// From when to when.
    pub during: Span,
    /// Why, where it was said.
    pub reason: Option<Statement>,
}

/// What someone has a part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Object {
    /// An outcome.
    Outcome(OutcomeId),
    /// A measure.
    Measure(MeasureId),
}

/// The part that someone has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Answers for it; exactly one.
    Accountable,
    /// Does it.
    Responsible,
    /// Is asked before.
    Consulted,
    /// Is told after.
    Informed,
}
spelled!(Part {
    Accountable = "accountable",
    Responsible = "responsible",
    Consulted = "consulted",
    Informed = "informed",
});

impl Check for Responsibility {
    type Error = NoRule;
    fn check(&self) -> Result<(), NoRule> {
        Ok(())
    }
}
impl Identified for Responsibility {
    const PREFIX: &'static str = "rsp";
    const NOUN: &'static str = "responsibility";
}
