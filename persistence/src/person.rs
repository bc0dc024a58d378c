//! People and their skills, as they are kept. What is personal stands in the log as salted hashes only.

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use remit_domain::accountability::Gap;
use remit_domain::entity::Kept;
use remit_domain::id::Identified;
use remit_domain::outcome::{Outcome, OutcomeId};
use remit_domain::person::{Person, PersonId, PersonSkill};
use remit_domain::spelling::Spelled;
use remit_domain::text::Email;
use remit_domain::time::Instant;

use crate::error::StoreError;
use crate::read::ReadTx;
use crate::record;
use crate::schema::{people, person_skills};
use crate::versioned::{Content, Unreadable, When, content_queries, read_back};
use crate::write::WriteTx;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = people)]
pub(crate) struct PersonRow {
    name: String,
    email: Option<String>,
    manager_id: Option<String>,
    zone: Option<String>,
    active: bool,
    joined_on: Option<String>,
    left_on: Option<String>,
    erased: bool,
}

impl Content for Person {
    const PERSONAL: bool = true;
    content_queries!(people, PersonRow);

    fn row(&self) -> PersonRow {
        let Self { name, email, manager, zone, active, joined_on, left_on, erased } = self;
        PersonRow {
            name: name.to_string(),
            email: email.as_ref().map(|email| email.as_str().to_owned()),
            manager_id: manager.as_ref().map(ToString::to_string),
            zone: zone.as_ref().map(|zone| zone.name().to_owned()),
            active: *active,
            joined_on: joined_on.as_ref().map(ToString::to_string),
            left_on: left_on.as_ref().map(ToString::to_string),
            erased: *erased,
        }
    }

    fn value(row: PersonRow) -> Result<Self, Unreadable> {
        let PersonRow { name, email, manager_id, zone, active, joined_on, left_on, erased } = row;
        Ok(Self {
            name: read_back::text(&name)?,
            email: email.map(|email| Email::parse(&email).ok_or(Unreadable("email"))).transpose()?,
            manager: read_back::id_opt(manager_id)?,
            zone: zone.map(|zone| read_back::zone(&zone)).transpose()?,
            active,
            joined_on: read_back::day_opt(joined_on)?,
            left_on: read_back::day_opt(left_on)?,
            erased,
        })
    }

    fn record(&self, salt: &str) -> Value {
        let Self { name, email, manager, zone, active, joined_on, left_on, erased } = self;
        let manager = manager.map(|id| id.to_string());
        if *erased {
            return json!({"manager": manager, "active": active, "erased": true});
        }
        json!({
            "name_hash": record::personal(salt, name.as_str()),
            "email_hash": email.as_ref().map(|email| record::personal(salt, email.as_str())),
            "manager": manager,
            "time_zone_hash": zone.as_ref().map(|zone| record::personal(salt, zone.name())),
            "active": active,
            "joined_on_hash": joined_on.map(|day| record::personal(salt, &day.to_string())),
            "left_on_hash": left_on.map(|day| record::personal(salt, &day.to_string())),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = person_skills)]
pub(crate) struct PersonSkillRow {
    person_id: String,
    skill_id: String,
    level: String,
    verified_by: Option<String>,
    starts_at: i64,
    ends_at: Option<i64>,
}

impl Content for PersonSkill {
    const DATED: bool = true;
    content_queries!(person_skills, PersonSkillRow);

    fn row(&self) -> PersonSkillRow {
        let Self { person, skill, level, verified_by, during } = self;
        PersonSkillRow {
            person_id: person.to_string(),
            skill_id: skill.to_string(),
            level: level.to_string(),
            verified_by: verified_by.as_ref().map(ToString::to_string),
            starts_at: during.from.micros(),
            ends_at: during.to.map(Instant::micros),
        }
    }

    fn value(row: PersonSkillRow) -> Result<Self, Unreadable> {
        let PersonSkillRow { person_id, skill_id, level, verified_by, starts_at, ends_at } = row;
        Ok(Self {
            person: read_back::id(&person_id)?,
            skill: read_back::id(&skill_id)?,
            level: read_back::word(&level)?,
            verified_by: read_back::id_opt(verified_by)?,
            during: read_back::span(starts_at, ends_at)?,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { person, skill, level, verified_by, during } = self;
        let (from, to) = record::span(during);
        json!({
            "person": person.to_string(),
            "skill": skill.to_string(),
            "level": level.as_str(),
            "verified_by": verified_by.map(|id| id.to_string()),
            "from": from,
            "to": to,
        })
    }
}

impl ReadTx<'_> {
    /// The skills of a person, of every time, by id.
    ///
    /// # Errors
    /// What the database says.
    pub fn skills_of_person(&mut self, person: PersonId, when: When) -> Result<Vec<Kept<PersonSkill>>, StoreError> {
        let ids = person_skills::table
            .filter(person_skills::organization_id.eq(&self.organization_text))
            .filter(person_skills::person_id.eq(person.to_string()))
            .select(person_skills::id)
            .load(self.connection)?;
        self.some(ids, when)
    }
}

impl WriteTx<'_> {
    /// Notes in the log that an outcome lost who answered for it when a person left (I4).
    ///
    /// # Errors
    /// What the database says.
    pub fn note_orphaned(&mut self, outcome: OutcomeId, person: PersonId, gap: Gap) -> Result<(), StoreError> {
        let record = json!({"person": person.to_string(), "gap": gap.as_str()});
        self.append("accountability.orphaned", Outcome::NOUN, &outcome.to_string(), &record)
    }
}
