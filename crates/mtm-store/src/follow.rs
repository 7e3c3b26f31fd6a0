//! Following an earlier system that is still booked in.
//!
//! One look is one transaction: its log rows, its new names, the movements that its stock
//! changes amount to, and the memory of what was taken over. A run that is killed leaves nothing,
//! and a look is never applied twice: its number is a fence, and every row of the earlier log
//! has its own id as key.
//!
//! Every lot is decided on by itself, by the rules that hold for every booking. What the ledger
//! refuses stays as it is and is told; nothing is forced.

use std::collections::BTreeMap;

use mtm_core::Action;
use mtm_core::Rejection;
use mtm_core::code::Code;
use mtm_core::command::{Actor, Command, Confirmations, Context, Mirror};
use mtm_core::word::{CommandId, LotNumber, SessionId, StationName, Timestamp, UserId};
use serde_json::json;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::migration::{Users, add_history, add_past_lot, add_users, row_of};
use crate::query::ReadError;
use crate::read::Reader;
use crate::record::{FollowState, Followed, LegacyStock, Look, LotHere, MirroredLot};
use crate::sql::{Error, OptionalExtension as _, optional_moment, params};
use crate::submission::PostError;
use crate::write::{Failure, WriteContext};

/// The station that such movements carry.
const STATION: &str = "legacy";

impl Ledger {
    /// How far the earlier system was followed; `None` where nothing was taken over, or by a
    /// program that did not remember what.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method's path works for one lifetime, the closure for all"
    )]
    pub async fn follow_state(&self) -> Result<Option<FollowState>, ReadError> {
        self.ask_to_follow(|reader| reader.follow_state()).await
    }

    /// Of `lots`, those that exist here. `follower` is who books what was followed.
    pub async fn lots_here(
        &self,
        lots: Vec<LotNumber>,
        follower: UserId,
    ) -> Result<BTreeMap<LotNumber, LotHere>, ReadError> {
        self.ask_to_follow(move |reader| reader.lots_here(&lots, follower)).await
    }

    /// The rows of the earlier log with an id above `above` that are kept, with their own text.
    pub async fn legacy_rows_above(&self, above: i64) -> Result<Vec<(i64, String)>, ReadError> {
        self.ask_to_follow(move |reader| reader.legacy_rows_above(above)).await
    }

    /// Applies a look, all of it in one transaction. A transient fault when another follower was
    /// faster: look again.
    pub async fn follow(&self, by: Actor, look: Look) -> Result<Followed, PostError> {
        self.write(move |context| Ok(follow(context, &by, &look)?)).await
    }

    /// Sets `count` lot numbers aside that nobody gives any more; the first of them.
    pub async fn reserve_lots(&self, count: u64) -> Result<u64, PostError> {
        self.write(move |context| {
            let last = lot_counter(context)?;
            context.raise_lot_counter(last + count)?;
            Ok(last + 1)
        })
        .await
    }

    /// Gives lot numbers above `lot` only from now on.
    pub async fn raise_lots(&self, lot: u64) -> Result<(), PostError> {
        self.write(move |context| Ok(context.raise_lot_counter(lot)?)).await
    }

    /// Ends following: from now on this ledger is what counts. `report` is kept.
    pub async fn cut_over(
        &self,
        by: Actor,
        round: u64,
        report: serde_json::Value,
    ) -> Result<Timestamp, PostError> {
        self.write(move |context| Ok(cut_over(context, &by, round, &report)?)).await
    }

    async fn ask_to_follow<T, F>(&self, question: F) -> Result<T, ReadError>
    where
        F: FnOnce(&Reader<'_>) -> Result<T, ReadError> + Send + 'static,
        T: Send + 'static,
    {
        let (catalogue, now) = (self.catalogue(), self.clock().now());
        self.query(move |connection| question(&Reader::new(connection, &catalogue, now))).await
    }
}

fn follow(context: &mut WriteContext<'_>, by: &Actor, look: &Look) -> Result<Followed, Failure> {
    fence(context, look.round)?;
    for new in &look.masters {
        context.create_master(new, by.id)?;
    }
    let users = add_users(context, by, &look.users)?;
    for (row, verbatim) in &look.history {
        add_history(context, row, verbatim)?;
    }
    let session = SessionId(context.fresh_uuid());
    let mut followed = Followed { users: users.added, ..Followed::default() };
    for lot in &look.lots {
        match mirror(context, by, lot, &users, session) {
            Ok(movements) => {
                followed.movements += movements;
                followed.lots += u64::from(movements > 0);
            }
            Err(Failure::Refused(rejection)) => {
                followed.refused.push((lot.lot.clone(), rejection));
            }
            Err(failure) => return Err(failure),
        }
    }
    for lot in &look.past_lots {
        add_past_lot(context, lot, &users.by_name)?;
    }
    let at = context.now();
    context.sql().execute(
        "UPDATE legacy_follow SET round = round + 1, followed_at = ?1 WHERE id = 1",
        params![at.micros()],
    )?;
    let facts = json!({
        "round": look.round + 1, "history": look.history.len(), "movements": followed.movements,
        "refused": followed.refused.len(),
    });
    context.audit("legacy.followed", by.id, at, &facts)?;
    Ok(followed)
}

/// Refuses a look at what was followed further meanwhile, or to its end.
fn fence(context: &WriteContext<'_>, round: u64) -> Result<(), Failure> {
    let found = context
        .sql()
        .query_row("SELECT round, cut_over_at FROM legacy_follow WHERE id = 1", &[], |row| {
            Ok::<_, Error>((row.get::<i64>(0)?, optional_moment(row, 1)?))
        })
        .optional()?;
    match found {
        Some((found, None)) if found.cast_unsigned() == round => Ok(()),
        Some((_, None)) => {
            let message = "the legacy system was followed by somebody else meanwhile".to_owned();
            Err(Failure::Fault(Fault::Transient(message)))
        }
        Some((_, Some(at))) => {
            let message =
                format!("the legacy system was cut over at {at}; it is not followed any more");
            Err(Rejection::new(Code::AlreadyExists, None, message).into())
        }
        None => {
            let message = "nothing was taken over that could be followed";
            Err(Rejection::new(Code::NotFound, None, message).into())
        }
    }
}

/// Books what happened to one lot; how many movements that takes.
fn mirror(
    context: &mut WriteContext<'_>,
    by: &Actor,
    lot: &MirroredLot,
    users: &Users,
    session: SessionId,
) -> Result<u64, Failure> {
    let mut movements = 0;
    if !lot.steps.is_empty() {
        let command = Command {
            id: CommandId::from_fresh(context.fresh_uuid()),
            context: Context {
                actor: by.clone(),
                station: StationName::parse(STATION).ok(),
                app_version: None,
                occurred_at: lot.occurred_at,
                shift: None,
                import: None,
                session: Some(session),
                intent_window: None,
            },
            confirm: Confirmations::default(),
            action: Action::Mirror(Mirror {
                part: lot.part.clone(),
                lot: lot.lot.clone(),
                expected: lot.expected.iter().map(|(spot, n)| (spot.clone(), *n)).collect(),
                attributes: lot.attributes.clone(),
                received_at: lot.received_at,
                received_by: row_of(&users.by_name, lot.received_by.as_ref()),
                steps: lot.steps.clone(),
            }),
        };
        movements = context.execute(&command, None)?.movements.len() as u64;
    }
    context.sql().execute("DELETE FROM legacy_stock WHERE lot = ?1", params![lot.lot.as_str()])?;
    for row in &lot.shadow {
        remember(context, row)?;
    }
    Ok(movements)
}

/// Remembers how a row of the earlier stock table was taken over.
pub(crate) fn remember(context: &WriteContext<'_>, row: &LegacyStock) -> Result<(), Failure> {
    let catalogue = context.catalogue();
    let named =
        catalogue.operation(&row.spot.operation).zip(catalogue.location(&row.spot.location));
    let Some((operation, location)) = named else {
        return Err(Failure::Broken(format!("the place of lot {} has no master data", row.lot)));
    };
    context.sql().execute(
        "INSERT INTO legacy_stock (lot, id, legacy_lot, operation_id, location_id, quantity)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            row.lot.as_str(),
            row.id,
            row.legacy_lot.as_ref().map(LotNumber::as_str),
            operation.row.0,
            location.row.0,
            row.quantity.units(),
        ],
    )?;
    Ok(())
}

/// The last number given, which nobody raises before this transaction ends.
fn lot_counter(context: &WriteContext<'_>) -> Result<u64, Failure> {
    let connection = context.sql();
    let read = connection.pick(
        "SELECT lot_counter FROM site WHERE id = 1",
        "SELECT lot_counter FROM site WHERE id = 1 FOR UPDATE",
    );
    let counter: i64 = connection.query_row(read, &[], |row| row.get(0).map_err(Failure::from))?;
    Ok(counter.cast_unsigned())
}

fn cut_over(
    context: &mut WriteContext<'_>,
    by: &Actor,
    round: u64,
    report: &serde_json::Value,
) -> Result<Timestamp, Failure> {
    fence(context, round)?;
    let at = context.now();
    context.sql().execute(
        "UPDATE legacy_follow SET cut_over_at = ?1, report = ?2 WHERE id = 1",
        params![at.micros(), report.to_string()],
    )?;
    context.audit("legacy.cut_over", by.id, at, &json!({ "round": round }))?;
    Ok(at)
}
