//! What movements did to the lots of a range: lot after lot, each in the order of the log.
//!
//! A lot is the own lot of some movements, and the one that the pieces of others joined. Both are
//! read along their own index, some thousands at a time, and merged; no lot is asked about by
//! itself, and no lot is too long.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::vec::IntoIter;

use mtm_core::word::MovementId;

use crate::read::Dialects;
use crate::sql::{Connection, Error, Row, Statement, params, uuid};

/// Operation and location.
pub(super) type Spot = (i64, i64);

/// A movement, as a finding names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cause {
    pub(super) sequence: Option<u64>,
    pub(super) id: Option<MovementId>,
}

/// What a movement did to one lot.
#[derive(Debug)]
pub(super) struct Moved {
    pub(super) lot: String,
    pub(super) cause: Cause,
    pub(super) part: i64,
    pub(super) units: i64,
    /// Where it took pieces of the lot.
    pub(super) from: Option<Spot>,
    /// Where it put pieces into the lot.
    pub(super) to: Option<Spot>,
}

/// Movements of a chunk.
const CHUNK: i64 = 5_000;

/// What a movement did to its own lot.
macro_rules! own {
    ($log:literal) => {
        concat!(
            "SELECT lot, sequence, id, part_id, quantity,
                    CASE WHEN from_account = 'stock' THEN from_operation_id END, from_location_id,
                    CASE WHEN to_account = 'stock' AND to_lot IS NULL THEN to_operation_id END,
                    to_location_id
             FROM ",
            $log
        )
    };
}

/// What a movement did to the lot that its pieces joined.
macro_rules! joined {
    ($log:literal) => {
        concat!(
            "SELECT to_lot, sequence, id, part_id, quantity, NULL, NULL,
                    CASE WHEN to_account = 'stock' THEN to_operation_id END, to_location_id
             FROM ",
            $log
        )
    };
}

/// After movement `?2` of lot `?1`, up to the last of lot `?3`: the rest of one lot, and then the
/// next ones. Each engine walks its index in its own words.
macro_rules! between {
    (sqlite, $did:ident, $lot:literal) => {
        concat!(
            $did!("movement"),
            " WHERE ",
            $lot,
            " = ?1 AND sequence > ?2 UNION ALL ",
            $did!("movement"),
            " WHERE ",
            $lot,
            " > ?1 AND ",
            $lot,
            " <= ?3 ORDER BY 1, 2 LIMIT ?4"
        )
    };
    (mariadb, $did:ident, $lot:literal, $index:literal) => {
        concat!(
            $did!("movement"),
            " FORCE INDEX (",
            $index,
            ") WHERE (",
            $lot,
            " = ?1 AND sequence > ?2 OR ",
            $lot,
            " > ?1 AND ",
            $lot,
            " <= ?3) AND sequence > 0 ORDER BY ",
            $lot,
            ", sequence LIMIT ?4"
        )
    };
}

pub(super) const OWN: Dialects = Dialects {
    sqlite: between!(sqlite, own, "lot"),
    mariadb: between!(mariadb, own, "lot", "movement_by_lot"),
};
pub(super) const JOINED: Dialects = Dialects {
    sqlite: between!(sqlite, joined, "to_lot"),
    mariadb: between!(mariadb, joined, "to_lot", "movement_by_to_lot"),
};
/// Of lots from `?1` to `?2`, the few that have no place in the log yet, which only a server knows.
pub(super) const UNSEALED: &str = concat!(
    own!("movement FORCE INDEX (sequence)"),
    " WHERE sequence IS NULL AND lot >= ?1 AND lot <= ?2 UNION ALL ",
    joined!("movement FORCE INDEX (sequence)"),
    " WHERE sequence IS NULL AND to_lot >= ?1 AND to_lot <= ?2 ORDER BY 1, 3"
);

/// Along one index, chunk after chunk.
struct Along<'c> {
    statement: Statement<'c>,
    /// The next one, unless it is at its end.
    next: Option<Moved>,
    here: IntoIter<Moved>,
    lot: String,
    sequence: i64,
    to: String,
    more: bool,
}

impl<'c> Along<'c> {
    fn of(
        connection: Connection<'c>,
        sql: Dialects,
        (lot, sequence): (&str, i64),
        to: &str,
    ) -> Result<Self, Error> {
        let mut along = Self {
            statement: connection.prepare_cached(sql.on(&connection))?,
            next: None,
            here: Vec::new().into_iter(),
            lot: lot.to_owned(),
            sequence,
            to: to.to_owned(),
            more: true,
        };
        along.advance()?;
        Ok(along)
    }

    /// Lot and place of the next one.
    fn key(&self) -> Option<(&str, i64)> {
        self.next.as_ref().map(|moved| (moved.lot.as_str(), moved.cause.place()))
    }

    /// Takes the next one and reads the one after it.
    fn advance(&mut self) -> Result<Option<Moved>, Error> {
        let mut next = self.here.next();
        if next.is_none() && self.more {
            let values = params![self.lot, self.sequence, self.to, CHUNK];
            let chunk = self.statement.query_all(values, Moved::read)?;
            self.more = chunk.len() == usize::try_from(CHUNK).unwrap_or(usize::MAX);
            if let Some(last) = chunk.last() {
                self.lot.clone_from(&last.lot);
                self.sequence = last.cause.place();
            }
            self.here = chunk.into_iter();
            next = self.here.next();
        }
        Ok(std::mem::replace(&mut self.next, next))
    }
}

/// The movements of lots in a range.
pub(super) struct Log<'c> {
    own: Along<'c>,
    joined: Along<'c>,
    unsealed: Peekable<IntoIter<Moved>>,
}

impl<'c> Log<'c> {
    /// Of lots from `from` to `to`.
    pub(super) fn between(connection: Connection<'c>, from: &str, to: &str) -> Result<Self, Error> {
        let unsealed = match connection {
            Connection::Sqlite(_) => Vec::new(),
            Connection::MariaDb(_) => {
                connection.prepare_cached(UNSEALED)?.query_all(params![from, to], Moved::read)?
            }
        };
        let own = Along::of(connection, OWN, (from, 0), to)?;
        let joined = Along::of(connection, JOINED, (from, 0), to)?;
        Ok(Self { own, joined, unsealed: unsealed.into_iter().peekable() })
    }

    /// The next movement of `lot`, in the order of the log; those without a place come last. Lots
    /// are asked for in their order, and what belongs to one before `lot` is passed over.
    pub(super) fn next_of(&mut self, lot: &str) -> Result<Option<Moved>, Error> {
        loop {
            let along = match (self.own.key(), self.joined.key()) {
                (Some(own), Some(joined)) if own < joined => &mut self.own,
                (Some(_), None) => &mut self.own,
                _ => &mut self.joined,
            };
            match along.key().map(|(next, _)| next.cmp(lot)) {
                Some(Ordering::Less) => drop(along.advance()?),
                Some(Ordering::Equal) => return along.advance(),
                Some(Ordering::Greater) | None => break,
            }
        }
        while self.unsealed.next_if(|moved| moved.lot.as_str() < lot).is_some() {}
        Ok(self.unsealed.next_if(|moved| moved.lot == lot))
    }
}

impl Cause {
    fn place(self) -> i64 {
        self.sequence.unwrap_or_default().cast_signed()
    }
}

impl Moved {
    fn read(row: &Row<'_>) -> Result<Self, Error> {
        let spot = |at: usize| -> Result<Option<Spot>, Error> {
            let operation: Option<i64> = row.get(at)?;
            operation.map(|operation| Ok((operation, row.get(at + 1)?))).transpose()
        };
        let sequence = row.get::<Option<i64>>(1)?.map(i64::cast_unsigned);
        Ok(Self {
            lot: row.get(0)?,
            cause: Cause { sequence, id: uuid(row, 2).ok().map(MovementId) },
            part: row.get(3)?,
            units: row.get(4)?,
            from: spot(5)?,
            to: spot(7)?,
        })
    }
}
