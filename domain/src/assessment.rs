//! The assessment: every number of a picture, computed once and shared by boards, lists, filters and progress.

mod measure;
mod outcome;
mod theme;

use crate::accountability::{Answer, Gap};
use crate::check_in::Confidence;
use crate::measure::MeasureId;
use crate::outcome::{OutcomeId, ResultKind};
use crate::pace::{Freshness, Health, Pace, ReportedStatus, Update};
use crate::parallel::filter_map;
use crate::picture::Picture;
use crate::progress::Progress;
use crate::rollup::Rollup;
use crate::theme::ThemeId;
use crate::time::Day;

/// Every number of a picture. Positions are those of the picture's parts.
#[derive(Clone, Debug)]
pub struct Assessment {
    measures: Vec<MeasureAssessment>,
    outcomes: Vec<OutcomeAssessment>,
    themes: Vec<ThemeAssessment>,
    progress: Option<f64>,
    coverage: Option<f64>,
    confidence: Option<Confidence>,
}

/// Where a measure stands.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasureAssessment {
    /// The measure.
    pub id: MeasureId,
    /// Whether it is part of its outcome's sums: active, with a target, of a weight above 0.
    pub counts: bool,
    /// Its progress, with what explains it.
    pub progress: Progress,
    /// Expected progress, per cent.
    pub expected: Option<f64>,
    /// Pace; `None` for a monitor, for what is retired, and while its outcome is neither active nor closed.
    pub pace: Option<Pace>,
    /// Whether its updates arrive; `None` for milestones.
    pub update: Option<Update>,
}

/// Where an outcome stands.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeAssessment {
    /// The outcome.
    pub id: OutcomeId,
    /// Whether it is part of any sum: active, or closed with its progress frozen.
    pub counts: bool,
    /// Its first day: its own, else its period's.
    pub start_on: Option<Day>,
    /// Its last day: its own, else its period's.
    pub due_on: Option<Day>,
    /// Progress, coverage and what each part added.
    pub rollup: Rollup,
    /// The lowest attainment among its parts, per cent, unclamped.
    pub lowest_attainment: Option<f64>,
    /// Expected progress, per cent.
    pub expected: Option<f64>,
    /// Computed from the numbers; `None` unless active or closed.
    pub pace: Option<Pace>,
    /// Said by a human, in the latest check-in.
    pub reported_status: Option<ReportedStatus>,
    /// How sure people are of it, by the latest check-ins.
    pub confidence: Option<Confidence>,
    /// The worst of the measures that count.
    pub freshness: Option<Freshness>,
    /// What came of it.
    pub result: Option<ResultKind>,
    /// The worst of its own and of its committed parts; `None` unless active or closed.
    pub health: Option<Health>,
    /// The committed part from which a worse health comes: the first step of [`Assessment::worst_path`].
    pub worst_part: Option<OutcomeId>,
    /// Whether what is reported is better than pace.
    pub divergent: bool,
    /// Who answers for it.
    pub accountable: Result<Answer, Gap>,
}

/// Where a theme stands.
#[derive(Clone, Debug, PartialEq)]
pub struct ThemeAssessment {
    /// The theme.
    pub id: ThemeId,
    /// Progress, coverage and what each outcome added.
    pub rollup: Rollup,
    /// The worst of its committed outcomes.
    pub health: Option<Health>,
    /// How sure people are of its outcomes.
    pub confidence: Option<Confidence>,
}

impl Assessment {
    /// Computes every number of a picture.
    pub fn of(picture: &Picture) -> Self {
        let of = &picture.parts().measures;
        let measures = filter_map(of.len(), |at| of.get(at).map(|measure| measure::assess(picture, measure, at)));
        let outcomes = outcome::assess_all(picture, &measures);
        let themes = theme::assess_all(picture, &outcomes);
        let (progress, coverage) = Rollup::mean(themes.iter().map(|theme| &theme.rollup));
        // As its progress, the mission's confidence is the plain mean of its themes'.
        let confidence = Confidence::of(themes.iter().filter_map(|theme| Some((1.0, theme.confidence?))));
        Self { measures, outcomes, themes, progress, coverage, confidence }
    }
    /// How sure people are of the mission's outcomes.
    pub fn confidence(&self) -> Option<Confidence> {
        self.confidence
    }
    /// Progress of the mission: the plain mean of its themes that have a value.
    pub fn progress(&self) -> Option<f64> {
        self.progress
    }
    /// Coverage of the mission, in the same way.
    pub fn coverage(&self) -> Option<f64> {
        self.coverage
    }
    /// Every measure, in the order of `parts().measures`.
    pub fn measures(&self) -> &[MeasureAssessment] {
        &self.measures
    }
    /// Every outcome, in the order of `parts().outcomes`.
    pub fn outcomes(&self) -> &[OutcomeAssessment] {
        &self.outcomes
    }
    /// Every theme, in the order of `parts().themes`.
    pub fn themes(&self) -> &[ThemeAssessment] {
        &self.themes
    }
    /// One measure.
    pub fn measure(&self, id: MeasureId) -> Option<&MeasureAssessment> {
        self.measures.binary_search_by_key(&id, |one| one.id).ok().and_then(|at| self.measures.get(at))
    }
    /// One outcome.
    pub fn outcome(&self, id: OutcomeId) -> Option<&OutcomeAssessment> {
        self.outcomes.binary_search_by_key(&id, |one| one.id).ok().and_then(|at| self.outcomes.get(at))
    }
    /// One theme.
    pub fn theme(&self, id: ThemeId) -> Option<&ThemeAssessment> {
        self.themes.binary_search_by_key(&id, |one| one.id).ok().and_then(|at| self.themes.get(at))
    }
    /// The way from an outcome down to the committed part that gives it its health; empty when it is its own.
    pub fn worst_path(&self, id: OutcomeId) -> Vec<OutcomeId> {
        let step = |id| self.outcome(id).and_then(|one| one.worst_part);
        std::iter::successors(step(id), |id| step(*id)).collect()
    }
}
