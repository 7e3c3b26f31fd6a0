//! Where the counted things stand: the ends of the log, the chain and the outbox, the last moment
//! recorded and the last lot number given out. Read from the tables, never guessed.

use mtm_core::audit::Hash;
use mtm_core::word::{LotNumber, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use crate::write::Failure;

/// The ends of everything that only grows. A copy taken before a piece of work restores it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heads {
    /// Feed position of the last movement.
    pub(crate) movement: u64,
    /// Position of the last audit entry.
    pub(crate) audit: u64,
    /// Its hash.
    pub(crate) hash: Hash,
    /// Position of the last event.
    pub(crate) outbox: u64,
    /// The last moment given to anything recorded.
    pub(crate) at: Timestamp,
    /// The last lot number allocated.
    pub(crate) lot: u64,
    /// The lot counter as the `site` row has it.
    pub(crate) stored_lot: u64,
    /// The lowest ten-digit lot above the counter that somebody else numbered.
    pub(crate) foreign_lot: Option<u64>,
}

impl Heads {
    /// Reads the heads as they stand in the tables.
    pub(crate) fn read(connection: &Connection) -> Result<Self, Failure> {
        let number = |sql: &str| -> Result<i64, rusqlite::Error> {
            Ok(connection.query_row(sql, [], |row| row.get::<_, Option<i64>>(0))?.unwrap_or(0))
        };
        let (audit, hash, audited_at) = connection
            .query_row(
                "SELECT sequence, hash, at FROM audit ORDER BY sequence DESC LIMIT 1",
                [],
                |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get::<_, i64>(2)?)),
            )
            .optional()?
            .unwrap_or((0, Hash::GENESIS.0, 0));
        let moved_at = number("SELECT recorded_at FROM movement ORDER BY sequence DESC LIMIT 1")
            .or_else(none_is_zero)?;
        let answered_at =
            number("SELECT recorded_at FROM idempotency_key ORDER BY id DESC LIMIT 1")
                .or_else(none_is_zero)?;
        let lot = count(number("SELECT lot_counter FROM site WHERE id = 1")?)?;
        Ok(Self {
            movement: count(number("SELECT max(sequence) FROM movement")?)?,
            audit: count(audit)?,
            hash: Hash(hash),
            outbox: count(number("SELECT max(position) FROM outbox")?)?,
            at: Timestamp::from_micros(audited_at.max(moved_at).max(answered_at)),
            lot,
            stored_lot: lot,
            foreign_lot: foreign_lot_above(connection, lot)?,
        })
    }

    /// The moment for the next thing recorded: the clock's, or a microsecond after the last one
    /// where the clock stands still or stepped back.
    pub(crate) fn next_moment(&self, clock: Timestamp) -> Timestamp {
        clock.max(self.at.plus_micros(1))
    }

    /// The next `wanted` free lot numbers and the counter after them. Nothing changes yet.
    pub(crate) fn fresh_lots(
        &self,
        connection: &Connection,
        wanted: u16,
    ) -> Result<(Vec<LotNumber>, LotCounter), Failure> {
        let mut counter = LotCounter { lot: self.lot, foreign: self.foreign_lot };
        let mut numbers = Vec::with_capacity(usize::from(wanted));
        while numbers.len() < usize::from(wanted) {
            let next = counter.lot + 1;
            if next > LARGEST_LOT {
                break;
            }
            counter.lot = next;
            if counter.foreign == Some(next) {
                counter.foreign = foreign_lot_above(connection, next)?;
                continue;
            }
            numbers.push(LotNumber::allocated(next));
        }
        Ok((numbers, counter))
    }

    /// Takes over the counter after numbers were used.
    pub(crate) fn advance_lots(&mut self, counter: LotCounter) {
        self.lot = counter.lot;
        self.foreign_lot = counter.foreign;
    }

    /// Moves the counter to at least `lot`.
    pub(crate) fn raise_lots(&mut self, connection: &Connection, lot: u64) -> Result<(), Failure> {
        if lot > self.lot {
            self.lot = lot.min(LARGEST_LOT);
            self.foreign_lot = foreign_lot_above(connection, self.lot)?;
        }
        Ok(())
    }

    /// Remembers a lot that somebody else numbered, so that the counter steps over it.
    pub(crate) fn notice_foreign(&mut self, lot: &LotNumber) {
        if let Some(number) = lot.counter()
            && number > self.lot
        {
            self.foreign_lot = Some(self.foreign_lot.map_or(number, |known| known.min(number)));
        }
    }
}

/// The lot counter after some numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LotCounter {
    lot: u64,
    foreign: Option<u64>,
}

const LARGEST_LOT: u64 = 9_999_999_999;

fn foreign_lot_above(connection: &Connection, counter: u64) -> Result<Option<u64>, Failure> {
    let lot: Option<String> = connection
        .prepare_cached(
            "SELECT lot FROM lot
             WHERE lot > ?1 AND lot <= '9999999999' AND length(lot) = 10
               AND lot NOT GLOB '*[^0-9]*'
             ORDER BY lot LIMIT 1",
        )?
        .query_row([LotNumber::allocated(counter).as_str()], |row| row.get(0))
        .optional()?;
    Ok(lot.and_then(|lot| lot.parse().ok()))
}

fn none_is_zero(error: rusqlite::Error) -> Result<i64, rusqlite::Error> {
    match error {
        rusqlite::Error::QueryReturnedNoRows => Ok(0),
        other => Err(other),
    }
}

fn count(number: i64) -> Result<u64, Failure> {
    u64::try_from(number).map_err(|_| Failure::Broken(format!("a counter stands at {number}")))
}
