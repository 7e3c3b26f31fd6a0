//! SQL dumps of mysqldump, mariadb-dump and phpMyAdmin, read as a stream.
//!
//! [`read`] walks a dump once, in bounded memory, and hands the rows of wanted tables to a visitor
//! one at a time. It understands what dumps are made of (quotes, escapes, comments, conditional
//! comments, multi-row INSERT and REPLACE with and without column lists, hexadecimal and
//! introduced strings) and skips what carries no rows. It is strict where a guess could lose or
//! invent a row: an expression in place of a value, a second definition of a table, rows taken
//! back, a file that may have been cut off are errors, each with its place.
//!
//! Deliberately absent: a database (nothing is executed), expressions, INSERT … SELECT,
//! character sets whose letters contain quote or backslash bytes, and columns that hold secrets:
//! those are skipped by name, byte by byte, and never become a value.

mod bytes;
mod ending;
mod error;
mod insert;
mod lexer;
mod schema;
mod statement;
mod value;

#[cfg(test)]
mod tests;

use std::io::Read;

use serde::Serialize;

use bytes::Bytes;
pub use error::{DumpError, DumpFault, Position};
use lexer::Lexer;
pub(super) use schema::is_secret;
pub use schema::{ColumnSpec, TableSpec, optional, required};
use statement::Reader;
pub use value::Value;

/// One row of a wanted table.
#[derive(Debug)]
pub struct Row<'a> {
    /// The table's place in the selection.
    pub table: usize,
    /// The table.
    pub spec: &'a TableSpec,
    /// Where the row begins.
    pub at: Position,
    /// A value for each column of `spec`; the visitor may take them.
    pub values: &'a mut [Value],
}

/// What is known about a dump after reading it to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DumpSummary {
    /// SHA-256 of the file's bytes, in hexadecimal.
    pub sha256: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Rows of each wanted table, in the order of the selection.
    pub tables: Vec<TableRows>,
    /// Whether the dump itself proves that nothing is missing at its end. `false` only for a dump
    /// without any end mark whose last statement looks like a last one.
    pub end_proved: bool,
}

/// How many rows of a table a dump holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableRows {
    /// The table.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
}

/// Reads a dump from `source` and gives each row of the tables in `selection` to `visit`.
///
/// Stops at the first fault of the dump and at the first error of the visitor. Rows visited before
/// an error are part of a dump that cannot be trusted.
///
/// # Errors
/// [`DumpError`] with the place and the table, or whatever the visitor returns.
pub fn read<E: From<DumpError>>(
    source: impl Read,
    selection: &[TableSpec],
    mut visit: impl FnMut(Row<'_>) -> Result<(), E>,
) -> Result<DumpSummary, E> {
    let mut reader = Reader::new(Lexer::new(Bytes::open(source)?), selection);
    if !reader.statements(&mut visit)? {
        return Err(reader.error(DumpFault::Empty).into());
    }
    let marks = reader.lexer.marks;
    let end_proved =
        reader.ending.judge(marks.begun, marks.completed).map_err(|fault| reader.error(fault))?;
    let missing: Vec<&'static str> = selection
        .iter()
        .zip(&reader.tables)
        .filter(|(_, state)| state.defined.is_none() && state.rows == 0)
        .map(|(spec, _)| spec.name)
        .collect();
    if !missing.is_empty() {
        return Err(reader.error(DumpFault::MissingTables { tables: missing }).into());
    }
    let tables = selection.iter().zip(&reader.tables);
    Ok(DumpSummary {
        sha256: reader.lexer.bytes.sha256(),
        bytes: reader.lexer.bytes.at().offset,
        tables: tables
            .map(|(spec, state)| TableRows { table: spec.name, rows: state.rows })
            .collect(),
        end_proved,
    })
}
