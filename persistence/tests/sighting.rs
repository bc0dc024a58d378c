//! Sightings: from when to when findings stood.

use remit_domain::id::Id;
use remit_domain::rule::{FindingId, FindingSubject};
use remit_domain::time::Instant;
use remit_persistence::{Sighting, SightingFilter};

use crate::database::{Ground, on_both};

type Found = (FindingId, &'static str, FindingSubject);

fn found(rule: &'static str, bits: u128) -> Found {
    let subject = FindingSubject::Outcome(Id::from_bits(bits));
    (subject.finding(rule), rule, subject)
}

fn at(micros: i64) -> Instant {
    Instant::from_micros(micros)
}

async fn look(ground: &Ground, at: i64, before: i64, found: Vec<Found>) {
    ground.write(move |tx| tx.see_findings(&found, Instant::from_micros(at), Instant::from_micros(before))).await;
}

async fn seen(ground: &Ground, filter: SightingFilter) -> Vec<(FindingId, i64, Option<i64>)> {
    let seen = ground.read(move |tx| tx.sightings(&filter, None, 100)).await;
    seen.into_iter().map(|one| (one.finding, one.first_at.micros(), one.last_at.map(Instant::micros))).collect()
}

#[test]
fn what_came_went_and_came_back_is_told_apart_and_stays_in_its_organization() {
    on_both(async |ground| {
        let other = ground.neighbour().await;
        let (one, two) = (found("no_measure", 1), found("no_due_date", 2));
        look(ground, 10, 10, vec![one, two, one]).await;
        look(&other, 10, 10, vec![one]).await;
        look(ground, 20, 10, vec![one]).await;
        look(ground, 30, 20, vec![one, two]).await;
        let all = seen(ground, SightingFilter::default()).await;
        let mut first = [(one.0, 10, None), (two.0, 10, Some(10))];
        first.sort_by_key(|(id, ..)| std::cmp::Reverse(id.to_string()));
        assert_eq!(all, [[(two.0, 30, None)].as_slice(), &first].concat());
        assert_eq!(seen(&other, SightingFilter::default()).await, [(one.0, 10, None)]);
        let gone = SightingFilter { stands: Some(false), ..SightingFilter::default() };
        assert_eq!(seen(ground, gone).await, [(two.0, 10, Some(10))]);
        let standing = SightingFilter { stands: Some(true), rule: Some("no_due_date".into()), subject: None };
        assert_eq!(seen(ground, standing).await, [(two.0, 30, None)]);
        let about = SightingFilter { subject: Some(one.2), ..SightingFilter::default() };
        assert_eq!(seen(ground, about).await, [(one.0, 10, None)]);
        look(&other, 40, 30, Vec::new()).await;
        assert_eq!(seen(&other, SightingFilter::default()).await, [(one.0, 10, Some(30))]);
    });
}

#[test]
fn more_than_one_statement_holds_are_seen_and_paged_through_without_a_gap() {
    on_both(async |ground| {
        let many: Vec<Found> = (0..1_203).map(|bits| found("no_measure", bits)).collect();
        look(ground, 10, 10, many.clone()).await;
        let (mut walked, mut place) = (Vec::new(), None);
        loop {
            let page: Vec<Sighting> = ground.read(move |tx| tx.sightings(&SightingFilter::default(), place, 100)).await;
            let Some(last) = page.last() else { break };
            place = Some((last.first_at, last.finding));
            walked.extend(page.into_iter().map(|one| one.finding));
        }
        assert_eq!(walked.len(), many.len());
        walked.sort_by_key(ToString::to_string);
        walked.dedup();
        assert_eq!(walked.len(), many.len());
        look(ground, 20, 15, Vec::new()).await;
        let gone = ground.read(|tx| tx.sightings(&SightingFilter::default(), None, 2_000)).await;
        assert!(gone.len() == many.len() && gone.iter().all(|one| one.last_at == Some(at(15))));
    });
}
