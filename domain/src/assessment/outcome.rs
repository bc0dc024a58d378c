//! Where each outcome stands: children before their parents, each once, without recursion.

use super::measure::is_pursued;
use super::{MeasureAssessment, OutcomeAssessment};
use crate::accountability::who_answers;
use crate::check_in::Confidence;
use crate::entity::Kept;
use crate::outcome::{Commitment, Outcome, OutcomeId, OutcomeState, ResultKind};
use crate::pace::{Freshness, Health, Pace, ReportedStatus, Standing, health, is_divergent, pace};
use crate::parallel::filter_map;
use crate::picture::Picture;
use crate::rollup::{PartId, Rollup, Share};

/// What came of an outcome that is closed; a reopened one has its result behind it.
pub(super) fn result(picture: &Picture, outcome: &Kept<Outcome>) -> Option<ResultKind> {
    let is_closed = outcome.state == OutcomeState::Closed;
    picture.result_of(outcome.id).filter(|_| is_closed).map(|result| result.result)
}

/// Every outcome, in the order of the picture's.
pub(super) fn assess_all(picture: &Picture, measures: &[MeasureAssessment]) -> Vec<OutcomeAssessment> {
    let outcomes = &picture.parts().outcomes;
    let mut assessed: Vec<Option<OutcomeAssessment>> = vec![None; outcomes.len()];
    for level in picture.levels() {
        let of_level = filter_map(level.len(), |at| {
            let position = *level.get(at)?;
            Some((position, assess(picture, outcomes.get(position)?, position, measures, &assessed)))
        });
        for (position, one) in of_level {
            assessed[position] = Some(one);
        }
    }
    // The levels name every position once, so nothing is lost here.
    assessed.into_iter().flatten().collect()
}

/// A part of an outcome, with what its sums need.
struct Piece {
    share: Share,
    expected: Option<f64>,
    lowest_attainment: Option<f64>,
}

fn assess(
    picture: &Picture,
    outcome: &Kept<Outcome>,
    position: usize,
    measures: &[MeasureAssessment],
    assessed: &[Option<OutcomeAssessment>],
) -> OutcomeAssessment {
    let (start_on, due_on) = (picture.start_of(outcome), picture.due_of(outcome));
    let today = picture.today();
    let reported = picture.reports_of(outcome.id).last();
    let reported_status: Option<ReportedStatus> = reported.map(|report| report.status);
    let own: Vec<(&MeasureAssessment, f64)> = picture
        .measures_at(position)
        .iter()
        .filter_map(|at| Some((measures.get(*at)?, picture.parts().measures.get(*at)?.weight)))
        .filter(|(measure, _)| measure.counts)
        .collect();
    let children: Vec<(&OutcomeAssessment, f64)> = picture
        .children_at(position)
        .iter()
        .filter_map(|edge| Some((assessed.get(edge.to)?.as_ref()?, edge.weight)))
        .filter(|(child, weight)| child.counts && *weight > 0.0)
        .collect();
    let stated = reported.and_then(|report| report.confidence);
    let of_parts = Confidence::of(children.iter().filter_map(|(child, weight)| Some((*weight, child.confidence?))));
    let pieces: Vec<Piece> = own.iter().map(measure_piece).chain(children.iter().map(outcome_piece)).collect();

    let result = result(picture, outcome);
    let rollup = match picture.result_of(outcome.id).filter(|_| result.is_some()) {
        Some(closed) => frozen(closed.final_progress, closed.final_coverage),
        None => Rollup::of(pieces.iter().map(|piece| piece.share)),
    };
    let lowest_attainment = pieces.iter().filter_map(|piece| piece.lowest_attainment).reduce(f64::min);
    let expected = weighted_mean(pieces.iter().filter_map(|piece| Some((piece.share.weight, piece.expected?))));
    let freshness = own.iter().filter_map(|(measure, _)| measure.update).map(|update| update.freshness).max();

    let standing = Standing {
        result,
        has_started: start_on.is_none_or(|start_on| start_on <= today),
        is_stale: freshness == Some(Freshness::Stale),
        has_data: rollup.coverage.is_some_and(|coverage| coverage > 0.0),
        attainment: lowest_attainment,
        progress: rollup.progress,
        expected,
    };
    let counts = is_pursued(outcome.state);
    let pace = if counts { pace(&standing, picture.parts().organization.thresholds) } else { None };
    let own_health = if counts { health(pace, reported_status) } else { None };
    let (health, worst_part) = match outcome.state {
        OutcomeState::Active => worst(picture, own_health, children.iter().map(|(child, _)| *child)),
        OutcomeState::Closed | OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Cancelled => {
            (own_health, None)
        }
    };
    OutcomeAssessment {
        id: outcome.id,
        counts,
        start_on,
        due_on,
        rollup,
        lowest_attainment,
        expected,
        pace,
        reported_status,
        confidence: Confidence::of_outcome(stated, of_parts),
        freshness,
        result,
        health,
        worst_part,
        divergent: is_divergent(pace, reported_status),
        accountable: who_answers(picture, outcome.id, picture.at()),
    }
}

fn measure_piece((measure, weight): &(&MeasureAssessment, f64)) -> Piece {
    let coverage = if measure.progress.has_data() { 1.0 } else { 0.0 };
    let share =
        Share { part: PartId::Measure(measure.id), weight: *weight, progress: measure.progress.progress, coverage };
    Piece { share, expected: measure.expected, lowest_attainment: measure.progress.attainment }
}

fn outcome_piece((child, weight): &(&OutcomeAssessment, f64)) -> Piece {
    let Rollup { progress, coverage, contributions: _ } = &child.rollup;
    let share = Share {
        part: PartId::Outcome(child.id),
        weight: *weight,
        progress: *progress,
        coverage: coverage.unwrap_or(0.0),
    };
    Piece { share, expected: child.expected, lowest_attainment: child.lowest_attainment }
}

/// The progress that a result keeps; what its parts do later no longer moves it, so it names none.
fn frozen(progress: Option<f64>, coverage: Option<f64>) -> Rollup {
    let coverage = coverage.or(progress.map(|_| 1.0));
    Rollup { progress, coverage, contributions: Vec::new() }
}

/// `Σ w·x / Σ w` over the parts of which something is expected.
fn weighted_mean(parts: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (total, sum) = parts.fold((0.0, 0.0), |(total, sum), (weight, x)| (total + weight, sum + weight * x));
    (total > 0.0).then(|| (sum / total).clamp(0.0, 100.0))
}

/// The worst of an outcome's own health and that of its committed parts, and the part from which it comes.
pub(super) fn worst<'a>(
    picture: &Picture,
    own: Option<Health>,
    parts: impl Iterator<Item = &'a OutcomeAssessment>,
) -> (Option<Health>, Option<OutcomeId>) {
    let mut worst = (own, None);
    for part in parts {
        let is_committed = picture.outcome(part.id).is_some_and(|outcome| outcome.commitment == Commitment::Committed);
        let Some(health) = part.health.filter(|_| is_committed).map(Pace::seen_from_above) else { continue };
        if worst.0.is_none_or(|current| health.badness() > current.badness()) {
            worst = (Some(health), Some(part.id));
        }
    }
    worst
}
