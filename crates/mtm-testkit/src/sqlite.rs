//! A hand inside the embedded database, as an attacker or a careless administrator would reach
//! in: past every rule of the program. For tests of what the program notices afterwards.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context, Result, bail};
use rusqlite::Connection;
use rusqlite::types::Value;

/// Runs statements on the database file at `path` and returns how many rows the last one changed.
pub fn execute(path: &Path, sql: &str) -> Result<usize> {
    let connection = open(path)?;
    connection.execute_batch(sql).with_context(|| format!("failed to run {sql}"))?;
    Ok(usize::try_from(connection.changes())?)
}

/// Runs a script of any length on the database file at `path`, statement by statement: each ends with a
/// line that ends with `;`.
pub fn execute_script(path: &Path, script: &Path) -> Result<()> {
    let connection = open(path)?;
    let file =
        File::open(script).with_context(|| format!("failed to open {}", script.display()))?;
    let mut statement = String::new();
    for line in BufReader::new(file).lines() {
        let line = line?;
        statement.push_str(&line);
        statement.push('\n');
        if line.ends_with(';') {
            connection
                .execute_batch(&statement)
                .with_context(|| format!("failed to run {line}"))?;
            statement.clear();
        }
    }
    Ok(())
}

/// The first column of the first row of a query, as text (`NULL` is an empty text).
pub fn value(path: &Path, sql: &str) -> Result<String> {
    let connection = open(path)?;
    let value: Value = connection
        .query_row(sql, [], |row| row.get(0))
        .with_context(|| format!("failed to run {sql}"))?;
    Ok(match value {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text,
        Value::Blob(_) => bail!("the value is a blob: ask for hex(…)"),
    })
}

fn open(path: &Path) -> Result<Connection> {
    use rusqlite::OpenFlags;
    // Never makes a file: a test that names the wrong path must not pass on an empty database.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .with_context(|| format!("failed to open {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reaches_past_the_program_but_never_makes_a_database() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mtm.db");
        assert!(execute(&path, "SELECT 1").is_err());
        std::fs::write(&path, b"").unwrap();
        execute(&path, "CREATE TABLE stock (quantity INTEGER); INSERT INTO stock VALUES (7)")
            .unwrap();
        assert_eq!(execute(&path, "UPDATE stock SET quantity = 8").unwrap(), 1);
        assert_eq!(value(&path, "SELECT quantity FROM stock").unwrap(), "8");
    }
}
