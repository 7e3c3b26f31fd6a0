//! Letting go of what nobody needs of postings any more.

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, Row, params};

/// How long what was only compared is kept: 40 days, as rows of an ERP's ledger are.
const KEPT_MICROS: i64 = 40 * 24 * 3_600 * 1_000_000;
/// Postings that go in one transaction.
const STEP: i64 = 500;

impl Ledger {
    /// Lets go of a piece of the postings that were made to be compared and are old. What was posted stays:
    /// its document number belongs to the movement. Whether there may be more.
    pub async fn sweep_postings(&self) -> Result<bool, Fault> {
        self.write(move |context| {
            let oldest = context.now().plus_micros(-KEPT_MICROS).micros();
            Ok::<_, Fault>(sweep(context.sql(), oldest)?)
        })
        .await
    }
}

fn sweep(connection: Connection<'_>, oldest: i64) -> Result<bool, Error> {
    let flows: Vec<i64> = connection
        .prepare_cached("SELECT id FROM flow")?
        .query_all(&[], |row: &Row<'_>| row.get(0))?;
    let mut gone = 0;
    for flow in flows {
        let old: Vec<i64> = connection
            .prepare_cached(
                "SELECT id FROM flow_posting
                 WHERE flow_id = ?1 AND state = 'shadow' AND laid_at < ?2 ORDER BY id LIMIT ?3",
            )?
            .query_all(params![flow, oldest, STEP], |row: &Row<'_>| row.get(0))?;
        for posting in &old {
            for sql in [
                "DELETE FROM flow_proof WHERE posting_id = ?1",
                "DELETE FROM flow_deed WHERE posting_id = ?1",
                "DELETE FROM flow_posting WHERE id = ?1",
            ] {
                connection.execute(sql, params![posting])?;
            }
        }
        gone += old.len();
    }
    Ok(gone > 0)
}
