//! Handovers: a part passes from one to another at an instant, in one call, so that nobody is missing between.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use remit_domain::accountability::handover;
use remit_domain::entity::{Kept, Valid};
use remit_domain::outcome::OutcomeId;
use remit_domain::person::Person;
use remit_domain::responsibility::{Object, Part, Responsibility};
use remit_domain::role::{Role, Subject};
use remit_persistence::{ReadTx, When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{ResponsibilityView, check, shown, subject};
use crate::auth::{Allowed, RolesWrite};
use crate::authorize::may_decide_outcome;
use crate::extract::{Document, Parameters, path_id};
use crate::problem::Problem;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::wire::{IdText, MomentText, Words};
use crate::writing::{Intent, Reply, WriteParameters, write};

type Reason = Words<2000>;
type RoleId = IdText<Role>;
type PersonId = IdText<Person>;

/// The parts that are handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HandoverPart {
    /// Answers for it.
    Accountable,
    /// Does it.
    Responsible,
}

/// A role or a person: exactly one of the two.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = Subject)]
pub struct SubjectDocument {
    /// The role, whoever holds it.
    #[validate(nested)]
    role_id: Option<RoleId>,
    /// The person.
    #[validate(nested)]
    person_id: Option<PersonId>,
}

/// Who takes a part over from whom.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = Handover, example = json!({
    "part": "accountable", "to": {"person_id": "psn_01jdgyqk5se6ft4hv8w3c1n2xz"}, "at": "2026-04-01",
    "reason": "Moves to another department."
}))]
pub struct HandoverDocument {
    /// Which part.
    part: HandoverPart,
    /// Who is relieved; may be left out where only one has the part.
    #[validate(nested)]
    from: Option<SubjectDocument>,
    /// Who takes over.
    #[validate(nested)]
    to: SubjectDocument,
    /// When: now where nothing is said; a day means its beginning.
    #[validate(nested)]
    at: Option<MomentText>,
    /// Why.
    #[validate(nested)]
    reason: Option<Reason>,
}

/// What a handover changed.
#[derive(Serialize, ToSchema)]
pub struct HandoverResult {
    /// The responsibility that ends; absent where it would have begun at that very instant and so names another instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<ResponsibilityView>,
    /// The responsibility that begins.
    opened: ResponsibilityView,
}

impl SubjectDocument {
    fn subject(&self, tx: &mut ReadTx<'_>, below: &str) -> Result<Subject, Problem> {
        subject(tx, self.role_id.as_ref(), self.person_id.as_ref(), below)
    }
}

/// Hand a part in an outcome over from one to another, in one step.
#[utoipa::path(tag = "responsibilities", operation_id = "handOverOutcome", request_body = HandoverDocument,
    responses((status = 200, description = "What ended and what began.", body = HandoverResult)),
    security(("bearer" = ["roles:write"])))]
#[post("/v1/outcomes/{id}/handover")]
async fn hand_over(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let id: OutcomeId = path_id(&id)?;
    let document: HandoverDocument = body.read()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |_, tx, _| {
        let outcome = tx.find(id, When::Present)?.ok_or_else(|| Problem::not_found("outcome"))?;
        may_decide_outcome(tx, &who, &outcome)?;
        Reply::ok(&hand_over_in(tx, id, &document)?)
    })
    .await
}

/// Hands a part over in a write under way.
///
/// # Errors
/// What the document or the rules say.
pub fn hand_over_in(
    tx: &mut WriteTx<'_>,
    outcome: OutcomeId,
    document: &HandoverDocument,
) -> Result<HandoverResult, Problem> {
    let object = Object::Outcome(outcome);
    let part = match document.part {
        HandoverPart::Accountable => Part::Accountable,
        HandoverPart::Responsible => Part::Responsible,
    };
    let from = document.from.as_ref().map(|from| from.subject(tx, "/from")).transpose()?;
    let to = document.to.subject(tx, "/to")?;
    let now = tx.now();
    let organization = tx.organization(When::Present)?;
    let at = document.at.as_ref().map(MomentText::moment).transpose()?;
    let at = at.map_or(now, |at| at.start(organization.zone_at(now)));
    let reason = document.reason.as_ref().map(Words::text).transpose()?;
    let before = tx.responsibilities_of(object, When::Present)?;
    let plan = handover(&before, (object, part), from, to, at, reason)?;
    let old = tx.get(plan.closes, When::Present)?;
    let opens = Valid::new(plan.opens)?;
    let (closed, opened): (Option<Kept<Responsibility>>, Kept<Responsibility>) = match plan.remains {
        Some(remains) => {
            let closed = tx.change(old, Valid::new(remains)?, "handed_over", None)?;
            (Some(closed), tx.create(opens, None, None)?)
        }
        // Nothing of it would be left: it has named the wrong one from its first instant on.
        None => (None, tx.change(old, opens, "handed_over", None)?),
    };
    check(tx, object)?;
    Ok(HandoverResult { closed: closed.as_ref().map(shown), opened: shown(&opened) })
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(hand_over);
}
