//! Tables: CSV files and sheets of workbooks as they are read for an import, from a folder or from the program itself.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;
use std::rc::Rc;

use flate2::read::MultiGzDecoder;

use super::field::Rule;
use super::workbook::Sheet;

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

    /// A CSV file with a header row, or a sheet of a workbook where the name ends in `.xlsx`.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn table(&self, file: &str, sheet: Option<&str>) -> Result<Table, String> {
        let content = self.open(file)?;
        if file.to_ascii_lowercase().ends_with(".xlsx") {
            let found = Sheet::read(content, sheet).map_err(|error| format!("{file} {error}"))?;
            let place = format!("sheet {}, row", found.name);
            let header = found.header.clone();
            return Ok(Table::of(file, Some(&found.name.clone()), place, &header, Source::Sheet(found)));
        }
        if let Some(sheet) = sheet {
            return Err(format!("{file} is no workbook (.xlsx), and has no sheet {sheet}"));
        }
        // The table itself says which rows fit the header.
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(BufReader::new(content));
        let header = reader.headers().map_err(|error| format!("{file}: {error}"))?;
        let header: Vec<String> = header.iter().map(str::to_owned).collect();
        let behind = u64::from(reader.position().line() < 2);
        if header.iter().all(String::is_empty) {
            return Err(format!("{file} is empty; its first row must name the columns"));
        }
        Ok(Table::of(file, None, "line".into(), &header, Source::Csv(reader, behind)))
    }
}

/// How a table is read beyond what its header says.
#[derive(Clone, Default)]
pub struct Shape {
    /// Columns that it may lack: they are empty then.
    pub may_lack: Rc<[String]>,
    /// Columns that are made from others, in order.
    pub made: Rc<[(String, Rule)]>,
    /// Whether rows may have cells for which the header has no name.
    pub has_unnamed: bool,
}

/// A table whose rows are still to be read.
pub struct Table {
    /// The file's name.
    pub file: String,
    /// The sheet's name, in a workbook.
    pub sheet: Option<String>,
    /// What the number of a row is the number of: `line`, or `sheet Goals, row`.
    pub place: String,
    /// The columns: those of the header, those that it lacks, those that are made.
    pub columns: Vec<String>,
    width: usize,
    shape: Shape,
    source: Source,
}

enum Source {
    /// And by how many lines its count is behind: a line that ends with CR LF counts once the next is read.
    Csv(csv::Reader<BufReader<Box<dyn Read>>>, u64),
    Sheet(Sheet),
}

impl Table {
    fn of(file: &str, sheet: Option<&str>, place: String, header: &[String], source: Source) -> Self {
        let columns: Vec<String> =
            header.iter().map(|column| column.trim_start_matches('\u{feff}').trim().to_owned()).collect();
        let (file, sheet) = (file.to_owned(), sheet.map(str::to_owned));
        Self { file, sheet, place, width: columns.len(), columns, shape: Shape::default(), source }
    }

    /// Gives it a shape, before its first row is read.
    pub fn reshape(&mut self, shape: &Shape) {
        let lacking = shape.may_lack.iter().filter(|name| !self.columns.contains(name)).cloned().collect::<Vec<_>>();
        self.columns.extend(lacking);
        self.columns.extend(shape.made.iter().map(|(name, _)| name.clone()));
        self.shape = shape.clone();
    }

    /// The positions of the columns without a name; the last begins those that stand behind the header.
    pub fn unnamed(&self) -> (Vec<usize>, usize) {
        let named = self.columns.iter().take(self.width).enumerate().filter(|(_, name)| name.is_empty());
        (named.map(|(at, _)| at).collect(), self.columns.len())
    }

    /// The next row and its number in the file.
    ///
    /// # Errors
    /// A sentence that names the file and the row: not UTF-8, or with other cells than the header.
    pub fn next(&mut self) -> Result<Option<(u64, csv::StringRecord)>, String> {
        let next = match &mut self.source {
            Source::Csv(reader, behind) => {
                let mut record = csv::StringRecord::new();
                let more = reader.read_record(&mut record).map_err(|error| format!("{}: {error}", self.file))?;
                let line = record.position().map_or(0, csv::Position::line) + *behind;
                more.then_some((line, record))
            }
            Source::Sheet(sheet) => sheet.next(),
        };
        let Some((line, record)) = next else { return Ok(None) };
        if record.len() != self.width && !self.shape.has_unnamed {
            let Self { file, place, width, .. } = self;
            return Err(format!("{file}: {place} {line} has {} cell(s), and the header names {width}", record.len()));
        }
        let is_plain = self.columns.len() == self.width && record.len() >= self.width;
        Ok(Some((line, if is_plain { record } else { self.shaped(&record) })))
    }

    /// A row with what it lacks, what is made from it, and at its end what stands behind the header.
    fn shaped(&self, record: &csv::StringRecord) -> csv::StringRecord {
        let mut cells: Vec<String> = record.iter().take(self.width).map(str::to_owned).collect();
        cells.resize(self.columns.len() - self.shape.made.len(), String::new());
        for (_, rule) in self.shape.made.iter() {
            let cell = |name: &str| {
                let at = self.columns.iter().position(|column| column == name);
                at.and_then(|at| cells.get(at)).map_or("", String::as_str)
            };
            let made = rule.cell(&cell);
            cells.push(made);
        }
        cells.extend(record.iter().skip(self.width).map(str::to_owned));
        cells.into()
    }

    /// The position of a column.
    ///
    /// # Errors
    /// A sentence that names the column and the file.
    pub fn column(&self, name: &str) -> Result<usize, String> {
        let found = self.columns.iter().position(|column| column == name);
        found.ok_or_else(|| format!("{} has no column {name}; it has {}", self.file, self.columns.join(", ")))
    }
}

/// Which of the rows with the same key are kept.
#[derive(Clone, Debug)]
pub enum Pick {
    /// All.
    All,
    /// The first.
    First,
    /// The first with the least text in a column; days of ISO 8601 order as texts.
    Least(String),
    /// The first with the greatest.
    Greatest(String),
}

/// The rows of another table, by one of its columns.
#[derive(Debug, Default)]
pub struct Lookup {
    /// The columns, as the header names them.
    pub columns: Vec<String>,
    rows: HashMap<String, Vec<csv::StringRecord>>,
}

impl Lookup {
    /// Reads a table whole; only rows in which each of the columns `needs` has a value.
    ///
    /// # Errors
    /// A sentence that names the file, and the column that it lacks.
    pub fn read(mut table: Table, on: &str, needs: &[String], pick: &Pick) -> Result<Self, String> {
        let key = table.column(on)?;
        let mut needs = needs.iter().map(|column| table.column(column)).collect::<Result<Vec<_>, _>>()?;
        let by = match pick {
            Pick::All | Pick::First => None,
            Pick::Least(column) | Pick::Greatest(column) => Some(table.column(column)?),
        };
        // What has no value there is neither the least nor the greatest.
        needs.extend(by);
        let mut rows: HashMap<String, Vec<csv::StringRecord>> = HashMap::new();
        while let Some((_, record)) = table.next()? {
            let cell = |at: usize| record.get(at).unwrap_or("");
            if needs.iter().any(|column| cell(*column).trim().is_empty()) {
                continue;
            }
            let kept = rows.entry(cell(key).to_owned()).or_default();
            let replaces = |kept: &csv::StringRecord| {
                let held = by.and_then(|at| kept.get(at)).unwrap_or("");
                let new = by.map_or("", cell);
                match pick {
                    Pick::All | Pick::First => false,
                    Pick::Least(_) => new < held,
                    Pick::Greatest(_) => new > held,
                }
            };
            match kept.first_mut() {
                Some(first) if !matches!(pick, Pick::All) => {
                    if replaces(first) {
                        *first = record;
                    }
                }
                Some(_) | None => kept.push(record),
            }
        }
        Ok(Self { columns: table.columns, rows })
    }

    /// The rows of a key, in the order of the file.
    pub fn rows(&self, key: &str) -> &[csv::StringRecord] {
        self.rows.get(key).map_or(&[], Vec::as_slice)
    }
}
