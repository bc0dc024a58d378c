//! The findings of a large organization: 10,000 outcomes, 50,000 measures of 12 values each, 5,000 people.
//!
//! Run it by `cargo bench -p remit-domain`. It prints how long they take beside the limit of half a second, and beside
//! what the numbers of the same organization take in the same run.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a benchmark speaks on standard output, or ends")]

use std::time::{Duration, Instant};

use remit_domain::assessment::Assessment;
use remit_domain::assignment::AssignmentKind;
use remit_domain::id::Id;
use remit_domain::outcome::OutcomeId;
use remit_domain::picture::Picture;
use remit_domain::responsibility::Part;
use remit_domain::role::Subject;
use remit_domain::rule::{findings, findings_after};
use remit_domain::skill::{Level, RequiredSkill, SkillId};
use remit_domain::time::plus_days;

#[path = "../tests/picture/sketch.rs"]
#[expect(dead_code, reason = "the tests draw more than this")]
mod sketch;

use sketch::{Sketch, change, day};

const OUTCOMES: usize = 10_000;
const MEASURES_EACH: usize = 5;
const PEOPLE: usize = 5_000;
/// What it may take.
const LIMIT: Duration = Duration::from_millis(500);
const RUNS: usize = 7;

fn main() {
    let mut sketch = organization();
    let picture = sketch.picture();
    let (numbers, assessment) = best(|| Assessment::of(&picture));
    let (whole, found) = best(|| findings(&picture, &assessment));
    let (before, after) = (picture, one_change(&mut sketch));
    let assessed = Assessment::of(&after);
    let (part, changed) = best(|| findings_after((&before, &found), (&after, &assessed)));
    assert_eq!(changed, findings(&after, &assessed), "what is computed again is what is computed anew");

    println!("{OUTCOMES} outcomes, {} measures, {PEOPLE} people: {} findings", OUTCOMES * MEASURES_EACH, found.len());
    line("their numbers", numbers);
    line("all findings", whole);
    line("findings after one change", part);
    println!("all findings / numbers of the same run: {:.2}", whole.as_secs_f64() / numbers.as_secs_f64());
    println!("findings after one change / all findings: {:.2}", part.as_secs_f64() / whole.as_secs_f64());
}

fn line(what: &str, took: Duration) {
    println!(
        "{what}: {:.1} ms, {:.3} of the limit of {} ms",
        took.as_secs_f64() * 1e3,
        of_limit(took),
        LIMIT.as_millis()
    );
}

fn of_limit(took: Duration) -> f64 {
    took.as_secs_f64() / LIMIT.as_secs_f64()
}

/// What something gives, and the least time that it took.
fn best<T>(run: impl Fn() -> T) -> (Duration, T) {
    let once = || {
        let begin = Instant::now();
        let given = run();
        (begin.elapsed(), given)
    };
    (0..RUNS).map(|_| once()).min_by_key(|(took, _)| *took).expect("more than no runs")
}

fn one_change(sketch: &mut Sketch) -> Picture {
    change(&mut sketch.parts.outcomes[OUTCOMES / 2], |outcome| outcome.due_on = None);
    sketch.picture()
}

fn organization() -> Sketch {
    let mut sketch = Sketch::on("2026-02-20");
    let themes: Vec<_> = (0..20).map(|_| sketch.theme()).collect();
    let skills: Vec<SkillId> = (0..200).map(|n| Id::from_bits(1 << 100 | n)).collect();
    let roles: Vec<_> = (0..PEOPLE)
        .map(|n| {
            let (role, person) = (sketch.role(), sketch.person());
            // Some posts are vacant.
            if n % 50 > 0 {
                sketch.assign(role, person, AssignmentKind::Holder, None);
            }
            sketch.masters(person, skills[n % 200], Level::Practitioner);
            let skill = skills[n * 7 % 200];
            sketch.change_role(role, |role| {
                role.is_key = n % 10 == 0;
                role.skills = vec![RequiredSkill { skill, level: Level::Practitioner, must: true, weight: 1.0 }];
            });
            role
        })
        .collect();
    let days: Vec<String> = (0..12).map(|week| plus_days(day("2025-12-01"), week * 7).to_string()).collect();
    let mut outcomes: Vec<OutcomeId> = Vec::new();
    for n in 0..OUTCOMES {
        let outcome = sketch.outcome((n % 3 > 0).then(|| themes[n % themes.len()]));
        for part in [Part::Accountable, Part::Responsible, Part::Consulted] {
            sketch.responsible(outcome, part, Subject::Role(roles[(n + part as usize) % roles.len()]));
        }
        for which in 0..MEASURES_EACH {
            let measure = sketch.measure(outcome, 1.0, None);
            let slope = 0.2 + ((n + which) % 13) as f64;
            let points: Vec<(&str, f64)> = days
                .iter()
                .enumerate()
                // Some stop being reported.
                .filter(|(week, _)| (n + which) % 20 > 0 || *week < 5)
                .map(|(week, day)| (day.as_str(), slope * week as f64 + ((n * 31 + week * 17) % 7) as f64 / 10.0))
                .collect();
            sketch.observe(measure, &points);
        }
        if n > 100 {
            sketch.contributes(outcome, outcomes[n / 10], 1.0);
            // Some contribute in two places.
            if n % 10 == 3 {
                sketch.contributes(outcome, outcomes[n / 10 - 1], 1.0);
            }
        }
        outcomes.push(outcome);
    }
    sketch
}
