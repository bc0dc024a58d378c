//! Acknowledgements, as they are kept: what a reader has done with a briefing.

use std::collections::HashMap;

use diesel::dsl::count;
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{AggregateExpressionMethods, BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};
use remit_domain::briefing::{Acknowledgement, BriefingId};
use remit_domain::entity::Kept;
use remit_domain::person::PersonId;
use remit_domain::time::Instant;

use crate::error::StoreError;
use crate::read::ReadTx;
use crate::record::{self, Value, json};
use crate::schema::{acknowledgements, versions};
use crate::versioned::{Content, OPEN, Unreadable, When, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = acknowledgements)]
pub(crate) struct AcknowledgementRow {
    briefing_id: String,
    person_id: String,
    seen_at: i64,
    acknowledged_at: Option<i64>,
    correct: Option<bool>,
}

impl Content for Acknowledgement {
    content_queries!(acknowledgements, AcknowledgementRow);

    fn row(&self) -> AcknowledgementRow {
        let Self { briefing, person, seen_at, acknowledged_at, correct } = *self;
        AcknowledgementRow {
            briefing_id: briefing.to_string(),
            person_id: person.to_string(),
            seen_at: seen_at.micros(),
            acknowledged_at: acknowledged_at.map(Instant::micros),
            correct,
        }
    }

    fn value(row: AcknowledgementRow) -> Result<Self, Unreadable> {
        let AcknowledgementRow { briefing_id, person_id, seen_at, acknowledged_at, correct } = row;
        Ok(Self {
            briefing: read_back::id(&briefing_id)?,
            person: read_back::id(&person_id)?,
            seen_at: Instant::from_micros(seen_at),
            acknowledged_at: acknowledged_at.map(Instant::from_micros),
            correct,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { briefing, person, seen_at, acknowledged_at, correct } = *self;
        json!({
            "briefing": briefing.to_string(),
            "person": person.to_string(),
            "seen_at": record::instant(seen_at),
            "acknowledged_at": acknowledged_at.map(record::instant),
            "correct": correct,
        })
    }
}

impl ReadTx<'_> {
    /// What the readers of a briefing have done with it, by when they first saw it.
    ///
    /// # Errors
    /// What the database says.
    pub fn acknowledgements_of(
        &mut self,
        briefing: BriefingId,
        when: When,
    ) -> Result<Vec<Kept<Acknowledgement>>, StoreError> {
        let ids = acknowledgements::table
            .filter(acknowledgements::organization_id.eq(&self.organization_text))
            .filter(acknowledgements::briefing_id.eq(briefing.to_string()))
            .select(acknowledgements::id)
            .distinct()
            .order(acknowledgements::id)
            .load(self.connection)?;
        self.some(ids, when)
    }

    /// What a person has done with what was told, by when it was first seen.
    ///
    /// # Errors
    /// What the database says.
    pub fn acknowledgements_by(
        &mut self,
        person: PersonId,
        when: When,
    ) -> Result<Vec<Kept<Acknowledgement>>, StoreError> {
        let ids = acknowledgements::table
            .filter(acknowledgements::organization_id.eq(&self.organization_text))
            .filter(acknowledgements::person_id.eq(person.to_string()))
            .select(acknowledgements::id)
            .distinct()
            .order(acknowledgements::id)
            .load(self.connection)?;
        self.some(ids, when)
    }

    /// How many of its readers have acknowledged each briefing.
    pub(crate) fn acknowledged_counts(&mut self, when: When) -> Result<HashMap<String, i64>, StoreError> {
        let query = acknowledgements::table
            .inner_join(
                versions::table.on(versions::organization_id
                    .eq(acknowledgements::organization_id)
                    .and(versions::id.eq(acknowledgements::id))
                    .and(versions::revision.eq(acknowledgements::revision))),
            )
            .filter(acknowledgements::organization_id.eq(&self.organization_text))
            .filter(acknowledgements::acknowledged_at.is_not_null())
            .group_by(acknowledgements::briefing_id)
            .select((acknowledgements::briefing_id, count(acknowledgements::id).aggregate_distinct()));
        // What was acknowledged stays so: any version that says it by then is enough.
        let rows: Vec<(String, i64)> = match when {
            When::Present => query.filter(versions::revision_to.eq(OPEN)).load(self.connection)?,
            When::Past { known, as_of } => query
                .filter(versions::revision.le(known))
                .filter(versions::valid_from.le(as_of.micros()))
                .load(self.connection)?,
        };
        Ok(rows.into_iter().collect())
    }
}
