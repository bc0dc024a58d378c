//! Pictures: everything of one organization, in one snapshot, as it was and as it was known.

use remit_domain::id::Id;
use remit_domain::observation::Segment;
use remit_domain::outcome::{OutcomeResult, ResultKind};
use remit_domain::period::{Period, PeriodState};
use remit_domain::picture::Picture;
use remit_domain::responsibility::Part;
use remit_domain::team::{Membership, MembershipPart, Team};
use remit_domain::time::Instant;
use remit_persistence::{Batch, BatchRow, When};

use crate::database::{Ground, on_both};
use crate::made::{
    ALWAYS, alignment, assignment, day, measure, mission, outcome, person, responsibility, role, text, theme, valid,
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
        parts.headline.values().map(Vec::len).sum(),
    ]
}

async fn picture(ground: &Ground, at: Instant, when: When) -> Picture {
    ground.read(move |tx| tx.picture(at, when)).await
}

#[test]
fn a_picture_holds_everything_of_its_organization_and_nothing_of_another() {
    on_both(async |ground| {
        let neighbour = ground.neighbour().await;
        let before = ground.revision().await;
        let result = |outcome, score| {
            valid(OutcomeResult {
                outcome,
                result: ResultKind::Partly,
                score,
                final_progress: None,
                final_coverage: None,
                retrospective: None,
                reason: None,
            })
        };
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
