//! The graph of contributions, with an order in which every child comes before its parents.

use super::index::ById;

use crate::alignment::{Alignment, AlignmentId, AlignmentKind, AlignmentParent};
use crate::entity::Kept;
use crate::outcome::OutcomeId;

/// A `contributes` edge, seen from one of its ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The position of the outcome at the other end.
    pub to: usize,
    /// How much the child counts among the parent's parts.
    pub weight: f64,
    /// The alignment.
    pub alignment: AlignmentId,
}

/// The `contributes` edges among outcomes, by position.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    pub(super) children: Vec<Vec<Edge>>,
    pub(super) parents: Vec<Vec<Edge>>,
    pub(super) order: Vec<usize>,
}

impl Graph {
    /// Builds the graph. A cycle, which I6 forbids but a store may still hold, is cut where the
    /// outcome made first would come after itself: nothing hangs, and the rest keeps its numbers.
    pub(super) fn new(count: usize, alignments: &[Kept<Alignment>], positions: &ById<OutcomeId, usize>) -> Self {
        let mut edges = Vec::new();
        for row in alignments {
            let AlignmentParent::Outcome(parent) = row.parent else { continue };
            let ends = (positions.get(&row.child), positions.get(&parent));
            if let (AlignmentKind::Contributes, (Some(child), Some(parent))) = (row.kind, ends) {
                edges.push((*child, *parent, row.weight, row.id));
            }
        }
        let order = bottom_up(count, edges.iter().map(|(child, parent, _, _)| (*child, *parent)));
        let mut rank = vec![0; count];
        for (place, position) in order.iter().enumerate() {
            rank[*position] = place;
        }
        let mut graph = Self { children: vec![Vec::new(); count], parents: vec![Vec::new(); count], order };
        for (child, parent, weight, alignment) in edges.into_iter().filter(|edge| rank[edge.0] < rank[edge.1]) {
            graph.children[parent].push(Edge { to: child, weight, alignment });
            graph.parents[child].push(Edge { to: parent, weight, alignment });
        }
        graph
    }
}

/// Every position, children first. Where only cycles are left, the lowest position goes next.
fn bottom_up(count: usize, edges: impl Iterator<Item = (usize, usize)>) -> Vec<usize> {
    let mut parents = vec![Vec::new(); count];
    let mut waiting_for = vec![0usize; count];
    for (child, parent) in edges {
        parents[child].push(parent);
        waiting_for[parent] += 1;
    }
    let mut order = Vec::with_capacity(count);
    let mut is_placed = vec![false; count];
    let mut ready: Vec<usize> = (0..count).rev().filter(|position| waiting_for[*position] == 0).collect();
    let mut lowest = 0;
    loop {
        while let Some(position) = ready.pop() {
            if std::mem::replace(&mut is_placed[position], true) {
                continue;
            }
            order.push(position);
            for parent in &parents[position] {
                waiting_for[*parent] -= 1;
                if waiting_for[*parent] == 0 {
                    ready.push(*parent);
                }
            }
        }
        while lowest < count && is_placed[lowest] {
            lowest += 1;
        }
        if lowest == count {
            return order;
        }
        ready.push(lowest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_outcome_has_one_place_and_acyclic_edges_are_all_kept(
            edges in proptest::collection::vec((0usize..20, 0usize..20), 0..60),
        ) {
            let order = bottom_up(20, edges.iter().copied());
            let mut sorted = order.clone();
            sorted.sort_unstable();
            proptest::prop_assert_eq!(sorted, (0..20).collect::<Vec<_>>());
            // Pointing every edge upwards leaves no cycle to cut.
            let upward = edges.iter().filter(|(a, b)| a != b).map(|(a, b)| (*a.min(b), *a.max(b)));
            let order = bottom_up(20, upward.clone());
            for (child, parent) in upward {
                let place = |wanted| order.iter().position(|position| *position == wanted);
                proptest::prop_assert!(place(child) < place(parent));
            }
        }
    }
}
