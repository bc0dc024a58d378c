use super::*;
use crate::time::parse_day;

fn day(text: &str) -> Day {
    parse_day(text).expect("a day")
}

fn plain(every: Every) -> Vec<Cadence> {
    vec![Cadence { from: None, every }]
}

fn ended(cadence: &[Cadence], start: &str, due: &str, today: &str, fiscal: i8) -> i64 {
    Reporting::new(cadence, day(start), Some(day(due)), day(today), fiscal).ended()
}

#[test]
fn a_last_interval_counts_if_half_of_it_lies_inside() {
    let months = plain(Every::Month);
    for (due, expected) in
        [("2026-02-13", 1), ("2026-02-14", 2), ("2026-02-28", 2), ("2026-03-15", 2), ("2026-03-16", 3)]
    {
        assert_eq!(ended(&months, "2026-01-01", due, "2027-01-01", 1), expected, "{due}");
    }
}

#[test]
fn an_interval_has_ended_when_its_last_day_is_over() {
    let months = plain(Every::Month);
    for (today, expected) in [("2026-01-01", 0), ("2026-01-31", 0), ("2026-02-01", 1), ("2025-12-01", 0)] {
        assert_eq!(ended(&months, "2026-01-01", "2026-12-31", today, 1), expected, "{today}");
    }
}

#[test]
fn fiscal_units_begin_with_the_fiscal_year() {
    for (every, today, expected) in [
        (Every::FiscalYear, "2027-03-31", 0),
        (Every::FiscalYear, "2027-04-01", 1),
        (Every::FiscalQuarter, "2026-06-30", 0),
        (Every::FiscalQuarter, "2026-07-01", 1),
        (Every::Quarter, "2026-07-01", 1),
        (Every::Year, "2027-12-31", 0),
    ] {
        assert_eq!(ended(&plain(every), "2026-04-01", "2028-03-31", today, 4), expected, "{every} {today}");
    }
    // A fiscal year from February: its quarters begin in February, May, August, November.
    let reporting = Reporting::new(&plain(Every::FiscalQuarter), day("2026-01-15"), None, day("2026-06-01"), 2);
    let interval = reporting.interval_of(day("2026-04-30"));
    assert_eq!(interval, Some(Interval { first: day("2026-02-01"), last: day("2026-04-30") }));
}

#[test]
fn a_changed_cadence_starts_a_new_sequence_from_its_day() {
    let cadence =
        [Cadence { from: None, every: Every::Month }, Cadence { from: Some(day("2026-03-10")), every: Every::Week }];
    // January and February ended under months; March had not, and weeks begin on Monday the 16th.
    for (today, expected) in [("2026-03-01", 2), ("2026-03-22", 2), ("2026-03-23", 3)] {
        assert_eq!(ended(&cadence, "2026-01-01", "2026-12-31", today, 1), expected, "{today}");
    }
    let reporting = Reporting::new(&cadence, day("2026-01-01"), None, day("2026-03-23"), 1);
    assert_eq!(reporting.interval_of(day("2026-03-12")), None);
    let tally = reporting.tally(
        [("2026-02-03", 1.0), ("2026-03-12", 1.0), ("2026-03-17", 1.0), ("2026-03-23", 1.0)]
            .map(|(on, v)| (day(on), v)),
        Aggregation::Last,
        |_| true,
    );
    assert_eq!(tally, Tally { due: 4, observed: 3, met: 3 });
}

#[test]
fn a_cadence_that_is_still_to_come_changes_nothing() {
    let cadence =
        [Cadence { from: None, every: Every::Month }, Cadence { from: Some(day("2026-03-10")), every: Every::Week }];
    let reporting = Reporting::new(&cadence, day("2026-01-01"), None, day("2026-03-09"), 1);
    assert_eq!(reporting.tally([(day("2026-03-02"), 1.0)], Aggregation::Last, |_| true).due, 3, "March is running");
}

#[test]
fn several_observations_of_an_interval_are_aggregated_before_they_are_judged() {
    let reporting = Reporting::new(&plain(Every::Month), day("2026-01-01"), None, day("2026-02-01"), 1);
    let values = [(day("2026-01-05"), 10.0), (day("2026-01-06"), 2.0)];
    for (aggregation, met) in
        [(Aggregation::Last, 0), (Aggregation::Sum, 1), (Aggregation::Mean, 1), (Aggregation::Min, 0)]
    {
        assert_eq!(reporting.tally(values, aggregation, |value| value >= 5.0).met, met, "{aggregation}");
    }
}

proptest::proptest! {
    /// Counting agrees with walking from day to day.
    #[test]
    fn counting_intervals_agrees_with_walking_them(
        start in 0i64..800, length in 0i64..800, today in 0i64..1700, which in 0usize..8, fiscal in 1i8..=12,
    ) {
        let every = [
            Every::Day, Every::Week, Every::Month, Every::Quarter, Every::Year,
            Every::FiscalQuarter, Every::FiscalYear, Every::Days(10),
        ][which];
        let origin = day("2025-01-01");
        let (start, due, today) = (plus_days(origin, start), plus_days(origin, start + length), plus_days(origin, today));
        let calendar = Calendar { every, anchor: start, fiscal_year_starts: fiscal };
        let mut expected = 0;
        let mut first = start;
        while first <= due {
            if calendar.start(calendar.number(first)) == first {
                let mut last = first;
                while calendar.number(plus_days(last, 1)) == calendar.number(first) {
                    last = plus_days(last, 1);
                }
                let inside = days_between(first, last.min(due)) + 1;
                if 2 * inside > days_between(first, last) && last.min(due) < today {
                    expected += 1;
                }
            }
            first = plus_days(first, 1);
        }
        let reporting = Reporting::new(&plain(every), start, Some(due), today, fiscal);
        proptest::prop_assert_eq!(reporting.ended(), expected);
        if let Some(interval) = reporting.interval_of(today) {
            proptest::prop_assert!(start <= interval.first && interval.first <= today && today <= interval.last);
        }
    }
}
