//! Missions, as they are kept: the interval in which each is in force decides.

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable, Selectable};
use remit_domain::mission::Mission;
use remit_domain::time::Instant;

use crate::record;
use crate::schema::missions;
use crate::versioned::{Content, Unreadable, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = missions)]
pub(crate) struct MissionRow {
    statement: String,
    vision: Option<String>,
    principles: String,
    effective_from: i64,
    effective_to: Option<i64>,
}

impl Content for Mission {
    const DATED: bool = true;
    content_queries!(missions, MissionRow);

    fn row(&self) -> MissionRow {
        let Self { statement, vision, values, effective } = self;
        MissionRow {
            statement: statement.to_string(),
            vision: vision.as_ref().map(ToString::to_string),
            principles: record::texts(values).to_string(),
            effective_from: effective.from.micros(),
            effective_to: effective.to.map(Instant::micros),
        }
    }

    fn value(row: MissionRow) -> Result<Self, Unreadable> {
        let MissionRow { statement, vision, principles, effective_from, effective_to } = row;
        Ok(Self {
            statement: read_back::text(&statement)?,
            vision: read_back::text_opt(vision)?,
            values: record::texts_back(&principles)?,
            effective: read_back::span(effective_from, effective_to)?,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { statement, vision, values, effective } = self;
        let (from, to) = record::span(effective);
        json!({
            "statement": statement.as_str(),
            "vision": vision.as_ref().map(ToString::to_string),
            "values": record::texts(values),
            "effective_from": from,
            "effective_to": to,
        })
    }
}
