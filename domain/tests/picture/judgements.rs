//! Every rule at its border: what it finds, and what it just does not.

use std::collections::BTreeSet;

use remit_domain::alignment::AlignmentKind;
use remit_domain::assignment::AssignmentKind;
use remit_domain::briefing::BriefingSubject;
use remit_domain::id::Id;
use remit_domain::measure::{Cadence, Every, Indicator, MeasureId, MeasureKind, MeasureState, Target};
use remit_domain::number::Number;
use remit_domain::outcome::{OutcomeId, OutcomeState};
use remit_domain::pace::{Pace, ReportedStatus};
use remit_domain::person::PersonId;
use remit_domain::responsibility::Part;
use remit_domain::role::{RoleId, Subject};
use remit_domain::rule::rules;
use remit_domain::skill::{Level, RequiredSkill, SkillId};
use remit_domain::text::{Statement, Text};
use remit_domain::theme::ThemeId;

use crate::sketch::{Sketch, change, day, start, title};

/// An organization in which nothing is wrong: one outcome, measured weekly, with one who answers through a role.
struct Sound {
    sketch: Sketch,
    theme: ThemeId,
    outcome: OutcomeId,
    measure: MeasureId,
    role: RoleId,
    person: PersonId,
}

const SKILL: SkillId = Id::from_bits(1_000);

impl Sound {
    fn new() -> Self {
        let mut sketch = Sketch::on("2026-02-20");
        let theme = sketch.theme();
        let (role, person) = (sketch.role(), sketch.person());
        sketch.change_role(role, |role| role.accountabilities = vec![statement("Safe roads")]);
        sketch.assign(role, person, AssignmentKind::Holder, None);
        let outcome = sound_outcome(&mut sketch, theme, role);
        let measure = sound_measure(&mut sketch, outcome);
        Self { sketch, theme, outcome, measure, role, person }
    }
    /// A second sound outcome under the same theme.
    fn another(&mut self) -> OutcomeId {
        let outcome = sound_outcome(&mut self.sketch, self.theme, self.role);
        sound_measure(&mut self.sketch, outcome);
        outcome
    }
    /// More sound measures, so that there are so many in all.
    fn measures(&mut self, count: usize) {
        (1..count).for_each(|_| {
            sound_measure(&mut self.sketch, self.outcome);
        });
    }
    /// Consulted people, so many.
    fn consult(&mut self, count: usize) {
        for _ in 0..count {
            let person = self.sketch.person();
            self.sketch.responsible(self.outcome, Part::Consulted, Subject::Person(person));
        }
    }
    fn require(&mut self, level: Level) {
        let required = RequiredSkill { skill: SKILL, level, must: true, weight: 1.0 };
        self.sketch.change_role(self.role, |role| role.skills = vec![required]);
    }
    fn measure(&mut self, what: impl FnOnce(&mut remit_domain::measure::Measure)) {
        self.sketch.change_measure(self.measure, what);
    }
    fn found(&self) -> BTreeSet<&'static str> {
        self.sketch.findings().iter().map(|finding| finding.rule).collect()
    }
}

fn statement(text: &str) -> Statement {
    Text::new(text).expect("a statement")
}
fn number(value: f64) -> Option<Number> {
    Some(Number::new(value).expect("a number"))
}

fn sound_outcome(sketch: &mut Sketch, theme: ThemeId, role: RoleId) -> OutcomeId {
    let outcome = sketch.outcome(Some(theme));
    sketch.change(outcome, |outcome| outcome.impact = Some(statement("Families")));
    sketch.responsible(outcome, Part::Accountable, Subject::Role(role));
    sketch.responsible(outcome, Part::Responsible, Subject::Role(role));
    outcome
}

fn sound_measure(sketch: &mut Sketch, outcome: OutcomeId) -> MeasureId {
    let measure = sketch.measure(outcome, 1.0, Some(50.0));
    sketch.change_measure(measure, |measure| {
        measure.unit = Some(Text::new("people").expect("a unit"));
        measure.indicator = Indicator::Leading;
    });
    measure
}

/// What a change of the sound organization raises, by itself and just short of it.
fn border(rule: &str, raises: impl FnOnce(&mut Sound), just_not: impl FnOnce(&mut Sound)) {
    assert!(rules().iter().any(|known| known.id == rule), "{rule} is no rule");
    let mut sound = Sound::new();
    raises(&mut sound);
    assert_eq!(sound.found(), BTreeSet::from([rule]), "{rule} must be found, and nothing else");
    let mut sound = Sound::new();
    just_not(&mut sound);
    assert_eq!(sound.found(), BTreeSet::new(), "short of {rule} there is nothing to find");
}

fn unchanged(_: &mut Sound) {}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    assert_eq!(Sound::new().found(), BTreeSet::new());
}

#[test]
fn the_rules_of_outcomes_have_their_borders() {
    let retire = |sound: &mut Sound| sound.measure(|measure| measure.state = MeasureState::Retired);
    border("no_measure", retire, |sound| {
        retire(sound);
        let child = sound.another();
        sound.sketch.contributes(child, sound.outcome, 1.0);
    });
    border("no_due_date", |sound| sound.sketch.change(sound.outcome, |outcome| outcome.due_on = None), unchanged);
    let unaligned = |sound: &mut Sound| sound.sketch.change(sound.outcome, |outcome| outcome.serves = None);
    border("not_aligned", unaligned, |sound| {
        unaligned(sound);
        let parent = sound.another();
        sound.sketch.contributes(sound.outcome, parent, 1.0);
    });
    border("no_impact", |sound| sound.sketch.change(sound.outcome, |outcome| outcome.impact = None), unchanged);
    let called = |name| move |sound: &mut Sound| sound.sketch.change(sound.outcome, |one| one.title = title(name));
    border("activity_not_outcome", called("Launch a website"), called("Launch a website to double the sign-ups"));
    border("too_many_measures", |sound| sound.measures(6), |sound| sound.measures(5));
    border(
        "all_lagging",
        |sound| sound.measure(|measure| measure.indicator = Indicator::Lagging),
        |sound| {
            sound.measures(2);
            sound.measure(|measure| measure.indicator = Indicator::Lagging);
        },
    );
    let cut = |sound: &mut Sound| {
        sound.measure(|measure| {
            measure.kind = MeasureKind::Decrease;
            measure.target = Target { baseline: number(100.0), target: number(0.0), ..Target::default() };
        });
    };
    border("no_guardrail", cut, |sound| {
        cut(sound);
        let guard = sound_measure(&mut sound.sketch, sound.outcome);
        sound.sketch.change_measure(guard, |measure| measure.guardrail = true);
    });
    let begins_at = |value: f64| {
        move |sound: &mut Sound| {
            sound.measure(|measure| measure.target = Target { target: number(100.0), ..Target::default() });
            sound.sketch.observe(sound.measure, &[("2025-12-31", value), ("2026-02-19", 120.0)]);
        }
    };
    border("target_met_at_baseline", begins_at(100.0), begins_at(99.0));
}

#[test]
fn a_target_is_out_of_reach_where_the_forecast_says_so() {
    // A value a week for eight weeks, with seven to go, and a little noise that tells how far it may be off.
    let rises_to = |target: f64| {
        move |sound: &mut Sound| {
            let target = Target { baseline: number(0.0), target: number(target), ..Target::default() };
            sound.measure(|measure| measure.target = target);
            let days = ["01-01", "01-08", "01-15", "01-22", "01-29", "02-05", "02-12", "02-19"];
            let days: Vec<String> = days.iter().map(|day| format!("2026-{day}")).collect();
            let values = [0.0, 1.2, 1.9, 3.1, 4.0, 4.8, 6.1, 7.0];
            let points: Vec<(&str, f64)> = days.iter().map(String::as_str).zip(values).collect();
            sound.sketch.observe(sound.measure, &points);
        }
    };
    border("unreachable", rises_to(100.0), rises_to(14.0));
    border("unreachable", rises_to(100.0), |sound| {
        rises_to(100.0)(sound);
        sound.measure(|measure| measure.weight = 0.0);
    });
}

#[test]
fn the_rules_of_measures_have_their_borders() {
    border("no_unit", |sound| sound.measure(|measure| measure.unit = None), unchanged);
    border(
        "no_target",
        |sound| {
            sound.measures(2);
            sound.measure(|measure| {
                measure.kind = MeasureKind::Monitor;
                measure.target = Target::default();
            });
        },
        unchanged,
    );
    let first_on = |first: &'static str| {
        move |sound: &mut Sound| {
            sound.measure(|measure| measure.target = Target { target: number(100.0), ..Target::default() });
            sound.sketch.observe(sound.measure, &[(first, 10.0), ("2026-02-19", 20.0)]);
        }
    };
    border("no_baseline", first_on("2026-01-02"), first_on("2026-01-01"));
    // Weekly with a grace of 3 days: due on 13 February at the latest.
    let observed = |on: &'static str| move |sound: &mut Sound| sound.sketch.observe(sound.measure, &[(on, 50.0)]);
    border("stale", observed("2026-02-09"), observed("2026-02-10"));
    // The same for the first value of what began on a day.
    let silent_since = |first: &'static str| {
        move |sound: &mut Sound| {
            sound.sketch.parts.headline.clear();
            sound.sketch.change(sound.outcome, |outcome| outcome.start_on = Some(day(first)));
        }
    };
    border("no_observation", silent_since("2026-02-10"), silent_since("2026-02-11"));
    let weeks =
        |points: &'static [(&'static str, f64)]| move |sound: &mut Sound| sound.sketch.observe(sound.measure, points);
    border(
        "unchanged",
        weeks(&[("2026-01-19", 7.0), ("2026-01-26", 7.0), ("2026-02-16", 7.0)]),
        weeks(&[("2026-01-19", 6.0), ("2026-01-26", 7.0), ("2026-02-16", 7.0)]),
    );
    let monthly = |points: &'static [(&'static str, f64)]| {
        move |sound: &mut Sound| {
            sound.measure(|measure| measure.cadence = vec![Cadence { from: None, every: Every::Month }]);
            sound.sketch.observe(sound.measure, points);
        }
    };
    border(
        "unchanged",
        monthly(&[("2025-09-30", 7.0), ("2026-01-31", 7.0)]),
        monthly(&[("2025-10-01", 7.0), ("2026-01-31", 7.0)]),
    );
    let recorded_by = |who: fn(&mut Sound) -> PersonId| {
        move |sound: &mut Sound| {
            let person = who(sound);
            sound.sketch.parts.recorders.insert(sound.measure, person);
        }
    };
    border("self_graded", recorded_by(|sound| sound.person), recorded_by(|sound| sound.sketch.person()));
    let up_to_the_same = |weight: f64| {
        move |sound: &mut Sound| {
            let (top, left, right) = (sound.another(), sound.another(), sound.another());
            for middle in [left, right] {
                sound.sketch.contributes(middle, top, 1.0);
            }
            sound.sketch.contributes(sound.outcome, left, 1.0);
            sound.sketch.contributes(sound.outcome, right, weight);
        }
    };
    border("counted_twice", up_to_the_same(1.0), up_to_the_same(0.0));
}

#[test]
fn the_rules_of_accountability_have_their_borders() {
    let part = |sound: &mut Sound, part| {
        sound.sketch.parts.responsibilities.retain(|one| one.part != part);
    };
    border("no_accountable", |sound| part(sound, Part::Accountable), unchanged);
    border("no_responsible", |sound| part(sound, Part::Responsible), unchanged);
    border(
        "role_vacant",
        |sound| sound.sketch.parts.assignments.clear(),
        |sound| change(&mut sound.sketch.parts.assignments[0], |one| one.kind = AssignmentKind::Deputy),
    );
    let held_by_two = |kind| {
        move |sound: &mut Sound| {
            let second = sound.sketch.person();
            sound.sketch.assign(sound.role, second, kind, None);
        }
    };
    border("multiple_holders", held_by_two(AssignmentKind::Holder), held_by_two(AssignmentKind::Interim));
    let left_on = |last: &'static str| {
        move |sound: &mut Sound| change(&mut sound.sketch.parts.people[0], |one| one.left_on = Some(day(last)))
    };
    border("holder_inactive", left_on("2026-02-19"), left_on("2026-02-20"));
    let ends = |last: &'static str| {
        move |sound: &mut Sound| change(&mut sound.sketch.parts.assignments[0], |one| one.term_ends = Some(day(last)))
    };
    border("term_ended", ends("2026-02-19"), ends("2026-02-20"));
    let answers_for = |count: usize| {
        move |sound: &mut Sound| {
            (1..count).for_each(|_| {
                sound.another();
            });
        }
    };
    border("overloaded", answers_for(6), answers_for(5));
    border("too_many_consulted", |sound| sound.consult(6), |sound| sound.consult(5));
}

#[test]
fn the_rules_of_roles_have_their_borders() {
    let key = |sound: &mut Sound| {
        let successor = sound.sketch.person();
        sound.sketch.change_role(sound.role, |role| role.is_key = true);
        sound.sketch.assign(sound.role, successor, AssignmentKind::Successor, None);
    };
    // Nothing is active, so that nobody need answer.
    let vacant = |sound: &mut Sound| {
        key(sound);
        sound.sketch.responsible(sound.outcome, Part::Informed, Subject::Role(sound.role));
        let person = sound.person;
        sound.sketch.parts.responsibilities.retain(|one| one.part == Part::Informed);
        for part in [Part::Accountable, Part::Responsible] {
            sound.sketch.responsible(sound.outcome, part, Subject::Person(person));
        }
        sound.sketch.parts.assignments.retain(|one| one.kind == AssignmentKind::Successor);
    };
    border("key_role_vacant", vacant, |sound| {
        vacant(sound);
        sound.sketch.assign(sound.role, sound.person, AssignmentKind::Deputy, None);
    });
    border("no_successor", |sound| sound.sketch.change_role(sound.role, |role| role.is_key = true), key);
    let needs = |seats: i32| {
        move |sound: &mut Sound| {
            sound.sketch.change_role(sound.role, |role| (role.seats_min, role.seats_max) = (seats, seats.max(1)));
        }
    };
    border("below_min_seats", needs(2), needs(1));
    let mastered_at = |level: Level| {
        move |sound: &mut Sound| {
            sound.require(Level::Practitioner);
            let other = sound.sketch.person();
            sound.sketch.masters(other, SKILL, Level::Expert);
            let third = sound.sketch.person();
            sound.sketch.masters(third, SKILL, Level::Expert);
            sound.sketch.masters(sound.person, SKILL, level);
        }
    };
    border("skill_uncovered", mastered_at(Level::Working), mastered_at(Level::Practitioner));
    let second_masters_at = |level: Level| {
        move |sound: &mut Sound| {
            sound.require(Level::Practitioner);
            sound.sketch.masters(sound.person, SKILL, Level::Expert);
            let second = sound.sketch.person();
            sound.sketch.masters(second, SKILL, level);
        }
    };
    border("single_point_of_failure", second_masters_at(Level::Working), second_masters_at(Level::Practitioner));
    let with_part = |part: Option<Part>| {
        move |sound: &mut Sound| {
            let role = sound.sketch.role();
            sound.sketch.change_role(role, |role| role.accountabilities = vec![statement("Clean data")]);
            if let Some(part) = part {
                sound.sketch.responsible(sound.outcome, part, Subject::Role(role));
            }
        }
    };
    border("no_outcome", with_part(None), with_part(Some(Part::Informed)));
    border(
        "no_accountabilities",
        |sound| sound.sketch.change_role(sound.role, |role| role.accountabilities.clear()),
        unchanged,
    );
}

#[test]
fn the_rules_of_alignment_have_their_borders() {
    let under = |state: OutcomeState| {
        move |sound: &mut Sound| {
            for state in [OutcomeState::Cancelled, state] {
                let parent = sound.another();
                sound.sketch.change(parent, |outcome| outcome.state = state);
                sound.sketch.align(sound.outcome, parent, AlignmentKind::Supports);
            }
        }
    };
    border("orphan", under(OutcomeState::Closed), under(OutcomeState::Active));
    let parent_due = |due: &'static str| {
        move |sound: &mut Sound| {
            let parent = sound.another();
            sound.sketch.change(parent, |outcome| outcome.due_on = Some(day(due)));
            sound.sketch.contributes(sound.outcome, parent, 1.0);
        }
    };
    border("due_after_parent", parent_due("2026-04-09"), parent_due("2026-04-10"));
    let depends = |is_confirmed: bool| {
        move |sound: &mut Sound| {
            let other = sound.another();
            sound.sketch.align(sound.outcome, other, AlignmentKind::DependsOn);
            let by = is_confirmed.then_some(sound.person);
            change(&mut sound.sketch.parts.alignments[0], |alignment| alignment.confirmed_by = by);
        }
    };
    border("unconfirmed_dependency", depends(false), depends(true));
}

#[test]
fn the_rules_of_check_ins_have_their_borders() {
    use ReportedStatus::{AtRisk, OnTrack};
    let every_14_days = |published: &'static str, today: &'static str| {
        move |sound: &mut Sound| {
            sound.sketch.parts.at = start(today);
            sound.sketch.change(sound.outcome, |outcome| outcome.check_in_days = Some(14));
            sound.sketch.check_in(sound.outcome, published, (AtRisk, Pace::AtRisk), None);
        }
    };
    // Due on 17 February, and three days late are not late.
    border("check_in_overdue", every_14_days("2026-02-03", "2026-02-21"), every_14_days("2026-02-03", "2026-02-20"));
    let first = |days| {
        move |sound: &mut Sound| {
            sound.sketch.change(sound.outcome, |outcome| {
                outcome.check_in_days = Some(days);
                outcome.check_in_grace_days = Some(0);
            });
        }
    };
    // Active from 1 January, seen on 20 February.
    border("check_in_overdue", first(49), first(50));

    let said = |statuses: [(ReportedStatus, Pace); 2]| {
        move |sound: &mut Sound| {
            for (on, said) in ["2026-02-01", "2026-02-15"].into_iter().zip(statuses) {
                sound.sketch.check_in(sound.outcome, on, said, None);
            }
        }
    };
    let (better, same) = ((OnTrack, Pace::AtRisk), (AtRisk, Pace::AtRisk));
    border("divergent_status", said([better, better]), said([better, same]));
    border("divergent_status", said([(AtRisk, Pace::OffTrack), better]), said([same, better]));
    // Nothing was measured, so that nothing is contradicted.
    border("divergent_status", said([better, better]), said([(OnTrack, Pace::NoData), better]));

    let sure = |stated: &'static [Option<f64>]| {
        move |sound: &mut Sound| {
            for (at, confidence) in stated.iter().enumerate() {
                let on = format!("2026-02-{:02}", at + 1);
                sound.sketch.check_in(sound.outcome, &on, (AtRisk, Pace::AtRisk), *confidence);
            }
        }
    };
    border("too_safe", sure(&[Some(0.85), Some(0.96)]), sure(&[Some(0.85), Some(0.95)]));
    border("too_safe", sure(&[Some(0.95), None]), sure(&[None, None]));
    // The latest five decide.
    border(
        "too_safe",
        sure(&[Some(0.1), Some(0.95), Some(0.95), Some(0.95), Some(0.95), Some(0.95)]),
        sure(&[Some(0.6), Some(0.95), Some(0.95), Some(0.95), Some(0.95)]),
    );
}

#[test]
fn the_rules_of_briefings_and_webhooks_have_their_borders() {
    let told = |readers, acknowledged, due_on: &'static str| {
        move |sound: &mut Sound| sound.sketch.brief(BriefingSubject::Free, (readers, acknowledged), Some(due_on))
    };
    // Four of five are enough, and the day itself is still in time.
    border("not_understood", told(10, 7, "2026-02-19"), told(10, 8, "2026-02-19"));
    border("not_understood", told(10, 7, "2026-02-19"), told(10, 7, "2026-02-20"));
    border("not_understood", told(3, 2, "2026-02-19"), told(1, 1, "2026-02-19"));
    border("not_understood", told(10, 0, "2026-02-19"), |sound| {
        sound.sketch.brief(BriefingSubject::Free, (10, 0), None);
    });
    // What was said of another mission is owed by nobody any more.
    let of_mission = |is_in_force: bool| {
        move |sound: &mut Sound| {
            let mission = sound.sketch.mission("2025-06-01");
            let of = if is_in_force { mission } else { Id::from_bits(9_999) };
            sound.sketch.brief(BriefingSubject::Mission(of), (10, 0), Some("2026-02-19"));
        }
    };
    border("not_understood", of_mission(true), of_mission(false));

    // The outcome has been active since 1 January.
    let mission_since = |from: &'static str| {
        move |sound: &mut Sound| {
            sound.sketch.mission(from);
        }
    };
    border("mission_changed", mission_since("2026-01-02"), mission_since("2026-01-01"));
    let checked_in = |on: &'static str| {
        move |sound: &mut Sound| {
            sound.sketch.mission("2026-02-10");
            let said = (ReportedStatus::AtRisk, Pace::AtRisk);
            sound.sketch.check_in(sound.outcome, on, said, None);
        }
    };
    border("mission_changed", checked_in("2026-02-09"), checked_in("2026-02-10"));
    border("webhook_disabled", |sound| sound.sketch.disable_webhook("2026-02-19"), unchanged);
}

#[test]
fn no_rule_judges_what_is_not_active() {
    for state in [OutcomeState::Draft, OutcomeState::Proposed, OutcomeState::Closed, OutcomeState::Cancelled] {
        let mut sound = Sound::new();
        sound.sketch.change(sound.outcome, |outcome| {
            outcome.state = state;
            outcome.impact = None;
            outcome.due_on = None;
        });
        sound.measure(|measure| measure.unit = None);
        assert_eq!(sound.found(), BTreeSet::from(["no_outcome"]), "{state}: its role works for nothing");
    }
}
