//! Reservations: pages of them, and the lots of a page of stock that have any.

use std::collections::HashSet;

use mtm_core::reservation::Promise;
use mtm_core::word::{LotNumber, ReservationId, Timestamp, WorkOrder};

use super::dialect::{Dialects, json_each, json_words, word_list};
use super::{Reader, names, one_more};
use crate::query::{Cursor, CursorError, Page, ReadError, ReservationQuery, ReservationRow, stamp};
use crate::sql::{Row, moment, optional_moment, params, quantity, uuid};
use crate::write::reservation::{optional_quantity, pieces_used};

macro_rules! reservations {
    ($tail:expr) => {
        concat!(
            "SELECT r.id, r.lot, l.part_id, r.quantity, ",
            pieces_used!(),
            ", r.work_order, r.purpose, r.ends_at,
                    (SELECT COALESCE(CAST(SUM(s.quantity) AS SIGNED), 0) FROM stock AS s
                      WHERE s.lot = r.lot),
                    r.placed_by, r.placed_at, r.released_by, r.released_at, r.release_notes
               FROM reservation AS r JOIN lot AS l ON l.lot = r.lot ",
            $tail
        )
    };
}

/// Whether a reservation counts, of which nobody knows it by its columns alone.
macro_rules! counts {
    () => {
        concat!(
            "r.released_at IS NULL AND (r.ends_at IS NULL OR r.ends_at > ?3)
             AND EXISTS (SELECT 1 FROM stock AS s WHERE s.lot = r.lot)
             AND (r.quantity IS NULL OR r.quantity > ",
            pieces_used!(),
            ")"
        )
    };
}

/// Identities grow with time, so their order is that of placing.
pub(super) const NEWEST_FIRST: &str = reservations!(concat!(
    "WHERE r.id < ?1 AND (NOT ?2 OR (",
    counts!(),
    ")) AND (?5 IS NULL OR r.work_order = ?5) ORDER BY r.id DESC LIMIT ?4"
));
pub(super) const OF_LOT: &str = reservations!(concat!(
    "WHERE r.id < ?1 AND (NOT ?2 OR (",
    counts!(),
    ")) AND (?5 IS NULL OR r.work_order = ?5) AND r.lot = ?6 ORDER BY r.id DESC LIMIT ?4"
));
pub(super) const BY_ID: &str = reservations!("WHERE r.id = ?1");
macro_rules! among {
    ($list:ident) => {
        concat!(
            "SELECT DISTINCT r.lot FROM reservation AS r WHERE r.lot IN (SELECT value FROM ",
            $list!("?1"),
            ") AND r.placed_at <= ?2 AND (r.released_at IS NULL OR r.released_at > ?2)
               AND (r.ends_at IS NULL OR r.ends_at > ?3)
               AND (r.quantity IS NULL OR r.quantity >
                    (SELECT COALESCE(SUM(u.quantity), 0)
                       FROM reservation_use AS u JOIN movement AS m ON m.id = u.movement
                      WHERE u.reservation = r.id AND m.recorded_at <= ?2
                        AND NOT EXISTS (SELECT 1 FROM movement AS back
                             WHERE back.reverses = u.movement AND back.recorded_at <= ?2)))"
        )
    };
}
/// Of some lots that have pieces, those of which some were reserved at a moment.
pub(super) const AMONG: Dialects =
    Dialects { sqlite: among!(json_each), mariadb: among!(json_words) };

/// Most reservations shown on the sheet of a lot.
const ON_SHEET: i64 = 100;

impl Reader<'_> {
    /// A page of reservations, newest first.
    pub(crate) fn reservations(
        &self,
        query: &ReservationQuery,
    ) -> Result<Page<ReservationRow>, ReadError> {
        let ReservationQuery { lot, work_order, active, page } = query;
        let stamp = stamp("reservations", &(lot, work_order, active));
        let before = match &page.cursor {
            Some(cursor) => {
                let [id] = cursor.fields(&stamp)?;
                let id = id.parse::<ReservationId>().map_err(|_| CursorError::Foreign)?;
                *id.0.as_bytes()
            }
            None => [u8::MAX; 16],
        };
        let limit = page.rows();
        let mut items = self.some(query, before, one_more(limit))?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = more
            .then(|| items.last().map(|last| Cursor::of(&stamp, [last.id.to_string()]).encode()))
            .flatten();
        Ok(Page { items, next_cursor, total: None })
    }

    /// Reservations of `lot` that count now, newest first.
    pub(super) fn reservations_of(
        &self,
        lot: &LotNumber,
    ) -> Result<Vec<ReservationRow>, ReadError> {
        let lot = Some(lot.clone());
        let query = ReservationQuery { lot, active: true, ..ReservationQuery::default() };
        self.some(&query, [u8::MAX; 16], ON_SHEET)
    }

    /// One reservation.
    pub(crate) fn reservation(
        &self,
        id: ReservationId,
    ) -> Result<Option<ReservationRow>, ReadError> {
        let mut statement = self.connection.prepare_cached(BY_ID)?;
        let mut rows = statement.query(params![id.0.as_bytes()])?;
        rows.next()?.map(|row| self.reservation_row(&row)).transpose()
    }

    /// Of these lots, those of which some was reserved at `moment`, or is now.
    pub(super) fn reserved_among<'l>(
        &self,
        lots: impl Iterator<Item = &'l LotNumber>,
        moment: Option<Timestamp>,
    ) -> Result<HashSet<LotNumber>, ReadError> {
        let list = word_list(lots.map(LotNumber::as_str));
        // What is recorded now may be a moment ahead of this clock: it counts.
        let recorded = moment.map_or(i64::MAX, Timestamp::micros);
        let at = moment.unwrap_or(self.now).micros();
        let mut statement = self.connection.prepare_cached(AMONG.on(&self.connection))?;
        let found: Vec<LotNumber> =
            statement.query_all(params![list, recorded, at], |row| names::lot(row.text(0)?))?;
        Ok(found.into_iter().collect())
    }

    fn some(
        &self,
        query: &ReservationQuery,
        before: [u8; 16],
        most: i64,
    ) -> Result<Vec<ReservationRow>, ReadError> {
        let ReservationQuery { lot, work_order, active, .. } = query;
        let (now, active) = (self.now.micros(), i64::from(*active));
        let work_order = work_order.as_ref().map(WorkOrder::as_str);
        let read = |row: &Row<'_>| self.reservation_row(row);
        match lot {
            Some(lot) => self
                .connection
                .prepare_cached(OF_LOT)?
                .query_all(params![before, active, now, most, work_order, lot.as_str()], read),
            None => self
                .connection
                .prepare_cached(NEWEST_FIRST)?
                .query_all(params![before, active, now, most, work_order], read),
        }
    }

    fn reservation_row(&self, row: &Row<'_>) -> Result<ReservationRow, ReadError> {
        let released_at = optional_moment(row, 12)?;
        let promise = Promise {
            quantity: optional_quantity(row, 3)?,
            used: quantity(row, 4)?,
            ends_at: optional_moment(row, 7)?,
            released: released_at.is_some(),
        };
        Ok(ReservationRow {
            id: ReservationId(uuid(row, 0)?),
            lot: names::lot(row.text(1)?)?,
            part: self.part_code(row.get(2)?)?,
            quantity: promise.quantity,
            used: promise.used,
            work_order: row.optional_text(5)?.map(names::work_order).transpose()?,
            purpose: row.optional_text(6)?.map(names::note).transpose()?,
            ends_at: promise.ends_at,
            state: promise.state(quantity(row, 8)?, self.now),
            placed_by: self.user_name(row.get(9)?)?,
            placed_at: moment(row, 10)?,
            released_by: row.get::<Option<i64>>(11)?.map(|id| self.user_name(id)).transpose()?,
            released_at,
            release_notes: row.optional_text(13)?.map(names::note).transpose()?,
        })
    }
}
