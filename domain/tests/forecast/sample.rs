//! One measure to forecast: a value a year on its last day, from 2000 on.

use remit_domain::forecast::{Forecast, forecast};
use remit_domain::mailing::Mailing;
use remit_domain::measure::{Aggregation, Cadence, Every, Indicator, Measure, MeasureKind, MeasureState, Target};
use remit_domain::number::Number;
use remit_domain::organization::{Organization, Thresholds};
use remit_domain::outcome::OutcomeId;
use remit_domain::picture::Point;
use remit_domain::progress::{Question, progress};
use remit_domain::text::{Key, Title};
use remit_domain::time::{Day, Zone};

/// A measure with its observations by day.
#[derive(Clone)]
pub struct Sample {
    pub measure: Measure,
    pub start_on: Option<Day>,
    pub due_on: Option<Day>,
    pub today: Day,
    pub observations: Vec<(Day, f64)>,
}

pub fn exact(value: f64) -> Number {
    Number::new(value).expect("a number")
}

/// The last day of a year.
pub fn year(year: i16) -> Day {
    Day::new(year, 12, 31).expect("a day")
}

impl Sample {
    /// A value a year from 2000 on, due so many years after the last, with nothing to reach.
    pub fn yearly(values: &[f64], ahead: i16) -> Self {
        let observations: Vec<_> = (2000..).map(year).zip(values.iter().copied()).collect();
        let last = observations.last().map_or(year(2000), |(on, _)| *on);
        let measure = Measure {
            outcome: OutcomeId::from_bits(1),
            key: Key::parse("sample").expect("a key"),
            name: Title::new("Sample").expect("a title"),
            kind: MeasureKind::Monitor,
            target: Target::default(),
            unit: None,
            precision: 2,
            aggregation: Aggregation::Last,
            weight: 1.0,
            indicator: Indicator::Lagging,
            guardrail: false,
            state: MeasureState::Active,
            cadence: vec![Cadence { from: None, every: Every::Year }],
            lag_days: 0,
            grace_days: None,
            plan: Vec::new(),
            milestones: Vec::new(),
        };
        Self { measure, start_on: Some(year(2000)), due_on: Some(year(last.year() + ahead)), today: last, observations }
    }
    /// With a target above or below a baseline.
    pub fn towards(mut self, kind: MeasureKind, baseline: f64, target: f64) -> Self {
        self.measure.kind = kind;
        self.measure.target =
            Target { baseline: Some(exact(baseline)), target: Some(exact(target)), ..Target::default() };
        self
    }
    pub fn forecast(&self) -> Forecast {
        let organization = Organization {
            name: Title::new("Sample").expect("a title"),
            slug: Key::parse("sample").expect("a slug"),
            zone: Zone::utc(),
            next_zone: None,
            fiscal_year_starts: 1,
            thresholds: Thresholds::default(),
            check_in_days: 7,
            mailing: Mailing::default(),
        };
        let point = |(on, value): &(Day, f64)| Point { at: Zone::utc().end_of(*on), on: Some(*on), value: *value };
        let points: Vec<Point> = self.observations.iter().map(point).collect();
        let question = Question {
            measure: &self.measure,
            start_on: self.start_on,
            due_on: self.due_on,
            today: self.today,
            organization: &organization,
            points: &points,
        };
        forecast(&question, &progress(&question))
    }
}
