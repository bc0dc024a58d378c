//! Exact numbers: what is stored is what was sent, digit for digit, or it is refused (I10).

use std::fmt;

/// The largest magnitude that is accepted.
pub const NUMBER_MAX: f64 = 1e15;

/// A finite number within ±1e15 whose shortest decimal form is the number that was given.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub struct Number(f64);

/// Why a number was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// Not a decimal number.
    Malformed,
    /// NaN, infinite, or beyond ±1e15.
    OutOfRange,
    /// The nearest f64 prints as another number, so storing it would round.
    NotExact,
}

impl NumberError {
    /// The stable code of this refusal.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "number_malformed",
            Self::OutOfRange => "number_out_of_range",
            Self::NotExact => "number_not_exact",
        }
    }
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "must be a decimal number",
            Self::OutOfRange => "must be a finite number within ±1e15",
            Self::NotExact => "has more digits than can be kept exactly",
        })
    }
}

/// The sum; of nothing it is 0.0, where [`Iterator::sum`] has −0.0.
pub fn total(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |sum, value| sum + value)
}

impl Number {
    /// Zero.
    pub const ZERO: Self = Self(0.0);

    /// Takes an f64, which is by definition its own nearest f64.
    ///
    /// # Errors
    /// [`NumberError::OutOfRange`].
    pub fn new(value: f64) -> Result<Self, NumberError> {
        // -0.0 and 0.0 are one number and must be one byte sequence.
        let value = if value == 0.0 { 0.0 } else { value };
        (value.is_finite() && value.abs() <= NUMBER_MAX).then_some(Self(value)).ok_or(NumberError::OutOfRange)
    }

    /// Reads a decimal literal (JSON's grammar, a leading `+` or zeros allowed) without ever rounding it.
    ///
    /// # Errors
    /// [`NumberError`] says why the literal cannot be kept as it is.
    pub fn parse(literal: &str) -> Result<Self, NumberError> {
        if is_short(literal) {
            return literal.parse().map_err(|_| NumberError::Malformed).and_then(Self::new);
        }
        let given = Decimal::read(literal).ok_or(NumberError::Malformed)?;
        let value: f64 = literal.parse().map_err(|_| NumberError::Malformed)?;
        let number = Self::new(value)?;
        // Up to 15 significant digits always survive the trip through f64.
        if given.digits.len() <= 15 && (value != 0.0 || given.digits.is_empty()) {
            return Ok(number);
        }
        let kept = Decimal::read(ryu::Buffer::new().format_finite(value)).ok_or(NumberError::Malformed)?;
        (given == kept).then_some(number).ok_or(NumberError::NotExact)
    }

    /// The value.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
/// The shortest form that reads back as the same number.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Where two shortest forms are equally near, ryu takes the even one, as JSON's printers everywhere do.
        let mut buffer = ryu::Buffer::new();
        let text = buffer.format_finite(self.0);
        f.write_str(text.strip_suffix(".0").unwrap_or(text))
    }
}

/// Whether a literal is plain and has at most 15 digits, all of which survive the trip through f64.
fn is_short(literal: &str) -> bool {
    let digits = literal.strip_prefix('-').unwrap_or(literal).as_bytes();
    let is_digit = |at: usize| digits.get(at).is_some_and(u8::is_ascii_digit);
    digits.len() <= 16
        && is_digit(0)
        && is_digit(digits.len() - 1)
        && digits.iter().filter(|c| **c == b'.').count() <= 1
        && digits.iter().filter(|c| c.is_ascii_digit()).count() <= 15
        && digits.iter().all(|c| c.is_ascii_digit() || *c == b'.')
}

/// A decimal literal, normalized: `0.digits × 10^exponent`, no zeros at either end.
#[derive(PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    fn read(literal: &str) -> Option<Self> {
        let (negative, rest) = match literal.as_bytes().first()? {
            b'-' => (true, &literal[1..]),
            b'+' => (false, &literal[1..]),
            _ => (false, literal),
        };
        let (mantissa, power) = match rest.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse::<i32>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |text: &str| text.bytes().all(|c| c.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || mantissa.ends_with('.') {
            return None;
        }
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let leading = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..leading);
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        if digits.is_empty() {
            return Some(Self { negative: false, digits, exponent: 0 });
        }
        let exponent = whole.len() as i64 - leading as i64 + i64::from(power);
        Some(Self { negative, digits, exponent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_kept_exactly_or_refused() {
        let cases: &[(&str, Result<f64, NumberError>)] = &[
            ("0", Ok(0.0)),
            ("-0.0", Ok(0.0)),
            ("12.739383846794336", Ok(12.739383846794336)),
            ("0.1", Ok(0.1)),
            ("1e15", Ok(1e15)),
            ("1e16", Err(NumberError::OutOfRange)),
            ("1e400", Err(NumberError::OutOfRange)),
            ("1e-400", Err(NumberError::NotExact)),
            ("0.1000000000000000001", Err(NumberError::NotExact)),
            ("0.10000000000000000000", Ok(0.1)),
            ("-573663923329153.2", Ok(-573663923329153.2)),
            ("816944992320128.2", Ok(816944992320128.2)),
            ("816944992320128.3", Err(NumberError::NotExact)),
            ("NaN", Err(NumberError::Malformed)),
            ("Infinity", Err(NumberError::Malformed)),
            ("1.", Err(NumberError::Malformed)),
            (".5", Err(NumberError::Malformed)),
            ("", Err(NumberError::Malformed)),
            ("1,5", Err(NumberError::Malformed)),
        ];
        for (literal, expected) in cases {
            assert_eq!(Number::parse(literal).map(Number::get), *expected, "{literal}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_f64_in_range_reads_back_as_it_prints(value in -1e15f64..1e15) {
            let number = Number::new(value).expect("in range");
            proptest::prop_assert_eq!(Number::parse(&number.to_string()), Ok(number));
        }

        #[test]
        fn an_accepted_literal_prints_as_the_same_decimal(literal in "-?[0-9]{1,12}(\\.[0-9]{0,11}[1-9])?") {
            if let Ok(number) = Number::parse(&literal) {
                proptest::prop_assert!(Decimal::read(&number.to_string()) == Decimal::read(&literal));
            }
        }
    }
}
