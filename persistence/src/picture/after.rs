//! Pictures made from one that is at hand: what was written between the two is read, and nothing else.

use std::collections::{HashMap, HashSet};

use diesel::connection::DefaultLoadingMode;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use remit_domain::alignment::Alignment;
use remit_domain::assignment::Assignment;
use remit_domain::briefing::{Acknowledgement, Briefing};
use remit_domain::check_in::CheckIn;
use remit_domain::comment::Comment;
use remit_domain::credential::{ApiKey, Issuer};
use remit_domain::entity::Kept;
use remit_domain::id::{Id, Identified};
use remit_domain::measure::{Measure, MeasureId, TargetRevision};
use remit_domain::mission::Mission;
use remit_domain::outcome::{Outcome, OutcomeResult};
use remit_domain::person::{Person, PersonSkill};
use remit_domain::picture::{Picture, PictureParts, Points};
use remit_domain::responsibility::Responsibility;
use remit_domain::role::Role;
use remit_domain::skill::Skill;
use remit_domain::team::{Membership, Team};
use remit_domain::theme::Theme;
use remit_domain::time::Instant;
use remit_domain::waiver::Waiver;

use super::Headline;
use crate::error::StoreError;
use crate::read::{ReadTx, Stored};
use crate::record;
use crate::schema::changes;
use crate::versioned::When;
use crate::write::{ERASED, OBSERVED};

/// Entries of the log that are followed one by one; after more of them, everything is read. To follow one costs about
/// what it costs to read two rows; so that of a small organization everything may be followed and take no longer.
const ENTRIES_MAX: i64 = 20_000;
/// Measures whose observations are read anew one by one.
const MEASURES_MAX: usize = 5_000;

/// A picture of the present that is at hand.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'p> {
    /// The picture.
    pub picture: &'p Picture,
    /// The first instant after it at which the same facts give another answer.
    pub until: Instant,
    /// The last revision that it shows.
    pub revision: i64,
}

/// What was written in some revisions, by kind and id, and the measures that were observed.
#[derive(Default)]
struct Since {
    subjects: HashMap<String, Vec<String>>,
    observed: HashSet<MeasureId>,
}

/// The kinds that are read again one by one, or that stand in no picture. After any other has been written, everything
/// is read: a kind that a picture does not know to follow can never be stale.
const FOLLOWED: [&str; 22] = [
    Acknowledgement::NOUN,
    Alignment::NOUN,
    Assignment::NOUN,
    Briefing::NOUN,
    CheckIn::NOUN,
    Measure::NOUN,
    Membership::NOUN,
    Mission::NOUN,
    Outcome::NOUN,
    OutcomeResult::NOUN,
    Person::NOUN,
    PersonSkill::NOUN,
    Responsibility::NOUN,
    Role::NOUN,
    Team::NOUN,
    Theme::NOUN,
    Waiver::NOUN,
    // These stand in no picture.
    ApiKey::NOUN,
    Comment::NOUN,
    Issuer::NOUN,
    Skill::NOUN,
    TargetRevision::NOUN,
];

impl ReadTx<'_> {
    /// As [`ReadTx::picture_until`], made from a picture of the present: what was written between the two is read, and
    /// nothing else. `None` where too much was written in between, or what touches everything, and where another present
    /// is asked for beyond a boundary in time.
    ///
    /// `known` is the revision that the asked state is known at.
    ///
    /// # Errors
    /// As [`ReadTx::picture`].
    pub fn picture_from(
        &mut self,
        shown: Shown<'_>,
        at: Instant,
        known: i64,
        when: When,
    ) -> Result<Option<(Picture, Instant)>, StoreError> {
        let Shown { picture, until, revision } = shown;
        let head = self.head()?.revision;
        let (from, bound) = match when {
            When::Present if at < picture.at() || until <= at || known < revision => return Ok(None),
            // What bounded the earlier picture still does, unless it was changed: then it is only read anew too soon.
            When::Present => (revision, until),
            // Observations that are still to come are not in a picture.
            When::Past { as_of, .. } if as_of > picture.at() && until <= as_of => return Ok(None),
            // Another snapshot, later than this one: what it has more is not seen here, and could not be taken back.
            When::Past { .. } if head < revision => return Ok(None),
            // What was written by then held by then: a version holds from its own instant at the latest.
            When::Past { known, as_of } => (revision.min(known).min(self.revision_at(as_of)?), Instant::END),
        };
        // Up to the last entry, though it may be after both: an erasure reaches back to every state.
        let Some(mut since) = self.since(from, head.max(known))? else { return Ok(None) };
        // Who recorded is told of the observations up to the instant.
        let leaves_out = |points: &Points| points.last().is_some_and(|point| point.at > at);
        let headline = picture.parts().headline.iter();
        since.observed.extend(headline.filter(|(_, points)| leaves_out(points)).map(|(measure, _)| *measure));
        if since.observed.len() > MEASURES_MAX {
            return Ok(None);
        }
        let mut parts = picture.parts().clone();
        parts.at = at;
        parts.mission = self.mission_at(at, when)?;
        self.renew(&mut parts.themes, &since, when)?;
        self.renew(&mut parts.teams, &since, when)?;
        self.renew(&mut parts.memberships, &since, when)?;
        self.renew(&mut parts.people, &since, when)?;
        self.renew(&mut parts.roles, &since, when)?;
        self.renew(&mut parts.assignments, &since, when)?;
        self.renew(&mut parts.outcomes, &since, when)?;
        self.renew(&mut parts.measures, &since, when)?;
        self.renew(&mut parts.responsibilities, &since, when)?;
        self.renew(&mut parts.alignments, &since, when)?;
        self.renew(&mut parts.person_skills, &since, when)?;
        self.renew(&mut parts.waivers, &since, when)?;
        if since.subjects.contains_key(OutcomeResult::NOUN) {
            parts.results = self.latest_results(when)?;
        }
        if [Briefing::NOUN, Acknowledgement::NOUN].iter().any(|kind| since.subjects.contains_key(*kind)) {
            parts.briefings = self.briefing_standings(when)?;
        }
        self.renew_reports(&mut parts, &since, when)?;
        let coming = self.renew_headline(&mut parts, &since, when)?;
        let picture = Picture::new(parts);
        let until = picture.next_boundary().min(coming).min(bound);
        Ok(Some((picture, until)))
    }

    /// What was written after a revision up to another; `None` where that is too much, or touches everything.
    fn since(&mut self, revision: i64, known: i64) -> Result<Option<Since>, StoreError> {
        let entries = changes::table
            .filter(changes::organization_id.eq(&self.organization_text))
            .filter(changes::revision.gt(revision))
            .filter(changes::revision.le(known));
        let rows = entries
            .select((changes::action, changes::subject_kind, changes::subject_id, changes::record))
            .order((changes::revision, changes::position))
            .limit(ENTRIES_MAX + 1)
            .load_iter::<(String, String, String, String), DefaultLoadingMode>(self.connection)?;
        let mut since = Since::default();
        // One after the other: the record of a batch names every measure in it.
        for (count, row) in (1..).zip(rows) {
            let (action, kind, id, record) = row?;
            if count > ENTRIES_MAX {
                return Ok(None);
            }
            if action == OBSERVED {
                since.observed.extend(record::measures_observed(&record));
                if since.observed.len() > MEASURES_MAX {
                    return Ok(None);
                }
            } else if action == ERASED || !FOLLOWED.contains(&kind.as_str()) {
                return Ok(None);
            } else {
                since.subjects.entry(kind).or_default().push(id);
            }
        }
        Ok(Some(since))
    }

    /// Puts the rows of a kind that were written in the place of what they were.
    fn renew<T: Stored>(&mut self, rows: &mut Vec<Kept<T>>, since: &Since, when: When) -> Result<(), StoreError> {
        let Some(ids) = since.subjects.get(T::NOUN) else { return Ok(()) };
        let written: HashSet<Id<T>> = ids.iter().filter_map(|id| Id::parse(id)).collect();
        rows.retain(|row| !written.contains(&row.id));
        rows.extend(self.some(ids.clone(), when)?);
        Ok(())
    }

    /// Reads the check-ins anew of each outcome of which one was written.
    fn renew_reports(&mut self, parts: &mut PictureParts, since: &Since, when: When) -> Result<(), StoreError> {
        let Some(ids) = since.subjects.get(CheckIn::NOUN) else { return Ok(()) };
        // One that was not there yet is of the outcome that it is of for ever.
        let mut of: HashSet<_> = HashSet::new();
        for state in [when, When::Present] {
            let written: Vec<Kept<CheckIn>> = self.some(ids.clone(), state)?;
            of.extend(written.iter().map(|one| one.outcome));
        }
        parts.reports.retain(|report| !of.contains(&report.outcome));
        let of: Vec<String> = of.iter().map(ToString::to_string).collect();
        parts.reports.extend(self.reports_of(&of, when)?);
        Ok(())
    }

    /// Reads the observations anew of each measure that was observed; the first that is still to come.
    fn renew_headline(&mut self, parts: &mut PictureParts, since: &Since, when: When) -> Result<Instant, StoreError> {
        if since.observed.is_empty() {
            return Ok(Instant::END);
        }
        let of: Vec<MeasureId> = since.observed.iter().copied().collect();
        let Headline { points, recorders } = self.headline(parts.at, when, Some(&of))?;
        for measure in of {
            parts.headline.remove(&measure);
            parts.recorders.remove(&measure);
        }
        let coming =
            points.values().flat_map(|points| points.iter()).map(|point| point.at).filter(|at| *at > parts.at).min();
        parts.headline.extend(points);
        parts.recorders.extend(recorders);
        Ok(coming.unwrap_or(Instant::END))
    }
}
