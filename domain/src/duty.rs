//! Duties: what falls due, and what a person owes.

mod falling;
mod owed;

pub(crate) use falling::falling_due;
pub use owed::duties_of;

use std::fmt;

use crate::briefing::{Briefing, BriefingId};
use crate::check_in::{CheckIn, CheckInId};
use crate::entity::Kept;
use crate::id::Identified;
use crate::measure::{Measure, MeasureId, MilestoneId};
use crate::outcome::{Outcome, OutcomeId};
use crate::rule::{Finding, FindingId, Severity};
use crate::spelling::spelled;
use crate::time::{Day, days_between};

/// Something that is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Duty {
    /// What kind of thing.
    pub kind: DutyKind,
    /// What is to be dealt with.
    pub subject: DutySubject,
    /// The outcome for the sake of which the duty is owed.
    pub outcome: Option<OutcomeId>,
    /// The measure, where it is one of a measure.
    pub measure: Option<MeasureId>,
    /// The milestone, where it is one to reach.
    pub milestone: Option<MilestoneId>,
    /// What it is called.
    pub title: String,
    /// The day by which it is to be done; none where nothing says one.
    pub due_on: Option<Day>,
    /// Days by which it is late; negative while it is still to come.
    pub overdue_days: Option<i64>,
    /// The rule of a finding, and how grave it is.
    pub finding: Option<(&'static str, Severity)>,
}

/// What a duty deals with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DutySubject {
    /// An outcome: for a dependency to confirm, the one that depends.
    Outcome(OutcomeId),
    /// A measure.
    Measure(MeasureId),
    /// A check-in.
    CheckIn(CheckInId),
    /// A finding.
    Finding(FindingId),
    /// A briefing.
    Briefing(BriefingId),
}

impl DutySubject {
    /// The noun of what it deals with, such as `outcome`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Outcome(_) => Outcome::NOUN,
            Self::Measure(_) => Measure::NOUN,
            Self::CheckIn(_) => CheckIn::NOUN,
            Self::Finding(_) => Finding::NOUN,
            Self::Briefing(_) => Briefing::NOUN,
        }
    }
}

/// The identifier of what it deals with.
impl fmt::Display for DutySubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outcome(id) => fmt::Display::fmt(id, f),
            Self::Measure(id) => fmt::Display::fmt(id, f),
            Self::CheckIn(id) => fmt::Display::fmt(id, f),
            Self::Finding(id) => fmt::Display::fmt(id, f),
            Self::Briefing(id) => fmt::Display::fmt(id, f),
        }
    }
}

/// The kinds of duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DutyKind {
    /// To say how an outcome stands.
    CheckIn,
    /// To acknowledge what was said of it.
    AcknowledgeCheckIn,
    /// To acknowledge what one was told.
    AcknowledgeBriefing,
    /// To record a measure's next value.
    RecordMeasure,
    /// To reach a milestone.
    Milestone,
    /// To confirm that another outcome may depend on one's own.
    ConfirmDependency,
    /// To reach an outcome.
    Outcome,
    /// To deal with what a rule found.
    Finding,
}
spelled!(DutyKind {
    CheckIn = "check_in",
    AcknowledgeCheckIn = "acknowledge_check_in",
    AcknowledgeBriefing = "acknowledge_briefing",
    RecordMeasure = "record_measure",
    Milestone = "milestone",
    ConfirmDependency = "confirm_dependency",
    Outcome = "outcome",
    Finding = "finding",
});

impl Duty {
    /// The earliest first, then those that nothing says a day of, the gravest first.
    pub fn sort(duties: &mut [Self]) {
        duties.sort_by(|one, other| {
            let place = |duty: &Self| (duty.due_on.is_none(), duty.due_on, duty.finding.map(|(_, severity)| severity));
            place(one).cmp(&place(other)).then_with(|| (one.kind, one.subject).cmp(&(other.kind, other.subject)))
        });
    }

    /// What tells it from every other duty of a person, for as long as it is the same.
    pub fn key(&self) -> String {
        let Self { kind, subject, .. } = self;
        let more = match kind {
            DutyKind::Milestone => self.milestone.map(|milestone| milestone.to_string()),
            // One outcome may depend on several, and on several measures of one.
            DutyKind::ConfirmDependency => {
                let measure = self.measure.map(|measure| measure.to_string());
                measure.or_else(|| self.outcome.map(|outcome| outcome.to_string()))
            }
            DutyKind::CheckIn
            | DutyKind::AcknowledgeCheckIn
            | DutyKind::AcknowledgeBriefing
            | DutyKind::RecordMeasure
            | DutyKind::Outcome
            | DutyKind::Finding => None,
        };
        more.map_or_else(|| format!("{kind}:{subject}"), |more| format!("{kind}:{subject}:{more}"))
    }

    /// The same, due on a day as seen from today.
    #[must_use]
    pub fn due(self, due_on: Day, today: Day) -> Self {
        Self { due_on: Some(due_on), overdue_days: Some(days_between(due_on, today)), ..self }
    }

    /// To acknowledge a briefing of which nothing says a day.
    pub fn of_briefing(briefing: BriefingId, title: &str) -> Self {
        Self {
            kind: DutyKind::AcknowledgeBriefing,
            subject: DutySubject::Briefing(briefing),
            outcome: None,
            measure: None,
            milestone: None,
            title: title.into(),
            due_on: None,
            overdue_days: None,
            finding: None,
        }
    }

    /// A duty of an outcome of which nothing says a day.
    fn of_outcome(kind: DutyKind, subject: DutySubject, outcome: OutcomeId, title: &str) -> Self {
        let title = title.into();
        Self {
            kind,
            subject,
            outcome: Some(outcome),
            measure: None,
            milestone: None,
            title,
            due_on: None,
            overdue_days: None,
            finding: None,
        }
    }

    /// A duty of a measure of which nothing says a day.
    fn of_measure(kind: DutyKind, measure: &Kept<Measure>, title: &str) -> Self {
        let of_outcome = Self::of_outcome(kind, DutySubject::Measure(measure.id), measure.outcome, title);
        Self { measure: Some(measure.id), ..of_outcome }
    }
}
