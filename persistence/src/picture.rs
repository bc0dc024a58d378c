//! Pictures: everything of one organization as it was at an instant, loaded in one snapshot.

use std::collections::HashMap;

use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl};
use remit_domain::entity::Kept;
use remit_domain::measure::MeasureId;
use remit_domain::mission::Mission;
use remit_domain::outcome::{OutcomeId, OutcomeResult};
use remit_domain::picture::{Picture, PictureParts, Point};
use remit_domain::time::Instant;

use crate::error::StoreError;
use crate::read::ReadTx;
use crate::schema::{observations, series};
use crate::versioned::{OPEN, Unreadable, When, read_back};

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
        let headline = self.headline(when)?;
        let coming = headline.values().flatten().map(|point| point.at).filter(|instant| *instant > at).min();
        let picture = Picture::new(PictureParts {
            at,
            organization: self.organization(when)?,
            mission: self.mission_at(at, when)?,
            themes: self.all(when)?,
            periods: self.all(when)?,
            teams: self.all(when)?,
            memberships: self.all(when)?,
            people: self.all(when)?,
            roles: self.all(when)?,
            assignments: self.all(when)?,
            outcomes: self.all(when)?,
            results: self.latest_results(when)?,
            measures: self.all(when)?,
            responsibilities: self.all(when)?,
            alignments: self.all(when)?,
            headline,
        });
        let until = picture.next_boundary().min(coming.unwrap_or(Instant::END));
        Ok((picture, until))
    }

    /// The mission in force at an instant.
    ///
    /// # Errors
    /// What the database says.
    pub fn mission_at(&mut self, at: Instant, when: When) -> Result<Option<Kept<Mission>>, StoreError> {
        let missions: Vec<Kept<Mission>> = self.all(when)?;
        Ok(missions.into_iter().find(|mission| mission.effective.contains(at)))
    }

    /// The last result of each outcome: a correction is a new one, and ids order by the time they were made.
    fn latest_results(&mut self, when: When) -> Result<Vec<Kept<OutcomeResult>>, StoreError> {
        let mut latest: HashMap<OutcomeId, Kept<OutcomeResult>> = HashMap::new();
        for result in self.all::<OutcomeResult>(when)? {
            latest.insert(result.outcome, result);
        }
        Ok(latest.into_values().collect())
    }

    /// Headline observations, those still to come too: the picture leaves them out, but they bound its validity.
    fn headline(&mut self, when: When) -> Result<HashMap<MeasureId, Vec<Point>>, StoreError> {
        let query = observations::table
            .inner_join(series::table.on(
                series::organization_id.eq(observations::organization_id).and(series::number.eq(observations::series)),
            ))
            .filter(observations::organization_id.eq(&self.organization_text))
            .filter(series::segment.eq(""))
            .select((series::measure_id, observations::observed_at, observations::observed_on, observations::value))
            .order((series::number, observations::observed_at))
            .into_boxed();
        let query = match when {
            When::Present => query.filter(observations::revision_to.eq(OPEN)),
            When::Past { known, .. } => {
                query.filter(observations::revision.le(known)).filter(observations::revision_to.gt(known))
            }
        };
        let rows: Vec<(String, i64, Option<String>, f64)> = query.load(self.connection)?;
        let mut headline: HashMap<MeasureId, Vec<Point>> = HashMap::new();
        for (measure, at, on, value) in rows {
            let read = || Ok((read_back::id(&measure)?, read_back::day_opt(on)?));
            let (measure, on) =
                read().map_err(|Unreadable(what)| StoreError::Corrupt(format!("an observation: {what}")))?;
            headline.entry(measure).or_default().push(Point { at: Instant::from_micros(at), on, value });
        }
        Ok(headline)
    }
}
