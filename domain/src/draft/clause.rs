//! Clauses: a verb, what is said of it, and where that ends.

use super::calendar::Calendar;
use super::date::{When, when};
use super::lexicon::{Act, Form, Sense};
use super::quantity::Quantity;
use super::sentence::Sentence;

/// A piece of a statement, or several that say one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Term {
    Piece(usize),
    When(usize),
    Quantity(usize),
}

/// A statement with its dates and quantities found.
pub(super) struct Reading<'s, 't> {
    pub(super) sentence: &'s Sentence<'t>,
    pub(super) whens: Vec<When>,
    pub(super) quantities: Vec<Quantity>,
    pub(super) terms: Vec<Term>,
}

/// A verb and the terms up to the next one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clause {
    pub(super) act: Act,
    /// Whether the statement itself says it, and not an aside or an explanation in it.
    pub(super) is_main: bool,
    /// Whether it is negated, only wished, or narrows a noun down: its numbers say nothing of what is to be.
    pub(super) is_void: bool,
    /// The verb; `None` where the clause has none.
    pub(super) head: Option<usize>,
    /// The first term behind the verb.
    pub(super) from: usize,
    /// The term behind the last one.
    pub(super) to: usize,
    /// The first term before the verb that no other clause has.
    pub(super) opens: usize,
}

/// The marks that end a sentence.
const ENDS: [char; 8] = ['.', ';', '!', '?', '\n', '•', '。', ':'];

impl<'s, 't> Reading<'s, 't> {
    pub(super) fn new(sentence: &'s Sentence<'t>, calendar: &Calendar) -> Self {
        let mut reading = Self { sentence, whens: Vec::new(), quantities: Vec::new(), terms: Vec::new() };
        let mut at = 0;
        while at < sentence.pieces.len() {
            if let Some(when) = when(sentence, calendar, at).filter(|when| when.to > at) {
                at = when.to;
                // "from 44 % in 2024" says when it was so.
                if when.start.is_some() && reading.ends_with_baseline() {
                    continue;
                }
                reading.terms.push(Term::When(reading.whens.len()));
                reading.whens.push(when);
            } else if sentence.has(at, Sense::Per) {
                // The number of a rate is part of its unit.
                let to = sentence.rate_end(at);
                reading.terms.extend((at..to).map(Term::Piece));
                at = to;
            } else if let Some(quantity) = sentence.quantity_in_place(at).filter(|quantity| quantity.to > at) {
                at = quantity.to;
                reading.terms.push(Term::Quantity(reading.quantities.len()));
                reading.quantities.push(quantity);
            } else {
                reading.terms.push(Term::Piece(at));
                at += 1;
            }
        }
        reading
    }

    /// Whether the last term is a number behind "from".
    fn ends_with_baseline(&self) -> bool {
        let last = self.terms.len().saturating_sub(1);
        self.quantity(last)
            .and_then(|(_, quantity)| quantity.from.checked_sub(1))
            .is_some_and(|before| self.sentence.has(before, Sense::From))
    }

    /// The piece that a term is, where it is one.
    pub(super) fn piece(&self, at: usize) -> Option<usize> {
        match self.terms.get(at)? {
            Term::Piece(piece) => Some(*piece),
            Term::When(_) | Term::Quantity(_) => None,
        }
    }
    pub(super) fn quantity(&self, at: usize) -> Option<(usize, &Quantity)> {
        match self.terms.get(at)? {
            Term::Quantity(index) => self.quantities.get(*index).map(|quantity| (*index, quantity)),
            Term::Piece(_) | Term::When(_) => None,
        }
    }
    pub(super) fn is_when(&self, at: usize) -> bool {
        matches!(self.terms.get(at), Some(Term::When(_)))
    }
    pub(super) fn has(&self, at: usize, sense: Sense) -> bool {
        self.piece(at).is_some_and(|piece| self.sentence.has(piece, sense))
    }
    pub(super) fn sense<T>(&self, at: usize, choose: impl Fn(Sense) -> Option<T>) -> Option<T> {
        self.sentence.sense(self.piece(at)?, choose)
    }
    pub(super) fn is_mark(&self, at: usize, marks: &[char]) -> bool {
        self.piece(at).is_some_and(|piece| self.sentence.is_mark(piece, marks))
    }
    pub(super) fn is_end(&self, at: usize) -> bool {
        at >= self.terms.len() || self.is_mark(at, &ENDS)
    }
    /// Whether a term is a word that the language's table does not know as anything but a name.
    pub(super) fn is_name(&self, at: usize) -> bool {
        let names = [Sense::Counted, Sense::LessIsBetter, Sense::MoreIsBetter, Sense::Giving, Sense::Person];
        self.piece(at).and_then(|piece| self.sentence.pieces.get(piece)).is_some_and(|piece| {
            piece.shape == super::sentence::Shape::Word && piece.senses.iter().all(|sense| names.contains(sense))
        })
    }
    /// The first piece of a term, and the piece behind it.
    pub(super) fn pieces_of(&self, at: usize) -> Option<(usize, usize)> {
        Some(match *self.terms.get(at)? {
            Term::Piece(piece) => (piece, piece + 1),
            Term::When(index) => self.whens.get(index).map(|when| (when.from, when.to))?,
            Term::Quantity(index) => self.quantities.get(index).map(|quantity| (quantity.from, quantity.to))?,
        })
    }
    /// The text of some terms.
    pub(super) fn quote(&self, from: usize, to: usize) -> &'t str {
        let first = self.pieces_of(from).map(|(first, _)| first);
        let last = to.checked_sub(1).and_then(|last| self.pieces_of(last)).map(|(_, last)| last);
        match (first, last) {
            (Some(first), Some(last)) => self.sentence.quote(first, last),
            (Some(_) | None, Some(_) | None) => "",
        }
    }

    /// The clauses, in order. What no verb governs is a clause without one.
    pub(super) fn clauses(&self) -> Vec<Clause> {
        let mut clauses: Vec<Clause> = Vec::new();
        let (mut opens, mut hedged, mut headed) = (0, false, false);
        for at in 0..=self.terms.len() {
            if self.is_end(at) {
                match clauses.last_mut().filter(|_| headed) {
                    Some(last) => last.to = at,
                    None if at > opens => clauses.push(Clause {
                        act: Act::Other,
                        is_main: false,
                        is_void: false,
                        head: None,
                        from: opens,
                        to: at,
                        opens,
                    }),
                    None => {}
                }
                (opens, hedged, headed) = (at + 1, false, false);
                continue;
            }
            hedged |= self.has(at, Sense::Hedge);
            let Some((act, rank)) = self.head(at, opens, headed) else { continue };
            if let Some(last) = clauses.last_mut().filter(|_| headed) {
                last.to = at;
            }
            let is_void = hedged || rank == Rank::Relative || self.is_negated(at, opens);
            // "Ensure churn stays below 2 %": the name stands between the two verbs.
            let is_third = self.sense(at, |sense| sense.verb().filter(|(_, form)| *form == Form::Third)).is_some();
            let own = match clauses.last().filter(|_| headed) {
                Some(last) if is_third => last.from,
                Some(_) => at,
                None => opens,
            };
            clauses.push(Clause {
                act,
                is_main: rank == Rank::Main && !is_void,
                is_void,
                head: Some(at),
                from: at + 1,
                to: at + 1,
                opens: own,
            });
            headed = true;
        }
        clauses
    }

    /// The nearest term before one that is not an adverb, a date, or a comma beside a date.
    fn before(&self, at: usize, opens: usize) -> Option<usize> {
        let mut before = at;
        while before > opens {
            before -= 1;
            let beside_date = self.is_mark(before, &[','])
                && (self.is_when(before + 1) || (before > opens && self.is_when(before - 1)));
            if !(self.has(before, Sense::Adverb) || self.is_when(before) || beside_date) {
                return Some(before);
            }
        }
        None
    }
    fn is_negated(&self, at: usize, opens: usize) -> bool {
        let not = |at: Option<usize>| at.is_some_and(|at| self.has(at, Sense::Not));
        let before = self.before(at, opens);
        not(before) || before.is_some_and(|before| self.has(before, Sense::To) && not(self.before(before, opens)))
    }

    /// What a term says as a verb, and which part in the sentence it has.
    fn head(&self, at: usize, opens: usize, headed: bool) -> Option<(Act, Rank)> {
        let (act, form) = self.sense(at, Sense::verb)?;
        let Some(before) = self.before(at, opens) else {
            return (!self.is_end(at + 1) || act == Act::Do).then_some((act, Rank::Main));
        };
        let connects = self.has(before, Sense::And) || self.is_mark(before, &[',', '-', '•', '*', '(']);
        let has_subject = self.has(before, Sense::Will) && !self.has(before, Sense::Article);
        // In "training and retention" and "rules-based, open, equitable" it is no verb.
        let is_listed = self.has(at + 1, Sense::And) || self.has(at + 1, Sense::Or) || self.is_mark(at + 1, &[',']);
        match form {
            Form::Plain if connects && is_listed && self.is_mark(before, &[',']) => None,
            Form::Plain if connects || has_subject => Some((act, Rank::Main)),
            Form::Plain if self.has(before, Sense::To) => {
                // "The time to hire" has no object: there the verb is part of a name.
                let ends = [Sense::From, Sense::To, Sense::By].iter().any(|sense| self.has(at + 1, *sense));
                let aims = before > opens && self.before(before, opens).is_none_or(|aim| self.has(aim, Sense::Aim));
                let is_main = aims || before == opens;
                (is_main || !(ends || self.is_when(at + 1) || self.is_end(at + 1)))
                    .then_some((act, if is_main { Rank::Main } else { Rank::Minor }))
            }
            Form::Plain if self.has(before, Sense::Or) => Some((act, Rank::Minor)),
            Form::Plain if self.has(before, Sense::Aside) && !self.has(before, Sense::For) => {
                // What others do ends nothing; what others raise or cut is not what is to be raised or cut.
                (act != Act::Other && act != Act::Do).then_some((act, Rank::Relative))
            }
            // Behind "help" and its like the second verb is what is meant, unless it is a noun of change.
            Form::Plain => {
                let helps = self.sense(before, Sense::verb).is_some_and(|(act, _)| act == Act::Other);
                let is_noun = self.sense(at, Sense::change).is_some();
                (helps && act != Act::Do && act != Act::Other && !is_noun).then_some((act, Rank::Minor))
            }
            Form::Gerund => {
                let leads =
                    [Sense::By, Sense::Of, Sense::To, Sense::And, Sense::Tail, Sense::Aim, Sense::Aside, Sense::Not];
                let follows = connects || leads.iter().any(|lead| self.has(before, *lead));
                let is_noun = is_listed || self.has(at + 1, Sense::Of) || self.is_end(at + 1);
                (follows && !is_noun).then_some((act, Rank::Minor))
            }
            Form::Third => {
                let unheaded = !headed || act == Act::Hold;
                let rank = if headed { Rank::Minor } else { Rank::Main };
                (unheaded && !self.has(before, Sense::Article)).then_some((act, rank))
            }
        }
    }
}

/// Which part in its sentence a verb has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    /// The sentence itself says it.
    Main,
    /// It explains or adds.
    Minor,
    /// It narrows a noun down.
    Relative,
}
