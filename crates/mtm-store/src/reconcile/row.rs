//! Runs, breaks and what became of them, as answers show them.

use mtm_core::erp::{ErpPlace, ErpQuantity};
use mtm_core::reconcile::{BreakClass, Evidence, Fix, Stale, Waiting};
use mtm_core::word::Timestamp;
use serde::{Deserialize, Serialize};

use crate::sql::{Error, Row, moment, named, optional_moment};

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $text:literal $variant_doc:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $(#[doc = $variant_doc] $variant,)*
        }

        impl $name {
            /// The name in tables, API and command line.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The one of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                [$(Self::$variant,)*].into_iter().find(|it| it.as_str() == name)
            }
        }
    };
}

names! {
    /// Why a comparison was made.
    RunCause {
        Nightly "nightly" "By itself, once a day.";
        Asked "asked" "Somebody asked for it.";
    }
}

names! {
    /// How a break stands.
    BreakState {
        Open "open" "It is there, and nobody said that it may be.";
        Closed "closed" "Somebody closed it with a reason.";
        Resolved "resolved" "A comparison found it no more.";
    }
}

/// A comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunRow {
    /// Its number.
    pub id: i64,
    /// The other system.
    pub peer: String,
    /// Why it was made.
    pub cause: RunCause,
    /// Login name of who asked.
    pub asked_by: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was over; null while it is under way, or where it was cut off.
    pub finished_at: Option<Timestamp>,
    /// Why it failed, where it did.
    pub failed: Option<String>,
    /// The moment of our stock.
    pub ours_at: Option<Timestamp>,
    /// When their ledger had been read.
    pub ledger_at: Option<Timestamp>,
    /// When their on hand had been read.
    pub on_hand_at: Option<Timestamp>,
    /// Why it is not the last word.
    pub stale: Vec<Stale>,
    /// Parts at places that were compared.
    pub compared: u64,
    /// Figures of theirs in warehouses that are not mapped.
    pub elsewhere: u64,
    /// What was too young to be judged.
    pub waiting: Waiting,
    /// Breaks that it found.
    pub found: u64,
    /// Of these, those that were not open before.
    pub opened: u64,
    /// Breaks that it found no more.
    pub resolved: u64,
    /// Whether it found nothing, and everything was fresh.
    pub clean: bool,
}

/// A break.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BreakRow {
    /// Its number.
    pub id: i64,
    /// The other system.
    pub peer: String,
    /// What kind.
    pub class: BreakClass,
    /// The part, as we spell it where we know it.
    pub part: Option<String>,
    /// The warehouse there.
    pub warehouse: Option<String>,
    /// The location there.
    pub location: Option<String>,
    /// What it is about within its class: a movement of ours, a transaction of theirs, a location.
    pub subject: Option<String>,
    /// How it stands.
    pub state: BreakState,
    /// Ours.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub ours: Option<ErpQuantity>,
    /// Their on hand.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub on_hand: Option<ErpQuantity>,
    /// The sum of their ledger.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub ledger: Option<ErpQuantity>,
    /// How much it explains; above zero where we have more.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub difference: ErpQuantity,
    /// What it probably comes from.
    pub cause: String,
    /// What would put it right.
    pub fix: Fix,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// When it was first found.
    pub first_seen_at: Timestamp,
    /// When it was last found.
    pub last_seen_at: Timestamp,
    /// Login name of who looks after it.
    pub owner: Option<String>,
    /// When it was closed or resolved.
    pub ended_at: Option<Timestamp>,
    /// Login name of who closed it last.
    pub closed_by: Option<String>,
    /// Why, by a code.
    pub close_code: Option<String>,
    /// Why, in words.
    pub close_note: Option<String>,
}

/// What is kept of a break as JSON.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Detail {
    pub(super) cause: String,
    pub(super) fix: Fix,
    pub(super) evidence: Vec<Evidence>,
}

pub(super) const RUN: &str =
    "SELECT r.id, r.peer, r.cause, asker.name, r.started_at, r.finished_at,
        r.failed, r.ours_at, r.ledger_at, r.on_hand_at, r.stale, r.compared, r.elsewhere,
        r.movements_waiting, r.postings_waiting, r.in_motion, r.found, r.opened, r.resolved
    FROM reconcile_run r LEFT JOIN user asker ON asker.id = r.asked_by";

pub(super) fn run(row: &Row<'_>) -> Result<RunRow, Error> {
    let stale: Vec<Stale> = json(row.text(10)?, 10)?;
    let (finished_at, failed) = (optional_moment(row, 5)?, row.get::<Option<String>>(6)?);
    let found: u64 = row.get(16)?;
    Ok(RunRow {
        id: row.get(0)?,
        peer: row.get(1)?,
        cause: named(row, 2, RunCause::from_name)?,
        asked_by: row.get(3)?,
        started_at: moment(row, 4)?,
        ours_at: optional_moment(row, 7)?,
        ledger_at: optional_moment(row, 8)?,
        on_hand_at: optional_moment(row, 9)?,
        compared: row.get(11)?,
        elsewhere: row.get(12)?,
        waiting: Waiting {
            movements: row.get(13)?,
            postings: row.get(14)?,
            in_motion: row.get(15)?,
        },
        found,
        opened: row.get(17)?,
        resolved: row.get(18)?,
        clean: finished_at.is_some() && failed.is_none() && stale.is_empty() && found == 0,
        finished_at,
        failed,
        stale,
    })
}

pub(super) const BREAK: &str = "SELECT b.id, b.peer, b.class, b.part, b.warehouse, b.location,
        b.subject, b.state, b.ours, b.on_hand, b.ledger, b.difference, b.detail, b.first_seen_at,
        b.last_seen_at, owner.name, b.ended_at, closer.name, b.close_code, b.close_note
    FROM reconcile_break b
    LEFT JOIN user owner ON owner.id = b.owner
    LEFT JOIN user closer ON closer.id = b.closed_by";

pub(super) fn break_(row: &Row<'_>) -> Result<BreakRow, Error> {
    let detail: Detail = json(row.text(12)?, 12)?;
    let figure = |column| -> Result<Option<ErpQuantity>, Error> {
        Ok(row.get::<Option<i64>>(column)?.map(ErpQuantity))
    };
    Ok(BreakRow {
        id: row.get(0)?,
        peer: row.get(1)?,
        class: named(row, 2, BreakClass::from_name)?,
        part: row.get(3)?,
        warehouse: row.get(4)?,
        location: row.get(5)?,
        subject: row.get(6)?,
        state: named(row, 7, BreakState::from_name)?,
        ours: figure(8)?,
        on_hand: figure(9)?,
        ledger: figure(10)?,
        difference: ErpQuantity(row.get(11)?),
        cause: detail.cause,
        fix: detail.fix,
        evidence: detail.evidence,
        first_seen_at: moment(row, 13)?,
        last_seen_at: moment(row, 14)?,
        owner: row.get(15)?,
        ended_at: optional_moment(row, 16)?,
        closed_by: row.get(17)?,
        close_code: row.get(18)?,
        close_note: row.get(19)?,
    })
}

impl BreakRow {
    /// Where it is, there.
    pub fn place(&self) -> Option<ErpPlace> {
        let (warehouse, location) = (self.warehouse.clone()?, self.location.clone()?);
        Some(ErpPlace { warehouse, location })
    }
}

fn json<T: serde::de::DeserializeOwned>(text: &str, column: usize) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| Error::shape(column, error.to_string()))
}
