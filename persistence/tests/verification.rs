//! Verification: a log that is sound is found so, and what anyone changes beside it is named.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use remit_domain::change::Flaw;
use remit_domain::check_in::{CheckIn, Foreseen, Reading, Snapshot};
use remit_domain::forecast::{Between, Method, Range};
use remit_domain::id::Id;
use remit_domain::measure::MeasureId;
use remit_domain::observation::Segment;
use remit_domain::outcome::OutcomeId;
use remit_domain::pace::ReportedStatus;
use remit_domain::text::Key;
use remit_domain::theme::ThemeId;
use remit_domain::time::Instant;
use remit_persistence::{Batch, BatchRow, ChangeFilter, Fault, KeptHead, Verification, Verified};

use crate::database::{Ground, execute, on_both};
use crate::made::{self, assignment, external, measure, outcome, person, role, theme};

/// Verifies, part by part, as the service does.
async fn verified(ground: &Ground, kept: Option<KeptHead>) -> Verified {
    let mut verification = Verification::new(kept);
    loop {
        let (further, ended) = ground
            .read(move |tx| {
                let ended = tx.verify(&mut verification)?;
                Ok((verification, ended))
            })
            .await;
        verification = further;
        if ended {
            return verification.found();
        }
    }
}

/// What the organization of a test holds.
pub struct Held {
    theme: ThemeId,
    measure: MeasureId,
    person: Id<remit_domain::person::Person>,
}

/// Some of everything: what was changed, deleted and brought back, dated from before, and observations with corrections.
pub async fn held(ground: &Ground) -> Held {
    let theme = ground
        .write(|tx| {
            let kept = tx.create(theme("one"), Some(external("t-1")), Some(Instant::BEGINNING))?;
            tx.change(kept, theme("one and a half"), "changed", None)
        })
        .await;
    let id = theme.id;
    let changed = ground
        .write(move |tx| tx.change_because(theme.clone(), made::theme("two"), "changed", None, Some("why")))
        .await;
    ground.write(move |tx| tx.delete(changed.clone())).await;
    ground.write(move |tx| tx.revive(id, made::theme("three"))).await;
    let (person, measure) = ground
        .write(|tx| {
            let person = tx.create(person("Grace"), Some(external("p-1")), None)?.id;
            let role = tx.create(role("r"), None, None)?.id;
            tx.create(assignment(role, person), None, None)?;
            let gone = tx.create(role_of_a_moment(), None, None)?;
            tx.delete(gone)?;
            let outcome = tx.create(outcome("o", None), None, None)?.id;
            Ok((person, tx.create(measure(outcome, "m"), None, None)?.id))
        })
        .await;
    let north = Segment::new([("region", "north")]).expect("a segment");
    for values in [[1.0, 2.0, -0.0], [1.0, 5.0, 3.0]] {
        let series = vec![(measure, north.clone()), (measure, Segment::HEADLINE)];
        ground
            .write(move |tx| {
                let rows = (0..3_u32).zip(values).map(|(n, value)| BatchRow {
                    series: n % 2,
                    number: n,
                    at: i64::from(n),
                    value,
                    on: None,
                });
                tx.record(Batch { series: series.clone(), rows: rows.collect(), ..Batch::default() })
            })
            .await;
    }
    Held { theme: id, measure, person }
}

fn role_of_a_moment() -> remit_domain::entity::Valid<remit_domain::role::Role> {
    role("made and deleted in one write")
}

#[test]
fn what_was_written_is_found_sound() {
    on_both(async |ground| {
        held(ground).await;
        let found = verified(ground, None).await;
        assert_eq!(found.fault, None);
        let head = ground.store.head(ground.organization).await.expect("a head");
        assert_eq!((found.revision, &found.hash), (head.revision, &head.hash));
        assert_eq!(found.observations, 5);
        assert!(found.entries > 10 && found.versions > 8, "{found:?}");
        let kept = KeptHead { revision: head.revision, hash: head.hash };
        ground.write(|tx| tx.create(theme("later"), None, None)).await;
        assert_eq!(verified(ground, Some(kept)).await.fault, None, "a head that was kept stays true");
    });
}

#[test]
fn a_log_of_many_parts_is_checked_to_its_end() {
    on_both(async |ground| {
        for _ in 0..3 {
            ground
                .write(|tx| {
                    for n in 0..700 {
                        tx.create(theme(&format!("t{n}")), None, None)?;
                    }
                    Ok(())
                })
                .await;
        }
        let last = ground.write(|tx| tx.create(theme("last"), None, None)).await;
        let found = verified(ground, None).await;
        assert_eq!((found.fault, found.entries), (None, 1 + 3 * 700 + 1));
        let sql = format!("UPDATE themes SET title = 'other' WHERE id = '{}'", last.id);
        execute(ground.store.address(), &sql);
        let fault = verified(ground, None).await.fault.expect("a fault");
        assert_eq!((fault.flaw, fault.revision), (Flaw::Content, found.revision));
    });
}

#[test]
fn what_is_changed_beside_the_log_is_named() {
    on_both(async |ground| {
        type Tamper = fn(&Held) -> String;
        let cases: [(Flaw, Tamper); 23] = [
            (Flaw::Hash, |held| {
                format!(
                    "UPDATE changes SET record = '{{\"title\":\"x\"}}' WHERE subject_id = '{}' AND revision = 3",
                    held.theme
                )
            }),
            (Flaw::Hash, |_| "UPDATE changes SET actor = 'nobody' WHERE revision = 3".into()),
            (Flaw::Hash, |_| "UPDATE changes SET recorded_at = recorded_at + 1 WHERE revision = 3".into()),
            (Flaw::Hash, |_| "UPDATE changes SET hash = previous_hash WHERE revision = 3".into()),
            (Flaw::Hash, |_| "UPDATE changes SET previous_hash = hash WHERE revision = 3".into()),
            (Flaw::Missing, |_| "DELETE FROM changes WHERE revision = 3".into()),
            (Flaw::Missing, |_| "DELETE FROM changes WHERE revision > 2".into()),
            (Flaw::Missing, |_| "UPDATE changes SET revision = 99 WHERE revision = 3".into()),
            (Flaw::Head, |_| "UPDATE heads SET hash = 'x' WHERE TRUE".into()),
            (Flaw::Head, |_| "UPDATE heads SET revision = revision - 1 WHERE TRUE".into()),
            (Flaw::Content, |held| {
                format!("UPDATE themes SET title = 'x' WHERE id = '{}' AND revision = 3", held.theme)
            }),
            (Flaw::Content, |held| format!("DELETE FROM themes WHERE id = '{}' AND revision = 3", held.theme)),
            (Flaw::Content, |_| "UPDATE versions SET valid_from = valid_from - 1 WHERE revision = 3".into()),
            (Flaw::Content, |_| "UPDATE versions SET deleted = TRUE WHERE revision = 3".into()),
            (Flaw::Content, |_| "UPDATE versions SET revision_to = revision_to + 1 WHERE revision = 3".into()),
            (Flaw::Content, |_| "UPDATE versions SET recorded_by = 'nobody' WHERE revision = 3".into()),
            (Flaw::Content, |held| format!("UPDATE people SET name = 'Eve' WHERE id = '{}'", held.person)),
            (Flaw::Content, |held| format!("UPDATE subjects SET salt = NULL WHERE id = '{}'", held.person)),
            (Flaw::Content, |held| format!("UPDATE subjects SET external_id = 'x' WHERE id = '{}'", held.theme)),
            (Flaw::Observations, |_| "UPDATE observations SET value = 9 WHERE observed_at = 0".into()),
            (Flaw::Observations, |_| "DELETE FROM observations WHERE observed_at = 0".into()),
            (Flaw::Observations, |_| {
                format!("UPDATE observations SET revision_to = {} WHERE observed_at = 1", i64::MAX)
            }),
            (Flaw::Observations, |held| {
                format!("UPDATE series SET segment = 'x' WHERE measure_id = '{}' AND segment <> ''", held.measure)
            }),
        ];
        for (flaw, tamper) in cases {
            let ground = ground.neighbour().await;
            let held = held(&ground).await;
            let sql = tamper(&held);
            let mine = format!("{sql} AND organization_id = '{}'", ground.organization);
            execute(ground.store.address(), &mine);
            let fault = verified(&ground, None).await.fault;
            let Some(Fault { flaw: found, revision, .. }) = fault else { panic!("{sql}: nothing was found") };
            assert_eq!(found, flaw, "{sql}: {fault:?}");
            // What replaced a row tells where it had to end.
            let says_where = sql.ends_with("revision = 3") && !sql.contains("revision_to");
            assert!(!says_where || revision == 3, "{sql}: {fault:?}");
        }
    });
}

#[test]
fn a_log_that_was_written_anew_is_not_the_one_whose_head_was_kept() {
    on_both(async |ground| {
        held(ground).await;
        let head = ground.store.head(ground.organization).await.expect("a head");
        for (revision, hash) in [(2, "0".repeat(64)), (head.revision, "0".repeat(64)), (head.revision + 1, head.hash)] {
            let kept = KeptHead { revision, hash };
            let fault = verified(ground, Some(kept.clone())).await.fault.expect("a fault");
            assert_eq!((fault.flaw, fault.revision), (Flaw::KeptHead, revision), "{fault:?}");
        }
    });
}

#[test]
fn whoever_follows_the_log_misses_nothing_that_many_write_at_once() {
    on_both(async |ground| {
        let writers = (0..6).map(|writer| {
            let (store, organization) = (ground.store.clone(), ground.organization);
            tokio::spawn(async move {
                for n in 0..20 {
                    let actor = remit_domain::entity::Actor::new(format!("writer {writer}"));
                    let written = store.write(organization, actor, move |tx| {
                        tx.create(theme(&format!("{writer}.{n}")), None, None)?;
                        tx.create(theme(&format!("{writer}.{n} too")), None, None)
                    });
                    written.await.expect("a write");
                }
            })
        });
        let writers: Vec<_> = writers.collect();
        let (mut after, mut seen) = ((0, i32::MAX), 0);
        let mut expected = (1, 0);
        while seen < 1 + 6 * 20 * 2 {
            let page = ground
                .read(move |tx| {
                    let known = tx.head()?.revision;
                    tx.changes(after, known, &ChangeFilter::default(), 7)
                })
                .await;
            for entry in page {
                assert!(entry.place() == expected || entry.place() == (expected.0 + 1, 0), "{entry:?}");
                after = entry.place();
                expected = (after.0, after.1 + 1);
                seen += 1;
            }
            tokio::task::yield_now().await;
        }
        for writer in writers {
            writer.await.expect("a writer");
        }
        assert_eq!(verified(ground, None).await.fault, None);
    });
}

/// A published check-in with these numbers in it.
fn check_in(outcome: OutcomeId, numbers: [f64; 4]) -> CheckIn {
    let [progress, value, low, high] = numbers;
    let between = Between { low, high };
    let foreseen = Foreseen {
        model: Method::DampedTrend,
        observations: 8,
        value: Range { value, within_80: between, within_95: between },
        probability: Some(progress),
    };
    let reading = Reading {
        measure: Id::from_bits(14),
        key: Key::parse("m").expect("a key"),
        name: made::text("m"),
        unit: None,
        value: Some(value),
        observed_on: Some(made::day("2026-02-28")),
        target: Some(high),
        progress: Some(progress),
        pace: None,
        previous_value: Some(low),
        previous_progress: Some(progress),
        forecast: Some(foreseen),
    };
    let at = made::instant("2026-03-01T00:00:00Z");
    CheckIn {
        outcome,
        from_on: made::day("2026-02-01"),
        to_on: made::day("2026-02-28"),
        reported_status: Some(ReportedStatus::OnTrack),
        confidence: Some(progress),
        changed: None,
        blockers: None,
        next_steps: None,
        author: None,
        reviewer: None,
        published_at: Some(at),
        acknowledged_at: None,
        snapshot: Snapshot {
            taken_at: at,
            progress: Some(progress),
            coverage: Some(progress),
            expected: Some(progress),
            pace: None,
            probability: Some(progress),
            previous_progress: Some(progress),
            measures: vec![reading],
        },
    }
}

#[test]
fn numbers_that_a_computer_made_are_told_by_the_log_as_they_stand_in_the_rows() {
    let number = any::<f64>().prop_filter("finite", |number| number.is_finite());
    let numbers = prop::collection::vec((0.0..=1.0, number.clone(), number.clone(), number), 40);
    let mut runner = TestRunner::new(Config { cases: 4, failure_persistence: None, ..Config::default() });
    runner
        .run(&numbers, |numbers| {
            on_both(async |ground| {
                let numbers = numbers.clone();
                ground
                    .write(move |tx| {
                        let outcome = tx.create(outcome("o", None), None, None)?.id;
                        // Read back with another last digit by a reader that is quick, and a zero with a sign.
                        tx.create(
                            made::valid(check_in(outcome, [-0.0, 62.282287317156964, -0.0, 0.1 + 0.2])),
                            None,
                            None,
                        )?;
                        for (share, a, b, c) in numbers.iter().copied() {
                            tx.create(made::valid(check_in(outcome, [share, a, b, c])), None, None)?;
                        }
                        Ok(())
                    })
                    .await;
                let Verified { fault, .. } = verified(ground, None).await;
                assert_eq!(fault, None);
            });
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}
