//! Findings: what a rule found, about what, and the facts behind it.

use std::fmt;

use super::Severity;
use crate::briefing::{Briefing, BriefingId};
use crate::id::{Id, Identified};
use crate::measure::{Measure, MeasureId};
use crate::outcome::{Outcome, OutcomeId};
use crate::person::{Person, PersonId};
use crate::role::{Role, RoleId, Subject};
use crate::spelling::spelled;
use crate::team::{Team, TeamId};
use crate::text::Statement;
use crate::time::Day;
use crate::webhook::{Webhook, WebhookId};

/// The identifier of a finding: the same for one rule and one subject, whenever it stands.
pub type FindingId = Id<Finding>;

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
    /// A briefing.
    Briefing(BriefingId),
    /// A webhook.
    Webhook(WebhookId),
}

/// Something that a rule found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Its identifier, made of the rule and the subject.
    pub id: FindingId,
    /// The rule's id.
    pub rule: &'static str,
    /// The rule's version.
    pub version: u32,
    /// How grave it is, as the organization says.
    pub severity: Severity,
    /// What it is about.
    pub subject: FindingSubject,
    /// The facts, by name.
    pub evidence: Evidence,
    /// What to do about it.
    pub remedy: &'static str,
    /// Why and until when it is accepted, where it is.
    pub waived: Option<Waived>,
}

/// Why and until when a finding is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waived {
    /// Why.
    pub reason: Statement,
    /// The last day.
    pub ends_on: Day,
}

/// The facts behind a finding, by name.
pub type Evidence = Vec<Fact>;

/// A fact behind a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Its name; several facts may bear one.
    pub name: &'static str,
    /// What it says.
    pub value: FactValue,
}

/// What a fact says.
#[derive(Clone, Debug, PartialEq)]
pub enum FactValue {
    /// A number.
    Number(f64),
    /// A day.
    Day(Day),
    /// The identifier of something.
    Id(String),
    /// A word or a name.
    Text(String),
}

/// What kind of thing a fact says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactKind {
    /// A number.
    Number,
    /// A day.
    Day,
    /// The identifier of something.
    Id,
    /// A word or a name.
    Text,
}
spelled!(FactKind { Number = "number", Day = "day", Id = "id", Text = "text" });

impl FactValue {
    /// What kind of thing it is.
    pub const fn kind(&self) -> FactKind {
        match self {
            Self::Number(_) => FactKind::Number,
            Self::Day(_) => FactKind::Day,
            Self::Id(_) => FactKind::Id,
            Self::Text(_) => FactKind::Text,
        }
    }
}
impl fmt::Display for FactValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => fmt::Display::fmt(number, f),
            Self::Day(day) => fmt::Display::fmt(day, f),
            Self::Id(text) | Self::Text(text) => f.write_str(text),
        }
    }
}

impl Fact {
    /// A number.
    pub fn number(name: &'static str, number: f64) -> Self {
        Self { name, value: FactValue::Number(number) }
    }
    /// How many there are of something.
    pub fn count(name: &'static str, count: usize) -> Self {
        Self::number(name, count as f64)
    }
    /// A day.
    pub fn day(name: &'static str, day: Day) -> Self {
        Self { name, value: FactValue::Day(day) }
    }
    /// Something that has an identifier.
    pub fn id<T: Identified>(name: &'static str, id: Id<T>) -> Self {
        Self { name, value: FactValue::Id(id.to_string()) }
    }
    /// A word or a name.
    pub fn text(name: &'static str, text: &str) -> Self {
        Self { name, value: FactValue::Text(text.into()) }
    }
    /// A role or a person.
    pub(crate) fn subject(subject: Subject) -> Self {
        match subject {
            Subject::Role(role) => Self::id("role", role),
            Subject::Person(person) => Self::id("person", person),
        }
    }
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
            Self::Briefing(_) => Briefing::NOUN,
            Self::Webhook(_) => Webhook::NOUN,
        }
    }
    /// Reads an identifier of any of these kinds.
    pub fn parse(text: &str) -> Option<Self> {
        let outcome = Id::parse(text).map(Self::Outcome);
        let measure = || Id::parse(text).map(Self::Measure);
        let role = || Id::parse(text).map(Self::Role);
        let person = || Id::parse(text).map(Self::Person);
        let team = || Id::parse(text).map(Self::Team);
        let briefing = || Id::parse(text).map(Self::Briefing);
        let webhook = || Id::parse(text).map(Self::Webhook);
        outcome.or_else(measure).or_else(role).or_else(person).or_else(team).or_else(briefing).or_else(webhook)
    }
    const fn bits(self) -> u128 {
        match self {
            Self::Outcome(id) => id.bits(),
            Self::Measure(id) => id.bits(),
            Self::Role(id) => id.bits(),
            Self::Person(id) => id.bits(),
            Self::Team(id) => id.bits(),
            Self::Briefing(id) => id.bits(),
            Self::Webhook(id) => id.bits(),
        }
    }
    /// The identifier of what a rule finds about it.
    pub fn finding(self, rule: &str) -> FindingId {
        // FNV-1a over 128 bits: nothing is secret here, it must only be the same for ever.
        let kind = self.kind().bytes();
        let bits = self.bits().to_be_bytes();
        let bytes = rule.bytes().chain([0]).chain(kind).chain([0]).chain(bits);
        Id::from_bits(bytes.fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash: u128, byte| {
            (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
        }))
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
            Self::Briefing(id) => fmt::Display::fmt(id, f),
            Self::Webhook(id) => fmt::Display::fmt(id, f),
        }
    }
}

impl Identified for Finding {
    const PREFIX: &'static str = "fnd";
    const NOUN: &'static str = "finding";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_has_one_id_for_ever_and_shares_it_with_no_other() {
        let subject = FindingSubject::Outcome(Id::from_bits(7));
        assert_eq!(subject.finding("no_measure").to_string(), FIRST);
        let others = [
            FindingSubject::Measure(Id::from_bits(7)).finding("no_measure"),
            FindingSubject::Outcome(Id::from_bits(8)).finding("no_measure"),
            subject.finding("no_due_date"),
        ];
        assert!(others.iter().all(|other| other.to_string() != FIRST));
        assert_eq!(FindingSubject::parse(&subject.to_string()), Some(subject));
    }

    const FIRST: &str = "fnd_2z75pfvev1epq1rmxp59wfk2np";
}
