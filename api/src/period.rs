//! Periods: the named stretches of time that outcomes are planned in.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put};
use remit_domain::alignment::cycle;
use remit_domain::entity::{Kept, Valid};
use remit_domain::outcome::OutcomeState;
use remit_domain::period::{Period, PeriodState};
use remit_domain::responsibility::Object;
use remit_domain::text::Statement;
use remit_domain::time::Instant;
use remit_persistence::{When, WriteTx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::{Allowed, Eyes, OutcomesWrite, Read};
use crate::extract::{Document, Parameters};
use crate::problem::{Kind, Problem};
use crate::resource::{self, Listing, Resource, reference};
use crate::responsibility;
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::{Travel, TravelParameters};
use crate::wire::{DayText, IdText, MergePatch, MomentText, Shown, Word, Words};
use crate::writing::WriteParameters;

type Title = Words<200>;
type Reason = Words<2000>;
type StateWord = Word<PeriodState>;
type PeriodId = IdText<Period>;

/// A stretch of days, both ends included.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "2026 Q3", "start_on": "2026-07-01", "end_on": "2026-09-30", "state": "planned"}))]
pub struct PeriodDocument {
    /// Its name.
    #[validate(nested)]
    name: Title,
    /// Its first day.
    #[validate(nested)]
    start_on: DayText,
    /// Its last day.
    #[validate(nested)]
    end_on: DayText,
    /// The period that contains it.
    #[validate(nested)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent_id: Option<PeriodId>,
    /// Where it stands.
    #[serde(default = "planned")]
    state: StateWord,
    /// Why this change is made; kept in the log. Needed to move the dates.
    #[validate(nested)]
    #[serde(default, skip_serializing)]
    #[schema(write_only)]
    change_reason: Option<Reason>,
}

fn planned() -> StateWord {
    Word(PeriodState::Planned)
}

/// A period as it is read.
pub type PeriodView = Shown<Period, PeriodDocument>;
type PeriodPatch = MergePatch<PeriodDocument>;

/// A page of periods.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct PeriodPage {
    /// The periods.
    #[schema(max_items = 200)]
    data: Vec<PeriodView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// Which periods are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PeriodFilter {
    /// Where it stands.
    state: Option<StateWord>,
    /// The period that contains it.
    #[validate(nested)]
    parent: Option<PeriodId>,
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

impl Resource for Period {
    type Document = PeriodDocument;
    type View = PeriodDocument;
    const PATH: &'static str = "/v1/periods";

    fn document(kept: &Kept<Self>, _: Eyes) -> PeriodDocument {
        let Self { name, start_on, end_on, parent, state } = &*kept.value;
        PeriodDocument {
            name: name.into(),
            start_on: (*start_on).into(),
            end_on: (*end_on).into(),
            parent_id: parent.map(Into::into),
            state: Word(*state),
            change_reason: None,
        }
    }
    fn view(kept: &Kept<Self>, eyes: Eyes) -> PeriodDocument {
        Self::document(kept, eyes)
    }
    /// It is there from its first day on: what is planned in it is read as of any day of it.
    fn holds_from(value: &Self, tx: &mut WriteTx<'_>) -> Result<Option<Instant>, Problem> {
        let now = tx.now();
        Ok(Some(tx.organization(When::Present)?.zone_at(now).start_of(value.start_on)))
    }
    fn reason(document: &PeriodDocument) -> Result<Option<Statement>, Problem> {
        document.change_reason.as_ref().map(Words::text).transpose()
    }
    fn value(
        document: &PeriodDocument,
        tx: &mut WriteTx<'_>,
        before: Option<&Kept<Self>>,
    ) -> Result<Valid<Self>, Problem> {
        let parent = document.parent_id.as_ref().map(IdText::id).transpose()?;
        let value = Valid::new(Self {
            name: document.name.text()?,
            start_on: document.start_on.day()?,
            end_on: document.end_on.day()?,
            parent,
            state: document.state.0,
        })?;
        if let Some(parent) = parent {
            value.within(&reference(tx, parent, "/parent_id")?.value)?;
        }
        let Some(before) = before else { return Ok(value) };
        let reason = Self::reason(document)?;
        before.check_change(&value, reason.as_ref()).map_err(|_| {
            Problem::new(Kind::ReasonRequired, "The dates of a period change only with a reason.").at(
                "/change_reason",
                "required",
                "says why the dates change",
            )
        })?;
        let periods: Vec<Kept<Self>> = tx.all(When::Present)?;
        let edges = periods.iter().filter_map(|period| Some((period.id, period.parent?)));
        let others = edges.filter(|(child, _)| *child != before.id);
        if let Some(path) = parent.and_then(|parent| cycle(others, before.id, parent)) {
            let path: Vec<_> = path.iter().map(ToString::to_string).collect();
            return Err(Problem::new(Kind::HierarchyCycle, format!("It would go round: {}.", path.join(" → "))));
        }
        for child in periods.iter().filter(|period| period.parent == Some(before.id)) {
            child.within(&value).map_err(|_| {
                Problem::field("/end_on", "excludes_child", format!("must still contain the period {}", child.id))
            })?;
        }
        Ok(value)
    }
    /// I1 holds for the outcomes that begin and end with it.
    fn settle(tx: &mut WriteTx<'_>, before: Option<&Kept<Self>>, after: &Kept<Self>) -> Result<(), Problem> {
        if before.is_none_or(|before| (before.start_on, before.end_on) == (after.start_on, after.end_on)) {
            return Ok(());
        }
        for outcome in tx.outcomes_of_period(after.id, When::Present)? {
            if outcome.state == OutcomeState::Active {
                responsibility::check(tx, Object::Outcome(outcome.id))?;
            }
        }
        Ok(())
    }
}

/// List periods.
#[utoipa::path(tag = "periods", operation_id = "listPeriods", params(PeriodFilter),
    responses((status = 200, description = "The periods, by id.", body = PeriodPage)), security(("bearer" = ["read"])))]
#[get("/v1/periods")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<PeriodFilter>,
) -> Result<HttpResponse, Problem> {
    let PeriodFilter { state, parent, limit, after, as_of, known_at, raw } = filter.0;
    let parent = parent.as_ref().map(IdText::id).transpose()?;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    resource::list::<Period, _>(&remit, &request, &caller, listing, move |_, tx, reading| {
        let mut periods: Vec<Kept<Period>> = tx.all(reading.when)?;
        periods.retain(|period| state.is_none_or(|state| state.0 == period.state));
        periods.retain(|period| parent.is_none() || period.parent == parent);
        Ok((periods, Instant::END))
    })
    .await
}

/// Create a period.
#[utoipa::path(tag = "periods", operation_id = "createPeriod", request_body = PeriodDocument,
    responses((status = 201, description = "The period.", body = PeriodView)), security(("bearer" = ["outcomes:write"])))]
#[post("/v1/periods")]
async fn create(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::create::<Period>(&remit, &request, &caller, parameters.0.validate_only, &body).await
}

/// Read a period.
#[utoipa::path(tag = "periods", operation_id = "getPeriod", params(TravelParameters),
    responses((status = 200, description = "The period.", body = PeriodView)), security(("bearer" = ["read"])))]
#[get("/v1/periods/{id}")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    travel: Parameters<TravelParameters>,
) -> Result<HttpResponse, Problem> {
    resource::get::<Period>(&remit, &request, &caller, &id, travel.0.into()).await
}

/// Change a period.
#[utoipa::path(tag = "periods", operation_id = "updatePeriod",
    request_body(content = PeriodPatch, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The period.", body = PeriodView)), security(("bearer" = ["outcomes:write"])))]
#[patch("/v1/periods/{id}")]
async fn change(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    resource::change::<Period>(&remit, &request, &caller, &id, parameters.0.validate_only, &body).await
}

/// Delete a period that nothing is planned in.
#[utoipa::path(tag = "periods", operation_id = "deletePeriod",
    responses((status = 204, description = "It is gone from now on.")), security(("bearer" = ["outcomes:write"])))]
#[delete("/v1/periods/{id}")]
async fn remove(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    id: Path<String>,
    parameters: Parameters<WriteParameters>,
) -> Result<HttpResponse, Problem> {
    resource::delete::<Period>(&remit, &request, &caller, &id, parameters.0.validate_only).await
}

/// Create or change a period by another system's id.
#[utoipa::path(tag = "periods", operation_id = "upsertPeriod", request_body = PeriodDocument,
    responses(
        (status = 200, description = "The period, changed.", body = PeriodView),
        (status = 201, description = "The period, made or brought back.", body = PeriodView),
    ), security(("bearer" = ["outcomes:write"])))]
#[put("/v1/periods/external/{source}/{external_id}")]
async fn upsert(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<OutcomesWrite>,
    path: Path<(String, String)>,
    parameters: Parameters<WriteParameters>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    let names = (path.0.as_str(), path.1.as_str());
    resource::upsert::<Period>(&remit, &request, &caller, names, parameters.0.validate_only, &body).await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).service(create).service(read).service(change).service(remove).service(upsert);
}
