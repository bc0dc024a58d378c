//! What changed on the board between two instants, and by whom.

use std::collections::BTreeSet;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::outcome::Outcome;
use remit_domain::team::Team;
use remit_domain::theme::Theme;
use remit_domain::time::Instant;
use remit_persistence::{Known, ReadTx, When};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::cause::{BoardCause, CAUSES_MAX, Causes};
use super::compare::{Alteration, BoardPart, Difference, Differing, Flat, MISSION, Section};
use crate::answer::{Answer, Media, Reading, answer};
use crate::auth::{Allowed, Read};
use crate::csv_table;
use crate::extract::Parameters;
use crate::paging::{Page, Paging};
use crate::problem::Problem;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::{self, Travel};
use crate::wire::{IdText, InstantText, MomentText, SubjectIdText, Word};

type ThemeIdText = IdText<Theme>;
type TeamIdText = IdText<Team>;
type OutcomeIdText = IdText<Outcome>;
type PartWord = Word<BoardPart>;
type AlterationWord = Word<Alteration>;

/// Parts that are named as those from which a change comes.
const THROUGH_MAX: usize = 100;

/// Which two boards are compared.
#[derive(Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DiffParameters {
    /// The earlier board: an instant or a day, as it is known now; or a revision, as it was known then.
    #[validate(length(min = 1, max = 40))]
    #[param(required = true, min_length = 1, max_length = 40, example = "2026-01-01")]
    from: Option<String>,
    /// The later board, likewise; the present where nothing is said.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    to: Option<String>,
    /// As recorded by then: an instant, a day, or a revision. Not beside a revision, which says it itself.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    known_at: Option<String>,
    /// One theme only, with what stands under it.
    #[validate(nested)]
    theme: Option<ThemeIdText>,
    /// The outcomes of one team only, with what contributes to them.
    #[validate(nested)]
    team: Option<TeamIdText>,
    /// Parts of a page.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// The cursor of the page before.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    after: Option<String>,
    /// In CSV, leaves text that a spreadsheet would run as it is.
    #[serde(default)]
    raw: bool,
}

/// What changed between two boards.
#[derive(Serialize, ToSchema)]
struct BoardDiff {
    /// The earlier board.
    from: BoardState,
    /// The later board.
    to: BoardState,
    /// What was said of the organization's settings between the two, which may touch everything.
    #[schema(max_items = 20)]
    settings: Vec<BoardCause>,
    /// How many parts differ, over all pages.
    counts: AlterationCounts,
    /// The parts that differ: the mission, the themes, the outcomes, the measures, each by id.
    #[schema(max_items = 200)]
    data: Vec<PartChange>,
    /// The cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// The state of things, and of knowledge, that a board shows.
#[derive(Serialize, ToSchema)]
struct BoardState {
    /// What was true then.
    as_of: InstantText,
    /// When the last change that is taken into account was recorded.
    known_at: InstantText,
    /// The revision of that change.
    #[schema(minimum = 0)]
    known_revision: i64,
}

/// How many parts differ.
#[derive(Serialize, ToSchema)]
struct AlterationCounts {
    /// Not on the earlier board.
    #[schema(minimum = 0)]
    added: usize,
    /// Not on the later board.
    #[schema(minimum = 0)]
    removed: usize,
    /// On both, and different.
    #[schema(minimum = 0)]
    changed: usize,
}

/// A part of the board that differs, and why.
#[derive(Serialize, ToSchema)]
struct PartChange {
    kind: PartWord,
    /// Which one.
    #[schema(max_length = 40)]
    id: String,
    /// Its title, the later one where there are two.
    #[schema(max_length = 2000)]
    title: String,
    /// The outcome of a measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome_id: Option<OutcomeIdText>,
    what: AlterationWord,
    /// The fields of the board that differ; all that say something where it was added or removed.
    #[schema(max_items = 50)]
    changes: Vec<FieldChange>,
    /// What was written between the two boards and touches it: the latest entries of the log, oldest first. For an
    /// outcome that is itself, its measures and their observations, its responsibilities and who bears them, its
    /// alignments, its period, its check-ins and its result.
    #[schema(max_items = 20)]
    causes: Vec<BoardCause>,
    /// How many writes touch it, shown or not.
    #[schema(minimum = 0)]
    causes_count: usize,
    /// The parts below it that differ too, and from which its numbers come.
    #[schema(max_items = 100, value_type = Vec<SubjectIdText>)]
    through: Vec<String>,
    /// True where nothing was written that touches it, or what its numbers come from: only time went on.
    by_clock_alone: bool,
}

/// A field that differs.
#[derive(Serialize, ToSchema)]
struct FieldChange {
    /// Its name, as the board has it.
    #[schema(max_length = 40)]
    field: String,
    /// What it said; null where nothing.
    #[schema(value_type = serde_json::Value)]
    before: Value,
    /// What it says; null where nothing.
    #[schema(value_type = serde_json::Value)]
    after: Value,
}

/// A field that differs, as a line of a table.
#[derive(Serialize, ToSchema)]
struct FieldLine {
    kind: PartWord,
    id: String,
    title: String,
    what: AlterationWord,
    field: String,
    before: Value,
    after: Value,
    actors: String,
    revisions: String,
    by_clock_alone: bool,
}

/// A board that is named: by a revision, or by a moment.
enum Named {
    Revision(i64),
    Moment(MomentText),
}

fn named(name: &'static str, text: &str) -> Result<Named, Problem> {
    if text.bytes().all(|c| c.is_ascii_digit()) {
        let unreadable = |_| Problem::parameter(name, "out_of_range", "is no revision");
        return text.parse().map(Named::Revision).map_err(unreadable);
    }
    let malformed = |_| Problem::parameter(name, "malformed", "must be a revision, a day or an RFC 3339 instant");
    let moment = MomentText(text.to_owned());
    moment.moment().map_err(malformed)?;
    Ok(Named::Moment(moment))
}

/// The later board's state.
fn later(to: Option<Named>, known_at: Option<String>) -> Travel {
    match to {
        None => Travel::new(None, known_at),
        Some(Named::Moment(moment)) => Travel::new(Some(moment), known_at),
        Some(Named::Revision(revision)) => {
            Travel { known_name: Some("to"), ..Travel::new(None, Some(revision.to_string())) }
        }
    }
}

/// The earlier board's state: what the later one knows, unless a revision is named.
fn earlier(tx: &mut ReadTx<'_>, from: &Named, to: &Reading) -> Result<Reading, Problem> {
    let (known, at) = match from {
        Named::Revision(revision) => (*revision, tx.recorded_at(*revision)?),
        Named::Moment(moment) => (to.known, travel::end(tx, moment.moment()?, to.known)?),
    };
    if known > to.known || at > to.at {
        return Err(Problem::parameter("from", "after_to", "lies after the later board"));
    }
    Ok(Reading { at, known, when: When::Past { known, as_of: at }, is_past: true })
}

/// Compare two boards: what changed, and by whom.
///
/// Each part is compared as `/v1/board` shows it. By instants, both boards are as known now, or by `known_at`: a value
/// recorded late counts where it was observed. By revisions, each is as it was known then.
#[utoipa::path(tag = "board", operation_id = "compareBoards", params(DiffParameters),
    responses((status = 200, description = "What changed.",
        content((BoardDiff = "application/json"), (String = "text/csv")))),
    security(("bearer" = ["read"])))]
#[get("/v1/board/diff")]
async fn compare(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    parameters: Parameters<DiffParameters>,
) -> Result<HttpResponse, Problem> {
    let DiffParameters { from, to, known_at, theme, team, limit, after, raw } = parameters.0;
    // Asked for here, so that a caller without a token is told so first.
    let from = from.ok_or_else(|| Problem::parameter("from", "required", "is missing"))?;
    let from = named("from", &from)?;
    let to = to.map(|to| named("to", &to)).transpose()?;
    if known_at.is_some() && [Some(&from), to.as_ref()].iter().any(|one| matches!(one, Some(Named::Revision(_)))) {
        let detail = "stands beside a revision, which says itself what was known";
        return Err(Problem::parameter("known_at", "contradictory", detail));
    }
    let section = Section {
        theme: theme.as_ref().map(IdText::id).transpose()?,
        team: team.as_ref().map(IdText::id).transpose()?,
    };
    let media = Media::accepted(&request, true)?;
    let organization = caller.organization;
    let paging = Paging::read(&remit, organization, &request, limit, after.as_deref())?;
    let walk = paging.walk.map(|walk| (walk.known, walk.at));
    let travel = Travel { walk, ..later(to, known_at) };
    answer(&remit, &request, &caller, media, travel, move |remit, tx, reading| {
        let from = earlier(tx, &from, reading)?;
        let (before, after) = (remit.picture(tx, &from)?, remit.picture(tx, reading)?);
        let boards = Flat::of_both([&before, &after], section)?;
        let differences = boards[0].differences(&boards[1]);
        let counts = AlterationCounts::of(&differences);
        let changed: BTreeSet<String> = differences.iter().map(|difference| difference.id.clone()).collect();
        let states = [Known { revision: from.known, at: from.at }, Known { revision: reading.known, at: reading.at }];
        let pictures = [&before.picture, &after.picture];
        let causes = Causes::between(tx, pictures, [&boards[0], &boards[1]], states)?;
        let Page { data, next, .. } = paging.cut(remit, organization, reading, differences);
        let parts: Vec<&str> = data.iter().map(|difference| difference.id.as_str()).collect();
        let (told, settings) = causes.tell(tx, &after.picture, &parts)?;
        let mission = [&after, &before].iter().find_map(|one| one.picture.parts().mission.as_ref()).map(|one| one.id);
        let data: Vec<PartChange> = data
            .into_iter()
            .zip(told)
            .map(|(difference, told)| {
                let below = boards.iter().filter_map(|board| board.below.get(&difference.id)).flatten();
                let through: BTreeSet<&String> = below.filter(|one| changed.contains(*one)).collect();
                let mut part = PartChange::of(&difference, told, &causes);
                part.through = through.into_iter().take(THROUGH_MAX).cloned().collect();
                if difference.id == MISSION {
                    part.id = mission.map(|id| id.to_string()).unwrap_or_default();
                }
                part
            })
            .collect();
        let answer = match media {
            Media::Json | Media::Markdown => Answer::json(&BoardDiff {
                from: BoardState::of(tx, from.at, from.known)?,
                to: BoardState::of(tx, after.as_of(), reading.known)?,
                settings,
                counts,
                data,
                next: next.clone(),
            })?,
            Media::Csv => {
                let lines: Vec<FieldLine> = data.iter().flat_map(FieldLine::of).collect();
                let columns = csv_table::columns_of::<FieldLine>();
                Answer { media, ..Answer::json(&())?.with_body(csv_table::render(&columns, &lines, raw)?) }
            }
        };
        Ok(Answer { next, ..answer }.until(after.until()))
    })
    .await
}

impl BoardState {
    fn of(tx: &mut ReadTx<'_>, at: Instant, known: i64) -> Result<Self, Problem> {
        Ok(Self { as_of: at.into(), known_at: tx.recorded_at(known)?.into(), known_revision: known })
    }
}

impl AlterationCounts {
    fn of(differences: &[Difference]) -> Self {
        let count = |what| differences.iter().filter(|difference| difference.what == what).count();
        Self {
            added: count(Alteration::Added),
            removed: count(Alteration::Removed),
            changed: count(Alteration::Changed),
        }
    }
}

impl PartChange {
    fn of(difference: &Difference, causes: Vec<BoardCause>, all: &Causes) -> Self {
        let Difference { part, id, title, outcome, what, fields } = difference;
        let change = |Differing { field, before, after }: Differing| FieldChange { field, before, after };
        Self {
            kind: Word(*part),
            id: id.clone(),
            title: title.clone(),
            outcome_id: outcome.map(Into::into),
            what: Word(*what),
            changes: fields.iter().cloned().map(change).collect(),
            causes,
            causes_count: all.count(id),
            through: Vec::new(),
            by_clock_alone: all.is_clock_alone(id),
        }
    }
}

impl FieldLine {
    fn of(part: &PartChange) -> Vec<Self> {
        let mut actors: Vec<&str> = part.causes.iter().map(BoardCause::who).collect();
        actors.sort_unstable();
        actors.dedup();
        let revisions: Vec<String> = part.causes.iter().map(|cause| cause.revision().to_string()).collect();
        let line = |change: &FieldChange| Self {
            kind: part.kind,
            id: part.id.clone(),
            title: part.title.clone(),
            what: part.what,
            field: change.field.clone(),
            before: change.before.clone(),
            after: change.after.clone(),
            actors: actors.join("; "),
            revisions: revisions.join(" "),
            by_clock_alone: part.by_clock_alone,
        };
        part.changes.iter().map(line).collect()
    }
}

/// The operation of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(compare);
}

const _: () = assert!(CAUSES_MAX == 20, "max_items of causes and settings");
