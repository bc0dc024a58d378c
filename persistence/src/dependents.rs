//! Dependents: what refers to an entity, so that it is not deleted from under them.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Text};
use remit_domain::id::{Id, Identified};

use crate::error::StoreError;
use crate::read::ReadTx;
use crate::versioned::OPEN;

/// Who refers to whom: the noun referred to, the table and column that refer, and what the referrers are called.
const REFERENCES: &[(&str, &str, &str, &str)] = &[
    ("mission", "outcomes", "mission_id", "outcomes"),
    ("theme", "outcomes", "theme_id", "outcomes"),
    ("period", "outcomes", "period_id", "outcomes"),
    ("period", "periods", "parent_id", "periods"),
    ("team", "outcomes", "team_id", "outcomes"),
    ("team", "teams", "parent_id", "teams"),
    ("team", "roles", "team_id", "roles"),
    ("team", "webhooks", "team_id", "webhooks"),
    ("team", "memberships", "team_id", "memberships"),
    ("person", "outcomes", "owner_id", "outcomes"),
    ("person", "people", "manager_id", "people"),
    ("person", "memberships", "person_id", "memberships"),
    ("person", "person_skills", "person_id", "skills of people"),
    ("person", "person_skills", "verified_by", "skills of people"),
    ("person", "assignments", "person_id", "assignments"),
    ("person", "responsibilities", "person_id", "responsibilities"),
    ("person", "api_keys", "person_id", "API keys"),
    ("skill", "person_skills", "skill_id", "skills of people"),
    ("outcome", "check_ins", "outcome_id", "check-ins"),
    ("outcome", "comments", "outcome_id", "comments"),
    ("check_in", "comments", "check_in_id", "comments"),
    ("person", "check_ins", "author_id", "check-ins"),
    ("person", "check_ins", "reviewer_id", "check-ins"),
    ("person", "comments", "author_id", "comments"),
    ("mission", "briefings", "mission_id", "briefings"),
    ("outcome", "briefings", "outcome_id", "briefings"),
    ("role", "briefings", "role_id", "briefings"),
    ("person", "briefings", "author_id", "briefings"),
    ("person", "acknowledgements", "person_id", "acknowledgements"),
    ("briefing", "acknowledgements", "briefing_id", "acknowledgements"),
    ("outcome", "measures", "outcome_id", "measures"),
    ("outcome", "results", "outcome_id", "results"),
    ("outcome", "responsibilities", "outcome_id", "responsibilities"),
    ("outcome", "alignments", "child_id", "alignments"),
    ("outcome", "alignments", "outcome_id", "alignments"),
    ("measure", "responsibilities", "measure_id", "responsibilities"),
    ("measure", "alignments", "measure_id", "alignments"),
    ("role", "roles", "reports_to_id", "roles"),
    ("role", "assignments", "role_id", "assignments"),
    ("role", "responsibilities", "role_id", "responsibilities"),
];

/// Lists in a column that name a skill.
const LISTS: &[(&str, &str)] = &[("outcomes", "outcomes"), ("roles", "roles")];

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

impl ReadTx<'_> {
    /// What refers to an entity now, each kind with its number; empty where nothing does.
    ///
    /// # Errors
    /// What the database says.
    pub fn dependents<T: Identified>(&mut self, id: Id<T>) -> Result<Vec<(&'static str, i64)>, StoreError> {
        let mut found: Vec<(&'static str, i64)> = Vec::new();
        for (_, table, column, name) in REFERENCES.iter().filter(|(noun, ..)| *noun == T::NOUN) {
            let count = self.count_current(table, &format!("c.{column} = $2"), &id.to_string())?;
            note(&mut found, name, count);
        }
        if T::NOUN == "skill" {
            for (table, name) in LISTS {
                let count = self.count_current(table, "c.skills LIKE $2", &format!("%\"{id}\"%"))?;
                note(&mut found, name, count);
            }
        }
        Ok(found)
    }

    fn count_current(&mut self, table: &str, condition: &str, value: &str) -> Result<i64, StoreError> {
        // Table and column are names from the lists above; only the values come from outside, as parameters.
        let sql = format!(
            "SELECT COUNT(*) AS n FROM {table} c JOIN versions v \
             ON v.organization_id = c.organization_id AND v.id = c.id AND v.revision = c.revision \
             WHERE c.organization_id = $1 AND {condition} AND v.revision_to = $3 AND v.deleted = $4"
        );
        let count: Count = diesel::sql_query(sql)
            .bind::<Text, _>(self.organization_text.clone())
            .bind::<Text, _>(value)
            .bind::<BigInt, _>(OPEN)
            .bind::<diesel::sql_types::Bool, _>(false)
            .get_result(self.connection)?;
        Ok(count.n)
    }
}

fn note(found: &mut Vec<(&'static str, i64)>, name: &'static str, count: i64) {
    if count == 0 {
        return;
    }
    match found.iter_mut().find(|(known, _)| *known == name) {
        Some((_, sum)) => *sum += count,
        None => found.push((name, count)),
    }
}
