//! Cover: who could take over what is lost: deputies, then successors, then those who fit best.

use std::collections::{BTreeSet, HashMap};

use super::role::seated;
use super::{Case, outcome_of};
use crate::accountability::stand_for;
use crate::assignment::{Assignment, AssignmentKind, Readiness};
use crate::candidate::{Candidate, candidates, loads};
use crate::coverage::is_active;
use crate::person::PersonId;
use crate::responsibility::{Object, Part};
use crate::role::{RoleId, Subject};
use crate::skill::RequiredSkill;
use crate::spelling::spelled;
use crate::team::TeamId;
use crate::time::{Instant, Span};

/// How many are proposed.
pub const COVER_MAX: usize = 5;

/// A person who could take something over, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Cover {
    /// The person, with fit and load.
    pub candidate: Candidate,
    /// Why.
    pub by: CoverBy,
    /// The role of which the person is holder, deputy or successor.
    pub role: Option<RoleId>,
    /// When a successor can take over.
    pub readiness: Option<Readiness>,
}

/// Why someone is proposed, in the order in which they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CoverBy {
    /// Holds the role that ceases, and can go on with its work by name.
    Holder,
    /// Stands in for it already.
    Deputy,
    /// Is named to follow.
    Successor,
    /// Fits best.
    Fit,
}
spelled!(CoverBy { Holder = "holder", Deputy = "deputy", Successor = "successor", Fit = "fit" });

/// What proposes cover, with what is looked up once.
pub(super) struct Covering<'a> {
    case: &'a Case<'a>,
    loads: HashMap<PersonId, usize>,
}

/// What cover is looked for.
struct Wanted<'a> {
    /// The roles whose holders, deputies and successors come first.
    roles: BTreeSet<RoleId>,
    required: &'a [RequiredSkill],
    team: Option<TeamId>,
    /// Those who cannot, or are there already.
    out: BTreeSet<PersonId>,
    at: Instant,
}

impl<'a> Covering<'a> {
    pub(super) fn of(case: &'a Case<'a>) -> Self {
        Self { loads: loads(case.picture, case.picture.at()), case }
    }

    /// Who could hold a role from an instant on.
    pub(super) fn of_role(&self, role: RoleId, at: Instant) -> Vec<Cover> {
        let kept = self.case.picture.role(role);
        self.choose(Wanted {
            roles: BTreeSet::from([role]),
            required: kept.map_or(&[], |one| one.skills.as_slice()),
            team: kept.and_then(|one| one.team),
            out: seated(&self.case.after, role, at),
            at,
        })
    }

    /// Who could take a part in something over for a time, in the place of whoever is lost.
    pub(super) fn of_part(&self, object: Object, part: Part, during: Span) -> Vec<Cover> {
        let named = self.case.picture.responsibilities_of(object);
        let named = named.filter(|one| one.part == part && one.during.contains(during.from)).map(|one| one.subject);
        for subject in named {
            match (subject, self.case.gone) {
                (Subject::Role(role), Subject::Person(_)) => return self.of_role(role, during.from),
                (Subject::Role(_), Subject::Role(_)) | (Subject::Person(_), _) => {}
            }
        }
        self.of_name(object, part, during)
    }

    /// Who could be named in the place of the one who is gone, for a part in something and a time.
    pub(super) fn of_name(&self, object: Object, part: Part, during: Span) -> Vec<Cover> {
        let picture = self.case.picture;
        let outcome = outcome_of(picture, object);
        let roles = super::roles_of(picture, self.case.gone, during.from);
        let required = match self.case.gone {
            Subject::Role(role) => picture.role(role).map(|one| one.skills.as_slice()),
            Subject::Person(_) => outcome.map(|one| one.skills.as_slice()),
        };
        // One subject has one part at a time, save accountable and responsible together (I3).
        let bars = |other: Part| {
            other == part
                || !matches!(
                    (part, other),
                    (Part::Accountable, Part::Responsible) | (Part::Responsible, Part::Accountable)
                )
        };
        let others = picture.responsibilities_of(object).filter(|one| bars(one.part) && one.during.overlaps(&during));
        let out = others.filter_map(|one| match one.subject {
            Subject::Person(person) => Some(person),
            Subject::Role(_) => None,
        });
        self.choose(Wanted {
            roles,
            required: required.unwrap_or_default(),
            team: outcome.and_then(|one| one.team),
            out: out.collect(),
            at: during.from,
        })
    }

    fn choose(&self, wanted: Wanted<'_>) -> Vec<Cover> {
        let Wanted { roles, required, team, mut out, at } = wanted;
        let picture = self.case.picture;
        if let Subject::Person(person) = self.case.gone {
            out.insert(person);
        }
        // Who has announced to leave is no cover.
        let stays = |person: PersonId| {
            is_active(picture, person, at) && picture.person(person).is_some_and(|one| one.left_on.is_none())
        };
        let ranked = candidates(picture, required, team, &self.loads, at);
        let place: HashMap<PersonId, usize> = ranked.iter().enumerate().map(|(at, one)| (one.person, at)).collect();
        let mut tied: Vec<(CoverBy, &Assignment)> = Vec::new();
        for one in roles.iter().flat_map(|role| picture.assignments_of_role(*role)) {
            let by = match one.kind {
                AssignmentKind::Deputy => CoverBy::Deputy,
                AssignmentKind::Successor => CoverBy::Successor,
                AssignmentKind::Holder | AssignmentKind::Interim => CoverBy::Holder,
            };
            // Others who hold the role of a person have it to themselves; they are no cover for what bears a name.
            let holds_what_stays = by == CoverBy::Holder && matches!(self.case.gone, Subject::Person(_));
            if one.during.contains(at) && !holds_what_stays {
                tied.push((by, one));
            }
        }
        tied.sort_by_key(|(by, one)| (*by, one.readiness.map(|ready| ready as u8), place.get(&one.person).copied()));
        let mut chosen: Vec<Cover> = Vec::new();
        let known = tied.iter().filter_map(|(by, one)| {
            let candidate = ranked.get(*place.get(&one.person)?)?.clone();
            Some(Cover { candidate, by: *by, role: Some(one.role), readiness: one.readiness })
        });
        let best =
            ranked.iter().map(|one| Cover { candidate: one.clone(), by: CoverBy::Fit, role: None, readiness: None });
        for cover in known.chain(best) {
            let person = cover.candidate.person;
            if chosen.len() < COVER_MAX && stays(person) && out.insert(person) {
                chosen.push(cover);
            }
        }
        chosen
    }

    /// Whether anyone else than the one who is gone stands in a role at an instant.
    pub(super) fn is_acted_in(&self, role: RoleId, at: Instant) -> bool {
        !stand_for(&self.case.after, Subject::Role(role), at).is_empty()
    }
}
