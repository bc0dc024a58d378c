//! Periods, as they are kept.

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable, Selectable};
use remit_domain::period::Period;
use remit_domain::spelling::Spelled;

use crate::schema::periods;
use crate::versioned::{Content, Unreadable, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = periods)]
pub(crate) struct PeriodRow {
    name: String,
    start_on: String,
    end_on: String,
    parent_id: Option<String>,
    state: String,
}

impl Content for Period {
    content_queries!(periods, PeriodRow);

    fn row(&self) -> PeriodRow {
        let Self { name, start_on, end_on, parent, state } = self;
        PeriodRow {
            name: name.to_string(),
            start_on: start_on.to_string(),
            end_on: end_on.to_string(),
            parent_id: parent.as_ref().map(ToString::to_string),
            state: state.to_string(),
        }
    }

    fn value(row: PeriodRow) -> Result<Self, Unreadable> {
        let PeriodRow { name, start_on, end_on, parent_id, state } = row;
        Ok(Self {
            name: read_back::text(&name)?,
            start_on: read_back::day(&start_on)?,
            end_on: read_back::day(&end_on)?,
            parent: read_back::id_opt(parent_id)?,
            state: read_back::word(&state)?,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { name, start_on, end_on, parent, state } = self;
        json!({
            "name": name.as_str(),
            "start_on": start_on.to_string(),
            "end_on": end_on.to_string(),
            "parent": parent.map(|id| id.to_string()),
            "state": state.as_str(),
        })
    }
}
