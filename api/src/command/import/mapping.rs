//! Mappings: how the rows of a CSV file become the rows of an import; API.md describes the file.

use std::collections::{BTreeMap, HashMap};

use remit_api::import::ImportKind;
use remit_domain::spelling::Spelled;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use super::field::{Cells, Each, Field, Rule};
use super::table::{Files, Lookup, Table};
use super::template::{Template, dimensions};

/// A mapping file, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    kind: String,
    source: Option<String>,
    external_id: Option<toml::Value>,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    skip: BTreeMap<String, String>,
    #[serde(default)]
    join: BTreeMap<String, WrittenJoin>,
    #[serde(default)]
    fields: toml::Table,
    #[serde(default)]
    segment: toml::Table,
    breakdown: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenJoin {
    file: String,
    on: String,
    #[serde(default)]
    needs: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCollect {
    collect: String,
    on: String,
    #[serde(default)]
    needs: Vec<String>,
    each: toml::Value,
}

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
    external_id: Option<Rule>,
    needs: Vec<String>,
    skip: BTreeMap<String, String>,
    joins: Vec<(String, Lookup)>,
    fields: Vec<(String, Field)>,
    segment: Vec<(String, Rule)>,
    breakdown: Option<String>,
    /// Where each column stands: those of the table itself, and those of the joins behind their name.
    places: HashMap<String, Place>,
    joined_on: Vec<usize>,
}

#[derive(Clone, Copy)]
enum Place {
    Own(usize),
    Joined(usize, usize),
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
    /// Reads a mapping file for a table; what it joins and collects is read whole.
    ///
    /// # Errors
    /// A sentence that names what is wrong: a column that is not there, a pattern that cannot be read.
    pub fn read(text: &str, files: &Files, table: &Table) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| error.to_string())?;
        let target = match written.kind.as_str() {
            "observation" => Target::Observations,
            kind => Target::Rows(ImportKind::parse(kind).ok_or_else(|| {
                let kinds: Vec<_> = ImportKind::ALL.iter().map(|kind| kind.as_str()).collect();
                format!("kind: {kind} is none of observation, {}", kinds.join(", "))
            })?),
        };
        let mut places: HashMap<String, Place> =
            table.columns.iter().enumerate().map(|(at, column)| (column.clone(), Place::Own(at))).collect();
        let (mut joins, mut joined_on) = (Vec::new(), Vec::new());
        for (name, WrittenJoin { file, on, needs }) in written.join {
            let lookup = Lookup::read(files, &file, &on, &needs, true)?;
            joined_on.push(table.column(&on)?);
            for (at, column) in lookup.columns.iter().enumerate() {
                places.insert(format!("{name}.{column}"), Place::Joined(joins.len(), at));
            }
            joins.push((name, lookup));
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
        let named = written.needs.iter().chain(written.skip.keys()).chain(&written.breakdown);
        for column in named {
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
            external_id,
            needs: written.needs,
            skip: written.skip,
            joins,
            fields,
            segment,
            breakdown: written.breakdown,
            places,
            joined_on,
        })
    }

    /// The value of a column in a row: empty where a join found nothing.
    fn cell<'r>(&'r self, record: &'r csv::StringRecord, name: &str) -> &'r str {
        let text = match self.places.get(name) {
            Some(Place::Own(at)) => record.get(*at),
            Some(Place::Joined(join, at)) => {
                let key = self.joined_on.get(*join).and_then(|key| record.get(*key)).unwrap_or("");
                let found = self.joins.get(*join).and_then(|(_, lookup)| lookup.rows(key).first());
                found.and_then(|row| row.get(*at))
            }
            None => None,
        };
        text.unwrap_or("")
    }

    fn is_left_out(&self, record: &csv::StringRecord) -> bool {
        self.needs.iter().any(|column| self.cell(record, column).trim().is_empty())
            || self.skip.iter().any(|(column, value)| self.cell(record, column) == value)
    }

    /// Maps a row.
    pub fn row(&self, record: &csv::StringRecord) -> Mapped {
        if self.is_left_out(record) {
            return Mapped::LeftOut;
        }
        let lookup = |name: &str| self.cell(record, name);
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
        record: &csv::StringRecord,
        fields: &'f BTreeMap<String, Box<RawValue>>,
    ) -> Result<ObservationLine<'f>, (String, String)> {
        let lookup = |name: &str| self.cell(record, name);
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

/// A field, with what it collects from other files.
fn field(name: &str, value: toml::Value, files: &Files, known: &dyn Fn(&str) -> bool) -> Result<Field, String> {
    let is_collected = value.as_table().is_some_and(|table| table.contains_key("collect"));
    if !is_collected {
        return Field::read(name, value, known);
    }
    let wrong = |error: &dyn std::fmt::Display| format!("{name}: {error}");
    let WrittenCollect { collect, on, needs, each } = value.try_into().map_err(|error| wrong(&error))?;
    if !known(&on) {
        return Err(wrong(&format!("there is no column {on}")));
    }
    let lookup = Lookup::read(files, &collect, &on, &needs, false).map_err(|error| wrong(&error))?;
    let inner = |column: &str| lookup.columns.iter().any(|own| own == column) || known(column);
    let each = if let toml::Value::Table(table) = each {
        let fields = table.into_iter().map(|(part, value)| Ok((part.clone(), Field::read(&part, value, &inner)?)));
        Each::Object(fields.collect::<Result<_, String>>()?)
    } else {
        Each::Text(Rule::read(name, each, &inner)?)
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
        ("values.csv", b"indicator,on,value,part\n3.6.1,2020-12-31,0.10,Sex=Female;Sector=Food; drink\n3.6.1,2020-12-31,1e,\n"),
    ]);

    fn rows(file: &str, mapping: &str) -> Result<Vec<String>, String> {
        let mut table = FILES.table(file)?;
        let mapping = Mapping::read(mapping, &FILES, &table)?;
        let mut rows = Vec::new();
        while let Some((line, record)) = table.next()? {
            rows.push(match mapping.row(&record) {
                Mapped::LeftOut => format!("{line} left out"),
                Mapped::Refused(faults) => format!("{line} {faults:?}"),
                Mapped::Row { external_id, fields } => match mapping.target {
                    Target::Rows(_) => format!("{line} {} {}", external_id.unwrap_or_default(), json(&fields)?.get()),
                    Target::Observations => {
                        let observation = mapping.observation(&record, &fields).map_err(|(_, fault)| fault)?;
                        format!("{line} {}", json(&observation)?.get())
                    }
                },
            });
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
            let table = files.table(file).expect(file);
            let text = std::fs::read_to_string(format!("{mappings}/{mapping}.toml")).expect(mapping);
            assert!(Mapping::read(&text, &files, &table).is_ok(), "{mapping}");
        }
    }
}
