//! The statements that find and fetch movements.
//!
//! Every finder takes the same parameters: `?1`…`?2` the stretch of sequences, then what is allowed:
//! `?3` types, `?4` users, `?5` operations, `?6` locations, `?7` parts (lists); `?8` whether undone;
//! `?9` the import; `?10` how many at most; from `?11` on what drives it. Only the conditions that a
//! question has stand in its text: a server prepares for each of them, asked for or not.
//!
//! `SQLite` is told to look sequences up one by one in the order of the log, `MariaDB` to join
//! what drives the finder to the log: neither does well what suits the other.

use super::super::dialect::{Dialects, json_each, json_numbers, json_words};
use crate::query::SortOrder;
use crate::sql::Connection;

/// What a finder may be asked besides what drives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Condition {
    /// Of these types.
    Kinds,
    /// By these people.
    Users,
    /// From or to these operations.
    Operations,
    /// From or to these locations.
    Locations,
    /// Of these parts.
    Parts,
    /// Undone, or not.
    Reversed,
    /// Of this import.
    Import,
    /// Looking at what the lot carries.
    Lots,
}

/// That a list may be `NULL` keeps `MariaDB` from joining with it, and then sorting everything it
/// found: rows are met in the order of the log, and looked up in the list one by one.
macro_rules! condition {
    ($condition:expr, $numbers:ident, $words:ident) => {
        match $condition {
            Condition::Kinds => {
                concat!(" AND (?3 IS NULL OR m.type IN (SELECT value FROM ", $words!("?3"), "))")
            }
            Condition::Users => concat!(
                " AND (?4 IS NULL OR m.user_id IN (SELECT value FROM ",
                $numbers!("?4"),
                "))"
            ),
            Condition::Operations => concat!(
                " AND (?5 IS NULL OR m.from_operation_id IN (SELECT value FROM ",
                $numbers!("?5"),
                ") OR m.to_operation_id IN (SELECT value FROM ",
                $numbers!("?5"),
                "))"
            ),
            Condition::Locations => concat!(
                " AND (?6 IS NULL OR m.from_location_id IN (SELECT value FROM ",
                $numbers!("?6"),
                ") OR m.to_location_id IN (SELECT value FROM ",
                $numbers!("?6"),
                "))"
            ),
            Condition::Parts => concat!(
                " AND (?7 IS NULL OR m.part_id IN (SELECT value FROM ",
                $numbers!("?7"),
                "))"
            ),
            Condition::Reversed => {
                " AND ?8 = EXISTS (SELECT 1 FROM movement r WHERE r.reverses = m.id)"
            }
            Condition::Import => " AND m.import_id = ?9",
            Condition::Lots => "",
        }
    };
}

impl Condition {
    /// Every condition there is.
    #[cfg(test)]
    pub(in super::super) const ALL: [Self; 8] = [
        Self::Kinds,
        Self::Users,
        Self::Operations,
        Self::Locations,
        Self::Parts,
        Self::Reversed,
        Self::Import,
        Self::Lots,
    ];

    const fn text(self) -> Dialects {
        Dialects {
            sqlite: condition!(self, json_each, json_each),
            mariadb: condition!(self, json_numbers, json_words),
        }
    }
}

/// Where a finder looks.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Finder(Dialects);

impl Finder {
    /// The statement that gives what meets `conditions`, in order.
    pub(in super::super) fn on(
        self,
        connection: &Connection<'_>,
        conditions: &[Condition],
        sort: SortOrder,
    ) -> String {
        self.with(conditions, sort, |dialects| dialects.on(connection))
    }

    pub(in super::super) fn with(
        self,
        conditions: &[Condition],
        sort: SortOrder,
        pick: impl Fn(Dialects) -> &'static str,
    ) -> String {
        let carried = if conditions.contains(&Condition::Lots) {
            "(SELECT l.work_order FROM lot l WHERE l.lot = m.lot),
             (SELECT l.notes FROM lot l WHERE l.lot = m.lot)"
        } else {
            "NULL, NULL"
        };
        let met: String = conditions.iter().map(|condition| pick(condition.text())).collect();
        let order = match sort {
            SortOrder::Newest => "DESC",
            SortOrder::Oldest => "ASC",
        };
        format!(
            "SELECT m.sequence, m.lot, m.to_lot, m.station, m.notes, m.shift, m.session_id, {carried}
             FROM {}{met}
             ORDER BY m.sequence {order} LIMIT ?10",
            pick(self.0)
        )
    }
}

macro_rules! finder {
    (sqlite: $sqlite:literal, mariadb: $mariadb:literal $(,)?) => {
        Finder(Dialects { sqlite: $sqlite, mariadb: $mariadb })
    };
}

/// Walks along the log.
pub(in super::super) const WALK: Finder = finder!(
    sqlite: "movement m NOT INDEXED WHERE m.sequence BETWEEN ?1 AND ?2",
    mariadb: "movement m FORCE INDEX (sequence) WHERE m.sequence BETWEEN ?1 AND ?2",
);

/// The movements of one part.
pub(in super::super) const OF_PART: Finder = finder!(
    sqlite: "movement m WHERE m.part_id = ?11 AND m.sequence BETWEEN ?1 AND ?2",
    mariadb: "movement m FORCE INDEX (movement_by_part)
              WHERE m.part_id = ?11 AND m.sequence BETWEEN ?1 AND ?2",
);

/// The movements of lots in a range of numbers, also those that made them by a split.
pub(in super::super) const OF_LOTS: Finder = finder!(
    sqlite: "movement m NOT INDEXED WHERE m.sequence IN (
                 SELECT sequence FROM movement WHERE lot >= ?11 AND lot < ?12
                 UNION SELECT sequence FROM movement WHERE to_lot >= ?11 AND to_lot < ?12)
             AND +m.sequence BETWEEN ?1 AND ?2",
    mariadb: "(SELECT sequence FROM movement WHERE lot >= ?11 AND lot < ?12
               UNION SELECT sequence FROM movement WHERE to_lot >= ?11 AND to_lot < ?12) AS found
              STRAIGHT_JOIN movement m ON m.sequence = found.sequence
              WHERE m.sequence BETWEEN ?1 AND ?2",
);

/// The movements of lots in a range of work orders.
pub(in super::super) const OF_WORK_ORDERS: Finder = finder!(
    sqlite: "movement m NOT INDEXED WHERE m.sequence IN (
                 SELECT x.sequence FROM lot l CROSS JOIN movement x ON x.lot = l.lot
                 WHERE l.work_order >= ?11 AND l.work_order < ?12)
             AND +m.sequence BETWEEN ?1 AND ?2",
    mariadb: "lot o STRAIGHT_JOIN movement m ON m.lot = o.lot
              WHERE o.work_order >= ?11 AND o.work_order < ?12 AND m.sequence BETWEEN ?1 AND ?2",
);

/// The movements of an import.
pub(in super::super) const OF_IMPORT: Finder = finder!(
    sqlite: "movement m NOT INDEXED
             WHERE m.sequence IN (SELECT sequence FROM movement WHERE import_id = ?11)
             AND +m.sequence BETWEEN ?1 AND ?2",
    mariadb: "movement m WHERE m.import_id = ?11 AND m.sequence BETWEEN ?1 AND ?2",
);

/// The movements of a scan session.
pub(in super::super) const OF_SESSION: Finder = finder!(
    sqlite: "movement m NOT INDEXED
             WHERE m.sequence IN (SELECT sequence FROM movement WHERE session_id = ?11)
             AND +m.sequence BETWEEN ?1 AND ?2",
    mariadb: "movement m WHERE m.session_id = ?11 AND m.sequence BETWEEN ?1 AND ?2",
);

/// The movements of a command: a range of identities.
pub(in super::super) const OF_COMMAND: Finder = finder!(
    sqlite: "movement m NOT INDEXED
             WHERE m.sequence IN (SELECT sequence FROM movement WHERE id BETWEEN ?11 AND ?12)
             AND +m.sequence BETWEEN ?1 AND ?2",
    mariadb: "movement m WHERE m.id BETWEEN ?11 AND ?12 AND m.sequence BETWEEN ?1 AND ?2",
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

macro_rules! life {
    ($join:literal) => {
        concat!(
            "(SELECT sequence FROM movement WHERE lot = ?1 AND sequence > 0
              UNION SELECT sequence FROM movement WHERE to_lot = ?1 AND sequence > 0
              ORDER BY sequence DESC LIMIT ?2) AS listed ",
            $join,
            " movement m ON m.sequence = listed.sequence"
        )
    };
}

/// The newest movements of a lot, in no order.
pub(in super::super) const LIFE: Dialects = Dialects {
    sqlite: movements!(life!("CROSS JOIN"), "CROSS JOIN", ""),
    mariadb: movements!(life!("STRAIGHT_JOIN"), "STRAIGHT_JOIN", ""),
};

pub(in super::super) const BY_ID: &str = movements!("movement m", "JOIN", " WHERE m.id = ?1");
