//! What went from where to where between two moments.

use mtm_core::movement::Outside;
use mtm_core::word::Timestamp;

use super::{End, Step};
use crate::ledger::Ledger;
use crate::query::ReadError;
use crate::read::{Dialects, Reader, impossible};
use crate::sql::{Row, named, params, quantity};

macro_rules! steps {
    ($log:literal) => {
        concat!(
            "SELECT from_account, from_operation_id, to_account, to_operation_id, count(*),
                    CAST(sum(quantity) AS SIGNED)
             FROM ",
            $log,
            " WHERE sequence >= ?1 AND sequence < ?2
             GROUP BY from_account, from_operation_id, to_account, to_operation_id"
        )
    };
}

pub(crate) const STEPS: Dialects =
    Dialects { sqlite: steps!("movement"), mariadb: steps!("movement FORCE INDEX (sequence)") };

impl Ledger {
    /// What went between operations, and between them and the outside, from `from` on until before
    /// `to`. Also what stayed at its operation and changed its place.
    pub async fn steps(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Step>, ReadError> {
        self.ask_along(move |reader| {
            let (first, end) = (reader.first_movement_from(from)?, reader.first_movement_from(to)?);
            let mut statement =
                reader.connection().prepare_cached(STEPS.on(&reader.connection()))?;
            let mut rows = statement.query(params![first, end])?;
            let mut steps = Vec::new();
            while let Some(row) = rows.next()? {
                let movements: i64 = row.get(4)?;
                steps.push(Step {
                    from: self::end(reader, &row, 0)?,
                    to: self::end(reader, &row, 2)?,
                    movements: u64::try_from(movements)
                        .map_err(|_| impossible("number of movements", movements))?,
                    quantity: quantity(&row, 5)?,
                });
            }
            steps.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
            Ok(steps)
        })
        .await
    }
}

fn end(reader: &Reader<'_>, row: &Row<'_>, column: usize) -> Result<End, ReadError> {
    match row.get::<Option<i64>>(column + 1)? {
        Some(operation) => Ok(End::Operation(reader.operation_code(operation)?)),
        None => Ok(End::Outside(named(row, column, Outside::from_name)?)),
    }
}
