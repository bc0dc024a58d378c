//! Handing everything over at once: a plan, as it was proposed or edited, carried out in one write that leaves no gap.

use std::collections::HashSet;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, post};
use remit_domain::assignment::{Assignment, AssignmentKind};
use remit_domain::entity::Valid;
use remit_domain::impact::{Changes, GapLeft, Passing, Plan, PlanError, Takeover};
use remit_domain::person::{Person, PersonId};
use remit_domain::picture::Picture;
use remit_domain::responsibility::{Object, Part, Responsibility};
use remit_domain::role::{Role, RoleId, Subject};
use remit_domain::text::Statement;
use remit_persistence::{When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::assignment::AssignmentView;
use crate::auth::{Allowed, Caller, RolesWrite};
use crate::authorize::may_decide_outcome;
use crate::dated::apply;
use crate::extract::{Document, Parameters, path_id};
use crate::problem::{Kind, Problem};
use crate::resource::{self, Resource, missing, reference};
use crate::responsibility::{self, ResponsibilityView, check};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::wire::{IdText, InstantText, Listed, MomentText, Word, Words};
use crate::writing::{Intent, Reply, WriteParameters, write};

type Reason = Words<2000>;
type RoleIdText = IdText<Role>;
type PersonIdText = IdText<Person>;
type AssignmentIdText = IdText<Assignment>;
type ResponsibilityIdText = IdText<Responsibility>;
type KindWord = Word<AssignmentKind>;
type Takeovers = Listed<TakeoverDocument, 1000>;
type Passings = Listed<PassingDocument, 5000>;

/// Who takes over what, all at one instant.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = HandoverPlan, example = json!({
    "at": "2026-07-01", "reason": "Ada retires.",
    "assignments": [{"assignment_id": "asg_01jdgyqk5se6ft4hv8w3c1n2xz", "person_id": "psn_01jdgyqk5se6ft4hv8w3c1n2xz"}],
    "responsibilities": [{"responsibility_id": "rsp_01jdgyqk5se6ft4hv8w3c1n2xz", "person_id": "psn_01jdgyqk5se6ft4hv8w3c1n2xz"}]
}))]
pub struct HandoverPlanDocument {
    /// When: now where nothing is said; a day means its beginning.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<MomentText>,
    /// Why.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    /// Who takes which assignment of the person over. Every assignment in which the person could answer ends, taken
    /// over or not. A role hands none over.
    #[validate(nested)]
    #[serde(default)]
    assignments: Takeovers,
    /// To whom which responsibility that names the person or the role passes; the others stay as they are.
    #[validate(nested)]
    #[serde(default)]
    responsibilities: Passings,
}

/// An assignment that another takes over, until it would have ended.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = HandoverAssignment)]
pub struct TakeoverDocument {
    /// Which.
    #[validate(nested)]
    assignment_id: AssignmentIdText,
    /// Who takes it over.
    #[validate(nested)]
    person_id: PersonIdText,
    /// In what way; the same where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<KindWord>,
}

/// A responsibility that passes to a role or a person, or to nobody where others have the part.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = HandoverResponsibility)]
pub struct PassingDocument {
    /// Which.
    #[validate(nested)]
    responsibility_id: ResponsibilityIdText,
    /// The role that takes it over.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role_id: Option<RoleIdText>,
    /// The person who takes it over.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person_id: Option<PersonIdText>,
}

/// What a plan changed. What was still to begin is taken back and not among what ended.
#[derive(Serialize, ToSchema)]
#[schema(as = HandoverPlanResult)]
pub struct HandoverPlanView {
    /// When.
    at: InstantText,
    /// The assignments that ended.
    #[schema(max_items = 10000)]
    ended_assignments: Vec<AssignmentView>,
    /// The assignments that began.
    #[schema(max_items = 10000)]
    began_assignments: Vec<AssignmentView>,
    /// The responsibilities that ended.
    #[schema(max_items = 10000)]
    ended_responsibilities: Vec<ResponsibilityView>,
    /// The responsibilities that began.
    #[schema(max_items = 10000)]
    began_responsibilities: Vec<ResponsibilityView>,
}

impl HandoverPlanDocument {
    /// A plan as it is sent.
    pub fn of(plan: &Plan) -> Self {
        let Plan { gone: _, at, assignments, responsibilities } = plan;
        let takeover = |Takeover { assignment, person, kind }: &Takeover| TakeoverDocument {
            assignment_id: (*assignment).into(),
            person_id: (*person).into(),
            kind: kind.map(Word),
        };
        let passing = |Passing { responsibility, to }: &Passing| {
            let (role_id, person_id) = match to {
                Some(Subject::Role(role)) => (Some((*role).into()), None),
                Some(Subject::Person(person)) => (None, Some((*person).into())),
                None => (None, None),
            };
            PassingDocument { responsibility_id: (*responsibility).into(), role_id, person_id }
        };
        Self {
            at: Some(MomentText(at.to_string())),
            reason: None,
            assignments: Listed(assignments.iter().map(takeover).collect()),
            responsibilities: Listed(responsibilities.iter().map(passing).collect()),
        }
    }

    /// The plan that a document describes; whom it names must exist.
    fn plan(&self, tx: &mut WriteTx<'_>, gone: Subject) -> Result<Plan, Problem> {
        let now = tx.now();
        let organization = tx.organization(When::Present)?;
        let at = self.at.as_ref().map(MomentText::moment).transpose()?;
        let at = at.map_or(now, |at| at.start(organization.zone_at(now)));
        let mut assignments = Vec::with_capacity(self.assignments.0.len());
        for (place, one) in self.assignments.0.iter().enumerate() {
            let TakeoverDocument { assignment_id, person_id, kind } = one;
            let person = reference(tx, person_id.id()?, &format!("/assignments/{place}/person_id"))?.id;
            assignments.push(Takeover { assignment: assignment_id.id()?, person, kind: kind.map(|kind| kind.0) });
        }
        let mut responsibilities = Vec::with_capacity(self.responsibilities.0.len());
        for (place, one) in self.responsibilities.0.iter().enumerate() {
            let PassingDocument { responsibility_id, role_id, person_id } = one;
            let below = format!("/responsibilities/{place}");
            let to = match (role_id, person_id) {
                (None, None) => None,
                (role, person) => Some(responsibility::subject(tx, role.as_ref(), person.as_ref(), &below)?),
            };
            responsibilities.push(Passing { responsibility: responsibility_id.id()?, to });
        }
        Ok(Plan { gone, at, assignments, responsibilities })
    }
}

impl From<PlanError> for Problem {
    fn from(error: PlanError) -> Self {
        let assignment = |place, code, detail| Self::field(format!("/assignments/{place}/assignment_id"), code, detail);
        let responsibility =
            |place, code, detail| Self::field(format!("/responsibilities/{place}/responsibility_id"), code, detail);
        match error {
            PlanError::NoSuchAssignment(place) => assignment(
                place,
                "unknown_reference",
                "must be an assignment of the person as holder, interim or deputy that has not ended by then",
            ),
            PlanError::AssignmentTwice(place) => assignment(place, "twice", "is taken over once"),
            PlanError::AssignmentToSelf(place) => Self::field(
                format!("/assignments/{place}/person_id"),
                "same_subject",
                "must be another than the one relieved",
            ),
            PlanError::NoSuchResponsibility(place) => responsibility(
                place,
                "unknown_reference",
                "must name the one who hands over, and not have ended by then",
            ),
            PlanError::ResponsibilityTwice(place) => responsibility(place, "twice", "passes once"),
            PlanError::ResponsibilityToSelf(place) => Self::field(
                format!("/responsibilities/{place}"),
                "same_subject",
                "must pass to another than the one relieved",
            ),
        }
    }
}

/// The refusal of a plan that leaves a gap: it names what, which part, and from when on.
fn gap(gone: Subject, gap: GapLeft) -> Problem {
    let GapLeft { object, part, span } = gap;
    let (kind, word) = match part {
        Part::Accountable => (Kind::AccountabilityGap, "accountable"),
        Part::Responsible | Part::Consulted | Part::Informed => (Kind::NoResponsible, "responsible"),
    };
    let object = match object {
        Object::Outcome(id) => id.to_string(),
        Object::Measure(id) => id.to_string(),
    };
    let gone = match gone {
        Subject::Person(id) => id.to_string(),
        Subject::Role(id) => id.to_string(),
    };
    Problem::new(kind, format!("Without {gone}, nobody would be {word} for {object} in {span}."))
}

/// Carries a plan out in a write under way.
fn hand_over_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    gone: Subject,
    document: &HandoverPlanDocument,
) -> Result<HandoverPlanView, Problem> {
    let plan = document.plan(tx, gone)?;
    let reason: Option<Statement> = document.reason.as_ref().map(Words::text).transpose()?;
    let now = tx.now();
    let picture = tx.picture(now, When::Present)?;
    let changes = plan.changes(&picture, reason.as_ref())?;
    authorize(tx, caller, &changes, &picture)?;
    if let Some(left) = plan.gap(&picture, &changes) {
        return Err(gap(gone, left));
    }
    let Changes { assignments, new_assignments, responsibilities, new_responsibilities } = changes;
    let parts = picture.parts();
    let ended_assignments = apply(tx, parts.assignments.clone(), assignments, "handed_over")?;
    let ended_responsibilities = apply(tx, parts.responsibilities.clone(), responsibilities, "handed_over")?;
    let mut began_assignments = Vec::with_capacity(new_assignments.len());
    for assignment in new_assignments {
        let kept = tx.create(Valid::new(assignment)?, None, None)?;
        Assignment::settle(tx, None, &kept)?;
        began_assignments.push(kept);
    }
    let mut began_responsibilities = Vec::with_capacity(new_responsibilities.len());
    for responsibility in new_responsibilities {
        began_responsibilities.push(tx.create(Valid::new(responsibility)?, None, None)?);
    }
    let mut objects: Vec<Object> =
        ended_responsibilities.iter().chain(&began_responsibilities).map(|one| one.object).collect();
    objects.sort_unstable();
    objects.dedup();
    for object in objects {
        check(tx, object)?;
    }
    let eyes = caller.eyes();
    let assigned = |all: &[_]| all.iter().map(|kept| resource::shown(kept, eyes)).collect();
    Ok(HandoverPlanView {
        at: plan.at.into(),
        ended_assignments: assigned(&ended_assignments),
        began_assignments: assigned(&began_assignments),
        ended_responsibilities: ended_responsibilities.iter().map(responsibility::shown).collect(),
        began_responsibilities: began_responsibilities.iter().map(responsibility::shown).collect(),
    })
}

/// Whether a caller may change all of it: each outcome as its own handover, each role as its assignments.
fn authorize(tx: &mut WriteTx<'_>, caller: &Caller, changes: &Changes, picture: &Picture) -> Result<(), Problem> {
    let parts = picture.parts();
    let ending: HashSet<_> = changes.responsibilities.iter().map(|one| one.id()).collect();
    for one in parts.responsibilities.iter().filter(|one| ending.contains(&one.id)) {
        let outcome = match one.object {
            Object::Outcome(id) => picture.outcome(id),
            Object::Measure(id) => picture.measure(id).and_then(|measure| picture.outcome(measure.outcome)),
        };
        if let Some(outcome) = outcome {
            may_decide_outcome(tx, caller, outcome)?;
        }
    }
    let ending: HashSet<_> = changes.assignments.iter().map(|one| one.id()).collect();
    for one in parts.assignments.iter().filter(|one| ending.contains(&one.id)) {
        Assignment::authorize(tx, caller, Some(one), None)?;
    }
    Ok(())
}

/// Hand everything over that a person answers for and holds, in one step.
#[utoipa::path(tag = "people", operation_id = "handOverPerson", request_body = HandoverPlanDocument,
    responses((status = 200, description = "What ended and what began.", body = HandoverPlanView)),
    security(("bearer" = ["roles:write"])))]
#[post("/v1/people/{id}/handover")]
async fn of_person(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let id: PersonId = path_id(&id)?;
    let document: HandoverPlanDocument = body.read()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |_, tx, _| {
        tx.get(id, When::Present).map_err(missing::<Person>)?;
        Reply::ok(&hand_over_in(tx, &who, Subject::Person(id), &document)?)
    })
    .await
}

/// Hand everything over that names a role, in one step; who holds it goes on to.
#[utoipa::path(tag = "roles", operation_id = "handOverRole", request_body = HandoverPlanDocument,
    responses((status = 200, description = "What ended and what began.", body = HandoverPlanView)),
    security(("bearer" = ["roles:write"])))]
#[post("/v1/roles/{id}/handover")]
async fn of_role(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<RolesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let id: RoleId = path_id(&id)?;
    let document: HandoverPlanDocument = body.read()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |_, tx, _| {
        tx.get(id, When::Present).map_err(missing::<Role>)?;
        Reply::ok(&hand_over_in(tx, &who, Subject::Role(id), &document)?)
    })
    .await
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(of_person).service(of_role);
}
