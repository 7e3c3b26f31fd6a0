//! Trying again what says by itself whether it was done, where others were in the way of it.

use std::time::Duration;

use mtm_store::PostError;
use tokio::time::sleep;

use crate::App;

/// How often it is tried.
const TRIES: u32 = 8;
/// The first pause; each is twice the one before.
const FIRST: Duration = Duration::from_millis(5);
/// The longest.
const LONGEST: Duration = Duration::from_millis(200);

impl App {
    /// Does `attempt` until it is answered, a bounded number of times: what passes by itself is tried
    /// again. Another try must be harmless, also where an earlier one went through and nobody heard of it.
    ///
    /// Pauses differ from caller to caller, so that two who were in each other's way are not again.
    pub(crate) async fn insist<T, F>(&self, mut attempt: impl FnMut() -> F) -> Result<T, PostError>
    where
        F: Future<Output = Result<T, PostError>>,
    {
        let mut tries = 0;
        loop {
            tries += 1;
            match attempt().await {
                Err(PostError::Fault(fault))
                    if fault.trouble().is_tried_again() && tries < TRIES =>
                {
                    let chance = self.clock().fresh_uuid().as_u128();
                    sleep(pause(tries, chance)).await;
                }
                answer => return answer,
            }
        }
    }
}

/// The pause after so many tries: half of it for sure, of the other half what chance says.
fn pause(tries: u32, chance: u128) -> Duration {
    let doubled = FIRST.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)));
    let half = doubled.min(LONGEST) / 2;
    // The low bits of an identity are random, whatever its kind.
    let part = u32::try_from(chance & 0xff).unwrap_or_default();
    half + half * part / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_chance_moves_them_within_half() {
        let millis = |tries, chance| pause(tries, chance).as_micros();
        assert_eq!((millis(1, 0), millis(1, 255)), (2_500, 5_000));
        assert_eq!((millis(3, 0), millis(3, 255)), (10_000, 20_000));
        assert_eq!((millis(40, 0), millis(u32::MAX, 255)), (100_000, 200_000));
    }
}
