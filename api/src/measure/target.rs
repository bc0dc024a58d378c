//! Targets: revised with a reason, never edited; and milestones, done on a day.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, post, put};
use remit_domain::entity::{Kept, Valid};
use remit_domain::measure::{Basis, Bound, Measure, MeasureId, Target, TargetRevision};
use remit_domain::number::Number;
use remit_persistence::When;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::wire::{MeasureView, TargetNumbers, milestone_id};
use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, OutcomesWrite, Read};
use crate::authorize::may_change_measure;
use crate::extract::{Document, Parameters, path_id};
use crate::problem::Problem;
use crate::resource::shown;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::TravelParameters;
use crate::wire::{DayText, Exact, IdText, Shown, Weight, Word, Words};
use crate::writing::{Intent, Reply, WriteParameters, write};

type Reason = Words<2000>;
type Title = Words<200>;
type BasisWord = Word<Basis>;
type BoundWord = Word<Bound>;
type MeasureIdText = IdText<Measure>;

/// The numbers of a target.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = TargetNumbers)]
pub struct TargetDocument {
    /// Where it starts from.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    baseline: Option<Exact>,
    /// Where it must get to.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<Exact>,
    /// How the target is stated.
    #[serde(default = "absolute")]
    basis: BasisWord,
    /// Per cent of the baseline (relative) or distance from it (points).
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Exact>,
    /// The lower bound.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    low: Option<Exact>,
    /// The upper bound.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    high: Option<Exact>,
    /// Whether a bound itself satisfies.
    #[serde(default = "inclusive")]
    bound: BoundWord,
}

fn absolute() -> BasisWord {
    Word(Basis::Absolute)
}
fn inclusive() -> BoundWord {
    Word(Bound::Inclusive)
}

impl TargetDocument {
    fn of(target: &Target) -> Self {
        let Target { baseline, target, basis, amount, low, high, bound } = target;
        let exact = |number: &Option<Number>| number.map(Exact::from);
        Self {
            baseline: exact(baseline),
            target: exact(target),
            basis: Word(*basis),
            amount: exact(amount),
            low: exact(low),
            high: exact(high),
            bound: Word(*bound),
        }
    }
    fn value(&self) -> Result<Target, Problem> {
        let Self { baseline, target, basis, amount, low, high, bound } = self.clone();
        TargetNumbers { baseline, target, basis: basis.0, amount, low, high, bound: bound.0 }.value()
    }
}

/// A new target, and why.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"to": {"baseline": 41, "target": 55}, "reason": "The market has shrunk."}))]
pub struct TargetRevisionDocument {
    /// The target from now on, whole.
    #[validate(nested)]
    to: TargetDocument,
    /// Why.
    #[validate(nested)]
    reason: Reason,
}

/// A change of a target as it is read.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = TargetRevision)]
pub struct TargetRevisionFields {
    measure_id: MeasureIdText,
    /// What held before.
    before: TargetDocument,
    /// What holds since.
    after: TargetDocument,
    /// Why.
    reason: Reason,
}

type TargetRevisionView = Shown<TargetRevision, TargetRevisionFields>;

/// The changes of a target.
#[derive(Serialize, ToSchema)]
struct TargetRevisionList {
    /// The changes, oldest first.
    #[schema(max_items = 10000)]
    data: Vec<TargetRevisionView>,
}

fn view(kept: &Kept<TargetRevision>) -> TargetRevisionView {
    let TargetRevision { measure, before, after, reason } = &*kept.value;
    let fields = TargetRevisionFields {
        measure_id: (*measure).into(),
        before: TargetDocument::of(before),
        after: TargetDocument::of(after),
        reason: reason.into(),
    };
    Shown::new(kept, fields)
}

/// List the revisions of a measure's target, oldest first.
#[utoipa::path(tag = "measures", operation_id = "listTargetRevisions", params(TravelParameters),
    responses((status = 200, description = "The revisions.", body = TargetRevisionList)),
    security(("bearer" = ["read"])))]
#[get("/v1/measures/{id}/revisions")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    let id: MeasureId = path_id(&id)?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, travel.0.into(), move |_, tx, reading| {
        tx.find(id, reading.when)?.ok_or_else(|| Problem::not_found("measure"))?;
        let data = tx.target_revisions_of(id, reading.when)?.iter().map(view).collect();
        Answer::json(&TargetRevisionList { data })
    })
    .await
}

/// Revise the target of a measure, with a reason.
#[utoipa::path(tag = "measures", operation_id = "reviseTarget", request_body = TargetRevisionDocument,
    responses((status = 201, description = "The revision.", body = TargetRevisionView)),
    security(("bearer" = ["outcomes:write"])))]
#[post("/v1/measures/{id}/revisions")]
async fn revise(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let id: MeasureId = path_id(&id)?;
    let document: TargetRevisionDocument = body.read()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let measure = tx.find(id, When::Present)?.ok_or_else(|| Problem::not_found("measure"))?;
        let outcome = tx.get(measure.outcome, When::Present)?;
        may_change_measure(tx, &who, &measure, &outcome)?;
        intent.accept_match(remit, measure.version)?;
        let (before, after) = (measure.target, document.to.value()?);
        if before == after {
            return Err(Problem::field("/to", "unchanged", "is the target that holds already"));
        }
        let mut value = measure.value.clone().into_inner();
        value.target = after;
        let value = Valid::new(value).map_err(|error| {
            let inner = Problem::from(error);
            let mut problem = Problem::new(inner.kind(), inner.detail());
            problem.absorb("/to", &inner);
            problem
        })?;
        let reason = document.reason.text()?;
        tx.change_because(measure, value, "target_revised", None, Some(reason.as_str()))?;
        let revision = TargetRevision { measure: id, before, after, reason };
        let kept = tx.create(Valid::new(revision)?, None, None)?;
        Ok(Reply::created(format!("/v1/measures/{id}/revisions"), &view(&kept))?.version(remit, kept.version))
    })
    .await
}

/// What a milestone says from now on.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"done_on": "2026-04-30"}))]
pub struct MilestoneChange {
    /// What is to be done.
    #[validate(nested)]
    #[serde(default)]
    title: Option<Title>,
    /// How much it counts; above 0.
    #[validate(nested)]
    #[serde(default)]
    weight: Option<Weight>,
    /// When it is due; left as it is where nothing is said.
    #[validate(nested)]
    #[serde(default)]
    due_on: Option<DayText>,
    /// When it was done; not done where nothing is said.
    #[validate(nested)]
    #[serde(default)]
    done_on: Option<DayText>,
}

/// Say that a milestone is done, or not, or what it is.
#[utoipa::path(tag = "measures", operation_id = "setMilestone", request_body = MilestoneChange,
    responses((status = 200, description = "The measure.", body = MeasureView)),
    security(("bearer" = ["outcomes:write"])))]
#[put("/v1/measures/{id}/milestones/{milestone_id}")]
async fn milestone(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let id: MeasureId = path_id(&path.0)?;
    let which = milestone_id(&path.1)?;
    let document: MilestoneChange = body.read()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let measure = tx.find(id, When::Present)?.ok_or_else(|| Problem::not_found("measure"))?;
        let outcome = tx.get(measure.outcome, When::Present)?;
        may_change_measure(tx, &who, &measure, &outcome)?;
        intent.accept_match(remit, measure.version)?;
        let mut value = measure.value.clone().into_inner();
        let milestone = value.milestones.iter_mut().find(|milestone| milestone.id == which);
        let milestone = milestone.ok_or_else(|| Problem::not_found("milestone"))?;
        if let Some(title) = &document.title {
            milestone.title = title.text()?;
        }
        if let Some(Weight(weight)) = document.weight {
            milestone.weight = weight;
        }
        if let Some(due_on) = &document.due_on {
            milestone.due_on = Some(due_on.day()?);
        }
        milestone.done_on = document.done_on.as_ref().map(DayText::day).transpose()?;
        let after = tx.change(measure, Valid::new(value)?, "milestone_set", None)?;
        Ok(Reply::ok(&shown(&after, who.eyes()))?.version(remit, after.version))
    })
    .await
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(revise).service(milestone);
}
