//! The log: what can be wrong with it.

use crate::spelling::spelled;

/// What is wrong with an entry of the log, or with what it speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// It is not there, though a later one is.
    Missing,
    /// It is recorded before the one that it follows, or in another instant than the rest of its write.
    Order,
    /// It names another hash than that of the entry before it.
    Link,
    /// Its hash is not that of its fields.
    Hash,
    /// The log does not end where the database says that it ends.
    Head,
    /// The log is not the one whose head was kept.
    KeptHead,
    /// The row that it wrote is not there, is another, or was written by no entry.
    Content,
    /// The observations that it recorded are not those that are stored.
    Observations,
}
spelled!(Flaw {
    Missing = "missing",
    Order = "order",
    Link = "link",
    Hash = "hash",
    Head = "head",
    KeptHead = "kept_head",
    Content = "content",
    Observations = "observations",
});
