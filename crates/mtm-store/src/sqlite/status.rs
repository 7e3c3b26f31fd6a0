//! What an administrator asks about the file, without opening the ledger.

use std::path::Path;

use super::connection::{self, APPLICATION_ID};
use super::fault::open_error;
use super::schema;
use crate::database::{DatabaseStatus, TableSize};
use crate::ledger::OpenError;

/// Looks at the file at `path` and changes nothing.
pub(crate) fn read(path: &Path) -> Result<DatabaseStatus, OpenError> {
    if !path.exists() {
        return Err(OpenError::Missing { path: path.to_owned() });
    }
    let failed = |error: rusqlite::Error| open_error(path, &error);
    let file = connection::open_reader(path, 1024).map_err(failed)?;
    let number = |sql: &str| file.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(failed);
    if number("PRAGMA application_id")? != i64::from(APPLICATION_ID) {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    let version = number("PRAGMA user_version")?;
    let bytes = number("PRAGMA page_count")?.saturating_mul(number("PRAGMA page_size")?);
    Ok(DatabaseStatus {
        engine: "sqlite",
        version: rusqlite::version().to_owned(),
        schema: usize::try_from(version).unwrap_or(usize::MAX),
        schema_known: schema::known(),
        incomplete: false,
        bytes: bytes.unsigned_abs(),
        tables: tables(&file).unwrap_or_default(),
        sealing: None,
        access: None,
        servers: Vec::new(),
    })
}

/// Sizes by table; the engine can tell them only where it was built to.
fn tables(file: &rusqlite::Connection) -> rusqlite::Result<Vec<TableSize>> {
    let mut statement = file.prepare(
        "SELECT s.tbl_name, sum(d.pgsize) FROM sqlite_schema AS s
         JOIN dbstat AS d ON d.name = s.name AND d.aggregate
         GROUP BY s.tbl_name ORDER BY 2 DESC, 1",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(TableSize { table: row.get(0)?, bytes: row.get::<_, i64>(1)?.unsigned_abs() })
    })?;
    rows.collect()
}
