//! What is remembered between requests: who was recently let in, and who is guessing.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

use mtm_core::word::Timestamp;
use tokio::sync::Semaphore;

use super::limit::TryLimit;
use super::provider::Used;
use crate::principal::Principal;

/// How long a proof of identity is believed without asking the database again: as long as a
/// revocation made by another process may take to be felt.
const BELIEVED_MICROS: i64 = 1_000_000;
/// Beyond so many the memory is emptied: strangers must not fill it.
const MOST_REMEMBERED: usize = 10_000;
/// Passwords hashed at a time; each takes 19 MiB and a core.
const HASHES_AT_ONCE: usize = 2;

/// Remembers who was let in a moment ago.
#[derive(Debug)]
pub(crate) struct Doorkeeper {
    remembered: Mutex<HashMap<[u8; 32], (Timestamp, Principal)>>,
    pub(super) limit: TryLimit,
    /// Attempts to sign in by the identity provider that came back.
    pub(super) used: Used,
    /// Hash of the secret by which command lines on this machine come in, once there is one.
    pub(super) local: OnceLock<[u8; 32]>,
    pub(super) hashing: Semaphore,
}

impl Default for Doorkeeper {
    fn default() -> Self {
        Self {
            remembered: Mutex::default(),
            limit: TryLimit::default(),
            used: Used::default(),
            local: OnceLock::new(),
            hashing: Semaphore::new(HASHES_AT_ONCE),
        }
    }
}

impl Doorkeeper {
    /// Who showed this secret a moment ago.
    pub(super) fn recall(&self, secret_hash: &[u8; 32], now: Timestamp) -> Option<Principal> {
        let remembered = self.lock();
        let (at, principal) = remembered.get(secret_hash)?;
        let fresh = *at <= now && now < at.plus_micros(BELIEVED_MICROS);
        fresh.then(|| principal.clone())
    }

    pub(super) fn remember(&self, secret_hash: [u8; 32], now: Timestamp, principal: Principal) {
        let mut remembered = self.lock();
        if remembered.len() >= MOST_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(secret_hash, (now, principal));
    }

    /// Forgets everybody: rights or secrets changed here, and must be felt at once.
    pub(super) fn forget_all(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], (Timestamp, Principal)>> {
        self.remembered.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
