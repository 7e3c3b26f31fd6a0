//! Queries: `impl Ledger` blocks that only read, each on one connection at one moment, on either
//! engine.
//!
//! How a question is answered, everywhere here: codes and wildcards become row ids first, through
//! the catalogue in memory; then one fixed statement, served by an index, finds the rows; then
//! only the rows of the page are fetched and named. Statements are constants beside their row
//! mapping, and a test holds their query plans: no statement on the way of a booking or a screen
//! may scan `movement`, `stock` or `lot`.
//!
//! Exceptions, on purpose: a stock search by what no index serves (colour, item type, bounds of
//! quantity or age) reads every bucket once, as do sums over all stock; a search of the log by what
//! no index serves walks back from its end over a bounded stretch per page. A search of stock by
//! words is led by an index in memory (`crate::texts`), where there is one.
//!
//! Paging is by key, never by offset, in a total order that inserts do not disturb; a cursor is
//! good only for the query that gave it. Statements are asked in chunks by key, too (see `chunk`).
//!
//! A lower bound by several columns is written twice, as `(a, b) > (?1, ?2) AND +a >= ?1`: `SQLite`
//! seeks by the first, for which the `+` keeps it from the second; `MariaDB` seeks by the second
//! and knows no such `+`.

mod audit;
mod chunk;
mod code;
mod counts;
pub(crate) mod dialect;
mod event;
mod explain;
mod facade;
mod follow;
mod history;
mod hold;
mod legacy;
mod lineage;
mod lot;
mod moment;
mod names;
mod reservation;
mod stock;
mod suggest;
mod text;
pub(crate) mod work_order;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use mtm_core::catalogue::Catalogue;
use mtm_core::word::Timestamp;

use crate::fault::Fault;
use crate::query::ReadError;
use crate::sql::Connection;
pub(crate) use dialect::Dialects;
use dialect::id_list;
pub(crate) use moment::{first_movement_from, newest_movement};
pub(crate) use names::UserNames;
pub(crate) use stock::past::{ALL as MOVEMENTS_BETWEEN, Effects};
pub(crate) use text::Search;

/// One question being answered: a connection inside a read transaction, and what codes mean.
pub(crate) struct Reader<'a> {
    connection: Connection<'a>,
    catalogue: &'a Catalogue,
    now: Timestamp,
    search: Option<Search>,
    users: Arc<UserNames>,
}

impl<'a> Reader<'a> {
    /// Reads on `connection`, which is inside a read transaction; `now` is the present moment.
    pub(crate) fn new(
        connection: Connection<'a>,
        catalogue: &'a Catalogue,
        now: Timestamp,
    ) -> Self {
        Self { connection, catalogue, now, search: None, users: Arc::default() }
    }

    /// The connection, for statements that stand elsewhere.
    pub(crate) const fn connection(&self) -> Connection<'a> {
        self.connection
    }

    /// The same, knowing the names of `users`.
    fn knowing(self, users: &Arc<UserNames>) -> Self {
        Self { users: Arc::clone(users), ..self }
    }

    /// The same, led by `search` where it asks for words.
    fn led_by(self, search: Option<Search>) -> Self {
        Self { search, ..self }
    }
}

/// How many rows to ask for to learn whether there are more than `limit`.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

/// A value in the database that no writer of ours can have put there.
pub(crate) fn impossible(what: &str, value: impl std::fmt::Display) -> ReadError {
    ReadError::Fault(Fault::Unusable(format!(
        "the database holds an impossible {what}: {value}; verify the ledger"
    )))
}
