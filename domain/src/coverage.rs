//! Coverage: which skills are asked for, by how much they are held, and where one person alone holds them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::accountability::stand_for;
use crate::outcome::{OutcomeId, OutcomeState};
use crate::person::PersonId;
use crate::picture::Picture;
use crate::responsibility::{Object, Part};
use crate::role::Subject;
use crate::skill::{Level, RequiredSkill, SkillId};
use crate::time::Instant;

/// How well a person masters a skill at an instant; the best where it is held twice.
pub fn level_of(picture: &Picture, person: PersonId, skill: SkillId, at: Instant) -> Option<Level> {
    let held = picture.skills_of(person).filter(|one| one.skill == skill && one.during.contains(at));
    held.map(|one| one.level).max()
}

/// Whether a person can answer for anything at an instant.
pub(crate) fn is_active(picture: &Picture, person: PersonId, at: Instant) -> bool {
    !stand_for(picture, Subject::Person(person), at).is_empty()
}

/// The active people who master a skill at a level or above at an instant, by id.
pub fn masters_of(picture: &Picture, skill: SkillId, level: Level, at: Instant) -> Vec<PersonId> {
    let held = picture.parts().person_skills.iter().filter(|one| {
        one.skill == skill && one.level >= level && one.during.contains(at) && is_active(picture, one.person, at)
    });
    held.map(|one| one.person).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Everyone who stands behind an outcome at an instant: who is accountable or responsible, by name or through a role.
pub fn team_of(picture: &Picture, outcome: OutcomeId, at: Instant) -> Vec<PersonId> {
    let parts = picture.responsibilities_of(Object::Outcome(outcome));
    let borne = parts.filter(|one| match one.part {
        Part::Accountable | Part::Responsible => one.during.contains(at),
        Part::Consulted | Part::Informed => false,
    });
    let people: BTreeSet<PersonId> = borne.flat_map(|one| stand_for(picture, one.subject, at)).collect();
    people.into_iter().collect()
}

/// How the skills that something asks for are covered by the people who stand behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct SkillCoverage {
    /// The share of the must skills that someone holds, 0 to 1; `None` where there is none.
    pub covered: Option<f64>,
    /// Those who were asked.
    pub people: Vec<PersonId>,
    /// Each skill asked for, in its order.
    pub skills: Vec<CoveredSkill>,
}

/// How one skill is covered.
#[derive(Clone, Debug, PartialEq)]
pub struct CoveredSkill {
    /// What is asked for.
    pub required: RequiredSkill,
    /// Those who hold it at that level.
    pub holders: Vec<PersonId>,
    /// The best level at which any of them holds it.
    pub best: Option<Level>,
    /// How many active people of the whole organization hold it at that level.
    pub masters: usize,
}

impl CoveredSkill {
    /// Whether one person alone covers it.
    pub fn is_single(&self) -> bool {
        self.holders.len() == 1
    }
}

impl SkillCoverage {
    /// How an outcome's skills are covered by those who are accountable or responsible at an instant.
    pub fn of_outcome(picture: &Picture, outcome: OutcomeId, at: Instant) -> Option<Self> {
        let required = &picture.outcome(outcome)?.skills;
        Some(Self::of(picture, required, team_of(picture, outcome, at), at))
    }

    fn of(picture: &Picture, required: &[RequiredSkill], people: Vec<PersonId>, at: Instant) -> Self {
        let skills: Vec<CoveredSkill> = required
            .iter()
            .map(|required| {
                let level = |person: &PersonId| level_of(picture, *person, required.skill, at);
                CoveredSkill {
                    holders: people.iter().copied().filter(|one| level(one) >= Some(required.level)).collect(),
                    best: people.iter().filter_map(level).max(),
                    masters: masters_of(picture, required.skill, required.level, at).len(),
                    required: required.clone(),
                }
            })
            .collect();
        let must: Vec<&CoveredSkill> = skills.iter().filter(|one| one.required.must).collect();
        let covered = must.iter().filter(|one| !one.holders.is_empty()).count();
        Self { covered: (!must.is_empty()).then(|| covered as f64 / must.len() as f64), people, skills }
    }
}

/// A skill in the whole organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkillDemand {
    /// The skill.
    pub skill: SkillId,
    /// The roles that ask for it.
    pub roles: usize,
    /// The active outcomes that ask for it.
    pub outcomes: usize,
    /// The highest level at which any of them must have it.
    pub level: Option<Level>,
    /// The active people who hold it, by level: awareness, working, practitioner, expert.
    pub held: [usize; 4],
    /// The active people who hold it at the highest level that is asked for, or at all where none is.
    pub masters: usize,
    /// The roles and active outcomes that must have it, and whose people lack it.
    pub gaps: usize,
}

impl SkillDemand {
    /// Whether something must have it, and one person alone holds it at the highest level that is asked for.
    pub fn is_single(&self) -> bool {
        self.level.is_some() && self.masters == 1
    }
    /// The active people who hold it at any level.
    pub fn holders(&self) -> usize {
        self.held.iter().sum()
    }
}

/// Every skill that is asked for or held at an instant, by id.
pub fn demands(picture: &Picture, at: Instant) -> Vec<SkillDemand> {
    let mut demands: BTreeMap<SkillId, SkillDemand> = BTreeMap::new();
    let mut levels: HashMap<SkillId, HashMap<PersonId, Level>> = HashMap::new();
    let parts = picture.parts();
    for one in parts.person_skills.iter().filter(|one| one.during.contains(at)) {
        if is_active(picture, one.person, at) {
            let level = levels.entry(one.skill).or_default().entry(one.person).or_insert(one.level);
            *level = (*level).max(one.level);
        }
    }
    for (skill, people) in &levels {
        let demand = demands.entry(*skill).or_insert_with(|| SkillDemand::new(*skill));
        for level in people.values() {
            demand.held[usize::from(level.number() - 1)] += 1;
        }
    }
    let mut ask = |required: &RequiredSkill, people: &[PersonId], is_role: bool| {
        let demand = demands.entry(required.skill).or_insert_with(|| SkillDemand::new(required.skill));
        if is_role {
            demand.roles += 1
        } else {
            demand.outcomes += 1
        }
        if required.must {
            demand.level = demand.level.max(Some(required.level));
            let held = levels.get(&required.skill);
            let masters = |person| held.and_then(|held| held.get(person)) >= Some(&required.level);
            demand.gaps += usize::from(!people.iter().any(masters));
        }
    };
    for role in parts.roles.iter().filter(|role| !role.skills.is_empty()) {
        let people = stand_for(picture, Subject::Role(role.id), at);
        role.skills.iter().for_each(|required| ask(required, &people, true));
    }
    let active = parts.outcomes.iter().filter(|one| one.state == OutcomeState::Active && !one.skills.is_empty());
    for outcome in active {
        let people = team_of(picture, outcome.id, at);
        outcome.skills.iter().for_each(|required| ask(required, &people, false));
    }
    for demand in demands.values_mut() {
        let enough = levels.get(&demand.skill).into_iter().flat_map(HashMap::values);
        demand.masters = enough.filter(|level| Some(**level) >= demand.level).count();
    }
    demands.into_values().collect()
}

impl SkillDemand {
    /// A skill that nobody asks for and nobody holds.
    pub fn new(skill: SkillId) -> Self {
        Self { skill, roles: 0, outcomes: 0, level: None, held: [0; 4], masters: 0, gaps: 0 }
    }
}
