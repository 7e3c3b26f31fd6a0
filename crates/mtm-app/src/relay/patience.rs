//! How long a broker that is away is left alone.

use std::time::Duration;

/// Pauses between tries of a broker that is away: each twice the one before.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// The first.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { first: Duration::from_millis(250), longest: Duration::from_secs(30) }
    }
}

impl Patience {
    pub(super) fn after(self, failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        self.first.saturating_mul(doubled).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_growing() {
        let patience = Patience::default();
        let pauses = [1, 2, 3, 8, 500].map(|failures| patience.after(failures).as_millis());
        assert_eq!(pauses, [250, 500, 1_000, 30_000, 30_000]);
    }
}
