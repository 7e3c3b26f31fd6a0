//! Rows of a statement, a bounded block at a time, as text in UTF-16: the one encoding that every driver
//! means the same by.

use std::io;

use mtm_core::erp::RawRow;
use mtm_core::erp::protocol::{Column, ROWS_MAX};
use odbc_api::buffers::{ColumnarBuffer, TextColumn};
use odbc_api::{Connection, Cursor, Error};

/// What ended reading rows.
pub(crate) enum Stopped {
    /// The driver.
    Driver(Error),
    /// Whoever is told.
    Told(io::Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Driver(error)
    }
}

/// Asks `sql` and hands on its rows, at most [`ROWS_MAX`] at a time; how many there were. Texts have at most
/// the characters that their column says; a row of which one had more says so.
pub(crate) fn read(
    connection: &Connection<'_>,
    sql: &str,
    columns: &[Column],
    timeout: usize,
    mut tell: impl FnMut(Vec<RawRow>) -> io::Result<()>,
) -> Result<u64, Stopped> {
    let Some(cursor) = connection.execute(sql, (), Some(timeout))? else { return Ok(0) };
    let mut bound = Vec::with_capacity(columns.len());
    for ((_, width), number) in columns.iter().zip(1_u16..) {
        // One more than is taken, so that a longer text is told from one that just fits.
        bound.push((
            number,
            TextColumn::<u16>::try_new(ROWS_MAX, width + 1)
                .map_err(|error| error.add_context(number))?,
        ));
    }
    let mut cursor = cursor.bind_buffer(ColumnarBuffer::new(bound))?;
    let mut count = 0;
    while let Some(block) = cursor.fetch()? {
        let mut rows = vec![RawRow::default(); block.num_rows()];
        for (at, (_, width)) in columns.iter().enumerate() {
            let column = block.column(at);
            for (place, row) in rows.iter_mut().enumerate() {
                let text = column.get(place).map(|text| {
                    row.cut |= text.len() > *width;
                    String::from_utf16_lossy(&text[..text.len().min(*width)])
                });
                row.texts.push(text);
            }
        }
        count += u64::try_from(rows.len()).unwrap_or(u64::MAX);
        tell(rows).map_err(Stopped::Told)?;
    }
    Ok(count)
}

/// The one text of a statement's first row.
pub(crate) fn one(
    connection: &Connection<'_>,
    sql: &str,
    timeout: usize,
) -> Result<Option<String>, Error> {
    Ok(all(connection, sql, timeout)?.into_iter().next())
}

/// Most characters of a line that a database says about itself.
const LINE: usize = 1_000;
/// Most such lines.
const LINES: usize = 5_000;

/// The first column of every row.
pub(crate) fn all(
    connection: &Connection<'_>,
    sql: &str,
    timeout: usize,
) -> Result<Vec<String>, Error> {
    let mut texts = Vec::new();
    let read = read(connection, sql, &[("", LINE)], timeout, |rows| {
        let room = LINES.saturating_sub(texts.len());
        texts.extend(rows.into_iter().take(room).filter_map(|row| row.texts.into_iter().next()?));
        Ok(())
    });
    match read {
        Err(Stopped::Driver(error)) => Err(error),
        // Nobody is told who could be gone.
        Ok(_) | Err(Stopped::Told(_)) => Ok(texts),
    }
}
