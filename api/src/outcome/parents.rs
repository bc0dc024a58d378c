//! What an outcome leads to: other outcomes, or measures of them; never in a circle (I6).

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, put};
use remit_domain::alignment::{Alignment, AlignmentKind, AlignmentParent, cycle};
use remit_domain::entity::{Kept, Valid};
use remit_domain::id::Id;
use remit_domain::outcome::{Outcome, OutcomeId};
use remit_domain::person::Person;
use remit_persistence::{When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, Caller, OutcomesWrite, Read};
use crate::authorize::may_change_outcome;
use crate::extract::{Document, Parameters, path_id};
use crate::problem::{Kind, Problem};
use crate::resource::reference;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::TravelParameters;
use crate::wire::{IdText, Shown, Weight, Word};
use crate::writing::{Intent, Reply, WriteParameters, write};

type KindWord = Word<AlignmentKind>;
type PersonId = IdText<Person>;
type ChildId = IdText<Outcome>;

/// In what way an outcome leads to another.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "contributes", "weight": 2}))]
pub struct ParentDocument {
    /// In what way; only contributions are summed.
    kind: KindWord,
    /// How much it counts among the parent's parts.
    #[validate(nested)]
    #[serde(default = "one")]
    weight: Weight,
    /// Who confirmed a dependency.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confirmed_by: Option<PersonId>,
}

fn one() -> Weight {
    Weight(1.0)
}

/// An alignment as it is read.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = AlignmentDocument)]
pub struct AlignmentFields {
    /// The outcome that leads.
    child_id: ChildId,
    /// The outcome or measure that it leads to.
    #[schema(max_length = 40)]
    parent_id: String,
    kind: KindWord,
    weight: Weight,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_by: Option<PersonId>,
}

type AlignmentView = Shown<Alignment, AlignmentFields>;

/// What an outcome leads to.
#[derive(Serialize, ToSchema)]
struct ParentList {
    /// The alignments, by id.
    #[schema(max_items = 10000)]
    data: Vec<AlignmentView>,
}

fn view(kept: &Kept<Alignment>) -> AlignmentView {
    let Alignment { child, parent, kind, weight, confirmed_by } = &*kept.value;
    let fields = AlignmentFields {
        child_id: (*child).into(),
        parent_id: match parent {
            AlignmentParent::Outcome(id) => id.to_string(),
            AlignmentParent::Measure(id) => id.to_string(),
        },
        kind: Word(*kind),
        weight: Weight(*weight),
        confirmed_by: confirmed_by.map(Into::into),
    };
    Shown::new(kept, fields)
}

/// The outcome or measure that a text names.
///
/// # Errors
/// 404.
pub fn parent_of(text: &str) -> Result<AlignmentParent, Problem> {
    match (Id::parse(text), Id::parse(text)) {
        (Some(outcome), _) => Ok(AlignmentParent::Outcome(outcome)),
        (_, Some(measure)) => Ok(AlignmentParent::Measure(measure)),
        (None, None) => Err(Problem::not_found("outcome or measure")),
    }
}

fn outcome(tx: &mut WriteTx<'_>, id: OutcomeId) -> Result<Kept<Outcome>, Problem> {
    tx.find(id, When::Present)?.ok_or_else(|| Problem::not_found("outcome"))
}

/// List what an outcome leads to.
#[utoipa::path(tag = "outcomes", operation_id = "listParents", params(TravelParameters),
    responses((status = 200, description = "The alignments, by id.", body = ParentList)),
    security(("bearer" = ["read"])))]
#[get("/v1/outcomes/{id}/parents")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    let id: OutcomeId = path_id(&id)?;
    let media = Media::accepted(&request, false)?;
    answer(&remit, &request, &caller, media, travel.0.into(), move |_, tx, reading| {
        tx.find(id, reading.when)?.ok_or_else(|| Problem::not_found("outcome"))?;
        let data = tx.parents_of(id, reading.when)?.iter().map(view).collect();
        Answer::json(&ParentList { data })
    })
    .await
}

/// Say that an outcome leads to another outcome or a measure, and in what way.
#[utoipa::path(tag = "outcomes", operation_id = "setParent", request_body = ParentDocument,
    responses(
        (status = 200, description = "The alignment, changed.", body = AlignmentView),
        (status = 201, description = "The alignment, made.", body = AlignmentView),
    ), security(("bearer" = ["outcomes:write"])))]
#[put("/v1/outcomes/{id}/parents/{parent_id}")]
async fn set(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let child: OutcomeId = path_id(&path.0)?;
    let parent = parent_of(&path.1)?;
    let document: ParentDocument = body.read()?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let subject = outcome(tx, child)?;
        let (after, is_new) =
            set_in(tx, &who, &subject, parent, &document, |version| intent.accept_match(remit, version))?;
        if is_new {
            let location = format!("/v1/outcomes/{child}/parents");
            return Ok(Reply::created(location, &view(&after))?.version(remit, after.version));
        }
        Ok(Reply::ok(&view(&after))?.version(remit, after.version))
    })
    .await
}

/// Sets what an outcome leads to in a write under way; whether it led there in no way before.
///
/// # Errors
/// What `check` says of the version that exists, 404 for a parent that is not there, 409 for a circle.
pub fn set_in(
    tx: &mut WriteTx<'_>,
    who: &Caller,
    subject: &Kept<Outcome>,
    parent: AlignmentParent,
    document: &ParentDocument,
    check: impl FnOnce(i64) -> Result<(), Problem>,
) -> Result<(Kept<Alignment>, bool), Problem> {
    let child = subject.id;
    may_change_outcome(tx, who, subject)?;
    match parent {
        AlignmentParent::Outcome(parent) => {
            outcome(tx, parent)?;
            if let Some(path) = cycle(tx.edges_above(parent)?, child, parent) {
                let path: Vec<_> = path.iter().map(ToString::to_string).collect();
                return Err(Problem::new(Kind::AlignmentCycle, format!("It would go round: {}.", path.join(" → "))));
            }
        }
        AlignmentParent::Measure(measure) => {
            tx.find(measure, When::Present)?.ok_or_else(|| Problem::not_found("measure"))?;
        }
    }
    let confirmed_by = document.confirmed_by.as_ref().map(IdText::id).transpose()?;
    if let Some(person) = confirmed_by {
        reference(tx, person, "/confirmed_by")?;
    }
    let value = Alignment { child, parent, kind: document.kind.0, weight: document.weight.0, confirmed_by };
    let value = Valid::new(value)?;
    let before = tx.parents_of(child, When::Present)?.into_iter().find(|known| known.parent == parent);
    match before {
        Some(before) => {
            check(before.version)?;
            Ok((tx.change(before, value, "changed", None)?, false))
        }
        // An alignment holds as long as its child does, unless it is said otherwise later.
        None => Ok((tx.create(value, None, Some(remit_domain::time::Instant::BEGINNING))?, true)),
    }
}

/// Say that an outcome no longer leads to another.
#[utoipa::path(tag = "outcomes", operation_id = "removeParent",
    responses((status = 204, description = "It no longer leads there.")),
    security(("bearer" = ["outcomes:write"])))]
#[delete("/v1/outcomes/{id}/parents/{parent_id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    let child: OutcomeId = path_id(&path.0)?;
    let parent = parent_of(&path.1)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &[])?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, intent| {
        let subject = outcome(tx, child)?;
        let alignments = tx.parents_of(child, When::Present)?;
        let known = alignments.into_iter().find(|known| known.parent == parent);
        let known = known.ok_or_else(|| Problem::not_found("alignment"))?;
        intent.require_match(remit, known.version)?;
        may_change_outcome(tx, &who, &subject)?;
        tx.delete(known)?;
        Ok(Reply::no_content())
    })
    .await
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(set).service(remove);
}
