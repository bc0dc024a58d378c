//! Writing to people: digests and nudges, at the hour that the organization says, where each person is.

mod digest;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use actix_web::web::Data;
use remit_domain::accountability::is_active;
use remit_domain::duty::Duty;
use remit_domain::entity::{Actor, Kept};
use remit_domain::mailing::{DIGEST_LATE_DAYS, to_remind_of};
use remit_domain::organization::OrganizationId;
use remit_domain::person::{Person, PersonId};
use remit_domain::time::{Day, Instant, plus_days};
use remit_persistence::{Job, JobEnd, Notice, ReadTx, When};

use super::Failure;
use crate::digest::markdown::{owed_duty, plain};
use crate::duty::{DutyView, duties};
use crate::mail::{Letter, Unsent};
use crate::problem::Problem;
use crate::state::{Remit, now};
use crate::travel::Travel;
use crate::view::Pictured;

/// Within which time an organization's people are first looked at, and how often then.
pub const EVERY: Duration = Duration::from_secs(15 * 60);
/// The name of this kind of work.
pub const NAME: &str = "mail";
/// How far back it is looked for the last digest that someone had, in days: a week, and what it may have been late.
const KNOWN_DIGEST_DAYS: i64 = 7 + DIGEST_LATE_DAYS;
/// How long it is known of what people were told, in days.
pub const KNOWN_DAYS: i64 = 92;

/// The kinds of notice.
mod told {
    /// A digest was sent.
    pub const DIGEST: &str = "digest";
    /// Someone was reminded of what is due.
    pub const NUDGE: &str = "nudge";
    /// There was nothing to tell, so that no digest was sent.
    pub const NOTHING: &str = "nothing_to_tell";
}

/// A letter, and of what it tells its reader.
struct Told {
    letter: Option<Letter>,
    notices: Vec<Notice>,
}

/// What became of the letters of a round.
#[derive(Default)]
struct Round {
    /// How many were taken.
    taken: usize,
    /// What was noted of those that were refused for good, and why the last one was.
    refused: Vec<Notice>,
    why: Option<String>,
    /// Why the last one was not taken yet.
    delayed: Option<String>,
}

/// Writes to those people of an organization who are to be written to now.
///
/// # Errors
/// That the mail server was not reached or takes nothing: those who were not told are told later.
pub async fn run(remit: &Data<Remit>, job: &Job) -> Result<Option<JobEnd>, Failure> {
    if remit.mailer.is_some() {
        let shared = remit.clone();
        let due = remit.store.read(job.organization, move |tx| due(&shared, tx)).await?;
        let mut round = Round::default();
        for told in due {
            if remit.work.is_stopping() {
                return Ok(Some(JobEnd::Released));
            }
            tell(remit, job.organization, told, &mut round).await?;
        }
        let readers: HashSet<PersonId> = round.refused.iter().map(|notice| notice.person).collect();
        // Several, and nobody was taken: then it is not the readers who are refused.
        if let (Some(why), 0, 2..) = (round.why, round.taken, readers.len()) {
            take_back(remit, job.organization, round.refused).await?;
            return Err(Failure(why));
        }
        if let (Some(why), 0) = (round.delayed, round.taken) {
            return Err(Failure(why));
        }
    }
    let every = i64::try_from(EVERY.as_micros()).unwrap_or(i64::MAX);
    Ok(Some(JobEnd::Again { due_at: now().plus_micros(every), state: String::new() }))
}

/// Tells one person. It is noted first: after a kill in between, nobody is told twice.
async fn tell(remit: &Data<Remit>, organization: OrganizationId, told: Told, round: &mut Round) -> Result<(), Failure> {
    let Told { letter, notices } = told;
    let Some(mailer) = &remit.mailer else { return Ok(()) };
    let noted = notices.clone();
    remit.store.write(organization, Actor::new("remit"), move |tx| tx.note(&noted)).await?;
    let Some(letter) = letter else { return Ok(()) };
    let person = notices.first().map(|notice| notice.person.to_string());
    match mailer.send(letter).await {
        Ok(()) => round.taken += 1,
        Err(Unsent::Refused(why)) => {
            tracing::warn!(%organization, person, why, "a letter was refused");
            round.refused.extend(notices);
            round.why = Some(why);
        }
        // It is tried again in the next round; meanwhile the others are told.
        Err(Unsent::Delayed(why)) => {
            tracing::warn!(%organization, person, why, "a letter was not taken yet");
            take_back(remit, organization, notices).await?;
            round.delayed = Some(why);
        }
        Err(Unsent::Failed(why)) => {
            take_back(remit, organization, notices).await?;
            return Err(Failure(why));
        }
    }
    Ok(())
}

/// Forgets that people were told, since they were not.
async fn take_back(remit: &Data<Remit>, organization: OrganizationId, notices: Vec<Notice>) -> Result<(), Failure> {
    Ok(remit.store.write(organization, Actor::new("remit"), move |tx| tx.take_back_notices(&notices)).await?)
}

/// A person who is written to, on which day it is there.
struct Reader<'a> {
    person: &'a Kept<Person>,
    day: Day,
}

/// Who is to be told what, now.
fn due(remit: &Remit, tx: &mut ReadTx<'_>) -> Result<Vec<Told>, Problem> {
    let head = tx.head()?;
    let reading = Travel::none().resolve(tx, &head, now())?;
    let pictured = remit.picture(tx, &reading)?;
    let picture = &pictured.picture;
    let organization = &picture.parts().organization;
    let mailing = organization.mailing;
    let mut readers: Vec<Reader<'_>> = Vec::new();
    for person in picture.parts().people.iter().filter(|person| person.email.is_some()) {
        let is_there = is_active(picture, person.id, picture.today());
        let zone = person.zone.as_ref().unwrap_or_else(|| organization.zone_at(reading.at));
        let day = mailing.day_in(zone, reading.at).filter(|_| is_there);
        readers.extend(day.map(|day| Reader { person, day }));
    }
    let Some(first) = readers.iter().map(|reader| reader.day).min() else { return Ok(Vec::new()) };
    let known = tx.notices_since(plus_days(first, -KNOWN_DIGEST_DAYS))?;
    let mut told = digest::due(remit, tx, (&pictured, reading.at), &readers, &known)?;
    told.extend(nudges_of(tx, &pictured, &readers, &known)?);
    Ok(told)
}

/// The reminders of those of whom something is due: once a day of each thing, and so many a week.
fn nudges_of(
    tx: &mut ReadTx<'_>,
    pictured: &Pictured,
    readers: &[Reader<'_>],
    known: &[Notice],
) -> Result<Vec<Told>, Problem> {
    let organization = &pictured.picture.parts().organization;
    let most = usize::try_from(organization.mailing.nudges_a_week()).unwrap_or_default();
    if most == 0 {
        return Ok(Vec::new());
    }
    let nudges = known.iter().filter(|notice| notice.kind == told::NUDGE);
    let mut had: HashMap<PersonId, Vec<&Notice>> = HashMap::new();
    nudges.for_each(|notice| had.entry(notice.person).or_default().push(notice));
    let mut told = Vec::new();
    for Reader { person, day } in readers {
        let had = had.get(&person.id).map_or(&[][..], Vec::as_slice);
        let this_week = had.iter().filter(|notice| notice.day > plus_days(*day, -7)).count();
        let left = most.saturating_sub(this_week);
        if left == 0 {
            continue;
        }
        let owed = duties(tx, pictured, &[], person.id, When::Present)?;
        let is_new = |duty: &&Duty| !had.iter().any(|notice| notice.day == *day && notice.subject == duty.key());
        let due: Vec<&Duty> = to_remind_of(&owed, *day).filter(is_new).take(left).collect();
        if due.is_empty() {
            continue;
        }
        let notices = due.iter().map(|duty| notice(person.id, *day, told::NUDGE, &duty.key(), now())).collect();
        let lines: String =
            due.iter().map(|duty| format!("- {}\n", owed_duty(&DutyView::from((*duty).clone())))).collect();
        let body = format!("# What is due\n\nFor {}:\n\n{lines}", plain(person.name.as_str()));
        let title = match due.as_slice() {
            [one] => format!("{}: {}", organization.name, one.title),
            several => format!("{}: {} things are due", organization.name, several.len()),
        };
        told.push(Told { letter: letter(person, title, body), notices });
    }
    Ok(told)
}

fn letter(person: &Person, subject: String, body: String) -> Option<Letter> {
    let address = person.email.as_ref()?.as_str().to_owned();
    Some(Letter { name: person.name.to_string(), address, subject, body })
}

fn notice(person: PersonId, day: Day, kind: &str, subject: &str, noted_at: Instant) -> Notice {
    Notice { person, day, kind: kind.into(), subject: subject.into(), noted_at }
}
