//! Reading series back: observations as they are known at a revision, and who recorded them.

use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, RunQueryDsl};
use remit_domain::measure::MeasureId;
use remit_domain::observation::{Observation, Segment};
use remit_domain::time::Instant;

use super::KeptObservation;
use crate::connection::DbConnection;
use crate::error::StoreError;
use crate::read::ReadTx;
use crate::record;
use crate::schema::{changes, observations, series};
use crate::versioned::{OPEN, Unreadable, When, read_back};

type SeriesRow = (i64, Option<String>, f64, Option<String>, Option<String>, i64, String, String);

impl ReadTx<'_> {
    /// A measure's observations in `[from, to)`, ascending by instant, then segment. Without a segment: all of them.
    ///
    /// # Errors
    /// What the database says.
    pub fn observations(
        &mut self,
        measure: MeasureId,
        segment: Option<&Segment>,
        (from, to): (Instant, Instant),
        when: When,
    ) -> Result<Vec<KeptObservation>, StoreError> {
        let mut query = self.observations_query(measure, when);
        if let Some(segment) = segment {
            query = query.filter(series::segment.eq(record::segment(segment)));
        }
        let rows: Vec<SeriesRow> = query
            .filter(observations::observed_at.ge(from.micros()))
            .filter(observations::observed_at.lt(to.micros()))
            .order((observations::observed_at, series::number))
            .load(self.connection)?;
        rows.into_iter().map(keep).collect()
    }

    /// A measure's last observation of a segment that is not after an instant.
    ///
    /// # Errors
    /// What the database says.
    pub fn latest(
        &mut self,
        measure: MeasureId,
        segment: &Segment,
        until: Instant,
        when: When,
    ) -> Result<Option<KeptObservation>, StoreError> {
        let row: Option<SeriesRow> = self
            .observations_query(measure, when)
            .filter(series::segment.eq(record::segment(segment)))
            .filter(observations::observed_at.le(until.micros()))
            .order((observations::observed_at.desc(), series::number))
            .first(self.connection)
            .optional()?;
        row.map(keep).transpose()
    }

    /// Whether there is an observation of this measure and segment at this instant.
    ///
    /// # Errors
    /// What the database says.
    pub fn is_observed(&mut self, measure: MeasureId, segment: &Segment, at: Instant) -> Result<bool, StoreError> {
        let known: Option<f64> = observations::table
            .inner_join(series::table.on(
                series::organization_id.eq(observations::organization_id).and(series::number.eq(observations::series)),
            ))
            .filter(observations::organization_id.eq(&self.organization_text))
            .filter(series::measure_id.eq(measure.to_string()))
            .filter(series::segment.eq(record::segment(segment)))
            .filter(observations::observed_at.eq(at.micros()))
            .filter(observations::revision_to.eq(OPEN))
            .select(observations::value)
            .first(self.connection)
            .optional()?;
        Ok(known.is_some())
    }

    fn observations_query(&self, measure: MeasureId, when: When) -> Boxed {
        let query = joined()
            .filter(observations::organization_id.eq(self.organization_text.clone()))
            .filter(series::measure_id.eq(measure.to_string()))
            .into_boxed();
        match when {
            When::Present => query.filter(observations::revision_to.eq(OPEN)),
            When::Past { known, as_of } => query
                .filter(observations::revision.le(known))
                .filter(observations::revision_to.gt(known))
                .filter(observations::observed_at.le(as_of.micros())),
        }
    }
}

type Boxed = diesel::dsl::IntoBoxed<'static, joined, <DbConnection as diesel::Connection>::Backend>;

#[diesel::dsl::auto_type]
fn joined() -> _ {
    let of_series =
        series::organization_id.eq(observations::organization_id).and(series::number.eq(observations::series));
    let of_write = changes::organization_id
        .eq(observations::organization_id)
        .and(changes::revision.eq(observations::revision))
        .and(changes::position.eq(0_i32));
    observations::table.inner_join(series::table.on(of_series)).inner_join(changes::table.on(of_write)).select((
        observations::observed_at,
        observations::observed_on,
        observations::value,
        observations::note,
        observations::source,
        changes::recorded_at,
        changes::actor,
        series::segment,
    ))
}

fn keep(row: SeriesRow) -> Result<KeptObservation, StoreError> {
    let (at, on, value, note, source, recorded_at, recorded_by, segment) = row;
    let read = || {
        Ok(KeptObservation {
            observation: Observation {
                at: Instant::from_micros(at),
                on: read_back::day_opt(on)?,
                value: read_back::number(value)?,
                note: read_back::text_opt(note)?,
                source: read_back::text_opt(source)?,
            },
            segment: record::segment_back(&segment)?,
            recorded_at: Instant::from_micros(recorded_at),
            recorded_by,
        })
    };
    read().map_err(|Unreadable(what)| StoreError::Corrupt(format!("an observation: {what}")))
}
