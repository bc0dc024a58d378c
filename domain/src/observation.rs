//! Observations: what was measured, of which segment, when. Append-only: a correction supersedes, and both stay.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::number::Number;
use crate::outcome::OutcomeState;
use crate::period::PeriodState;
use crate::text::{Statement, Text, TextError};
use crate::time::{Day, Instant};

/// The most dimensions of a segment.
pub const DIMENSIONS_MAX: usize = 8;
/// The most characters of a dimension's name.
pub const DIMENSION_NAME_MAX: usize = 64;
/// The most characters of a dimension's value.
pub const DIMENSION_VALUE_MAX: usize = 200;

/// Which part of what is measured an observation speaks of. The empty segment is the headline.
///
/// A bulk names ten thousands of them and each in several places, so that clones share what they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Segment(Option<Arc<[Dimension]>>);

type Dimension = (Text<DIMENSION_NAME_MAX>, Text<DIMENSION_VALUE_MAX>);

/// Why a segment was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentError {
    /// More than [`DIMENSIONS_MAX`] dimensions.
    TooManyDimensions,
    /// A dimension's name.
    Name(TextError),
    /// A dimension's value.
    Value(TextError),
    /// A dimension that occurs twice once trimmed.
    Twice,
}

impl fmt::Display for SegmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyDimensions => write!(f, "must have at most {DIMENSIONS_MAX} dimensions"),
            Self::Name(error) => write!(f, "the name of a dimension {error}"),
            Self::Value(error) => write!(f, "the value of a dimension {error}"),
            Self::Twice => f.write_str("names a dimension twice"),
        }
    }
}

impl Segment {
    /// The empty segment, which alone drives progress.
    pub const HEADLINE: Self = Self(None);

    /// A segment from its dimensions, in any order.
    ///
    /// # Errors
    /// [`SegmentError`] says which bound is broken.
    pub fn new<'a>(dimensions: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, SegmentError> {
        let mut kept = BTreeMap::new();
        for (name, value) in dimensions {
            let name = Text::new(name).map_err(SegmentError::Name)?;
            let value = Text::new(value).map_err(SegmentError::Value)?;
            if kept.insert(name, value).is_some() {
                return Err(SegmentError::Twice);
            }
            if kept.len() > DIMENSIONS_MAX {
                return Err(SegmentError::TooManyDimensions);
            }
        }
        Ok(Self((!kept.is_empty()).then(|| kept.into_iter().collect())))
    }
    /// Whether this is the headline.
    pub fn is_headline(&self) -> bool {
        self.0.is_none()
    }
    /// Its dimensions, by name.
    pub fn dimensions(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let dimensions = self.0.as_deref().unwrap_or_default();
        dimensions.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// An observation of one measure and segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// When it was true.
    pub at: Instant,
    /// The day, where a day was sent.
    pub on: Option<Day>,
    /// The value.
    pub value: Number,
    /// What to know about it.
    pub note: Option<Statement>,
    /// Where it comes from.
    pub source: Option<Text<200>>,
}

/// Why an observation was refused where everything is closed (I8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedError {
    /// The outcome is closed; only a correction is taken.
    OutcomeClosed,
    /// The period is closed; only a correction is taken.
    PeriodClosed,
    /// A correction of what is closed needs a reason.
    ReasonRequired,
}

/// I8: a closed outcome or period takes an observation only as a correction with a reason.
///
/// A correction supersedes an observation of the same measure, segment and instant.
///
/// # Errors
/// [`ClosedError`] says what is closed, or that a reason is missing.
pub fn check_open(
    outcome: OutcomeState,
    period: Option<PeriodState>,
    is_correction: bool,
    reason: Option<&Statement>,
) -> Result<(), ClosedError> {
    let closed = if outcome == OutcomeState::Closed {
        ClosedError::OutcomeClosed
    } else if period == Some(PeriodState::Closed) {
        ClosedError::PeriodClosed
    } else {
        return Ok(());
    };
    if !is_correction {
        return Err(closed);
    }
    reason.map(|_| ()).ok_or(ClosedError::ReasonRequired)
}
