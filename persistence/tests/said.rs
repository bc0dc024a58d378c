//! What humans say of outcomes and what they are told, kept and read back field by field.

use remit_domain::briefing::{Acknowledgement, Audience, Briefing, BriefingSubject, Question};
use remit_domain::check_in::{CheckIn, Foreseen, Reading, Snapshot};
use remit_domain::comment::{Comment, CommentSubject};
use remit_domain::forecast::{Between, Method, Range};
use remit_domain::id::Id;
use remit_domain::pace::{Pace, ReportedStatus};
use remit_domain::text::Key;
use remit_domain::time::Instant;
use remit_persistence::{BriefingFilter, When};

use crate::database::{Ground, on_both};
use crate::made::{self, day, instant, text, valid};

fn reading() -> Reading {
    let (near, far) = (Between { low: 0.1, high: 2.5 }, Between { low: -3.0, high: 1e15 });
    Reading {
        measure: Id::from_bits(14),
        key: Key::parse("sales.revenue").expect("a key"),
        name: text("Revenue"),
        unit: Some(text("EUR")),
        value: Some(0.1),
        observed_on: Some(day("2026-02-28")),
        target: Some(200.0),
        progress: Some(66.666_666_666_666_67),
        pace: Some(Pace::AtRisk),
        previous_value: None,
        previous_progress: Some(0.0),
        forecast: Some(Foreseen {
            model: Method::DampedTrend,
            observations: 8,
            value: Range { value: 1.5, within_80: near, within_95: far },
            probability: Some(0.02),
        }),
    }
}

/// Keeps check-ins and comments, and reads them back.
pub async fn check_ins_and_comments(ground: &Ground) {
    let (first, second) = ground
        .write(move |tx| {
            for bits in [5, 6] {
                tx.create_as(Id::from_bits(bits), made::person("Ada"), None, None)?;
            }
            tx.create_as(Id::from_bits(13), made::outcome("o", None), None, None)?;
            let check_in = |published: Option<&str>| CheckIn {
                outcome: Id::from_bits(13),
                from_on: day("2026-02-01"),
                to_on: day("2026-02-28"),
                reported_status: Some(ReportedStatus::OffTrack),
                confidence: Some(0.1),
                changed: Some(text("a")),
                blockers: Some(text("b")),
                next_steps: Some(text("c")),
                author: Some(Id::from_bits(5)),
                reviewer: Some(Id::from_bits(6)),
                published_at: published.map(instant),
                acknowledged_at: published.map(|_| instant("2026-03-02T00:00:00Z")),
                snapshot: Snapshot {
                    taken_at: instant("2026-03-01T00:00:00Z"),
                    progress: Some(33.333_333_333_333_33),
                    coverage: Some(1.0),
                    expected: None,
                    pace: Some(Pace::OffTrack),
                    probability: Some(0.3),
                    previous_progress: None,
                    measures: vec![reading()],
                },
            };
            let first = tx.create(valid(check_in(Some("2026-03-01T00:00:00Z"))), None, None)?;
            let second = tx.create(valid(check_in(Some("2026-03-02T00:00:00Z"))), None, None)?;
            tx.create(valid(check_in(None)), None, None)?;
            Ok((first, second))
        })
        .await;
    let (id, outcome) = (first.id, Id::from_bits(13));
    let found = ground
        .read(move |tx| {
            let (one, last) = (tx.get(id, When::Present)?, tx.last_check_in(outcome)?);
            let picture = tx.picture(instant("2026-03-03T00:00:00Z"), When::Present)?;
            let all = tx.check_ins(Some(outcome), Some(Id::from_bits(5)), None, When::Present)?;
            Ok((one, last, all.len(), picture.reports_of(outcome).to_vec()))
        })
        .await;
    assert_eq!(found.0, first);
    assert_eq!((found.1.as_ref(), found.2), (Some(&second), 3));
    let reports = [first.report(first.id), second.report(second.id)];
    assert_eq!(found.3.into_iter().map(Some).collect::<Vec<_>>(), reports, "a draft is no report");

    for subject in [CommentSubject::Outcome(outcome), CommentSubject::CheckIn(id)] {
        let comment = Comment { subject, author: Some(Id::from_bits(6)), body: text("So?"), erased: false };
        let kept = ground.write(move |tx| tx.create(valid(comment.clone()), None, None)).await;
        let listed = ground.read(move |tx| tx.comments_on(subject, When::Present)).await;
        assert_eq!(listed, [kept]);
    }
}

#[test]
fn check_ins_and_comments_read_back_as_they_were_kept_and_the_last_published_one_is_found() {
    on_both(check_ins_and_comments);
}

fn briefing(published: Option<&str>, readers: &[u128]) -> Briefing {
    Briefing {
        subject: BriefingSubject::Outcome(Id::from_bits(13)),
        title: text("News"),
        body: text("# News\n\nWe *did* it."),
        audience: Audience {
            everyone: false,
            teams: vec![Id::from_bits(21)],
            roles: vec![Id::from_bits(22), Id::from_bits(23)],
            outcomes: vec![Id::from_bits(13)],
            people: vec![Id::from_bits(6)],
        },
        due_on: Some(day("2026-03-31")),
        question: Some(Question { text: text("Who?"), choices: vec![text("Us"), text("You")], answer: 1 }),
        author: Some(Id::from_bits(5)),
        published_at: published.map(instant),
        readers: readers.iter().map(|bits| Id::from_bits(*bits)).collect(),
    }
}

/// Keeps briefings and what became of them, and reads it back.
pub async fn briefings(ground: &Ground) {
    let (draft, published) = ground
        .write(move |tx| {
            for bits in [5, 6, 7] {
                tx.create_as(Id::from_bits(bits), made::person("Ada"), None, None)?;
            }
            tx.create_as(Id::from_bits(13), made::outcome("o", None), None, None)?;
            let draft = tx.create(valid(briefing(None, &[])), None, None)?;
            let other = tx.create(valid(briefing(None, &[])), None, None)?;
            Ok((draft, other))
        })
        .await;
    let before = ground.read(move |tx| tx.head()).await.revision;
    let draft_id = draft.id;
    let published = ground
        .write(move |tx| {
            tx.publish_briefing(published.clone(), valid(briefing(Some("2026-03-01T09:00:00.000001Z"), &[6, 7])))
        })
        .await;
    let id = published.id;
    assert_eq!(ground.read(move |tx| tx.get(draft_id, When::Present)).await, draft);
    assert_eq!(ground.read(move |tx| tx.get(id, When::Present)).await, published);

    let (ada, bob) = (Id::from_bits(6), Id::from_bits(7));
    let owed = |person, when| ground.read(move |tx| tx.owed(person, Instant::END, when));
    assert_eq!(owed(ada, When::Present).await.iter().map(|one| one.briefing).collect::<Vec<_>>(), [id]);
    assert!(owed(Id::from_bits(5), When::Present).await.is_empty());
    let receipt = Acknowledgement {
        briefing: id,
        person: ada,
        seen_at: instant("2026-03-01T10:00:00Z"),
        acknowledged_at: None,
        correct: None,
    };
    let seen = ground.write(move |tx| tx.create(valid(receipt), None, None)).await;
    assert_eq!(owed(ada, When::Present).await.len(), 1, "what was only seen is still owed");
    let known = ground.read(move |tx| tx.head()).await.revision;
    let done =
        Acknowledgement { acknowledged_at: Some(instant("2026-03-02T10:00:00Z")), correct: Some(false), ..receipt };
    let done = ground.write(move |tx| tx.change(seen.clone(), valid(done), "acknowledged", None)).await;
    assert_eq!(ground.read(move |tx| tx.acknowledgements_of(id, When::Present)).await, [done]);
    assert!(owed(ada, When::Present).await.is_empty());
    assert_eq!(owed(bob, When::Present).await.len(), 1);
    let then = |known| When::Past { known, as_of: Instant::END };
    assert_eq!(owed(ada, then(known)).await.len(), 1, "as it was known");
    assert!(owed(ada, then(before)).await.is_empty(), "before it was published");

    let counts = |when| {
        let read = ground.read(move |tx| tx.picture(Instant::END, when));
        async move {
            let picture = read.await;
            picture.parts().briefings.iter().map(|one| (one.readers, one.acknowledged)).collect::<Vec<_>>()
        }
    };
    assert_eq!(counts(When::Present).await, [(2, 1)]);
    assert_eq!(counts(then(known)).await, [(2, 0)]);
    assert_eq!(counts(then(before)).await, []);

    let listed = |filter| ground.read(move |tx| tx.briefings(filter, When::Present));
    assert_eq!(listed(BriefingFilter::default()).await.len(), 2);
    let to_bob = BriefingFilter { reader: Some(bob), ..BriefingFilter::default() };
    assert_eq!(listed(to_bob).await.iter().map(|one| one.id).collect::<Vec<_>>(), [id]);
    let of_role = BriefingFilter { role: Some(Id::from_bits(22)), ..BriefingFilter::default() };
    assert!(listed(of_role).await.is_empty());
}

#[test]
fn briefings_read_back_as_they_were_kept_and_are_owed_until_they_are_acknowledged() {
    on_both(briefings);
}
