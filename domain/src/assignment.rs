//! Assignments: who holds a role, in what way, from when to when.

use crate::entity::Check;
use crate::id::{Id, Identified};
use crate::person::PersonId;
use crate::role::RoleId;
use crate::spelling::spelled;
use crate::text::Title;
use crate::time::{Day, Span};

/// The identifier of an assignment.
pub type AssignmentId = Id<Assignment>;

/// A person in a role.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The role.
    pub role: RoleId,
    /// The person.
    pub person: PersonId,
    /// In what way.
    pub kind: AssignmentKind,
    /// The part of the role that this person takes.
    pub focus: Option<Title>,
    /// From when to when.
    pub during: Span,
    /// The last day of the term; after it the assignment stands, but the term has ended.
    pub term_ends: Option<Day>,
    /// Share of the person's time, per cent, above 0 to 100.
    pub load: Option<f64>,
    /// When a successor can take over; for successors only.
    pub readiness: Option<Readiness>,
}

/// In what way a person is tied to a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssignmentKind {
    /// Holds it.
    Holder,
    /// Holds it until a holder is found.
    Interim,
    /// Stands in for the holder.
    Deputy,
    /// May hold it later; answers for nothing now.
    Successor,
}
spelled!(AssignmentKind { Holder = "holder", Interim = "interim", Deputy = "deputy", Successor = "successor" });

impl AssignmentKind {
    /// Whether one who is tied to the role in this way can answer for what the role answers for.
    pub const fn answers(self) -> bool {
        match self {
            Self::Holder | Self::Interim | Self::Deputy => true,
            Self::Successor => false,
        }
    }
}

/// When a successor can take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Readiness {
    /// Now.
    Now,
    /// Within a year.
    OneYear,
    /// Within two years.
    TwoYears,
}
spelled!(Readiness { Now = "now", OneYear = "1y", TwoYears = "2y" });

/// Why an assignment was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignmentError {
    /// A load above 0 to 100 per cent.
    Load,
    /// Only a successor has a readiness.
    ReadinessWithoutSuccession,
}

impl Check for Assignment {
    type Error = AssignmentError;
    fn check(&self) -> Result<(), AssignmentError> {
        if self.load.is_some_and(|load| !(load > 0.0 && load <= 100.0)) {
            return Err(AssignmentError::Load);
        }
        if self.readiness.is_some() && self.kind != AssignmentKind::Successor {
            return Err(AssignmentError::ReadinessWithoutSuccession);
        }
        Ok(())
    }
}
impl Identified for Assignment {
    const PREFIX: &'static str = "asg";
    const NOUN: &'static str = "assignment";
}
