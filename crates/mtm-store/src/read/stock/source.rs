//! Where buckets are read from: the statements and their row mapping.

use super::super::Reader;
use super::super::dialect::{Dialects, json_each, json_numbers, json_words};
use super::leg::Leg;
use super::selection::Selection;
use super::{LAST, Visitor, past};
use crate::query::ReadError;
use crate::sql::{Error, Row};

/// A bucket as a statement gives it, with what its lot carries.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Found<'r> {
    pub(in super::super) part: i64,
    pub(super) operation: i64,
    pub(super) location: i64,
    pub(in super::super) lot: &'r str,
    pub(super) units: i64,
    pub(super) received_at: i64,
    pub(in super::super) carried: Carried<'r>,
}

/// What a lot carries; all unknown where the statement did not look.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Carried<'r> {
    pub(super) item_type: Option<i64>,
    pub(super) color: Option<i64>,
    pub(in super::super) work_order: Option<&'r str>,
    pub(in super::super) notes: Option<&'r str>,
    pub(super) received_by: Option<i64>,
}

impl<'r> Found<'r> {
    /// Reads a row; with what its lot carries where the statement looked.
    pub(super) fn of(row: &'r Row<'_>, carried: bool) -> Result<Self, Error> {
        Ok(Self {
            part: row.get(0)?,
            operation: row.get(1)?,
            location: row.get(2)?,
            lot: row.text(3)?,
            units: row.get(4)?,
            received_at: row.get(5)?,
            carried: if carried { Carried::of(row, 6)? } else { Carried::default() },
        })
    }
}

impl<'r> Carried<'r> {
    /// Reads the five columns of [`carried!`] from column `first` on.
    pub(super) fn of(row: &'r Row<'_>, first: usize) -> Result<Self, Error> {
        Ok(Self {
            item_type: row.get(first)?,
            color: row.get(first + 1)?,
            work_order: row.optional_text(first + 2)?,
            notes: row.optional_text(first + 3)?,
            received_by: row.get(first + 4)?,
        })
    }
}

/// What a lot carries, as [`Carried::of`] reads it.
macro_rules! carried {
    () => {
        "l.item_type_id, l.color_id, l.work_order, l.notes, l.received_by"
    };
}

macro_rules! bucket {
    () => {
        "SELECT s.part_id, s.operation_id, s.location_id, s.lot, s.quantity, s.received_at"
    };
}

macro_rules! bare {
    ($tail:expr) => {
        concat!(bucket!(), " FROM stock s ", $tail)
    };
}

/// The lot is there: the outer join only keeps both engines from beginning with it.
macro_rules! buckets {
    ($tail:expr) => {
        concat!(
            bucket!(),
            ", ",
            carried!(),
            " FROM stock s LEFT JOIN lot l ON l.lot = s.lot ",
            $tail
        )
    };
}

macro_rules! in_lots {
    () => {
        "WHERE s.lot < ?2 AND (s.lot, s.operation_id, s.location_id) > (?1, ?3, ?4)
           AND +s.lot >= ?1
         ORDER BY s.lot, s.operation_id, s.location_id LIMIT ?5"
    };
}

macro_rules! of_part {
    () => {
        "WHERE s.part_id = ?1
           AND (s.operation_id, s.location_id, s.received_at, s.lot) > (?2, ?3, ?4, ?5)
           AND +s.operation_id >= ?2
         ORDER BY s.operation_id, s.location_id, s.received_at, s.lot LIMIT ?6"
    };
}

/// Of lots in a range; all there are: the scan that only searches by what no index serves may use.
/// In the order of the lots, in which both tables lie: in any other, each row costs a page.
pub(in super::super) const LOTS: &str = buckets!(in_lots!());
/// The same without what lots carry: sums over all stock.
pub(in super::super) const LOTS_BARE: &str = bare!(in_lots!());
pub(in super::super) const LOCATION: &str = buckets!(
    "WHERE s.location_id = ?1 AND (s.part_id, s.lot, s.operation_id) > (?2, ?3, ?4)
       AND +s.part_id >= ?2
     ORDER BY s.part_id, s.lot, s.operation_id LIMIT ?5"
);
pub(in super::super) const PART: &str = buckets!(of_part!());
pub(in super::super) const PART_BARE: &str = bare!(of_part!());
pub(in super::super) const PLACE: &str = buckets!(
    "WHERE s.part_id = ?1 AND s.operation_id = ?2 AND s.location_id = ?3
       AND (s.received_at, s.lot) > (?4, ?5) AND +s.received_at >= ?4
     ORDER BY s.received_at, s.lot LIMIT ?6"
);
pub(in super::super) const WORK_ORDERS: &str = concat!(
    bucket!(),
    ", ",
    carried!(),
    " FROM lot l CROSS JOIN stock s ON s.lot = l.lot
      WHERE l.work_order < ?2
        AND (l.work_order, l.lot, s.operation_id, s.location_id) > (?1, ?3, ?4, ?5)
        AND +l.work_order >= ?1
      ORDER BY l.work_order, l.lot, s.operation_id, s.location_id LIMIT ?6"
);
pub(in super::super) const PLACES: &str =
    "SELECT DISTINCT operation_id, location_id FROM stock WHERE part_id = ?1 LIMIT ?2";
/// The operations at which a part stands: as many seeks as it has operations. A server reads along
/// the part's index instead, in one question.
pub(in super::super) const OPERATIONS: Dialects = Dialects {
    sqlite: "WITH RECURSIVE next (id) AS (
                 SELECT min(operation_id) FROM stock WHERE part_id = ?1
                 UNION ALL
                 SELECT (SELECT min(operation_id) FROM stock
                         WHERE part_id = ?1 AND operation_id > next.id)
                 FROM next WHERE next.id IS NOT NULL)
             SELECT id FROM next WHERE id IS NOT NULL",
    mariadb: "SELECT DISTINCT operation_id FROM stock WHERE part_id = ?1",
};
pub(in super::super) const LOCATIONS: &str =
    "SELECT DISTINCT location_id FROM stock WHERE part_id = ?1 AND operation_id = ?2";
/// Those with stock; a scalar subquery stays one seek for each part on either engine.
pub(in super::super) const PARTS: &str = "SELECT p.id, p.folded FROM part p
     WHERE p.folded >= ?1 AND p.folded < ?2
       AND (SELECT 1 FROM stock s WHERE s.part_id = p.id LIMIT 1) IS NOT NULL
     ORDER BY p.folded LIMIT ?3";
/// Of the parts of a list.
pub(in super::super) const OF_PARTS: Dialects = Dialects {
    sqlite: concat!(
        bucket!(),
        ", ",
        carried!(),
        " FROM ",
        json_each!("?1"),
        " AS listed CROSS JOIN stock s ON s.part_id = listed.value
          LEFT JOIN lot l ON l.lot = s.lot LIMIT ?2"
    ),
    mariadb: concat!(
        bucket!(),
        ", ",
        carried!(),
        " FROM ",
        json_numbers!("?1"),
        " STRAIGHT_JOIN stock s FORCE INDEX (stock_by_part) ON s.part_id = listed.value
          LEFT JOIN lot l ON l.lot = s.lot LIMIT ?2"
    ),
};
macro_rules! of_places {
    ($listed:expr, $operation:literal, $location:literal) => {
        concat!(
            bucket!(),
            ", ",
            carried!(),
            " FROM ",
            $listed,
            " s.part_id = ?1 AND s.operation_id = ",
            $operation,
            " AND s.location_id = ",
            $location,
            " LEFT JOIN lot l ON l.lot = s.lot LIMIT ?3"
        )
    };
}

/// Of a part at the places of a list, each of them an operation and a location.
pub(in super::super) const OF_PLACES: Dialects = Dialects {
    sqlite: of_places!(
        concat!(json_each!("?2"), " AS listed CROSS JOIN stock s ON"),
        "json_extract(listed.value, '$[0]')",
        "json_extract(listed.value, '$[1]')"
    ),
    mariadb: of_places!(
        "JSON_TABLE(?2, '$[*]' COLUMNS (operation BIGINT PATH '$[0]', location BIGINT PATH '$[1]'))
             AS listed STRAIGHT_JOIN stock s FORCE INDEX (stock_by_part) ON",
        "listed.operation",
        "listed.location"
    ),
};
/// Of the lots of a list.
pub(in super::super) const LISTED: Dialects = Dialects {
    sqlite: concat!(
        bucket!(),
        ", ",
        carried!(),
        " FROM ",
        json_each!("?1"),
        " AS listed CROSS JOIN stock s ON s.lot = listed.value LEFT JOIN lot l ON l.lot = s.lot"
    ),
    mariadb: concat!(
        bucket!(),
        ", ",
        carried!(),
        " FROM ",
        json_words!("?1"),
        " STRAIGHT_JOIN stock s ON s.lot = listed.value LEFT JOIN lot l ON l.lot = s.lot"
    ),
};
/// The lots at the locations of a list.
pub(in super::super) const STANDING: Dialects = Dialects {
    sqlite: concat!(
        "SELECT s.part_id, s.lot FROM ",
        json_each!("?1"),
        " AS listed CROSS JOIN stock s ON s.location_id = listed.value"
    ),
    mariadb: concat!(
        "SELECT s.part_id, s.lot FROM ",
        json_numbers!("?1"),
        " STRAIGHT_JOIN stock s ON s.location_id = listed.value"
    ),
};
/// What the lots of a list carry.
pub(in super::super) const CARRIED: Dialects = Dialects {
    sqlite: concat!(
        "SELECT l.lot, l.received_at, ",
        carried!(),
        " FROM ",
        json_each!("?1"),
        " AS listed CROSS JOIN lot l ON l.lot = listed.value"
    ),
    mariadb: concat!(
        "SELECT l.lot, l.received_at, ",
        carried!(),
        " FROM ",
        json_words!("?1"),
        " STRAIGHT_JOIN lot l ON l.lot = listed.value"
    ),
};
pub(in super::super) const COUNT: &str = "SELECT count(*) FROM stock";

/// Which buckets to read before filtering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// Those of lots in a range of numbers.
    Lots(String, String),
    /// Those of lots in a range of work orders.
    WorkOrders(String, String),
    /// Those at these locations.
    Locations(Vec<i64>),
    /// Those of these parts.
    Parts(Vec<i64>),
    /// All.
    Everything,
    /// As they were after the movement of this sequence.
    Past(i64),
}

impl Source {
    pub(super) fn is_everything(&self) -> bool {
        *self == Self::Everything
    }

    /// Whether all buckets of a lot come one after the other.
    pub(super) fn is_by_lot(&self) -> bool {
        matches!(self, Self::Everything | Self::Lots(..))
    }
}

/// Calls `visitor` with every bucket there is, in the order of their lots, and with what these carry.
pub(in super::super) fn everything(
    reader: &Reader<'_>,
    visitor: &mut Visitor<'_>,
) -> Result<(), ReadError> {
    reader.visit_present(&Source::Everything, true, visitor)
}

impl Reader<'_> {
    /// Calls `visitor` with every bucket of `source` that `selection` admits, in no useful order;
    /// with what its lot carries where `carried` or where the selection looks at it.
    pub(super) fn visit(
        &self,
        source: &Source,
        selection: &Selection<'_>,
        carried: bool,
        visitor: &mut Visitor<'_>,
    ) -> Result<(), ReadError> {
        let carried = carried || selection.looks_at_lots();
        let mut admitted = |row: &Found<'_>| {
            if selection.admits(row)? { visitor(row) } else { Ok(true) }
        };
        match source {
            Source::Past(sequence) => past::visit(self, *sequence, selection, &mut admitted),
            present => self.visit_present(present, carried, &mut admitted),
        }
    }

    /// Calls `visitor` with every bucket of `source`, which is not in the past.
    pub(super) fn visit_present(
        &self,
        source: &Source,
        carried: bool,
        visitor: &mut Visitor<'_>,
    ) -> Result<(), ReadError> {
        let legs: Vec<_> = match source {
            Source::Lots(from, to) => vec![Leg::Lots(from, to)],
            Source::WorkOrders(from, to) => vec![Leg::WorkOrders(from, to)],
            Source::Everything | Source::Past(_) => vec![Leg::Lots("", LAST)],
            Source::Locations(ids) => ids.iter().copied().map(Leg::Location).collect(),
            Source::Parts(ids) => ids.iter().copied().map(Leg::Part).collect(),
        };
        for leg in legs {
            if !self.each(leg, carried, visitor)? {
                break;
            }
        }
        Ok(())
    }
}
