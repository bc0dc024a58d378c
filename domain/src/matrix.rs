//! The responsibility matrix: outcomes by roles or people, with gaps and overloads.

use crate::accountability::Gap;
use crate::outcome::OutcomeId;
use crate::picture::Picture;
use crate::responsibility::Part;
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
        todo!("{picture:?}{at:?}{by:?}")
    }
}
