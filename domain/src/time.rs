//! Instants to the microsecond, days of a calendar, and half-open intervals.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A calendar day, local to the organization.
pub type Day = Date;

/// The first day that is accepted.
pub const DAY_MIN: Day = jiff::civil::date(1, 1, 1);
/// The last day that is accepted.
pub const DAY_MAX: Day = jiff::civil::date(9999, 12, 30);

/// An instant: whole microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// Why an instant was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstantError {
    /// Not an RFC 3339 instant with an offset.
    Malformed,
    /// Outside the years 1 to 9999.
    OutOfRange,
    /// Finer than a microsecond.
    TooFine,
}

impl fmt::Display for InstantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "must be an RFC 3339 instant such as 2026-03-31T12:00:00Z",
            Self::OutOfRange => "must lie in the years 1 to 9999",
            Self::TooFine => "must not be finer than a microsecond",
        })
    }
}

impl Instant {
    /// Before everything that can be recorded.
    pub const BEGINNING: Self = Self(-62_135_596_800_000_000);
    /// After everything that can be recorded; the open end of an interval.
    pub const END: Self = Self(253_402_214_400_000_000);

    /// The instant so many microseconds after 1970-01-01T00:00:00Z.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// This instant moved by some microseconds, held within the accepted range.
    pub fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros).clamp(Self::BEGINNING.0, Self::END.0))
    }

    /// Reads an RFC 3339 instant.
    ///
    /// # Errors
    /// [`InstantError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, InstantError> {
        // RFC 3339 asks for a full date, `T`, seconds and an offset; jiff takes more forms.
        let bytes = text.as_bytes();
        let shaped = bytes.len() >= 20
            && bytes[..4].iter().all(u8::is_ascii_digit)
            && bytes[4] == b'-'
            && bytes[10].eq_ignore_ascii_case(&b'T')
            && bytes[16] == b':'
            && !text.contains('[');
        let parsed: Timestamp = if shaped {
            text.parse().map_err(|_| InstantError::Malformed)?
        } else {
            return Err(InstantError::Malformed);
        };
        if parsed.subsec_nanosecond() % 1_000 != 0 {
            return Err(InstantError::TooFine);
        }
        let instant = Self(parsed.as_microsecond());
        (Self::BEGINNING..Self::END).contains(&instant).then_some(instant).ok_or(InstantError::OutOfRange)
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
}

/// RFC 3339 in UTC, with as many decimals of the second as are not zero.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.timestamp(), f)
    }
}
impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads an ISO 8601 calendar day, `2026-03-31`.
pub fn parse_day(text: &str) -> Option<Day> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(at, c)| if at == 4 || at == 7 { c == b'-' } else { c.is_ascii_digit() });
    let number = |digits: &[u8]| digits.iter().fold(0_i16, |number, digit| number * 10 + i16::from(digit - b'0'));
    let digits = shaped.then_some(text.as_bytes())?;
    let (month, day) = (i8::try_from(number(&digits[5..7])).ok()?, i8::try_from(number(&digits[8..])).ok()?);
    let day = Day::new(number(&digits[..4]), month, day).ok()?;
    (DAY_MIN..=DAY_MAX).contains(&day).then_some(day)
}

/// Whole days from one day to another; negative when `to` is earlier.
pub fn days_between(from: Day, to: Day) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// The day so many days later (or earlier), held within the accepted range.
pub fn plus_days(day: Day, days: i64) -> Day {
    let days = days.clamp(-4_000_000, 4_000_000);
    day.checked_add(jiff::Span::new().days(days))
        .unwrap_or(if days < 0 { DAY_MIN } else { DAY_MAX })
        .clamp(DAY_MIN, DAY_MAX)
}

/// The first day of the span of `months` calendar months, counted from January, that contains a day.
pub fn first_day_of(day: Day, months: i8) -> Day {
    let months = months.clamp(1, 12);
    let month = day.month() - (day.month() - 1) % months;
    Day::new(day.year(), month, 1).unwrap_or(day)
}

/// The Monday of the week that contains a day.
pub fn monday_of(day: Day) -> Day {
    plus_days(day, -i64::from(day.weekday().to_monday_zero_offset()))
}

/// An IANA time zone, by its name.
#[derive(Clone)]
pub struct Zone {
    zone: TimeZone,
    name: Box<str>,
}

impl Zone {
    /// Finds a zone of the IANA database that is built into the program.
    pub fn named(name: &str) -> Option<Self> {
        let zone = TimeZone::get(name).ok()?;
        let name = zone.iana_name()?.into();
        Some(Self { zone, name })
    }
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self { zone: TimeZone::UTC, name: "UTC".into() }
    }
    /// The zone's IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The local day that contains an instant.
    pub fn day_of(&self, instant: Instant) -> Day {
        self.zone.to_datetime(instant.timestamp()).date()
    }
    /// The local hour of an instant, 0 to 23.
    pub fn hour_of(&self, instant: Instant) -> i8 {
        self.zone.to_datetime(instant.timestamp()).hour()
    }
    /// The first instant of a local day.
    pub fn start_of(&self, day: Day) -> Instant {
        let midnight = day.to_zoned_datetime(self.zone.clone()).map(|zoned| zoned.timestamp().as_microsecond());
        midnight.map_or(if day.year() < 1000 { Instant::BEGINNING } else { Instant::END }, |micros| {
            Instant(micros.clamp(Instant::BEGINNING.0, Instant::END.0))
        })
    }
    /// The last microsecond of a local day: what a date means where an instant is asked for.
    pub fn end_of(&self, day: Day) -> Instant {
        self.start_of(plus_days(day, 1)).plus_micros(-1)
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl Eq for Zone {}
impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A half-open interval in time, `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first instant inside.
    pub from: Instant,
    /// The first instant after it; `None` while it is open.
    pub to: Option<Instant>,
}

impl Span {
    /// An interval that ends after it begins, or never.
    pub fn new(from: Instant, to: Option<Instant>) -> Option<Self> {
        to.is_none_or(|to| from < to).then_some(Self { from, to })
    }
    /// Whether an instant lies inside.
    pub fn contains(&self, at: Instant) -> bool {
        self.from <= at && at < self.end()
    }
    /// The first instant after it, [`Instant::END`] when open.
    pub fn end(&self) -> Instant {
        self.to.unwrap_or(Instant::END)
    }
    /// Whether two intervals share an instant.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from < other.end() && other.from < self.end()
    }
    /// The part that both share.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let to = self.end().min(other.end());
        let to = (to < Instant::END).then_some(to);
        Self::new(self.from.max(other.from), to)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to {
            Some(to) => write!(f, "[{}, {to})", self.from),
            None => write!(f, "[{}, open)", self.from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_read_to_the_microsecond_and_no_finer() {
        let cases = [
            ("2026-03-31T12:00:00Z", Ok("2026-03-31T12:00:00Z")),
            ("2026-03-31T12:00:00.123456+02:00", Ok("2026-03-31T10:00:00.123456Z")),
            ("2026-03-31T12:00:00.1234567Z", Err(InstantError::TooFine)),
            ("2026-02-30T12:00:00Z", Err(InstantError::Malformed)),
            ("2026-03-31 12:00:00Z", Err(InstantError::Malformed)),
            ("2026-03-31T12:00:00", Err(InstantError::Malformed)),
            ("2026-03-31", Err(InstantError::Malformed)),
            ("20260331T120000Z", Err(InstantError::Malformed)),
        ];
        for (text, expected) in cases {
            assert_eq!(Instant::parse(text).map(|i| i.to_string()), expected.map(String::from), "{text}");
        }
    }

    #[test]
    fn a_date_means_its_last_microsecond_in_the_zone() {
        let london = Zone::named("Europe/London").expect("a zone");
        let day = parse_day("2026-06-30").expect("a day");
        assert_eq!(london.end_of(day).to_string(), "2026-06-30T22:59:59.999999Z");
        assert_eq!(london.day_of(london.end_of(day)), day);
        assert_eq!(london.day_of(london.end_of(day).plus_micros(1)), plus_days(day, 1));
    }

    #[test]
    fn the_thirtieth_of_february_is_no_day() {
        assert_eq!(parse_day("2026-02-30"), None);
        assert_eq!(parse_day("2026-2-3"), None);
        assert!(parse_day("2024-02-29").is_some());
    }
}
