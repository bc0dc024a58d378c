//! Digests: of the outcomes that concern someone, what changed in a while, what was said, and what is not on track.

use std::collections::{BTreeSet, HashMap};

use crate::accountability::{is_active, stand_for};
use crate::assessment::{Assessment, OutcomeAssessment};
use crate::briefing::people_of_team;
use crate::check_in::Report;
use crate::entity::Kept;
use crate::outcome::{Outcome, OutcomeId, OutcomeState};
use crate::pace::Health;
use crate::person::PersonId;
use crate::picture::Picture;
use crate::responsibility::Object;
use crate::team::{TeamId, teams_within};
use crate::time::Day;

/// Whom a digest is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Circle {
    /// The whole organization: every outcome.
    Everyone,
    /// A team: the outcomes that it carries, and those of teams that belong to it.
    Team(TeamId),
    /// A person: the outcomes that the person owns or has a part in, by name or through a role.
    Person(PersonId),
}

/// Where an outcome that is pursued, or was, stands on a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stand {
    /// Its state.
    pub state: OutcomeState,
    /// Progress, per cent.
    pub progress: Option<f64>,
    /// Health.
    pub health: Option<Health>,
    /// Its last day.
    pub due_on: Option<Day>,
    /// Who answers for it, where that is known.
    pub answers: Option<PersonId>,
}

/// An outcome that does not stand where it stood.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Movement {
    /// The outcome.
    pub outcome: OutcomeId,
    /// Where it stood; `None` where it was not pursued yet, or not there.
    pub before: Option<Stand>,
    /// Where it stands; `None` where it is not there any more.
    pub after: Option<Stand>,
}

/// What there is to tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// The outcomes that do not stand where they stood, those first whose health is worst.
    pub moved: Vec<Movement>,
    /// The check-ins that were published in between, the latest of each outcome, in that order.
    pub said: Vec<Report>,
    /// The active outcomes that are stale or not on track, the gravest first.
    pub behind: Vec<OutcomeId>,
}

impl Stand {
    fn of(outcome: &Outcome, numbers: &OutcomeAssessment) -> Option<Self> {
        match outcome.state {
            OutcomeState::Draft | OutcomeState::Proposed => None,
            state @ (OutcomeState::Active | OutcomeState::Closed | OutcomeState::Cancelled) => Some(Self {
                state,
                progress: numbers.rollup.progress,
                health: numbers.health,
                due_on: numbers.due_on,
                answers: numbers.accountable.ok().map(|answer| answer.person),
            }),
        }
    }

    /// Whether a reader would see the same: progress is told to one decimal.
    fn reads_like(&self, other: &Self) -> bool {
        let tenth = |progress: Option<f64>| progress.map(|progress| (progress * 10.0).round() as i64);
        let Self { state, progress, health, due_on, answers } = self;
        (state, tenth(*progress), health, due_on, answers)
            == (&other.state, tenth(other.progress), &other.health, &other.due_on, &other.answers)
    }
}

/// The outcomes that each person owns or has a part in, by name or through a role, at the picture's instant.
pub fn concerns(picture: &Picture) -> HashMap<PersonId, BTreeSet<OutcomeId>> {
    let at = picture.at();
    let mut concerns: HashMap<PersonId, BTreeSet<OutcomeId>> = HashMap::new();
    for outcome in &picture.parts().outcomes {
        if let Some(owner) = outcome.owner {
            concerns.entry(owner).or_default().insert(outcome.id);
        }
    }
    for one in picture.parts().responsibilities.iter().filter(|one| one.during.contains(at)) {
        let outcome = match one.object {
            Object::Outcome(id) => Some(id),
            Object::Measure(id) => picture.measure(id).map(|measure| measure.outcome),
        };
        let Some(outcome) = outcome else { continue };
        for person in stand_for(picture, one.subject, at) {
            concerns.entry(person).or_default().insert(outcome);
        }
    }
    concerns
}

impl Circle {
    /// The outcomes that concern it, at the picture's instant.
    pub fn outcomes(self, picture: &Picture) -> BTreeSet<OutcomeId> {
        let outcomes = picture.parts().outcomes.iter();
        match self {
            Self::Everyone => outcomes.map(|outcome| outcome.id).collect(),
            Self::Team(team) => {
                let within = teams_within(picture, team);
                let carried = outcomes.filter(|one| one.team.is_some_and(|team| within.contains(&team)));
                carried.map(|outcome| outcome.id).collect()
            }
            Self::Person(person) => concerns(picture).remove(&person).unwrap_or_default(),
        }
    }

    /// The active people whom it consists of, by id.
    pub fn people(self, picture: &Picture) -> BTreeSet<PersonId> {
        let is_there = |person: &PersonId| is_active(picture, *person, picture.today());
        match self {
            Self::Everyone => picture.parts().people.iter().map(|one| one.id).filter(is_there).collect(),
            Self::Team(team) => people_of_team(picture, team).into_iter().filter(is_there).collect(),
            Self::Person(person) => BTreeSet::from([person]),
        }
    }
}

/// What there is to tell of some outcomes between two pictures.
pub fn digest(
    outcomes: &BTreeSet<OutcomeId>,
    (earlier, was): (&Picture, &Assessment),
    (later, is): (&Picture, &Assessment),
) -> Digest {
    let stand = |picture: &Picture, assessment: &Assessment, id: OutcomeId| {
        Stand::of(picture.outcome(id)?, assessment.outcome(id)?)
    };
    let mut moved = Vec::new();
    let mut said = Vec::new();
    let mut behind: Vec<(&Kept<Outcome>, Stand)> = Vec::new();
    for id in outcomes {
        let (before, after) = (stand(earlier, was, *id), stand(later, is, *id));
        let is_same = match (&before, &after) {
            (Some(before), Some(after)) => before.reads_like(after),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !is_same {
            moved.push(Movement { outcome: *id, before, after });
        }
        let last = later.reports_of(*id).last().filter(|report| report.published_at > earlier.at());
        said.extend(last.copied());
        if let (Some(outcome), Some(stand)) = (later.outcome(*id), after)
            && stand.state == OutcomeState::Active
            && gravity(stand.health) > 0
        {
            behind.push((outcome, stand));
        }
    }
    let stake = |outcome: &Outcome, stand: &Stand| outcome.weight * (1.0 - stand.progress.unwrap_or(0.0) / 100.0);
    behind.sort_by(|(one, here), (other, there)| {
        let by_gravity = gravity(there.health).cmp(&gravity(here.health));
        by_gravity.then_with(|| stake(other, there).total_cmp(&stake(one, here))).then(one.id.cmp(&other.id))
    });
    moved.sort_by_key(|one| std::cmp::Reverse(one.after.map_or(0, |after| gravity(after.health))));
    Digest { moved, said, behind: behind.into_iter().map(|(outcome, _)| outcome.id).collect() }
}

/// How far from where it should be.
const fn gravity(health: Option<Health>) -> u8 {
    match health {
        Some(Health::OffTrack) => 3,
        Some(Health::AtRisk) => 2,
        Some(Health::Stale) => 1,
        Some(
            Health::Achieved
            | Health::Partly
            | Health::Missed
            | Health::Abandoned
            | Health::NotStarted
            | Health::NoData
            | Health::OnTrack,
        )
        | None => 0,
    }
}
