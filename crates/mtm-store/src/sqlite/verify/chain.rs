//! Walking the audit chain beside the movement log.

use std::collections::HashSet;

use mtm_core::audit::{self, Circumstances, Hash};
use mtm_core::movement::{
    Account, Bucket, LocationRef, MovementRecord, MovementType, Named, OperationRef, Outside,
    PartRef, Place,
};
use mtm_core::word::{
    ImportId, LocationCode, LocationId, LotNumber, MovementId, OperationCode, OperationId,
    PartCode, PartId, ReasonCode, SessionId, Timestamp, UserId,
};
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::Stop;
use crate::integrity::{Damage, FirstBad};
use crate::sqlite::catalogue::{named, optional_word, quantity, word};

/// How far the walk is.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    /// Position of the next audit entry.
    pub(super) next: u64,
    /// Hash of the one before it.
    pub(super) hash: Hash,
    /// Feed position of the next movement.
    pub(super) next_movement: u64,
    /// Entries walked.
    pub(super) checked: u64,
    /// The lots that the movements touched, where they are wanted.
    pub(super) touched: Option<HashSet<LotNumber>>,
}

impl Walk {
    /// Before the audit entry at `from`, whose predecessor is believed.
    pub(super) fn before(connection: &Connection, from: u64, touched: bool) -> Result<Self, Stop> {
        let before = from.saturating_sub(1).cast_signed();
        let hash = connection
            .query_row("SELECT hash FROM audit WHERE sequence = ?1", [before], |row| row.get(0))
            .optional()?;
        let movement: Option<i64> = connection
            .query_row(
                "SELECT movement_sequence FROM audit
                 WHERE sequence <= ?1 AND movement_sequence IS NOT NULL
                 ORDER BY sequence DESC LIMIT 1",
                [before],
                |row| row.get(0),
            )
            .optional()?;
        Ok(Self {
            next: from.max(1),
            hash: hash.map_or(Hash::GENESIS, Hash),
            next_movement: movement.unwrap_or(0).cast_unsigned() + 1,
            checked: 0,
            touched: touched.then(HashSet::new),
        })
    }

    /// Walks on to the entry at `to`, at most `step` entries. `false` at the end.
    pub(super) fn step(
        &mut self,
        connection: &Connection,
        to: u64,
        step: u32,
    ) -> Result<bool, Stop> {
        let mut statement = connection.prepare_cached(
            "SELECT audit.sequence, audit.kind, audit.movement_sequence, audit.user_id, audit.at,
                    audit.entry, audit.hash,
                    movement.sequence, movement.id, type, part_id, lot, quantity,
                    from_account, from_operation_id, from_location_id,
                    to_account, to_operation_id, to_location_id, to_lot,
                    recorded_at, movement.user_id, reason, notes, notes_salt, reverses,
                    station, app_version, shift, occurred_at, import_id, session_id
             FROM audit LEFT JOIN movement ON movement.sequence = audit.movement_sequence
             WHERE audit.sequence >= ?1 AND audit.sequence <= ?2
             ORDER BY audit.sequence LIMIT ?3",
        )?;
        let mut rows = statement.query(params![self.next.cast_signed(), to.cast_signed(), step])?;
        let mut found = 0;
        while let Some(row) = rows.next()? {
            self.check(connection, row)?;
            found += 1;
        }
        if found == 0 && self.next <= to {
            return Err(missing(self.next).into());
        }
        Ok(self.next <= to)
    }

    fn check(&mut self, connection: &Connection, row: &Row<'_>) -> Result<(), Stop> {
        let sequence = row.get::<_, i64>(0)?.cast_unsigned();
        if sequence != self.next {
            return Err(missing(self.next).into());
        }
        let kind = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
        let entry = row.get_ref(5)?.as_str().map_err(rusqlite::Error::from)?;
        let stored = Hash(row.get(6)?);
        let hash = audit::chain(&self.hash, entry.as_bytes());
        let expected = if kind == "movement" {
            Some(self.expected_entry(row, sequence, entry)?)
        } else {
            None
        };
        if hash != stored {
            return Err(broken_link(connection, sequence, entry, &stored, expected.as_ref()));
        }
        match expected {
            Some(expected) if expected.entry != entry => {
                return Err(expected.bad(
                    Damage::MovementAltered,
                    sequence,
                    format!(
                        "movement {} is not what its audit entry says: {} instead of {entry}",
                        expected.sequence, expected.entry
                    ),
                ));
            }
            Some(expected) => self.pass_movement(expected),
            None => check_columns(row, sequence, kind, entry)?,
        }
        self.hash = hash;
        self.next += 1;
        self.checked += 1;
        Ok(())
    }

    fn pass_movement(&mut self, movement: Expected) {
        self.next_movement += 1;
        if let Some(touched) = &mut self.touched {
            touched.extend(movement.to_lot);
            touched.insert(movement.lot);
        }
    }

    /// The entry that the movement beside this row should have.
    fn expected_entry(&self, row: &Row<'_>, sequence: u64, entry: &str) -> Result<Expected, Stop> {
        let names = row.get::<_, Option<i64>>(2)?.map(i64::cast_unsigned);
        let found = row.get::<_, Option<i64>>(7)?.map(i64::cast_unsigned);
        if names != Some(self.next_movement) {
            return Err(FirstBad {
                audit_sequence: Some(sequence),
                sequence: names,
                ..FirstBad::new(
                    Damage::AuditEntryAltered,
                    format!(
                        "audit entry {sequence} should be that of movement {}",
                        self.next_movement
                    ),
                )
            }
            .into());
        }
        if found.is_none() {
            return Err(told_by(entry, sequence, self.next_movement).into());
        }
        Expected::read(row).map_err(|error| {
            FirstBad {
                sequence: names,
                audit_sequence: Some(sequence),
                ..FirstBad::new(
                    Damage::MovementAltered,
                    format!("movement {} cannot be read: {error}", self.next_movement),
                )
            }
            .into()
        })
    }
}

fn missing(sequence: u64) -> FirstBad {
    FirstBad {
        audit_sequence: Some(sequence),
        ..FirstBad::new(
            Damage::AuditEntryMissing,
            format!("audit entry {sequence} is missing or out of order"),
        )
    }
}

/// Which of entry and hash was altered: what the movement and the next entry's hash say.
fn broken_link(
    connection: &Connection,
    sequence: u64,
    entry: &str,
    stored: &Hash,
    expected: Option<&Expected>,
) -> Stop {
    let next = connection.query_row(
        "SELECT entry, hash FROM audit WHERE sequence = ?1",
        [(sequence + 1).cast_signed()],
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, [u8; 32]>(1)?)),
    );
    let hash_fits_next = next
        .optional()
        .ok()
        .flatten()
        .map(|(entry, hash)| audit::chain(stored, entry.as_bytes()) == Hash(hash));
    let entry_fits_movement = expected.map(|expected| expected.entry == entry);
    let what = match (hash_fits_next, entry_fits_movement) {
        (Some(true), _) | (_, Some(false)) => Damage::AuditEntryAltered,
        _ => Damage::AuditHashAltered,
    };
    let message = format!("audit entry {sequence} and its hash do not belong together");
    match expected {
        Some(expected) => expected.bad(what, sequence, message),
        None => FirstBad { audit_sequence: Some(sequence), ..FirstBad::new(what, message) }.into(),
    }
}

/// The columns beside an entry that is not a movement's say the same as the entry.
fn check_columns(row: &Row<'_>, sequence: u64, kind: &str, entry: &str) -> Result<(), Stop> {
    let (user, at): (i64, i64) = (row.get(3)?, row.get(4)?);
    let agrees = serde_json::from_str::<(String, i64, i64, serde_json::Value)>(entry)
        .is_ok_and(|(said, by, when, _)| said == kind && by == user && when == at);
    if agrees && row.get::<_, Option<i64>>(2)?.is_none() {
        return Ok(());
    }
    let message = format!("the columns of audit entry {sequence} are not what the entry says");
    let bad = FirstBad::new(Damage::AuditEntryAltered, message);
    Err(FirstBad { audit_sequence: Some(sequence), ..bad }.into())
}

/// A movement that is gone, as far as its entry tells.
fn told_by(entry: &str, audit_sequence: u64, sequence: u64) -> FirstBad {
    let fields: Vec<serde_json::Value> = serde_json::from_str(entry).unwrap_or_default();
    let id = fields.get(2).and_then(|id| id.as_str()).and_then(|id| id.parse().ok());
    let lot = [6, 7].into_iter().find_map(|end| {
        let lot = fields.get(end)?.get(3)?.as_str()?;
        LotNumber::parse(lot).ok()
    });
    FirstBad {
        sequence: Some(sequence),
        audit_sequence: Some(audit_sequence),
        movement_id: id,
        lot,
        ..FirstBad::new(Damage::MovementMissing, format!("movement {sequence} is missing"))
    }
}

/// The entry that a movement's row makes, and what names the row.
struct Expected {
    entry: String,
    sequence: u64,
    id: MovementId,
    lot: LotNumber,
    to_lot: Option<LotNumber>,
}

impl Expected {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let lot = word(row, 11, LotNumber::parse)?;
        let to_lot = optional_word(row, 19, LotNumber::parse)?;
        let id = MovementId(Uuid::from_bytes(row.get(8)?));
        let sequence = row.get::<_, i64>(7)?.cast_unsigned();
        let record = MovementRecord {
            id,
            sequence: Some(sequence),
            kind: named(row, 9, MovementType::from_name)?,
            part: part(row.get(10)?)?,
            quantity: quantity(row, 12)?,
            from: account(row, 13, &lot)?,
            to: account(row, 16, to_lot.as_ref().unwrap_or(&lot))?,
            recorded_at: Timestamp::from_micros(row.get(20)?),
            user: UserId(row.get(21)?),
            reason: optional_word(row, 22, ReasonCode::parse)?,
            notes: None,
            reverses: row
                .get::<_, Option<[u8; 16]>>(25)?
                .map(|id| MovementId(Uuid::from_bytes(id))),
        };
        let notes: Option<String> = row.get(23)?;
        let salt: Option<[u8; 16]> = row.get(24)?;
        let text = |column| row.get::<_, Option<String>>(column);
        let uuid = |column| -> rusqlite::Result<Option<Uuid>> {
            Ok(row.get::<_, Option<[u8; 16]>>(column)?.map(Uuid::from_bytes))
        };
        let (station, app_version, shift) = (text(26)?, text(27)?, text(28)?);
        let around = Circumstances {
            station: station.as_deref(),
            app_version: app_version.as_deref(),
            shift: shift.as_deref(),
            occurred_at: row.get::<_, Option<i64>>(29)?.map(Timestamp::from_micros),
            import: uuid(30)?.map(ImportId),
            session: uuid(31)?.map(SessionId),
            notes: match (&notes, salt) {
                (Some(notes), Some(salt)) => Some(audit::text_hash(&salt, notes)),
                (Some(notes), None) => Some(audit::text_hash(&[0; 16], notes)),
                (None, _) => None,
            },
        };
        let entry = audit::movement_entry(&record, &around).unwrap_or_default();
        Ok(Self { entry, sequence, id, lot, to_lot })
    }

    fn bad(&self, what: Damage, audit_sequence: u64, message: String) -> Stop {
        FirstBad {
            what,
            sequence: Some(self.sequence),
            audit_sequence: Some(audit_sequence),
            movement_id: Some(self.id),
            lot: Some(self.lot.clone()),
            message,
        }
        .into()
    }
}

// An entry names masters by row; their codes do not matter to it.

fn part(id: i64) -> rusqlite::Result<PartRef> {
    Ok(Named { id: PartId(id), code: nameless(PartCode::parse("-"))? })
}

fn account(row: &Row<'_>, column: usize, lot: &LotNumber) -> rusqlite::Result<Account> {
    if row.get_ref(column)?.as_str()? != "stock" {
        return Ok(named(row, column, Outside::from_name)?.into());
    }
    let operation: OperationRef =
        Named { id: OperationId(row.get(column + 1)?), code: nameless(OperationCode::parse("-"))? };
    let location: LocationRef =
        Named { id: LocationId(row.get(column + 2)?), code: nameless(LocationCode::parse("-"))? };
    let place = Place { operation, location };
    Ok(Bucket { part: part(0)?, place, lot: lot.clone() }.into())
}

fn nameless<W>(word: Result<W, mtm_core::word::WordError>) -> rusqlite::Result<W> {
    word.map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
