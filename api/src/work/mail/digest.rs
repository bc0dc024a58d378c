//! The digests that are due: each person's own, and to those who lead a team that of the team.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use remit_domain::digest::{Circle, concerns};
use remit_domain::mailing::is_digest_due;
use remit_domain::outcome::OutcomeId;
use remit_domain::person::PersonId;
use remit_domain::team::teams_led;
use remit_domain::time::Instant;
use remit_persistence::{Notice, ReadTx, When};

use super::{Reader, Told, letter, notice, told};
use crate::digest::markdown::markdown;
use crate::digest::view::{DigestView, Matter};
use crate::digest::{WEEK_MICROS, past};
use crate::problem::Problem;
use crate::state::Remit;
use crate::view::Pictured;

/// A digest that someone is to have.
struct Due<'a> {
    reader: &'a Reader<'a>,
    circle: Circle,
    /// What its notice says it is of.
    subject: String,
}

/// The outcomes that concern each person in a picture.
type Concerns = HashMap<PersonId, BTreeSet<OutcomeId>>;

/// The last digest that a reader had of a subject, or would have had if there had been anything to tell.
type Last<'a> = HashMap<(PersonId, &'a str), &'a Notice>;

/// The digests that readers are to have now. Each goes on where the last one of the same subject ended; the next goes on
/// from `at`, the present that is pictured and not the last instant at which something changed.
pub(super) fn due(
    remit: &Remit,
    tx: &mut ReadTx<'_>,
    (after, at): (&Pictured, Instant),
    readers: &[Reader<'_>],
    known: &[Notice],
) -> Result<Vec<Told>, Problem> {
    let last = last_digests(known);
    let digest_on = after.picture.parts().organization.mailing.digest_on();
    let mut by_beginning: BTreeMap<Instant, Vec<Due<'_>>> = BTreeMap::new();
    for due in readers.iter().flat_map(|reader| may_have(after, reader)) {
        let had = last.get(&(due.reader.person.id, due.subject.as_str()));
        if is_digest_due(digest_on, had.map(|notice| notice.day), due.reader.day) {
            let began = had.map_or(at.plus_micros(-WEEK_MICROS), |notice| notice.noted_at);
            by_beginning.entry(began).or_default().push(due);
        }
    }
    if by_beginning.is_empty() {
        return Ok(Vec::new());
    }
    let known_revision = tx.head()?.revision;
    let now_concerned = concerns(&after.picture);
    let mut told = Vec::new();
    for (began, all) in by_beginning {
        let before = remit.picture(tx, &past(began, known_revision))?;
        let concerned: [(&Pictured, &Concerns); 2] = [(&before, &concerns(&before.picture)), (after, &now_concerned)];
        for due in all {
            let outcomes = concerned.iter().flat_map(|(pictured, of)| outcomes_of(due.circle, pictured, of)).collect();
            let matter = Matter { circle: due.circle, before: &before, after, known_revision };
            let people = due.circle.people(&after.picture);
            let view = DigestView::of(&matter, &outcomes).with_duties(tx, after, &people, When::Present)?;
            told.push(due.told(after, &view, at));
        }
    }
    Ok(told)
}

/// The digests that someone gets on the day of digests: their own, and of each team that they lead.
fn may_have<'a>(pictured: &Pictured, reader: &'a Reader<'a>) -> Vec<Due<'a>> {
    let own = Due { reader, circle: Circle::Person(reader.person.id), subject: String::new() };
    let led = teams_led(&pictured.picture, reader.person.id).into_iter();
    let of_teams = led.map(|team| Due { reader, circle: Circle::Team(team), subject: team.to_string() });
    std::iter::once(own).chain(of_teams).collect()
}

/// The outcomes that concern a circle; those of a person are known beforehand.
fn outcomes_of(circle: Circle, pictured: &Pictured, concerns: &Concerns) -> BTreeSet<OutcomeId> {
    match circle {
        Circle::Person(person) => concerns.get(&person).cloned().unwrap_or_default(),
        Circle::Team(_) | Circle::Everyone => circle.outcomes(&pictured.picture),
    }
}

impl Due<'_> {
    /// What is told of it: a letter, or that there was nothing to tell.
    fn told(&self, pictured: &Pictured, view: &DigestView, at: Instant) -> Told {
        let Self { reader: Reader { person, day }, circle, subject } = self;
        let organization = &pictured.picture.parts().organization.name;
        let whose = match circle {
            Circle::Person(_) | Circle::Everyone => organization.to_string(),
            Circle::Team(_) => format!("{organization}, {}", view.name),
        };
        let title = format!("{whose}: {} to {}", view.first_on, view.last_on);
        let letter = (!view.is_empty()).then(|| letter(person, title, markdown(view))).flatten();
        let kind = if letter.is_some() { told::DIGEST } else { told::NOTHING };
        Told { letter, notices: vec![notice(person.id, *day, kind, subject, at)] }
    }
}

fn last_digests(known: &[Notice]) -> Last<'_> {
    let mut last: Last<'_> = HashMap::new();
    for notice in known.iter().filter(|notice| matches!(notice.kind.as_str(), told::DIGEST | told::NOTHING)) {
        let known = last.entry((notice.person, &notice.subject)).or_insert(notice);
        if (notice.day, notice.noted_at) > (known.day, known.noted_at) {
            *known = notice;
        }
    }
    last
}
