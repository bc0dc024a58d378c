//! The 169 targets of the United Nations: what was read from each stands in a list that a person has checked.

use std::fmt::Write;

use remit_domain::draft::draft;
use remit_domain::number::Number;

use crate::{calendar, lines};

/// What is read from every target, one block each.
fn listing() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/sdg-uk/targets.csv");
    let mut reader = csv::Reader::from_path(path).expect("a table");
    let mut listing = String::new();
    for row in reader.records() {
        let row = row.expect("a row");
        // As on the day on which they came into force.
        let read = draft(row.get(2).expect("a statement"), &calendar("2016-01-01", 1));
        writeln!(listing, "{}", row.get(0).expect("a target")).expect("written");
        for line in lines(&read) {
            writeln!(listing, "    {line}").expect("written");
        }
    }
    listing
}

/// What a person read off the statements, of the indicators whose target names a number.
#[test]
fn what_is_read_agrees_with_what_was_read_off_by_hand() {
    let rows = |path: &str| {
        let mut reader = csv::Reader::from_path(format!("{}/../data/sdg-uk/{path}", env!("CARGO_MANIFEST_DIR")));
        let reader = reader.as_mut().expect("a table");
        reader.records().collect::<Result<Vec<_>, _>>().expect("rows")
    };
    let targets = rows("targets.csv");
    let mut agreed = 0;
    for row in rows("quantified.csv") {
        let field = |at: usize| row.get(at).unwrap_or_default();
        let target = field(0).rsplit_once('.').map_or("", |(target, _)| target);
        let statement = targets.iter().find(|row| row.get(0) == Some(target)).and_then(|row| row.get(2));
        let read = draft(statement.expect("a target"), &calendar("2016-01-01", 1));
        let says = |value: Option<Number>, column: usize| {
            value.map_or(String::new(), |value| value.to_string()) == field(column)
        };
        let found = read.measures.iter().any(|measure| {
            let amount = measure.target.amount.or(measure.target.target);
            measure.kind.to_string() == field(1)
                && measure.target.basis.to_string() == field(2)
                && says(amount, 3)
                && says(measure.target.low, 4)
                && says(measure.target.high, 5)
        });
        match field(0) {
            // "All girls and boys" is no number, and to achieve 0.7 per cent is not yet to keep it.
            "4.1.2" | "17.2.1" => assert!(!found, "{row:?}"),
            _other => {
                assert!(found, "{row:?}: {:#?}", lines(&read));
                assert!(read.due_on.is_some_and(|day| day.to_string() == field(7)), "{row:?}");
                agreed += 1;
            }
        }
    }
    assert_eq!(agreed, 10);
}

#[test]
fn every_target_is_read_as_the_checked_list_says() {
    let listing = listing();
    assert_eq!(listing.lines().filter(|line| !line.starts_with(' ')).count(), 169);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/draft_sdg.txt");
    let checked = std::fs::read_to_string(path).unwrap_or_default();
    if listing != checked {
        let actual = concat!(env!("CARGO_TARGET_TMPDIR"), "/draft_sdg.txt");
        std::fs::write(actual, &listing).expect("written");
        let first = listing.lines().zip(checked.lines()).position(|(actual, checked)| actual != checked);
        panic!("line {first:?} differs: compare {actual} with {path}, and check each difference by eye");
    }
}
