//! How far an earlier system was followed, and what stands here beside it.

use std::collections::BTreeMap;

use mtm_core::command::Spot;
use mtm_core::word::{LotNumber, PartCode, Quantity, UserId};

use super::Reader;
use crate::movement::{location_ref, operation_ref, part_ref};
use crate::query::ReadError;
use crate::record::{FollowState, LegacyStock, LotHere, Spots};
use crate::sql::{
    Error, OptionalExtension as _, optional_moment, optional_word, params, quantity, word,
};

impl Reader<'_> {
    /// How far the earlier system was followed.
    pub(crate) fn follow_state(&self) -> Result<Option<FollowState>, ReadError> {
        let sql = self.connection;
        let followed = sql
            .query_row("SELECT round, cut_over_at FROM legacy_follow WHERE id = 1", &[], |row| {
                Ok::<_, Error>((row.get::<i64>(0)?, optional_moment(row, 1)?))
            })
            .optional()?;
        let Some((round, cut_over_at)) = followed else { return Ok(None) };
        let (last_log_id, log_rows) =
            sql.query_row("SELECT max(id), count(*) FROM legacy_movement", &[], |row| {
                Ok::<_, Error>((row.get(0)?, row.get::<i64>(1)?))
            })?;
        let lot_counter: i64 =
            sql.query_row("SELECT lot_counter FROM site WHERE id = 1", &[], |row| row.get(0))?;
        Ok(Some(FollowState {
            round: round.cast_unsigned(),
            cut_over_at,
            last_log_id,
            log_rows: log_rows.cast_unsigned(),
            shadow: self.shadow()?,
            stock: self.stock_by_lot()?,
            lot_counter: lot_counter.cast_unsigned(),
        }))
    }

    fn shadow(&self) -> Result<Vec<LegacyStock>, ReadError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT lot, id, legacy_lot, operation_id, location_id, quantity FROM legacy_stock
         ORDER BY lot, id",
        )?;
        statement.query_all(params![], |row| {
            Ok(LegacyStock {
                lot: word(row, 0, LotNumber::parse)?,
                id: row.get(1)?,
                legacy_lot: optional_word(row, 2, LotNumber::parse)?,
                spot: Spot {
                    operation: operation_ref(self.catalogue, row.get(3)?, 3)?.code,
                    location: location_ref(self.catalogue, row.get(4)?, 4)?.code,
                },
                quantity: quantity(row, 5)?,
            })
        })
    }

    fn stock_by_lot(&self) -> Result<BTreeMap<LotNumber, (PartCode, Spots)>, ReadError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT lot, part_id, operation_id, location_id, quantity FROM stock ORDER BY lot",
        )?;
        let mut rows = statement.query(params![])?;
        let mut stock = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let lot = word(&row, 0, LotNumber::parse)?;
            let part = part_ref(self.catalogue, row.get(1)?, 1)?.code;
            let spot = Spot {
                operation: operation_ref(self.catalogue, row.get(2)?, 2)?.code,
                location: location_ref(self.catalogue, row.get(3)?, 3)?.code,
            };
            let pieces: Quantity = quantity(&row, 4)?;
            let (_, spots) = stock.entry(lot).or_insert_with(|| (part, Spots::new()));
            spots.insert(spot, pieces);
        }
        Ok(stock)
    }

    /// A lot was taken over if nothing was ever booked of it (its history is elsewhere), or if it was
    /// opened, or received by whoever follows.
    pub(crate) fn lots_here(
        &self,
        lots: &[LotNumber],
        follower: UserId,
    ) -> Result<BTreeMap<LotNumber, LotHere>, ReadError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT part_id,
                NOT EXISTS (SELECT 1 FROM movement WHERE lot = ?1)
                AND NOT EXISTS (SELECT 1 FROM movement WHERE to_lot = ?1)
                OR EXISTS (SELECT 1 FROM movement
                            WHERE lot = ?1 AND (type = 'opening' OR user_id = ?2))
           FROM lot WHERE lot = ?1",
        )?;
        let mut here = BTreeMap::new();
        for lot in lots {
            let found = statement
                .query_row(params![lot.as_str(), follower.0], |row| {
                    let part = part_ref(self.catalogue, row.get(0)?, 0)?.code;
                    Ok::<_, Error>(LotHere { part, taken_over: row.get(1)? })
                })
                .optional()?;
            here.extend(found.map(|found| (lot.clone(), found)));
        }
        Ok(here)
    }

    /// The rows of the earlier log with an id above `above`, with their own text.
    pub(crate) fn legacy_rows_above(&self, above: i64) -> Result<Vec<(i64, String)>, ReadError> {
        let mut rows = self
            .connection
            .prepare_cached("SELECT id, verbatim FROM legacy_movement WHERE id > ?1 ORDER BY id")?;
        rows.query_all(params![above], |row| Ok((row.get(0)?, row.get(1)?)))
    }
}
