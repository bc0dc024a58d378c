//! Whom a briefing reaches, and how many of those who should know do.

use std::collections::{BTreeMap, BTreeSet};

use remit_domain::assignment::AssignmentKind;
use remit_domain::briefing::{
    Audience, Briefing, BriefingError, BriefingSubject, Receipt, ReceiptState, Understanding, understanding_by_team,
};
use remit_domain::entity::Check;
use remit_domain::person::PersonId;
use remit_domain::responsibility::{Object, Part};
use remit_domain::role::Subject;
use remit_domain::text::Prose;

use crate::sketch::{Sketch, change, day, title};

fn reached(sketch: &Sketch, audience: &Audience) -> BTreeSet<PersonId> {
    audience.people_in(&sketch.picture())
}

#[test]
fn an_audience_reaches_those_whom_any_part_of_it_names_and_nobody_who_has_left() {
    let mut sketch = Sketch::on("2026-02-20");
    let [named, in_team, below, holder, deputy, successor, carries, left] = std::array::from_fn(|_| sketch.person());
    let company = sketch.team(None);
    let (sales, depot) = (sketch.team(Some(company)), sketch.team(None));
    let depot_of_sales = sketch.team(Some(sales));
    sketch.join(company, in_team);
    sketch.join(depot_of_sales, below);
    sketch.join(depot, named);
    sketch.join(company, left);
    sketch.deactivate(left);
    let role = sketch.role();
    sketch.assign(role, holder, AssignmentKind::Holder, None);
    sketch.assign(role, deputy, AssignmentKind::Deputy, None);
    sketch.assign(role, successor, AssignmentKind::Successor, None);
    let outcome = sketch.outcome(None);
    let measure = sketch.measure(outcome, 1.0, None);
    sketch.responsible(outcome, Part::Accountable, Subject::Role(role));
    sketch.responsible(outcome, Part::Informed, Subject::Person(carries));
    change(sketch.parts.responsibilities.last_mut().expect("just drawn"), |one| one.object = Object::Measure(measure));

    let cases = [
        (Audience::default(), vec![]),
        (Audience { teams: vec![company], ..Audience::default() }, vec![in_team, below]),
        (Audience { teams: vec![sales], ..Audience::default() }, vec![below]),
        (Audience { roles: vec![role], ..Audience::default() }, vec![holder, deputy]),
        // Of those behind a role, the rank that decides answers for the outcome.
        (Audience { outcomes: vec![outcome], ..Audience::default() }, vec![holder, carries]),
        (Audience { people: vec![named, left], ..Audience::default() }, vec![named]),
        (Audience { teams: vec![sales], people: vec![below, named], ..Audience::default() }, vec![named, below]),
        (
            Audience { everyone: true, ..Audience::default() },
            vec![named, in_team, below, holder, deputy, successor, carries],
        ),
    ];
    for (audience, expected) in cases {
        assert_eq!(reached(&sketch, &audience), expected.into_iter().collect(), "{audience:?}");
    }
}

#[test]
fn publishing_fixes_the_readers_without_the_author() {
    let mut sketch = Sketch::on("2026-02-20");
    let (author, reader) = (sketch.person(), sketch.person());
    let draft = Briefing {
        subject: BriefingSubject::Free,
        title: title("News"),
        body: Prose::new("News").expect("a body"),
        audience: Audience { everyone: true, ..Audience::default() },
        due_on: Some(day("2026-02-20")),
        question: None,
        author: Some(author),
        published_at: None,
        readers: Vec::new(),
    };
    let published = draft.publish(&sketch.picture(), BriefingSubject::Free).expect("someone reads it");
    assert_eq!((published.readers.clone(), published.published_at), (vec![reader], Some(sketch.parts.at)));
    assert_eq!(published.check(), Ok(()));
    sketch.person();
    assert_eq!(published.publish(&sketch.picture(), BriefingSubject::Free), Err(BriefingError::Published));
    let late = Briefing { due_on: Some(day("2026-02-19")), ..draft.clone() };
    assert_eq!(late.publish(&sketch.picture(), BriefingSubject::Free), Err(BriefingError::DuePassed));
    let alone = Briefing { audience: Audience { people: vec![author], ..Audience::default() }, ..draft };
    assert_eq!(alone.publish(&sketch.picture(), BriefingSubject::Free), Err(BriefingError::NoReaders));
}

#[test]
fn understanding_is_counted_once_for_each_person_and_for_every_team_above() {
    let mut sketch = Sketch::on("2026-02-20");
    let [understands, fails, sees, asked, unasked] = std::array::from_fn(|_| sketch.person());
    let company = sketch.team(None);
    let (sales, empty) = (sketch.team(Some(company)), sketch.team(Some(company)));
    for person in [understands, fails] {
        sketch.join(sales, person);
        sketch.join(company, person);
    }
    for person in [sees, asked, unasked] {
        sketch.join(company, person);
    }
    let receipt = |state, understood| Receipt { state, understood };
    let receipts = BTreeMap::from([
        (understands, receipt(ReceiptState::Acknowledged, true)),
        (fails, receipt(ReceiptState::Acknowledged, false)),
        (sees, receipt(ReceiptState::Seen, false)),
        (asked, receipt(ReceiptState::Asked, false)),
    ]);
    let people = BTreeSet::from([understands, fails, sees, asked, unasked]);
    let all = Understanding { people: 5, asked: 4, seen: 3, acknowledged: 2, understood: 1 };
    assert_eq!(Understanding::of(&people, &receipts), all);
    assert_eq!((all.share(), Understanding::default().share()), (Some(0.2), None));

    let teams = understanding_by_team(&sketch.picture(), &people, &receipts);
    let of = |team| teams.iter().find(|one| one.team == team).map(|one| one.understanding);
    let two = Understanding { people: 2, asked: 2, seen: 2, acknowledged: 2, understood: 1 };
    assert_eq!((of(company), of(sales), of(empty)), (Some(all), Some(two), None));
}
