//! Assignments, as they are kept.

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use remit_domain::assignment::Assignment;
use remit_domain::entity::Kept;
use remit_domain::person::PersonId;
use remit_domain::role::RoleId;
use remit_domain::spelling::Spelled;
use remit_domain::time::Instant;

use crate::error::StoreError;
use crate::read::ReadTx;
use crate::record;
use crate::schema::assignments;
use crate::versioned::{Content, Unreadable, When, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = assignments)]
pub(crate) struct AssignmentRow {
    role_id: String,
    person_id: String,
    kind: String,
    focus: Option<String>,
    starts_at: i64,
    ends_at: Option<i64>,
    term_ends: Option<String>,
    load_percent: Option<f64>,
    readiness: Option<String>,
}

impl Content for Assignment {
    const DATED: bool = true;
    content_queries!(assignments, AssignmentRow);

    fn row(&self) -> AssignmentRow {
        let Self { role, person, kind, focus, during, term_ends, load, readiness } = self;
        AssignmentRow {
            role_id: role.to_string(),
            person_id: person.to_string(),
            kind: kind.to_string(),
            focus: focus.as_ref().map(ToString::to_string),
            starts_at: during.from.micros(),
            ends_at: during.to.map(Instant::micros),
            term_ends: term_ends.as_ref().map(ToString::to_string),
            load_percent: *load,
            readiness: readiness.as_ref().map(ToString::to_string),
        }
    }

    fn value(row: AssignmentRow) -> Result<Self, Unreadable> {
        let AssignmentRow { role_id, person_id, kind, focus, starts_at, ends_at, term_ends, load_percent, readiness } =
            row;
        Ok(Self {
            role: read_back::id(&role_id)?,
            person: read_back::id(&person_id)?,
            kind: read_back::word(&kind)?,
            focus: read_back::text_opt(focus)?,
            during: read_back::span(starts_at, ends_at)?,
            term_ends: read_back::day_opt(term_ends)?,
            load: load_percent,
            readiness: readiness.map(|readiness| read_back::word(&readiness)).transpose()?,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { role, person, kind, focus, during, term_ends, load, readiness } = self;
        let (from, to) = record::span(during);
        json!({
            "role": role.to_string(),
            "person": person.to_string(),
            "kind": kind.as_str(),
            "focus": focus.as_ref().map(ToString::to_string),
            "from": from,
            "to": to,
            "term_ends": term_ends.map(|day| day.to_string()),
            "load": load,
            "readiness": readiness.map(Spelled::as_str),
        })
    }
}

impl ReadTx<'_> {
    /// The assignments to a role, of every time, by id.
    ///
    /// # Errors
    /// What the database says.
    pub fn assignments_of_role(&mut self, role: RoleId, when: When) -> Result<Vec<Kept<Assignment>>, StoreError> {
        let ids = assignments::table
            .filter(assignments::organization_id.eq(&self.organization_text))
            .filter(assignments::role_id.eq(role.to_string()))
            .select(assignments::id)
            .load(self.connection)?;
        let mut of_role: Vec<Kept<Assignment>> = self.some(ids, when)?;
        // An earlier version may have named another.
        of_role.retain(|one| one.role == role);
        Ok(of_role)
    }

    /// The assignments of a person, of every time, by id.
    ///
    /// # Errors
    /// What the database says.
    pub fn assignments_of_person(&mut self, person: PersonId, when: When) -> Result<Vec<Kept<Assignment>>, StoreError> {
        let ids = assignments::table
            .filter(assignments::organization_id.eq(&self.organization_text))
            .filter(assignments::person_id.eq(person.to_string()))
            .select(assignments::id)
            .load(self.connection)?;
        let mut theirs: Vec<Kept<Assignment>> = self.some(ids, when)?;
        // An earlier version may have named another.
        theirs.retain(|one| one.person == person);
        Ok(theirs)
    }
}
