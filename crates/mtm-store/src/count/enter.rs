//! Entering what was counted, and judging it.

use mtm_core::code::Code;
use mtm_core::count::{LineState, Tally};
use mtm_core::rejection::Rejection;
use mtm_core::word::{CountId, Quantity, Timestamp, UserId};
use serde_json::json;

use super::{found, no_line, open};
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::record::{CountEntry, CountRecord, CountSpot, CountTarget, Entered};
use crate::sql::{Connection, Error, OptionalExtension as _, Row, named, params, quantity};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// Most pieces of one line: so far, sums of all lines are numbers.
const MOST_PIECES: i64 = 10_000_000;
/// Most lines of a count with those that turned up.
const MOST_LINES: i64 = 10_000;

macro_rules! known {
    ($which:literal) => {
        concat!(
            "SELECT number, operation_id, location_id, lot, state, rounds, counted_by, snapshot
             FROM count_line WHERE count_id = ?1 AND ",
            $which
        )
    };
}

/// What is in a bucket now, and what came there (less what left) after a moment: one statement, so
/// that both are of the same moment on either engine.
const PRESENT: &str = "
    SELECT
        coalesce((SELECT s.quantity FROM stock s
                  WHERE s.lot = ?1 AND s.operation_id = ?2 AND s.location_id = ?3), 0),
        coalesce((SELECT sum(m.quantity) FROM movement m
                  WHERE m.lot = ?1 AND m.to_lot IS NULL AND m.to_operation_id = ?2
                    AND m.to_location_id = ?3 AND m.recorded_at > ?4), 0)
        + coalesce((SELECT sum(m.quantity) FROM movement m
                    WHERE m.to_lot = ?1 AND m.to_operation_id = ?2
                      AND m.to_location_id = ?3 AND m.recorded_at > ?4), 0)
        - coalesce((SELECT sum(m.quantity) FROM movement m
                    WHERE m.lot = ?1 AND m.from_operation_id = ?2
                      AND m.from_location_id = ?3 AND m.recorded_at > ?4), 0)";

/// A line, as far as entering needs it.
struct Known {
    number: u32,
    operation: i64,
    location: i64,
    lot: Option<String>,
    state: LineState,
    rounds: u16,
    counted_by: Option<i64>,
    snapshot: Quantity,
}

impl Ledger {
    /// Enters what was counted, all or nothing. What moves meanwhile is no difference: each number
    /// is compared with what the ledger knew at the moment of counting.
    pub async fn enter_counts(
        &self,
        by: UserId,
        id: CountId,
        entries: Vec<CountEntry>,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Vec<Entered>>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| enter_all(context, by, id, &entries))?)
        })
        .await
    }
}

fn enter_all(
    context: &mut WriteContext<'_>,
    by: UserId,
    id: CountId,
    entries: &[CountEntry],
) -> Result<Vec<Entered>, Failure> {
    let count = open(context.sql(), id)?;
    let at = context.now();
    let position: i64 =
        context
            .sql()
            .query_row("SELECT coalesce(max(sequence), 0) FROM movement", &[], |row| row.get(0))?;
    let several = entries.len() > 1;
    let around = Around { by, at, position, count: &count };
    let mut entered = Vec::with_capacity(entries.len());
    let mut facts = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let (line, tally) = enter(context, &around, entry).map_err(|failure| match failure {
            Failure::Refused(refusal) if several => Failure::Refused(refusal.in_item(index)),
            other => other,
        })?;
        facts.push(json!([line.line, line.rounds, tally.counted.whole(), tally.expected.whole(),]));
        entered.push(line);
    }
    context.audit("count.entered", by, at, &json!({ "count": id, "lines": facts }))?;
    Ok(entered)
}

/// What all entries of a request have in common.
struct Around<'c> {
    by: UserId,
    at: Timestamp,
    position: i64,
    count: &'c CountRecord,
}

fn enter(
    context: &WriteContext<'_>,
    around: &Around<'_>,
    entry: &CountEntry,
) -> Result<(Entered, Tally), Failure> {
    if entry.counted.whole() > MOST_PIECES {
        let message =
            format!("{} pieces in one place are more than any place holds", entry.counted);
        return Err(Rejection::new(Code::QuantityOutOfRange, "counted", message).into());
    }
    let counted_at = moment_of(around, entry.counted_at)?;
    let line = match &entry.target {
        CountTarget::Line(number) => {
            by_number(context.sql(), around.count.id, *number)?.ok_or_else(|| no_line(*number))?
        }
        CountTarget::Spot(spot) => of_spot(context, around, spot)?,
    };
    refuse_counted(around, &line)?;
    let expected = match &line.lot {
        Some(lot) => {
            let now = i64::MAX;
            let after = entry.counted_at.map_or(now, |_| counted_at.micros());
            expected_at(context.sql(), lot, line.operation, line.location, after)?
        }
        None => Quantity::ZERO,
    };
    let tally = Tally { snapshot: line.snapshot, expected, counted: entry.counted };
    let rounds = line.rounds.saturating_add(1);
    let within = around.count.tolerance.admits(expected, tally.variance());
    let state = LineState::after(rounds, within);
    write(context.sql(), around, &line, &Counting { tally, rounds, state, counted_at, entry })?;
    let variance = (!state.is_blind()).then(|| tally.variance());
    Ok((Entered { line: line.number, state, rounds, variance }, tally))
}

/// When it was counted: not before the count was planned, and not in the future.
fn moment_of(around: &Around<'_>, told: Option<Timestamp>) -> Result<Timestamp, Failure> {
    let Some(told) = told else { return Ok(around.at) };
    let planned = around.count.planned_at;
    if told < planned {
        let message = format!("{told} is before the count was planned, at {planned}");
        return Err(Rejection::new(Code::InvalidBody, "counted_at", message).into());
    }
    // Clocks of terminals run ahead.
    Ok(told.min(around.at))
}

fn refuse_counted(around: &Around<'_>, line: &Known) -> Result<(), Failure> {
    let number = line.number;
    if !line.state.awaits_counter() {
        let message = format!("line {number} was counted; a lead may ask for a recount");
        return Err(Rejection::new(Code::AlreadyCounted, "line", message).into());
    }
    let same = line.counted_by == Some(around.by.0);
    if line.state == LineState::Recount && around.count.other_person && same {
        let message = format!("you counted line {number}; somebody else must count it again");
        return Err(Rejection::new(Code::OtherPersonNeeded, "line", message).into());
    }
    Ok(())
}

/// What the ledger knew of a bucket at a moment.
pub(super) fn expected_at(
    connection: Connection<'_>,
    lot: &str,
    operation: i64,
    location: i64,
    after: i64,
) -> Result<Quantity, Error> {
    let values = params![lot, operation, location, after];
    connection.query_row(PRESENT, values, |row| {
        Ok(Tally::expected(quantity(row, 0)?, row.get::<i64>(1)?))
    })
}

fn by_number(connection: Connection<'_>, id: CountId, number: u32) -> Result<Option<Known>, Error> {
    let sql = known!("number = ?2");
    connection.query_row(sql, params![id.0.as_bytes(), number], line).optional()
}

/// The line of a bucket; a new one where it turned up.
fn of_spot(
    context: &WriteContext<'_>,
    around: &Around<'_>,
    spot: &CountSpot,
) -> Result<Known, Failure> {
    let connection = context.sql();
    let (part, operation, location) = found::rows(context.catalogue(), spot)?;
    let id = around.count.id.0;
    if let Some(lot) = &spot.lot {
        found::lot_of(connection, lot, part)??;
        let sql = known!("lot = ?2 AND operation_id = ?3 AND location_id = ?4");
        let (id, lot) = (id.as_bytes(), lot.as_str());
        let values = params![id, lot, operation, location];
        if let Some(known) = connection.query_row(sql, values, line).optional()? {
            return Ok(known);
        }
    }
    let last: i64 = connection.query_row(
        "SELECT coalesce(max(number), 0) FROM count_line WHERE count_id = ?1",
        params![id.as_bytes()],
        |row| row.get(0),
    )?;
    if last >= MOST_LINES {
        let message = format!("a count has at most {MOST_LINES} lines");
        return Err(Rejection::new(Code::TooLarge, None, message).into());
    }
    let snapshot = match &spot.lot {
        Some(lot) => {
            let planned = around.count.planned_at.micros();
            expected_at(connection, lot.as_str(), operation, location, planned)?
        }
        None => Quantity::ZERO,
    };
    let number = u32::try_from(last + 1).unwrap_or(u32::MAX);
    connection.execute(
        "INSERT INTO count_line
             (count_id, number, part_id, operation_id, location_id, lot, snapshot, added, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8)",
        params![
            id.as_bytes(),
            number,
            part,
            operation,
            location,
            spot.lot.as_ref().map(mtm_core::word::LotNumber::as_str),
            snapshot.units(),
            LineState::Open.as_str(),
        ],
    )?;
    by_number(connection, around.count.id, number)?.ok_or_else(|| no_line(number))
}

/// One counting of a line, judged.
struct Counting<'e> {
    tally: Tally,
    rounds: u16,
    state: LineState,
    counted_at: Timestamp,
    entry: &'e CountEntry,
}

fn write(
    connection: Connection<'_>,
    around: &Around<'_>,
    line: &Known,
    counting: &Counting<'_>,
) -> Result<(), Failure> {
    let &Counting { tally, rounds, state, counted_at, entry } = counting;
    let id = around.count.id.0;
    connection.execute(
        "INSERT INTO count_entry (count_id, number, round, counted, expected, counted_at, position,
                                  entered_at, entered_by, notes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            id.as_bytes(),
            line.number,
            rounds,
            tally.counted.units(),
            tally.expected.units(),
            counted_at.micros(),
            around.position,
            around.at.micros(),
            around.by.0,
            entry.notes.as_ref().map(mtm_core::word::Note::as_str),
        ],
    )?;
    connection.execute(
        "UPDATE count_line SET state = ?3, rounds = ?4, counted = ?5, expected = ?6,
                counted_at = ?7, counted_by = ?8, refused_code = NULL, refused_text = NULL
         WHERE count_id = ?1 AND number = ?2",
        params![
            id.as_bytes(),
            line.number,
            state.as_str(),
            rounds,
            tally.counted.units(),
            tally.expected.units(),
            counted_at.micros(),
            around.by.0,
        ],
    )?;
    Ok(())
}

fn line(row: &Row<'_>) -> Result<Known, Error> {
    Ok(Known {
        number: row.get(0)?,
        operation: row.get(1)?,
        location: row.get(2)?,
        lot: row.get(3)?,
        state: named(row, 4, LineState::from_name)?,
        rounds: row.get(5)?,
        counted_by: row.get(6)?,
        snapshot: quantity(row, 7)?,
    })
}
