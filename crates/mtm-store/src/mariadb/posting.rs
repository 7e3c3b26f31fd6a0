//! The posting as `mtm_post` reads it.

use std::collections::BTreeMap;

use mtm_core::catalogue::{Catalogue, HoldTarget};
use mtm_core::command::{Command, LotAttributes};
use mtm_core::event::EventType;
use mtm_core::intent;
use mtm_core::movement::Account;
use mtm_core::outcome::Outcome;
use mtm_core::posting::Postings;
use mtm_core::word::{HoldId, LotNumber, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Clock;
use crate::submission::IdempotencyKey;

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn hex_id(id: Uuid) -> String {
    id.simple().to_string()
}

/// What one call of `mtm_post` writes: `postings`, decided on `versions`.
pub(super) fn payload(
    command: &Command,
    key: Option<&IdempotencyKey>,
    postings: &Postings,
    outcome: &Outcome,
    versions: &BTreeMap<LotNumber, i64>,
    catalogue: &Catalogue,
    clock: &dyn Clock,
) -> Result<Value, serde_json::Error> {
    let recorded_at = outcome.recorded_at;
    let context = &command.context;
    Ok(json!({
        "key": key.map(|key| json!({
            "key": key.key,
            "fingerprint": hex(&key.fingerprint),
            "command": hex_id(command.id.0),
            "signature": intent::signature(&command.action)
                .filter(|_| context.intent_window.is_some())
                .map(|signature| hex(&signature.0)),
        })),
        "body": serde_json::to_string(outcome)?,
        "recorded_at": recorded_at.micros(),
        "user": context.actor.id,
        "override_hold": command.confirm.hold.to_string(),
        "context": {
            "station": context.station,
            "app_version": context.app_version,
            "shift": context.shift,
            "occurred_at": context.occurred_at.map(Timestamp::micros),
            "import": context.import.map(|id| hex_id(id.0)),
            "session": context.session.map(|id| hex_id(id.0)),
        },
        "lots": versions
            .iter()
            .filter(|(lot, _)| touches(postings, lot))
            .map(|(lot, version)| json!({"lot": lot, "version": version}))
            .collect::<Vec<_>>(),
        "new_lots": postings.new_lots.iter().map(|new| {
            let mut lot = attributes(catalogue, &new.attributes);
            lot["lot"] = json!(new.lot);
            lot["part"] = json!(new.part.id);
            lot["received_at"] = json!(new.received_at.micros());
            lot["received_by"] = json!(new.received_by);
            lot["parent"] = json!(new.parent);
            lot
        }).collect::<Vec<_>>(),
        "movements": movements(command, postings),
        "lot_changes": postings.lot_changes.iter().map(|change| {
            let mut lot = attributes(catalogue, &change.attributes);
            lot["lot"] = json!(change.lot);
            lot["version"] = json!(change.version);
            lot
        }).collect::<Vec<_>>(),
        "hold": postings.new_hold.as_ref().map(|hold| {
            let (lot, part, location) = match &hold.target {
                HoldTarget::Lot(lot) => (Some(lot), None, None),
                HoldTarget::Part(part) => (None, Some(part), None),
                HoldTarget::Location(location) => (None, None, Some(location)),
            };
            json!({
                "id": hex_id(HoldId::placed_by(command.id).0), "lot": lot, "part": part,
                "location": location, "reason": hold.reason, "notes": hold.notes,
            })
        }),
        "release": postings.released.as_ref().map(|hold| json!({"id": hex_id(hold.id.0)})),
        "events": events(command, postings, clock),
    }))
}

/// Whether the postings read or change `lot` in a way that must not have moved meanwhile.
fn touches(postings: &Postings, lot: &LotNumber) -> bool {
    postings.balances.iter().any(|balance| balance.bucket.lot == *lot)
        || postings.lot_changes.iter().any(|change| change.lot == *lot)
        || postings
            .new_hold
            .as_ref()
            .is_some_and(|hold| hold.target == HoldTarget::Lot(lot.clone()))
}

fn attributes(catalogue: &Catalogue, attributes: &LotAttributes) -> Value {
    let item_type = attributes.item_type.as_ref().and_then(|code| catalogue.item_type(code));
    let color = attributes.color_code.as_ref().and_then(|code| catalogue.color(code));
    json!({
        "item_type": item_type.map(|record| record.row),
        "color": color.map(|record| record.row),
        "work_order": attributes.work_order,
        "notes": attributes.notes,
    })
}

fn movements(command: &Command, postings: &Postings) -> Vec<Value> {
    let mut position = 0_u16;
    let mut lines = Vec::with_capacity(postings.movements.len());
    for posting in &postings.movements {
        position = position.saturating_add(1);
        let (from, to) = (posting.from.bucket(), posting.to.bucket());
        let lot = from.or(to).map(|bucket| &bucket.lot);
        lines.push(json!({
            "id": hex_id(command.id.movement(position).0),
            "type": posting.kind,
            "part": posting.part.id,
            "lot": lot,
            "to_lot": to.map(|bucket| &bucket.lot).filter(|to_lot| Some(*to_lot) != lot),
            "quantity": posting.quantity.units(),
            "from": account(&posting.from),
            "to": account(&posting.to),
            "reason": posting.reason,
            "notes": posting.notes,
            "reverses": posting.reverses.map(|id| hex_id(id.0)),
        }));
    }
    lines
}

fn account(account: &Account) -> Value {
    match account {
        Account::Outside(outside) => json!({"account": outside.as_str()}),
        Account::Bucket(bucket) => json!({
            "account": "stock",
            "operation": bucket.place.operation.id,
            "location": bucket.place.location.id,
        }),
    }
}

/// One `movement.recorded` for each movement, and what else the command means to the world.
fn events(command: &Command, postings: &Postings, clock: &dyn Clock) -> Vec<Value> {
    let mut events = Vec::new();
    let mut tell = |kind: EventType, subject: String, movement: Option<String>| {
        events.push(json!({
            "id": hex_id(clock.fresh_uuid()), "type": kind.as_str(), "subject": subject,
            "movement": movement, "data": null,
        }));
    };
    let mut position = 0_u16;
    for posting in &postings.movements {
        position = position.saturating_add(1);
        let lot = posting.from.bucket().or_else(|| posting.to.bucket());
        let subject = lot.map(|bucket| bucket.lot.to_string()).unwrap_or_default();
        let id = hex_id(command.id.movement(position).0);
        tell(EventType::MovementRecorded, subject.clone(), Some(id.clone()));
        if posting.reverses.is_some() {
            tell(EventType::MovementReversed, subject, Some(id));
        }
    }
    for change in &postings.lot_changes {
        tell(EventType::LotChanged, change.lot.to_string(), None);
    }
    if postings.new_hold.is_some() {
        tell(EventType::LotHeld, HoldId::placed_by(command.id).to_string(), None);
    }
    if let Some(hold) = &postings.released {
        tell(EventType::LotReleased, hold.id.to_string(), None);
    }
    events
}
