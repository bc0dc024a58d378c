//! The directory: which organizations are here, and which credential or issuer belongs to which of them.

use crate::record::json;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use remit_domain::credential::{ApiKey, ApiKeyId, Issuer, IssuerId};
use remit_domain::entity::{Kept, Valid};
use remit_domain::id::Id;
use remit_domain::organization::{Organization, OrganizationId};
use remit_domain::spelling::Spelled;
use remit_domain::text::Text;
use remit_domain::time::Instant;

use crate::clock;
use crate::connection::DbConnection;
use crate::error::{Conflict, StoreError};
use crate::read::ReadTx;
use crate::schema::{credentials, directory, issuers};
use crate::store::Store;
use crate::versioned::When;
use crate::write::WriteTx;

/// A registered issuer, with the organization that its tokens speak for.
#[derive(Clone, Debug)]
pub struct KeptIssuer {
    /// Its identifier.
    pub id: IssuerId,
    /// The organization.
    pub organization: OrganizationId,
    /// When it was registered.
    pub created_at: Instant,
    /// Who registered it.
    pub created_by: String,
    /// What it says.
    pub value: Issuer,
}

type IssuerRow = (String, String, String, String, String, String, i64, String);

fn keep_issuer(row: IssuerRow) -> Result<KeptIssuer, StoreError> {
    let (issuer, organization, id, algorithm, audience, public_key, created_at, created_by) = row;
    let read = || {
        Some(KeptIssuer {
            id: Id::parse(&id)?,
            organization: Id::parse(&organization)?,
            created_at: Instant::from_micros(created_at),
            created_by,
            value: Issuer {
                issuer: Text::new(&issuer).ok()?,
                algorithm: Spelled::parse(&algorithm)?,
                audience: Text::new(&audience).ok()?,
                public_key,
            },
        })
    };
    read().ok_or_else(|| StoreError::Corrupt("an issuer".into()))
}

impl Store {
    /// The organizations of this database, by slug.
    ///
    /// # Errors
    /// What the database says.
    pub async fn organizations(&self) -> Result<Vec<(String, OrganizationId)>, StoreError> {
        self.ask(organizations).await
    }

    /// The key with this SHA-256, and its organization.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub async fn api_key(&self, hash: String) -> Result<(OrganizationId, Kept<ApiKey>), StoreError> {
        self.ask(move |connection| {
            let (organization, key): (String, String) = credentials::table
                .filter(credentials::hash.eq(&hash))
                .select((credentials::organization_id, credentials::key_id))
                .first(connection)?;
            let corrupt = || StoreError::Corrupt("a credential".into());
            let organization: OrganizationId = Id::parse(&organization).ok_or_else(corrupt)?;
            let key: ApiKeyId = Id::parse(&key).ok_or_else(corrupt)?;
            Ok((organization, ReadTx::new(connection, organization).get(key, When::Present)?))
        })
        .await
    }

    /// The issuer of this name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not registered.
    pub async fn issuer(&self, name: String) -> Result<KeptIssuer, StoreError> {
        self.ask(move |connection| {
            let row: Option<IssuerRow> =
                issuers::table.filter(issuers::issuer.eq(name)).first(connection).optional()?;
            keep_issuer(row.ok_or(StoreError::NotFound)?)
        })
        .await
    }

    /// Notes that keys were used, without a revision: it is not a fact about the organization.
    ///
    /// # Errors
    /// What the database says.
    pub async fn note_key_use(
        &self,
        organization: OrganizationId,
        uses: Vec<(String, Instant)>,
    ) -> Result<(), StoreError> {
        self.write(organization, remit_domain::entity::Actor::new("remit"), move |tx| {
            tx.touch();
            for (hash, at) in &uses {
                diesel::update(credentials::table.filter(credentials::hash.eq(hash)))
                    .set(credentials::last_used_at.eq(at.micros()))
                    .execute(tx.connection)?;
            }
            Ok(())
        })
        .await
    }

    /// Whether the database answers and is at head.
    ///
    /// # Errors
    /// What is wrong, for the operator.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.ask(|connection: &mut DbConnection| {
            let _: i64 = directory::table.count().get_result(connection)?;
            Ok(())
        })
        .await
    }
}

/// What an insertion into a global table says when another organization's writer took the name since it was looked for.
fn lost_race(error: Error, name: &'static str) -> StoreError {
    if matches!(error, Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) {
        return StoreError::Conflict(Conflict::NameTaken { name, holder: None });
    }
    error.into()
}

impl WriteTx<'_> {
    /// Founds the organization that this write belongs to.
    ///
    /// # Errors
    /// [`Conflict::NameTaken`] when the slug has a bearer.
    pub fn found(&mut self, organization: Valid<Organization>) -> Result<Kept<Organization>, StoreError> {
        let taken: Option<String> = directory::table
            .filter(directory::slug.eq(organization.slug.as_str()))
            .select(directory::organization_id)
            .first(self.read.connection)
            .optional()?;
        if taken.is_some() {
            // Who bears it is another organization's affair.
            return Err(StoreError::Conflict(Conflict::NameTaken { name: "slug", holder: None }));
        }
        self.touch();
        let id = self.organization_id();
        diesel::insert_into(directory::table)
            .values((directory::organization_id.eq(id.to_string()), directory::slug.eq(organization.slug.as_str())))
            .execute(self.read.connection)
            .map_err(|error| lost_race(error, "slug"))?;
        self.create_as(id, organization, None, Some(Instant::BEGINNING))
    }

    /// Keeps a new API key, so that its secret is recognized.
    ///
    /// # Errors
    /// What the database says.
    pub fn create_api_key(&mut self, key: Valid<ApiKey>) -> Result<Kept<ApiKey>, StoreError> {
        let kept = self.create(key, None, None)?;
        diesel::insert_into(credentials::table)
            .values((
                credentials::hash.eq(&kept.hash),
                credentials::organization_id.eq(&self.read.organization_text),
                credentials::key_id.eq(kept.id.to_string()),
            ))
            .execute(self.read.connection)?;
        Ok(kept)
    }

    /// Ends an API key.
    ///
    /// # Errors
    /// What the database says.
    pub fn delete_api_key(&mut self, key: Kept<ApiKey>) -> Result<(), StoreError> {
        self.touch();
        diesel::delete(credentials::table.filter(credentials::hash.eq(&key.hash))).execute(self.read.connection)?;
        self.delete(key)
    }

    /// Registers an issuer for this organization alone.
    ///
    /// # Errors
    /// [`Conflict::NameTaken`] when it is registered, here or elsewhere.
    pub fn register_issuer(&mut self, issuer: Issuer) -> Result<KeptIssuer, StoreError> {
        let taken: Option<String> = issuers::table
            .filter(issuers::issuer.eq(issuer.issuer.as_str()))
            .select(issuers::id)
            .first(self.read.connection)
            .optional()?;
        if taken.is_some() {
            return Err(StoreError::Conflict(Conflict::NameTaken { name: "issuer", holder: None }));
        }
        let id: IssuerId = clock::mint();
        let created_at = self.now();
        diesel::insert_into(issuers::table)
            .values((
                issuers::issuer.eq(issuer.issuer.as_str()),
                issuers::organization_id.eq(&self.read.organization_text),
                issuers::id.eq(id.to_string()),
                issuers::algorithm.eq(issuer.algorithm.as_str()),
                issuers::audience.eq(issuer.audience.as_str()),
                issuers::public_key.eq(&issuer.public_key),
                issuers::created_at.eq(created_at.micros()),
                issuers::created_by.eq(self.actor.as_str()),
            ))
            .execute(self.read.connection)
            .map_err(|error| lost_race(error, "issuer"))?;
        let record = json!({
            "issuer": issuer.issuer.as_str(),
            "algorithm": issuer.algorithm.as_str(),
            "audience": issuer.audience.as_str(),
            "public_key": issuer.public_key,
        });
        self.append("issuer.created", "issuer", &id.to_string(), &record)?;
        let (organization, created_by) = (self.organization_id(), self.actor().as_str().to_owned());
        Ok(KeptIssuer { id, organization, created_at, created_by, value: issuer })
    }

    /// Ends the trust in an issuer.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when this organization has no such issuer.
    pub fn delete_issuer(&mut self, id: IssuerId) -> Result<(), StoreError> {
        self.touch();
        let deleted = diesel::delete(
            issuers::table
                .filter(issuers::organization_id.eq(&self.read.organization_text))
                .filter(issuers::id.eq(id.to_string())),
        )
        .execute(self.read.connection)?;
        if deleted == 0 {
            return Err(StoreError::NotFound);
        }
        self.append("issuer.deleted", "issuer", &id.to_string(), &json!({}))
    }
}

impl ReadTx<'_> {
    /// The issuers that this organization trusts, by id.
    ///
    /// # Errors
    /// What the database says.
    pub fn issuers(&mut self) -> Result<Vec<KeptIssuer>, StoreError> {
        let rows: Vec<IssuerRow> = issuers::table
            .filter(issuers::organization_id.eq(&self.organization_text))
            .order(issuers::id)
            .load(self.connection)?;
        rows.into_iter().map(keep_issuer).collect()
    }

    /// When an API key was last used.
    ///
    /// # Errors
    /// What the database says.
    pub fn last_use(&mut self, key: &ApiKey) -> Result<Option<Instant>, StoreError> {
        let last: Option<Option<i64>> = credentials::table
            .filter(credentials::hash.eq(&key.hash))
            .select(credentials::last_used_at)
            .first(self.connection)
            .optional()?;
        Ok(last.flatten().map(Instant::from_micros))
    }
}

impl Store {
    /// The organizations of a database, read without opening the store: another process may be serving it.
    ///
    /// # Errors
    /// What the database says.
    pub fn directory(address: &crate::Address) -> Result<Vec<(String, OrganizationId)>, StoreError> {
        if let Some(file) = address.file()
            && !file.exists()
        {
            return Err(StoreError::Internal(format!(
                "{} does not exist; run remit serve or remit demo first",
                file.display()
            )));
        }
        let mut connection = crate::connection::open(address, crate::connection::Purpose::Read)
            .map_err(|error| StoreError::Internal(format!("cannot open the database: {error}")))?;
        organizations(&mut connection)
    }
}

fn organizations(connection: &mut DbConnection) -> Result<Vec<(String, OrganizationId)>, StoreError> {
    let rows: Vec<(String, String)> = directory::table
        .select((directory::slug, directory::organization_id))
        .order(directory::slug)
        .load(connection)?;
    rows.into_iter()
        .map(|(slug, id)| Some((slug, Id::parse(&id)?)))
        .collect::<Option<_>>()
        .ok_or_else(|| StoreError::Corrupt("the directory".into()))
}
