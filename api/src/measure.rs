//! Measures: how it is known whether an outcome is being reached.

pub mod series;
pub mod target;
pub mod wire;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put};
use remit_domain::entity::{Kept, Valid};
use remit_domain::measure::{Cadence, Measure, MeasureKind, MeasureState};
use remit_domain::outcome::{Outcome, OutcomeId, OutcomeState};
use remit_domain::text::fold;
use remit_domain::time::Instant;
use remit_persistence::{Name, When, WriteTx};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;
use wire::{MeasureDocument, MeasureFields, MeasurePatch, MeasureView};

use crate::auth::{Allowed, Caller, Eyes, OutcomesWrite, Read};
use crate::authorize::{may_change_measure, may_change_outcome};
use crate::expansion::{Expanded, Expansion, Relation};
use crate::extract::{Document, Parameters, path_id};
use crate::problem::{Kind, Problem};
use crate::resource::{self, Listing, Resource, create_in, reference, shown};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::{Travel, TravelParameters};
use crate::wire::{IdText, MomentText, Word};
use crate::writing::{Intent, WriteParameters, write};

type MeasureRelation = Relation<Measure>;
type KindWord = Word<MeasureKind>;
type StateWord = Word<MeasureState>;
type OutcomeIdText = IdText<Outcome>;

impl Resource for Measure {
    type Document = MeasureDocument;
    type View = MeasureFields;
    const PATH: &'static str = "/v1/measures";

    fn document(kept: &Kept<Self>, _: Eyes) -> MeasureDocument {
        MeasureDocument::of(kept)
    }
    fn view(kept: &Kept<Self>, _: Eyes) -> MeasureFields {
        MeasureFields::of(kept)
    }
    fn value(
        document: &MeasureDocument,
        tx: &mut WriteTx<'_>,
        before: Option<&Kept<Self>>,
    ) -> Result<Valid<Self>, Problem> {
        let outcome = document.outcome()?.or(before.map(|before| before.outcome));
        let outcome = outcome.ok_or_else(|| Problem::field("/outcome_id", "required", "is missing"))?;
        let outcome = reference(tx, outcome, "/outcome_id")?;
        let mut value = document.value(outcome.id, before)?;
        let Some(before) = before else { return Ok(Valid::new(value)?) };
        Self::check_restored(before, &value)?;
        let is_promised = outcome.state == OutcomeState::Active || outcome.state == OutcomeState::Closed;
        if is_promised && (before.kind != value.kind || before.target != value.target) {
            let detail = "The target of an active outcome changes only with a reason: POST it to /revisions.";
            return Err(Problem::new(Kind::ReasonRequired, detail));
        }
        if let (Some(new), Some(old)) = (value.cadence.last().copied(), before.cadence.last())
            && new.every != old.every
        {
            // Intervals that have ended keep the old one: the new sequence begins today.
            let now = tx.now();
            let organization = tx.organization(When::Present)?;
            let today = organization.zone_at(now).day_of(now);
            let mut cadence: Vec<Cadence> =
                before.cadence.iter().copied().filter(|cadence| cadence.from != Some(today)).collect();
            cadence.push(Cadence { from: (!cadence.is_empty()).then_some(today), every: new.every });
            value.cadence = cadence;
        } else {
            value.cadence.clone_from(&before.cadence);
        }
        Ok(Valid::new(value)?)
    }
    fn check_restored(last: &Kept<Self>, value: &Self) -> Result<(), Problem> {
        if last.outcome != value.outcome {
            return Err(Problem::field("/outcome_id", "fixed", "a measure stays with its outcome"));
        }
        if last.key != value.key {
            return Err(Problem::field("/key", "fixed", "a key is for ever; scripts rely on it"));
        }
        Ok(())
    }
    fn authorize(
        tx: &mut WriteTx<'_>,
        caller: &Caller,
        before: Option<&Kept<Self>>,
        after: Option<&Self>,
    ) -> Result<(), Problem> {
        let Some(outcome) = before.map(|before| before.outcome).or(after.map(|after| after.outcome)) else {
            return Ok(());
        };
        let outcome = tx.get(outcome, When::Present)?;
        match before {
            Some(before) => may_change_measure(tx, caller, before, &outcome),
            None => may_change_outcome(tx, caller, &outcome),
        }
    }
    /// A measure holds as long as its outcome is aimed for.
    fn holds_from(value: &Self, tx: &mut WriteTx<'_>) -> Result<Option<Instant>, Problem> {
        let outcome = tx.get(value.outcome, When::Present)?;
        <Outcome as Resource>::holds_from(&outcome, tx)
    }
    fn settle(tx: &mut WriteTx<'_>, before: Option<&Kept<Self>>, after: &Kept<Self>) -> Result<(), Problem> {
        if before.is_none() {
            tx.claim(&Name::Key(after.key.as_str()), after.id)?;
        }
        Ok(())
    }
    fn before_delete(tx: &mut WriteTx<'_>, kept: &Kept<Self>) -> Result<(), Problem> {
        let outcome = tx.get(kept.outcome, When::Present)?;
        if outcome.state == OutcomeState::Active {
            return Err(Problem::new(Kind::Conflict, "A measure of an active outcome is retired, not deleted."));
        }
        if outcome.state == OutcomeState::Closed {
            // What was closed keeps its progress, which comes from its measures.
            return Err(Problem::new(Kind::Conflict, "A measure of a closed outcome stays with it."));
        }
        Ok(())
    }
}

/// A page of measures.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct MeasurePage {
    /// The measures.
    #[schema(max_items = 200)]
    data: Vec<MeasureView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
    /// What the entries name, where `expand` asks for it.
    expanded: Option<Expanded>,
}

/// Which measures are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MeasureFilter {
    /// The outcome that it measures.
    #[validate(nested)]
    outcome: Option<OutcomeIdText>,
    /// How a value becomes progress.
    kind: Option<KindWord>,
    /// Whether it is still used.
    state: Option<StateWord>,
    /// Its key.
    #[validate(length(min = 1, max = 120))]
    #[param(min_length = 1, max_length = 120)]
    key: Option<String>,
    /// Words in its name or key; case and accents do not matter.
    #[validate(length(min = 1, max = 200))]
    #[param(min_length = 1, max_length = 200)]
    q: Option<String>,
    /// What the entries name, to be sent with them (not in CSV); several, separated by commas.
    #[validate(length(max = 200))]
    #[param(value_type = Vec<MeasureRelation>, required = false, style = Form, explode = false, min_items = 1, max_items = 10)]
    expand: Option<String>,
    /// Entries of a page.
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// The cursor of the page before.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    after: Option<String>,
    /// What was true then.
    #[validate(nested)]
    as_of: Option<MomentText>,
    /// As recorded by then: an instant, a day, or a revision.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    known_at: Option<String>,
    /// In CSV, leaves text that a spreadsheet would run as it is.
    #[serde(default)]
    raw: bool,
}

/// List measures.
#[utoipa::path(tag = "measures", operation_id = "listMeasures", params(MeasureFilter),
    responses((status = 200, description = "The measures, by id.", body = MeasurePage)), security(("bearer" = ["read"])))]
#[get("/v1/measures")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<MeasureFilter>,
) -> Result<HttpResponse, Problem> {
    let filter = filter.0;
    let outcome = filter.outcome.as_ref().map(IdText::id).transpose()?;
    let travel = Travel::new(filter.as_of.clone(), filter.known_at.clone());
    let listing = Listing { limit: filter.limit, after: filter.after.clone(), raw: filter.raw, travel };
    let expansion = Expansion::read::<Measure>(filter.expand.as_deref())?;
    resource::list_expanded::<Measure, _>(&remit, &request, &caller, listing, expansion, move |remit, tx, reading| {
        let mut measures: Vec<Kept<Measure>> = match outcome {
            Some(outcome) => tx.measures_of(outcome, reading.when)?,
            None => remit.all(tx, reading)?,
        };
        let words = filter.q.as_ref().map(|words| fold(words));
        measures.retain(|measure| {
            filter.kind.is_none_or(|kind| kind.0 == measure.kind)
                && filter.state.is_none_or(|state| state.0 == measure.state)
                && filter.key.as_ref().is_none_or(|key| key == measure.key.as_str())
                && words.as_ref().is_none_or(|words| {
                    fold(measure.name.as_str()).contains(words) || measure.key.as_str().contains(words)
                })
        });
        Ok((measures, Instant::END))
    })
    .await
}

/// List the measures of an outcome.
#[utoipa::path(tag = "measures", operation_id = "listOutcomeMeasures", params(TravelParameters),
    responses((status = 200, description = "The measures, by id.", body = MeasurePage)), security(("bearer" = ["read"])))]
#[get("/v1/outcomes/{id}/measures")]
async fn of_outcome(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    let id: OutcomeId = path_id(&id)?;
    let media = crate::answer::Media::accepted(&request, false)?;
    let eyes = caller.eyes();
    crate::answer::answer(&remit, &request, &caller, media, travel.0.into(), move |_, tx, reading| {
        tx.find(id, reading.when)?.ok_or_else(|| Problem::not_found("outcome"))?;
        let data = tx.measures_of(id, reading.when)?.iter().map(|measure| shown(measure, eyes)).collect();
        crate::answer::Answer::json(&crate::paging::Page { data, next: None, expanded: None })
    })
    .await
}

/// Add a measure to an outcome.
#[utoipa::path(tag = "measures", operation_id = "createMeasure", request_body = MeasureDocument,
    responses((status = 201, description = "The measure.", body = MeasureView)),
    security(("bearer" = ["outcomes:write"])))]
#[post("/v1/outcomes/{id}/measures")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let outcome: OutcomeId = path_id(&id)?;
    let document: MeasureDocument = body.read::<MeasureDocument>()?.in_outcome(outcome)?;
    let intent = Intent::read(&request, &caller, parameters.0.validate_only, &body.0)?;
    let who = caller.caller.clone();
    write(&remit, &caller, intent, move |remit, tx, _| {
        tx.find(outcome, When::Present)?.ok_or_else(|| Problem::not_found("outcome"))?;
        let kept = create_in::<Measure>(tx, &who, &document, None)?;
        resource::reply_created(remit, &kept, who.eyes())
    })
    .await
}

/// Read a measure.
#[utoipa::path(tag = "measures", operation_id = "getMeasure", params(TravelParameters),
    responses((status = 200, description = "The measure.", body = MeasureView)), security(("bearer" = ["read"])))]
#[get("/v1/measures/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    resource::get::<Measure>(&remit, &request, &caller, &id, travel.0.into()).await
}

/// Change a measure; the target of an active outcome's measure is revised instead.
#[utoipa::path(tag = "measures", operation_id = "updateMeasure",
    request_body(content = MeasurePatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The measure.", body = MeasureView)),
    security(("bearer" = ["outcomes:write"])))]
#[patch("/v1/measures/{id}")]
async fn change(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::change::<Measure>(&remit, &request, &caller, &id, parameters.0.validate_only, &body).await
}

/// Delete a measure of an outcome that is not active; its key is given to no other.
#[utoipa::path(tag = "measures", operation_id = "deleteMeasure",
    responses((status = 204, description = "It is gone from now on.")),
    security(("bearer" = ["outcomes:write"])))]
#[delete("/v1/measures/{id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    resource::delete::<Measure>(&remit, &request, &caller, &id, parameters.0.validate_only).await
}

/// Create or change a measure by another system's id.
#[utoipa::path(tag = "measures", operation_id = "upsertMeasure", request_body = MeasureDocument,
    responses(
        (status = 200, description = "The measure, changed.", body = MeasureView),
        (status = 201, description = "The measure, made or brought back.", body = MeasureView),
    ), security(("bearer" = ["outcomes:write"])))]
#[put("/v1/measures/external/{source}/{external_id}")]
async fn upsert(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let names = (path.0.as_str(), path.1.as_str());
    resource::upsert::<Measure>(&remit, &request, &caller, names, parameters.0.validate_only, &body).await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(of_outcome).service(create);
    service.service(read).service(change).service(remove).service(upsert);
    service.configure(target::operations).configure(series::operations);
}
