//! The board: mission, themes and outcomes as a tree, a view over a picture and its assessment.

use std::collections::HashSet;

use crate::assessment::{Assessment, MeasureAssessment, OutcomeAssessment, ThemeAssessment};
use crate::check_in::Confidence;
use crate::entity::Kept;
use crate::measure::{Measure, MeasureState};
use crate::mission::Mission;
use crate::outcome::{Outcome, OutcomeId, OutcomeState};
use crate::picture::{Edge, Picture};
use crate::theme::{Theme, ThemeId};
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
    /// How sure people are of its outcomes.
    pub confidence: Option<Confidence>,
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
        let parts = picture.parts();
        let mut themes: Vec<ThemeNode<'a>> = parts
            .themes
            .iter()
            .zip(assessment.themes())
            .map(|(theme, numbers)| ThemeNode { theme, numbers, outcomes: Vec::new() })
            .collect();
        let mut unaligned = Vec::new();
        let mut nodes = Vec::new();
        for (position, (outcome, numbers)) in parts.outcomes.iter().zip(assessment.outcomes()).enumerate() {
            if !is_shown(outcome) {
                continue;
            }
            match place(picture, position, outcome) {
                Place::Theme(theme) => {
                    if let Ok(at) = themes.binary_search_by_key(&theme, |node| node.theme.id) {
                        themes[at].outcomes.push(outcome.id);
                    }
                }
                Place::Unaligned => unaligned.push(outcome.id),
                Place::UnderParents => {}
            }
            nodes.push(Node {
                outcome,
                numbers,
                measures: measures(picture, assessment, outcome),
                children: shown(picture, picture.children_at(position)).map(|child| child.id).collect(),
            });
        }
        Self {
            as_of: picture.at(),
            mission: parts.mission.as_ref(),
            progress: assessment.progress(),
            coverage: assessment.coverage(),
            confidence: assessment.confidence(),
            themes,
            unaligned,
            nodes,
        }
    }
    /// An outcome that is shown.
    pub fn node(&self, id: OutcomeId) -> Option<&Node<'a>> {
        self.nodes.binary_search_by_key(&id, |node| node.outcome.id).ok().and_then(|at| self.nodes.get(at))
    }
    /// The trees under some roots, parents first, to a depth (0: the roots alone; `None`: all).
    pub fn walk(&self, roots: &[OutcomeId], depth: Option<usize>) -> Vec<Visit<'_, 'a>> {
        let mut visits = Vec::new();
        let mut unfolded = HashSet::new();
        let mut open: Vec<(OutcomeId, usize)> = roots.iter().rev().map(|id| (*id, 0)).collect();
        while let Some((id, level)) = open.pop() {
            let Some(node) = self.node(id) else { continue };
            let is_repeated = unfolded.contains(&id);
            visits.push(Visit { node, depth: level, is_repeated });
            if !is_repeated && !node.children.is_empty() && depth.is_none_or(|depth| level < depth) {
                unfolded.insert(id);
                open.extend(node.children.iter().rev().map(|child| (*child, level + 1)));
            }
        }
        visits
    }
}

/// Where an outcome hangs.
enum Place {
    Theme(ThemeId),
    Unaligned,
    UnderParents,
}

/// Whether an outcome is on the board at all.
fn is_shown(outcome: &Outcome) -> bool {
    match outcome.state {
        OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Active | OutcomeState::Closed => true,
        OutcomeState::Cancelled => false,
    }
}

fn shown<'a>(picture: &'a Picture, edges: &'a [Edge]) -> impl Iterator<Item = &'a Kept<Outcome>> {
    edges.iter().filter_map(|edge| picture.parts().outcomes.get(edge.to)).filter(|outcome| is_shown(outcome))
}

fn place(picture: &Picture, position: usize, outcome: &Outcome) -> Place {
    let mut parents = shown(picture, picture.parents_at(position));
    match picture.theme_of(outcome) {
        Some(theme) if parents.all(|parent| picture.theme_of(parent) != Some(theme)) => Place::Theme(theme),
        None if parents.next().is_none() => Place::Unaligned,
        Some(_) | None => Place::UnderParents,
    }
}

fn measures<'a>(picture: &'a Picture, assessment: &'a Assessment, outcome: &Kept<Outcome>) -> Vec<MeasureNode<'a>> {
    picture
        .measures_of(outcome.id)
        .filter(|measure| measure.state == MeasureState::Active)
        .filter_map(|measure| Some(MeasureNode { measure, numbers: assessment.measure(measure.id)? }))
        .collect()
}
