//! What people decide about counters.

use mtm_core::code::Code;
use mtm_core::machine::{Counter, Reading};
use mtm_core::rejection::Rejection;
use mtm_core::word::{Timestamp, UserId};
use serde_json::json;

use super::counter::{CounterRow, CounterSetting, found};
use super::grow::counted;
use super::setting::{judged, summary};
use super::standing::meet;
use super::{About, close, growing, write_down};
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::{OptionalExtension as _, params};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

/// Most counters of a machine.
const MOST_COUNTERS: i64 = 1_000;

/// A counter that is to be.
#[derive(Debug, Clone)]
pub struct NewCounter {
    /// The machine.
    pub machine: String,
    /// What is counted, and as what.
    pub setting: CounterSetting,
    /// What it shows, where it begins; the first total that is heard otherwise.
    pub first: Option<Reading>,
}

/// A change of a counter.
#[derive(Debug, Clone)]
pub struct CounterChange {
    /// What is counted from now on, and as what.
    pub setting: CounterSetting,
    /// The version that this was decided on, where that matters.
    pub version: Option<i64>,
}

impl Ledger {
    /// Counts what a machine's tag shows, from what it shows next on.
    pub async fn add_counter(
        &self,
        counter: NewCounter,
        by: UserId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<CounterRow>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| add(context, &counter, by))?)
        })
        .await
    }

    /// Counts otherwise from now on. What was counted before stays what it is: its proposal takes nothing more where
    /// something else is counted now. Another tag, or a largest total below what was shown, is begun anew.
    pub async fn change_counter(
        &self,
        id: i64,
        change: CounterChange,
        by: UserId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<CounterRow>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| alter(context, id, &change, by))?)
        })
        .await
    }

    /// Counts no more. What was counted stays to be decided.
    pub async fn retire_counter(
        &self,
        id: i64,
        version: Option<i64>,
        by: UserId,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<CounterRow>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| retire(context, id, version, by))?)
        })
        .await
    }
}

fn add(context: &mut WriteContext<'_>, it: &NewCounter, by: UserId) -> Result<CounterRow, Failure> {
    let target = judged(context, &it.setting)?;
    let connection = context.sql();
    let others: i64 = connection.query_row(
        "SELECT count(*) FROM machine_counter WHERE machine = ?1 AND retired_at IS NULL",
        params![it.machine],
        |row| row.get(0),
    )?;
    if others >= MOST_COUNTERS {
        let message = format!("{} has {MOST_COUNTERS} counters already", it.machine);
        return Err(Rejection::new(Code::TooLarge, "machine", message).into());
    }
    refuse_second(context, &it.machine, &it.setting.tag, None)?;
    meet(connection, &it.machine)?;
    let mut begun = Counter::default();
    if let Some(first) = &it.first {
        // A first total counts nothing.
        begun.read(&it.setting.rules, first, context.now());
    }
    connection.execute(
        "INSERT INTO machine_counter (machine, created_at, created_by, tag, booking, part_id, operation_id,
             location_id, work_order, scrap_reason, pieces, per_hour, rollover, resets, container, by_rule, told_within,
             value, value_at, known_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
        params![
            it.machine,
            context.now().micros(),
            by.0,
            it.setting.tag,
            target.booking.as_str(),
            target.part,
            target.operation,
            target.location,
            target.work_order,
            target.scrap_reason,
            it.setting.rules.pieces,
            it.setting.rules.per_hour,
            it.setting.rules.rollover.map(u64::cast_signed),
            it.setting.rules.resets,
            it.setting.container.map(u64::cast_signed),
            it.setting.by_rule,
            it.setting.rules.told_within,
            begun.value.map(u64::cast_signed),
            begun.value_at.map(Timestamp::micros),
            begun.known_at.map(Timestamp::micros),
        ],
    )?;
    let id = connection.last_insert_rowid();
    tell(context, id, "added", by)
}

fn alter(
    context: &mut WriteContext<'_>,
    id: i64,
    it: &CounterChange,
    by: UserId,
) -> Result<CounterRow, Failure> {
    let before = counting(context, id, it.version)?;
    let target = judged(context, &it.setting)?;
    let (old, new) = (&before.setting, &it.setting);
    if old == new {
        return Ok(before);
    }
    if old.tag != new.tag {
        refuse_second(context, &before.machine, &new.tag, Some(id))?;
    }
    let connection = context.sql();
    let is_other = old.tag != new.tag || counted(connection, id)?.target != target;
    connection.execute(
        "UPDATE machine_counter SET tag = ?2, booking = ?3, part_id = ?4, operation_id = ?5, location_id = ?6,
                work_order = ?7, scrap_reason = ?8, pieces = ?9, per_hour = ?10, rollover = ?11,
                resets = ?12, container = ?13, by_rule = ?14, told_within = ?15, version = version + 1
         WHERE id = ?1",
        params![
            id,
            new.tag,
            target.booking.as_str(),
            target.part,
            target.operation,
            target.location,
            target.work_order,
            target.scrap_reason,
            new.rules.pieces,
            new.rules.per_hour,
            new.rules.rollover.map(u64::cast_signed),
            new.rules.resets,
            new.container.map(u64::cast_signed),
            new.by_rule,
            new.rules.told_within,
        ],
    )?;
    let is_above = new.rules.rollover.is_some_and(|top| before.value.is_some_and(|it| it > top));
    if old.tag != new.tag || is_above {
        connection.execute(
            "UPDATE machine_counter SET value = NULL, value_at = NULL, known_at = NULL, broken = 0
             WHERE id = ?1",
            params![id],
        )?;
    }
    if !new.by_rule {
        connection.execute(
            "UPDATE machine_proposal SET by_rule = 0 WHERE counter_id = ?1 AND state = 'open'",
            params![id],
        )?;
    }
    if is_other {
        close_growing(context, id, "its counter counts something else by now")?;
    }
    tell(context, id, "changed", by)
}

fn retire(
    context: &mut WriteContext<'_>,
    id: i64,
    version: Option<i64>,
    by: UserId,
) -> Result<CounterRow, Failure> {
    counting(context, id, version)?;
    context.sql().execute(
        "UPDATE machine_counter SET retired_at = ?2, version = version + 1 WHERE id = ?1",
        params![id, context.now().micros()],
    )?;
    close_growing(context, id, "its counter was retired")?;
    tell(context, id, "retired", by)
}

fn close_growing(context: &WriteContext<'_>, counter: i64, why: &str) -> Result<(), Failure> {
    if let Some(proposal) = growing(context.sql(), counter)? {
        close(context, proposal, why)?;
    }
    Ok(())
}

/// The counter, where it still counts and is as whoever decides saw it.
fn counting(
    context: &WriteContext<'_>,
    id: i64,
    version: Option<i64>,
) -> Result<CounterRow, Failure> {
    let none = || Rejection::new(Code::NotFound, None, format!("there is no counter {id}"));
    let row = found(context.sql(), id)?.ok_or_else(none)?;
    if row.retired_at.is_some() {
        let message = format!("counter {id} is retired: add another one");
        return Err(Rejection::new(Code::NotFound, None, message).into());
    }
    if version.is_some_and(|version| version != row.version) {
        let message = "somebody changed this counter meanwhile: look at it again";
        return Err(Rejection::new(Code::Stale, None, message).into());
    }
    Ok(row)
}

fn refuse_second(
    context: &WriteContext<'_>,
    machine: &str,
    tag: &str,
    but: Option<i64>,
) -> Result<(), Failure> {
    let other: Option<i64> = context
        .sql()
        .query_row(
            "SELECT id FROM machine_counter
             WHERE machine = ?1 AND tag = ?2 AND retired_at IS NULL AND id <> ?3",
            params![machine, tag, but.unwrap_or(0)],
            |row| row.get(0),
        )
        .optional()?;
    let Some(other) = other else { return Ok(()) };
    let message = format!("{tag} of {machine} is counted already, by counter {other}");
    Err(Rejection::new(Code::AlreadyExists, "tag", message).into())
}

/// Writes down, here and in the audit, what somebody did to a counter, and gives it.
fn tell(
    context: &mut WriteContext<'_>,
    id: i64,
    what: &str,
    by: UserId,
) -> Result<CounterRow, Failure> {
    let at = context.now();
    let gone = || Failure::Broken("a counter is gone".to_owned());
    let row = found(context.sql(), id)?.ok_or_else(gone)?;
    write_down(context, About::Counter(id), what, Some(by), Some(&summary(&row.setting)))?;
    let facts =
        json!({ "counter": id, "machine": row.machine, "version": row.version, "as": row.setting });
    context.audit(&format!("counter.{what}"), by, at, &facts)?;
    Ok(row)
}
