//! Targets: whether their numbers fit the kind, what they resolve to, and what satisfies them.

use super::{Basis, Bound, MeasureError, MeasureKind};
use crate::number::Number;

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
