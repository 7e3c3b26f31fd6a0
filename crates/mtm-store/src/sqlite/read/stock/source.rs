//! Where buckets are read from: the statements and their row mapping.

use rusqlite::{Connection, Row, ToSql, params};

use super::super::Reader;
use super::selection::Selection;
use super::{Visitor, past};
use crate::query::ReadError;

/// A bucket as a statement gives it, with what its lot carries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found<'r> {
    pub(super) part: i64,
    pub(super) operation: i64,
    pub(super) location: i64,
    pub(super) lot: &'r str,
    pub(super) units: i64,
    pub(super) received_at: i64,
    pub(super) carried: Carried<'r>,
}

/// Columns of a statement that does not look at lots.
const BARE_COLUMNS: usize = 6;

/// What a lot carries; all unknown where the statement did not look.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Carried<'r> {
    pub(super) item_type: Option<i64>,
    pub(super) color: Option<i64>,
    pub(super) work_order: Option<&'r str>,
    pub(super) notes: Option<&'r str>,
    pub(super) received_by: Option<i64>,
}

impl<'r> Found<'r> {
    /// Reads a row; with what its lot carries where the statement looked.
    pub(super) fn of(row: &'r Row<'_>, carried: bool) -> rusqlite::Result<Self> {
        Ok(Self {
            part: row.get(0)?,
            operation: row.get(1)?,
            location: row.get(2)?,
            lot: row.get_ref(3)?.as_str()?,
            units: row.get(4)?,
            received_at: row.get(5)?,
            carried: if carried { Carried::of(row, 6)? } else { Carried::default() },
        })
    }
}

impl<'r> Carried<'r> {
    /// Reads the five columns of [`carried!`] from column `first` on.
    pub(super) fn of(row: &'r Row<'_>, first: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            item_type: row.get(first)?,
            color: row.get(first + 1)?,
            work_order: row.get_ref(first + 2)?.as_str_or_null()?,
            notes: row.get_ref(first + 3)?.as_str_or_null()?,
            received_by: row.get(first + 4)?,
        })
    }
}

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
    ($tail:literal) => {
        concat!(bucket!(), " FROM stock s ", $tail)
    };
}

macro_rules! buckets {
    ($tail:literal) => {
        concat!(
            bucket!(),
            ", ",
            carried!(),
            " FROM stock s CROSS JOIN lot l ON l.lot = s.lot ",
            $tail
        )
    };
}

pub(in super::super) const LOTS: &str = buckets!("WHERE s.lot >= ?1 AND s.lot < ?2");
pub(in super::super) const LOCATION: &str = buckets!("WHERE s.location_id = ?1");
pub(in super::super) const PART: &str = buckets!("WHERE s.part_id = ?1");
pub(in super::super) const PART_BARE: &str = bare!("WHERE s.part_id = ?1");
pub(in super::super) const PLACE: &str = buckets!(
    "WHERE s.part_id = ?1 AND s.operation_id = ?2 AND s.location_id = ?3
       AND (s.received_at, s.lot) > (?4, ?5)
     ORDER BY s.received_at, s.lot"
);
pub(in super::super) const WORK_ORDERS: &str = concat!(
    bucket!(),
    ", ",
    carried!(),
    " FROM lot l CROSS JOIN stock s ON s.lot = l.lot
      WHERE l.work_order >= ?1 AND l.work_order < ?2"
);
/// Every bucket: the scan that only searches by what no index serves may use. In the order of the
/// lots, in which both tables lie: in any other, each row costs a page.
pub(in super::super) const EVERYTHING: &str = buckets!("ORDER BY s.lot");
/// Every bucket without its lot: sums over all stock.
pub(in super::super) const EVERYTHING_BARE: &str = bare!("ORDER BY s.lot");
pub(in super::super) const PLACES: &str =
    "SELECT DISTINCT operation_id, location_id FROM stock WHERE part_id = ?1";
/// The next operation at which a part stands: as many seeks as it has operations.
pub(in super::super) const NEXT_OPERATION: &str =
    "SELECT min(operation_id) FROM stock WHERE part_id = ?1 AND operation_id > ?2";
pub(in super::super) const LOCATIONS: &str =
    "SELECT DISTINCT location_id FROM stock WHERE part_id = ?1 AND operation_id = ?2";
pub(in super::super) const PARTS: &str =
    "SELECT id, folded FROM part WHERE folded >= ?1 AND folded < ?2 ORDER BY folded LIMIT ?3";
pub(in super::super) const LOT: &str =
    concat!("SELECT l.received_at, ", carried!(), " FROM lot l WHERE l.lot = ?1");
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
        let (sql, ids) = match source {
            Source::Lots(from, to) => {
                return each(self.connection, LOTS, params![from, to], visitor).map(drop);
            }
            Source::WorkOrders(from, to) => {
                return each(self.connection, WORK_ORDERS, params![from, to], visitor).map(drop);
            }
            Source::Everything | Source::Past(_) => {
                let sql = if carried { EVERYTHING } else { EVERYTHING_BARE };
                return each(self.connection, sql, params![], visitor).map(drop);
            }
            Source::Locations(ids) => (LOCATION, ids),
            Source::Parts(ids) => (if carried { PART } else { PART_BARE }, ids),
        };
        for id in ids {
            if !each(self.connection, sql, params![id], visitor)? {
                break;
            }
        }
        Ok(())
    }
}

/// Calls `visitor` with every row; `false` when it ended the visit.
pub(super) fn each(
    connection: &Connection,
    sql: &str,
    parameters: &[&dyn ToSql],
    visitor: &mut Visitor<'_>,
) -> Result<bool, ReadError> {
    let mut statement = connection.prepare_cached(sql)?;
    let carried = statement.column_count() > BARE_COLUMNS;
    let mut rows = statement.query(parameters)?;
    while let Some(row) = rows.next()? {
        if !visitor(&Found::of(row, carried)?)? {
            return Ok(false);
        }
    }
    Ok(true)
}
