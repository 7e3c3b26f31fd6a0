//! What waits at each operation.

use std::collections::HashMap;

use mtm_core::word::{Quantity, Timestamp};

use super::Waiting;
use crate::ledger::Ledger;
use crate::query::ReadError;
use crate::read::{Dialects, Reader, impossible};
use crate::sql::{Connection, Row};

/// Every bucket once. A server sums where they lie; a file would sort them all for that, so that its
/// buckets are summed here, in a third of the time.
pub(crate) const WAITING: Dialects = Dialects {
    sqlite: "SELECT operation_id, quantity, received_at FROM stock",
    mariadb: "SELECT operation_id, count(*), CAST(sum(quantity) AS SIGNED), min(received_at),
            CAST(sum(CASE WHEN received_at > ?1 THEN quantity ELSE 0 END) AS SIGNED),
            CAST(sum(CASE WHEN received_at > ?2 THEN quantity ELSE 0 END) AS SIGNED),
            CAST(sum(CASE WHEN received_at > ?3 THEN quantity ELSE 0 END) AS SIGNED),
            CAST(sum(CASE WHEN received_at > ?4 THEN quantity ELSE 0 END) AS SIGNED)
     FROM stock GROUP BY operation_id",
};

/// Bounds of age of one question.
const BOUNDS: usize = 4;

/// What waits at one operation.
struct Sum {
    buckets: u64,
    units: i64,
    oldest: i64,
    /// Units that are younger than each bound.
    younger: [i64; BOUNDS],
}

impl Default for Sum {
    fn default() -> Self {
        Self { buckets: 0, units: 0, oldest: i64::MAX, younger: [0; BOUNDS] }
    }
}

impl Ledger {
    /// What waits at each operation now, in the order of the operations. `bounds` are moments, the
    /// latest first: they part pieces by when their lots were received.
    pub async fn waiting(&self, bounds: [Timestamp; BOUNDS]) -> Result<Vec<Waiting>, ReadError> {
        self.ask_along(move |reader| read(reader, bounds.map(Timestamp::micros))).await
    }
}

fn read(reader: &Reader<'_>, bounds: [i64; BOUNDS]) -> Result<Vec<Waiting>, ReadError> {
    let mut found = Vec::new();
    for (operation, sum) in sums(reader.connection(), bounds)? {
        let mut by_age = Vec::with_capacity(BOUNDS + 1);
        let mut younger = 0;
        for units in sum.younger.into_iter().chain([sum.units]) {
            by_age.push(of_units(units - younger)?);
            younger = units;
        }
        found.push(Waiting {
            operation: reader.operation_code(operation)?,
            buckets: sum.buckets,
            quantity: of_units(sum.units)?,
            by_age,
            oldest: Timestamp::from_micros(sum.oldest),
        });
    }
    found.sort_by(|a, b| a.operation.cmp(&b.operation));
    Ok(found)
}

/// What waits, by operation.
fn sums(connection: Connection<'_>, bounds: [i64; BOUNDS]) -> Result<HashMap<i64, Sum>, ReadError> {
    let mut statement = connection.prepare_cached(WAITING.on(&connection))?;
    let mut sums: HashMap<i64, Sum> = HashMap::new();
    match connection {
        Connection::Sqlite(_) => {
            let mut rows = statement.query(&[])?;
            while let Some(row) = rows.next()? {
                sums.entry(row.get(0)?).or_default().add(row.get(1)?, row.get(2)?, bounds)?;
            }
        }
        Connection::MariaDb(_) => {
            let mut rows = statement.query(&bounds.map(crate::sql::Value::Int))?;
            while let Some(row) = rows.next()? {
                sums.insert(row.get(0)?, Sum::of(&row)?);
            }
        }
    }
    Ok(sums)
}

impl Sum {
    /// A sum that the server made.
    fn of(row: &Row<'_>) -> Result<Self, ReadError> {
        let mut younger = [0; BOUNDS];
        for (nth, units) in younger.iter_mut().enumerate() {
            *units = row.get(4 + nth)?;
        }
        Ok(Self { buckets: row.get(1)?, units: row.get(2)?, oldest: row.get(3)?, younger })
    }

    /// One more bucket.
    fn add(
        &mut self,
        units: i64,
        received_at: i64,
        bounds: [i64; BOUNDS],
    ) -> Result<(), ReadError> {
        let plus = |sum: i64| sum.checked_add(units).ok_or_else(|| impossible("sum over", units));
        self.buckets += 1;
        self.units = plus(self.units)?;
        self.oldest = self.oldest.min(received_at);
        for (younger, bound) in self.younger.iter_mut().zip(bounds) {
            if received_at > bound {
                *younger = plus(*younger)?;
            }
        }
        Ok(())
    }
}

fn of_units(units: i64) -> Result<Quantity, ReadError> {
    Quantity::from_units(units).map_err(|error| impossible("quantity", error))
}
