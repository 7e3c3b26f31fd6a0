//! Movements of the log, as other systems are told of them.

use std::collections::BTreeMap;

use mtm_core::code::Code;
use mtm_core::policy::Deed;
use mtm_core::sync::{Class, End, Fact};
use mtm_core::word::{LocationCode, LotNumber, MovementId, OperationCode};
use mtm_store::query::MovementRow;

use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

/// What every part is counted in: `each`, by its code in UN/ECE Recommendation 20, which ERPs know.
const UNIT: &str = "EA";

impl App {
    /// A movement, as another system would be told of it now; not yet by its places.
    pub async fn fact_of(&self, who: &Principal, movement: MovementId) -> Result<Fact, AppError> {
        who.require(Deed::Look)?;
        let row = self.ledger().movement(movement).await?;
        let row = row.ok_or_else(|| {
            AppError::refused(Code::NotFound, format!("there is no movement {movement}"))
        })?;
        let orders = self.ledger().work_orders_of(vec![row.lot.clone()]).await?;
        fact(&row, &orders).ok_or_else(|| {
            AppError::refused(Code::NotFound, "this movement has no place in the log yet")
        })
    }
}

/// The lots whose work orders are needed.
pub(super) fn lots(rows: &[MovementRow]) -> Vec<LotNumber> {
    let mut lots: Vec<LotNumber> = rows.iter().map(|row| row.lot.clone()).collect();
    lots.sort();
    lots.dedup();
    lots
}

/// The fact of a movement; nothing as long as it has no place in the log.
pub(super) fn fact(row: &MovementRow, orders: &BTreeMap<String, String>) -> Option<Fact> {
    let end = |location: &Option<LocationCode>, operation: &Option<OperationCode>| {
        let (location, operation) = (location.as_ref()?, operation.as_ref()?);
        let (location, operation) = (location.to_string(), operation.to_string());
        Some(End { location, operation, warehouse: None, place: None })
    };
    let (leaves, comes) = (row.from_account.is_none(), row.to_account.is_none());
    let first = end(&row.location, &row.operation);
    // A receipt names the place that pieces came to first.
    let (from, to) = match (leaves, comes) {
        (true, true) => {
            let to = end(&row.to_location, &row.to_operation).or_else(|| first.clone());
            (first, to)
        }
        (true, false) => (first, None),
        (false, true) => (None, first),
        (false, false) => (None, None),
    };
    Some(Fact {
        movement: row.id,
        sequence: row.sequence?,
        class: Class::of(row.from_account, row.to_account),
        kind: row.kind,
        part: row.part.to_string(),
        unit: UNIT.to_owned(),
        quantity: row.quantity.whole(),
        lot: row.lot.to_string(),
        to_lot: row.to_lot.as_ref().map(ToString::to_string),
        from,
        to,
        work_order: orders.get(row.lot.as_str()).cloned(),
        reason: row.reason.as_ref().map(ToString::to_string),
        user: row.user.clone(),
        recorded_at: row.recorded_at,
        occurred_at: row.occurred_at,
        reverses: row.reverses,
        undoes: row.reverses.map(|_| Class::of(row.to_account, row.from_account)),
    })
}
