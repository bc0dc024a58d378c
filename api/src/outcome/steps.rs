//! Steps: how an outcome comes to be pursued, ends, and is taken up again.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use remit_domain::assessment::Assessment;
use remit_domain::entity::{Kept, Valid};
use remit_domain::outcome::{Outcome, OutcomeId, OutcomeResult, OutcomeState, ResultKind};
use remit_domain::responsibility::Object;
use remit_domain::rule::{activation_findings, blocks_by_surroundings_alone};
use remit_domain::time::Instant;
use remit_persistence::{When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::wire::OutcomeView;
use crate::auth::{Allowed, Caller, OutcomesWrite};
use crate::authorize::{may_change_outcome, may_decide_outcome};
use crate::extract::{Document, Parameters, path_id};
use crate::problem::{Kind, Problem};
use crate::resource::shown;
use crate::responsibility;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::wire::{MomentText, Share, Word, Words};
use crate::writing::{Intent, Reply, WriteParameters, write};

type Statement = Words<2000>;
type Prose = Words<10000>;
type ResultWord = Word<ResultKind>;

/// Why a step is taken.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Ready to be discussed."}))]
pub struct StepReason {
    /// Why; kept in the log.
    #[validate(nested)]
    #[serde(default)]
    reason: Option<Statement>,
}

/// How an outcome is activated.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"effective_from": "2026-01-01"}))]
pub struct Activation {
    /// From when it is active: now where nothing is said; not later. A day means its beginning.
    #[validate(nested)]
    #[serde(default)]
    effective_from: Option<MomentText>,
    /// Why; kept in the log.
    #[validate(nested)]
    #[serde(default)]
    reason: Option<Statement>,
}

/// What came of an outcome.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"result": "partly", "score": 0.7, "retrospective": "Started too late."}))]
pub struct Closing {
    /// What came of it.
    result: ResultWord,
    /// How well.
    #[validate(nested)]
    score: Share,
    /// What was learned.
    #[validate(nested)]
    #[serde(default)]
    retrospective: Option<Prose>,
    /// Why it is closed now, or closed again; kept in the log.
    #[validate(nested)]
    #[serde(default)]
    reason: Option<Statement>,
}

/// Why an outcome is taken up again.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Closed by mistake."}))]
pub struct Reopening {
    /// Why; kept in the log.
    #[validate(nested)]
    reason: Statement,
}

/// Puts a draft forward.
#[utoipa::path(tag = "outcomes", operation_id = "proposeOutcome", request_body = StepReason,
    responses((status = 200, description = "The outcome, proposed.", body = OutcomeView)),
    security(("bearer" = ["outcomes:write"])))]
#[post("/v1/outcomes/{id}/propose")]
async fn propose(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let reason: StepReason = body.read()?;
    step(&remit, &request, &caller, &id, parameters.0.validate_only, &body, move |tx, who, before| {
        propose_in(tx, who, before, &reason)
    })
    .await
}

/// Puts a draft forward in a write under way.
///
/// # Errors
/// 409 for what is no draft.
pub fn propose_in(
    tx: &mut WriteTx<'_>,
    who: &Caller,
    before: Kept<Outcome>,
    StepReason { reason }: &StepReason,
) -> Result<Kept<Outcome>, Problem> {
    may_change_outcome(tx, who, &before)?;
    let mut value = before.value.clone().into_inner();
    value.state = value.state.step(OutcomeState::Proposed)?;
    let reason = reason.as_ref().map(Words::text).transpose()?;
    let reason = reason.as_ref().map(|reason| reason.as_str());
    Ok(tx.change_because(before, Valid::new(value)?, "proposed", None, reason)?)
}

/// Makes an outcome active: from then on, exactly one answers for it at every instant.
#[utoipa::path(tag = "outcomes", operation_id = "activateOutcome", request_body = Activation,
    responses((status = 200, description = "The outcome, active.", body = OutcomeView)),
    security(("bearer" = ["outcomes:write"])))]
#[post("/v1/outcomes/{id}/activate")]
async fn activate(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let activation: Activation = body.read()?;
    step(&remit, &request, &caller, &id, parameters.0.validate_only, &body, move |tx, who, before| {
        activate_in(tx, who, before, &activation)
    })
    .await
}

/// Makes an outcome active in a write under way.
///
/// # Errors
/// 409 with the findings that stand against it, or the interval in which none or several would be accountable.
pub fn activate_in(
    tx: &mut WriteTx<'_>,
    who: &Caller,
    before: Kept<Outcome>,
    activation: &Activation,
) -> Result<Kept<Outcome>, Problem> {
    may_decide_outcome(tx, who, &before)?;
    if before.state == OutcomeState::Closed {
        return Err(Problem::new(Kind::Transition, "A closed outcome is reopened, not activated."));
    }
    let now = tx.now();
    let organization = tx.organization(When::Present)?;
    let zone = organization.zone_at(now);
    let from = match &activation.effective_from {
        Some(moment) => moment.moment()?.start(zone),
        None => now,
    };
    if from > now {
        return Err(Problem::field("/effective_from", "in_the_future", "must not lie in the future"));
    }
    refuse_findings(tx, &before, now)?;
    let mut value = before.value.clone().into_inner();
    value.state = value.state.step(OutcomeState::Active)?;
    value.active_from = Some(from);
    value.ended_at = None;
    let reason = activation.reason.as_ref().map(Words::text).transpose()?;
    let reason = reason.as_ref().map(|reason| reason.as_str());
    let after = tx.change_because(before, Valid::new(value)?, "activated", Some(from), reason)?;
    responsibility::check(tx, Object::Outcome(after.id))?;
    Ok(after)
}

/// I11: an outcome does not become active while an error stands on it that is not waived.
fn refuse_findings(tx: &mut WriteTx<'_>, outcome: &Kept<Outcome>, at: Instant) -> Result<(), Problem> {
    let mut scene = tx.scene(outcome.id, at)?;
    if !blocks_by_surroundings_alone(&scene, outcome) {
        scene = tx.picture(at, When::Present)?;
    }
    let mut findings = activation_findings(&scene, outcome.id, at);
    findings.retain(|finding| finding.waived.is_none());
    if findings.is_empty() {
        return Ok(());
    }
    let rules: Vec<_> = findings.iter().map(|finding| finding.rule).collect();
    let detail = format!("Errors stand against it: {}.", rules.join(", "));
    Err(findings.iter().fold(Problem::new(Kind::FindingsStand, detail), Problem::with_finding))
}

/// Closes an outcome with its result; its progress stands from then on.
#[utoipa::path(tag = "outcomes", operation_id = "closeOutcome", request_body = Closing,
    responses((status = 200, description = "The outcome, closed.", body = OutcomeView)),
    security(("bearer" = ["outcomes:write"])))]
#[post("/v1/outcomes/{id}/close")]
async fn close(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let closing: Closing = body.read()?;
    step(&remit, &request, &caller, &id, parameters.0.validate_only, &body, move |tx, who, before| {
        may_decide_outcome(tx, who, &before)?;
        let mut value = before.value.clone().into_inner();
        value.state = value.state.step(OutcomeState::Closed)?;
        let now = tx.now();
        value.ended_at = Some(now);
        let picture = tx.picture(now, When::Present)?;
        let assessment = Assessment::of(&picture);
        let rollup = assessment.outcome(before.id).map(|numbers| numbers.rollup.clone()).unwrap_or_default();
        let reason = closing.reason.as_ref().map(Words::text).transpose()?;
        let result = OutcomeResult {
            outcome: before.id,
            result: closing.result.0,
            score: closing.score.0,
            final_progress: rollup.progress,
            final_coverage: rollup.coverage,
            retrospective: closing.retrospective.as_ref().map(Words::text).transpose()?,
            reason: reason.clone(),
        };
        tx.create(Valid::new(result)?, None, None)?;
        let reason = reason.as_ref().map(|reason| reason.as_str());
        Ok(tx.change_because(before, Valid::new(value)?, "closed", None, reason)?)
    })
    .await
}

/// Takes up again what was closed or cancelled.
#[utoipa::path(tag = "outcomes", operation_id = "reopenOutcome", request_body = Reopening,
    responses((status = 200, description = "The outcome, active again.", body = OutcomeView)),
    security(("bearer" = ["outcomes:write"])))]
#[post("/v1/outcomes/{id}/reopen")]
async fn reopen(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let Reopening { reason } = body.read()?;
    let reason = reason.text()?;
    step(&remit, &request, &caller, &id, parameters.0.validate_only, &body, move |tx, who, before| {
        may_decide_outcome(tx, who, &before)?;
        let now = tx.now();
        if before.state != OutcomeState::Closed && before.state != OutcomeState::Cancelled {
            let detail = format!("An outcome that is {} is not reopened.", before.state);
            return Err(Problem::new(Kind::Transition, detail));
        }
        refuse_findings(tx, &before, now)?;
        let mut value = before.value.clone().into_inner();
        value.state = value.state.step(OutcomeState::Active)?;
        value.active_from = value.active_from.or(Some(now));
        value.ended_at = None;
        let after = tx.change_because(before, Valid::new(value)?, "reopened", None, Some(reason.as_str()))?;
        responsibility::check(tx, Object::Outcome(after.id))?;
        Ok(after)
    })
    .await
}

/// Gives an outcome up without a result.
#[utoipa::path(tag = "outcomes", operation_id = "cancelOutcome", request_body = StepReason,
    responses((status = 200, description = "The outcome, cancelled.", body = OutcomeView)),
    security(("bearer" = ["outcomes:write"])))]
#[post("/v1/outcomes/{id}/cancel")]
async fn cancel(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let StepReason { reason } = body.read()?;
    let reason = reason.as_ref().map(Words::text).transpose()?;
    step(&remit, &request, &caller, &id, parameters.0.validate_only, &body, move |tx, who, before| {
        may_decide_outcome(tx, who, &before)?;
        let mut value = before.value.clone().into_inner();
        value.state = value.state.step(OutcomeState::Cancelled)?;
        value.ended_at = Some(tx.now());
        let reason = reason.as_ref().map(|reason| reason.as_str());
        Ok(tx.change_because(before, Valid::new(value)?, "cancelled", None, reason)?)
    })
    .await
}

/// One step of one outcome, with preconditions, retries and dry runs.
async fn step<F>(
    remit: &Data<Remit>,
    request: &HttpRequest,
    caller: &Allowed<OutcomesWrite>,
    id: &str,
    validate_only: bool,
    body: &Document,
    take: F,
) -> Result<HttpResponse, Problem>
where
    F: Fn(&mut WriteTx<'_>, &Caller, Kept<Outcome>) -> Result<Kept<Outcome>, Problem> + Send + 'static,
{
    let id: OutcomeId = path_id(id)?;
    let intent = Intent::read(request, caller, validate_only, &body.0)?;
    let who = caller.caller.clone();
    write(remit, caller, intent, move |remit, tx, intent| {
        let before = tx.find(id, When::Present)?.ok_or_else(|| Problem::not_found("outcome"))?;
        intent.accept_match(remit, before.version)?;
        let after = take(tx, &who, before)?;
        Ok(Reply::ok(&shown(&after, who.eyes()))?.version(remit, after.version))
    })
    .await
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(propose).service(activate).service(close).service(reopen).service(cancel);
}
