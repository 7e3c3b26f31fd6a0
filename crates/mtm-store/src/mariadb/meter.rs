//! What is counted of a pool.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::pool::WAIT_BOUNDS;

/// The counters of a pool.
#[derive(Debug, Default)]
pub(super) struct Meter {
    pub(super) waiting: AtomicU64,
    waits: [AtomicU64; WAIT_BOUNDS.len() + 1],
    waited: AtomicU64,
    pub(super) timed_out: AtomicU64,
    pub(super) abandoned: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) doubted: AtomicU64,
    pub(super) broken: AtomicU64,
}

/// Somebody who waits for a connection. Dropped before its end, they went away.
#[derive(Debug)]
pub(super) struct Waiting<'m> {
    meter: &'m Meter,
    began: Instant,
    ended: bool,
}

impl Meter {
    pub(super) fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Waiting { meter: self, began: Instant::now(), ended: false }
    }

    pub(super) fn waits(&self) -> [u64; WAIT_BOUNDS.len() + 1] {
        std::array::from_fn(|at| self.waits[at].load(Ordering::Relaxed))
    }

    pub(super) fn waited(&self) -> Duration {
        Duration::from_micros(self.waited.load(Ordering::Relaxed))
    }
}

impl Waiting<'_> {
    /// They got one.
    pub(super) fn served(mut self) {
        self.ended = true;
        let micros = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let bucket = WAIT_BOUNDS.partition_point(|bound| *bound < micros);
        self.meter.waits[bucket].fetch_add(1, Ordering::Relaxed);
        self.meter.waited.fetch_add(micros, Ordering::Relaxed);
    }

    /// They heard that there is none.
    pub(super) fn refused(mut self, why: &AtomicU64) {
        self.ended = true;
        why.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.meter.waiting.fetch_sub(1, Ordering::Relaxed);
        if !self.ended {
            self.meter.abandoned.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_is_counted_once_however_it_ends() {
        let meter = Meter::default();
        let first = meter.wait();
        let second = meter.wait();
        assert_eq!(meter.waiting.load(Ordering::Relaxed), 2);
        first.served();
        second.refused(&meter.timed_out);
        drop(meter.wait());
        assert_eq!(meter.waits().iter().sum::<u64>(), 1);
        assert_eq!(meter.timed_out.load(Ordering::Relaxed), 1);
        assert_eq!(meter.abandoned.load(Ordering::Relaxed), 1);
        assert_eq!(meter.waiting.load(Ordering::Relaxed), 0);
    }
}
