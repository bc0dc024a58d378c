//! The board: mission, themes and outcomes as a tree, with progress, health and who answers, as of any instant.

mod cause;
mod compare;
mod diff;
mod table;
mod view;

use std::collections::HashSet;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::board::{Board, Node};
use remit_domain::outcome::OutcomeId;
use remit_domain::team::Team;
use remit_domain::theme::Theme;
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

use self::view::{BoardMeasure, BoardMission, BoardNode, BoardTheme, BoardView};
use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, Read};
use crate::extract::Parameters;
use crate::outcome::progress::{StatedConfidence, shown_number};
use crate::problem::Problem;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::view::Pictured;
use crate::wire::{IdText, MomentText};

type ThemeIdText = IdText<Theme>;
type TeamIdText = IdText<Team>;

/// Fields of a node that may be asked for alone.
const NODE_FIELDS: [&str; 21] = [
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
    "confidence",
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
        pattern = "^(id|external_id|title|state|commitment|weight|start_on|due_on|progress|coverage|expected|pace|reported_status|confidence|freshness|result|health|divergent|accountable|measures|children)(,(id|external_id|title|state|commitment|weight|start_on|due_on|progress|coverage|expected|pace|reported_status|confidence|freshness|result|health|divergent|accountable|measures|children))*$"
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
            Media::Json | Media::Markdown => Answer::json(&view)?,
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
                BoardTheme { outcomes: trees(&roots), ..BoardTheme::bare(node) }
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
            mission: board.mission.map(BoardMission::of),
            progress: board.progress.map(shown_number),
            coverage: board.coverage.map(shown_number),
            confidence: board.confidence.as_ref().map(StatedConfidence::of),
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
        let measures = has("measures").then(|| measures.iter().map(BoardMeasure::of).collect());
        Some(BoardNode { measures, children, repeated, ..BoardNode::bare(pictured, outcome, numbers, has) })
    }
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(get_board).configure(diff::operations);
}
