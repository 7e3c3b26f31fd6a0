//! Loading what deciding needs to know, exactly as [`mtm_core::view::needs`] says.
//!
//! What an engine remembers by itself (lot numbers, receipts, recent commands) it adds.

use std::collections::HashMap;
use std::ops::Range;

use mtm_core::catalogue::Catalogue;
use mtm_core::command::{LotAttributes, Pick, ReverseTarget};
use mtm_core::movement::{Bucket, MovementRecord, Place};
use mtm_core::view::{LotFact, Needs, ReversalFact, StockFact};
use mtm_core::word::{LotNumber, MovementId, Note, Timestamp, UserId, WorkOrder};

use super::failure::Failure;
use crate::movement::{self, location_ref, operation_ref, part_ref};
use crate::sql::{
    Connection, Error, OptionalExtension as _, Row, Value, optional_word, params, quantity, uuid,
    word,
};

/// Lots, stock and reversals that a command's verdict depends on.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) stock: Vec<StockFact>,
    pub(crate) lots: Vec<LotFact>,
    pub(crate) reversals: Vec<ReversalFact>,
    /// `ledger_version` of each of `lots`, where the engine keeps one and the lot is written.
    pub(crate) versions: Vec<Option<i64>>,
}

impl Facts {
    /// Reads what `needs` says, as it is written.
    pub(crate) fn read(
        connection: Connection<'_>,
        catalogue: &Catalogue,
        needs: &Needs<'_>,
    ) -> Result<Self, Failure> {
        let (facts, loaded) = (Self::default(), HashMap::new());
        let mut reader = Reader { connection, catalogue, facts, loaded };
        if let Some(lot) = needs.lot {
            reader.lot(lot)?;
        }
        if let Some(pick) = needs.pick {
            reader.picked(pick)?;
        }
        if let Some(target) = needs.reversal {
            reader.facts.reversals = reader.undone(target)?;
        }
        Ok(reader.facts)
    }
}

/// Facts while they are read.
struct Reader<'c> {
    connection: Connection<'c>,
    catalogue: &'c Catalogue,
    facts: Facts,
    /// Lots looked up already, with their part of the stock.
    loaded: HashMap<LotNumber, Range<usize>>,
}

impl Reader<'_> {
    /// The lot's fact and all its buckets, once.
    fn lot(&mut self, lot: &LotNumber) -> Result<(), Failure> {
        if self.loaded.contains_key(lot) {
            return Ok(());
        }
        let catalogue = self.catalogue;
        let found = self
            .connection
            .prepare_cached(self.connection.pick(LOT, VERSIONED_LOT))?
            .query_row(params![lot.as_str()], |row| {
                Ok::<_, Error>((lot_fact(row, 0, lot.clone(), catalogue)?, row.get::<i64>(8)?))
            })
            .optional()?;
        let first = self.facts.stock.len();
        if let Some((fact, ledger_version)) = found {
            self.buckets(&fact)?;
            self.facts.lots.push(fact);
            self.facts.versions.push(Some(ledger_version));
        }
        self.loaded.insert(lot.clone(), first..self.facts.stock.len());
        Ok(())
    }

    fn buckets(&mut self, lot: &LotFact) -> Result<(), Failure> {
        let mut statement = self.connection.prepare_cached(
            "SELECT operation_id, location_id, quantity FROM stock WHERE lot = ?1",
        )?;
        let mut rows = statement.query(params![lot.lot.as_str()])?;
        while let Some(row) = rows.next()? {
            let place = Place {
                operation: operation_ref(self.catalogue, row.get(0)?, 0)?,
                location: location_ref(self.catalogue, row.get(1)?, 1)?,
            };
            self.facts.stock.push(StockFact {
                bucket: Bucket { part: lot.part.clone(), place, lot: lot.lot.clone() },
                quantity: quantity(&row, 2)?,
                received_at: lot.received_at,
            });
        }
        Ok(())
    }

    /// The lots that stand where `pick` says, with all their buckets.
    fn picked(&mut self, pick: &Pick) -> Result<(), Failure> {
        if let Some(lot) = &pick.lot {
            return self.lot(lot);
        }
        let part = pick.part.as_ref().and_then(|code| self.catalogue.part(code));
        let operation = pick.operation.as_ref().and_then(|code| self.catalogue.operation(code));
        let location = pick.location.as_ref().and_then(|code| self.catalogue.location(code));
        // Without all three nothing is picked, and deciding says so.
        let (Some(part), Some(operation), Some(location)) = (part, operation, location) else {
            return Ok(());
        };
        let lots: Vec<LotNumber> = self
            .connection
            .prepare_cached(
                "SELECT lot FROM stock
                 WHERE part_id = ?1 AND operation_id = ?2 AND location_id = ?3",
            )?
            .query_all(params![part.row.0, operation.row.0, location.row.0], |row| {
                word(row, 0, LotNumber::parse)
            })?;
        lots.iter().try_for_each(|lot| self.lot(lot))
    }

    /// The movements to undo, newest first, with the lots at both their ends.
    fn undone(&mut self, target: &ReverseTarget) -> Result<Vec<ReversalFact>, Failure> {
        let all =
            |condition, parameters: &[Value<'_>]| self.movements(condition, i64::MAX, parameters);
        let originals = match target {
            ReverseTarget::Movement(id) => all("id = ?1", params![bytes(*id)])?,
            ReverseTarget::Movements(ids) => {
                let mut found = Vec::with_capacity(ids.len());
                for id in ids {
                    found.extend(all("id = ?1", params![bytes(*id)])?);
                }
                found.sort_by_key(|record| {
                    std::cmp::Reverse((record.sequence, record.recorded_at, record.id))
                });
                found
            }
            ReverseTarget::Command(command) => {
                let (first, last) = command.movement_range();
                all("id BETWEEN ?1 AND ?2", params![bytes(first), bytes(last)])?
            }
            ReverseTarget::Import(import) => all("import_id = ?1", params![import.0.into_bytes()])?,
            ReverseTarget::Session(session) => {
                all("session_id = ?1", params![session.0.into_bytes()])?
            }
        };
        let mut facts = Vec::with_capacity(originals.len());
        for original in originals {
            for end in [&original.from, &original.to] {
                if let Some(bucket) = end.bucket() {
                    let lot = bucket.lot.clone();
                    self.lot(&lot)?;
                }
            }
            let reversed_by = self.reversed_by(original.id)?;
            let later = self.later(&original)?;
            facts.push(ReversalFact { original, reversed_by, later });
        }
        Ok(facts)
    }

    /// At most `limit` movements that meet `condition`, newest first; all where negative.
    fn movements(
        &self,
        condition: &str,
        limit: i64,
        parameters: &[Value<'_>],
    ) -> Result<Vec<MovementRecord>, Failure> {
        // A movement that was not sealed yet has no sequence; its moment orders it.
        let order = self.connection.pick("sequence DESC", "recorded_at DESC, id DESC");
        let sql = format!(
            "SELECT {} FROM movement WHERE {condition} ORDER BY {order} LIMIT {limit}",
            movement::COLUMNS
        );
        let read = |row: &crate::sql::Row<'_>| movement::record(row, self.catalogue);
        Ok(self.connection.prepare_cached(&sql)?.query_all(parameters, read)?)
    }

    fn reversed_by(&self, id: MovementId) -> Result<Option<MovementId>, Failure> {
        Ok(self
            .connection
            .prepare_cached("SELECT id FROM movement WHERE reverses = ?1")?
            .query_row(params![bytes(id)], |row| uuid(row, 0).map(MovementId))
            .optional()?)
    }

    /// Later movements out of the bucket that the pieces reached, as far as they still can be
    /// undone, newest first.
    fn later(&self, original: &MovementRecord) -> Result<Vec<MovementRecord>, Failure> {
        let Some(bucket) = original.to.bucket() else { return Ok(Vec::new()) };
        let range = self.loaded.get(&bucket.lot).cloned().unwrap_or_default();
        let there = self.facts.stock[range].iter().find(|fact| fact.bucket == *bucket);
        if there.is_some_and(|fact| fact.quantity >= original.quantity) {
            // Nothing stands in the way unless another reversal of the same command takes it,
            // and then no later movement is to blame.
            return Ok(Vec::new());
        }
        let later = self.connection.pick(LATER, LATER_UNSEALED);
        self.movements(
            later,
            i64::try_from(ReversalFact::MOST_LATER).unwrap_or(i64::MAX),
            params![
                bucket.lot.as_str(),
                bucket.place.operation.id.0,
                bucket.place.location.id.0,
                original.sequence.map(u64::cast_signed),
                original.recorded_at.micros(),
                bytes(original.id),
            ],
        )
    }
}

/// The fact of `lot`, whose columns begin at `first`: part, item type, colour, work order, notes,
/// when and by whom received, version.
pub(super) fn lot_fact(
    row: &Row<'_>,
    first: usize,
    lot: LotNumber,
    catalogue: &Catalogue,
) -> Result<LotFact, Error> {
    let at = |column: usize| first + column;
    let item_type: Option<i64> = row.get(at(1))?;
    let color: Option<i64> = row.get(at(2))?;
    let attributes = LotAttributes {
        item_type: item_type
            .and_then(|id| catalogue.item_types.by_id(id))
            .map(|record| record.code.clone()),
        color_code: color
            .and_then(|id| catalogue.colors.by_id(id))
            .map(|record| record.code.clone()),
        work_order: optional_word(row, at(3), WorkOrder::parse)?,
        notes: optional_word(row, at(4), Note::parse)?,
    };
    Ok(LotFact {
        lot,
        part: part_ref(catalogue, row.get(at(0))?, at(0))?,
        attributes,
        received_at: Timestamp::from_micros(row.get(at(5))?),
        received_by: row.get::<Option<i64>>(at(6))?.map(UserId),
        version: row.get(at(7))?,
    })
}

const LOT: &str = "SELECT part_id, item_type_id, color_id, work_order, notes, received_at,
        received_by, version, 0
 FROM lot WHERE lot = ?1";
const VERSIONED_LOT: &str =
    "SELECT part_id, item_type_id, color_id, work_order, notes, received_at,
        received_by, version, ledger_version
 FROM lot WHERE lot = ?1";

/// What left a bucket later and still counts.
const LATER: &str = "lot = ?1 AND from_operation_id = ?2 AND from_location_id = ?3
   AND sequence > ?4 AND ?5 IS NOT NULL AND ?6 IS NOT NULL AND type <> 'reversal'
   AND NOT EXISTS (SELECT 1 FROM movement AS reversal WHERE reversal.reverses = movement.id)";
const LATER_UNSEALED: &str = "lot = ?1 AND from_operation_id = ?2 AND from_location_id = ?3
   AND (recorded_at > ?5 OR (recorded_at = ?5 AND id > ?6)) AND type <> 'reversal'
   AND NOT EXISTS (SELECT 1 FROM movement AS reversal WHERE reversal.reverses = movement.id)";

fn bytes(id: MovementId) -> [u8; 16] {
    id.0.into_bytes()
}
