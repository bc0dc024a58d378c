//! Teams and memberships, as they are kept.

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use remit_domain::entity::Kept;
use remit_domain::person::PersonId;
use remit_domain::spelling::Spelled;
use remit_domain::team::{Membership, Team, TeamId};
use remit_domain::time::Instant;

use crate::error::StoreError;
use crate::read::ReadTx;
use crate::record;
use crate::schema::{memberships, teams};
use crate::versioned::{Content, Unreadable, When, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = teams)]
pub(crate) struct TeamRow {
    name: String,
    purpose: Option<String>,
    parent_id: Option<String>,
}

impl Content for Team {
    content_queries!(teams, TeamRow);

    fn row(&self) -> TeamRow {
        let Self { name, purpose, parent } = self;
        TeamRow {
            name: name.to_string(),
            purpose: purpose.as_ref().map(ToString::to_string),
            parent_id: parent.as_ref().map(ToString::to_string),
        }
    }

    fn value(row: TeamRow) -> Result<Self, Unreadable> {
        let TeamRow { name, purpose, parent_id } = row;
        Ok(Self {
            name: read_back::text(&name)?,
            purpose: read_back::text_opt(purpose)?,
            parent: read_back::id_opt(parent_id)?,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { name, purpose, parent } = self;
        json!({
            "name": name.as_str(),
            "purpose": purpose.as_ref().map(ToString::to_string),
            "parent": parent.map(|id| id.to_string()),
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = memberships)]
pub(crate) struct MembershipRow {
    team_id: String,
    person_id: String,
    part: String,
    starts_at: i64,
    ends_at: Option<i64>,
}

impl Content for Membership {
    const DATED: bool = true;
    content_queries!(memberships, MembershipRow);

    fn row(&self) -> MembershipRow {
        let Self { team, person, part, during } = self;
        MembershipRow {
            team_id: team.to_string(),
            person_id: person.to_string(),
            part: part.to_string(),
            starts_at: during.from.micros(),
            ends_at: during.to.map(Instant::micros),
        }
    }

    fn value(row: MembershipRow) -> Result<Self, Unreadable> {
        let MembershipRow { team_id, person_id, part, starts_at, ends_at } = row;
        Ok(Self {
            team: read_back::id(&team_id)?,
            person: read_back::id(&person_id)?,
            part: read_back::word(&part)?,
            during: read_back::span(starts_at, ends_at)?,
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { team, person, part, during } = self;
        let (from, to) = record::span(during);
        json!({
            "team": team.to_string(),
            "person": person.to_string(),
            "part": part.as_str(),
            "from": from,
            "to": to,
        })
    }
}

impl ReadTx<'_> {
    /// The memberships of a person, of every time, by id.
    ///
    /// # Errors
    /// What the database says.
    pub fn memberships_of_person(&mut self, person: PersonId, when: When) -> Result<Vec<Kept<Membership>>, StoreError> {
        let ids = memberships::table
            .filter(memberships::organization_id.eq(&self.organization_text))
            .filter(memberships::person_id.eq(person.to_string()))
            .select(memberships::id)
            .load(self.connection)?;
        self.some(ids, when)
    }

    /// The memberships in a team, of every time, by id.
    ///
    /// # Errors
    /// What the database says.
    pub fn memberships_of_team(&mut self, team: TeamId, when: When) -> Result<Vec<Kept<Membership>>, StoreError> {
        let ids = memberships::table
            .filter(memberships::organization_id.eq(&self.organization_text))
            .filter(memberships::team_id.eq(team.to_string()))
            .select(memberships::id)
            .load(self.connection)?;
        self.some(ids, when)
    }
}
