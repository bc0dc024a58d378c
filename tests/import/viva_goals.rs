//! Viva Goals: an export becomes teams, people, periods, outcomes, alignments, measures and observations.

use std::fs;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::{Value, json};

use crate::server::Place;
use crate::{at, folder, import, on_both};

const EXPORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/import/viva_goals.csv");
const ALL: [&str; 8] = [
    "teams: 23 rows: 3 created, 0 updated, 0 unchanged, 0 refused, 6 left out, 14 said before",
    "people: 27 rows: 3 created, 0 updated, 0 unchanged, 0 refused",
    "periods: 23 rows: 3 created, 0 updated, 0 unchanged, 0 refused",
    "outcomes: 23 rows: 7 created, 0 updated, 0 unchanged, 0 refused, 16 left out",
    "alignments: 25 rows: 6 created, 0 updated, 0 unchanged, 0 refused",
    "measures: 23 rows: 10 created, 0 updated, 0 unchanged, 0 refused, 13 left out",
    "supports: 25 rows: 1 created, 0 updated, 0 unchanged, 0 refused",
    "13 created, 0 updated, 0 unchanged, 0 refused",
];

/// What has an id of the export.
fn named(place: &Place, collection: &str, id: &str) -> Value {
    let list = place.admin.get(&format!("/v1/{collection}?limit=200")).expect(200).json();
    let found = list["data"].as_array().and_then(|all| all.iter().find(|one| one["external_id"] == id).cloned());
    found.unwrap_or_else(|| panic!("no {id} in {list}"))
}

fn measure(place: &Place, id: &str) -> Value {
    place.admin.get(&format!("/v1/measures?key=viva.{id}")).expect(200).json()["data"][0].clone()
}

#[test]
fn an_export_becomes_drafts_with_their_owners_measures_and_observations() {
    on_both(|place| {
        let ran = import(place, &[EXPORT, "--from", "viva-goals"]);
        ran.expect(0, &ALL).expect(
            0,
            &[
                "left out: 2 Deliverable",
                "left out: 1 Initiative",
                "left out: 2 key results that belong to no objective (line 21, 22)",
                "outcomes are drafts",
            ],
        );
        let annual = named(place, "periods", "Annual 2025");
        assert_eq!((&annual["start_on"], &annual["end_on"]), (&json!("2025-01-01"), &json!("2025-12-31")));
        let quarter = named(place, "periods", "Q2 2025");
        assert_eq!(quarter["end_on"], "2025-06-30", "a deliverable that goes on does not move it");
        let engines = named(place, "outcomes", "1004");
        assert_eq!(
            ["title", "statement", "start_on", "due_on", "state", "commitment"].map(|field| engines[field].clone()),
            [
                json!("Engines break down less (and are mended sooner)"),
                json!("Line one.\nLine two, with a \"quote\"."),
                json!("2025-01-15"),
                json!(null),
                json!("draft"),
                json!("committed")
            ]
        );
        assert_eq!(engines["owner_id"], named(place, "people", "Di Roe")["id"]);
        assert_eq!(engines["team_id"], named(place, "teams", "Engine Room")["id"]);
        assert_eq!(named(place, "outcomes", "1002")["owner_id"], named(place, "people", "Bo Li")["id"]);
        let piers = named(place, "outcomes", "1005");
        assert_eq!(piers["commitment"], "aspirational");
        let (title, statement) = (piers["title"].as_str().unwrap_or(""), piers["statement"].as_str().unwrap_or(""));
        assert!(title.ends_with('…') && title.chars().count() <= 200, "{title}");
        assert!(statement.contains("another way home\n\nAsked for by"), "{statement}");
        let alone = named(place, "outcomes", "1007");
        assert_eq!((&alone["period_id"], &alone["due_on"]), (&json!(null), &json!("2025-08-31")));

        let parents = |id: &str| {
            let path = format!("/v1/outcomes/{}/parents", named(place, "outcomes", id)["id"].as_str().unwrap_or(""));
            let list = place.admin.get(&path).expect(200).json();
            let each = list["data"].as_array().into_iter().flatten();
            each.map(|one| (one["parent_id"].clone(), one["kind"].clone(), one["weight"].clone())).collect::<Vec<_>>()
        };
        let boats = named(place, "outcomes", "1003")["id"].clone();
        let crews = named(place, "outcomes", "1002")["id"].clone();
        let found = parents("1004");
        assert!(found.contains(&(boats, json!("contributes"), json!(100.0))), "{found:?}");
        assert!(found.contains(&(crews, json!("contributes"), json!(20.0))), "{found:?}");
        assert_eq!(parents("1006"), [(measure(place, "2001")["id"].clone(), json!("supports"), json!(10.0))]);
    });
}

#[test]
fn a_key_result_becomes_the_measure_that_its_numbers_ask_for() {
    on_both(|place| {
        import(place, &[EXPORT, "--from", "viva-goals"]).expect(0, &[]);
        let cases = [
            ("2001", "increase", [json!(80.0), json!(96.0), json!(null)], json!("%"), json!(92.0)),
            ("2002", "decrease", [json!(15.0), json!(5.0), json!(null)], json!(null), json!(8.0)),
            ("2003", "increase", [json!(0.0), json!(100.0), json!(null)], json!("%"), json!(90.0)),
            ("2004", "increase", [json!(1250.0), json!(2000.0), json!(null)], json!("people"), json!(1700.0)),
            ("2005", "decrease", [json!(80000.0), json!(20000.0), json!(null)], json!("$"), json!(50000.0)),
            ("2006", "monitor", [json!(null), json!(null), json!(null)], json!("%"), json!(91.0)),
            ("2007", "reach", [json!(null), json!(null), json!(1.0)], json!(null), json!(1.0)),
            ("2008", "reach", [json!(null), json!(null), json!(100.0)], json!("%"), json!(60.0)),
        ];
        for (id, kind, [baseline, target, low], unit, latest) in cases {
            let one = measure(place, id);
            let numbers = |value: &Value| value.as_f64().map_or(json!(null), |number| json!(number));
            assert_eq!(one["kind"], kind, "{id}: {one}");
            assert_eq!(
                ["baseline", "target", "low"].map(|field| numbers(&one[field])),
                [baseline, target, low],
                "{one}"
            );
            assert_eq!(one.get("unit").unwrap_or(&json!(null)), &unit, "{id}");
            let path = format!("/v1/measures/{}/latest", one["id"].as_str().unwrap_or(""));
            let observed = place.admin.get(&path).expect(200).json();
            assert_eq!(numbers(&observed["value"]), latest, "{id}: {observed}");
        }
        let id = measure(place, "2001")["id"].clone();
        let path = format!("/v1/measures/{}/observations", id.as_str().unwrap_or(""));
        let kept = place.admin.get(&path).expect(200).text();
        assert!(kept.contains("Three new pilots; two more to come; see the log") && kept.contains("84.5"), "{kept}");
        let board = place.admin.get("/v1/board").expect(200).text();
        assert!(board.contains("Boats leave on time") && board.contains("\"progress\":75"), "{board}");
    });
}

#[test]
fn the_same_export_again_changes_nothing_as_csv_or_as_a_workbook() {
    on_both(|place| {
        import(place, &[EXPORT, "--from", "viva-goals"]).expect(0, &ALL);
        let revision = place.admin.revision();
        let folder = folder(&[("export.xlsx", &as_workbook())]);
        for file in [EXPORT, &at(&folder, "export.xlsx")] {
            let ran = import(place, &[file, "--from", "viva-goals"]);
            ran.expect(0, &["7 unchanged", "6 unchanged", "10 unchanged", "13 unchanged"]);
            assert!(!ran.out.lines().any(|line| line.contains("rows: ") && !line.contains(": 0 created, 0 updated")));
            assert_eq!(place.admin.revision(), revision, "{file}");
        }
    });
}

/// The export, opened as a workbook: what looks like a number or a day is one.
fn as_workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let file = fs::File::open(EXPORT).expect("the export");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
    for (row, record) in (0..).zip(reader.records()) {
        for (column, cell) in (0..).zip(record.expect("a row").iter()) {
            let is_day = cell.len() == 10 && cell.starts_with("2025-");
            let written = match cell.parse::<f64>() {
                Ok(number) => sheet.write(row, column, number).is_ok(),
                Err(_) if cell.is_empty() => true,
                Err(_) if is_day => {
                    let date = ExcelDateTime::parse_from_str(cell).expect("a day");
                    sheet.write_with_format(row, column, &date, &day).is_ok()
                }
                Err(_) => sheet.write_string(row, column, cell.trim_start_matches('\u{feff}')).is_ok(),
            };
            assert!(written, "{cell}");
        }
    }
    book.save_to_buffer().expect("a workbook")
}

#[test]
fn a_dry_run_keeps_nothing_and_refuses_nothing_that_an_import_would_take() {
    on_both(|place| {
        let revision = place.admin.revision();
        let ran = import(place, &[EXPORT, "--from", "viva-goals", "--dry-run", "--propose"]);
        ran.expect(
            0,
            &[
                "would be:",
                "outcomes: 23 rows: 7 created, 0 updated, 0 unchanged, 0 refused, 16 left out",
                "measures: 23 rows: 0 created, 0 updated, 0 unchanged, 0 refused, 10 not checked by the service",
                "14 not checked by the service",
                "checked when they are imported",
            ],
        );
        assert_eq!(ran.err, "", "nothing is refused");
        assert_eq!(place.admin.revision(), revision);
        import(place, &[EXPORT, "--from", "viva-goals"]).expect(0, &ALL);
        let again = import(place, &[EXPORT, "--from", "viva-goals", "--dry-run"]);
        again.expect(0, &["10 unchanged", "13 unchanged"]);
        assert!(!again.out.contains("not checked"), "{again:?}");
        import(place, &[EXPORT, "--from", "viva-goals", "--propose"])
            .expect(0, &["proposals: 23 rows: 0 created, 7 updated"]);
        assert_eq!(named(place, "outcomes", "1001")["state"], "proposed");
    });
}

#[test]
fn what_is_wrong_with_an_export_is_said_by_row_and_column() {
    const HEADER: &str =
        "Id,Title,Owner,Period,Start Date,End Date,\"Aligned To (weight, Objective ID)\",Target,Object Type,Start";
    let check = |place: &Place, arguments: &[&str], rows: &str, code: i32, expected: &[&str]| {
        let folder = folder(&[("export.csv", rows.as_bytes())]);
        let file = at(&folder, "export.csv");
        import(place, &[&[file.as_str(), "--from", "viva-goals"], arguments].concat()).expect(code, expected);
    };
    on_both(|place| {
        let revision = place.admin.revision();
        let without = HEADER.replace("Id,", "");
        check(place, &[], &without, 2, &["export.csv has no column Id, which tells goals apart; it has Title, Owner"]);
        let twice =
            format!("{HEADER}\n1,A,,,2025-01-01,2025-12-31,,,Objective,\n1,B,,,2025-01-01,2025-12-31,,,Objective,\n");
        check(place, &[], &twice, 2, &["line 2 and line 3 say different things of Id 1"]);
        assert_eq!(place.admin.revision(), revision);
        let rows = format!(
            "{HEADER}\n\
             1,Good,Ann Lee,Y,2025-01-01,2025-12-31,,,Objective,\n\
             2,Elsewhere,,Y,2025-01-01,2025-12-31,\"Other file(weight: 5%, Id: 77)\",,Objective,\n\
             3,Much,,Y,2025-01-01,2025-12-31,\"Good(weight: 50%, Id: 1)\",77m,Key result,0\n\
             4,Backwards,,,2025-12-31,2025-01-01,,,Objective,\n"
        );
        let expected = [
            "outcomes: line 5 (4): ",
            "alignments: line 3: /fields/parent_id: there is nothing that bears the name ext:viva-goals:77",
            "measures: line 4: /fields/low: \"77m\" is no number such as 12.5",
            "no column Checkins: there are no observations",
            "3 row(s) refused",
        ];
        check(place, &["--dry-run"], &rows, 3, &expected);
        assert_eq!(place.admin.revision(), revision);
        check(place, &[], &rows, 3, &["1 row(s) of the outcomes refused, so that none of them is kept"]);
        check(place, &["--mode", "per_item"], &rows, 3, &expected);
        assert_eq!(named(place, "outcomes", "1")["title"], "Good");
    });
}
