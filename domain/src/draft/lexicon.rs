//! What words can mean to the grammar, and the table in which a language says which words mean it.

use std::collections::HashMap;

use crate::outcome::Category;

/// Where something is to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Way {
    Up,
    Down,
}

/// What a verb says is to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Act {
    /// More of it.
    Raise,
    /// Less of it.
    Lower,
    /// Better: more of what is good, less of what is bad.
    Improve,
    /// From somewhere to somewhere.
    Move,
    /// As it is, or within bounds.
    Hold,
    /// Not more than so much.
    Limit,
    /// To so much.
    Attain,
    /// A half of it.
    Halve,
    /// So many times as much.
    Multiply(u8),
    /// None of it.
    Abolish,
    /// Work that is done or not.
    Do,
    /// Something that says nothing about a quantity; it only ends what was said before.
    Other,
}

/// The form in which a verb stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Form {
    Plain,
    Gerund,
    Third,
}

/// On which side of a number values are to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Side {
    AtLeast,
    MoreThan,
    AtMost,
    LessThan,
}

/// A unit of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Unit {
    Day,
    Week,
    Month,
    Quarter,
    Half,
    Year,
}

/// One thing that a word or a phrase can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sense {
    Verb(Act, Form),
    /// A noun of change: an increase, a reduction.
    Change(Way),
    /// A comparison: more, fewer.
    Compare(Way),
    /// A trend: up, down.
    Trend(Way),
    /// What makes a number one that is added: new, additional.
    Fresh,
    And,
    Or,
    By,
    From,
    To,
    Of,
    In,
    At,
    For,
    On,
    Per,
    Between,
    OutOf,
    Article,
    /// What stands like an article and belongs to the name: all forms.
    Quantifier,
    Adverb,
    /// Roughly so much: the number stands.
    About,
    /// Nearly so much: the number does not stand.
    Nearly,
    /// Before a number.
    Limit(Side),
    /// After a number.
    LimitAfter(Side),
    /// What narrows a noun down: a bound behind it is part of the noun.
    Aside,
    /// What explains or adds: the name of the thing ends before it.
    Tail,
    Not,
    /// What is only wished or allowed.
    Hedge,
    /// What makes an infinitive behind it a statement: aim, measures.
    Aim,
    Will,
    /// What picks a part: the bottom 40 per cent.
    Selector,
    /// People, whose age may follow.
    Person,
    /// What is given to somebody: "to 20 countries" behind it is no target.
    Giving,
    LessIsBetter,
    MoreIsBetter,
    /// What is counted.
    Counted,
    OfAge,
    /// What makes a year a point of comparison: 1990 levels.
    Levels,
    /// What makes the year behind it a point of comparison: compared with 1990.
    Against,

    // Numbers.
    Cardinal(u16),
    /// A power of ten.
    Scale(u8),
    Half,
    Denominator(u8),
    /// A fraction under one phrase: a quarter.
    Fraction(u8, u8),
    Percent,
    Points,
    PercentPoints,
    BasisPoints,
    /// So many times as much.
    Fold,
    TimesWord(u8),
    Zero,
    /// A dozen, so many things under one word.
    Dozen,
    Each(Unit),

    // Time.
    Month(i8),
    Ordinal(u8),
    Calendar(Unit),
    /// Hours and the like: they measure, and are never due.
    ShortTime,
    Fiscal,
    PlainCalendar,
    This,
    Next,
    EndOf,
    StartOf,
    MiddleOf,
    EndOfThis(Unit),
    /// A part of the year by its number: Q3, H1.
    PartOfYear(Unit, u8),
    Until,
    Before,
    Within,
    During,
    Over,
    Since,
}

/// The words of a language: for each sense, the words and phrases that have it, in lower case, each after a comma.
pub(super) type Table = &'static [(Sense, &'static str)];

/// All that the grammar knows of a language. Another language is another of these, in a file of its own.
pub(super) struct Language {
    /// What its words can mean.
    pub(super) lexicon: Lexicon,
    /// The letters that may follow digits directly, with the power of ten that they stand for.
    pub(super) powers: &'static [(&'static str, u8)],
    /// The same, where they mean that only behind a currency: `m` is a metre too.
    pub(super) powers_of_money: &'static [(&'static str, u8)],
    /// The letters directly behind digits that make a percentage point of them.
    pub(super) points: &'static [&'static str],
    /// The letters directly behind digits that make a place in an order of them.
    pub(super) ordinals: &'static [&'static str],
    /// How it says "a year".
    pub(super) each: fn(Unit) -> &'static str,
    /// What kind of impact words speak of, each after a comma; the kind with the most of them is proposed.
    pub(super) categories: &'static [(Category, &'static str)],
}

/// A language's words, found by spelling.
pub(super) struct Lexicon {
    senses: HashMap<&'static str, Vec<Sense>>,
}

/// The most words of a phrase in a table.
pub(super) const PHRASE_MAX: usize = 5;

impl Lexicon {
    pub(super) fn new(tables: &[Table]) -> Self {
        let mut senses: HashMap<&'static str, Vec<Sense>> = HashMap::new();
        for (sense, words) in tables.iter().flat_map(|table| table.iter()) {
            for word in words.split(", ") {
                senses.entry(word).or_default().push(*sense);
            }
        }
        Self { senses }
    }
    /// What a word or phrase can mean; nothing, where the language's table does not have it.
    pub(super) fn senses(&self, phrase: &str) -> Option<&[Sense]> {
        self.senses.get(phrase).map(Vec::as_slice)
    }
}

/// Takes from a sense what it holds, where it is of one kind; the kinds are many, and each question is about one.
macro_rules! holding {
    ($($name:ident: $variant:ident($($value:ident),+) -> $kind:ty;)+) => {
        impl Sense {
            $(pub(super) fn $name(self) -> Option<$kind> {
                if let Self::$variant($($value),+) = self { Some(($($value),+)) } else { None }
            })+
        }
    };
}
holding! {
    verb: Verb(act, form) -> (Act, Form);
    change: Change(way) -> Way;
    compare: Compare(way) -> Way;
    trend: Trend(way) -> Way;
    limit: Limit(side) -> Side;
    limit_after: LimitAfter(side) -> Side;
    cardinal: Cardinal(value) -> u16;
    scale: Scale(power) -> u8;
    denominator: Denominator(value) -> u8;
    fraction: Fraction(over, under) -> (u8, u8);
    times: TimesWord(count) -> u8;
    each: Each(unit) -> Unit;
    month: Month(number) -> i8;
    ordinal: Ordinal(number) -> u8;
    calendar: Calendar(unit) -> Unit;
    end_of_this: EndOfThis(unit) -> Unit;
    part_of_year: PartOfYear(unit, number) -> (Unit, u8);
}
