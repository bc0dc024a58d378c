//! Duties: what a person owes, in one list.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::duty::{Duty, DutyKind, duties_of};
use remit_domain::measure::{Measure, Milestone};
use remit_domain::outcome::Outcome;
use remit_domain::person::PersonId;
use remit_domain::rule::Finding;
use remit_persistence::{ReadTx, When};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::{Allowed, Read};
use crate::authorize::may_see_duties;
use crate::csv_table::columns_of;
use crate::dated::require_known;
use crate::extract::{Parameters, path_id};
use crate::finding::SeverityWord;
use crate::problem::Problem;
use crate::resource::{Listing, list_views};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::view::Pictured;
use crate::wire::{DayText, IdText, MomentText, Word};

type DutyKindWord = Word<DutyKind>;
type OutcomeIdText = IdText<Outcome>;
type MeasureIdText = IdText<Measure>;
type MilestoneIdText = IdText<Milestone>;

/// Something that is to be done.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Duty)]
pub struct DutyView {
    /// What kind of thing.
    pub kind: DutyKindWord,
    /// What kind of thing is to be dealt with.
    #[schema(max_length = 50)]
    subject_kind: &'static str,
    /// Which one: for a dependency to confirm, the outcome that depends.
    #[schema(max_length = 40)]
    subject_id: String,
    /// The outcome for the sake of which it is owed.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome_id: Option<OutcomeIdText>,
    /// The measure, where it is one of a measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    measure_id: Option<MeasureIdText>,
    /// The milestone, where it is one to reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    milestone_id: Option<MilestoneIdText>,
    /// What it is called.
    #[schema(max_length = 200)]
    pub title: String,
    /// The day by which it is to be done; absent where nothing says one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_on: Option<DayText>,
    /// Days by which it is late; negative while it is still to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -3652058, maximum = 3652058)]
    pub overdue_days: Option<i64>,
    /// The rule of a finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 100)]
    rule: Option<&'static str>,
    /// How grave a finding is.
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<SeverityWord>,
}

impl From<Duty> for DutyView {
    fn from(duty: Duty) -> Self {
        let Duty { kind, subject, outcome, measure, milestone, title, due_on, overdue_days, finding } = duty;
        Self {
            kind: Word(kind),
            subject_kind: subject.kind(),
            subject_id: subject.to_string(),
            outcome_id: outcome.map(Into::into),
            measure_id: measure.map(Into::into),
            milestone_id: milestone.map(Into::into),
            title,
            due_on: due_on.map(Into::into),
            overdue_days,
            rule: finding.map(|(rule, _)| rule),
            severity: finding.map(|(_, severity)| Word(severity)),
        }
    }
}

/// A page of duties.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct DutyPage {
    /// The duties, the earliest first, then those that nothing says a day of.
    #[schema(max_items = 200)]
    data: Vec<DutyView>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// Which duties are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DutyFilter {
    /// Of this kind alone.
    kind: Option<DutyKindWord>,
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

/// Everything that a person owes, the earliest first; with what was told and is to be acknowledged.
///
/// # Errors
/// What the store says.
pub fn duties(
    tx: &mut ReadTx<'_>,
    pictured: &Pictured,
    findings: &[Finding],
    person: PersonId,
    when: When,
) -> Result<Vec<Duty>, Problem> {
    let picture = &pictured.picture;
    let mut duties = duties_of(picture, &pictured.assessment, findings, person);
    let told = tx.owed(person, picture.at(), when)?;
    duties.extend(told.iter().map(|owed| {
        let duty = Duty::of_briefing(owed.briefing, owed.title.as_str());
        owed.due_on.map_or(duty.clone(), |due_on| duty.due(due_on, picture.today()))
    }));
    Duty::sort(&mut duties);
    Ok(duties)
}

/// List what a person owes: check-ins, acknowledgements of check-ins and briefings, values and milestones of measures, dependencies to confirm, and
/// findings to deal with.
///
/// Whoever may not read of people in general may read of themselves, and of those in a team that they lead.
#[utoipa::path(tag = "people", operation_id = "listDutiesOfPerson", params(DutyFilter),
    responses((status = 200, description = "The duties, the earliest first.", body = DutyPage)),
    security(("bearer" = ["read"])))]
#[get("/v1/people/{id}/duties")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    id: Path<String>,
    filter: Parameters<DutyFilter>,
) -> Result<HttpResponse, Problem> {
    let id: PersonId = path_id(&id)?;
    let DutyFilter { kind, limit, after, as_of, known_at, raw } = filter.0;
    // Before an answer is looked for: one that is kept does not know who asks.
    may_see_duties(&remit, &caller, id).await?;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    list_views(&remit, &request, &caller, listing, columns_of::<DutyView>, move |remit, tx, reading| {
        require_known(tx, id, reading)?;
        let pictured = remit.picture(tx, reading)?;
        let mut owed = duties(tx, &pictured, pictured.findings(), id, reading.when)?;
        owed.retain(|duty| kind.is_none_or(|kind| duty.kind == kind.0));
        Ok((owed.into_iter().map(DutyView::from).collect(), pictured.until()))
    })
    .await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list);
}
