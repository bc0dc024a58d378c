//! Tenants: two organizations of one database never see each other.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use remit_domain::id::Id;
use remit_domain::observation::Segment;
use remit_domain::outcome::Outcome;
use remit_domain::theme::Theme;
use remit_domain::time::Instant;
use remit_persistence::{Batch, BatchRow, Name, StoreError, When};

use crate::database::on_both;
use crate::made::{external, measure, outcome, theme};

#[test]
fn the_same_id_stands_for_another_thing_in_another_organization() {
    let mut runner = TestRunner::new(Config { cases: 16, failure_persistence: None, ..Config::default() });
    runner
        .run(&(any::<u128>(), any::<u8>()), |(bits, turns)| {
            on_both(async |ground| {
                let other = ground.neighbour().await;
                let id: Id<Theme> = Id::from_bits(bits);
                ground.write(move |tx| tx.create_as(id, theme("ours"), Some(external("x")), None).map(drop)).await;
                assert_eq!(other.read(move |tx| tx.find(id, When::Present)).await, None);
                assert_eq!(other.read(|tx| tx.named::<Theme>(&Name::External(&external("x")))).await, None);
                assert_eq!(other.read(|tx| tx.all::<Theme>(When::Present)).await, Vec::new());
                assert!(matches!(
                    other.try_write(move |tx| tx.revive(id, theme("theirs"))).await,
                    Err(StoreError::NotFound)
                ));
                other.write(move |tx| tx.create_as(id, theme("theirs"), Some(external("x")), None).map(drop)).await;
                for turn in 0..turns % 4 {
                    let name = format!("ours {turn}");
                    ground
                        .write(move |tx| {
                            let kept = tx.get(id, When::Present)?;
                            tx.change(kept, theme(&name), "changed", None).map(drop)
                        })
                        .await;
                }
                let theirs = other.read(move |tx| tx.get(id, When::Present)).await;
                assert_eq!((theirs.title.as_str(), theirs.version), ("theirs", 1));
                let kept = ground.read(move |tx| tx.get(id, When::Present)).await;
                ground.write(move |tx| tx.delete(kept.clone())).await;
                assert_eq!(other.read(move |tx| tx.all::<Theme>(When::Present)).await, [theirs]);
            });
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn observations_and_dependents_stay_in_their_organization() {
    on_both(async |ground| {
        let other = ground.neighbour().await;
        let (outcome_id, measure_id) = (Id::from_bits(1), Id::from_bits(2));
        for (place, value) in [(ground, 1.0), (&other, 2.0)] {
            place
                .write(move |tx| {
                    tx.create_as::<Outcome>(outcome_id, outcome("o", None), None, None)?;
                    tx.create_as(measure_id, measure(outcome_id, "m"), None, None)?;
                    let series = vec![(measure_id, Segment::HEADLINE)];
                    let rows = vec![BatchRow { series: 0, number: 0, at: 5, value, on: None }];
                    tx.record(Batch { series, rows, ..Batch::default() })
                })
                .await;
        }
        for (place, value) in [(ground, 1.0), (&other, 2.0)] {
            let range = (Instant::BEGINNING, Instant::END);
            let kept = place.read(move |tx| tx.observations(measure_id, None, range, When::Present)).await;
            assert_eq!(kept.iter().map(|kept| kept.observation.value.get()).collect::<Vec<_>>(), [value]);
        }
        let measure = other.read(move |tx| tx.get(measure_id, When::Present)).await;
        other.write(move |tx| tx.delete(measure.clone())).await;
        assert_eq!(ground.read(move |tx| tx.dependents(outcome_id)).await, [("measures", 1)]);
        assert_eq!(other.read(move |tx| tx.dependents(outcome_id)).await, []);
    });
}
