//! The organization that is measured: the UN goals as the United Kingdom reports on them, and every value it published.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::client::Client;

type Row = HashMap<String, String>;

/// The data of `data/sdg-uk`.
pub struct Goals {
    goals: Vec<Row>,
    targets: Vec<Row>,
    indicators: Vec<Row>,
    quantified: HashMap<String, Row>,
    headline: Vec<Row>,
    everything: Vec<Row>,
}

fn rows(reader: impl Read) -> Result<Vec<Row>, String> {
    csv::Reader::from_reader(reader).deserialize().collect::<Result<_, _>>().map_err(|error| error.to_string())
}

impl Goals {
    /// Reads the files.
    ///
    /// # Errors
    /// Which cannot be read.
    pub fn read(data: &Path) -> Result<Self, String> {
        let open = |name: &str| {
            let path = data.join("sdg-uk").join(name);
            std::fs::File::open(&path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let quantified = rows(open("quantified.csv")?)?;
        Ok(Self {
            goals: rows(open("goals.csv")?)?,
            targets: rows(open("targets.csv")?)?,
            indicators: rows(open("indicators.csv")?)?,
            quantified: quantified.into_iter().map(|row| (row["indicator"].clone(), row)).collect(),
            headline: rows(open("headline.csv")?)?,
            everything: rows(flate2::read::GzDecoder::new(open("observations.csv.gz")?))?,
        })
    }

    /// Makes the demo's organization: 17 themes, 169 outcomes, a measure for each indicator with a headline, and its
    /// observations.
    ///
    /// # Errors
    /// What the server refused.
    pub fn found(&self, client: &mut Client) -> Result<(), String> {
        client.json("PUT", "/v1/mission", &json!({"statement": "The Sustainable Development Goals"}))?;
        let mut themes = HashMap::new();
        for goal in &self.goals {
            let theme =
                client.json("POST", "/v1/themes", &json!({"title": goal["short_title"], "success": goal["title"]}))?;
            themes.insert(goal["goal"].as_str(), id_of(&theme)?);
        }
        let mut outcomes = HashMap::new();
        for target in &self.targets {
            let theme = themes.get(target["goal"].as_str()).ok_or("a target without a goal")?;
            let statement = &target["statement"];
            let outcome = json!({
                "title": cut(&format!("{} {statement}", target["target"]), 200), "statement": cut(statement, 2_000),
                "theme_id": theme, "start_on": "2015-12-31", "due_on": "2030-12-31",
            });
            let outcome = id_of(&client.json("POST", "/v1/outcomes", &outcome)?)?;
            client.json("POST", &format!("/v1/outcomes/{outcome}/propose"), &json!({}))?;
            outcomes.insert(target["target"].as_str(), outcome);
        }
        let mut measured: Vec<&str> = self.headline.iter().map(|row| row["indicator"].as_str()).collect();
        measured.dedup();
        for indicator in self.indicators.iter().filter(|row| measured.contains(&row["indicator"].as_str())) {
            let outcome = outcomes.get(indicator["target"].as_str()).ok_or("an indicator without a target")?;
            client.json("POST", &format!("/v1/outcomes/{outcome}/measures"), &self.measure(indicator))?;
        }
        let mut body = String::new();
        for row in &self.headline {
            let (key, value) = (key_of(&row["indicator"]), &row["value"]);
            body.push_str(&format!(
                "{{\"measure\":\"{key}\",\"observed_at\":\"{}\",\"value\":{value}}}\n",
                row["observed_on"]
            ));
        }
        client.call("POST", "/v1/observations", "Content-Type: application/x-ndjson\r\n", body.as_bytes())?;
        Ok(())
    }

    fn measure(&self, indicator: &Row) -> Value {
        let name = [&indicator["available_as"], &indicator["name"]].into_iter().find(|name| !name.is_empty());
        let mut measure = Map::new();
        let mut put = |name: &str, value: Value| measure.insert(name.into(), value);
        put("key", key_of(&indicator["indicator"]).into());
        put("name", cut(name.map_or("", String::as_str), 200).into());
        put("every", "year".into());
        put("lag_days", 730.into());
        if !indicator["unit"].is_empty() {
            put("unit", cut(&indicator["unit"], 64).into());
        }
        match self.quantified.get(&indicator["indicator"]) {
            None => put("kind", "monitor".into()),
            Some(row) => {
                for (from, to) in [("low", "low"), ("high", "high"), ("amount", "amount")] {
                    let to = if from == "amount" && row["basis"] == "absolute" { "target" } else { to };
                    if let Ok(number) = row[from].parse::<serde_json::Number>() {
                        put(to, number.into());
                    }
                }
                if !row["basis"].is_empty() {
                    put("basis", row["basis"].clone().into());
                }
                put("kind", row["kind"].clone().into())
            }
        };
        measure.into()
    }

    /// Makes the measures that have values but no headline.
    ///
    /// # Errors
    /// What the server refused.
    pub fn found_the_rest(&self, client: &mut Client) -> Result<(), String> {
        let outcomes = client.get("/v1/outcomes?limit=1")?.json()?;
        let outcome = outcomes["data"][0]["id"].as_str().ok_or("no outcome")?.to_owned();
        let mut indicators: Vec<&str> = self.everything.iter().map(|row| row["indicator"].as_str()).collect();
        indicators.dedup();
        for indicator in
            indicators.iter().filter(|indicator| self.headline.iter().all(|row| row["indicator"] != **indicator))
        {
            let measure = json!({"key": key_of(indicator), "name": indicator, "kind": "monitor", "every": "year"});
            client.json("POST", &format!("/v1/outcomes/{outcome}/measures"), &measure)?;
        }
        Ok(())
    }

    /// Every value with its segment: what the series and the unit say, and the breakdown.
    fn observations(&self) -> impl Iterator<Item = (String, BTreeMap<String, String>, &str, &str)> {
        self.everything.iter().map(|row| {
            let segment = [("Series", &row["series"]), ("Unit", &row["unit"])];
            let mut segment: BTreeMap<String, String> = segment
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name.to_owned(), cut(value, 200)))
                .collect();
            let mut last = String::new();
            for part in row["breakdown"].split(';').filter(|part| !part.is_empty()) {
                match part.split_once('=') {
                    Some((name, value)) => {
                        last = name.trim().to_owned();
                        segment.insert(last.clone(), value.trim().to_owned());
                    }
                    // A semicolon within a value.
                    None => {
                        if let Some(value) = segment.get_mut(&last) {
                            *value = format!("{value};{part}");
                        }
                    }
                }
            }
            (key_of(&row["indicator"]), segment, row["observed_on"].as_str(), row["value"].as_str())
        })
    }

    /// All observations in one body, NDJSON.
    pub fn ndjson(&self) -> Vec<u8> {
        let mut body = String::new();
        for (measure, segment, on, value) in self.observations() {
            let segment = json!(segment);
            body.push_str(&format!(
                "{{\"measure\":\"{measure}\",\"observed_at\":\"{on}\",\"value\":{value},\"segment\":{segment}}}\n"
            ));
        }
        body.into_bytes()
    }

    /// All observations in one body, CSV with a column for each dimension.
    ///
    /// # Errors
    /// None that memory does not give.
    pub fn csv(&self) -> Result<Vec<u8>, String> {
        let failed = |error: csv::Error| error.to_string();
        let mut dimensions = BTreeMap::new();
        for (_, segment, _, _) in self.observations() {
            dimensions.extend(segment.into_keys().map(|name| (name, 0)));
        }
        for (at, place) in dimensions.values_mut().enumerate() {
            *place = at + 3;
        }
        let mut table = csv::Writer::from_writer(Vec::new());
        let header = ["measure", "observed_at", "value"].into_iter().chain(dimensions.keys().map(String::as_str));
        table.write_record(header).map_err(failed)?;
        let mut record = vec![String::new(); dimensions.len() + 3];
        for (measure, segment, on, value) in self.observations() {
            record.iter_mut().for_each(String::clear);
            record[0] = measure;
            record[1].push_str(on);
            record[2].push_str(value);
            for (name, value) in segment {
                record[dimensions[&name]] = value;
            }
            table.write_record(&record).map_err(failed)?;
        }
        table.into_inner().map_err(|error| error.to_string())
    }

    /// All observations for a keyed table, CSV without a header: measure, segment, instant, value. The last of each
    /// key, since a table refuses the others; and how many there are.
    ///
    /// # Errors
    /// None that memory does not give.
    pub fn keyed(&self) -> Result<(Vec<u8>, usize), String> {
        let mut last = BTreeMap::new();
        for (measure, segment, on, value) in self.observations() {
            last.insert((measure, json!(segment).to_string(), on), value);
        }
        let mut table = csv::Writer::from_writer(Vec::new());
        for ((measure, segment, on), value) in &last {
            table.write_record([measure.as_str(), segment, on, value]).map_err(|error| error.to_string())?;
        }
        Ok((table.into_inner().map_err(|error| error.to_string())?, last.len()))
    }

    /// How many observations there are.
    pub fn count(&self) -> usize {
        self.everything.len()
    }
}

fn key_of(indicator: &str) -> String {
    format!("sdg.{}", indicator.to_lowercase())
}

fn cut(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect::<String>().trim().to_owned()
}

fn id_of(document: &Value) -> Result<String, String> {
    document["id"].as_str().map(str::to_owned).ok_or_else(|| format!("no id in {document}"))
}
