//! What there is to copy: the tables and columns of the embedded engine's schema, asked of the
//! engine itself. A column added there is copied without anybody thinking of it.

use crate::fault::Fault;
use crate::sql::{Connection, Error, params};
use crate::sqlite::schema;
use crate::verify::Reference;

/// What a column holds. A server sends text and bytes alike; a file keeps them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Text,
    Blob,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The columns of its primary key, in the key's order, counted from 0.
    pub(super) key: Vec<usize>,
    /// The rows that its rows name.
    pub(super) references: Vec<Reference>,
}

impl Table {
    /// How many rows it has, without what has no place yet and so no key.
    pub(super) fn count(&self, connection: Connection<'_>) -> Result<u64, Error> {
        let key = self.key.first().map(|&at| format!("\"{}\"", self.columns[at].name));
        let counted = key.as_deref().unwrap_or("*");
        let sql = format!("SELECT count({counted}) FROM \"{}\"", self.name);
        connection.query_row(&sql, params![], |row| row.get(0))
    }
}

/// What is derived from the log: made anew beside the copy's writer, not copied.
const DERIVED: [&str; 5] =
    ["throughput", "closing", "closing_point", "below_minimum", "derived_position"];

/// Every table of a ledger that is copied, each after those that it names.
pub(super) fn tables() -> Result<Vec<Table>, Fault> {
    let memory = rusqlite::Connection::open_in_memory()?;
    schema::lay_bare(&memory)?;
    let mut names = memory.prepare(
        "SELECT name FROM sqlite_schema
         WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
    )?;
    let names = names.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let copied = names.into_iter().filter(|name| !DERIVED.contains(&name.as_str()));
    copied.map(|name| table(&memory, name)).collect()
}

fn table(memory: &rusqlite::Connection, name: String) -> Result<Table, Fault> {
    let mut statement =
        memory.prepare("SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid")?;
    let rows = statement.query_map([&name], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, u32>(2)?))
    })?;
    let mut columns = Vec::new();
    let mut key = Vec::new();
    for (at, row) in rows.enumerate() {
        let (column, kind, place) = row?;
        let kind = match kind.as_str() {
            "INTEGER" => Kind::Int,
            "TEXT" => Kind::Text,
            "BLOB" => Kind::Blob,
            other => {
                return Err(Fault::Permanent(format!("{name}.{column} is of kind {other}")));
            }
        };
        if place > 0 {
            key.push((place, at));
        }
        columns.push(Column { name: column, kind });
    }
    key.sort_unstable();
    let mut statement =
        memory.prepare("SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?1)")?;
    let references = statement.query_map([&name], |row| {
        Ok(Reference { column: row.get(0)?, parent: row.get(1)?, key: row.get(2)? })
    })?;
    let references = references.collect::<Result<_, _>>()?;
    drop(statement);
    Ok(Table { name, columns, references, key: key.into_iter().map(|(_, at)| at).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_a_key_and_comes_after_those_it_names() {
        let tables = tables().unwrap();
        let place = |name| tables.iter().position(|table| table.name == name).unwrap();
        assert!(tables.iter().all(|table| !table.key.is_empty()));
        assert!(place("part") < place("lot") && place("lot") < place("movement"));
        assert!(place("user") < place("audit"));
        let stock = &tables[place("stock")];
        let key: Vec<_> = stock.key.iter().map(|&at| stock.columns[at].name.as_str()).collect();
        assert_eq!(key, ["lot", "operation_id", "location_id"]);
    }
}
