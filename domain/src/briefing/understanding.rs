//! Understanding: of those who should know, how many were asked, and how many have understood.

use std::collections::{BTreeMap, BTreeSet};

use super::ReceiptState;
use crate::person::PersonId;
use crate::picture::Picture;
use crate::team::TeamId;

/// How far one person has come with what is asked about: the furthest of all briefings about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receipt {
    /// How far the person has come.
    pub state: ReceiptState,
    /// Whether one of them was understood.
    pub understood: bool,
}

/// How many know, of how many who should.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Understanding {
    /// Those who should know.
    pub people: usize,
    /// Those of them to whom a briefing was published.
    pub asked: usize,
    /// Those of them who have seen one.
    pub seen: usize,
    /// Those of them who have acknowledged one.
    pub acknowledged: usize,
    /// Those of them who have understood one.
    pub understood: usize,
}

/// How many know in one team and those that belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TeamUnderstanding {
    /// The team.
    pub team: TeamId,
    /// How many.
    pub understanding: Understanding,
}

impl Understanding {
    /// Of some people, by what is known of each of them; those of whom nothing is known were not asked.
    pub fn of<'a>(people: impl IntoIterator<Item = &'a PersonId>, receipts: &BTreeMap<PersonId, Receipt>) -> Self {
        let mut sum = Self::default();
        for person in people {
            sum.people += 1;
            let Some(receipt) = receipts.get(person) else { continue };
            sum.asked += 1;
            sum.seen += usize::from(receipt.state >= ReceiptState::Seen);
            sum.acknowledged += usize::from(receipt.state >= ReceiptState::Acknowledged);
            sum.understood += usize::from(receipt.understood);
        }
        sum
    }

    /// The share of those who should know that have understood, 0 to 1; `None` where nobody should.
    pub fn share(&self) -> Option<f64> {
        (self.people > 0).then(|| self.understood as f64 / self.people as f64)
    }
}

/// The same by team, each with the teams that belong to it; those in which nobody should know are left out.
pub fn understanding_by_team(
    picture: &Picture,
    people: &BTreeSet<PersonId>,
    receipts: &BTreeMap<PersonId, Receipt>,
) -> Vec<TeamUnderstanding> {
    // The members of each team, given to it and to every team above it; what would go round ends with the first turn.
    let parts = picture.parts();
    let mut members: BTreeMap<TeamId, BTreeSet<PersonId>> = BTreeMap::new();
    let in_force = parts.memberships.iter().filter(|one| one.during.contains(picture.at()));
    for membership in in_force.filter(|one| people.contains(&one.person)) {
        let mut team = Some(membership.team);
        while let Some(id) = team {
            if !members.entry(id).or_default().insert(membership.person) {
                break;
            }
            team = picture.team(id).and_then(|team| team.parent);
        }
    }
    let known = members.into_iter().filter(|(team, _)| picture.team(*team).is_some());
    known
        .map(|(team, members)| TeamUnderstanding { team, understanding: Understanding::of(&members, receipts) })
        .collect()
}
