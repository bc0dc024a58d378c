//! The responsibility matrix: outcomes by roles or people, with gaps and overloads.

use crate::accountability::{Gap, stand_for, who_answers};
use crate::entity::Kept;
use crate::outcome::{Outcome, OutcomeId, OutcomeState};
use crate::picture::Picture;
use crate::responsibility::{Object, Part};
use crate::role::Subject;
use crate::spelling::spelled;
use crate::time::Instant;

/// Accountable for more active outcomes than this is an overload.
pub const ACCOUNTABLE_MAX: usize = 5;

/// What the columns are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatrixBy {
    /// Those who are named: roles, and people named in person.
    Role,
    /// The people behind them; a role that nobody holds stays as it is.
    Person,
}
spelled!(MatrixBy { Role = "role", Person = "person" });

/// Outcomes by subjects.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// What the columns are.
    pub by: MatrixBy,
    /// The subjects, in order.
    pub columns: Vec<MatrixColumn>,
    /// The outcomes that have not ended, in order.
    pub rows: Vec<MatrixRow>,
}

/// A subject and how much is on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatrixColumn {
    /// Who.
    pub subject: Subject,
    /// Active outcomes for which it is accountable.
    pub accountable: usize,
    /// Active outcomes for which it is responsible.
    pub responsible: usize,
    /// Active outcomes on which it is consulted.
    pub consulted: usize,
    /// Active outcomes of which it is informed.
    pub informed: usize,
    /// Whether it is accountable for more than [`ACCOUNTABLE_MAX`].
    pub is_overloaded: bool,
}

/// An outcome and who has a part in it.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixRow {
    /// The outcome.
    pub outcome: OutcomeId,
    /// Who has which part, by column.
    pub cells: Vec<MatrixCell>,
    /// Why nobody answers for it; for active outcomes.
    pub gap: Option<Gap>,
    /// Whether it is active and nobody is responsible.
    pub lacks_responsible: bool,
}

/// A part that a column's subject has in a row's outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MatrixCell {
    /// The position of the subject in [`Matrix::columns`].
    pub column: usize,
    /// The part.
    pub part: Part,
}

impl Matrix {
    /// The matrix of a picture at an instant.
    pub fn new(picture: &Picture, at: Instant, by: MatrixBy) -> Self {
        let outcomes = picture.parts().outcomes.iter().filter(|outcome| !has_ended(outcome.state));
        let parts: Vec<(&Kept<Outcome>, Parts)> =
            outcomes.map(|outcome| (outcome, parts_of(picture, outcome.id, at, by))).collect();

        let mut subjects: Vec<Subject> =
            parts.iter().flat_map(|(_, parts)| parts).map(|(subject, _)| *subject).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let mut columns: Vec<MatrixColumn> = subjects.into_iter().map(MatrixColumn::new).collect();

        let mut rows = Vec::with_capacity(parts.len());
        for (outcome, parts) in parts {
            let is_active = outcome.state == OutcomeState::Active;
            let mut cells = Vec::with_capacity(parts.len());
            for (subject, part) in &parts {
                let Ok(column) = columns.binary_search_by_key(subject, |column| column.subject) else { continue };
                cells.push(MatrixCell { column, part: *part });
                if is_active {
                    columns[column].count(*part);
                }
            }
            cells.sort_unstable();
            let has_responsible = parts.iter().any(|(_, part)| *part == Part::Responsible);
            rows.push(MatrixRow {
                outcome: outcome.id,
                cells,
                gap: if is_active { who_answers(picture, outcome.id, at).err() } else { None },
                lacks_responsible: is_active && !has_responsible,
            });
        }
        Self { by, columns, rows }
    }
}

impl Matrix {
    /// The same with some of its rows, and the columns that have a part in one of them. How much is on a column stays
    /// what it is in the whole.
    #[must_use]
    pub fn with_rows(self, keep: impl Fn(OutcomeId) -> bool) -> Self {
        let Self { by, columns, mut rows } = self;
        rows.retain(|row| keep(row.outcome));
        let mut place: Vec<Option<usize>> = vec![None; columns.len()];
        for cell in rows.iter().flat_map(|row| &row.cells) {
            place[cell.column] = Some(0);
        }
        for (at, place) in place.iter_mut().flatten().enumerate() {
            *place = at;
        }
        for cell in rows.iter_mut().flat_map(|row| &mut row.cells) {
            cell.column = place[cell.column].unwrap_or_default();
        }
        let mut used = place.iter().map(Option::is_some);
        let columns = columns.into_iter().filter(|_| used.next().unwrap_or_default()).collect();
        Self { by, columns, rows }
    }
}

impl MatrixColumn {
    fn new(subject: Subject) -> Self {
        Self { subject, accountable: 0, responsible: 0, consulted: 0, informed: 0, is_overloaded: false }
    }
    fn count(&mut self, part: Part) {
        match part {
            Part::Accountable => self.accountable += 1,
            Part::Responsible => self.responsible += 1,
            Part::Consulted => self.consulted += 1,
            Part::Informed => self.informed += 1,
        }
        self.is_overloaded = self.accountable > ACCOUNTABLE_MAX;
    }
}

fn has_ended(state: OutcomeState) -> bool {
    match state {
        OutcomeState::Closed | OutcomeState::Cancelled => true,
        OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Active => false,
    }
}

type Parts = Vec<(Subject, Part)>;

/// Who has which part in an outcome, each once.
fn parts_of(picture: &Picture, outcome: OutcomeId, at: Instant, by: MatrixBy) -> Parts {
    let in_force = picture.responsibilities_of(Object::Outcome(outcome)).filter(|one| one.during.contains(at));
    let mut parts: Parts = match by {
        MatrixBy::Role => in_force.map(|one| (one.subject, one.part)).collect(),
        MatrixBy::Person => in_force.flat_map(|one| behind(picture, one.subject, one.part, at)).collect(),
    };
    parts.sort_unstable();
    parts.dedup();
    parts
}

/// The people behind a subject; the subject itself where there is nobody, so that its part is still seen.
fn behind(picture: &Picture, subject: Subject, part: Part, at: Instant) -> Parts {
    let people = stand_for(picture, subject, at);
    if people.is_empty() {
        return vec![(subject, part)];
    }
    people.into_iter().map(|person| (Subject::Person(person), part)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Id;

    #[test]
    fn some_rows_keep_their_columns_and_what_is_on_them() {
        let column =
            |bits, accountable| MatrixColumn { accountable, ..MatrixColumn::new(Subject::Person(Id::from_bits(bits))) };
        let row = |outcome, columns: &[usize]| MatrixRow {
            outcome: Id::from_bits(outcome),
            cells: columns.iter().map(|column| MatrixCell { column: *column, part: Part::Accountable }).collect(),
            gap: None,
            lacks_responsible: false,
        };
        let matrix = Matrix {
            by: MatrixBy::Person,
            columns: vec![column(1, 1), column(2, 2), column(3, 7)],
            rows: vec![row(10, &[0, 1]), row(11, &[2]), row(12, &[1, 2])],
        };
        let kept = matrix.with_rows(|outcome| outcome.bits() != 10);
        assert_eq!(kept.columns, [column(2, 2), column(3, 7)]);
        assert_eq!(kept.rows, [row(11, &[1]), row(12, &[0, 1])]);
    }
}
