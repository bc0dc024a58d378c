//! Skills, their levels, and what a role or an outcome asks of them.

use crate::entity::{Check, NoRule};
use crate::id::{Id, Identified};
use crate::spelling::spelled;
use crate::text::{Statement, Title};

/// The identifier of a skill.
pub type SkillId = Id<Skill>;

/// A skill.
#[derive(Clone, Debug, PartialEq)]
pub struct Skill {
    /// Its name.
    pub name: Title,
    /// What it involves.
    pub description: Option<Statement>,
}

/// How well a skill is mastered, 1 to 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 1: knows of it.
    Awareness,
    /// 2: applies it with support.
    Working,
    /// 3: applies it alone and helps others.
    Practitioner,
    /// 4: leads others in it.
    Expert,
}
spelled!(Level { Awareness = "awareness", Working = "working", Practitioner = "practitioner", Expert = "expert" });

impl Level {
    /// 1 to 4.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }
}

/// A skill that a role or an outcome asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct RequiredSkill {
    /// The skill.
    pub skill: SkillId,
    /// At least so well.
    pub level: Level,
    /// Whether nobody is ready without it.
    pub must: bool,
    /// How much it counts in a fit; 1 where nothing is said.
    pub weight: f64,
}

impl Check for Skill {
    type Error = NoRule;
    fn check(&self) -> Result<(), NoRule> {
        Ok(())
    }
}
impl Identified for Skill {
    const PREFIX: &'static str = "skl";
    const NOUN: &'static str = "skill";
}
