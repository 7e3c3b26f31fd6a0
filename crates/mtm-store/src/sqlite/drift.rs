//! Whether the triggers that keep history as it is are still there, and say what they said.

use std::sync::LazyLock;

use rusqlite::Connection;

use super::schema;
use crate::database::{Deviation, Drift};

/// Name and text of a trigger.
type Trigger = (String, String);

/// What the steps of the schema leave, made once in memory.
static EXPECTED: LazyLock<Vec<Trigger>> = LazyLock::new(|| {
    let made = Connection::open_in_memory().and_then(|connection| {
        schema::lay_bare(&connection)?;
        triggers(&connection)
    });
    // The steps are the program's own text: every test of the store runs them.
    made.unwrap_or_default()
});

/// What of the file's own code is not as this program leaves it.
pub(crate) fn check(connection: &Connection) -> rusqlite::Result<Vec<Drift>> {
    let found = triggers(connection)?;
    let drift = |(name, text): &Trigger| {
        let what = match found.iter().find(|(its, _)| its == name) {
            None => Deviation::Missing,
            Some((_, its)) if its != text => Deviation::BodyChanged,
            Some(_) => return None,
        };
        Some(Drift { object: format!("trigger {name}"), what })
    };
    Ok(EXPECTED.iter().filter_map(drift).collect())
}

fn triggers(connection: &Connection) -> rusqlite::Result<Vec<Trigger>> {
    let sql = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
