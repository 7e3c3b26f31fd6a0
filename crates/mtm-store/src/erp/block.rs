//! Blocks of an ERP's ledger: which ids were counted, and what the block's figures are.

use std::collections::BTreeMap;

use mtm_core::erp::{BLOCK, Figures, block_of, first_of};

use crate::sql::{Connection, Error, OptionalExtension as _, params};

/// A bit for each id of a block.
const BYTES: usize = 1_250;

/// What is known of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) figures: Figures,
    seen: Vec<u8>,
}

impl Default for Block {
    fn default() -> Self {
        Self { figures: Figures::default(), seen: vec![0; BYTES] }
    }
}

/// The byte and the bit of an id in its block.
fn place(id: i64) -> (usize, u8) {
    // What is left of a division by the block's size is less than it, and not below zero.
    let at = usize::try_from(id.rem_euclid(BLOCK)).unwrap_or(0);
    (at / 8, 1 << (at % 8))
}

impl Block {
    pub(super) fn has(&self, id: i64) -> bool {
        let (byte, bit) = place(id);
        self.seen.get(byte).is_some_and(|it| it & bit != 0)
    }

    pub(super) fn mark(&mut self, id: i64) {
        let (byte, bit) = place(id);
        if let Some(it) = self.seen.get_mut(byte) {
            *it |= bit;
        }
    }

    pub(super) fn unmark(&mut self, id: i64) {
        let (byte, bit) = place(id);
        if let Some(it) = self.seen.get_mut(byte) {
            *it &= !bit;
        }
    }
}

/// The blocks that a piece of the ledger touches, read as they are needed and written at the end.
pub(super) struct Blocks<'c> {
    connection: Connection<'c>,
    peer: i64,
    sums: i64,
    touched: BTreeMap<i64, (Block, bool)>,
}

impl<'c> Blocks<'c> {
    pub(super) const fn of(connection: Connection<'c>, peer: i64, sums: i64) -> Self {
        Self { connection, peer, sums, touched: BTreeMap::new() }
    }

    /// The block of an id, to look at.
    pub(super) fn of_id(&mut self, id: i64) -> Result<&mut Block, Error> {
        Ok(&mut self.entry(id)?.0)
    }

    /// The block of an id, to change.
    pub(super) fn change(&mut self, id: i64) -> Result<&mut Block, Error> {
        let (block, changed) = self.entry(id)?;
        *changed = true;
        Ok(block)
    }

    fn entry(&mut self, id: i64) -> Result<&mut (Block, bool), Error> {
        let number = block_of(id);
        if !self.touched.contains_key(&number) {
            let block = read(self.connection, self.peer, self.sums, number)?;
            self.touched.insert(number, (block.unwrap_or_default(), false));
        }
        Ok(self.touched.entry(number).or_default())
    }

    /// The ids from `from` up to `upto` that were counted.
    pub(super) fn counted(&mut self, from: i64, upto: i64) -> Result<Vec<i64>, Error> {
        let mut ids = Vec::new();
        for id in from..=upto {
            if self.of_id(id)?.has(id) {
                ids.push(id);
            }
        }
        Ok(ids)
    }

    /// Writes what was changed.
    pub(super) fn write(self) -> Result<(), Error> {
        let sql = self.connection.pick(
            "INSERT INTO erp_block (peer_id, sums, block, rows_in, came, went, digest, seen)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (peer_id, sums, block) DO UPDATE
             SET rows_in = ?4, came = ?5, went = ?6, digest = ?7, seen = ?8",
            "INSERT INTO erp_block (peer_id, sums, block, rows_in, came, went, digest, seen)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON DUPLICATE KEY UPDATE
             rows_in = ?4, came = ?5, went = ?6, digest = ?7, seen = ?8",
        );
        let changed = self.touched.into_iter().filter(|(_, (_, changed))| *changed);
        for (number, (block, _)) in changed {
            let Figures { rows, came, went, digest } = block.figures;
            let (rows, digest) = (rows.cast_signed(), digest.cast_signed());
            self.connection.execute(
                sql,
                params![self.peer, self.sums, number, rows, came, went, digest, block.seen],
            )?;
        }
        Ok(())
    }
}

/// What is known of one block.
pub(super) fn read(
    connection: Connection<'_>,
    peer: i64,
    sums: i64,
    block: i64,
) -> Result<Option<Block>, Error> {
    let sql = "SELECT rows_in, came, went, digest, seen FROM erp_block
               WHERE peer_id = ?1 AND sums = ?2 AND block = ?3";
    let found = connection.query_row(sql, params![peer, sums, block], |row| {
        let (rows, digest): (i64, i64) = (row.get(0)?, row.get(3)?);
        let figures = Figures {
            rows: rows.cast_unsigned(),
            came: row.get(1)?,
            went: row.get(2)?,
            digest: digest.cast_unsigned(),
        };
        let mut seen: Vec<u8> = row.get(4)?;
        seen.resize(BYTES, 0);
        Ok::<_, Error>(Block { figures, seen })
    });
    found.optional()
}

/// The first and the last id of a block, as far as the position goes; `None` where it begins behind it.
pub(super) fn span(block: i64, position: i64) -> Option<(i64, i64)> {
    let (first, last) = (first_of(block), first_of(block.saturating_add(1)).saturating_sub(1));
    (first <= position).then_some((first, last.min(position)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_of_a_block_has_a_bit_of_its_own() {
        assert_eq!(i64::try_from(BYTES * 8), Ok(BLOCK));
        let mut block = Block::default();
        for id in (0..BLOCK).step_by(3) {
            block.mark(id);
        }
        assert!((0..BLOCK).all(|id| block.has(id) == (id % 3 == 0)));
        block.unmark(9_999);
        assert!(!block.has(9_999) && block.has(9_996));
    }

    #[test]
    fn a_block_ends_where_the_position_is() {
        assert_eq!(span(0, 25_000), Some((0, 9_999)));
        assert_eq!(span(2, 25_000), Some((20_000, 25_000)));
        assert_eq!(span(3, 25_000), None);
    }
}
