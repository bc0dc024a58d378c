//! Drafting: a sentence in, a proposed outcome and its measures out, with what is missing. It keeps nothing.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, post};
use remit_domain::draft::{Calendar, Direction, Draft, DraftFinding, DraftMeasure, DraftRule, draft};
use remit_domain::measure::{Basis, Bound, MeasureKind, Target};
use remit_domain::outcome::Category;
use remit_domain::rule::Severity;
use remit_domain::time::Day;
use remit_persistence::When;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::answer::Media;
use crate::auth::{Allowed, Read};
use crate::extract::{Document, Parameters};
use crate::problem::Problem;
use crate::resource;
use crate::routing::ServiceConfig;
use crate::state::{Remit, now};
use crate::wire::{DayText, Exact, Word, Words};

type Statement2000 = Words<2000>;
type CategoryWord = Word<Category>;
type MeasureKindWord = Word<MeasureKind>;
type DirectionWord = Word<Direction>;
type BasisWord = Word<Basis>;
type BoundWord = Word<Bound>;
type DraftRuleWord = Word<DraftRule>;
type SeverityWord = Word<Severity>;

/// A sentence to draft an outcome from.
#[derive(Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = DraftRequest)]
#[schema(example = json!({"statement": "Achieve a 15% increase in revenue within the year.", "reference_date": "2026-01-15"}))]
pub struct Spoken {
    /// What is to be different, by how much, by when; in English.
    #[validate(nested)]
    statement: Statement2000,
    /// The day on which it is said, by which "within the year" is read; today in the organization's zone where it is
    /// left out.
    #[validate(nested)]
    #[serde(default)]
    reference_date: Option<DayText>,
}

/// Nothing is asked of this path.
#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// What a sentence says of an outcome. What it does not say is left out.
#[derive(Serialize, ToSchema)]
#[schema(as = Draft)]
struct DraftView {
    /// The day by which the sentence was read.
    reference_date: DayText,
    outcome: DraftOutcomeView,
    /// How it would be measured, in the order of the sentence.
    #[schema(max_items = 20)]
    measures: Vec<DraftMeasureView>,
    /// What is missing, and what was not taken.
    #[schema(max_items = 200)]
    findings: Vec<DraftFindingView>,
}

/// An outcome as a sentence says it.
#[derive(Serialize, ToSchema)]
#[schema(as = DraftOutcome)]
struct DraftOutcomeView {
    /// The sentence without its dates.
    #[schema(max_length = 200)]
    title: String,
    /// Its first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_on: Option<DayText>,
    /// Its last day; the last of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_on: Option<DayText>,
    /// The kind of impact that most of its words speak of.
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<CategoryWord>,
}

/// A measure as a sentence says it. Its kind and numbers fit together as a measure's must, unless a finding says that
/// they contradict each other.
#[derive(Serialize, ToSchema)]
#[schema(as = DraftMeasure)]
struct DraftMeasureView {
    /// What is measured, in the sentence's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    name: Option<String>,
    /// The kind that the numbers fit: `reach` for a bound to get past, `monitor` where no number was said, `milestones`
    /// for work that is done or not.
    kind: MeasureKindWord,
    /// The direction that was said; that of a threshold too.
    direction: DirectionWord,
    /// How the target was stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<BasisWord>,
    /// The per cent, or the distance from the baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Exact>,
    /// Where it starts from.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Exact>,
    /// Where it must get to.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Exact>,
    /// The lower bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<Exact>,
    /// The upper bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<Exact>,
    /// Whether the bound itself satisfies: it does not for "less than 70".
    #[serde(skip_serializing_if = "Option::is_none")]
    bound: Option<BoundWord>,
    /// What its values count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    unit: Option<String>,
    /// The words from which it was read.
    #[schema(max_length = 2000)]
    quote: String,
}

/// What is missing in a sentence, or was not taken from it.
#[derive(Serialize, ToSchema)]
#[schema(as = DraftFinding)]
struct DraftFindingView {
    /// What was found; where it holds for a stored outcome too, the rule has the same id.
    rule: DraftRuleWord,
    severity: SeverityWord,
    /// Which of the measures it is about, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 19)]
    measure: Option<usize>,
    /// The words that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    quote: Option<String>,
    /// What to do about it.
    #[schema(max_length = 2000)]
    remedy: &'static str,
}

impl DraftView {
    fn of(draft: Draft, reference_date: Day) -> Self {
        let Draft { title, start_on, due_on, category, measures, findings } = draft;
        Self {
            reference_date: reference_date.into(),
            outcome: DraftOutcomeView {
                title,
                start_on: start_on.map(Into::into),
                due_on: due_on.map(Into::into),
                category: category.map(Word),
            },
            measures: measures.into_iter().map(DraftMeasureView::from).collect(),
            findings: findings.into_iter().map(DraftFindingView::from).collect(),
        }
    }
}

impl From<DraftMeasure> for DraftMeasureView {
    fn from(measure: DraftMeasure) -> Self {
        let (stated, bounded) = (measure.basis(), measure.bound());
        let DraftMeasure { name, quote, kind, direction, target, unit } = measure;
        let Target { baseline, target, basis: _, amount, low, high, bound: _ } = target;
        Self {
            name,
            kind: Word(kind),
            direction: Word(direction),
            basis: stated.map(Word),
            amount: amount.map(Into::into),
            baseline: baseline.map(Into::into),
            target: target.map(Into::into),
            low: low.map(Into::into),
            high: high.map(Into::into),
            bound: bounded.map(Word),
            unit,
            quote,
        }
    }
}

impl From<DraftFinding> for DraftFindingView {
    fn from(finding: DraftFinding) -> Self {
        let DraftFinding { rule, measure, quote } = finding;
        Self { rule: Word(rule), severity: Word(rule.severity()), measure, quote, remedy: rule.remedy() }
    }
}

/// Draft an outcome from a sentence; nothing is kept. Whoever may read may ask: it tells only the organization's
/// calendar.
#[utoipa::path(tag = "outcomes", operation_id = "draftOutcome", request_body = Spoken,
    responses((status = 200, description = "What the sentence says, and what it does not.", body = DraftView)),
    security(("bearer" = ["read"])))]
#[post("/v1/outcomes/draft")]
async fn propose_draft(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    _nothing: Parameters<Nothing>,
    body: Document,
) -> Result<HttpResponse, Problem> {
    Media::accepted(&request, false)?;
    let Spoken { statement, reference_date } = body.read()?;
    let statement = statement.text()?;
    let said_on = reference_date.as_ref().map(DayText::day).transpose()?;
    let now = now();
    let calendar = remit
        .store
        .read(caller.organization, move |tx| {
            let organization = tx
                .organization(When::Present)
                .map_err(resource::missing::<remit_domain::organization::Organization>)?;
            let today = said_on.unwrap_or_else(|| organization.day_of(now));
            Ok::<_, Problem>(Calendar { today, fiscal_year_starts: organization.fiscal_year_starts })
        })
        .await?;
    let view = DraftView::of(draft(statement.as_str(), &calendar), calendar.today);
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(view))
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(propose_draft).alone("/v1/outcomes/draft");
}
