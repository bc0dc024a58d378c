//! History: what was true then, as known then; and whatever is written afterwards changes no such answer.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use remit_domain::entity::Kept;
use remit_domain::theme::{Theme, ThemeId};
use remit_domain::time::Instant;
use remit_persistence::When;

use crate::database::{Ground, on_both};
use crate::made::theme;

/// A step of a history; `back` is how long before now something holds, in microseconds.
#[derive(Clone, Debug)]
enum Step {
    Create { back: Option<i64> },
    Change { which: usize, back: Option<i64> },
    Delete { which: usize },
    Revive { which: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let back = || proptest::option::of(0..5_000_000_i64);
    let which = 0..4_usize;
    let step = prop_oneof![
        2 => back().prop_map(|back| Step::Create { back }),
        4 => (which.clone(), back()).prop_map(|(which, back)| Step::Change { which, back }),
        2 => which.clone().prop_map(|which| Step::Delete { which }),
        2 => which.prop_map(|which| Step::Revive { which }),
    ];
    proptest::collection::vec(step, 1..14)
}

/// What the rule says of a version: the greatest revision not above `known` among those that hold by `as_of`.
struct Told {
    subject: usize,
    revision: i64,
    holds_from: Instant,
    title: Option<String>,
}

#[derive(Default)]
struct Story {
    ids: Vec<ThemeId>,
    told: Vec<Told>,
    instants: Vec<Instant>,
}

impl Story {
    fn expected(&self, known: i64, as_of: Instant) -> Vec<(ThemeId, String)> {
        let title = |subject: usize| {
            let told = self.told.iter().filter(|told| told.subject == subject);
            let in_force = told.filter(|told| told.revision <= known && told.holds_from <= as_of);
            in_force.max_by_key(|told| told.revision)?.title.clone()
        };
        self.ids.iter().enumerate().filter_map(|(subject, id)| Some((*id, title(subject)?))).collect()
    }

    fn is_deleted(&self, subject: usize) -> bool {
        self.told.iter().rfind(|told| told.subject == subject).is_some_and(|told| told.title.is_none())
    }

    /// Instants at which answers may change, and their neighbours.
    fn moments(&self) -> Vec<Instant> {
        let edges = self.instants.iter().chain(self.told.iter().map(|told| &told.holds_from));
        let mut moments: Vec<_> = edges.flat_map(|edge| [edge.plus_micros(-1), *edge, edge.plus_micros(1)]).collect();
        moments.sort_unstable();
        moments.dedup();
        moments
    }

    async fn take(&mut self, ground: &Ground, step: &Step) {
        let title = format!("title {}", self.told.len());
        let (subject, holds_from, revision, now, title) = match *step {
            Step::Create { back } => {
                let name = title.clone();
                let (id, at) = ground
                    .write(move |tx| {
                        let (now, revision) = (tx.now(), tx.revision());
                        let holds_from = back.map(|back| now.plus_micros(-back));
                        let kept = tx.create(theme(&name), None, holds_from)?;
                        Ok((kept.id, (holds_from.unwrap_or(now), revision, now)))
                    })
                    .await;
                self.ids.push(id);
                (self.ids.len() - 1, at.0, at.1, at.2, Some(title))
            }
            Step::Change { which, back } => {
                let Some(id) = self.ids.get(which).copied().filter(|_| !self.is_deleted(which)) else { return };
                let name = title.clone();
                let at = ground
                    .write(move |tx| {
                        let (now, revision) = (tx.now(), tx.revision());
                        let holds_from = back.map(|back| now.plus_micros(-back));
                        let before = tx.get(id, When::Present)?;
                        tx.change(before, theme(&name), "changed", holds_from)?;
                        Ok((holds_from.unwrap_or(now), revision, now))
                    })
                    .await;
                (which, at.0, at.1, at.2, Some(title))
            }
            Step::Delete { which } => {
                let Some(id) = self.ids.get(which).copied().filter(|_| !self.is_deleted(which)) else { return };
                let at = ground
                    .write(move |tx| {
                        let before = tx.get(id, When::Present)?;
                        tx.delete(before)?;
                        Ok((tx.now(), tx.revision()))
                    })
                    .await;
                (which, at.0, at.1, at.0, None)
            }
            Step::Revive { which } => {
                let Some(id) = self.ids.get(which).copied().filter(|_| self.is_deleted(which)) else { return };
                let name = title.clone();
                let at = ground
                    .write(move |tx| {
                        tx.revive(id, theme(&name))?;
                        Ok((tx.now(), tx.revision()))
                    })
                    .await;
                (which, at.0, at.1, at.0, Some(title))
            }
        };
        self.told.push(Told { subject, revision, holds_from, title });
        self.instants.push(now);
    }
}

/// The themes in each of some states.
async fn read(ground: &Ground, states: Vec<(i64, Instant)>) -> Vec<Vec<(ThemeId, String)>> {
    let shape = |kept: Vec<Kept<Theme>>| kept.iter().map(|kept| (kept.id, kept.title.to_string())).collect();
    ground
        .read(move |tx| {
            states.into_iter().map(|(known, as_of)| Ok(shape(tx.all(When::Past { known, as_of })?))).collect()
        })
        .await
}

#[test]
fn what_was_true_and_known_then_is_answered_alike_for_ever() {
    let runner =
        |histories| TestRunner::new(Config { cases: histories, failure_persistence: None, ..Config::default() });
    runner(24)
        .run(&steps(), |steps| {
            on_both(async |ground| {
                let mut story = Story::default();
                let mut answers = Vec::new();
                for step in &steps {
                    story.take(ground, step).await;
                    let known = ground.revision().await;
                    let states: Vec<_> = story.moments().into_iter().map(|as_of| (known, as_of)).collect();
                    let answered = read(ground, states.clone()).await;
                    for ((known, as_of), answer) in states.iter().zip(&answered) {
                        assert_eq!(*answer, story.expected(*known, *as_of), "known {known}, as of {as_of}");
                    }
                    answers.push((states, answered));
                }
                for (states, answered) in answers {
                    assert_eq!(read(ground, states).await, answered, "an answer has changed");
                }
                let present = ground.read(|tx| tx.all::<Theme>(When::Present)).await;
                let present: Vec<_> = present.iter().map(|kept| (kept.id, kept.title.to_string())).collect();
                assert_eq!(present, story.expected(i64::MAX, Instant::END));
            });
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn the_revision_of_an_instant_is_the_last_one_recorded_by_then() {
    on_both(async |ground| {
        let mut writes = Vec::new();
        for n in 0..5 {
            let name = format!("t{n}");
            writes.push(
                ground
                    .write(move |tx| {
                        tx.create(theme(&name), None, None)?;
                        tx.create(theme(&name), None, None)?;
                        Ok((tx.now(), tx.revision()))
                    })
                    .await,
            );
        }
        for (at, revision) in writes {
            let asked = move |at| ground.read(move |tx| tx.revision_at(at));
            assert_eq!(asked(at).await, revision);
            assert_eq!(asked(at.plus_micros(-1)).await, revision - 1);
        }
        assert_eq!(ground.read(|tx| tx.revision_at(Instant::BEGINNING)).await, 0);
    });
}
