//! What undoing needs to know of the movements it is about, many in one question.

use std::collections::{BTreeSet, HashMap};

use mtm_core::catalogue::Catalogue;
use mtm_core::command::{BookedIn, ReverseTarget};
use mtm_core::movement::MovementRecord;
use mtm_core::view::ReversalFact;
use mtm_core::word::{LotNumber, MovementId, fold};

use super::facts::Facts;
use super::failure::Failure;
use super::known::Known;
use super::reservation;
use crate::movement;
use crate::read::{first_movement_from, newest_movement};
use crate::sql::{Bind as _, Connection, Error, Value, params, together, uuid};

/// How many movements a question asks for.
const SIZES: [usize; 3] = [1, 10, 100];

/// The movements to undo, newest first, with the lots at both their ends.
pub(super) fn facts(
    connection: Connection<'_>,
    catalogue: &Catalogue,
    target: &ReverseTarget,
) -> Result<Facts, Failure> {
    let all = |condition, values: &[Value<'_>]| meeting(connection, catalogue, condition, values);
    let originals = match target {
        ReverseTarget::Movement(id) => movements(connection, catalogue, std::slice::from_ref(id))?,
        ReverseTarget::Movements(ids) => movements(connection, catalogue, ids)?,
        ReverseTarget::Command(command) => {
            let (first, last) = command.movement_range();
            all("id BETWEEN ?1 AND ?2", params![first.0.into_bytes(), last.0.into_bytes()])?
        }
        ReverseTarget::Import(import) => all("import_id = ?1", params![import.0.into_bytes()])?,
        ReverseTarget::Session(session) => all("session_id = ?1", params![session.0.into_bytes()])?,
        ReverseTarget::Shift(booked) => of_shift(connection, catalogue, booked)?,
    };
    let lots: Vec<LotNumber> = lots_of(&originals).into_iter().collect();
    let mut known = Known::default();
    known.read(connection, catalogue, &lots)?;
    let ids: Vec<MovementId> = originals.iter().map(|original| original.id).collect();
    let reversals = reversals(connection, &ids)?;
    let facts = known.facts_of(&lots);
    let taken_for = match facts.reservations.as_slice() {
        // Nobody keeps any of these lots, so there is nobody to give it back to.
        [] => HashMap::new(),
        _ => reservation::taken_for(connection, &ids)?,
    };
    let fact = |original: MovementRecord| {
        let there = original.to.bucket().map(|bucket| known.quantity(bucket));
        let later = match there {
            Some(there) if there < original.quantity => later(connection, catalogue, &original)?,
            // Nothing stands in the way unless another reversal of the same command takes it, and
            // then no later movement is to blame.
            _ => Vec::new(),
        };
        let reversed_by = reversals.get(&original.id).copied();
        let taken_for = taken_for.get(&original.id).copied();
        Ok::<_, Failure>(ReversalFact { original, reversed_by, later, taken_for })
    };
    let reversals = originals.into_iter().map(fact).collect::<Result<_, _>>()?;
    Ok(Facts { reversals, ..facts })
}

/// The lots at both ends of movements.
pub(super) fn lots_of(movements: &[MovementRecord]) -> BTreeSet<LotNumber> {
    let ends = movements.iter().flat_map(|movement| [&movement.from, &movement.to]);
    ends.filter_map(|end| end.bucket()).map(|bucket| bucket.lot.clone()).collect()
}

/// The movements that meet `condition`, newest first.
fn meeting(
    connection: Connection<'_>,
    catalogue: &Catalogue,
    condition: &str,
    values: &[Value<'_>],
) -> Result<Vec<MovementRecord>, Error> {
    // A movement that was not sealed yet has no sequence; its moment orders it.
    let order = connection.pick("sequence DESC", "recorded_at DESC, id DESC");
    let sql =
        format!("SELECT {} FROM movement WHERE {condition} ORDER BY {order}", movement::COLUMNS);
    let read = |row: &crate::sql::Row<'_>| movement::record(row, catalogue);
    connection.prepare_cached(&sql)?.query_all(values, read)
}

/// What is left to undo of a shift, newest first; one more than are undone together where there are
/// more. Only the days around the shift are looked through.
fn of_shift(
    connection: Connection<'_>,
    catalogue: &Catalogue,
    booked: &BookedIn,
) -> Result<Vec<MovementRecord>, Error> {
    let Some((from, to)) = booked.shift.within() else { return Ok(Vec::new()) };
    // On a server, what has no place in the log yet may be of any moment, and may get one between two
    // of these questions: behind all that there was at the first.
    let newest = newest_movement(connection)?;
    let low = first_movement_from(connection, from)?;
    let high = first_movement_from(connection, to)?;
    let stretch = connection.pick(
        "movement NOT INDEXED WHERE sequence >= ?1 AND sequence < ?2 AND ?6 >= 0",
        "movement FORCE INDEX (sequence)
         WHERE (sequence >= ?1 AND sequence < ?2 OR sequence > ?6 OR sequence IS NULL)",
    );
    let order = connection.pick("sequence DESC", "recorded_at DESC, id DESC");
    let sql = format!(
        "SELECT {} FROM {stretch} AND shift = ?3
           AND type <> 'reversal'
           AND (?4 IS NULL OR user_id = (SELECT id FROM user WHERE folded = ?4))
           AND (?5 IS NULL OR station = ?5)
           AND NOT EXISTS (SELECT 1 FROM movement AS reversal WHERE reversal.reverses = movement.id)
         ORDER BY {order} LIMIT {}",
        movement::COLUMNS,
        BookedIn::MOST + 1
    );
    let user = booked.user.as_ref().map(|user| fold(user.as_str()));
    let station = booked.station.as_ref().map(|station| station.as_str().to_owned());
    let read = |row: &crate::sql::Row<'_>| movement::record(row, catalogue);
    connection
        .prepare_cached(&sql)?
        .query_all(params![low, high, booked.shift.to_string(), user, station, newest], read)
}

/// The movements of these identities, newest first.
pub(super) fn movements(
    connection: Connection<'_>,
    catalogue: &Catalogue,
    ids: &[MovementId],
) -> Result<Vec<MovementRecord>, Error> {
    let mut found = Vec::with_capacity(ids.len());
    for (some, marks) in together(ids, &SIZES) {
        let sql = format!("SELECT {} FROM movement WHERE id IN ({marks})", movement::COLUMNS);
        let values: Vec<Value<'_>> = some.iter().map(|id| id.0.as_bytes().bind()).collect();
        let read = |row: &crate::sql::Row<'_>| movement::record(row, catalogue);
        found.extend(connection.prepare_cached(&sql)?.query_all(&values, read)?);
    }
    // What has no place in the log yet is newer than whatever has one.
    let age = |it: &MovementRecord| (it.sequence.unwrap_or(u64::MAX), it.recorded_at, it.id);
    found.sort_by_key(|record| std::cmp::Reverse(age(record)));
    Ok(found)
}

/// Which of the movements of these identities were undone, and by what.
pub(super) fn reversals(
    connection: Connection<'_>,
    ids: &[MovementId],
) -> Result<HashMap<MovementId, MovementId>, Error> {
    let mut found = HashMap::new();
    for (some, marks) in together(ids, &SIZES) {
        let sql = format!("SELECT reverses, id FROM movement WHERE reverses IN ({marks})");
        let values: Vec<Value<'_>> = some.iter().map(|id| id.0.as_bytes().bind()).collect();
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(&values)?;
        while let Some(row) = rows.next()? {
            found.insert(MovementId(uuid(&row, 0)?), MovementId(uuid(&row, 1)?));
        }
    }
    Ok(found)
}

/// What left the bucket that the pieces of `original` reached later and can still be undone,
/// newest first.
pub(super) fn later(
    connection: Connection<'_>,
    catalogue: &Catalogue,
    original: &MovementRecord,
) -> Result<Vec<MovementRecord>, Error> {
    let Some(bucket) = original.to.bucket() else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT {} FROM movement WHERE {} LIMIT {}",
        movement::COLUMNS,
        connection.pick(LATER, LATER_UNSEALED),
        ReversalFact::MOST_LATER
    );
    let read = |row: &crate::sql::Row<'_>| movement::record(row, catalogue);
    connection.prepare_cached(&sql)?.query_all(
        params![
            bucket.lot.as_str(),
            bucket.place.operation.id.0,
            bucket.place.location.id.0,
            original.sequence.map(u64::cast_signed),
            original.recorded_at.micros(),
            original.id.0.as_bytes(),
        ],
        read,
    )
}

/// What left a bucket later and still counts.
const LATER: &str = "lot = ?1 AND from_operation_id = ?2 AND from_location_id = ?3
   AND sequence > ?4 AND ?5 IS NOT NULL AND ?6 IS NOT NULL AND type <> 'reversal'
   AND NOT EXISTS (SELECT 1 FROM movement AS reversal WHERE reversal.reverses = movement.id)
   ORDER BY sequence DESC";
// A movement that was not sealed yet has no sequence; its moment orders it.
const LATER_UNSEALED: &str = "lot = ?1 AND from_operation_id = ?2 AND from_location_id = ?3
   AND (recorded_at > ?5 OR (recorded_at = ?5 AND id > ?6)) AND type <> 'reversal'
   AND NOT EXISTS (SELECT 1 FROM movement AS reversal WHERE reversal.reverses = movement.id)
   ORDER BY recorded_at DESC, id DESC";
