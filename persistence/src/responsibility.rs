//! Responsibilities, as they are kept.

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable};
use remit_domain::responsibility::{Object, Responsibility};
use remit_domain::role::Subject;
use remit_domain::spelling::Spelled;
use remit_domain::time::Instant;

use crate::record;
use crate::schema::responsibilities;
use crate::versioned::{Content, RowKey, Unreadable, content_queries, read_back};

#[derive(Queryable, Insertable)]
#[diesel(table_name = responsibilities)]
pub(crate) struct ResponsibilityRow {
    organization_id: String,
    id: String,
    revision: i64,
    outcome_id: Option<String>,
    measure_id: Option<String>,
    part: String,
    role_id: Option<String>,
    person_id: Option<String>,
    starts_at: i64,
    ends_at: Option<i64>,
    reason: Option<String>,
}

impl Content for Responsibility {
    const DATED: bool = true;
    content_queries!(responsibilities, ResponsibilityRow);

    fn row(&self, key: RowKey) -> ResponsibilityRow {
        let RowKey { organization_id, id, revision } = key;
        let Self { object, part, subject, during, reason } = self;
        ResponsibilityRow {
            organization_id,
            id,
            revision,
            outcome_id: match object {
                Object::Outcome(id) => Some(id.to_string()),
                Object::Measure(_) => None,
            },
            measure_id: match object {
                Object::Measure(id) => Some(id.to_string()),
                Object::Outcome(_) => None,
            },
            part: part.to_string(),
            role_id: match subject {
                Subject::Role(id) => Some(id.to_string()),
                Subject::Person(_) => None,
            },
            person_id: match subject {
                Subject::Person(id) => Some(id.to_string()),
                Subject::Role(_) => None,
            },
            starts_at: during.from.micros(),
            ends_at: during.to.map(Instant::micros),
            reason: reason.as_ref().map(ToString::to_string),
        }
    }

    fn value(row: ResponsibilityRow) -> Result<Self, Unreadable> {
        let ResponsibilityRow {
            organization_id: _,
            id: _,
            revision: _,
            outcome_id,
            measure_id,
            part,
            role_id,
            person_id,
            starts_at,
            ends_at,
            reason,
        } = row;
        let object = match (outcome_id, measure_id) {
            (Some(outcome), None) => Object::Outcome(read_back::id(&outcome)?),
            (None, Some(measure)) => Object::Measure(read_back::id(&measure)?),
            (Some(_), Some(_)) | (None, None) => return Err(Unreadable("object")),
        };
        let subject = match (role_id, person_id) {
            (Some(role), None) => Subject::Role(read_back::id(&role)?),
            (None, Some(person)) => Subject::Person(read_back::id(&person)?),
            (Some(_), Some(_)) | (None, None) => return Err(Unreadable("subject")),
        };
        Ok(Self {
            object,
            part: read_back::word(&part)?,
            subject,
            during: read_back::span(starts_at, ends_at)?,
            reason: read_back::text_opt(reason)?,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { object, part, subject, during, reason } = self;
        let (from, to) = record::span(during);
        let (outcome, measure) = match object {
            Object::Outcome(id) => (Some(id.to_string()), None),
            Object::Measure(id) => (None, Some(id.to_string())),
        };
        let (role, person) = match subject {
            Subject::Role(id) => (Some(id.to_string()), None),
            Subject::Person(id) => (None, Some(id.to_string())),
        };
        json!({
            "outcome": outcome,
            "measure": measure,
            "part": part.as_str(),
            "role": role,
            "person": person,
            "from": from,
            "to": to,
            "reason": reason.as_ref().map(ToString::to_string),
        })
    }
}
