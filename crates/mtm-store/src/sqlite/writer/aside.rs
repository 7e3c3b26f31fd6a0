//! What a command writes besides movements: changed lots, holds, counts that agreed, and the
//! events that no single movement tells.

use std::sync::Arc;

use mtm_core::catalogue::{ActiveHold, Catalogue, HoldTarget};
use mtm_core::command::{Action, Adjust, Command, Complete, ReleaseHold};
use mtm_core::event::EventType;
use mtm_core::posting::{LotChange, NewHold, Postings};
use mtm_core::word::{HoldId, LotNumber, Note, Timestamp};
use rusqlite::params;
use serde_json::{Value, json};

use super::apply::{attribute_rows, counted_in_agreement};
use super::context::WriteContext;
use super::failure::Failure;

pub(super) fn apply(
    context: &mut WriteContext<'_>,
    command: &Command,
    postings: &Postings,
    at: Timestamp,
    traceparent: Option<&str>,
) -> Result<(), Failure> {
    let mut aside = Aside { context, command, at, traceparent };
    for change in &postings.lot_changes {
        aside.change_lot(change)?;
    }
    if let Some(hold) = &postings.new_hold {
        aside.place_hold(hold)?;
    }
    if let (Some(hold), Action::ReleaseHold(action)) = (&postings.released, &command.action) {
        aside.release_hold(hold, action)?;
    }
    match &command.action {
        Action::Adjust(action) if counted_in_agreement(&command.action, postings) => {
            aside.agree(action, postings)
        }
        Action::Complete(action) => aside.complete(action, postings),
        _ => Ok(()),
    }
}

struct Aside<'a, 'w> {
    context: &'a mut WriteContext<'w>,
    command: &'a Command,
    at: Timestamp,
    traceparent: Option<&'a str>,
}

impl Aside<'_, '_> {
    fn audit(&mut self, kind: &str, facts: &Value) -> Result<(), Failure> {
        self.context.audit(kind, self.command.context.actor.id, self.at, facts)?;
        Ok(())
    }

    fn tell(&mut self, kind: EventType, subject: &str, data: &Value) -> Result<(), Failure> {
        self.context.emit(kind, subject, self.at, data, self.traceparent)?;
        Ok(())
    }

    fn change_lot(&mut self, change: &LotChange) -> Result<(), Failure> {
        let LotChange { lot, attributes, version } = change;
        let (item_type, color) = attribute_rows(&self.context.state.catalogue, attributes);
        let changed = self
            .context
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
                attributes.notes.as_ref().map(Note::as_str),
                version,
            ])?;
        if changed != 1 {
            return Err(Failure::Broken(format!("lot {lot} is not of the version decided on")));
        }
        // Notes are free text: the entry says only whether there are any.
        let facts = json!({
            "lot": lot, "version": version, "item_type": attributes.item_type,
            "work_order": attributes.work_order, "color_code": attributes.color_code,
            "has_notes": attributes.notes.is_some(),
        });
        self.audit("lot", &facts)?;
        let data = json!({
            "lot": lot, "version": version, "item_type": attributes.item_type,
            "work_order": attributes.work_order, "color_code": attributes.color_code,
            "notes": attributes.notes,
        });
        self.tell(EventType::LotChanged, lot.as_str(), &data)
    }

    fn place_hold(&mut self, hold: &NewHold) -> Result<(), Failure> {
        let id = HoldId::placed_by(self.command.id);
        let (lot, part, location) = target_columns(&hold.target);
        self.context
            .connection
            .prepare_cached(
                "INSERT INTO hold (id, lot, part_id, location_id, reason, notes, placed_by,
                                   placed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                id.0.as_bytes(),
                lot.map(LotNumber::as_str),
                part,
                location,
                hold.reason.as_str(),
                hold.notes.as_ref().map(Note::as_str),
                self.command.context.actor.id.0,
                self.at.micros(),
            ])?;
        let active = ActiveHold { id, target: hold.target.clone(), reason: hold.reason.clone() };
        let facts = json!({
            "hold": id, "lot": lot, "part": part, "location": location, "reason": hold.reason,
            "has_notes": hold.notes.is_some(),
        });
        self.audit("hold", &facts)?;
        let (subject, data) = held(&self.context.state.catalogue, &active);
        self.context.catalogue_mut().holds.push(active);
        self.tell(EventType::LotHeld, &subject, &data)
    }

    fn release_hold(&mut self, hold: &ActiveHold, action: &ReleaseHold) -> Result<(), Failure> {
        let changed = self
            .context
            .connection
            .prepare_cached(
                "UPDATE hold SET released_by = ?2, released_at = ?3, release_notes = ?4
                 WHERE id = ?1 AND released_at IS NULL",
            )?
            .execute(params![
                hold.id.0.as_bytes(),
                self.command.context.actor.id.0,
                self.at.micros(),
                action.notes.as_ref().map(Note::as_str),
            ])?;
        if changed != 1 {
            return Err(Failure::Broken(format!("hold {} is not active", hold.id)));
        }
        self.audit("release", &json!({ "hold": hold.id, "has_notes": action.notes.is_some() }))?;
        let (subject, data) = held(&self.context.state.catalogue, hold);
        self.context.catalogue_mut().holds.retain(|active| active.id != hold.id);
        self.tell(EventType::LotReleased, &subject, &data)
    }

    /// A count that agreed moves nothing, but somebody looked: the audit log says so.
    fn agree(&mut self, action: &Adjust, postings: &Postings) -> Result<(), Failure> {
        let pick = &action.pick;
        let catalogue: Arc<Catalogue> = Arc::clone(&self.context.state.catalogue);
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
        self.audit("count", &facts)
    }

    fn complete(&mut self, action: &Complete, postings: &Postings) -> Result<(), Failure> {
        let Some(bucket) = postings.balances.first().map(|balance| &balance.bucket) else {
            return Ok(());
        };
        let source = postings.movements.iter().find_map(|posting| posting.from.bucket());
        let source = source.unwrap_or(bucket);
        let mut lots: Vec<&LotNumber> =
            postings.balances.iter().map(|balance| &balance.bucket.lot).collect();
        lots.dedup();
        let data = json!({
            "command_id": self.command.id, "part": source.part.code,
            "operation": source.place.operation.code, "location": source.place.location.code,
            "to_operation": action.to_operation, "lots": lots, "good": action.good,
            "scrap": action.scrap, "rework": action.rework,
        });
        self.tell(EventType::OperationCompleted, source.part.code.as_str(), &data)
    }
}

fn target_columns(target: &HoldTarget) -> (Option<&LotNumber>, Option<i64>, Option<i64>) {
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
