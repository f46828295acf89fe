//! Progress on stderr, for people at a terminal.

use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::arguments::Globals;
use crate::terminal::printable;

/// How often a progress display is updated.
const TICK: Duration = Duration::from_millis(200);

/// One bar for all that a command moves.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar on a terminal, and nothing elsewhere, with -q, or with -v, whose lines it would cover.
    pub(crate) fn new(globals: &Globals) -> Self {
        let is_shown = std::io::stderr().is_terminal() && !globals.quiet && !globals.verbose;
        if !is_shown {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::no_length();
        bar.set_style(style("{spinner} {bytes:>10} {binary_bytes_per_sec:>12} {msg}"));
        Self(bar)
    }

    /// Counts the bytes of one file or folder, which come as sums. What moves again after a failure counts once.
    pub(crate) fn part(&self) -> impl Fn(u64, Option<u64>) + Send + Sync + 'static {
        let bar = self.0.clone();
        let (furthest, known) = (AtomicU64::new(0), AtomicU64::new(0));
        move |bytes, total| {
            if let Some(total) = total {
                let before = known.swap(total, Ordering::Relaxed);
                if bar.length().is_none() {
                    bar.set_length(0);
                    bar.set_style(style(
                        "{bytes:>10} of {total_bytes:10} {wide_bar} {binary_bytes_per_sec:>12} {eta:>4}",
                    ));
                }
                bar.inc_length(total.saturating_sub(before));
            }
            let before = furthest.fetch_max(bytes, Ordering::Relaxed);
            bar.inc(bytes.saturating_sub(before));
        }
    }

    /// Shows the state of something that is waited for.
    pub(crate) fn waiting(&self) -> impl Fn(&str) + Send + Sync + 'static {
        let bar = self.0.clone();
        if !bar.is_hidden() {
            bar.set_style(style("{spinner} {msg} ({elapsed})"));
            bar.enable_steady_tick(TICK);
        }
        move |state| bar.set_message(printable(state))
    }

    /// Removes the bar, before something else is written.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// Without colours, so that NO_COLOR need not be checked.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
