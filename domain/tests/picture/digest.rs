//! What there is to tell of the outcomes that concern someone.

use remit_domain::assessment::Assessment;
use remit_domain::assignment::AssignmentKind;
use remit_domain::digest::{Circle, Digest, digest};
use remit_domain::measure::MeasureId;
use remit_domain::outcome::{OutcomeId, OutcomeState};
use remit_domain::pace::{Pace, ReportedStatus};
use remit_domain::person::PersonId;
use remit_domain::responsibility::{Object, Part};
use remit_domain::role::Subject;
use remit_domain::team::TeamId;

use crate::sketch::{Sketch, change, day, start};

struct House {
    sketch: Sketch,
    first: OutcomeId,
    second: OutcomeId,
    measure: MeasureId,
    other: MeasureId,
    person: PersonId,
    team: TeamId,
}

/// Two outcomes, the first of a team and carried by a person through a role.
fn begin() -> House {
    let mut sketch = Sketch::on("2026-02-20");
    let (first, second) = (sketch.outcome(None), sketch.outcome(None));
    let measure = sketch.measure(first, 1.0, Some(80.0));
    let other = sketch.measure(second, 1.0, Some(80.0));
    let (role, person, team) = (sketch.role(), sketch.person(), sketch.team(None));
    sketch.assign(role, person, AssignmentKind::Holder, None);
    sketch.responsible(first, Part::Accountable, Subject::Role(role));
    let below = sketch.team(Some(team));
    sketch.change(first, |outcome| outcome.team = Some(below));
    House { sketch, first, second, measure, other, person, team }
}

/// What there is to tell after some changes.
fn told(house: House, circle: Circle, what: impl FnOnce(&mut House)) -> Digest {
    let mut house = house;
    let before = house.sketch.picture();
    house.sketch.parts.at = start("2026-02-27");
    what(&mut house);
    let after = house.sketch.picture();
    let (was, is) = (Assessment::of(&before), Assessment::of(&after));
    digest(&circle.outcomes(&after), (&before, &was), (&after, &is))
}

#[test]
fn an_outcome_concerns_whom_it_names_the_team_that_carries_it_and_everyone() {
    let House { mut sketch, first, second, measure, person, team, .. } = begin();
    let (owner, informed) = (sketch.person(), sketch.person());
    sketch.change(second, |outcome| outcome.owner = Some(owner));
    sketch.responsible(first, Part::Informed, Subject::Person(informed));
    change(sketch.parts.responsibilities.last_mut().expect("just drawn"), |one| one.object = Object::Measure(measure));
    let picture = sketch.picture();
    let cases = [
        (Circle::Person(person), vec![first]),
        (Circle::Person(owner), vec![second]),
        (Circle::Person(informed), vec![first]),
        (Circle::Team(team), vec![first]),
        (Circle::Everyone, vec![first, second]),
    ];
    for (circle, expected) in cases {
        assert_eq!(circle.outcomes(&picture).into_iter().collect::<Vec<_>>(), expected, "{circle:?}");
    }
}

#[test]
fn nothing_is_told_of_what_stands_where_it_stood() {
    let observe = |house: &mut House, value: f64| house.sketch.observe(house.measure, &[("2026-02-26", value)]);
    let still = told(begin(), Circle::Everyone, |house| observe(house, 80.04));
    assert_eq!(still.moved, [], "a change that one decimal does not show");
    let moved = told(begin(), Circle::Everyone, |house| observe(house, 80.06));
    assert_eq!(moved.moved.len(), 1);
    let (before, after) = (moved.moved[0].before.expect("a stand"), moved.moved[0].after.expect("a stand"));
    assert_eq!((before.progress, after.progress), (Some(80.0), Some(80.06)));
}

#[test]
fn what_begins_ends_or_passes_to_another_is_told() {
    let draft = |house: &mut House| house.sketch.change(house.second, |outcome| outcome.state = OutcomeState::Draft);
    assert_eq!(told(begin(), Circle::Everyone, draft).moved[0].after, None);
    let mut house = begin();
    draft(&mut house);
    let begun = told(house, Circle::Everyone, |house| {
        house.sketch.change(house.second, |outcome| outcome.state = OutcomeState::Active);
    });
    assert_eq!((begun.moved.len(), begun.moved[0].before), (1, None));
    let due = told(begin(), Circle::Everyone, |house| {
        house.sketch.change(house.first, |outcome| outcome.due_on = Some(day("2026-04-11")));
    });
    assert_eq!(due.moved.len(), 1);
    let passed = told(begin(), Circle::Everyone, |house| {
        let heir = house.sketch.person();
        change(&mut house.sketch.parts.assignments[0], |one| one.person = heir);
    });
    let (before, after) = (passed.moved[0].before.expect("a stand"), passed.moved[0].after.expect("a stand"));
    assert_ne!(before.answers, after.answers);
}

#[test]
fn what_is_behind_is_told_gravest_first_and_what_was_said_in_between_once() {
    let digest = told(begin(), Circle::Everyone, |house| {
        house.sketch.observe(house.other, &[("2026-02-26", 45.0)]);
        house.sketch.observe(house.measure, &[("2026-02-26", 1.0)]);
        let said = (ReportedStatus::AtRisk, Pace::OffTrack);
        house.sketch.check_in(house.first, "2026-02-10", said, None);
        house.sketch.check_in(house.first, "2026-02-22", said, Some(0.4));
        house.sketch.check_in(house.first, "2026-02-25", said, Some(0.3));
    });
    assert_eq!(digest.said.iter().map(|report| report.confidence).collect::<Vec<_>>(), [Some(0.3)]);
    let gravest = digest.behind.first().copied();
    assert_eq!((digest.behind.len(), gravest), (2, Some(digest.moved[0].outcome)), "off track before at risk");
    let silent = told(begin(), Circle::Everyone, |house| {
        house.sketch.check_in(house.first, "2026-02-10", (ReportedStatus::AtRisk, Pace::OffTrack), None);
    });
    assert_eq!(silent.said, [], "said before");
}
