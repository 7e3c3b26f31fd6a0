//! Time and identity as things handed in, so that a seed reproduces a run.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use mtm_core::word::Timestamp;
use uuid::Uuid;

/// Where moments and fresh identities come from.
pub trait Clock: Send + Sync + 'static {
    /// The present moment. May stand still or step back; the ledger never does.
    fn now(&self) -> Timestamp;

    /// A `UUIDv7` that this clock never gave before.
    fn fresh_uuid(&self) -> Uuid;
}

/// The computer's clock and the operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
            // A clock before 1970 is a computer that has not been set yet.
            Err(_) => 0,
        };
        Timestamp::from_micros(micros)
    }

    fn fresh_uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// A clock that moves only when told to, with identities that follow from its seed.
#[derive(Debug)]
pub struct ManualClock {
    micros: AtomicI64,
    given: AtomicU64,
    seed: u64,
}

impl ManualClock {
    /// A clock that stands at `start` and makes identities from `seed`.
    pub const fn new(start: Timestamp, seed: u64) -> Self {
        Self { micros: AtomicI64::new(start.micros()), given: AtomicU64::new(0), seed }
    }

    /// Moves by `micros` microseconds; backwards when negative.
    pub fn advance(&self, micros: i64) {
        self.micros.fetch_add(micros, Ordering::SeqCst);
    }

    /// Jumps to `moment`.
    pub fn set(&self, moment: Timestamp) {
        self.micros.store(moment.micros(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.load(Ordering::SeqCst))
    }

    fn fresh_uuid(&self) -> Uuid {
        let given = self.given.fetch_add(1, Ordering::SeqCst);
        // The count stands above the low sixteen bits, which command ids clear.
        let mut tail = [0; 10];
        tail[..2].copy_from_slice(&mix(self.seed).to_be_bytes()[..2]);
        tail[2..8].copy_from_slice(&given.to_be_bytes()[2..]);
        tail[8..].copy_from_slice(&mix(self.seed ^ given).to_be_bytes()[..2]);
        let millis = u64::try_from(self.now().micros() / 1000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }
}

/// A bijective scrambling of 64 bits (the finaliser of `SplitMix64`).
const fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mtm_core::word::CommandId;
    use std::collections::HashSet;

    /// What everybody relies on, whichever clock it is.
    fn keeps_its_promises(clock: &dyn Clock) {
        let before = clock.now();
        let ids: Vec<Uuid> = (0..2_000).map(|_| clock.fresh_uuid()).collect();
        let after = clock.now();
        let commands: HashSet<CommandId> = ids.iter().copied().map(CommandId::from_fresh).collect();
        assert_eq!(commands.len(), ids.len(), "distinct, also as commands");
        let seconds = |moment: Timestamp| u64::try_from(moment.micros() / 1_000_000).unwrap();
        for id in ids {
            assert_eq!(id.get_version_num(), 7);
            // A second's grace: a computer's clock may be set between two questions.
            let (at, _) = id.get_timestamp().unwrap().to_unix();
            assert!((seconds(before) - 1..=seconds(after) + 1).contains(&at), "{id} at {at}");
        }
    }

    #[test]
    fn both_clocks_say_when_it_is_and_give_identities_of_that_moment() {
        keeps_its_promises(&SystemClock);
        let start = Timestamp::from_micros(1_796_000_000_000_000);
        let clock = ManualClock::new(start, 7);
        keeps_its_promises(&clock);
        clock.advance(-3_600_000_000);
        keeps_its_promises(&clock);
    }

    #[test]
    fn a_seed_gives_the_same_distinct_identities_again() {
        let ids = |seed| {
            let clock = ManualClock::new(Timestamp::from_micros(1_000_000), seed);
            (0..2_000).map(|_| CommandId::from_fresh(clock.fresh_uuid())).collect::<Vec<_>>()
        };
        assert_eq!(ids(7), ids(7));
        assert_ne!(ids(7), ids(8));
        assert_eq!(ids(7).into_iter().collect::<HashSet<_>>().len(), 2_000);
    }

    #[test]
    fn the_system_clock_is_later_than_this_program() {
        assert!(SystemClock.now() > Timestamp::from_micros(1_700_000_000_000_000));
        assert_ne!(SystemClock.fresh_uuid(), SystemClock.fresh_uuid());
    }
}
