//! Quick buttons: ten slots a user, each used at most once; the schema enforces both.

use mtm_core::Rejection;
use mtm_core::code::Code;
use mtm_core::word::{LocationCode, OperationCode, PartCode, UserId};
use rusqlite::{Connection, Row, params};
use serde_json::json;

use super::once::Kept;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::record::{Once, QuickButton};
use crate::sqlite::catalogue::{optional_word, quantity, word};
use crate::sqlite::writer::{Failure, WriteContext};
use crate::submission::{IdempotencyKey, PostError};

fn read(row: &Row<'_>) -> rusqlite::Result<QuickButton> {
    Ok(QuickButton {
        slot: row.get(0)?,
        part: word(row, 1, PartCode::parse)?,
        operation: word(row, 2, OperationCode::parse)?,
        quantity: quantity(row, 3)?,
        location: optional_word(row, 4, LocationCode::parse)?,
    })
}

fn load(connection: &Connection, user: UserId) -> rusqlite::Result<Vec<QuickButton>> {
    let mut statement = connection.prepare_cached(
        "SELECT slot, part.code, operation.code, quantity, location.code
           FROM quick_button
           JOIN part ON part.id = quick_button.part_id
           JOIN operation ON operation.id = quick_button.operation_id
           LEFT JOIN location ON location.id = quick_button.location_id
          WHERE user_id = ?1 ORDER BY slot",
    )?;
    statement.query_map([user.0], read)?.collect()
}

impl Ledger {
    /// A user's shortcuts, by slot.
    pub async fn quick_buttons(&self, user: UserId) -> Result<Vec<QuickButton>, Fault> {
        self.read(move |connection| load(connection, user).map_err(Fault::from)).await
    }

    /// Puts a shortcut into its slot, replacing what was there. Gives all of the user's.
    pub async fn put_quick_button(
        &self,
        user: UserId,
        button: QuickButton,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Vec<QuickButton>>, PostError> {
        self.write_once(key, Kept::Body, move |context| put(context, user, &button)).await
    }

    /// Empties a slot. Gives all of the user's.
    pub async fn delete_quick_button(
        &self,
        user: UserId,
        slot: u8,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Vec<QuickButton>>, PostError> {
        self.write_once(key, Kept::Body, move |context| {
            let removed = context.connection().execute(
                "DELETE FROM quick_button WHERE user_id = ?1 AND slot = ?2",
                params![user.0, slot],
            )?;
            if removed == 0 {
                let message = format!("slot {slot} is empty");
                return Err(Rejection::new(Code::NotFound, "slot", message).into());
            }
            noted(context, user)
        })
        .await
    }

    /// Puts the shortcuts of the slots in `order` into the slots 1, 2, 3 …; `order` names every
    /// used slot once. Gives all of the user's.
    pub async fn reorder_quick_buttons(
        &self,
        user: UserId,
        order: Vec<u8>,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Vec<QuickButton>>, PostError> {
        self.write_once(key, Kept::Body, move |context| reorder(context, user, &order)).await
    }
}

fn put(
    context: &mut WriteContext<'_>,
    user: UserId,
    button: &QuickButton,
) -> Result<Vec<QuickButton>, Failure> {
    if !(1..=QuickButton::SLOTS).contains(&button.slot) {
        let message = format!("there are slots 1 to {}", QuickButton::SLOTS);
        return Err(Rejection::new(Code::InvalidBody, "slot", message).into());
    }
    if button.quantity.is_zero() {
        let message = "0 pieces is nothing";
        return Err(Rejection::new(Code::QuantityOutOfRange, "quantity", message).into());
    }
    let unknown = |code, field, text: &str| {
        Failure::from(Rejection::new(code, field, format!("{text} is not in the master data")))
    };
    let catalogue = context.catalogue();
    let part = catalogue
        .part(&button.part)
        .ok_or_else(|| unknown(Code::UnknownPart, "part", button.part.as_str()))?
        .row;
    let operation = catalogue
        .operation(&button.operation)
        .ok_or_else(|| unknown(Code::UnknownOperation, "operation", button.operation.as_str()))?
        .row;
    let location = match &button.location {
        None => None,
        Some(code) => Some(
            catalogue
                .location(code)
                .ok_or_else(|| unknown(Code::UnknownLocation, "location", code.as_str()))?
                .row
                .0,
        ),
    };
    context.connection().execute(
        "INSERT INTO quick_button (user_id, slot, part_id, operation_id, quantity, location_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (user_id, slot) DO UPDATE SET part_id = excluded.part_id,
             operation_id = excluded.operation_id, quantity = excluded.quantity,
             location_id = excluded.location_id",
        params![user.0, button.slot, part.0, operation.0, button.quantity.units(), location],
    )?;
    noted(context, user)
}

fn reorder(
    context: &mut WriteContext<'_>,
    user: UserId,
    order: &[u8],
) -> Result<Vec<QuickButton>, Failure> {
    let buttons = load(context.connection(), user)?;
    let mut named = order.to_vec();
    named.sort_unstable();
    if named != buttons.iter().map(|button| button.slot).collect::<Vec<_>>() {
        let message = "order names every used slot once";
        return Err(Rejection::new(Code::InvalidBody, "order", message).into());
    }
    context.connection().execute("DELETE FROM quick_button WHERE user_id = ?1", [user.0])?;
    for (slot, old) in (1_u8..).zip(order) {
        if let Some(button) = buttons.iter().find(|button| button.slot == *old) {
            put(context, user, &QuickButton { slot, ..button.clone() })?;
        }
    }
    noted(context, user)
}

fn noted(context: &mut WriteContext<'_>, user: UserId) -> Result<Vec<QuickButton>, Failure> {
    let buttons = load(context.connection(), user)?;
    let at = context.now();
    context.audit("quick_buttons.changed", user, at, &json!({"used": buttons.len()}))?;
    Ok(buttons)
}
