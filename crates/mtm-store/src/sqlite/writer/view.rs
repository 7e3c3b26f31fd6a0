//! Loading what deciding needs to know, exactly as [`mtm_core::view::needs`] says.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use mtm_core::catalogue::Catalogue;
use mtm_core::command::{Command, LotAttributes, Pick, ReverseTarget};
use mtm_core::intent;
use mtm_core::movement::{Bucket, MovementRecord, Place};
use mtm_core::view::{LotFact, Needs, ReversalFact, StockFact, View, needs};
use mtm_core::word::{LotNumber, MovementId, Note, Timestamp, UserId, WorkOrder};
use rusqlite::{Connection, OptionalExtension, Params, params};
use uuid::Uuid;

use super::context::WriteContext;
use super::failure::Failure;
use super::heads::LotCounter;
use crate::sqlite::catalogue::{optional_word, quantity, word};
use crate::sqlite::movement::{self, location_ref, operation_ref, part_ref};

/// Loads the view for `command`, to be recorded at `now`. Also gives the lot counter as it stands
/// after the view's fresh numbers were used.
pub(super) fn load<'c>(
    context: &mut WriteContext<'_>,
    catalogue: &'c Arc<Catalogue>,
    command: &Command,
    now: Timestamp,
) -> Result<(View<'c>, Option<LotCounter>), Failure> {
    let connection = context.connection;
    let needs = needs(&command.action);
    let mut facts = Facts {
        connection,
        catalogue,
        stock: Vec::new(),
        lots: Vec::new(),
        loaded: HashMap::new(),
    };
    if let Some(lot) = needs.lot {
        facts.lot(lot)?;
    }
    if let Some(pick) = needs.pick {
        facts.picked(pick)?;
    }
    let reversals = match needs.reversal {
        Some(target) => facts.reversals(target)?,
        None => Vec::new(),
    };
    let (fresh_lots, counter) = match needs.fresh_lots {
        0 => (Vec::new(), None),
        wanted => {
            let (numbers, counter) = context.state.heads.fresh_lots(connection, wanted)?;
            (numbers, Some(counter))
        }
    };
    let receipts = match needs.receipts_of.and_then(|code| catalogue.part(code)) {
        Some(part) => context.state.receipts.of(connection, part.row)?,
        None => Vec::new(),
    };
    let recent = recent(context, &needs, command);
    let Facts { stock, lots, .. } = facts;
    let limits = context.limits;
    let view =
        View { now, catalogue, limits, stock, lots, fresh_lots, receipts, recent, reversals };
    Ok((view, counter))
}

/// Only commands that look the same can be the twin; the memory finds them at once.
fn recent(
    context: &WriteContext<'_>,
    needs: &Needs<'_>,
    command: &Command,
) -> Vec<intent::RecentCommand> {
    if !needs.recent || command.context.intent_window.unwrap_or(0) == 0 {
        return Vec::new();
    }
    intent::signature(&command.action).map_or_else(Vec::new, |signature| {
        context.state.recent.of(command.context.actor.id, signature).to_vec()
    })
}

struct Facts<'c> {
    connection: &'c Connection,
    catalogue: &'c Catalogue,
    stock: Vec<StockFact>,
    lots: Vec<LotFact>,
    /// Lots looked up already, with their part of `stock`.
    loaded: HashMap<LotNumber, Range<usize>>,
}

impl Facts<'_> {
    /// The lot's fact and all its buckets, once.
    fn lot(&mut self, lot: &LotNumber) -> Result<(), Failure> {
        if self.loaded.contains_key(lot) {
            return Ok(());
        }
        let catalogue = self.catalogue;
        let found = self
            .connection
            .prepare_cached(
                "SELECT part_id, item_type_id, color_id, work_order, notes, received_at,
                        received_by, version
                 FROM lot WHERE lot = ?1",
            )?
            .query_row([lot.as_str()], |row| {
                let item_type: Option<i64> = row.get(1)?;
                let color: Option<i64> = row.get(2)?;
                let attributes = LotAttributes {
                    item_type: item_type
                        .and_then(|id| catalogue.item_types.by_id(id))
                        .map(|record| record.code.clone()),
                    color_code: color
                        .and_then(|id| catalogue.colors.by_id(id))
                        .map(|record| record.code.clone()),
                    work_order: optional_word(row, 3, WorkOrder::parse)?,
                    notes: optional_word(row, 4, Note::parse)?,
                };
                Ok(LotFact {
                    lot: lot.clone(),
                    part: part_ref(catalogue, row.get(0)?, 0)?,
                    attributes,
                    received_at: Timestamp::from_micros(row.get(5)?),
                    received_by: row.get::<_, Option<i64>>(6)?.map(UserId),
                    version: row.get(7)?,
                })
            })
            .optional()?;
        let first = self.stock.len();
        if let Some(fact) = found {
            self.buckets(&fact)?;
            self.lots.push(fact);
        }
        self.loaded.insert(lot.clone(), first..self.stock.len());
        Ok(())
    }

    fn buckets(&mut self, lot: &LotFact) -> Result<(), Failure> {
        let mut statement = self.connection.prepare_cached(
            "SELECT operation_id, location_id, quantity FROM stock WHERE lot = ?1",
        )?;
        let mut rows = statement.query([lot.lot.as_str()])?;
        while let Some(row) = rows.next()? {
            let place = Place {
                operation: operation_ref(self.catalogue, row.get(0)?, 0)?,
                location: location_ref(self.catalogue, row.get(1)?, 1)?,
            };
            self.stock.push(StockFact {
                bucket: Bucket { part: lot.part.clone(), place, lot: lot.lot.clone() },
                quantity: quantity(row, 2)?,
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
            .query_map(params![part.row.0, operation.row.0, location.row.0], |row| {
                word(row, 0, LotNumber::parse)
            })?
            .collect::<Result<_, _>>()?;
        lots.iter().try_for_each(|lot| self.lot(lot))
    }

    /// The movements to undo, newest first, with the lots at both their ends.
    fn reversals(&mut self, target: &ReverseTarget) -> Result<Vec<ReversalFact>, Failure> {
        let all = |condition, parameters: &[[u8; 16]]| {
            let parameters = rusqlite::params_from_iter(parameters);
            self.movements(condition, -1, parameters)
        };
        let originals = match target {
            ReverseTarget::Movement(id) => all("id = ?1", &[bytes(*id)])?,
            ReverseTarget::Movements(ids) => {
                let mut found = Vec::with_capacity(ids.len());
                for id in ids {
                    found.extend(all("id = ?1", &[bytes(*id)])?);
                }
                found.sort_by_key(|record| std::cmp::Reverse(record.sequence));
                found
            }
            ReverseTarget::Command(command) => {
                let (first, last) = command.movement_range();
                all("id BETWEEN ?1 AND ?2", &[bytes(first), bytes(last)])?
            }
            ReverseTarget::Import(import) => all("import_id = ?1", &[import.0.into_bytes()])?,
            ReverseTarget::Session(session) => all("session_id = ?1", &[session.0.into_bytes()])?,
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
        parameters: impl Params,
    ) -> Result<Vec<MovementRecord>, Failure> {
        let sql = format!(
            "SELECT {} FROM movement WHERE {condition} ORDER BY sequence DESC LIMIT {limit}",
            movement::COLUMNS
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(parameters, |row| movement::record(row, self.catalogue))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn reversed_by(&self, id: MovementId) -> Result<Option<MovementId>, Failure> {
        Ok(self
            .connection
            .prepare_cached("SELECT id FROM movement WHERE reverses = ?1")?
            .query_row([bytes(id)], |row| Ok(MovementId(Uuid::from_bytes(row.get(0)?))))
            .optional()?)
    }

    /// Later movements out of the bucket that the pieces reached, as far as they still can be
    /// undone, newest first.
    fn later(&self, original: &MovementRecord) -> Result<Vec<MovementRecord>, Failure> {
        let (Some(bucket), Some(sequence)) = (original.to.bucket(), original.sequence) else {
            return Ok(Vec::new());
        };
        let range = self.loaded.get(&bucket.lot).cloned().unwrap_or_default();
        let there = self.stock[range].iter().find(|fact| fact.bucket == *bucket);
        if there.is_some_and(|fact| fact.quantity >= original.quantity) {
            // Nothing stands in the way unless another reversal of the same command takes it,
            // and then no later movement is to blame.
            return Ok(Vec::new());
        }
        self.movements(
            "lot = ?1 AND sequence > ?2 AND from_operation_id = ?3 AND from_location_id = ?4
               AND type <> 'reversal'
               AND NOT EXISTS (SELECT 1 FROM movement AS undo WHERE undo.reverses = movement.id)",
            i64::try_from(ReversalFact::MOST_LATER).unwrap_or(i64::MAX),
            params![
                bucket.lot.as_str(),
                sequence.cast_signed(),
                bucket.place.operation.id.0,
                bucket.place.location.id.0,
            ],
        )
    }
}

fn bytes(id: MovementId) -> [u8; 16] {
    id.0.into_bytes()
}
