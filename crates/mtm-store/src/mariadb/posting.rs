//! A command's postings as the procedures read them.

use std::collections::BTreeMap;

use mtm_core::audit;
use mtm_core::catalogue::{Catalogue, HoldTarget};
use mtm_core::command::{Action, Command, LotAttributes};
use mtm_core::event::EventType;
use mtm_core::movement::Account;
use mtm_core::posting::{Posting, Postings};
use mtm_core::word::{HoldId, LotNumber, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Clock;
use crate::submission::IdempotencyKey;
use crate::write::{Note, attribute_rows, look, notes, target_columns};

/// Hexadecimal, lower-case: how bytes travel in JSON.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn hex_id(id: Uuid) -> String {
    id.simple().to_string()
}

/// What one call of `mtm_apply` writes: `postings`, decided on `lots` of `versions`.
pub(super) fn posting(
    command: &Command,
    traceparent: Option<&str>,
    postings: &Postings,
    at: Timestamp,
    versions: &BTreeMap<LotNumber, i64>,
    catalogue: &Catalogue,
    clock: &dyn Clock,
) -> Value {
    let context = &command.context;
    let release = match &command.action {
        Action::ReleaseHold(action) => action.notes.as_ref(),
        _ => None,
    };
    json!({
        "recorded_at": at.micros(),
        "user": context.actor.id,
        "override_hold": command.confirm.hold.to_string(),
        "traceparent": traceparent,
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
        "movements": movements(command, postings, clock),
        "lot_changes": postings.lot_changes.iter().map(|change| {
            let mut lot = attributes(catalogue, &change.attributes);
            lot["lot"] = json!(change.lot);
            lot["version"] = json!(change.version);
            lot
        }).collect::<Vec<_>>(),
        "hold": postings.new_hold.as_ref().map(|hold| {
            let (lot, part, location) = target_columns(&hold.target);
            json!({
                "id": hex_id(HoldId::placed_by(command.id).0), "lot": lot, "part": part,
                "location": location, "reason": hold.reason, "notes": hold.notes,
            })
        }),
        "release": postings.released.as_ref().map(|hold| {
            json!({ "id": hex_id(hold.id.0), "notes": release })
        }),
        "queue": queue(command, postings, at, catalogue, clock),
    })
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
    let (item_type, color) = attribute_rows(catalogue, attributes);
    json!({
        "item_type": item_type,
        "color": color,
        "work_order": attributes.work_order,
        "notes": attributes.notes,
    })
}

fn movements(command: &Command, postings: &Postings, clock: &dyn Clock) -> Vec<Value> {
    let numbered = (1_u16..).zip(&postings.movements);
    let line = |(position, posting): (u16, &Posting)| {
        let (from, to) = (posting.from.bucket(), posting.to.bucket());
        let lot = from.or(to).map(|bucket| &bucket.lot);
        json!({
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
            // The audit entry holds the notes only as a salted hash.
            "salt": posting.notes.as_ref().map(|_| hex_id(clock.fresh_uuid())),
            "reverses": posting.reverses.map(|id| hex_id(id.0)),
        })
    };
    numbered.map(line).collect()
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

/// Everything that needs a place in the log, the chain or the outbox, in order.
fn queue(
    command: &Command,
    postings: &Postings,
    at: Timestamp,
    catalogue: &Catalogue,
    clock: &dyn Clock,
) -> Vec<Value> {
    let mut queue = Vec::new();
    let event = |kind: EventType, subject: &str, data: &Value| {
        json!({
            "event": hex_id(clock.fresh_uuid()), "type": kind.as_str(), "subject": subject,
            "data": data.to_string(),
        })
    };
    for (position, posting) in (1_u16..).zip(&postings.movements) {
        let id = command.id.movement(position);
        queue.push(json!({ "movement": hex_id(id.0) }));
        if let Some(original) = posting.reverses {
            let bucket = posting.from.bucket().or_else(|| posting.to.bucket());
            let lot = bucket.map(|bucket| &bucket.lot);
            let data = json!({
                "movement_id": original, "reversed_by": id, "lot": lot,
                "part": posting.part.code, "quantity": posting.quantity,
            });
            let subject = lot.map(ToString::to_string).unwrap_or_default();
            queue.push(event(EventType::MovementReversed, &subject, &data));
        }
    }
    let by = command.context.actor.id;
    for note in notes(command, postings, catalogue) {
        queue.push(match note {
            Note::Entry { kind, facts } => {
                json!({ "audit": kind, "entry": audit::entry(kind, by, at, &facts) })
            }
            Note::Event { kind, subject, data } => event(kind, &subject, &data),
        });
    }
    queue
}

/// The key of a single command as `mtm_post` takes it, with the answer to keep.
pub(super) fn key(key: &IdempotencyKey, command: &Command, body: &[u8]) -> Value {
    json!({
        "key": key.key,
        "fingerprint": hex(&key.fingerprint),
        "command": hex_id(command.id.0),
        "signature": look(command).map(|signature| hex(&signature.0)),
        "body": hex(body),
    })
}
