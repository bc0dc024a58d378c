//! Roles, as they are kept.

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable, Selectable};
use remit_domain::role::Role;

use crate::record;
use crate::schema::roles;
use crate::versioned::{Content, Unreadable, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = roles)]
pub(crate) struct RoleRow {
    title: String,
    purpose: Option<String>,
    team_id: Option<String>,
    reports_to_id: Option<String>,
    is_key: bool,
    accountabilities: String,
    domains: String,
    skills: String,
    seats_min: i32,
    seats_max: i32,
}

impl Content for Role {
    content_queries!(roles, RoleRow);

    fn row(&self) -> RoleRow {
        let Self { title, purpose, team, reports_to, is_key, accountabilities, domains, skills, seats_min, seats_max } =
            self;
        RoleRow {
            title: title.to_string(),
            purpose: purpose.as_ref().map(ToString::to_string),
            team_id: team.as_ref().map(ToString::to_string),
            reports_to_id: reports_to.as_ref().map(ToString::to_string),
            is_key: *is_key,
            accountabilities: record::texts(accountabilities).to_string(),
            domains: record::texts(domains).to_string(),
            skills: record::skills(skills).to_string(),
            seats_min: *seats_min,
            seats_max: *seats_max,
        }
    }

    fn value(row: RoleRow) -> Result<Self, Unreadable> {
        let RoleRow {
            title,
            purpose,
            team_id,
            reports_to_id,
            is_key,
            accountabilities,
            domains,
            skills,
            seats_min,
            seats_max,
        } = row;
        Ok(Self {
            title: read_back::text(&title)?,
            purpose: read_back::text_opt(purpose)?,
            team: read_back::id_opt(team_id)?,
            reports_to: read_back::id_opt(reports_to_id)?,
            is_key,
            accountabilities: record::texts_back(&accountabilities)?,
            domains: record::texts_back(&domains)?,
            skills: record::skills_back(&skills)?,
            seats_min,
            seats_max,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { title, purpose, team, reports_to, is_key, accountabilities, domains, skills, seats_min, seats_max } =
            self;
        json!({
            "title": title.as_str(),
            "purpose": purpose.as_ref().map(ToString::to_string),
            "team": team.map(|id| id.to_string()),
            "reports_to": reports_to.map(|id| id.to_string()),
            "is_key": is_key,
            "accountabilities": record::texts(accountabilities),
            "domains": record::texts(domains),
            "skills": record::skills(skills),
            "seats_min": seats_min,
            "seats_max": seats_max,
        })
    }
}
