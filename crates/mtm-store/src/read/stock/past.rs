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

use super::super::dialect::{Dialects, word_list};
use super::super::{Reader, impossible};
use super::Visitor;
use super::selection::Selection;
use super::source::{CARRIED, Carried, Found, Source};
use crate::query::ReadError;
use crate::sql::{Bind, Error, Row, Value, params};

/// Rows of a chunk.
const CHUNK: i64 = 5_000;
/// Lots whose own rows are fetched at a time.
const LOTS_AT_A_TIME: usize = 1_000;

macro_rules! effects {
    ($log:literal, $of:literal) => {
        concat!(
            "SELECT sequence, part_id, quantity, lot, from_operation_id, from_location_id,
                    coalesce(to_lot, lot), to_operation_id, to_location_id
             FROM ",
            $log,
            " WHERE sequence > ?1 AND sequence <= ?2",
            $of,
            " ORDER BY sequence LIMIT ?3"
        )
    };
}

pub(in super::super) const ALL: Dialects = Dialects {
    sqlite: effects!("movement", ""),
    mariadb: effects!("movement FORCE INDEX (sequence)", ""),
};
pub(in super::super) const OF_PART: Dialects = Dialects {
    sqlite: effects!("movement", " AND part_id = ?4"),
    mariadb: effects!("movement FORCE INDEX (movement_by_part)", " AND part_id = ?4"),
};
pub(in super::super) const OF_LOT: Dialects =
    Dialects::alike(effects!("movement", " AND lot = ?4"));
pub(in super::super) const TO_LOT: Dialects =
    Dialects::alike(effects!("movement", " AND to_lot = ?4"));

/// Calls `visitor` with every bucket that held pieces after the movement `sequence`, as far as
/// `selection` can match it.
pub(super) fn visit(
    reader: &Reader<'_>,
    sequence: i64,
    selection: &Selection<'_>,
    visitor: &mut Visitor<'_>,
) -> Result<(), ReadError> {
    let forward = sequence < reader.newest_movement()? - sequence;
    let since = Stretch { low: sequence, high: i64::MAX, sign: -1 };
    let stretch = if forward { Stretch { low: 0, high: sequence, sign: 1 } } else { since };
    let mut effects = Effects::default();
    let base = if let Some((lot, to)) = selection.one_lot() {
        effects.gather(reader, OF_LOT, Some(&lot.bind()), since)?;
        effects.gather(reader, TO_LOT, Some(&lot.bind()), since)?;
        effects.by_lot.retain(|found, _| **found == *lot);
        Some(Source::Lots(lot, to))
    } else if let Some(parts) = selection.few_parts() {
        for part in &parts {
            effects.gather(reader, OF_PART, Some(&part.bind()), stretch)?;
        }
        (!forward).then_some(Source::Parts(parts))
    } else {
        effects.gather(reader, ALL, None, stretch)?;
        (!forward).then_some(Source::Everything)
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

/// Movements after `low` up to `high`, done (1) or undone (-1).
#[derive(Debug, Clone, Copy)]
struct Stretch {
    low: i64,
    high: i64,
    sign: i64,
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
        statement: Dialects,
        key: Option<&Value<'_>>,
        stretch: Stretch,
    ) -> Result<(), ReadError> {
        let text = statement.on(&reader.connection);
        let mut statement = reader.connection.prepare_cached(text)?;
        let mut low = stretch.low;
        loop {
            let mut values = vec![Value::Int(low), Value::Int(stretch.high), Value::Int(CHUNK)];
            values.extend(key.map(|key| key.bind()));
            let mut rows = statement.query(&values)?;
            let mut met = 0;
            while let Some(row) = rows.next()? {
                let (part, units): (i64, i64) = (row.get(1)?, row.get(2)?);
                self.end(&row, 3, part, -stretch.sign * units)?;
                self.end(&row, 6, part, stretch.sign * units)?;
                low = row.get(0)?;
                met += 1;
            }
            if met < CHUNK {
                return Ok(());
            }
        }
    }

    /// Adds one end of a movement: lot, operation and location from column `first` on; an end
    /// outside the stock has no operation.
    fn end(&mut self, row: &Row<'_>, first: usize, part: i64, units: i64) -> Result<(), Error> {
        let Some(operation) = row.get::<Option<i64>>(first + 1)? else { return Ok(()) };
        let location = row.get(first + 2)?;
        let lot = row.text(first)?;
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
        let lots = self.by_lot.iter().filter(|(_, effects)| left(effects));
        let mut lots: Vec<&str> = lots.map(|(lot, _)| &**lot).collect();
        // In the order in which they lie: neighbours share a page.
        lots.sort_unstable();
        let mut statement = reader.connection.prepare_cached(CARRIED.on(&reader.connection))?;
        for some in lots.chunks(LOTS_AT_A_TIME) {
            let mut rows = statement.query(params![word_list(some.iter().copied())])?;
            let mut met = 0;
            while let Some(row) = rows.next()? {
                met += 1;
                if !self.visit_lot(&row, visitor)? {
                    return Ok(());
                }
            }
            if met < some.len() {
                return Err(impossible("number of lots with movements", met));
            }
        }
        Ok(())
    }

    /// Visits the buckets of the lot that `row` describes.
    fn visit_lot(&self, row: &Row<'_>, visitor: &mut Visitor<'_>) -> Result<bool, ReadError> {
        let lot = row.text(0)?;
        let (received_at, carried) = (row.get(1)?, Carried::of(row, 2)?);
        for effect in self.by_lot.get(lot).into_iter().flatten() {
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
                return Ok(false);
            }
        }
        Ok(true)
    }
}
