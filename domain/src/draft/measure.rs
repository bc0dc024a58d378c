//! From what a clause says to a measure.

use super::clause::{Clause, Reading};
use super::frame::{Frame, Said};
use super::lexicon::{Act, Sense, Side, Way};
use super::quantity::{Nature, Quantity};
use super::{Direction, DraftMeasure};
use crate::measure::{Basis, Bound, MeasureKind, Target};
use crate::number::Number;

/// A measure and the quantities that it was read from.
pub(super) struct Read {
    pub(super) measure: DraftMeasure,
    pub(super) used: Vec<usize>,
    /// Whether its verb names work to be done.
    pub(super) is_work: bool,
}

impl Reading<'_, '_> {
    /// The measures that the statement speaks of, in its order.
    pub(super) fn measures(&self) -> Vec<Read> {
        self.clauses().iter().flat_map(|clause| self.measures_of(clause)).collect()
    }

    fn measures_of(&self, clause: &Clause) -> Vec<Read> {
        if clause.is_void {
            return Vec::new();
        }
        let frames = self.frames(clause);
        let quoted = |to: usize| self.quote(clause.head.unwrap_or(clause.from), to).to_owned();
        let made = |measure: DraftMeasure, used: Vec<usize>| Read { measure, used, is_work: clause.act == Act::Do };
        let name_of_all =
            || self.name(clause, clause.from, frames.first().map_or(clause.to, |said| said.name_to), None);
        let whole = |target: Target, kind, direction| {
            let quote = quoted(self.end_of_words(clause.from, clause.to));
            DraftMeasure { name: name_of_all(), quote, kind, direction, target, unit: None }
        };
        let relative = |amount: Option<Number>| Target { basis: Basis::Relative, amount, ..Target::default() };
        // What the verb itself says: how much, or that nothing is to be left.
        let by_verb = match clause.act {
            Act::Halve => Some((relative(Number::new(50.0).ok()), MeasureKind::Decrease, Direction::Decrease)),
            Act::Multiply(times) => {
                let amount = Number::new(f64::from(times.saturating_sub(1)) * 100.0).ok();
                Some((relative(amount), MeasureKind::Increase, Direction::Increase))
            }
            Act::Abolish if clause.is_main => {
                let target = Target { target: Some(Number::ZERO), ..Target::default() };
                Some((target, MeasureKind::Decrease, Direction::Decrease))
            }
            Act::Abolish
            | Act::Raise
            | Act::Lower
            | Act::Improve
            | Act::Move
            | Act::Hold
            | Act::Limit
            | Act::Attain
            | Act::Do
            | Act::Other => None,
        };
        if let Some((target, kind, direction)) = by_verb {
            let name = name_of_all();
            if name.is_none() {
                return Vec::new();
            }
            if let Some(read) = frames.first().and_then(|said| self.moved(clause, said, kind)) {
                return vec![made(read.0, read.1)];
            }
            // "halve … by 50 per cent" says it twice.
            let again = frames.iter().filter_map(|said| match said.frame {
                Frame::By(index) => self.quantity_of(index).filter(|(_, quantity)| quantity.value == target.amount),
                Frame::FromTo(..) | Frame::To(..) | Frame::Exactly(..) | Frame::Changed(..) => None,
            });
            return vec![made(whole(target, kind, direction), again.map(|(index, _)| index).collect())];
        }
        let mut read: Vec<Read> = Vec::new();
        for (at, said) in frames.iter().enumerate() {
            let until = frames.get(at + 1).map_or(clause.to, |next| next.name.saturating_sub(1).max(said.to));
            let name = self.name(clause, said.name, said.name_to, Some((said.to, until, said.frame)));
            let better = name.as_deref().and_then(|_| self.better(clause, said, until));
            if let Some((mut measure, used)) = self.measure(clause.act, said, better) {
                measure.name =
                    name.or_else(|| measure.unit.clone().filter(|unit| unit.chars().all(char::is_alphabetic)));
                measure.quote = quoted(said.to);
                read.push(made(measure, used));
            }
        }
        // "By 5 % in 2026 and 10 % in 2027" has two targets for one measure, and a measure has one.
        let days = (clause.from..clause.to).filter(|at| self.is_when(*at)).count();
        let said_numbers = (clause.from..clause.to).filter(|at| self.quantity(*at).is_some()).count();
        let used: usize = read.iter().map(|read| read.used.len()).sum();
        if read.len() == 1 && days > 1 && said_numbers > used {
            read.clear();
        }
        if read.is_empty() && clause.is_main {
            read.extend(self.without_number(clause, whole).map(|measure| made(measure, Vec::new())));
        }
        read
    }

    /// What is to be watched, though no number was said.
    fn without_number(
        &self,
        clause: &Clause,
        whole: impl Fn(Target, MeasureKind, Direction) -> DraftMeasure,
    ) -> Option<DraftMeasure> {
        let better = self.better_between(clause.from, self.end_of_words(clause.from, clause.to));
        let (kind, direction) = match clause.act {
            Act::Raise => (MeasureKind::Monitor, Direction::Increase),
            Act::Lower => (MeasureKind::Monitor, Direction::Decrease),
            Act::Improve if better == Some(Way::Down) => (MeasureKind::Monitor, Direction::Decrease),
            Act::Improve => (MeasureKind::Monitor, Direction::Increase),
            Act::Hold | Act::Limit => (MeasureKind::Monitor, Direction::Maintain),
            Act::Do => (MeasureKind::Milestones, Direction::Reach),
            Act::Move | Act::Attain | Act::Halve | Act::Multiply(_) | Act::Abolish | Act::Other => return None,
        };
        let measure = whole(Target::default(), kind, direction);
        measure.name.is_some().then_some(measure)
    }

    fn moved(&self, clause: &Clause, said: &Said, kind: MeasureKind) -> Option<(DraftMeasure, Vec<usize>)> {
        let (Frame::FromTo(..), act) =
            (said.frame, if kind == MeasureKind::Increase { Act::Raise } else { Act::Lower })
        else {
            return None;
        };
        let (mut measure, used) = self.measure(act, said, None)?;
        measure.name = self.name(clause, clause.from, said.name_to, None);
        measure.quote = self.quote(clause.head.unwrap_or(clause.from), said.to).to_owned();
        Some((measure, used))
    }

    /// The measure that a frame says behind a verb, and the quantities that it took.
    fn measure(&self, act: Act, said: &Said, better: Option<Way>) -> Option<(DraftMeasure, Vec<usize>)> {
        let way = match act {
            Act::Raise => Some(Way::Up),
            Act::Lower => Some(Way::Down),
            Act::Improve => Some(better.unwrap_or(Way::Up)),
            Act::Move
            | Act::Hold
            | Act::Limit
            | Act::Attain
            | Act::Halve
            | Act::Multiply(_)
            | Act::Abolish
            | Act::Do
            | Act::Other => None,
        };
        let quantity = |index: usize| self.quantity_of(index).map(|(_, quantity)| quantity);
        let (mut measure, mut used) = match said.frame {
            Frame::By(index) => (by(way?, quantity(index)?)?, vec![index]),
            Frame::Changed(way, index) => (by(way, quantity(index)?)?, vec![index]),
            Frame::FromTo(first, second) => {
                let (first_said, second_said) = (quantity(first)?, quantity(second)?);
                let (measure, both) = from_to(act, way, first_said, second_said)?;
                (measure, if both { vec![first, second] } else { vec![second] })
            }
            Frame::To(side, index) => (to(act, way, better, side, quantity(index)?)?, vec![index]),
            Frame::Exactly(side, index) => (exactly(act, way, better, side, quantity(index)?)?, vec![index]),
        };
        if let Some((index, baseline)) = said.baseline.and_then(|index| self.quantity_of(index))
            && measure.target.baseline.is_none()
            && !baseline.is_year
            && baseline.upper.is_none()
            && fits(baseline, &measure)
        {
            measure.target.baseline = baseline.value;
            if measure.unit.is_none() {
                measure.unit = baseline.unit.clone();
            }
            used.push(index);
        }
        Some((measure, used))
    }

    /// In which direction the thing that is spoken of is better.
    fn better(&self, clause: &Clause, said: &Said, until: usize) -> Option<Way> {
        // "Save £3m in costs": what stands behind says where, not what.
        let leads_away = [Sense::In, Sense::Of, Sense::For, Sense::From, Sense::On];
        let behind = !leads_away.iter().any(|sense| self.has(said.to, *sense));
        self.better_between(said.name, said.from)
            .or_else(|| behind.then(|| self.better_between(said.to, until)).flatten())
            .or_else(|| self.better_between(clause.opens, clause.head.unwrap_or(clause.opens)))
    }
    fn better_between(&self, from: usize, to: usize) -> Option<Way> {
        let has = |sense| (from..to).any(|at| self.has(at, sense));
        match (has(Sense::LessIsBetter), has(Sense::MoreIsBetter)) {
            (true, false) => Some(Way::Down),
            (false, true) => Some(Way::Up),
            (true, true) | (false, false) => None,
        }
    }

    /// What is measured: the words before the frame, else those behind it, else those before the verb.
    fn name(&self, clause: &Clause, from: usize, to: usize, behind: Option<(usize, usize, Frame)>) -> Option<String> {
        let before = self.words(from, to);
        let behind_first =
            behind.filter(|(_, _, frame)| matches!(frame, Frame::Changed(..)) && !self.has(to, Sense::To));
        if let Some((start, until, _)) = behind_first {
            // "a 15 % increase in revenue"; of "20 % revenue growth" the words stand inside.
            let noun = usize::from(self.has(start, Sense::In) || self.has(start, Sense::Of));
            let inside = self.words(to + 1, start.saturating_sub(1)).filter(|_| noun == 0);
            return inside.or_else(|| self.words(start + noun, until)).or(before);
        }
        // "The target of 0.7 per cent" names nothing.
        let is_label =
            to > from && self.has(to - 1, Sense::Aim) && (from..to - 1).all(|at| self.has(at, Sense::Article));
        let before = before.filter(|_| !is_label);
        before
            .or_else(|| {
                let (behind, until, frame) = behind?;
                let start = (behind..until).find(|at| !self.is_when(*at))?;
                // "20 teachers in digital skills" counts teachers.
                let counts = match frame {
                    Frame::Exactly(_, index) => self.quantity_of(index).is_some_and(|(_, quantity)| quantity.counts()),
                    Frame::By(_) | Frame::FromTo(..) | Frame::To(..) | Frame::Changed(..) => false,
                };
                if counts {
                    return None;
                }
                let skip = [Sense::Of, Sense::In].iter().any(|sense| self.has(start, *sense));
                let leads_away = [Sense::From, Sense::To, Sense::For, Sense::By, Sense::At, Sense::Aside];
                if leads_away.iter().any(|sense| self.has(start, *sense)) {
                    return None;
                }
                self.words(start + usize::from(skip), until)
            })
            .or_else(|| self.words(clause.opens, clause.head.unwrap_or(clause.opens)))
    }

    /// Some terms as a name: without what leads up to it and what is added to it, at most a title long.
    fn words(&self, from: usize, to: usize) -> Option<String> {
        let leads = [Sense::Article, Sense::Adverb, Sense::And, Sense::By, Sense::To, Sense::Of, Sense::About];
        let mut from = from;
        while from < to
            && (leads.iter().any(|sense| self.has(from, *sense))
                || self.is_when(from)
                || self.is_mark(from, &[',', ':', '-']))
        {
            from += 1;
        }
        let to = self.end_of_words(from, to);
        let text = self.quote(from, to);
        if from >= to || !text.chars().any(char::is_alphabetic) {
            return None;
        }
        Some(super::shortened(text))
    }

    /// The term behind the last one that still names the thing.
    fn end_of_words(&self, from: usize, to: usize) -> usize {
        let stops = |at: &usize| self.has(*at, Sense::Tail) || self.is_end(*at) || self.is_when(*at);
        let mut to = (from..to).find(stops).unwrap_or(to);
        let trails = [
            Sense::And,
            Sense::Or,
            Sense::To,
            Sense::By,
            Sense::Of,
            Sense::In,
            Sense::At,
            Sense::From,
            Sense::Adverb,
            Sense::Trend(Way::Up),
            Sense::Trend(Way::Down),
            Sense::Will,
            Sense::Aim,
            Sense::For,
            Sense::Aside,
            Sense::About,
            Sense::Nearly,
            Sense::Not,
        ];
        while to > from
            && (trails.iter().any(|sense| self.has(to - 1, *sense))
                || self.sense(to - 1, Sense::limit).is_some()
                // The A of "Series A" is no article.
                || (self.has(to - 1, Sense::Article) && self.quote(to - 1, to).starts_with(char::is_lowercase))
                || self.is_mark(to - 1, &[',', '-', '–', '(', '"', '“', '”']))
        {
            to -= 1;
        }
        to
    }
}

fn measure(kind: MeasureKind, direction: Direction, target: Target, unit: Option<String>) -> DraftMeasure {
    DraftMeasure { name: None, quote: String::new(), kind, direction, target, unit }
}

fn moving(way: Way) -> (MeasureKind, Direction) {
    match way {
        Way::Up => (MeasureKind::Increase, Direction::Increase),
        Way::Down => (MeasureKind::Decrease, Direction::Decrease),
    }
}

/// By so much. A rate for each year tells no target, and neither does a range.
fn by(way: Way, quantity: &Quantity) -> Option<DraftMeasure> {
    let value =
        quantity.value.filter(|value| value.get() > 0.0 && quantity.upper.is_none() && quantity.each.is_none())?;
    let (basis, amount) = match (quantity.nature, way) {
        (Nature::Percent | Nature::Part, _) => (Basis::Relative, value),
        (Nature::Times, Way::Up) => (Basis::Relative, Number::new((value.get() - 1.0) * 100.0).ok()?),
        (Nature::Times, Way::Down) => return None,
        (Nature::Count | Nature::PercentPoints | Nature::Points, _) => (Basis::Points, value),
    };
    // Nothing falls by more than all of it, and a rise by nothing is none.
    if (basis == Basis::Relative && way == Way::Down && amount.get() > 100.0) || amount.get() <= 0.0 {
        return None;
    }
    let unit = quantity.unit.clone().filter(|_| basis == Basis::Points);
    let (kind, direction) = moving(way);
    Some(measure(kind, direction, Target { basis, amount: Some(amount), ..Target::default() }, unit))
}

/// From one to another, and whether the first could be read.
fn from_to(act: Act, way: Option<Way>, first: &Quantity, second: &Quantity) -> Option<(DraftMeasure, bool)> {
    let target = value_of(second).filter(|_| second.upper.is_none() && !(first.is_year && second.is_year))?;
    let takes = match act {
        Act::Raise | Act::Lower | Act::Improve | Act::Move | Act::Attain | Act::Other | Act::Do => true,
        Act::Hold | Act::Limit | Act::Halve | Act::Multiply(_) | Act::Abolish => false,
    };
    // "from 1 to 2 million" may begin at one, or at one million.
    let unscaled = second.is_scaled && !first.is_scaled && first.value.is_some_and(|value| value.get().abs() < 1_000.0);
    let same = first.nature == second.nature || first.is_bare || second.is_bare;
    let baseline = value_of(first).filter(|_| same && !unscaled);
    let way = match (act, baseline) {
        // The numbers say in which direction it is better.
        (Act::Improve | Act::Move | Act::Attain | Act::Other | Act::Do, Some(baseline)) if baseline != target => {
            Some(if baseline < target { Way::Up } else { Way::Down })
        }
        (
            Act::Improve
            | Act::Move
            | Act::Attain
            | Act::Other
            | Act::Do
            | Act::Raise
            | Act::Lower
            | Act::Hold
            | Act::Limit
            | Act::Halve
            | Act::Multiply(_)
            | Act::Abolish,
            _,
        ) => way,
    }?;
    let (kind, direction) = moving(way);
    let unit = second.unit.clone().or_else(|| first.unit.clone());
    let target = Target { baseline, target: Some(target), ..Target::default() };
    takes.then(|| (measure(kind, direction, target, unit), baseline.is_some()))
}

/// A number that can be a value; a part of something unsaid, or a multiple of it, is none.
fn value_of(quantity: &Quantity) -> Option<Number> {
    match quantity.nature {
        Nature::Part | Nature::Times => None,
        Nature::Count | Nature::Percent | Nature::PercentPoints | Nature::Points => quantity.value,
    }
}

/// To so much: a value to get to, or a bound to get past.
fn to(
    act: Act,
    way: Option<Way>,
    better: Option<Way>,
    side: Option<Side>,
    quantity: &Quantity,
) -> Option<DraftMeasure> {
    let value = value_of(quantity).filter(|_| !quantity.is_year && !is_pronoun(quantity))?;
    let way = match act {
        Act::Limit => return exactly(act, way, better, side, quantity),
        Act::Attain | Act::Other | Act::Do | Act::Move => way.or(better),
        Act::Raise | Act::Lower | Act::Improve => way,
        Act::Hold | Act::Halve | Act::Multiply(_) | Act::Abolish => return None,
    };
    if side.is_some() || quantity.upper.is_some() {
        let direction = way.map_or(Direction::Reach, |way| moving(way).1);
        let against = match (way, side) {
            (Some(Way::Down), Some(Side::AtLeast | Side::MoreThan)) => true,
            (Some(Way::Down | Way::Up) | None, Some(_) | None) => false,
        };
        return bounds(side, quantity, way)
            .filter(|_| !against)
            .map(|(target, _)| measure(MeasureKind::Reach, direction, target, quantity.unit.clone()));
    }
    let (kind, direction) = moving(way?);
    Some(measure(kind, direction, Target { target: Some(value), ..Target::default() }, quantity.unit.clone()))
}

/// "One of the best" counts nothing.
fn is_pronoun(quantity: &Quantity) -> bool {
    quantity.in_words && quantity.is_bare && quantity.value.is_some_and(|value| value.get() == 1.0)
}

/// So much of it, or at least so much.
fn exactly(
    act: Act,
    way: Option<Way>,
    better: Option<Way>,
    side: Option<Side>,
    quantity: &Quantity,
) -> Option<DraftMeasure> {
    let value = value_of(quantity).filter(|_| !is_pronoun(quantity) && !quantity.is_year)?;
    let unit = quantity.unit.clone();
    let zero = value == Number::ZERO && quantity.upper.is_none();
    match act {
        Act::Hold | Act::Limit => {
            let default = match act {
                Act::Limit => Some(Way::Down),
                Act::Hold
                | Act::Raise
                | Act::Lower
                | Act::Improve
                | Act::Move
                | Act::Halve
                | Act::Multiply(_)
                | Act::Attain
                | Act::Abolish
                | Act::Do
                | Act::Other => better.or((quantity.nature == Nature::Percent).then_some(Way::Up)),
            };
            let (target, kind) = bounds(side, quantity, if zero { Some(Way::Down) } else { default })?;
            Some(measure(kind, Direction::Maintain, target, unit))
        }
        Act::Attain | Act::Other | Act::Do | Act::Raise if zero && side.is_none() => {
            let target = Target { target: Some(value), ..Target::default() };
            Some(measure(MeasureKind::Decrease, Direction::Decrease, target, unit))
        }
        Act::Attain | Act::Other | Act::Do | Act::Raise => {
            let (target, _) = bounds(side, quantity, Some(better.unwrap_or(Way::Up)))?;
            Some(measure(MeasureKind::Reach, Direction::Reach, target, unit))
        }
        Act::Lower | Act::Improve | Act::Move => to(act, way, better, side, quantity),
        Act::Halve | Act::Multiply(_) | Act::Abolish => None,
    }
}

/// The bounds that were said, and the kind of measure that keeps within them. Where no side was said, the way that is
/// better tells it.
fn bounds(side: Option<Side>, quantity: &Quantity, better: Option<Way>) -> Option<(Target, MeasureKind)> {
    let low = value_of(quantity)?;
    let none = Target::default();
    if let Some(high) = quantity.upper {
        return side
            .is_none()
            .then_some((Target { low: Some(low), high: Some(high), ..none }, MeasureKind::MaintainRange));
    }
    let side = side.or(better.map(|way| match way {
        Way::Up => Side::AtLeast,
        Way::Down => Side::AtMost,
    }))?;
    let bound = match side {
        Side::AtLeast | Side::AtMost => Bound::Inclusive,
        Side::MoreThan | Side::LessThan => Bound::Exclusive,
    };
    Some(match side {
        Side::AtLeast | Side::MoreThan => (Target { low: Some(low), bound, ..none }, MeasureKind::MaintainAbove),
        Side::AtMost | Side::LessThan => (Target { high: Some(low), bound, ..none }, MeasureKind::MaintainBelow),
    })
}

/// Whether a baseline said apart is of the same nature as what is measured.
fn fits(baseline: &Quantity, measure: &DraftMeasure) -> bool {
    value_of(baseline).is_some()
        && (measure.target.basis == Basis::Relative
            || baseline.is_bare
            || measure.unit.is_none()
            || baseline.unit == measure.unit)
}
