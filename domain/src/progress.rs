//! Progress: from a measure's observations to per cent of the way, with everything that explains the number.

mod aggregate;
mod compute;

pub use aggregate::Aggregate;
pub use compute::progress;
pub(crate) use compute::window;

use crate::measure::Measure;
use crate::organization::Organization;
use crate::picture::Point;
pub use crate::reporting::Tally;
use crate::spelling::spelled;
use crate::time::{Day, Instant};

/// Where a measure stands, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Where it started from.
    pub baseline: Option<Baseline>,
    /// Where it must get to; for increase and decrease.
    pub target: Option<f64>,
    /// The current value: the measure's aggregation over the time frame so far.
    pub value: Option<f64>,
    /// The latest headline observation, whenever it was.
    pub latest: Option<Latest>,
    /// Per cent of the way, unclamped.
    pub attainment: Option<f64>,
    /// Per cent of the way, 0 to 100.
    pub progress: Option<f64>,
    /// The reporting intervals that count; for maintain kinds.
    pub intervals: Option<Tally>,
    /// Why there is no progress, where there is none.
    pub absent: Option<Absent>,
}

/// Where a measure started from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baseline {
    /// The value.
    pub value: f64,
    /// Where the value comes from.
    pub source: BaselineSource,
}

/// Where a baseline comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BaselineSource {
    /// It was given.
    Given,
    /// The last observation on or before the first day.
    Observed {
        /// Its local day.
        on: Day,
        /// Its instant.
        at: Instant,
    },
}

/// An observation with its local day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latest {
    /// The observation.
    pub point: Point,
    /// Its local day.
    pub on: Day,
}

/// Why a measure has no progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Absent {
    /// Nothing has been observed in its time frame.
    NoObservation,
    /// No baseline was given, and nothing was observed on or before the first day.
    NoBaseline,
    /// It has no first day.
    NoStart,
    /// No reporting interval has ended, and the running one is silent.
    NothingDue,
    /// It has no target; it is only watched.
    NoTarget,
    /// The observed baseline is the target.
    BaselineIsTarget,
    /// The observed baseline lies beyond the target.
    WrongDirection,
    /// A per cent of a baseline of zero.
    RelativeToNothing,
}
spelled!(Absent {
    NoObservation = "no_observation",
    NoBaseline = "no_baseline",
    NoStart = "no_start",
    NothingDue = "nothing_due",
    NoTarget = "no_target",
    BaselineIsTarget = "baseline_is_target",
    WrongDirection = "wrong_direction",
    RelativeToNothing = "relative_to_nothing",
});

/// What progress is computed from.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The measure.
    pub measure: &'a Measure,
    /// The first day of its outcome.
    pub start_on: Option<Day>,
    /// The last day of its outcome.
    pub due_on: Option<Day>,
    /// The day that it is asked for.
    pub today: Day,
    /// Whose zone and fiscal year they are.
    pub organization: &'a Organization,
    /// The headline observations, ascending, none after today.
    pub points: &'a [Point],
}

impl<'a> Question<'a> {
    /// The observations of a day and before it.
    pub(crate) fn until(&self, day: Day) -> &'a [Point] {
        let end = self.points.partition_point(|point| self.day(point) <= day);
        self.points.get(..end).unwrap_or(&[])
    }
    /// The local day of an observation.
    pub(crate) fn day(&self, point: &Point) -> Day {
        point.on.unwrap_or_else(|| self.organization.day_of(point.at))
    }
}
