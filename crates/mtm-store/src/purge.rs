//! Letting go of what is kept only for a while.

use mtm_core::word::Timestamp;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, params};

/// Keys forgotten in one transaction: few enough that nobody who books notices.
const STEP: i64 = 500;

impl Ledger {
    /// Forgets the answers to keys recorded before `oldest`, in small steps between which others
    /// book. Gives how many there were.
    pub async fn purge_keys(&self, oldest: Timestamp) -> Result<u64, Fault> {
        let mut purged = 0;
        loop {
            let step = self
                .write(move |context| Ok::<_, Fault>(purge_step(context.sql(), oldest)?))
                .await?;
            if step == 0 {
                return Ok(purged);
            }
            purged += step as u64;
        }
    }
}

/// Forgets the old ones among the first [`STEP`] keys. Identities grow with time, and a range of
/// them touches no other row, neither to read nor to lock.
fn purge_step(connection: Connection<'_>, oldest: Timestamp) -> Result<usize, Error> {
    let last: Option<i64> = connection.query_row(
        "SELECT max(id) FROM (SELECT id FROM idempotency_key ORDER BY id LIMIT ?1) AS oldest",
        params![STEP],
        |row| row.get(0),
    )?;
    if let Connection::MariaDb(_) = connection {
        let forgotten: u64 = connection.query_row(
            "CALL mtm_forget(?1, ?2, ?3)",
            params![last, oldest.micros(), None::<i64>],
            |row| row.get(0),
        )?;
        return Ok(usize::try_from(forgotten).unwrap_or(usize::MAX));
    }
    connection.execute(
        "DELETE FROM idempotency_key WHERE id <= ?1 AND recorded_at < ?2",
        params![last, oldest.micros()],
    )
}
