//! The roles that suffer: vacant, below their minimum, or without anyone to follow.

use std::collections::BTreeSet;

use super::cover::{Cover, Covering};
use super::{BORNE, Case, instants};
use crate::accountability::{has_term_ended, stand_for};
use crate::assignment::AssignmentKind;
use crate::person::PersonId;
use crate::picture::Picture;
use crate::responsibility::Object;
use crate::role::{Role, RoleId, Subject};
use crate::time::Instant;

/// A role that would suffer.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleLoss {
    /// The role.
    pub role: RoleId,
    /// From when on.
    pub from: Instant,
    /// Whether the organization depends on it.
    pub is_key: bool,
    /// Whether nobody could act in it: no holder, interim or deputy.
    pub is_vacant: bool,
    /// Whether fewer would hold it, or hold it for the interim, than it needs.
    pub is_below_min: bool,
    /// Whether it is a key role that nobody would be named to follow in.
    pub lacks_successor: bool,
    /// How many would hold it, or hold it for the interim.
    pub holders: usize,
    /// How many it needs.
    pub seats_min: i32,
    /// `Σ weight · (1 − p/100)` over the active outcomes that it is accountable or responsible for.
    pub stake: f64,
    /// Who could take it over, the best first.
    pub cover: Vec<Cover>,
}

/// How a role stands at an instant.
struct Standing {
    can_act: bool,
    seated: usize,
    successors: usize,
}

impl Standing {
    fn of(picture: &Picture, role: RoleId, at: Instant) -> Self {
        Self {
            can_act: !stand_for(picture, Subject::Role(role), at).is_empty(),
            seated: seated(picture, role, at).len(),
            successors: tied(picture, role, at, |kind| kind == AssignmentKind::Successor).len(),
        }
    }
}

/// The active people who take a seat of a role at an instant, by holding it or for the interim, each once.
pub(super) fn seated(picture: &Picture, role: RoleId, at: Instant) -> BTreeSet<PersonId> {
    tied(picture, role, at, |kind| match kind {
        AssignmentKind::Holder | AssignmentKind::Interim => true,
        AssignmentKind::Deputy | AssignmentKind::Successor => false,
    })
}

fn tied(picture: &Picture, role: RoleId, at: Instant, how: impl Fn(AssignmentKind) -> bool) -> BTreeSet<PersonId> {
    let in_force = picture.assignments_of_role(role).filter(|one| how(one.kind) && one.during.contains(at));
    let in_term = in_force.filter(|one| !has_term_ended(one, picture.day_of(at)));
    in_term
        .map(|one| one.person)
        .filter(|person| !stand_for(picture, Subject::Person(*person), at).is_empty())
        .collect()
}

/// The roles of a person that would suffer: key roles that are vacant first, then those with the most at stake.
pub(super) fn losses(case: &Case<'_>, covering: &Covering<'_>) -> Vec<RoleLoss> {
    let Subject::Person(person) = case.gone else { return Vec::new() };
    let held = case.picture.assignments_of_person(person).filter(|one| one.during.end() > case.from);
    let roles: BTreeSet<RoleId> = held.map(|one| one.role).collect();
    let mut losses: Vec<RoleLoss> = roles
        .into_iter()
        .filter_map(|id| {
            let role = case.picture.role(id)?;
            let instants = instants([case.picture, &case.after], &[], &BTreeSet::from([id]), case.from);
            instants.into_iter().find_map(|at| loss_at(case, covering, id, role, at))
        })
        .collect();
    let rank = |one: &RoleLoss| (one.is_key && one.is_vacant, one.is_vacant, one.is_below_min);
    losses.sort_by(|a, b| rank(b).cmp(&rank(a)).then(b.stake.total_cmp(&a.stake)).then(a.role.cmp(&b.role)));
    losses
}

fn loss_at(case: &Case<'_>, covering: &Covering<'_>, id: RoleId, role: &Role, at: Instant) -> Option<RoleLoss> {
    let (before, after) = (Standing::of(case.picture, id, at), Standing::of(&case.after, id, at));
    let needed = usize::try_from(role.seats_min).unwrap_or(0);
    let is_vacant = before.can_act && !after.can_act;
    let is_below_min = after.seated < before.seated && after.seated < needed;
    let lacks_successor = role.is_key && before.successors > 0 && after.successors == 0;
    (is_vacant || is_below_min || lacks_successor).then(|| RoleLoss {
        role: id,
        from: at,
        is_key: role.is_key,
        is_vacant,
        is_below_min,
        lacks_successor,
        holders: after.seated,
        seats_min: role.seats_min,
        stake: stake(case, id, at),
        cover: covering.of_role(id, at),
    })
}

fn stake(case: &Case<'_>, role: RoleId, at: Instant) -> f64 {
    let borne = case
        .picture
        .parts()
        .responsibilities
        .iter()
        .filter(|one| one.subject == Subject::Role(role) && BORNE.contains(&one.part) && one.during.contains(at));
    let outcomes = borne.map(|one| one.object).filter(|object| match object {
        Object::Outcome(_) => super::is_pursued(case.picture, *object),
        Object::Measure(_) => false,
    });
    let outcomes: BTreeSet<Object> = outcomes.collect();
    outcomes.into_iter().fold(0.0, |sum, object| sum + case.stake(object))
}
