//! How keeping parts as other systems have them stands, and what differs.

use super::row::{
    DIFFERENCE, DifferenceRow, MasterSyncRow, SYNC, WAITS, add_counts, difference, sync,
};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, OptionalExtension as _, params};
use mtm_core::word::fold;

/// Which differences.
#[derive(Debug, Clone, Default)]
pub struct DifferenceQuery {
    /// Of this ERP; of all where `None`.
    pub erp: Option<String>,
    /// Only those that wait for somebody.
    pub waiting: bool,
    /// Of this part.
    pub part: Option<String>,
    /// Before the one with this number.
    pub before: Option<i64>,
    /// How many.
    pub limit: u16,
}

impl Ledger {
    /// How keeping parts as other systems have them stands, by the ERP's name.
    pub async fn master_syncs(&self) -> Result<Vec<MasterSyncRow>, Fault> {
        self.query(|connection| {
            let sql = format!("{SYNC} ORDER BY p.name");
            let mut all = connection.prepare_cached(&sql)?.query_all(&[], sync)?;
            for (peer, row) in &mut all {
                add_counts(connection, *peer, row)?;
            }
            Ok(all.into_iter().map(|(_, row)| row).collect())
        })
        .await
    }

    /// Parts that differ, those first that are known last.
    pub async fn master_differences(
        &self,
        query: DifferenceQuery,
    ) -> Result<Vec<DifferenceRow>, Fault> {
        let part = query.part.as_deref().map(fold);
        self.query(move |connection| {
            let mut sql = format!("{DIFFERENCE} WHERE l.id < ?1 AND ");
            sql.push_str(if query.waiting { "l.standing = 2" } else { "l.standing > 0" });
            if query.erp.is_some() {
                sql.push_str(" AND p.name = ?2");
            }
            if part.is_some() {
                sql.push_str(" AND l.folded = ?3");
            }
            sql.push_str(" ORDER BY l.id DESC LIMIT ?4");
            let before = query.before.unwrap_or(i64::MAX);
            let values = params![before, query.erp, part, query.limit];
            Ok::<_, Fault>(connection.prepare_cached(&sql)?.query_all(values, difference)?)
        })
        .await
    }

    /// The part with this number, whether it differs or not.
    pub async fn master_difference(&self, id: i64) -> Result<Option<DifferenceRow>, Fault> {
        self.query(move |connection| Ok(found(connection, id)?)).await
    }
}

pub(super) fn found(connection: Connection<'_>, id: i64) -> Result<Option<DifferenceRow>, Error> {
    let sql = format!("{DIFFERENCE} WHERE l.id = ?1");
    connection.prepare_cached(&sql)?.query_row(params![id], difference).optional()
}

/// The next of an ERP's parts that wait for somebody, behind this number; those with this cause only, where
/// one is named.
pub(super) fn waiting(
    connection: Connection<'_>,
    peer: i64,
    cause: Option<&str>,
    after: i64,
    limit: u32,
) -> Result<Vec<i64>, Error> {
    let sql = "SELECT id FROM master_link
               WHERE peer_id = ?1 AND standing = ?2 AND id > ?3 AND (?4 IS NULL OR cause = ?4)
               ORDER BY id LIMIT ?5";
    let values = params![peer, WAITS, after, cause, limit];
    connection.prepare_cached(sql)?.query_all(values, |row| row.get(0))
}
