//! Hierarchies: nothing stands above itself (I6), and the refusal names the way round.

use std::collections::HashSet;

use remit_domain::alignment::cycle;
use remit_domain::id::Id;
use remit_persistence::{ReadTx, Stored, When};

use crate::problem::{Kind, Problem};

/// Whether an entity may stand below a parent. `above` says what stands above another.
///
/// # Errors
/// 409 `hierarchy_cycle` with the path.
pub fn check_parent<T: Stored>(
    tx: &mut ReadTx<'_>,
    id: Id<T>,
    parent: Id<T>,
    above: impl Fn(&T) -> Option<Id<T>>,
) -> Result<(), Problem> {
    // Only the way up is read: it is short where the whole hierarchy may be large.
    let mut edges = Vec::new();
    let mut seen = HashSet::new();
    let mut next = Some(parent);
    while let Some(at) = next.filter(|at| *at != id && seen.insert(*at)) {
        next = tx.find(at, When::Present)?.and_then(|kept| above(&kept.value));
        edges.extend(next.map(|next| (at, next)));
    }
    let Some(path) = cycle(edges, id, parent) else { return Ok(()) };
    let path: Vec<String> = path.iter().map(Id::to_string).collect();
    Err(Problem::new(Kind::HierarchyCycle, format!("It would stand above itself: {}.", path.join(" → "))))
}
