//! Schedules: when an event that was not taken is tried again, and when that ends.

use remit_domain::time::Instant;

use crate::work::later;

/// How events are tried again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// The pause after the first failure, in microseconds; each further one is twice as long.
    pub first: i64,
    /// The longest pause, in microseconds.
    pub longest: i64,
    /// How long an event is tried, from its first attempt on, in microseconds.
    pub whole: i64,
}

const SECOND: f64 = 1e6;

impl Default for Schedule {
    /// After 5 seconds, then 10, 20 and so on up to 4 hours, for 3 days.
    fn default() -> Self {
        Self { first: 5_000_000, longest: 4 * 3_600_000_000, whole: 72 * 3_600_000_000 }
    }
}

impl Schedule {
    /// Reads `FIRST,LONGEST,WHOLE`, in seconds.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(',').map(|part| {
            let seconds: f64 = part.trim().parse().ok()?;
            (seconds > 0.0 && seconds <= 366.0 * 86_400.0).then_some((seconds * SECOND) as i64)
        });
        let (first, longest, whole) = (parts.next()??, parts.next()??, parts.next()??);
        (parts.next().is_none() && first <= longest && longest <= whole).then_some(Self { first, longest, whole })
    }

    /// As it is read.
    pub fn describe(&self) -> String {
        let Self { first, longest, whole } = self;
        [first, longest, whole].map(|micros| (*micros as f64 / SECOND).to_string()).join(",")
    }

    /// When to try again after so many attempts.
    pub fn next(&self, now: Instant, attempts: i32) -> Instant {
        later(now, (self.first, self.longest), attempts.saturating_sub(1))
    }

    /// Whether an event that was first tried then has had its time.
    pub fn is_over(&self, first_at: Instant, now: Instant) -> bool {
        now.micros() - first_at.micros() >= self.whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_none_is_shorter_than_half() {
        let schedule = Schedule::default();
        let now = Instant::from_micros(0);
        for (attempts, seconds) in [(1, 5), (2, 10), (3, 20), (10, 2_560), (13, 14_400), (60, 14_400)] {
            for _ in 0..50 {
                let pause = schedule.next(now, attempts).micros();
                assert!((seconds * 500_000..=seconds * 1_000_000).contains(&pause), "{pause} after {attempts}");
            }
        }
        let three_days = Instant::from_micros(3 * 86_400_000_000);
        assert!(schedule.is_over(now, three_days) && !schedule.is_over(now, three_days.plus_micros(-1)));
    }

    #[test]
    fn a_schedule_is_read_as_it_is_described() {
        for text in ["5,14400,259200", "0.05,0.2,2"] {
            assert_eq!(Schedule::parse(text).map(|schedule| schedule.describe()).as_deref(), Some(text));
        }
        assert_eq!(Schedule::parse("5,14400,259200"), Some(Schedule::default()));
        for text in
            ["", "5", "5,10", "5,10,20,30", "0,1,2", "10,5,20", "1,30,20", "a,b,c", "-1,1,1", "1,1,inf", "nan,1,1"]
        {
            assert_eq!(Schedule::parse(text), None, "{text}");
        }
    }
}
