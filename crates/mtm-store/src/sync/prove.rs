//! What the other system's ledger shows.

use mtm_core::sync::State;
use mtm_core::word::Timestamp;

use super::decide::{settle, write_down};
use super::row::document;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Error, OptionalExtension as _, Row, moment, named, params};
use crate::write::{Failure, WriteContext};

/// A posting that their ledger has not shown.
#[derive(Debug, Clone)]
pub struct Unproved {
    /// Its row.
    pub id: i64,
    /// The movement as the other system sees it: JSON.
    pub fact: String,
    /// When the movement was recorded.
    pub recorded_at: Timestamp,
}

/// Which transactions show which posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The posting's row.
    pub posting: i64,
    /// The transactions' ids.
    pub transactions: Vec<i64>,
    /// What stands there as the document, where anything does.
    pub document: Option<String>,
}

/// What is known, or said, to be there.
const SAID: &str = "
    SELECT id, fact, recorded_at FROM flow_posting
    WHERE flow_id = ?1 AND id > ?2 AND proved_at IS NULL AND recorded_at >= ?3
      AND state IN ('told', 'posted')
    ORDER BY id LIMIT ?4";

/// What may be there without a word of anybody. Nothing of a part of which something is on its way: an equal
/// transaction may be that one's.
const UNSAID: &str = "
    SELECT p.id, p.fact, p.recorded_at FROM flow_posting p
    WHERE p.flow_id = ?1 AND p.id > ?2 AND p.proved_at IS NULL AND p.recorded_at >= ?3
      AND p.state IN ('shadow', 'todo', 'refused', 'unsure')
      AND NOT EXISTS (SELECT 1 FROM flow_posting w WHERE w.flow_id = ?1 AND w.lane = p.folded
                      AND w.state IN ('sending', 'unknown'))
    ORDER BY p.id LIMIT ?4";

impl Ledger {
    /// Postings of a flow behind the row `after` that their ledger has not shown, of movements since `since`:
    /// those that are said to be there, or the others. Transactions are given to the former first: what was
    /// posted must not show an earlier one that never was.
    pub async fn unproved_postings(
        &self,
        flow: i64,
        said: bool,
        after: i64,
        since: Timestamp,
        limit: u16,
    ) -> Result<Vec<Unproved>, Fault> {
        self.query(move |connection| {
            let since = since.micros();
            let values = params![flow, after, since, limit];
            let read = |row: &Row<'_>| {
                let (id, fact) = (row.get(0)?, row.get(1)?);
                Ok::<_, Error>(Unproved { id, fact, recorded_at: moment(row, 2)? })
            };
            let sql = if said { SAID } else { UNSAID };
            Ok(connection.prepare_cached(sql)?.query_all(values, read)?)
        })
        .await
    }

    /// The transactions of an ERP's ledger, from the id `from` on, that show a posting.
    pub async fn claimed_transactions(&self, erp: String, from: i64) -> Result<Vec<i64>, Fault> {
        self.query(move |connection| {
            let sql =
                "SELECT transaction_id FROM flow_proof WHERE erp = ?1 AND transaction_id >= ?2
                       ORDER BY transaction_id";
            let read = |row: &Row<'_>| row.get(0);
            Ok::<_, Fault>(connection.prepare_cached(sql)?.query_all(params![erp, from], read)?)
        })
        .await
    }

    /// Writes down which transactions of an ERP's ledger show which postings. What shows another posting by
    /// now shows no second one. How many are shown.
    pub async fn claim_transactions(&self, erp: String, claims: Vec<Claim>) -> Result<u64, Fault> {
        self.write(move |context| {
            let mut shown = 0;
            for it in &claims {
                shown += u64::from(claim(context, &erp, it)?);
            }
            Ok::<_, Fault>(shown)
        })
        .await
    }
}

fn claim(context: &mut WriteContext<'_>, erp: &str, it: &Claim) -> Result<bool, Failure> {
    let now = context.now();
    let connection = context.sql();
    let state = connection
        .query_row(
            "SELECT state FROM flow_posting WHERE id = ?1 AND proved_at IS NULL",
            params![it.posting],
            |row| named(row, 0, State::from_name),
        )
        .optional()?;
    let Some(state) = state else { return Ok(false) };
    for id in &it.transactions {
        let taken: Option<i64> = connection
            .query_row(
                "SELECT posting_id FROM flow_proof WHERE erp = ?1 AND transaction_id = ?2",
                params![erp, id],
                |row| row.get(0),
            )
            .optional()?;
        if taken.is_some() {
            return Ok(false);
        }
    }
    let next = match state {
        State::Shadow | State::Posted => None,
        State::Todo | State::Told | State::Refused | State::Unsure => Some(State::Posted),
        // It was decided meanwhile, or is on its way.
        _ => return Ok(false),
    };
    for id in &it.transactions {
        connection.execute(
            "INSERT INTO flow_proof (erp, transaction_id, posting_id) VALUES (?1, ?2, ?3)",
            params![erp, id, it.posting],
        )?;
    }
    connection.execute(
        "UPDATE flow_posting SET proved_at = ?2, document = COALESCE(document, ?3), code = NULL,
                cause = NULL, version = version + 1 WHERE id = ?1",
        params![it.posting, now.micros(), it.document.as_deref().map(document)],
    )?;
    let ids: Vec<String> = it.transactions.iter().map(i64::to_string).collect();
    let note = format!("transaction {}", ids.join(" and "));
    match next {
        Some(next) => settle(context, it.posting, next, "proved", Some(&note))?,
        None => write_down(context, it.posting, "proved", None, Some(&note))?,
    }
    Ok(true)
}
