//! Frames: the ways in which a clause says by how much, from where, to where, or within which bounds.

use super::clause::{Clause, Reading};
use super::lexicon::{Act, Sense, Side, Way};
use super::quantity::{HYPHENS, Nature, Quantity};
use crate::number::Number;

/// A way of saying how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// By so much.
    By(usize),
    /// From one to another.
    FromTo(usize, usize),
    /// To so much, or to at most so much.
    To(Option<Side>, usize),
    /// So much, or at least so much, of it.
    Exactly(Option<Side>, usize),
    /// So much more, or an increase of so much.
    Changed(Way, usize),
}

/// A frame in its clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) frame: Frame,
    /// Where it starts from, where that was said apart.
    pub(super) baseline: Option<usize>,
    /// The first term of the name that stands before it.
    pub(super) name: usize,
    /// The term behind that name.
    pub(super) name_to: usize,
    /// Its first term.
    pub(super) from: usize,
    /// The term behind it.
    pub(super) to: usize,
}

/// A quantity with the words before it that belong to it, and the term behind.
struct Amount {
    side: Option<Side>,
    index: usize,
    to: usize,
}

impl Reading<'_, '_> {
    /// What a clause says of quantities, in order. A further one needs a comma or an "and" before it.
    pub(super) fn frames(&self, clause: &Clause) -> Vec<Said> {
        let mut said: Vec<Said> = Vec::new();
        let (mut at, mut name) = (clause.from, clause.from);
        // A starting value that waits for its frame, and where it stands.
        let mut starts: Option<(usize, usize)> = None;
        // Nothing but adverbs and articles has come since the verb.
        let mut direct = true;
        let (mut joined, mut aside, mut behind_and) = (false, false, false);
        while at < clause.to {
            let baseline = self.baseline(at);
            if let Some((index, to)) = baseline {
                match said.last_mut().filter(|last| last.baseline.is_none() && !joined) {
                    Some(last) => {
                        last.baseline = Some(index);
                        last.to = to;
                    }
                    // "from 5 % by 2 points": it is said before.
                    None => starts = Some((index, at)),
                }
                (at, direct) = (to, false);
                continue;
            }
            if let Some((frame, to)) =
                self.frame(clause, at, Place { direct, aside, follows: !said.is_empty() && joined })
            {
                // "by half, from 12 % to 6 %" says one thing twice.
                let again = match (frame, said.last_mut()) {
                    (Frame::FromTo(first, _), Some(last)) if name == at && !behind_and => {
                        last.baseline = last.baseline.or(Some(first));
                        true
                    }
                    (Frame::By(_) | Frame::FromTo(..) | Frame::To(..) | Frame::Exactly(..) | Frame::Changed(..), _) => {
                        false
                    }
                };
                if !again && (said.is_empty() || joined) {
                    let (baseline, name_to) = starts.take().map_or((None, at), |(index, at)| (Some(index), at));
                    said.push(Said { frame, baseline, name, name_to, from: at, to });
                    joined = false;
                    name = to;
                }
                (at, direct) = (to, false);
                continue;
            }
            if self.has(at, Sense::And) || self.is_mark(at, &[',']) {
                (joined, aside) = (true, false);
                behind_and = self.has(at, Sense::And);
                if !said.is_empty() {
                    name = at + 1;
                }
            } else if self.has(at, Sense::Aside) {
                aside = true;
            }
            let passes = [Sense::Adverb, Sense::Article, Sense::Quantifier, Sense::About]
                .iter()
                .any(|sense| self.has(at, *sense));
            direct &= passes || self.is_when(at) || self.is_mark(at, &[',']);
            at += 1;
        }
        said
    }

    /// "from 30 %" without a "to" behind it.
    fn baseline(&self, at: usize) -> Option<(usize, usize)> {
        if !self.has(at, Sense::From) {
            return None;
        }
        let first = self.amount(at + 1).filter(|amount| amount.side.is_none())?;
        (!self.has(first.to, Sense::To) || self.amount(first.to + 1).is_none()).then_some((first.index, first.to))
    }

    /// A quantity, behind words such as "at least" and "about".
    fn amount(&self, from: usize) -> Option<Amount> {
        let mut at = from;
        let mut side = None;
        // "at least about", "a maximum of some": two such words are as many as are said.
        for _ in 0..3 {
            if let Some(limit) = self.sense(at, Sense::limit) {
                side = Some(limit);
            } else if !(self.has(at, Sense::About) || self.has(at, Sense::Article) || self.has(at, Sense::Between)) {
                break;
            }
            at += 1;
        }
        let (index, _) = self.quantity(at)?;
        let mut to = at + 1;
        if let Some(behind) = self.sense(to, Sense::limit_after) {
            side = Some(behind);
            to += 1;
        } else if self.is_mark(to, &['+']) {
            side = Some(Side::AtLeast);
            to += 1;
        }
        Some(Amount { side, index, to })
    }

    fn frame(&self, clause: &Clause, at: usize, place: Place) -> Option<(Frame, usize)> {
        // "at least by half", "by at least half"
        let by = at + usize::from(self.sense(at, Sense::limit).is_some() && self.has(at + 1, Sense::By));
        if self.has(by, Sense::By) {
            let amount = self.amount(by + 1)?;
            return Some((Frame::By(amount.index), amount.to));
        }
        // "in half"
        if self.has(at, Sense::In) && clause.act == Act::Lower {
            let (index, quantity) = self.quantity(at + 1)?;
            return (quantity.nature == Nature::Part).then_some((Frame::By(index), at + 2));
        }
        if self.has(at, Sense::From) {
            let first = self.amount(at + 1)?;
            let second = self.has(first.to, Sense::To).then(|| self.amount(first.to + 1)).flatten()?;
            return Some((Frame::FromTo(first.index, second.index), second.to));
        }
        if self.has(at, Sense::To) {
            return self.to_amount(at);
        }
        if self.has(at, Sense::Of) {
            return self.of_amount(clause, at);
        }
        if let Some(found) = self.change(clause, at) {
            return Some(found);
        }
        self.bound(clause, at, place).or_else(|| self.plain(clause, at, place))
    }

    fn to_amount(&self, at: usize) -> Option<(Frame, usize)> {
        let amount = self.amount(at + 1)?;
        let (_, quantity) = self.quantity_of(amount.index)?;
        // "to 40 % below 1990 levels" is a change.
        if let (Nature::Percent, Some(side)) = (quantity.nature, self.sense(amount.to, Sense::limit)) {
            return Some((Frame::Changed(way_of(side), amount.index), amount.to + 1));
        }
        // "aid to 20 countries" names who receives it.
        let gives = at > 0
            && self.has(at - 1, Sense::Giving)
            && quantity.unit.is_some()
            && quantity.nature == Nature::Count
            && !quantity.is_money;
        // "to 3 new markets" adds three to those there are.
        let adds = self.has(amount.to, Sense::Fresh);
        (!gives && !adds).then_some((Frame::To(amount.side, amount.index), amount.to))
    }

    /// "an increase of 15 %", "a score of at least 60".
    fn of_amount(&self, clause: &Clause, at: usize) -> Option<(Frame, usize)> {
        let amount = self.amount(at + 1)?;
        let changes = at > 0 && self.sense(at - 1, Sense::change).is_some();
        if let Some(way) = self.sense(at.checked_sub(1)?, Sense::change).filter(|_| takes_change(clause.act)) {
            return Some((Frame::Changed(way, amount.index), amount.to));
        }
        let named = at
            .checked_sub(1)
            .is_some_and(|before| self.has(before, Sense::MoreIsBetter) || self.has(before, Sense::LessIsBetter));
        let takes = match clause.act {
            Act::Attain | Act::Hold => true,
            // "A profit margin of 15 %" is a sentence too.
            Act::Other if clause.head.is_none() && named => true,
            Act::Raise
            | Act::Lower
            | Act::Improve
            | Act::Move
            | Act::Limit
            | Act::Halve
            | Act::Multiply(_)
            | Act::Abolish
            | Act::Do
            | Act::Other => false,
        };
        (takes && !changes && !self.is_name(amount.to))
            .then_some((Frame::Exactly(amount.side, amount.index), amount.to))
    }

    /// "a 15 % increase", "20 % revenue growth", "20 % fewer complaints".
    fn change(&self, clause: &Clause, at: usize) -> Option<(Frame, usize)> {
        let (index, quantity) = self.quantity(at)?;
        if !takes_change(clause.act) || quantity.is_money || quantity.each.is_some() {
            return None;
        }
        let trend = at.checked_sub(1).and_then(|before| self.sense(before, Sense::trend));
        if let Some(way) = trend.filter(|_| clause.head.is_none()) {
            return Some((Frame::Changed(way, index), at + 1));
        }
        if let Some(way) = self.sense(at + 1, Sense::compare) {
            return Some((Frame::Changed(way, index), at + 2));
        }
        let measures = quantity.nature != Nature::Count || quantity.unit.is_some();
        let behind = at + 1 + usize::from(self.is_mark(at + 1, &HYPHENS));
        let words = (behind..behind + 4).take_while(|word| *word == behind || self.is_name(word - 1));
        let change = |word: usize| Some((self.sense(word, Sense::change)?, word + 1));
        let (way, to) = words.into_iter().find_map(change).filter(|_| measures)?;
        Some((Frame::Changed(way, index), to))
    }

    /// "above 40", "between 20 and 30", "at 2 %".
    fn bound(&self, clause: &Clause, at: usize, place: Place) -> Option<(Frame, usize)> {
        let is_at = self.has(at, Sense::At);
        let starts = self.sense(at, Sense::limit).is_some() || self.has(at, Sense::Between) || is_at;
        if !starts {
            return None;
        }
        let amount = self.amount(at + usize::from(is_at))?;
        let (_, quantity) = self.quantity_of(amount.index)?;
        let named = at > clause.from && self.is_name(at - 1) && !self.has(at - 1, Sense::Person);
        let within = quantity.upper.is_some() || amount.side.is_some();
        match clause.act {
            Act::Hold | Act::Limit if !place.aside => Some((Frame::Exactly(amount.side, amount.index), amount.to)),
            Act::Attain if !place.aside && !is_at && within => {
                Some((Frame::Exactly(amount.side, amount.index), amount.to))
            }
            Act::Raise | Act::Lower | Act::Improve | Act::Move
                if !place.aside
                    && !place.direct
                    && within
                    && named
                    && at - clause.from <= 4
                    && agrees(clause.act, amount.side) =>
            {
                Some((Frame::To(amount.side, amount.index), amount.to))
            }
            Act::Other | Act::Do
                if (place.direct || place.follows)
                    && amount.side.is_some()
                    && (clause.head.is_some() || self.has(amount.to, Sense::Of))
                    && !is_at =>
            {
                Some((Frame::Exactly(amount.side, amount.index), amount.to))
            }
            Act::Hold
            | Act::Limit
            | Act::Attain
            | Act::Raise
            | Act::Lower
            | Act::Improve
            | Act::Move
            | Act::Other
            | Act::Do
            | Act::Halve
            | Act::Multiply(_)
            | Act::Abolish => None,
        }
    }

    /// A quantity without a word that leads up to it.
    fn plain(&self, clause: &Clause, at: usize, place: Place) -> Option<(Frame, usize)> {
        let amount = self.amount(at).filter(|amount| amount.to > at && self.quantity(at).is_some())?;
        let (_, quantity) = self.quantity_of(amount.index)?;
        let exactly = Some((Frame::Exactly(amount.side, amount.index), amount.to));
        let ends = self.is_end(amount.to)
            || self.is_when(amount.to)
            || self.has(amount.to, Sense::And)
            || self.is_mark(amount.to, &[',']);
        let of = self.has(amount.to, Sense::Of);
        let is_share = matches!(quantity.nature, Nature::Percent | Nature::Part);
        // "revenue 20 %" at the end of what is said.
        let trails = ends
            && !place.direct
            && !place.aside
            && at > clause.from
            && self.is_name(at - 1)
            && !self.has(at - 1, Sense::Selector);
        match clause.act {
            Act::Attain
                if place.direct
                    || (place.follows && !quantity.is_bare)
                    || (trails && (quantity.unit.is_some() || amount.side.is_some())) =>
            {
                exactly
            }
            Act::Attain if trails && !quantity.is_year && !quantity.in_words => exactly,
            Act::Hold if place.direct => exactly,
            Act::Lower if place.direct && (quantity.is_money || is_share || quantity.unit.is_some()) => {
                Some((Frame::By(amount.index), amount.to))
            }
            Act::Raise if place.direct && quantity.is_money => exactly,
            Act::Raise
                if place.direct && quantity.nature == Nature::Percent && (ends || self.has(amount.to, Sense::In)) =>
            {
                Some((Frame::By(amount.index), amount.to))
            }
            Act::Raise | Act::Lower | Act::Improve
                if trails && matches!(quantity.nature, Nature::Percent | Nature::Times) =>
            {
                Some((Frame::By(amount.index), amount.to))
            }
            Act::Do if place.direct && quantity.nature == Nature::Count && !quantity.in_words && !of => exactly,
            // "Zero accidents"
            Act::Other
                if place.direct
                    && clause.head.is_none()
                    && quantity.value == Some(Number::ZERO)
                    && (quantity.unit.is_some() || self.is_name(amount.to)) =>
            {
                exactly
            }
            Act::Do | Act::Other
                if place.direct && clause.head.is_some() && quantity.nature == Nature::Percent && of =>
            {
                exactly
            }
            Act::Raise
            | Act::Lower
            | Act::Improve
            | Act::Move
            | Act::Hold
            | Act::Limit
            | Act::Attain
            | Act::Halve
            | Act::Multiply(_)
            | Act::Abolish
            | Act::Do
            | Act::Other => None,
        }
    }

    pub(super) fn quantity_of(&self, index: usize) -> Option<(usize, &Quantity)> {
        self.quantities.get(index).map(|quantity| (index, quantity))
    }
}

/// What surrounds a place in a clause.
#[derive(Clone, Copy)]
struct Place {
    /// Directly behind the verb.
    direct: bool,
    /// In words that narrow a noun down.
    aside: bool,
    /// Behind another frame and an "and".
    follows: bool,
}

/// Whether "a 15 % increase" behind a verb is what is to happen.
fn takes_change(act: Act) -> bool {
    match act {
        Act::Attain | Act::Other | Act::Do | Act::Improve | Act::Move | Act::Raise => true,
        Act::Lower | Act::Hold | Act::Limit | Act::Halve | Act::Multiply(_) | Act::Abolish => false,
    }
}

/// Whether a bound lies where the verb leads: "waits over 4 hours" names the waits that are to be fewer.
fn agrees(act: Act, side: Option<Side>) -> bool {
    match act {
        Act::Lower => side.is_none_or(|side| way_of(side) == Way::Down),
        Act::Raise => side.is_none_or(|side| way_of(side) == Way::Up),
        Act::Improve
        | Act::Move
        | Act::Hold
        | Act::Limit
        | Act::Attain
        | Act::Halve
        | Act::Multiply(_)
        | Act::Abolish
        | Act::Do
        | Act::Other => true,
    }
}

fn way_of(side: Side) -> Way {
    match side {
        Side::AtLeast | Side::MoreThan => Way::Up,
        Side::AtMost | Side::LessThan => Way::Down,
    }
}
