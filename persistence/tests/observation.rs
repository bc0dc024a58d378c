//! Observations: new ones added, changed ones superseded, known ones left alone; and both stay.

use std::collections::{BTreeMap, HashMap};

use proptest::test_runner::{Config, TestRunner};
use remit_domain::entity::{Actor, Valid};
use remit_domain::measure::{MeasureId, MeasureState};
use remit_domain::observation::Segment;
use remit_domain::time::Instant;
use remit_persistence::{Batch, BatchRow, Recorded, Remark, StoreError, When};

use crate::database::{Ground, on_both};
use crate::made::{day, measure, outcome};

const EVER: (Instant, Instant) = (Instant::BEGINNING, Instant::END);

async fn a_measure(ground: &Ground, key: &'static str) -> MeasureId {
    ground
        .write(move |tx| {
            let outcome = tx.create(outcome("o", None), None, None)?.id;
            Ok(tx.create(measure(outcome, key), None, None)?.id)
        })
        .await
}

fn segment(dimensions: &[(&str, &str)]) -> Segment {
    Segment::new(dimensions.iter().copied()).expect("a segment")
}

/// Rows of one measure's headline: instant and value.
fn batch(measure: MeasureId, rows: &[(i64, f64)]) -> Batch {
    let rows = rows.iter().zip(0..).map(|((at, value), number)| BatchRow {
        series: 0,
        number,
        at: *at,
        value: *value,
        on: None,
    });
    Batch { series: vec![(measure, Segment::HEADLINE)], rows: rows.collect(), ..Batch::default() }
}

async fn values(ground: &Ground, measure: MeasureId, when: When) -> Vec<(i64, f64)> {
    let kept = ground.read(move |tx| tx.observations(measure, Some(&Segment::HEADLINE), EVER, when)).await;
    kept.iter().map(|kept| (kept.observation.at.micros(), kept.observation.value.get())).collect()
}

#[test]
fn a_batch_says_what_became_of_each_row() {
    on_both(async |ground| {
        let measure = a_measure(ground, "m").await;
        let recorded = ground.write(move |tx| tx.record(batch(measure, &[(1, 10.0), (2, 20.0), (1, 11.0)]))).await;
        let expected = Recorded { accepted: 2, superseded: 0, unchanged: 0, superseded_in_batch: 1 };
        assert_eq!(recorded, expected, "the last row of an instant counts");
        assert_eq!(values(ground, measure, When::Present).await, [(1, 11.0), (2, 20.0)]);

        let recorded = ground.write(move |tx| tx.record(batch(measure, &[(1, 11.0), (2, 25.0), (3, 30.0)]))).await;
        assert_eq!(recorded, Recorded { accepted: 1, superseded: 1, unchanged: 1, superseded_in_batch: 0 });
        assert_eq!(values(ground, measure, When::Present).await, [(1, 11.0), (2, 25.0), (3, 30.0)]);
    });
}

#[test]
fn the_same_batch_again_changes_nothing_and_takes_no_revision() {
    on_both(async |ground| {
        let measure = a_measure(ground, "m").await;
        let rows = [(1, 1.5), (2, -0.0), (3, 1e15)];
        ground.write(move |tx| tx.record(batch(measure, &rows))).await;
        let head = ground.store.head(ground.organization).await.expect("a head");
        let again = ground.write(move |tx| tx.record(batch(measure, &rows))).await;
        assert_eq!(again, Recorded { unchanged: 3, ..Recorded::default() });
        assert_eq!(ground.store.head(ground.organization).await.expect("a head"), head);
        let none = ground.write(move |tx| tx.record(Batch::default())).await;
        assert_eq!(none, Recorded::default());
    });
}

#[test]
fn a_correction_keeps_both_and_each_is_answered_as_it_was_known() {
    on_both(async |ground| {
        let measure = a_measure(ground, "m").await;
        ground.write(move |tx| tx.record(batch(measure, &[(7, 1.0)]))).await;
        let first = ground.revision().await;
        ground.write(move |tx| tx.record(batch(measure, &[(7, 2.0)]))).await;
        let as_of = Instant::END;
        assert_eq!(values(ground, measure, When::Past { known: first, as_of }).await, [(7, 1.0)]);
        assert_eq!(values(ground, measure, When::Past { known: first + 1, as_of }).await, [(7, 2.0)]);
        assert_eq!(values(ground, measure, When::Past { known: first - 1, as_of }).await, []);
        assert_eq!(
            values(ground, measure, When::Past { known: first + 1, as_of: Instant::from_micros(6) }).await,
            [],
            "what was observed later was not true yet"
        );
    });
}

#[test]
fn a_remark_is_part_of_an_observation_and_reads_back() {
    on_both(async |ground| {
        let measure = a_measure(ground, "m").await;
        let remark = Remark { note: Some("a note, \"quoted\"\tand\\more".into()), source: Some("sheet".into()) };
        let with = {
            let remark = remark.clone();
            move || {
                let mut sent = batch(measure, &[(1, 1.0), (2, 2.0)]);
                sent.remarks = HashMap::from([(0, remark.clone())]);
                sent.rows[0].on = Some(day("2026-03-31"));
                sent.source = Some("the others".into());
                sent
            }
        };
        let (one, two) = (with.clone(), with);
        assert_eq!(ground.write(move |tx| tx.record(one())).await.accepted, 2);
        assert_eq!(ground.write(move |tx| tx.record(two())).await.unchanged, 2);
        let kept = ground.read(move |tx| tx.observations(measure, None, EVER, When::Present)).await;
        let read = &kept[0].observation;
        assert_eq!(read.on, Some(day("2026-03-31")));
        assert_eq!(read.note.as_ref().map(ToString::to_string), remark.note);
        assert_eq!(read.source.as_ref().map(ToString::to_string), remark.source);
        assert_eq!(kept[0].recorded_by, "tests");
        let of_the_batch = &kept[1].observation;
        assert_eq!((of_the_batch.on, of_the_batch.note.clone()), (None, None));
        assert_eq!(of_the_batch.source.as_ref().map(ToString::to_string), Some("the others".into()));
        let without = ground.write(move |tx| tx.record(batch(measure, &[(1, 1.0)]))).await;
        assert_eq!(without.superseded, 1, "another note is another observation");
    });
}

#[test]
fn segments_are_kept_apart_whatever_the_order_of_their_dimensions() {
    on_both(async |ground| {
        let measure = a_measure(ground, "m").await;
        let north = segment(&[("region", "north"), ("kind", "a\"b")]);
        assert_eq!(north, segment(&[("kind", "a\"b"), ("region", "north")]));
        let south = segment(&[("region", "south")]);
        let all = [Segment::HEADLINE, north.clone(), south.clone()];
        let series: Vec<_> = all.iter().cloned().map(|segment| (measure, segment)).collect();
        let rows = (0..3).map(|n| BatchRow { series: n, number: n, at: 5, value: f64::from(n), on: None }).collect();
        let sent = Batch { series, rows, ..Batch::default() };
        ground.write(move |tx| tx.record(sent.clone())).await;
        for (segment, value) in all.into_iter().zip([0.0, 1.0, 2.0]) {
            let asked = segment.clone();
            let kept = ground.read(move |tx| tx.observations(measure, Some(&asked), EVER, When::Present)).await;
            assert_eq!(kept.iter().map(|kept| kept.observation.value.get()).collect::<Vec<_>>(), [value]);
            assert_eq!(kept[0].segment, segment);
            let until = Instant::from_micros(5);
            let latest = ground.read(move |tx| tx.latest(measure, &segment, until, When::Present)).await;
            assert_eq!(latest, kept.into_iter().next());
        }
        assert_eq!(ground.read(move |tx| tx.observations(measure, None, EVER, When::Present)).await.len(), 3);
    });
}

#[test]
fn the_latest_is_the_last_that_is_not_after_the_instant() {
    on_both(async |ground| {
        let measure = a_measure(ground, "m").await;
        ground.write(move |tx| tx.record(batch(measure, &[(10, 1.0), (20, 2.0), (30, 3.0)]))).await;
        for (until, expected) in [(9, None), (10, Some(1.0)), (29, Some(2.0)), (99, Some(3.0))] {
            let until = Instant::from_micros(until);
            let latest = ground.read(move |tx| tx.latest(measure, &Segment::HEADLINE, until, When::Present)).await;
            assert_eq!(latest.map(|kept| kept.observation.value.get()), expected, "{until}");
        }
        let range = (Instant::from_micros(10), Instant::from_micros(30));
        let kept = ground.read(move |tx| tx.observations(measure, None, range, When::Present)).await;
        assert_eq!(kept.len(), 2, "a range is half open");
        for (at, expected) in [(20, true), (21, false), (30, true)] {
            let at = Instant::from_micros(at);
            assert_eq!(ground.read(move |tx| tx.is_observed(measure, &Segment::HEADLINE, at)).await, expected, "{at}");
        }
    });
}

#[test]
fn a_large_batch_of_many_series_is_one_revision() {
    on_both(async |ground| {
        let measure = a_measure(ground, "m").await;
        let before = ground.revision().await;
        let series: Vec<_> = (0..900).map(|n| (measure, segment(&[("n", &n.to_string())]))).collect();
        let rows = (0..4_500).map(|n| BatchRow {
            series: n % 900,
            number: n,
            at: i64::from(n / 900),
            value: f64::from(n),
            on: None,
        });
        let sent = Batch { series, rows: rows.collect(), ..Batch::default() };
        let again = sent.clone();
        assert_eq!(ground.write(move |tx| tx.record(sent.clone())).await.accepted, 4_500);
        assert_eq!(ground.write(move |tx| tx.record(again.clone())).await.unchanged, 4_500);
        assert_eq!(ground.revision().await, before + 1);
        assert_eq!(ground.read(move |tx| tx.observations(measure, None, EVER, When::Present)).await.len(), 4_500);
    });
}

/// What is known after each revision: instant to value, by series.
type Known = BTreeMap<(u32, i64), f64>;

#[test]
fn what_was_known_of_a_series_then_is_answered_alike_for_ever() {
    let row = (0..3_u32, 0..4_i64, 0..3_i32);
    let batches = proptest::collection::vec(proptest::collection::vec(row, 1..6), 1..8);
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    runner
        .run(&batches, |batches| {
            on_both(async |ground| {
                let measure = a_measure(ground, "m").await;
                let segments = [Segment::HEADLINE, segment(&[("a", "1")]), segment(&[("a", "2")])];
                let mut known: Vec<(i64, Known)> = vec![(ground.revision().await, Known::new())];
                for rows in &batches {
                    let series = segments.iter().cloned().map(|segment| (measure, segment)).collect();
                    let rows: Vec<_> = rows
                        .iter()
                        .zip(0..)
                        .map(|((series, at, value), number)| BatchRow {
                            series: *series,
                            number,
                            at: *at,
                            value: f64::from(*value) / 2.0,
                            on: None,
                        })
                        .collect();
                    let mut after = known.last().map(|(_, known)| known.clone()).unwrap_or_default();
                    let last: BTreeMap<_, _> = rows.iter().map(|row| ((row.series, row.at), row.value)).collect();
                    let superseded_in_batch = (rows.len() - last.len()) as u64;
                    let mut expected = Recorded { superseded_in_batch, ..Recorded::default() };
                    for (identity, value) in last {
                        match after.insert(identity, value) {
                            None => expected.accepted += 1,
                            Some(before) if before == value => expected.unchanged += 1,
                            Some(_) => expected.superseded += 1,
                        }
                    }
                    let sent = Batch { series, rows, ..Batch::default() };
                    let recorded = ground.write(move |tx| tx.record(sent.clone())).await;
                    assert_eq!(recorded, expected);
                    let revision = ground.revision().await;
                    let raised = expected.accepted + expected.superseded > 0;
                    assert_eq!(revision, known.last().map_or(0, |(revision, _)| *revision) + i64::from(raised));
                    known.push((revision, after));
                }
                for (revision, expected) in known {
                    for (series, segment) in (0..).zip(segments.clone()) {
                        let when = When::Past { known: revision, as_of: Instant::END };
                        let kept = ground.read(move |tx| tx.observations(measure, Some(&segment), EVER, when)).await;
                        let read: Known = kept
                            .iter()
                            .map(|kept| ((series, kept.observation.at.micros()), kept.observation.value.get()))
                            .collect();
                        let mut expected = expected.clone();
                        expected.retain(|(of, _), _| *of == series);
                        assert_eq!(read, expected, "as known at {revision}");
                    }
                }
            });
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn values_pushed_one_by_one_and_in_bulk_see_each_other() {
    on_both(async |ground| {
        let measure = a_measure(ground, "m").await;
        let push = async |rows: &'static [(i64, f64)]| ground.write(move |tx| tx.record(batch(measure, rows))).await;
        let accepted = |accepted| Recorded { accepted, ..Recorded::default() };
        let superseded = Recorded { superseded: 1, ..Recorded::default() };
        let unchanged = Recorded { unchanged: 1, ..Recorded::default() };
        assert_eq!(push(&[(10, 1.0)]).await, accepted(1));
        assert_eq!(push(&[(20, 2.0)]).await, accepted(1));
        assert_eq!(push(&[(20, 2.0)]).await, unchanged);
        assert_eq!(push(&[(20, 3.0)]).await, superseded);
        assert_eq!(push(&[(5, 0.5)]).await, accepted(1), "before all others");
        assert_eq!(push(&[(10, 1.0)]).await, unchanged);
        assert_eq!(push(&[(30, 1.0), (40, 1.0)]).await, accepted(2));
        assert_eq!(push(&[(40, 2.0)]).await, superseded, "what came in bulk is known");
        let expected = [(5, 0.5), (10, 1.0), (20, 3.0), (30, 1.0), (40, 2.0)];
        assert_eq!(values(ground, measure, When::Present).await, expected);
    });
}

#[test]
fn a_refused_push_leaves_nothing_that_a_later_one_would_take_for_true() {
    on_both(async |ground| {
        let measure = a_measure(ground, "m").await;
        let refused: Result<(), StoreError> = ground
            .store
            .write(ground.organization, Actor::new("ada"), move |tx| {
                tx.record(batch(measure, &[(10, 1.0)]))?;
                Err(StoreError::Internal("a later thought".into()))
            })
            .await;
        assert!(refused.is_err());
        let recorded = ground.write(move |tx| tx.record(batch(measure, &[(10, 2.0)]))).await;
        assert_eq!(recorded, Recorded { accepted: 1, ..Recorded::default() });
        assert_eq!(values(ground, measure, When::Present).await, [(10, 2.0)]);
    });
}

#[test]
fn what_takes_a_pushed_value_is_remembered_until_a_write_of_another_kind() {
    on_both(async |ground| {
        let id = a_measure(ground, "m").await;
        let state = async || ground.write(move |tx| tx.receiver("m", |_| Ok(Some(id)))).await.map(|known| known.state);
        assert_eq!(state().await, Some(MeasureState::Active));
        ground.write(move |tx| tx.record(batch(id, &[(1, 1.0)]))).await;
        assert_eq!(state().await, Some(MeasureState::Active));
        ground
            .write(move |tx| {
                let kept = tx.get(id, When::Present)?;
                let mut value = kept.value.clone().into_inner();
                value.state = MeasureState::Retired;
                let value = Valid::new(value).expect("a measure");
                tx.change(kept, value, "changed", None)
            })
            .await;
        assert_eq!(state().await, Some(MeasureState::Retired));
    });
}

#[test]
fn a_series_that_is_named_twice_in_a_batch_is_one() {
    on_both(async |ground| {
        let measure = a_measure(ground, "m").await;
        let twice = move || {
            let mut sent = batch(measure, &[(1, 1.0), (1, 2.0), (2, 3.0)]);
            sent.series.push(sent.series[0].clone());
            sent.rows[1].series = 1;
            sent
        };
        let recorded = ground.write(move |tx| tx.record(twice())).await;
        assert_eq!(recorded, Recorded { accepted: 2, superseded_in_batch: 1, ..Recorded::default() });
        assert_eq!(values(ground, measure, When::Present).await, [(1, 2.0), (2, 3.0)]);
    });
}
