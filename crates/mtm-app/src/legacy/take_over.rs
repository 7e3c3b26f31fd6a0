//! Applying the plan: from its fields to what the ledger writes in one transaction.

use std::collections::HashMap;

use mtm_core::command::{LotAttributes, Patch};
use mtm_core::policy::Deed;
use mtm_core::word::LotNumber;
use mtm_store::Fault;
use mtm_store::master::{MasterAttributes, MasterNoun, NewMaster};
use mtm_store::query::LegacyRow;
use mtm_store::record::{Migrated, Migration, NewUser, Opening, PastLot, QuickButton};

use super::plan::{LegacyRecord, Masters, MigrationPlan, People, PlannedLot};
use super::report::ReconciliationReport;
use crate::App;
use crate::error::AppError;
use crate::principal::Principal;

impl App {
    /// Takes over what `plan` says, all or nothing. The same dump again changes nothing.
    pub async fn take_over(
        &self,
        who: &Principal,
        plan: &MigrationPlan,
        report: &ReconciliationReport,
    ) -> Result<Migrated, AppError> {
        who.require(Deed::Administer)?;
        let report = serde_json::to_value(report).map_err(broken)?;
        let migration = migration(plan, report)?;
        Ok(self.ledger().migrate(who.actor(), migration).await?)
    }
}

fn broken(error: impl std::fmt::Display) -> Fault {
    Fault::Permanent(error.to_string())
}

fn migration(plan: &MigrationPlan, report: serde_json::Value) -> Result<Migration, Fault> {
    let lots: HashMap<&LotNumber, &PlannedLot> =
        plan.stock.lots.iter().map(|lot| (&lot.number, lot)).collect();
    let openings = plan.stock.openings.iter().map(|opening| Opening {
        part: opening.part.clone(),
        operation: opening.operation.clone(),
        location: opening.location.clone(),
        lot: opening.lot.clone(),
        quantity: opening.quantity,
        attributes: lots.get(&opening.lot).map(|lot| attributes(lot)).unwrap_or_default(),
        received_at: lots.get(&opening.lot).map_or(opening.received_at, |lot| lot.received_at),
        received_by: opening.received_by.clone(),
        rows: opening.rows.iter().map(|row| (row.id, row.lot.clone(), row.quantity)).collect(),
    });
    let past = plan.stock.lots.iter().filter(|lot| !lot.on_hand).map(past_lot);
    let buttons = plan.buttons.planned.iter().map(|button| {
        let shortcut = QuickButton {
            slot: button.slot,
            part: button.part.clone(),
            operation: button.operation.clone(),
            quantity: button.quantity,
            location: None,
        };
        (button.user.clone(), shortcut)
    });
    Ok(Migration {
        source_hash: source_hash(&plan.source_sha256)?,
        masters: masters(&plan.masters),
        users: users(&plan.people),
        openings: openings.collect(),
        past_lots: past.collect(),
        history: plan.history.iter().map(history).collect(),
        quick_buttons: buttons.collect(),
        last_lot: plan.stock.next_lot.saturating_sub(1),
        report,
    })
}

/// People, disabled until they set a secret.
pub(super) fn users(people: &People) -> Vec<NewUser> {
    let users = people.users.iter().map(|user| NewUser {
        name: user.name.clone(),
        display_name: user.full_name.clone(),
        role: user.role,
        password_hash: None,
    });
    users.collect()
}

pub(super) fn past_lot(lot: &PlannedLot) -> PastLot {
    PastLot {
        lot: lot.number.clone(),
        part: lot.part.clone(),
        attributes: attributes(lot),
        received_at: lot.received_at,
        received_by: lot.received_by.clone(),
    }
}

pub(super) fn attributes(lot: &PlannedLot) -> LotAttributes {
    LotAttributes {
        item_type: lot.item_type.clone(),
        work_order: lot.work_order.clone(),
        color_code: lot.color_code.clone(),
        notes: lot.notes.clone(),
    }
}

/// Item types first: parts name them.
pub(super) fn masters(from: &Masters) -> Vec<NewMaster> {
    let plain = |noun, code: &str, unverified| NewMaster {
        attributes: MasterAttributes {
            unverified: Some(unverified),
            ..MasterAttributes::default()
        },
        ..NewMaster::named(noun, code)
    };
    let mut masters = Vec::new();
    masters.extend(
        from.item_types
            .iter()
            .map(|new| plain(MasterNoun::ItemType, new.code.as_str(), new.unverified)),
    );
    masters.extend(
        from.color_codes
            .iter()
            .map(|new| plain(MasterNoun::ColorCode, new.code.as_str(), new.unverified)),
    );
    masters.extend(
        from.operations
            .iter()
            .map(|new| plain(MasterNoun::Operation, new.code.as_str(), new.unverified)),
    );
    masters.extend(from.locations.iter().map(|new| {
        let mut master = plain(MasterNoun::Location, new.code.as_str(), new.unverified);
        master.attributes.building = set(new.attributes.building.as_ref());
        master
    }));
    masters.extend(from.parts.iter().map(|new| {
        let mut master = plain(MasterNoun::Part, new.code.as_str(), new.unverified);
        let wanted = &mut master.attributes;
        wanted.description = set(new.attributes.description.as_ref());
        wanted.customer = set(new.attributes.customer.as_ref());
        wanted.item_type = set(new.attributes.item_type.as_ref());
        wanted.requires_color = Some(new.attributes.requires_color);
        wanted.operations = Some(new.attributes.operations.clone());
        master
    }));
    masters
}

fn set<T: Clone>(value: Option<&T>) -> Patch<T> {
    value.cloned().map_or(Patch::Keep, Patch::Set)
}

fn text<T: ToString>(word: Option<&T>) -> Option<String> {
    word.map(ToString::to_string)
}

pub(super) fn history(record: &LegacyRecord) -> (LegacyRow, String) {
    let row = LegacyRow {
        id: record.legacy_id,
        kind: record.kind.to_lowercase(),
        lot: text(record.lot.as_ref()),
        part: text(record.part.as_ref()).unwrap_or_default(),
        from_location: text(record.from_location.as_ref()),
        to_location: text(record.to_location.as_ref()),
        operation: text(record.operation.as_ref()),
        quantity: record.quantity,
        notes: text(record.notes.as_ref()),
        color_code: text(record.color_code.as_ref()),
        work_order: text(record.work_order.as_ref()),
        user: text(record.user.as_ref()),
        item_type: text(record.item_type.as_ref()),
        occurred_at: record.occurred_at,
    };
    (row, record.verbatim.clone())
}

fn source_hash(hex: &str) -> Result<[u8; 32], Fault> {
    let mut hash = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return Err(broken("the dump's hash is not 64 digits"));
    }
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).map_err(broken)?;
    }
    Ok(hash)
}
