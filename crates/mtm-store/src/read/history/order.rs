//! The work orders of the lots that moved.

use std::collections::{BTreeSet, HashMap};

use mtm_core::word::{LotNumber, WorkOrder};

use super::super::dialect::word_list;
use super::super::stock::source::CARRIED;
use super::super::{Reader, names};
use crate::query::{MovementRow, ReadError};
use crate::sql::params;

impl Reader<'_> {
    /// Each of these movements with the work order that its lot has now.
    pub(in super::super) fn with_work_orders(
        &self,
        rows: Vec<MovementRow>,
    ) -> Result<Vec<(MovementRow, Option<WorkOrder>)>, ReadError> {
        let lots: BTreeSet<&str> = rows.iter().map(|row| row.lot.as_str()).collect();
        let mut orders: HashMap<LotNumber, WorkOrder> = HashMap::new();
        let mut statement = self.connection.prepare_cached(CARRIED.on(&self.connection))?;
        let mut found = statement.query(params![word_list(lots)])?;
        while let Some(row) = found.next()? {
            if let Some(order) = row.optional_text(4)? {
                orders.insert(names::lot(row.text(0)?)?, names::work_order(order)?);
            }
        }
        let with = |row: MovementRow| {
            let order = orders.get(&row.lot).cloned();
            (row, order)
        };
        Ok(rows.into_iter().map(with).collect())
    }
}
