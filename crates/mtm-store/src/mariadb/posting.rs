//! Decided postings as the procedures read them.

use std::collections::BTreeMap;

use mtm_core::audit;
use mtm_core::catalogue::{Catalogue, HoldTarget};
use mtm_core::command::{Action, Command, LotAttributes};
use mtm_core::event::EventType;
use mtm_core::movement::Account;
use mtm_core::posting::{Posting, Postings};
use mtm_core::word::{HoldId, LocationId, LotNumber, OperationId, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::rows::{Column, Rows};
use crate::clock::Clock;
use crate::submission::IdempotencyKey;
use crate::write::{Failure, Note, attribute_rows, look, notes, target_columns, touched};

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

/// What one call of `mtm_apply_v3` writes: the postings of one command, or of several that were
/// decided one on the other.
#[derive(Debug, Default)]
pub(super) struct PostingSet {
    /// The lots decided on, with the versions they had before the first of the commands.
    lots: BTreeMap<LotNumber, i64>,
    new_lots: Rows,
    movements: Rows,
    lot_changes: Rows,
    holds: Rows,
    releases: Rows,
    queue: Rows,
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

    /// As `mtm_apply_v3` takes it, in its order.
    pub(super) fn take(&mut self) -> Result<[Option<String>; 7], Failure> {
        let mut set = std::mem::take(self);
        let mut lots = Rows::default();
        for (lot, version) in &set.lots {
            lots.add(&[lot, version])?;
        }
        let [new_lots, movements, lot_changes, holds, releases, queue] = [
            &mut set.new_lots,
            &mut set.movements,
            &mut set.lot_changes,
            &mut set.holds,
            &mut set.releases,
            &mut set.queue,
        ]
        .map(Rows::take);
        Ok([lots.take(), new_lots, movements, lot_changes, holds, releases, queue])
    }

    /// Adds `postings`, decided on lots of `versions`.
    pub(super) fn add(
        &mut self,
        around: Around<'_>,
        postings: &Postings,
        versions: &[(LotNumber, i64)],
    ) -> Result<(), Failure> {
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
        for new in &postings.new_lots {
            let LotAttributes { work_order, notes, .. } = &new.attributes;
            let (item_type, color) = attribute_rows(catalogue, &new.attributes);
            let received_at = new.received_at.micros();
            self.new_lots.add(&[
                &new.lot,
                &new.part.id,
                &received_at,
                &new.received_by,
                &item_type,
                &color,
                work_order,
                notes,
                &new.parent,
            ])?;
        }
        for (position, posting) in (1_u16..).zip(&postings.movements) {
            self.movement(around, position, posting)?;
        }
        for change in &postings.lot_changes {
            let LotAttributes { work_order, notes, .. } = &change.attributes;
            let (item_type, color) = attribute_rows(catalogue, &change.attributes);
            let row: [&dyn Column; 6] =
                [&change.lot, &change.version, &item_type, &color, work_order, notes];
            self.lot_changes.add(&row)?;
        }
        let by = command.context.actor.id;
        if let Some(hold) = &postings.new_hold {
            let id = hex_id(HoldId::placed_by(command.id).0);
            let (lot, part, location) = target_columns(&hold.target);
            self.holds.add(&[
                &id,
                &lot,
                &part,
                &location,
                &hold.reason,
                &by,
                &at.micros(),
                &hold.notes,
            ])?;
        }
        if let Some(hold) = &postings.released {
            let notes = match &command.action {
                Action::ReleaseHold(action) => action.notes.as_ref(),
                _ => None,
            };
            self.releases.add(&[&hex_id(hold.id.0), &by, &at.micros(), &notes])?;
        }
        self.queue(around, postings)
    }

    fn movement(
        &mut self,
        around: Around<'_>,
        position: u16,
        posting: &Posting,
    ) -> Result<(), Failure> {
        let Around { command, at, clock, .. } = around;
        let context = &command.context;
        let (from, to) = (posting.from.bucket(), posting.to.bucket());
        let lot = from.or(to).map(|bucket| &bucket.lot);
        let to_lot = to.map(|bucket| &bucket.lot).filter(|to_lot| Some(*to_lot) != lot);
        let [from, to] = [&posting.from, &posting.to].map(account);
        // The audit entry holds the notes only as a salted hash.
        let salt = posting.notes.as_ref().map(|_| hex_id(clock.fresh_uuid()));
        self.movements.add(&[
            &hex_id(command.id.movement(position).0),
            &posting.kind,
            &posting.part.id,
            &lot,
            &to_lot,
            &posting.quantity.units(),
            &at.micros(),
            &from.0,
            &from.1,
            &from.2,
            &to.0,
            &to.1,
            &to.2,
            &context.actor.id,
            &command.confirm.hold.then_some(1),
            &posting.reason,
            &posting.notes,
            &salt,
            &posting.reverses.map(|id| hex_id(id.0)),
            &context.station,
            &context.app_version,
            &context.shift,
            &context.occurred_at.map(Timestamp::micros),
            &context.import.map(|id| hex_id(id.0)),
            &context.session.map(|id| hex_id(id.0)),
        ])
    }

    /// Everything that needs a place in the log, the chain or the outbox, in order.
    fn queue(&mut self, around: Around<'_>, postings: &Postings) -> Result<(), Failure> {
        let Around { command, traceparent, at, catalogue, clock } = around;
        let by = command.context.actor.id;
        let queue = &mut self.queue;
        let mut row = |row: &[&dyn Column]| {
            let first: [&dyn Column; 3] = [&by, &at.micros(), &traceparent];
            queue.add(&[first.as_slice(), row].concat())
        };
        let none = None::<&str>;
        let event = |kind: EventType, subject: &str, data: &Value| {
            (hex_id(clock.fresh_uuid()), kind.as_str(), subject.to_owned(), data.to_string())
        };
        for (position, posting) in (1_u16..).zip(&postings.movements) {
            let id = command.id.movement(position);
            row(&[&hex_id(id.0)])?;
            if let Some(original) = posting.reverses {
                let bucket = posting.from.bucket().or_else(|| posting.to.bucket());
                let lot = bucket.map(|bucket| &bucket.lot);
                let data = json!({
                    "movement_id": original, "reversed_by": id, "lot": lot,
                    "part": posting.part.code, "quantity": posting.quantity,
                });
                let subject = lot.map(ToString::to_string).unwrap_or_default();
                let (id, kind, subject, data) = event(EventType::MovementReversed, &subject, &data);
                row(&[&none, &none, &none, &id, &kind, &subject, &data])?;
            }
        }
        for note in notes(command, postings, catalogue) {
            match note {
                Note::Entry { kind, facts } => {
                    row(&[&none, &kind, &audit::entry(kind, by, at, &facts)])?;
                }
                Note::Event { kind, subject, data } => {
                    let (id, kind, subject, data) = event(kind, &subject, &data);
                    row(&[&none, &none, &none, &id, &kind, &subject, &data])?;
                }
            }
        }
        Ok(())
    }
}

/// Its name, operation and location.
fn account(account: &Account) -> (&'static str, Option<OperationId>, Option<LocationId>) {
    match account {
        Account::Outside(outside) => (outside.as_str(), None, None),
        Account::Bucket(bucket) => {
            ("stock", Some(bucket.place.operation.id), Some(bucket.place.location.id))
        }
    }
}

/// Adds the key of a single command as `mtm_post_v3` takes it, with the answer to keep.
pub(super) fn key(
    keys: &mut Rows,
    key: &IdempotencyKey,
    command: &Command,
    at: Timestamp,
    body: &[u8],
) -> Result<(), Failure> {
    keys.add(&[
        &key.key,
        &hex(&key.fingerprint),
        &key.user,
        &at.micros(),
        &hex_id(command.id.0),
        &hex(body),
        &look(command).map(|signature| hex(&signature.0)),
    ])
}
