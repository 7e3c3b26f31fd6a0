//! Stock at a moment in the past: the present stock minus the effects of every movement since, or,
//! where the moment is nearer to the beginning than to now, the effects of every movement until
//! then.
//!
//! A part or a lot that is named bounds the work by its own movements, through their indexes; so
//! does a moment that is not long ago. Only a question about all stock at a moment in the middle
//! of a long history reads up to half of it: a second or two at some millions of movements. A
//! table of daily closings, derived and rebuilt by verification, will bound that to one day's
//! movements and change nothing else here.
//!
//! Quantities and holds are those of the moment; what a lot carries (notes, colour, work order) is
//! what it carries now.

use std::collections::HashMap;

use rusqlite::{Row, ToSql, params};

use super::super::{Reader, impossible};
use super::Visitor;
use super::selection::Selection;
use super::source::{Carried, Found, LOT, Source};
use crate::query::ReadError;

macro_rules! effects {
    ($tail:literal) => {
        concat!(
            "SELECT part_id, quantity, lot, from_operation_id, from_location_id,
                    coalesce(to_lot, lot), to_operation_id, to_location_id FROM movement ",
            $tail
        )
    };
}

pub(in super::super) const AFTER: &str = effects!("WHERE sequence > ?1");
pub(in super::super) const UNTIL: &str = effects!("WHERE sequence <= ?1");
pub(in super::super) const OF_PART_AFTER: &str = effects!("WHERE part_id = ?1 AND sequence > ?2");
pub(in super::super) const OF_PART_UNTIL: &str = effects!("WHERE part_id = ?1 AND sequence <= ?2");
pub(in super::super) const OF_LOT_AFTER: &str = effects!("WHERE lot = ?1 AND sequence > ?2");
pub(in super::super) const TO_LOT_AFTER: &str = effects!("WHERE to_lot = ?1 AND sequence > ?2");

/// Calls `visitor` with every bucket that held pieces after the movement `sequence`, as far as
/// `selection` can match it.
pub(super) fn visit(
    reader: &Reader<'_>,
    sequence: i64,
    selection: &Selection<'_>,
    visitor: &mut Visitor<'_>,
) -> Result<(), ReadError> {
    let mut effects = Effects::default();
    let forward = sequence < reader.newest_movement()? - sequence;
    let base = if let Some((lot, to)) = selection.one_lot() {
        effects.gather(reader, OF_LOT_AFTER, params![lot, sequence], -1)?;
        effects.gather(reader, TO_LOT_AFTER, params![lot, sequence], -1)?;
        effects.by_lot.retain(|found, _| **found == *lot);
        Some(Source::Lots(lot, to))
    } else if let Some(parts) = selection.few_parts() {
        let (sql, sign) = if forward { (OF_PART_UNTIL, 1) } else { (OF_PART_AFTER, -1) };
        for part in &parts {
            effects.gather(reader, sql, params![part, sequence], sign)?;
        }
        (!forward).then_some(Source::Parts(parts))
    } else if forward {
        effects.gather(reader, UNTIL, params![sequence], 1)?;
        None
    } else {
        effects.gather(reader, AFTER, params![sequence], -1)?;
        Some(Source::Everything)
    };
    let mut going = true;
    if let Some(base) = base {
        reader.visit_present(&base, true, &mut |row| {
            let units = row.units + effects.take(row.lot, row.operation, row.location);
            going = keep(&Found { units, ..*row }, visitor)?;
            Ok(going)
        })?;
    }
    if going { effects.visit_rest(reader, visitor) } else { Ok(()) }
}

fn keep(row: &Found<'_>, visitor: &mut Visitor<'_>) -> Result<bool, ReadError> {
    match row.units {
        0 => Ok(true),
        1.. => visitor(row),
        below => Err(impossible("stock in the past", below)),
    }
}

/// What movements did to buckets.
#[derive(Default)]
struct Effects {
    by_lot: HashMap<Box<str>, Vec<Effect>>,
}

struct Effect {
    part: i64,
    operation: i64,
    location: i64,
    units: i64,
}

impl Effects {
    fn gather(
        &mut self,
        reader: &Reader<'_>,
        sql: &str,
        parameters: &[&dyn ToSql],
        sign: i64,
    ) -> Result<(), ReadError> {
        let mut statement = reader.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        while let Some(row) = rows.next()? {
            let (part, units): (i64, i64) = (row.get(0)?, row.get(1)?);
            self.end(row, 2, part, -sign * units)?;
            self.end(row, 5, part, sign * units)?;
        }
        Ok(())
    }

    /// Adds one end of a movement: lot, operation and location from column `first` on; an end
    /// outside the stock has no operation.
    fn end(&mut self, row: &Row<'_>, first: usize, part: i64, units: i64) -> Result<(), ReadError> {
        let Some(operation) = row.get::<_, Option<i64>>(first + 1)? else { return Ok(()) };
        let location = row.get(first + 2)?;
        let lot = row.get_ref(first)?.as_str()?;
        if !self.by_lot.contains_key(lot) {
            self.by_lot.insert(lot.into(), Vec::new());
        }
        let Some(effects) = self.by_lot.get_mut(lot) else { return Ok(()) };
        match effects.iter_mut().find(|e| e.operation == operation && e.location == location) {
            Some(effect) => effect.units += units,
            None => effects.push(Effect { part, operation, location, units }),
        }
        Ok(())
    }

    /// The effect on a bucket, which is then done with.
    fn take(&mut self, lot: &str, operation: i64, location: i64) -> i64 {
        let Some(effects) = self.by_lot.get_mut(lot) else { return 0 };
        let at = effects.iter().position(|e| e.operation == operation && e.location == location);
        at.map_or(0, |at| effects.swap_remove(at).units)
    }

    /// Visits the buckets that are empty now.
    fn visit_rest(&self, reader: &Reader<'_>, visitor: &mut Visitor<'_>) -> Result<(), ReadError> {
        let left = |effects: &[Effect]| effects.iter().any(|effect| effect.units != 0);
        let mut lots: Vec<_> = self.by_lot.iter().filter(|(_, effects)| left(effects)).collect();
        // In the order in which they lie: neighbours share a page.
        lots.sort_unstable_by_key(|(lot, _)| *lot);
        let mut statement = reader.connection.prepare_cached(LOT)?;
        for (lot, effects) in lots {
            let mut rows = statement.query([&**lot])?;
            let Some(row) = rows.next()? else {
                return Err(impossible("movement of the lot", lot));
            };
            let (received_at, carried) = (row.get(0)?, Carried::of(row, 1)?);
            for effect in effects {
                let found = Found {
                    part: effect.part,
                    operation: effect.operation,
                    location: effect.location,
                    lot,
                    units: effect.units,
                    received_at,
                    carried,
                };
                if !keep(&found, visitor)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
