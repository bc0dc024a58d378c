//! What can go wrong in the store, in the words of those who call it.

use std::fmt;

use diesel::result::{DatabaseErrorKind, Error};

/// Why the store did not do what it was asked.
#[derive(Debug)]
pub enum StoreError {
    /// There is no such thing (in this organization, at this instant).
    NotFound,
    /// Another thing stands in the way.
    Conflict(Conflict),
    /// Too much is queued, or the database is locked; the same call may succeed later.
    Busy,
    /// What is stored cannot be read: the program and the data disagree.
    Corrupt(String),
    /// The database refused; the text is for the operator.
    Internal(String),
}

/// What stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// A name that has a bearer: a key, a slug, an email address, an external id.
    NameTaken {
        /// The kind of name: `key`, `slug`, `email`, `external_id`.
        name: &'static str,
        /// The id of its bearer, where it is known.
        holder: Option<String>,
    },
    /// Others refer to it.
    HasDependents {
        /// What refers to it, and how many.
        dependents: Vec<(&'static str, i64)>,
    },
    /// A piece of background work that is done by another meanwhile.
    ClaimLost,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("not found"),
            Self::Conflict(Conflict::NameTaken { name, .. }) => write!(f, "this {name} is taken"),
            Self::Conflict(Conflict::HasDependents { .. }) => f.write_str("others refer to it"),
            Self::Conflict(Conflict::ClaimLost) => f.write_str("another server does it meanwhile"),
            Self::Busy => f.write_str("the store is busy"),
            Self::Corrupt(what) => write!(f, "stored data cannot be read: {what}"),
            Self::Internal(what) => write!(f, "the database refused: {what}"),
        }
    }
}
impl std::error::Error for StoreError {}

impl From<Error> for StoreError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "another crate's enumeration, of which a few cases matter here")]
    fn from(error: Error) -> Self {
        if is_contention(&error) {
            return Self::Busy;
        }
        match error {
            Error::NotFound => Self::NotFound,
            other => Self::Internal(other.to_string()),
        }
    }
}

/// Whether the same statement may succeed when it is tried again.
#[expect(clippy::wildcard_enum_match_arm, reason = "another crate's enumeration, of which a few cases matter here")]
pub(crate) fn is_contention(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        Error::DatabaseError(_, information) => {
            let message = information.message();
            message.contains("database is locked") || message.contains("deadlock detected")
        }
        _ => false,
    }
}
