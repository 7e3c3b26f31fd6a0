//! The tamper-evident record: canonical entries, each hashed with the one before it.
//!
//! An entry is a JSON array of fixed fields, so that an auditor can recompute it in any language.
//! Free text enters as a salted hash: redacting it later (and forgetting the salt) leaves the
//! chain provable. People appear by user id only.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::movement::{Account, MovementRecord};
use crate::word::{Timestamp, UserId};

/// A SHA-256 value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What the first entry is chained to.
    pub const GENESIS: Self = Self([0; 32]);

    /// Hexadecimal, lower-case.
    pub fn hex(&self) -> String {
        use std::fmt::Write as _;
        self.0.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// The hash of an entry chained to `previous`: SHA-256 of the previous hash and the entry's bytes.
pub fn chain(previous: &Hash, canonical: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update(previous.0);
    hash.update(canonical);
    Hash(hash.finalize().into())
}

/// The salted hash under which free text stands in an entry.
pub fn text_hash(salt: &[u8; 16], text: &str) -> Hash {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(text.as_bytes());
    Hash(hash.finalize().into())
}

/// Circumstances of a movement that its entry holds besides the record.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// Terminal.
    pub station: Option<&'a str>,
    /// Version of the capturing program.
    pub app_version: Option<&'a str>,
    /// Shift at booking.
    pub shift: Option<&'a str>,
    /// When it happened, if not when recorded.
    pub occurred_at: Option<Timestamp>,
    /// Import it belongs to.
    pub import: Option<crate::word::ImportId>,
    /// Scan session it belongs to.
    pub session: Option<crate::word::SessionId>,
    /// Salted hash of its free text.
    pub notes: Option<Hash>,
}

#[derive(Serialize)]
struct MovementFields<'a>(
    &'static str,
    u64,
    crate::word::MovementId,
    &'static str,
    i64,
    i64,
    (&'a str, i64, i64, &'a str),
    (&'a str, i64, i64, &'a str),
    Option<crate::word::MovementId>,
    i64,
    i64,
    Option<&'a str>,
    Option<String>,
    Option<&'a str>,
    Option<&'a str>,
    Option<&'a str>,
    Option<i64>,
    Option<crate::word::ImportId>,
    Option<crate::word::SessionId>,
);

fn account(account: &Account) -> (&str, i64, i64, &str) {
    match account {
        Account::Outside(outside) => (outside.as_str(), 0, 0, ""),
        Account::Bucket(bucket) => {
            ("stock", bucket.place.operation.id.0, bucket.place.location.id.0, bucket.lot.as_str())
        }
    }
}

/// The canonical entry of a sealed movement: `["movement", sequence, id, type, part, units,
/// [account, operation, location, lot], [account, …], reverses, user, recorded_at, reason,
/// notes, station, app_version, shift, occurred_at, import, session]`, times in microseconds,
/// quantities in 10⁻⁶ pieces, masters by row id. `None` for a movement without sequence.
pub fn movement_entry(record: &MovementRecord, around: &Circumstances<'_>) -> Option<String> {
    let fields = MovementFields(
        "movement",
        record.sequence?,
        record.id,
        record.kind.as_str(),
        record.part.id.0,
        record.quantity.units(),
        account(&record.from),
        account(&record.to),
        record.reverses,
        record.user.0,
        record.recorded_at.micros(),
        record.reason.as_ref().map(crate::word::ReasonCode::as_str),
        around.notes.map(|hash| hash.hex()),
        around.station,
        around.app_version,
        around.shift,
        around.occurred_at.map(Timestamp::micros),
        around.import,
        around.session,
    );
    serde_json::to_string(&fields).ok()
}

/// The canonical entry of anything else: `[kind, user, at, facts]`. Free text in `facts` must be
/// hashed by the caller.
pub fn entry(kind: &str, user: UserId, at: Timestamp, facts: &serde_json::Value) -> String {
    serde_json::json!([kind, user, at.micros(), facts]).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_of_an_entry_and_of_its_past_changes_the_hash() {
        let first = chain(&Hash::GENESIS, b"[\"a\"]");
        assert_ne!(first, chain(&Hash::GENESIS, b"[\"b\"]"));
        assert_ne!(chain(&first, b"x"), chain(&Hash::GENESIS, b"x"));
        assert_eq!(first.hex().len(), 64);
    }
}
