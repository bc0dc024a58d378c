//! What every entity shares: a checked value, and the frame in which it is kept.

use std::ops::Deref;
use std::sync::Arc;

use crate::id::{Id, Identified};
use crate::text::External;
use crate::time::Instant;

/// A value whose fields must agree with one another.
pub trait Check {
    /// What can be wrong.
    type Error;
    /// Whether the fields agree.
    ///
    /// # Errors
    /// The first rule that is broken, with the facts.
    fn check(&self) -> Result<(), Self::Error>;
}

/// A value that has been checked; there is no other way to one.
#[derive(Clone, Debug, PartialEq)]
pub struct Valid<T>(T);

impl<T: Check> Valid<T> {
    /// Checks a value.
    ///
    /// # Errors
    /// As [`Check::check`].
    pub fn new(value: T) -> Result<Self, T::Error> {
        value.check()?;
        Ok(Self(value))
    }
}
impl<T> Valid<T> {
    /// The value, to be changed and checked again.
    pub fn into_inner(self) -> T {
        self.0
    }
}
impl<T> Deref for Valid<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// Who wrote something: a person's id where the credential is bound to one, else the credential's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Actor(Arc<str>);

impl Actor {
    /// An actor by id or name.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }
    /// The id or name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value as it is kept: with its identity, its version, and who wrote it when.
///
/// A clone is the same row again and costs next to nothing, so that pictures share what they have in common.
#[derive(Debug)]
pub struct Kept<T: Identified>(Arc<KeptRow<T>>);

/// The fields of a [`Kept`].
#[derive(Clone, Debug, PartialEq)]
pub struct KeptRow<T: Identified> {
    /// Its identifier.
    pub id: Id<T>,
    /// 1, 2, 3 …
    pub version: i64,
    /// Its name in another system.
    pub external: Option<External>,
    /// When it was first recorded.
    pub created_at: Instant,
    /// Who recorded it first.
    pub created_by: Actor,
    /// When this version was recorded.
    pub updated_at: Instant,
    /// Who recorded this version.
    pub updated_by: Actor,
    /// What it says.
    pub value: Valid<T>,
}

impl<T: Identified> Kept<T> {
    /// Keeps a row.
    pub fn new(row: KeptRow<T>) -> Self {
        Self(Arc::new(row))
    }
    /// Whether both are one row, which then need not be compared.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
    /// The same with some of its fields changed; other clones stay as they are.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut KeptRow<T>)) -> Self
    where
        T: Clone,
    {
        change(Arc::make_mut(&mut self.0));
        self
    }
}
impl<T: Identified> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
impl<T: Identified + PartialEq> PartialEq for Kept<T> {
    fn eq(&self, other: &Self) -> bool {
        self.is(other) || *self.0 == *other.0
    }
}
impl<T: Identified> Deref for Kept<T> {
    type Target = KeptRow<T>;
    fn deref(&self) -> &KeptRow<T> {
        &self.0
    }
}
impl<T: Identified> Deref for KeptRow<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// For values whose fields are each complete in themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRule {}

/// A change that needs a reason came without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReasonRequired;

/// How a fact with a time of its own ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending<T: Identified> {
    /// It ends: what is left of it.
    Ends {
        /// Which.
        id: Id<T>,
        /// The fact, with its new end.
        value: T,
    },
    /// It was still to begin, so that nothing is left of it.
    Withdrawn {
        /// Which.
        id: Id<T>,
    },
}

impl<T: Identified> Ending<T> {
    /// Which fact ends.
    pub const fn id(&self) -> Id<T> {
        match self {
            Self::Ends { id, value: _ } | Self::Withdrawn { id } => *id,
        }
    }
}
