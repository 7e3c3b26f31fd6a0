//! How far long work has come: a bar on a terminal, plain lines otherwise.

use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows how far work has come. Shared by reference: work reports from any thread.
#[derive(Debug)]
pub(crate) struct Progress {
    what: &'static str,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Hidden,
    Bar(ProgressBar),
    /// Tenths told so far, or, without a total, the count at which to tell again.
    Lines {
        total: Option<u64>,
        next: AtomicU64,
    },
}

impl Progress {
    /// Begins to show `what`.
    pub(super) fn start(
        what: &'static str,
        total: Option<u64>,
        terminal: bool,
        quiet: bool,
    ) -> Self {
        let way = if quiet {
            Way::Hidden
        } else if terminal {
            let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
            let template = match total {
                Some(_) => "{msg} {bar:30} {human_pos}/{human_len} {eta}",
                None => "{msg} {spinner} {human_pos}",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_message(what);
            Way::Bar(bar)
        } else {
            Way::Lines { total, next: AtomicU64::new(if total.is_some() { 1 } else { 10_000 }) }
        };
        Self { what, way }
    }

    /// So much is done.
    pub(crate) fn set(&self, done: u64) {
        match &self.way {
            Way::Hidden => {}
            Way::Bar(bar) => bar.set_position(done),
            Way::Lines { total: Some(total), next } => {
                let tenth = done.saturating_mul(10).checked_div(*total).unwrap_or(10).min(10);
                if next.fetch_max(tenth + 1, Ordering::Relaxed) <= tenth {
                    eprintln!("{}: {done} of {total} ({} %)", self.what, tenth * 10);
                }
            }
            Way::Lines { total: None, next } => {
                if is_due(next, done) {
                    eprintln!("{}: {done}", self.what);
                }
            }
        }
    }

    /// How much there is in all, once it is known.
    pub(crate) fn expect(&self, total: u64) {
        if let Way::Bar(bar) = &self.way {
            bar.set_length(total);
        }
    }

    /// The work is done.
    pub(crate) fn finish(&self) {
        if let Way::Bar(bar) = &self.way {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Whether the count `done` is to be told: each time it has at least doubled.
fn is_due(next: &AtomicU64, done: u64) -> bool {
    let due = next.load(Ordering::Relaxed);
    let after = done.saturating_mul(2);
    done >= due && next.compare_exchange(due, after, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_without_a_total_are_told_when_they_have_doubled() {
        let next = AtomicU64::new(10_000);
        let told: Vec<u64> = (0..100_000).step_by(500).filter(|&n| is_due(&next, n)).collect();
        assert_eq!(told, [10_000, 20_000, 40_000, 80_000]);
        assert!(is_due(&next, u64::MAX));
    }
}
