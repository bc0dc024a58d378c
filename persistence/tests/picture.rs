//! Pictures: everything of one organization, in one snapshot, as it was and as it was known.

use std::collections::BTreeMap;

use remit_domain::entity::Valid;
use remit_domain::id::Id;
use remit_domain::observation::Segment;
use remit_domain::outcome::{Outcome, OutcomeId, OutcomeResult, ResultKind};
use remit_domain::period::{Period, PeriodState};
use remit_domain::picture::Picture;
use remit_domain::responsibility::Part;
use remit_domain::team::{Membership, MembershipPart, Team};
use remit_domain::time::Instant;
use remit_persistence::{Batch, BatchRow, Shown, StoreError, When, WriteTx};

use crate::database::{Ground, on_both};
use crate::made::{
    ALWAYS, alignment, assignment, day, instant, measure, mission, outcome, person, responsibility, role, text, theme,
    valid,
};

/// How many of each a picture holds.
fn counts(picture: &Picture) -> [usize; 14] {
    let parts = picture.parts();
    [
        usize::from(parts.mission.is_some()),
        parts.themes.len(),
        parts.periods.len(),
        parts.teams.len(),
        parts.memberships.len(),
        parts.people.len(),
        parts.roles.len(),
        parts.assignments.len(),
        parts.outcomes.len(),
        parts.results.len(),
        parts.measures.len(),
        parts.responsibilities.len(),
        parts.alignments.len(),
        parts.headline.values().map(|points| points.len()).sum(),
    ]
}

async fn picture(ground: &Ground, at: Instant, when: When) -> Picture {
    ground.read(move |tx| tx.picture(at, when)).await
}

fn result(outcome: OutcomeId, score: f64) -> Valid<OutcomeResult> {
    valid(OutcomeResult {
        outcome,
        result: ResultKind::Partly,
        score,
        final_progress: None,
        final_coverage: None,
        retrospective: None,
        reason: None,
    })
}

#[test]
fn a_picture_holds_everything_of_its_organization_and_nothing_of_another() {
    on_both(async |ground| {
        let neighbour = ground.neighbour().await;
        let before = ground.revision().await;
        let (at, parent) = ground
            .write(move |tx| {
                tx.create(mission(), None, None)?;
                let theme = tx.create(theme("t"), None, None)?.id;
                let (start_on, end_on) = (day("2026-01-01"), day("2026-12-31"));
                let period = Period { name: text("p"), start_on, end_on, parent: None, state: PeriodState::Open };
                tx.create(valid(period), None, None)?;
                let team = tx.create(valid(Team { name: text("t"), purpose: None, parent: None }), None, None)?.id;
                let person = tx.create(person("Ada"), None, None)?.id;
                let part = MembershipPart::Lead;
                tx.create(valid(Membership { team, person, part, during: ALWAYS }), None, None)?;
                let role = tx.create(role("r"), None, None)?.id;
                tx.create(assignment(role, person), None, None)?;
                let parent = tx.create(outcome("parent", Some(theme)), None, None)?.id;
                let child = tx.create(outcome("child", Some(theme)), None, None)?.id;
                tx.create(alignment(child, parent), None, None)?;
                tx.create(result(parent, 0.1), None, None)?;
                tx.create(result(parent, 0.2), None, None)?;
                let measure = tx.create(measure(parent, "m"), None, None)?.id;
                tx.create(responsibility(parent, Part::Accountable, role), None, None)?;
                let now = tx.now();
                let north = Segment::new([("region", "north")]).unwrap_or_default();
                let row =
                    |series, number, at: Instant| BatchRow { series, number, at: at.micros(), value: 1.0, on: None };
                tx.record(Batch {
                    series: vec![(measure, Segment::HEADLINE), (measure, north)],
                    rows: vec![
                        row(0, 0, now.plus_micros(-5)),
                        row(0, 1, now),
                        row(0, 2, now.plus_micros(1)),
                        row(1, 3, now.plus_micros(-5)),
                    ],
                    ..Batch::default()
                })?;
                Ok((now, parent))
            })
            .await;
        let known = ground.revision().await;
        let expected = [1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 2];
        let now = picture(ground, at, When::Present).await;
        assert_eq!(counts(&now), expected, "the headline alone, and nothing from after the instant");
        assert_eq!(now.result_of(parent).map(|kept| kept.score), Some(0.2), "a later result replaces an earlier one");
        let then = picture(ground, at, When::Past { known, as_of: at }).await;
        assert_eq!(counts(&then), expected);
        let (_, until) = ground.read(move |tx| tx.picture_until(at, When::Present)).await;
        assert_eq!(until, at.plus_micros(1), "with the next observation the answer changes");
        let earlier = picture(ground, at, When::Past { known: before, as_of: at }).await;
        assert_eq!(counts(&earlier), [0; 14], "as known before");
        assert_eq!(counts(&picture(&neighbour, at, When::Present).await), [0; 14]);
    });
}

#[test]
fn a_large_organization_is_read_on_two_connections_as_it_would_be_on_one() {
    on_both(async |ground| {
        ground
            .write(|tx| {
                let theme = tx.create(theme("t"), None, None)?.id;
                let parent = tx.create(outcome("parent", Some(theme)), None, None)?.id;
                let child = tx.create(outcome("child", Some(theme)), None, None)?.id;
                tx.create(alignment(child, parent), None, None)?;
                let role = tx.create(role("r"), None, None)?.id;
                tx.create(responsibility(parent, Part::Accountable, role), None, None)?;
                let measure = tx.create(measure(parent, "m"), None, None)?.id;
                let place = |number: usize| Segment::new([("place", number.to_string().as_str())]).unwrap_or_default();
                let series: Vec<_> = std::iter::once(Segment::HEADLINE).chain((1..=1_100).map(place)).collect();
                let at = tx.now().micros();
                let row = |series| BatchRow { series, number: series, at, value: 1.0, on: None };
                tx.record(Batch {
                    rows: (0..=1_100).map(row).collect(),
                    series: series.into_iter().map(|segment| (measure, segment)).collect(),
                    ..Batch::default()
                })
            })
            .await;
        let at = ground.read(|tx| Ok(tx.head()?.recorded_at)).await;
        for when in [When::Present, When::Past { known: ground.revision().await, as_of: at }] {
            // A write reads on its own connection alone.
            let alone = ground.write(move |tx| tx.picture(at, when)).await;
            assert_eq!(alone.parts().responsibilities.len(), 1);
            assert_eq!(told(&picture(ground, at, when).await), told(&alone));
        }
    });
}

#[test]
fn a_picture_of_the_past_leaves_out_what_did_not_hold_yet() {
    on_both(async |ground| {
        let first = ground.write(|tx| tx.create(theme("first"), None, None)).await;
        let second = ground.write(|tx| tx.create(theme("second"), None, None)).await;
        let known = ground.revision().await;
        let at = second.created_at.plus_micros(-1);
        let past = picture(ground, at, When::Past { known, as_of: at }).await;
        assert_eq!(past.parts().themes, [first]);
    });
}

#[test]
fn there_is_no_picture_of_an_organization_that_is_not_there() {
    on_both(async |ground| {
        let read = ground.store.read(Id::from_bits(1), |tx| tx.picture(Instant::END, When::Present).map(drop)).await;
        assert!(matches!(read, Err(remit_persistence::StoreError::NotFound)));
    });
}

/// All that a picture is made of, in one order.
fn told(picture: &Picture) -> String {
    let mut parts = picture.parts().clone();
    let headline: BTreeMap<_, _> = std::mem::take(&mut parts.headline).into_iter().collect();
    let recorders: BTreeMap<_, _> = std::mem::take(&mut parts.recorders).into_iter().collect();
    format!("{headline:?} {recorders:?} {parts:#?}")
}

/// The state that is asked, made from a picture of the present, beside the one that is read anew.
async fn made_and_anew(ground: &Ground, shown: &Seen, at: Instant, when: When) -> (Option<Seen>, Seen) {
    let (picture, until, revision) = shown.clone();
    let known = match when {
        When::Present => ground.revision().await,
        When::Past { known, .. } => known,
    };
    let made = ground
        .read(move |tx| tx.picture_from(Shown { picture: &picture, until, revision }, at, known, when))
        .await
        .map(|(picture, until)| (picture, until, known));
    let (picture, until) = ground.read(move |tx| tx.picture_until(at, when)).await;
    (made, (picture, until, known))
}

type Seen = (Picture, Instant, i64);
type Step = Box<dyn Fn(&mut WriteTx<'_>) -> Result<(), StoreError> + Send + Sync>;

#[test]
fn a_picture_made_from_the_one_before_is_the_one_that_is_read_anew() {
    on_both(async |ground| {
        let made = ground
            .write(move |tx| {
                tx.create(mission(), None, None)?;
                let theme = tx.create(theme("t"), None, None)?.id;
                let parent = tx.create(outcome("parent", Some(theme)), None, None)?.id;
                let child = tx.create(outcome("child", Some(theme)), None, None)?.id;
                let alignment = tx.create(alignment(child, parent), None, None)?.id;
                let measure = tx.create(measure(parent, "m"), None, None)?.id;
                Ok((parent, alignment, measure))
            })
            .await;
        let (parent, alignment, measured) = made;
        let far = instant("2999-01-01T00:00:00Z");
        let observed = move |tx: &mut WriteTx<'_>, at: Instant, value| {
            let row = BatchRow { series: 0, number: 0, at: at.micros(), value, on: None };
            let series = vec![(measured, Segment::HEADLINE)];
            tx.record(Batch { series, rows: vec![row], ..Batch::default() }).map(drop)
        };
        let steps: Vec<Step> = vec![
            Box::new(move |tx| {
                let kept = tx.get(parent, When::Present)?;
                let renamed = valid(Outcome { title: text("renamed"), ..kept.value.clone().into_inner() });
                tx.change(kept, renamed, "changed", None).map(drop)
            }),
            Box::new(move |tx| {
                let (person, role) = (tx.create(person("Ada"), None, None)?.id, tx.create(role("r"), None, None)?.id);
                tx.create(assignment(role, person), None, None)?;
                tx.create(responsibility(parent, Part::Accountable, role), None, None).map(drop)
            }),
            Box::new(move |tx| observed(tx, instant("2026-01-01T00:00:00Z"), 1.0)),
            Box::new(move |tx| observed(tx, instant("2026-01-01T00:00:00Z"), 2.0)),
            Box::new(move |tx| observed(tx, far, 3.0)),
            Box::new(move |tx| {
                let kept = tx.get(alignment, When::Present)?;
                tx.delete(kept)
            }),
            Box::new(move |tx| {
                for score in [0.1, 0.2] {
                    tx.create(result(parent, score), None, None)?;
                }
                tx.create(measure(parent, "another"), None, None).map(drop)
            }),
        ];
        let at = instant("2026-06-01T00:00:00Z");
        let revision = ground.revision().await;
        let (picture, until) = ground.read(move |tx| tx.picture_until(at, When::Present)).await;
        let mut before = (picture, until, revision);
        let mut moments = vec![ground.store.head(ground.organization).await.expect("a head")];
        for (number, step) in steps.into_iter().enumerate() {
            ground.write(move |tx| step(tx)).await;
            let (made, anew) = made_and_anew(ground, &before, at.plus_micros(1), When::Present).await;
            let made = made.unwrap_or_else(|| panic!("step {number} is followed"));
            assert_eq!(told(&made.0), told(&anew.0), "step {number}");
            assert_eq!(made.1, anew.1, "step {number}");
            before = anew;
            moments.push(ground.store.head(ground.organization).await.expect("a head"));
        }
        let (beyond, _) = made_and_anew(ground, &before, before.1, When::Present).await;
        assert!(beyond.is_none(), "a boundary in time lies between them");
        // From the last of them, and from one half way, back and forth to each state that there was.
        let last = moments.last().expect("a moment").recorded_at.plus_micros(1);
        let half = &moments[moments.len() / 2];
        for (at, known) in [(last, None), (last, Some(half.revision))] {
            let when = known.map_or(When::Present, |known| When::Past { known, as_of: last });
            let (picture, until) = ground.read(move |tx| tx.picture_until(at, when)).await;
            let shown = (picture, until, known.unwrap_or(ground.revision().await));
            let instants: Vec<Instant> =
                moments.iter().map(|one| one.recorded_at).chain([last.plus_micros(5)]).collect();
            let states = moments.iter().flat_map(|one| instants.iter().map(|as_of| (one.revision, *as_of)));
            for (known, as_of) in states {
                let (made, anew) = made_and_anew(ground, &shown, as_of, When::Past { known, as_of }).await;
                let made = made.unwrap_or_else(|| panic!("as of {as_of}, known at {known}, is made"));
                assert_eq!(told(&made.0), told(&anew.0), "as of {as_of}, known at {known}");
            }
        }
        ground
            .write(|tx| {
                let (start_on, end_on) = (day("2026-01-01"), day("2026-12-31"));
                let period = Period { name: text("p"), start_on, end_on, parent: None, state: PeriodState::Open };
                tx.create(valid(period), None, None).map(drop)
            })
            .await;
        let (made, _) = made_and_anew(ground, &before, at.plus_micros(2), When::Present).await;
        assert!(made.is_none(), "a period touches everything in it");
    });
}

#[test]
fn no_past_is_made_from_a_picture_that_knows_more_than_the_snapshot() {
    on_both(async |ground| {
        ground.write(|tx| tx.create(theme("t"), None, None)).await;
        let (revision, at) = ground.read(|tx| tx.head().map(|head| (head.revision, head.recorded_at))).await;
        let made = |later: i64| {
            ground.read(move |tx| {
                let (picture, until) = tx.picture_until(at, When::Present)?;
                let shown = Shown { picture: &picture, until, revision: revision + later };
                tx.picture_from(shown, at, revision, When::Past { known: revision, as_of: at })
            })
        };
        assert!(made(0).await.is_some());
        assert!(made(1).await.is_none(), "what was written since is not there to be taken back");
    });
}
