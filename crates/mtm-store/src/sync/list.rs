//! Postings, the newest first, and one with its history.

use mtm_core::sync::State;
use mtm_core::word::{MovementId, fold};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::row::{POSTING, PostingRow, json, posting};
use crate::deed::{DeedRow, deeds};
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, OptionalExtension as _, params};

/// Which postings.
#[derive(Debug, Clone, Default)]
pub struct PostingQuery {
    /// Of this flow; of all where `None`.
    pub flow: Option<String>,
    /// Which stand so; all where `None`.
    pub state: Option<State>,
    /// Only those that wait for somebody.
    pub needs_somebody: bool,
    /// Only those of which something is still to become.
    pub open: bool,
    /// Of this part.
    pub part: Option<String>,
    /// Of this lot.
    pub lot: Option<String>,
    /// With this document number there.
    pub document: Option<String>,
    /// For this movement.
    pub movement: Option<MovementId>,
    /// Before the one with this number.
    pub before: Option<i64>,
    /// How many.
    pub limit: u16,
}

/// A posting, what is sent for it, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PostingSheet {
    /// The posting.
    #[serde(flatten)]
    pub row: PostingRow,
    /// What is sent, or was; null where it could not be made.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub request: Option<Value>,
    /// The transactions of their ledger that show it.
    pub shown_by: Vec<i64>,
    /// What became of it, the oldest first.
    pub history: Vec<DeedRow>,
}

impl PostingQuery {
    /// The conditions that were asked for, and no other: each leads along its own index.
    fn conditions(&self) -> String {
        let asked = [
            (self.flow.is_some(), "f.name = ?2"),
            (self.state.is_some(), "p.state = ?3"),
            (self.needs_somebody, "p.state IN ('todo', 'unsure', 'refused')"),
            (
                self.open,
                "p.state IN ('todo', 'told', 'waiting', 'sending', 'unknown', 'unsure', 'refused')",
            ),
            (self.part.is_some(), "p.folded = ?4"),
            (self.lot.is_some(), "p.lot = ?5"),
            (self.document.is_some(), "p.document = ?6"),
            (self.movement.is_some(), "p.movement_id = ?7"),
        ];
        let mut text = "WHERE p.id < ?1".to_owned();
        for (_, condition) in asked.into_iter().filter(|(is_asked, _)| *is_asked) {
            text.push_str(" AND ");
            text.push_str(condition);
        }
        text
    }
}

impl Ledger {
    /// Postings, the newest first.
    pub async fn postings(&self, query: PostingQuery) -> Result<Vec<PostingRow>, Fault> {
        let part = query.part.as_deref().map(fold);
        self.query(move |connection| {
            let sql = format!("{POSTING} {} ORDER BY p.id DESC LIMIT ?8", query.conditions());
            let movement = query.movement.as_ref().map(|id| id.0.as_bytes().as_slice());
            let before = query.before.unwrap_or(i64::MAX);
            let state = query.state.map(State::as_str);
            let values = params![
                before,
                query.flow,
                state,
                part,
                query.lot,
                query.document,
                movement,
                query.limit,
            ];
            Ok::<_, Fault>(connection.prepare_cached(&sql)?.query_all(values, posting)?)
        })
        .await
    }

    /// The posting with this number.
    pub async fn posting_sheet(&self, id: i64) -> Result<Option<PostingSheet>, Fault> {
        self.query(move |connection| Ok::<_, Fault>(sheet(connection, id)?)).await
    }
}

pub(super) fn sheet(connection: Connection<'_>, id: i64) -> Result<Option<PostingSheet>, Error> {
    let sql = format!("{POSTING} WHERE p.id = ?1");
    let row = connection.prepare_cached(&sql)?.query_row(params![id], posting).optional()?;
    let Some(row) = row else { return Ok(None) };
    let request = connection
        .prepare_cached("SELECT request FROM flow_posting WHERE id = ?1")?
        .query_row(params![id], |row| {
            row.optional_text(0)?.map(|text| json(text, 0)).transpose()
        })?;
    let shown_by = connection
        .prepare_cached(
            "SELECT transaction_id FROM flow_proof WHERE posting_id = ?1 ORDER BY transaction_id",
        )?
        .query_all(params![id], |row| row.get(0))?;
    let history = deeds(connection, ("flow_deed", "posting_id"), id)?;
    Ok(Some(PostingSheet { row, request, shown_by, history }))
}
