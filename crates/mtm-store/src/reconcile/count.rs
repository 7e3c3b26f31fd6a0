//! How many breaks are open.

use mtm_core::reconcile::BreakClass;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Error, named};

impl Ledger {
    /// Open breaks by system and class.
    pub async fn open_breaks(&self) -> Result<Vec<(String, BreakClass, u64)>, Fault> {
        self.query(|connection| {
            let sql = "SELECT peer, class, count(*) FROM reconcile_break WHERE state = 'open'
                GROUP BY peer, class ORDER BY peer, class";
            let rows = connection.prepare_cached(sql)?.query_all(&[], |row| {
                Ok::<_, Error>((row.get(0)?, named(row, 1, BreakClass::from_name)?, row.get(2)?))
            });
            Ok::<_, Fault>(rows?)
        })
        .await
    }
}
