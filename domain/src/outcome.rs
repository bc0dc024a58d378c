//! Outcomes: what is to be different, by when, and where that stands.

mod change;

pub use change::{DeleteError, check_delete, check_due_change};

use crate::entity::Check;
use crate::id::{Id, Identified};
use crate::mission::MissionId;
use crate::period::{Period, PeriodId};
use crate::person::PersonId;
use crate::role::check_skills;
use crate::skill::RequiredSkill;
use crate::spelling::spelled;
use crate::team::TeamId;
use crate::text::{Prose, Statement, Text, Title};
use crate::theme::ThemeId;
use crate::time::{Day, Instant};

/// The identifier of an outcome.
pub type OutcomeId = Id<Outcome>;
/// The identifier of a result.
pub type ResultId = Id<OutcomeResult>;
/// The most tags of an outcome.
pub const TAGS_MAX: usize = 50;
/// The most skills that an outcome asks for.
pub const OUTCOME_SKILLS_MAX: usize = 50;
/// The most days between two check-ins.
pub const CHECK_IN_DAYS_MAX: i32 = 366;
/// The largest weight of an outcome, a measure or an alignment.
pub const WEIGHT_MAX: f64 = 1e6;

/// An outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What is to be different, in a line.
    pub title: Title,
    /// The same in full.
    pub statement: Option<Statement>,
    /// Who is better off, and how.
    pub impact: Option<Statement>,
    /// Its kind of impact.
    pub category: Category,
    /// What it serves.
    pub serves: Option<Serves>,
    /// The team that carries it.
    pub team: Option<TeamId>,
    /// Who keeps the record of it.
    pub owner: Option<PersonId>,
    /// The period that it is planned in.
    pub period: Option<PeriodId>,
    /// Its own first day, where it differs from the period's.
    pub start_on: Option<Day>,
    /// Its own last day, where it differs from the period's.
    pub due_on: Option<Day>,
    /// How firmly it is promised.
    pub commitment: Commitment,
    /// How much it counts in its theme; 0 to 1e6.
    pub weight: f64,
    /// Where it stands.
    pub state: OutcomeState,
    /// From when it is active.
    pub active_from: Option<Instant>,
    /// When it was closed or cancelled.
    pub ended_at: Option<Instant>,
    /// The skills that reaching it takes.
    pub skills: Vec<RequiredSkill>,
    /// Free labels, lower-cased, each once.
    pub tags: Vec<Text<64>>,
    /// Days between its check-ins, where they differ from the organization's; 1 to 366.
    pub check_in_days: Option<i32>,
    /// Days by which a check-in may be late, where they differ from what follows from the days between; 0 to 366.
    pub check_in_grace_days: Option<i32>,
}

/// What an outcome serves directly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serves {
    /// The mission as a whole.
    Mission(MissionId),
    /// One of its themes.
    Theme(ThemeId),
}

/// The kind of impact that an outcome has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// More of what the organization does.
    Growth,
    /// New ways of doing it.
    Innovation,
    /// Those who are served are better off.
    CustomerSatisfaction,
    /// It can go on.
    Sustainability,
    /// Those who work here are better off.
    People,
    /// It runs better.
    Operations,
    /// None of these.
    Other,
}
spelled!(Category {
    Growth = "growth",
    Innovation = "innovation",
    CustomerSatisfaction = "customer_satisfaction",
    Sustainability = "sustainability",
    People = "people",
    Operations = "operations",
    Other = "other",
});

/// How firmly an outcome is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Commitment {
    /// It will be reached; its health reaches its parents.
    Committed,
    /// It is aimed for; its progress counts, its health stays its own.
    Aspirational,
}
spelled!(Commitment { Committed = "committed", Aspirational = "aspirational" });

/// Where an outcome stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutcomeState {
    /// Being written.
    Draft,
    /// Put forward.
    Proposed,
    /// Pursued; someone answers for it.
    Active,
    /// Ended with a result.
    Closed,
    /// Given up without a result.
    Cancelled,
}
spelled!(OutcomeState {
    Draft = "draft",
    Proposed = "proposed",
    Active = "active",
    Closed = "closed",
    Cancelled = "cancelled",
});

/// What came of an outcome. A later correction is a new revision.
#[derive(Clone, Debug, PartialEq)]
pub struct OutcomeResult {
    /// The outcome.
    pub outcome: OutcomeId,
    /// What came of it.
    pub result: ResultKind,
    /// How well, 0 to 1.
    pub score: f64,
    /// Its progress when it was closed, per cent.
    pub final_progress: Option<f64>,
    /// Its coverage when it was closed, 0 to 1.
    pub final_coverage: Option<f64>,
    /// What was learned.
    pub retrospective: Option<Prose>,
    /// Why this result replaces an earlier one.
    pub reason: Option<Statement>,
}

/// What came of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResultKind {
    /// Reached.
    Achieved,
    /// Reached in part.
    Partly,
    /// Not reached.
    Missed,
    /// Not pursued to the end.
    Abandoned,
}
spelled!(ResultKind { Achieved = "achieved", Partly = "partly", Missed = "missed", Abandoned = "abandoned" });

/// Why an outcome was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeError {
    /// It is due before it starts (I5).
    DueBeforeStart,
    /// A weight is 0 to 1e6.
    Weight,
    /// More than [`TAGS_MAX`] tags.
    TooManyTags,
    /// More than [`OUTCOME_SKILLS_MAX`] skills.
    TooManySkills,
    /// A skill is required twice.
    SkillTwice,
    /// A skill's weight is not positive.
    SkillWeight,
    /// Its own dates leave its period and it does not have both of its own.
    OutsidePeriod,
    /// The step is not possible from the state in which it is.
    Transition {
        /// The state in which it is.
        from: OutcomeState,
        /// The state that was asked for.
        to: OutcomeState,
    },
    /// A score is 0 to 1.
    Score,
    /// Check-ins are 1 to 366 days apart.
    CheckInDays,
    /// The grace of a check-in is 0 to 366 days.
    CheckInGraceDays,
}

impl Check for Outcome {
    type Error = OutcomeError;
    fn check(&self) -> Result<(), OutcomeError> {
        if let (Some(start), Some(due)) = (self.start_on, self.due_on)
            && due < start
        {
            return Err(OutcomeError::DueBeforeStart);
        }
        if !(0.0..=WEIGHT_MAX).contains(&self.weight) {
            return Err(OutcomeError::Weight);
        }
        if self.tags.len() > TAGS_MAX {
            return Err(OutcomeError::TooManyTags);
        }
        if self.skills.len() > OUTCOME_SKILLS_MAX {
            return Err(OutcomeError::TooManySkills);
        }
        if self.check_in_days.is_some_and(|days| !(1..=CHECK_IN_DAYS_MAX).contains(&days)) {
            return Err(OutcomeError::CheckInDays);
        }
        if self.check_in_grace_days.is_some_and(|days| !(0..=CHECK_IN_DAYS_MAX).contains(&days)) {
            return Err(OutcomeError::CheckInGraceDays);
        }
        check_skills(&self.skills, OutcomeError::SkillTwice, OutcomeError::SkillWeight)
    }
}

impl Check for OutcomeResult {
    type Error = OutcomeError;
    fn check(&self) -> Result<(), OutcomeError> {
        (0.0..=1.0).contains(&self.score).then_some(()).ok_or(OutcomeError::Score)
    }
}

/// The days in which an outcome is to be reached, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeFrame {
    /// Its first day.
    pub start_on: Day,
    /// Its last day.
    pub due_on: Day,
}

impl Outcome {
    /// Its first day: its own, else its period's.
    pub fn start(&self, period: Option<&Period>) -> Option<Day> {
        self.start_on.or(period.map(|period| period.start_on))
    }
    /// Its last day: its own, else its period's.
    pub fn due(&self, period: Option<&Period>) -> Option<Day> {
        self.due_on.or(period.map(|period| period.end_on))
    }
    /// The days in which it is to be reached, where both ends are known.
    pub fn frame(&self, period: Option<&Period>) -> Option<TimeFrame> {
        let (start_on, due_on) = (self.start(period)?, self.due(period)?);
        (start_on <= due_on).then_some(TimeFrame { start_on, due_on })
    }
    /// An outcome lies in its period unless both of its dates are its own (I5).
    ///
    /// # Errors
    /// [`OutcomeError::OutsidePeriod`], [`OutcomeError::DueBeforeStart`].
    pub fn check_period(&self, period: &Period) -> Result<(), OutcomeError> {
        if self.start_on.is_some() && self.due_on.is_some() {
            return Ok(());
        }
        let inside = |day: Day| period.start_on <= day && day <= period.end_on;
        let all_inside = self.start_on.is_none_or(inside) && self.due_on.is_none_or(inside);
        all_inside.then_some(()).ok_or(OutcomeError::OutsidePeriod)
    }
}

impl OutcomeState {
    /// Whether a step from this state to another exists.
    ///
    /// # Errors
    /// [`OutcomeError::Transition`].
    pub fn step(self, to: Self) -> Result<Self, OutcomeError> {
        use OutcomeState::{Active, Cancelled, Closed, Draft, Proposed};
        let possible = match (self, to) {
            (Draft, Proposed | Active | Cancelled) | (Proposed, Draft | Active | Cancelled) => true,
            (Active, Closed | Cancelled) | (Closed | Cancelled, Active) => true,
            (Draft | Proposed | Active | Closed | Cancelled, _) => false,
        };
        possible.then_some(to).ok_or(OutcomeError::Transition { from: self, to })
    }
}

impl Identified for Outcome {
    const PREFIX: &'static str = "out";
    const NOUN: &'static str = "outcome";
}
impl Identified for OutcomeResult {
    const PREFIX: &'static str = "res";
    const NOUN: &'static str = "result";
}
