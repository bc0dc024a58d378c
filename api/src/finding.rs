//! Findings: what is missing or wrong, why, and what to do about it.

mod history;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::accountability::stand_for;
use remit_domain::entity::Kept;
use remit_domain::outcome::Outcome;
use remit_domain::person::{Person, PersonId};
use remit_domain::picture::Picture;
use remit_domain::responsibility::{Object, Part};
use remit_domain::role::Subject;
use remit_domain::rule::{Fact, FactKind, FactValue, Finding, FindingSubject, Severity, Waived, rule};
use remit_domain::team::{Team, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::answer::{Answer, Media, answer};
use crate::auth::{Allowed, Read};
use crate::csv_table;
use crate::extract::Parameters;
use crate::paging::{Page, Paging};
use crate::problem::Problem;
use crate::routing::ServiceConfig;
use crate::rule::page_of;
use crate::state::Remit;
use crate::travel::Travel;
use crate::wire::{DayText, IdText, MomentText, Word, Words};

type TeamIdText = IdText<Team>;
type PersonIdText = IdText<Person>;

/// How grave a finding is.
pub type SeverityWord = Word<Severity>;
type FactKindWord = Word<FactKind>;
type FindingId = IdText<Finding>;
type Statement = Words<2000>;

/// Something that a rule found.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Finding)]
pub struct FindingView {
    /// The same for this rule and this subject, whenever it stands.
    id: FindingId,
    /// The rule's id.
    #[schema(max_length = 100)]
    rule: String,
    /// Raised when the rule's judgement changes.
    #[schema(minimum = 1)]
    version: u32,
    severity: SeverityWord,
    /// What kind of thing it is about.
    #[schema(max_length = 50)]
    subject_kind: String,
    /// Which one.
    #[schema(max_length = 40)]
    subject_id: String,
    /// The facts, by name.
    #[schema(max_items = 1000)]
    evidence: Vec<EvidenceView>,
    /// What to do about it.
    #[schema(max_length = 2000)]
    remedy: String,
    /// The page that explains the rule.
    #[schema(format = "uri-reference", max_length = 200)]
    page: String,
    /// Whether it is accepted for now.
    waived: bool,
    /// Why and until when it is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<WaivedView>,
}

/// Why and until when a finding is accepted.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Waived)]
pub struct WaivedView {
    /// Why.
    reason: Statement,
    /// The last day.
    ends_on: DayText,
}

/// A fact behind a finding.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Evidence)]
pub struct EvidenceView {
    /// Its name; several facts may bear one.
    #[schema(max_length = 100)]
    name: &'static str,
    kind: FactKindWord,
    /// What it says.
    #[schema(max_length = 4000)]
    value: String,
    /// The same as a number, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<f64>,
}

impl From<&Fact> for EvidenceView {
    fn from(Fact { name, value }: &Fact) -> Self {
        let number = match value {
            FactValue::Number(number) => Some(*number),
            FactValue::Day(_) | FactValue::Id(_) | FactValue::Text(_) => None,
        };
        Self { name, kind: Word(value.kind()), value: value.to_string(), number }
    }
}

impl From<&Finding> for FindingView {
    fn from(finding: &Finding) -> Self {
        let Finding { id, rule, version, severity, subject, evidence, remedy, waived } = finding;
        let waiver =
            |Waived { reason, ends_on }: &Waived| WaivedView { reason: reason.into(), ends_on: (*ends_on).into() };
        Self {
            id: (*id).into(),
            rule: (*rule).into(),
            version: *version,
            severity: Word(*severity),
            subject_kind: subject.kind().into(),
            subject_id: subject.to_string(),
            evidence: evidence.iter().map(EvidenceView::from).collect(),
            remedy: (*remedy).into(),
            page: page_of(rule),
            waived: waived.is_some(),
            waiver: waived.as_ref().map(waiver),
        }
    }
}

/// How many findings there are of one rule, over all pages.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct FindingCount {
    /// The rule's id.
    #[schema(max_length = 100)]
    rule: &'static str,
    severity: SeverityWord,
    /// How many, waived or not.
    #[schema(minimum = 1)]
    count: usize,
    /// How many of them are waived.
    #[schema(minimum = 0)]
    waived: usize,
}

/// A page of findings, and how many there are in all.
#[derive(Serialize, ToSchema)]
pub struct FindingPage {
    /// The findings.
    #[schema(max_items = 200)]
    data: Vec<FindingView>,
    /// The cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    next: Option<String>,
    /// How many of each rule that found something, over all pages.
    #[schema(max_items = 1000)]
    counts: Vec<FindingCount>,
}

/// Which findings are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FindingFilter {
    /// The id of a rule.
    #[validate(length(min = 1, max = 100))]
    #[param(min_length = 1, max_length = 100, example = "role_vacant")]
    rule: Option<String>,
    /// How grave.
    severity: Option<SeverityWord>,
    /// The id of what they are about.
    #[validate(length(min = 1, max = 40))]
    #[param(
        min_length = 1,
        max_length = 40,
        pattern = "^(out|msr|role|psn|team|brf|whk)_[0-7][0-9a-hjkmnp-tv-z]{25}$"
    )]
    subject: Option<String>,
    /// Those about the team, the outcomes that it carries and their measures, and the roles in it.
    #[validate(nested)]
    team: Option<TeamIdText>,
    /// Those about the person, the outcomes that the person owns, answers for or works on and their measures, the
    /// roles that the person holds, and the briefings that the person wrote.
    #[validate(nested)]
    person: Option<PersonIdText>,
    /// Only what is waived, or only what is not.
    waived: Option<bool>,
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

/// What findings must have, each where it is given.
struct Wanted {
    rule: Option<String>,
    severity: Option<Severity>,
    subject: Option<FindingSubject>,
    team: Option<TeamId>,
    person: Option<PersonId>,
    waived: Option<bool>,
}

impl Wanted {
    fn has(&self, picture: &Picture, finding: &Finding) -> bool {
        self.rule.as_deref().is_none_or(|rule| rule == finding.rule)
            && self.severity.is_none_or(|severity| severity == finding.severity)
            && self.subject.is_none_or(|subject| subject == finding.subject)
            && self.waived.is_none_or(|waived| waived == finding.waived.is_some())
            && self.team.is_none_or(|team| concerns_team(picture, finding.subject, team))
            && self.person.is_none_or(|person| concerns_person(picture, finding.subject, person))
    }
}

/// The outcome that a finding is about, directly or by one of its measures.
fn outcome_of(picture: &Picture, subject: FindingSubject) -> Option<&Kept<Outcome>> {
    match subject {
        FindingSubject::Outcome(id) => picture.outcome(id),
        FindingSubject::Measure(id) => picture.outcome(picture.measure(id)?.outcome),
        FindingSubject::Role(_)
        | FindingSubject::Person(_)
        | FindingSubject::Team(_)
        | FindingSubject::Briefing(_)
        | FindingSubject::Webhook(_) => None,
    }
}

fn concerns_team(picture: &Picture, subject: FindingSubject, team: TeamId) -> bool {
    match subject {
        FindingSubject::Team(id) => id == team,
        FindingSubject::Role(id) => picture.role(id).is_some_and(|role| role.team == Some(team)),
        FindingSubject::Outcome(_) | FindingSubject::Measure(_) => {
            outcome_of(picture, subject).is_some_and(|outcome| outcome.team == Some(team))
        }
        FindingSubject::Person(_) | FindingSubject::Briefing(_) | FindingSubject::Webhook(_) => false,
    }
}

fn concerns_person(picture: &Picture, subject: FindingSubject, person: PersonId) -> bool {
    let at = picture.at();
    match subject {
        FindingSubject::Person(id) => id == person,
        FindingSubject::Role(id) => {
            let mut held = picture.assignments_of_role(id).filter(|one| one.kind.answers() && one.during.contains(at));
            held.any(|one| one.person == person)
        }
        FindingSubject::Outcome(_) | FindingSubject::Measure(_) => {
            outcome_of(picture, subject).is_some_and(|outcome| {
                let parts = picture.responsibilities_of(Object::Outcome(outcome.id));
                let mut borne = parts
                    .filter(|one| matches!(one.part, Part::Accountable | Part::Responsible) && one.during.contains(at));
                outcome.owner == Some(person)
                    || borne.any(|one| {
                        one.subject == Subject::Person(person) || stand_for(picture, one.subject, at).contains(&person)
                    })
            })
        }
        FindingSubject::Briefing(id) => picture.briefing(id).is_some_and(|one| one.author == Some(person)),
        FindingSubject::Team(_) | FindingSubject::Webhook(_) => false,
    }
}

/// How many findings there are of each rule, in the order in which the rules come.
fn counts(findings: &[&Finding]) -> Vec<FindingCount> {
    let mut counts: Vec<FindingCount> = Vec::new();
    for Finding { rule, severity, waived, .. } in findings {
        let waived = usize::from(waived.is_some());
        // They come by rule, and a rule has few severities: one of its own, and those that closed periods keep.
        match counts.iter_mut().rev().find(|known| known.rule == *rule && known.severity == Word(*severity)) {
            Some(known) => {
                known.count += 1;
                known.waived += waived;
            }
            None => counts.push(FindingCount { rule, severity: Word(*severity), count: 1, waived }),
        }
    }
    counts
}

/// What a parameter names.
fn subject_of(text: &str) -> Result<FindingSubject, Problem> {
    let detail = "must be the id of an outcome, a measure, a role, a person, a team, a briefing or a webhook";
    FindingSubject::parse(text).ok_or_else(|| Problem::parameter("subject", "id_malformed", detail))
}

/// List what is missing or wrong.
#[utoipa::path(tag = "findings", operation_id = "listFindings", params(FindingFilter),
    responses((status = 200, description = "The findings, by rule and by subject.", body = FindingPage)),
    security(("bearer" = ["read"])))]
#[get("/v1/findings")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<FindingFilter>,
) -> Result<HttpResponse, Problem> {
    let FindingFilter { rule: id, severity, subject, team, person, waived, limit, after, as_of, known_at, raw } =
        filter.0;
    if id.as_deref().is_some_and(|id| rule(id).is_none()) {
        return Err(Problem::parameter("rule", "unknown_rule", "is the id of no rule"));
    }
    let wanted = Wanted {
        rule: id,
        severity: severity.map(|severity| severity.0),
        subject: subject.as_deref().map(subject_of).transpose()?,
        team: team.as_ref().map(IdText::id).transpose()?,
        person: person.as_ref().map(IdText::id).transpose()?,
        waived,
    };
    let media = Media::accepted(&request, true)?;
    let organization = caller.organization;
    let paging = Paging::read(&remit, organization, &request, limit, after.as_deref())?;
    let walk = paging.walk.map(|walk| (walk.known, walk.at));
    let travel = Travel { walk, ..Travel::new(as_of, known_at) };
    answer(&remit, &request, &caller, media, travel, move |remit, tx, reading| {
        let pictured = remit.picture(tx, reading)?;
        let found: Vec<&Finding> =
            pictured.findings().iter().filter(|finding| wanted.has(&pictured.picture, finding)).collect();
        let counts = counts(&found);
        let Page { data, next, .. } = paging.cut(remit, organization, reading, found);
        let data: Vec<FindingView> = data.into_iter().map(FindingView::from).collect();
        let answer = match media {
            Media::Json | Media::Markdown => Answer::json(&FindingPage { data, next: next.clone(), counts })?,
            Media::Csv => {
                let columns = csv_table::columns_of::<FindingView>();
                Answer { media, ..Answer::json(&())?.with_body(csv_table::render(&columns, &data, raw)?) }
            }
        };
        Ok(Answer { next, ..answer }.until(pictured.until()))
    })
    .await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).configure(history::operations);
}
