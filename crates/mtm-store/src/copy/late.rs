//! What had been committed and had no place in the log yet when the moment of the copy was taken.
//!
//! A server gives places after the commit, so that a moment under load always has some that wait.
//! The copy gives them itself, in the order in which the server's own sealer would: nobody was
//! told another place of them, because in that moment they had none.

use super::CopyError;
use super::layout::{Kind, Table};
use super::target::{begin, commit};
use crate::mariadb::Places;
use crate::sql::{Connection, Error, Value, params};

/// Rows that a moment can have in its queue are few; all of them are taken.
const ALL: i64 = i64::MAX;

/// Those rows, with the places that the copy gives them.
pub(super) struct Late {
    places: Option<Places>,
}

impl Late {
    /// Reads them. A file has none.
    pub(super) fn of(from: Connection<'_>) -> Result<Self, Error> {
        let places = match from {
            Connection::Sqlite(_) => None,
            Connection::MariaDb(_) => Some(Places::read(from, ALL)?),
        };
        Ok(Self { places })
    }

    /// How many of them belong to `table`.
    pub(super) fn rows(&self, table: &str) -> u64 {
        let rows = self.places.as_ref().map_or(0, |places| match table {
            "movement" => places.movements().count(),
            "audit" => places.entries.len(),
            "outbox" => places.events.len(),
            _ => 0,
        });
        rows as u64
    }

    /// Where the chain ends with them: position and hash.
    pub(super) fn head(&self) -> Option<(u64, String)> {
        let (sequence, hash) = self.places.as_ref()?.head();
        Some((sequence, hash.hex()))
    }

    /// Writes them behind all others.
    pub(super) fn write(
        &self,
        tables: &[Table],
        from: Connection<'_>,
        to: Connection<'_>,
    ) -> Result<(), CopyError> {
        let Some(places) = &self.places else { return Ok(()) };
        begin(to)?;
        if let Some(table) = tables.iter().find(|table| table.name == "movement") {
            movements(places, table, from, to)?;
        }
        for it in &places.entries {
            to.execute(
                "INSERT INTO audit (sequence, kind, movement_sequence, user_id, at, entry, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    it.sequence.cast_signed(),
                    it.kind,
                    it.movement.map(u64::cast_signed),
                    it.user,
                    it.at,
                    it.entry,
                    it.hash.0
                ],
            )?;
        }
        for it in &places.events {
            to.execute(
                "INSERT INTO outbox (position, id, type, subject, at, movement_sequence,
                                     traceparent, data)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    it.position.cast_signed(),
                    it.id,
                    it.kind,
                    it.subject,
                    it.at,
                    it.movement.map(u64::cast_signed),
                    it.traceparent,
                    it.data
                ],
            )?;
        }
        Ok(commit(to)?)
    }
}

/// Copies the movements, each with the place that it is given.
fn movements(
    places: &Places,
    table: &Table,
    from: Connection<'_>,
    to: Connection<'_>,
) -> Result<(), Error> {
    let names: Vec<_> = table.columns.iter().map(|it| format!("\"{}\"", it.name)).collect();
    let names = names.join(", ");
    let marks = vec!["?"; table.columns.len()].join(", ");
    let read = format!("SELECT {names} FROM movement WHERE id = ?1");
    let write = format!("INSERT INTO movement ({names}) VALUES ({marks})");
    for placed in places.movements() {
        let values = from.query_row(&read, params![placed.id.as_bytes()], |row| {
            let columns = table.columns.iter().enumerate();
            columns
                .map(|(at, column)| {
                    Ok(match column.kind {
                        _ if column.name == "sequence" => Value::Int(placed.sequence.cast_signed()),
                        _ if row.is_null(at)? => Value::Null,
                        Kind::Int => Value::Int(row.get(at)?),
                        Kind::Text => Value::Text(row.get::<String>(at)?.into()),
                        Kind::Blob => Value::Blob(row.get::<Vec<u8>>(at)?.into()),
                    })
                })
                .collect::<Result<Vec<Value<'static>>, Error>>()
        })?;
        to.execute(&write, &values)?;
    }
    Ok(())
}
