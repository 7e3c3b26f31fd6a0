//! What a command changes besides movements and stock: lots' attributes and holds, with what is
//! told about them.

use mtm_core::catalogue::ActiveHold;
use mtm_core::command::{Action, Command, ReleaseHold};
use mtm_core::posting::{LotChange, NewHold, Postings};
use mtm_core::word::{HoldId, LotNumber, Note as Text, Timestamp};
use rusqlite::params;

use super::transaction::Transaction;
use crate::write::{Books as _, Failure, Note, attribute_rows, notes, reservation, target_columns};

/// Writes it. The notes are made before holds change what the catalogue says.
pub(super) fn apply(
    transaction: &mut Transaction<'_>,
    command: &Command,
    postings: &Postings,
    at: Timestamp,
    traceparent: Option<&str>,
) -> Result<(), Failure> {
    let notes = notes(command, postings, &transaction.state.catalogue);
    for change in &postings.lot_changes {
        change_lot(transaction, change)?;
    }
    if let Some(hold) = &postings.new_hold {
        place_hold(transaction, command, hold, at)?;
    }
    if let (Some(hold), Action::ReleaseHold(action)) = (&postings.released, &command.action) {
        release_hold(transaction, command, hold, action, at)?;
    }
    reservation::write(transaction.connection.into(), command, postings, at)?;
    let by = command.context.actor.id;
    for note in notes {
        match note {
            Note::Entry { kind, facts } => {
                let entry = mtm_core::audit::entry(kind, by, at, &facts);
                transaction.append_entry(kind, None, by, at, &entry)?;
            }
            Note::Event { kind, subject, data } => {
                transaction.append_event(kind, &subject, at, &data, traceparent)?;
            }
        }
    }
    Ok(())
}

fn change_lot(transaction: &Transaction<'_>, change: &LotChange) -> Result<(), Failure> {
    let LotChange { lot, attributes, version } = change;
    let (item_type, color) = attribute_rows(&transaction.state.catalogue, attributes);
    let changed = transaction
        .connection
        .prepare_cached(
            "UPDATE lot SET item_type_id = ?2, color_id = ?3, work_order = ?4, notes = ?5,
                            version = ?6
             WHERE lot = ?1 AND version = ?6 - 1",
        )?
        .execute(params![
            lot.as_str(),
            item_type,
            color,
            attributes.work_order.as_ref().map(AsRef::<str>::as_ref),
            attributes.notes.as_ref().map(Text::as_str),
            version,
        ])?;
    if changed == 1 {
        Ok(())
    } else {
        Err(Failure::Broken(format!("lot {lot} is not of the version decided on")))
    }
}

fn place_hold(
    transaction: &mut Transaction<'_>,
    command: &Command,
    hold: &NewHold,
    at: Timestamp,
) -> Result<(), Failure> {
    let id = HoldId::placed_by(command.id);
    let (lot, part, location) = target_columns(&hold.target);
    transaction
        .connection
        .prepare_cached(
            "INSERT INTO hold (id, lot, part_id, location_id, reason, notes, placed_by, placed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            id.0.as_bytes(),
            lot.map(LotNumber::as_str),
            part,
            location,
            hold.reason.as_str(),
            hold.notes.as_ref().map(Text::as_str),
            command.context.actor.id.0,
            at.micros(),
        ])?;
    let active = ActiveHold { id, target: hold.target.clone(), reason: hold.reason.clone() };
    transaction.catalogue_mut().holds.put(active);
    Ok(())
}

fn release_hold(
    transaction: &mut Transaction<'_>,
    command: &Command,
    hold: &ActiveHold,
    action: &ReleaseHold,
    at: Timestamp,
) -> Result<(), Failure> {
    let changed = transaction
        .connection
        .prepare_cached(
            "UPDATE hold SET released_by = ?2, released_at = ?3, release_notes = ?4
             WHERE id = ?1 AND released_at IS NULL",
        )?
        .execute(params![
            hold.id.0.as_bytes(),
            command.context.actor.id.0,
            at.micros(),
            action.notes.as_ref().map(Text::as_str),
        ])?;
    if changed != 1 {
        return Err(Failure::Broken(format!("hold {} is not active", hold.id)));
    }
    transaction.catalogue_mut().holds.release(hold.id);
    Ok(())
}
