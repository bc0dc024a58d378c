//! The calendar: what is due when, as an iCalendar feed (RFC 5545) that any calendar can follow.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, get};
use icalendar::{Calendar, Component, Event, EventLike};
use remit_domain::check_in::check_in_due;
use remit_domain::credential::Scope;
use remit_domain::digest::Circle;
use remit_domain::duty::DutyKind;
use remit_domain::entity::Kept;
use remit_domain::outcome::{Outcome, OutcomeState};
use remit_domain::person::PersonId;
use remit_domain::time::{Day, Instant};
use remit_persistence::{ReadTx, When};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

use crate::auth::{Allowed, CalendarRead, Scopes, caller};
use crate::duty::duties;
use crate::extract::Parameters;
use crate::problem::{Kind, Problem};
use crate::routing::ServiceConfig;
use crate::state::{Remit, now};
use crate::travel::Travel;
use crate::view::Pictured;

/// How a calendar says who it is, which sends no headers.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CalendarParameters {
    /// An API key with the scope `calendar:read` and no other, for calendars that cannot send a header.
    #[validate(length(max = 200))]
    #[param(max_length = 200)]
    token: Option<String>,
}

/// Who follows the calendar: by a header as everywhere, or by a key in the address that can do nothing else.
struct Follower(std::sync::Arc<crate::auth::Caller>);

impl FromRequest for Follower {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let in_address = serde_urlencoded::from_str::<Vec<(String, String)>>(request.query_string());
        let token =
            in_address.unwrap_or_default().into_iter().find(|(name, _)| name == "token").map(|(_, token)| token);
        let (Some(token), Some(remit)) = (token, request.app_data::<Data<Remit>>().cloned()) else {
            let allowed = Allowed::<CalendarRead>::from_request(request, payload);
            return Box::pin(async move { Ok(Self(allowed.await?.caller)) });
        };
        Box::pin(async move {
            let caller = caller(&remit, token).await?;
            caller.require(Scope::CalendarRead)?;
            // An address is written down in more places than a header is.
            if caller.scopes != Scopes::of([Scope::CalendarRead]) {
                let detail = "A key that stands in the address has the scope calendar:read and no other.";
                return Err(Problem::new(Kind::Forbidden, detail));
            }
            remit.limiter.take(&caller.credential, false)?;
            Ok(Self(caller))
        })
    }
}

/// Follow what is due: the last days of outcomes, and check-ins; of a person everything that the person owes by a day.
///
/// A key that acts for a person has that person's calendar, any other that of the whole organization. Each entry keeps its
/// identity (UID) for as long as it stands for the same thing.
#[utoipa::path(tag = "board", operation_id = "getCalendar", params(CalendarParameters),
    responses((status = 200, description = "The calendar.", body = String, content_type = "text/calendar")),
    security(("bearer" = ["calendar:read"])))]
#[get("/v1/calendar.ics")]
async fn read(
    remit: Data<Remit>,
    follower: Follower,
    _: Parameters<CalendarParameters>,
) -> Result<HttpResponse, Problem> {
    let (shared, person) = (remit.clone(), follower.0.person);
    let calendar = remit
        .store
        .read(follower.0.organization, move |tx| {
            let head = tx.head()?;
            let reading = Travel::none().resolve(tx, &head, now())?;
            let pictured = shared.picture(tx, &reading)?;
            calendar(tx, &pictured, person)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header(("cache-control", "private, no-cache"))
        .body(calendar.to_string()))
}

/// What is due, as a calendar.
fn calendar(tx: &mut ReadTx<'_>, pictured: &Pictured, person: Option<PersonId>) -> Result<Calendar, Problem> {
    let picture = &pictured.picture;
    let stamp = pictured.as_of();
    let organization = picture.parts().organization.name.to_string();
    let whose = person.and_then(|id| picture.person(id)).map(|person| person.name.to_string());
    let mut calendar = Calendar::new();
    let name = whose.map_or(organization.clone(), |name| format!("{organization}: {name}"));
    // The crate's own `name` writes a NAME beside this one, whose text it does not escape.
    calendar.append_property(("X-WR-CALNAME", name.as_str()));
    let circle = person.map_or(Circle::Everyone, Circle::Person);
    let active = |outcome: &&Kept<Outcome>| outcome.state == OutcomeState::Active;
    let concerned = circle.outcomes(picture);
    for outcome in concerned.iter().filter_map(|id| picture.outcome(*id)).filter(active) {
        if let Some(due_on) = picture.due_of(outcome) {
            entry(&mut calendar, &format!("due-{}", outcome.id), &format!("Due: {}", outcome.title), due_on, stamp);
        }
        let numbers = pictured.assessment.outcome(outcome.id);
        let due = numbers.and_then(|numbers| check_in_due(picture, outcome, numbers.accountable));
        if let (None, Some(due)) = (person, due) {
            let title = format!("Check-in: {}", outcome.title);
            entry(&mut calendar, &format!("check-in-{}", outcome.id), &title, due.due_on, stamp);
        }
    }
    if let Some(person) = person {
        for duty in duties(tx, pictured, &[], person, When::Present)? {
            let what = match duty.kind {
                DutyKind::CheckIn => "Check-in",
                DutyKind::AcknowledgeCheckIn | DutyKind::AcknowledgeBriefing => "Acknowledge",
                DutyKind::RecordMeasure => "Record",
                DutyKind::Milestone => "Milestone",
                DutyKind::ConfirmDependency => "Confirm",
                DutyKind::Outcome | DutyKind::Finding => continue,
            };
            if let Some(due_on) = duty.due_on {
                let key = duty.key();
                let (kind, rest) = key.split_once(':').unwrap_or((&key, ""));
                let id = format!("{}-{}", kind.replace('_', "-"), rest.replace(':', "-"));
                entry(&mut calendar, &id, &format!("{what}: {}", duty.title), due_on, stamp);
            }
        }
    }
    Ok(calendar)
}

/// Puts a day-long entry into a calendar.
fn entry(calendar: &mut Calendar, id: &str, title: &str, day: Day, stamp: Instant) {
    let parts = (i32::from(day.year()), day.month().unsigned_abs().into(), day.day().unsigned_abs().into());
    let on = chrono::NaiveDate::from_ymd_opt(parts.0, parts.1, parts.2);
    let at = chrono::DateTime::from_timestamp_micros(stamp.micros());
    if let (Some(on), Some(at)) = (on, at) {
        // Without an end it lasts the day (RFC 5545, 3.6.1).
        calendar.push(Event::new().uid(&format!("{id}@remit")).timestamp(at).summary(title).starts(on).done());
    }
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(read);
}
