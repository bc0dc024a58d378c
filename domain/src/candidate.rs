//! Candidates: how well people fit what is asked for, and how much is on them already.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use crate::accountability::who_answers;
use crate::coverage::{is_active, level_of};
use crate::fit::Fit;
use crate::outcome::OutcomeState;
use crate::person::PersonId;
use crate::picture::Picture;
use crate::skill::RequiredSkill;
use crate::team::TeamId;
use crate::time::Instant;

/// A person who could take something over.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The person.
    pub person: PersonId,
    /// How well the person fits.
    pub fit: Fit,
    /// For how many active outcomes the person answers already.
    pub load: usize,
    /// Whether the person is in the team in which it stands.
    pub in_team: bool,
}

impl Candidate {
    /// A person, measured by what is asked for.
    pub fn of(picture: &Picture, required: &[RequiredSkill], person: PersonId, load: usize, at: Instant) -> Self {
        let fit = Fit::of(required, |skill| level_of(picture, person, skill, at));
        Self { person, fit, load, in_team: false }
    }

    /// The better first: who is ready, then by fit, then who is in the team, then who has less on them.
    pub fn rank(&self, other: &Self) -> Ordering {
        let fit = |one: &Self| one.fit.fit.unwrap_or(0.0);
        other
            .fit
            .is_ready()
            .cmp(&self.fit.is_ready())
            .then(fit(other).total_cmp(&fit(self)))
            .then(other.in_team.cmp(&self.in_team))
            .then(self.load.cmp(&other.load))
            .then(self.person.cmp(&other.person))
    }
}

/// For how many active outcomes each person answers at an instant.
pub fn loads(picture: &Picture, at: Instant) -> HashMap<PersonId, usize> {
    let mut loads = HashMap::new();
    for outcome in picture.parts().outcomes.iter().filter(|one| one.state == OutcomeState::Active) {
        if let Ok(answer) = who_answers(picture, outcome.id, at) {
            *loads.entry(answer.person).or_default() += 1;
        }
    }
    loads
}

/// The active people at an instant, the better first.
pub fn candidates(
    picture: &Picture,
    required: &[RequiredSkill],
    team: Option<TeamId>,
    loads: &HashMap<PersonId, usize>,
    at: Instant,
) -> Vec<Candidate> {
    let members: HashSet<PersonId> = team
        .into_iter()
        .flat_map(|team| picture.memberships_of_team(team))
        .filter(|one| one.during.contains(at))
        .map(|one| one.person)
        .collect();
    let people = picture.parts().people.iter().map(|one| one.id).filter(|person| is_active(picture, *person, at));
    let mut candidates: Vec<Candidate> = people
        .map(|person| {
            let load = loads.get(&person).copied().unwrap_or(0);
            Candidate { in_team: members.contains(&person), ..Candidate::of(picture, required, person, load, at) }
        })
        .collect();
    candidates.sort_by(Candidate::rank);
    candidates
}
