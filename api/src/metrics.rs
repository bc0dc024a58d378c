//! What is counted: requests by status class, their time, and answers from memory; in Prometheus' text format.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// Upper bounds of the latency histogram, in microseconds.
const BOUNDS: [u64; 10] = [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000];

/// Counters of the process.
#[derive(Default)]
pub struct Metrics {
    classes: [AtomicU64; 6],
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
    from_memory: AtomicU64,
    computed: AtomicU64,
    observations: AtomicU64,
    delivered: AtomicU64,
    not_delivered: AtomicU64,
    events: AtomicU64,
    cut_off: AtomicU64,
}

impl Metrics {
    /// Counts an answered request.
    pub fn request(&self, status: u16, micros: u64) {
        let class = usize::from(status / 100).min(5);
        self.classes[class].fetch_add(1, Ordering::Relaxed);
        let bucket = BOUNDS.iter().position(|bound| micros <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }
    /// Counts an answer and whether it came from memory.
    pub fn answer(&self, from_memory: bool) {
        let counter = if from_memory { &self.from_memory } else { &self.computed };
        counter.fetch_add(1, Ordering::Relaxed);
    }
    /// Counts recorded observations.
    pub fn observations(&self, count: u64) {
        self.observations.fetch_add(count, Ordering::Relaxed);
    }

    /// Counts an attempt to tell a webhook of something.
    pub fn delivery(&self, is_taken: bool) {
        let counter = if is_taken { &self.delivered } else { &self.not_delivered };
        counter.fetch_add(1, Ordering::Relaxed);
    }
    /// Counts events that were sent to readers.
    pub fn events_sent(&self, count: u64) {
        self.events.fetch_add(count, Ordering::Relaxed);
    }
    /// Counts a reader of events who took nothing and was cut off.
    pub fn stream_cut_off(&self) {
        self.cut_off.fetch_add(1, Ordering::Relaxed);
    }

    /// Everything, in Prometheus' text format; `streams` of events are open.
    pub fn render(&self, streams: usize) -> String {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let mut text = String::new();
        // Writing into a String does not fail.
        let mut line = |args: std::fmt::Arguments<'_>| {
            let _ = writeln!(text, "{args}");
        };
        line(format_args!("# HELP remit_requests_total Requests answered, by class of status."));
        line(format_args!("# TYPE remit_requests_total counter"));
        for (class, counter) in self.classes.iter().enumerate().skip(1) {
            line(format_args!("remit_requests_total{{status=\"{class}xx\"}} {}", load(counter)));
        }
        line(format_args!("# HELP remit_request_seconds Time from request to answer."));
        line(format_args!("# TYPE remit_request_seconds histogram"));
        let mut sum = 0;
        for (bound, counter) in BOUNDS.iter().zip(&self.buckets) {
            sum += load(counter);
            line(format_args!("remit_request_seconds_bucket{{le=\"{}\"}} {sum}", *bound as f64 / 1e6));
        }
        sum += load(&self.buckets[BOUNDS.len()]);
        line(format_args!("remit_request_seconds_bucket{{le=\"+Inf\"}} {sum}"));
        line(format_args!("remit_request_seconds_sum {}", load(&self.micros) as f64 / 1e6));
        line(format_args!("remit_request_seconds_count {sum}"));
        line(format_args!("# HELP remit_answers_total Answers to reads, from memory or computed."));
        line(format_args!("# TYPE remit_answers_total counter"));
        line(format_args!("remit_answers_total{{from=\"memory\"}} {}", load(&self.from_memory)));
        line(format_args!("remit_answers_total{{from=\"store\"}} {}", load(&self.computed)));
        line(format_args!("# HELP remit_observations_total Observations recorded."));
        line(format_args!("# TYPE remit_observations_total counter"));
        line(format_args!("remit_observations_total {}", load(&self.observations)));
        line(format_args!("# HELP remit_webhook_attempts_total Attempts to tell webhooks of something."));
        line(format_args!("# TYPE remit_webhook_attempts_total counter"));
        line(format_args!("remit_webhook_attempts_total{{taken=\"yes\"}} {}", load(&self.delivered)));
        line(format_args!("remit_webhook_attempts_total{{taken=\"no\"}} {}", load(&self.not_delivered)));
        line(format_args!("# HELP remit_event_streams Streams of events that are open."));
        line(format_args!("# TYPE remit_event_streams gauge"));
        line(format_args!("remit_event_streams {streams}"));
        line(format_args!("# HELP remit_event_streams_cut_off_total Streams whose reader took nothing."));
        line(format_args!("# TYPE remit_event_streams_cut_off_total counter"));
        line(format_args!("remit_event_streams_cut_off_total {}", load(&self.cut_off)));
        line(format_args!("# HELP remit_events_total Events sent to readers of streams."));
        line(format_args!("# TYPE remit_events_total counter"));
        line(format_args!("remit_events_total {}", load(&self.events)));
        text
    }
}
