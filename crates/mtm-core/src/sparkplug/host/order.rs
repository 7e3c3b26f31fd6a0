//! Messages in the order of their numbers.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Messages that are held at once. Half of all numbers are ahead, the others behind.
const AHEAD: u8 = 128;
/// Bytes of the messages that are held at once.
const MOST_BYTES: usize = 4 << 20;
/// Messages that are known again.
const REMEMBERED: usize = 127;

/// What becomes of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Offer<T> {
    /// It is the next one.
    Take(T),
    /// It is too early, and waits.
    Held,
    /// It was there before.
    Again,
    /// It cannot be placed: too far ahead, another one under its number, or too many wait.
    Lost,
}

/// A message with its number.
#[derive(Debug)]
pub(super) struct Numbered<T> {
    pub(super) seq: u8,
    /// By which the same one is known again.
    pub(super) mark: u64,
    /// When it was sent, where it says so.
    pub(super) sent: Option<u64>,
    /// Bytes that it takes.
    pub(super) size: usize,
    pub(super) message: T,
}

#[derive(Debug)]
struct Waiting<T> {
    since: Duration,
    numbered: Numbered<T>,
}

/// What comes next, what waits, and what was there.
#[derive(Debug)]
pub(super) struct Order<T> {
    next: u8,
    waiting: BTreeMap<u8, Waiting<T>>,
    bytes: usize,
    recent: VecDeque<(u8, u64)>,
}

impl<T> Default for Order<T> {
    fn default() -> Self {
        Self { next: 0, waiting: BTreeMap::new(), bytes: 0, recent: VecDeque::new() }
    }
}

impl<T> Order<T> {
    /// The next message is the one after `seq`; nothing of before counts.
    pub(super) fn restart(&mut self, seq: u8) {
        *self = Self { next: seq.wrapping_add(1), ..Self::default() };
    }

    /// The number that is missing.
    pub(super) const fn next(&self) -> u8 {
        self.next
    }

    /// Whether nothing waits for something that is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn offer(&mut self, now: Duration, numbered: Numbered<T>) -> Offer<T> {
        let Numbered { seq, mark, size, .. } = numbered;
        if seq == self.next {
            // What waits was sent after what it waits for; otherwise its numbers are of another birth, which is missing.
            let sent = self.waiting.values().filter_map(|it| it.numbered.sent).min();
            let is_other = numbered.sent.zip(sent).is_some_and(|(own, sent)| own > sent);
            return if is_other { Offer::Lost } else { Offer::Take(self.take(numbered)) };
        }
        if let Some(other) = self.waiting.get(&seq) {
            return if other.numbered.mark == mark { Offer::Again } else { Offer::Lost };
        }
        if seq.wrapping_sub(self.next) >= AHEAD {
            return if self.recent.contains(&(seq, mark)) { Offer::Again } else { Offer::Lost };
        }
        if self.bytes.saturating_add(size) > MOST_BYTES {
            return Offer::Lost;
        }
        self.bytes += size;
        self.waiting.insert(seq, Waiting { since: now, numbered });
        Offer::Held
    }

    /// What waited for the one that was taken last.
    pub(super) fn pop(&mut self) -> Option<T> {
        let waiting = self.waiting.remove(&self.next)?;
        self.bytes -= waiting.numbered.size;
        Some(self.take(waiting.numbered))
    }

    /// Since when something waits.
    pub(super) fn waits_since(&self) -> Option<Duration> {
        self.waiting.values().map(|it| it.since).min()
    }

    fn take(&mut self, numbered: Numbered<T>) -> T {
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back((numbered.seq, numbered.mark));
        self.next = self.next.wrapping_add(1);
        numbered.message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(seq: u8) -> Numbered<u8> {
        Numbered { seq, mark: u64::from(seq), sent: None, size: 10, message: seq }
    }

    const NOW: Duration = Duration::from_secs(1);

    #[test]
    fn numbers_go_on_from_255_to_0() {
        let mut order = Order::default();
        order.restart(254);
        for seq in [255, 0, 1] {
            assert_eq!(order.offer(NOW, numbered(seq)), Offer::Take(seq));
        }
    }

    #[test]
    fn what_comes_too_early_waits_for_what_is_missing() {
        let mut order = Order::default();
        order.restart(0);
        assert_eq!(order.offer(NOW, numbered(3)), Offer::Held);
        assert_eq!(order.offer(NOW * 2, numbered(2)), Offer::Held);
        assert_eq!(order.waits_since(), Some(NOW));
        assert_eq!(order.pop(), None);
        assert_eq!(order.offer(NOW, numbered(1)), Offer::Take(1));
        assert_eq!((order.pop(), order.pop(), order.pop()), (Some(2), Some(3), None));
        assert!(order.is_whole());
    }

    #[test]
    fn the_same_again_is_known_and_another_one_under_its_number_is_not_placed() {
        let mut order = Order::default();
        order.restart(0);
        assert_eq!(order.offer(NOW, numbered(1)), Offer::Take(1));
        assert_eq!(order.offer(NOW, numbered(1)), Offer::Again);
        assert_eq!(order.offer(NOW, Numbered { mark: 9, ..numbered(1) }), Offer::Lost);
        assert_eq!(order.offer(NOW, numbered(5)), Offer::Held);
        assert_eq!(order.offer(NOW, numbered(5)), Offer::Again);
        assert_eq!(order.offer(NOW, Numbered { mark: 9, ..numbered(5) }), Offer::Lost);
    }

    #[test]
    fn what_was_sent_after_those_that_wait_for_it_is_of_another_birth() {
        let mut order = Order::default();
        order.restart(0);
        let sent = |seq, sent| Numbered { sent: Some(sent), ..numbered(seq) };
        assert_eq!(order.offer(NOW, sent(2, 20)), Offer::Held);
        assert_eq!(order.offer(NOW, sent(1, 21)), Offer::Lost);
        assert_eq!(order.offer(NOW, sent(1, 19)), Offer::Take(1));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut order = Order::default();
        order.restart(0);
        let large = |seq| Numbered { size: MOST_BYTES / 2, ..numbered(seq) };
        assert_eq!(order.offer(NOW, large(2)), Offer::Held);
        assert_eq!(order.offer(NOW, large(3)), Offer::Held);
        assert_eq!(order.offer(NOW, numbered(4)), Offer::Lost);
        assert_eq!(order.offer(NOW, numbered(129)), Offer::Lost);
    }
}
