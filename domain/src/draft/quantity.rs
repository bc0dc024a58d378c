//! Quantities: how much, in which nature, of what unit.

use super::lexicon::{Sense, Unit};
use super::sentence::{Piece, Sentence, Shape};
use crate::number::Number;

/// What kind of number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    /// A number of something, or of nothing said.
    Count,
    /// So many of a hundred.
    Percent,
    /// A distance in per cent.
    PercentPoints,
    /// Points of a score.
    Points,
    /// A part of what there is: half, one third.
    Part,
    /// So many times what there is.
    Times,
}

/// A number as it was said.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Quantity {
    /// The number, or the lower of two; nothing, where it cannot be kept as it was said.
    pub(super) value: Option<Number>,
    /// The higher of two.
    pub(super) upper: Option<Number>,
    pub(super) nature: Nature,
    /// What it counts, where that was said.
    pub(super) unit: Option<String>,
    /// Whether it is so much in each year or day, and not once.
    pub(super) each: Option<Unit>,
    /// Whether a currency was named.
    pub(super) is_money: bool,
    /// Whether it was said with a word such as million.
    pub(super) is_scaled: bool,
    /// Whether it is a plain number without anything that tells what it is.
    pub(super) is_bare: bool,
    /// Whether it is a bare number that may be a year.
    pub(super) is_year: bool,
    /// Whether it was said in words: "one" may be no number at all.
    pub(super) in_words: bool,
    /// Its first piece.
    pub(super) from: usize,
    /// The piece behind it.
    pub(super) to: usize,
}

impl Quantity {
    /// Whether it counts things that were named.
    pub(super) fn counts(&self) -> bool {
        self.nature == Nature::Count && !self.is_money && self.unit.is_some()
    }
}

/// The currency signs.
const CURRENCIES: [char; 5] = ['$', '£', '€', '¥', '₹'];
/// The marks between two numbers of a range.
const RANGE_MARKS: [char; 4] = ['-', '–', '—', '\u{2010}'];
/// The hyphens that join words.
pub(super) const HYPHENS: [char; 3] = ['-', '\u{2010}', '\u{2011}'];
/// A plain number before its unit.
struct Plain {
    literal: Option<String>,
    scaled: bool,
    in_words: bool,
    suffix: Option<Suffix>,
    to: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Suffix {
    Percent,
    PercentPoints,
    Times,
}

impl Sentence<'_> {
    /// The quantity that begins at a piece.
    pub(super) fn quantity(&self, from: usize) -> Option<Quantity> {
        if let Some(part) = self.part(from) {
            return Some(part);
        }
        let mut quantity = self.single(from)?;
        if let Some(second) = self.second_of_range(&quantity) {
            quantity = range(quantity, second);
        }
        Some(quantity)
    }

    /// The quantity that begins at a piece, where it is one: an age, a label, or a year of comparison is none.
    pub(super) fn quantity_in_place(&self, from: usize) -> Option<Quantity> {
        let before = |sense| from > 0 && self.has(from - 1, sense);
        let quantity =
            if before(Sense::From) { self.part(from).or_else(|| self.single(from))? } else { self.quantity(from)? };
        let quantity = match before(Sense::Between).then(|| self.and_second(&quantity)).flatten() {
            Some(second) => range(quantity, second),
            None => quantity,
        };
        let of_age = self.has(quantity.to, Sense::OfAge)
            || (quantity.is_bare
                && from > 1
                && self.sense(from - 1, Sense::limit).is_some()
                && self.has(from - 2, Sense::Person));
        let compares = quantity.is_year && (self.has(quantity.to, Sense::Levels) || before(Sense::Against));
        (!of_age && !compares).then_some(quantity)
    }
    /// The second number behind "between 20 and".
    fn and_second(&self, first: &Quantity) -> Option<Quantity> {
        self.has(first.to, Sense::And).then(|| self.single(first.to + 1)).flatten()
    }

    /// One quantity with its unit.
    fn single(&self, from: usize) -> Option<Quantity> {
        let mut at = from;
        let mut currency = self.currency(at);
        if currency.is_some() {
            at += 1;
        }
        let negative = self.is_sign(at);
        if negative {
            at += 1;
        }
        if currency.is_none() && negative {
            currency = self.currency(at);
            at += usize::from(currency.is_some());
        }
        let plain = self.plain_number(at, currency.is_some())?;
        if plain.suffix.is_none() && self.is_adjective(plain.to) {
            return None;
        }
        let literal = plain.literal.map(|literal| if negative { format!("-{literal}") } else { literal });
        let value = literal.and_then(|literal| Number::parse(&literal).ok());
        let mut quantity = Quantity {
            value,
            upper: None,
            nature: Nature::Count,
            unit: currency.map(|sign| sign.to_string()),
            each: None,
            is_money: currency.is_some(),
            is_scaled: plain.scaled,
            is_bare: false,
            is_year: false,
            in_words: plain.in_words,
            from,
            to: plain.to,
        };
        match plain.suffix {
            Some(Suffix::Percent) => quantity.nature = Nature::Percent,
            Some(Suffix::PercentPoints) => quantity.nature = Nature::PercentPoints,
            Some(Suffix::Times) => quantity.nature = Nature::Times,
            None => self.unit_behind(&mut quantity),
        }
        if matches!(quantity.nature, Nature::Percent | Nature::PercentPoints) {
            quantity.unit = Some("%".into());
        }
        self.rate_behind(&mut quantity);
        quantity.is_bare = quantity.nature == Nature::Count && quantity.unit.is_none() && !quantity.is_scaled;
        // 2,030 is a number.
        quantity.is_year = quantity.is_bare
            && quantity.value.is_some_and(|value| (1_900.0..2_200.0).contains(&value.get()))
            && self.number(at).is_some_and(|piece| piece.text.len() == 4);
        Some(quantity)
    }

    fn currency(&self, at: usize) -> Option<char> {
        CURRENCIES.into_iter().find(|sign| self.is_mark(at, &[*sign]))
    }
    /// A minus that stands directly before a number and behind a space.
    fn is_sign(&self, at: usize) -> bool {
        let before_number = self.pieces.get(at + 1).is_some_and(|next| {
            next.glued
                && (next.shape == Shape::Number || matches!(next.shape, Shape::Mark(c) if CURRENCIES.contains(&c)))
        });
        let apart = self.pieces.get(at).is_some_and(|piece| !piece.glued);
        self.is_mark(at, &['-', '\u{2212}']) && before_number && apart
    }

    fn plain_number(&self, at: usize, money: bool) -> Option<Plain> {
        if let Some(piece) = self.number(at) {
            let mut literal = plain_digits(&piece.text);
            let mut to = at + 1;
            if piece.suffix.is_empty() {
                // 10 000: groups of three behind single spaces are one number.
                while let Some(digits) = literal.as_mut().filter(|_| self.is_group(at, to)) {
                    let next = self.pieces.get(to)?;
                    digits.push_str(&next.text);
                    to += 1;
                }
            }
            if self.language.ordinals.contains(&piece.suffix) {
                return None;
            }
            let letters = |table: &[(&str, u8)]| {
                table.iter().find(|(letters, _)| *letters == piece.suffix).map(|(_, power)| *power)
            };
            let of_money = letters(self.language.powers_of_money).filter(|_| money || self.is_noun(to));
            let known = letters(self.language.powers).or(of_money);
            let suffix = match piece.suffix {
                "x" | "X" => Some(Suffix::Times),
                other if self.language.points.contains(&other) => Some(Suffix::PercentPoints),
                _other => None,
            };
            let is_known = piece.suffix.is_empty() || suffix.is_some() || known.is_some();
            let power = known.unwrap_or(0);
            let mut literal = literal.filter(|_| is_known);
            let mut scaled = power > 0;
            let mut power = u32::from(power);
            if let (None, true, Some(scale)) = (suffix, power == 0 && is_known, self.sense(to, Sense::scale)) {
                power = u32::from(scale);
                scaled = true;
                to += 1;
            }
            if power > 0 {
                literal = literal.map(|digits| format!("{digits}e{power}"));
            }
            if self.is_mark(to, &['%']) {
                let points = self.is_mark(to + 1, &['-']) && self.has(to + 2, Sense::Points);
                let suffix = if points { Suffix::PercentPoints } else { Suffix::Percent };
                return Some(Plain {
                    literal,
                    scaled,
                    in_words: false,
                    suffix: Some(suffix),
                    to: to + 1 + if points { 2 } else { 0 },
                });
            }
            return Some(Plain { literal, scaled, in_words: false, suffix, to });
        }
        if self.has(at, Sense::Zero) {
            return Some(Plain { literal: Some("0".into()), scaled: false, in_words: true, suffix: None, to: at + 1 });
        }
        self.cardinal(at)
    }

    /// Whether the number at `to` is a group of thousands of the number at `first`.
    fn is_group(&self, first: usize, to: usize) -> bool {
        let (Some(head), Some(before), Some(next)) =
            (self.number(first), self.number(to - 1), self.number(to).filter(|next| next.suffix.is_empty()))
        else {
            return false;
        };
        let plain = |text: &str, most: usize| text.len() <= most && text.bytes().all(|c| c.is_ascii_digit());
        let between = &self.text[before.end..next.start];
        plain(&head.text, 3)
            && next.text.len() == 3
            && plain(&next.text, 3)
            && between.chars().count() == 1
            && to < first + 6
    }

    /// A word that the language's table does not know, as names of things mostly are.
    fn is_noun(&self, at: usize) -> bool {
        self.pieces.get(at).is_some_and(|piece| {
            piece.shape == Shape::Word && (piece.senses.is_empty() || piece.senses.contains(&Sense::Counted))
        })
    }

    /// A number in words: "twenty-five", "a hundred and fifty thousand", "two dozen".
    fn cardinal(&self, from: usize) -> Option<Plain> {
        let begins_with_article = self.has(from, Sense::Article)
            && (self.sense(from + 1, Sense::scale).is_some() || self.has(from + 1, Sense::Dozen));
        let mut at = from;
        let (mut total, mut current, mut said) = (0u64, 0u64, false);
        if begins_with_article {
            (current, at) = (1, from + 1);
        }
        // Nobody says a number in more words.
        while at < from + 12 {
            if let Some(value) = self.sense(at, Sense::cardinal) {
                let fits =
                    if current % 100 == 0 { true } else { current % 10 == 0 && value < 10 && current % 100 >= 20 };
                if !fits {
                    break;
                }
                current += u64::from(value);
            } else if self.has(at, Sense::Dozen) && (said || begins_with_article) {
                current = current.max(1) * 12;
            } else if let Some(power) = self.sense(at, Sense::scale).filter(|_| said || begins_with_article) {
                if power == 2 {
                    current = current.max(1).checked_mul(100)?;
                } else {
                    total = total.checked_add(current.max(1).checked_mul(10u64.checked_pow(u32::from(power))?)?)?;
                    current = 0;
                }
            } else {
                let joined = self.is_mark(at, &HYPHENS) || self.has(at, Sense::And) && current >= 100;
                let goes_on = self.sense(at + 1, Sense::cardinal).is_some_and(|value| value < 100);
                if said && joined && goes_on && (current % 100 == 0 || current % 10 == 0) {
                    at += 1;
                    continue;
                }
                break;
            }
            said = true;
            at += 1;
        }
        said.then(|| Plain {
            literal: Some((total + current).to_string()),
            scaled: false,
            in_words: true,
            suffix: None,
            to: at,
        })
    }

    /// Whether a number is the beginning of a word such as `10-year`, which counts nothing here.
    fn is_adjective(&self, to: usize) -> bool {
        let natures = [Sense::Percent, Sense::PercentPoints, Sense::BasisPoints, Sense::Points, Sense::Fold];
        let joins = |piece: &Piece<'_>| piece.glued && piece.shape == Shape::Word;
        self.is_mark(to, &HYPHENS)
            && self.pieces.get(to).is_some_and(|hyphen| hyphen.glued)
            && self.pieces.get(to + 1).is_some_and(joins)
            && !natures.iter().any(|sense| self.has(to + 1, *sense))
            && self.sense(to + 1, Sense::denominator).is_none()
            && self.sense(to + 1, Sense::cardinal).is_none()
    }

    /// Per cent, points, or what is counted.
    fn unit_behind(&self, quantity: &mut Quantity) {
        // 15-percent, 2-point: the hyphen joins.
        let joined = self.is_mark(quantity.to, &HYPHENS)
            && self.pieces.get(quantity.to + 1).is_some_and(|next| next.glued && next.shape == Shape::Word);
        let at = quantity.to + usize::from(joined);
        let natures = [
            (Sense::Percent, Nature::Percent),
            (Sense::PercentPoints, Nature::PercentPoints),
            (Sense::BasisPoints, Nature::PercentPoints),
            (Sense::Points, Nature::Points),
            (Sense::Fold, Nature::Times),
        ];
        let nature = natures.iter().find(|(sense, _)| self.has(at, *sense)).map(|(_, nature)| *nature);
        if let Some(nature) = nature {
            quantity.nature = nature;
            quantity.to = at + 1;
            if nature == Nature::Percent && self.has(at + 1, Sense::Points) {
                quantity.nature = Nature::PercentPoints;
                quantity.to = at + 2;
            }
            if nature == Nature::Points {
                quantity.unit = Some("points".into());
            }
            if self.has(at, Sense::BasisPoints) {
                quantity.value = quantity.value.and_then(|value| hundredth(value.get()));
            }
            return;
        }
        let counted = [Sense::Counted, Sense::ShortTime].iter().any(|sense| self.has(at, *sense))
            || self.sense(at, Sense::calendar).is_some();
        if counted && quantity.unit.is_none() {
            quantity.unit = self.pieces.get(at).map(|piece| piece.text.clone());
            quantity.to = at + 1;
        }
    }

    /// "per 100,000 live births", "a day".
    fn rate_behind(&self, quantity: &mut Quantity) {
        let at = quantity.to;
        if let Some(unit) = self.sense(at, Sense::each) {
            quantity.each = Some(unit);
            quantity.unit = quantity.unit.take().map(|counted| format!("{counted} {}", (self.language.each)(unit)));
            quantity.to = at + 1;
            return;
        }
        if !self.has(at, Sense::Per) {
            return;
        }
        let to = self.rate_end(at);
        if to > at + 1 {
            let rate = self.quote(at, to).to_lowercase();
            quantity.unit = Some(match quantity.unit.take() {
                Some(unit) => format!("{unit} {rate}"),
                None => rate,
            });
            quantity.to = to;
        }
    }

    /// The piece behind a rate that begins with "per": its number and at most three words.
    pub(super) fn rate_end(&self, per: usize) -> usize {
        let mut to = per + 1;
        if self.number(to).is_some() {
            to += 1;
            to += usize::from(self.sense(to, Sense::scale).is_some());
        }
        let most = to + 3;
        while to < most && self.is_noun(to) {
            to += 1;
        }
        to
    }

    /// The second number of a range: "20 to 30", "20–30".
    fn second_of_range(&self, first: &Quantity) -> Option<Quantity> {
        let joins = self.has(first.to, Sense::To)
            || (self.is_mark(first.to, &RANGE_MARKS) && self.number(first.to + 1).is_some());
        if !joins || first.each.is_some() {
            return None;
        }
        self.single(first.to + 1).filter(|second| !second.in_words)
    }
}

/// Two quantities as one from the first to the second.
fn range(first: Quantity, second: Quantity) -> Quantity {
    let shares_nature = first.nature == second.nature || first.is_bare;
    // "1 to 2 million" may mean one, or one million.
    let ambiguous = second.is_scaled && !first.is_scaled && first.value.is_none_or(|value| value.get().abs() < 1_000.0);
    let (low, high) = (first.value, second.value);
    let ordered = low.zip(high).filter(|(low, high)| low < high && shares_nature && !ambiguous);
    Quantity {
        value: ordered.map(|(low, _)| low),
        upper: ordered.map(|(_, high)| high),
        unit: second.unit.or(first.unit),
        from: first.from,
        is_money: first.is_money || second.is_money,
        ..second
    }
}

fn hundredth(value: f64) -> Option<Number> {
    Number::parse(&format!("{:.6}", value / 100.0)).ok()
}

/// Digits without their commas; nothing, where they are no English number.
fn plain_digits(text: &str) -> Option<String> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let has_groups = whole.contains(',');
    let well_formed = (!has_groups || (1..=3).contains(&first.len()))
        && groups.all(|group| group.len() == 3)
        && whole.bytes().all(|c| c.is_ascii_digit() || c == b',')
        && fraction.is_none_or(|fraction| fraction.bytes().all(|c| c.is_ascii_digit()));
    well_formed.then(|| match fraction {
        Some(fraction) => format!("{}.{fraction}", whole.replace(',', "")),
        None => whole.replace(',', ""),
    })
}
