//! What waits at each operation.

use mtm_core::word::{Quantity, Timestamp};

use super::Waiting;
use crate::ledger::Ledger;
use crate::query::ReadError;
use crate::read::{Reader, impossible};
use crate::sql::{moment, quantity};

/// Every bucket once, summed where it lies. The bounds of age stand in a list: what is younger than the
/// nth bound, for each.
pub(crate) const WAITING: &str =
    "SELECT operation_id, count(*), CAST(sum(quantity) AS SIGNED), min(received_at),
            CAST(sum(CASE WHEN received_at > ?1 THEN quantity ELSE 0 END) AS SIGNED),
            CAST(sum(CASE WHEN received_at > ?2 THEN quantity ELSE 0 END) AS SIGNED),
            CAST(sum(CASE WHEN received_at > ?3 THEN quantity ELSE 0 END) AS SIGNED),
            CAST(sum(CASE WHEN received_at > ?4 THEN quantity ELSE 0 END) AS SIGNED)
     FROM stock GROUP BY operation_id";

/// Bounds of age of one question.
const BOUNDS: usize = 4;

impl Ledger {
    /// What waits at each operation now, in the order of the operations. `bounds` are moments, the
    /// latest first: they part pieces by when their lots were received.
    pub async fn waiting(&self, bounds: [Timestamp; BOUNDS]) -> Result<Vec<Waiting>, ReadError> {
        self.ask_along(move |reader| read(reader, bounds)).await
    }
}

fn read(reader: &Reader<'_>, bounds: [Timestamp; BOUNDS]) -> Result<Vec<Waiting>, ReadError> {
    let mut statement = reader.connection().prepare_cached(WAITING)?;
    let values = bounds.map(|bound| crate::sql::Value::Int(bound.micros()));
    let mut rows = statement.query(&values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let all = quantity(&row, 2)?;
        let mut by_age = Vec::with_capacity(BOUNDS + 1);
        let mut younger = 0;
        for column in 4..4 + BOUNDS {
            let units: i64 = row.get(column)?;
            by_age.push(of_units(units - younger)?);
            younger = units;
        }
        by_age.push(of_units(all.units() - younger)?);
        let buckets: i64 = row.get(1)?;
        found.push(Waiting {
            operation: reader.operation_code(row.get(0)?)?,
            buckets: u64::try_from(buckets)
                .map_err(|_| impossible("number of buckets", buckets))?,
            quantity: all,
            by_age,
            oldest: moment(&row, 3)?,
        });
    }
    found.sort_by(|a, b| a.operation.cmp(&b.operation));
    Ok(found)
}

fn of_units(units: i64) -> Result<Quantity, ReadError> {
    Quantity::from_units(units).map_err(|error| impossible("quantity", error))
}
