//! Pictures after a change: what was written since is read, and nothing else is read again.

use std::collections::{HashMap, HashSet};

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use remit_domain::alignment::Alignment;
use remit_domain::assignment::Assignment;
use remit_domain::check_in::CheckIn;
use remit_domain::comment::Comment;
use remit_domain::credential::{ApiKey, Issuer};
use remit_domain::entity::Kept;
use remit_domain::id::{Id, Identified};
use remit_domain::measure::{Measure, MeasureId, TargetRevision};
use remit_domain::mission::Mission;
use remit_domain::outcome::{Outcome, OutcomeResult};
use remit_domain::person::{Person, PersonSkill};
use remit_domain::picture::{Picture, PictureParts};
use remit_domain::responsibility::Responsibility;
use remit_domain::role::Role;
use remit_domain::skill::Skill;
use remit_domain::team::{Membership, Team};
use remit_domain::theme::Theme;
use remit_domain::time::Instant;
use remit_domain::waiver::Waiver;

use super::{Headline, latest};
use crate::error::StoreError;
use crate::read::{ReadTx, Stored};
use crate::record;
use crate::schema::changes;
use crate::versioned::When;
use crate::write::{ERASED, OBSERVED};

/// Entries of the log that are followed one by one; after more of them, everything is read.
const ENTRIES_MAX: i64 = 2_000;
/// Measures whose observations are read anew one by one.
const MEASURES_MAX: usize = 500;

/// A picture of the present, until when it would last if nothing were written, and the revision that it shows.
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

/// The kinds of which one row stands in a picture for each that was written, or none.
const FOLLOWED: [&str; 20] = [
    Alignment::NOUN,
    Assignment::NOUN,
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
    /// As [`ReadTx::picture_until`] of the present, made from a picture of it at an earlier revision: `None` where a
    /// boundary in time lies between them, and where too much was written since, or what touches everything.
    ///
    /// # Errors
    /// As [`ReadTx::picture`].
    pub fn picture_after(
        &mut self,
        before: Shown<'_>,
        at: Instant,
        known: i64,
    ) -> Result<Option<(Picture, Instant)>, StoreError> {
        let Shown { picture, until, revision } = before;
        if at < picture.at() || until <= at || known < revision {
            return Ok(None);
        }
        let Some(since) = self.since(revision, known)? else { return Ok(None) };
        let mut parts = picture.parts().clone();
        parts.at = at;
        parts.mission = self.mission_at(at, When::Present)?;
        self.renew(&mut parts.themes, &since)?;
        self.renew(&mut parts.teams, &since)?;
        self.renew(&mut parts.memberships, &since)?;
        self.renew(&mut parts.people, &since)?;
        self.renew(&mut parts.roles, &since)?;
        self.renew(&mut parts.assignments, &since)?;
        self.renew(&mut parts.outcomes, &since)?;
        self.renew(&mut parts.measures, &since)?;
        self.renew(&mut parts.responsibilities, &since)?;
        self.renew(&mut parts.alignments, &since)?;
        self.renew(&mut parts.person_skills, &since)?;
        self.renew(&mut parts.waivers, &since)?;
        self.renew(&mut parts.results, &since)?;
        parts.results.sort_by_key(|result| result.id);
        parts.results = latest(parts.results);
        self.renew_reports(&mut parts, &since)?;
        let coming = self.renew_headline(&mut parts, &since)?;
        let picture = Picture::new(parts);
        // What bounded the earlier picture still does, unless it was changed: then this one is only read anew too soon.
        let until = picture.next_boundary().min(coming).min(until);
        Ok(Some((picture, until)))
    }

    /// What was written after a revision up to another; `None` where that is too much, or touches everything.
    fn since(&mut self, revision: i64, known: i64) -> Result<Option<Since>, StoreError> {
        let entries = changes::table
            .filter(changes::organization_id.eq(&self.organization_text))
            .filter(changes::revision.gt(revision))
            .filter(changes::revision.le(known));
        let rows: Vec<(String, String, String, String)> = entries
            .select((changes::action, changes::subject_kind, changes::subject_id, changes::record))
            .order((changes::revision, changes::position))
            .limit(ENTRIES_MAX + 1)
            .load(self.connection)?;
        if rows.len() as i64 > ENTRIES_MAX {
            return Ok(None);
        }
        let mut since = Since::default();
        for (action, kind, id, record) in rows {
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
    fn renew<T: Stored>(&mut self, rows: &mut Vec<Kept<T>>, since: &Since) -> Result<(), StoreError> {
        let Some(ids) = since.subjects.get(T::NOUN) else { return Ok(()) };
        let written: HashSet<Id<T>> = ids.iter().filter_map(|id| Id::parse(id)).collect();
        rows.retain(|row| !written.contains(&row.id));
        rows.extend(self.some(ids.clone(), When::Present)?);
        Ok(())
    }

    /// Reads the check-ins anew of each outcome of which one was written.
    fn renew_reports(&mut self, parts: &mut PictureParts, since: &Since) -> Result<(), StoreError> {
        let Some(ids) = since.subjects.get(CheckIn::NOUN) else { return Ok(()) };
        let written: Vec<Kept<CheckIn>> = self.some(ids.clone(), When::Present)?;
        let of: HashSet<_> = written.iter().map(|one| one.outcome).collect();
        parts.reports.retain(|report| !of.contains(&report.outcome));
        let of: Vec<String> = of.iter().map(ToString::to_string).collect();
        parts.reports.extend(self.reports_of(&of, When::Present)?);
        Ok(())
    }

    /// Reads the observations anew of each measure that was observed; the first that is still to come.
    fn renew_headline(&mut self, parts: &mut PictureParts, since: &Since) -> Result<Instant, StoreError> {
        if since.observed.is_empty() {
            return Ok(Instant::END);
        }
        let of: Vec<MeasureId> = since.observed.iter().copied().collect();
        let Headline { points, recorders } = self.headline(parts.at, When::Present, Some(&of))?;
        for measure in of {
            parts.headline.remove(&measure);
            parts.recorders.remove(&measure);
        }
        let coming = points.values().flatten().map(|point| point.at).filter(|at| *at > parts.at).min();
        parts.headline.extend(points);
        parts.recorders.extend(recorders);
        Ok(coming.unwrap_or(Instant::END))
    }
}
