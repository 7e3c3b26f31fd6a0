//! Taking over an earlier system's data in one transaction: a run that is killed leaves nothing.
//!
//! The stock comes in as `opening` movements through the same deciding and writing as every
//! other command. The earlier log is kept verbatim beside the ledger and never counted.

use std::collections::HashMap;

use mtm_core::Action;
use mtm_core::Rejection;
use mtm_core::code::Code;
use mtm_core::command::{Actor, Command, Confirmations, Context, Open, Spot};
use mtm_core::word::{CommandId, UserId, UserName, fold};
use serde_json::json;

use crate::ledger::Ledger;
use crate::master::{MasterNoun, NewMaster};
use crate::people::user;
use crate::query::LegacyRow;
use crate::record::{
    LegacyStock, Migrated, Migration, NewUser, Opening, PastLot, QuickButton, UserKind,
};
use crate::sql::{OptionalExtension, params};
use crate::sqlite::writer::{Failure, WriteContext, attribute_rows};
use crate::submission::PostError;

impl Ledger {
    /// Takes everything over, all or nothing. The same source again changes nothing and gives
    /// the report of the first time. Refused (`not_empty`) on a ledger with movements.
    pub async fn migrate(&self, by: Actor, migration: Migration) -> Result<Migrated, PostError> {
        self.write(move |context| Ok(migrate(context, &by, &migration)?)).await
    }
}

fn migrate(
    context: &mut WriteContext<'_>,
    by: &Actor,
    migration: &Migration,
) -> Result<Migrated, Failure> {
    if let Some(report) = finished(context, &migration.source_hash)? {
        return Ok(Migrated { report, repeated: true });
    }
    refuse_used_ledger(context)?;
    for new in &migration.masters {
        if !exists(context, new) {
            context.create_master(new, by.id)?;
        }
    }
    let users = add_users(context, by, &migration.users)?.by_name;
    for opening in &migration.openings {
        open(context, by, opening, &users)?;
    }
    for opening in &migration.openings {
        remember_stock(context, opening)?;
    }
    for lot in &migration.past_lots {
        add_past_lot(context, lot, &users)?;
    }
    for (row, verbatim) in &migration.history {
        add_history(context, row, verbatim)?;
    }
    for (name, button) in &migration.quick_buttons {
        if let Some(user) = users.get(&fold(name.as_str())) {
            add_button(context, *user, button)?;
        }
    }
    context.raise_lot_counter(migration.last_lot)?;
    let at = context.now();
    context.sql().execute(
        "INSERT INTO legacy_migration (source_hash, finished_at, report) VALUES (?1, ?2, ?3)",
        params![migration.source_hash, at.micros(), migration.report.to_string()],
    )?;
    context.sql().execute(
        "INSERT INTO legacy_follow (id, round, followed_at) VALUES (1, 0, ?1)",
        params![at.micros()],
    )?;
    let facts = json!({
        "source": mtm_core::audit::Hash(migration.source_hash).hex(),
        "openings": migration.openings.len(), "history": migration.history.len(),
    });
    context.audit("legacy.migrated", by.id, at, &facts)?;
    Ok(Migrated { report: migration.report.clone(), repeated: false })
}

fn finished(
    context: &WriteContext<'_>,
    source: &[u8; 32],
) -> Result<Option<serde_json::Value>, Failure> {
    let report = context
        .sql()
        .query_row(
            "SELECT report FROM legacy_migration WHERE source_hash = ?1",
            params![source],
            |row| row.get::<String>(0),
        )
        .optional()?;
    report
        .map(|report| serde_json::from_str(&report))
        .transpose()
        .map_err(|error| Failure::Broken(format!("a kept report: {error}")))
}

fn refuse_used_ledger(context: &WriteContext<'_>) -> Result<(), Failure> {
    let used: bool = context.sql().query_row(
        "SELECT EXISTS (SELECT 1 FROM movement) OR EXISTS (SELECT 1 FROM legacy_movement)",
        &[],
        |row| row.get(0),
    )?;
    if used {
        let message = "an earlier system is taken over into an empty ledger only";
        return Err(Rejection::new(Code::NotEmpty, None, message).into());
    }
    Ok(())
}

fn exists(context: &WriteContext<'_>, new: &NewMaster) -> bool {
    let (catalogue, code) = (context.catalogue(), fold(&new.code));
    match new.noun {
        MasterNoun::Part => catalogue.parts.by_folded(&code).is_some(),
        MasterNoun::Operation => catalogue.operations.by_folded(&code).is_some(),
        MasterNoun::Location => catalogue.locations.by_folded(&code).is_some(),
        MasterNoun::ItemType => catalogue.item_types.by_folded(&code).is_some(),
        MasterNoun::ColorCode => catalogue.colors.by_folded(&code).is_some(),
        MasterNoun::Reason(_) => false,
    }
}

/// People that a migration names.
pub(crate) struct Users {
    /// Their rows, by folded name.
    pub(crate) by_name: HashMap<String, UserId>,
    /// How many of them were not there before.
    pub(crate) added: u64,
}

/// Adds those who are not there, disabled.
pub(crate) fn add_users(
    context: &mut WriteContext<'_>,
    by: &Actor,
    wanted: &[NewUser],
) -> Result<Users, Failure> {
    let mut users = HashMap::new();
    let mut count = 0;
    for new in wanted {
        let folded = fold(new.name.as_str());
        let known = user::by_name(context.sql(), &folded)?;
        let row = if let Some(known) = known {
            known.row
        } else {
            let added = user::insert(context, UserKind::Person, new, None, by.id)?;
            let at = context.now();
            context.sql().execute(
                "UPDATE user SET disabled_at = ?2 WHERE id = ?1",
                params![added.row.0, at.micros()],
            )?;
            count += 1;
            added.row
        };
        users.insert(folded, row);
    }
    Ok(Users { by_name: users, added: count })
}

pub(crate) fn row_of(users: &HashMap<String, UserId>, name: Option<&UserName>) -> Option<UserId> {
    name.and_then(|name| users.get(&fold(name.as_str()))).copied()
}

fn open(
    context: &mut WriteContext<'_>,
    by: &Actor,
    opening: &Opening,
    users: &HashMap<String, UserId>,
) -> Result<(), Failure> {
    let command = Command {
        id: CommandId::from_fresh(context.fresh_uuid()),
        context: Context {
            actor: by.clone(),
            station: None,
            app_version: None,
            occurred_at: None,
            shift: None,
            import: None,
            session: None,
            intent_window: None,
        },
        confirm: Confirmations::default(),
        action: Action::Open(Open {
            part: opening.part.clone(),
            operation: opening.operation.clone(),
            location: opening.location.clone(),
            lot: opening.lot.clone(),
            quantity: opening.quantity,
            attributes: opening.attributes.clone(),
            received_at: opening.received_at,
            received_by: row_of(users, opening.received_by.as_ref()),
        }),
    };
    context.execute(&command, None)?;
    Ok(())
}

/// Which rows of the earlier system the opening stands for.
fn remember_stock(context: &WriteContext<'_>, opening: &Opening) -> Result<(), Failure> {
    let spot = Spot { operation: opening.operation.clone(), location: opening.location.clone() };
    for (id, legacy_lot, quantity) in &opening.rows {
        let row = LegacyStock {
            lot: opening.lot.clone(),
            id: *id,
            legacy_lot: legacy_lot.clone(),
            spot: spot.clone(),
            quantity: *quantity,
        };
        crate::follow::remember(context, &row)?;
    }
    Ok(())
}

pub(crate) fn add_past_lot(
    context: &WriteContext<'_>,
    lot: &PastLot,
    users: &HashMap<String, UserId>,
) -> Result<(), Failure> {
    let Some(part) = context.catalogue().part(&lot.part) else { return Ok(()) };
    let (item_type, color) = attribute_rows(context.catalogue(), &lot.attributes);
    let connection = context.sql();
    // Nobody writes a server's lots but through a procedure.
    let add = connection.pick(
        "INSERT INTO lot (lot, part_id, item_type_id, color_id, work_order, notes, received_at,
                          received_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        "CALL mtm_past_lot(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    );
    connection.execute(
        add,
        params![
            lot.lot.as_str(),
            part.row.0,
            item_type,
            color,
            lot.attributes.work_order.as_ref().map(AsRef::<str>::as_ref),
            lot.attributes.notes.as_ref().map(AsRef::<str>::as_ref),
            lot.received_at.micros(),
            row_of(users, lot.received_by.as_ref()).map(|user| user.0),
        ],
    )?;
    Ok(())
}

pub(crate) fn add_history(
    context: &WriteContext<'_>,
    row: &LegacyRow,
    verbatim: &str,
) -> Result<(), Failure> {
    context.sql().execute(
        "INSERT INTO legacy_movement (id, type, lot, part, from_location, to_location,
             operation, quantity, notes, color_code, work_order, user, item_type, occurred_at,
             verbatim)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        params![
            row.id,
            row.kind,
            row.lot,
            row.part,
            row.from_location,
            row.to_location,
            row.operation,
            row.quantity,
            row.notes,
            row.color_code,
            row.work_order,
            row.user,
            row.item_type,
            row.occurred_at.map(mtm_core::word::Timestamp::micros),
            verbatim,
        ],
    )?;
    Ok(())
}

fn add_button(
    context: &WriteContext<'_>,
    user: UserId,
    button: &QuickButton,
) -> Result<(), Failure> {
    let catalogue = context.catalogue();
    let named = catalogue.part(&button.part).zip(catalogue.operation(&button.operation));
    let Some((part, operation)) = named else { return Ok(()) };
    context.sql().execute(
        "INSERT INTO quick_button (user_id, slot, part_id, operation_id, quantity)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![user.0, button.slot, part.row.0, operation.row.0, button.quantity.units()],
    )?;
    Ok(())
}
