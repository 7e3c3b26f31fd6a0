//! Pieces become proposals.
//!
//! A counter has at most one proposal that takes its pieces. With a container it is cut exactly where that is full: pieces
//! that fill one and begin the next are two proposals. Whatever is added is added to one of them, so that over all of
//! a counter's proposals there are as many pieces as it counted.

use mtm_core::machine::ProposalKind;
use mtm_core::word::Timestamp;

use super::row::Target;
use super::{MOST_FULL, MOST_PIECES, close, kept};
use crate::sql::{Connection, Error, OptionalExtension as _, Row, moment, params};
use crate::write::WriteContext;

/// What the pieces of a counter are, now.
#[derive(Debug, Clone)]
pub(super) struct Counted {
    pub(super) id: i64,
    pub(super) machine: String,
    pub(super) target: Target,
    pub(super) container: Option<u64>,
    pub(super) by_rule: bool,
    pub(super) is_retired: bool,
}

/// Pieces that came at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portion {
    pub(super) pieces: u64,
    /// Readings that they are of; none, where they were counted before, and somebody did not see them.
    pub(super) steps: u64,
    /// The totals before and after.
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) first_at: Timestamp,
    pub(super) last_at: Timestamp,
}

/// The proposal that takes a counter's pieces, as far as it has come.
#[derive(Debug)]
struct Growing {
    /// Its row, once it has one.
    id: Option<i64>,
    has: Portion,
}

/// A counter that grows.
#[derive(Debug, Default)]
pub(super) struct Growth {
    growing: Option<Growing>,
    /// Whether the rows say less than this.
    is_ahead: bool,
    /// The proposals that pieces went to.
    pub(super) touched: Vec<i64>,
}

/// A proposal that is to be.
pub(super) struct New<'t> {
    pub(super) target: &'t Target,
    pub(super) has: Portion,
    /// What is asked, where it is a question: why, and how many pieces there are at most.
    pub(super) question: Option<(&'static str, u64)>,
    pub(super) grows: bool,
    pub(super) by_rule: bool,
}

/// What the pieces of the counter with this number are.
pub(super) fn counted(connection: Connection<'_>, id: i64) -> Result<Counted, Error> {
    connection
        .prepare_cached(
            "SELECT id, machine, booking, part_id, operation_id, location_id, work_order, scrap_reason,
                    container, by_rule, retired_at IS NOT NULL
             FROM machine_counter WHERE id = ?1",
        )?
        .query_row(params![id], read_counted)
}

/// Out of the columns of [`counted`].
pub(super) fn read_counted(row: &Row<'_>) -> Result<Counted, Error> {
    Ok(Counted {
        id: row.get(0)?,
        machine: row.get(1)?,
        target: Target::read(row, 2)?,
        container: row.get(8)?,
        by_rule: row.get(9)?,
        is_retired: row.get(10)?,
    })
}

impl Counted {
    /// Pieces with which a proposal is full.
    fn full(&self) -> u64 {
        self.container.unwrap_or(MOST_PIECES).clamp(1, MOST_PIECES)
    }

    /// Writes a proposal down. Gives its number.
    pub(super) fn propose(&self, connection: Connection<'_>, it: &New<'_>) -> Result<i64, Error> {
        let kind = if it.question.is_some() { ProposalKind::Question } else { ProposalKind::Count };
        connection
            .prepare_cached(
                "INSERT INTO machine_proposal (machine, counter_id, grows_for, kind, state, booking, part_id,
                     operation_id, location_id, work_order, scrap_reason, pieces, most, doubt, from_value,
                     to_value, steps, first_at, last_at, by_rule)
                 VALUES (?1, ?2, ?3, ?4, 'open', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
                     ?19)",
            )?
            .execute(params![
                self.machine,
                self.id,
                it.grows.then_some(self.id),
                kind.as_str(),
                it.target.booking.as_str(),
                it.target.part,
                it.target.operation,
                it.target.location,
                it.target.work_order,
                it.target.scrap_reason,
                kept(it.has.pieces),
                it.question.map(|(_, most)| kept(most)),
                it.question.map(|(doubt, _)| doubt),
                kept(it.has.from),
                kept(it.has.to),
                kept(it.has.steps),
                it.has.first_at.micros(),
                it.has.last_at.micros(),
                it.by_rule,
            ])?;
        Ok(connection.last_insert_rowid())
    }
}

impl Growth {
    /// What `counter` has so far. A proposal of something else than it counts now takes nothing more.
    pub(super) fn of(context: &WriteContext<'_>, counter: &Counted) -> Result<Self, Error> {
        let sql = "SELECT id, booking, part_id, operation_id, location_id, work_order, scrap_reason, pieces,
                          steps, from_value, to_value, first_at, last_at
                   FROM machine_proposal WHERE grows_for = ?1";
        let read = |row: &Row<'_>| {
            let has = Portion {
                pieces: row.get(7)?,
                steps: row.get(8)?,
                from: row.get(9)?,
                to: row.get(10)?,
                first_at: moment(row, 11)?,
                last_at: moment(row, 12)?,
            };
            Ok::<_, Error>((row.get(0)?, Target::read(row, 1)?, has))
        };
        let found =
            context.sql().prepare_cached(sql)?.query_row(params![counter.id], read).optional()?;
        let Some((id, target, has)) = found else { return Ok(Self::default()) };
        // A container that is smaller by now may hold less than there is.
        let why = match (target == counter.target, has.pieces < counter.full()) {
            (true, true) => {
                let growing = Some(Growing { id: Some(id), has });
                return Ok(Self { growing, ..Self::default() });
            }
            (false, _) => "its counter counts something else by now",
            (true, false) => "a container holds less by now",
        };
        close(context, id, why)?;
        Ok(Self::default())
    }

    /// Whether so many pieces fill no more proposals than may be filled at once.
    pub(super) fn takes(&self, counter: &Counted, pieces: u64) -> bool {
        let there = self.growing.as_ref().map_or(0, |it| it.has.pieces);
        pieces.saturating_add(there) / counter.full() <= MOST_FULL
    }

    /// Adds pieces, and writes down every proposal that is full with them.
    pub(super) fn add(
        &mut self,
        connection: Connection<'_>,
        counter: &Counted,
        portion: Portion,
    ) -> Result<(), Error> {
        let mut left = portion.pieces;
        while left > 0 {
            let none = Portion { pieces: 0, steps: 0, ..portion };
            let mut growing = self.growing.take().unwrap_or(Growing { id: None, has: none });
            let taken = left.min(counter.full().saturating_sub(growing.has.pieces));
            growing.has.take(taken, &portion);
            left -= taken;
            let is_full = growing.has.pieces >= counter.full();
            if is_full {
                self.put(connection, counter, &growing, false)?;
            } else {
                self.growing = Some(growing);
            }
            self.is_ahead = !is_full;
        }
        Ok(())
    }

    /// Writes down what there is so far.
    pub(super) fn end(
        &mut self,
        connection: Connection<'_>,
        counter: &Counted,
    ) -> Result<(), Error> {
        if let Some(growing) = self.growing.take().filter(|_| self.is_ahead) {
            self.put(connection, counter, &growing, true)?;
        }
        Ok(())
    }

    fn put(
        &mut self,
        connection: Connection<'_>,
        counter: &Counted,
        growing: &Growing,
        grows: bool,
    ) -> Result<(), Error> {
        let has = growing.has;
        let id = if let Some(id) = growing.id {
            connection
                .prepare_cached(
                    "UPDATE machine_proposal SET grows_for = ?2, pieces = ?3, steps = ?4, to_value = ?5,
                            first_at = ?6, last_at = ?7, version = version + CASE WHEN ?2 IS NULL THEN 1 ELSE 0 END
                     WHERE id = ?1",
                )?
                .execute(params![
                    id,
                    grows.then_some(counter.id),
                    kept(has.pieces),
                    kept(has.steps),
                    kept(has.to),
                    has.first_at.micros(),
                    has.last_at.micros(),
                ])?;
            id
        } else {
            let target = &counter.target;
            let by_rule = counter.by_rule && counter.container.is_some();
            counter.propose(connection, &New { target, has, question: None, grows, by_rule })?
        };
        self.touched.push(id);
        Ok(())
    }
}

impl Portion {
    /// Has so many pieces of `other` more.
    fn take(&mut self, pieces: u64, other: &Self) {
        self.pieces += pieces;
        self.steps += other.steps;
        // What somebody did not see is of no reading of its own, and says nothing of what the counter shows.
        if other.steps > 0 {
            self.to = other.to;
        }
        self.first_at = self.first_at.min(other.first_at);
        self.last_at = self.last_at.max(other.last_at);
    }
}
