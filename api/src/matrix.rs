//! The responsibility matrix: outcomes by roles or by people, with gaps and overloads.

use std::collections::BTreeMap;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::accountability::Gap;
use remit_domain::matrix::{Matrix, MatrixBy, MatrixCell, MatrixColumn, MatrixRow};
use remit_domain::outcome::{Outcome, OutcomeState};
use remit_domain::person::Person;
use remit_domain::picture::Picture;
use remit_domain::responsibility::Part;
use remit_domain::role::{Role, Subject};
use remit_domain::spelling::Spelled;
use remit_domain::team::{Team, TeamId};
use remit_domain::theme::{Theme, ThemeId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, Read};
use crate::csv_table::{harmless, render};
use crate::extract::Parameters;
use crate::problem::Problem;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::view::Pictured;
use crate::wire::{IdText, InstantText, MomentText, Word};

type ByWord = Word<MatrixBy>;
type PartWord = Word<Part>;
type GapWord = Word<Gap>;
type StateWord = Word<OutcomeState>;
type OutcomeIdText = IdText<Outcome>;
type RoleIdText = IdText<Role>;
type PersonIdText = IdText<Person>;
type TeamIdText = IdText<Team>;
type ThemeIdText = IdText<Theme>;

/// Outcomes by roles or people.
#[derive(Serialize, ToSchema)]
#[schema(as = ResponsibilityMatrix)]
pub struct MatrixView {
    /// The instant that it is of.
    as_of: InstantText,
    /// The revision up to which it knows.
    #[schema(minimum = 0)]
    known_revision: i64,
    by: ByWord,
    /// The roles and people who have a part in any of the rows.
    #[schema(max_items = 1000000)]
    columns: Vec<MatrixColumnView>,
    /// The outcomes that have not ended, by id.
    #[schema(max_items = 1000000)]
    rows: Vec<MatrixRowView>,
}

/// A role or a person, and how much is on it in the whole organization.
#[derive(Serialize, ToSchema)]
#[schema(as = ResponsibilityMatrixColumn)]
pub struct MatrixColumnView {
    /// The role, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    role_id: Option<RoleIdText>,
    /// The person, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    person_id: Option<PersonIdText>,
    /// The role's title or the person's name; its id where it is not known at that instant.
    #[schema(max_length = 200)]
    name: String,
    /// Active outcomes for which it is accountable.
    #[schema(minimum = 0)]
    accountable: usize,
    /// Active outcomes for which it is responsible.
    #[schema(minimum = 0)]
    responsible: usize,
    /// Active outcomes on which it is consulted.
    #[schema(minimum = 0)]
    consulted: usize,
    /// Active outcomes of which it is informed.
    #[schema(minimum = 0)]
    informed: usize,
    /// Whether it is accountable for more than five.
    overloaded: bool,
}

/// An outcome, and who has a part in it.
#[derive(Serialize, ToSchema)]
#[schema(as = ResponsibilityMatrixRow)]
pub struct MatrixRowView {
    outcome_id: OutcomeIdText,
    /// Its title.
    #[schema(max_length = 200)]
    title: String,
    state: StateWord,
    /// Who has which parts; one entry a column.
    #[schema(max_items = 1000000)]
    cells: Vec<MatrixCellView>,
    /// Why nobody answers for it; for active outcomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    gap: Option<GapWord>,
    /// Whether it is active and nobody is responsible.
    lacks_responsible: bool,
}

/// The parts of one column in one row.
#[derive(Serialize, ToSchema)]
#[schema(as = ResponsibilityMatrixCell)]
pub struct MatrixCellView {
    /// The position of the role or person in `columns`, from 0.
    #[schema(minimum = 0)]
    column: usize,
    /// The parts: accountable and responsible may come together.
    #[schema(min_items = 1, max_items = 4)]
    parts: Vec<PartWord>,
}

/// Which part of the matrix is asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MatrixFilter {
    /// What the columns are: those who are named, or the people behind them.
    #[param(default = "role")]
    by: Option<ByWord>,
    /// Only the outcomes that this team carries.
    #[validate(nested)]
    team: Option<TeamIdText>,
    /// Only the outcomes that serve this theme directly.
    #[validate(nested)]
    theme: Option<ThemeIdText>,
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

/// The matrix of a picture, of the outcomes of a team and a theme where they are given.
fn chosen(picture: &Picture, by: MatrixBy, team: Option<TeamId>, theme: Option<ThemeId>) -> Matrix {
    let is_asked_for = |outcome: &Outcome| {
        (team.is_none() || outcome.team == team) && (theme.is_none() || picture.theme_of(outcome) == theme)
    };
    Matrix::new(picture, picture.at(), by)
        .with_rows(|outcome| picture.outcome(outcome).is_some_and(|one| is_asked_for(one)))
}

/// The name and the id of a subject; the id twice where it has no name at that instant.
fn name_of(picture: &Picture, subject: Subject) -> (String, String) {
    let (name, id) = match subject {
        Subject::Role(id) => (picture.role(id).map(|role| role.title.to_string()), id.to_string()),
        Subject::Person(id) => (picture.person(id).map(|person| person.name.to_string()), id.to_string()),
    };
    (name.unwrap_or_else(|| id.clone()), id)
}

/// The parts of each column in a row.
fn parts(row: &MatrixRow) -> BTreeMap<usize, Vec<Part>> {
    let mut parts: BTreeMap<usize, Vec<Part>> = BTreeMap::new();
    for MatrixCell { column, part } in &row.cells {
        parts.entry(*column).or_default().push(*part);
    }
    parts
}

impl MatrixView {
    fn of(pictured: &Pictured, matrix: &Matrix, known_revision: i64) -> Self {
        let picture = &pictured.picture;
        let rows = matrix.rows.iter().filter_map(|row| {
            let MatrixRow { outcome, cells: _, gap, lacks_responsible } = row;
            let outcome = picture.outcome(*outcome)?;
            let cells = parts(row).into_iter();
            Some(MatrixRowView {
                outcome_id: outcome.id.into(),
                title: outcome.title.to_string(),
                state: Word(outcome.state),
                cells: cells
                    .map(|(column, parts)| MatrixCellView { column, parts: parts.into_iter().map(Word).collect() })
                    .collect(),
                gap: gap.map(Word),
                lacks_responsible: *lacks_responsible,
            })
        });
        Self {
            as_of: pictured.as_of().into(),
            known_revision,
            by: Word(matrix.by),
            columns: matrix.columns.iter().map(|column| MatrixColumnView::of(picture, column)).collect(),
            rows: rows.collect(),
        }
    }
}

impl MatrixColumnView {
    fn of(picture: &Picture, column: &MatrixColumn) -> Self {
        let MatrixColumn { subject, accountable, responsible, consulted, informed, is_overloaded } = *column;
        let (role_id, person_id) = match subject {
            Subject::Role(id) => (Some(id.into()), None),
            Subject::Person(id) => (None, Some(id.into())),
        };
        let (name, _) = name_of(picture, subject);
        Self { role_id, person_id, name, accountable, responsible, consulted, informed, overloaded: is_overloaded }
    }
}

/// The columns of the table before and after those of the subjects.
const BEFORE: [&str; 3] = ["outcome_id", "title", "state"];
const AFTER: &str = "gap";

/// One line an outcome, one column a subject, with the letters of its parts.
fn table(picture: &Picture, matrix: &Matrix, raw: bool) -> Result<Bytes, Problem> {
    let subjects = headings(matrix.columns.iter().map(|column| name_of(picture, column.subject)).collect(), raw);
    let mut lines: Vec<BTreeMap<&str, String>> = Vec::with_capacity(matrix.rows.len());
    for row in &matrix.rows {
        let Some(outcome) = picture.outcome(row.outcome) else { continue };
        let values = [outcome.id.to_string(), outcome.title.to_string(), outcome.state.to_string()];
        let mut line: BTreeMap<&str, String> = BEFORE.into_iter().zip(values).collect();
        for (column, parts) in parts(row) {
            let letters: Vec<_> = parts.into_iter().map(letter).collect();
            line.extend(subjects.get(column).map(|subject| (subject.as_str(), letters.join("/"))));
        }
        let gaps = row.gap.map(Gap::as_str).into_iter().chain(row.lacks_responsible.then_some("no_responsible"));
        line.insert(AFTER, gaps.collect::<Vec<_>>().join("/"));
        lines.push(line);
    }
    let columns = BEFORE.map(str::to_owned).into_iter().chain(subjects.iter().cloned()).chain([AFTER.to_owned()]);
    render(&columns.collect::<Vec<_>>(), &lines, raw)
}

/// A heading for each name, made plain by its id where another has the same.
fn headings(names: Vec<(String, String)>, raw: bool) -> Vec<String> {
    let mut times: BTreeMap<&str, usize> = BEFORE.into_iter().chain([AFTER]).map(|fixed| (fixed, 1)).collect();
    for (name, _) in &names {
        *times.entry(name).or_default() += 1;
    }
    let plain = names.iter().map(|(name, id)| {
        if times.get(name.as_str()).is_some_and(|times| *times > 1) { format!("{name} ({id})") } else { name.clone() }
    });
    plain.map(|name| if raw { name } else { harmless(&name) }).collect()
}

fn letter(part: Part) -> &'static str {
    match part {
        Part::Accountable => "A",
        Part::Responsible => "R",
        Part::Consulted => "C",
        Part::Informed => "I",
    }
}

/// Read who has which part in which outcome.
#[utoipa::path(tag = "responsibilities", operation_id = "getResponsibilityMatrix", params(MatrixFilter),
    responses((status = 200, description = "The outcomes that have not ended, by roles or people.", body = MatrixView)),
    security(("bearer" = ["read"])))]
#[get("/v1/responsibility-matrix")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<MatrixFilter>,
) -> Result<HttpResponse, Problem> {
    let MatrixFilter { by, team, theme, as_of, known_at, raw } = filter.0;
    let by = by.map_or(MatrixBy::Role, |by| by.0);
    let team = team.as_ref().map(IdText::id).transpose()?;
    let theme = theme.as_ref().map(IdText::id).transpose()?;
    let media = Media::accepted(&request, true)?;
    answer(&remit, &request, &caller, media, Travel::new(as_of, known_at), move |remit, tx, reading| {
        let pictured = remit.picture(tx, reading)?;
        let matrix = chosen(&pictured.picture, by, team, theme);
        let answer = match media {
            Media::Json | Media::Markdown => Answer::json(&MatrixView::of(&pictured, &matrix, reading.known))?,
            Media::Csv => Answer { media, ..Answer::json(&())?.with_body(table(&pictured.picture, &matrix, raw)?) },
        };
        Ok(answer.until(pictured.until()))
    })
    .await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(read);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_the_table_has_a_heading_of_its_own() {
        let name = |name: &str, id: &str| (name.to_owned(), id.to_owned());
        let names = || vec![name("Ada", "psn_1"), name("Ada", "psn_2"), name("=1+1", "psn_3"), name("gap", "psn_4")];
        assert_eq!(headings(names(), false), ["Ada (psn_1)", "Ada (psn_2)", "'=1+1", "gap (psn_4)"]);
        assert_eq!(headings(names(), true)[2], "=1+1");
    }
}
