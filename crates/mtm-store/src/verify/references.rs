//! Every row that a row names exists.
//!
//! The engines refuse to break a reference while they check; somebody with enough rights can turn
//! that off. What the server's files hold is the server's own to check.

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
    let declared: Vec<[String; 4]> =
        connection.prepare_cached(DECLARED)?.query_all(params![], |row| {
            Ok::<_, Stop>([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
        })?;
    for [table, column, parent, key] in declared {
        // Names of our own schema; they come from the server's list of it.
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM \"{table}\" AS named
                            LEFT JOIN \"{parent}\" AS parent ON parent.\"{key}\" = named.\"{column}\"
                            WHERE named.\"{column}\" IS NOT NULL AND parent.\"{key}\" IS NULL)"
        );
        let dangling: bool =
            connection.query_row(&sql, params![], |row| row.get(0).map_err(Stop::from))?;
        if dangling {
            let message = format!("a row of {table} names a {parent} that does not exist");
            return Err(FirstBad::new(Damage::DanglingReference, message).into());
        }
    }
    Ok(())
}
