//! Mailing: when people are written to, where they are.

use jiff::civil::Weekday;

use crate::duty::Duty;
use crate::spelling::spelled;
use crate::time::{Day, Instant, Zone, days_between, plus_days};

/// The hour at which people are written to, where nothing else is said.
const HOUR: i32 = 8;
/// How many nudges a person gets in seven days at the most, where nothing else is said.
const NUDGES_A_WEEK: i32 = 5;
/// The most nudges that a person may get in seven days.
pub const NUDGES_A_WEEK_MAX: i32 = 50;

/// The day of the week on which digests go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigestDay {
    /// Mondays.
    Monday,
    /// Tuesdays.
    Tuesday,
    /// Wednesdays.
    Wednesday,
    /// Thursdays.
    Thursday,
    /// Fridays.
    Friday,
    /// Saturdays.
    Saturday,
    /// Sundays.
    Sunday,
    /// No day.
    Never,
}
spelled!(DigestDay {
    Monday = "monday",
    Tuesday = "tuesday",
    Wednesday = "wednesday",
    Thursday = "thursday",
    Friday = "friday",
    Saturday = "saturday",
    Sunday = "sunday",
    Never = "never",
});

impl DigestDay {
    /// Whether it is the day of the week of a day.
    pub fn is(self, day: Day) -> bool {
        let weekday = match self {
            Self::Monday => Weekday::Monday,
            Self::Tuesday => Weekday::Tuesday,
            Self::Wednesday => Weekday::Wednesday,
            Self::Thursday => Weekday::Thursday,
            Self::Friday => Weekday::Friday,
            Self::Saturday => Weekday::Saturday,
            Self::Sunday => Weekday::Sunday,
            Self::Never => return false,
        };
        day.weekday() == weekday
    }
}

/// What an organization says of mail; what it does not say is as [`Mailing::digest_on`] and the others answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mailing {
    /// On which day of the week digests go out.
    pub digest_on: Option<DigestDay>,
    /// From which hour on, where each person is, 0 to 23.
    pub hour: Option<i32>,
    /// How many nudges a person gets in seven days at the most, 0 to [`NUDGES_A_WEEK_MAX`].
    pub nudges_a_week: Option<i32>,
}

impl Mailing {
    /// On which day of the week digests go out.
    pub fn digest_on(&self) -> DigestDay {
        self.digest_on.unwrap_or(DigestDay::Monday)
    }
    /// From which hour on people are written to.
    pub fn hour(&self) -> i32 {
        self.hour.unwrap_or(HOUR)
    }
    /// How many nudges a person gets in seven days at the most.
    pub fn nudges_a_week(&self) -> i32 {
        self.nudges_a_week.unwrap_or(NUDGES_A_WEEK)
    }
    /// Whether every number is within its bounds.
    pub fn is_within_bounds(&self) -> bool {
        (0..=23).contains(&self.hour()) && (0..=NUDGES_A_WEEK_MAX).contains(&self.nudges_a_week())
    }
    /// What is said of mail from now on; what was not said and is as it would be said stays unsaid.
    #[must_use]
    pub fn become_of(&self, said: Self) -> Self {
        Self {
            digest_on: if said.digest_on() == self.digest_on() { self.digest_on } else { said.digest_on },
            hour: if said.hour() == self.hour() { self.hour } else { said.hour },
            nudges_a_week: if said.nudges_a_week() == self.nudges_a_week() {
                self.nudges_a_week
            } else {
                said.nudges_a_week
            },
        }
    }
    /// The day of an instant in a zone, if people there are written to by then.
    pub fn day_in(&self, zone: &Zone, now: Instant) -> Option<Day> {
        (i32::from(zone.hour_of(now)) >= self.hour()).then(|| zone.day_of(now))
    }
}

/// How many days late a digest may be, after which it waits for the next.
pub const DIGEST_LATE_DAYS: i64 = 3;

/// Whether a person is to have a digest on a day, who had the last one on another: on its day of the week, and where that
/// was missed, for some days after it. Who never had one begins on the day of the week.
pub fn is_digest_due(digest_on: DigestDay, last: Option<Day>, today: Day) -> bool {
    let on = (0..=DIGEST_LATE_DAYS).map(|late| plus_days(today, -late)).find(|day| digest_on.is(*day));
    match (on, last) {
        (Some(on), None) => on == today,
        (Some(on), Some(last)) => last < on,
        (None, _) => false,
    }
}

/// The duties of a person of which there is reason to remind on a day, the earliest first: those due tomorrow, today or
/// yesterday, and once a week those that are later.
pub fn to_remind_of(duties: &[Duty], today: Day) -> impl Iterator<Item = &Duty> {
    duties.iter().filter(move |duty| {
        let late = duty.due_on.map(|due_on| days_between(due_on, today));
        late.is_some_and(|days| (-1..=1).contains(&days) || (days > 0 && days % 7 == 0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::parse_day;

    #[test]
    fn people_are_written_to_from_an_hour_on_where_they_are() {
        let mailing = Mailing { hour: Some(7), ..Mailing::default() };
        let cases = [
            ("Europe/London", "2026-06-01T05:59:59Z", None),
            ("Europe/London", "2026-06-01T06:00:00Z", Some("2026-06-01")),
            ("Europe/London", "2026-12-01T06:59:59Z", None),
            ("America/New_York", "2026-06-01T10:00:00Z", None),
            ("America/New_York", "2026-06-01T11:00:00Z", Some("2026-06-01")),
            ("Asia/Tokyo", "2026-06-01T22:00:00Z", Some("2026-06-02")),
        ];
        for (zone, now, expected) in cases {
            let (zone, now) = (Zone::named(zone).expect("a zone"), Instant::parse(now).expect("an instant"));
            assert_eq!(mailing.day_in(&zone, now), expected.and_then(parse_day), "{} {now}", zone.name());
        }
    }

    #[test]
    fn a_digest_goes_out_on_its_day_of_the_week() {
        let monday = parse_day("2026-06-01").expect("a day");
        assert!(Mailing::default().digest_on().is(monday));
        assert!(!DigestDay::Tuesday.is(monday) && !DigestDay::Never.is(monday));
    }

    #[test]
    fn a_digest_that_was_missed_is_made_up_for_within_days_and_none_is_sent_twice() {
        let day = |text| parse_day(text).expect("a day");
        // 1 June 2026 is a Monday.
        let cases = [
            (None, "2026-06-01", true),
            (None, "2026-06-02", false),
            (Some("2026-05-25"), "2026-05-31", false),
            (Some("2026-05-25"), "2026-06-01", true),
            (Some("2026-05-25"), "2026-06-04", true),
            (Some("2026-05-25"), "2026-06-05", false),
            (Some("2026-06-01"), "2026-06-01", false),
            (Some("2026-06-03"), "2026-06-04", false),
            (Some("2026-06-03"), "2026-06-08", true),
        ];
        for (last, today, expected) in cases {
            let due = is_digest_due(DigestDay::Monday, last.map(day), day(today));
            assert_eq!(due, expected, "{last:?} {today}");
        }
        assert!(!is_digest_due(DigestDay::Never, None, day("2026-06-01")));
    }

    #[test]
    fn there_is_reason_to_remind_about_the_day_and_then_once_a_week() {
        let due_on = parse_day("2026-06-10").expect("a day");
        let duty = Duty::of_briefing(crate::briefing::BriefingId::from_bits(1), "News");
        let duties = [duty.clone().due(due_on, due_on), duty];
        let reminded = (1..=30).filter(|day| {
            let today = parse_day(&format!("2026-06-{day:02}")).expect("a day");
            to_remind_of(&duties, today).count() == 1
        });
        assert_eq!(reminded.collect::<Vec<_>>(), [9, 10, 11, 17, 24], "and never of what has no day");
    }

    #[test]
    fn numbers_have_bounds() {
        let with = |hour, nudges| Mailing { hour: Some(hour), nudges_a_week: Some(nudges), digest_on: None };
        assert!(
            Mailing::default().is_within_bounds() && with(0, 0).is_within_bounds() && with(23, 50).is_within_bounds()
        );
        assert!(!with(24, 0).is_within_bounds() && !with(-1, 0).is_within_bounds() && !with(0, 51).is_within_bounds());
    }
}
