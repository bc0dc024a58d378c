//! The room for background work, as an operator sees it.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use remit_api::config::Settings;

use crate::client::Client;
use crate::server::with;

/// The value of a metric of a kind of work.
fn metric(text: &str, name: &str, kind: &str) -> Option<f64> {
    let start = format!("{name}{{kind=\"{kind}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&start)?.parse().ok())
}

#[test]
fn background_work_is_seen_in_the_metrics() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let settings = Settings { metrics_listen: Some(free.to_string()), ..Settings::default() };
    with(settings, |_| {
        let metrics = Client::new(&format!("http://{free}"), None);
        let patience = Instant::now() + Duration::from_secs(60);
        loop {
            let text = String::from_utf8(metrics.get("/metrics").expect(200).body).expect("text");
            for name in
                ["remit_jobs_due", "remit_jobs_oldest_due_seconds", "remit_jobs_running", "remit_jobs_done_total"]
            {
                assert!(metric(&text, name, "housekeeping").is_some(), "{name} in {text}");
            }
            assert_eq!(metric(&text, "remit_jobs_failed_total", "housekeeping"), Some(0.0));
            // Every organization's house is kept.
            if metric(&text, "remit_jobs", "housekeeping") == Some(1.0) {
                break;
            }
            assert!(Instant::now() < patience, "{text}");
            std::thread::park_timeout(Duration::from_millis(50));
        }
    });
}
