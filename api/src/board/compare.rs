//! Two boards compared, part by part, as each shows it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use remit_domain::board::Board;
use remit_domain::outcome::OutcomeId;
use remit_domain::spelling::Spelled;
use remit_domain::team::TeamId;
use remit_domain::theme::ThemeId;
use serde::Serialize;
use serde_json::{Map, Value};

use super::view::{BoardMeasure, BoardMission, BoardNode, BoardTheme};
use crate::outcome::progress::shown_number;
use crate::problem::{Kind, Problem};
use crate::view::Pictured;

/// What a board is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BoardPart {
    /// The mission, with the numbers of the whole.
    Mission,
    /// A theme.
    Theme,
    /// An outcome.
    Outcome,
    /// A measure.
    Measure,
}
impl Spelled for BoardPart {
    const NAME: &'static str = "BoardPart";
    const ALL: &'static [Self] = &[Self::Mission, Self::Theme, Self::Outcome, Self::Measure];
    fn as_str(self) -> &'static str {
        match self {
            Self::Mission => "mission",
            Self::Theme => "theme",
            Self::Outcome => "outcome",
            Self::Measure => "measure",
        }
    }
}

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alteration {
    /// It was not on the earlier board.
    Added,
    /// It is not on the later board.
    Removed,
    /// It is on both, and something about it differs.
    Changed,
}
impl Spelled for Alteration {
    const NAME: &'static str = "Alteration";
    const ALL: &'static [Self] = &[Self::Added, Self::Removed, Self::Changed];
    fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// The mission's place, whichever is in force: one that replaces another is a change of the board.
pub const MISSION: &str = "";

/// Which part of the boards is compared.
#[derive(Clone, Copy)]
pub struct Section {
    /// One theme only, with what stands under it.
    pub theme: Option<ThemeId>,
    /// The outcomes of one team only, with what contributes to them.
    pub team: Option<TeamId>,
}

/// A part of a board, with what is shown of it.
struct Shown {
    title: String,
    outcome: Option<OutcomeId>,
    fields: Map<String, Value>,
}

/// A board, part by part.
pub struct Flat {
    parts: BTreeMap<(BoardPart, String), Shown>,
    /// The parts from which the numbers of a part come.
    pub below: HashMap<String, BTreeSet<String>>,
}

/// A field that differs.
#[derive(Clone)]
pub struct Differing {
    /// Its name.
    pub field: String,
    /// What it said.
    pub before: Value,
    /// What it says.
    pub after: Value,
}

/// A part that differs.
pub struct Difference {
    /// What it is.
    pub part: BoardPart,
    /// Its place: its id, or [`MISSION`].
    pub id: String,
    /// Its title, the later one where there are two.
    pub title: String,
    /// The outcome of a measure.
    pub outcome: Option<OutcomeId>,
    /// What became of it.
    pub what: Alteration,
    /// The fields that differ; all that say something where it was added or removed.
    pub fields: Vec<Differing>,
}

/// What is shown of a part, by field; what stands beneath it is compared by itself.
fn fields(view: &impl Serialize) -> Result<Map<String, Value>, Problem> {
    let failed = |_| Problem::new(Kind::Internal, "Something failed here.");
    let Value::Object(mut fields) = serde_json::to_value(view).map_err(failed)? else { return Ok(Map::new()) };
    for beneath in ["id", "outcomes", "measures", "children", "repeated"] {
        fields.remove(beneath);
    }
    Ok(fields)
}

impl Flat {
    /// Two boards, or a section of them, taken apart at the same time.
    ///
    /// # Errors
    /// None that a stored value causes.
    pub fn of_both([before, after]: [&Pictured; 2], section: Section) -> Result<[Self; 2], Problem> {
        let (before, after) = rayon::join(|| Self::of(before, section), || Self::of(after, section));
        Ok([before?, after?])
    }

    /// A board, or a section of it, taken apart.
    ///
    /// # Errors
    /// None that a stored value causes.
    fn of(pictured: &Pictured, section: Section) -> Result<Self, Problem> {
        let board = Board::new(&pictured.picture, &pictured.assessment);
        let mut flat = Self { parts: BTreeMap::new(), below: HashMap::new() };
        let within = section.outcomes(pictured, &board);
        if section.team.is_none() {
            flat.add_mission(&board, section)?;
            for node in board.themes.iter().filter(|node| section.theme.is_none_or(|theme| theme == node.theme.id)) {
                let id = node.theme.id.to_string();
                flat.below.insert(id.clone(), node.outcomes.iter().map(ToString::to_string).collect());
                let fields = fields(&BoardTheme::bare(node))?;
                let shown = Shown { title: node.theme.title.to_string(), outcome: None, fields };
                flat.parts.insert((BoardPart::Theme, id), shown);
            }
        }
        for node in &board.nodes {
            let outcome = node.outcome;
            let id = outcome.id.to_string();
            flat.below.insert(id.clone(), node.children.iter().map(ToString::to_string).collect());
            if within.as_ref().is_some_and(|within| !within.contains(&outcome.id)) {
                continue;
            }
            let mut fields = fields(&BoardNode::bare(pictured, outcome, node.numbers, |_| true))?;
            fields.insert("theme_id".into(), pictured.picture.theme_of(outcome).map(|id| id.to_string()).into());
            let parents = pictured.picture.outcome_position(outcome.id).into_iter();
            let parents = parents.flat_map(|position| pictured.picture.parents_at(position));
            let parents = parents.filter_map(|edge| pictured.picture.parts().outcomes.get(edge.to));
            let parents: BTreeSet<String> = parents.map(|parent| parent.id.to_string()).collect();
            fields.insert("parent_ids".into(), parents.into_iter().collect());
            let shown = Shown { title: outcome.title.to_string(), outcome: None, fields };
            flat.parts.insert((BoardPart::Outcome, id), shown);
            for measure in &node.measures {
                let title = measure.measure.name.to_string();
                let shown =
                    Shown { title, outcome: Some(outcome.id), fields: self::fields(&BoardMeasure::of(measure))? };
                flat.parts.insert((BoardPart::Measure, measure.measure.id.to_string()), shown);
            }
        }
        Ok(flat)
    }

    fn add_mission(&mut self, board: &Board<'_>, section: Section) -> Result<(), Problem> {
        self.below.insert(MISSION.into(), board.themes.iter().map(|node| node.theme.id.to_string()).collect());
        let Some(mission) = board.mission.filter(|_| section.theme.is_none()) else { return Ok(()) };
        let mut fields = fields(&BoardMission::of(mission))?;
        fields.insert("mission_id".into(), mission.id.to_string().into());
        fields.insert("progress".into(), board.progress.map(shown_number).into());
        fields.insert("coverage".into(), board.coverage.map(shown_number).into());
        fields.insert("confidence".into(), board.confidence.map(|stated| shown_number(stated.mean)).into());
        let shown = Shown { title: mission.statement.to_string(), outcome: None, fields };
        self.parts.insert((BoardPart::Mission, MISSION.into()), shown);
        Ok(())
    }

    /// What differs between two boards: the mission, the themes, the outcomes, the measures, each by id.
    pub fn differences(&self, after: &Self) -> Vec<Difference> {
        let places: BTreeSet<&(BoardPart, String)> = self.parts.keys().chain(after.parts.keys()).collect();
        let difference = |place: &(BoardPart, String)| {
            let (before, after) = (self.parts.get(place), after.parts.get(place));
            let what = match (before, after) {
                (None, _) => Alteration::Added,
                (Some(_), None) => Alteration::Removed,
                (Some(_), Some(_)) => Alteration::Changed,
            };
            let fields = differing(before.map(|shown| &shown.fields), after.map(|shown| &shown.fields));
            let shown = after.or(before)?;
            if what == Alteration::Changed && fields.is_empty() {
                return None;
            }
            let (part, id) = place.clone();
            Some(Difference { part, id, title: shown.title.clone(), outcome: shown.outcome, what, fields })
        };
        places.into_iter().filter_map(difference).collect()
    }
}

impl Section {
    /// The outcomes within it; nothing where that is all of them.
    fn outcomes(self, pictured: &Pictured, board: &Board<'_>) -> Option<BTreeSet<OutcomeId>> {
        let mut within: Option<BTreeSet<OutcomeId>> = None;
        if let Some(theme) = self.theme {
            let roots: Vec<OutcomeId> = board
                .themes
                .iter()
                .filter(|node| node.theme.id == theme)
                .flat_map(|node| node.outcomes.clone())
                .collect();
            within = Some(board.walk(&roots, None).iter().map(|visit| visit.node.outcome.id).collect());
        }
        if let Some(team) = self.team {
            let carried = pictured.picture.parts().outcomes.iter().filter(|outcome| outcome.team == Some(team));
            let roots: Vec<OutcomeId> = carried.map(|outcome| outcome.id).collect();
            let carried: BTreeSet<OutcomeId> =
                board.walk(&roots, None).iter().map(|visit| visit.node.outcome.id).collect();
            within = Some(within.map_or_else(|| carried.clone(), |within| &within & &carried));
        }
        within
    }
}

fn differing(before: Option<&Map<String, Value>>, after: Option<&Map<String, Value>>) -> Vec<Differing> {
    fn value<'v>(fields: Option<&'v Map<String, Value>>, name: &str) -> &'v Value {
        fields.and_then(|fields| fields.get(name)).unwrap_or(&Value::Null)
    }
    let names: BTreeSet<&String> = before.into_iter().chain(after).flat_map(Map::keys).collect();
    let values = names.into_iter().map(|name| (name, value(before, name), value(after, name)));
    let differ = values.filter(|(_, before, after)| before != after);
    differ
        .map(|(name, before, after)| Differing { field: name.clone(), before: before.clone(), after: after.clone() })
        .collect()
}
