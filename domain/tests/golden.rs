//! The golden tables: every row is a case with its answer, checked through the functions that serve it.

#![expect(clippy::expect_used, clippy::panic, reason = "in a test a panic is the message")]

use std::collections::HashMap;

use remit_domain::entity::Valid;
use remit_domain::fit::Fit;
use remit_domain::mailing::Mailing;
use remit_domain::measure::{
    Aggregation, Basis, Bound, Cadence, Every, Indicator, Measure, MeasureKind, MeasureState, PlanPoint, Target,
};
use remit_domain::number::Number;
use remit_domain::organization::{Organization, Thresholds};
use remit_domain::outcome::{OutcomeId, TimeFrame};
use remit_domain::pace::{Freshness, Standing, expected, pace, update};
use remit_domain::picture::Point;
use remit_domain::progress::{Progress, Question, progress};
use remit_domain::reporting::Reporting;
use remit_domain::rollup::{PartId, Rollup, Share};
use remit_domain::skill::{Level, RequiredSkill, SkillId};
use remit_domain::spelling::Spelled;
use remit_domain::text::{Key, Title};
use remit_domain::time::{Day, Instant, Zone, days_between, parse_day, plus_days};

type Row = HashMap<String, String>;

/// Runs a check over every row of a table.
fn each_row(table: &str, check: impl Fn(&Row)) {
    let path = format!("{}/tests/golden/{table}.csv", env!("CARGO_MANIFEST_DIR"));
    let mut reader = csv::Reader::from_path(path).expect("a table");
    let rows: Vec<Row> = reader.deserialize().collect::<Result<_, _>>().expect("rows");
    assert!(rows.len() > 2, "{table} is empty");
    rows.iter().for_each(check);
}

fn field<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).unwrap_or_else(|| panic!("no column {name} in {row:?}"))
}

fn number(row: &Row, name: &str) -> Option<f64> {
    Some(field(row, name)).filter(|text| !text.is_empty()).map(|text| text.parse().expect("a number"))
}

fn list<'a>(row: &'a Row, name: &str) -> impl Iterator<Item = &'a str> {
    Some(field(row, name)).filter(|text| !text.is_empty()).into_iter().flat_map(|text| text.split(';'))
}

fn date(row: &Row, name: &str) -> Day {
    day(field(row, name))
}

fn day(text: &str) -> Day {
    parse_day(text).unwrap_or_else(|| panic!("{text} is no day"))
}

fn same(row: &Row, name: &str, actual: Option<f64>) {
    let expected = number(row, name);
    let is_close = match (expected, actual) {
        (Some(expected), Some(actual)) => (expected - actual).abs() <= 1e-4,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    assert!(is_close, "{}: {name} is {actual:?}, not {expected:?}", field(row, "case"));
}

fn exact(value: f64) -> Number {
    Number::new(value).expect("a number")
}

fn measure(kind: MeasureKind, target: Target, every: Every) -> Measure {
    Measure {
        outcome: OutcomeId::from_bits(1),
        key: Key::parse("golden").expect("a key"),
        name: Title::new("Golden").expect("a title"),
        kind,
        target,
        unit: None,
        precision: 2,
        aggregation: Aggregation::Last,
        weight: 1.0,
        indicator: Indicator::Lagging,
        guardrail: false,
        state: MeasureState::Active,
        cadence: vec![Cadence { from: None, every }],
        lag_days: 0,
        grace_days: None,
        plan: Vec::new(),
        milestones: Vec::new(),
    }
}

fn organization(zone: &str) -> Organization {
    Organization {
        name: Title::new("Golden").expect("a title"),
        slug: Key::parse("golden").expect("a slug"),
        zone: Zone::named(zone).expect("a zone"),
        next_zone: None,
        fiscal_year_starts: 1,
        thresholds: Thresholds::default(),
        check_in_days: 7,
        mailing: Mailing::default(),
    }
}

fn kind(row: &Row) -> MeasureKind {
    MeasureKind::parse(field(row, "kind")).expect("a kind")
}

fn bounds(row: &Row) -> Target {
    Target {
        low: number(row, "low").map(exact),
        high: number(row, "high").map(exact),
        bound: Bound::parse(field(row, "bound")).unwrap_or_default(),
        ..Target::default()
    }
}

/// Where a measure of the year 2026 stands on a day.
fn stands(measure: &Measure, observations: &[(Day, f64)], today: Day) -> Progress {
    Valid::new(measure.clone()).expect("valid");
    let organization = organization("UTC");
    let points: Vec<Point> = observations
        .iter()
        .map(|(on, value)| Point { at: organization.zone.end_of(*on), on: Some(*on), value: *value })
        .collect();
    progress(&Question {
        measure,
        start_on: Some(day("2026-01-01")),
        due_on: Some(day("2026-12-31")),
        today,
        organization: &organization,
        points: &points,
    })
}

#[test]
fn progress_is_the_share_of_the_way_from_baseline_to_target() {
    each_row("progress", |row| {
        let target = Target {
            baseline: number(row, "baseline").map(exact),
            target: number(row, "target").map(exact),
            ..bounds(row)
        };
        let observations: Vec<_> = number(row, "value").map(|value| (day("2026-06-01"), value)).into_iter().collect();
        let answer = stands(&measure(kind(row), target, Every::Month), &observations, day("2026-06-30"));
        same(row, "attainment", answer.attainment);
        same(row, "progress", answer.progress);
        assert_eq!(answer.absent.is_none(), answer.progress.is_some(), "a missing number has a reason");
    });
}

#[test]
fn per_cent_and_points_are_two_targets() {
    each_row("target_basis", |row| {
        let target = Target {
            baseline: number(row, "baseline").map(exact),
            basis: Basis::parse(field(row, "basis")).expect("a basis"),
            amount: number(row, "amount").map(exact),
            ..Target::default()
        };
        let observations: Vec<_> = number(row, "value").map(|value| (day("2026-06-01"), value)).into_iter().collect();
        let answer = stands(&measure(kind(row), target, Every::Month), &observations, day("2026-06-30"));
        same(row, "target", answer.target);
        same(row, "attainment", answer.attainment);
    });
}

#[test]
fn what_is_maintained_is_the_share_of_intervals_that_were_met() {
    each_row("maintain", |row| {
        let due: i64 = field(row, "intervals_due").parse().expect("a count");
        let observations: Vec<(Day, f64)> = list(row, "observations")
            .enumerate()
            .filter(|(_, text)| !text.is_empty())
            .map(|(month, text)| {
                let on = Day::new(2026, month as i8 + 1, 15).expect("a day");
                (on, text.parse().expect("a number"))
            })
            .collect();
        let today = if due == 12 { day("2027-01-01") } else { Day::new(2026, due as i8 + 1, 1).expect("a day") };
        let answer = stands(&measure(kind(row), bounds(row), Every::Month), &observations, today);
        assert_eq!(answer.intervals.map(|tally| tally.due), Some(due), "{}", field(row, "case"));
        same(row, "attainment", answer.attainment);
    });
}

#[test]
fn intervals_are_due_when_they_have_ended_or_spoken() {
    each_row("intervals", |row| {
        let organization = organization(field(row, "zone"));
        let every = Every::parse(field(row, "every")).expect("an interval");
        let today = organization.day_of(organization.zone.end_of(date(row, "as_of")));
        let cadence = [Cadence { from: None, every }];
        let reporting = Reporting::new(&cadence, date(row, "start_on"), Some(date(row, "due_on")), today, 1);
        let tally = reporting.tally(list(row, "observed_days").map(|on| (day(on), 1.0)), Aggregation::Last, |_| true);
        let count = |name| field(row, name).parse::<i64>().expect("a count");
        assert_eq!(tally.due, count("intervals_due"), "{}", field(row, "case"));
        assert_eq!(tally.observed, count("with_observation"), "{}", field(row, "case"));
    });
}

#[test]
fn a_whole_is_the_weighted_mean_of_its_parts() {
    each_row("rollup", |row| {
        let parts = list(row, "parts").map(|part| {
            let (weight, attainment) = part.split_once(':').expect("weight:attainment");
            let progress: Option<f64> = Some(attainment).filter(|text| !text.is_empty()).map(|a| a.parse().expect("a"));
            Share {
                part: PartId::Outcome(OutcomeId::from_bits(1)),
                weight: weight.parse().expect("a weight"),
                progress,
                coverage: if progress.is_some() { 1.0 } else { 0.0 },
            }
        });
        let whole = Rollup::of(parts);
        same(row, "progress", whole.progress);
        same(row, "coverage", whole.coverage);
    });
}

#[test]
fn pace_compares_progress_with_what_is_expected_by_now() {
    each_row("pace", |row| {
        let frame = TimeFrame { start_on: date(row, "start_on"), due_on: date(row, "due_on") };
        let days = days_between(frame.start_on, frame.due_on) + 1;
        let at = Instant::parse(field(row, "at")).expect("an instant");
        let today = organization("UTC").day_of(at);
        let every = Every::Days(field(row, "update_every_days").parse().expect("days"));
        let target = Target { baseline: Some(exact(0.0)), target: Some(exact(100.0)), ..Target::default() };
        let mut measure = measure(MeasureKind::Increase, target, every);
        measure.grace_days = Some(3);
        let planned = list(row, "plan").filter(|point| *point != "1:100").map(|point| {
            let (fraction, value) = point.split_once(':').expect("fraction:value");
            let fraction: f64 = fraction.parse().expect("a fraction");
            let on = plus_days(frame.start_on, (fraction * days as f64).round() as i64);
            PlanPoint { on, value: exact(value.parse().expect("a value")) }
        });
        measure.plan = planned.collect();
        let plan: Vec<(Day, f64)> = measure
            .plan
            .iter()
            .map(|point| {
                let attainment = stands(&measure, &[], today).attainment_of(&measure, point.value.get());
                (point.on, attainment.expect("an attainment"))
            })
            .collect();
        let expected = expected(frame, today, &plan);
        same(row, "expected", Some(expected));
        let latest_on = Some(field(row, "last_update")).filter(|text| !text.is_empty()).map(day);
        let update = update(&measure, latest_on, today).expect("it is observed");
        let standing = Standing {
            result: None,
            has_started: frame.start_on <= today,
            is_stale: update.freshness == Freshness::Stale,
            has_data: latest_on.is_some(),
            attainment: number(row, "attainment"),
            progress: number(row, "progress"),
            expected: Some(expected),
        };
        let pace = pace(&standing, Thresholds::default()).map(Spelled::as_str);
        assert_eq!(pace, Some(field(row, "pace")), "{}", field(row, "case"));
    });
}

#[test]
fn fit_is_the_weighted_share_of_the_skills_asked_for() {
    let names = ["excel", "stats"];
    let skill = |name: &str| SkillId::from_bits(names.iter().position(|one| *one == name).expect("a skill") as u128);
    let level = |text: &str| Level::ALL[text.parse::<usize>().expect("a level") - 1];
    each_row("fit", |row| {
        let required: Vec<RequiredSkill> = list(row, "required")
            .map(|text| {
                let [name, at, weight, must] = text.split(':').collect::<Vec<_>>()[..] else { panic!("{text}") };
                let weight = weight.parse().expect("a weight");
                RequiredSkill { skill: skill(name), level: level(at), must: must == "must", weight }
            })
            .collect();
        let held: HashMap<SkillId, Level> = list(row, "held")
            .map(|text| text.split_once(':').expect("skill:level"))
            .map(|(name, at)| (skill(name), level(at)))
            .collect();
        let fit = Fit::of(&required, |skill| held.get(&skill).copied());
        same(row, "fit", fit.fit);
        assert_eq!(fit.is_ready().to_string(), field(row, "ready"), "{}", field(row, "case"));
    });
}
