//! Check-ins: what a human says of an outcome, beside what its numbers said at that moment.

mod due;
mod snapshot;

pub use due::{CheckInDue, check_in_due, grace_days};
pub use snapshot::{Foreseen, Reading, Snapshot};

use crate::entity::Check;
use crate::id::{Id, Identified};
use crate::outcome::OutcomeId;
use crate::pace::{Pace, ReportedStatus};
use crate::person::PersonId;
use crate::spelling::spelled;
use crate::text::Prose;
use crate::time::{Day, Instant};

/// The identifier of a check-in.
pub type CheckInId = Id<CheckIn>;

/// A check-in: a draft, or published and then never changed but for that its reviewer has acknowledged it (I7).
#[derive(Clone, Debug, PartialEq)]
pub struct CheckIn {
    /// The outcome.
    pub outcome: OutcomeId,
    /// The first day that it covers.
    pub from_on: Day,
    /// The last day that it covers.
    pub to_on: Day,
    /// How its author sees it; a published one has it.
    pub reported_status: Option<ReportedStatus>,
    /// How sure its author is that the outcome will be achieved, 0 to 1.
    pub confidence: Option<f64>,
    /// What changed.
    pub changed: Option<Prose>,
    /// What stands in the way.
    pub blockers: Option<Prose>,
    /// What comes next.
    pub next_steps: Option<Prose>,
    /// Who says it; absent where a credential of no one published it.
    pub author: Option<PersonId>,
    /// Who is to acknowledge it: asked for in a draft, fixed when it is published.
    pub reviewer: Option<PersonId>,
    /// When it was published.
    pub published_at: Option<Instant>,
    /// When its reviewer acknowledged it.
    pub acknowledged_at: Option<Instant>,
    /// What the numbers said.
    pub snapshot: Snapshot,
}

/// Whether a check-in is still being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckInState {
    /// Being written.
    Draft,
    /// Said.
    Published,
}
spelled!(CheckInState { Draft = "draft", Published = "published" });

/// Why a check-in was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckInError {
    /// It covers no day.
    EndsBeforeStart,
    /// It speaks of days that are still to come.
    InTheFuture,
    /// A confidence is 0 to 1.
    Confidence,
    /// It is published without saying how the outcome stands.
    NoStatus,
    /// It has been published.
    Published,
    /// It has not been published.
    Draft,
    /// Nobody reviews, or acknowledges, their own check-in (I9).
    Own,
    /// It is acknowledged by its reviewer alone.
    NotReviewer,
}

impl Check for CheckIn {
    type Error = CheckInError;
    fn check(&self) -> Result<(), CheckInError> {
        if self.to_on < self.from_on {
            return Err(CheckInError::EndsBeforeStart);
        }
        if self.confidence.is_some_and(|confidence| !(0.0..=1.0).contains(&confidence)) {
            return Err(CheckInError::Confidence);
        }
        if self.reviewer.is_some() && self.reviewer == self.author {
            return Err(CheckInError::Own);
        }
        match self.state() {
            CheckInState::Published if self.reported_status.is_none() => Err(CheckInError::NoStatus),
            CheckInState::Draft if self.acknowledged_at.is_some() => Err(CheckInError::Draft),
            CheckInState::Draft | CheckInState::Published => Ok(()),
        }
    }
}

impl CheckIn {
    /// Whether it is still being written.
    pub const fn state(&self) -> CheckInState {
        match self.published_at {
            Some(_) => CheckInState::Published,
            None => CheckInState::Draft,
        }
    }

    /// I7: what has been published is not written again.
    ///
    /// # Errors
    /// [`CheckInError::Published`].
    pub const fn check_draft(&self) -> Result<(), CheckInError> {
        match self.state() {
            CheckInState::Draft => Ok(()),
            CheckInState::Published => Err(CheckInError::Published),
        }
    }

    /// The same, published: with what the numbers say now and who is to acknowledge it.
    ///
    /// # Errors
    /// [`CheckInError::Published`], [`CheckInError::NoStatus`], [`CheckInError::InTheFuture`], [`CheckInError::Own`].
    pub fn publish(
        &self,
        (at, today): (Instant, Day),
        author: Option<PersonId>,
        reviewer: Option<PersonId>,
        snapshot: Snapshot,
    ) -> Result<Self, CheckInError> {
        self.check_draft()?;
        if self.to_on > today {
            return Err(CheckInError::InTheFuture);
        }
        let published = Self { author, reviewer, published_at: Some(at), snapshot, ..self.clone() };
        published.check()?;
        Ok(published)
    }

    /// The same, acknowledged by its reviewer; once more is the same as once.
    ///
    /// # Errors
    /// [`CheckInError::Draft`], [`CheckInError::Own`], [`CheckInError::NotReviewer`].
    pub fn acknowledge(&self, by: PersonId, at: Instant) -> Result<Self, CheckInError> {
        if self.state() == CheckInState::Draft {
            return Err(CheckInError::Draft);
        }
        if self.author == Some(by) {
            return Err(CheckInError::Own);
        }
        if self.reviewer != Some(by) {
            return Err(CheckInError::NotReviewer);
        }
        Ok(Self { acknowledged_at: self.acknowledged_at.or(Some(at)), ..self.clone() })
    }

    /// What a picture keeps of it, once it is published.
    pub fn report(&self, check_in: CheckInId) -> Option<Report> {
        Some(Report {
            check_in,
            outcome: self.outcome,
            author: self.author,
            reviewer: self.reviewer,
            published_at: self.published_at?,
            acknowledged_at: self.acknowledged_at,
            status: self.reported_status?,
            confidence: self.confidence,
            pace: self.snapshot.pace,
            probability: self.snapshot.probability,
        })
    }
}

/// A published check-in, without its words and its measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// The check-in.
    pub check_in: CheckInId,
    /// The outcome.
    pub outcome: OutcomeId,
    /// Who said it.
    pub author: Option<PersonId>,
    /// Who is to acknowledge it.
    pub reviewer: Option<PersonId>,
    /// When it was published.
    pub published_at: Instant,
    /// When it was acknowledged.
    pub acknowledged_at: Option<Instant>,
    /// How its author saw it.
    pub status: ReportedStatus,
    /// How sure the author was, 0 to 1.
    pub confidence: Option<f64>,
    /// What the numbers said at that moment.
    pub pace: Option<Pace>,
    /// The probability that the forecast gave at that moment, 0 to 1.
    pub probability: Option<f64>,
}

/// How sure a human is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConfidenceBand {
    /// .7 and above.
    High,
    /// .4 and above.
    Medium,
    /// Below .4.
    Low,
}
spelled!(ConfidenceBand { High = "high", Medium = "medium", Low = "low" });

impl ConfidenceBand {
    /// The band of a confidence.
    pub fn of(confidence: f64) -> Self {
        if confidence >= 0.7 {
            Self::High
        } else if confidence >= 0.4 {
            Self::Medium
        } else {
            Self::Low
        }
    }
}

/// How sure people are of an outcome or several, by the latest check-in of each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Confidence {
    /// The mean, weighted as the outcomes are.
    pub mean: f64,
    /// The least.
    pub minimum: f64,
    /// On how many outcomes it rests.
    pub count: usize,
}

impl Confidence {
    /// Of some parts, each with its weight; `None` where nobody stated any.
    pub fn of(parts: impl Iterator<Item = (f64, Self)>) -> Option<Self> {
        let (mut total, mut sum, mut minimum, mut count) = (0.0, 0.0, f64::INFINITY, 0);
        for (weight, part) in parts.filter(|(weight, _)| *weight > 0.0) {
            total += weight;
            sum += weight * part.mean;
            minimum = part.minimum.min(minimum);
            count += part.count;
        }
        (count > 0).then(|| Self { mean: (sum / total).clamp(0.0, 1.0), minimum, count })
    }
    /// Of an outcome: what was stated of itself, else what was of its parts; the least of all of them.
    pub fn of_outcome(stated: Option<f64>, parts: Option<Self>) -> Option<Self> {
        let Some(stated) = stated else { return parts };
        let minimum = parts.map_or(stated, |parts| parts.minimum.min(stated));
        Some(Self { mean: stated, minimum, count: 1 + parts.map_or(0, |parts| parts.count) })
    }
    /// The band of the mean.
    pub fn band(&self) -> ConfidenceBand {
        ConfidenceBand::of(self.mean)
    }
}

impl Identified for CheckIn {
    const PREFIX: &'static str = "chk";
    const NOUN: &'static str = "check_in";
}

#[cfg(test)]
mod tests;
