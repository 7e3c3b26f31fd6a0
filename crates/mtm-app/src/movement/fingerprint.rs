//! What an idempotency key stands for: who, where, and what was asked, without `confirm`.

use mtm_core::Action;
use mtm_core::word::{Timestamp, UserId};
use sha2::{Digest, Sha256};

/// SHA-256 over principal, route and the parsed actions. Confirmations are left out on purpose:
/// a confirmable refusal is answered under the same key.
pub(super) fn fingerprint<'a>(
    user: UserId,
    route: &str,
    asked: impl Iterator<Item = (&'a Action, Option<Timestamp>)>,
) -> Result<[u8; 32], serde_json::Error> {
    let mut hash = Sha256::new();
    hash.update(user.0.to_be_bytes());
    hash.update(route.as_bytes());
    for (action, occurred_at) in asked {
        hash.update([0]);
        hash.update(serde_json::to_vec(&(action, occurred_at))?);
    }
    Ok(hash.finalize().into())
}
