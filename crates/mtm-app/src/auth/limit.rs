//! Guessing is slow: at most ten tries a minute for an address and account together.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use mtm_core::word::Timestamp;

const TRIES: usize = 10;
const WINDOW_MICROS: i64 = 60_000_000;
/// Beyond so many pairs the oldest are forgotten: a flood of addresses costs bounded memory.
const MOST_PAIRS: usize = 10_000;

/// Counts recent tries.
#[derive(Debug, Default)]
pub(super) struct TryLimit {
    tries: Mutex<HashMap<(IpAddr, String), Vec<Timestamp>>>,
}

impl TryLimit {
    /// Counts a try of `account` from `address` at `now`; refused with the seconds to wait.
    pub(super) fn admit(&self, address: IpAddr, account: &str, now: Timestamp) -> Result<(), u32> {
        let mut tries = self.tries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let oldest = now.plus_micros(-WINDOW_MICROS);
        if tries.len() >= MOST_PAIRS {
            tries.retain(|_, times| times.last().is_some_and(|last| *last > oldest));
        }
        if tries.len() >= MOST_PAIRS {
            tries.clear();
        }
        let times = tries.entry((address, account.to_owned())).or_default();
        times.retain(|time| *time > oldest);
        if times.len() >= TRIES {
            let first = times.first().copied().unwrap_or(now);
            let wait = first.micros() + WINDOW_MICROS - now.micros();
            // Rounded up: whoever waits that long is let in.
            let seconds = u64::try_from(wait).unwrap_or(0).div_ceil(1_000_000);
            return Err(u32::try_from(seconds).unwrap_or(u32::MAX));
        }
        times.push(now);
        Ok(())
    }

    /// Forgets the tries of an account that got in.
    pub(super) fn succeed(&self, address: IpAddr, account: &str) {
        let mut tries = self.tries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        tries.remove(&(address, account.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_try_in_a_minute_waits() {
        let limit = TryLimit::default();
        let address = IpAddr::from([127, 0, 0, 1]);
        let at = |second: i64| Timestamp::from_micros(second * 1_000_000);
        for second in 0..10 {
            assert_eq!(limit.admit(address, "A", at(second)), Ok(()));
        }
        assert_eq!(limit.admit(address, "A", at(10)), Err(50));
        assert_eq!(limit.admit(address, "A", at(10).plus_micros(1)), Err(50), "rounded up");
        assert_eq!(limit.admit(address, "B", at(10)), Ok(()), "another account");
        assert_eq!(limit.admit(address, "A", at(60)), Ok(()), "as long as it was told to wait");
        limit.succeed(address, "A");
        assert_eq!(limit.admit(address, "A", at(60)), Ok(()));
    }
}
