//! Whom news about lots concern: who received a lot, and who follows it.

use mtm_core::word::LotNumber;

use crate::sql::{Connection, Error, Row, optional_word, params};

/// Somebody whom a notice concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) user: i64,
    /// How many lots of theirs it is about.
    pub(super) lots: i64,
    /// Whether they received one of them.
    pub(super) received: bool,
}

const OF_LOT: &str = "
    SELECT user_id, count(DISTINCT lot), max(received) FROM (
        SELECT received_by AS user_id, lot, 1 AS received FROM lot
        WHERE lot = ?1 AND ?2 = 1 AND received_by IS NOT NULL
        UNION ALL
        SELECT user_id, lot, 0 FROM lot_follow WHERE lot = ?1) AS concerned
    GROUP BY user_id ORDER BY user_id";

const OF_PART: &str = "
    SELECT user_id, count(DISTINCT lot), max(received) FROM (
        SELECT l.received_by AS user_id, l.lot AS lot, 1 AS received
        FROM stock s JOIN lot l ON l.lot = s.lot
        WHERE s.part_id = ?1 AND ?2 = 1 AND l.received_by IS NOT NULL
        UNION ALL
        SELECT f.user_id, f.lot, 0 FROM stock s JOIN lot_follow f ON f.lot = s.lot
        WHERE s.part_id = ?1) AS concerned
    GROUP BY user_id ORDER BY user_id";

const OF_LOCATION: &str = "
    SELECT user_id, count(DISTINCT lot), max(received) FROM (
        SELECT l.received_by AS user_id, l.lot AS lot, 1 AS received
        FROM stock s JOIN lot l ON l.lot = s.lot
        WHERE s.location_id = ?1 AND ?2 = 1 AND l.received_by IS NOT NULL
        UNION ALL
        SELECT f.user_id, f.lot, 0 FROM stock s JOIN lot_follow f ON f.lot = s.lot
        WHERE s.location_id = ?1) AS concerned
    GROUP BY user_id ORDER BY user_id";

/// Who is concerned by a hold, with or without those who received its lots. Of a part or a place these
/// are the lots that stand there now.
pub(super) fn by_hold(
    connection: Connection<'_>,
    hold: &[u8],
    receivers: bool,
) -> Result<Vec<Person>, Error> {
    let read = |row: &Row<'_>| {
        let lot = optional_word(row, 0, LotNumber::parse)?;
        Ok::<(Option<LotNumber>, Option<i64>, Option<i64>), Error>((lot, row.get(1)?, row.get(2)?))
    };
    let mut found = connection
        .prepare_cached("SELECT lot, part_id, location_id FROM hold WHERE id = ?1")?
        .query_all(params![hold], read)?;
    match found.pop() {
        Some((Some(lot), _, _)) => by_lot(connection, lot.as_str(), receivers),
        Some((_, Some(part), _)) => people(connection, OF_PART, part, receivers),
        Some((_, _, Some(location))) => people(connection, OF_LOCATION, location, receivers),
        _ => Ok(Vec::new()),
    }
}

/// Who is concerned by what happens to a lot.
pub(super) fn by_lot(
    connection: Connection<'_>,
    lot: &str,
    receivers: bool,
) -> Result<Vec<Person>, Error> {
    connection.prepare_cached(OF_LOT)?.query_all(params![lot, receivers], person)
}

/// Whether pieces of a lot stand anywhere.
pub(super) fn stands(connection: Connection<'_>, lot: &str) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM stock WHERE lot = ?1)";
    connection.query_row(sql, params![lot], |row| row.get(0))
}

fn people(
    connection: Connection<'_>,
    sql: &str,
    id: i64,
    receivers: bool,
) -> Result<Vec<Person>, Error> {
    connection.prepare_cached(sql)?.query_all(params![id, receivers], person)
}

fn person(row: &Row<'_>) -> Result<Person, Error> {
    Ok(Person { user: row.get(0)?, lots: row.get(1)?, received: row.get(2)? })
}
