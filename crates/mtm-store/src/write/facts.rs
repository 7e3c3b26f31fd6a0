//! Loading what deciding needs to know, exactly as [`mtm_core::view::needs`] says.
//!
//! What an engine remembers by itself (lot numbers, receipts, recent commands) it adds.

use std::collections::HashSet;

use mtm_core::catalogue::Catalogue;
use mtm_core::command::{LotAttributes, Pick};
use mtm_core::movement::{Bucket, Place};
use mtm_core::view::{LotFact, Needs, ReservationFact, ReversalFact, StockFact};
use mtm_core::word::{LotNumber, Note, Timestamp, UserId, WorkOrder};

use super::failure::Failure;
use super::reservation;
use super::undone;
use crate::movement::{location_ref, operation_ref, part_ref};
use crate::sql::{
    Connection, Error, OptionalExtension as _, Row, optional_word, params, quantity, word,
};

/// Lots, stock and reversals that a command's verdict depends on.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) stock: Vec<StockFact>,
    pub(crate) lots: Vec<LotFact>,
    pub(crate) reversals: Vec<ReversalFact>,
    pub(crate) reservations: Vec<ReservationFact>,
    /// `ledger_version` of each of `lots`, where the engine keeps one and the lot is written; none at
    /// all where it keeps none.
    pub(crate) versions: Vec<Option<i64>>,
}

impl Facts {
    /// Reads what `needs` says, as it is written.
    pub(crate) fn read(
        connection: Connection<'_>,
        catalogue: &Catalogue,
        needs: &Needs<'_>,
    ) -> Result<Self, Failure> {
        if let Some(target) = needs.reversal {
            return undone::facts(connection, catalogue, target);
        }
        let (facts, loaded) = (Self::default(), HashSet::new());
        let mut reader = Reader { connection, catalogue, facts, loaded };
        for lot in needs.lot.into_iter().chain(needs.also) {
            reader.lot(lot)?;
        }
        if let Some(pick) = needs.pick {
            reader.picked(pick)?;
        }
        Ok(reader.facts)
    }
}

/// Facts while they are read.
struct Reader<'c> {
    connection: Connection<'c>,
    catalogue: &'c Catalogue,
    facts: Facts,
    /// Lots looked up already.
    loaded: HashSet<LotNumber>,
}

impl Reader<'_> {
    /// The lot's fact and all its buckets, once.
    fn lot(&mut self, lot: &LotNumber) -> Result<(), Failure> {
        if !self.loaded.insert(lot.clone()) {
            return Ok(());
        }
        let catalogue = self.catalogue;
        let found = self
            .connection
            .prepare_cached(LOT)?
            .query_row(params![lot.as_str()], |row| {
                let fact = lot_fact(row, 0, lot.clone(), catalogue)?;
                Ok::<_, Error>((fact, row.get::<bool>(8)?))
            })
            .optional()?;
        if let Some((fact, reserved)) = found {
            self.buckets(&fact)?;
            self.facts.lots.push(fact);
            if reserved {
                self.facts.reservations.extend(reservation::of(self.connection, &[lot])?);
            }
        }
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
        received_by, version,
        EXISTS (SELECT 1 FROM reservation AS r WHERE r.lot = lot.lot AND r.released_at IS NULL)
 FROM lot WHERE lot = ?1";
