//! Audiences: whom a briefing reaches.

use std::collections::BTreeSet;

use super::AUDIENCE_MAX;
use crate::accountability::{is_active, stand_for};
use crate::outcome::OutcomeId;
use crate::person::PersonId;
use crate::picture::Picture;
use crate::responsibility::Object;
use crate::role::{RoleId, Subject};
use crate::team::{TeamId, teams_within};

/// Whom a briefing is to reach: all who are named in any of these ways.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// Every active person.
    pub everyone: bool,
    /// Those who are in these teams, or in teams that belong to them.
    pub teams: Vec<TeamId>,
    /// Those who hold these roles, or stand in for a holder.
    pub roles: Vec<RoleId>,
    /// Those who have a part in these outcomes or their measures, by name or through a role.
    pub outcomes: Vec<OutcomeId>,
    /// These people.
    pub people: Vec<PersonId>,
}

impl Audience {
    /// Whether one of the lists names more than [`AUDIENCE_MAX`].
    pub(super) const fn is_too_large(&self) -> bool {
        let Self { everyone: _, teams, roles, outcomes, people } = self;
        teams.len() > AUDIENCE_MAX
            || roles.len() > AUDIENCE_MAX
            || outcomes.len() > AUDIENCE_MAX
            || people.len() > AUDIENCE_MAX
    }

    /// Everyone in a picture whom it reaches, by id; only those who are active.
    pub fn people_in(&self, picture: &Picture) -> BTreeSet<PersonId> {
        let mut named: BTreeSet<PersonId> = self.people.iter().copied().collect();
        if self.everyone {
            named.extend(picture.parts().people.iter().map(|person| person.id));
        }
        named.extend(self.teams.iter().flat_map(|team| people_of_team(picture, *team)));
        named.extend(self.roles.iter().flat_map(|role| people_of_role(picture, *role)));
        named.extend(self.outcomes.iter().flat_map(|outcome| parts_in(picture, *outcome)));
        named.retain(|person| is_active(picture, *person, picture.today()));
        named
    }
}

/// Those who are in a team, or in a team that belongs to it, at the picture's instant.
pub fn people_of_team(picture: &Picture, team: TeamId) -> BTreeSet<PersonId> {
    let teams = teams_within(picture, team);
    let memberships = teams.iter().flat_map(|team| picture.memberships_of_team(*team));
    memberships.filter(|one| one.during.contains(picture.at())).map(|one| one.person).collect()
}

/// Those who hold a role at the picture's instant, or stand in for a holder.
pub fn people_of_role(picture: &Picture, role: RoleId) -> BTreeSet<PersonId> {
    let assignments = picture.assignments_of_role(role);
    assignments.filter(|one| one.kind.answers() && one.during.contains(picture.at())).map(|one| one.person).collect()
}

/// Those who have a part in an outcome or in one of its measures at the picture's instant, by name or through a role.
pub fn parts_in(picture: &Picture, outcome: OutcomeId) -> BTreeSet<PersonId> {
    let at = picture.at();
    let measures = picture.measures_of(outcome).map(|measure| Object::Measure(measure.id));
    let responsibilities = std::iter::once(Object::Outcome(outcome))
        .chain(measures)
        .flat_map(|object| picture.responsibilities_of(object));
    let subjects: BTreeSet<Subject> =
        responsibilities.filter(|one| one.during.contains(at)).map(|one| one.subject).collect();
    subjects.into_iter().flat_map(|subject| stand_for(picture, subject, at)).collect()
}
