//! Writing: one revision of one organization, with its entries in the log.

use std::ops::{Deref, DerefMut};

use diesel::connection::SimpleConnection;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use remit_domain::entity::{Actor, Kept, KeptRow, Valid};
use remit_domain::id::Id;
use remit_domain::organization::OrganizationId;
use remit_domain::text::External;
use remit_domain::time::Instant;

use crate::change::{self, Entry};
use crate::clock;
use crate::connection::DbConnection;
use crate::error::{Conflict, StoreError};
use crate::head::Head;
use crate::memory::Memory;
use crate::read::{Name, ReadTx, Stored};
use crate::record::CHANGE_REASON;
use crate::schema::{names, subjects, versions};
use crate::versioned::{self, OPEN, RowKey, SubjectRow, VersionRow, When};

/// The action of an entry that stands for recorded observations, which change no other fact.
pub(crate) const OBSERVED: &str = "observations.recorded";
/// The action of an entry that tells of an erasure.
pub(crate) const ERASED: &str = "person.erased";

/// A write under way. Reads through it see what it has done so far.
pub struct WriteTx<'a> {
    pub(crate) read: ReadTx<'a>,
    pub(crate) actor: Actor,
    head: &'a mut Head,
    pub(crate) memory: &'a mut Memory,
    /// Whether this write has its revision yet: a write that changes nothing takes none.
    stamped: bool,
    /// Whether it may have changed the database.
    touched: bool,
    /// Whether it has moved the head's instant without an entry.
    settled: bool,
    position: i32,
    /// Why the change under way is made.
    reason: Option<String>,
}

impl<'a> Deref for WriteTx<'a> {
    type Target = ReadTx<'a>;
    fn deref(&self) -> &ReadTx<'a> {
        &self.read
    }
}
impl DerefMut for WriteTx<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.read
    }
}

impl<'a> WriteTx<'a> {
    pub(crate) fn new(
        connection: &'a mut DbConnection,
        organization: OrganizationId,
        actor: Actor,
        head: &'a mut Head,
        memory: &'a mut Memory,
    ) -> Self {
        let read = ReadTx::new(connection, organization);
        Self { read, actor, head, memory, stamped: false, touched: false, settled: false, position: 0, reason: None }
    }

    /// The instant of this write: the clock, but always after the organization's last write.
    pub fn now(&mut self) -> Instant {
        self.stamp();
        self.head.recorded_at
    }

    /// Has every later write recorded after this instant, so that what is known by it can no longer change (I7).
    pub(crate) fn settle(&mut self, instant: Instant) {
        if instant > self.head.recorded_at {
            self.touch();
            self.settled = true;
            self.head.recorded_at = instant;
        }
    }

    /// Whether [`WriteTx::settle`] has moved the head.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled
    }

    /// The revision of this write.
    pub fn revision(&mut self) -> i64 {
        self.stamp();
        self.head.revision
    }

    /// The revision after this write, which is the last one if it has changed nothing: to have asked for the time is no
    /// change.
    pub fn revision_so_far(&self) -> i64 {
        self.head.revision - i64::from(self.stamped && self.position == 0)
    }

    /// The state before this write.
    pub fn before(&mut self) -> When {
        let known = self.head.revision - i64::from(self.stamped);
        When::Past { known, as_of: self.now() }
    }

    /// Begins another erasure epoch: what was known may be answered otherwise from now on.
    pub(crate) fn begin_epoch(&mut self) {
        self.head.erasure_epoch = self.revision();
    }

    /// Who writes.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// How many entries this write has left in the log so far.
    pub fn entries(&self) -> i32 {
        self.position
    }

    /// Carries out a part of this write: what it refuses leaves nothing behind, and the rest goes on.
    ///
    /// # Errors
    /// What the body says, or the database.
    pub fn attempt<T, E: From<StoreError>>(&mut self, body: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let (head, stamped, position) = (self.head.clone(), self.stamped, self.position);
        self.read.connection.batch_execute("SAVEPOINT attempt").map_err(StoreError::from)?;
        let result = body(self);
        if result.is_err() {
            self.read.connection.batch_execute("ROLLBACK TO SAVEPOINT attempt").map_err(StoreError::from)?;
            *self.head = head;
            self.stamped = stamped;
            self.position = position;
            self.reason = None;
        }
        self.read.connection.batch_execute("RELEASE SAVEPOINT attempt").map_err(StoreError::from)?;
        result
    }

    /// Whether anything stands in the log under this write's revision.
    pub(crate) fn has_entries(&self) -> bool {
        self.position > 0
    }

    /// Whether this write may have changed the database: what refuses before that leaves nothing to take back.
    pub(crate) fn is_touched(&self) -> bool {
        self.touched
    }

    /// Notes that the database is about to be changed, where that comes before the write has its revision.
    pub(crate) fn touch(&mut self) {
        self.touched = true;
    }

    fn stamp(&mut self) {
        self.touch();
        if !self.stamped {
            self.stamped = true;
            self.head.revision += 1;
            self.head.recorded_at = clock::now().max(self.head.recorded_at.plus_micros(1));
        }
    }

    /// Keeps a new entity. `holds_from` is when it begins to hold where that is before now.
    ///
    /// # Errors
    /// [`Conflict::NameTaken`] when its external id belongs to another.
    pub fn create<T: Stored>(
        &mut self,
        value: Valid<T>,
        external: Option<External>,
        holds_from: Option<Instant>,
    ) -> Result<Kept<T>, StoreError> {
        self.create_as(clock::mint(), value, external, holds_from)
    }

    /// As [`WriteTx::create`], under an id that was minted before.
    ///
    /// # Errors
    /// As [`WriteTx::create`].
    pub fn create_as<T: Stored>(
        &mut self,
        id: Id<T>,
        value: Valid<T>,
        external: Option<External>,
        holds_from: Option<Instant>,
    ) -> Result<Kept<T>, StoreError> {
        let now = self.now();
        let salt = T::PERSONAL.then(|| format!("{:032x}{:032x}", clock::mint::<T>().bits(), clock::mint::<T>().bits()));
        diesel::insert_into(subjects::table)
            .values(SubjectRow {
                organization_id: self.read.organization_text.clone(),
                id: id.to_string(),
                kind: T::NOUN.into(),
                external_source: external.as_ref().map(|external| external.source.as_str().into()),
                external_id: external.as_ref().map(|external| external.id.as_str().into()),
                created_at: now.micros(),
                created_by: self.actor.as_str().into(),
                salt: salt.clone(),
            })
            .execute(self.read.connection)?;
        if let Some(external) = &external {
            self.claim(&Name::External(external), id)?;
        }
        let kept = Kept::new(KeptRow {
            id,
            version: 1,
            external,
            created_at: now,
            created_by: self.actor.clone(),
            updated_at: now,
            updated_by: self.actor.clone(),
            value,
        });
        let holds_from = if T::DATED { Instant::BEGINNING } else { holds_from.map_or(now, |from| from.min(now)) };
        self.insert_version(&kept, holds_from, false)?;
        self.log("created", &kept, holds_from, &salt.unwrap_or_default())?;
        Ok(kept)
    }

    /// Keeps another state of an entity. `holds_from` is when it begins to hold where that is before now.
    ///
    /// The same value again changes nothing and takes no revision.
    ///
    /// # Errors
    /// What the database says.
    pub fn change<T: Stored + PartialEq>(
        &mut self,
        kept: Kept<T>,
        value: Valid<T>,
        action: &str,
        holds_from: Option<Instant>,
    ) -> Result<Kept<T>, StoreError> {
        if kept.value == value {
            return Ok(kept);
        }
        let now = self.now();
        // What this write has already made or changed keeps its number.
        let version = if kept.updated_at == now { kept.version } else { kept.version + 1 };
        let kept = self.rewritten(kept, version).with(|row| row.value = value);
        let holds_from = if T::DATED { Instant::BEGINNING } else { holds_from.map_or(now, |from| from.min(now)) };
        self.replace_version(&kept, holds_from, false)?;
        let salt = self.salt(&kept)?;
        self.log(action, &kept, holds_from, &salt)?;
        Ok(kept)
    }

    /// An entity as this write leaves it behind.
    fn rewritten<T: Stored>(&mut self, kept: Kept<T>, version: i64) -> Kept<T> {
        let (now, actor) = (self.now(), self.actor.clone());
        kept.with(|row| {
            row.version = version;
            row.updated_at = now;
            row.updated_by = actor;
        })
    }

    /// As [`WriteTx::change`], with the reason beside it in the log.
    ///
    /// # Errors
    /// What the database says.
    pub fn change_because<T: Stored + PartialEq>(
        &mut self,
        kept: Kept<T>,
        value: Valid<T>,
        action: &str,
        holds_from: Option<Instant>,
        reason: Option<&str>,
    ) -> Result<Kept<T>, StoreError> {
        self.reason = reason.map(str::to_owned);
        let changed = self.change(kept, value, action, holds_from);
        self.reason = None;
        changed
    }

    /// Deletes an entity from now on; before now it stays what it was, and its names stay its own (I13).
    ///
    /// # Errors
    /// What the database says.
    pub fn delete<T: Stored>(&mut self, kept: Kept<T>) -> Result<(), StoreError> {
        let now = self.now();
        let version = kept.version + 1;
        let kept = self.rewritten(kept, version);
        self.replace_version(&kept, now, true)?;
        let salt = self.salt(&kept)?;
        self.log("deleted", &kept, now, &salt)
    }

    /// What a deleted entity last was.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there was never such a thing, or it is not deleted.
    pub fn last<T: Stored>(&mut self, id: Id<T>) -> Result<Kept<T>, StoreError> {
        // The deletion holds from its own instant, so the state just before it is the last one.
        let deleted_at: i64 = versions::table
            .filter(versions::organization_id.eq(&self.read.organization_text))
            .filter(versions::kind.eq(T::NOUN))
            .filter(versions::id.eq(id.to_string()))
            .filter(versions::revision_to.eq(OPEN))
            .filter(versions::deleted.eq(true))
            .select(versions::valid_from)
            .first(self.read.connection)?;
        let now = self.now();
        let before = When::Past { known: now.micros(), as_of: Instant::from_micros(deleted_at).plus_micros(-1) };
        self.read.get(id, before)
    }

    /// Brings back what was deleted: the same identity with a new version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there was never such a thing.
    pub fn revive<T: Stored>(&mut self, id: Id<T>, value: Valid<T>) -> Result<Kept<T>, StoreError> {
        let now = self.now();
        let last = self.last(id)?;
        let version: i64 = versions::table
            .filter(versions::organization_id.eq(&self.read.organization_text))
            .filter(versions::kind.eq(T::NOUN))
            .filter(versions::id.eq(id.to_string()))
            .filter(versions::revision_to.eq(OPEN))
            .select(versions::version)
            .first(self.read.connection)?;
        let kept = self.rewritten(last, version + 1).with(|row| row.value = value);
        let holds_from = if T::DATED { Instant::BEGINNING } else { now };
        self.replace_version(&kept, holds_from, false)?;
        let salt = self.salt(&kept)?;
        self.log("restored", &kept, holds_from, &salt)?;
        Ok(kept)
    }

    /// Gives a name to an entity for ever.
    ///
    /// # Errors
    /// [`Conflict::NameTaken`].
    pub fn claim<T: Stored>(&mut self, name: &Name<'_>, id: Id<T>) -> Result<(), StoreError> {
        match self.read.named::<T>(name)? {
            Some(holder) if holder == id => return Ok(()),
            Some(holder) => {
                let conflict = Conflict::NameTaken { name: name.noun(), holder: Some(holder.to_string()) };
                return Err(StoreError::Conflict(conflict));
            }
            None => {}
        }
        self.touch();
        let (source, text) = name.parts();
        diesel::insert_into(names::table)
            .values((
                names::organization_id.eq(&self.read.organization_text),
                names::kind.eq(T::NOUN),
                names::source.eq(source),
                names::name.eq(text),
                names::id.eq(id.to_string()),
            ))
            .execute(self.read.connection)?;
        Ok(())
    }

    /// Takes a name back from an entity, so that another may bear it: an email address that changed.
    ///
    /// # Errors
    /// What the database says.
    pub fn release<T: Stored>(&mut self, name: &Name<'_>, id: Id<T>) -> Result<(), StoreError> {
        self.touch();
        let (source, text) = name.parts();
        diesel::delete(
            names::table
                .filter(names::organization_id.eq(&self.read.organization_text))
                .filter(names::kind.eq(T::NOUN))
                .filter(names::source.eq(source))
                .filter(names::name.eq(text))
                .filter(names::id.eq(id.to_string())),
        )
        .execute(self.read.connection)?;
        Ok(())
    }

    fn replace_version<T: Stored>(
        &mut self,
        kept: &Kept<T>,
        holds_from: Instant,
        deleted: bool,
    ) -> Result<(), StoreError> {
        let revision = self.revision();
        let organization = &self.read.organization_text;
        let id = kept.id.to_string();
        // A second change in one write replaces the first: a revision is one state.
        let key = RowKey { organization_id: organization.clone(), id: id.clone(), revision };
        T::take_back(self.read.connection, &key)?;
        diesel::delete(
            versions::table
                .filter(versions::organization_id.eq(organization))
                .filter(versions::id.eq(&id))
                .filter(versions::revision.eq(revision)),
        )
        .execute(self.read.connection)?;
        diesel::update(
            versions::table
                .filter(versions::organization_id.eq(organization))
                // Without the kind, SQLite looks through every open version of the organization.
                .filter(versions::kind.eq(T::NOUN))
                .filter(versions::id.eq(&id))
                .filter(versions::revision_to.eq(OPEN)),
        )
        .set(versions::revision_to.eq(revision))
        .execute(self.read.connection)?;
        self.insert_version(kept, holds_from, deleted)
    }

    fn insert_version<T: Stored>(
        &mut self,
        kept: &Kept<T>,
        holds_from: Instant,
        deleted: bool,
    ) -> Result<(), StoreError> {
        let revision = self.revision();
        let organization_id = self.read.organization_text.clone();
        let id = kept.id.to_string();
        diesel::insert_into(versions::table)
            .values(VersionRow {
                organization_id: organization_id.clone(),
                id: id.clone(),
                revision,
                kind: T::NOUN.into(),
                version: kept.version,
                revision_to: OPEN,
                valid_from: holds_from.micros(),
                deleted,
                recorded_at: kept.updated_at.micros(),
                recorded_by: self.actor.as_str().into(),
            })
            .execute(self.read.connection)?;
        T::insert(self.read.connection, RowKey { organization_id, id, revision }, kept.value.row())?;
        Ok(())
    }

    fn salt<T: Stored>(&mut self, kept: &Kept<T>) -> Result<String, StoreError> {
        if !T::PERSONAL {
            return Ok(String::new());
        }
        let salt: Option<String> = subjects::table
            .filter(subjects::organization_id.eq(&self.read.organization_text))
            .filter(subjects::id.eq(kept.id.to_string()))
            .select(subjects::salt)
            .first(self.read.connection)?;
        Ok(salt.unwrap_or_default())
    }

    fn log<T: Stored>(
        &mut self,
        action: &str,
        kept: &Kept<T>,
        holds_from: Instant,
        salt: &str,
    ) -> Result<(), StoreError> {
        let id = kept.id.to_string();
        let mut record = versioned::told(kept, holds_from, salt);
        if let (Some(reason), Some(fields)) = (&self.reason, record.as_object_mut()) {
            fields.insert(CHANGE_REASON.into(), reason.as_str().into());
        }
        self.append(&format!("{}.{action}", T::NOUN), T::NOUN, &id, &record)
    }

    /// Appends an entry to the organization's log.
    pub(crate) fn append(
        &mut self,
        action: &str,
        subject_kind: &str,
        subject_id: &str,
        record: &crate::record::Value,
    ) -> Result<(), StoreError> {
        debug_assert!(
            remit_domain::change::is_action(action),
            "{action} is missing in ACTIONS of domain/src/change.rs"
        );
        self.stamp();
        if action != OBSERVED {
            self.memory.forget();
        }
        let entry = Entry {
            organization: &self.read.organization_text,
            revision: self.head.revision,
            position: self.position,
            recorded_at: self.head.recorded_at,
            actor: self.actor.as_str(),
            action,
            subject_kind,
            subject_id,
            record,
        };
        self.head.hash = change::append(self.read.connection, &entry, &self.head.hash)?;
        self.position += 1;
        Ok(())
    }
}
