//! Queries: `impl Ledger` blocks that only read, each on one connection at one moment.
//!
//! How a question is answered, everywhere here: codes and wildcards become row ids first, through
//! the catalogue in memory; then one fixed statement, served by an index, finds the rows; then
//! only the rows of the page are fetched and named. Statements are constants beside their row
//! mapping, and a test holds their query plans: no statement on the way of a booking or a screen
//! may scan `movement`, `stock` or `lot`.
//!
//! Exceptions, on purpose: a stock search by what no index serves (free text, colour, item type,
//! bounds of quantity or age) reads every bucket once, as do sums over all stock; a search of the
//! log by what no index serves walks back from its end over a bounded stretch per page. An index
//! of notes, built behind the writer, and a table of daily closings are later work.
//!
//! Paging is by key, never by offset, in a total order that inserts do not disturb; a cursor is
//! good only for the query that gave it.

mod audit;
mod code;
mod counts;
mod event;
mod explain;
mod facade;
mod history;
mod hold;
mod legacy;
mod lot;
mod moment;
mod names;
mod stock;
mod suggest;

#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::HashMap;

use mtm_core::catalogue::Catalogue;
use mtm_core::word::Timestamp;
use rusqlite::Connection;

use crate::fault::Fault;
use crate::query::ReadError;

/// One question being answered: a connection inside a read transaction, and what codes mean.
pub(crate) struct Reader<'a> {
    connection: &'a Connection,
    catalogue: &'a Catalogue,
    now: Timestamp,
    users: RefCell<HashMap<i64, String>>,
}

impl<'a> Reader<'a> {
    /// Reads on `connection`, which is inside a read transaction; `now` is the present moment.
    pub(crate) fn new(
        connection: &'a Connection,
        catalogue: &'a Catalogue,
        now: Timestamp,
    ) -> Self {
        Self { connection, catalogue, now, users: RefCell::default() }
    }
}

impl From<rusqlite::Error> for ReadError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<rusqlite::types::FromSqlError> for ReadError {
    fn from(error: rusqlite::types::FromSqlError) -> Self {
        rusqlite::Error::from(error).into()
    }
}

/// How many rows to ask for to learn whether there are more than `limit`.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

/// A value in the database that no writer of ours can have put there.
fn impossible(what: &str, value: impl std::fmt::Display) -> ReadError {
    ReadError::Fault(Fault::Unusable(format!(
        "the database holds an impossible {what}: {value}; verify the ledger"
    )))
}

/// A set of row ids as the JSON list that statements read with `json_each`.
fn id_list<'i>(ids: impl IntoIterator<Item = &'i i64>) -> String {
    let mut list = String::from("[");
    for id in ids {
        if list.len() > 1 {
            list.push(',');
        }
        list.push_str(&id.to_string());
    }
    list.push(']');
    list
}
