//! I6: no cycles.

use std::collections::HashSet;

use proptest::prelude::*;
use remit_domain::alignment::cycle;

/// Whether `to` can be reached from `from`, by walking everything.
fn reaches(edges: &[(u8, u8)], from: u8, to: u8) -> bool {
    let mut seen = HashSet::from([from]);
    loop {
        let next: Vec<u8> =
            edges.iter().filter(|(a, b)| seen.contains(a) && !seen.contains(b)).map(|edge| edge.1).collect();
        if next.is_empty() {
            return seen.contains(&to);
        }
        seen.extend(next);
    }
}

proptest! {
    #[test]
    fn a_cycle_is_found_exactly_when_the_new_edge_closes_one(
        edges in prop::collection::vec((0u8..12, 0u8..12), 0..40), child in 0u8..12, parent in 0u8..12,
    ) {
        let found = cycle(edges.iter().copied(), child, parent);
        prop_assert_eq!(found.is_some(), reaches(&edges, parent, child));
        if let Some(path) = found {
            prop_assert_eq!(path.first(), Some(&child));
            prop_assert_eq!(path.last(), Some(&child));
            prop_assert_eq!(path.get(1), Some(&parent));
            for step in path.windows(2) {
                prop_assert!(edges.contains(&(step[0], step[1])) || (step[0], step[1]) == (child, parent));
            }
        }
    }
}

#[test]
fn a_long_chain_is_walked_without_recursion() {
    let chain = (0u32..100_000).map(|at| (at, at + 1));
    assert_eq!(cycle(chain, 100_000, 0).map(|path| path.len()), Some(100_002));
}
