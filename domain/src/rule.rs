//! Rules: what is missing or wrong, why it matters, and what to do about it. Data, plus one small pure function each.

mod accountability;
mod outcome;

use std::fmt;

use crate::entity::Kept;
use crate::id::Identified;
use crate::measure::{Measure, MeasureId};
use crate::outcome::{Outcome, OutcomeId, OutcomeState};
use crate::person::{Person, PersonId};
use crate::picture::Picture;
use crate::role::{Role, RoleId};
use crate::spelling::spelled;
use crate::team::{Team, TeamId};
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
    /// The judgement: the evidence, where it finds something.
    pub(crate) find: fn(&Scene<'_>) -> Option<Evidence>,
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
    pub evidence: Evidence,
    /// What to do about it.
    pub remedy: &'static str,
}

impl FindingSubject {
    /// The noun of what it is about, such as `outcome`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Outcome(_) => Outcome::NOUN,
            Self::Measure(_) => Measure::NOUN,
            Self::Role(_) => Role::NOUN,
            Self::Person(_) => Person::NOUN,
            Self::Team(_) => Team::NOUN,
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

/// The facts behind a finding, by name.
pub type Evidence = Vec<(&'static str, String)>;

/// An outcome as the rules see it: as if it were active, at the instant that matters.
pub(crate) struct Scene<'a> {
    pub(crate) picture: &'a Picture,
    pub(crate) outcome: &'a Kept<Outcome>,
    /// The instant asked for, or the outcome's first day where that is still to come: nobody need answer before it.
    pub(crate) at: Instant,
}

/// Every rule, in the order of its id.
pub fn rules() -> &'static [Rule] {
    &[
        accountability::HOLDER_INACTIVE,
        accountability::MULTIPLE_HOLDERS,
        accountability::NO_ACCOUNTABLE,
        outcome::NO_DUE_DATE,
        outcome::NO_MEASURE,
        accountability::NO_RESPONSIBLE,
        accountability::ROLE_VACANT,
        accountability::TERM_ENDED,
    ]
}

/// A rule by its id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().iter().find(|rule| rule.id == id)
}

/// Everything that stands at the picture's instant, by rule and subject.
pub fn findings(picture: &Picture) -> Vec<Finding> {
    let active = || picture.parts().outcomes.iter().filter(|outcome| outcome.state == OutcomeState::Active);
    let found = |rule: &'static Rule| active().filter_map(|one| rule.judge(&Scene::new(picture, one, picture.at())));
    rules().iter().flat_map(found).collect()
}

/// What keeps an outcome from becoming active at an instant (I11): errors of the outcome and accountability groups.
///
/// An outcome that is not in the picture has none.
pub fn activation_findings(picture: &Picture, outcome: OutcomeId, at: Instant) -> Vec<Finding> {
    let Some(outcome) = picture.outcome(outcome) else { return Vec::new() };
    let scene = Scene::new(picture, outcome, at);
    rules().iter().filter(|rule| rule.blocks_activation()).filter_map(|rule| rule.judge(&scene)).collect()
}

impl Rule {
    /// Whether an outcome on which it finds something cannot become active (I11).
    pub fn blocks_activation(&self) -> bool {
        match self.group {
            RuleGroup::Outcome | RuleGroup::Accountability => self.severity == Severity::Error,
            RuleGroup::Measure | RuleGroup::Role | RuleGroup::Alignment | RuleGroup::Communication => false,
        }
    }
    fn judge(&self, scene: &Scene<'_>) -> Option<Finding> {
        let evidence = (self.find)(scene)?;
        let Self { id, version, group: _, severity, what: _, why: _, remedy, find: _ } = *self;
        let subject = FindingSubject::Outcome(scene.outcome.id);
        Some(Finding { rule: id, version, severity, subject, evidence, remedy })
    }
}

impl<'a> Scene<'a> {
    fn new(picture: &'a Picture, outcome: &'a Kept<Outcome>, at: Instant) -> Self {
        let first = picture.start_of(outcome).map(|day| picture.zone().start_of(day));
        Self { picture, outcome, at: first.map_or(at, |first| first.max(at)) }
    }
}
