//! Measures on the wire.

use remit_domain::entity::Kept;
use remit_domain::id::Id;
use remit_domain::measure::{
    Aggregation, Basis, Bound, Cadence, Every, Indicator, Measure, MeasureKind, MeasureState, Milestone, PlanPoint,
    Target,
};
use remit_domain::number::Number;
use remit_domain::outcome::{Outcome, OutcomeId};
use remit_persistence::clock;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::problem::Problem;
use crate::wire::{
    DayText, Days, EveryText, Exact, IdText, KeyText, Listed, MergePatch, Precision, Shown, Weight, Word, Words,
};

type Title = Words<200>;
type Unit = Words<64>;
type KindWord = Word<MeasureKind>;
type BasisWord = Word<Basis>;
type BoundWord = Word<Bound>;
type AggregationWord = Word<Aggregation>;
type IndicatorWord = Word<Indicator>;
type StateWord = Word<MeasureState>;
type OutcomeIdText = IdText<Outcome>;
type MilestoneIdText = IdText<Milestone>;
type Plan = Listed<PlanPointDocument, 400>;
type Milestones = Listed<MilestoneDocument, 200>;

/// An expected value on a date.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = PlanPoint)]
pub struct PlanPointDocument {
    /// The date.
    #[validate(nested)]
    on: DayText,
    /// The value expected on it, in the measure's unit.
    #[validate(nested)]
    value: Exact,
}

/// A step that is done or not.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = Milestone)]
pub struct MilestoneDocument {
    /// Its identifier; a new one where it is left out.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<MilestoneIdText>,
    /// What is to be done.
    #[validate(nested)]
    title: Title,
    /// How much it counts; above 0.
    #[validate(nested)]
    #[serde(default = "one")]
    weight: Weight,
    /// When it is due.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due_on: Option<DayText>,
    /// When it was done.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done_on: Option<DayText>,
}

fn one() -> Weight {
    Weight(1.0)
}
fn absolute() -> BasisWord {
    Word(Basis::Absolute)
}
fn inclusive() -> BoundWord {
    Word(Bound::Inclusive)
}
fn last() -> AggregationWord {
    Word(Aggregation::Last)
}
fn lagging() -> IndicatorWord {
    Word(Indicator::Lagging)
}
fn in_use() -> StateWord {
    Word(MeasureState::Active)
}
fn month() -> EveryText {
    EveryText("month".into())
}
fn two() -> Precision {
    Precision(2)
}
fn no_days() -> Days {
    Days(0)
}

/// How it is known whether an outcome is being reached.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "key": "roads.deaths", "name": "Deaths in road traffic accidents", "kind": "decrease", "baseline": 1732,
    "basis": "relative", "amount": 50, "unit": "people", "every": "year", "lag_days": 365
}))]
pub struct MeasureDocument {
    /// The outcome that it measures; where it is created under an outcome it may be left out.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome_id: Option<OutcomeIdText>,
    /// Its name for scripts, unique in the organization, for ever.
    #[validate(nested)]
    key: KeyText,
    /// Its name for people.
    #[validate(nested)]
    name: Title,
    /// How a value becomes progress.
    kind: KindWord,
    /// Where it starts from; without it, the last observation on or before the outcome's first day.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    baseline: Option<Exact>,
    /// Where it must get to; for increase and decrease with an absolute basis.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<Exact>,
    /// How the target is stated.
    #[serde(default = "absolute")]
    basis: BasisWord,
    /// Per cent of the baseline (relative) or distance from it (points); above 0.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Exact>,
    /// The lower bound; for maintain and reach.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    low: Option<Exact>,
    /// The upper bound; for maintain and reach.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    high: Option<Exact>,
    /// Whether a bound itself satisfies.
    #[serde(default = "inclusive")]
    bound: BoundWord,
    /// What its values count.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<Unit>,
    /// Decimals to show.
    #[validate(nested)]
    #[serde(default = "two")]
    precision: Precision,
    /// How several observations become one value.
    #[serde(default = "last")]
    aggregation: AggregationWord,
    /// How much it counts among its outcome's parts.
    #[validate(nested)]
    #[serde(default = "one")]
    weight: Weight,
    /// Whether it moves before or after its outcome does.
    #[serde(default = "lagging")]
    indicator: IndicatorWord,
    /// Whether it only has to be kept from getting worse.
    #[serde(default)]
    guardrail: bool,
    /// Whether it is still used.
    #[serde(default = "in_use")]
    state: StateWord,
    /// How often it is reported; a change begins a new sequence today.
    #[validate(nested)]
    #[serde(default = "month")]
    every: EveryText,
    /// Days from an interval's end to publication.
    #[validate(nested)]
    #[serde(default = "no_days")]
    lag_days: Days,
    /// Days that an update may be late; the larger of 3 and a tenth of the interval where nothing is said.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grace_days: Option<Days>,
    /// Expected values by date, ascending.
    #[validate(nested)]
    #[serde(default)]
    plan: Plan,
    /// What is to be done, in order; for milestones only.
    #[validate(nested)]
    #[serde(default)]
    milestones: Milestones,
}

/// A measure's fields as they are read: as they are written.
pub type MeasureFields = MeasureDocument;
/// A measure as it is shown.
pub type MeasureView = Shown<Measure, MeasureFields>;
/// A change of a measure.
pub type MeasurePatch = MergePatch<MeasureDocument>;

/// The numbers of a target, as they are written.
pub struct TargetNumbers {
    /// Where it starts from.
    pub baseline: Option<Exact>,
    /// Where it must get to.
    pub target: Option<Exact>,
    /// How the target is stated.
    pub basis: Basis,
    /// Per cent or points.
    pub amount: Option<Exact>,
    /// The lower bound.
    pub low: Option<Exact>,
    /// The upper bound.
    pub high: Option<Exact>,
    /// Whether a bound itself satisfies.
    pub bound: Bound,
}

impl TargetNumbers {
    /// The target in the domain's form.
    ///
    /// # Errors
    /// When it was not validated before.
    pub fn value(&self) -> Result<Target, Problem> {
        let number = |exact: Option<Exact>| exact.map(Exact::number).transpose();
        Ok(Target {
            baseline: number(self.baseline)?,
            target: number(self.target)?,
            basis: self.basis,
            amount: number(self.amount)?,
            low: number(self.low)?,
            high: number(self.high)?,
            bound: self.bound,
        })
    }
}

impl MeasureDocument {
    /// As it is written.
    pub fn of(measure: &Measure) -> Self {
        let Measure {
            outcome,
            key,
            name,
            kind,
            target: Target { baseline, target, basis, amount, low, high, bound },
            unit,
            precision,
            aggregation,
            weight,
            indicator,
            guardrail,
            state,
            cadence,
            lag_days,
            grace_days,
            plan,
            milestones,
        } = measure;
        let exact = |number: &Option<Number>| number.map(Exact::from);
        let every = cadence.last().map_or(Every::Month, |cadence| cadence.every);
        let milestone = |Milestone { id, title, weight, due_on, done_on }: &Milestone| MilestoneDocument {
            id: Some((*id).into()),
            title: title.into(),
            weight: Weight(*weight),
            due_on: due_on.map(Into::into),
            done_on: done_on.map(Into::into),
        };
        Self {
            outcome_id: Some((*outcome).into()),
            key: KeyText(key.as_str().into()),
            name: name.into(),
            kind: Word(*kind),
            baseline: exact(baseline),
            target: exact(target),
            basis: Word(*basis),
            amount: exact(amount),
            low: exact(low),
            high: exact(high),
            bound: Word(*bound),
            unit: unit.as_ref().map(Into::into),
            precision: Precision(*precision),
            aggregation: Word(*aggregation),
            weight: Weight(*weight),
            indicator: Word(*indicator),
            guardrail: *guardrail,
            state: Word(*state),
            every: EveryText(every.to_string()),
            lag_days: Days(*lag_days),
            grace_days: grace_days.map(Days),
            plan: Listed(
                plan.iter()
                    .map(|PlanPoint { on, value }| PlanPointDocument { on: (*on).into(), value: (*value).into() })
                    .collect(),
            ),
            milestones: Listed(milestones.iter().map(milestone).collect()),
        }
    }

    /// The outcome that it names.
    ///
    /// # Errors
    /// When it was not validated before.
    pub fn outcome(&self) -> Result<Option<OutcomeId>, Problem> {
        self.outcome_id.as_ref().map(IdText::id).transpose()
    }

    /// The same under an outcome that the path names.
    ///
    /// # Errors
    /// 422 when it names another.
    pub fn in_outcome(mut self, outcome: OutcomeId) -> Result<Self, Problem> {
        if self.outcome()?.is_some_and(|named| named != outcome) {
            return Err(Problem::field("/outcome_id", "mismatch", "names another outcome than the path"));
        }
        self.outcome_id = Some(outcome.into());
        Ok(self)
    }

    /// The measure that it describes, unchecked across its fields.
    ///
    /// # Errors
    /// A field that was not validated before, or a milestone's id that is not one of this measure's.
    pub fn value(&self, outcome: OutcomeId, before: Option<&Kept<Measure>>) -> Result<Measure, Problem> {
        let numbers = TargetNumbers {
            baseline: self.baseline,
            target: self.target,
            basis: self.basis.0,
            amount: self.amount,
            low: self.low,
            high: self.high,
            bound: self.bound.0,
        };
        let mut milestones: Vec<Milestone> = Vec::new();
        for (at, document) in self.milestones.0.iter().enumerate() {
            let pointer = format!("/milestones/{at}/id");
            let id = match &document.id {
                None => clock::mint(),
                Some(id) => id.id()?,
            };
            let known = before.is_some_and(|before| before.milestones.iter().any(|milestone| milestone.id == id));
            if document.id.is_some() && !known {
                return Err(Problem::field(pointer, "unknown_reference", "is no milestone of this measure"));
            }
            if milestones.iter().any(|milestone| milestone.id == id) {
                return Err(Problem::field(pointer, "twice", "occurs twice"));
            }
            milestones.push(Milestone {
                id,
                title: document.title.text()?,
                weight: document.weight.0,
                due_on: document.due_on.as_ref().map(DayText::day).transpose()?,
                done_on: document.done_on.as_ref().map(DayText::day).transpose()?,
            });
        }
        let point = |point: &PlanPointDocument| Ok(PlanPoint { on: point.on.day()?, value: point.value.number()? });
        Ok(Measure {
            outcome,
            key: self.key.value()?,
            name: self.name.text()?,
            kind: self.kind.0,
            target: numbers.value()?,
            unit: self.unit.as_ref().map(Words::text).transpose()?,
            precision: self.precision.0,
            aggregation: self.aggregation.0,
            weight: self.weight.0,
            indicator: self.indicator.0,
            guardrail: self.guardrail,
            state: self.state.0,
            cadence: vec![Cadence { from: None, every: self.every.value()? }],
            lag_days: self.lag_days.0,
            grace_days: self.grace_days.map(|days| days.0),
            plan: self.plan.0.iter().map(point).collect::<Result<_, Problem>>()?,
            milestones,
        })
    }
}

/// The id of a milestone in a path.
///
/// # Errors
/// 404.
pub fn milestone_id(text: &str) -> Result<Id<Milestone>, Problem> {
    crate::extract::path_id(text)
}
