//! Parts: half, two thirds, one in three, threefold.

use super::lexicon::Sense;
use super::quantity::{HYPHENS, Nature, Quantity};
use super::sentence::Sentence;
use crate::number::Number;

impl Sentence<'_> {
    /// Half, two thirds, one in three, threefold.
    pub(super) fn part(&self, from: usize) -> Option<Quantity> {
        let named = |value: Option<Number>, nature, to| {
            let unit = (nature == Nature::Percent).then(|| "%".to_owned());
            Some(Quantity {
                value,
                upper: None,
                nature,
                unit,
                each: None,
                is_money: false,
                is_scaled: false,
                is_bare: false,
                is_year: false,
                in_words: true,
                from,
                to,
            })
        };
        if let Some(times) = self.sense(from, Sense::times) {
            return named(Number::new(f64::from(times)).ok(), Nature::Times, from + 1);
        }
        if let Some(share) = vulgar(self, from) {
            return named(share, Nature::Part, from + 1);
        }
        if let Some((over, under)) = self.sense(from, Sense::fraction) {
            return named(per_cent(u64::from(over), u64::from(under)), Nature::Part, from + 1);
        }
        let over = self.small(from);
        let hyphen = usize::from(over.is_some() && self.is_mark(from + 1, &HYPHENS));
        let under_at = if over.is_some() { from + 1 + hyphen } else { from };
        let under = if self.has(under_at, Sense::Half) {
            Some(2)
        } else if over.is_some() {
            self.sense(under_at, Sense::denominator).map(u64::from)
        } else {
            None
        };
        // "the third quarter" is a time, and "half a year" too.
        let is_time =
            self.sense(under_at + 1, Sense::calendar).is_some() || self.sense(under_at + 1, Sense::each).is_some();
        if let Some(under) = under.filter(|_| !is_time) {
            let over = over.unwrap_or(1);
            return named(per_cent(over, under).filter(|_| over < under), Nature::Part, under_at + 1);
        }
        // "one in three", "nine out of ten"; "5 in 10 regions" may be five of something.
        let over = self.small(from)?;
        let in_words = self.number(from).is_none();
        let links = self.has(from + 1, Sense::OutOf) || (self.has(from + 1, Sense::In) && (in_words || over == 1));
        let under = self.small(from + 2).filter(|under| links && over < *under)?;
        named(per_cent(over, under), Nature::Percent, from + 3)
    }

    /// A whole number from 1 to 1000, in digits or one word.
    fn small(&self, at: usize) -> Option<u64> {
        let digits = self.number(at).filter(|piece| piece.suffix.is_empty()).and_then(|piece| piece.text.parse().ok());
        digits.or_else(|| self.sense(at, Sense::cardinal).map(u64::from)).filter(|value| (1..=1_000).contains(value))
    }
}

/// One number over another in per cent, to six decimals.
fn per_cent(over: u64, under: u64) -> Option<Number> {
    Number::parse(&format!("{:.6}", over as f64 * 100.0 / under as f64)).ok()
}

/// A fraction in one character, unless it belongs to a number before it.
fn vulgar(sentence: &Sentence<'_>, at: usize) -> Option<Option<Number>> {
    let piece = sentence.pieces.get(at)?;
    let (over, under) = match piece.text.as_str() {
        "½" => (1, 2),
        "⅓" => (1, 3),
        "⅔" => (2, 3),
        "¼" => (1, 4),
        "¾" => (3, 4),
        _other => return None,
    };
    let follows_number = piece.glued && at > 0 && sentence.number(at - 1).is_some();
    Some(per_cent(over, under).filter(|_| !follows_number))
}
