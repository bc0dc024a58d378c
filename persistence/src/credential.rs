//! API keys, as they are kept: the secret itself is not.

use crate::record::{Value, json};
use diesel::prelude::{Insertable, Queryable, Selectable};
use remit_domain::credential::ApiKey;
use remit_domain::spelling::Spelled;
use remit_domain::time::Instant;

use crate::record;
use crate::schema::api_keys;
use crate::versioned::{Content, Unreadable, content_queries, read_back};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys)]
pub(crate) struct ApiKeyRow {
    name: String,
    scopes: String,
    person_id: Option<String>,
    measures: String,
    teams: String,
    hash: String,
    expires_at: Option<i64>,
}

impl Content for ApiKey {
    content_queries!(api_keys, ApiKeyRow);

    fn row(&self) -> ApiKeyRow {
        let Self { name, scopes, person, measures, teams, hash, expires_at } = self;
        ApiKeyRow {
            name: name.to_string(),
            scopes: scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" "),
            person_id: person.as_ref().map(ToString::to_string),
            measures: record::ids(measures).to_string(),
            teams: record::ids(teams).to_string(),
            hash: hash.clone(),
            expires_at: expires_at.map(Instant::micros),
        }
    }

    fn value(row: ApiKeyRow) -> Result<Self, Unreadable> {
        let ApiKeyRow { name, scopes, person_id, measures, teams, hash, expires_at } = row;
        Ok(Self {
            name: read_back::text(&name)?,
            scopes: scopes.split(' ').map(read_back::word).collect::<Result<_, _>>()?,
            person: read_back::id_opt(person_id)?,
            measures: record::ids_back(&measures)?,
            teams: record::ids_back(&teams)?,
            hash,
            expires_at: expires_at.map(Instant::from_micros),
        })
    }

    fn record(&self, _salt: &str) -> Value {
        let Self { name, scopes, person, measures, teams, hash, expires_at } = self;
        json!({
            "name": name.as_str(),
            "scopes": scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
            "person": person.map(|id| id.to_string()),
            "measures": record::ids(measures),
            "teams": record::ids(teams),
            "hash": hash,
            "expires_at": expires_at.map(record::instant),
        })
    }
}
