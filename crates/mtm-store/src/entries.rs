//! The entries of the audit chain as they are hashed, byte for byte, with the notes that they hold only
//! the hash of.

use mtm_core::audit::Hash;
use mtm_core::word::Timestamp;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::query::ReadError;
use crate::sql::{Connection, Error, Row, params};

pub(crate) const WHOLE: &str = "SELECT a.sequence, a.entry, a.hash, m.notes, m.notes_salt
    FROM audit AS a LEFT JOIN movement AS m ON m.sequence = a.movement_sequence
    WHERE a.sequence >= ?1 AND a.sequence <= ?2
    ORDER BY a.sequence LIMIT ?3";

/// An entry of the audit chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainEntry {
    /// Its place.
    pub sequence: u64,
    /// What is hashed, after the hash of the entry before.
    pub entry: String,
    /// The hash.
    pub hash: Hash,
    /// The notes of its movement and their salt; the entry holds the hash of both.
    pub notes: Option<(String, [u8; 16])>,
}

impl Ledger {
    /// At most `limit` entries from one place to another, both included, in order.
    pub async fn chain_entries(
        &self,
        from: u64,
        upto: u64,
        limit: u32,
    ) -> Result<Vec<ChainEntry>, Fault> {
        self.query(move |connection| Ok(read(connection, from, upto, limit)?)).await
    }

    /// The place of the newest entry; zero where there is none.
    pub async fn chain_newest(&self) -> Result<u64, ReadError> {
        self.ask(|reader| Ok(reader.newest_entry()?.unsigned_abs())).await
    }

    /// The place of the last entry that was recorded before `moment`; zero where there is none.
    pub async fn chain_until(&self, moment: Timestamp) -> Result<u64, ReadError> {
        let first = self.ask(move |reader| reader.first_entry_from(moment)).await?;
        Ok(first.saturating_sub(1).unsigned_abs())
    }
}

fn read(
    connection: Connection<'_>,
    from: u64,
    upto: u64,
    limit: u32,
) -> Result<Vec<ChainEntry>, Error> {
    let (from, upto) = (from.cast_signed(), upto.cast_signed());
    connection.prepare_cached(WHOLE)?.query_all(params![from, upto, limit], |row: &Row<'_>| {
        let salt: Option<[u8; 16]> = row.get(4)?;
        Ok(ChainEntry {
            sequence: row.get::<i64>(0)?.cast_unsigned(),
            entry: row.get(1)?,
            hash: Hash(row.get(2)?),
            notes: row.get::<Option<String>>(3)?.zip(salt),
        })
    })
}
