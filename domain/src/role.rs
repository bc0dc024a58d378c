//! Roles: what someone answers for, whoever it is; and who holds them.

use crate::entity::Check;
use crate::id::{Id, Identified};
use crate::person::PersonId;
use crate::skill::RequiredSkill;
use crate::team::TeamId;
use crate::text::{Statement, Text, Title};

/// The identifier of a role.
pub type RoleId = Id<Role>;
/// The most accountabilities, domains or required skills of a role.
pub const ROLE_LIST_MAX: usize = 100;
/// The most seats of a role.
pub const SEATS_MAX: i32 = 100_000;

/// A role.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// Its title.
    pub title: Title,
    /// What it is for.
    pub purpose: Option<Statement>,
    /// The team in which it stands.
    pub team: Option<TeamId>,
    /// The role that it reports to.
    pub reports_to: Option<RoleId>,
    /// Whether the organization depends on it.
    pub is_key: bool,
    /// What it answers for, in order.
    pub accountabilities: Vec<Statement>,
    /// What it alone may decide.
    pub domains: Vec<Text<500>>,
    /// What its holders must know.
    pub skills: Vec<RequiredSkill>,
    /// The fewest holders with which it works.
    pub seats_min: i32,
    /// The most holders.
    pub seats_max: i32,
}

/// Why a role was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleError {
    /// 0 ≤ min ≤ max, 1 ≤ max ≤ [`SEATS_MAX`].
    Seats,
    /// More than [`ROLE_LIST_MAX`] entries in a list.
    TooMany,
    /// A skill is required twice.
    SkillTwice,
    /// A weight is not positive and finite.
    SkillWeight,
}

impl Check for Role {
    type Error = RoleError;
    fn check(&self) -> Result<(), RoleError> {
        if self.seats_min < 0 || self.seats_max < 1 || self.seats_min > self.seats_max || self.seats_max > SEATS_MAX {
            return Err(RoleError::Seats);
        }
        let longest = self.accountabilities.len().max(self.domains.len()).max(self.skills.len());
        if longest > ROLE_LIST_MAX {
            return Err(RoleError::TooMany);
        }
        check_skills(&self.skills, RoleError::SkillTwice, RoleError::SkillWeight)
    }
}

/// Each skill once, each weight positive.
pub(crate) fn check_skills<E>(skills: &[RequiredSkill], twice: E, weight: E) -> Result<(), E> {
    let mut seen: Vec<_> = skills.iter().map(|required| required.skill).collect();
    seen.sort_unstable();
    if seen.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(twice);
    }
    let positive = skills.iter().all(|required| required.weight > 0.0 && required.weight.is_finite());
    positive.then_some(()).ok_or(weight)
}

/// Who stands in a part: a role, whoever holds it, or a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A role.
    Role(RoleId),
    /// A person.
    Person(PersonId),
}

impl Subject {
    /// The role, where it is one.
    pub const fn role(self) -> Option<RoleId> {
        match self {
            Self::Role(role) => Some(role),
            Self::Person(_) => None,
        }
    }
}

impl Identified for Role {
    const PREFIX: &'static str = "role";
    const NOUN: &'static str = "role";
}
