//! Student's t with 2 degrees of freedom, whose distribution and quantiles have a closed form.

/// Beyond this distance nothing is left to add, and a square would overflow.
const FAR: f64 = 1e150;

/// The probability of a value of at most `x`: `½ + x / (2·√(2 + x²))`.
pub(super) fn distribution(x: f64) -> f64 {
    let x = x.clamp(-FAR, FAR);
    0.5 + 0.5 * x / 2f64.sqrt().hypot(x)
}

/// The value that is not exceeded with probability `p`, which lies between 0 and 1.
pub(super) fn quantile(p: f64) -> f64 {
    (2.0 * p - 1.0) * (2.0 / (4.0 * p * (1.0 - p))).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_published_table() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, the row of 2 degrees of freedom.
        for (p, expected) in [(0.90, 1.886), (0.95, 2.920), (0.975, 4.303), (0.99, 6.965), (0.995, 9.925)] {
            assert!((quantile(p) - expected).abs() < 5e-4, "{p}: {}", quantile(p));
            assert!((quantile(1.0 - p) + expected).abs() < 5e-4, "{p}");
            assert!((distribution(quantile(p)) - p).abs() < 1e-12, "{p}");
        }
        assert_eq!(distribution(0.0), 0.5);
    }

    #[test]
    fn the_far_tails_are_0_and_1_and_never_no_number() {
        assert_eq!((distribution(f64::NEG_INFINITY), distribution(f64::INFINITY)), (0.0, 1.0));
        assert_eq!((distribution(-1e300), distribution(1e300)), (0.0, 1.0));
    }
}
