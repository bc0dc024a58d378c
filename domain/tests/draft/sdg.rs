//! The 169 targets of the United Nations: what was read from each stands in a list that a person has checked.

use std::fmt::Write;

use remit_domain::draft::draft;

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
