//! Quick buttons: at most ten per user, in slots 1 to 10, each once.
//!
//! The legacy table holds many rows per user, most on one position. A user's buttons are taken in
//! the order of their position, within one position the last used first (then the highest row id),
//! and keep that order in the slots. A second button of the same part, operation and quantity is a
//! repetition; what does not fit is left out and reported.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use mtm_core::word::{OperationCode, PartCode, Quantity, UserName, fold};
use serde::Serialize;

use super::people::person;
use crate::legacy::plant::{LegacyPlant, QuickButton};

/// Most buttons of a user.
pub const SLOTS: u8 = 10;

/// A quick button to create.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlannedButton {
    /// Whose.
    pub user: UserName,
    /// Slot, 1 to 10.
    pub slot: u8,
    /// Part.
    pub part: PartCode,
    /// Operation.
    pub operation: OperationCode,
    /// Pieces.
    pub quantity: Quantity,
    /// Row id in the legacy table.
    pub legacy_id: i64,
}

/// Why a legacy button is not taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutReason {
    /// The user has ten better ones.
    BeyondTen,
    /// The user has the same button in a better place.
    Repeated,
    /// No user, no valid part or operation, or no pieces.
    Unusable,
}

/// A legacy button that is not taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOutButton {
    /// Row id.
    pub legacy_id: i64,
    /// Whose, as stored.
    pub user: String,
    /// Why.
    pub reason: LeftOutReason,
}

/// Buttons to create and those left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Buttons {
    /// By user and slot.
    pub planned: Vec<PlannedButton>,
    /// By user, best first.
    pub left_out: Vec<LeftOutButton>,
}

/// Plans the quick buttons of `plant`.
pub(in crate::legacy) fn buttons(plant: &LegacyPlant) -> Buttons {
    let mut users = BTreeMap::<String, Vec<&QuickButton>>::new();
    for row in &plant.quick_buttons {
        let user = person(&row.user).map_or(String::new(), |name| fold(name.as_str()));
        users.entry(user).or_default().push(row);
    }
    let mut buttons = Buttons { planned: Vec::new(), left_out: Vec::new() };
    for rows in users.values_mut() {
        rows.sort_by_key(|row| (row.position, Reverse(row.used.civil()), Reverse(row.id)));
        let mut seen = HashSet::new();
        let mut slot = 0;
        for row in rows {
            let reason = match usable(row) {
                None => LeftOutReason::Unusable,
                Some((_, part, operation, quantity))
                    if !seen.insert((part, operation, quantity)) =>
                {
                    LeftOutReason::Repeated
                }
                Some(_) if slot == SLOTS => LeftOutReason::BeyondTen,
                Some((user, part, operation, quantity)) => {
                    slot += 1;
                    buttons.planned.push(PlannedButton {
                        user: user.clone(),
                        slot,
                        part: part.clone(),
                        operation: operation.clone(),
                        quantity,
                        legacy_id: row.id,
                    });
                    continue;
                }
            };
            let user = row.user.verbatim().unwrap_or_default().to_owned();
            buttons.left_out.push(LeftOutButton { legacy_id: row.id, user, reason });
        }
    }
    buttons
}

fn usable(row: &QuickButton) -> Option<(&UserName, &PartCode, &OperationCode, Quantity)> {
    let quantity = Quantity::pieces(row.quantity).ok().filter(|quantity| !quantity.is_zero())?;
    Some((person(&row.user)?, row.part.value()?, row.operation.value()?, quantity))
}
