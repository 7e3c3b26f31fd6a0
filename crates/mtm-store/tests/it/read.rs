//! Reads against the bulk plant and its model.

use mtm_core::word::{Quantity, Timestamp};
use mtm_store::query::{Cursor, Page, PageRequest, Pattern, StockQuery, StockRow};
use mtm_store::{Ledger, OpenOptions};

use crate::engine::Engine;
use crate::home::Home;
use crate::read_bulk::{Bucket, Bulk, Hand, Size};

/// A ledger over a bulk plant, the model of it, and a hand to write more.
pub(crate) struct Read {
    pub(crate) ledger: Ledger,
    pub(crate) bulk: Bulk,
    pub(crate) hand: Box<dyn Hand>,
    pub(crate) home: Home,
}

/// A plant small enough to check every answer against the model.
pub(crate) const SMALL: Size =
    Size { parts: 40, locations: 60, operations: 6, buckets: 250, movements: 1_500 };

/// A plant of many pages.
pub(crate) const MEDIUM: Size =
    Size { parts: 500, locations: 600, operations: 20, buckets: 2_000, movements: 12_000 };

/// A plant that no scan gets through unnoticed; on a server, where every row has to be sent there,
/// one that is sent in seconds.
pub(crate) fn large(engine: Engine) -> Size {
    match engine {
        Engine::Sqlite => Size {
            parts: 3_000,
            locations: 1_200,
            operations: 40,
            buckets: 20_000,
            movements: 100_000,
        },
        Engine::MariaDb => MEDIUM,
    }
}

impl Read {
    pub(crate) async fn on(engine: Engine, size: Size, seed: u64) -> Self {
        println!("seed {seed}");
        let home = Home::new(engine);
        let options = || OpenOptions { create: true, ..OpenOptions::default() };
        home.open(options()).await.close().await;
        let hand = home.hand();
        let bulk = Bulk::filled(&*hand, size, seed);
        let ledger = home.open(options()).await;
        Self { ledger, bulk, hand, home }
    }

    /// Every row of a query, page by page.
    pub(crate) async fn all_stock(&self, query: &StockQuery) -> Vec<StockRow> {
        let mut rows = Vec::new();
        let mut query = query.clone();
        loop {
            let page = self.ledger.stock(query.clone()).await.unwrap();
            let next = next(&page);
            rows.extend(page.items);
            match next {
                Some(cursor) => query.page.cursor = Some(cursor),
                None => return rows,
            }
        }
    }

    /// A bucket of the model as the key of its row.
    pub(crate) fn key(&self, bucket: &Bucket) -> Key {
        let (part, operation, location, lot) = self.bulk.words(bucket);
        (part, operation, location, self.bulk.lots[&lot].received_at, lot)
    }

    /// The model's stock in the words and order of rows.
    pub(crate) fn model(&self) -> Vec<Words> {
        let mut rows: Vec<_> = self
            .bulk
            .stock
            .iter()
            .map(|(bucket, quantity)| (self.key(bucket), *quantity))
            .collect();
        rows.sort();
        rows
    }
}

/// Part, operation, location, time of receipt, lot.
pub(crate) type Key = (String, String, String, i64, String);

/// A row: its key and its pieces.
pub(crate) type Words = (Key, i64);

pub(crate) fn words(row: &StockRow) -> Words {
    (
        (
            row.part.to_string(),
            row.operation.to_string(),
            row.location.to_string(),
            row.received_at.micros(),
            row.lot.to_string(),
        ),
        row.quantity.whole(),
    )
}

pub(crate) fn next<R>(page: &Page<R>) -> Option<Cursor> {
    page.next_cursor.as_deref().map(|cursor| Cursor::decode(cursor).unwrap())
}

pub(crate) fn limit(limit: u16) -> PageRequest {
    PageRequest { limit, ..PageRequest::default() }
}

#[expect(clippy::unnecessary_wraps, reason = "queries hold it as an option")]
pub(crate) fn pattern(text: &str) -> Option<Pattern> {
    Some(Pattern::parse(text))
}

#[expect(clippy::unnecessary_wraps, reason = "queries hold it as an option")]
pub(crate) fn pieces(pieces: i64) -> Option<Quantity> {
    Some(Quantity::pieces(pieces).unwrap())
}

#[expect(clippy::unnecessary_wraps, reason = "queries hold it as an option")]
pub(crate) fn moment(micros: i64) -> Option<Timestamp> {
    Some(Timestamp::from_micros(micros))
}
