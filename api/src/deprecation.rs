//! What is on its way out: one table, from which the document is marked and by which answers say so.
//!
//! An operation that goes, or a parameter of one, stays for at least the time that CONTRIBUTING.md promises. Until then
//! it works as ever, and each answer to it has the headers `Deprecation` (RFC 9745: since when it is deprecated), `Sunset`
//! (RFC 8594: from when on it may be gone) and a `Link` to what says what to use instead.

use std::time::{Duration, UNIX_EPOCH};

use actix_web::HttpMessage;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue, HttpDate};
use actix_web::web::Query;
use remit_domain::time::{Day, Zone};
use serde_json::{Value, json};

/// Something of the interface that goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deprecation {
    /// The method of the operation, in upper case.
    pub method: &'static str,
    /// Its path, as the document has it.
    pub path: &'static str,
    /// The parameter of its query that goes; the whole operation where none is named.
    pub parameter: Option<&'static str>,
    /// Since when it is deprecated: the beginning of a day in UTC.
    pub since: Day,
    /// From when on it may be gone.
    pub sunset: Day,
    /// What to use instead, as the end of a sentence that begins with "Use".
    pub instead: &'static str,
    /// Where that is explained.
    pub page: &'static str,
}

/// What is deprecated now.
pub const DEPRECATED: &[Deprecation] = &[];

impl Deprecation {
    /// Those of a table that concern an operation.
    pub fn of_operation<'a>(table: &'a [Self], method: &'a str, path: &'a str) -> impl Iterator<Item = &'a Self> {
        table.iter().filter(move |one| one.method.eq_ignore_ascii_case(method) && one.path == path)
    }

    /// The second at which a day begins, since 1970.
    fn second(day: Day) -> i64 {
        Zone::utc().start_of(day).micros() / 1_000_000
    }

    /// `Deprecation`: a date as RFC 9651 writes it.
    fn since(&self) -> String {
        format!("@{}", Self::second(self.since))
    }

    /// `Sunset`: a date as HTTP writes it.
    fn sunset(&self) -> String {
        let second = u64::try_from(Self::second(self.sunset)).unwrap_or_default();
        HttpDate::from(UNIX_EPOCH + Duration::from_secs(second)).to_string()
    }

    fn sentence(&self) -> String {
        format!(
            "Deprecated since {}; may be gone from {} on. Use {}; see [{page}]({page}).",
            self.since,
            self.sunset,
            self.instead,
            page = self.page
        )
    }

    /// Whether a request uses it.
    fn is_used_by(&self, query: &str) -> bool {
        self.parameter.is_none_or(|name| {
            Query::<Vec<(String, String)>>::from_query(query)
                .is_ok_and(|pairs| pairs.iter().any(|(given, _)| given == name))
        })
    }
}

/// What the request at hand uses, for the edge to say.
#[derive(Clone)]
struct Used(Vec<Deprecation>);

/// Notes which of the operation's deprecations a request uses. The edge says it, on refusals too.
pub fn note(request: &ServiceRequest, concerned: &[Deprecation]) {
    let query = request.query_string();
    let used: Vec<_> = concerned.iter().filter(|one| one.is_used_by(query)).copied().collect();
    if !used.is_empty() {
        request.extensions_mut().insert(Used(used));
    }
}

/// Says in an answer's headers what was noted: where several are used, what has been deprecated longest, and what goes
/// first.
pub fn tell<B>(response: &mut ServiceResponse<B>) {
    let Some(Used(used)) = response.request().extensions().get::<Used>().cloned() else { return };
    let headers = response.headers_mut();
    let mut say = |name: HeaderName, value: Option<String>| {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.append(name, value);
        }
    };
    say(DEPRECATION, used.iter().min_by_key(|one| one.since).map(Deprecation::since));
    say(SUNSET, used.iter().min_by_key(|one| one.sunset).map(Deprecation::sunset));
    for one in used {
        say(header::LINK, Some(format!("<{}>; rel=\"deprecation\"; type=\"text/html\"", one.page)));
    }
}

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// Marks in the document what a table says; gives back what the table names and the document does not have.
#[must_use]
pub fn mark(document: &mut Value, table: &[Deprecation]) -> Vec<Deprecation> {
    let mut unknown = Vec::new();
    for one in table {
        let method = one.method.to_lowercase();
        let found = document["paths"].get_mut(one.path).and_then(|item| item.get_mut(&method));
        let Some(operation) = found else {
            unknown.push(*one);
            continue;
        };
        let marked = match one.parameter {
            None => Some(&mut *operation),
            Some(name) => {
                let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
                let mut parameters = parameters.into_iter().flatten();
                parameters.find(|parameter| parameter["in"] == "query" && parameter["name"] == name)
            }
        };
        let Some(marked) = marked else {
            unknown.push(*one);
            continue;
        };
        marked["deprecated"] = true.into();
        let own = marked["description"].as_str().unwrap_or_default();
        let separator = if own.is_empty() { "" } else { "\n\n" };
        marked["description"] = format!("{own}{separator}{}", one.sentence()).into();
        for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
            if status.starts_with('2') {
                for name in ["Deprecation", "Sunset"] {
                    response["headers"][name] = json!({"$ref": format!("#/components/headers/{name}")});
                }
            }
        }
    }
    if table.len() > unknown.len() {
        for (name, description) in [
            ("Deprecation", "Since when it is deprecated: seconds since 1970 after an `@` (RFC 9745)."),
            ("Sunset", "From when on it may be gone (RFC 8594)."),
        ] {
            document["components"]["headers"][name] =
                json!({"description": description, "schema": {"type": "string", "maxLength": 40}});
        }
    }
    unknown
}

#[cfg(test)]
#[path = "deprecation/tests.rs"]
mod tests;
