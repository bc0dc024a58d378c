//! The rules of outcomes: what is not measured, or not due, is not an outcome yet.

use super::wording::work_named_in;
use super::{Evidence, Fact, Judgement, Number, Rule, RuleGroup, Scene, Severity};
use crate::forecast::{FIRM_FROM, observations, probability};
use crate::measure::{Indicator, MeasureKind, MeasureState};
use crate::outcome::{Outcome, OutcomeState};
use crate::progress::{Absent, Question};

pub(super) const NO_MEASURE: Rule = Rule {
    id: "no_measure",
    version: 1,
    group: RuleGroup::Outcome,
    severity: Severity::Error,
    numbers: &[],
    what: "The outcome has no active measure, and no outcome that counts contributes to it.",
    why: "Without a measure nobody can tell whether it has been reached.",
    example: "\"Customers trust us\" is active, and its one measure was retired.",
    remedy: "Add a measure with a baseline and a target, or align an active outcome that contributes to it.",
    find: Judgement::Outcome(no_measure),
};

fn no_measure(scene: &Scene<'_, Outcome>) -> Option<Evidence> {
    let mut active = 0usize;
    let mut retired = 0usize;
    for measure in scene.picture().measures_of(scene.it.id) {
        match measure.state {
            MeasureState::Active => active += 1,
            MeasureState::Retired => retired += 1,
        }
    }
    (active == 0 && !is_measured_by_parts(scene)).then(|| vec![Fact::count("retired_measures", retired)])
}

/// An outcome may stand on its parts alone: their progress is its own.
fn is_measured_by_parts(scene: &Scene<'_, Outcome>) -> bool {
    let children = scene.picture().children_at(scene.position);
    children.iter().filter(|edge| edge.weight > 0.0).any(|edge| {
        scene.picture().parts().outcomes.get(edge.to).is_some_and(|child| match child.state {
            OutcomeState::Active | OutcomeState::Closed => true,
            OutcomeState::Draft | OutcomeState::Proposed | OutcomeState::Cancelled => false,
        })
    })
}

pub(super) const NO_DUE_DATE: Rule = Rule {
    id: "no_due_date",
    version: 1,
    group: RuleGroup::Outcome,
    severity: Severity::Error,
    numbers: &[],
    what: "The outcome has no last day, of its own or from a period.",
    why: "What is not due is never late, and no pace can be told.",
    example: "\"Halve the time to answer\" has neither a due_on nor a period.",
    remedy: "Give it a due_on, or put it into a period.",
    find: Judgement::Outcome(|scene| scene.picture().due_of(scene.it).is_none().then(Vec::new)),
};

pub(super) const NOT_ALIGNED: Rule = Rule {
    id: "not_aligned",
    version: 1,
    group: RuleGroup::Outcome,
    severity: Severity::Warning,
    numbers: &[],
    what: "The outcome serves neither the mission nor a theme, by itself or through what it contributes to.",
    why: "What serves no purpose of the organization takes work from what does.",
    example: "\"Cut printing costs by 10%\" has no theme_id and contributes to nothing.",
    remedy: "Give it the theme or the mission that it serves, or align it with an outcome that serves one.",
    find: Judgement::Outcome(|scene| {
        let serves = scene.facts.serves.get(scene.position).copied().unwrap_or(false);
        (!serves).then(Vec::new)
    }),
};

pub(super) const NO_IMPACT: Rule = Rule {
    id: "no_impact",
    version: 1,
    group: RuleGroup::Outcome,
    severity: Severity::Warning,
    numbers: &[],
    what: "The outcome does not say who is better off, and how.",
    why: "An outcome is the difference that it makes to someone; without it, only the number is left to chase.",
    example: "\"Increase customer satisfaction by 20%\" has no impact.",
    remedy: "Write into impact who is better off once it is reached, and how.",
    find: Judgement::Outcome(|scene| scene.it.impact.is_none().then(Vec::new)),
};

pub(super) const ACTIVITY_NOT_OUTCOME: Rule = Rule {
    id: "activity_not_outcome",
    version: 1,
    group: RuleGroup::Outcome,
    severity: Severity::Warning,
    numbers: &[],
    what: "The title names work to be done, and no state that it changes. English titles alone are read.",
    why: "Work can be done in full and change nothing. An outcome says what is to be different.",
    example: "\"Launch the new website\" says what is done; \"Double the sign-ups on the website\" says what for.",
    remedy: "Say in the title what is to be different afterwards; keep the work for the team's own plan.",
    find: Judgement::Outcome(|scene| {
        work_named_in(scene.it.title.as_str()).map(|work| vec![Fact::text("names_work", &work)])
    }),
};

pub(super) const TOO_MANY_MEASURES: Rule = Rule {
    id: "too_many_measures",
    version: 1,
    group: RuleGroup::Outcome,
    severity: Severity::Warning,
    numbers: &[Number {
        name: "most",
        what: "The most active measures that an outcome may have.",
        default: 5.0,
        min: 1.0,
        max: 1_000.0,
    }],
    what: "The outcome has more active measures than the organization allows.",
    why: "Where everything is measured, nothing is steered by.",
    example: "\"Safer roads\" has six active measures, and five are allowed.",
    remedy: "Retire the measures by which nobody decides, or split the outcome.",
    find: Judgement::Outcome(|scene| {
        let measures = scene.measures().count();
        (measures as f64 > scene.number())
            .then(|| vec![Fact::count("measures", measures), Fact::number("most", scene.number())])
    }),
};

pub(super) const ALL_LAGGING: Rule = Rule {
    id: "all_lagging",
    version: 1,
    group: RuleGroup::Outcome,
    severity: Severity::Information,
    numbers: &[],
    what: "Every active measure of the outcome moves only after the outcome has.",
    why: "A lagging measure tells of success or failure when it is too late to do anything.",
    example: "\"More graduates\" is measured by degrees a year alone; attendance would tell earlier.",
    remedy: "Add a leading measure: something that moves first, and that the team can influence.",
    find: Judgement::Outcome(|scene| {
        let measures = scene.measures().count();
        let is_lagging = scene.measures().all(|measure| measure.indicator == Indicator::Lagging);
        (measures > 0 && is_lagging).then(|| vec![Fact::count("measures", measures)])
    }),
};

pub(super) const NO_GUARDRAIL: Rule = Rule {
    id: "no_guardrail",
    version: 1,
    group: RuleGroup::Outcome,
    severity: Severity::Information,
    numbers: &[],
    what: "The outcome cuts something, and no guardrail measure watches what must not get worse by it.",
    why: "What is cut is often paid for elsewhere: shorter calls by unsolved cases, lower costs by lower quality.",
    example: "\"Halve the cost of a case\" has a decreasing measure, and none with guardrail: true.",
    remedy: "Add a measure with guardrail: true for what must not suffer.",
    find: Judgement::Outcome(|scene| {
        let has_guardrail = scene.measures().any(|measure| measure.guardrail);
        let cuts = scene.measures().filter(|measure| measure.kind == MeasureKind::Decrease);
        let cuts: Evidence = cuts.map(|measure| Fact::id("measure", measure.id)).collect();
        (!has_guardrail && !cuts.is_empty()).then_some(cuts)
    }),
};

pub(super) const UNREACHABLE: Rule = Rule {
    id: "unreachable",
    version: 1,
    group: RuleGroup::Outcome,
    severity: Severity::Warning,
    numbers: &[
        Number {
            name: "per_cent",
            what: "Below which probability, in per cent, a target is out of reach.",
            default: 1.0,
            min: 1.0,
            max: 50.0,
        },
        Number {
            name: "values",
            what: "How many reporting intervals with a value the forecast must rest on: fewer give a hint and no more.",
            default: FIRM_FROM as f64,
            min: 2.0,
            max: 60.0,
        },
    ],
    what: "By the forecast, a measure that counts hardly ever reaches its target by the due date.",
    why: "A target that nobody can reach steers nothing, and those who see it coming stop trying.",
    example: "Values rise by 1 a month, and half a year before the due date 40 are still missing.",
    remedy: "Do something else than so far, or change the target or the due date, with a reason.",
    find: Judgement::Outcome(unreachable),
};

fn unreachable(scene: &Scene<'_, Outcome>) -> Option<Evidence> {
    let picture = scene.picture();
    let [below, values] = *scene.numbers else { return None };
    let mut evidence = Vec::new();
    for (measure, numbers) in scene.assessed().filter(|(_, numbers)| numbers.counts) {
        let points = picture.headline(measure.id);
        // An interval with a value has at least one point, so that most of what is not judged costs nothing.
        let is_met = numbers.progress.attainment.is_some_and(|attainment| attainment >= 100.0);
        if is_met || (points.len() as f64) < values {
            continue;
        }
        let question = Question {
            measure,
            start_on: picture.start_of(scene.it),
            due_on: picture.due_of(scene.it),
            today: picture.today(),
            organization: &picture.parts().organization,
            points,
        };
        // Where nothing can be foreseen, nothing is out of reach.
        let Ok(probability) = probability(&question, &numbers.progress) else { continue };
        if 100.0 * probability.computed() >= below {
            continue;
        }
        let observations = observations(&question);
        if observations as f64 >= values {
            evidence.push(Fact::id("measure", measure.id));
            evidence.push(Fact::number("probability_below_per_cent", below));
            evidence.push(Fact::count("values", observations));
        }
    }
    (!evidence.is_empty()).then_some(evidence)
}

pub(super) const TARGET_MET_AT_BASELINE: Rule = Rule {
    id: "target_met_at_baseline",
    version: 1,
    group: RuleGroup::Outcome,
    severity: Severity::Warning,
    numbers: &[],
    what: "A measure of the outcome had met its target when the outcome began.",
    why: "What is there from the beginning is no difference that anyone makes.",
    example: "The target is 80%, and the last value before the first day was 83%.",
    remedy: "Set a target beyond the baseline, or make it a measure that is to be maintained.",
    find: Judgement::Outcome(target_met_at_baseline),
};

fn target_met_at_baseline(scene: &Scene<'_, Outcome>) -> Option<Evidence> {
    let mut evidence = Vec::new();
    for (measure, numbers) in scene.assessed() {
        let Some(baseline) = numbers.progress.baseline else { continue };
        let is_met = match measure.kind {
            MeasureKind::Increase | MeasureKind::Decrease => {
                matches!(numbers.progress.absent, Some(Absent::BaselineIsTarget | Absent::WrongDirection))
            }
            MeasureKind::Reach => measure.target.satisfied_by(baseline.value),
            // What is to be kept begins where it is to stay, and the rest has no target to start from.
            MeasureKind::MaintainAbove
            | MeasureKind::MaintainBelow
            | MeasureKind::MaintainRange
            | MeasureKind::Milestones
            | MeasureKind::Monitor => false,
        };
        if is_met {
            evidence.push(Fact::id("measure", measure.id));
            evidence.push(Fact::number("baseline", baseline.value));
            let target = measure.target.target.or(measure.target.low).or(measure.target.high);
            evidence.extend(target.map(|target| Fact::number("target", target.get())));
        }
    }
    (!evidence.is_empty()).then_some(evidence)
}
