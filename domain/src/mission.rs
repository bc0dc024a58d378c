//! The mission: what the organization is for, from a date on; replaced, never edited.

use crate::entity::Check;
use crate::id::{Id, Identified};
use crate::text::{Statement, Title};
use crate::time::Span;

/// The identifier of a mission.
pub type MissionId = Id<Mission>;
/// The most values that a mission names.
pub const VALUES_MAX: usize = 20;

/// A mission and the time in which it is in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Mission {
    /// What the organization does, for whom.
    pub statement: Statement,
    /// What the world looks like when it is done.
    pub vision: Option<Statement>,
    /// What it holds to, in order.
    pub values: Vec<Title>,
    /// From when it is in force, until its successor is.
    pub effective: Span,
}

/// Why a mission was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissionError {
    /// More values than [`VALUES_MAX`].
    TooManyValues,
    /// It would begin before the mission that it replaces.
    BeforePredecessor,
}

impl Check for Mission {
    type Error = MissionError;
    fn check(&self) -> Result<(), MissionError> {
        (self.values.len() <= VALUES_MAX).then_some(()).ok_or(MissionError::TooManyValues)
    }
}

impl Identified for Mission {
    const PREFIX: &'static str = "mis";
    const NOUN: &'static str = "mission";
}
