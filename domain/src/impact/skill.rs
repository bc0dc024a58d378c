//! The skills that would be covered no longer, where a role or an outcome must have them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Case, instants, roles_of};
use crate::accountability::stand_for;
use crate::coverage::{level_of, masters_of, team_of};
use crate::outcome::OutcomeId;
use crate::person::PersonId;
use crate::picture::Picture;
use crate::responsibility::Object;
use crate::role::{RoleId, Subject};
use crate::skill::{Level, RequiredSkill, SkillId};
use crate::time::Instant;

/// A must skill that would be covered no longer somewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct SkillLoss {
    /// The skill.
    pub skill: SkillId,
    /// The highest level that is asked for where it is lost.
    pub level: Level,
    /// From when on it is first lost.
    pub from: Instant,
    /// The active outcomes whose accountable and responsible people would lack it.
    pub outcomes: Vec<OutcomeId>,
    /// The roles whose people would lack it.
    pub roles: Vec<RoleId>,
    /// The active people of the whole organization who would still master it at that level.
    pub masters: Vec<PersonId>,
}

/// Where a skill is asked for.
#[derive(Clone, Copy)]
enum Asker {
    Outcome(OutcomeId),
    Role(RoleId),
}

impl Asker {
    fn people(self, picture: &Picture, at: Instant) -> Vec<PersonId> {
        match self {
            Self::Outcome(outcome) => team_of(picture, outcome, at),
            Self::Role(role) => stand_for(picture, Subject::Role(role), at),
        }
    }
}

/// The skills lost, those that nobody else masters first.
pub(super) fn losses(case: &Case<'_>, touched: &BTreeSet<Object>) -> Vec<SkillLoss> {
    let mut losses: BTreeMap<SkillId, SkillLoss> = BTreeMap::new();
    let outcomes = touched.iter().filter_map(|object| match object {
        Object::Outcome(id) => Some((Asker::Outcome(*id), case.picture.outcome(*id)?.skills.as_slice())),
        Object::Measure(_) => None,
    });
    let roles = match case.gone {
        Subject::Person(_) => roles_of(case.picture, case.gone, case.from),
        // What the role itself asks for is asked for no longer.
        Subject::Role(_) => BTreeSet::new(),
    };
    let roles = roles.iter().filter_map(|id| Some((Asker::Role(*id), case.picture.role(*id)?.skills.as_slice())));
    for (asker, required) in outcomes.chain(roles) {
        let must: Vec<&RequiredSkill> = required.iter().filter(|one| one.must).collect();
        if must.is_empty() {
            continue;
        }
        let (objects, roles) = match asker {
            Asker::Outcome(id) => (vec![Object::Outcome(id)], BTreeSet::new()),
            Asker::Role(id) => (Vec::new(), BTreeSet::from([id])),
        };
        let instants = instants([case.picture, &case.after], &objects, &roles, case.from);
        for required in must {
            let lost = instants.iter().copied().find(|at| {
                let covers = |picture: &Picture| {
                    let people = asker.people(picture, *at);
                    people.into_iter().any(|one| level_of(picture, one, required.skill, *at) >= Some(required.level))
                };
                covers(case.picture) && !covers(&case.after)
            });
            if let Some(at) = lost {
                note(&mut losses, required, at, asker);
            }
        }
    }
    let mut losses: Vec<SkillLoss> = losses.into_values().collect();
    for loss in &mut losses {
        loss.masters = masters_of(&case.after, loss.skill, loss.level, loss.from);
    }
    losses.sort_by_key(|one| (one.masters.len(), one.skill));
    losses
}

fn note(losses: &mut BTreeMap<SkillId, SkillLoss>, required: &RequiredSkill, at: Instant, asker: Asker) {
    let loss = losses.entry(required.skill).or_insert_with(|| SkillLoss {
        skill: required.skill,
        level: required.level,
        from: at,
        outcomes: Vec::new(),
        roles: Vec::new(),
        masters: Vec::new(),
    });
    loss.level = loss.level.max(required.level);
    loss.from = loss.from.min(at);
    match asker {
        Asker::Outcome(id) => loss.outcomes.push(id),
        Asker::Role(id) => loss.roles.push(id),
    }
}
