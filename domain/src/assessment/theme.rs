//! Where each theme stands: over its counting outcomes that are not already part of one another.

use super::outcome::worst;
use super::{OutcomeAssessment, ThemeAssessment};
use crate::check_in::Confidence;
use crate::picture::Picture;
use crate::rollup::{PartId, Rollup, Share};
use crate::theme::ThemeId;

/// Every theme, in the order of the picture's.
pub(super) fn assess_all(picture: &Picture, outcomes: &[OutcomeAssessment]) -> Vec<ThemeAssessment> {
    let themes = &picture.parts().themes;
    let mut roots: Vec<Vec<usize>> = vec![Vec::new(); themes.len()];
    for position in 0..outcomes.len() {
        let place = root_of(picture, outcomes, position)
            .and_then(|theme| themes.binary_search_by_key(&theme, |row| row.id).ok());
        if let Some(place) = place {
            roots[place].push(position);
        }
    }
    themes.iter().zip(roots).map(|(theme, roots)| assess(picture, theme.id, &roots, outcomes)).collect()
}

/// The theme of an outcome that counts there by itself.
///
/// A parent that counts nowhere is no parent here: under a cancelled one the child would be lost.
fn root_of(picture: &Picture, outcomes: &[OutcomeAssessment], position: usize) -> Option<ThemeId> {
    let theme = picture.theme_of(picture.parts().outcomes.get(position)?)?;
    let is_counted = |at: usize| outcomes.get(at).is_some_and(|one| one.counts);
    let stands_in_theme =
        |at: usize| picture.parts().outcomes.get(at).and_then(|one| picture.theme_of(one)) == Some(theme);
    let has_parent = picture.parents_at(position).iter().any(|edge| is_counted(edge.to) && stands_in_theme(edge.to));
    (is_counted(position) && !has_parent).then_some(theme)
}

fn assess(picture: &Picture, id: ThemeId, roots: &[usize], outcomes: &[OutcomeAssessment]) -> ThemeAssessment {
    let weight = |at: usize| picture.parts().outcomes.get(at).map_or(0.0, |outcome| outcome.weight);
    let counting: Vec<(&OutcomeAssessment, f64)> = roots
        .iter()
        .filter_map(|at| Some((outcomes.get(*at)?, weight(*at))))
        .filter(|(_, weight)| *weight > 0.0)
        .collect();
    let rollup = Rollup::of(counting.iter().map(|(outcome, weight)| Share {
        part: PartId::Outcome(outcome.id),
        weight: *weight,
        progress: outcome.rollup.progress,
        coverage: outcome.rollup.coverage.unwrap_or(0.0),
    }));
    let (health, _) = worst(picture, None, counting.iter().map(|(outcome, _)| *outcome));
    // What has ended is no matter of confidence any more.
    let open = counting.iter().filter(|(outcome, _)| outcome.result.is_none());
    let confidence = Confidence::of(open.filter_map(|(outcome, weight)| Some((*weight, outcome.confidence?))));
    ThemeAssessment { id, rollup, health, confidence }
}
