//! Tables: CSV files as they are read for an import, from a folder or from the program itself.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;

use flate2::read::MultiGzDecoder;

/// Where files are found.
#[derive(Clone, Debug)]
pub enum Files {
    /// In a folder.
    Folder(PathBuf),
    /// In the program: each by its name.
    Embedded(&'static [(&'static str, &'static [u8])]),
}

impl Files {
    /// A file's content, decompressed where its name ends in `.gz`.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn open(&self, name: &str) -> Result<Box<dyn Read>, String> {
        let raw: Box<dyn Read> = match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                Box::new(File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?)
            }
            Self::Embedded(files) => {
                let found = files.iter().find(|(known, _)| *known == name);
                Box::new(found.ok_or_else(|| format!("{name}: not in this program"))?.1)
            }
        };
        Ok(if name.ends_with(".gz") { Box::new(MultiGzDecoder::new(raw)) } else { raw })
    }

    /// A CSV file with a header row.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn table(&self, name: &str) -> Result<Table, String> {
        let mut reader = csv::ReaderBuilder::new().from_reader(BufReader::new(self.open(name)?));
        let header = reader.headers().map_err(|error| format!("{name}: {error}"))?;
        let columns: Vec<String> =
            header.iter().map(|column| column.trim_start_matches('\u{feff}').trim().to_owned()).collect();
        Ok(Table { name: name.to_owned(), columns, reader })
    }
}

/// A CSV file whose rows are still to be read.
pub struct Table {
    name: String,
    /// The columns, as the header names them.
    pub columns: Vec<String>,
    reader: csv::Reader<BufReader<Box<dyn Read>>>,
}

impl Table {
    /// The next row and the line on which it begins.
    ///
    /// # Errors
    /// A sentence that names the file and the line: not UTF-8, or with other cells than the header.
    pub fn next(&mut self) -> Result<Option<(u64, csv::StringRecord)>, String> {
        let mut record = csv::StringRecord::new();
        let more = self.reader.read_record(&mut record).map_err(|error| format!("{}: {error}", self.name))?;
        let line = record.position().map_or(0, csv::Position::line);
        Ok(more.then_some((line, record)))
    }

    /// The position of a column.
    ///
    /// # Errors
    /// A sentence that names the column and the file.
    pub fn column(&self, name: &str) -> Result<usize, String> {
        let found = self.columns.iter().position(|column| column == name);
        found.ok_or_else(|| format!("{} has no column {name}; it has {}", self.name, self.columns.join(", ")))
    }
}

/// The rows of another table, by one of its columns.
#[derive(Debug, Default)]
pub struct Lookup {
    /// The columns, as the header names them.
    pub columns: Vec<String>,
    rows: HashMap<String, Vec<csv::StringRecord>>,
}

impl Lookup {
    /// Reads a table whole; only the first row of each key where `first_only`, and only rows in which each of the
    /// columns `needs` has a value.
    ///
    /// # Errors
    /// A sentence that names the file, and the column that it lacks.
    pub fn read(files: &Files, name: &str, on: &str, needs: &[String], first_only: bool) -> Result<Self, String> {
        let mut table = files.table(name)?;
        let key = table.column(on)?;
        let needs = needs.iter().map(|column| table.column(column)).collect::<Result<Vec<_>, _>>()?;
        let mut rows: HashMap<String, Vec<csv::StringRecord>> = HashMap::new();
        while let Some((_, record)) = table.next()? {
            if needs.iter().any(|column| record.get(*column).unwrap_or("").trim().is_empty()) {
                continue;
            }
            let kept = rows.entry(record.get(key).unwrap_or("").to_owned()).or_default();
            if !first_only || kept.is_empty() {
                kept.push(record);
            }
        }
        Ok(Self { columns: table.columns, rows })
    }

    /// The rows of a key, in the order of the file.
    pub fn rows(&self, key: &str) -> &[csv::StringRecord] {
        self.rows.get(key).map_or(&[], Vec::as_slice)
    }
}
