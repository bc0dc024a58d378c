//! Contents: whether the versions that are stored are those of which the log tells.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use remit_domain::alignment::Alignment;
use remit_domain::assignment::Assignment;
use remit_domain::briefing::{Acknowledgement, Briefing};
use remit_domain::change::Flaw;
use remit_domain::check_in::CheckIn;
use remit_domain::comment::Comment;
use remit_domain::credential::ApiKey;
use remit_domain::id::Identified;
use remit_domain::measure::{Measure, TargetRevision};
use remit_domain::mission::Mission;
use remit_domain::organization::Organization;
use remit_domain::outcome::{Outcome, OutcomeResult};
use remit_domain::period::Period;
use remit_domain::person::{Person, PersonSkill};
use remit_domain::responsibility::Responsibility;
use remit_domain::role::Role;
use remit_domain::rule::RuleSetting;
use remit_domain::skill::Skill;
use remit_domain::team::{Membership, Team};
use remit_domain::theme::Theme;
use remit_domain::waiver::Waiver;
use remit_domain::webhook::Webhook;

use super::Fault;
use crate::change::{Change, ChangeFilter};
use crate::connection::DbConnection;
use crate::error::StoreError;
use crate::read::ReadTx;
use crate::record;
use crate::schema::versions;
use crate::versioned::{Written, written};
use crate::write::ERASED;

type Load = fn(&mut DbConnection, &str, (i64, i64)) -> Result<Vec<Written>, StoreError>;

/// Every noun that the store keeps. One that is missing here is a fault of each verification, and so of a test.
const NOUNS: &[(&str, Load)] = &[
    (Acknowledgement::NOUN, written::<Acknowledgement>),
    (Alignment::NOUN, written::<Alignment>),
    (ApiKey::NOUN, written::<ApiKey>),
    (Assignment::NOUN, written::<Assignment>),
    (Briefing::NOUN, written::<Briefing>),
    (CheckIn::NOUN, written::<CheckIn>),
    (Comment::NOUN, written::<Comment>),
    (Measure::NOUN, written::<Measure>),
    (Membership::NOUN, written::<Membership>),
    (Mission::NOUN, written::<Mission>),
    (Organization::NOUN, written::<Organization>),
    (Outcome::NOUN, written::<Outcome>),
    (OutcomeResult::NOUN, written::<OutcomeResult>),
    (Period::NOUN, written::<Period>),
    (Person::NOUN, written::<Person>),
    (PersonSkill::NOUN, written::<PersonSkill>),
    (Responsibility::NOUN, written::<Responsibility>),
    (Role::NOUN, written::<Role>),
    (RuleSetting::NOUN, written::<RuleSetting>),
    (Skill::NOUN, written::<Skill>),
    (TargetRevision::NOUN, written::<TargetRevision>),
    (Team::NOUN, written::<Team>),
    (Theme::NOUN, written::<Theme>),
    (Waiver::NOUN, written::<Waiver>),
    (Webhook::NOUN, written::<Webhook>),
];

/// A version's key: the revision that wrote it, and the subject.
type Key = (i64, String);

impl ReadTx<'_> {
    /// Compares the versions of some revisions with the entries of these revisions; the number of versions, and the
    /// first entry that they break.
    pub(super) fn verify_contents(
        &mut self,
        entries: &[&Change],
        (from, to): (i64, i64),
    ) -> Result<(u64, Option<Fault>), StoreError> {
        // What is written twice in one write is one version, and the last entry tells of it.
        let mut told: BTreeMap<Key, &Change> = BTreeMap::new();
        let mut made: HashSet<Key> = HashSet::new();
        for entry in entries.iter().filter(|entry| writes_a_version(entry)) {
            let key = (entry.revision, entry.subject_id.clone());
            if entry.action.ends_with(".created") {
                made.insert(key.clone());
            }
            told.insert(key, entry);
        }
        let stored: Vec<(i64, String, String)> = versions::table
            .filter(versions::organization_id.eq(&self.organization_text))
            .filter(versions::revision.between(from, to))
            .select((versions::revision, versions::id, versions::kind))
            .load(self.connection)?;
        let ended: HashSet<Key> = versions::table
            .filter(versions::organization_id.eq(&self.organization_text))
            .filter(versions::kind.eq_any(NOUNS.iter().map(|(noun, _)| *noun)))
            .filter(versions::revision_to.between(from, to))
            .select((versions::revision_to, versions::id))
            .load(self.connection)?
            .into_iter()
            .collect();
        let kinds: BTreeSet<&str> = stored.iter().map(|(_, _, kind)| kind.as_str()).collect();
        let mut rows: HashMap<Key, Written> = HashMap::new();
        for (_, load) in NOUNS.iter().filter(|(noun, _)| kinds.contains(noun)) {
            for row in load(self.connection, &self.organization_text, (from, to))? {
                rows.insert((row.frame.revision, row.frame.id.clone()), row);
            }
        }
        let mut faults = Vec::new();
        for (key, entry) in &told {
            let wrong = match rows.get(key) {
                None => Some("the row that it wrote is not there"),
                Some(row) => self.compare(entry, row, made.contains(key), ended.contains(key))?,
            };
            faults.extend(wrong.map(|wrong| Fault::of(entry, Flaw::Content, wrong)));
        }
        let untold = |(revision, id): &Key, detail: &str| Fault {
            flaw: Flaw::Content,
            revision: *revision,
            position: 0,
            subject: Some(id.clone()),
            detail: detail.into(),
        };
        let count = stored.len() as u64;
        for (revision, id, _) in stored {
            let key = (revision, id);
            if !told.contains_key(&key) {
                faults.push(untold(&key, "a row is stored that no entry tells of"));
            }
        }
        for key in ended.iter().filter(|key| !told.contains_key(*key)) {
            faults.push(untold(key, "a row ends here, and no entry tells of it"));
        }
        faults.sort_by(|a, b| (a.revision, a.position, &a.subject).cmp(&(b.revision, b.position, &b.subject)));
        Ok((count, faults.into_iter().next()))
    }

    /// What is wrong with a row, if anything.
    fn compare(
        &mut self,
        entry: &Change,
        row: &Written,
        is_first: bool,
        ends_another: bool,
    ) -> Result<Option<&'static str>, StoreError> {
        let Written { frame, is_erased, record } = row;
        if frame.recorded_at != entry.recorded_at.micros() || frame.recorded_by != entry.actor {
            return Ok(Some("its row was written by another, or at another time"));
        }
        if is_first && (frame.created_at != frame.recorded_at || frame.created_by != frame.recorded_by) {
            return Ok(Some("its subject was made by another, or at another time"));
        }
        if frame.deleted != entry.action.ends_with(".deleted") {
            return Ok(Some("its row says otherwise whether it was deleted"));
        }
        if is_first == ends_another || frame.revision_to <= frame.revision {
            return Ok(Some("the row before it does not end with it"));
        }
        if *is_erased && !self.is_erased(entry)? {
            return Ok(Some("its personal values are gone, and no entry tells of their erasure"));
        }
        let tells = record.as_ref().is_some_and(|row| record::tells(&entry.record, row, *is_erased));
        Ok((!tells).then_some("its row says something else"))
    }

    /// Whether the log tells that the person was erased to whom an entry's personal values belonged.
    fn is_erased(&mut self, entry: &Change) -> Result<bool, StoreError> {
        let person = if entry.subject_kind == Person::NOUN {
            Some(entry.subject_id.clone())
        } else {
            record::author(&entry.record)
        };
        let Some(person) = person else { return Ok(false) };
        let filter = ChangeFilter { subject: Some(person), action: Some(ERASED.to_owned()), ..ChangeFilter::default() };
        Ok(!self.changes((0, i32::MAX), i64::MAX, &filter, 1)?.is_empty())
    }
}

/// Whether an entry tells of a version: its action is then one of its subject's own kind.
fn writes_a_version(entry: &Change) -> bool {
    let is_own = entry.action.strip_prefix(entry.subject_kind.as_str()).is_some_and(|rest| rest.starts_with('.'));
    is_own && NOUNS.iter().any(|(noun, _)| *noun == entry.subject_kind)
}
