//! Canonical records: what stands in the log, and how lists stand in a column. The only room with serde in it.

pub(crate) mod line;

use std::collections::BTreeMap;

use remit_domain::briefing::{Audience, Question};
use remit_domain::check_in::{Foreseen, Reading};
use remit_domain::forecast::{Between, Method, Range};
use remit_domain::id::Id;
use remit_domain::measure::{Basis, Bound, Cadence, Every, MeasureId, Milestone, PlanPoint, Target};
use remit_domain::number::Number;
use remit_domain::observation::Segment;
use remit_domain::pace::Pace;
use remit_domain::skill::{Level, RequiredSkill};
use remit_domain::spelling::Spelled;
use remit_domain::text::{Key, Text};
use remit_domain::time::{Instant, Span, parse_day};
use remit_domain::webhook::SubjectId;
use serde_json::Map;
use serde_json::value::RawValue;
pub(crate) use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::change::hex;
use crate::versioned::Unreadable;

/// Why a change was made: beside the record of what was changed, and of no row.
pub(crate) const CHANGE_REASON: &str = "change_reason";

/// The one spelling of a record: keys sorted, no spaces, absent fields left out.
pub(crate) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().filter(|(_, value)| !value.is_null()).collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (at, (name, value)) in fields.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write_text(name, text);
                text.push(':');
                write_canonical(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        // -0.0 and 0.0 are one number, and a database may give one back for the other.
        Value::Number(number) if number.as_f64() == Some(0.0) && number.is_f64() => text.push_str("0.0"),
        Value::String(value) => write_text(value, text),
        Value::Null | Value::Bool(_) | Value::Number(_) => text.push_str(&value.to_string()),
    }
}

fn write_text(value: &str, text: &mut String) {
    if value.bytes().any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\')) {
        return text.push_str(&Value::from(value).to_string());
    }
    text.push('"');
    text.push_str(value);
    text.push('"');
}

/// A personal value as it stands in the log: its salted hash.
pub(crate) fn personal(salt: &str, value: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(salt.as_bytes());
    digest.update(value.as_bytes());
    hex(&digest.finalize())
}

/// Whether a record of the log tells of a row. What was erased is left out of the comparison: its values are gone, and
/// their hashes say nothing without the salt.
pub(crate) fn tells(record: &str, row: &Value, erased: bool) -> bool {
    let Ok(told) = serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(record) else { return false };
    let Value::Object(row) = row else { return false };
    let counts = |name: &str| name != CHANGE_REASON && !(erased && (name.ends_with("_hash") || name == "erased"));
    let mut row: BTreeMap<&str, String> = row
        .iter()
        .filter(|(name, value)| counts(name) && !value.is_null())
        .map(|(name, value)| (name.as_str(), canonical(value)))
        .collect();
    // Compared as they are spelled; only what was written before zeros had one spelling is read first.
    let is_told = |value: &RawValue, stored: &str| {
        value.get() == stored
            || (value.get().contains("-0.0")
                && serde_json::from_str::<Value>(value.get()).is_ok_and(|value| canonical(&value) == stored))
    };
    let mut told = told.iter().filter(|(name, _)| counts(name));
    told.all(|(name, value)| row.remove(name.as_str()).is_some_and(|stored| is_told(value, &stored))) && row.is_empty()
}

/// The SHA-256 over the rows of an entry of observations.
pub(crate) fn rows_hash(record: &str) -> Option<String> {
    let fields: Map<String, Value> = serde_json::from_str(record).ok()?;
    fields.get("rows_sha256").and_then(Value::as_str).map(str::to_owned)
}

/// The measures whose observations an entry tells of.
pub(crate) fn measures_observed(record: &str) -> Vec<MeasureId> {
    let fields: Map<String, Value> = serde_json::from_str(record).unwrap_or_default();
    let measures = fields.get("measures").and_then(Value::as_array).into_iter().flatten();
    measures.filter_map(|id| Id::parse(id.as_str()?)).collect()
}

/// Who said what an entry tells of.
pub(crate) fn author(record: &str) -> Option<String> {
    let fields: Map<String, Value> = serde_json::from_str(record).ok()?;
    fields.get("author").and_then(Value::as_str).map(str::to_owned)
}

/// The identifiers that a record names, however deep they stand in it.
pub(crate) fn named_ids(record: &str) -> Vec<String> {
    fn collect(value: &Value, ids: &mut Vec<String>) {
        match value {
            Value::String(text) if SubjectId::parse(text).is_some() => ids.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| collect(item, ids)),
            Value::Object(fields) => fields.values().for_each(|field| collect(field, ids)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut ids = Vec::new();
    collect(&serde_json::from_str(record).unwrap_or_default(), &mut ids);
    ids
}

pub(crate) fn instant(at: Instant) -> Value {
    Value::from(at.to_string())
}

pub(crate) fn span(span: &Span) -> (Value, Value) {
    (instant(span.from), span.to.map_or(Value::Null, instant))
}

pub(crate) fn number(number: Option<Number>) -> Value {
    number.map_or(Value::Null, |number| Value::from(number.get()))
}

pub(crate) fn texts<const MAX: usize>(texts: &[Text<MAX>]) -> Value {
    texts.iter().map(Text::as_str).collect()
}

pub(crate) fn texts_back<const MAX: usize>(stored: &str) -> Result<Vec<Text<MAX>>, Unreadable> {
    let texts: Vec<String> = serde_json::from_str(stored).map_err(|_| Unreadable("a list of texts"))?;
    texts.iter().map(|text| Text::new(text).map_err(|_| Unreadable("a text of a list"))).collect()
}

pub(crate) fn ids<T: remit_domain::id::Identified>(ids: &[Id<T>]) -> Value {
    ids.iter().map(Id::to_string).collect()
}

pub(crate) fn ids_back<T: remit_domain::id::Identified>(stored: &str) -> Result<Vec<Id<T>>, Unreadable> {
    let texts: Vec<String> = serde_json::from_str(stored).map_err(|_| Unreadable("a list of ids"))?;
    texts.iter().map(|text| Id::parse(text).ok_or(Unreadable("an id of a list"))).collect()
}

pub(crate) fn audience(audience: &Audience) -> Value {
    let Audience { everyone, teams, roles, outcomes, people } = audience;
    json!({
        "everyone": everyone, "teams": ids(teams), "roles": ids(roles), "outcomes": ids(outcomes), "people": ids(people),
    })
}

pub(crate) fn audience_back(stored: &str) -> Result<Audience, Unreadable> {
    let fields: Map<String, Value> = serde_json::from_str(stored).map_err(|_| Unreadable("an audience"))?;
    let list = |name| fields.get(name).map(Value::to_string).ok_or(Unreadable("a list of an audience"));
    Ok(Audience {
        everyone: fields.get("everyone").and_then(Value::as_bool).ok_or(Unreadable("everyone"))?,
        teams: ids_back(&list("teams")?)?,
        roles: ids_back(&list("roles")?)?,
        outcomes: ids_back(&list("outcomes")?)?,
        people: ids_back(&list("people")?)?,
    })
}

pub(crate) fn question(question: &Question) -> Value {
    let Question { text, choices, answer } = question;
    json!({"text": text.as_str(), "choices": texts(choices), "answer": answer})
}

pub(crate) fn question_back(stored: &str) -> Result<Question, Unreadable> {
    let fields: Map<String, Value> = serde_json::from_str(stored).map_err(|_| Unreadable("a question"))?;
    let answer = fields.get("answer").and_then(Value::as_u64).and_then(|answer| usize::try_from(answer).ok());
    Ok(Question {
        text: Text::new(string(&fields, "text")?).map_err(|_| Unreadable("a question's text"))?,
        choices: texts_back(&fields.get("choices").map(Value::to_string).unwrap_or_default())?,
        answer: answer.ok_or(Unreadable("a question's answer"))?,
    })
}

/// The SHA-256 over ids, which stands in the log for a long list of them.
pub(crate) fn ids_hash<T: remit_domain::id::Identified>(ids: &[Id<T>]) -> String {
    let mut digest = Sha256::new();
    for id in ids {
        digest.update(id.to_string().as_bytes());
        digest.update(b"\n");
    }
    hex(&digest.finalize())
}

pub(crate) fn skills(skills: &[RequiredSkill]) -> Value {
    let record = |RequiredSkill { skill, level, must, weight }: &RequiredSkill| json!({"skill": skill.to_string(), "level": level.as_str(), "must": must, "weight": weight});
    skills.iter().map(record).collect()
}

pub(crate) fn skills_back(stored: &str) -> Result<Vec<RequiredSkill>, Unreadable> {
    list(stored)?
        .iter()
        .map(|fields| {
            Ok(RequiredSkill {
                skill: Id::parse(string(fields, "skill")?).ok_or(Unreadable("skill"))?,
                level: Level::parse(string(fields, "level")?).ok_or(Unreadable("level"))?,
                must: fields.get("must").and_then(Value::as_bool).ok_or(Unreadable("must"))?,
                weight: float(fields, "weight")?,
            })
        })
        .collect()
}

pub(crate) fn named_numbers(numbers: &[(Key, Number)]) -> Value {
    numbers.iter().map(|(name, number)| (name.to_string(), Value::from(number.get()))).collect::<Map<_, _>>().into()
}

pub(crate) fn named_numbers_back(stored: &str) -> Result<Vec<(Key, Number)>, Unreadable> {
    let fields: Map<String, Value> = serde_json::from_str(stored).map_err(|_| Unreadable("numbers"))?;
    fields
        .keys()
        .map(|name| {
            let number = fields.get(name).and_then(Value::as_f64).ok_or(Unreadable("a number"))?;
            let number = Number::new(number);
            Ok((Key::parse(name).ok_or(Unreadable("a number's name"))?, number.map_err(|_| Unreadable("a number"))?))
        })
        .collect()
}

pub(crate) fn cadence(sequence: &[Cadence]) -> Value {
    let record = |Cadence { from, every }: &Cadence| json!({"from": from.map(|day| day.to_string()), "every": every.to_string()});
    sequence.iter().map(record).collect()
}

pub(crate) fn cadence_back(stored: &str) -> Result<Vec<Cadence>, Unreadable> {
    list(stored)?
        .iter()
        .map(|fields| {
            Ok(Cadence {
                from: day(fields, "from")?,
                every: Every::parse(string(fields, "every")?).ok_or(Unreadable("every"))?,
            })
        })
        .collect()
}

pub(crate) fn plan(points: &[PlanPoint]) -> Value {
    points.iter().map(|PlanPoint { on, value }| json!({"on": on.to_string(), "value": value.get()})).collect()
}

pub(crate) fn plan_back(stored: &str) -> Result<Vec<PlanPoint>, Unreadable> {
    list(stored)?
        .iter()
        .map(|fields| {
            Ok(PlanPoint {
                on: day(fields, "on")?.ok_or(Unreadable("on"))?,
                value: Number::new(float(fields, "value")?).map_err(|_| Unreadable("value"))?,
            })
        })
        .collect()
}

pub(crate) fn milestones(milestones: &[Milestone]) -> Value {
    let record = |Milestone { id, title, weight, due_on, done_on }: &Milestone| {
        json!({
            "id": id.to_string(),
            "title": title.as_str(),
            "weight": weight,
            "due_on": due_on.map(|day| day.to_string()),
            "done_on": done_on.map(|day| day.to_string()),
        })
    };
    milestones.iter().map(record).collect()
}

pub(crate) fn milestones_back(stored: &str) -> Result<Vec<Milestone>, Unreadable> {
    list(stored)?
        .iter()
        .map(|fields| {
            Ok(Milestone {
                id: Id::parse(string(fields, "id")?).ok_or(Unreadable("id"))?,
                title: Text::new(string(fields, "title")?).map_err(|_| Unreadable("title"))?,
                weight: float(fields, "weight")?,
                due_on: day(fields, "due_on")?,
                done_on: day(fields, "done_on")?,
            })
        })
        .collect()
}

pub(crate) fn target(target: &Target) -> Value {
    let Target { baseline, target, basis, amount, low, high, bound } = target;
    json!({
        "baseline": number(*baseline),
        "target": number(*target),
        "basis": basis.as_str(),
        "amount": number(*amount),
        "low": number(*low),
        "high": number(*high),
        "bound": bound.as_str(),
    })
}

pub(crate) fn target_back(stored: &str) -> Result<Target, Unreadable> {
    let fields: Map<String, Value> = serde_json::from_str(stored).map_err(|_| Unreadable("a target"))?;
    let optional = |name| match fields.get(name).and_then(Value::as_f64) {
        None => Ok(None),
        Some(value) => Number::new(value).map(Some).map_err(|_| Unreadable("a target's number")),
    };
    Ok(Target {
        baseline: optional("baseline")?,
        target: optional("target")?,
        basis: Basis::parse(string(&fields, "basis")?).ok_or(Unreadable("basis"))?,
        amount: optional("amount")?,
        low: optional("low")?,
        high: optional("high")?,
        bound: Bound::parse(string(&fields, "bound")?).ok_or(Unreadable("bound"))?,
    })
}

pub(crate) fn readings(readings: &[Reading]) -> Value {
    readings.iter().map(reading).collect()
}

fn reading(reading: &Reading) -> Value {
    let Reading {
        measure,
        key,
        name,
        unit,
        value,
        observed_on,
        target,
        progress,
        pace,
        previous_value,
        previous_progress,
        forecast,
    } = reading;
    let forecast = forecast.map(|Foreseen { model, observations, value, probability }| {
        let ends = |Between { low, high }: Between| json!([low, high]);
        json!({
            "model": model.as_str(),
            "observations": observations,
            "value": value.value,
            "within_80": ends(value.within_80),
            "within_95": ends(value.within_95),
            "probability": probability,
        })
    });
    json!({
        "measure": measure.to_string(),
        "key": key.as_str(),
        "name": name.as_str(),
        "unit": unit.as_ref().map(Text::as_str),
        "value": value,
        "observed_on": observed_on.map(|day| day.to_string()),
        "target": target,
        "progress": progress,
        "pace": pace.map(Spelled::as_str),
        "previous_value": previous_value,
        "previous_progress": previous_progress,
        "forecast": forecast,
    })
}

pub(crate) fn readings_back(stored: &str) -> Result<Vec<Reading>, Unreadable> {
    list(stored)?.iter().map(reading_back).collect()
}

fn reading_back(fields: &Map<String, Value>) -> Result<Reading, Unreadable> {
    let optional = |name: &str| fields.get(name).and_then(Value::as_f64);
    let unit = fields.get("unit").and_then(Value::as_str);
    let pace = fields.get("pace").and_then(Value::as_str);
    let forecast = fields.get("forecast").and_then(Value::as_object);
    Ok(Reading {
        measure: Id::parse(string(fields, "measure")?).ok_or(Unreadable("measure"))?,
        key: Key::parse(string(fields, "key")?).ok_or(Unreadable("key"))?,
        name: Text::new(string(fields, "name")?).map_err(|_| Unreadable("name"))?,
        unit: unit.map(|unit| Text::new(unit).map_err(|_| Unreadable("unit"))).transpose()?,
        value: optional("value"),
        observed_on: day(fields, "observed_on")?,
        target: optional("target"),
        progress: optional("progress"),
        pace: pace.map(|pace| Pace::parse(pace).ok_or(Unreadable("pace"))).transpose()?,
        previous_value: optional("previous_value"),
        previous_progress: optional("previous_progress"),
        forecast: forecast.map(foreseen_back).transpose()?,
    })
}

fn foreseen_back(fields: &Map<String, Value>) -> Result<Foreseen, Unreadable> {
    let ends = |name: &'static str| {
        let ends = fields.get(name).and_then(Value::as_array);
        let end = |at: usize| ends.and_then(|ends| ends.get(at)).and_then(Value::as_f64).ok_or(Unreadable(name));
        Ok(Between { low: end(0)?, high: end(1)? })
    };
    let observations = fields.get("observations").and_then(Value::as_u64).ok_or(Unreadable("observations"))?;
    Ok(Foreseen {
        model: Method::parse(string(fields, "model")?).ok_or(Unreadable("model"))?,
        observations: usize::try_from(observations).map_err(|_| Unreadable("observations"))?,
        value: Range { value: float(fields, "value")?, within_80: ends("within_80")?, within_95: ends("within_95")? },
        probability: fields.get("probability").and_then(Value::as_f64),
    })
}

/// A segment's one spelling: its dimensions by name, as a JSON object; the headline is the empty text.
pub(crate) fn segment(segment: &Segment) -> String {
    if segment.is_headline() {
        return String::new();
    }
    let fields: Map<String, Value> =
        segment.dimensions().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    canonical(&Value::Object(fields))
}

pub(crate) fn segment_back(stored: &str) -> Result<Segment, Unreadable> {
    if stored.is_empty() {
        return Ok(Segment::HEADLINE);
    }
    let fields: Map<String, Value> = serde_json::from_str(stored).map_err(|_| Unreadable("a segment"))?;
    let dimensions = fields.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()));
    Segment::new(dimensions).map_err(|_| Unreadable("a segment"))
}

fn list(stored: &str) -> Result<Vec<Map<String, Value>>, Unreadable> {
    serde_json::from_str(stored).map_err(|_| Unreadable("a list"))
}
fn string<'a>(fields: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, Unreadable> {
    fields.get(name).and_then(Value::as_str).ok_or(Unreadable(name))
}
fn float(fields: &Map<String, Value>, name: &'static str) -> Result<f64, Unreadable> {
    fields.get(name).and_then(Value::as_f64).ok_or(Unreadable(name))
}
fn day(fields: &Map<String, Value>, name: &'static str) -> Result<Option<remit_domain::time::Day>, Unreadable> {
    match fields.get(name).and_then(Value::as_str) {
        None => Ok(None),
        Some(text) => parse_day(text).map(Some).ok_or(Unreadable(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_spelled_as_json_spells_it() {
        for text in
            ["", "plain", "O'Neil & Søn 😀", "a \"quote\"", "back\\slash", "line\nbreak", "\u{1}", "\u{7f}", "\u{2028}"]
        {
            let value = Value::from(text);
            assert_eq!(canonical(&value), value.to_string());
            assert_eq!(canonical(&json!({text: text})), json!({text: text}).to_string());
        }
    }
}
