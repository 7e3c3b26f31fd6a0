//! What a ledger holds, in the two figures that an audit compares.

use mtm_app::query::{GroupBy, PageRequest, StockQuery};
use mtm_lab::bench::DataSize;
use mtm_store::Ledger;
use mtm_store::query::{Cursor, MAX_LIMIT};
use serde_json::Value;

use crate::door::{Client, Parameters};
use crate::failure::{Failure, Outcome, exit};

/// Movements and pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Books {
    /// Movements in the log.
    pub(super) movements: u64,
    /// Pieces in stock.
    pub(super) pieces: i64,
}

impl Books {
    /// What was gained since `before`.
    pub(super) fn since(self, before: Self) -> Self {
        Self {
            movements: self.movements.saturating_sub(before.movements),
            pieces: self.pieces - before.pieces,
        }
    }
}

/// What the ledger holds, read from its file.
pub(super) async fn of_ledger(ledger: &Ledger) -> Outcome<(Books, DataSize)> {
    let counts = ledger.counts().await?;
    let mut pieces = 0;
    let mut query = StockQuery {
        page: PageRequest { limit: MAX_LIMIT, ..PageRequest::default() },
        ..StockQuery::default()
    };
    loop {
        let page = ledger.stock_groups(query.clone(), vec![GroupBy::Operation]).await?;
        pieces += page.items.iter().map(|group| group.quantity.whole()).sum::<i64>();
        let Some(cursor) = page.next_cursor else { break };
        let cursor = Cursor::decode(&cursor);
        query.page.cursor = Some(cursor.map_err(|error| foreign(&error.to_string()))?);
    }
    let data = DataSize {
        parts: counts.parts,
        buckets: counts.buckets,
        movements: counts.movements,
        bytes: ledger.path().and_then(|path| std::fs::metadata(path).ok()).map(|file| file.len()),
    };
    Ok((Books { movements: counts.movements, pieces }, data))
}

/// What a server says that its ledger holds.
pub(super) fn of_server(client: &Client) -> Outcome<(Books, DataSize)> {
    let status = client.get("/api/v1/status", &Parameters::default())?;
    let count = |name: &str| {
        status["counts"][name].as_u64().ok_or_else(|| foreign(&format!("no count of {name}")))
    };
    let mut pieces = 0;
    let mut cursor: Option<String> = None;
    loop {
        let mut query = Parameters::default();
        query.add("group_by", Some("operation"));
        query.add("limit", Some(MAX_LIMIT));
        query.add("cursor", cursor);
        let page = client.get("/api/v1/stock", &query)?;
        let rows = page["items"].as_array().ok_or_else(|| foreign("no rows of stock"))?;
        for row in rows {
            pieces += row["quantity"].as_i64().ok_or_else(|| foreign("no quantity"))?;
        }
        cursor = page["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    let data = DataSize {
        parts: count("parts")?,
        buckets: count("buckets")?,
        movements: count("movements")?,
        bytes: None,
    };
    Ok((Books { movements: data.movements, pieces }, data))
}

/// Whether the server finds its ledger in order; `None` where it does not say.
pub(super) fn verified_by_server(client: &Client) -> Option<bool> {
    let report: Value = client.get("/api/v1/audit/verify", &Parameters::default()).ok()?;
    report["ok"].as_bool()
}

fn foreign(what: &str) -> Failure {
    Failure::new("foreign_answer", exit::FAILURE, format!("stock cannot be summed: {what}"))
        .next("Check that the URL is that of an mtm server of this version.")
}
