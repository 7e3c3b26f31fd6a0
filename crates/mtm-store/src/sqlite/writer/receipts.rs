//! The last receipts of parts: what is usual, for the plausibility of the next one.

use std::collections::{HashMap, VecDeque};

use mtm_core::plausibility::HISTORY;
use mtm_core::word::{PartId, Quantity};
use rusqlite::Connection;

use crate::sql::{self, params, quantity};
use crate::write::Failure;

/// Parts kept in memory at most: 6.5 MB. The whole memory starts over when it is full, which
/// costs one index walk for each part that is still received.
const MOST_PARTS: usize = 4096;

/// Quantities of the last receipts, newest first, of the parts received lately.
#[derive(Debug, Default)]
pub(crate) struct Receipts {
    of_part: HashMap<PartId, VecDeque<Quantity>>,
    /// Parts that the transaction under way changed.
    touched: Vec<PartId>,
}

impl Receipts {
    /// The last receipts of `part` that were not undone, newest first.
    pub(crate) fn of(
        &mut self,
        connection: &Connection,
        part: PartId,
    ) -> Result<Vec<Quantity>, Failure> {
        if !self.of_part.contains_key(&part) {
            if self.of_part.len() >= MOST_PARTS {
                self.of_part.clear();
            }
            self.of_part.insert(part, read(connection, part)?);
        }
        Ok(self.of_part.get(&part).into_iter().flatten().copied().collect())
    }

    /// Adds a receipt of `part`.
    pub(crate) fn add(&mut self, part: PartId, quantity: Quantity) {
        self.touched.push(part);
        if let Some(receipts) = self.of_part.get_mut(&part) {
            receipts.truncate(HISTORY - 1);
            receipts.push_front(quantity);
        }
    }

    /// Forgets `part`, one of whose receipts was undone; they are read again when next needed.
    pub(crate) fn forget(&mut self, part: PartId) {
        self.touched.push(part);
        self.of_part.remove(&part);
    }

    /// How many changes the transaction under way made so far.
    pub(crate) fn mark(&self) -> usize {
        self.touched.len()
    }

    /// Undoes the changes after `mark`: what they touched is read again when next needed.
    pub(crate) fn undo_to(&mut self, mark: usize) {
        for part in self.touched.drain(mark..) {
            self.of_part.remove(&part);
        }
    }

    /// Keeps the changes.
    pub(crate) fn keep(&mut self) {
        self.touched.clear();
    }
}

/// The last receipts of `part` that were not undone, newest first, as the tables say.
pub(crate) fn read(connection: &Connection, part: PartId) -> Result<VecDeque<Quantity>, Failure> {
    let most = i64::try_from(HISTORY).unwrap_or(i64::MAX);
    let quantities = sql::Connection::from(connection)
        .prepare_cached(
            "SELECT quantity FROM movement AS receipt
             WHERE part_id = ?1 AND type = 'in'
               AND NOT EXISTS (SELECT 1 FROM movement WHERE reverses = receipt.id)
             ORDER BY sequence DESC LIMIT ?2",
        )?
        .query_all(params![part.0, most], |row| quantity(row, 0))?;
    Ok(quantities.into())
}
