//! What a broker acknowledged lately, and may not have stored yet.
//!
//! A broker may acknowledge what it holds in memory only (Mosquitto does). Killed in that moment it
//! comes back without it, and nobody can tell. So what was acknowledged within a window of time counts
//! as told, and not as safe: when the connection breaks, or this program begins, everything after the
//! safe place is told again, under the same identities (see the module `again`).

use std::collections::VecDeque;
use std::time::Duration;

use mtm_core::word::Timestamp;

/// Into how many pieces the window is cut: what was acknowledged in one becomes safe together.
const PIECES: i64 = 16;

/// The window of one broker.
#[derive(Debug)]
pub(super) struct Window {
    lasts: i64,
    /// When a piece began and ended, and up to which place in the outbox it goes.
    pieces: VecDeque<Piece>,
    safe: u64,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    began: Timestamp,
    ended: Timestamp,
    to: u64,
}

impl Window {
    /// Nothing was acknowledged.
    pub(super) fn of(lasts: Duration) -> Self {
        let lasts = i64::try_from(lasts.as_micros()).unwrap_or(i64::MAX);
        Self { lasts, pieces: VecDeque::new(), safe: 0 }
    }

    /// A connection begins, and with it everything after `from`.
    pub(super) fn begin(&mut self, from: u64) {
        self.pieces.clear();
        self.safe = from;
    }

    /// Everything up to `to` was acknowledged at `now`. Gives up to where it is safe.
    pub(super) fn took(&mut self, to: u64, now: Timestamp) -> u64 {
        if self.lasts == 0 {
            self.safe = to;
            return to;
        }
        match self.pieces.back_mut() {
            Some(last) if now.micros() - last.began.micros() < self.lasts / PIECES => {
                (last.ended, last.to) = (now, to);
            }
            _ => self.pieces.push_back(Piece { began: now, ended: now, to }),
        }
        self.look(now);
        self.safe
    }

    /// Up to where it is safe now, where that is further than it was.
    pub(super) fn look(&mut self, now: Timestamp) -> Option<u64> {
        let before = self.safe;
        while let Some(first) = self.pieces.front()
            && now.micros() - first.ended.micros() >= self.lasts
        {
            self.safe = first.to;
            self.pieces.pop_front();
        }
        (self.safe > before).then_some(self.safe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn what_was_acknowledged_is_safe_when_the_window_has_passed() {
        let mut window = Window::of(Duration::from_secs(60));
        window.begin(10);
        assert_eq!(window.took(20, at(0)), 10);
        assert_eq!(window.took(30, at(30)), 10);
        assert_eq!(window.look(at(59)), None);
        assert_eq!(window.look(at(60)), Some(20));
        assert_eq!(window.look(at(60)), None);
        assert_eq!(window.took(40, at(90)), 30);
        // Another connection: what is not safe is told again.
        window.begin(30);
        assert_eq!(window.look(at(1_000)), None);
    }

    #[test]
    fn a_window_takes_little_room_however_much_goes() {
        let mut window = Window::of(Duration::from_secs(16));
        window.begin(0);
        for tenth in 0..10_000_i64 {
            let now = Timestamp::from_micros(tenth * 100_000);
            let safe = window.took(u64::try_from(tenth).unwrap(), now);
            assert!(window.pieces.len() <= 18, "{}", window.pieces.len());
            // Never earlier than the window, and not much later.
            assert!(safe <= u64::try_from((tenth - 160).max(0)).unwrap());
            assert!(tenth < 200 || safe >= u64::try_from(tenth - 182).unwrap());
        }
    }

    #[test]
    fn without_a_window_an_acknowledgement_is_enough() {
        let mut window = Window::of(Duration::ZERO);
        window.begin(3);
        assert_eq!(window.took(9, at(1)), 9);
    }
}
