//! Breaks, the newest first, and one with its history.

use mtm_core::reconcile::BreakClass;
use mtm_core::word::fold;
use serde::{Deserialize, Serialize};

use super::row::{BREAK, BreakRow, BreakState, break_};
use crate::deed::{DeedRow, deeds};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, OptionalExtension as _, params};

/// Which breaks.
#[derive(Debug, Clone, Default)]
pub struct BreakQuery {
    /// With this system; with all where `None`.
    pub peer: Option<String>,
    /// Which stand so; all where `None`.
    pub state: Option<BreakState>,
    /// Of this class.
    pub class: Option<BreakClass>,
    /// Of this part.
    pub part: Option<String>,
    /// In this warehouse there.
    pub warehouse: Option<String>,
    /// At this location there.
    pub location: Option<String>,
    /// That this person looks after.
    pub owner: Option<String>,
    /// That nobody looks after.
    pub unowned: bool,
    /// Before the one with this number.
    pub before: Option<i64>,
    /// How many.
    pub limit: u16,
}

/// A break, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BreakSheet {
    /// The break.
    #[serde(flatten)]
    pub row: BreakRow,
    /// What became of it, the oldest first.
    pub history: Vec<DeedRow>,
}

const WHICH: &str =
    "WHERE b.id < ?1 AND (?2 IS NULL OR b.peer = ?2) AND (?3 IS NULL OR b.state = ?3)
    AND (?4 IS NULL OR b.class = ?4) AND (?5 IS NULL OR b.spot >= ?5 AND b.spot < ?6)
    AND (?7 IS NULL OR b.warehouse = ?7) AND (?8 IS NULL OR b.location = ?8)
    AND (?9 IS NULL OR owner.folded = ?9) AND (?10 = 0 OR b.owner IS NULL)
    ORDER BY b.id DESC LIMIT ?11";

impl Ledger {
    /// Breaks, the newest first.
    pub async fn breaks(&self, query: BreakQuery) -> Result<Vec<BreakRow>, Fault> {
        self.query(move |connection| {
            let sql = format!("{BREAK} {WHICH}");
            let part = query.part.as_deref().map(fold);
            // `}` follows `|`, which ends the part.
            let (from, to) = (
                part.as_ref().map(|part| format!("{part}|")),
                part.as_ref().map(|part| format!("{part}}}")),
            );
            let before = query.before.unwrap_or(i64::MAX);
            let (state, class) =
                (query.state.map(BreakState::as_str), query.class.map(BreakClass::as_str));
            let owner = query.owner.as_deref().map(fold);
            let values = params![
                before,
                query.peer,
                state,
                class,
                from,
                to,
                query.warehouse,
                query.location,
                owner,
                query.unowned,
                query.limit,
            ];
            Ok::<_, Fault>(connection.prepare_cached(&sql)?.query_all(values, break_)?)
        })
        .await
    }

    /// The break with this number.
    pub async fn break_sheet(&self, id: i64) -> Result<Option<BreakSheet>, Fault> {
        self.query(move |connection| Ok::<_, Fault>(sheet(connection, id)?)).await
    }
}

pub(super) fn sheet(connection: Connection<'_>, id: i64) -> Result<Option<BreakSheet>, Error> {
    let sql = format!("{BREAK} WHERE b.id = ?1");
    let row = connection.prepare_cached(&sql)?.query_row(params![id], break_).optional()?;
    let Some(row) = row else { return Ok(None) };
    let history = deeds(connection, ("reconcile_deed", "break_id"), id)?;
    Ok(Some(BreakSheet { row, history }))
}
