//! Answering: the table, and what of the log is newer.

use std::collections::BTreeMap;

use mtm_core::movement::MovementType;
use mtm_core::word::{Quantity, Timestamp};

use super::fold::{self, CHUNK, Key, SLOT, Sum};
use super::follow::position;
use super::{ThroughputQuery, ThroughputRow};
use crate::ledger::Ledger;
use crate::query::ReadError;
use crate::read::{Reader, impossible};
use crate::sql::{Connection, Error, named, params};

/// One period, summed where it lies.
pub(crate) const OF_PERIOD: &str =
    "SELECT type, operation_id, CAST(sum(movements) AS SIGNED), CAST(sum(quantity) AS SIGNED)
     FROM throughput WHERE slot >= ?1 AND slot < ?2 GROUP BY type, operation_id";

/// Sums by period, type and operation.
type Periods = BTreeMap<(usize, MovementType, i64), Sum>;

impl Ledger {
    /// What moved in each period, by type and operation; what adds up to nothing is left out.
    pub async fn throughput(
        &self,
        query: ThroughputQuery,
    ) -> Result<Vec<ThroughputRow>, ReadError> {
        let (catalogue, now) = (self.catalogue(), self.clock().now());
        self.query(move |connection| {
            let reader = Reader::new(connection, &catalogue, now);
            let periods = sums(connection, &query.bounds)?;
            let mut rows = Vec::with_capacity(periods.len());
            for ((period, kind, operation), sum) in periods {
                let operation = reader.operation_code(operation)?;
                let wanted = query.operation.as_ref().is_none_or(|wanted| *wanted == operation);
                if sum == Sum::default() || !wanted {
                    continue;
                }
                let movements = u64::try_from(sum.movements)
                    .map_err(|_| impossible("number of movements", sum.movements))?;
                let quantity = Quantity::from_units(sum.units)
                    .map_err(|error| impossible("quantity", error))?;
                rows.push(ThroughputRow { period, kind, operation, movements, quantity });
            }
            rows.sort_by(|a, b| {
                let key = |row: &ThroughputRow| (row.period, row.kind.as_str());
                key(a).cmp(&key(b)).then_with(|| a.operation.cmp(&b.operation))
            });
            Ok(rows)
        })
        .await
    }
}

/// All of it in one moment.
fn sums(connection: Connection<'_>, bounds: &[Timestamp]) -> Result<Periods, Error> {
    let slots: Vec<i64> = bounds.iter().map(|bound| bound.micros().div_euclid(SLOT)).collect();
    let mut periods = Periods::new();
    let mut statement = connection.prepare_cached(OF_PERIOD)?;
    for (period, ends) in slots.windows(2).enumerate() {
        let mut rows = statement.query(params![ends[0], ends[1]])?;
        while let Some(row) = rows.next()? {
            let kind = named(&row, 0, MovementType::from_name)?;
            let sum = Sum { movements: row.get(2)?, units: row.get(3)? };
            periods.insert((period, kind, row.get(1)?), sum);
        }
    }
    let mut low = position(connection)?;
    loop {
        let mut told = |Key { slot, kind, operation }, more: Sum| {
            // Bounds are few and ascend: the last one that is not later begins the period.
            let after = slots.partition_point(|bound| *bound <= slot);
            if after > 0 && after < slots.len() {
                let sum = periods.entry((after - 1, kind, operation)).or_default();
                sum.movements += more.movements;
                sum.units += more.units;
            }
        };
        let (last, more) = fold::chunk(connection, low, i64::MAX, CHUNK, &mut told)?;
        low = last;
        if !more {
            return Ok(periods);
        }
    }
}
