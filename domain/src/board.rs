//! The board: mission, themes and outcomes as a tree, a view over a picture and its assessment.

use crate::assessment::{Assessment, MeasureAssessment, OutcomeAssessment, ThemeAssessment};
use crate::entity::Kept;
use crate::measure::Measure;
use crate::mission::Mission;
use crate::outcome::{Outcome, OutcomeId};
use crate::picture::Picture;
use crate::theme::Theme;
use crate::time::Instant;

/// The board of an organization at an instant.
#[derive(Clone, Debug)]
pub struct Board<'a> {
    /// The instant.
    pub as_of: Instant,
    /// The mission in force.
    pub mission: Option<&'a Kept<Mission>>,
    /// Progress of the mission, per cent.
    pub progress: Option<f64>,
    /// Coverage of the mission, 0 to 1.
    pub coverage: Option<f64>,
    /// The themes.
    pub themes: Vec<ThemeNode<'a>>,
    /// The roots that serve no theme: those that serve the mission directly, or nothing yet.
    pub unaligned: Vec<OutcomeId>,
    /// Every outcome that is shown, once, by id: a child of several parents is one node.
    pub nodes: Vec<Node<'a>>,
}

/// A theme on the board.
#[derive(Clone, Debug)]
pub struct ThemeNode<'a> {
    /// The theme.
    pub theme: &'a Kept<Theme>,
    /// Its numbers.
    pub numbers: &'a ThemeAssessment,
    /// The roots of its tree: its outcomes without a shown `contributes` parent in the same theme.
    pub outcomes: Vec<OutcomeId>,
}

/// An outcome on the board.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// The outcome.
    pub outcome: &'a Kept<Outcome>,
    /// Its numbers, and who answers for it.
    pub numbers: &'a OutcomeAssessment,
    /// Its active measures, monitors too.
    pub measures: Vec<MeasureNode<'a>>,
    /// The outcomes that contribute to it and are shown.
    pub children: Vec<OutcomeId>,
}

/// A measure on the board.
#[derive(Clone, Copy, Debug)]
pub struct MeasureNode<'a> {
    /// The measure.
    pub measure: &'a Kept<Measure>,
    /// Its numbers.
    pub numbers: &'a MeasureAssessment,
}

/// A step of a walk over the tree.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'b, 'a> {
    /// The outcome.
    pub node: &'b Node<'a>,
    /// 0 for a root.
    pub depth: usize,
    /// Whether its children were shown at an earlier place of the walk, and are not shown again.
    ///
    /// Without this a graph of shared children would unfold to a tree without bound.
    pub is_repeated: bool,
}

impl<'a> Board<'a> {
    /// The board of a picture. Drafts and proposed outcomes are shown and counted nowhere; cancelled ones are not shown.
    pub fn new(picture: &'a Picture, assessment: &'a Assessment) -> Self {
        todo!("{picture:?}{assessment:?}")
    }
    /// An outcome that is shown.
    pub fn node(&self, id: OutcomeId) -> Option<&Node<'a>> {
        self.nodes.binary_search_by_key(&id, |node| node.outcome.id).ok().and_then(|at| self.nodes.get(at))
    }
    /// The trees under some roots, parents first, to a depth (0: the roots alone; `None`: all).
    pub fn walk(&self, roots: &[OutcomeId], depth: Option<usize>) -> Vec<Visit<'_, 'a>> {
        todo!("{roots:?}{depth:?}")
    }
}
