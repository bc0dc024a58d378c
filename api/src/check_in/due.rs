//! Which check-ins are due, and who owes them.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::check_in::{CheckInDue, check_in_due};
use remit_domain::entity::Kept;
use remit_domain::outcome::Outcome;
use remit_domain::person::Person;
use remit_domain::spelling::Spelled;
use remit_domain::team::Team;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::auth::{Allowed, Read};
use crate::csv_table::columns_of;
use crate::extract::Parameters;
use crate::outcome::progress::Accountable;
use crate::problem::Problem;
use crate::resource::{self, Listing};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::Travel;
use crate::view::Pictured;
use crate::wire::{DayText, IdText, MomentText, Word};

type OutcomeIdText = IdText<Outcome>;
type PersonIdText = IdText<Person>;
type TeamIdText = IdText<Team>;
type DuenessWord = Word<Dueness>;

/// Whether a check-in is late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dueness {
    /// Its day is still to come.
    Upcoming,
    /// It is due today, or late within the grace.
    Due,
    /// It is late by more than the grace.
    Overdue,
}
impl Spelled for Dueness {
    const NAME: &'static str = "Dueness";
    const ALL: &'static [Self] = &[Self::Upcoming, Self::Due, Self::Overdue];
    fn as_str(self) -> &'static str {
        match self {
            Self::Upcoming => "upcoming",
            Self::Due => "due",
            Self::Overdue => "overdue",
        }
    }
}

impl Dueness {
    fn of(due: &CheckInDue) -> Self {
        if due.is_overdue() {
            Self::Overdue
        } else if due.overdue_days >= 0 {
            Self::Due
        } else {
            Self::Upcoming
        }
    }
}

/// The next check-in of an outcome.
#[derive(Serialize, ToSchema)]
struct DueCheckIn {
    outcome_id: OutcomeIdText,
    /// Its title.
    #[schema(max_length = 200)]
    title: String,
    /// Whether it is late.
    dueness: DuenessWord,
    /// The day by which it is due.
    due_on: DayText,
    /// Days by which it is late; negative while its day is still to come.
    #[schema(minimum = -3652058, maximum = 3652058)]
    overdue_days: i64,
    /// Days by which it may be late.
    #[schema(minimum = 0, maximum = 366)]
    grace_days: i64,
    /// The day of the last one.
    last_on: Option<DayText>,
    /// Who answers for the outcome, and so owes it.
    owed_by: Accountable,
}

/// A page of check-ins that are due.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct DueCheckInPage {
    /// The next check-in of each outcome, the earliest first.
    #[schema(max_items = 200)]
    data: Vec<DueCheckIn>,
    /// The cursor of the next page.
    #[schema(max_length = 500)]
    next: Option<String>,
}

/// Which of them are asked for.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DueFilter {
    /// Whether it is late.
    dueness: Option<DuenessWord>,
    /// Who owes it.
    #[validate(nested)]
    person: Option<PersonIdText>,
    /// The team that carries the outcome.
    #[validate(nested)]
    team: Option<TeamIdText>,
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

fn due(pictured: &Pictured) -> impl Iterator<Item = (&Kept<Outcome>, CheckInDue)> {
    let outcomes = pictured.picture.parts().outcomes.iter().zip(pictured.assessment.outcomes());
    outcomes.filter_map(|(outcome, numbers)| {
        Some((outcome, check_in_due(&pictured.picture, outcome, numbers.accountable)?))
    })
}

/// List the next check-in of each outcome that is pursued: when it is due, and who owes it.
#[utoipa::path(tag = "check-ins", operation_id = "listDueCheckIns", params(DueFilter),
    responses((status = 200, description = "The next check-ins, the earliest first.", body = DueCheckInPage)),
    security(("bearer" = ["read"])))]
#[get("/v1/check-ins/due")]
async fn list(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    filter: Parameters<DueFilter>,
) -> Result<HttpResponse, Problem> {
    let DueFilter { dueness, person, team, limit, after, as_of, known_at, raw } = filter.0;
    let person = person.as_ref().map(IdText::id).transpose()?;
    let team = team.as_ref().map(IdText::id).transpose()?;
    let listing = Listing { limit, after, raw, travel: Travel::new(as_of, known_at) };
    resource::list_views(&remit, &request, &caller, listing, columns_of::<DueCheckIn>, move |remit, tx, reading| {
        let pictured = remit.picture(tx, reading)?;
        let mut found: Vec<(&Kept<Outcome>, CheckInDue)> = due(&pictured)
            .filter(|(outcome, due)| {
                let owed_by = due.owed_by.as_ref().ok().map(|answer| answer.person);
                dueness.is_none_or(|dueness| dueness.0 == Dueness::of(due))
                    && person.is_none_or(|person| owed_by == Some(person))
                    && team.is_none_or(|team| outcome.team == Some(team))
            })
            .collect();
        found.sort_by_key(|(outcome, due)| (due.due_on, outcome.id));
        let view = |(outcome, due): &(&Kept<Outcome>, CheckInDue)| DueCheckIn {
            outcome_id: outcome.id.into(),
            title: outcome.title.to_string(),
            dueness: Word(Dueness::of(due)),
            due_on: due.due_on.into(),
            overdue_days: due.overdue_days,
            grace_days: due.grace_days,
            last_on: due.last_on.map(Into::into),
            owed_by: Accountable::of(&pictured.picture, &due.owed_by),
        };
        Ok((found.iter().map(view).collect(), pictured.until()))
    })
    .await
}

/// The operations of this part.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(list).alone("/v1/check-ins/due");
}
