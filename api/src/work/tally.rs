//! How much background work there is and was, by kind, in Prometheus' text format.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use remit_domain::time::Instant;
use remit_persistence::JobCount;

use super::JobKind;

#[derive(Default)]
struct Tally {
    running: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
}

/// What was counted in this process, by kind.
#[derive(Default)]
pub struct Tallies([Tally; JobKind::ALL.len()]);

impl Tallies {
    fn of(&self, kind: JobKind) -> &Tally {
        &self.0[kind as usize]
    }
    /// Counts one that begins.
    pub fn began(&self, kind: JobKind) {
        self.of(kind).running.fetch_add(1, Ordering::Relaxed);
    }
    /// Counts one that runs no longer.
    pub fn ended(&self, kind: JobKind) {
        self.of(kind).running.fetch_sub(1, Ordering::Relaxed);
    }
    /// Counts one that was done.
    pub fn done(&self, kind: JobKind) {
        self.of(kind).done.fetch_add(1, Ordering::Relaxed);
    }
    /// Counts one that failed.
    pub fn failed(&self, kind: JobKind) {
        self.of(kind).failed.fetch_add(1, Ordering::Relaxed);
    }

    /// All of it, beside what waits in the database.
    pub fn render(&self, counts: &[JobCount], now: Instant) -> String {
        let waiting = |kind: JobKind| counts.iter().find(|count| count.kind == kind.plan().name);
        let age = |count: &JobCount| count.oldest.map_or(0.0, |at| (now.micros() - at.micros()).max(0) as f64 / 1e6);
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
        let mut text = String::new();
        let mut family = |name: &str, kind: &str, help: &str, value: &dyn Fn(JobKind) -> f64| {
            // Writing into a String does not fail.
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for job in JobKind::ALL {
                let _ = writeln!(text, "{name}{{kind=\"{}\"}} {}", job.plan().name, value(*job));
            }
        };
        family("remit_jobs", "gauge", "Background jobs that are kept.", &|kind| {
            waiting(kind).map_or(0.0, |count| count.all as f64)
        });
        family("remit_jobs_due", "gauge", "Background jobs that are due and that nobody does.", &|kind| {
            waiting(kind).map_or(0.0, |count| count.due as f64)
        });
        family("remit_jobs_oldest_due_seconds", "gauge", "How long the oldest of them has been due.", &|kind| {
            waiting(kind).map_or(0.0, age)
        });
        family("remit_jobs_running", "gauge", "Background jobs that run on this server.", &|kind| {
            load(&self.of(kind).running)
        });
        family("remit_jobs_done_total", "counter", "Background jobs done by this server.", &|kind| {
            load(&self.of(kind).done)
        });
        family("remit_jobs_failed_total", "counter", "Attempts that failed on this server.", &|kind| {
            load(&self.of(kind).failed)
        });
        text
    }
}
