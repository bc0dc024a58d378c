//! The ways to find a row of a picture without looking through all of them.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::FixedState;

use super::PictureParts;
use super::graph::Graph;
use crate::entity::Kept;
use crate::id::{Id, Identified};
use crate::measure::MeasureId;
use crate::outcome::OutcomeId;
use crate::parallel::both;
use crate::period::PeriodId;
use crate::person::PersonId;
use crate::responsibility::Object;
use crate::role::RoleId;
use crate::rule::FindingId;
use crate::team::TeamId;
use crate::theme::ThemeId;

/// By ids, which no client chooses, and asked millions of times: so by a hash that is quick, and holds out against nobody.
pub(super) type ById<K, V> = HashMap<K, V, FixedState>;

/// Positions of rows, by what they are asked for.
#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) themes: ById<ThemeId, usize>,
    pub(super) periods: ById<PeriodId, usize>,
    pub(super) teams: ById<TeamId, usize>,
    pub(super) people: ById<PersonId, usize>,
    pub(super) roles: ById<RoleId, usize>,
    pub(super) outcomes: ById<OutcomeId, usize>,
    pub(super) measures: ById<MeasureId, usize>,
    /// By the position of a measure, that of its outcome.
    pub(super) outcome_of: Vec<Option<usize>>,
    /// By the position of an outcome, those of its measures.
    pub(super) measures_of: Lists,
    pub(super) result_of: ById<OutcomeId, usize>,
    pub(super) responsibilities_of: Groups<Object>,
    pub(super) assignments_of_role: Groups<RoleId>,
    pub(super) assignments_of_person: Groups<PersonId>,
    pub(super) memberships_of_team: Groups<TeamId>,
    pub(super) memberships_of_person: Groups<PersonId>,
    pub(super) alignments_of: Groups<OutcomeId>,
    pub(super) skills_of: Groups<PersonId>,
    pub(super) waivers: ById<FindingId, usize>,
    pub(super) graph: Graph,
}

impl Index {
    pub(super) fn new(parts: &PictureParts) -> Self {
        let outcomes = by_id(&parts.outcomes);
        let of_measures = || {
            let outcome_of: Vec<Option<usize>> =
                parts.measures.iter().map(|row| outcomes.get(&row.outcome).copied()).collect();
            let measures_of = Lists::of(parts.outcomes.len(), &outcome_of);
            (by_id(&parts.measures), outcome_of, measures_of)
        };
        let of_the_rest = || {
            let graph = Graph::new(parts.outcomes.len(), &parts.alignments, &outcomes);
            let responsibilities_of = Groups::of(parts.responsibilities.iter().map(|row| row.object));
            let alignments_of = Groups::of(parts.alignments.iter().map(|row| row.child));
            (graph, responsibilities_of, alignments_of)
        };
        let ((measures, outcome_of, measures_of), (graph, responsibilities_of, alignments_of)) =
            both(parts.measures.len(), of_measures, of_the_rest);
        Self {
            themes: by_id(&parts.themes),
            periods: by_id(&parts.periods),
            teams: by_id(&parts.teams),
            people: by_id(&parts.people),
            roles: by_id(&parts.roles),
            measures,
            outcome_of,
            measures_of,
            // The latest id wins should a loader give more than one.
            result_of: parts.results.iter().enumerate().map(|(at, row)| (row.outcome, at)).collect(),
            responsibilities_of,
            assignments_of_role: Groups::of(parts.assignments.iter().map(|row| row.role)),
            assignments_of_person: Groups::of(parts.assignments.iter().map(|row| row.person)),
            memberships_of_team: Groups::of(parts.memberships.iter().map(|row| row.team)),
            memberships_of_person: Groups::of(parts.memberships.iter().map(|row| row.person)),
            alignments_of,
            skills_of: Groups::of(parts.person_skills.iter().map(|row| row.person)),
            waivers: parts.waivers.iter().enumerate().map(|(at, row)| (row.finding, at)).collect(),
            graph,
            outcomes,
        }
    }
}

/// So many lists of positions, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Lists {
    /// Where each begins; the last is where all end.
    starts: Vec<usize>,
    positions: Vec<usize>,
}

impl Lists {
    /// The positions at which each list is named, ascending.
    fn of(count: usize, named: &[Option<usize>]) -> Self {
        let mut starts = vec![0; count + 1];
        for list in named.iter().flatten() {
            starts[list + 1] += 1;
        }
        for list in 0..count {
            starts[list + 1] += starts[list];
        }
        let mut next = starts.clone();
        let mut positions = vec![0; starts[count]];
        for (position, list) in named.iter().enumerate() {
            if let Some(list) = list {
                positions[next[*list]] = position;
                next[*list] += 1;
            }
        }
        Self { starts, positions }
    }
    pub(super) fn get(&self, list: usize) -> &[usize] {
        let bounds = self.starts.get(list).zip(self.starts.get(list + 1));
        bounds.and_then(|(from, to)| self.positions.get(*from..*to)).unwrap_or_default()
    }
}

/// The positions of rows that have something in common, ascending.
#[derive(Clone, Debug)]
pub(super) struct Groups<K> {
    list_of: ById<K, usize>,
    lists: Lists,
}

impl<K: Eq + Hash> Groups<K> {
    fn of(keys: impl Iterator<Item = K>) -> Self {
        let mut list_of: ById<K, usize> = ById::default();
        let named: Vec<Option<usize>> = keys
            .map(|key| {
                let next = list_of.len();
                Some(*list_of.entry(key).or_insert(next))
            })
            .collect();
        Self { lists: Lists::of(list_of.len(), &named), list_of }
    }
    pub(super) fn get(&self, key: &K) -> &[usize] {
        self.list_of.get(key).map_or(&[], |list| self.lists.get(*list))
    }
}

fn by_id<T: Identified>(rows: &[Kept<T>]) -> ById<Id<T>, usize> {
    rows.iter().enumerate().map(|(at, row)| (row.id, at)).collect()
}
