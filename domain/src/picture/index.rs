//! The ways to find a row of a picture without looking through all of them.

use std::collections::HashMap;
use std::hash::Hash;

use super::PictureParts;
use super::graph::Graph;
use crate::entity::Kept;
use crate::id::{Id, Identified};
use crate::measure::MeasureId;
use crate::outcome::OutcomeId;
use crate::period::PeriodId;
use crate::person::PersonId;
use crate::responsibility::Object;
use crate::role::RoleId;
use crate::rule::FindingId;
use crate::team::TeamId;
use crate::theme::ThemeId;

/// Positions of rows, by what they are asked for.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) themes: HashMap<ThemeId, usize>,
    pub(super) periods: HashMap<PeriodId, usize>,
    pub(super) teams: HashMap<TeamId, usize>,
    pub(super) people: HashMap<PersonId, usize>,
    pub(super) roles: HashMap<RoleId, usize>,
    pub(super) outcomes: HashMap<OutcomeId, usize>,
    pub(super) measures: HashMap<MeasureId, usize>,
    pub(super) measures_of: HashMap<OutcomeId, Vec<usize>>,
    pub(super) result_of: HashMap<OutcomeId, usize>,
    pub(super) responsibilities_of: HashMap<Object, Vec<usize>>,
    pub(super) assignments_of_role: HashMap<RoleId, Vec<usize>>,
    pub(super) assignments_of_person: HashMap<PersonId, Vec<usize>>,
    pub(super) memberships_of_team: HashMap<TeamId, Vec<usize>>,
    pub(super) memberships_of_person: HashMap<PersonId, Vec<usize>>,
    pub(super) alignments_of: HashMap<OutcomeId, Vec<usize>>,
    pub(super) skills_of: HashMap<PersonId, Vec<usize>>,
    pub(super) waivers: HashMap<FindingId, usize>,
    pub(super) graph: Graph,
}

impl Index {
    pub(super) fn new(parts: &PictureParts) -> Self {
        let outcomes = by_id(&parts.outcomes);
        let graph = Graph::new(parts.outcomes.len(), &parts.alignments, &outcomes);
        Self {
            themes: by_id(&parts.themes),
            periods: by_id(&parts.periods),
            teams: by_id(&parts.teams),
            people: by_id(&parts.people),
            roles: by_id(&parts.roles),
            measures: by_id(&parts.measures),
            measures_of: group(parts.measures.iter().map(|row| row.outcome)),
            // The latest id wins should a loader give more than one.
            result_of: parts.results.iter().enumerate().map(|(at, row)| (row.outcome, at)).collect(),
            responsibilities_of: group(parts.responsibilities.iter().map(|row| row.object)),
            assignments_of_role: group(parts.assignments.iter().map(|row| row.role)),
            assignments_of_person: group(parts.assignments.iter().map(|row| row.person)),
            memberships_of_team: group(parts.memberships.iter().map(|row| row.team)),
            memberships_of_person: group(parts.memberships.iter().map(|row| row.person)),
            alignments_of: group(parts.alignments.iter().map(|row| row.child)),
            skills_of: group(parts.person_skills.iter().map(|row| row.person)),
            waivers: parts.waivers.iter().enumerate().map(|(at, row)| (row.finding, at)).collect(),
            outcomes,
            graph,
        }
    }
}

fn by_id<T: Identified>(rows: &[Kept<T>]) -> HashMap<Id<T>, usize> {
    rows.iter().enumerate().map(|(at, row)| (row.id, at)).collect()
}

fn group<K: Eq + Hash>(keys: impl Iterator<Item = K>) -> HashMap<K, Vec<usize>> {
    let mut groups: HashMap<K, Vec<usize>> = HashMap::new();
    for (at, key) in keys.enumerate() {
        groups.entry(key).or_default().push(at);
    }
    groups
}
