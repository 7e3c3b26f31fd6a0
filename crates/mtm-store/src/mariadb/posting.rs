//! Decided postings as the procedures read them.

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
use crate::write::{Note, attribute_rows, look, notes, target_columns, touched};

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

/// What one call of `mtm_apply_v2` writes: the postings of one command, or of several that were
/// decided one on the other.
#[derive(Debug, Default)]
pub(super) struct PostingSet {
    /// The lots decided on, with the versions they had before the first of the commands.
    lots: BTreeMap<LotNumber, i64>,
    new_lots: Vec<Value>,
    movements: Vec<Value>,
    lot_changes: Vec<Value>,
    holds: Vec<Value>,
    releases: Vec<Value>,
    queue: Vec<Value>,
}

/// What surrounds the postings of a command.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) command: &'a Command,
    pub(super) traceparent: Option<&'a str>,
    pub(super) at: Timestamp,
    pub(super) catalogue: &'a Catalogue,
    pub(super) clock: &'a dyn Clock,
}

impl PostingSet {
    /// How many rows get a place in the log, the audit chain or the outbox.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// As `mtm_apply_v2` takes it.
    pub(super) fn take(&mut self) -> Value {
        let Self { lots, new_lots, movements, lot_changes, holds, releases, queue } =
            std::mem::take(self);
        let lots: Vec<_> =
            lots.iter().map(|(lot, version)| json!({"lot": lot, "version": version})).collect();
        json!({
            "lots": lots, "new_lots": new_lots, "movements": movements,
            "lot_changes": lot_changes, "holds": holds, "releases": releases, "queue": queue,
        })
    }

    /// Adds `postings`, decided on lots of `versions`.
    pub(super) fn add(
        &mut self,
        around: Around<'_>,
        postings: &Postings,
        versions: &[(LotNumber, i64)],
    ) {
        let Around { command, catalogue, at, .. } = around;
        let held = postings.new_hold.as_ref().and_then(|hold| match &hold.target {
            HoldTarget::Lot(lot) => Some(lot),
            _ => None,
        });
        let mut touched = touched(postings);
        touched.extend(held);
        for (lot, version) in versions.iter().filter(|(lot, _)| touched.contains(lot)) {
            self.lots.entry(lot.clone()).or_insert(*version);
        }
        self.new_lots.extend(postings.new_lots.iter().map(|new| {
            let mut lot = attributes(catalogue, &new.attributes);
            lot["lot"] = json!(new.lot);
            lot["part"] = json!(new.part.id);
            lot["received_at"] = json!(new.received_at.micros());
            lot["received_by"] = json!(new.received_by);
            lot["parent"] = json!(new.parent);
            lot
        }));
        let numbered = (1_u16..).zip(&postings.movements);
        self.movements.extend(numbered.map(|(position, it)| movement(around, position, it)));
        self.lot_changes.extend(postings.lot_changes.iter().map(|change| {
            let mut lot = attributes(catalogue, &change.attributes);
            lot["lot"] = json!(change.lot);
            lot["version"] = json!(change.version);
            lot
        }));
        let by = command.context.actor.id;
        self.holds.extend(postings.new_hold.as_ref().map(|hold| {
            let (lot, part, location) = target_columns(&hold.target);
            json!({
                "id": hex_id(HoldId::placed_by(command.id).0), "lot": lot, "part": part,
                "location": location, "reason": hold.reason, "notes": hold.notes,
                "user": by, "at": at.micros(),
            })
        }));
        self.releases.extend(postings.released.as_ref().map(|hold| {
            let notes = match &command.action {
                Action::ReleaseHold(action) => action.notes.as_ref(),
                _ => None,
            };
            json!({ "id": hex_id(hold.id.0), "notes": notes, "user": by, "at": at.micros() })
        }));
        self.queue.extend(queue(around, postings));
    }
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

fn movement(around: Around<'_>, position: u16, posting: &Posting) -> Value {
    let Around { command, at, clock, .. } = around;
    let context = &command.context;
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
        "user": context.actor.id,
        "at": at.micros(),
        "override_hold": u8::from(command.confirm.hold),
        "station": context.station,
        "app_version": context.app_version,
        "shift": context.shift,
        "occurred_at": context.occurred_at.map(Timestamp::micros),
        "import": context.import.map(|id| hex_id(id.0)),
        "session": context.session.map(|id| hex_id(id.0)),
    })
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
fn queue(around: Around<'_>, postings: &Postings) -> Vec<Value> {
    let Around { command, traceparent, at, catalogue, clock } = around;
    let by = command.context.actor.id;
    let row = |mut row: Value| {
        row["user"] = json!(by);
        row["at"] = json!(at.micros());
        row["traceparent"] = json!(traceparent);
        row
    };
    let event = |kind: EventType, subject: &str, data: &Value| {
        row(json!({
            "event": hex_id(clock.fresh_uuid()), "type": kind.as_str(), "subject": subject,
            "data": data.to_string(),
        }))
    };
    let mut queue = Vec::new();
    for (position, posting) in (1_u16..).zip(&postings.movements) {
        let id = command.id.movement(position);
        queue.push(row(json!({ "movement": hex_id(id.0) })));
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
    for note in notes(command, postings, catalogue) {
        queue.push(match note {
            Note::Entry { kind, facts } => {
                row(json!({ "audit": kind, "entry": audit::entry(kind, by, at, &facts) }))
            }
            Note::Event { kind, subject, data } => event(kind, &subject, &data),
        });
    }
    queue
}

/// The key of a single command as `mtm_post_v2` takes it, with the answer to keep.
pub(super) fn key(key: &IdempotencyKey, command: &Command, at: Timestamp, body: &[u8]) -> Value {
    json!({
        "key": key.key,
        "fingerprint": hex(&key.fingerprint),
        "user": key.user,
        "at": at.micros(),
        "command": hex_id(command.id.0),
        "signature": look(command).map(|signature| hex(&signature.0)),
        "body": hex(body),
    })
}
