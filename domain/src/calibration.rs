//! Calibration: whether what was said with a probability came true as often as it was said.
//!
//! The score is Brier's: G. W. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather
//! Review 78 (1950), 1-3, in its form for events that come true or not: the mean of `(p − o)²`.

use crate::outcome::{ResultKind, TimeFrame};
use crate::spelling::spelled;
use crate::time::{Day, days_between, plus_days};

/// How many bands of probability are told apart.
pub const BANDS: usize = 10;

/// How far into its time frame an outcome was when something was said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Horizon {
    /// A quarter of it had gone by.
    Quarter,
    /// Half of it.
    Half,
    /// Three quarters.
    ThreeQuarters,
}
spelled!(Horizon { Quarter = "quarter", Half = "half", ThreeQuarters = "three_quarters" });

impl Horizon {
    /// The share of the time frame that has gone by.
    pub const fn share(self) -> f64 {
        match self {
            Self::Quarter => 0.25,
            Self::Half => 0.5,
            Self::ThreeQuarters => 0.75,
        }
    }
    /// The day of a time frame at whose end it is asked.
    pub fn day(self, frame: TimeFrame) -> Day {
        let days = days_between(frame.start_on, frame.due_on) + 1;
        plus_days(frame.start_on, (self.share() * days as f64).floor() as i64 - 1)
    }
}

/// What an end says of a statement that the outcome would be achieved; one that was given up says nothing of it.
pub const fn came_true(result: ResultKind) -> Option<bool> {
    match result {
        ResultKind::Achieved => Some(true),
        ResultKind::Partly | ResultKind::Missed => Some(false),
        ResultKind::Abandoned => None,
    }
}

/// A probability that was stated, of a forecast or by a human, and whether it came true.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Statement {
    /// The probability, 0 to 1.
    pub probability: f64,
    /// Whether it came true.
    pub came_true: bool,
}

/// How well probabilities were stated.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// How many statements it rests on.
    pub count: usize,
    /// The Brier score: 0 is perfect, 1 is the reverse of the truth; always saying one half scores a quarter.
    pub brier: Option<f64>,
    /// The share of them that came true.
    pub base_rate: Option<f64>,
    /// The score of who had always said that share, known only afterwards.
    pub reference: Option<f64>,
    /// `1 − brier / reference`: above 0 is better than that; absent where all came true, or none.
    pub skill: Option<f64>,
    /// The statements by their probability, in [`BANDS`] bands; those without any are left out.
    pub bands: Vec<Band>,
}

/// The statements of a band of probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Where it begins; inside.
    pub from: f64,
    /// Where it ends; outside, but for 1.
    pub to: f64,
    /// How many there are.
    pub count: usize,
    /// The mean of what was stated.
    pub stated: f64,
    /// The share of them that came true.
    pub observed: f64,
}

impl Calibration {
    /// The calibration of some statements.
    pub fn of(statements: &[Statement]) -> Self {
        let mean = |of: fn(&Statement) -> f64, among: &[Statement]| {
            (!among.is_empty()).then(|| among.iter().map(of).sum::<f64>() / among.len() as f64)
        };
        let truth = |statement: &Statement| if statement.came_true { 1.0 } else { 0.0 };
        let stated: fn(&Statement) -> f64 = |statement| statement.probability;
        let brier = mean(|one| (one.probability - if one.came_true { 1.0 } else { 0.0 }).powi(2), statements);
        let base_rate = mean(truth, statements);
        let reference = base_rate.map(|rate| rate * (1.0 - rate));
        let skill = brier.zip(reference).filter(|(_, reference)| *reference > 0.0);
        let band = |number: usize| {
            let among: Vec<Statement> =
                statements.iter().filter(|one| band_of(one.probability) == number).copied().collect();
            Some(Band {
                from: number as f64 / BANDS as f64,
                to: (number + 1) as f64 / BANDS as f64,
                count: among.len(),
                stated: mean(stated, &among)?,
                observed: mean(truth, &among)?,
            })
        };
        Self {
            count: statements.len(),
            brier,
            base_rate,
            reference,
            skill: skill.map(|(brier, reference)| 1.0 - brier / reference),
            bands: (0..BANDS).filter_map(band).collect(),
        }
    }
}

fn band_of(probability: f64) -> usize {
    // Ten times .3 is not 3 in f64 without this.
    ((probability * BANDS as f64 + 1e-9).floor().max(0.0) as usize).min(BANDS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_day;

    fn said(all: &[(f64, bool)]) -> Calibration {
        let statement =
            |(probability, came_true): &(f64, bool)| Statement { probability: *probability, came_true: *came_true };
        Calibration::of(&all.iter().map(statement).collect::<Vec<_>>())
    }

    #[test]
    fn the_brier_score_is_the_mean_square_of_what_was_missed() {
        // Brier's own example of 1950 counts both classes, which is twice this.
        let cases: [(&[(f64, bool)], f64); 5] = [
            (&[(1.0, true), (0.0, false)], 0.0),
            (&[(0.0, true), (1.0, false)], 1.0),
            (&[(0.5, true), (0.5, false)], 0.25),
            (&[(0.7, true)], 0.09),
            (&[(0.8, true), (0.4, false), (0.3, false)], (0.04 + 0.16 + 0.09) / 3.0),
        ];
        for (statements, expected) in cases {
            let brier = said(statements).brier.expect("a score");
            assert!((brier - expected).abs() < 1e-12, "{statements:?}: {brier}");
        }
        assert_eq!((said(&[]).brier, said(&[]).bands), (None, Vec::new()));
    }

    #[test]
    fn skill_is_held_against_who_had_always_said_the_share_that_came_true() {
        let half = said(&[(0.5, true), (0.5, false)]);
        assert_eq!((half.base_rate, half.reference, half.skill), (Some(0.5), Some(0.25), Some(0.0)));
        assert_eq!(said(&[(0.9, true)]).skill, None, "nothing is known of what did not happen");
    }

    #[test]
    fn statements_are_told_apart_by_tenths() {
        let bands = said(&[(0.3, true), (0.35, false), (0.98, true), (1.0, true)]).bands;
        let shown: Vec<_> = bands.iter().map(|band| (band.from, band.count, band.observed)).collect();
        assert_eq!(shown, [(0.3, 2, 0.5), (0.9, 2, 1.0)]);
    }

    #[test]
    fn a_horizon_is_the_day_on_which_that_share_of_the_time_frame_has_gone_by() {
        let day = |text: &str| parse_day(text).expect("a day");
        let frame = TimeFrame { start_on: day("2026-01-01"), due_on: day("2026-04-10") };
        assert_eq!(Horizon::Half.day(frame), day("2026-02-19"), "the fiftieth of a hundred days");
        let short = TimeFrame { start_on: day("2026-01-01"), due_on: day("2026-01-01") };
        assert_eq!(Horizon::Quarter.day(short), day("2025-12-31"), "before its only day");
    }
}
