//! Lot numbers by leased blocks: every server takes a block in a transaction of its own and gives
//! its numbers without asking anybody. A crash loses the rest of a block: gaps are allowed,
//! repeats never.

use std::sync::{Mutex, PoisonError};

use mtm_core::word::LotNumber;

use crate::sql::{Connection, params};
use crate::write::Failure;

/// Numbers leased at a time.
const BLOCK: u64 = 1_000;

/// Numbers that are this server's to give: `next..=last`.
#[derive(Debug, Default)]
pub(super) struct Lots {
    block: Mutex<Block>,
}

#[derive(Debug, Clone, Copy)]
struct Block {
    next: u64,
    last: u64,
}

impl Default for Block {
    /// Nothing leased yet.
    fn default() -> Self {
        Self { next: 1, last: 0 }
    }
}

impl Lots {
    /// `count` numbers that no other booking gets. `apart` is a connection outside of any
    /// transaction: the block is gone even if the booking is undone.
    pub(super) fn fresh(
        &self,
        apart: Connection<'_>,
        count: u16,
    ) -> Result<Vec<LotNumber>, Failure> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let count = u64::from(count);
        let mut block = self.block.lock().unwrap_or_else(PoisonError::into_inner);
        if block.last + 1 < block.next + count {
            *block = lease(apart, BLOCK.max(count))?;
        }
        let first = block.next;
        block.next += count;
        Ok((first..first + count).map(LotNumber::allocated).collect())
    }

    /// Gives up what is left of the block: the counter was raised above it.
    pub(super) fn forget(&self) {
        *self.block.lock().unwrap_or_else(PoisonError::into_inner) = Block::default();
    }
}

/// One call, committed by itself. Numbers that somebody else gave are stepped over.
fn lease(apart: Connection<'_>, size: u64) -> Result<Block, Failure> {
    let last: i64 = apart.query_row(
        "CALL mtm_lots(?1, ?2)",
        params![size.cast_signed(), None::<i64>],
        |row| row.get(0).map_err(Failure::from),
    )?;
    let last = last.cast_unsigned();
    Ok(Block { next: last + 1 - size, last })
}
