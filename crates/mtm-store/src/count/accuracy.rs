//! How right the ledger was, over the counts of some days.

use mtm_core::word::{CountId, Timestamp};

use crate::ledger::Ledger;
use crate::query::ReadError;
use crate::record::{AccuracyBy, AccuracyRow, CountAccuracy};
use crate::sql::{Error, Row, optional_uuid, params, quantity};

/// Lines of counts that were open at some time of the stretch, one by one through their count: no
/// index on the moment is kept. What a cancelled count found was believed by nobody.
macro_rules! accuracy {
    ($shown:literal, $by:literal, $join:literal) => {
        concat!(
            "SELECT ",
            $shown,
            ", count(*), CAST(sum(CASE WHEN l.counted = l.expected THEN 1 ELSE 0 END) AS SIGNED),
                CAST(sum(l.expected) AS SIGNED),
                CAST(sum(CASE WHEN l.counted > l.expected THEN l.counted - l.expected ELSE 0 END) AS SIGNED),
                CAST(sum(CASE WHEN l.counted < l.expected THEN l.expected - l.counted ELSE 0 END) AS SIGNED)
             FROM stock_count c JOIN count_line l ON l.count_id = c.id ",
            $join,
            " WHERE c.state <> 'cancelled' AND c.planned_at < ?2
               AND (c.finished_at IS NULL OR c.finished_at >= ?1)
               AND l.state IN ('counted', 'posted') AND l.counted_at >= ?1 AND l.counted_at < ?2
             GROUP BY ",
            $by
        )
    };
}

const BY_COUNT: &str = accuracy!("c.name, c.id", "c.name, c.id", "");
const BY_LOCATION: &str =
    accuracy!("g.code, NULL", "g.code", "JOIN location g ON g.id = l.location_id");
const BY_OPERATION: &str =
    accuracy!("o.code, NULL", "o.code", "JOIN operation o ON o.id = l.operation_id");
const BY_PART: &str = accuracy!("p.code, NULL", "p.code", "JOIN part p ON p.id = l.part_id");

impl Ledger {
    /// How right the ledger was over the lines that were counted from `from` on until before `to`
    /// and believed, those first where it was most often wrong.
    pub async fn accuracy(
        &self,
        from: Timestamp,
        to: Timestamp,
        by: AccuracyBy,
    ) -> Result<Vec<AccuracyRow>, ReadError> {
        self.query(move |connection| {
            let sql = match by {
                AccuracyBy::Count => BY_COUNT,
                AccuracyBy::Location => BY_LOCATION,
                AccuracyBy::Operation => BY_OPERATION,
                AccuracyBy::Part => BY_PART,
            };
            let (from, to) = (from.micros(), to.micros());
            let mut rows = connection.prepare_cached(sql)?.query_all(params![from, to], row)?;
            rows.sort_by(|a, b| (b.wrong(), &a.name, a.count).cmp(&(a.wrong(), &b.name, b.count)));
            Ok(rows)
        })
        .await
    }
}

fn row(row: &Row<'_>) -> Result<AccuracyRow, Error> {
    Ok(AccuracyRow {
        name: row.get(0)?,
        count: optional_uuid(row, 1)?.map(CountId),
        accuracy: CountAccuracy {
            lines: row.get(2)?,
            right: row.get(3)?,
            expected: quantity(row, 4)?,
            more: quantity(row, 5)?,
            fewer: quantity(row, 6)?,
        },
    })
}
