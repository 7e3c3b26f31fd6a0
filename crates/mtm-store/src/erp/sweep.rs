//! Letting go of what an ERP's books do not need any more: old rows, and sums and readings that were replaced.

use mtm_core::word::Timestamp;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, Row, params};

/// How long rows of an ERP's ledger are kept: 40 days. What they did to sums and figures stays.
pub(super) const KEPT_MICROS: i64 = 40 * 24 * 3_600 * 1_000_000;
/// Rows that go in one transaction: few enough that nobody who books notices.
const STEP: i64 = 500;

/// What is let go of below a number of sums: text for a file, and for a server.
const SUMS: [(&str, &str); 2] = [
    (
        "DELETE FROM erp_sum WHERE peer_id = ?1 AND (sums, part, warehouse, location) IN
             (SELECT sums, part, warehouse, location FROM erp_sum
              WHERE peer_id = ?1 AND sums < ?2 LIMIT ?3)",
        "DELETE FROM erp_sum WHERE peer_id = ?1 AND sums < ?2 LIMIT ?3",
    ),
    (
        "DELETE FROM erp_block WHERE peer_id = ?1 AND (sums, block) IN
             (SELECT sums, block FROM erp_block WHERE peer_id = ?1 AND sums < ?2 LIMIT ?3)",
        "DELETE FROM erp_block WHERE peer_id = ?1 AND sums < ?2 LIMIT ?3",
    ),
];

const ON_HAND: (&str, &str) = (
    "DELETE FROM erp_on_hand WHERE peer_id = ?1 AND (reading, part, warehouse, location) IN
         (SELECT reading, part, warehouse, location FROM erp_on_hand
          WHERE peer_id = ?1 AND reading < ?2 LIMIT ?3)",
    "DELETE FROM erp_on_hand WHERE peer_id = ?1 AND reading < ?2 LIMIT ?3",
);

const DOCUMENTS: (&str, &str) = (
    "DELETE FROM erp_master WHERE peer_id = ?1 AND name = ?4 AND (reading, code) IN
         (SELECT reading, code FROM erp_master
          WHERE peer_id = ?1 AND name = ?4 AND reading < ?2 LIMIT ?3)",
    "DELETE FROM erp_master WHERE peer_id = ?1 AND name = ?4 AND reading < ?2 LIMIT ?3",
);

const OLD: (&str, &str) = (
    "DELETE FROM erp_transaction WHERE (peer_id, id) IN
         (SELECT peer_id, id FROM erp_transaction WHERE happened < ?1 AND read_at < ?1 LIMIT ?2)",
    "DELETE FROM erp_transaction WHERE happened < ?1 AND read_at < ?1 LIMIT ?2",
);

impl Ledger {
    /// Lets go of a piece of what is not needed of ERPs' books. Whether there may be more.
    pub async fn erp_sweep(&self) -> Result<bool, Fault> {
        self.write(move |context| {
            let oldest = context.now().plus_micros(-KEPT_MICROS);
            let connection = context.sql();
            let gone = replaced(connection)? + old(connection, oldest)?;
            Ok::<_, Fault>(gone > 0)
        })
        .await
    }
}

fn old(connection: Connection<'_>, oldest: Timestamp) -> Result<usize, Error> {
    connection.execute(connection.pick(OLD.0, OLD.1), params![oldest.micros(), STEP])
}

fn replaced(connection: Connection<'_>) -> Result<usize, Error> {
    let mut gone = 0;
    let sql = "SELECT id, sums FROM erp_peer";
    let read = |row: &Row<'_>| Ok::<(i64, i64), Error>((row.get(0)?, row.get(1)?));
    for (peer, shown) in connection.prepare_cached(sql)?.query_all(&[], read)? {
        for (sqlite, mariadb) in SUMS {
            gone +=
                connection.execute(connection.pick(sqlite, mariadb), params![peer, shown, STEP])?;
        }
    }
    let sql = "SELECT peer_id, reading, name FROM erp_table";
    let read =
        |row: &Row<'_>| Ok::<(i64, i64, String), Error>((row.get(0)?, row.get(1)?, row.get(2)?));
    for (peer, shown, name) in connection.prepare_cached(sql)?.query_all(&[], read)? {
        gone += if name == "on_hand" {
            let sql = connection.pick(ON_HAND.0, ON_HAND.1);
            connection.execute(sql, params![peer, shown, STEP])?
        } else {
            let sql = connection.pick(DOCUMENTS.0, DOCUMENTS.1);
            connection.execute(sql, params![peer, shown, STEP, name])?
        };
    }
    Ok(gone)
}
