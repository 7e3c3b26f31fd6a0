//! Requests, the newest first.

use mtm_core::word::Timestamp;

use super::row::{self, ApprovalRow, SELECT};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, OptionalExtension as _, params};

impl Ledger {
    /// Requests before the one with the number `before`, the newest first: those that wait, or all.
    pub async fn approvals(
        &self,
        waiting: bool,
        before: Option<u64>,
        limit: u16,
    ) -> Result<Vec<ApprovalRow>, Fault> {
        let now = self.clock().now();
        let before = before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
        self.query(move |connection| {
            let oldest = mtm_core::approval::oldest_waiting(now).micros();
            let sql = format!(
                "{SELECT} WHERE a.id < ?1 AND (?2 = 0 OR a.state = 'waiting' AND a.asked_at > ?3)
                 ORDER BY a.id DESC LIMIT ?4"
            );
            let values = params![before, waiting, oldest, limit];
            let rows =
                connection.prepare_cached(&sql)?.query_all(values, |row| row::read(row, now));
            Ok::<_, Fault>(rows?)
        })
        .await
    }

    /// The request with this number.
    pub async fn approval(&self, id: u64) -> Result<Option<ApprovalRow>, Fault> {
        let now = self.clock().now();
        let id = i64::try_from(id).unwrap_or(0);
        self.query(move |connection| Ok::<_, Fault>(found(connection, id, now)?)).await
    }
}

/// The request with this number, as it stands at `now`.
pub(super) fn found(
    connection: Connection<'_>,
    id: i64,
    now: Timestamp,
) -> Result<Option<ApprovalRow>, Error> {
    let sql = format!("{SELECT} WHERE a.id = ?1");
    connection.prepare_cached(&sql)?.query_row(params![id], |row| row::read(row, now)).optional()
}
