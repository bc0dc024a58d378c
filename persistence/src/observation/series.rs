//! Series: each measure and segment under a number of the organization's own, given when it is first needed.

use std::collections::HashMap;

use diesel::prelude::Insertable;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use remit_domain::measure::MeasureId;
use remit_domain::observation::Segment;

use super::{ROWS_PER_INSERT, SERIES_PER_QUERY};
use crate::connection::{DbConnection, on_either};
use crate::error::StoreError;
use crate::record;
use crate::schema::series;
use crate::write::WriteTx;

#[derive(Insertable)]
#[diesel(table_name = series, treat_none_as_default_value = false)]
struct SeriesRow {
    organization_id: String,
    number: i64,
    measure_id: String,
    segment: String,
}

impl WriteTx<'_> {
    /// The number of each series and whether it was made just now.
    pub(super) fn series_numbers(&mut self, wanted: &[(MeasureId, Segment)]) -> Result<Vec<(i64, bool)>, StoreError> {
        if let [one] = wanted
            && let Some(known) = self.memory.series(one)
        {
            return Ok(vec![(known.number, false)]);
        }
        let mut measures: Vec<String> = wanted.iter().map(|(measure, _)| measure.to_string()).collect();
        measures.sort_unstable();
        measures.dedup();
        let mut known: HashMap<(String, String), i64> = HashMap::new();
        if let [(measure, segment)] = wanted {
            let number: Option<i64> = series::table
                .filter(series::organization_id.eq(&self.read.organization_text))
                .filter(series::measure_id.eq(measure.to_string()))
                .filter(series::segment.eq(record::segment(segment)))
                .select(series::number)
                .first(self.read.connection)
                .optional()?;
            known.extend(number.map(|number| ((measure.to_string(), record::segment(segment)), number)));
        } else {
            let organization = self.read.organization_text.clone();
            for measures in measures.chunks(SERIES_PER_QUERY) {
                let rows: Vec<(String, String, i64)> = series::table
                    .filter(series::organization_id.eq(&organization))
                    .filter(series::measure_id.eq_any(measures))
                    .select((series::measure_id, series::segment, series::number))
                    .load(self.read.connection)?;
                known.extend(rows.into_iter().map(|(measure, segment, number)| ((measure, segment), number)));
            }
        }
        let mut next = None;
        let mut numbers = Vec::with_capacity(wanted.len());
        let mut new = Vec::new();
        for (measure, segment) in wanted {
            let key = (measure.to_string(), record::segment(segment));
            if let Some(number) = known.get(&key) {
                numbers.push((*number, false));
                continue;
            }
            let number = match next {
                Some(number) => number,
                None => self.last_series()? + 1,
            };
            next = Some(number + 1);
            known.insert(key.clone(), number);
            let organization_id = self.read.organization_text.clone();
            new.push(SeriesRow { organization_id, number, measure_id: key.0, segment: key.1 });
            numbers.push((number, true));
        }
        while !new.is_empty() {
            let rest = new.split_off(new.len().min(ROWS_PER_INSERT));
            insert_series(self.read.connection, std::mem::replace(&mut new, rest))?;
        }
        Ok(numbers)
    }

    fn last_series(&mut self) -> Result<i64, StoreError> {
        let last: Option<i64> = series::table
            .filter(series::organization_id.eq(&self.read.organization_text))
            .select(series::number)
            .order(series::number.desc())
            .first(self.read.connection)
            .optional()?;
        Ok(last.unwrap_or(0))
    }
}

fn insert_series(connection: &mut DbConnection, rows: Vec<SeriesRow>) -> Result<(), StoreError> {
    let insertion = diesel::insert_into(series::table).values(rows);
    on_either!(connection, either => insertion.execute(either))?;
    Ok(())
}
