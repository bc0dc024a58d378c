//! Reporting intervals: when a measure owes an observation, and which of those intervals have one.

/// The reporting intervals that count by a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tally {
    /// Those that have ended, and the running one once it has an observation.
    pub due: i64,
    /// Those with an observation.
    pub observed: i64,
    /// Those whose aggregated observation satisfies the bound.
    pub met: i64,
}
