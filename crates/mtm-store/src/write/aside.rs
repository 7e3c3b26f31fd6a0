//! What a command tells besides its movements: entries about changed lots, holds and counts that
//! agreed, and the events that no single movement tells.

use mtm_core::catalogue::{ActiveHold, Catalogue, HoldTarget};
use mtm_core::command::{Action, Adjust, Command, Complete, ReleaseHold};
use mtm_core::event::EventType;
use mtm_core::posting::{
    Balance, LotChange, NewHold, NewReservation, Postings, ReservationTurn, ReservationUse,
};
use mtm_core::reservation::ReservationState;
use mtm_core::word::{HoldId, LotNumber, Quantity, ReservationId, Timestamp};
use serde_json::{Value, json};

/// One thing to write down.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Note {
    /// An entry of the audit chain. Free text is in it only as its presence.
    Entry {
        /// Its kind.
        kind: &'static str,
        /// What it says.
        facts: Value,
    },
    /// An event.
    Event {
        /// Its type.
        kind: EventType,
        /// What it is about.
        subject: String,
        /// What it tells.
        data: Value,
    },
}

/// Everything that `command` tells besides its movements, in order.
pub(crate) fn notes(command: &Command, postings: &Postings, catalogue: &Catalogue) -> Vec<Note> {
    let mut notes = Vec::new();
    for change in &postings.lot_changes {
        notes.extend(changed(change));
    }
    if let Some(hold) = &postings.new_hold {
        notes.extend(placed(command, hold, catalogue));
    }
    if let (Some(hold), Action::ReleaseHold(action)) = (&postings.released, &command.action) {
        notes.extend(released(hold, action, catalogue));
    }
    if let Some(new) = &postings.new_reservation {
        notes.extend(reserved(command, new));
    }
    notes.extend(postings.reservation_uses.iter().map(|used| taken_for(command, used)));
    for turn in &postings.reservation_turns {
        notes.extend(turned(command, turn));
    }
    notes.extend(postings.balances.iter().filter_map(depleted));
    match &command.action {
        // Nothing moved, and somebody looked.
        Action::Adjust(action) if postings.movements.is_empty() => {
            notes.push(agreed(action, postings, catalogue));
        }
        Action::Complete(action) => notes.extend(completed(command, action, postings)),
        _ => {}
    }
    notes
}

fn changed(change: &LotChange) -> [Note; 2] {
    let LotChange { lot, attributes, version } = change;
    // Notes are free text: the entry says only whether there are any.
    let facts = json!({
        "lot": lot, "version": version, "item_type": attributes.item_type,
        "work_order": attributes.work_order, "color_code": attributes.color_code,
        "has_notes": attributes.notes.is_some(),
    });
    let data = json!({
        "lot": lot, "version": version, "item_type": attributes.item_type,
        "work_order": attributes.work_order, "color_code": attributes.color_code,
        "notes": attributes.notes,
    });
    let event = Note::Event { kind: EventType::LotChanged, subject: lot.to_string(), data };
    [Note::Entry { kind: "lot", facts }, event]
}

fn placed(command: &Command, hold: &NewHold, catalogue: &Catalogue) -> [Note; 2] {
    let id = HoldId::placed_by(command.id);
    let (lot, part, location) = target_columns(&hold.target);
    let facts = json!({
        "hold": id, "lot": lot, "part": part, "location": location, "reason": hold.reason,
        "has_notes": hold.notes.is_some(),
    });
    let active = ActiveHold { id, target: hold.target.clone(), reason: hold.reason.clone() };
    let (subject, data) = held(catalogue, &active);
    [Note::Entry { kind: "hold", facts }, Note::Event { kind: EventType::LotHeld, subject, data }]
}

fn released(hold: &ActiveHold, action: &ReleaseHold, catalogue: &Catalogue) -> [Note; 2] {
    let facts = json!({ "hold": hold.id, "has_notes": action.notes.is_some() });
    let (subject, data) = held(catalogue, hold);
    let event = Note::Event { kind: EventType::LotReleased, subject, data };
    [Note::Entry { kind: "release", facts }, event]
}

fn reserved(command: &Command, new: &NewReservation) -> [Note; 2] {
    let id = ReservationId::made_by(command.id);
    let facts = json!({
        "reservation": id, "lot": new.lot, "quantity": new.quantity.map(Quantity::units),
        "work_order": new.work_order, "has_purpose": new.purpose.is_some(),
        "ends_at": new.ends_at.map(Timestamp::micros),
    });
    let data = json!({
        "reservation_id": id, "lot": new.lot, "quantity": new.quantity, "used": 0,
        "work_order": new.work_order, "purpose": new.purpose, "ends_at": new.ends_at,
        "again": false,
    });
    let event = Note::Event { kind: EventType::LotReserved, subject: new.lot.to_string(), data };
    [Note::Entry { kind: "reservation", facts }, event]
}

/// Which movement took pieces for a reservation.
fn taken_for(command: &Command, used: &ReservationUse) -> Note {
    let facts = json!({
        "reservation": used.reservation, "movement": command.id.movement(used.position),
        "quantity": used.quantity.units(),
    });
    Note::Entry { kind: "reservation_use", facts }
}

/// A reservation that counts no longer, or again. Only what somebody ended by hand is an entry: the
/// rest follows from what moved.
fn turned(command: &Command, turn: &ReservationTurn) -> Vec<Note> {
    let ReservationTurn { reservation: it, state } = turn;
    let subject = it.lot.to_string();
    if *state == ReservationState::Active {
        let data = json!({
            "reservation_id": it.id, "lot": it.lot, "quantity": it.quantity, "used": it.used,
            "work_order": it.work_order, "purpose": it.purpose, "ends_at": it.ends_at,
            "again": true,
        });
        return vec![Note::Event { kind: EventType::LotReserved, subject, data }];
    }
    let data = json!({
        "reservation_id": it.id, "lot": it.lot, "reason": state, "used": it.used,
        "work_order": it.work_order, "purpose": it.purpose,
    });
    let event = Note::Event { kind: EventType::LotReservationEnded, subject, data };
    match &command.action {
        Action::EndReservation(action) => {
            let facts = json!({ "reservation": it.id, "has_notes": action.notes.is_some() });
            vec![Note::Entry { kind: "reservation_end", facts }, event]
        }
        _ => vec![event],
    }
}

/// A count that agreed moves nothing, but somebody looked: the audit log says so.
fn agreed(action: &Adjust, postings: &Postings, catalogue: &Catalogue) -> Note {
    let pick = &action.pick;
    let part = pick.part.as_ref().and_then(|code| catalogue.part(code));
    let operation = pick.operation.as_ref().and_then(|code| catalogue.operation(code));
    let location = pick.location.as_ref().and_then(|code| catalogue.location(code));
    let facts = match &postings.confirmed_count {
        Some(bucket) => json!({
            "lot": bucket.lot, "part": bucket.part.id, "operation": bucket.place.operation.id,
            "location": bucket.place.location.id, "reason": action.reason,
            "quantity": postings.balances.first().map(|balance| balance.after.units()),
        }),
        None => json!({
            "lot": pick.lot, "part": part.map(|part| part.row),
            "operation": operation.map(|step| step.row),
            "location": location.map(|place| place.row), "reason": action.reason,
            "quantity": 0,
        }),
    };
    Note::Entry { kind: "count", facts }
}

/// A bucket that held pieces and holds none any more.
fn depleted(balance: &Balance) -> Option<Note> {
    let Balance { bucket, before, after } = balance;
    (!before.is_zero() && after.is_zero()).then(|| Note::Event {
        kind: EventType::StockDepleted,
        subject: bucket.lot.to_string(),
        data: json!({
            "part": bucket.part.code, "operation": bucket.place.operation.code,
            "location": bucket.place.location.code, "lot": bucket.lot,
        }),
    })
}

fn completed(command: &Command, action: &Complete, postings: &Postings) -> Option<Note> {
    let bucket = &postings.balances.first()?.bucket;
    let source = postings.movements.iter().find_map(|posting| posting.from.bucket());
    let source = source.unwrap_or(bucket);
    let mut lots: Vec<&LotNumber> =
        postings.balances.iter().map(|balance| &balance.bucket.lot).collect();
    lots.dedup();
    // Where nobody named it, the routing did, and the good pieces went first.
    let onward = (!action.good.is_zero())
        .then(|| postings.movements.first()?.to.bucket())
        .flatten()
        .map(|bucket| &bucket.place.operation.code);
    let data = json!({
        "command_id": command.id, "part": source.part.code,
        "operation": source.place.operation.code, "location": source.place.location.code,
        "to_operation": action.to_operation.as_ref().or(onward), "lots": lots, "good": action.good,
        "scrap": action.scrap, "rework": action.rework,
    });
    let subject = source.part.code.to_string();
    Some(Note::Event { kind: EventType::OperationCompleted, subject, data })
}

/// A hold's columns: lot, part, location; one of them is set.
pub(crate) fn target_columns(
    target: &HoldTarget,
) -> (Option<&LotNumber>, Option<i64>, Option<i64>) {
    match target {
        HoldTarget::Lot(lot) => (Some(lot), None, None),
        HoldTarget::Part(part) => (None, Some(part.0), None),
        HoldTarget::Location(location) => (None, None, Some(location.0)),
    }
}

/// Subject and data of a hold's events.
fn held(catalogue: &Catalogue, hold: &ActiveHold) -> (String, Value) {
    let (noun, code) = match &hold.target {
        HoldTarget::Lot(lot) => ("lot", lot.to_string()),
        HoldTarget::Part(part) => {
            ("part", catalogue.part_by_id(*part).map_or_else(String::new, |p| p.code.to_string()))
        }
        HoldTarget::Location(location) => (
            "location",
            catalogue.location_by_id(*location).map_or_else(String::new, |l| l.code.to_string()),
        ),
    };
    let mut data = json!({ "hold_id": hold.id, "reason": hold.reason });
    data[noun] = Value::String(code.clone());
    (code, data)
}
