//! Pace: whether progress is where it should be by now, kept apart from what a human reports.

mod expected;
mod freshness;

pub use expected::{elapsed, expected};
pub(crate) use freshness::every_on;
pub use freshness::{Freshness, GRACE_MIN_DAYS, Update, update};

use crate::organization::Thresholds;
use crate::outcome::ResultKind;
use crate::spelling::spelled;

/// Below this expected progress, per cent, a ratio says nothing yet.
pub const EARLY: f64 = 5.0;
/// Sums of f64 may miss a threshold by their last digits; a ratio this near to it has reached it.
const TOLERANCE: f64 = 1e-9;

/// Where progress stands against what was expected by now. The first four are results of what has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pace {
    /// Ended: reached.
    Achieved,
    /// Ended: reached in part.
    Partly,
    /// Ended: not reached.
    Missed,
    /// Ended: not pursued to the end.
    Abandoned,
    /// Its first day is still to come.
    NotStarted,
    /// An update is overdue by more than the grace.
    Stale,
    /// Nothing has been observed yet.
    NoData,
    /// As expected, or nearly.
    OnTrack,
    /// Behind.
    AtRisk,
    /// Far behind.
    OffTrack,
}
spelled!(Pace {
    Achieved = "achieved",
    Partly = "partly",
    Missed = "missed",
    Abandoned = "abandoned",
    NotStarted = "not_started",
    Stale = "stale",
    NoData = "no_data",
    OnTrack = "on_track",
    AtRisk = "at_risk",
    OffTrack = "off_track",
});

/// Health speaks the words of pace.
pub type Health = Pace;

/// What a human said in a check-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportedStatus {
    /// As expected.
    OnTrack,
    /// Behind.
    AtRisk,
    /// Far behind.
    OffTrack,
}
spelled!(ReportedStatus { OnTrack = "on_track", AtRisk = "at_risk", OffTrack = "off_track" });

impl From<ResultKind> for Pace {
    fn from(result: ResultKind) -> Self {
        match result {
            ResultKind::Achieved => Self::Achieved,
            ResultKind::Partly => Self::Partly,
            ResultKind::Missed => Self::Missed,
            ResultKind::Abandoned => Self::Abandoned,
        }
    }
}
impl From<ReportedStatus> for Pace {
    fn from(reported: ReportedStatus) -> Self {
        match reported {
            ReportedStatus::OnTrack => Self::OnTrack,
            ReportedStatus::AtRisk => Self::AtRisk,
            ReportedStatus::OffTrack => Self::OffTrack,
        }
    }
}

impl Pace {
    /// How bad it is, 0 to 5: an unknown state is worse than a known risk and better than a known failure.
    pub const fn badness(self) -> u8 {
        match self {
            Self::NotStarted => 0,
            Self::OnTrack | Self::Achieved => 1,
            Self::NoData => 2,
            Self::AtRisk | Self::Partly => 3,
            Self::Stale => 4,
            Self::OffTrack | Self::Missed | Self::Abandoned => 5,
        }
    }
    /// The worse of two; this one when they are alike.
    pub const fn worse(self, other: Self) -> Self {
        if other.badness() > self.badness() { other } else { self }
    }
    /// What the end of a part means for a whole that goes on: missed is off track, partly at risk.
    pub const fn seen_from_above(self) -> Self {
        match self {
            Self::Achieved => Self::OnTrack,
            Self::Partly => Self::AtRisk,
            Self::Missed | Self::Abandoned => Self::OffTrack,
            Self::NotStarted | Self::Stale | Self::NoData | Self::OnTrack | Self::AtRisk | Self::OffTrack => self,
        }
    }
}

/// What pace is read from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// What came of it, once it has ended.
    pub result: Option<ResultKind>,
    /// Whether its first day has come.
    pub has_started: bool,
    /// Whether an update is overdue by more than the grace.
    pub is_stale: bool,
    /// Whether anything counts that has been observed.
    pub has_data: bool,
    /// The (lowest) attainment, per cent, unclamped.
    pub attainment: Option<f64>,
    /// Progress, per cent.
    pub progress: Option<f64>,
    /// Expected progress, per cent.
    pub expected: Option<f64>,
}

/// The pace: the first of the rules of section 3 that matches. Absent only where nothing says what to expect.
pub fn pace(standing: &Standing, thresholds: Thresholds) -> Option<Pace> {
    let Standing { result, has_started, is_stale, has_data, attainment, progress, expected } = *standing;
    if let Some(result) = result {
        return Some(result.into());
    }
    if !has_started {
        return Some(Pace::NotStarted);
    }
    if is_stale {
        return Some(Pace::Stale);
    }
    let Some(progress) = progress.filter(|_| has_data) else { return Some(Pace::NoData) };
    let expected = expected?;
    if expected < EARLY {
        let is_right_way = attainment.is_none_or(|attainment| attainment >= 0.0);
        return Some(if is_right_way { Pace::OnTrack } else { Pace::AtRisk });
    }
    let ratio = progress / expected + TOLERANCE;
    Some(if ratio >= thresholds.on_track {
        Pace::OnTrack
    } else if ratio >= thresholds.at_risk {
        Pace::AtRisk
    } else {
        Pace::OffTrack
    })
}

/// The health of one thing alone: its result, else stale, else the worse of pace and what was reported.
pub fn health(pace: Option<Pace>, reported: Option<ReportedStatus>) -> Option<Health> {
    let reported = reported.map(Pace::from);
    match (pace, reported) {
        (Some(Pace::Achieved | Pace::Partly | Pace::Missed | Pace::Abandoned | Pace::Stale), _) | (_, None) => pace,
        (None, Some(_)) => reported,
        (Some(pace), Some(reported)) => Some(pace.worse(reported)),
    }
}

/// Whether a human reports better than the numbers say; only where both speak of the same thing.
pub fn is_divergent(pace: Option<Pace>, reported: Option<ReportedStatus>) -> bool {
    match (pace, reported) {
        (Some(pace @ (Pace::OnTrack | Pace::AtRisk | Pace::OffTrack)), Some(reported)) => {
            Pace::from(reported).badness() < pace.badness()
        }
        (Some(_) | None, _) => false,
    }
}
