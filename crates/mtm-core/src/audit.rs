//! The tamper-evident record: canonical entries, each hashed with the one before it.
//!
//! An entry is a JSON array of fixed fields, so that an auditor can recompute it in any language.
//! Free text enters as a salted hash: redacting it later (and forgetting the salt) leaves the
//! chain provable. People appear by user id only.

use serde::Serialize;
use serde_json::Value;
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

/// Fields of a movement's entry.
const FIELDS: usize = 19;

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

/// What a movement's entry tells whoever has nothing but entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovementTold {
    /// Its place in the log.
    pub sequence: u64,
    /// The row of its part.
    pub part: i64,
    /// What it adds to the stock of its part, in 10⁻⁶ pieces.
    pub adds: i64,
    /// The lot it moved pieces of, or into.
    pub lot: Option<String>,
    /// Salted hash of its notes, hexadecimal.
    pub notes: Option<String>,
}

/// Reads what [`movement_entry`] wrote; nothing where `entry` is no movement's.
pub fn movement_told(entry: &str) -> Option<MovementTold> {
    let fields: Vec<Value> = serde_json::from_str(entry).ok()?;
    if fields.len() != FIELDS || fields.first()? != "movement" {
        return None;
    }
    let number = |at: usize| fields.get(at)?.as_i64();
    let side = |at: usize| {
        let account = fields.get(at)?;
        let lot = account.get(3)?.as_str().filter(|lot| !lot.is_empty());
        Some((i64::from(account.get(0)? == "stock"), lot))
    };
    let ((from, taken), (to, given)) = (side(6)?, side(7)?);
    Some(MovementTold {
        sequence: fields.get(1)?.as_u64()?,
        part: number(4)?,
        adds: number(5)?.wrapping_mul(to - from),
        lot: taken.or(given).map(str::to_owned),
        notes: fields.get(12)?.as_str().map(str::to_owned),
    })
}

/// The canonical entry of anything else: `[kind, user, at, facts]`. Free text in `facts` must be
/// hashed by the caller.
pub fn entry(kind: &str, user: UserId, at: Timestamp, facts: &Value) -> String {
    serde_json::json!([kind, user, at.micros(), facts]).to_string()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::movement::{
        Bucket, LocationRef, MovementType, OperationRef, Outside, PartRef, Place,
    };
    use crate::word::{
        CommandId, ImportId, LocationCode, LocationId, LotNumber, MovementId, OperationCode,
        OperationId, PartCode, PartId, Quantity, ReasonCode, SessionId,
    };

    /// What any other program computes of the same bytes.
    #[test]
    fn hashes_are_plain_sha_256() {
        let first = chain(&Hash::GENESIS, b"[\"a\"]");
        let known = "9f1582d9acc88d6622bafbb5fd2f2c2b6f36b5cb8c2a1848033e35c039e332de";
        assert_eq!(first.hex(), known);
        let text = text_hash(&[7; 16], "gr\u{fc}ne Kiste");
        let known = "5d0a6b954c5bbcd9256c4d00264c200e19c4c997be783c2ad4381dffcf7e18af";
        assert_eq!(text.hex(), known);
    }

    fn movement(position: u16) -> MovementId {
        CommandId::from_fresh(Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000))
            .movement(position)
    }

    fn carried() -> MovementRecord {
        let bucket = |location, lot: &str| {
            let code = OperationCode::parse("10").unwrap();
            let operation = OperationRef { id: OperationId(3), code };
            let code = LocationCode::parse("A-1").unwrap();
            let location = LocationRef { id: LocationId(location), code };
            let part = PartRef { id: PartId(2), code: PartCode::parse("P-2").unwrap() };
            let lot = LotNumber::parse(lot).unwrap();
            Bucket { part, place: Place { operation, location }, lot }
        };
        MovementRecord {
            id: movement(1),
            sequence: Some(42),
            kind: MovementType::Transfer,
            part: bucket(4, "7").part,
            quantity: Quantity::pieces(30).unwrap(),
            from: bucket(4, "7").into(),
            to: bucket(5, "8").into(),
            recorded_at: Timestamp::from_micros(1_000_001),
            user: UserId(9),
            reason: None,
            notes: None,
            reverses: None,
        }
    }

    #[test]
    fn an_entry_says_all_of_a_movement_each_in_its_place() {
        let bare = movement_entry(&carried(), &Circumstances::default()).unwrap();
        assert_eq!(
            bare,
            r#"["movement",42,"01930000-0000-7000-8000-000000000001","transfer",2,30000000,["stock",3,4,"0000000007"],["stock",3,5,"0000000008"],null,9,1000001,null,null,null,null,null,null,null,null]"#
        );
        let record = MovementRecord {
            kind: MovementType::Reversal,
            from: Outside::Scrap.into(),
            reason: Some(ReasonCode::parse("damaged").unwrap()),
            reverses: Some(movement(2)),
            ..carried()
        };
        let around = Circumstances {
            station: Some("T-1"),
            app_version: Some("0.1.0"),
            shift: Some("2026-11-23/1"),
            occurred_at: Some(Timestamp::from_micros(5)),
            import: Some(ImportId(Uuid::from_u128(1))),
            session: Some(SessionId(Uuid::from_u128(2))),
            notes: Some(Hash([0xab; 32])),
        };
        let notes = "ab".repeat(32);
        assert_eq!(
            movement_entry(&record, &around).unwrap(),
            format!(
                r#"["movement",42,"01930000-0000-7000-8000-000000000001","reversal",2,30000000,["scrap",0,0,""],["stock",3,5,"0000000008"],"01930000-0000-7000-8000-000000000002",9,1000001,"damaged","{notes}","T-1","0.1.0","2026-11-23/1",5,"00000000-0000-0000-0000-000000000001","00000000-0000-0000-0000-000000000002"]"#
            )
        );
        let unsealed = MovementRecord { sequence: None, ..record };
        assert_eq!(movement_entry(&unsealed, &around), None);
    }

    #[test]
    fn an_entry_tells_what_its_movement_adds_to_its_part() {
        let told = |record: &MovementRecord, notes: Option<Hash>| {
            let around = Circumstances { notes, ..Circumstances::default() };
            movement_told(&movement_entry(record, &around).unwrap()).unwrap()
        };
        let within = MovementTold {
            sequence: 42,
            part: 2,
            adds: 0,
            lot: Some("0000000007".to_owned()),
            notes: None,
        };
        assert_eq!(told(&carried(), None), within);
        let came = MovementRecord { from: Outside::Scrap.into(), ..carried() };
        let lot = Some("0000000008".to_owned());
        assert_eq!(told(&came, None), MovementTold { adds: 30_000_000, lot, ..within.clone() });
        let went = MovementRecord { to: Outside::Scrap.into(), ..carried() };
        let notes = Some("ab".repeat(32));
        assert_eq!(
            told(&went, Some(Hash([0xab; 32]))),
            MovementTold { adds: -30_000_000, notes, ..within }
        );
        let entry = movement_entry(&carried(), &Circumstances::default()).unwrap();
        let others = [
            entry.replace("movement", "hold"),
            entry.replace("null]", "null,null]"),
            entry.replace(",null]", "]"),
            "[\"hold\",9,1,{}]".to_owned(),
            "{".to_owned(),
        ];
        for other in others {
            assert_eq!(movement_told(&other), None, "{other}");
        }
    }

    #[test]
    fn an_entry_of_anything_else_says_who_when_and_what() {
        let facts = serde_json::json!({ "hold": 1 });
        let entry = entry("hold", UserId(9), Timestamp::from_micros(1_000_001), &facts);
        assert_eq!(entry, r#"["hold",9,1000001,{"hold":1}]"#);
    }

    #[test]
    fn every_bit_of_an_entry_and_of_its_past_changes_the_hash() {
        let first = chain(&Hash::GENESIS, b"[\"a\"]");
        assert_ne!(first, chain(&Hash::GENESIS, b"[\"b\"]"));
        assert_ne!(chain(&first, b"x"), chain(&Hash::GENESIS, b"x"));
        assert_eq!(first.hex().len(), 64);
    }
}
