//! Entities: kept and read back field by field, numbered by version, deleted from now on, brought back as themselves.

use std::fmt::Debug;

use remit_domain::alignment::{Alignment, AlignmentKind, AlignmentParent};
use remit_domain::assignment::{Assignment, AssignmentKind, Readiness};
use remit_domain::entity::Valid;
use remit_domain::id::{Id, Identified};
use remit_domain::measure::{
    Aggregation, Basis, Bound, Cadence, Every, Indicator, Measure, MeasureKind, MeasureState, Milestone, PlanPoint,
    Target, TargetRevision,
};
use remit_domain::mission::Mission;
use remit_domain::organization::Organization;
use remit_domain::outcome::{Category, Commitment, Outcome, OutcomeResult, OutcomeState, ResultKind, Serves};
use remit_domain::period::{Period, PeriodState};
use remit_domain::person::{Person, PersonSkill};
use remit_domain::responsibility::{Object, Part, Responsibility};
use remit_domain::role::{Role, Subject};
use remit_domain::skill::{Level, RequiredSkill, Skill};
use remit_domain::team::{Membership, MembershipPart, Team};
use remit_domain::text::Key;
use remit_domain::theme::Theme;
use remit_domain::time::{Instant, Span, Zone};
use remit_persistence::{StoreError, Stored, When, WriteTx};

use crate::database::{Ground, on_both};
use crate::made::{self, day, instant, number, text, theme, valid};

/// Keeps a value and reads it back, in a list too.
async fn reads_back<T: Stored + Identified + PartialEq + Debug + Send + Sync>(ground: &Ground, value: Valid<T>) {
    let sent = value.clone();
    let kept = ground.write(move |tx| tx.create(sent.clone(), None, None)).await;
    let id = kept.id;
    let (found, all) = ground.read(move |tx| Ok((tx.get(id, When::Present)?, tx.all::<T>(When::Present)?))).await;
    assert_eq!(found, kept);
    assert_eq!(found.value, value);
    assert!(all.contains(&kept), "{}", T::NOUN);
}

/// Keeps what the nouns below refer to: nothing refers to what was never there.
fn referred_to(tx: &mut WriteTx<'_>) -> Result<(), StoreError> {
    for bits in [1, 2] {
        tx.create_as(Id::from_bits(bits), valid(Skill { name: text("s"), description: None }), None, None)?;
    }
    let period = Period {
        name: text("p"),
        start_on: day("2026-01-01"),
        end_on: day("2026-12-31"),
        parent: None,
        state: PeriodState::Open,
    };
    tx.create_as(Id::from_bits(3), valid(period), None, None)?;
    tx.create_as(Id::from_bits(4), valid(Team { name: text("t"), purpose: None, parent: None }), None, None)?;
    for bits in [5, 6] {
        tx.create_as(Id::from_bits(bits), made::person("Ada"), None, None)?;
    }
    tx.create_as(Id::from_bits(9), made::role("r"), None, None)?;
    tx.create_as(Id::from_bits(11), made::mission(), None, None)?;
    tx.create_as(Id::from_bits(12), theme("t"), None, None)?;
    for bits in [1, 13] {
        tx.create_as(Id::from_bits(bits), made::outcome("o", None), None, None)?;
    }
    for bits in [2, 14] {
        tx.create_as(Id::from_bits(bits), made::measure(Id::from_bits(13), "m"), None, None)?;
    }
    Ok(())
}

const TRICKY: &str = "Zoë's \"50%\" \\ _wild_ % 漢字 🚀\n\tnext line";

/// Keeps one of every noun, and reads it back.
pub async fn every_noun(ground: &Ground) {
    let during = Span { from: instant("2026-01-01T00:00:00.000001Z"), to: Some(instant("2026-07-01T00:00:00Z")) };
    let skills = || {
        vec![
            RequiredSkill { skill: Id::from_bits(1), level: Level::Expert, must: true, weight: 0.1 },
            RequiredSkill { skill: Id::from_bits(2), level: Level::Awareness, must: false, weight: 3.0 },
        ]
    };
    ground.write(referred_to).await;
    reads_back(ground, valid(Theme { title: text(TRICKY), success: Some(text(TRICKY)) })).await;
    reads_back(
        ground,
        valid(Mission {
            statement: text(TRICKY),
            vision: Some(text("a vision")),
            values: vec![text("one"), text("[\"two\"]")],
            effective: during,
        }),
    )
    .await;
    reads_back(
        ground,
        valid(Period {
            name: text("2026 Q1"),
            start_on: day("0001-01-01"),
            end_on: day("9999-12-30"),
            parent: Some(Id::from_bits(3)),
            state: PeriodState::Closed,
        }),
    )
    .await;
    reads_back(ground, valid(Team { name: text("A"), purpose: Some(text("B")), parent: Some(Id::from_bits(4)) })).await;
    reads_back(
        ground,
        valid(Membership { team: Id::from_bits(4), person: Id::from_bits(5), part: MembershipPart::Lead, during }),
    )
    .await;
    reads_back(
        ground,
        valid(Person {
            manager: Some(Id::from_bits(5)),
            zone: Zone::named("Asia/Kathmandu"),
            active: false,
            joined_on: Some(day("2020-02-29")),
            left_on: Some(day("2026-01-01")),
            ..made::person("Ada").into_inner()
        }),
    )
    .await;
    reads_back(
        ground,
        valid(PersonSkill {
            person: Id::from_bits(5),
            skill: Id::from_bits(1),
            level: Level::Practitioner,
            verified_by: Some(Id::from_bits(6)),
            during,
        }),
    )
    .await;
    reads_back(ground, valid(Skill { name: text("Rust"), description: None })).await;
    reads_back(
        ground,
        valid(Role {
            title: text("Lead"),
            purpose: Some(text("P")),
            team: Some(Id::from_bits(4)),
            reports_to: Some(Id::from_bits(9)),
            is_key: true,
            accountabilities: vec![text("first"), text(TRICKY)],
            domains: vec![text("budget")],
            skills: skills(),
            seats_min: 1,
            seats_max: 100_000,
        }),
    )
    .await;
    reads_back(
        ground,
        valid(Assignment {
            role: Id::from_bits(9),
            person: Id::from_bits(5),
            kind: AssignmentKind::Successor,
            focus: Some(text("north")),
            during,
            term_ends: Some(day("2027-01-01")),
            load: Some(33.3),
            readiness: Some(Readiness::TwoYears),
        }),
    )
    .await;
    for serves in [None, Some(Serves::Mission(Id::from_bits(11))), Some(Serves::Theme(Id::from_bits(12)))] {
        reads_back(
            ground,
            valid(Outcome {
                title: text("T"),
                statement: Some(text(TRICKY)),
                impact: Some(text("I")),
                category: Category::CustomerSatisfaction,
                serves,
                team: Some(Id::from_bits(4)),
                owner: Some(Id::from_bits(5)),
                period: Some(Id::from_bits(3)),
                start_on: Some(day("2026-01-01")),
                due_on: None,
                commitment: Commitment::Aspirational,
                weight: 0.30000000000000004,
                state: OutcomeState::Closed,
                active_from: Some(Instant::BEGINNING),
                ended_at: Some(instant("2026-06-30T22:59:59.999999Z")),
                skills: skills(),
                tags: vec![text("a"), text("b \"c\"")],
                check_in_days: Some(7),
                check_in_grace_days: Some(0),
            }),
        )
        .await;
    }
    reads_back(
        ground,
        valid(OutcomeResult {
            outcome: Id::from_bits(13),
            result: ResultKind::Partly,
            score: 0.7,
            final_progress: Some(66.666_666_666_666_67),
            final_coverage: Some(1.0),
            retrospective: Some(text("R")),
            reason: Some(text("S")),
        }),
    )
    .await;
    let target = Target {
        baseline: Some(number(65.0)),
        target: None,
        basis: Basis::Relative,
        amount: Some(number(20.5)),
        bound: Bound::Exclusive,
        ..Target::default()
    };
    reads_back(
        ground,
        valid(Measure {
            target,
            unit: Some(text("%")),
            precision: 6,
            aggregation: Aggregation::Mean,
            weight: 1e6,
            indicator: Indicator::Leading,
            guardrail: true,
            state: MeasureState::Retired,
            cadence: vec![
                Cadence { from: None, every: Every::FiscalQuarter },
                Cadence { from: Some(day("2026-03-01")), every: Every::Days(10) },
            ],
            lag_days: 3660,
            grace_days: Some(0),
            plan: vec![
                PlanPoint { on: day("2026-02-01"), value: number(-1e15) },
                PlanPoint { on: day("2026-02-02"), value: number(0.1) },
            ],
            ..made::measure(Id::from_bits(13), "sales.revenue").into_inner()
        }),
    )
    .await;
    reads_back(
        ground,
        valid(Measure {
            kind: MeasureKind::Milestones,
            target: Target::default(),
            milestones: vec![Milestone {
                id: Id::from_bits(20),
                title: text("first"),
                weight: 2.5,
                due_on: Some(day("2026-05-01")),
                done_on: None,
            }],
            ..made::measure(Id::from_bits(13), "steps").into_inner()
        }),
    )
    .await;
    reads_back(
        ground,
        valid(TargetRevision {
            measure: Id::from_bits(14),
            before: target,
            after: Target::default(),
            reason: text("why"),
        }),
    )
    .await;
    for (object, subject) in [
        (Object::Outcome(Id::from_bits(13)), Subject::Person(Id::from_bits(5))),
        (Object::Measure(Id::from_bits(14)), Subject::Role(Id::from_bits(9))),
    ] {
        let part = Part::Consulted;
        reads_back(ground, valid(Responsibility { object, part, subject, during, reason: Some(text("R")) })).await;
    }
    for parent in [AlignmentParent::Outcome(Id::from_bits(1)), AlignmentParent::Measure(Id::from_bits(2))] {
        reads_back(
            ground,
            valid(Alignment {
                child: Id::from_bits(13),
                parent,
                kind: AlignmentKind::DependsOn,
                weight: 0.0,
                confirmed_by: Some(Id::from_bits(5)),
            }),
        )
        .await;
    }
    reads_back(ground, made::api_key("an unused hash")).await;
}

#[test]
fn every_noun_reads_back_as_it_was_kept() {
    on_both(every_noun);
}

#[test]
fn settings_of_an_organization_read_back_with_a_coming_zone() {
    on_both(async |ground| {
        let before = ground.read(|tx| tx.organization(When::Present)).await;
        let value = valid(Organization {
            next_zone: Some((instant("2027-01-01T00:00:00Z"), Zone::named("Asia/Tokyo").expect("a zone"))),
            slug: Key::parse("another-slug").expect("a key"),
            ..before.value.clone().into_inner()
        });
        let after = ground.write(move |tx| tx.change(before.clone(), value.clone(), "changed", None)).await;
        assert_eq!(ground.read(|tx| tx.organization(When::Present)).await, after);
        assert_eq!(after.version, 2);
    });
}

#[test]
fn a_change_makes_the_next_version_and_the_same_value_again_makes_none() {
    on_both(async |ground| {
        let first = ground.write(|tx| tx.create(theme("one"), None, None)).await;
        assert_eq!((first.version, first.created_at), (1, first.updated_at));
        let before = first.clone();
        let second = ground.write(move |tx| tx.change(before.clone(), theme("two"), "changed", None)).await;
        assert_eq!((second.version, second.id, second.created_at), (2, first.id, first.created_at));
        assert!(second.updated_at > first.updated_at);
        let revision = ground.revision().await;
        let before = second.clone();
        let same = ground.write(move |tx| tx.change(before.clone(), theme("two"), "changed", None)).await;
        assert_eq!(same, second);
        assert_eq!(ground.revision().await, revision, "nothing was changed");
    });
}

#[test]
fn several_changes_of_one_write_are_one_version() {
    on_both(async |ground| {
        let kept = ground
            .write(|tx| {
                let one = tx.create(theme("one"), None, None)?;
                let two = tx.change(one, theme("two"), "changed", None)?;
                tx.change(two, theme("three"), "changed", None)
            })
            .await;
        assert_eq!((kept.version, kept.title.as_str()), (1, "three"));
        let id = kept.id;
        assert_eq!(ground.read(move |tx| tx.get(id, When::Present)).await, kept);
    });
}

#[test]
fn what_is_deleted_is_gone_from_now_on_and_comes_back_as_itself() {
    on_both(async |ground| {
        let first = ground.write(|tx| tx.create(theme("one"), None, None)).await;
        let (id, kept) = (first.id, first.clone());
        ground.write(move |tx| tx.delete(kept.clone())).await;
        let (found, all) =
            ground.read(move |tx| Ok((tx.find(id, When::Present)?, tx.all::<Theme>(When::Present)?))).await;
        assert_eq!((found, all), (None, Vec::new()));
        let known = ground.revision().await;
        let then = When::Past { known, as_of: first.updated_at };
        assert_eq!(ground.read(move |tx| tx.get(id, then)).await, first, "before the deletion it stays what it was");

        let back = ground.write(move |tx| tx.revive(id, theme("back"))).await;
        assert_eq!((back.id, back.version, back.created_at), (id, 3, first.created_at));
        assert_eq!(ground.read(move |tx| tx.get(id, When::Present)).await, back);
        assert_eq!(ground.read(move |tx| tx.get(id, then)).await, first);
    });
}

#[test]
fn what_never_was_is_neither_found_nor_brought_back() {
    on_both(async |ground| {
        let id: Id<Theme> = Id::from_bits(42);
        assert_eq!(ground.read(move |tx| tx.find(id, When::Present)).await, None);
        assert!(matches!(ground.try_write(move |tx| tx.revive(id, theme("x"))).await, Err(StoreError::NotFound)));
        let kept = ground.write(|tx| tx.create(theme("alive"), None, None)).await.id;
        assert!(matches!(ground.try_write(move |tx| tx.revive(kept, theme("x"))).await, Err(StoreError::NotFound)));
    });
}

#[test]
fn many_are_listed_by_id_in_the_order_of_their_birth() {
    on_both(async |ground| {
        let made = ground
            .write(|tx| {
                (0..600).map(|n| Ok(tx.create(theme(&format!("t{n}")), None, None)?.id)).collect::<Result<Vec<_>, _>>()
            })
            .await;
        let listed = ground.read(|tx| tx.all::<Theme>(When::Present)).await;
        assert_eq!(listed.iter().map(|kept| kept.id).collect::<Vec<_>>(), made);
    });
}
