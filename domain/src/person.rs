//! People, and the skills they hold over time.

mod deactivation;

pub use deactivation::{Deactivation, deactivate, reactivate};

use crate::entity::Check;
use crate::id::{Id, Identified};
use crate::skill::{Level, SkillId};
use crate::text::{Email, Title};
use crate::time::{Day, Span, Zone};

/// The identifier of a person.
pub type PersonId = Id<Person>;
/// The identifier of a skill that a person holds.
pub type PersonSkillId = Id<PersonSkill>;

/// A person of the organization. Name and email are personal values: they stand in the log as salted hashes.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// The name that is shown.
    pub name: Title,
    /// Unique in the organization.
    pub email: Option<Email>,
    /// Who leads this person.
    pub manager: Option<PersonId>,
    /// The person's own zone, where it is not the organization's.
    pub zone: Option<Zone>,
    /// Whether the person can answer for anything.
    pub active: bool,
    /// The first day.
    pub joined_on: Option<Day>,
    /// The last day.
    pub left_on: Option<Day>,
    /// Whether everything personal was erased (I14); the id and what it answered for stay.
    pub erased: bool,
}

/// The name that is shown of a person who was erased.
pub const ERASED_NAME: &str = "Erased person";

impl Person {
    /// The same identity without anything personal; it never becomes active again.
    #[must_use]
    pub fn erased() -> Option<Self> {
        let name = Title::new(ERASED_NAME).ok()?;
        Some(Self {
            name,
            email: None,
            manager: None,
            zone: None,
            active: false,
            joined_on: None,
            left_on: None,
            erased: true,
        })
    }
}

/// A skill that a person holds at a level, from when to when, and who says so.
#[derive(Clone, Debug, PartialEq)]
pub struct PersonSkill {
    /// The person.
    pub person: PersonId,
    /// The skill.
    pub skill: SkillId,
    /// How well.
    pub level: Level,
    /// Who verified it.
    pub verified_by: Option<PersonId>,
    /// From when to when.
    pub during: Span,
}

/// Why a person was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonError {
    /// left_on lies before joined_on.
    LeftBeforeJoined,
    /// What was erased does not come back.
    Erased,
}

impl Check for Person {
    type Error = PersonError;
    fn check(&self) -> Result<(), PersonError> {
        let is_personal = self.email.is_some() || self.zone.is_some() || self.name.as_str() != ERASED_NAME;
        // Who is erased was active in the past, and stays so there.
        if self.erased && (is_personal || self.joined_on.is_some() || self.left_on.is_some()) {
            return Err(PersonError::Erased);
        }
        match (self.joined_on, self.left_on) {
            (Some(joined), Some(left)) if left < joined => Err(PersonError::LeftBeforeJoined),
            _ => Ok(()),
        }
    }
}
impl Check for PersonSkill {
    type Error = crate::entity::NoRule;
    fn check(&self) -> Result<(), crate::entity::NoRule> {
        Ok(())
    }
}
impl Identified for Person {
    const PREFIX: &'static str = "psn";
    const NOUN: &'static str = "person";
}
impl Identified for PersonSkill {
    const PREFIX: &'static str = "psk";
    const NOUN: &'static str = "person_skill";
}
