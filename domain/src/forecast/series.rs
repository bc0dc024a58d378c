//! The series that a forecast is made of: one value a reporting interval, and where in time it stands.

use super::trend::Step;
use super::{LONGEST, Silence};
use crate::measure::{Aggregation, Every, Measure, MeasureKind};
use crate::pace::every_on;
use crate::picture::Point;
use crate::progress::{Aggregate, Question, window};
use crate::reporting::Ruler;
use crate::time::Day;

/// One value an interval, oldest first, and how the value at the due date comes of them.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// The values; never empty.
    pub(super) steps: Vec<Step>,
    /// Where the last one stands, in intervals.
    pub(super) last: f64,
    /// The day of the last observation in it.
    pub(super) last_on: Day,
    /// How many intervals usually lie between two values: 1, unless the measure is observed more rarely than it says.
    pub(super) unit: f64,
    /// The intervals.
    pub(super) ruler: Ruler,
    /// How they become the measure's value.
    pub(super) whole: Whole,
}

/// How the values of intervals become the measure's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Whole {
    /// The last one is it.
    Last,
    /// They add up.
    Sum {
        /// What has been added up in the intervals that have ended.
        so_far: f64,
    },
    /// Their mean, over all observations.
    Mean {
        /// The sum of the observations so far.
        sum: f64,
        /// How many there are.
        count: f64,
        /// How many there usually are in an interval.
        density: f64,
    },
}

impl Series {
    /// The series of a measure, of the observations up to the day asked for and the due date.
    pub(super) fn of(question: &Question<'_>) -> Result<Self, Silence> {
        let measure = question.measure;
        let aggregation = aggregation(measure)?;
        let due_on = question.due_on.ok_or(Silence::NoDueDate)?;
        let every = every_on(&measure.cadence, question.today).unwrap_or(Every::Month);
        let points = question.until(due_on.min(question.today));
        let first = points.first().ok_or(Silence::NoObservation)?;
        let anchor = question.start_on.unwrap_or_else(|| question.day(first));
        let ruler = Ruler::new(every, anchor, question.organization.fiscal_year_starts);
        let number = |point: &Point| ruler.number(question.day(point));
        // What is added up is known only when its interval has ended.
        let is_sum = aggregation == Aggregation::Sum;
        let running = ruler.number(question.today);
        let known = if is_sum && ruler.last_day(running) != question.today { running - 1 } else { running };
        let points = points.get(..points.partition_point(|point| number(point) <= known)).unwrap_or(&[]);
        let mut rest = points;
        let mut buckets: Vec<(i64, f64)> = Vec::new();
        while let Some(last) = rest.last().filter(|_| buckets.len() < LONGEST) {
            let current = number(last);
            let (before, inside) = rest.split_at(beginning(rest, |point| number(point) < current));
            let value = inside.iter().map(|point| point.value).collect::<Aggregate>().get(aggregation);
            buckets.extend(value.map(|value| (current, value)));
            rest = before;
        }
        buckets.reverse();
        let last_point = points.last().ok_or(Silence::NoObservation)?;
        let (last_on, number_of_last) = (question.day(last_point), number(last_point));
        let last = if is_sum { (number_of_last + 1) as f64 } else { ruler.position(last_on) };
        let unit = usual_gap(&buckets);
        Ok(Self {
            steps: steps(&buckets, unit),
            last,
            last_on,
            unit,
            ruler,
            whole: Whole::of(question, points, number_of_last, &ruler),
        })
    }
    /// How many steps lie between the last value and a day.
    pub(super) fn ahead(&self, day: Day) -> f64 {
        (self.ruler.position(day) - self.last) / self.unit
    }
    /// The day that lies so many steps after the last value.
    pub(super) fn day(&self, ahead: f64) -> Day {
        self.ruler.day(self.last + ahead * self.unit)
    }
}

impl Whole {
    fn of(question: &Question<'_>, points: &[Point], last: i64, ruler: &Ruler) -> Self {
        match question.measure.kind {
            MeasureKind::Increase | MeasureKind::Decrease | MeasureKind::Monitor => {}
            // Each of their intervals stands for itself.
            MeasureKind::MaintainAbove
            | MeasureKind::MaintainBelow
            | MeasureKind::MaintainRange
            | MeasureKind::Reach
            | MeasureKind::Milestones => return Self::Last,
        }
        let window = window(&Question { points, ..*question });
        let sum = || window.iter().map(|point| point.value).sum();
        match question.measure.aggregation {
            Aggregation::Sum => Self::Sum { so_far: sum() },
            Aggregation::Mean => {
                let first = window.first().map_or(last, |point| ruler.number(question.day(point)));
                let count = window.len() as f64;
                let density = if window.is_empty() { 1.0 } else { count / (last - first + 1).max(1) as f64 };
                Self::Mean { sum: sum(), count, density }
            }
            Aggregation::Last | Aggregation::Min | Aggregation::Max => Self::Last,
        }
    }
}

/// From where on a sorted list is no longer before something: looked for from its end, in steps that double, since most
/// intervals have a value or a few.
fn beginning<T>(sorted: &[T], is_before: impl Fn(&T) -> bool) -> usize {
    let (mut from, mut step) = (sorted.len().saturating_sub(1), 1);
    while let Some(next) = from.checked_sub(1).filter(|last| !is_before(&sorted[*last])) {
        from = next.saturating_sub(step - 1);
        step *= 2;
    }
    let rest = &sorted[from..];
    from + rest.partition_point(is_before)
}

/// How the observations of an interval become its value; not every measure is a series.
fn aggregation(measure: &Measure) -> Result<Aggregation, Silence> {
    match measure.kind {
        MeasureKind::Increase | MeasureKind::Decrease | MeasureKind::Monitor => match measure.aggregation {
            Aggregation::Last | Aggregation::Sum | Aggregation::Mean => Ok(measure.aggregation),
            // The extreme of a path is not the end of it, and no method here speaks of that.
            Aggregation::Min | Aggregation::Max => Err(Silence::Extreme),
        },
        MeasureKind::MaintainAbove | MeasureKind::MaintainBelow | MeasureKind::MaintainRange => Ok(measure.aggregation),
        MeasureKind::Reach => Ok(Aggregation::Last),
        MeasureKind::Milestones => Err(Silence::Milestones),
    }
}

/// The median of the gaps between values, at least one interval.
fn usual_gap(buckets: &[(i64, f64)]) -> f64 {
    let mut gaps: Vec<i64> = buckets.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    gaps.sort_unstable();
    let middle = gaps.len().saturating_sub(1) / 2;
    gaps.get(middle).map_or(1.0, |gap| (*gap).max(1) as f64)
}

fn steps(buckets: &[(i64, f64)], unit: f64) -> Vec<Step> {
    let mut before: Option<i64> = None;
    let step = |(number, value): &(i64, f64)| {
        let gap = before.map_or(1.0, |before| (number - before) as f64 / unit);
        before = Some(*number);
        Step { value: *value, gap }
    };
    buckets.iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn an_interval_begins_where_its_first_value_is(mut numbers in proptest::collection::vec(0i64..12, 1..200)) {
            numbers.sort_unstable();
            let last = numbers[numbers.len() - 1];
            let expected = numbers.iter().position(|number| *number == last);
            proptest::prop_assert_eq!(Some(beginning(&numbers, |number| *number < last)), expected);
        }
    }
}
