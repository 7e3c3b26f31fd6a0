//! What the writer keeps in memory between transactions.

use std::sync::Arc;

use mtm_core::catalogue::Catalogue;
use rusqlite::Connection;

use super::heads::Heads;
use super::receipts::Receipts;
use super::recent::Recent;
use crate::catalogue;
use crate::write::Failure;

/// Heads, catalogue and memories as of the last commit, or of the transaction under way.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) heads: Heads,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) receipts: Receipts,
    pub(crate) recent: Recent,
    /// Changes when another connection writes.
    data_version: i64,
}

/// Where things stood before a piece of work.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    heads: Heads,
    catalogue: Arc<Catalogue>,
    receipts: usize,
    recent: usize,
}

impl State {
    /// Reads everything from the tables. Inside a transaction, so that it is of one moment.
    pub(crate) fn read(connection: &Connection) -> Result<Self, Failure> {
        let heads = Heads::read(connection)?;
        Ok(Self {
            heads,
            catalogue: Arc::new(catalogue::load(connection.into())?),
            receipts: Receipts::default(),
            recent: Recent::read(connection, heads.at)?,
            data_version: data_version(connection)?,
        })
    }

    /// Reads everything again if another connection wrote since the last look.
    pub(crate) fn follow(&mut self, connection: &Connection) -> Result<(), Failure> {
        if data_version(connection)? != self.data_version {
            *self = Self::read(connection)?;
        }
        Ok(())
    }

    /// Where things stand now.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            heads: self.heads,
            catalogue: Arc::clone(&self.catalogue),
            receipts: self.receipts.mark(),
            recent: self.recent.mark(),
        }
    }

    /// Back to where things stood.
    pub(crate) fn restore(&mut self, mark: Mark) {
        self.heads = mark.heads;
        self.catalogue = mark.catalogue;
        self.receipts.undo_to(mark.receipts);
        self.recent.undo_to(mark.recent);
    }

    /// The transaction under way was committed.
    pub(crate) fn keep(&mut self) {
        self.receipts.keep();
        self.recent.keep();
    }

    /// Writes the lot counter if it moved.
    pub(crate) fn store_lot_counter(&mut self, connection: &Connection) -> Result<(), Failure> {
        if self.heads.lot != self.heads.stored_lot {
            connection
                .prepare_cached("UPDATE site SET lot_counter = ?1 WHERE id = 1")?
                .execute([self.heads.lot.cast_signed()])?;
            self.heads.stored_lot = self.heads.lot;
        }
        Ok(())
    }
}

fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}
