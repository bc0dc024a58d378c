//! What is not JSON: each format is a schema with a name, so that a client's types have one too.

use serde_json::{Value, json};

use crate::observation::BULK_MAX;

/// The formats that are answered: the media type, the name, and what it is.
const ANSWERED: [(&str, &str, &str); 5] = [
    ("text/csv", "CsvText", "A table: comma-separated values (RFC 4180) with a header line, in UTF-8."),
    ("text/markdown", "MarkdownText", "A text in Markdown (CommonMark)."),
    ("text/calendar", "CalendarText", "A calendar (RFC 5545)."),
    ("text/event-stream", "EventStreamText", "Server-Sent Events, as long as the reader stays."),
    ("application/x-ndjson", "OrganizationNdjson", "An organization with its history in JSON, a line for each row."),
];

/// The formats in which scripts send many rows: of any measure, and of the one that the path names.
const TAKEN: [(&str, &str, &str); 2] = [
    ("text/csv", "ObservationCsv", "Observations as comma-separated values (RFC 4180) with a header line, in UTF-8."),
    ("application/x-ndjson", "ObservationNdjson", "Observations in JSON, one a line."),
];
const TAKEN_OF_MEASURE: [(&str, &str, &str); 2] = [
    ("text/csv", "MeasureObservationCsv", "The same without the column of the measure."),
    ("application/x-ndjson", "MeasureObservationNdjson", "The same without the field of the measure."),
];

/// The named schemas of all formats.
pub fn formats() -> impl Iterator<Item = (&'static str, Value)> {
    // The bytes are counted; so a text of as many characters is the longest that can be taken.
    let taken = TAKEN.iter().chain(&TAKEN_OF_MEASURE).map(|(_, name, description)| {
        (*name, json!({"type": "string", "maxLength": BULK_MAX, "description": description}))
    });
    let answered =
        ANSWERED.iter().map(|(_, name, description)| (*name, json!({"type": "string", "description": description})));
    taken.chain(answered)
}

/// Names the formats that an operation takes and answers.
pub fn name_format(path: &str, operation: &mut Value) {
    let name = |content: &mut Value, formats: &[(&str, &str, &str)]| {
        for (kind, name, _) in formats {
            if let Some(media) = content.get_mut(*kind) {
                media["schema"] = json!({"$ref": format!("#/components/schemas/{name}")});
            }
        }
    };
    if let Some(content) = operation.get_mut("requestBody").and_then(|body| body.get_mut("content")) {
        name(content, if path.starts_with("/v1/measures/") { &TAKEN_OF_MEASURE } else { &TAKEN });
    }
    for (_, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        if let Some(content) = response.get_mut("content") {
            name(content, &ANSWERED);
        }
    }
}
