//! What the writer keeps in memory between transactions.

use std::sync::Arc;

use mtm_core::catalogue::Catalogue;
use rusqlite::Connection;

use super::failure::Failure;
use super::heads::Heads;
use crate::sqlite::catalogue;

/// Heads and catalogue as of the last commit, or of the transaction under way.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) heads: Heads,
    pub(crate) catalogue: Arc<Catalogue>,
    /// Changes when another connection writes.
    data_version: i64,
}

/// What a failed piece of work is restored from.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    heads: Heads,
    catalogue: Arc<Catalogue>,
}

impl State {
    /// Reads everything from the tables. Inside a transaction, so that it is of one moment.
    pub(crate) fn read(connection: &Connection) -> Result<Self, Failure> {
        Ok(Self {
            heads: Heads::read(connection)?,
            catalogue: Arc::new(catalogue::load(connection)?),
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
        Mark { heads: self.heads, catalogue: Arc::clone(&self.catalogue) }
    }

    /// Back to where things stood.
    pub(crate) fn restore(&mut self, mark: Mark) {
        self.heads = mark.heads;
        self.catalogue = mark.catalogue;
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

    pub(crate) fn raise_lot_counter(
        &mut self,
        connection: &Connection,
        lot: u64,
    ) -> Result<(), Failure> {
        self.heads.raise_lots(connection, lot)?;
        self.store_lot_counter(connection)
    }
}

fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}
