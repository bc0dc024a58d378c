//! Digests: what changed in a while, what is not on track, what was said and what is owed, for a person, a team or everyone.

pub mod markdown;
pub mod view;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use remit_domain::digest::Circle;
use remit_domain::person::Person;
use remit_domain::team::Team;
use remit_domain::time::{Instant, plus_days};
use remit_persistence::{ReadTx, When};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;
use view::{DigestView, Matter};

use crate::answer::{Answer, Media, Reading, answer};
use crate::auth::{Allowed, Caller, Eyes, Read};
use crate::authorize::{leads_team, may_see_duties};
use crate::extract::Parameters;
use crate::problem::{Kind, Problem};
use crate::routing::ServiceConfig;
use crate::state::Remit;
use crate::travel::{self, Travel};
use crate::wire::{IdText, Moment, MomentText};

type PersonIdText = IdText<Person>;
type TeamIdText = IdText<Team>;

/// How far back a digest goes where nothing is said, in microseconds: a week.
pub const WEEK_MICROS: i64 = 7 * 86_400_000_000;

/// Whom a digest is for, and what it tells of.
#[derive(Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DigestParameters {
    /// This person: the outcomes that the person owns or has a part in.
    #[validate(nested)]
    person: Option<PersonIdText>,
    /// This team: the outcomes that it carries, and those of teams that belong to it.
    #[validate(nested)]
    team: Option<TeamIdText>,
    /// From when on, of a day its beginning; a week before `until` where nothing is said.
    #[validate(nested)]
    since: Option<MomentText>,
    /// Until when, of a day its end; now where nothing is said.
    #[validate(nested)]
    until: Option<MomentText>,
    /// As recorded by then: an instant, a day, or a revision.
    #[validate(length(min = 1, max = 40))]
    #[param(min_length = 1, max_length = 40)]
    known_at: Option<String>,
}

/// The state with which the later one is compared: as known with it.
fn earlier(tx: &mut ReadTx<'_>, since: Option<&MomentText>, until: &Reading) -> Result<Reading, Problem> {
    let at = match since {
        None => until.at.plus_micros(-WEEK_MICROS),
        // A day is told of from its beginning on: it is compared with how the day before ended.
        Some(since) => match since.moment()? {
            Moment::Day(day) => travel::end(tx, Moment::Day(plus_days(day, -1)), until.known)?,
            instant @ Moment::Instant(_) => travel::end(tx, instant, until.known)?,
        },
    };
    if at > until.at {
        return Err(Problem::parameter("since", "after_until", "lies after until"));
    }
    Ok(past(at, until.known))
}

/// What was true at an instant, as known after a revision.
pub fn past(at: Instant, known: i64) -> Reading {
    Reading { at, known, when: When::Past { known, as_of: at }, is_past: true }
}

/// Whether a caller may see what those owe whom a digest is for.
async fn may_see_owed(remit: &Remit, caller: &Caller, circle: Circle) -> Result<bool, Problem> {
    match circle {
        Circle::Everyone => Ok(false),
        Circle::Person(person) => Ok(may_see_duties(remit, caller, person).await.is_ok()),
        Circle::Team(_) if caller.eyes() == Eyes::People => Ok(true),
        Circle::Team(team) => {
            let Some(person) = caller.person else { return Ok(false) };
            let leads = move |tx: &mut ReadTx<'_>| leads_team(tx, person, team);
            remit.store.read(caller.organization, leads).await
        }
    }
}

/// Tell what changed in a while, what is not on track and what was said, for a person, a team or the whole organization.
#[utoipa::path(tag = "board", operation_id = "getDigest", params(DigestParameters),
    responses((status = 200, description = "The digest.",
        content((DigestView = "application/json"), (String = "text/markdown")))),
    security(("bearer" = ["read"])))]
#[get("/v1/digest")]
async fn read(
    remit: Data<Remit>,
    request: HttpRequest,
    caller: Allowed<Read>,
    parameters: Parameters<DigestParameters>,
) -> Result<HttpResponse, Problem> {
    let DigestParameters { person, team, since, until, known_at } = parameters.0;
    let person = person.as_ref().map(IdText::id).transpose()?;
    let team = team.as_ref().map(IdText::id).transpose()?;
    let circle = match (person, team) {
        (Some(_), Some(_)) => {
            return Err(Problem::new(Kind::InvalidParameter, "Name a person or a team, not both."));
        }
        (Some(person), None) => Circle::Person(person),
        (None, Some(team)) => Circle::Team(team),
        (None, None) => Circle::Everyone,
    };
    let may_see_owed = may_see_owed(&remit, &caller, circle).await?;
    let eyes = caller.eyes();
    let media = Media::among(&request, &[Media::Json, Media::Markdown])?;
    answer(&remit, &request, &caller, media, Travel::new(until, known_at), move |remit, tx, reading| {
        let earlier = earlier(tx, since.as_ref(), reading)?;
        let (before, after) = (remit.picture(tx, &earlier)?, remit.picture(tx, reading)?);
        match circle {
            Circle::Person(id) => drop(after.picture.person(id).ok_or_else(|| Problem::not_found("person"))?),
            Circle::Team(id) => drop(after.picture.team(id).ok_or_else(|| Problem::not_found("team"))?),
            Circle::Everyone => {}
        }
        let mut outcomes = circle.outcomes(&after.picture);
        outcomes.extend(circle.outcomes(&before.picture));
        let matter = Matter { circle, before: &before, after: &after, known_revision: reading.known };
        let mut view = DigestView::of(&matter, &outcomes);
        if may_see_owed {
            view = view.with_duties(tx, &after, &circle.people(&after.picture), reading.when)?;
        }
        let answer = match media {
            Media::Json | Media::Csv => Answer::json(&view)?,
            Media::Markdown => Answer { media, ..Answer::json(&())?.with_body(markdown::markdown(&view).into()) },
        };
        // What is told without a beginning moves with the clock; and what one may see as who one is, another may not.
        let is_lasting = since.is_some() && eyes == Eyes::People;
        Ok(answer.until(if is_lasting { after.until() } else { reading.at }))
    })
    .await
}

/// The operations of this slice.
pub fn operations(service: &mut ServiceConfig<'_>) {
    service.service(read);
}
