//! Check-ins on the wire.

use remit_domain::check_in::{CheckIn, CheckInState, Foreseen, Reading, Snapshot};
use remit_domain::forecast::Method;
use remit_domain::measure::Measure;
use remit_domain::outcome::{Outcome, OutcomeId};
use remit_domain::pace::{Pace, ReportedStatus};
use remit_domain::person::Person;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::forecast::ForecastRange;
use crate::outcome::progress::shown_number;
use crate::problem::Problem;
use crate::wire::{DayText, IdText, InstantText, MergePatch, Share, Shown, With, Word, Words};

type Prose = Words<10000>;
type StatusWord = Word<ReportedStatus>;
type StateWord = Word<CheckInState>;
type PaceWord = Word<Pace>;
type MethodWord = Word<Method>;
type OutcomeIdText = IdText<Outcome>;
type PersonIdText = IdText<Person>;
type MeasureIdText = IdText<Measure>;

/// How a human sees an outcome.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "reported_status": "at_risk", "confidence": 0.6, "changed": "Two of five depots are open.",
    "blockers": "The permit for Leeds.", "next_steps": "Decide in May whether to go on without Leeds."
}))]
pub struct CheckInDocument {
    /// The outcome; where it is begun under an outcome it may be left out.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outcome_id: Option<OutcomeIdText>,
    /// The first day that it covers: where nothing is said, the day after the last check-in, or the outcome's first.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) from_on: Option<DayText>,
    /// The last day that it covers: today, where nothing is said.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) to_on: Option<DayText>,
    /// How the author sees it; needed before it is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reported_status: Option<StatusWord>,
    /// How sure the author is that the outcome will be achieved.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) confidence: Option<Share>,
    /// What changed.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) changed: Option<Prose>,
    /// What stands in the way.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) blockers: Option<Prose>,
    /// What comes next.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next_steps: Option<Prose>,
    /// Who is to acknowledge it. Where nothing is said, it is fixed when it is published: the author's manager, else who
    /// answers for an outcome to which it contributes, else a lead of the team.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reviewer_id: Option<PersonIdText>,
}

/// What only Remit writes of a check-in.
#[derive(Clone, Serialize, ToSchema)]
pub struct CheckInStanding {
    /// Whether it is still being written.
    state: StateWord,
    /// Who said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    author_id: Option<PersonIdText>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<InstantText>,
    /// When its reviewer acknowledged it.
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged_at: Option<InstantText>,
    snapshot: CheckInSnapshot,
}

/// What the numbers of the outcome said: when the draft was last written, and for ever when it was published.
#[derive(Clone, Serialize, ToSchema)]
struct CheckInSnapshot {
    /// When.
    taken_at: InstantText,
    /// Progress, per cent.
    progress: Option<f64>,
    /// Progress in the check-in before, per cent.
    previous_progress: Option<f64>,
    /// The share of what counts that has data, 0 to 1.
    coverage: Option<f64>,
    /// Expected progress, per cent.
    expected: Option<f64>,
    /// Pace; a draft that says what pace says is not divergent.
    pace: Option<PaceWord>,
    /// The forecast's probability that it is achieved.
    #[schema(minimum = 0, maximum = 1)]
    probability: Option<f64>,
    /// Its measures that were in use.
    #[schema(max_items = 10000)]
    measures: Vec<CheckInReading>,
}

/// What a measure said.
#[derive(Clone, Serialize, ToSchema)]
struct CheckInReading {
    measure_id: MeasureIdText,
    /// Its name for scripts.
    #[schema(max_length = 120)]
    key: String,
    /// Its name for people.
    #[schema(max_length = 200)]
    name: String,
    /// Its unit.
    #[schema(max_length = 64)]
    unit: Option<String>,
    /// Its value.
    value: Option<f64>,
    /// Its value in the check-in before.
    previous_value: Option<f64>,
    /// The day of the last observation.
    observed_on: Option<DayText>,
    /// Where it is to get.
    target: Option<f64>,
    /// Progress, per cent.
    progress: Option<f64>,
    /// Progress in the check-in before, per cent.
    previous_progress: Option<f64>,
    /// Pace.
    pace: Option<PaceWord>,
    /// What was to be expected of it at the due date.
    forecast: Option<KeptForecast>,
}

/// A forecast as it was made.
#[derive(Clone, Serialize, ToSchema)]
struct KeptForecast {
    /// How the series was carried on.
    model: MethodWord,
    /// How many values it rested on.
    #[schema(minimum = 0, maximum = 60)]
    observations: usize,
    /// The value at the due date, in the measure's unit.
    value: ForecastRange,
    /// The probability that it reaches the target.
    #[schema(minimum = 0.02, maximum = 0.98)]
    probability: Option<f64>,
}

/// A check-in's fields as they are read.
pub type CheckInFields = With<CheckInDocument, CheckInStanding>;
/// A check-in as it is shown.
pub type CheckInView = Shown<CheckIn, CheckInFields>;
/// A change of a draft.
pub type CheckInPatch = MergePatch<CheckInDocument>;

impl CheckInFields {
    /// As it is read.
    pub fn of(check_in: &CheckIn) -> Self {
        Self {
            document: CheckInDocument::of(check_in),
            more: CheckInStanding {
                state: Word(check_in.state()),
                author_id: check_in.author.map(Into::into),
                published_at: check_in.published_at.map(Into::into),
                acknowledged_at: check_in.acknowledged_at.map(Into::into),
                snapshot: CheckInSnapshot::of(&check_in.snapshot),
            },
        }
    }
}

impl CheckInSnapshot {
    fn of(snapshot: &Snapshot) -> Self {
        let Snapshot { taken_at, progress, coverage, expected, pace, probability, previous_progress, measures } =
            snapshot;
        Self {
            taken_at: (*taken_at).into(),
            progress: progress.map(shown_number),
            previous_progress: previous_progress.map(shown_number),
            coverage: coverage.map(shown_number),
            expected: expected.map(shown_number),
            pace: pace.map(Word),
            probability: probability.map(shown_number),
            measures: measures.iter().map(CheckInReading::of).collect(),
        }
    }
}

impl CheckInReading {
    fn of(reading: &Reading) -> Self {
        let Reading {
            measure,
            key,
            name,
            unit,
            value,
            observed_on,
            target,
            progress,
            pace,
            previous_value,
            previous_progress,
            forecast,
        } = reading;
        Self {
            measure_id: (*measure).into(),
            key: key.as_str().into(),
            name: name.to_string(),
            unit: unit.as_ref().map(ToString::to_string),
            value: value.map(shown_number),
            previous_value: previous_value.map(shown_number),
            observed_on: observed_on.map(Into::into),
            target: target.map(shown_number),
            progress: progress.map(shown_number),
            previous_progress: previous_progress.map(shown_number),
            pace: pace.map(Word),
            forecast: forecast.map(|Foreseen { model, observations, value, probability }| KeptForecast {
                model: Word(model),
                observations,
                value: ForecastRange::of(value),
                probability: probability.map(shown_number),
            }),
        }
    }
}

impl CheckInDocument {
    /// As it is written.
    pub fn of(check_in: &CheckIn) -> Self {
        let CheckIn {
            outcome,
            from_on,
            to_on,
            reported_status,
            confidence,
            changed,
            blockers,
            next_steps,
            author: _,
            reviewer,
            published_at: _,
            acknowledged_at: _,
            snapshot: _,
        } = check_in;
        Self {
            outcome_id: Some((*outcome).into()),
            from_on: Some((*from_on).into()),
            to_on: Some((*to_on).into()),
            reported_status: reported_status.map(Word),
            confidence: confidence.map(Share),
            changed: changed.as_ref().map(Into::into),
            blockers: blockers.as_ref().map(Into::into),
            next_steps: next_steps.as_ref().map(Into::into),
            reviewer_id: reviewer.map(Into::into),
        }
    }

    /// The same for an outcome; another that it names is a contradiction.
    ///
    /// # Errors
    /// The field.
    pub fn in_outcome(self, outcome: OutcomeId) -> Result<Self, Problem> {
        match self.outcome_id.as_ref().map(IdText::id).transpose()? {
            Some(named) if named != outcome => {
                Err(Problem::field("/outcome_id", "mismatch", "is not the outcome of the path"))
            }
            Some(_) | None => Ok(Self { outcome_id: Some(outcome.into()), ..self }),
        }
    }
}
