//! How much of a part there is, and was at a place of the log.

use std::collections::HashMap;

use mtm_core::word::PartId;

use crate::read::Dialects;
use crate::read::dialect::{id_list, json_each, json_numbers};
use crate::sql::{Connection, Error, Row, params};

/// What a movement adds to the stock of its part.
macro_rules! delta {
    () => {
        "(CASE WHEN m.to_account = 'stock' THEN m.quantity ELSE 0 END
          - CASE WHEN m.from_account = 'stock' THEN m.quantity ELSE 0 END)"
    };
}

macro_rules! since {
    ($log:literal) => {
        concat!(
            "SELECT m.sequence, m.id, m.part_id, ",
            delta!(),
            " FROM ",
            $log,
            " WHERE m.sequence > ?1 ORDER BY m.sequence LIMIT ?2"
        )
    };
}

/// The log from a position on.
pub(crate) const SINCE: Dialects = Dialects {
    sqlite: since!("movement AS m"),
    mariadb: since!("movement AS m FORCE INDEX (sequence)"),
};

/// What is on hand of the parts of a list.
pub(crate) const NOW: Dialects = Dialects {
    sqlite: concat!(
        "SELECT s.part_id, sum(s.quantity) FROM ",
        json_each!("?1"),
        " AS listed CROSS JOIN stock s ON s.part_id = listed.value GROUP BY s.part_id"
    ),
    mariadb: concat!(
        "SELECT s.part_id, CAST(sum(s.quantity) AS SIGNED) FROM ",
        json_numbers!("?1"),
        " STRAIGHT_JOIN stock s FORCE INDEX (stock_by_part) ON s.part_id = listed.value
          GROUP BY s.part_id"
    ),
};

/// What was added to the parts of a list after a position.
pub(crate) const LATER: Dialects = Dialects {
    sqlite: concat!(
        "SELECT m.part_id, sum",
        delta!(),
        " FROM ",
        json_each!("?1"),
        " AS listed CROSS JOIN movement m ON m.part_id = listed.value AND m.sequence > ?2
          GROUP BY m.part_id"
    ),
    mariadb: concat!(
        "SELECT m.part_id, CAST(sum",
        delta!(),
        " AS SIGNED) FROM ",
        json_numbers!("?1"),
        " STRAIGHT_JOIN movement m FORCE INDEX (movement_by_part)
          ON m.part_id = listed.value AND m.sequence > ?2 GROUP BY m.part_id"
    ),
};

/// What was committed and has no place yet.
pub(crate) const UNSEALED: Dialects = Dialects {
    sqlite: "SELECT 0, 0 WHERE 0 = 1",
    mariadb: concat!(
        "SELECT m.part_id, CAST(sum",
        delta!(),
        " AS SIGNED) FROM movement AS m FORCE INDEX (sequence)
         WHERE m.sequence IS NULL GROUP BY m.part_id"
    ),
};

/// Parts in one list.
const SOME: usize = 500;

/// 10⁻⁶ pieces by part.
pub(super) type Units = HashMap<PartId, i64>;

/// What is on hand of `parts`.
pub(super) fn now(connection: Connection<'_>, parts: &[PartId]) -> Result<Units, Error> {
    let mut units: Units = parts.iter().map(|part| (*part, 0)).collect();
    for some in parts.chunks(SOME) {
        let mut statement = connection.prepare_cached(NOW.on(&connection))?;
        for (part, found) in statement.query_all(params![list(some)], sum)? {
            *units.entry(part).or_default() += found;
        }
    }
    Ok(units)
}

/// What was on hand of `parts` after the movement at `position` of the log.
pub(super) fn at(
    connection: Connection<'_>,
    parts: &[PartId],
    position: i64,
) -> Result<Units, Error> {
    let mut units = now(connection, parts)?;
    for some in parts.chunks(SOME) {
        let mut statement = connection.prepare_cached(LATER.on(&connection))?;
        for (part, found) in statement.query_all(params![list(some), position], sum)? {
            *units.entry(part).or_default() -= found;
        }
    }
    let mut statement = connection.prepare_cached(UNSEALED.on(&connection))?;
    for (part, found) in statement.query_all(params![], sum)? {
        units.entry(part).and_modify(|units| *units -= found);
    }
    Ok(units)
}

fn sum(row: &Row<'_>) -> Result<(PartId, i64), Error> {
    Ok((PartId(row.get(0)?), row.get(1)?))
}

fn list(parts: &[PartId]) -> String {
    id_list(parts.iter().map(|part| &part.0))
}
