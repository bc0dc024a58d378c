//! Alignments: how outcomes lead to other outcomes, without going round in circles (I6).

use std::collections::HashMap;
use std::hash::Hash;

use crate::entity::Check;
use crate::id::{Id, Identified};
use crate::measure::MeasureId;
use crate::outcome::OutcomeId;
use crate::person::PersonId;
use crate::spelling::spelled;

/// The identifier of an alignment.
pub type AlignmentId = Id<Alignment>;

/// That an outcome leads to another outcome, or to a measure of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Alignment {
    /// The outcome that leads.
    pub child: OutcomeId,
    /// What it leads to.
    pub parent: AlignmentParent,
    /// In what way.
    pub kind: AlignmentKind,
    /// How much it counts among the parent's parts; at least 0.
    pub weight: f64,
    /// Who confirmed a dependency.
    pub confirmed_by: Option<PersonId>,
}

/// What an outcome leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlignmentParent {
    /// An outcome.
    Outcome(OutcomeId),
    /// A measure; shown, never summed.
    Measure(MeasureId),
}

/// In what way an outcome leads to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlignmentKind {
    /// Its progress is part of the parent's.
    Contributes,
    /// It helps; nothing is summed.
    Supports,
    /// The child cannot be reached without the parent.
    DependsOn,
}
spelled!(AlignmentKind { Contributes = "contributes", Supports = "supports", DependsOn = "depends_on" });

/// Why an alignment was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlignmentError {
    /// A weight is at least 0 and finite.
    Weight,
}

impl Check for Alignment {
    type Error = AlignmentError;
    fn check(&self) -> Result<(), AlignmentError> {
        (self.weight >= 0.0 && self.weight <= 1e6).then_some(()).ok_or(AlignmentError::Weight)
    }
}
impl Identified for Alignment {
    const PREFIX: &'static str = "aln";
    const NOUN: &'static str = "alignment";
}

/// The way back from `parent` to `child` that a new edge `child → parent` would close into a cycle.
///
/// `edges` are the existing edges, child first. The path begins and ends with `child`.
pub fn cycle<N: Copy + Eq + Hash>(edges: impl IntoIterator<Item = (N, N)>, child: N, parent: N) -> Option<Vec<N>> {
    let mut up: HashMap<N, Vec<N>> = HashMap::new();
    for (from, to) in edges {
        up.entry(from).or_default().push(to);
    }
    let mut came_from: HashMap<N, N> = HashMap::from([(parent, child)]);
    let mut open = vec![parent];
    while let Some(node) = open.pop() {
        if node == child {
            let mut path = vec![child];
            let mut step = child;
            loop {
                step = *came_from.get(&step)?;
                path.push(step);
                if step == child {
                    path.reverse();
                    return Some(path);
                }
            }
        }
        for next in up.get(&node).into_iter().flatten() {
            if *next == child || !came_from.contains_key(next) {
                came_from.insert(*next, node);
                open.push(*next);
            }
        }
    }
    None
}
