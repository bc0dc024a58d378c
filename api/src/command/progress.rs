//! Progress: a bar for what takes longer than a second, and none for what does not.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long something may take without a word.
const SILENT: Duration = Duration::from_secs(1);

/// How far something has come.
pub struct Progress {
    bar: ProgressBar,
    /// Dropping it tells the watcher that all is done.
    _done: Sender<()>,
}

impl Progress {
    /// Begins something of so many steps; 0 where nobody knows how many.
    pub fn of(steps: u64, what: &str) -> Self {
        Self::styled(steps, what, "{msg} [{bar:30}] {pos}/{len} {elapsed}")
    }

    /// Begins something of so many bytes; 0 where nobody knows how many.
    pub fn of_bytes(bytes: u64, what: &str) -> Self {
        Self::styled(bytes, what, "{msg} [{bar:30}] {bytes}/{total_bytes} {elapsed}")
    }

    /// One that nobody sees: a part of something that has its own.
    pub fn unseen() -> Self {
        Self { bar: ProgressBar::hidden(), _done: channel().0 }
    }

    fn styled(length: u64, what: &str, with_length: &str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        let template = if length == 0 { "{spinner} {msg} {pos} {elapsed}" } else { with_length };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(what.to_owned());
        let (done, ended) = channel();
        let shown = bar.clone();
        // Without a thread there is no bar; the work itself goes on.
        drop(std::thread::Builder::new().name("remit-progress".into()).spawn(move || show_later(&shown, &ended)));
        Self { bar, _done: done }
    }

    /// So many more are done.
    pub fn advance(&self, steps: u64) {
        self.bar.inc(steps);
    }

    /// Says what is being done.
    pub fn say(&self, what: &str) {
        self.bar.set_message(what.to_owned());
    }

    /// The bar, for a reader that counts its bytes.
    pub fn bar(&self) -> &ProgressBar {
        &self.bar
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn show_later(bar: &ProgressBar, ended: &Receiver<()>) {
    if ended.recv_timeout(SILENT) == Err(RecvTimeoutError::Timeout) {
        // Drawn on a terminal only; in a log it would be noise.
        bar.set_draw_target(ProgressDrawTarget::stderr());
        bar.enable_steady_tick(Duration::from_millis(200));
    }
}
