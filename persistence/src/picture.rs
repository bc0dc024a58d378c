//! Pictures: everything of one organization as it was at an instant, loaded in one snapshot.

mod after;
mod beside;
mod excerpt;
mod headline;

pub use after::Shown;
use beside::Half;
pub(crate) use headline::Headline;

use std::collections::HashMap;

use remit_domain::entity::Kept;
use remit_domain::mission::Mission;
use remit_domain::outcome::{OutcomeId, OutcomeResult};
use remit_domain::picture::{Picture, PictureParts, Points};
use remit_domain::time::Instant;

use crate::error::StoreError;
use crate::read::ReadTx;
use crate::versioned::When;

impl ReadTx<'_> {
    /// Everything as it was at `at`, in the state that `when` asks for.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such organization.
    pub fn picture(&mut self, at: Instant, when: When) -> Result<Picture, StoreError> {
        self.picture_until(at, when).map(|(picture, _)| picture)
    }

    /// As [`ReadTx::picture`], and the first instant after `at` at which the same facts give another answer.
    ///
    /// # Errors
    /// As [`ReadTx::picture`].
    pub fn picture_until(&mut self, at: Instant, when: When) -> Result<(Picture, Instant), StoreError> {
        let (mut parts, Half { headline, responsibilities, alignments }) =
            self.in_halves(at, when, |tx| tx.parts(at, when))?;
        let Headline { points: headline, recorders } = headline;
        // Each list ascends, so that what is still to come stands at its end.
        let first_coming =
            |points: &Points| points.get(points.partition_point(|point| point.at <= at)).map(|point| point.at);
        let coming = headline.values().filter_map(first_coming).min();
        (parts.headline, parts.recorders) = (headline, recorders);
        (parts.responsibilities, parts.alignments) = (responsibilities, alignments);
        let picture = Picture::new(parts);
        let until = picture.next_boundary().min(coming.unwrap_or(Instant::END));
        Ok((picture, until))
    }

    /// Everything but what [`Half`] holds.
    fn parts(&mut self, at: Instant, when: When) -> Result<PictureParts, StoreError> {
        let organization = self.organization(when)?;
        let periods = self.all(when)?;
        let rule_settings = self.all(when)?;
        let closed_settings = self.closed_settings(&periods, &rule_settings, &organization, when)?;
        Ok(PictureParts {
            at,
            organization,
            mission: self.mission_at(at, when)?,
            themes: self.all(when)?,
            periods,
            teams: self.all(when)?,
            memberships: self.all(when)?,
            people: self.all(when)?,
            roles: self.all(when)?,
            assignments: self.all(when)?,
            outcomes: self.all(when)?,
            results: self.latest_results(when)?,
            measures: self.all(when)?,
            responsibilities: Vec::new(),
            alignments: Vec::new(),
            headline: HashMap::new(),
            recorders: HashMap::new(),
            person_skills: self.all(when)?,
            rule_settings,
            closed_settings,
            waivers: self.all(when)?,
            reports: self.reports(when)?,
            briefings: self.briefing_standings(when)?,
            disabled_webhooks: self.disabled_webhooks(when)?,
        })
    }

    /// The mission in force at an instant.
    ///
    /// # Errors
    /// What the database says.
    pub fn mission_at(&mut self, at: Instant, when: When) -> Result<Option<Kept<Mission>>, StoreError> {
        let missions: Vec<Kept<Mission>> = self.all(when)?;
        Ok(missions.into_iter().find(|mission| mission.effective.contains(at)))
    }

    pub(crate) fn latest_results(&mut self, when: When) -> Result<Vec<Kept<OutcomeResult>>, StoreError> {
        self.all(when).map(latest)
    }
}

/// The last result of each outcome: a correction is a new one, and ids order by the time they were made.
fn latest(results: Vec<Kept<OutcomeResult>>) -> Vec<Kept<OutcomeResult>> {
    let mut latest: HashMap<OutcomeId, Kept<OutcomeResult>> = HashMap::new();
    for result in results {
        latest.insert(result.outcome, result);
    }
    latest.into_values().collect()
}
