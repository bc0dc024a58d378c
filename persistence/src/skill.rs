//! Skills, as they are kept.

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable, Selectable};
use remit_domain::skill::Skill;

use crate::schema::skills;
use crate::versioned::{Content, Unreadable, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = skills)]
pub(crate) struct SkillRow {
    name: String,
    description: Option<String>,
}

impl Content for Skill {
    content_queries!(skills, SkillRow);

    fn row(&self) -> SkillRow {
        let Self { name, description } = self;
        SkillRow { name: name.to_string(), description: description.as_ref().map(ToString::to_string) }
    }

    fn value(row: SkillRow) -> Result<Self, Unreadable> {
        let SkillRow { name, description } = row;
        Ok(Self { name: read_back::text(&name)?, description: read_back::text_opt(description)? })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { name, description } = self;
        json!({"name": name.as_str(), "description": description.as_ref().map(ToString::to_string)})
    }
}
