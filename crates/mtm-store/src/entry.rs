//! The audit entry that a movement's row makes.
//!
//! An entry names masters by row; their codes do not matter to it.

use mtm_core::audit::{self, Circumstances};
use mtm_core::movement::{
    Account, Bucket, LocationRef, MovementRecord, MovementType, Named, OperationRef, Outside,
    PartRef, Place,
};
use mtm_core::word::{
    ImportId, LocationCode, LocationId, LotNumber, MovementId, OperationCode, OperationId,
    PartCode, PartId, ReasonCode, SessionId, UserId, WordError,
};

use crate::sql::{
    Error, Row, moment, named, optional_moment, optional_uuid, optional_word, quantity, uuid, word,
};

/// The columns that [`MovementEntry::read`] reads, in its order, of a table called `movement`.
macro_rules! columns {
    () => {
        "movement.id, movement.type, movement.part_id, movement.lot, movement.quantity,
         movement.from_account, movement.from_operation_id, movement.from_location_id,
         movement.to_account, movement.to_operation_id, movement.to_location_id, movement.to_lot,
         movement.recorded_at, movement.user_id, movement.reason, movement.notes,
         movement.notes_salt, movement.reverses, movement.station, movement.app_version,
         movement.shift, movement.occurred_at, movement.import_id, movement.session_id"
    };
}
pub(crate) use columns;

/// A movement's entry, and what names its row.
#[derive(Debug)]
pub(crate) struct MovementEntry {
    pub(crate) text: String,
    pub(crate) sequence: u64,
    pub(crate) record: MovementRecord,
    pub(crate) lot: LotNumber,
    pub(crate) to_lot: Option<LotNumber>,
}

impl MovementEntry {
    /// Reads [`COLUMNS`] from column `first` on, of the movement at `sequence`.
    pub(crate) fn read(row: &Row<'_>, first: usize, sequence: u64) -> Result<Self, Error> {
        let at = |column: usize| first + column;
        let lot = word(row, at(3), LotNumber::parse)?;
        let to_lot = optional_word(row, at(11), LotNumber::parse)?;
        let record = MovementRecord {
            id: MovementId(uuid(row, first)?),
            sequence: Some(sequence),
            kind: named(row, at(1), MovementType::from_name)?,
            part: part(row.get(at(2))?)?,
            quantity: quantity(row, at(4))?,
            from: account(row, at(5), &lot)?,
            to: account(row, at(8), to_lot.as_ref().unwrap_or(&lot))?,
            recorded_at: moment(row, at(12))?,
            user: UserId(row.get(at(13))?),
            reason: optional_word(row, at(14), ReasonCode::parse)?,
            notes: None,
            reverses: optional_uuid(row, at(17))?.map(MovementId),
        };
        let notes = row.optional_text(at(15))?;
        let salt: Option<[u8; 16]> = row.get(at(16))?;
        let around = Circumstances {
            station: row.optional_text(at(18))?,
            app_version: row.optional_text(at(19))?,
            shift: row.optional_text(at(20))?,
            occurred_at: optional_moment(row, at(21))?,
            import: optional_uuid(row, at(22))?.map(ImportId),
            session: optional_uuid(row, at(23))?.map(SessionId),
            notes: notes.map(|notes| audit::text_hash(&salt.unwrap_or_default(), notes)),
        };
        let text = audit::movement_entry(&record, &around).unwrap_or_default();
        Ok(Self { text, sequence, record, lot, to_lot })
    }
}

fn part(id: i64) -> Result<PartRef, Error> {
    Ok(Named { id: PartId(id), code: nameless(PartCode::parse("-"))? })
}

fn account(row: &Row<'_>, column: usize, lot: &LotNumber) -> Result<Account, Error> {
    if row.text(column)? != "stock" {
        return Ok(named(row, column, Outside::from_name)?.into());
    }
    let operation: OperationRef =
        Named { id: OperationId(row.get(column + 1)?), code: nameless(OperationCode::parse("-"))? };
    let location: LocationRef =
        Named { id: LocationId(row.get(column + 2)?), code: nameless(LocationCode::parse("-"))? };
    let place = Place { operation, location };
    Ok(Bucket { part: part(0)?, place, lot: lot.clone() }.into())
}

fn nameless<W>(word: Result<W, WordError>) -> Result<W, Error> {
    word.map_err(|error| Error::shape(0, error.to_string()))
}
