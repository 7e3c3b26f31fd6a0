//! Writing what was decided: lots, movements, stock, audit entries, events, holds.

use mtm_core::audit::{self, Circumstances};
use mtm_core::command::Command;
use mtm_core::event::EventType;
use mtm_core::movement::{Account, MovementRecord, MovementType};
use mtm_core::outcome::Outcome;
use mtm_core::posting::{Balance, NewLot, Posting, Postings};
use mtm_core::view::LotFact;
use mtm_core::word::{LotNumber, MovementId, Note, Timestamp};
use rusqlite::params;

use super::transaction::Transaction;
use crate::write::{Books as _, Failure, attribute_rows};

/// Writes everything that `command` does and gives its answer.
pub(super) fn apply(
    context: &mut Transaction<'_>,
    command: &Command,
    postings: &Postings,
    lots: &[LotFact],
    at: Timestamp,
    traceparent: Option<&str>,
) -> Result<Outcome, Failure> {
    for lot in &postings.new_lots {
        create_lot(context, lot)?;
    }
    let first_sequence = context.state.heads.movement + 1;
    let mut position = 0_u16;
    for posting in &postings.movements {
        position += 1;
        let id = command.id.movement(position);
        record(context, command, id, posting, at, traceparent)?;
    }
    for balance in &postings.balances {
        settle(context, balance, postings, lots)?;
    }
    super::aside::apply(context, command, postings, at, traceparent)?;
    context.state.heads.at = at;
    Ok(Outcome::new(
        command.id,
        Outcome::kind_of(&command.action),
        postings,
        Some(first_sequence),
        at,
    ))
}

fn create_lot(context: &mut Transaction<'_>, lot: &NewLot) -> Result<(), Failure> {
    let (item_type, color) = attribute_rows(&context.state.catalogue, &lot.attributes);
    context
        .connection
        .prepare_cached(
            "INSERT INTO lot (lot, part_id, item_type_id, color_id, work_order, notes,
                              received_at, received_by, parent)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            lot.lot.as_str(),
            lot.part.id.0,
            item_type,
            color,
            lot.attributes.work_order.as_ref().map(AsRef::<str>::as_ref),
            lot.attributes.notes.as_ref().map(Note::as_str),
            lot.received_at.micros(),
            lot.received_by.map(|user| user.0),
            lot.parent.as_ref().map(LotNumber::as_str),
        ])?;
    context.state.heads.notice_foreign(&lot.lot);
    Ok(())
}

/// Appends one movement with its audit entry and its event.
fn record(
    context: &mut Transaction<'_>,
    command: &Command,
    id: MovementId,
    posting: &Posting,
    at: Timestamp,
    traceparent: Option<&str>,
) -> Result<(), Failure> {
    let sequence = context.state.heads.movement + 1;
    let record = MovementRecord {
        id,
        sequence: Some(sequence),
        kind: posting.kind,
        part: posting.part.clone(),
        quantity: posting.quantity,
        from: posting.from.clone(),
        to: posting.to.clone(),
        recorded_at: at,
        user: command.context.actor.id,
        reason: posting.reason.clone(),
        notes: None,
        reverses: posting.reverses,
    };
    let lot = record.lot().ok_or_else(|| Failure::Broken("a movement without a lot".to_owned()))?;
    let salt = posting.notes.as_ref().map(|_| context.clock.fresh_uuid().into_bytes());
    let around = Circumstances {
        station: command.context.station.as_ref().map(AsRef::as_ref),
        app_version: command.context.app_version.as_deref(),
        shift: command.context.shift.as_deref(),
        occurred_at: command.context.occurred_at,
        import: command.context.import,
        session: command.context.session,
        notes: match (&posting.notes, &salt) {
            (Some(notes), Some(salt)) => Some(audit::text_hash(salt, notes.as_str())),
            _ => None,
        },
    };
    insert(context, posting, &record, lot, salt.as_ref(), &around)?;
    let entry = audit::movement_entry(&record, &around)
        .ok_or_else(|| Failure::Broken("a movement without an audit entry".to_owned()))?;
    Transaction::append_entry(context, "movement", Some(sequence), record.user, at, &entry)?;
    tell(context, &record, lot, traceparent)?;
    context.state.heads.movement = sequence;
    remember(context, posting);
    Ok(())
}

fn insert(
    context: &Transaction<'_>,
    posting: &Posting,
    record: &MovementRecord,
    lot: &LotNumber,
    salt: Option<&[u8; 16]>,
    around: &Circumstances<'_>,
) -> Result<(), Failure> {
    let to_lot = match (&record.from, &record.to) {
        (Account::Bucket(from), Account::Bucket(to)) if from.lot != to.lot => Some(to.lot.as_str()),
        _ => None,
    };
    let (from, from_operation, from_location) = account(&record.from);
    let (to, to_operation, to_location) = account(&record.to);
    context
        .connection
        .prepare_cached(
            "INSERT INTO movement
                 (sequence, id, type, part_id, lot, quantity,
                  from_account, from_operation_id, from_location_id,
                  to_account, to_operation_id, to_location_id, to_lot,
                  recorded_at, user_id, reason, notes, notes_salt, reverses,
                  station, app_version, shift, occurred_at, import_id, session_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                     ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)",
        )?
        .execute(params![
            record.sequence.map(u64::cast_signed),
            record.id.0.as_bytes(),
            record.kind.as_str(),
            record.part.id.0,
            lot.as_str(),
            record.quantity.units(),
            from,
            from_operation,
            from_location,
            to,
            to_operation,
            to_location,
            to_lot,
            record.recorded_at.micros(),
            record.user.0,
            record.reason.as_ref().map(AsRef::<str>::as_ref),
            posting.notes.as_ref().map(Note::as_str),
            salt,
            record.reverses.as_ref().map(|id| id.0.as_bytes()),
            around.station,
            around.app_version,
            around.shift,
            around.occurred_at.map(Timestamp::micros),
            around.import.as_ref().map(|id| id.0.as_bytes()),
            around.session.as_ref().map(|id| id.0.as_bytes()),
        ])?;
    Ok(())
}

fn account(account: &Account) -> (&'static str, Option<i64>, Option<i64>) {
    match account {
        Account::Outside(outside) => (outside.as_str(), None, None),
        Account::Bucket(bucket) => {
            ("stock", Some(bucket.place.operation.id.0), Some(bucket.place.location.id.0))
        }
    }
}

/// The movement's event carries the movement's id; its data is rendered by whoever reads it.
fn tell(
    context: &mut Transaction<'_>,
    record: &MovementRecord,
    lot: &LotNumber,
    traceparent: Option<&str>,
) -> Result<(), Failure> {
    let position = context.state.heads.outbox + 1;
    context
        .connection
        .prepare_cached(
            "INSERT INTO outbox (position, id, type, subject, at, movement_sequence, traceparent)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            position.cast_signed(),
            record.id.0.as_bytes(),
            EventType::MovementRecorded.as_str(),
            lot.as_str(),
            record.recorded_at.micros(),
            record.sequence.map(u64::cast_signed),
            traceparent,
        ])?;
    context.state.heads.outbox = position;
    let Some(original) = record.reverses else { return Ok(()) };
    let data = serde_json::json!({
        "movement_id": original, "reversed_by": record.id, "lot": lot,
        "part": record.part.code, "quantity": record.quantity,
    });
    context.append_event(
        EventType::MovementReversed,
        lot.as_str(),
        record.recorded_at,
        &data,
        traceparent,
    )?;
    Ok(())
}

/// Keeps the memory of receipts and recent commands in step with the log.
fn remember(context: &mut Transaction<'_>, posting: &Posting) {
    let state = &mut *context.state;
    if posting.kind == MovementType::In {
        state.receipts.add(posting.part.id, posting.quantity);
    }
    if let Some(original) = posting.reverses {
        state.recent.forget(original.command());
        state.receipts.forget(posting.part.id);
    }
}

/// Writes a bucket's new quantity, provided that the row is what was decided on.
fn settle(
    context: &Transaction<'_>,
    balance: &Balance,
    postings: &Postings,
    lots: &[LotFact],
) -> Result<(), Failure> {
    let Balance { bucket, before, after } = balance;
    if before == after {
        return Ok(());
    }
    let connection = context.connection;
    let (lot, operation, location) =
        (bucket.lot.as_str(), bucket.place.operation.id.0, bucket.place.location.id.0);
    let changed = if before.is_zero() {
        let received_at = received_at(&bucket.lot, postings, lots)
            .ok_or_else(|| Failure::Broken(format!("lot {lot} was not loaded")))?;
        connection
            .prepare_cached(
                "INSERT INTO stock (lot, operation_id, location_id, part_id, quantity, received_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                lot,
                operation,
                location,
                bucket.part.id.0,
                after.units(),
                received_at.micros()
            ])?
    } else if after.is_zero() {
        connection
            .prepare_cached(
                "DELETE FROM stock
                 WHERE lot = ?1 AND operation_id = ?2 AND location_id = ?3 AND quantity = ?4",
            )?
            .execute(params![lot, operation, location, before.units()])?
    } else {
        connection
            .prepare_cached(
                "UPDATE stock SET quantity = ?5
                 WHERE lot = ?1 AND operation_id = ?2 AND location_id = ?3 AND quantity = ?4",
            )?
            .execute(params![lot, operation, location, before.units(), after.units()])?
    };
    if changed == 1 {
        Ok(())
    } else {
        Err(Failure::Broken(format!(
            "lot {lot} at {} does not hold the {before} pieces that were decided on",
            bucket.place.location.code
        )))
    }
}

fn received_at(lot: &LotNumber, postings: &Postings, lots: &[LotFact]) -> Option<Timestamp> {
    let new = postings.new_lots.iter().find(|new| new.lot == *lot).map(|new| new.received_at);
    new.or_else(|| lots.iter().find(|fact| fact.lot == *lot).map(|fact| fact.received_at))
}
