//! Letting go of what is kept only for a while.

use mtm_core::word::Timestamp;
use rusqlite::params;

use crate::fault::Fault;
use crate::ledger::Ledger;

/// Keys forgotten in one transaction: few enough that nobody who books notices.
const STEP: i64 = 500;

impl Ledger {
    /// Forgets the answers to keys recorded before `oldest`, in small steps between which others
    /// book. Gives how many there were.
    pub async fn purge_keys(&self, oldest: Timestamp) -> Result<u64, Fault> {
        let mut purged = 0;
        loop {
            let step = self
                .write(move |context| {
                    let step = context
                        .connection()
                        .prepare_cached(
                            "DELETE FROM idempotency_key
                             WHERE recorded_at < ?1
                               AND id IN (SELECT id FROM idempotency_key ORDER BY id LIMIT ?2)",
                        )?
                        .execute(params![oldest.micros(), STEP])?;
                    Ok::<_, Fault>(step)
                })
                .await?;
            if step == 0 {
                return Ok(purged);
            }
            purged += step as u64;
        }
    }
}
