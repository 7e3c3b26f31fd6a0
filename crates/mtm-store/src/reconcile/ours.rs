//! Our side of a comparison, of one moment.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use mtm_core::erp::{Mapped, PlaceMap};
use mtm_core::reconcile::{OurBooks, OurMovement, OurStock};
use mtm_core::word::{MovementId, Timestamp};

use crate::ledger::Ledger;
use crate::query::ReadError;
use crate::read::{Dialects, Reader, impossible};
use crate::sql::{Row, moment, params, uuid};

/// Every bucket once: a server sums where they lie, a file would sort them all for that.
pub(crate) const STOCK: Dialects = Dialects {
    sqlite: "SELECT part_id, location_id, quantity FROM stock",
    mariadb: "SELECT part_id, location_id, CAST(sum(quantity) AS SIGNED)
              FROM stock GROUP BY part_id, location_id",
};

macro_rules! moves {
    ($log:literal, $which:literal) => {
        concat!(
            "SELECT sequence, id, recorded_at, type, part_id, lot, user_id, quantity,
                    from_location_id, to_location_id
             FROM ",
            $log,
            $which
        )
    };
}

/// A piece of the log.
pub(crate) const MOVES: Dialects = Dialects {
    sqlite: moves!("movement", " WHERE sequence >= ?1 AND sequence < ?2 ORDER BY sequence"),
    mariadb: moves!(
        "movement FORCE INDEX (sequence)",
        " WHERE sequence >= ?1 AND sequence < ?2 ORDER BY sequence"
    ),
};

/// What has no place in the log yet; in a file everything has one.
const UNSEALED: Dialects = Dialects {
    sqlite: moves!("movement", " WHERE sequence = NULL"),
    mariadb: moves!("movement FORCE INDEX (sequence)", " WHERE sequence IS NULL"),
};

/// Movements looked at in one statement.
const PIECE: i64 = 20_000;

/// Our side.
#[derive(Debug, Clone, Default)]
pub struct OursRead {
    /// Stock, movements and parts.
    pub books: OurBooks,
    /// Whether older movements were left out, because there are too many.
    pub cut: bool,
}

impl Ledger {
    /// Our stock by part and location, and the movements from `from` on that cross places of `map`; the
    /// newest `most` of them.
    pub async fn our_books(
        &self,
        map: Arc<PlaceMap>,
        from: Timestamp,
        most: usize,
    ) -> Result<OursRead, ReadError> {
        // Before the moment of the question: what is booked in between is younger, and is there.
        let at = self.clock().now();
        self.ask_along(move |reader| read(reader, &map, at, from, most)).await
    }
}

fn read(
    reader: &Reader<'_>,
    map: &PlaceMap,
    at: Timestamp,
    from: Timestamp,
    most: usize,
) -> Result<OursRead, ReadError> {
    let mut books = OurBooks { at, from, ..OurBooks::default() };
    books.stock = stock(reader)?;
    books.parts = reader.part_codes();
    let mut crossing = Crossing { reader, map, found: VecDeque::new(), most, cut: None };
    let (mut first, newest) = (reader.first_movement_from(from)?, reader.newest_movement()?);
    while first <= newest {
        let end = first.saturating_add(PIECE);
        let mut statement = reader.connection().prepare_cached(MOVES.on(&reader.connection()))?;
        let mut rows = statement.query(params![first, end])?;
        while let Some(row) = rows.next()? {
            crossing.take(&row)?;
        }
        first = end;
    }
    let mut statement = reader.connection().prepare_cached(UNSEALED.on(&reader.connection()))?;
    let mut rows = statement.query(&[])?;
    while let Some(row) = rows.next()? {
        crossing.take(&row)?;
    }
    if let Some(oldest) = crossing.cut {
        books.from = oldest;
    }
    books.movements = crossing.found.into();
    Ok(OursRead { books, cut: crossing.cut.is_some() })
}

fn stock(reader: &Reader<'_>) -> Result<Vec<OurStock>, ReadError> {
    let mut sums: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    let mut statement = reader.connection().prepare_cached(STOCK.on(&reader.connection()))?;
    let mut rows = statement.query(&[])?;
    while let Some(row) = rows.next()? {
        let units: i64 = row.get(2)?;
        let sum = sums.entry((row.get(0)?, row.get(1)?)).or_default();
        *sum = sum.checked_add(units).ok_or_else(|| impossible("sum over", units))?;
    }
    let stock = sums.into_iter().map(|((part, location), units)| {
        Ok(OurStock {
            part: reader.part_code(part)?.to_string(),
            location: reader.location_code(location)?.to_string(),
            units,
        })
    });
    stock.collect()
}

/// Movements on their way out of the log.
struct Crossing<'r> {
    reader: &'r Reader<'r>,
    map: &'r PlaceMap,
    found: VecDeque<OurMovement>,
    most: usize,
    /// From when on all are there, where some were left out.
    cut: Option<Timestamp>,
}

impl Crossing<'_> {
    fn take(&mut self, row: &Row<'_>) -> Result<(), ReadError> {
        let kind: String = row.get(3)?;
        let (from, to): (Option<i64>, Option<i64>) = (row.get(8)?, row.get(9)?);
        // What was there before us nobody posts.
        if from == to || kind == "opening" {
            return Ok(());
        }
        let code = |id: Option<i64>| -> Result<Option<String>, ReadError> {
            id.map(|id| Ok(self.reader.location_code(id)?.to_string())).transpose()
        };
        let (from, to) = (code(from)?, code(to)?);
        if !crosses(self.map, from.as_deref(), to.as_deref()) {
            return Ok(());
        }
        let at = moment(row, 2)?;
        if self.found.len() >= self.most {
            self.found.pop_front();
            // What has the same moment as the last one left out may be missing too.
            self.cut = self.found.front().map(|it| it.at.plus_micros(1));
        }
        self.found.push_back(OurMovement {
            id: MovementId(uuid(row, 1)?),
            at,
            kind,
            part: self.reader.part_code(row.get(4)?)?.to_string(),
            lot: row.get(5)?,
            user: self.reader.user_name(row.get(6)?)?,
            units: row.get(7)?,
            from,
            to,
        });
        Ok(())
    }
}

/// Whether a movement changes what is at a place of the peer, or comes from or goes where nobody knows.
fn crosses(map: &PlaceMap, from: Option<&str>, to: Option<&str>) -> bool {
    let end = |location: Option<&str>| match location.map(|it| map.there(it)) {
        None | Some(Mapped::Outside) => None,
        Some(Mapped::Unknown) => Some(None),
        Some(Mapped::Place(place)) => {
            let fold = mtm_core::word::fold;
            Some(Some((fold(&place.warehouse), fold(&place.location))))
        }
    };
    let (from, to) = (end(from), end(to));
    from != to
}
