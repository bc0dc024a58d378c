//! Reading: what a snapshot of one organization can be asked.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use remit_domain::entity::Kept;
use remit_domain::id::{Id, Identified};
use remit_domain::organization::{Organization, OrganizationId};
use remit_domain::text::External;
use remit_domain::time::Instant;

use crate::connection::{Address, DbConnection};
use crate::error::StoreError;
use crate::head::Head;
use crate::schema::{changes, names};
use crate::versioned::{self, Content, Pick, When};

/// A snapshot of one organization.
pub struct ReadTx<'a> {
    pub(crate) connection: &'a mut DbConnection,
    pub(crate) organization: OrganizationId,
    pub(crate) organization_text: String,
    /// Where another connection is had beside this one; not in a write, whose state no other connection sees.
    pub(crate) address: Option<&'a Address>,
}

/// An entity that the store keeps: every noun of the domain that has an id.
#[expect(private_bounds, reason = "how a noun is kept is the store's own affair")]
pub trait Stored: Content {}
impl<T: Content> Stored for T {}

impl<'a> ReadTx<'a> {
    pub(crate) fn new(connection: &'a mut DbConnection, organization: OrganizationId) -> Self {
        Self { connection, organization, organization_text: organization.to_string(), address: None }
    }

    /// The same, for which another connection may read besides.
    pub(crate) fn beside(self, address: &'a Address) -> Self {
        Self { address: Some(address), ..self }
    }

    /// Whose data this is.
    pub fn organization_id(&self) -> OrganizationId {
        self.organization
    }

    /// The organization and its settings; before its first record, those that it was founded with: an answer that is
    /// empty has a calendar too.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such organization.
    pub fn organization(&mut self, when: When) -> Result<Kept<Organization>, StoreError> {
        let id = self.organization;
        match (self.find(id, when)?, when) {
            (Some(organization), _) => Ok(organization),
            (None, When::Present) => Err(StoreError::NotFound),
            (None, When::Past { .. }) => {
                let versions = versioned::every_version(self.connection, &self.organization_text, &[id.to_string()])?;
                versions.into_iter().next().ok_or(StoreError::NotFound)
            }
        }
    }

    /// One entity.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it is not there in that state.
    pub fn get<T: Stored>(&mut self, id: Id<T>, when: When) -> Result<Kept<T>, StoreError> {
        self.find(id, when)?.ok_or(StoreError::NotFound)
    }

    /// One entity, if it is there in that state.
    ///
    /// # Errors
    /// What the database says.
    pub fn find<T: Stored>(&mut self, id: Id<T>, when: When) -> Result<Option<Kept<T>>, StoreError> {
        let ids = [id.to_string()];
        Ok(versioned::load(self.connection, &self.organization_text, &Pick::Ids(&ids), when)?.pop())
    }

    /// Every entity of a kind, by id.
    ///
    /// # Errors
    /// What the database says.
    pub fn all<T: Stored>(&mut self, when: When) -> Result<Vec<Kept<T>>, StoreError> {
        versioned::load(self.connection, &self.organization_text, &Pick::All, when)
    }

    /// Those of some entities that are there, by id.
    ///
    /// # Errors
    /// What the database says.
    pub fn some<T: Stored>(&mut self, mut ids: Vec<String>, when: When) -> Result<Vec<Kept<T>>, StoreError> {
        ids.sort_unstable();
        ids.dedup();
        let mut kept = Vec::with_capacity(ids.len());
        // Both databases bound the number of parameters of a statement.
        for ids in ids.chunks(500) {
            kept.extend(versioned::load(self.connection, &self.organization_text, &Pick::Ids(ids), when)?);
        }
        Ok(kept)
    }

    /// The id that bears a name: an external id, a key, an email address.
    ///
    /// # Errors
    /// What the database says.
    pub fn named<T: Identified>(&mut self, name: &Name<'_>) -> Result<Option<Id<T>>, StoreError> {
        let (source, name) = name.parts();
        // Nothing bears such a name, and PostgreSQL cannot even be asked.
        if name.contains('\0') {
            return Ok(None);
        }
        let id: Option<String> = names::table
            .filter(names::organization_id.eq(&self.organization_text))
            .filter(names::kind.eq(T::NOUN))
            .filter(names::source.eq(source))
            .filter(names::name.eq(name))
            .select(names::id)
            .first(self.connection)
            .optional()?;
        Ok(id.and_then(|id| Id::parse(&id)))
    }

    /// Where the log stands in this snapshot.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such organization.
    pub fn head(&mut self) -> Result<Head, StoreError> {
        Head::load(self.connection, self.organization)
    }

    /// When a revision was recorded; the beginning of time for revision 0.
    ///
    /// # Errors
    /// What the database says.
    pub fn recorded_at(&mut self, revision: i64) -> Result<Instant, StoreError> {
        let at: Option<i64> = changes::table
            .filter(changes::organization_id.eq(&self.organization_text))
            .filter(changes::revision.eq(revision))
            .select(changes::recorded_at)
            .order(changes::position)
            .first(self.connection)
            .optional()?;
        Ok(at.map_or(Instant::BEGINNING, Instant::from_micros))
    }

    /// The last revision that was recorded by an instant; 0 before the first.
    ///
    /// # Errors
    /// What the database says.
    pub fn revision_at(&mut self, instant: Instant) -> Result<i64, StoreError> {
        // Revisions are dense and their instants rise, so some twenty look-ups find it, and no write keeps an index.
        let (mut before, mut after) = (0, self.head()?.revision + 1);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if self.recorded_at(middle)? <= instant {
                before = middle;
            } else {
                after = middle;
            }
        }
        Ok(before)
    }
}

/// A name under which an entity can be found. No two subjects of a kind ever bear the same one (I13).
#[derive(Clone, Copy, Debug)]
pub enum Name<'a> {
    /// Its id in another system.
    External(&'a External),
    /// Its key: a measure's key, an organization's slug.
    Key(&'a str),
    /// A person's email address.
    Email(&'a str),
}

impl Name<'_> {
    pub(crate) fn parts(&self) -> (&str, &str) {
        match self {
            Self::External(external) => (external.source.as_str(), external.id.as_str()),
            // A source never begins with a colon.
            Self::Key(key) => (":key", key),
            Self::Email(email) => (":email", email),
        }
    }
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::External(_) => "external_id",
            Self::Key(_) => "key",
            Self::Email(_) => "email",
        }
    }
}
