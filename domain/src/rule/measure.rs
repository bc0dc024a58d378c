//! The rules of measures: what is measured must be told, and told by someone else than who is judged by it.

use super::{Evidence, Fact, Judgement, Number, Rule, RuleGroup, Scene, Severity};
use crate::measure::{Measure, MeasureKind};
use crate::pace::{Freshness, every_on, update};
use crate::reporting::intervals_between;

pub(super) const NO_TARGET: Rule = Rule {
    id: "no_target",
    version: 1,
    group: RuleGroup::Measure,
    severity: Severity::Information,
    numbers: &[],
    what: "The measure is only watched: it has no target yet.",
    why: "It counts for nothing in the progress of its outcome until it has one.",
    example: "\"Visitors a day\" is a monitor.",
    remedy: "Once its values are known, give it a kind, a baseline and a target.",
    find: Judgement::Measure(|scene| (scene.it.kind == MeasureKind::Monitor).then(Vec::new)),
};

pub(super) const NO_BASELINE: Rule = Rule {
    id: "no_baseline",
    version: 1,
    group: RuleGroup::Measure,
    severity: Severity::Warning,
    numbers: &[],
    what: "The outcome has begun, and the measure has no value to start from: none was given, and none was observed on \
           or before the first day.",
    why: "How far one has come can be told only from where one began; until then its progress counts as 0.",
    example: "The target is 85, the first day was 1 January, and the first value is of 31 January.",
    remedy: "Give it a baseline, with a reason, or record an observation of the first day or earlier.",
    find: Judgement::Measure(no_baseline),
};

fn no_baseline(scene: &Scene<'_, Measure>) -> Option<Evidence> {
    match scene.it.kind {
        MeasureKind::Increase | MeasureKind::Decrease => {}
        MeasureKind::MaintainAbove
        | MeasureKind::MaintainBelow
        | MeasureKind::MaintainRange
        | MeasureKind::Reach
        | MeasureKind::Milestones
        | MeasureKind::Monitor => return None,
    }
    let start_on = scene.outcome().and_then(|outcome| outcome.start_on);
    // Until the first day is over, the value to start from may still come.
    let has_begun = start_on.is_none_or(|start_on| start_on < scene.picture().today());
    let is_missing = scene.assessment()?.progress.baseline.is_none();
    (has_begun && is_missing).then(|| start_on.map(|day| Fact::day("start_on", day)).into_iter().collect())
}

pub(super) const NO_UNIT: Rule = Rule {
    id: "no_unit",
    version: 1,
    group: RuleGroup::Measure,
    severity: Severity::Warning,
    numbers: &[],
    what: "The measure does not say what its values count.",
    why: "20 may be per cent, points, people or pounds, and each reader will take it for another.",
    example: "\"Satisfaction\" has a target of 85 and no unit.",
    remedy: "Give it a unit, such as per cent, people or GBP.",
    find: Judgement::Measure(|scene| {
        (scene.it.unit.is_none() && scene.it.kind != MeasureKind::Milestones).then(Vec::new)
    }),
};

pub(super) const NO_OBSERVATION: Rule = Rule {
    id: "no_observation",
    version: 1,
    group: RuleGroup::Measure,
    severity: Severity::Warning,
    numbers: &[],
    what: "Nothing has ever been observed, though the first update is overdue by more than the grace.",
    why: "What nobody observes cannot show whether the outcome is being reached; its progress counts as 0.",
    example: "A monthly measure of an outcome that began in January has no value in March.",
    remedy: "Record its first value, or retire the measure and take one that can be observed.",
    find: Judgement::Measure(no_observation),
};

fn no_observation(scene: &Scene<'_, Measure>) -> Option<Evidence> {
    let numbers = scene.assessment()?;
    if numbers.progress.latest.is_some() {
        return None;
    }
    // Milestones, which are not observed, have no updates.
    let known = numbers.update?;
    let Some(start_on) = scene.outcome().and_then(|outcome| outcome.start_on) else { return Some(Vec::new()) };
    // The first update is due when one would be after a value of the day before the first.
    let first = update(scene.it, Some(crate::time::plus_days(start_on, -1)), scene.picture().today())?;
    let overdue = first.overdue_days.filter(|_| first.freshness == Freshness::Stale)?;
    Some(vec![
        Fact::day("start_on", start_on),
        Fact::number("overdue_days", overdue as f64),
        Fact::number("grace_days", known.grace_days as f64),
    ])
}

pub(super) const STALE: Rule = Rule {
    id: "stale",
    version: 1,
    group: RuleGroup::Measure,
    severity: Severity::Warning,
    numbers: &[],
    what: "An update of the measure is overdue by more than the grace.",
    why: "The last value may no longer be true, and what is decided by it may be wrong.",
    example: "A monthly measure with a grace of 3 days was last observed 35 days ago.",
    remedy: "Record the value that is missing, give the measure the interval in which values really come, or retire it.",
    find: Judgement::Measure(|scene| {
        let update = scene.assessment()?.update.filter(|update| update.freshness == Freshness::Stale)?;
        let mut evidence: Evidence = update.latest_on.map(|day| Fact::day("latest_on", day)).into_iter().collect();
        evidence.extend(update.overdue_days.map(|days| Fact::number("overdue_days", days as f64)));
        evidence.push(Fact::number("grace_days", update.grace_days as f64));
        Some(evidence)
    }),
};

pub(super) const UNCHANGED: Rule = Rule {
    id: "unchanged",
    version: 1,
    group: RuleGroup::Measure,
    severity: Severity::Information,
    numbers: &[Number {
        name: "intervals",
        what: "Over how many reporting intervals the same value is worth knowing.",
        default: 4.0,
        min: 1.0,
        max: 1_000.0,
    }],
    what: "The measure has had the same value for several reporting intervals.",
    why: "Either nothing moves it, or the value is copied forward and not observed.",
    example: "A monthly measure reads 71 in January and in every month to May.",
    remedy: "See whether it is still observed; if it is, try something else, or take a measure that responds.",
    find: Judgement::Measure(unchanged),
};

fn unchanged(scene: &Scene<'_, Measure>) -> Option<Evidence> {
    match scene.it.kind {
        MeasureKind::Increase | MeasureKind::Decrease | MeasureKind::Reach | MeasureKind::Monitor => {}
        // To stay as it is is what these are for; and milestones are not observed.
        MeasureKind::MaintainAbove
        | MeasureKind::MaintainBelow
        | MeasureKind::MaintainRange
        | MeasureKind::Milestones => return None,
    }
    let picture = scene.picture();
    let points = picture.headline(scene.it.id);
    let latest = points.last()?;
    let first = points.iter().rev().take_while(|point| point.value == latest.value).last()?;
    let (since, until) = (picture.day_of_point(first), picture.day_of_point(latest));
    let every = every_on(&scene.it.cadence, picture.today())?;
    let intervals = intervals_between(every, since, until, picture.parts().organization.fiscal_year_starts);
    (intervals as f64 >= scene.number()).then(|| {
        vec![
            Fact::number("value", latest.value),
            Fact::day("since", since),
            Fact::day("latest_on", until),
            Fact::number("intervals", intervals as f64),
        ]
    })
}

pub(super) const COUNTED_TWICE: Rule = Rule {
    id: "counted_twice",
    version: 1,
    group: RuleGroup::Measure,
    severity: Severity::Warning,
    numbers: &[],
    what: "The measure counts in one outcome by two paths of contributions.",
    why: "Its progress weighs more there than anybody meant.",
    example: "Its outcome contributes to two outcomes, and both of them contribute to a third.",
    remedy: "Take one of the paths away, or say that it supports instead of contributes.",
    find: Judgement::Measure(|scene| {
        let position = scene.picture().outcome_at(scene.position)?;
        let met = scene.facts.meets.get(position).copied().flatten()?;
        let met = scene.picture().parts().outcomes.get(met)?;
        scene
            .assessment()?
            .counts
            .then(|| vec![Fact::text("key", scene.it.key.as_str()), Fact::id("counted_twice_in", met.id)])
    }),
};

pub(super) const SELF_GRADED: Rule = Rule {
    id: "self_graded",
    version: 1,
    group: RuleGroup::Measure,
    severity: Severity::Information,
    numbers: &[],
    what: "Every value of the measure was recorded by the person who answers for its outcome.",
    why: "Whoever is judged by a number should not be the only one who writes it down.",
    example: "Ada answers for \"Safer roads\", and recorded each of its twelve values herself.",
    remedy: "Have the value come from a system, or from someone else.",
    find: Judgement::Measure(|scene| {
        let recorder = *scene.picture().parts().recorders.get(&scene.it.id)?;
        let answers = scene.outcome()?.accountable.as_ref().ok()?;
        (answers.person == recorder).then(|| {
            let observations = scene.picture().headline(scene.it.id).len();
            vec![Fact::id("person", recorder), Fact::count("observations", observations)]
        })
    }),
};
