//! Waivers: a finding that is accepted for a while, and why.

use crate::entity::{Check, NoRule};
use crate::id::{Id, Identified};
use crate::rule::{FindingId, FindingSubject};
use crate::text::{Key, Statement};
use crate::time::Day;

/// The identifier of a waiver.
pub type WaiverId = Id<Waiver>;

/// That a finding is accepted until a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiver {
    /// The finding: of this rule on this subject, whenever it stands.
    pub finding: FindingId,
    /// The rule.
    pub rule: Key,
    /// What the finding is about.
    pub subject: FindingSubject,
    /// Why it is accepted.
    pub reason: Statement,
    /// The last day on which it is.
    pub ends_on: Day,
}

impl Waiver {
    /// Whether it holds on a day.
    pub fn holds_on(&self, day: Day) -> bool {
        day <= self.ends_on
    }
}

impl Check for Waiver {
    type Error = NoRule;
    fn check(&self) -> Result<(), NoRule> {
        Ok(())
    }
}
impl Identified for Waiver {
    const PREFIX: &'static str = "wvr";
    const NOUN: &'static str = "waiver";
}
