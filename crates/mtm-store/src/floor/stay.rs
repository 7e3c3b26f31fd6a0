//! How long pieces stayed at the operations that they left.

use std::collections::BTreeMap;

use mtm_core::word::{OperationCode, Quantity, Timestamp};

use super::{Stay, Stays};
use crate::ledger::Ledger;
use crate::query::ReadError;
use crate::read::{Dialects, Reader, impossible};
use crate::sql::{OptionalExtension as _, moment, params, quantity};

/// Departures of one question at most, the newest.
const MOST: i64 = 20_000;

macro_rules! departures {
    ($log:literal, $lot:literal, $to_lot:literal, $reverses:literal) => {
        concat!(
            "SELECT m.from_operation_id, m.quantity, m.recorded_at,
                (SELECT max(b.recorded_at) FROM movement AS b ",
            $lot,
            " WHERE b.lot = m.lot AND b.sequence < m.sequence
                    AND b.to_operation_id = m.from_operation_id AND b.type <> 'reversal'
                    AND (b.from_operation_id IS NULL OR b.from_operation_id <> b.to_operation_id)),
                (SELECT min(b.recorded_at) FROM movement AS b ",
            $to_lot,
            " WHERE b.to_lot = m.lot AND b.sequence < m.sequence
                    AND b.to_operation_id = m.from_operation_id AND b.type <> 'reversal')
             FROM ",
            $log,
            " LEFT JOIN movement AS r ",
            $reverses,
            " ON r.reverses = m.id
             WHERE m.sequence >= ?1 AND m.sequence < ?2 AND m.from_operation_id IS NOT NULL
                AND m.type <> 'reversal' AND r.reverses IS NULL
                AND (m.to_operation_id IS NULL OR m.to_operation_id <> m.from_operation_id)"
        )
    };
}

/// What left its operation, when, and when its lot had come there last: by a movement of the lot itself,
/// else of the one that it was parted from. What became part of the lot there goes by the lot's own
/// arrival; what a reversal brought back had not left.
pub(crate) const DEPARTURES: Dialects = Dialects {
    sqlite: departures!("movement AS m", "", "", ""),
    mariadb: departures!(
        "movement AS m FORCE INDEX (sequence)",
        "FORCE INDEX (movement_by_lot)",
        "FORCE INDEX (movement_by_to_lot)",
        "FORCE INDEX (reverses)"
    ),
};

const RECORDED_AT: &str = "SELECT recorded_at FROM movement WHERE sequence = ?1";

impl Ledger {
    /// How long what left an operation from `from` on until before `to` had been there; of more than
    /// twenty thousand movements the newest, and the answer says from when on.
    pub async fn stays(&self, from: Timestamp, to: Timestamp) -> Result<Stays, ReadError> {
        self.ask_along(move |reader| {
            let (asked, end) = (reader.first_movement_from(from)?, reader.first_movement_from(to)?);
            let first = asked.max(end - MOST);
            let from = if first > asked { begin(reader, first)?.unwrap_or(from) } else { from };
            Ok(Stays { stays: read(reader, first, end)?, from })
        })
        .await
    }
}

fn begin(reader: &Reader<'_>, first: i64) -> Result<Option<Timestamp>, ReadError> {
    let connection = reader.connection();
    let mut statement = connection.prepare_cached(RECORDED_AT)?;
    let found = statement.query_row(params![first], |row| moment(row, 0)).optional()?;
    Ok(found)
}

fn read(reader: &Reader<'_>, first: i64, end: i64) -> Result<Vec<Stay>, ReadError> {
    let mut statement = reader.connection().prepare_cached(DEPARTURES.on(&reader.connection()))?;
    let mut rows = statement.query(params![first, end])?;
    let mut found: BTreeMap<i64, (Vec<i64>, i64)> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let arrived = row.get::<Option<i64>>(3)?.or(row.get::<Option<i64>>(4)?);
        // What nothing brought there cannot have left; verification names it.
        let Some(arrived) = arrived else { continue };
        let (stays, units) = found.entry(row.get(0)?).or_default();
        stays.push(row.get::<i64>(2)? - arrived);
        *units += quantity(&row, 1)?.units();
    }
    let stays = found.into_iter().map(|(operation, (stays, units))| {
        let quantity =
            Quantity::from_units(units).map_err(|error| impossible("quantity", error))?;
        Ok(stay(reader.operation_code(operation)?, stays, quantity))
    });
    let mut stays: Vec<Stay> = stays.collect::<Result<_, ReadError>>()?;
    stays.sort_by(|a, b| a.operation.cmp(&b.operation));
    Ok(stays)
}

fn stay(operation: OperationCode, mut stays: Vec<i64>, quantity: Quantity) -> Stay {
    stays.sort_unstable();
    // The nearest rank: one that really was, and no mean of two.
    let at = |percent: usize| {
        let rank = (stays.len() * percent).div_ceil(100).max(1);
        stays.get(rank - 1).copied().unwrap_or(0)
    };
    Stay {
        operation,
        departures: stays.len() as u64,
        quantity,
        median_micros: at(50),
        p90_micros: at(90),
        longest_micros: at(100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_of_stays_that_were() {
        let of = |stays: &[i64]| {
            let operation = OperationCode::parse("20").unwrap();
            let stay = stay(operation, stays.to_vec(), Quantity::ZERO);
            [stay.median_micros, stay.p90_micros, stay.longest_micros]
        };
        assert_eq!(of(&[7]), [7, 7, 7]);
        assert_eq!(of(&[4, 1]), [1, 4, 4]);
        assert_eq!(of(&[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]), [5, 9, 10]);
    }
}
