//! Waivers: findings that are accepted for a while, and why.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, put};
use remit_domain::briefing::Briefing;
use remit_domain::credential::Scope;
use remit_domain::entity::{Kept, Valid};
use remit_domain::outcome::OutcomeId;
use remit_domain::rule::{FindingId, FindingSubject};
use remit_domain::text::Key;
use remit_domain::waiver::Waiver;
use remit_persistence::{Name, When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::answer::{Answer, Media, Reading, answer};
use crate::auth::{Allowed, Caller, OutcomesWrite, Read};
use crate::authorize::{may_decide_outcome, within_narrowing};
use crate::extract::{Document, Parameters, path_id};
use crate::problem::Problem;
use crate::resource::Resource;
use crate::routing::ServiceConfig;
use crate::rule::key_of;
use crate::state::{Remit, now};
use crate::travel::{Travel, TravelParameters};
use crate::wire::{DayText, IdText, Shown, Words};
use crate::writing::{Intent, Precondition, Reply, WriteParameters, write};

type Statement = Words<2000>;
type FindingIdText = IdText<remit_domain::rule::Finding>;

/// Why and until when a finding is accepted.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The post is advertised; the interim begins in June.", "ends_on": "2099-06-30"}))]
pub struct WaiverDocument {
    /// Why it is accepted.
    #[validate(nested)]
    reason: Statement,
    /// The last day on which it is.
    #[validate(nested)]
    ends_on: DayText,
}

/// A waiver as it is read.
#[derive(Serialize, ToSchema)]
#[schema(as = WaiverDocument)]
pub struct WaiverFields {
    /// The finding.
    finding_id: FindingIdText,
    /// The rule.
    #[schema(max_length = 120)]
    rule: String,
    /// What kind of thing the finding is about.
    #[schema(max_length = 50)]
    subject_kind: String,
    /// Which one.
    #[schema(max_length = 40)]
    subject_id: String,
    /// Why it is accepted.
    reason: Statement,
    /// The last day on which it is.
    ends_on: DayText,
}

type WaiverView = Shown<Waiver, WaiverFields>;

fn view(kept: &Kept<Waiver>) -> WaiverView {
    let Waiver { finding, rule, subject, reason, ends_on } = &*kept.value;
    let fields = WaiverFields {
        finding_id: (*finding).into(),
        rule: rule.to_string(),
        subject_kind: subject.kind().into(),
        subject_id: subject.to_string(),
        reason: reason.into(),
        ends_on: (*ends_on).into(),
    };
    Shown::new(kept, fields)
}

/// Read why and until when a finding is accepted.
#[utoipa::path(tag = "findings", operation_id = "getWaiver", params(TravelParameters),
    responses((status = 200, description = "The waiver.", body = WaiverView)), security(("bearer" = ["read"])))]
#[get("/v1/findings/{id}/waiver")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    let finding: FindingId = path_id(&id)?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, travel.0.into(), move |_, tx, reading| {
        let id = tx.named::<Waiver>(&Name::Key(&finding.to_string()))?;
        let kept = id.map(|id| tx.find(id, reading.when)).transpose()?.flatten();
        let kept = kept.ok_or_else(|| Problem::not_found("waiver"))?;
        Ok(Answer::json(&view(&kept))?.version(kept.version))
    })
    .await
}

/// Accept a finding until a day, with a reason.
///
/// It may be one that stands, or one that would keep an outcome from becoming active: the refusal names its id.
#[utoipa::path(tag = "findings", operation_id = "setWaiver", request_body = WaiverDocument,
    responses(
        (status = 200, description = "The waiver, changed.", body = WaiverView),
        (status = 201, description = "The waiver, made or brought back.", body = WaiverView),
    ), security(("bearer" = ["outcomes:write"])))]
#[put("/v1/findings/{id}/waiver")]
async fn set(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let finding: FindingId = path_id(&id)?;
    let document: WaiverDocument = body.read()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let who = caller.caller.clone();
    let found = look_up(&remit, &caller, finding).await?;
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let name = finding.to_string();
        let name = Name::Key(&name);
        let known = tx.named::<Waiver>(&name)?;
        let before = known.map(|id| tx.find(id, When::Present)).transpose()?.flatten();
        match &before {
            Some(before) => intent.accept_match(remit, before.version)?,
            None if matches!(intent.precondition, Precondition::Match(_)) => {
                intent.accept_match(remit, 0)?;
            }
            None => {}
        }
        // What is waived already is known, whether it stands at the moment or not.
        let (rule, subject) = match (&before, &found) {
            (Some(before), _) => (before.rule.clone(), before.subject),
            (None, Some((rule, subject))) => (rule.clone(), *subject),
            (None, None) => return Err(Problem::not_found("finding")),
        };
        may_waive(tx, &who, subject)?;
        let now = tx.now();
        let ends_on = document.ends_on.day()?;
        if ends_on < tx.organization_now()?.day_of(now) {
            return Err(Problem::field("/ends_on", "in_the_past", "must be today or later"));
        }
        let value = Valid::new(Waiver { finding, rule, subject, reason: document.reason.text()?, ends_on })?;
        let location = format!("/v1/findings/{finding}/waiver");
        let kept = match (before, known) {
            (Some(before), _) => {
                let after = tx.change(before, value, "changed", None)?;
                return Ok(Reply::ok(&view(&after))?.version(remit, after.version));
            }
            (None, Some(id)) => tx.revive(id, value)?,
            (None, None) => {
                let kept = tx.create(value, None, None)?;
                tx.claim(&name, kept.id)?;
                kept
            }
        };
        Ok(Reply::created(location, &view(&kept))?.version(remit, kept.version))
    })
    .await
}

/// No longer accept a finding.
#[utoipa::path(tag = "findings", operation_id = "deleteWaiver",
    responses((status = 204, description = "It is not accepted from now on.")),
    security(("bearer" = ["outcomes:write"])))]
#[delete("/v1/findings/{id}/waiver")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    let finding: FindingId = path_id(&id)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &[])?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let known = tx.named::<Waiver>(&Name::Key(&finding.to_string()))?;
        let kept = known.map(|id| tx.find(id, When::Present)).transpose()?.flatten();
        let kept = kept.ok_or_else(|| Problem::not_found("waiver"))?;
        intent.require_match(remit, kept.version)?;
        may_waive(tx, &who, kept.subject)?;
        tx.delete(kept)?;
        Ok(Reply::no_content())
    })
    .await
}

/// Whether a caller may accept a finding: who may decide about the outcome, or may write what else it is about.
fn may_waive(tx: &mut WriteTx<'_>, caller: &Caller, subject: FindingSubject) -> Result<(), Problem> {
    let outcome = |tx: &mut WriteTx<'_>, id: OutcomeId| {
        let outcome = tx.find(id, When::Present)?.ok_or_else(|| Problem::not_found("finding"))?;
        may_decide_outcome(tx, caller, &outcome)
    };
    match subject {
        FindingSubject::Outcome(id) => outcome(tx, id),
        FindingSubject::Measure(id) => {
            let measure = tx.find(id, When::Present)?.ok_or_else(|| Problem::not_found("finding"))?;
            outcome(tx, measure.outcome)
        }
        FindingSubject::Role(_) => {
            caller.require(Scope::RolesWrite)?;
            within_narrowing(caller, None)
        }
        FindingSubject::Briefing(id) => {
            caller.require(Scope::OutcomesWrite)?;
            let briefing = tx.find(id, When::Present)?.ok_or_else(|| Problem::not_found("finding"))?;
            Briefing::authorize(tx, caller, Some(&briefing), None)
        }
        FindingSubject::Webhook(id) => {
            caller.require(Scope::WebhooksWrite)?;
            let webhook = tx.find(id, When::Present)?.ok_or_else(|| Problem::not_found("finding"))?;
            within_narrowing(caller, webhook.team)
        }
        FindingSubject::Person(_) | FindingSubject::Team(_) => {
            caller.require(Scope::PeopleWrite)?;
            within_narrowing(caller, None)
        }
    }
}

/// The rule and the subject of a finding that stands, or would keep an outcome from becoming active.
///
/// # Errors
/// What the store says.
async fn look_up(
    remit: &Data<Remit>,
    caller: &Caller,
    finding: FindingId,
) -> Result<Option<(Key, FindingSubject)>, Problem> {
    let shared = remit.clone();
    remit
        .store
        .read(caller.organization, move |tx| {
            let head = tx.head()?;
            let reading: Reading = Travel::none().resolve(tx, &head, now())?;
            let found = shared.picture(tx, &reading)?.finding(finding);
            found.map(|(rule, subject)| Ok((key_of(rule)?, subject))).transpose()
        })
        .await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(read).service(set).service(remove);
}
