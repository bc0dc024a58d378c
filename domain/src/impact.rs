//! What if: what would be lost if a person left or a role ceased, who could take it over, and the plan that hands it over.

mod away;
mod cover;
mod duty;
mod loss;
mod plan;
mod role;
mod skill;

use std::collections::BTreeSet;

pub use away::without;
pub use cover::{Cover, CoverBy};

pub use loss::{GapLeft, ObjectLoss, PartLoss, Passed};
pub use plan::{Changes, Passing, Plan, PlanError, Takeover};
pub use role::RoleLoss;
pub use skill::SkillLoss;

use crate::accountability::stand_for;
use crate::assessment::Assessment;
use crate::duty::Duty;
use crate::entity::Kept;
use crate::measure::MeasureState;
use crate::outcome::{Outcome, OutcomeState};
use crate::person::PersonId;
use crate::picture::Picture;
use crate::responsibility::{Object, Part};
use crate::role::{RoleId, Subject};
use crate::team::{MembershipPart, TeamId};
use crate::time::{Instant, plus_days};

/// The parts without which something is lost.
const BORNE: [Part; 2] = [Part::Accountable, Part::Responsible];

/// What would be lost if someone were gone from an instant on.
#[derive(Clone, Debug, PartialEq)]
pub struct Impact {
    /// Who would be gone.
    pub gone: Subject,
    /// From when on.
    pub from: Instant,
    /// How much is at stake: `Σ weight · (1 − p/100)` over the outcomes that are lost.
    pub stake: f64,
    /// The active outcomes that would have nobody accountable or responsible, the most at stake first.
    pub outcomes: Vec<ObjectLoss>,
    /// Their measures, and those of other outcomes, in the same way.
    pub measures: Vec<ObjectLoss>,
    /// The outcomes for which another would answer at once, such as a deputy.
    pub passed: Vec<Passed>,
    /// The roles that would be vacant or below their minimum.
    pub roles: Vec<RoleLoss>,
    /// The must skills that would be covered no longer.
    pub skills: Vec<SkillLoss>,
    /// What falls due afterwards, soonest first.
    pub duties: Vec<Duty>,
    /// The active people whom the one who is gone leads.
    pub reports: Vec<PersonId>,
    /// The teams that would have no lead.
    pub teams: Vec<TeamId>,
    /// Who could take over what; applied, it leaves as few gaps as the people there are allow.
    pub plan: Plan,
}

impl Impact {
    /// What would be lost if someone were gone from an instant on.
    pub fn of(picture: &Picture, assessment: &Assessment, gone: Subject, from: Instant) -> Self {
        let case = Case { picture, after: without(picture, gone, from), assessment, gone, from };
        let covering = cover::Covering::of(&case);
        let touched = touched(picture, gone, from);
        let mut lost: Vec<ObjectLoss> =
            touched.iter().filter_map(|object| loss::of_object(&case, &covering, *object)).collect();
        lost.sort_by(|a, b| b.stake.total_cmp(&a.stake).then(a.object.cmp(&b.object)));
        let (outcomes, measures): (Vec<_>, Vec<_>) =
            lost.into_iter().partition(|one| matches!(one.object, Object::Outcome(_)));
        Self {
            gone,
            from,
            stake: outcomes.iter().fold(0.0, |sum, one| sum + one.stake),
            passed: loss::passed(&case, &touched),
            roles: role::losses(&case, &covering),
            skills: skill::losses(&case, &touched),
            duties: duty::duties(&case, &touched),
            reports: reports(picture, gone),
            teams: teams(&case),
            plan: plan::proposed(&case, &covering),
            outcomes,
            measures,
        }
    }
}

/// A question, and the picture without the one who is gone.
struct Case<'a> {
    picture: &'a Picture,
    after: Picture,
    assessment: &'a Assessment,
    gone: Subject,
    from: Instant,
}

impl Case<'_> {
    /// `weight · (1 − p/100)`; what has no progress has all of it before it.
    fn stake(&self, object: Object) -> f64 {
        let (weight, progress) = match object {
            Object::Outcome(id) => (
                self.picture.outcome(id).map_or(0.0, |one| one.weight),
                self.assessment.outcome(id).and_then(|one| one.rollup.progress),
            ),
            Object::Measure(id) => (
                self.picture.measure(id).map_or(0.0, |one| one.weight),
                self.assessment.measure(id).and_then(|one| one.progress.progress),
            ),
        };
        weight * (1.0 - progress.unwrap_or(0.0) / 100.0)
    }
}

/// The outcome that something is, or that it measures.
fn outcome_of(picture: &Picture, object: Object) -> Option<&Kept<Outcome>> {
    match object {
        Object::Outcome(id) => picture.outcome(id),
        Object::Measure(id) => picture.outcome(picture.measure(id)?.outcome),
    }
}

/// Whether someone must answer for it: an active outcome, or an active measure of one.
fn is_pursued(picture: &Picture, object: Object) -> bool {
    let is_active = |outcome: &Kept<Outcome>| outcome.state == OutcomeState::Active;
    let is_kept = match object {
        Object::Outcome(_) => true,
        Object::Measure(id) => picture.measure(id).is_some_and(|one| one.state == MeasureState::Active),
    };
    is_kept && outcome_of(picture, object).is_some_and(is_active)
}

/// The roles in which someone can answer at some time from an instant on: for a role, itself.
fn roles_of(picture: &Picture, gone: Subject, from: Instant) -> BTreeSet<RoleId> {
    match gone {
        Subject::Role(role) => BTreeSet::from([role]),
        Subject::Person(person) => {
            let held = picture.assignments_of_person(person);
            held.filter(|one| one.kind.answers() && one.during.end() > from).map(|one| one.role).collect()
        }
    }
}

/// What is pursued and borne by someone at some time from an instant on, by name or through a role.
fn touched(picture: &Picture, gone: Subject, from: Instant) -> BTreeSet<Object> {
    let roles = roles_of(picture, gone, from);
    let names = |subject| match subject {
        Subject::Role(role) => roles.contains(&role),
        Subject::Person(_) => subject == gone,
    };
    let all = picture.parts().responsibilities.iter();
    let borne = all.filter(|one| BORNE.contains(&one.part) && one.during.end() > from && names(one.subject));
    borne.map(|one| one.object).filter(|object| is_pursued(picture, *object)).collect()
}

/// The instants from `from` on at which another can stand behind some roles and people, `from` first.
fn instants(pictures: [&Picture; 2], objects: &[Object], roles: &BTreeSet<RoleId>, from: Instant) -> Vec<Instant> {
    let mut instants = vec![from];
    for picture in pictures {
        let mut roles = roles.clone();
        let mut people: BTreeSet<PersonId> = BTreeSet::new();
        for one in objects.iter().flat_map(|object| picture.responsibilities_of(*object)) {
            instants.extend([one.during.from, one.during.end()]);
            match one.subject {
                Subject::Role(role) => roles.insert(role),
                Subject::Person(person) => people.insert(person),
            };
        }
        let first_after = |day| {
            let next = plus_days(day, 1);
            let zone = picture.parts().organization.zone_at(picture.zone().start_of(next));
            zone.start_of(next)
        };
        for one in roles.iter().flat_map(|role| picture.assignments_of_role(*role)) {
            instants.extend([one.during.from, one.during.end()]);
            instants.extend(one.term_ends.map(first_after));
            people.insert(one.person);
        }
        let leaving = people.iter().filter_map(|person| picture.person(*person)?.left_on);
        instants.extend(leaving.map(first_after));
    }
    instants.retain(|at| *at >= from && *at < Instant::END);
    instants.sort_unstable();
    instants.dedup();
    instants
}

/// The active people whom a person leads.
fn reports(picture: &Picture, gone: Subject) -> Vec<PersonId> {
    let Subject::Person(person) = gone else { return Vec::new() };
    let led = picture.parts().people.iter().filter(|one| one.active && one.manager == Some(person));
    led.map(|one| one.id).collect()
}

/// The teams whose last lead is gone.
fn teams(case: &Case<'_>) -> Vec<TeamId> {
    let Subject::Person(person) = case.gone else { return Vec::new() };
    let leads = |picture: &Picture, team: TeamId| {
        picture.memberships_of_team(team).any(|one| {
            one.part == MembershipPart::Lead
                && one.during.contains(case.from)
                && !stand_for(picture, Subject::Person(one.person), case.from).is_empty()
        })
    };
    let led = case.picture.memberships_of_person(person).filter(|one| one.part == MembershipPart::Lead);
    let teams: BTreeSet<TeamId> = led.map(|one| one.team).collect();
    teams.into_iter().filter(|team| leads(case.picture, *team) && !leads(&case.after, *team)).collect()
}
