//! The labelled statements: what a reader takes from each, column by column.

use std::collections::HashMap;

use remit_domain::draft::draft;
use remit_domain::measure::Basis;

use crate::{calendar, lines};

type Row = HashMap<String, String>;

#[test]
fn every_labelled_statement_is_read_as_a_reader_reads_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/statements/labelled.csv");
    let mut reader = csv::Reader::from_path(path).expect("a table");
    let rows: Vec<Row> = reader.deserialize().collect::<Result<_, _>>().expect("rows");
    assert_eq!(rows.len(), 16);
    for row in rows {
        let field = |name: &str| row.get(name).map_or("", String::as_str);
        let read = draft(field("statement"), &calendar(field("reference_date"), 1));
        let case = format!("{}\n{:#?}", field("statement"), lines(&read));
        let measure = read.measures.first();
        assert!(read.measures.len() <= 2, "{case}");

        let direction = measure.map_or("none".to_owned(), |measure| measure.direction.to_string());
        assert_eq!(direction, field("direction"), "{case}");
        let change = measure.and_then(|measure| measure.basis()).map_or("none", |basis| match basis {
            Basis::Absolute => "absolute",
            Basis::Relative => "relative",
            Basis::Points => "points",
        });
        assert_eq!(change, field("change"), "{case}");
        let target = measure.map(|measure| measure.target).unwrap_or_default();
        let same = |name: &str, value: Option<remit_domain::number::Number>| {
            assert_eq!(value.map_or(String::new(), |value| value.to_string()), field(name), "{name} of {case}");
        };
        same("amount", target.amount);
        same("from", target.baseline);
        same("to", target.target.or(target.low).or(target.high));
        assert_eq!(read.due_on.map_or(String::new(), |day| day.to_string()), field("due_on"), "{case}");
    }
}
