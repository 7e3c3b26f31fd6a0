//! Lots and work orders as a person types them. Parts, locations and operations are suggested
//! from memory; lots are too many for that and come from their index by prefix.

use mtm_core::word::{LotNumber, fold};

use super::{Reader, names};
use crate::query::{LotHint, Pattern, ReadError, WorkOrderHint};
use crate::sql::{Row, params};

pub(super) const LOTS: &str = "
    SELECT l.lot, l.part_id, (SELECT coalesce(sum(quantity), 0) FROM stock s WHERE s.lot = l.lot)
    FROM lot l WHERE l.lot >= ?1 AND l.lot < ?2 ORDER BY l.lot LIMIT ?3";
pub(super) const WORK_ORDERS: &str = "
    SELECT DISTINCT work_order FROM lot WHERE work_order >= ?1 AND work_order < ?2
    ORDER BY work_order LIMIT ?3";

impl Reader<'_> {
    /// Lots whose number begins with `prefix`; first the one that the digits alone mean.
    pub(crate) fn lots_like(&self, prefix: &str, limit: usize) -> Result<Vec<LotHint>, ReadError> {
        let Some((from, to)) = prefix_range(prefix) else { return Ok(Vec::new()) };
        let mut statement = self.connection.prepare_cached(LOTS)?;
        let mut hints = Vec::new();
        if let Ok(meant) = LotNumber::parse(prefix)
            && !meant.as_str().starts_with(&from)
        {
            let mut rows = statement.query(params![meant.as_str(), format!("{meant}\0"), 1])?;
            while let Some(row) = rows.next()? {
                hints.push(self.lot_hint(&row)?);
            }
        }
        let mut rows = statement.query(params![from, to, rows(limit)])?;
        while let Some(row) = rows.next()? {
            hints.push(self.lot_hint(&row)?);
        }
        hints.truncate(limit);
        Ok(hints)
    }

    /// Work orders that begin with `prefix`, with or without `WO-`: what planning wants made first, then
    /// those of lots.
    pub(crate) fn work_orders_like(
        &self,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<WorkOrderHint>, ReadError> {
        let mut orders: Vec<WorkOrderHint> = Vec::new();
        for prefix in [fold(prefix), format!("WO-{}", fold(prefix))] {
            let Some((from, to)) = prefix_range(&prefix) else { continue };
            for hint in self.open_orders_between(&from, &to, rows(limit))? {
                if !orders.iter().any(|known| known.code == hint.code) {
                    orders.push(hint);
                }
            }
        }
        for prefix in [fold(prefix), format!("WO-{}", fold(prefix))] {
            let Some((from, to)) = prefix_range(&prefix) else { continue };
            let mut statement = self.connection.prepare_cached(WORK_ORDERS)?;
            let mut rows = statement.query(params![from, to, rows(limit)])?;
            while let Some(row) = rows.next()? {
                let code = names::work_order(row.text(0)?)?;
                if !orders.iter().any(|known| known.code == code) {
                    orders.push(WorkOrderHint { code, planned: None });
                }
            }
        }
        orders.truncate(limit);
        Ok(orders)
    }

    fn lot_hint(&self, row: &Row<'_>) -> Result<LotHint, ReadError> {
        Ok(LotHint {
            lot: names::lot(row.text(0)?)?,
            part: self.part_code(row.get(1)?)?,
            quantity: names::quantity(row.get(2)?)?,
        })
    }
}

/// A bound on rows as statements take it.
fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The range of texts that begin with `text`; `None` for nothing at all, or for wildcards, which
/// are no prefix.
fn prefix_range(text: &str) -> Option<(String, String)> {
    let folded = fold(text);
    if folded.is_empty() || folded.contains(['%', '*']) {
        return None;
    }
    Pattern::Wildcard(format!("{folded}%")).range()
}
