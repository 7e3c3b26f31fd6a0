//! One moment of an earlier system's database.

use std::fmt::Write as _;
use std::time::Duration;

use mysql_async::consts::ColumnType;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Error, Row, Value};
use tokio::time;

use super::address::Address;
use super::fault::SourceFault;

/// How long the way to the server may take to open.
const OPENING: Duration = Duration::from_secs(10);
/// How long an answer may take. A chunk is read by a key, but nobody promised one there.
const ANSWER: Duration = Duration::from_secs(60);
/// How long saying good-bye may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// A value, as the text that a dump would hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// `NULL`.
    Null,
    /// A text, a number, a time.
    Text(String),
    /// Bytes that are no text.
    Bytes(Vec<u8>),
}

/// A table of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name as the server writes it.
    pub name: String,
    /// Its columns in their order, as far as the account may read them.
    pub columns: Vec<String>,
}

/// A question for rows of one table.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// The table, as the server writes it.
    pub table: &'q str,
    /// The columns wanted, in this order.
    pub columns: &'q [&'q str],
    /// What the rows are ordered by.
    pub order: &'q [&'q str],
    /// Only rows whose first ordering column is above this number.
    pub above: Option<i64>,
    /// At most so many rows.
    pub limit: Option<u32>,
}

/// A read-only transaction on an earlier system's server. Ends when it is dropped.
pub struct Snapshot {
    /// `None` after an answer that did not come.
    connection: Option<Conn>,
    server: String,
    tables: Vec<Table>,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Snapshot {
    /// Opens the way and takes the moment.
    ///
    /// # Errors
    /// [`SourceFault`]; nothing was read.
    pub async fn open(address: &Address) -> Result<Self, SourceFault> {
        let server = address.shown().to_owned();
        let opened = time::timeout(OPENING, address.open()).await.map_err(|_| {
            let message = format!("no answer within {} s", OPENING.as_secs());
            SourceFault::Unreachable { server: server.clone(), message }
        })?;
        let connection = opened.map_err(|error| SourceFault::opening(&server, error))?;
        let mut snapshot = Self { connection: Some(connection), server, tables: Vec::new() };
        snapshot
            .ask(async |connection| {
                connection.query_drop("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await
            })
            .await?;
        snapshot.tables = snapshot.read_tables().await?;
        Ok(snapshot)
    }

    /// The table called `name`, whatever the case.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name.eq_ignore_ascii_case(name))
    }

    /// How many rows a table has.
    ///
    /// # Errors
    /// [`SourceFault`]
    pub async fn count(&mut self, table: &str) -> Result<u64, SourceFault> {
        let sql = format!("SELECT COUNT(*) FROM {}", quoted(table));
        let count: Option<u64> =
            self.ask(async |connection| connection.query_first(&sql).await).await?;
        Ok(count.unwrap_or(0))
    }

    /// Rows of one table.
    ///
    /// # Errors
    /// [`SourceFault`]; what was read before is of no use without the rest.
    pub async fn rows(&mut self, question: &Question<'_>) -> Result<Vec<Vec<Cell>>, SourceFault> {
        let sql = question.sql();
        // The text protocol: the server writes every value as a dump would.
        let rows: Vec<Row> = self.ask(async |connection| connection.query(&sql).await).await?;
        Ok(rows.into_iter().map(cells).collect())
    }

    /// Ends the transaction and the connection.
    pub async fn close(mut self) {
        if let Some(connection) = self.connection.take() {
            // It only read: nothing depends on how it ends.
            let _ = time::timeout(FAREWELL, connection.disconnect()).await;
        }
    }

    async fn read_tables(&mut self) -> Result<Vec<Table>, SourceFault> {
        let named: Vec<(String, String)> = self
            .ask(async |connection| {
                connection
                    .query(
                        "SELECT table_name, column_name FROM information_schema.columns
                         WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position",
                    )
                    .await
            })
            .await?;
        let mut tables: Vec<Table> = Vec::new();
        for (name, column) in named {
            match tables.last_mut() {
                Some(table) if table.name == name => table.columns.push(column),
                _ => tables.push(Table { name, columns: vec![column] }),
            }
        }
        Ok(tables)
    }

    async fn ask<T>(
        &mut self,
        question: impl AsyncFnOnce(&mut Conn) -> Result<T, Error>,
    ) -> Result<T, SourceFault> {
        let lost = |server: &str, message: String| SourceFault::Lost {
            server: server.to_owned(),
            message,
        };
        let Some(mut connection) = self.connection.take() else {
            return Err(lost(&self.server, "it was lost before".to_owned()));
        };
        let Ok(answer) = time::timeout(ANSWER, question(&mut connection)).await else {
            // It is closed on this side in any case.
            let _ = time::timeout(FAREWELL, connection.disconnect()).await;
            let message = format!("no answer within {} s", ANSWER.as_secs());
            return Err(lost(&self.server, message));
        };
        self.connection = Some(connection);
        answer.map_err(|error| SourceFault::reading(&self.server, error))
    }
}

impl Question<'_> {
    fn sql(&self) -> String {
        let list =
            |names: &[&str]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        let mut sql = format!("SELECT {} FROM {}", list(self.columns), quoted(self.table));
        // Writing into a String cannot fail.
        if let (Some(above), Some(key)) = (self.above, self.order.first()) {
            let _ = write!(sql, " WHERE {} > {above}", quoted(key));
        }
        if !self.order.is_empty() {
            let _ = write!(sql, " ORDER BY {}", list(self.order));
        }
        if let Some(limit) = self.limit {
            let _ = write!(sql, " LIMIT {limit}");
        }
        sql
    }
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn cells(row: Row) -> Vec<Cell> {
    let bits: Vec<bool> = row
        .columns_ref()
        .iter()
        .map(|column| column.column_type() == ColumnType::MYSQL_TYPE_BIT)
        .collect();
    let values = row.unwrap_raw().into_iter().zip(bits);
    values.map(|(value, bit)| cell(value.unwrap_or(Value::NULL), bit)).collect()
}

fn cell(value: Value, bit: bool) -> Cell {
    match value {
        Value::NULL => Cell::Null,
        // The one type that has no text: its bytes are a number.
        Value::Bytes(bytes) if bit && bytes.len() <= 8 => {
            let number = bytes.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
            Cell::Text(number.to_string())
        }
        Value::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Cell::Text(text),
            Err(error) => Cell::Bytes(error.into_bytes()),
        },
        Value::Int(number) => Cell::Text(number.to_string()),
        Value::UInt(number) => Cell::Text(number.to_string()),
        Value::Float(number) => Cell::Text(number.to_string()),
        Value::Double(number) => Cell::Text(number.to_string()),
        // The text protocol has no such values.
        time @ (Value::Date(..) | Value::Time(..)) => {
            Cell::Text(time.as_sql(true).trim_matches('\'').to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_plain_sql_with_quoted_names() {
        let question = Question {
            table: "usr`users",
            columns: &["ID", "Full Name"],
            order: &["ID"],
            above: Some(-3),
            limit: Some(10),
        };
        assert_eq!(
            question.sql(),
            "SELECT `ID`, `Full Name` FROM `usr``users` WHERE `ID` > -3 ORDER BY `ID` LIMIT 10"
        );
        let all = Question { above: None, limit: None, order: &[], ..question };
        assert_eq!(all.sql(), "SELECT `ID`, `Full Name` FROM `usr``users`");
    }

    #[test]
    fn bits_are_numbers_and_bytes_that_are_no_text_stay_bytes() {
        assert_eq!(cell(Value::Bytes(vec![1]), true), Cell::Text("1".into()));
        assert_eq!(cell(Value::Bytes(vec![1, 0]), true), Cell::Text("256".into()));
        assert_eq!(cell(Value::Bytes(vec![0xFF]), false), Cell::Bytes(vec![0xFF]));
        assert_eq!(cell(Value::NULL, true), Cell::Null);
    }
}
