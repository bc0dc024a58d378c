//! The board: mission, themes and outcomes as a tree, with progress, health and who answers, as of any instant.

mod table;

use std::collections::HashSet;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::board::{Board, Node};
use remit_domain::measure::{Measure, MeasureKind};
use remit_domain::outcome::{Commitment, Outcome, OutcomeId, OutcomeState};
use remit_domain::team::Team;
use remit_domain::theme::Theme;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, Read};
use crate::extract::Parameters;
use crate::outcome::progress::{
    Accountable, FreshnessWord, LatestView, PaceWord, ReportedWord, ResultWord, shown_number,
};
use crate::problem::Problem;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::view::Pictured;
use crate::wire::{DayText, IdText, InstantText, MomentText, Word};

type StateWord = Word<OutcomeState>;
type CommitmentWord = Word<Commitment>;
type KindWord = Word<MeasureKind>;
type ThemeIdText = IdText<Theme>;
type TeamIdText = IdText<Team>;
type OutcomeIdText = IdText<Outcome>;
type MeasureIdText = IdText<Measure>;

/// Fields of a node that may be asked for alone.
const NODE_FIELDS: [&str; 20] = [
    "external_id",
    "title",
    "state",
    "commitment",
    "weight",
    "start_on",
    "due_on",
    "progress",
    "coverage",
    "expected",
    "pace",
    "reported_status",
    "freshness",
    "result",
    "health",
    "divergent",
    "accountable",
    "measures",
    "children",
    "id",
];

/// Which part of the board is asked for.
#[derive(Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BoardFilter {
    /// Levels below the roots that are shown; all where nothing is said.
    #[validate(range(min = 0, max = 100))]
    #[param(minimum = 0, maximum = 100)]
    depth: Option<u16>,
    /// One theme only.
    #[validate(nested)]
    theme: Option<ThemeIdText>,
    /// Outcomes of one team only, wherever they stand; each is a root.
    #[validate(nested)]
    team: Option<TeamIdText>,
    /// Fields of each outcome, separated by commas; all where nothing is said. `id` and `title` are always there.
    #[validate(length(min = 1, max = 1000))]
    #[param(
        min_length = 1,
        max_length = 1000,
        pattern = "^(id|external_id|title|state|commitment|weight|start_on|due_on|progress|coverage|expected|pace|reported_status|freshness|result|health|divergent|accountable|measures|children)(,(id|external_id|title|state|commitment|weight|start_on|due_on|progress|coverage|expected|pace|reported_status|freshness|result|health|divergent|accountable|measures|children))*$"
    )]
    fields: Option<String>,
    /// What was true then.
    #[validate(nested)]
    as_of: Option<MomentText>,
    /// As recorded by then: an instant, a day, or a revision.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    known_at: Option<String>,
    /// In CSV, leaves text that a spreadsheet would run as it is.
    #[serde(default)]
    raw: bool,
}

/// The board.
#[derive(Serialize, ToSchema)]
#[schema(as = Board)]
struct BoardView {
    /// What was true then; for the present, the last instant at which anything changed.
    as_of: InstantText,
    /// When the last change that is taken into account was recorded.
    known_at: InstantText,
    /// The revision of that change.
    revision: i64,
    /// The mission in force.
    mission: Option<BoardMission>,
    /// Progress of the mission, per cent: the plain mean of its themes.
    progress: Option<f64>,
    /// Coverage of the mission, 0 to 1.
    coverage: Option<f64>,
    /// The themes, by id.
    #[schema(max_items = 10000)]
    themes: Vec<BoardTheme>,
    /// Outcomes that serve no theme.
    #[schema(max_items = 100000)]
    unaligned: Vec<BoardNode>,
}

/// The mission on the board.
#[derive(Serialize, ToSchema)]
struct BoardMission {
    #[schema(max_length = 40)]
    id: String,
    /// What the organization does, for whom.
    #[schema(max_length = 2000)]
    statement: String,
    /// What the world looks like when it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    vision: Option<String>,
}

/// A theme on the board.
#[derive(Serialize, ToSchema)]
struct BoardTheme {
    id: ThemeIdText,
    /// Its id in another system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    external_id: Option<String>,
    /// Its title.
    #[schema(max_length = 200)]
    title: String,
    /// Per cent, 0 to 100.
    progress: Option<f64>,
    /// The share of the weight that has data, 0 to 1.
    coverage: Option<f64>,
    /// The worst of its committed outcomes.
    health: Option<PaceWord>,
    /// Its outcomes.
    #[schema(max_items = 100000)]
    outcomes: Vec<BoardNode>,
}

/// An outcome on the board.
#[derive(Serialize, ToSchema)]
struct BoardNode {
    id: OutcomeIdText,
    /// Its id in another system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    external_id: Option<String>,
    /// What is to be different.
    #[schema(max_length = 200)]
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<StateWord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commitment: Option<CommitmentWord>,
    /// How much it counts in its theme.
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<f64>,
    /// Its first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_on: Option<Option<DayText>>,
    /// Its last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_on: Option<Option<DayText>>,
    /// Per cent, 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<Option<f64>>,
    /// The share of the weight that has data, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    coverage: Option<Option<f64>>,
    /// Expected progress by now, per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<Option<f64>>,
    /// Computed from the numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pace: Option<Option<PaceWord>>,
    /// Said by a human.
    #[serde(skip_serializing_if = "Option::is_none")]
    reported_status: Option<Option<ReportedWord>>,
    /// Whether updates arrive.
    #[serde(skip_serializing_if = "Option::is_none")]
    freshness: Option<Option<FreshnessWord>>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Option<ResultWord>>,
    /// The worst of its own and of its committed parts.
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<Option<PaceWord>>,
    /// Whether what was reported is better than pace.
    #[serde(skip_serializing_if = "Option::is_none")]
    divergent: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accountable: Option<Accountable>,
    /// Its active measures.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 10000)]
    measures: Option<Vec<BoardMeasure>>,
    /// The outcomes that contribute to it; left out where they are shown at an earlier place, see `repeated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 100000, no_recursion)]
    children: Option<Vec<BoardNode>>,
    /// True where its children are shown at an earlier place of the tree.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    repeated: bool,
}

/// A measure on the board.
#[derive(Serialize, ToSchema)]
struct BoardMeasure {
    id: MeasureIdText,
    /// Its name for scripts.
    #[schema(max_length = 120)]
    key: String,
    /// Its name for people.
    #[schema(max_length = 200)]
    name: String,
    kind: KindWord,
    /// What its values count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    unit: Option<String>,
    /// Where it started from.
    baseline: Option<f64>,
    /// Where it must get to.
    target: Option<f64>,
    /// Per cent of the way, unclamped.
    attainment: Option<f64>,
    /// Per cent of the way, 0 to 100.
    progress: Option<f64>,
    pace: Option<PaceWord>,
    /// Its latest value.
    latest: Option<LatestView>,
}

/// Read the board.
#[utoipa::path(tag = "board", operation_id = "getBoard", params(BoardFilter),
    responses((status = 200, description = "The board.", content((BoardView = "application/json"), (String = "text/csv")))),
    security(("bearer" = ["read"])))]
#[get("/v1/board")]
async fn get_board(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<BoardFilter>,
) -> Result<HttpResponse, Problem> {
    let filter = filter.0;
    let fields: Option<HashSet<String>> =
        filter.fields.as_ref().map(|fields| fields.split(',').map(|field| field.trim().to_owned()).collect());
    if let Some(unknown) = fields.iter().flatten().find(|field| !NODE_FIELDS.contains(&field.as_str())) {
        let detail = format!("{} is no field of an outcome on the board", unknown.chars().take(40).collect::<String>());
        return Err(Problem::parameter("fields", "unknown_field", detail));
    }
    let media = Media::accepted(&request, true)?;
    let travel = Travel::new(filter.as_of.clone(), filter.known_at.clone());
    answer(&remit, &request, &caller, media, travel, move |remit, tx, reading| {
        let pictured = remit.picture(tx, reading)?;
        let known_at = tx.recorded_at(reading.known)?;
        let shape = Shape { depth: filter.depth.map_or(MAX_DEPTH, usize::from).min(MAX_DEPTH), fields };
        let view = shape.board(&pictured, &filter, reading.known, known_at)?;
        let answer = match media {
            Media::Json => Answer::json(&view)?,
            Media::Csv => {
                let answer = Answer::json(&())?.with_body(table::render(&view, filter.raw)?);
                Answer { media, ..answer }
            }
        };
        Ok(answer.until(pictured.until()))
    })
    .await
}

/// A tree is not followed deeper than this: a reader's own stack has an end too.
const MAX_DEPTH: usize = 100;

struct Shape {
    depth: usize,
    fields: Option<HashSet<String>>,
}

impl Shape {
    fn board(
        &self,
        pictured: &Pictured,
        filter: &BoardFilter,
        revision: i64,
        known_at: remit_domain::time::Instant,
    ) -> Result<BoardView, Problem> {
        let board = Board::new(&pictured.picture, &pictured.assessment);
        let theme = filter.theme.as_ref().map(IdText::id).transpose()?;
        let team = filter.team.as_ref().map(IdText::id).transpose()?;
        let mut unfolded = HashSet::new();
        let mut trees = |roots: &[OutcomeId]| -> Vec<BoardNode> {
            roots.iter().filter_map(|root| self.node(pictured, &board, *root, 0, &mut unfolded)).collect()
        };
        let of_team = |node: &&Node<'_>| team.is_some_and(|team| node.outcome.team == Some(team));
        let in_team: Vec<OutcomeId> = board.nodes.iter().filter(of_team).map(|node| node.outcome.id).collect();
        let themes = board
            .themes
            .iter()
            .filter(|node| theme.is_none_or(|theme| node.theme.id == theme))
            .map(|node| {
                let roots: Vec<OutcomeId> = match team {
                    None => node.outcomes.clone(),
                    Some(_) => in_team
                        .iter()
                        .copied()
                        .filter(|id| {
                            let outcome = pictured.picture.outcome(*id);
                            outcome.and_then(|outcome| pictured.picture.theme_of(outcome)) == Some(node.theme.id)
                        })
                        .collect(),
                };
                BoardTheme {
                    id: node.theme.id.into(),
                    external_id: node.theme.external.as_ref().map(|external| external.id.to_string()),
                    title: node.theme.title.to_string(),
                    progress: node.numbers.rollup.progress.map(shown_number),
                    coverage: node.numbers.rollup.coverage.map(shown_number),
                    health: node.numbers.health.map(Word),
                    outcomes: trees(&roots),
                }
            })
            .collect();
        let unaligned = match (theme, team) {
            (Some(_), _) => Vec::new(),
            (None, None) => trees(&board.unaligned),
            (None, Some(_)) => {
                let roots: Vec<OutcomeId> = in_team
                    .iter()
                    .copied()
                    .filter(|id| {
                        let outcome = pictured.picture.outcome(*id);
                        outcome.is_some_and(|outcome| pictured.picture.theme_of(outcome).is_none())
                    })
                    .collect();
                trees(&roots)
            }
        };
        Ok(BoardView {
            as_of: pictured.as_of().into(),
            known_at: known_at.into(),
            revision,
            mission: board.mission.map(|mission| BoardMission {
                id: mission.id.to_string(),
                statement: mission.statement.to_string(),
                vision: mission.vision.as_ref().map(ToString::to_string),
            }),
            progress: board.progress.map(shown_number),
            coverage: board.coverage.map(shown_number),
            themes,
            unaligned,
        })
    }

    fn node(
        &self,
        pictured: &Pictured,
        board: &Board<'_>,
        id: OutcomeId,
        depth: usize,
        unfolded: &mut HashSet<OutcomeId>,
    ) -> Option<BoardNode> {
        let Node { outcome, numbers, measures, children } = board.node(id)?;
        let has = |field: &str| self.fields.as_ref().is_none_or(|fields| fields.contains(field));
        let repeated = !children.is_empty() && unfolded.contains(&id);
        let shown = has("children") && !repeated && depth < self.depth;
        let children = shown.then(|| {
            if !children.is_empty() {
                unfolded.insert(id);
            }
            children.iter().filter_map(|child| self.node(pictured, board, *child, depth + 1, unfolded)).collect()
        });
        let measures = has("measures").then(|| {
            measures
                .iter()
                .map(|node| {
                    let progress = &node.numbers.progress;
                    BoardMeasure {
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
                        latest: progress.latest.map(|latest| LatestView {
                            value: latest.point.value,
                            observed_at: latest.point.at.into(),
                        }),
                    }
                })
                .collect()
        });
        Some(BoardNode {
            id: outcome.id.into(),
            external_id: outcome
                .external
                .as_ref()
                .map(|external| external.id.to_string())
                .filter(|_| has("external_id")),
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
            freshness: has("freshness").then(|| numbers.freshness.map(Word)),
            result: has("result").then(|| numbers.result.map(Word)),
            health: has("health").then(|| numbers.health.map(Word)),
            divergent: has("divergent").then_some(numbers.divergent),
            accountable: has("accountable").then(|| Accountable::of(&pictured.picture, &numbers.accountable)),
            measures,
            children,
            repeated,
        })
    }
}

/// The operation of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(get_board);
}
