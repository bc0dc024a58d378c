//! The backtest on real data: each series is cut off, carried on, and held against what came.

use std::collections::BTreeMap;
use std::fmt;

use remit_domain::forecast::{FIRM_FROM, Range};
use remit_domain::measure::MeasureKind;
use remit_domain::time::{Day, parse_day};

use crate::sample::Sample;

/// How many values are carried on from an origin.
const HORIZON: usize = 3;
/// Shorter series are left out.
const SHORTEST: usize = 8;

/// The quantiles of Student's t that 80 and 95 per cent need, by the expansion in Abramowitz and Stegun, 26.7.5;
/// for the methods that are compared, which have 4 degrees of freedom and more.
fn quantiles(freedom: f64) -> (f64, f64) {
    let expanded = |z: f64| {
        let first = (z.powi(3) + z) / 4.0;
        let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
        z + first / freedom + second / freedom.powi(2)
    };
    (expanded(1.281_552), expanded(1.959_964))
}

/// A series of real values by day.
pub type Values = Vec<(Day, f64)>;

/// How a method did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    /// How many values were held out.
    pub values: usize,
    /// The share of them inside the 80 per cent interval.
    pub inside_80: f64,
    /// The share of them inside the 95 per cent interval.
    pub inside_95: f64,
    /// The mean absolute error, scaled by each series' mean move, over that of the last value.
    pub error: f64,
}

/// A row of the table.
pub struct Row {
    pub method: &'static str,
    pub held_out: usize,
    pub score: Score,
}

/// The series of the UK's reporting that moved, with 8 or more values; a year that is given twice counts as it is given last.
pub fn series() -> Vec<Values> {
    let path = format!("{}/../data/sdg-uk/headline.csv", env!("CARGO_MANIFEST_DIR"));
    let mut series: BTreeMap<String, BTreeMap<Day, f64>> = BTreeMap::new();
    for row in csv::Reader::from_path(path).expect("the data").records() {
        let row = row.expect("a row");
        let cell = |at: usize| row.get(at).expect("a cell");
        let day = parse_day(cell(2)).expect("a day");
        series.entry(cell(0).to_owned()).or_default().insert(day, cell(3).parse().expect("a value"));
    }
    let all = series.into_values().map(|values| values.into_iter().collect::<Values>());
    all.filter(|values| values.len() >= SHORTEST && values.iter().any(|(_, value)| *value != values[0].1)).collect()
}

/// What is to be expected on a day, by the method in service; it says nothing of what has not moved yet.
fn served(past: &[(Day, f64)], on: Day) -> Option<Range> {
    let mut sample = Sample::yearly(&[], 1);
    sample.observations = past.to_vec();
    sample.start_on = past.first().map(|(on, _)| *on);
    sample.today = past.last().map_or(on, |(on, _)| *on);
    sample.due_on = Some(on);
    sample.forecast().value.ok()
}

fn last_value(past: &[(Day, f64)], ahead: usize) -> Range {
    let last = past.last().map_or(0.0, |(_, value)| *value);
    let moves: Vec<f64> = past.windows(2).map(|pair| pair[1].1 - pair[0].1).collect();
    let usual = (moves.iter().map(|by| by * by).sum::<f64>() / moves.len() as f64).sqrt();
    Range::around(last, usual * (ahead as f64).sqrt(), quantiles(moves.len() as f64))
}

fn straight_line(past: &[(Day, f64)], ahead: usize) -> Range {
    let count = past.len() as f64;
    let middle = (count - 1.0) / 2.0;
    let mean = past.iter().map(|(_, value)| value).sum::<f64>() / count;
    let at = |place: usize| place as f64 - middle;
    let spread: f64 = (0..past.len()).map(|place| at(place).powi(2)).sum();
    let slope = past.iter().enumerate().map(|(place, (_, value))| at(place) * (value - mean)).sum::<f64>() / spread;
    let line = |x: f64| mean + slope * x;
    let missed: f64 = past.iter().enumerate().map(|(place, (_, value))| (value - line(at(place))).powi(2)).sum();
    let x = at(past.len() - 1 + ahead);
    let error = (missed / (count - 2.0) * (1.0 + 1.0 / count + x * x / spread)).sqrt();
    Range::around(line(x), error, quantiles(count - 2.0))
}

/// What a series moves from one value to the next, in the mean.
fn mean_move(values: &[(Day, f64)]) -> f64 {
    values.windows(2).map(|pair| (pair[1].1 - pair[0].1).abs()).sum::<f64>() / (values.len() - 1) as f64
}

/// A series cut in two, and the move that errors are scaled by.
struct Cut<'a> {
    past: &'a [(Day, f64)],
    coming: &'a [(Day, f64)],
    moved: f64,
}

/// How a method did; what had not moved has no scale to be judged by.
fn score<'a>(
    cuts: impl Iterator<Item = Cut<'a>>,
    method: impl Fn(&[(Day, f64)], usize, Day) -> Option<Range>,
) -> Score {
    let (mut score, mut error, mut of_last) = (Score::default(), 0.0, 0.0);
    for Cut { past, coming, moved } in cuts.filter(|cut| cut.moved > 0.0) {
        let last = past.last().map_or(0.0, |(_, value)| *value);
        for (place, (on, value)) in coming.iter().take(HORIZON).enumerate() {
            let Some(range) = method(past, place + 1, *on) else { continue };
            let is_inside = |low: f64, high: f64| f64::from(u8::from(low <= *value && *value <= high));
            score.values += 1;
            score.inside_80 += is_inside(range.within_80.low, range.within_80.high);
            score.inside_95 += is_inside(range.within_95.low, range.within_95.high);
            error += (range.value - value).abs() / moved;
            of_last += (last - value).abs() / moved;
        }
    }
    score.inside_80 /= score.values as f64;
    score.inside_95 /= score.values as f64;
    score.error = error / of_last;
    score
}

/// Every series cut before its last values, scaled by what it had moved until then.
fn cut(series: &[Values], held_out: usize) -> impl Iterator<Item = Cut<'_>> {
    series.iter().map(move |values| {
        let (past, coming) = values.split_at(values.len() - held_out);
        Cut { past, coming, moved: mean_move(past) }
    })
}

/// The table: each method from the last origin, and the one in service from earlier ones too.
pub fn table(series: &[Values]) -> Vec<Row> {
    let row = |method, held_out, score| Row { method, held_out, score };
    let served = |held_out| score(cut(series, held_out), |past, _, on| served(past, on));
    let last_value = score(cut(series, 3), |past, ahead, _| Some(last_value(past, ahead)));
    let line = score(cut(series, 3), |past, ahead, _| Some(straight_line(past, ahead)));
    vec![
        row("last value, random-walk scale, Student t", 3, last_value),
        row("straight line by least squares, Student t", 3, line),
        row("in service", 3, served(3)),
        row("in service", 4, served(4)),
        row("in service", 5, served(5)),
        row("in service", 6, served(6)),
    ]
}

/// How the method does on so few values: on windows of that length, one after another, of every series, scaled by what
/// the whole series moves.
pub fn short(series: &[Values], length: usize) -> Score {
    let windows = series.iter().flat_map(|values| {
        let moved = mean_move(values);
        values.windows(length + HORIZON).step_by(length).map(move |window| {
            let (past, coming) = window.split_at(length);
            Cut { past, coming, moved }
        })
    });
    score(windows, |past, _, on| served(past, on))
}

/// Probabilities by tenths: how many were stated, their mean, and the share of them that came true.
pub struct Stated {
    pub count: usize,
    pub stated: f64,
    pub observed: f64,
}

/// What was stated of targets at several distances from the last value, and what came, three years ahead.
pub fn stated(series: &[Values], held_out: usize) -> Vec<Stated> {
    let mut tenths: BTreeMap<usize, (usize, f64, f64)> = BTreeMap::new();
    for values in series {
        let (past, coming) = values.split_at(values.len() - held_out);
        let (last, (on, came)) = (past.last().map_or(0.0, |(_, value)| *value), coming[HORIZON - 1]);
        let moved = mean_move(past);
        for (kind, away) in [0.25, 0.5, 1.0, 2.0, 4.0]
            .into_iter()
            .flat_map(|by| [(MeasureKind::Increase, by * moved), (MeasureKind::Decrease, -by * moved)])
        {
            let mut sample = Sample::yearly(&[], 1);
            if last + away == last {
                continue;
            }
            sample = sample.towards(kind, last, last + away);
            sample.observations = past.to_vec();
            sample.start_on = past.first().map(|(on, _)| *on);
            sample.today = past.last().map_or(on, |(on, _)| *on);
            sample.due_on = Some(on);
            let Ok(probability) = sample.forecast().probability else { continue };
            let has_come = if away > 0.0 { came >= last + away } else { came <= last + away };
            let tenth = tenths.entry((probability.computed() * 10.0).floor() as usize).or_default();
            tenth.0 += 1;
            tenth.1 += probability.computed();
            tenth.2 += f64::from(u8::from(has_come));
        }
    }
    let share = |(count, stated, observed): (usize, f64, f64)| Stated {
        count,
        stated: stated / count as f64,
        observed: observed / count as f64,
    };
    tenths.into_values().map(share).collect()
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Score { values, inside_80, inside_95, error } = self.score;
        let Self { method, held_out, .. } = self;
        write!(f, "| {method} | {held_out} | {values} | {inside_80:.3} | {inside_95:.3} | {error:.3} |")
    }
}

/// The tables as they stand in the docs.
pub fn print(series: &[Values]) -> String {
    let mut text = format!("{} series\n\n", series.len());
    text += "| method | held out | values | c80 | c95 | MAE / last value |\n|---|---|---|---|---|---|\n";
    text.extend(table(series).iter().map(|row| format!("{row}\n")));
    text += "\n| values seen | values | c80 | c95 | MAE / last value |\n|---|---|---|---|---|\n";
    text.extend((2..FIRM_FROM).map(|length| {
        let Score { values, inside_80, inside_95, error } = short(series, length);
        format!("| {length} | {values} | {inside_80:.3} | {inside_95:.3} | {error:.3} |\n")
    }));
    text += "\n| held out | probabilities | stated | observed |\n|---|---|---|---|\n";
    for held_out in [3, 6] {
        text.extend(stated(series, held_out).iter().map(|Stated { count, stated, observed }| {
            format!("| {held_out} | {count} | {stated:.2} | {observed:.2} |\n")
        }));
    }
    text
}
