//! Stock at a moment in the past: the stock at the nearest place in the log where it is known, and the
//! effects of every movement between that place and the moment. It is known now, at the beginning, where
//! there was none, and at every closing ([`crate::closing`]), so that a question reads a bounded piece of
//! the log, however long that is and however far away the moment.
//!
//! A part or a lot that is named bounds the work further by its own movements, through their indexes;
//! locations that are named, by their own buckets.
//!
//! Quantities and holds are those of the moment; what a lot carries (notes, colour, work order) is
//! what it carries now.

use std::collections::{HashMap, HashSet};

use super::super::dialect::{Dialects, id_list, word_list};
use super::super::{Reader, impossible};
use super::Visitor;
use super::selection::Selection;
use super::source::{CARRIED, Carried, Found, Source};
use crate::closing::{Bucket, Of, Place, each, nearest};
use crate::query::ReadError;
use crate::sql::{Bind, Connection, Error, Row, Value, params};

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

pub(crate) const ALL: Dialects = Dialects {
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

macro_rules! unsealed {
    ($sequence:literal) => {
        concat!(
            "SELECT sequence, part_id, quantity, lot, from_operation_id, from_location_id,
                    coalesce(to_lot, lot), to_operation_id, to_location_id
             FROM movement WHERE sequence ",
            $sequence
        )
    };
}

/// What has no place in the log yet, and is in the present stock of a server; in a file everything has one.
pub(in super::super) const UNSEALED: Dialects =
    Dialects { sqlite: unsealed!("= NULL"), mariadb: unsealed!("IS NULL") };

/// Calls `visitor` with every bucket that held pieces after the movement `sequence`, as far as
/// `selection` can match it.
pub(super) fn visit(
    reader: &Reader<'_>,
    sequence: i64,
    selection: &Selection<'_>,
    visitor: &mut Visitor<'_>,
) -> Result<(), ReadError> {
    let connection = reader.connection;
    let newest = reader.newest_movement()?;
    let mut effects = Effects::default();
    if let Some((lot, to)) = selection.one_lot() {
        let since = Stretch::between(newest, sequence);
        effects.gather(connection, OF_LOT, Some(&lot.bind()), since)?;
        effects.gather(connection, TO_LOT, Some(&lot.bind()), since)?;
        effects.without_unsealed(connection)?;
        effects.by_lot.retain(|found, _| **found == *lot);
        return from_present(reader, Some(Source::Lots(lot, to)), effects, visitor);
    }
    let (place, at) = nearest(connection, sequence, newest)?;
    let stretch = Stretch::between(at, sequence);
    let (present, closed) = if let Some(parts) = selection.few_parts() {
        for part in &parts {
            effects.gather(connection, OF_PART, Some(&part.bind()), stretch)?;
        }
        (Source::Parts(parts.clone()), Of::Parts(parts))
    } else if let Some(locations) = selection.few_locations() {
        effects.only = Some(locations.iter().copied().collect());
        effects.gather(connection, ALL, None, stretch)?;
        let list = id_list(&locations);
        (Source::Locations(locations), Of::Locations(list))
    } else {
        effects.gather(connection, ALL, None, stretch)?;
        (Source::Everything, Of::Everything)
    };
    match place {
        Place::Present => {
            effects.without_unsealed(connection)?;
            from_present(reader, Some(present), effects, visitor)
        }
        Place::Beginning => from_present(reader, None, effects, visitor),
        Place::Closing(closing) => {
            each(connection, closing, &closed, &mut |bucket| {
                let Bucket { part, lot, operation, location, units } = bucket;
                effects.add(&lot, Effect { part, operation, location, units });
                Ok::<(), ReadError>(())
            })?;
            from_present(reader, None, effects, visitor)
        }
    }
}

/// Visits the present buckets of `base` with the effects on them, then those that only the effects tell.
fn from_present(
    reader: &Reader<'_>,
    base: Option<Source>,
    mut effects: Effects,
    visitor: &mut Visitor<'_>,
) -> Result<(), ReadError> {
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

impl Stretch {
    /// From the place `at` where the stock is known to the movement `sequence`.
    fn between(at: i64, sequence: i64) -> Self {
        if at < sequence {
            Self { low: at, high: sequence, sign: 1 }
        } else {
            Self { low: sequence, high: at, sign: -1 }
        }
    }
}

/// What movements did to buckets.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    by_lot: HashMap<Box<str>, Vec<Effect>>,
    /// The locations whose buckets count, where not all do.
    only: Option<HashSet<i64>>,
}

#[derive(Debug)]
struct Effect {
    part: i64,
    operation: i64,
    location: i64,
    units: i64,
}

impl Effects {
    /// What the movements after `from` up to `to` did.
    pub(crate) fn between(
        &mut self,
        connection: Connection<'_>,
        from: i64,
        to: i64,
    ) -> Result<(), Error> {
        self.gather(connection, ALL, None, Stretch::between(from, to))
    }

    /// Takes off what a server's stock holds already, and its log not yet.
    fn without_unsealed(&mut self, connection: Connection<'_>) -> Result<(), Error> {
        let mut statement = connection.prepare_cached(UNSEALED.on(&connection))?;
        let mut rows = statement.query(&[])?;
        while let Some(row) = rows.next()? {
            self.movement(&row, -1)?;
        }
        Ok(())
    }

    fn gather(
        &mut self,
        connection: Connection<'_>,
        statement: Dialects,
        key: Option<&Value<'_>>,
        stretch: Stretch,
    ) -> Result<(), Error> {
        let mut statement = connection.prepare_cached(statement.on(&connection))?;
        let mut low = stretch.low;
        loop {
            let mut values = vec![Value::Int(low), Value::Int(stretch.high), Value::Int(CHUNK)];
            values.extend(key.map(|key| key.bind()));
            let mut rows = statement.query(&values)?;
            let mut met = 0;
            while let Some(row) = rows.next()? {
                self.movement(&row, stretch.sign)?;
                low = row.get(0)?;
                met += 1;
            }
            if met < CHUNK {
                return Ok(());
            }
        }
    }

    fn movement(&mut self, row: &Row<'_>, sign: i64) -> Result<(), Error> {
        let (part, units): (i64, i64) = (row.get(1)?, row.get(2)?);
        self.end(row, 3, part, -sign * units)?;
        self.end(row, 6, part, sign * units)
    }

    /// Adds one end of a movement: lot, operation and location from column `first` on; an end
    /// outside the stock has no operation.
    fn end(&mut self, row: &Row<'_>, first: usize, part: i64, units: i64) -> Result<(), Error> {
        let Some(operation) = row.get::<Option<i64>>(first + 1)? else { return Ok(()) };
        let location = row.get(first + 2)?;
        if self.only.as_ref().is_none_or(|only| only.contains(&location)) {
            self.add(row.text(first)?, Effect { part, operation, location, units });
        }
        Ok(())
    }

    fn add(&mut self, lot: &str, more: Effect) {
        if !self.by_lot.contains_key(lot) {
            self.by_lot.insert(lot.into(), Vec::new());
        }
        let Some(effects) = self.by_lot.get_mut(lot) else { return };
        let place = (more.operation, more.location);
        match effects.iter_mut().find(|effect| (effect.operation, effect.location) == place) {
            Some(effect) => effect.units += more.units,
            None => effects.push(more),
        }
    }

    /// The buckets that are left, as a closing has them.
    pub(crate) fn rest(self) -> impl Iterator<Item = Bucket> {
        self.by_lot.into_iter().flat_map(|(lot, effects)| {
            let left = effects.into_iter().filter(|effect| effect.units != 0);
            left.map(move |effect| {
                let Effect { part, operation, location, units } = effect;
                Bucket { location, part, lot: lot.clone(), operation, units }
            })
        })
    }

    /// The effect on a bucket, which is then done with.
    pub(crate) fn take(&mut self, lot: &str, operation: i64, location: i64) -> i64 {
        let Some(effects) = self.by_lot.get_mut(lot) else { return 0 };
        let at = effects.iter().position(|e| e.operation == operation && e.location == location);
        at.map_or(0, |at| effects.swap_remove(at).units)
    }

    /// Visits the buckets that were not met in a base: all there are where there was none.
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
