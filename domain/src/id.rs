//! Typed identifiers: a readable prefix and 26 characters of time-sortable Crockford base 32.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// Something that has an identifier of its own.
pub trait Identified {
    /// The prefix of its identifiers, without the underscore: `out` in `out_01j…`.
    const PREFIX: &'static str;
    /// Its noun, as it appears in the log and in messages: `outcome`.
    const NOUN: &'static str;
}

/// The identifier of a `T`: 128 bits, of which the first 48 are the milliseconds of its birth.
///
/// Identifiers order by the time at which they were made. They are minted outside the domain.
pub struct Id<T> {
    bits: u128,
    of: PhantomData<fn() -> T>,
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// What each byte is worth as a digit; what is none is worth [`NO_DIGIT`]. A picture reads hundreds of thousands of them.
const WORTH: [u8; 256] = worth();
const NO_DIGIT: u8 = u8::MAX;
/// Characters of an identifier after its prefix and underscore.
pub const ID_DIGITS: usize = 26;

impl<T> Id<T> {
    /// The identifier with these bits.
    pub const fn from_bits(bits: u128) -> Self {
        Self { bits, of: PhantomData }
    }
    /// The bits of this identifier.
    pub const fn bits(self) -> u128 {
        self.bits
    }
}

impl<T: Identified> Id<T> {
    /// Reads the one canonical spelling of an identifier: `prefix_` and 26 lower-case digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(T::PREFIX)?.strip_prefix('_')?;
        decode(digits).map(Self::from_bits)
    }
}

/// Whether a text has the form of what stands after the prefix of an identifier.
pub(crate) fn is_digits(text: &str) -> bool {
    decode(text).is_some()
}

fn decode(digits: &str) -> Option<u128> {
    let digits = digits.as_bytes();
    // 26 digits carry 130 bits: a first digit above 7 would overflow.
    if digits.len() != ID_DIGITS || digits[0] > b'7' {
        return None;
    }
    digits.iter().try_fold(0u128, |bits, digit| match WORTH[usize::from(*digit)] {
        NO_DIGIT => None,
        value => Some((bits << 5) | u128::from(value)),
    })
}

const fn worth() -> [u8; 256] {
    let mut worth = [NO_DIGIT; 256];
    let mut at = 0;
    while at < ALPHABET.len() {
        worth[ALPHABET[at] as usize] = at as u8;
        at += 1;
    }
    worth
}

impl<T: Identified> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0u8; ID_DIGITS];
        let mut bits = self.bits;
        for digit in digits.iter_mut().rev() {
            *digit = ALPHABET[(bits & 31) as usize];
            bits >>= 5;
        }
        f.write_str(T::PREFIX)?;
        f.write_str("_")?;
        digits.iter().try_for_each(|digit| fmt::Write::write_char(f, char::from(*digit)))
    }
}

impl<T: Identified> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bits.cmp(&other.bits)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Outcome;

    #[test]
    fn an_id_reads_back_as_it_prints() {
        let id = Id::<Outcome>::from_bits(0x0192_abcd_ef01_2345_6789_abcd_ef01_2345);
        assert_eq!(Id::parse(&id.to_string()), Some(id));
    }

    #[test]
    fn an_id_has_one_spelling() {
        let text = Id::<Outcome>::from_bits(7).to_string();
        for wrong in [text.to_uppercase(), text.replace("out_", "thm_"), text.replace('0', "o"), format!("{text}0")] {
            assert_eq!(Id::<Outcome>::parse(&wrong), None, "{wrong}");
        }
        assert_eq!(Id::<Outcome>::parse("out_8zzzzzzzzzzzzzzzzzzzzzzzzz"), None, "overflow");
    }
}
