//! The bounds that the method holds on real data.

use remit_domain::forecast::FIRM_FROM;

use crate::table::{Score, print, series, short, table};

#[test]
fn the_method_in_service_holds_its_bounds() {
    let series = series();
    assert_eq!(series.len(), 111, "the data have changed: say so in docs/forecast.md");
    let rows = table(&series);
    let served: Vec<(usize, Score)> =
        rows.iter().filter(|row| row.method == "in service").map(|row| (row.held_out, row.score)).collect();
    let (_, last) = served.iter().find(|(held_out, _)| *held_out == 3).expect("the last origin");
    assert!((0.75..=0.90).contains(&last.inside_80), "{last:?}");
    assert!(last.inside_95 >= 0.90, "{last:?}");
    for (held_out, score) in &served {
        assert!(score.error <= 1.0, "worse than the last value {held_out} years ago: {score:?}");
    }
    let line = rows.iter().find(|row| row.method.starts_with("straight")).expect("the line").score;
    assert!(line.error > last.error && line.inside_80 < last.inside_80, "a straight line is no better");
}

#[test]
fn few_values_are_carried_on_better_than_by_the_last_one() {
    let series = series();
    for length in 2..FIRM_FROM {
        let score = short(&series, length);
        assert!(score.error <= 1.0 && score.inside_80 >= 0.7, "{length} values: {score:?}");
    }
}

#[test]
fn the_docs_show_what_the_backtest_prints() {
    let docs = include_str!("../../../docs/forecast.md");
    let printed = print(&series());
    assert!(docs.contains(printed.trim()), "docs/forecast.md has other tables than these:\n{printed}");
}
