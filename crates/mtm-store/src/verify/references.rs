//! Every row that a row names exists.
//!
//! The engines refuse to break a reference while they check; somebody with enough rights can turn
//! that off. What the server's files hold is the server's own to check.

use std::fmt::Write as _;

use super::Stop;
use crate::integrity::{Damage, FirstBad};
use crate::sql::{Connection, params};
use crate::sqlite::verify as file;

/// The references that the schema declares.
const DECLARED: &str = "SELECT table_name, column_name, referenced_table_name,
        referenced_column_name
    FROM information_schema.key_column_usage
    WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL
    ORDER BY table_name, column_name";

/// Refuses the first row that names one that is not there.
pub(super) fn check(connection: Connection<'_>) -> Result<(), Stop> {
    match connection {
        Connection::Sqlite(connection) => file::check_references(connection),
        Connection::MariaDb(_) => on_server(connection),
    }
}

fn on_server(connection: Connection<'_>) -> Result<(), Stop> {
    let declared: Vec<(String, Reference)> =
        connection.prepare_cached(DECLARED)?.query_all(params![], |row| {
            let named = Reference { column: row.get(1)?, parent: row.get(2)?, key: row.get(3)? };
            Ok::<_, Stop>((row.get(0)?, named))
        })?;
    for of_table in declared.chunk_by(|(one, _), (other, _)| one == other) {
        let references: Vec<&Reference> = of_table.iter().map(|(_, reference)| reference).collect();
        refuse_dangling(connection, &of_table[0].0, &references)?;
    }
    Ok(())
}

/// A column that names a row.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) column: String,
    /// The table of that row.
    pub(crate) parent: String,
    /// The column by which it is named.
    pub(crate) key: String,
}

/// Refuses a server's table in which a row names another that is not there. A table is read once,
/// for all of its references.
pub(crate) fn refuse_dangling(
    connection: Connection<'_>,
    table: &str,
    references: &[&Reference],
) -> Result<(), Stop> {
    if references.is_empty() || !dangles(connection, table, references)? {
        return Ok(());
    }
    for reference in references {
        if dangles(connection, table, &[reference])? {
            let parent = &reference.parent;
            let message = format!("a row of {table} names a {parent} that does not exist");
            return Err(FirstBad::new(Damage::DanglingReference, message).into());
        }
    }
    Ok(())
}

/// Whether a row of `table` names one that is not there. Names are those of our own schema.
fn dangles(
    connection: Connection<'_>,
    table: &str,
    references: &[&Reference],
) -> Result<bool, Stop> {
    let (mut joins, mut lost) = (String::new(), Vec::new());
    for (at, Reference { column, parent, key }) in references.iter().enumerate() {
        // Writing into a string cannot fail.
        let _ = write!(
            joins,
            " LEFT JOIN \"{parent}\" AS parent{at} ON parent{at}.\"{key}\" = named.\"{column}\""
        );
        lost.push(format!("named.\"{column}\" IS NOT NULL AND parent{at}.\"{key}\" IS NULL"));
    }
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM \"{table}\" AS named{joins} WHERE {})",
        lost.join(" OR ")
    );
    connection.query_row(&sql, params![], |row| row.get(0).map_err(Stop::from))
}
