//! Rate limits: a token bucket for reads and one for writes, per credential.

use quick_cache::sync::Cache;
use remit_persistence::clock;
use std::sync::{Arc, Mutex, PoisonError};

use crate::problem::{Kind, Problem};

/// How many requests a credential may make in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Reads.
    pub reads: u32,
    /// Writes.
    pub writes: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { reads: 600, writes: 100 }
    }
}

/// What is left of a credential's rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    rates: Rates,
    writes: bool,
    left: u32,
}

impl Allowance {
    /// The `RateLimit` header.
    pub fn left(&self) -> String {
        format!("\"{}\";r={};t=1", if self.writes { "writes" } else { "reads" }, self.left)
    }
    /// The `RateLimit-Policy` header.
    pub fn policy(&self) -> String {
        format!("\"reads\";q={};w=1, \"writes\";q={};w=1", self.rates.reads, self.rates.writes)
    }
}

/// Two buckets of one credential: what is left, and when it was reckoned (microseconds).
struct Buckets {
    left: [f64; 2],
    at: i64,
}

/// The limiter; without rates it lets everything through.
pub struct Limiter {
    rates: Option<Rates>,
    buckets: Cache<String, Arc<Mutex<Buckets>>>,
}

impl Limiter {
    /// A limiter of these rates.
    pub fn new(rates: Option<Rates>) -> Self {
        Self { rates, buckets: Cache::new(10_000) }
    }

    /// The rates in force.
    pub fn rates(&self) -> Option<Rates> {
        self.rates
    }

    /// Takes one request out of a credential's bucket; what is left, unless limits are off.
    ///
    /// # Errors
    /// 429 when the bucket is empty.
    pub fn take(&self, credential: &str, writes: bool) -> Result<Option<Allowance>, Problem> {
        let Some(rates) = self.rates else { return Ok(None) };
        let full = [f64::from(rates.reads), f64::from(rates.writes)];
        let now = clock::now().micros();
        let buckets = self.buckets.get(credential).unwrap_or_else(|| {
            let fresh = Arc::new(Mutex::new(Buckets { left: full, at: now }));
            self.buckets.insert(credential.to_owned(), fresh.clone());
            fresh
        });
        let mut buckets = buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = (now - buckets.at).max(0) as f64 / 1e6;
        buckets.at = now;
        for (left, full) in buckets.left.iter_mut().zip(full) {
            *left = (*left + passed * full).min(full);
        }
        let left = &mut buckets.left[usize::from(writes)];
        if *left < 1.0 {
            let what = if writes { "writes" } else { "reads" };
            let rate = if writes { rates.writes } else { rates.reads };
            let detail = format!("This credential may make {rate} {what} a second.");
            return Err(Problem::new(Kind::TooManyRequests, detail).retry_after(1));
        }
        *left -= 1.0;
        Ok(Some(Allowance { rates, writes, left: *left as u32 }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_may_use_up_its_rate_and_no_more() {
        let limiter = Limiter::new(Some(Rates { reads: 5, writes: 1 }));
        assert!((0..5).all(|_| limiter.take("a", false).is_ok()));
        assert!(limiter.take("a", false).is_err());
        assert!(limiter.take("a", true).is_ok(), "writes have a bucket of their own");
        assert!(limiter.take("b", false).is_ok(), "another credential has its own");
    }
}
