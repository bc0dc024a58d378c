//! Workbooks: a sheet of an XLSX file, read as if it had been saved as CSV.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, copy, sink};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, Xlsx};
use zip::ZipArchive;

const MB: u64 = 1024 * 1024;
/// The most bytes of a file: it is held in memory while it is read.
const FILE_BYTES: u64 = 50 * MB;
/// The most bytes of what is packed in it; a small file can hold very much of the same.
const UNPACKED_BYTES: u64 = 500 * MB;
/// The most bytes of text in a sheet; a text that is kept once can stand in many cells.
const TEXT_BYTES: u64 = 250 * MB;
/// The most columns of a sheet.
const COLUMNS: u32 = 2_000;

/// A sheet whose rows are still to be taken.
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// The first row that holds anything, by column.
    pub header: Vec<String>,
    rows: std::collections::btree_map::IntoIter<u32, BTreeMap<u32, String>>,
}

impl Sheet {
    /// Reads a sheet of a workbook, the first unless one is named.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the file, or with which cell.
    pub fn read(content: impl Read, wanted: Option<&str>) -> Result<Self, String> {
        let bytes = bounded(content, FILE_BYTES, UNPACKED_BYTES)?;
        let strange = |error: calamine::XlsxError| format!("is no workbook that can be read: {error}");
        let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(strange)?;
        let sheets = workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        let names: Vec<String> = sheets.map(|sheet| sheet.name.clone()).collect();
        let found = names.iter().find(|name| wanted.is_none_or(|wanted| wanted == *name));
        let name = match (found, wanted) {
            (Some(name), _) => name.clone(),
            (None, Some(wanted)) => return Err(format!("has no sheet {wanted}; it has {}", names.join(", "))),
            (None, None) => return Err("has no sheet".into()),
        };
        let mut reader = workbook.worksheet_cells_reader(&name).map_err(strange)?;
        let mut rows: BTreeMap<u32, BTreeMap<u32, String>> = BTreeMap::new();
        let mut fault = None;
        let mut size = 0;
        while let Some(cell) = reader.next_cell().map_err(strange)? {
            let (row, column) = cell.get_position();
            match text_of(cell.get_value()) {
                Ok(text) if text.is_empty() => {}
                Ok(_) if column >= COLUMNS => {
                    return Err(format!("sheet {name}, row {}: more than {COLUMNS} columns", u64::from(row) + 1));
                }
                Ok(text) => {
                    size += text.len() as u64;
                    if size > TEXT_BYTES {
                        return Err(format!("sheet {name}: more than {} MB of text", TEXT_BYTES / MB));
                    }
                    rows.entry(row).or_default().insert(column, text);
                }
                // Said once the header is known, by which the column is named.
                Err(what) => fault = fault.or(Some((row, column, what))),
            }
        }
        let header = rows.pop_first().map(|(_, cells)| cells).unwrap_or_default();
        let header = filled(header, 0);
        if let Some((row, column, what)) = fault {
            let named = usize::try_from(column).ok().and_then(|at| header.get(at)).filter(|name| !name.is_empty());
            let column = named.cloned().unwrap_or_else(|| letters(column));
            return Err(format!("sheet {name}, row {}, column {column}: {what}", u64::from(row) + 1));
        }
        if header.is_empty() {
            return Err(format!("sheet {name} is empty; its first row must name the columns"));
        }
        Ok(Self { name, header, rows: rows.into_iter() })
    }

    /// The next row that holds anything, with its number, filled up to the width of the header.
    pub fn next(&mut self) -> Option<(u64, csv::StringRecord)> {
        let (row, cells) = self.rows.next()?;
        Some((u64::from(row) + 1, filled(cells, self.header.len()).into()))
    }
}

/// Cells in their places, with empty ones between them.
fn filled(cells: BTreeMap<u32, String>, width: usize) -> Vec<String> {
    let last = cells.last_key_value().map_or(0, |(column, _)| usize::try_from(*column).unwrap_or(0) + 1);
    let mut row = vec![String::new(); last.max(width)];
    for (column, text) in cells {
        if let Some(place) = usize::try_from(column).ok().and_then(|at| row.get_mut(at)) {
            *place = text;
        }
    }
    row
}

/// The bytes of a ZIP archive that has at most `most` bytes, and `unpacked` when it is unpacked.
fn bounded(content: impl Read, most: u64, unpacked: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    content.take(most + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > most {
        return Err(format!("is larger than the {} MB that a workbook may have; save it as CSV", most / MB));
    }
    if bytes.is_empty() {
        return Err("is an empty file".into());
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err("is protected by a password, or of the older form .xls; save it as .xlsx".into());
    }
    let strange = |error: &dyn std::fmt::Display| format!("is no XLSX file: {error}");
    let mut archive = ZipArchive::new(Cursor::new(bytes.as_slice())).map_err(|error| strange(&error))?;
    // What the archive says of its sizes need not be true, so that it is unpacked once for nothing but its size.
    let mut left = unpacked;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|error| strange(&error))?;
        let size = copy(&mut entry.take(left + 1), &mut sink()).map_err(|error| strange(&error))?;
        left = left.checked_sub(size).ok_or_else(|| {
            format!("unpacks to more than the {} MB that a workbook may hold; save it as CSV", unpacked / MB)
        })?;
    }
    Ok(bytes)
}

/// A cell as it would stand in a CSV file.
fn text_of(value: &DataRef<'_>) -> Result<String, String> {
    Ok(match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        // Zero has no sign here.
        DataRef::Float(number) if *number == 0.0 => "0".into(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(moment) => moment_of(moment),
        DataRef::DateTimeIso(text) => iso(text),
        DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => return Err(format!("the cell holds the error {error}")),
    })
}

/// A day, an instant, or a time without a day. A sheet knows no zones: an instant is taken as UTC.
fn moment_of(moment: &ExcelDateTime) -> String {
    let value = moment.as_f64();
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
    let time = format!("{minute:02}:{second:02}{fraction}");
    if moment.is_duration() || (0.0..1.0).contains(&value) {
        // Whole days count on as hours.
        let days = if moment.is_duration() { value.trunc() } else { 0.0 };
        return format!("{:02}:{time}", days * 24.0 + f64::from(hour));
    }
    let day = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second, milli) == (0, 0, 0, 0) { day } else { format!("{day}T{hour:02}:{time}Z") }
}

/// A date that stands in the sheet as text: midnight is the day.
fn iso(text: &str) -> String {
    let Some((day, time)) = text.split_once('T') else { return text.to_owned() };
    let plain = time.trim_end_matches('Z');
    if plain.chars().all(|character| matches!(character, '0' | ':' | '.')) {
        return day.to_owned();
    }
    if plain.contains(['+', '-']) { text.to_owned() } else { format!("{day}T{plain}Z") }
}

/// The letters of a column: A, Z, AA.
fn letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[test]
    fn a_cell_is_written_as_a_csv_file_has_it() {
        let moment = |value| DataRef::DateTime(ExcelDateTime::new(value, ExcelDateTimeType::DateTime, false));
        let length = |value| DataRef::DateTime(ExcelDateTime::new(value, ExcelDateTimeType::TimeDelta, false));
        let cases = [
            (DataRef::Float(1.0), "1"),
            (DataRef::Float(-0.0), "0"),
            (DataRef::Float(0.1), "0.1"),
            (DataRef::Float(1e15), "1000000000000000"),
            (DataRef::Float(14.29), "14.29"),
            (DataRef::Bool(true), "true"),
            (DataRef::SharedString("a, b"), "a, b"),
            (moment(45_658.0), "2025-01-01"),
            (moment(45_658.5), "2025-01-01T12:00:00Z"),
            (moment(0.75), "18:00:00"),
            (length(1.5), "36:00:00"),
            (DataRef::DateTimeIso("2025-01-01T00:00:00".into()), "2025-01-01"),
            (DataRef::DateTimeIso("2025-01-01T09:30:00".into()), "2025-01-01T09:30:00Z"),
        ];
        for (value, expected) in cases {
            assert_eq!(text_of(&value).as_deref(), Ok(expected), "{value:?}");
        }
        let error = text_of(&DataRef::Error(calamine::CellErrorType::Div0));
        assert_eq!(error, Err("the cell holds the error #DIV/0!".into()));
    }

    #[test]
    fn a_column_without_a_name_is_called_by_its_letters() {
        let cases = [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")];
        for (column, expected) in cases {
            assert_eq!(letters(column), expected);
        }
    }

    #[test]
    fn an_archive_that_unpacks_to_more_than_its_bound_is_not_read() {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("xl/a.xml", zip::write::SimpleFileOptions::default()).expect("an entry");
        std::io::Write::write_all(&mut archive, &[b' '; 100_000]).expect("room");
        let bytes = archive.finish().expect("an archive").into_inner();
        assert!(bytes.len() < 1_000, "{}", bytes.len());
        let refused = |most, unpacked| bounded(bytes.as_slice(), most, unpacked).err().unwrap_or_default();
        assert!(refused(MB, 99_999).contains("unpacks to more"), "{}", refused(MB, 99_999));
        assert!(refused(50, MB).contains("is larger than"), "{}", refused(50, MB));
        assert_eq!(refused(MB, 100_000), "");
    }

    #[test]
    fn what_is_no_workbook_is_refused_with_a_reason() {
        let cases: [(&[u8], &str); 4] = [
            (b"", "is an empty file"),
            (b"a,b\n1,2\n", "is no XLSX file"),
            (b"PK\x03\x04 and then nothing that fits", "is no XLSX file"),
            (&[0xd0, 0xcf, 0x11, 0xe0, 0, 0], "protected by a password"),
        ];
        for (bytes, expected) in cases {
            let refused = Sheet::read(bytes, None).err().unwrap_or_default();
            assert!(refused.contains(expected), "{refused}");
        }
    }
}
