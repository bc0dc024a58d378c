//! The rules of communication: whether it is said how things stand, and whether what is said can be believed.

use super::{Evidence, Fact, Judgement, Number, Rule, RuleGroup, Scene, Severity, Told};
use crate::check_in::check_in_due;
use crate::outcome::Outcome;
use crate::pace::is_divergent;
use crate::picture::Picture;
use crate::webhook::DisabledWebhook;

pub(super) const CHECK_IN_OVERDUE: Rule = Rule {
    id: "check_in_overdue",
    version: 1,
    group: RuleGroup::Communication,
    severity: Severity::Warning,
    numbers: &[],
    what: "The next check-in of the outcome is late by more than its grace.",
    why: "The numbers say where it stands, but nobody says why, what is in the way and what comes next.",
    example: "\"Answer every request within a day\" is checked in every 14 days; the last time was five weeks ago.",
    remedy: "Who answers for it publishes a check-in, or its cadence is set to what is really meant.",
    find: Judgement::Outcome(check_in_overdue),
};

fn check_in_overdue(scene: &Scene<'_, Outcome>) -> Option<Evidence> {
    let numbers = scene.facts.assessment.outcomes().get(scene.position)?;
    let due = check_in_due(scene.picture(), scene.it, numbers.accountable)?;
    if !due.is_overdue() {
        return None;
    }
    let mut evidence = vec![
        Fact::day("due_on", due.due_on),
        Fact::count("overdue_days", due.overdue_days as usize),
        Fact::count("grace_days", due.grace_days as usize),
    ];
    evidence.extend(due.last_on.map(|on| Fact::day("last_on", on)));
    evidence.extend(due.owed_by.ok().map(|answer| Fact::id("owed_by", answer.person)));
    Some(evidence)
}

pub(super) const DIVERGENT_STATUS: Rule = Rule {
    id: "divergent_status",
    version: 1,
    group: RuleGroup::Alignment,
    severity: Severity::Warning,
    numbers: &[],
    what: "Twice running, a check-in reported the outcome better than its numbers said.",
    why: "Either the numbers do not measure what matters, or the report is more hope than fact.",
    example: "In April and in May \"on track\" was reported, while progress stood at half of what was expected.",
    remedy: "Say in the next check-in why the numbers mislead, correct the measures, or report what they say.",
    find: Judgement::Outcome(divergent_status),
};

fn divergent_status(scene: &Scene<'_, Outcome>) -> Option<Evidence> {
    let reports = scene.picture().reports_of(scene.it.id);
    let [.., before, last] = reports else { return None };
    let running = [before, last];
    running.iter().all(|report| is_divergent(report.pace, Some(report.status))).then(|| {
        let facts = |report: &&crate::check_in::Report| {
            let pace = report.pace.map(|pace| Fact::text("pace", &pace.to_string()));
            [
                Some(Fact::id("check_in", report.check_in)),
                Some(Fact::text("reported_status", &report.status.to_string())),
                pace,
            ]
        };
        running.iter().flat_map(facts).flatten().collect()
    })
}

pub(super) const MISSION_CHANGED: Rule = Rule {
    id: "mission_changed",
    version: 1,
    group: RuleGroup::Communication,
    severity: Severity::Information,
    numbers: &[],
    what: "The outcome has been pursued since before the mission in force began, and not been checked in since.",
    why: "What was decided for an earlier mission may not serve this one; nobody has said that it still does.",
    example: "The mission was replaced in March; \"Open three depots\" has been active since January, checked in last in \
        February.",
    remedy: "Review it against the mission, and publish a check-in that says so; cancel it if it serves nothing.",
    find: Judgement::Outcome(mission_changed),
};

fn mission_changed(scene: &Scene<'_, Outcome>) -> Option<Evidence> {
    let picture = scene.picture();
    let mission = picture.parts().mission.as_ref()?;
    let from = mission.effective.from;
    if scene.it.active_from.is_none_or(|active_from| active_from >= from) {
        return None;
    }
    let last = picture.reports_of(scene.it.id).last();
    if last.is_some_and(|report| report.published_at >= from) {
        return None;
    }
    let mut evidence = vec![Fact::id("mission", mission.id), Fact::day("effective_on", picture.day_of(from))];
    evidence.extend(last.map(|report| Fact::day("last_on", picture.day_of(report.published_at))));
    Some(evidence)
}

pub(super) const NOT_UNDERSTOOD: Rule = Rule {
    id: "not_understood",
    version: 1,
    group: RuleGroup::Communication,
    severity: Severity::Warning,
    numbers: &[Number {
        name: "acknowledged_percent",
        what: "How many of its readers, per cent, acknowledge a briefing by its due date.",
        default: 80.0,
        min: 1.0,
        max: 100.0,
    }],
    what: "The day by which a briefing was to be acknowledged is over, and too few of its readers have done so.",
    why: "What has not been read cannot be followed; the organization believes that everyone knows, and it is not so.",
    example: "\"What we are to achieve in 2026\" went to 200 people; on the day after it was due 141 had acknowledged it.",
    remedy: "Ask the leads of the teams in which it is missing to speak about it, or publish it again in plainer words.",
    find: Judgement::Briefing(not_understood),
};

fn not_understood(told: &Told<'_>) -> Option<Evidence> {
    let Told { picture, it, numbers } = told;
    let due_on = it.due_on.filter(|due_on| *due_on < picture.today())?;
    let in_force = picture.parts().mission.as_ref().map(|mission| mission.id);
    if it.subject.is_superseded(in_force) {
        return None;
    }
    let percent = numbers.first().copied().unwrap_or(f64::INFINITY);
    // Whole numbers on both sides, so that exactly the percentage is enough.
    if it.acknowledged as f64 * 100.0 >= percent * it.readers as f64 {
        return None;
    }
    Some(vec![
        Fact::day("due_on", due_on),
        Fact::count("readers", it.readers),
        Fact::count("acknowledged", it.acknowledged),
    ])
}

pub(super) const TOO_SAFE: Rule = Rule {
    id: "too_safe",
    version: 1,
    group: RuleGroup::Outcome,
    severity: Severity::Information,
    numbers: &[
        Number {
            name: "confidence_percent",
            what: "The mean confidence, per cent, above which an outcome is too safe.",
            default: 90.0,
            min: 1.0,
            max: 100.0,
        },
        Number {
            name: "check_ins_min",
            what: "On how many check-ins that state a confidence it rests at least, of the latest five.",
            default: 1.0,
            min: 1.0,
            max: 5.0,
        },
    ],
    what: "In the mean of the latest check-ins, hardly anyone doubts that the outcome will be achieved.",
    why: "What is certain from the beginning asks nothing of anyone; a bolder target may be within reach.",
    example: "Three check-ins of \"Keep the site online\" state a confidence of .95, .98 and .97.",
    remedy: "Raise the target, or spend the effort where it changes more.",
    find: Judgement::Outcome(too_safe),
};

fn too_safe(scene: &Scene<'_, Outcome>) -> Option<Evidence> {
    let [percent, least] = scene.numbers else { return None };
    let stated: Vec<f64> = scene.picture().reports_of(scene.it.id).iter().filter_map(|one| one.confidence).collect();
    if (stated.len() as f64) < *least {
        return None;
    }
    let mean = stated.iter().sum::<f64>() / stated.len() as f64;
    (100.0 * mean > *percent + 1e-9)
        .then(|| vec![Fact::number("mean_confidence", mean), Fact::count("check_ins", stated.len())])
}

pub(super) const WEBHOOK_DISABLED: Rule = Rule {
    id: "webhook_disabled",
    version: 1,
    group: RuleGroup::Communication,
    severity: Severity::Warning,
    numbers: &[],
    what: "The service gave up on a webhook: it is gone, or did not take an event for three days.",
    why: "Another system believes that it knows how things stand, and no longer does.",
    example: "The chat's webhook has answered 500 since Friday; on Monday it was disabled.",
    remedy: "Repair the receiver and make the webhook active again, when it is told of everything since; or delete it.",
    find: Judgement::Webhook(webhook_disabled),
};

fn webhook_disabled(picture: &Picture, one: &DisabledWebhook) -> Evidence {
    vec![Fact::text("fault", &one.fault.to_string()), Fact::day("disabled_on", picture.day_of(one.since))]
}
