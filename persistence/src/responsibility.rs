//! Responsibilities, as they are kept.

use std::collections::{BTreeSet, HashMap};

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use remit_domain::entity::Kept;
use remit_domain::picture::{Picture, PictureParts};
use remit_domain::responsibility::{Object, Responsibility};
use remit_domain::role::Subject;
use remit_domain::spelling::Spelled;
use remit_domain::time::Instant;

use crate::error::StoreError;
use crate::read::ReadTx;
use crate::record;
use crate::schema::responsibilities;
use crate::versioned::{Content, Unreadable, When, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = responsibilities)]
pub(crate) struct ResponsibilityRow {
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

    fn row(&self) -> ResponsibilityRow {
        let Self { object, part, subject, during, reason } = self;
        ResponsibilityRow {
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
        let ResponsibilityRow { outcome_id, measure_id, part, role_id, person_id, starts_at, ends_at, reason } = row;
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

impl ReadTx<'_> {
    /// The responsibilities for an outcome or a measure, of every time, by id.
    ///
    /// # Errors
    /// What the database says.
    pub fn responsibilities_of(&mut self, object: Object, when: When) -> Result<Vec<Kept<Responsibility>>, StoreError> {
        let query = responsibilities::table
            .filter(responsibilities::organization_id.eq(&self.organization_text))
            .select(responsibilities::id)
            .into_boxed();
        let query = match object {
            Object::Outcome(id) => query.filter(responsibilities::outcome_id.eq(id.to_string())),
            Object::Measure(id) => query.filter(responsibilities::measure_id.eq(id.to_string())),
        };
        let ids = query.load(self.connection)?;
        let mut of_object: Vec<Kept<Responsibility>> = self.some(ids, when)?;
        // An earlier version may have been of another.
        of_object.retain(|one| one.object == object);
        Ok(of_object)
    }

    /// The responsibilities that name a role or a person, of every time, by id.
    ///
    /// # Errors
    /// What the database says.
    pub fn responsibilities_naming(
        &mut self,
        subject: Subject,
        when: When,
    ) -> Result<Vec<Kept<Responsibility>>, StoreError> {
        let query = responsibilities::table
            .filter(responsibilities::organization_id.eq(&self.organization_text))
            .select(responsibilities::id)
            .into_boxed();
        let query = match subject {
            Subject::Role(id) => query.filter(responsibilities::role_id.eq(id.to_string())),
            Subject::Person(id) => query.filter(responsibilities::person_id.eq(id.to_string())),
        };
        let ids = query.load(self.connection)?;
        let mut named: Vec<Kept<Responsibility>> = self.some(ids, when)?;
        // An earlier version may have named another.
        named.retain(|one| one.subject == subject);
        Ok(named)
    }

    /// The part of a picture that says who stands behind the responsibilities for an outcome or a measure.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such organization.
    pub fn who_stands_for(&mut self, object: Object, at: Instant, when: When) -> Result<Picture, StoreError> {
        let responsibilities = self.responsibilities_of(object, when)?;
        let (mut assignments, mut people, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for one in &responsibilities {
            match one.subject {
                Subject::Role(role) if seen.insert(role) => assignments.extend(self.assignments_of_role(role, when)?),
                Subject::Role(_) => {}
                Subject::Person(person) => people.push(person.to_string()),
            }
        }
        people.extend(assignments.iter().map(|one| one.person.to_string()));
        Ok(Picture::new(PictureParts {
            at,
            organization: self.organization(when)?,
            mission: None,
            themes: Vec::new(),
            periods: Vec::new(),
            teams: Vec::new(),
            memberships: Vec::new(),
            people: self.some(people, when)?,
            roles: Vec::new(),
            assignments,
            outcomes: Vec::new(),
            results: Vec::new(),
            measures: Vec::new(),
            responsibilities,
            alignments: Vec::new(),
            headline: HashMap::new(),
            recorders: HashMap::new(),
            person_skills: Vec::new(),
            rule_settings: Vec::new(),
            closed_settings: HashMap::new(),
            waivers: Vec::new(),
            reports: Vec::new(),
            briefings: Vec::new(),
            disabled_webhooks: Vec::new(),
        }))
    }
}
