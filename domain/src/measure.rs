//! Measures: how it is known whether an outcome is being reached.

mod every;
mod target;

pub use every::Every;
pub use target::Target;

use crate::entity::Check;
use crate::id::{Id, Identified};
use crate::number::Number;
use crate::outcome::{OutcomeId, WEIGHT_MAX};
use crate::spelling::spelled;
use crate::text::{Key, Statement, Text, Title};
use crate::time::Day;

/// The identifier of a measure.
pub type MeasureId = Id<Measure>;
/// The identifier of a target revision.
pub type RevisionId = Id<TargetRevision>;
/// The identifier of a milestone.
pub type MilestoneId = Id<Milestone>;
/// The most points of a plan.
pub const PLAN_MAX: usize = 400;
/// The most milestones of a measure.
pub const MILESTONES_MAX: usize = 200;
/// The most days of lag, of grace, or of an interval counted in days.
pub const DAYS_MAX: i32 = 3_660;
/// The most decimals that a measure shows.
pub const PRECISION_MAX: i16 = 6;

/// A measure. Its dates are its outcome's.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// What it measures.
    pub outcome: OutcomeId,
    /// Its name for scripts, unique in the organization.
    pub key: Key,
    /// Its name for people.
    pub name: Title,
    /// How a value becomes progress.
    pub kind: MeasureKind,
    /// Where it starts from, where it must get to.
    pub target: Target,
    /// What its values count.
    pub unit: Option<Text<64>>,
    /// Decimals to show, 0 to 6.
    pub precision: i16,
    /// How several observations become one value.
    pub aggregation: Aggregation,
    /// How much it counts among its outcome's parts; 0 to 1e6.
    pub weight: f64,
    /// Whether it moves before or after the outcome does.
    pub indicator: Indicator,
    /// Whether it only has to be kept from getting worse.
    pub guardrail: bool,
    /// Whether it is still used.
    pub state: MeasureState,
    /// How often it is reported; each sequence holds from its day on, the first from the beginning.
    pub cadence: Vec<Cadence>,
    /// Days from an interval's end to publication.
    pub lag_days: i32,
    /// Days that an update may be late; the larger of 3 and a tenth of the interval where nothing is said.
    pub grace_days: Option<i32>,
    /// Expected values by date, ascending.
    pub plan: Vec<PlanPoint>,
    /// What is to be done, in order; for milestones only.
    pub milestones: Vec<Milestone>,
}

/// How a value becomes progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeasureKind {
    /// From a baseline up to a target.
    Increase,
    /// From a baseline down to a target.
    Decrease,
    /// Never below a bound.
    MaintainAbove,
    /// Never above a bound.
    MaintainBelow,
    /// Never outside two bounds.
    MaintainRange,
    /// Once past a threshold.
    Reach,
    /// Steps that are done or not.
    Milestones,
    /// No target yet: value and trend only.
    Monitor,
}
spelled!(MeasureKind {
    Increase = "increase",
    Decrease = "decrease",
    MaintainAbove = "maintain_above",
    MaintainBelow = "maintain_below",
    MaintainRange = "maintain_range",
    Reach = "reach",
    Milestones = "milestones",
    Monitor = "monitor",
});

/// How a target was stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Basis {
    /// As the value to get to.
    #[default]
    Absolute,
    /// As per cent of the baseline.
    Relative,
    /// As a distance from the baseline.
    Points,
}
spelled!(Basis { Absolute = "absolute", Relative = "relative", Points = "points" });

/// Whether a bound itself satisfies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Bound {
    /// It does.
    #[default]
    Inclusive,
    /// It does not.
    Exclusive,
}
spelled!(Bound { Inclusive = "inclusive", Exclusive = "exclusive" });

/// How several observations become one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Aggregation {
    /// The latest.
    #[default]
    Last,
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// The least.
    Min,
    /// The greatest.
    Max,
}
spelled!(Aggregation { Last = "last", Sum = "sum", Mean = "mean", Min = "min", Max = "max" });

/// Whether a measure moves before or after its outcome does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Indicator {
    /// Before.
    Leading,
    /// After.
    #[default]
    Lagging,
}
spelled!(Indicator { Leading = "leading", Lagging = "lagging" });

/// Whether a measure is still used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeasureState {
    /// It is.
    Active,
    /// It is not; it keeps its history.
    Retired,
}
spelled!(MeasureState { Active = "active", Retired = "retired" });

/// A sequence of reporting intervals and the day from which it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    /// The first day on which it holds; `None` for the first sequence.
    pub from: Option<Day>,
    /// The interval.
    pub every: Every,
}

/// An expected value on a date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanPoint {
    /// The date.
    pub on: Day,
    /// The value expected on it, in the measure's unit.
    pub value: Number,
}

/// A step that is done or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Milestone {
    /// Its identifier.
    pub id: MilestoneId,
    /// What is to be done.
    pub title: Title,
    /// How much it counts; above 0.
    pub weight: f64,
    /// When it is due.
    pub due_on: Option<Day>,
    /// When it was done.
    pub done_on: Option<Day>,
}

/// A change of a measure's target, with its reason. Append-only.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetRevision {
    /// The measure.
    pub measure: MeasureId,
    /// What held before.
    pub before: Target,
    /// What holds since.
    pub after: Target,
    /// Why.
    pub reason: Statement,
}

/// Why a measure was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeasureError {
    /// The baseline is the target (I5).
    BaselineIsTarget,
    /// The target lies on the wrong side of the baseline for this kind (I5).
    WrongDirection,
    /// low must be below high (I5).
    LowNotBelowHigh,
    /// This kind needs a field that is absent.
    Missing(&'static str),
    /// This kind has no use for a field that is given.
    Unexpected(&'static str),
    /// A weight is 0 to 1e6; a milestone's is above 0.
    Weight,
    /// 0 to 6 decimals.
    Precision,
    /// Days are 0 to [`DAYS_MAX`]; an interval has at least 1.
    Days(&'static str),
    /// Too many entries.
    TooMany(&'static str),
    /// Dates ascend and occur once.
    PlanOrder,
    /// A relative target needs a baseline other than zero, and stays within ±1e15.
    RelativeToNothing,
}

impl Check for Measure {
    type Error = MeasureError;
    fn check(&self) -> Result<(), MeasureError> {
        self.target.check(self.kind)?;
        let is_weight = |weight: f64| (0.0..=WEIGHT_MAX).contains(&weight);
        if !is_weight(self.weight) || self.milestones.iter().any(|m| !is_weight(m.weight) || m.weight == 0.0) {
            return Err(MeasureError::Weight);
        }
        if !(0..=PRECISION_MAX).contains(&self.precision) {
            return Err(MeasureError::Precision);
        }
        let days = |name, days: i32| (0..=DAYS_MAX).contains(&days).then_some(()).ok_or(MeasureError::Days(name));
        days("lag_days", self.lag_days)?;
        days("grace_days", self.grace_days.unwrap_or(0))?;
        for cadence in &self.cadence {
            if let Every::Days(n) = cadence.every {
                days("every", i32::from(n))?;
                if n == 0 {
                    return Err(MeasureError::Days("every"));
                }
            }
        }
        if self.cadence.is_empty() {
            return Err(MeasureError::Missing("every"));
        }
        if self.plan.len() > PLAN_MAX {
            return Err(MeasureError::TooMany("plan"));
        }
        if self.milestones.len() > MILESTONES_MAX {
            return Err(MeasureError::TooMany("milestones"));
        }
        if self.plan.windows(2).any(|pair| pair[0].on >= pair[1].on) {
            return Err(MeasureError::PlanOrder);
        }
        match (self.kind == MeasureKind::Milestones, self.milestones.is_empty()) {
            (true, true) => Err(MeasureError::Missing("milestones")),
            (false, false) => Err(MeasureError::Unexpected("milestones")),
            (true, false) | (false, true) => Ok(()),
        }
    }
}

impl Check for TargetRevision {
    type Error = crate::entity::NoRule;
    fn check(&self) -> Result<(), crate::entity::NoRule> {
        Ok(())
    }
}

impl Identified for Measure {
    const PREFIX: &'static str = "msr";
    const NOUN: &'static str = "measure";
}
impl Identified for TargetRevision {
    const PREFIX: &'static str = "rev";
    const NOUN: &'static str = "target_revision";
}
impl Identified for Milestone {
    const PREFIX: &'static str = "mst";
    const NOUN: &'static str = "milestone";
}
