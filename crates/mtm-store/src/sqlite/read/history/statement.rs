//! The statements that find and fetch movements.
//!
//! Every finder takes the same parameters: `?1`…`?2` the stretch of sequences, then lists of what
//! is allowed (`NULL` for anything): `?3` types, `?4` users, `?5` operations, `?6` locations, `?7`
//! parts; `?8` whether undone; `?9` the import; from `?10` on what drives it.

macro_rules! finder {
    ($source:literal, $order:literal) => {
        concat!(
            "SELECT m.sequence, m.lot, m.to_lot, m.station, m.notes FROM movement m ",
            $source,
            tail!(),
            " ORDER BY m.sequence ",
            $order
        )
    };
}

macro_rules! both_ways {
    ($source:literal) => {
        Finder { newest: finder!($source, "DESC"), oldest: finder!($source, "ASC") }
    };
}

macro_rules! tail {
    () => {
        " AND (?3 IS NULL OR m.type IN (SELECT value FROM json_each(?3)))
          AND (?4 IS NULL OR m.user_id IN (SELECT value FROM json_each(?4)))
          AND (?5 IS NULL OR m.from_operation_id IN (SELECT value FROM json_each(?5))
                          OR m.to_operation_id IN (SELECT value FROM json_each(?5)))
          AND (?6 IS NULL OR m.from_location_id IN (SELECT value FROM json_each(?6))
                          OR m.to_location_id IN (SELECT value FROM json_each(?6)))
          AND (?7 IS NULL OR m.part_id IN (SELECT value FROM json_each(?7)))
          AND (?9 IS NULL OR m.import_id = ?9)
          AND (?8 IS NULL OR ?8 = EXISTS (SELECT 1 FROM movement r WHERE r.reverses = m.id))"
    };
}

/// A finder in both orders.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Finder {
    pub(in super::super) newest: &'static str,
    pub(in super::super) oldest: &'static str,
}

/// Walks along the log.
pub(in super::super) const WALK: Finder =
    both_ways!("NOT INDEXED WHERE m.sequence BETWEEN ?1 AND ?2");

/// The movements of one part.
pub(in super::super) const OF_PART: Finder =
    both_ways!("WHERE m.part_id = ?10 AND m.sequence BETWEEN ?1 AND ?2");

/// The movements of lots in a range of numbers, also those that made them by a split.
pub(in super::super) const OF_LOTS: Finder = both_ways!(
    "NOT INDEXED WHERE m.sequence IN (
         SELECT sequence FROM movement WHERE lot >= ?10 AND lot < ?11
         UNION SELECT sequence FROM movement WHERE to_lot >= ?10 AND to_lot < ?11)
     AND +m.sequence BETWEEN ?1 AND ?2"
);

/// The movements of lots in a range of work orders.
pub(in super::super) const OF_WORK_ORDERS: Finder = both_ways!(
    "NOT INDEXED WHERE m.sequence IN (
         SELECT x.sequence FROM lot l CROSS JOIN movement x ON x.lot = l.lot
         WHERE l.work_order >= ?10 AND l.work_order < ?11)
     AND +m.sequence BETWEEN ?1 AND ?2"
);

/// The movements of an import.
pub(in super::super) const OF_IMPORT: Finder = both_ways!(
    "NOT INDEXED WHERE m.sequence IN (SELECT sequence FROM movement WHERE import_id = ?10)
     AND +m.sequence BETWEEN ?1 AND ?2"
);

/// The movements of a command: a range of identities.
pub(in super::super) const OF_COMMAND: Finder = both_ways!(
    "NOT INDEXED WHERE m.sequence IN (SELECT sequence FROM movement WHERE id BETWEEN ?10 AND ?11)
     AND +m.sequence BETWEEN ?1 AND ?2"
);

/// How many movements a range of lots has, at most `?3` of them counted.
pub(in super::super) const LOTS_PROBE: &str = "SELECT count(*) FROM
    (SELECT 1 FROM movement WHERE lot >= ?1 AND lot < ?2 LIMIT ?3)";

/// How many lots a range of work orders has, at most `?3` of them counted.
pub(in super::super) const WORK_ORDERS_PROBE: &str = "SELECT count(*) FROM
    (SELECT 1 FROM lot WHERE work_order >= ?1 AND work_order < ?2 LIMIT ?3)";

/// What a lot carries that history searches in.
pub(in super::super) const LOT_TEXTS: &str = "SELECT work_order, notes FROM lot WHERE lot = ?1";

pub(in super::super) const BY_ID: &str = "SELECT sequence FROM movement WHERE id = ?1";

/// One movement with what stands in other rows: its reversal, and the notes of its lot.
pub(in super::super) const ROW: &str = "
    SELECT m.sequence, m.id, m.type, m.part_id, m.lot, m.to_lot, m.quantity,
           m.from_account, m.from_operation_id, m.from_location_id,
           m.to_account, m.to_operation_id, m.to_location_id,
           m.recorded_at, m.occurred_at, m.user_id, m.station, m.shift, m.reason,
           CASE WHEN m.type IN ('in', 'opening') THEN coalesce(m.notes, l.notes) ELSE m.notes END,
           m.reverses, r.id, m.import_id, m.session_id
    FROM movement m
    JOIN lot l ON l.lot = m.lot
    LEFT JOIN movement r ON r.reverses = m.id
    WHERE m.sequence = ?1";
