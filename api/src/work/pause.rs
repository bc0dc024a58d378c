//! Pauses: how long to wait before what has failed is tried again.

use rand::RngExt;
use remit_domain::time::Instant;

/// When to try again what has failed so often before: twice as late each time, from the first pause up to the longest,
/// in microseconds. Each is a little shorter, and differently: many that failed together do not all come back together.
pub fn later(now: Instant, (first, longest): (i64, i64), failures: i32) -> Instant {
    let pause = first.saturating_mul(1 << failures.clamp(0, 40)).min(longest);
    now.plus_micros(pause / 2 + rand::rng().random_range(0..=pause / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_after_a_failure_doubles_up_to_the_longest_and_none_is_shorter_than_half() {
        let now = Instant::from_micros(0);
        for (failures, longest) in [(0, 1_000_000), (1, 2_000_000), (5, 32_000_000), (20, 3_600_000_000)] {
            for _ in 0..50 {
                let pause = later(now, (1_000_000, 3_600_000_000), failures).micros();
                assert!(pause >= longest / 2 && pause <= longest, "{pause} after {failures}");
            }
        }
    }
}
