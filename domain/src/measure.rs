//! Measures: how it is known whether an outcome is being reached.

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

/// Where a measure starts from and where it must get to.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Target {
    /// Where it starts from; without it, the last observation on or before start_on.
    pub baseline: Option<Number>,
    /// Where it must get to; for increase and decrease.
    pub target: Option<Number>,
    /// How the target was stated.
    pub basis: Basis,
    /// The per cent or points of a relative target.
    pub amount: Option<Number>,
    /// The lower bound; for maintain and reach.
    pub low: Option<Number>,
    /// The upper bound; for maintain and reach.
    pub high: Option<Number>,
    /// Whether a bound itself satisfies.
    pub bound: Bound,
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

/// A reporting interval's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Every {
    /// A calendar day.
    Day,
    /// A week from Monday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
    /// A calendar year.
    Year,
    /// A quarter of the fiscal year.
    FiscalQuarter,
    /// A fiscal year.
    FiscalYear,
    /// So many days, anchored at start_on.
    Days(u16),
}

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

impl Target {
    /// Whether the numbers fit the kind.
    ///
    /// # Errors
    /// The first rule of I5 that is broken, or a field too few or too many.
    pub fn check(&self, kind: MeasureKind) -> Result<(), MeasureError> {
        let Self { baseline, target, basis, amount, low, high, bound: _ } = *self;
        let required = |name, field: Option<Number>| field.map(|_| ()).ok_or(MeasureError::Missing(name));
        let refused = |name, field: Option<Number>| match field {
            Some(_) => Err(MeasureError::Unexpected(name)),
            None => Ok(()),
        };
        if let (Some(low), Some(high)) = (low, high)
            && low >= high
        {
            return Err(MeasureError::LowNotBelowHigh);
        }
        match kind {
            MeasureKind::Increase | MeasureKind::Decrease => {
                refused("low", low)?;
                refused("high", high)?;
                match basis {
                    Basis::Absolute => {
                        required("target", target)?;
                        refused("amount", amount)?;
                    }
                    Basis::Relative | Basis::Points => {
                        required("amount", amount)?;
                        refused("target", target)?;
                    }
                }
                if amount.is_some_and(|amount| amount.get() <= 0.0) {
                    return Err(MeasureError::WrongDirection);
                }
                if let Some(baseline) = baseline {
                    self.resolve(kind, baseline.get())?;
                }
                Ok(())
            }
            MeasureKind::MaintainAbove => {
                required("low", low)?;
                refused("high", high)?;
                refused("target", target).and(refused("amount", amount))
            }
            MeasureKind::MaintainBelow => {
                required("high", high)?;
                refused("low", low)?;
                refused("target", target).and(refused("amount", amount))
            }
            MeasureKind::MaintainRange => {
                required("low", low)?;
                required("high", high)?;
                refused("target", target).and(refused("amount", amount))
            }
            MeasureKind::Reach => {
                required("low", low.or(high))?;
                refused("target", target).and(refused("amount", amount))
            }
            MeasureKind::Milestones | MeasureKind::Monitor => {
                refused("target", target)?;
                refused("amount", amount)?;
                refused("low", low)?;
                refused("high", high)
            }
        }
    }

    /// The value to get to from a baseline, for increase and decrease.
    ///
    /// Absolute: the target. Relative: `b · (1 ± x/100)`. Points: `b ± x`.
    ///
    /// # Errors
    /// I5: the target is the baseline, or lies on the wrong side of it; a relative target of nothing.
    pub fn resolve(&self, kind: MeasureKind, baseline: f64) -> Result<f64, MeasureError> {
        let sign = if kind == MeasureKind::Decrease { -1.0 } else { 1.0 };
        let number = |name, field: Option<Number>| field.map(Number::get).ok_or(MeasureError::Missing(name));
        let target = match self.basis {
            Basis::Absolute => number("target", self.target)?,
            // Per cent of the magnitude, so that 20 % up from -50 goes up.
            Basis::Relative if baseline == 0.0 => return Err(MeasureError::RelativeToNothing),
            Basis::Relative => baseline + sign * baseline.abs() * number("amount", self.amount)? / 100.0,
            Basis::Points => baseline + sign * number("amount", self.amount)?,
        };
        if target == baseline {
            return Err(MeasureError::BaselineIsTarget);
        }
        if (target - baseline) * sign < 0.0 {
            return Err(MeasureError::WrongDirection);
        }
        Ok(target)
    }

    /// Whether a value lies within the bounds.
    pub fn satisfied_by(&self, value: f64) -> bool {
        let above = |low: Number| match self.bound {
            Bound::Inclusive => value >= low.get(),
            Bound::Exclusive => value > low.get(),
        };
        let below = |high: Number| match self.bound {
            Bound::Inclusive => value <= high.get(),
            Bound::Exclusive => value < high.get(),
        };
        self.low.is_none_or(above) && self.high.is_none_or(below)
    }
}

impl Every {
    /// Reads `month`, or `n_days:10`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "day" => Self::Day,
            "week" => Self::Week,
            "month" => Self::Month,
            "quarter" => Self::Quarter,
            "year" => Self::Year,
            "fiscal_quarter" => Self::FiscalQuarter,
            "fiscal_year" => Self::FiscalYear,
            other => {
                let digits = other.strip_prefix("n_days:")?;
                let plain = !digits.is_empty() && !digits.starts_with('0') && digits.bytes().all(|c| c.is_ascii_digit());
                Self::Days(plain.then(|| digits.parse().ok()).flatten().filter(|n| i32::from(*n) <= DAYS_MAX)?)
            }
        })
    }
    /// Days of an interval, as the rule of overdue updates counts them.
    pub const fn days(self) -> i64 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 31,
            Self::Quarter | Self::FiscalQuarter => 92,
            Self::Year | Self::FiscalYear => 366,
            Self::Days(n) => n as i64,
        }
    }
}

impl std::fmt::Display for Every {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::FiscalQuarter => "fiscal_quarter",
            Self::FiscalYear => "fiscal_year",
            Self::Days(n) => return write!(f, "n_days:{n}"),
        })
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
