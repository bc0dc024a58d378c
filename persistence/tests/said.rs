//! What humans say of outcomes, kept and read back field by field.

use remit_domain::check_in::{CheckIn, Foreseen, Reading, Snapshot};
use remit_domain::comment::{Comment, CommentSubject};
use remit_domain::forecast::{Between, Method, Range};
use remit_domain::id::Id;
use remit_domain::pace::{Pace, ReportedStatus};
use remit_domain::text::Key;
use remit_persistence::When;

use crate::database::on_both;
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

#[test]
fn check_ins_and_comments_read_back_as_they_were_kept_and_the_last_published_one_is_found() {
    on_both(async |ground| {
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
    });
}
