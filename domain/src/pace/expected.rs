//! Expected progress: how far something should be by now, in a straight line or along its plan.

use crate::outcome::TimeFrame;
use crate::time::{Day, days_between};

/// The part of the time frame that has gone by: 0 on its first day, 1 on the day after its last.
pub fn elapsed(frame: TimeFrame, today: Day) -> f64 {
    let days = days_between(frame.start_on, frame.due_on) + 1;
    days_between(frame.start_on, today) as f64 / days as f64
}

/// Expected progress, per cent, 0 to 100.
///
/// `plan` gives expected attainments by day, ascending; it begins at 0 on the first day and ends at
/// 100 after the last one where it says nothing else.
pub fn expected(frame: TimeFrame, today: Day, plan: &[(Day, f64)]) -> f64 {
    let at = elapsed(frame, today);
    if at < 0.0 {
        return 0.0;
    }
    if today > frame.due_on {
        return 100.0;
    }
    let mut before = (0.0, 0.0);
    for (on, attainment) in plan {
        let point = (elapsed(frame, *on), *attainment);
        if point.0 > at {
            return between(before, point, at);
        }
        before = point;
    }
    between(before, (1.0, 100.0), at)
}

/// The height at `at` of the line through two points of different `at`.
fn between(from: (f64, f64), to: (f64, f64), at: f64) -> f64 {
    let share = (at - from.0) / (to.0 - from.0);
    (from.1 + share * (to.1 - from.1)).clamp(0.0, 100.0)
}
