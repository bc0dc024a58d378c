//! How several observations become one value.

use crate::measure::Aggregation;

/// Observations taken together, in ascending order of their instants.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Aggregate {
    count: u32,
    last: f64,
    sum: f64,
    min: f64,
    max: f64,
}

impl Aggregate {
    /// Takes the next observation in.
    pub fn add(&mut self, value: f64) {
        let is_first = self.count == 0;
        self.min = if is_first { value } else { self.min.min(value) };
        self.max = if is_first { value } else { self.max.max(value) };
        self.count += 1;
        self.last = value;
        self.sum += value;
    }
    /// The one value; `None` without an observation.
    pub fn get(&self, aggregation: Aggregation) -> Option<f64> {
        let value = match aggregation {
            Aggregation::Last => self.last,
            Aggregation::Sum => self.sum,
            Aggregation::Mean => self.sum / f64::from(self.count),
            Aggregation::Min => self.min,
            Aggregation::Max => self.max,
        };
        (self.count > 0).then_some(value)
    }
}

impl FromIterator<f64> for Aggregate {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        values.into_iter().fold(Self::default(), |mut all, value| {
            all.add(value);
            all
        })
    }
}
