//! Rules: what is missing or wrong, why it matters, and what to do about it. Data, plus one small pure function each.

use std::fmt;

use crate::measure::MeasureId;
use crate::outcome::OutcomeId;
use crate::person::PersonId;
use crate::picture::Picture;
use crate::role::RoleId;
use crate::spelling::spelled;
use crate::team::TeamId;
use crate::time::Instant;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It must not be so; an outcome with one cannot become active (I11).
    Error,
    /// It should not be so.
    Warning,
    /// It is worth knowing.
    Information,
}
spelled!(Severity { Error = "error", Warning = "warning", Information = "information" });

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleGroup {
    /// Outcomes.
    Outcome,
    /// Measures.
    Measure,
    /// Who answers.
    Accountability,
    /// Roles.
    Role,
    /// What leads to what.
    Alignment,
    /// What is said to whom.
    Communication,
}
spelled!(RuleGroup {
    Outcome = "outcome",
    Measure = "measure",
    Accountability = "accountability",
    Role = "role",
    Alignment = "alignment",
    Communication = "communication",
});

/// A rule, for readers.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its stable id.
    pub id: &'static str,
    /// Raised when its judgement changes.
    pub version: u32,
    /// What it looks at.
    pub group: RuleGroup,
    /// How grave its findings are, unless the organization says otherwise.
    pub severity: Severity,
    /// What is the case when it finds something.
    pub what: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingSubject {
    /// An outcome.
    Outcome(OutcomeId),
    /// A measure.
    Measure(MeasureId),
    /// A role.
    Role(RoleId),
    /// A person.
    Person(PersonId),
    /// A team.
    Team(TeamId),
}

/// Something that a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule's id.
    pub rule: &'static str,
    /// The rule's version.
    pub version: u32,
    /// How grave it is.
    pub severity: Severity,
    /// What it is about.
    pub subject: FindingSubject,
    /// The facts, by name.
    pub evidence: Vec<(&'static str, String)>,
    /// What to do about it.
    pub remedy: &'static str,
}

impl FindingSubject {
    /// The noun of what it is about, such as `outcome`.
    pub const fn kind(self) -> &'static str {
        use crate::id::Identified;
        match self {
            Self::Outcome(_) => crate::outcome::Outcome::NOUN,
            Self::Measure(_) => crate::measure::Measure::NOUN,
            Self::Role(_) => crate::role::Role::NOUN,
            Self::Person(_) => crate::person::Person::NOUN,
            Self::Team(_) => crate::team::Team::NOUN,
        }
    }
}

/// The identifier of what it is about.
impl fmt::Display for FindingSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outcome(id) => fmt::Display::fmt(id, f),
            Self::Measure(id) => fmt::Display::fmt(id, f),
            Self::Role(id) => fmt::Display::fmt(id, f),
            Self::Person(id) => fmt::Display::fmt(id, f),
            Self::Team(id) => fmt::Display::fmt(id, f),
        }
    }
}

/// Every rule, in the order of its id.
pub fn rules() -> &'static [&'static Rule] {
    todo!()
}

/// Everything that stands at the picture's instant, by rule and subject.
pub fn findings(picture: &Picture) -> Vec<Finding> {
    todo!("{picture:?}")
}

/// What keeps an outcome from becoming active at an instant (I11): errors of the outcome and accountability groups.
pub fn activation_findings(picture: &Picture, outcome: OutcomeId, at: Instant) -> Vec<Finding> {
    todo!("{picture:?}{outcome:?}{at:?}")
}
