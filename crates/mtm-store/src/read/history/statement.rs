//! The statements that find and fetch movements.
//!
//! Every finder takes the same parameters: `?1`…`?2` the stretch of sequences, then lists of what
//! is allowed (`NULL` for anything): `?3` types, `?4` users, `?5` operations, `?6` locations, `?7`
//! parts; `?8` whether undone; `?9` the import; `?10` whether what the lot carries is looked at;
//! `?11` how many at most; from `?12` on what drives it.
//!
//! `SQLite` is told to look sequences up one by one in the order of the log, `MariaDB` to join
//! what drives the finder to the log: neither does well what suits the other.

use super::super::dialect::{Dialects, json_each, json_numbers, json_words};

macro_rules! finder {
    ($numbers:ident, $words:ident, $source:literal, $order:literal) => {
        concat!(
            "SELECT m.sequence, m.lot, m.to_lot, m.station, m.notes, m.shift, m.session_id,
                    CASE WHEN ?10 THEN (SELECT l.work_order FROM lot l WHERE l.lot = m.lot) END,
                    CASE WHEN ?10 THEN (SELECT l.notes FROM lot l WHERE l.lot = m.lot) END
             FROM ",
            $source,
            " AND (?3 IS NULL OR m.type IN (SELECT value FROM ",
            $words!("?3"),
            ")) AND (?4 IS NULL OR m.user_id IN (SELECT value FROM ",
            $numbers!("?4"),
            ")) AND (?5 IS NULL OR m.from_operation_id IN (SELECT value FROM ",
            $numbers!("?5"),
            ") OR m.to_operation_id IN (SELECT value FROM ",
            $numbers!("?5"),
            ")) AND (?6 IS NULL OR m.from_location_id IN (SELECT value FROM ",
            $numbers!("?6"),
            ") OR m.to_location_id IN (SELECT value FROM ",
            $numbers!("?6"),
            ")) AND (?7 IS NULL OR m.part_id IN (SELECT value FROM ",
            $numbers!("?7"),
            ")) AND (?9 IS NULL OR m.import_id = ?9)
                AND (?8 IS NULL OR ?8 = EXISTS (SELECT 1 FROM movement r WHERE r.reverses = m.id))
             ORDER BY m.sequence ",
            $order,
            " LIMIT ?11"
        )
    };
}

macro_rules! both_ways {
    (sqlite: $sqlite:literal, mariadb: $mariadb:literal $(,)?) => {
        Finder {
            newest: Dialects {
                sqlite: finder!(json_each, json_each, $sqlite, "DESC"),
                mariadb: finder!(json_numbers, json_words, $mariadb, "DESC"),
            },
            oldest: Dialects {
                sqlite: finder!(json_each, json_each, $sqlite, "ASC"),
                mariadb: finder!(json_numbers, json_words, $mariadb, "ASC"),
            },
        }
    };
}

/// A finder in both orders.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Finder {
    pub(in super::super) newest: Dialects,
    pub(in super::super) oldest: Dialects,
}

/// Walks along the log.
pub(in super::super) const WALK: Finder = both_ways!(
    sqlite: "movement m NOT INDEXED WHERE m.sequence BETWEEN ?1 AND ?2",
    mariadb: "movement m FORCE INDEX (sequence) WHERE m.sequence BETWEEN ?1 AND ?2",
);

/// The movements of one part.
pub(in super::super) const OF_PART: Finder = both_ways!(
    sqlite: "movement m WHERE m.part_id = ?12 AND m.sequence BETWEEN ?1 AND ?2",
    mariadb: "movement m FORCE INDEX (movement_by_part)
              WHERE m.part_id = ?12 AND m.sequence BETWEEN ?1 AND ?2",
);

/// The movements of lots in a range of numbers, also those that made them by a split.
pub(in super::super) const OF_LOTS: Finder = both_ways!(
    sqlite: "movement m NOT INDEXED WHERE m.sequence IN (
                 SELECT sequence FROM movement WHERE lot >= ?12 AND lot < ?13
                 UNION SELECT sequence FROM movement WHERE to_lot >= ?12 AND to_lot < ?13)
             AND +m.sequence BETWEEN ?1 AND ?2",
    mariadb: "(SELECT sequence FROM movement WHERE lot >= ?12 AND lot < ?13
               UNION SELECT sequence FROM movement WHERE to_lot >= ?12 AND to_lot < ?13) AS found
              STRAIGHT_JOIN movement m ON m.sequence = found.sequence
              WHERE m.sequence BETWEEN ?1 AND ?2",
);

/// The movements of lots in a range of work orders.
pub(in super::super) const OF_WORK_ORDERS: Finder = both_ways!(
    sqlite: "movement m NOT INDEXED WHERE m.sequence IN (
                 SELECT x.sequence FROM lot l CROSS JOIN movement x ON x.lot = l.lot
                 WHERE l.work_order >= ?12 AND l.work_order < ?13)
             AND +m.sequence BETWEEN ?1 AND ?2",
    mariadb: "lot o STRAIGHT_JOIN movement m ON m.lot = o.lot
              WHERE o.work_order >= ?12 AND o.work_order < ?13 AND m.sequence BETWEEN ?1 AND ?2",
);

/// The movements of an import.
pub(in super::super) const OF_IMPORT: Finder = both_ways!(
    sqlite: "movement m NOT INDEXED
             WHERE m.sequence IN (SELECT sequence FROM movement WHERE import_id = ?12)
             AND +m.sequence BETWEEN ?1 AND ?2",
    mariadb: "movement m WHERE m.import_id = ?12 AND m.sequence BETWEEN ?1 AND ?2",
);

/// The movements of a scan session.
pub(in super::super) const OF_SESSION: Finder = both_ways!(
    sqlite: "movement m NOT INDEXED
             WHERE m.sequence IN (SELECT sequence FROM movement WHERE session_id = ?12)
             AND +m.sequence BETWEEN ?1 AND ?2",
    mariadb: "movement m WHERE m.session_id = ?12 AND m.sequence BETWEEN ?1 AND ?2",
);

/// The movements of a command: a range of identities.
pub(in super::super) const OF_COMMAND: Finder = both_ways!(
    sqlite: "movement m NOT INDEXED
             WHERE m.sequence IN (SELECT sequence FROM movement WHERE id BETWEEN ?12 AND ?13)
             AND +m.sequence BETWEEN ?1 AND ?2",
    mariadb: "movement m WHERE m.id BETWEEN ?12 AND ?13 AND m.sequence BETWEEN ?1 AND ?2",
);

/// How many movements a range of lots has, at most `?3` of them counted.
pub(in super::super) const LOTS_PROBE: &str = "SELECT count(*) FROM
    (SELECT 1 FROM movement WHERE lot >= ?1 AND lot < ?2 LIMIT ?3) AS probed";

/// How many lots a range of work orders has, at most `?3` of them counted.
pub(in super::super) const WORK_ORDERS_PROBE: &str = "SELECT count(*) FROM
    (SELECT 1 FROM lot WHERE work_order >= ?1 AND work_order < ?2 LIMIT ?3) AS probed";

/// A movement with what stands in other rows: its reversal, and the notes of its lot.
macro_rules! movements {
    ($source:expr, $join:literal, $tail:literal) => {
        concat!(
            "SELECT m.sequence, m.id, m.type, m.part_id, m.lot, m.to_lot, m.quantity,
                    m.from_account, m.from_operation_id, m.from_location_id,
                    m.to_account, m.to_operation_id, m.to_location_id,
                    m.recorded_at, m.occurred_at, m.user_id, m.station, m.shift, m.reason,
                    CASE WHEN m.type IN ('in', 'opening') THEN coalesce(m.notes, l.notes)
                         ELSE m.notes END,
                    m.reverses, r.id, m.import_id, m.session_id
             FROM ",
            $source,
            " ",
            $join,
            " lot l ON l.lot = m.lot LEFT JOIN movement r ON r.reverses = m.id",
            $tail
        )
    };
}

/// The movements of a list of sequences.
pub(in super::super) const LISTED: Dialects = Dialects {
    sqlite: movements!(
        concat!(json_each!("?1"), " AS listed CROSS JOIN movement m ON m.sequence = listed.value"),
        "CROSS JOIN",
        ""
    ),
    mariadb: movements!(
        concat!(json_numbers!("?1"), " STRAIGHT_JOIN movement m ON m.sequence = listed.value"),
        "STRAIGHT_JOIN",
        ""
    ),
};

pub(in super::super) const BY_ID: &str = movements!("movement m", "JOIN", " WHERE m.id = ?1");
