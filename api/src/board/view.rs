//! What the board shows of the mission, a theme, an outcome and a measure.

use remit_domain::assessment::OutcomeAssessment;
use remit_domain::board::{MeasureNode, ThemeNode};
use remit_domain::entity::Kept;
use remit_domain::measure::{Measure, MeasureKind};
use remit_domain::mission::Mission;
use remit_domain::outcome::{Commitment, Outcome, OutcomeState};
use remit_domain::theme::Theme;
use serde::Serialize;
use utoipa::ToSchema;

use crate::outcome::progress::{
    Accountable, FreshnessWord, LatestView, PaceWord, ReportedWord, ResultWord, StatedConfidence, shown_number,
};
use crate::view::Pictured;
use crate::wire::{DayText, IdText, InstantText, Word};

type StateWord = Word<OutcomeState>;
type CommitmentWord = Word<Commitment>;
type KindWord = Word<MeasureKind>;
type ThemeIdText = IdText<Theme>;
type OutcomeIdText = IdText<Outcome>;
type MeasureIdText = IdText<Measure>;

/// The board.
#[derive(Serialize, ToSchema)]
#[schema(as = Board)]
pub struct BoardView {
    /// What was true then; for the present, the last instant at which anything changed.
    pub as_of: InstantText,
    /// When the last change that is taken into account was recorded.
    pub known_at: InstantText,
    /// The revision of that change.
    #[schema(minimum = 0)]
    pub revision: i64,
    /// The mission in force.
    pub mission: Option<BoardMission>,
    /// Progress of the mission, per cent: the plain mean of its themes.
    pub progress: Option<f64>,
    /// Coverage of the mission, 0 to 1.
    pub coverage: Option<f64>,
    /// How sure people are of the whole, by the latest check-ins.
    pub confidence: Option<StatedConfidence>,
    /// The themes, by id.
    #[schema(max_items = 10000)]
    pub themes: Vec<BoardTheme>,
    /// Outcomes that serve no theme.
    #[schema(max_items = 100000)]
    pub unaligned: Vec<BoardNode>,
}

/// The mission on the board.
#[derive(Serialize, ToSchema)]
pub struct BoardMission {
    #[schema(max_length = 40)]
    pub id: String,
    /// What the organization does, for whom.
    #[schema(max_length = 2000)]
    pub statement: String,
    /// What the world looks like when it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    pub vision: Option<String>,
}

/// A theme on the board.
#[derive(Serialize, ToSchema)]
pub struct BoardTheme {
    pub id: ThemeIdText,
    /// Its id in another system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub external_id: Option<String>,
    /// Its title.
    #[schema(max_length = 200)]
    pub title: String,
    /// Per cent, 0 to 100.
    pub progress: Option<f64>,
    /// The share of the weight that has data, 0 to 1.
    pub coverage: Option<f64>,
    /// The worst of its committed outcomes.
    pub health: Option<PaceWord>,
    /// How sure people are of its outcomes, by the latest check-ins.
    pub confidence: Option<StatedConfidence>,
    /// Its outcomes.
    #[schema(max_items = 100000)]
    pub outcomes: Vec<BoardNode>,
}

/// An outcome on the board.
#[derive(Serialize, ToSchema)]
pub struct BoardNode {
    pub id: OutcomeIdText,
    /// Its id in another system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    pub external_id: Option<String>,
    /// What is to be different.
    #[schema(max_length = 200)]
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commitment: Option<CommitmentWord>,
    /// How much it counts in its theme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// Its first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_on: Option<Option<DayText>>,
    /// Its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Option<DayText>>,
    /// Per cent, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Option<f64>>,
    /// The share of the weight that has data, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Option<f64>>,
    /// Expected progress by now, per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Option<f64>>,
    /// Computed from the numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pace: Option<Option<PaceWord>>,
    /// Said by a human.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported_status: Option<Option<ReportedWord>>,
    /// How sure people are of it, by the latest check-ins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Option<StatedConfidence>>,
    /// Whether updates arrive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freshness: Option<Option<FreshnessWord>>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Option<ResultWord>>,
    /// The worst of its own and of its committed parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<Option<PaceWord>>,
    /// Whether what was reported is better than pace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub divergent: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accountable: Option<Accountable>,
    /// Its active measures.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 10000)]
    pub measures: Option<Vec<BoardMeasure>>,
    /// The outcomes that contribute to it; left out where they are shown at an earlier place, see `repeated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 100000, no_recursion)]
    pub children: Option<Vec<BoardNode>>,
    /// True where its children are shown at an earlier place of the tree.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub repeated: bool,
}

/// A measure on the board.
#[derive(Serialize, ToSchema)]
pub struct BoardMeasure {
    pub id: MeasureIdText,
    /// Its name for scripts.
    #[schema(max_length = 120)]
    pub key: String,
    /// Its name for people.
    #[schema(max_length = 200)]
    pub name: String,
    pub kind: KindWord,
    /// What its values count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    pub unit: Option<String>,
    /// Where it started from.
    pub baseline: Option<f64>,
    /// Where it must get to.
    pub target: Option<f64>,
    /// Per cent of the way, unclamped.
    pub attainment: Option<f64>,
    /// Per cent of the way, 0 to 100.
    pub progress: Option<f64>,
    pub pace: Option<PaceWord>,
    /// Its latest value.
    pub latest: Option<LatestView>,
}

impl BoardMission {
    /// The mission as it is shown.
    pub fn of(mission: &Kept<Mission>) -> Self {
        Self {
            id: mission.id.to_string(),
            statement: mission.statement.to_string(),
            vision: mission.vision.as_ref().map(ToString::to_string),
        }
    }
}

impl BoardTheme {
    /// A theme without its outcomes.
    pub fn bare(node: &ThemeNode<'_>) -> Self {
        Self {
            id: node.theme.id.into(),
            external_id: node.theme.external.as_ref().map(|external| external.id.to_string()),
            title: node.theme.title.to_string(),
            progress: node.numbers.rollup.progress.map(shown_number),
            coverage: node.numbers.rollup.coverage.map(shown_number),
            health: node.numbers.health.map(Word),
            confidence: node.numbers.confidence.as_ref().map(StatedConfidence::of),
            outcomes: Vec::new(),
        }
    }
}

impl BoardNode {
    /// Those fields of an outcome that are asked for, without its measures and children.
    pub fn bare(
        pictured: &Pictured,
        outcome: &Kept<Outcome>,
        numbers: &OutcomeAssessment,
        has: impl Fn(&str) -> bool,
    ) -> Self {
        let external = outcome.external.as_ref().map(|external| external.id.to_string());
        Self {
            id: outcome.id.into(),
            external_id: external.filter(|_| has("external_id")),
            title: outcome.title.to_string(),
            state: has("state").then_some(Word(outcome.state)),
            commitment: has("commitment").then_some(Word(outcome.commitment)),
            weight: has("weight").then_some(outcome.weight),
            start_on: has("start_on").then(|| numbers.start_on.map(Into::into)),
            due_on: has("due_on").then(|| numbers.due_on.map(Into::into)),
            progress: has("progress").then(|| numbers.rollup.progress.map(shown_number)),
            coverage: has("coverage").then(|| numbers.rollup.coverage.map(shown_number)),
            expected: has("expected").then(|| numbers.expected.map(shown_number)),
            pace: has("pace").then(|| numbers.pace.map(Word)),
            reported_status: has("reported_status").then(|| numbers.reported_status.map(Word)),
            confidence: has("confidence").then(|| numbers.confidence.as_ref().map(StatedConfidence::of)),
            freshness: has("freshness").then(|| numbers.freshness.map(Word)),
            result: has("result").then(|| numbers.result.map(Word)),
            health: has("health").then(|| numbers.health.map(Word)),
            divergent: has("divergent").then_some(numbers.divergent),
            accountable: has("accountable").then(|| Accountable::of(&pictured.picture, &numbers.accountable)),
            measures: None,
            children: None,
            repeated: false,
        }
    }
}

impl BoardMeasure {
    /// A measure as it is shown.
    pub fn of(node: &MeasureNode<'_>) -> Self {
        let progress = &node.numbers.progress;
        Self {
            id: node.measure.id.into(),
            key: node.measure.key.to_string(),
            name: node.measure.name.to_string(),
            kind: Word(node.measure.kind),
            unit: node.measure.unit.as_ref().map(ToString::to_string),
            baseline: progress.baseline.map(|baseline| baseline.value),
            target: progress.target,
            attainment: progress.attainment.map(shown_number),
            progress: progress.progress.map(shown_number),
            pace: node.numbers.pace.map(Word),
            latest: progress
                .latest
                .map(|latest| LatestView { value: latest.point.value, observed_at: latest.point.at.into() }),
        }
    }
}
