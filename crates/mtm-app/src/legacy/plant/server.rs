//! The plant, read from the legacy database itself: the same rows as its dump would give.
//!
//! Everything is read in one transaction, in chunks by row id, and counted: a table whose rows do
//! not all come is refused. Columns that hold secrets are never asked for, whatever they contain.

use mtm_core::audit::Hash;
use mtm_store::legacy::{Address, Cell, Question, Snapshot, Table};
use sha2::{Digest, Sha256};

use super::cells::Cells;
use super::source::{Place, Source, TableRows};
use super::tables::TABLES;
use super::{LegacyError, LegacyPlant, Seen};
use crate::legacy::dump::{TableSpec, Value, is_secret};

/// Rows of one question.
const CHUNK: u32 = 2_000;
/// The table that grows for ever.
const LOG: &str = "inv_transaction";
/// What rows are read by, where the table has it.
const ID: &str = "ID";

/// How much of the log to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFrom {
    /// All of it.
    Beginning,
    /// Rows with an id above this one.
    Above(i64),
}

/// Reads the legacy inventory database at `address`; `progress` hears of every row.
///
/// # Errors
/// [`LegacyError`]; nothing is usable then.
pub async fn read_server(
    address: &Address,
    log: LogFrom,
    mut progress: impl FnMut(u64),
) -> Result<LegacyPlant, LegacyError> {
    let mut snapshot = Snapshot::open(address).await?;
    let mut reading = Reading::new(address.shown());
    let read = reading.tables(&mut snapshot, log, &mut progress).await;
    snapshot.close().await;
    read?;
    Ok(reading.finish())
}

struct Reading {
    plant: LegacyPlant,
    seen: Seen,
    hash: Sha256,
    rows: u64,
}

impl Reading {
    fn new(server: &str) -> Self {
        let source = Source { server: Some(server.to_owned()), ..Source::default() };
        let plant = LegacyPlant { source, ..LegacyPlant::empty() };
        Self { plant, seen: Seen::default(), hash: Sha256::new(), rows: 0 }
    }

    async fn tables(
        &mut self,
        snapshot: &mut Snapshot,
        log: LogFrom,
        progress: &mut impl FnMut(u64),
    ) -> Result<(), LegacyError> {
        let mut found = Vec::new();
        let mut missing = Vec::new();
        for spec in TABLES {
            match snapshot.table(spec.name) {
                Some(table) => found.push((spec, table.clone())),
                None => missing.push(spec.name),
            }
        }
        if !missing.is_empty() {
            return Err(LegacyError::TablesMissing { tables: missing });
        }
        for (spec, table) in &found {
            let above = match log {
                LogFrom::Above(id) if spec.name == LOG => Some(id),
                _ => None,
            };
            let rows = self.table(snapshot, spec, table, above, progress).await?;
            let expected = snapshot.count(&table.name).await?;
            if above.is_none() && rows != expected {
                let (table, found) = (spec.name, rows);
                return Err(LegacyError::RowsMissing { table, expected, found });
            }
            self.plant.source.tables.push(TableRows { table: spec.name, rows: expected });
        }
        Ok(())
    }

    /// Reads the rows of one table; how many there were.
    async fn table(
        &mut self,
        snapshot: &mut Snapshot,
        spec: &TableSpec,
        table: &Table,
        above: Option<i64>,
        progress: &mut impl FnMut(u64),
    ) -> Result<u64, LegacyError> {
        let columns = Columns::of(spec, table)?;
        let wanted: Vec<&str> = columns.names.iter().map(|(name, _)| *name).collect();
        let id = columns.names.iter().position(|(_, slot)| spec.columns[*slot].name == ID);
        let mut question = Question {
            table: &table.name,
            columns: &wanted,
            order: id.as_ref().map_or(&wanted[..], |id| std::slice::from_ref(&wanted[*id])),
            above,
            limit: id.map(|_| CHUNK),
        };
        self.hash_text(spec.name.as_bytes());
        let mut rows = 0;
        loop {
            let chunk = snapshot.rows(&question).await?;
            let last = chunk.last().and_then(|row| number(row.get(id?)?));
            let is_full = chunk.len() == CHUNK as usize;
            for row in chunk {
                self.row(spec, &columns, Place::Server(rows), row)?;
                rows += 1;
                self.rows += 1;
            }
            progress(self.rows);
            // An id that is no number was refused by the row itself.
            match last.filter(|_| is_full && id.is_some()) {
                Some(last) => question.above = Some(last),
                None => return Ok(rows),
            }
        }
    }

    fn row(
        &mut self,
        spec: &TableSpec,
        columns: &Columns<'_>,
        at: Place,
        row: Vec<Cell>,
    ) -> Result<(), LegacyError> {
        let mut values = vec![Value::Absent; spec.columns.len()];
        for (cell, (_, slot)) in row.into_iter().zip(&columns.names) {
            values[*slot] = self.value(cell);
        }
        self.plant.add(&mut self.seen, Cells::new(spec, at, &mut values))
    }

    /// What a cell holds; everything that is read counts for the hash.
    fn value(&mut self, cell: Cell) -> Value {
        match cell {
            Cell::Null => {
                self.hash.update(u64::MAX.to_be_bytes());
                Value::Null
            }
            Cell::Text(text) => {
                self.hash_text(text.as_bytes());
                Value::Text(text)
            }
            Cell::Bytes(bytes) => {
                self.hash_text(&bytes);
                Value::Bytes(bytes)
            }
        }
    }

    /// Lengths go first, so that no two different lists of values run together.
    fn hash_text(&mut self, bytes: &[u8]) {
        self.hash.update((bytes.len() as u64).to_be_bytes());
        self.hash.update(bytes);
        self.plant.source.bytes += bytes.len() as u64;
    }

    fn finish(mut self) -> LegacyPlant {
        self.plant.source.sha256 = Hash(self.hash.finalize().into()).hex();
        self.plant.source.end_proved = true;
        self.plant
    }
}

/// The columns of a table that are read, with their places in the row that the plant takes.
struct Columns<'t> {
    names: Vec<(&'t str, usize)>,
}

impl<'t> Columns<'t> {
    fn of(spec: &TableSpec, table: &'t Table) -> Result<Self, LegacyError> {
        let mut names = Vec::with_capacity(spec.columns.len());
        for (slot, column) in spec.columns.iter().enumerate() {
            let found = table.columns.iter().find(|name| name.eq_ignore_ascii_case(column.name));
            match found.filter(|name| !is_secret(name)) {
                Some(name) => names.push((name.as_str(), slot)),
                None if column.required => {
                    let (table, column) = (spec.name, column.name);
                    return Err(LegacyError::ColumnMissing { table, column });
                }
                None => {}
            }
        }
        Ok(Self { names })
    }
}

fn number(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Text(text) => text.trim().parse().ok(),
        Cell::Null | Cell::Bytes(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::legacy::dump::{optional, required};

    fn table(columns: &[&str]) -> Table {
        let columns = columns.iter().map(|&name| name.to_owned()).collect();
        Table { name: "USR_USERS".to_owned(), columns }
    }

    #[test]
    fn columns_are_found_in_any_case_and_secrets_are_never_asked_for() {
        const SPEC: TableSpec =
            TableSpec { name: "usr_users", columns: &[required("ID"), optional("Pin")] };
        let with_pin = table(&["Pin", "id", "LastShownVersion"]);
        let columns = Columns::of(&SPEC, &with_pin).unwrap();
        assert_eq!(columns.names, [("id", 0)]);
        for spec in TABLES {
            assert!(spec.columns.iter().all(|column| !is_secret(column.name)), "{}", spec.name);
        }
        let error = Columns::of(&SPEC, &table(&["User"])).err().unwrap();
        assert_eq!(error.code(), "legacy_column_missing");
    }
}
