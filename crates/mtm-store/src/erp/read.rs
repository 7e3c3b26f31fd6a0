//! What is known of an ERP's books, for whoever compares or looks.

use mtm_core::erp::protocol::Table;
use mtm_core::erp::{
    ErpPlace, ErpQuantity, Location, OnHand, Operation, Part, PurchaseLine, Transaction, WorkOrder,
};
use mtm_core::word::Timestamp;
use serde::de::DeserializeOwned;

use super::peer::standing;
use super::row::{transaction, transactions};
use super::table::numbers;
use crate::fault::Fault;
use crate::ledger::Ledger;
use crate::sql::{Connection, Error, Row, params};

/// Most rows in an answer that is asked for in pieces.
const PIECE: u32 = 1_000;

impl Ledger {
    /// What this ERP says is on hand, by part and place; as of [`FeedState::on_hand_at`](crate::record::FeedState::on_hand_at).
    pub async fn erp_on_hand(&self, name: String) -> Result<Vec<OnHand>, Fault> {
        self.query(move |connection| {
            let Some(peer) = standing(connection, &name)?.map(|it| it.peer) else {
                return Ok(Vec::new());
            };
            let Some((shown, _)) = numbers(connection, peer, Table::OnHand)? else {
                return Ok(Vec::new());
            };
            let sql = "SELECT part, warehouse, location, quantity FROM erp_on_hand
                       WHERE peer_id = ?1 AND reading = ?2 ORDER BY part, warehouse, location";
            Ok(connection.prepare_cached(sql)?.query_all(params![peer, shown], on_hand)?)
        })
        .await
    }

    /// What this ERP's ledger adds up to, by part and place, where that is not nothing; nothing at all until
    /// it was read once to its end.
    pub async fn erp_ledger_sums(&self, name: String) -> Result<Vec<OnHand>, Fault> {
        self.query(move |connection| {
            let Some(known) = standing(connection, &name)? else { return Ok(Vec::new()) };
            let sql = "SELECT part, warehouse, location, quantity FROM erp_sum
                       WHERE peer_id = ?1 AND sums = ?2 AND quantity <> 0
                       ORDER BY part, warehouse, location";
            let values = params![known.peer, known.sums];
            Ok(connection.prepare_cached(sql)?.query_all(values, on_hand)?)
        })
        .await
    }

    /// Rows of this ERP's ledger that happened, or were first read, since `since`; by id, behind `after_id`, at
    /// most `limit` of them and never more than a thousand. Rows older than 40 days are not kept.
    pub async fn erp_transactions(
        &self,
        name: String,
        since: Timestamp,
        after_id: i64,
        limit: u32,
    ) -> Result<Vec<Transaction>, Fault> {
        self.query(move |connection| {
            let Some(peer) = standing(connection, &name)?.map(|it| it.peer) else {
                return Ok(Vec::new());
            };
            let sql = transactions!(
                "WHERE peer_id = ?1 AND id > ?2 AND (happened >= ?3 OR read_at >= ?3)
                 ORDER BY id LIMIT ?4"
            );
            let (since, limit) = (since.micros(), limit.min(PIECE));
            let values = params![peer, after_id, since, limit];
            Ok(connection.prepare_cached(sql)?.query_all(values, transaction)?)
        })
        .await
    }

    /// This ERP's parts.
    pub async fn erp_parts(&self, name: String) -> Result<Vec<Part>, Fault> {
        self.erp_documents(name, Table::Parts).await
    }

    /// This ERP's locations.
    pub async fn erp_locations(&self, name: String) -> Result<Vec<Location>, Fault> {
        self.erp_documents(name, Table::Locations).await
    }

    /// This ERP's work orders.
    pub async fn erp_work_orders(&self, name: String) -> Result<Vec<WorkOrder>, Fault> {
        self.erp_documents(name, Table::WorkOrders).await
    }

    /// The steps of this ERP's work orders.
    pub async fn erp_operations(&self, name: String) -> Result<Vec<Operation>, Fault> {
        self.erp_documents(name, Table::Operations).await
    }

    /// The lines of this ERP's purchase orders.
    pub async fn erp_purchase_lines(&self, name: String) -> Result<Vec<PurchaseLine>, Fault> {
        self.erp_documents(name, Table::PurchaseLines).await
    }

    async fn erp_documents<D: DeserializeOwned + Send + 'static>(
        &self,
        name: String,
        table: Table,
    ) -> Result<Vec<D>, Fault> {
        self.query(move |connection| Ok(documents(connection, &name, table)?)).await
    }
}

/// A server sends a result whole, so it is asked for in pieces.
fn documents<D: DeserializeOwned>(
    connection: Connection<'_>,
    name: &str,
    table: Table,
) -> Result<Vec<D>, Error> {
    let Some(peer) = standing(connection, name)?.map(|it| it.peer) else { return Ok(Vec::new()) };
    let Some((shown, _)) = numbers(connection, peer, table)? else { return Ok(Vec::new()) };
    let sql = "SELECT code, body FROM erp_master
               WHERE peer_id = ?1 AND name = ?2 AND reading = ?3 AND code > ?4
               ORDER BY code LIMIT ?5";
    let mut statement = connection.prepare_cached(sql)?;
    let (mut all, mut after, table) = (Vec::new(), String::new(), table.as_str());
    loop {
        let values = params![peer, table, shown, after, PIECE];
        let piece = statement.query_all(values, |row| {
            let read = serde_json::from_str(row.text(1)?);
            let read = read.map_err(|error| Error::shape(1, error.to_string()))?;
            Ok::<(String, D), Error>((row.get(0)?, read))
        })?;
        let Some((last, _)) = piece.last() else { return Ok(all) };
        after.clone_from(last);
        all.extend(piece.into_iter().map(|(_, document)| document));
    }
}

fn on_hand(row: &Row<'_>) -> Result<OnHand, Error> {
    Ok(OnHand {
        part: row.get(0)?,
        place: ErpPlace { warehouse: row.get(1)?, location: row.get(2)? },
        quantity: ErpQuantity(row.get(3)?),
    })
}
