//! Pictures: everything of one organization as it was at an instant, loaded in one snapshot.

mod after;
mod beside;
mod excerpt;

pub use after::Shown;
use beside::Half;

use std::collections::HashMap;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteValue};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, TextExpressionMethods};
use remit_domain::entity::Kept;
use remit_domain::id::Identified;
use remit_domain::measure::MeasureId;
use remit_domain::mission::Mission;
use remit_domain::outcome::{OutcomeId, OutcomeResult};
use remit_domain::person::{Person, PersonId};
use remit_domain::picture::{Picture, PictureParts, Point, Points};
use remit_domain::time::{Day, Instant, parse_day};

use crate::connection::on_either;
use crate::error::StoreError;
use crate::read::ReadTx;
use crate::schema::{changes, observations, series};
use crate::versioned::{OPEN, Unreadable, When, read_back};
use crate::write::OBSERVED;

/// An observation: its series, its instant, its day, its value and its revision.
type ObservedRow = (i64, i64, Option<StoredDay>, f64, i64);

/// A day as it is read back, without a text of its own: of all that is read, there are most observations.
#[derive(Debug, FromSqlRow)]
struct StoredDay(Day);

impl FromSql<Text, Sqlite> for StoredDay {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(parse_day(value.read_text()).ok_or("a day")?))
    }
}
impl FromSql<Text, Pg> for StoredDay {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(parse_day(std::str::from_utf8(value.as_bytes())?).ok_or("a day")?))
    }
}

/// Headline observations, and who recorded those of a measure where it is one person.
#[derive(Default)]
pub(crate) struct Headline {
    pub points: HashMap<MeasureId, Points>,
    pub recorders: HashMap<MeasureId, PersonId>,
}

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
        let coming = headline
            .values()
            .flat_map(|points| points.iter())
            .map(|point| point.at)
            .filter(|instant| *instant > at)
            .min();
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

    /// Headline observations of some measures, or of all; those still to come too: the picture leaves them out, but
    /// they bound its validity.
    pub(crate) fn headline(
        &mut self,
        at: Instant,
        when: When,
        of: Option<&[MeasureId]>,
    ) -> Result<Headline, StoreError> {
        // What is there now is what was known at any revision up to the last one.
        let known = match when {
            When::Present => OPEN - 1,
            When::Past { known, .. } => known,
        };
        let measures = self.measures_by_series(of)?;
        // By the numbers of the series, which the key leads with: in the order of anything else, or joined, every
        // observation of the organization would be looked at.
        let query = observations::table
            .filter(observations::organization_id.eq(&self.organization_text))
            .filter(observations::revision.le(known))
            .filter(observations::revision_to.gt(known))
            .select((
                observations::series,
                observations::observed_at,
                observations::observed_on,
                observations::value,
                observations::revision,
            ));
        let mut rows: Vec<ObservedRow> = Vec::new();
        match of {
            None => {
                let headlines = series::table
                    .filter(series::organization_id.eq(&self.organization_text))
                    .filter(series::segment.eq(""))
                    .select(series::number);
                let query = query.filter(observations::series.eq_any(headlines));
                // There may be a million of them: each database reads them its own way, which takes half as long.
                rows = on_either!(self.connection, either => query.load(either))?;
            }
            Some(_) => {
                let mut numbers: Vec<i64> = measures.keys().copied().collect();
                numbers.sort_unstable();
                // Both databases bound the number of parameters of a statement.
                for some in numbers.chunks(500) {
                    let query = query.filter(observations::series.eq_any(some));
                    let some: Vec<ObservedRow> = on_either!(self.connection, either => query.load(either))?;
                    rows.extend(some);
                }
            }
        }
        rows.sort_unstable_by_key(|row| (row.0, row.1));
        let people = self.recording_people(of.is_some().then(|| rows.iter().map(|row| row.4)))?;
        let mut headline = Headline::default();
        headline.points.reserve(measures.len());
        for rows in rows.chunk_by(|one, next| one.0 == next.0) {
            let series = rows.first().map_or(0, |row| row.0);
            let measure = measures.get(&series).copied();
            let measure = measure.ok_or_else(|| StoreError::Corrupt(format!("the series {series}: no measure")))?;
            if !people.is_empty() {
                let shown = rows.iter().filter(|row| row.1 <= at.micros());
                let mut recorders = shown.map(|row| people.get(&row.4).copied());
                let first = recorders.next().flatten().filter(|first| recorders.all(|by| by == Some(*first)));
                headline.recorders.extend(first.map(|person| (measure, person)));
            }
            let point = |(_, observed_at, on, value, _): &ObservedRow| Point {
                at: Instant::from_micros(*observed_at),
                on: on.as_ref().map(|StoredDay(day)| *day),
                value: *value,
            };
            headline.points.insert(measure, rows.iter().map(point).collect());
        }
        Ok(headline)
    }

    /// The measures whose headline each series is: of some measures, or of all.
    fn measures_by_series(&mut self, of: Option<&[MeasureId]>) -> Result<HashMap<i64, MeasureId>, StoreError> {
        let query = series::table
            .filter(series::organization_id.eq(&self.organization_text))
            .filter(series::segment.eq(""))
            .select((series::number, series::measure_id));
        let mut rows: Vec<(i64, String)> = Vec::new();
        match of {
            None => rows = query.load(self.connection)?,
            Some(measures) => {
                let measures: Vec<String> = measures.iter().map(ToString::to_string).collect();
                for some in measures.chunks(500) {
                    let query = query.filter(series::measure_id.eq_any(some));
                    rows.extend(query.load::<(i64, String)>(self.connection)?);
                }
            }
        }
        let read = |(number, measure): (i64, String)| Ok((number, read_back::id(&measure)?));
        let read: Result<_, Unreadable> = rows.into_iter().map(read).collect();
        read.map_err(|Unreadable(what)| StoreError::Corrupt(format!("a series: {what}")))
    }

    /// The revisions with which people recorded observations, and who; of some revisions, or of all.
    fn recording_people(
        &mut self,
        of: Option<impl Iterator<Item = i64>>,
    ) -> Result<HashMap<i64, PersonId>, StoreError> {
        let query = || {
            changes::table
                .filter(changes::organization_id.eq(&self.organization_text))
                .filter(changes::action.eq(OBSERVED))
                .filter(changes::actor.like(format!("{}%", Person::PREFIX)))
                .select((changes::revision, changes::actor))
                .order(changes::revision)
                .into_boxed()
        };
        let mut rows: Vec<(i64, String)> = Vec::new();
        match of {
            None => rows = query().load(self.connection)?,
            Some(revisions) => {
                let mut revisions: Vec<i64> = revisions.collect();
                revisions.sort_unstable();
                revisions.dedup();
                for some in revisions.chunks(500) {
                    rows.extend(query().filter(changes::revision.eq_any(some)).load::<(i64, String)>(self.connection)?);
                }
            }
        }
        Ok(rows.into_iter().filter_map(|(revision, actor)| Some((revision, PersonId::parse(&actor)?))).collect())
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
