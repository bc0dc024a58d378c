//! Headlines: the observations of whole measures, each series gathered into one list.

use std::collections::HashMap;

use diesel::connection::DefaultLoadingMode;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteValue};
use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl};
use remit_domain::measure::MeasureId;
use remit_domain::person::PersonId;
use remit_domain::picture::{Point, Points};
use remit_domain::time::{Day, Instant, parse_day};

use crate::change::recorded_by_people;
use crate::connection::{DbConnection, on_either};
use crate::error::StoreError;
use crate::read::ReadTx;
use crate::schema::{changes, observations, series};
use crate::versioned::{OPEN, Unreadable, When, read_back};

/// An observation: its series, its instant, its day and its value.
type ValueRow = (i64, i64, Option<StoredDay>, f64);
/// The same with its revision.
type ObservedRow = (ValueRow, i64);

/// The columns of a [`ValueRow`].
const VALUE: (observations::series, observations::observed_at, observations::observed_on, observations::value) =
    (observations::series, observations::observed_at, observations::observed_on, observations::value);

/// Where an observation stands.
fn place(((series, at, _, _), _): &ObservedRow) -> (i64, i64) {
    (*series, *at)
}

/// The observations that are known in a state. They are asked for by the numbers of their series, which the key leads with:
/// in the order of anything else, or joined, every observation of the organization would be looked at.
macro_rules! observations_known {
    ($tx:expr, $when:expr) => {{
        let query = observations::table.filter(observations::organization_id.eq(&$tx.organization_text)).into_boxed();
        match $when {
            When::Present => query.filter(observations::revision_to.eq(OPEN)),
            When::Past { known, .. } => {
                query.filter(observations::revision.le(known)).filter(observations::revision_to.gt(known))
            }
        }
    }};
}

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

/// Observations that come by series and instant, each series gathered into one list.
struct Gathering<'a> {
    measures: &'a HashMap<i64, MeasureId>,
    people: &'a HashMap<i64, PersonId>,
    at: Instant,
    series: i64,
    points: Vec<Point>,
    /// Who recorded those of the series up to `at`, as long as it is one person.
    recorder: Option<Option<PersonId>>,
    headline: Headline,
}

impl<'a> Gathering<'a> {
    fn of(measures: &'a HashMap<i64, MeasureId>, people: &'a HashMap<i64, PersonId>, at: Instant) -> Self {
        let mut headline = Headline::default();
        headline.points.reserve(measures.len());
        Self { measures, people, at, series: 0, points: Vec::new(), recorder: None, headline }
    }
    fn take(&mut self, rows: impl Iterator<Item = QueryResult<ObservedRow>>) -> Result<(), StoreError> {
        for row in rows {
            let ((series, observed_at, on, value), revision) = row?;
            if series != self.series {
                self.close()?;
                self.series = series;
            }
            let point = Point { at: Instant::from_micros(observed_at), on: on.map(|StoredDay(day)| day), value };
            if !self.people.is_empty() && point.at <= self.at {
                let by = self.people.get(&revision).copied();
                self.recorder = Some(self.recorder.map_or(by, |one| one.filter(|one| by == Some(*one))));
            }
            self.points.push(point);
        }
        Ok(())
    }
    fn close(&mut self) -> Result<(), StoreError> {
        let recorder = self.recorder.take().flatten();
        if self.points.is_empty() {
            return Ok(());
        }
        let series = self.series;
        let measure = self.measures.get(&series).copied();
        let measure = measure.ok_or_else(|| StoreError::Corrupt(format!("the series {series}: no measure")))?;
        self.headline.points.insert(measure, self.points.as_slice().into());
        self.headline.recorders.extend(recorder.map(|person| (measure, person)));
        self.points.clear();
        Ok(())
    }
    fn finish(mut self) -> Result<Headline, StoreError> {
        self.close()?;
        Ok(self.headline)
    }
}

impl ReadTx<'_> {
    /// Headline observations of some measures, or of all; those still to come too: the picture leaves them out, but
    /// they bound its validity.
    pub(crate) fn headline(
        &mut self,
        at: Instant,
        when: When,
        of: Option<&[MeasureId]>,
    ) -> Result<Headline, StoreError> {
        let measures = self.measures_by_series(of)?;
        match of {
            None => self.headline_of_all(&measures, at, when),
            Some(_) => self.headline_of_some(&measures, at, when),
        }
    }

    fn headline_of_all(
        &mut self,
        measures: &HashMap<i64, MeasureId>,
        at: Instant,
        when: When,
    ) -> Result<Headline, StoreError> {
        let people = self.recording_people(None::<std::iter::Empty<i64>>)?;
        let mut gathering = Gathering::of(measures, &people, at);
        let headlines = series::table
            .filter(series::organization_id.eq(&self.organization_text))
            .filter(series::segment.eq(""))
            .select(series::number);
        // There may be a million of them: each database reads them its own way, which takes half as long. SQLite walks
        // the key, so that they come in order and one by one.
        match self.connection {
            DbConnection::Sqlite(connection) => {
                let query = observations_known!(self, when).filter(observations::series.eq_any(headlines));
                let query = query.order((observations::series, observations::observed_at));
                if people.is_empty() {
                    let unsigned = |row: QueryResult<ValueRow>| row.map(|row| (row, 0));
                    let rows = query.select(VALUE).load_iter::<_, DefaultLoadingMode>(connection)?;
                    gathering.take(rows.map(unsigned))?;
                } else {
                    let query = query.select((VALUE, observations::revision));
                    gathering.take(query.load_iter::<_, DefaultLoadingMode>(connection)?)?;
                }
            }
            DbConnection::Postgres(connection) => {
                let query = observations_known!(self, when).filter(observations::series.eq_any(headlines));
                let mut rows: Vec<ObservedRow> = query.select((VALUE, observations::revision)).load(connection)?;
                rows.sort_unstable_by_key(place);
                gathering.take(rows.into_iter().map(Ok))?;
            }
        }
        gathering.finish()
    }

    fn headline_of_some(
        &mut self,
        measures: &HashMap<i64, MeasureId>,
        at: Instant,
        when: When,
    ) -> Result<Headline, StoreError> {
        let numbers: Vec<i64> = measures.keys().copied().collect();
        let mut rows: Vec<ObservedRow> = Vec::new();
        // Both databases bound the number of parameters of a statement.
        for some in numbers.chunks(500) {
            let some: Vec<ObservedRow> = on_either!(self.connection, either => {
                let query = observations_known!(self, when).filter(observations::series.eq_any(some));
                query.select((VALUE, observations::revision)).load(either)
            })?;
            rows.extend(some);
        }
        rows.sort_unstable_by_key(place);
        let people = self.recording_people(Some(rows.iter().map(|row| row.1)))?;
        let mut gathering = Gathering::of(measures, &people, at);
        gathering.take(rows.into_iter().map(Ok))?;
        gathering.finish()
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
                .filter(recorded_by_people())
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
