//! Mappings: how the rows of a table become the rows of an import; API.md describes the file.

mod written;

use std::collections::{BTreeMap, HashMap};

use remit_api::import::ImportKind;
use remit_domain::spelling::Spelled;
use serde_json::value::{RawValue, to_raw_value};

use super::field::{Cells, Each, Field, Rule};
use super::parts::Parts;
use super::table::{Files, Lookup, Pick, Shape, Table};
use super::template::{Template, dimensions};
use written::{Written, WrittenCollect, WrittenColumn, WrittenJoin};

/// What the rows become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Rows of `POST /v1/imports`.
    Rows(ImportKind),
    /// Lines of `POST /v1/observations`.
    Observations,
}

/// A mapping, ready for the rows of one table.
pub struct Mapping {
    /// What the rows become.
    pub target: Target,
    /// The system that they come from.
    pub source: String,
    /// Whether a row that says the same as an earlier one is left out.
    pub is_once: bool,
    external_id: Option<Rule>,
    needs: Vec<String>,
    only: Vec<(String, Vec<String>)>,
    skip: Vec<(String, Vec<String>)>,
    parts: Option<Parts>,
    joins: Vec<Join>,
    fields: Vec<(String, Field)>,
    segment: Vec<(String, Rule)>,
    breakdown: Option<String>,
    /// Where each column stands: those of the table itself, and those of the joins behind their name.
    places: HashMap<String, Place>,
}

struct Join {
    lookup: Lookup,
    key: Template,
}

#[derive(Clone, Copy)]
enum Place {
    Own(usize),
    Part(usize),
    Joined(usize, usize),
}

/// A row as a mapping sees it: a record, and where it is taken apart, one of its parts.
pub struct Row<'r> {
    /// The record.
    pub record: &'r csv::StringRecord,
    /// The part; empty where the mapping takes nothing apart.
    pub part: &'r [String],
}

/// What becomes of a row.
pub enum Mapped {
    /// The mapping leaves it out.
    LeftOut,
    /// A row of an import.
    Row {
        /// Its id in the other system, where the kind has one.
        external_id: Option<String>,
        /// Its fields.
        fields: BTreeMap<String, Box<RawValue>>,
    },
    /// It cannot be mapped: what is wrong with which field.
    Refused(Vec<(String, String)>),
}

/// An observation as it is sent, one a line.
#[derive(serde::Serialize)]
pub struct ObservationLine<'a> {
    #[serde(flatten)]
    fields: &'a BTreeMap<String, Box<RawValue>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    segment: BTreeMap<String, String>,
}

impl Mapping {
    /// Reads a mapping file for a table, which takes the shape that the mapping asks for; what it joins and collects is
    /// read whole.
    ///
    /// # Errors
    /// A sentence that names what is wrong: a column that is not there, a pattern that cannot be read.
    pub fn read(text: &str, files: &Files, table: &mut Table) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| error.to_string())?;
        let target = match written.kind.as_str() {
            "observation" => Target::Observations,
            kind => Target::Rows(ImportKind::parse(kind).ok_or_else(|| {
                let kinds: Vec<_> = ImportKind::ALL.iter().map(|kind| kind.as_str()).collect();
                format!("kind: {kind} is none of observation, {}", kinds.join(", "))
            })?),
        };
        let has_unnamed = written.ragged || written.each.as_ref().is_some_and(Parts::has_unnamed);
        let shape = shape(written.may_lack, written.column, has_unnamed, table)?;
        table.reshape(&shape);
        let mut places: HashMap<String, Place> =
            table.columns.iter().enumerate().map(|(at, column)| (column.clone(), Place::Own(at))).collect();
        let parts = written.each.map(|each| Parts::read(&each, table)).transpose()?;
        for (group, name) in parts.iter().flat_map(|parts| parts.names.iter().enumerate()) {
            let name = if name.is_empty() { format!("each.{group}") } else { format!("each.{name}") };
            places.insert(name, Place::Part(group));
        }
        let mut joins = Vec::new();
        for (name, WrittenJoin { file, sheet, on, key, needs, least, greatest }) in written.join {
            let pick = match (least, greatest) {
                (None, None) => Pick::First,
                (Some(column), None) => Pick::Least(column),
                (None, Some(column)) => Pick::Greatest(column),
                (Some(_), Some(_)) => return Err(format!("{name}: needs either least or greatest")),
            };
            let joined = match file {
                Some(file) => files.table(&file, sheet.as_deref())?,
                // The table itself, in the same shape.
                None => {
                    let mut own = files.table(&table.file, sheet.as_deref().or(table.sheet.as_deref()))?;
                    own.reshape(&shape);
                    own
                }
            };
            let lookup = Lookup::read(joined, &on, &needs, &pick)?;
            let key = key.map_or_else(|| Ok(Template::place(&on)), |key| Template::parse(&key))?;
            if let Some(missing) = key.places().find(|place| !places.contains_key(*place)) {
                return Err(format!("{name}: there is no column {missing}"));
            }
            for (at, column) in lookup.columns.iter().enumerate() {
                places.insert(format!("{name}.{column}"), Place::Joined(joins.len(), at));
            }
            joins.push(Join { lookup, key });
        }
        let known = |name: &str| places.contains_key(name);
        let external_id = written.external_id.map(|value| Rule::read("external_id", value, &known)).transpose()?;
        let mut fields = Vec::new();
        for (name, value) in written.fields {
            fields.push((name.clone(), field(&name, value, files, &known)?));
        }
        let mut segment = Vec::new();
        for (name, value) in written.segment {
            segment.push((name.clone(), Rule::read(&name, value, &known)?));
        }
        let named = written.needs.iter().chain(written.only.keys()).chain(written.skip.keys());
        for column in named.chain(&written.breakdown) {
            if !known(column) {
                return Err(format!("there is no column {column}"));
            }
        }
        if target != Target::Observations && (!segment.is_empty() || written.breakdown.is_some()) {
            return Err("segment and breakdown are for observations".into());
        }
        let source = match (written.source, target) {
            (Some(source), _) => source,
            (None, Target::Observations) => String::new(),
            (None, Target::Rows(_)) => {
                return Err("source: is missing; the name of the system that this is from".into());
            }
        };
        Ok(Self {
            target,
            source,
            is_once: written.once,
            external_id,
            needs: written.needs,
            only: written.only.into_iter().map(|(column, values)| (column, values.list())).collect(),
            skip: written.skip.into_iter().map(|(column, values)| (column, values.list())).collect(),
            parts,
            joins,
            fields,
            segment,
            breakdown: written.breakdown,
            places,
        })
    }

    /// What a record is taken apart into; one part without anything where the mapping takes nothing apart.
    pub fn parts(&self, record: &csv::StringRecord) -> Vec<Vec<String>> {
        self.parts.as_ref().map_or_else(|| vec![Vec::new()], |parts| parts.of(record))
    }

    /// The value of a column in a row: empty where a join found nothing.
    fn cell<'r>(&'r self, row: &Row<'r>, name: &str) -> &'r str {
        let text = match self.places.get(name) {
            Some(Place::Own(at)) => row.record.get(*at),
            Some(Place::Part(group)) => row.part.get(*group).map(String::as_str),
            Some(Place::Joined(join, at)) => self.joins.get(*join).and_then(|Join { lookup, key }| {
                let found = lookup.rows(&key.exactly(|name| self.cell(row, name))).first();
                found.and_then(|row| row.get(*at))
            }),
            None => None,
        };
        text.unwrap_or("")
    }

    fn is_left_out(&self, row: &Row<'_>) -> bool {
        let is_one = |(column, values): &(String, Vec<String>)| values.iter().any(|one| one == self.cell(row, column));
        self.needs.iter().any(|column| self.cell(row, column).trim().is_empty())
            || self.skip.iter().any(is_one)
            || !self.only.iter().all(is_one)
    }

    /// Maps a row.
    pub fn row(&self, row: &Row<'_>) -> Mapped {
        if self.is_left_out(row) {
            return Mapped::LeftOut;
        }
        let lookup = |name: &str| self.cell(row, name);
        let cells: Cells<'_> = &lookup;
        let mut faults = Vec::new();
        let external_id = match self.external_id.as_ref().map(|rule| rule.text(cells)) {
            Some(Ok(text)) => text,
            Some(Err(fault)) => {
                faults.push(("/external_id".to_owned(), fault));
                None
            }
            None => None,
        };
        let mut fields = BTreeMap::new();
        for (name, field) in &self.fields {
            match field.value(cells) {
                Ok(Some(value)) => {
                    fields.insert(name.clone(), value);
                }
                Ok(None) => {}
                Err(fault) => faults.push((format!("/fields/{name}"), fault)),
            }
        }
        if faults.is_empty() { Mapped::Row { external_id, fields } } else { Mapped::Refused(faults) }
    }

    /// The line of an observation that was mapped from a row.
    ///
    /// # Errors
    /// What is wrong with the segment.
    pub fn observation<'f>(
        &self,
        row: &Row<'_>,
        fields: &'f BTreeMap<String, Box<RawValue>>,
    ) -> Result<ObservationLine<'f>, (String, String)> {
        let lookup = |name: &str| self.cell(row, name);
        let mut segment = BTreeMap::new();
        let wrong = |fault: String| ("/segment".to_owned(), fault);
        let broken_down =
            self.breakdown.as_deref().map(|column| dimensions(lookup(column))).transpose().map_err(wrong)?;
        for (name, value) in broken_down.unwrap_or_default() {
            segment.insert(name, value);
        }
        for (name, rule) in &self.segment {
            if let Some(value) = rule.text_or_nothing(&lookup).map_err(wrong)? {
                segment.insert(name.clone(), value);
            }
        }
        Ok(ObservationLine { fields, segment })
    }
}

/// The shape that a mapping asks of its table.
fn shape(
    may_lack: Vec<String>,
    columns: Vec<WrittenColumn>,
    has_unnamed: bool,
    table: &Table,
) -> Result<Shape, String> {
    let mut known: Vec<String> = table.columns.iter().chain(&may_lack).cloned().collect();
    let mut made = Vec::new();
    for WrittenColumn { name, rule } in columns {
        if name.is_empty() || known.contains(&name) {
            return Err(format!("column {name}: there is one of this name already"));
        }
        let rule = Rule::read(&format!("column {name}"), rule.into(), &|column| known.iter().any(|own| own == column))?;
        known.push(name.clone());
        made.push((name, rule));
    }
    Ok(Shape { may_lack: may_lack.into(), made: made.into(), has_unnamed })
}

/// A field, with what it collects from other files.
fn field(name: &str, value: toml::Value, files: &Files, known: &dyn Fn(&str) -> bool) -> Result<Field, String> {
    let is_collected = value.as_table().is_some_and(|table| table.contains_key("collect"));
    if !is_collected {
        return Field::read(name, value, known);
    }
    let wrong = |error: &dyn std::fmt::Display| format!("{name}: {error}");
    let WrittenCollect { collect, sheet, on, needs, each } = value.try_into().map_err(|error| wrong(&error))?;
    if !known(&on) {
        return Err(wrong(&format!("there is no column {on}")));
    }
    let table = files.table(&collect, sheet.as_deref()).map_err(|error| wrong(&error))?;
    let lookup = Lookup::read(table, &on, &needs, &Pick::All).map_err(|error| wrong(&error))?;
    let inner = |column: &str| lookup.columns.iter().any(|own| own == column) || known(column);
    let each = if let toml::Value::Table(table) = each {
        let fields = table.into_iter().map(|(part, value)| Ok((part.clone(), Field::read(&part, value, &inner)?)));
        Each::Object(fields.collect::<Result<_, String>>()?)
    } else {
        Each::Text(Box::new(Rule::read(name, each, &inner)?))
    };
    Ok(Field::Collected { lookup, key: Template::place(&on), each })
}

/// A value as JSON.
pub fn json(value: &impl serde::Serialize) -> Result<Box<RawValue>, String> {
    to_raw_value(value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: Files = Files::Embedded(&[
        (
            "targets.csv",
            b"target,goal,statement,state\n3.6,3,\"By 2020, halve deaths, and more\",\n1.a,1,Mobilize,\n9.9,9,Old,gone\n,2,No id,\n",
        ),
        ("numbers.csv", b"target,kind,amount\n3.6,decrease,50\n"),
        ("skills.csv", b"skill,target,level\nStatistics,3.6,expert\nWriting,3.6,\nOther,1.a,working\n"),
        (
            "goals.csv",
            b"id,type,term,from,start,aim,log\nX-1,goal,T1,2026-02-01,5,\"1,000\",2026-03-01: 7; 2026-02-01: 6,2026-04-01: 8\nX-2,task,T1,2026-01-01,,,\nX-3,goal,T1,2026-02-01,9,9,none\n",
        ),
        ("values.csv", b"indicator,on,value,part\n3.6.1,2020-12-31,0.10,Sex=Female;Sector=Food; drink\n3.6.1,2020-12-31,1e,\n"),
    ]);

    fn rows(file: &str, mapping: &str) -> Result<Vec<String>, String> {
        let mut table = FILES.table(file, None)?;
        let mapping = Mapping::read(mapping, &FILES, &mut table)?;
        let mut rows = Vec::new();
        while let Some((line, record)) = table.next()? {
            for part in mapping.parts(&record) {
                let row = Row { record: &record, part: &part };
                rows.push(match mapping.row(&row) {
                    Mapped::LeftOut => format!("{line} left out"),
                    Mapped::Refused(faults) => format!("{line} {faults:?}"),
                    Mapped::Row { external_id, fields } => match mapping.target {
                        Target::Rows(_) => {
                            format!("{line} {} {}", external_id.unwrap_or_default(), json(&fields)?.get())
                        }
                        Target::Observations => {
                            let observation = mapping.observation(&row, &fields).map_err(|(_, fault)| fault)?;
                            format!("{line} {}", json(&observation)?.get())
                        }
                    },
                });
            }
        }
        Ok(rows)
    }

    #[test]
    fn a_row_is_made_of_templates_joins_and_collections() {
        let mapping = r#"
            kind = "outcome"
            source = "sdg"
            external_id = "{target}"
            needs = ["goal"]
            [skip]
            state = "gone"
            [join.number]
            file = "numbers.csv"
            on = "target"
            [fields]
            title = { column = "statement", shorten = 12 }
            theme_id = "ext:sdg:{goal}"
            due_on = { column = "statement", find = '\b(20[0-9]{2})\b', as = "{1}-12-31", optional = true }
            amount = { column = "number.amount", number = true, optional = true }
            category = { column = "goal", map = { 3 = "people" }, default = "other" }
            skills = { collect = "skills.csv", on = "target", needs = ["level"], each = { skill_id = "ext:x:{skill}", level = "{level}", must = true } }
            "#;
        let expected = [
            r#"2 3.6 {"amount":50,"category":"people","due_on":"2020-12-31","skills":[{"level":"expert","must":true,"skill_id":"ext:x:Statistics"}],"theme_id":"ext:sdg:3","title":"By 2020…"}"#,
            r#"3 1.a {"category":"other","skills":[{"level":"working","must":true,"skill_id":"ext:x:Other"}],"theme_id":"ext:sdg:1","title":"Mobilize"}"#,
            "4 left out",
            r#"5 [("/external_id", "is empty")]"#,
        ];
        assert_eq!(rows("targets.csv", mapping), Ok(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn an_observation_keeps_its_digits_and_its_dimensions() {
        let mapping = r#"
            kind = "observation"
            breakdown = "part"
            [segment]
            series = "{indicator}"
            [fields]
            measure = "sdg.{indicator}"
            observed_at = "{on}"
            value = { column = "value", number = true }
            "#;
        let expected = [
            r#"2 {"measure":"sdg.3.6.1","observed_at":"2020-12-31","value":0.10,"segment":{"Sector":"Food; drink","Sex":"Female","series":"3.6.1"}}"#,
            r#"3 [("/fields/value", "\"1e\" is no number such as 12.5")]"#,
        ];
        assert_eq!(rows("values.csv", mapping), Ok(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn a_row_is_taken_apart_and_columns_are_made_compared_and_may_lack() {
        let mapping = r#"
            kind = "observation"
            may_lack = ["label"]
            [only]
            type = ["goal", "aim"]
            [[column]]
            name = "target"
            column = "aim"
            find = '^[\d,]+$'
            keep = true
            remove = ","
            [[column]]
            name = "way"
            compare = ["start", "target"]
            map = { less = "up", greater = "down" }
            [join.first]
            on = "term"
            least = "from"
            [each]
            from = ["log", ""]
            find = '(?<on>\d{4}-\d\d-\d\d): (?<value>\d+)'
            order = "on"
            [fields]
            measure = "{id} {way} {target}"
            observed_at = "{each.on}"
            value = { column = "each.value", number = true }
            since = { column = "from", unless = "first.from", optional = true }
            note = { first_of = ["label", "first.id"] }
            "#;
        let line = |on, value| {
            format!(
                r#"2 {{"measure":"X-1 up 1000","note":"X-2","observed_at":"{on}","since":"2026-02-01","value":{value}}}"#
            )
        };
        let expected = [line("2026-02-01", 6), line("2026-03-01", 7), line("2026-04-01", 8)];
        assert_eq!(rows("goals.csv", mapping), Ok(expected.to_vec()));
    }

    #[test]
    fn a_mapping_that_cannot_work_is_refused_before_anything_is_sent() {
        let cases = [
            ("kind = \"planet\"\nsource = \"x\"", "planet is none of observation"),
            ("kind = \"theme\"", "source: is missing"),
            ("kind = \"theme\"\nsource = \"x\"\n[fields]\ntitle = \"{nope}\"", "title: there is no column nope"),
            (
                "kind = \"theme\"\nsource = \"x\"\n[fields]\ntitle = { column = \"goal\", as = \"{0}\" }",
                "as goes with find",
            ),
            ("kind = \"theme\"\nsource = \"x\"\n[fields]\ntitle = { column = \"goal\", find = \"(\" }", "title: "),
            (
                "kind = \"theme\"\nsource = \"x\"\n[fields]\ntitle = { column = \"goal\", find = \"a\", as = \"{1}\" }",
                "no group 1",
            ),
            ("kind = \"theme\"\nsource = \"x\"\nbreakdown = \"goal\"", "are for observations"),
            ("kind = \"theme\"\nsource = \"x\"\ncolour = 1", "unknown field"),
            ("kind = \"theme\"\nsource = \"x\"\n[join.other]\nfile = \"other.csv\"\non = \"goal\"", "other.csv"),
        ];
        for (mapping, expected) in cases {
            let refused = rows("targets.csv", mapping).expect_err(mapping);
            assert!(refused.contains(expected), "{mapping}: {refused}");
        }
    }

    #[test]
    fn the_demonstrations_mappings_fit_their_files() {
        let files = Files::Folder(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/sdg-uk").into());
        let mappings = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/mappings");
        for (file, mapping) in [("goals.csv", "themes"), ("targets.csv", "outcomes"), ("indicators.csv", "measures")] {
            let mut table = files.table(file, None).expect(file);
            let text = std::fs::read_to_string(format!("{mappings}/{mapping}.toml")).expect(mapping);
            assert!(Mapping::read(&text, &files, &mut table).is_ok(), "{mapping}");
        }
    }
}
