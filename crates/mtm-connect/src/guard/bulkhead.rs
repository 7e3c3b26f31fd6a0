//! How many calls to one peer are under way at once: the others wait, a few of them, or are told no.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The room for calls to one peer. Clones share it.
#[derive(Debug, Clone)]
pub struct Bulkhead {
    room: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    most: usize,
}

/// A place in it, given back when it is dropped.
#[derive(Debug)]
pub struct Place(#[expect(dead_code, reason = "it is held, not looked at")] OwnedSemaphorePermit);

/// As many calls as may be are under way, and as many as may be wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl Bulkhead {
    /// Room for `at_once` calls, while at most `most` others wait.
    pub fn of(at_once: u16, most: u16) -> Self {
        Self {
            room: Arc::new(Semaphore::new(usize::from(at_once.max(1)))),
            waiting: Arc::default(),
            most: usize::from(most),
        }
    }

    /// A place where there is one now.
    pub fn enter(&self) -> Result<Place, Full> {
        Arc::clone(&self.room).try_acquire_owned().map(Place).map_err(|_| Full)
    }

    /// A place, waited for in the order of coming, unless too many wait.
    pub async fn wait(&self) -> Result<Place, Full> {
        if let Ok(place) = self.enter() {
            return Ok(place);
        }
        let _waits = Waits::begin(&self.waiting, self.most)?;
        // It is never closed.
        Arc::clone(&self.room).acquire_owned().await.map(Place).map_err(|_| Full)
    }
}

/// Somebody waits, until it is dropped: also where they do not wait any more.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn begin(waiting: &'a AtomicUsize, most: usize) -> Result<Self, Full> {
        let more = |now: usize| (now < most).then_some(now + 1);
        let counted = waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
        counted.map(|_| Self(waiting)).map_err(|_| Full)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn few_are_inside_few_wait_and_the_others_are_told_at_once() {
        let bulkhead = Bulkhead::of(2, 1);
        let first = bulkhead.enter().unwrap();
        let _second = bulkhead.enter().unwrap();
        assert_eq!(bulkhead.enter().unwrap_err(), Full);
        let mut third = Box::pin(bulkhead.wait());
        assert!(futures_util::poll!(&mut third).is_pending());
        assert_eq!(bulkhead.wait().await.unwrap_err(), Full);
        // Who does not want to wait any more leaves their place in the queue to another.
        drop(third);
        let mut fourth = Box::pin(bulkhead.wait());
        assert!(futures_util::poll!(&mut fourth).is_pending());
        drop(first);
        assert!(fourth.await.is_ok());
    }
}
