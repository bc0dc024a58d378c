//! Teams and who is in them, over time.

use std::collections::BTreeSet;

use crate::entity::{Check, NoRule};
use crate::id::{Id, Identified};
use crate::person::PersonId;
use crate::picture::Picture;
use crate::spelling::spelled;
use crate::text::{Statement, Title};
use crate::time::Span;

/// The identifier of a team.
pub type TeamId = Id<Team>;
/// The identifier of a membership.
pub type MembershipId = Id<Membership>;

/// A team.
#[derive(Clone, Debug, PartialEq)]
pub struct Team {
    /// Its name.
    pub name: Title,
    /// What it is for.
    pub purpose: Option<Statement>,
    /// The team that it belongs to.
    pub parent: Option<TeamId>,
}

/// A person's time in a team.
#[derive(Clone, Debug, PartialEq)]
pub struct Membership {
    /// The team.
    pub team: TeamId,
    /// The person.
    pub person: PersonId,
    /// What the person is there.
    pub part: MembershipPart,
    /// From when to when.
    pub during: Span,
}

/// What a person is in a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MembershipPart {
    /// Leads it.
    Lead,
    /// Belongs to it.
    Member,
}
spelled!(MembershipPart { Lead = "lead", Member = "member" });

/// A team and those that belong to it, at any remove.
pub fn teams_within(picture: &Picture, team: TeamId) -> BTreeSet<TeamId> {
    let mut within = BTreeSet::from([team]);
    let mut level = vec![team];
    while !level.is_empty() {
        let below = picture.parts().teams.iter();
        let below = below.filter(|one| one.parent.is_some_and(|parent| level.contains(&parent)));
        level = below.map(|one| one.id).filter(|one| within.insert(*one)).collect();
    }
    within
}

/// The teams that a person leads at the picture's instant, by id.
pub fn teams_led(picture: &Picture, person: PersonId) -> BTreeSet<TeamId> {
    let of_person = picture.memberships_of_person(person);
    let led = of_person.filter(|one| one.part == MembershipPart::Lead && one.during.contains(picture.at()));
    led.map(|one| one.team).filter(|team| picture.team(*team).is_some()).collect()
}

impl Check for Team {
    type Error = NoRule;
    fn check(&self) -> Result<(), NoRule> {
        Ok(())
    }
}
impl Check for Membership {
    type Error = NoRule;
    fn check(&self) -> Result<(), NoRule> {
        Ok(())
    }
}
impl Identified for Team {
    const PREFIX: &'static str = "team";
    const NOUN: &'static str = "team";
}
impl Identified for Membership {
    const PREFIX: &'static str = "mem";
    const NOUN: &'static str = "membership";
}
