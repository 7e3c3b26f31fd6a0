//! Closing and reopening periods: another entry each time, never a change of one.
//!
//! A file's one writer keeps closings and bookings in one order. On a server a booking whose
//! moment is given (`mtm_core::period::is_told_late`) takes the same turn as a closing does
//! (`mariadb::late`), so that what was recorded before and after a closing has its moment before
//! and after it, whichever server and clock gave it.

use mtm_core::catalogue::Catalogue;
use mtm_core::code::Code;
use mtm_core::command::Actor;
use mtm_core::event::EventType;
use mtm_core::period::{Closed, ClosedThrough, PeriodChange, PeriodEntry};
use mtm_core::rejection::Rejection;
use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::once::{Once, once};
use crate::sql::{Connection, Error, Row, moment, optional_moment, params};
use crate::submission::{IdempotencyKey, PostError};
use crate::write::{Failure, WriteContext};

const ALL: &str = "SELECT p.number, p.through, p.until_at, p.recorded_at, user.name
    FROM period_closing p JOIN user ON user.id = p.user_id ORDER BY p.number";

/// A closing or reopening as answers show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeriodRow {
    /// Counted from 1.
    pub number: u32,
    /// Up to where everything is closed since; null where nothing is.
    pub closed: Option<ClosedThrough>,
    /// Whether it closed more than what was closed before, or reopened some of it.
    pub reopened: bool,
    /// When.
    pub recorded_at: Timestamp,
    /// By whom.
    pub recorded_by: String,
}

/// Reads every entry.
pub(crate) fn load(connection: Connection<'_>, catalogue: &mut Catalogue) -> Result<(), Error> {
    each(connection, |entry, _| catalogue.periods.add(entry))
}

fn each(
    connection: Connection<'_>,
    mut take: impl FnMut(PeriodEntry, String),
) -> Result<(), Error> {
    let mut statement = connection.prepare_cached(ALL)?;
    let mut rows = statement.query(&[])?;
    while let Some(row) = rows.next()? {
        take(entry(&row)?, row.get(4)?);
    }
    Ok(())
}

fn entry(row: &Row<'_>) -> Result<PeriodEntry, Error> {
    let closed = match row.optional_text(1)?.zip(optional_moment(row, 2)?) {
        Some((text, until)) => {
            let read = Closed::read(text, until);
            Some(read.ok_or_else(|| Error::shape(1, format!("{text}, which is no day")))?)
        }
        None => None,
    };
    Ok(PeriodEntry { number: row.get(0)?, closed, recorded_at: moment(row, 3)? })
}

fn told(entry: &PeriodEntry, before: Option<Closed>, by: String) -> PeriodRow {
    let until = |closed: Option<Closed>| closed.map(|closed| closed.until);
    PeriodRow {
        number: entry.number,
        closed: entry.closed.map(Into::into),
        reopened: until(entry.closed) < until(before),
        recorded_at: entry.recorded_at,
        recorded_by: by,
    }
}

impl Ledger {
    /// Closes or reopens a period. `newest` is the number of the newest entry that the caller saw:
    /// any other is refused (`stale`).
    pub async fn change_period(
        &self,
        change: PeriodChange,
        newest: Option<i64>,
        actor: Actor,
        key: Option<IdempotencyKey>,
    ) -> Result<Once<PeriodRow>, PostError> {
        self.write(move |context| {
            Ok(once(context, key.as_ref(), |context| {
                context.change_period(change, newest, &actor)
            })?)
        })
        .await
    }

    /// Every closing and reopening, the newest first.
    pub async fn period_entries(&self) -> Result<Vec<PeriodRow>, Fault> {
        self.query(|connection| {
            let (mut rows, mut before) = (Vec::new(), None);
            each(connection, |entry, by| {
                rows.push(told(&entry, before, by));
                before = entry.closed;
            })?;
            rows.reverse();
            Ok(rows)
        })
        .await
    }
}

impl WriteContext<'_> {
    fn change_period(
        &mut self,
        change: PeriodChange,
        newest: Option<i64>,
        by: &Actor,
    ) -> Result<PeriodRow, Failure> {
        let periods = &self.catalogue().periods;
        let (stands, before) = (i64::from(periods.newest()), periods.closed());
        if newest.is_some_and(|seen| seen != stands) {
            let message = format!("the newest closing is number {stands} now");
            return Err(Rejection::new(Code::Stale, None, message).into());
        }
        self.after_late_facts()?;
        let at = self.now();
        let entry = self.catalogue().periods.change(at, change)?;
        let row = told(&entry, before, by.name.to_string());
        self.sql().execute(
            "INSERT INTO period_closing (number, through, until_at, recorded_at, user_id)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                entry.number,
                entry.closed.map(|closed| closed.through.to_string()),
                entry.closed.map(|closed| closed.until.micros()),
                at.micros(),
                by.id.0
            ],
        )?;
        self.catalogue_mut().periods.add(entry);
        let change = if row.reopened { "reopened" } else { "closed" };
        let facts = json!({
            "change": change, "noun": "period", "number": row.number, "closed": row.closed,
        });
        self.audit("master", by.id, at, &facts)?;
        let mut data = serde_json::to_value(&row)
            .map_err(|error| Failure::Broken(format!("a closing cannot be told: {error}")))?;
        data["noun"] = "period".into();
        data["change"] = change.into();
        self.emit(EventType::MasterChanged, "period", at, &data, None)?;
        Ok(row)
    }
}
