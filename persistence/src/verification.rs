//! Verification: the log's chain computed again, and the rows compared with what the log tells of them, a part at a time.
//!
//! What is held at a time is bounded: the entries of one part, which holds whole writes, and the hashes of as many
//! batches of observations as one walk through them decides about.

mod content;

use remit_domain::change::Flaw;

use crate::change::{Change, ChangeFilter};
use crate::error::StoreError;
use crate::head::Head;
use crate::observation::Recordings;
use crate::read::ReadTx;
use crate::write::ERASED;

/// Entries of a part.
const ENTRIES_PER_PART: usize = 1_000;

/// A head that was kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptHead {
    /// The revision.
    pub revision: i64,
    /// The hash of its last entry, lower-case hex.
    pub hash: String,
}

/// The first entry that is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub flaw: Flaw,
    /// The number of the write.
    pub revision: i64,
    /// The entry's place in the write.
    pub position: i32,
    /// The id of what it speaks of, where that is known.
    pub subject: Option<String>,
    /// The same for a person.
    pub detail: String,
}

/// What a verification has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Up to which write.
    pub revision: i64,
    /// The hash of the log's head.
    pub hash: String,
    /// Entries whose place and hash were checked.
    pub entries: u64,
    /// Versions that were compared with what the log tells of them.
    pub versions: u64,
    /// Observations that were compared with the hash of their entry.
    pub observations: u64,
    /// The first entry that is broken; nothing where all is sound.
    pub fault: Option<Fault>,
}

/// A verification under way.
pub struct Verification {
    kept: Option<KeptHead>,
    head: Option<Head>,
    /// An entry beyond the head.
    beyond: Option<Fault>,
    /// The entry that was checked last, as a head.
    last: Head,
    position: i32,
    recordings: Recordings,
    is_chained: bool,
    entries: u64,
    versions: u64,
    fault: Option<Fault>,
}

impl Verification {
    /// A verification, against a head that was kept where there is one.
    pub fn new(kept: Option<KeptHead>) -> Self {
        Self {
            kept,
            head: None,
            beyond: None,
            last: Head::genesis(),
            position: i32::MAX,
            recordings: Recordings::default(),
            is_chained: false,
            entries: 0,
            versions: 0,
            fault: None,
        }
    }

    /// What has been found so far.
    pub fn found(&self) -> Verified {
        let head = self.head.as_ref().unwrap_or(&self.last);
        Verified {
            revision: head.revision,
            hash: head.hash.clone(),
            entries: self.entries,
            versions: self.versions,
            observations: self.recordings.rows,
            fault: self.fault.clone(),
        }
    }

    /// Checks an entry against the one before it, and takes its place.
    fn follow(&mut self, organization: &str, entry: &Change) -> Option<Fault> {
        let Head { revision, recorded_at, hash, erasure_epoch } = &self.last;
        let goes_on = entry.revision == *revision && self.position != i32::MAX;
        let wanted = if goes_on { (*revision, self.position + 1) } else { (revision + 1, 0) };
        let fault = |flaw, detail: &str| Some(Fault::of(entry, flaw, detail));
        if entry.place() != wanted {
            let detail = format!("it is not there, though {}.{} is", entry.revision, entry.position);
            let (revision, position) = wanted;
            return Some(Fault { flaw: Flaw::Missing, revision, position, subject: None, detail });
        }
        let is_in_order = if goes_on {
            entry.recorded_at == *recorded_at
        } else {
            entry.recorded_at > *recorded_at || *revision == 0
        };
        if entry.hash != entry.computed_hash(organization) {
            return fault(Flaw::Hash, "its hash is not that of its fields");
        }
        if entry.previous_hash != *hash {
            return fault(Flaw::Link, "it names another hash than that of the entry before it");
        }
        if !is_in_order {
            return fault(
                Flaw::Order,
                "it was not recorded after the write before it, or not with the rest of its own",
            );
        }
        if !goes_on && let Some(fault) = self.compare_kept() {
            return Some(fault);
        }
        self.position = entry.position;
        let is_erasure = entry.action == ERASED;
        self.last = Head {
            revision: entry.revision,
            recorded_at: entry.recorded_at,
            hash: entry.hash.clone(),
            erasure_epoch: if is_erasure { entry.revision } else { *erasure_epoch },
        };
        self.entries += 1;
        None
    }

    /// Compares the end of the write that was checked last with the head that was kept of it.
    fn compare_kept(&self) -> Option<Fault> {
        let kept = self.kept.as_ref().filter(|kept| kept.revision == self.last.revision)?;
        (kept.hash != self.last.hash).then(|| Fault {
            flaw: Flaw::KeptHead,
            revision: kept.revision,
            position: if self.position == i32::MAX { 0 } else { self.position },
            subject: None,
            detail: "the hash of the head that was kept of this revision is another".into(),
        })
    }

    /// Compares the end of the log with what the database says it is, and with the head that was kept.
    fn end(&self, head: &Head) -> Option<Fault> {
        let fault = |flaw, revision, detail: &str| {
            Some(Fault { flaw, revision, position: 0, subject: None, detail: detail.into() })
        };
        if self.last.revision < head.revision {
            return fault(Flaw::Missing, self.last.revision + 1, "the log ends before it");
        }
        if self.last.hash != head.hash {
            return fault(Flaw::Head, head.revision, "the log ends with another hash than its head");
        }
        if self.last.erasure_epoch != head.erasure_epoch {
            return fault(Flaw::Head, head.revision, "the log's last erasure is another than its head says");
        }
        if let Some(kept) = self.kept.as_ref().filter(|kept| kept.revision > head.revision) {
            return fault(Flaw::KeptHead, kept.revision, "the log ends before the head that was kept");
        }
        self.compare_kept().or_else(|| self.beyond.clone())
    }
}

impl Fault {
    fn of(entry: &Change, flaw: Flaw, detail: &str) -> Self {
        let (revision, position) = entry.place();
        Self { flaw, revision, position, subject: Some(entry.subject_id.clone()), detail: detail.into() }
    }
}

impl ReadTx<'_> {
    /// Verifies a part more, each part in a snapshot of its own where the caller wishes; says whether it has ended.
    /// What is written meanwhile is left to the next verification.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such organization; what the database says.
    pub fn verify(&mut self, verification: &mut Verification) -> Result<bool, StoreError> {
        let head = match &verification.head {
            Some(head) => head.clone(),
            None => {
                let head = self.head()?;
                verification.head = Some(head.clone());
                let beyond = self.changes((head.revision, i32::MAX), i64::MAX, &ChangeFilter::default(), 1)?.pop();
                verification.beyond = beyond.map(|it| Fault::of(&it, Flaw::Head, "it lies beyond the log's head"));
                head
            }
        };
        if !verification.is_chained {
            self.verify_chain(verification, &head)?;
            return Ok(verification.fault.is_some());
        }
        if !self.check_recordings(&mut verification.recordings, head.revision)? {
            return Ok(false);
        }
        if let Some((revision, position, what)) = verification.recordings.wrong {
            let (flaw, detail) = (Flaw::Observations, what.into());
            verification.fault = Some(Fault { flaw, revision, position, subject: None, detail });
        }
        Ok(true)
    }

    fn verify_chain(&mut self, verification: &mut Verification, head: &Head) -> Result<(), StoreError> {
        let from = verification.last.revision + 1;
        let (entries, to) = self.whole_writes(from, head.revision)?;
        let mut fault = None;
        let mut sound = to;
        for entry in &entries {
            fault = verification.follow(&self.organization_text, entry);
            if let Some(fault) = &fault {
                // The rows of the writes before it may be broken too, and earlier.
                sound = fault.revision.min(entry.revision) - 1;
                break;
            }
        }
        if fault.is_none() {
            // Where the log ends too early, its rows have lost their entries.
            sound = verification.last.revision;
        }
        let entries: Vec<&Change> = entries.iter().filter(|entry| entry.revision <= sound).collect();
        let (versions, torn) = self.verify_contents(&entries, (from, sound))?;
        verification.versions += versions;
        if to == head.revision && fault.is_none() {
            fault = verification.end(head);
            verification.is_chained = true;
        }
        verification.fault = torn.or(fault);
        Ok(())
    }

    /// The entries of whole writes from a revision on, and up to which revision they go.
    fn whole_writes(&mut self, from: i64, until: i64) -> Result<(Vec<Change>, i64), StoreError> {
        let after = (from - 1, i32::MAX);
        let everything = ChangeFilter::default();
        let mut entries = self.changes(after, until, &everything, ENTRIES_PER_PART)?;
        let Some(last) = entries.last().map(|entry| entry.revision).filter(|_| entries.len() == ENTRIES_PER_PART)
        else {
            return Ok((entries, until));
        };
        if entries.first().is_some_and(|first| first.revision < last) {
            entries.retain(|entry| entry.revision < last);
            return Ok((entries, last - 1));
        }
        Ok((self.changes(after, last, &everything, usize::MAX)?, last))
    }
}
