//! Reservations: what deciding sees of them, and what it writes. The same on either engine: what keeps
//! pieces for somebody moves none, and the version of the lot orders it among the bookings.

use std::collections::HashMap;

use mtm_core::command::{Action, Command};
use mtm_core::posting::Postings;
use mtm_core::view::{ReservationFact, TakenFor};
use mtm_core::word::{
    LotNumber, MovementId, Note, Quantity, ReservationId, Timestamp, UserId, UserName, WorkOrder,
};

use super::failure::Failure;
use crate::sql::{
    Bind as _, Connection, Error, Row, Value, optional_moment, optional_word, params, quantity,
    together, uuid, word,
};

/// How many lots or movements a question asks for.
const SIZES: [usize; 3] = [1, 10, 100];

/// Pieces that movements took for the reservation `r`, and that were not given back.
macro_rules! pieces_used {
    () => {
        "(SELECT COALESCE(CAST(SUM(u.quantity) AS SIGNED), 0) FROM reservation_use AS u
           WHERE u.reservation = r.id
             AND NOT EXISTS (SELECT 1 FROM movement AS back WHERE back.reverses = u.movement))"
    };
}
pub(crate) use pieces_used;

/// The reservations of these lots that nobody has ended.
pub(crate) fn of(
    connection: Connection<'_>,
    lots: &[&LotNumber],
) -> Result<Vec<ReservationFact>, Error> {
    let mut found = Vec::new();
    for (lots, marks) in together(lots, &SIZES) {
        let values: Vec<Value<'_>> = lots.iter().map(|lot| lot.as_str().bind()).collect();
        let sql = format!("{OPEN} AND r.lot IN ({marks}) ORDER BY r.id");
        found.extend(connection.prepare_cached(&sql)?.query_all(&values, fact)?);
    }
    Ok(found)
}

fn fact(row: &Row<'_>) -> Result<ReservationFact, Error> {
    Ok(ReservationFact {
        id: ReservationId(uuid(row, 0)?),
        lot: word(row, 1, LotNumber::parse)?,
        quantity: optional_quantity(row, 2)?,
        used: quantity(row, 3)?,
        work_order: optional_word(row, 4, WorkOrder::parse)?,
        purpose: optional_word(row, 5, Note::parse)?,
        ends_at: optional_moment(row, 6)?,
        by: UserId(row.get(7)?),
        by_name: word(row, 8, UserName::parse)?,
    })
}

pub(crate) fn optional_quantity(row: &Row<'_>, column: usize) -> Result<Option<Quantity>, Error> {
    if row.is_null(column)? { Ok(None) } else { quantity(row, column).map(Some) }
}

/// What movements of these identities took for reservations.
pub(super) fn taken_for(
    connection: Connection<'_>,
    ids: &[MovementId],
) -> Result<HashMap<MovementId, TakenFor>, Error> {
    let mut found = HashMap::new();
    for (some, marks) in together(ids, &SIZES) {
        let sql = format!(
            "SELECT movement, reservation, quantity FROM reservation_use WHERE movement IN ({marks})"
        );
        let values: Vec<Value<'_>> = some.iter().map(|id| id.0.as_bytes().bind()).collect();
        let rows = connection.prepare_cached(&sql)?.query_all(&values, |row| {
            let reservation = ReservationId(uuid(row, 1)?);
            let taken = TakenFor { reservation, quantity: quantity(row, 2)? };
            Ok::<_, Error>((MovementId(uuid(row, 0)?), taken))
        })?;
        found.extend(rows);
    }
    Ok(found)
}

/// Whether a command writes reservations.
pub(crate) const fn writes(action: &Action) -> bool {
    match action {
        Action::Reserve(_) | Action::EndReservation(_) => true,
        Action::Take(take) => take.reservation.is_some(),
        _ => false,
    }
}

/// Writes what was decided about reservations, inside the transaction that writes the rest and after it.
pub(crate) fn write(
    connection: Connection<'_>,
    command: &Command,
    postings: &Postings,
    at: Timestamp,
) -> Result<(), Failure> {
    let by = command.context.actor.id.0;
    if let Some(new) = &postings.new_reservation {
        let id = ReservationId::made_by(command.id);
        connection.execute(
            "INSERT INTO reservation (id, lot, quantity, work_order, purpose, ends_at, placed_by,
                                      placed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                id.0.as_bytes(),
                new.lot.as_str(),
                new.quantity.map(Quantity::units),
                new.work_order.as_ref().map(WorkOrder::as_str),
                new.purpose.as_ref().map(Note::as_str),
                new.ends_at.map(Timestamp::micros),
                by,
                at.micros(),
            ],
        )?;
    }
    for used in &postings.reservation_uses {
        connection.execute(
            "INSERT INTO reservation_use (movement, reservation, quantity) VALUES (?1, ?2, ?3)",
            params![
                command.id.movement(used.position).0.as_bytes(),
                used.reservation.0.as_bytes(),
                used.quantity.units(),
            ],
        )?;
    }
    if let (Some(ended), Action::EndReservation(action)) =
        (postings.released_reservation(), &command.action)
    {
        let changed = connection.execute(
            "UPDATE reservation SET released_by = ?2, released_at = ?3, release_notes = ?4
              WHERE id = ?1 AND released_at IS NULL",
            params![
                ended.id.0.as_bytes(),
                by,
                at.micros(),
                action.notes.as_ref().map(Note::as_str),
            ],
        )?;
        if changed != 1 {
            return Err(Failure::Broken(format!("reservation {} was ended before", ended.id)));
        }
    }
    Ok(())
}

const OPEN: &str = concat!(
    "SELECT r.id, r.lot, r.quantity, ",
    pieces_used!(),
    ", r.work_order, r.purpose, r.ends_at, r.placed_by, p.name
       FROM reservation AS r JOIN user AS p ON p.id = r.placed_by
      WHERE r.released_at IS NULL"
);
