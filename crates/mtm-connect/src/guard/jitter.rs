//! Pauses that are not the same for everybody: drawn from a seed, so that a run is replayed.

use std::time::Duration;

/// Draws from a seed (the steps of `SplitMix64`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) const fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// Three quarters of `pause` to all of it: never longer, so that a bound stays one.
    pub(crate) fn of_pause(&mut self, pause: Duration) -> Duration {
        let drawn = u32::try_from(self.draw() % 257).unwrap_or(0);
        let quarter = pause / 4;
        pause.saturating_sub(quarter.saturating_mul(drawn) / 256)
    }

    /// Anything up to `pause`: for those who would all come back together.
    pub(crate) fn up_to(&mut self, pause: Duration) -> Duration {
        let drawn = u32::try_from(self.draw() % 257).unwrap_or(0);
        pause.saturating_mul(drawn) / 256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_pauses_and_none_is_longer_than_asked() {
        let pause = Duration::from_secs(60);
        let drawn = |seed| {
            let mut jitter = Jitter::of(seed);
            (0..1_000).map(|_| jitter.of_pause(pause)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
        assert!(drawn(7).iter().all(|it| *it <= pause && *it >= pause * 3 / 4));
        let mut jitter = Jitter::of(1);
        assert!((0..1_000).all(|_| jitter.up_to(pause) <= pause));
    }
}
