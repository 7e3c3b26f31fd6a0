//! Quick buttons: at most ten per user, each in a slot of its own, which the schema enforces.

use mtm_core::code::Code;
use mtm_core::rejection::Rejection;
use mtm_core::word::{
    LocationCode, LocationId, OperationCode, OperationId, PartCode, PartId, Quantity, UserId,
};
use serde_json::json;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::record::QuickButton;
use crate::sql::{Connection, Error, Row, optional_word, params, quantity, word};
use crate::sqlite::writer::{Failure, WriteContext};
use crate::submission::{IdempotencyKey, PostError};

const OF_USER: &str = "
    SELECT q.slot, p.code, o.code, q.quantity, l.code
    FROM quick_button q
    JOIN part p ON p.id = q.part_id
    JOIN operation o ON o.id = q.operation_id
    LEFT JOIN location l ON l.id = q.location_id
    WHERE q.user_id = ?1 ORDER BY q.slot";

impl Ledger {
    /// The quick buttons of a user, by slot.
    pub async fn quick_buttons(&self, user: UserId) -> Result<Vec<QuickButton>, Fault> {
        self.query(move |connection| Ok(of_user(connection, user)?)).await
    }

    /// Puts a button into its slot, in the place of the one that was there.
    pub async fn put_quick_button(
        &self,
        user: UserId,
        button: QuickButton,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<QuickButton>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| {
                let button = put(context, user, &button)?;
                let at = context.now();
                let facts = json!({ "user": user, "slot": button.slot });
                context.audit("quick_button.put", user, at, &facts)?;
                Ok(button)
            })?)
        })
        .await
    }

    /// Empties a slot; `false` where it was empty.
    pub async fn delete_quick_button(
        &self,
        user: UserId,
        slot: u8,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<bool>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| {
                let deleted = context.sql().execute(
                    "DELETE FROM quick_button WHERE user_id = ?1 AND slot = ?2",
                    params![user.0, slot],
                )?;
                if deleted > 0 {
                    let at = context.now();
                    let facts = json!({ "user": user, "slot": slot });
                    context.audit("quick_button.deleted", user, at, &facts)?;
                }
                Ok(deleted > 0)
            })?)
        })
        .await
    }

    /// Puts the buttons that now stand in the slots `order` into slots 1, 2, 3, …; `order` names
    /// every used slot once.
    pub async fn reorder_quick_buttons(
        &self,
        user: UserId,
        order: Vec<u8>,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<Vec<QuickButton>>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| reorder(context, user, &order))?)
        })
        .await
    }
}

/// Writes a button; its part and places must exist and take stock.
pub(super) fn put(
    context: &WriteContext<'_>,
    user: UserId,
    button: &QuickButton,
) -> Result<QuickButton, Failure> {
    if !(1..=QuickButton::SLOTS).contains(&button.slot) {
        return Err(Rejection::new(
            Code::InvalidBody,
            "slot",
            format!("slots are 1 to {}", QuickButton::SLOTS),
        )
        .into());
    }
    if button.quantity.is_zero() || button.quantity > Quantity::BOUND {
        return Err(Rejection::new(
            Code::QuantityOutOfRange,
            "quantity",
            format!("{} is not between 1 and {}", button.quantity, Quantity::BOUND),
        )
        .into());
    }
    let (part, operation, location) = rows(context, button)?;
    context.sql().execute(
        "REPLACE INTO quick_button (user_id, slot, part_id, operation_id, quantity, location_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            user.0,
            button.slot,
            part.0,
            operation.0,
            button.quantity.units(),
            location.map(|location| location.0),
        ],
    )?;
    Ok(button.clone())
}

fn rows(
    context: &WriteContext<'_>,
    button: &QuickButton,
) -> Result<(PartId, OperationId, Option<LocationId>), Failure> {
    let catalogue = context.catalogue();
    let unknown = |code, field: &'static str, text: &str| {
        Failure::from(Rejection::new(code, field, format!("no {field} {text}, or it is retired")))
    };
    let part = catalogue
        .part(&button.part)
        .filter(|part| part.header.retired_at.is_none())
        .ok_or_else(|| unknown(Code::UnknownPart, "part", button.part.as_str()))?;
    let operation = catalogue
        .operation(&button.operation)
        .filter(|operation| operation.header.retired_at.is_none())
        .ok_or_else(|| unknown(Code::UnknownOperation, "operation", button.operation.as_str()))?;
    let location = match &button.location {
        None => None,
        Some(code) => Some(
            catalogue
                .location(code)
                .filter(|location| location.header.retired_at.is_none())
                .ok_or_else(|| unknown(Code::UnknownLocation, "location", code.as_str()))?
                .row,
        ),
    };
    Ok((part.row, operation.row, location))
}

fn reorder(
    context: &mut WriteContext<'_>,
    user: UserId,
    order: &[u8],
) -> Result<Vec<QuickButton>, Failure> {
    let used: Vec<u8> = of_user(context.sql(), user)?.iter().map(|button| button.slot).collect();
    let mut named = order.to_vec();
    named.sort_unstable();
    if named != used {
        return Err(Rejection::new(
            Code::InvalidBody,
            "slots",
            format!("name every used slot once; used are {used:?}"),
        )
        .into());
    }
    // All out first: a slot cannot be used twice at any moment. Written back by row, so that a
    // button whose part was retired meanwhile keeps its place.
    let buttons = context
        .sql()
        .prepare_cached(
            "SELECT slot, part_id, operation_id, quantity, location_id
             FROM quick_button WHERE user_id = ?1",
        )?
        .query_all(params![user.0], |row| -> Result<_, Error> {
            Ok((
                row.get::<u8>(0)?,
                row.get::<i64>(1)?,
                row.get::<i64>(2)?,
                row.get::<i64>(3)?,
                row.get::<Option<i64>>(4)?,
            ))
        })?;
    context.sql().execute("DELETE FROM quick_button WHERE user_id = ?1", params![user.0])?;
    for (to, from) in (1_u8..).zip(order) {
        for (_, part, operation, quantity, location) in
            buttons.iter().filter(|(slot, ..)| slot == from)
        {
            context.sql().execute(
                "INSERT INTO quick_button
                     (user_id, slot, part_id, operation_id, quantity, location_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![user.0, to, part, operation, quantity, location],
            )?;
        }
    }
    let at = context.now();
    context.audit("quick_button.reordered", user, at, &json!({ "user": user, "from": order }))?;
    Ok(of_user(context.sql(), user)?)
}

fn of_user(connection: Connection<'_>, user: UserId) -> Result<Vec<QuickButton>, Error> {
    connection.prepare_cached(OF_USER)?.query_all(params![user.0], button)
}

fn button(row: &Row<'_>) -> Result<QuickButton, Error> {
    Ok(QuickButton {
        slot: row.get(0)?,
        part: word(row, 1, PartCode::parse)?,
        operation: word(row, 2, OperationCode::parse)?,
        quantity: quantity(row, 3)?,
        location: optional_word(row, 4, LocationCode::parse)?,
    })
}
