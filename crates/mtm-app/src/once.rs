//! What the key of an administrative request stands for.
//!
//! Bookings have their own fingerprint, over the parsed action and without `confirm`
//! ([`movement`](crate::movement)); everything else is its body as it was sent.

use mtm_store::{Fault, IdempotencyKey};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::AppError;
use crate::principal::Principal;

/// The key of a request of `who` to `route` (method and path) with `body`. The body must hold no
/// secret a person chose: its plain hash is stored.
pub fn key_of(
    who: &Principal,
    route: &str,
    key: Option<String>,
    body: &impl Serialize,
) -> Result<Option<IdempotencyKey>, AppError> {
    let Some(key) = key else { return Ok(None) };
    let body = serde_json::to_vec(body).map_err(|error| Fault::Permanent(error.to_string()))?;
    let mut hash = Sha256::new();
    hash.update(who.user.0.to_be_bytes());
    hash.update(route.as_bytes());
    hash.update([0]);
    hash.update(&body);
    Ok(Some(IdempotencyKey { key, fingerprint: hash.finalize().into(), user: who.user }))
}
