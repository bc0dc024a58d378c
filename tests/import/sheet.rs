//! Workbooks: a sheet is read as the CSV file of the same table.

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use serde_json::json;

use crate::server::Place;
use crate::{at, folder, import, on_both};

const MAPPING: &[u8] = br#"
kind = "outcome"
source = "plan"
external_id = "{id}"
[join.goal]
file = "goals.xlsx"
on = "goal"
[fields]
title = "{title}"
statement = { template = "{goal.name}; made {made}; sure: {sure}", optional = true }
due_on = { column = "due", optional = true }
weight = { column = "weight", number = true }
"#;

/// The table of which there is a CSV file and a sheet, which is not the first of its workbook.
fn table() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let csv = "id,title,goal,due,weight,sure,made\n\
               1,Fewer people wait,G1,2026-12-31,1,true,2026-01-05T09:30:00Z\n\
               2,\"Short, and \"\"clear\"\"\",G2,2026-06-30,14.29,false,2026-01-06\n\n\
               3,Rounded off,,,0.1,true,2026-01-07\n";
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Notes").expect("a name").write(0, 0, "not this one").expect("a cell");
    let sheet = book.add_worksheet().set_name("Plan 2026").expect("a name");
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    let on = |text: &str| ExcelDateTime::parse_from_str(text).expect("a date");
    sheet.write_row(0, 0, ["id", "title", "goal", "due", "weight", "sure", "made"]).expect("a header");
    for (row, id, weight, sure) in [(1, 1.0, 1.0, true), (2, 2.0, 14.29, false), (4, 3.0, 0.1, true)] {
        sheet.write(row, 0, id).expect("a number");
        sheet.write(row, 4, weight).expect("a number");
        sheet.write(row, 5, sure).expect("a boolean");
    }
    sheet.write(1, 1, "Fewer people wait").expect("a text");
    sheet.write(2, 1, Formula::new("=A1&B1").set_result("Short, and \"clear\"")).expect("a formula");
    sheet.write(4, 1, "Rounded off").expect("a text");
    sheet.write(1, 2, "G1").expect("a text");
    sheet.write(2, 2, "G2").expect("a text");
    sheet.write_with_format(1, 3, on("2026-12-31"), &day).expect("a day");
    sheet.write_with_format(2, 3, on("2026-06-30"), &day).expect("a day");
    sheet.write_with_format(1, 6, on("2026-01-05 09:30"), &moment).expect("an instant");
    sheet.write_with_format(2, 6, on("2026-01-06"), &day).expect("a day");
    sheet.write_with_format(4, 6, on("2026-01-07"), &day).expect("a day");
    let book = book.save_to_buffer().expect("a workbook");
    let mut goals = Workbook::new();
    let sheet = goals.add_worksheet();
    sheet.write_row_matrix(0, 0, [["goal", "name"], ["G1", "Time"], ["G2", "Words"]]).expect("a table");
    (csv.as_bytes().to_vec(), book, goals.save_to_buffer().expect("a workbook"))
}

#[test]
fn a_sheet_gives_what_the_csv_file_of_the_same_table_gives() {
    on_both(|place| {
        let Place { admin, .. } = place;
        let (csv, book, goals) = table();
        let folder = folder(&[("plan.csv", &csv), ("plan.xlsx", &book), ("goals.xlsx", &goals), ("m.toml", MAPPING)]);
        let run = |file: &str, more: &[&str]| {
            let (file, mapping) = (at(&folder, file), at(&folder, "m.toml"));
            import(place, &[&[file.as_str(), "--mapping", &mapping], more].concat())
        };
        run("plan.csv", &["--dry-run"]).expect(0, &["would be: 3 rows: 3 created, 0 updated, 0 unchanged, 0 refused"]);
        run("plan.csv", &[]).expect(0, &["3 rows: 3 created"]);
        let outcomes = admin.get("/v1/outcomes?sort=title").expect(200).json();
        assert_eq!(
            (&outcomes["data"][0]["statement"], &outcomes["data"][2]["title"], &outcomes["data"][2]["weight"]),
            (&json!("Time; made 2026-01-05T09:30:00Z; sure: true"), &json!("Short, and \"clear\""), &json!(14.29)),
        );
        let revision = admin.revision();
        run("plan.xlsx", &["--sheet", "Plan 2026"]).expect(0, &["3 rows: 0 created, 0 updated, 3 unchanged"]);
        assert_eq!(admin.revision(), revision);
        run("plan.xlsx", &[]).expect(2, &["m.toml: goal: ", "no column goal"]);
        run("plan.xlsx", &["--sheet", "Plan"]).expect(2, &["plan.xlsx has no sheet Plan; it has Notes, Plan 2026"]);
        run("plan.csv", &["--sheet", "Plan"]).expect(2, &["plan.csv is no workbook (.xlsx), and has no sheet Plan"]);
    });
}

#[test]
fn a_refused_row_of_a_sheet_is_named_by_its_sheet_and_row() {
    on_both(|place| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet().set_name("Plan").expect("a name");
        let rows = [["id", "title", "weight"], ["1", "One", "2"], ["2", "", "2"], ["3", "Three", "much"]];
        sheet.write_row_matrix(1, 0, rows).expect("a table");
        let mapping = b"kind = \"outcome\"\nsource = \"plan\"\nexternal_id = \"{id}\"\n[fields]\ntitle = \"{title}\"\n\
            weight = { column = \"weight\", number = true }\n";
        let book = book.save_to_buffer().expect("a workbook");
        let folder = folder(&[("plan.xlsx", &book), ("m.toml", mapping)]);
        let ran = import(place, &[&at(&folder, "plan.xlsx"), "--mapping", &at(&folder, "m.toml")]);
        ran.expect(
            3,
            &[
                "sheet Plan, row 4: /fields/title: is empty (unmapped)",
                "sheet Plan, row 5: /fields/weight: \"much\" is no number such as 12.5 (unmapped)",
                "2 row(s) refused",
            ],
        );
    });
}

#[test]
fn a_file_that_cannot_be_read_is_refused_in_a_sentence() {
    on_both(|place| {
        let book = |fill: &dyn Fn(&mut rust_xlsxwriter::Worksheet)| {
            let mut book = Workbook::new();
            fill(book.add_worksheet().set_name("Plan").expect("a name"));
            book.save_to_buffer().expect("a workbook")
        };
        let good = book(&|sheet| {
            sheet.write_row_matrix(0, 0, [["id", "title"], ["1", "One"]]).expect("a table");
        });
        let wrong_cell = book(&|sheet| {
            sheet.write_row_matrix(0, 0, [["id", "title"], ["1", "One"]]).expect("a table");
            sheet.write(2, 1, Formula::new("=1/0").set_result("#DIV/0!")).expect("a formula");
        });
        let wide = book(&|sheet| {
            sheet.write_row_matrix(0, 0, [["id", "title"], ["1", "One"]]).expect("a table");
            sheet.write(1_048_575, 16_383, "far away").expect("a cell");
        });
        let beyond = book(&|sheet| {
            sheet.write_row_matrix(0, 0, [["id", "title"], ["1", "One"]]).expect("a table");
            sheet.write(3, 4, "without a name").expect("a cell");
        });
        let empty = book(&|_| {});
        let cases: [(&str, &[u8], &str); 10] = [
            ("not.xlsx", b"id,title\n1,One\n", "not.xlsx is no XLSX file"),
            ("none.xlsx", b"", "none.xlsx is an empty file"),
            ("cut.xlsx", &good[..good.len() / 2], "cut.xlsx is no XLSX file"),
            (
                "old.xlsx",
                &[0xd0, 0xcf, 0x11, 0xe0, 0xa1],
                "old.xlsx is protected by a password, or of the older form .xls",
            ),
            ("empty.xlsx", &empty, "empty.xlsx sheet Plan is empty; its first row must name the columns"),
            ("error.xlsx", &wrong_cell, "error.xlsx sheet Plan, row 3, column title: the cell holds the error #DIV/0!"),
            ("wide.xlsx", &wide, "wide.xlsx sheet Plan, row 1048576: more than 2000 columns"),
            ("beyond.xlsx", &beyond, "beyond.xlsx: sheet Plan, row 4 has 5 cell(s), and the header names 2"),
            ("empty.csv", b"", "empty.csv is empty; its first row must name the columns"),
            ("ragged.csv", b"id,title\n1\n", "ragged.csv: line 2 has 1 cell(s), and the header names 2"),
        ];
        let mapping = b"kind = \"outcome\"\nsource = \"plan\"\nexternal_id = \"{id}\"\n[fields]\ntitle = \"{title}\"\n";
        let revision = place.admin.revision();
        for (name, content, expected) in cases {
            let folder = folder(&[(name, content), ("m.toml", mapping)]);
            import(place, &[&at(&folder, name), "--mapping", &at(&folder, "m.toml")]).expect(2, &[expected]);
        }
        assert_eq!(place.admin.revision(), revision);
    });
}
