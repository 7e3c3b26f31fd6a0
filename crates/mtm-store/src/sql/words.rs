//! The domain's words in columns.

use mtm_core::word::{Quantity, Timestamp, WordError};
use uuid::Uuid;

use super::error::Error;
use super::statement::Row;

/// Parses the word in column `column`.
pub(crate) fn word<W>(
    row: &Row<'_>,
    column: usize,
    parse: fn(&str) -> Result<W, WordError>,
) -> Result<W, Error> {
    parse(row.text(column)?).map_err(|error| Error::shape(column, error.to_string()))
}

/// Parses the word in column `column`, which may be `NULL`.
pub(crate) fn optional_word<W>(
    row: &Row<'_>,
    column: usize,
    parse: fn(&str) -> Result<W, WordError>,
) -> Result<Option<W>, Error> {
    let text = row.optional_text(column)?;
    text.map(parse).transpose().map_err(|error| Error::shape(column, error.to_string()))
}

/// Reads the name of a closed set in column `column`.
pub(crate) fn named<N>(
    row: &Row<'_>,
    column: usize,
    from_name: fn(&str) -> Option<N>,
) -> Result<N, Error> {
    let text = row.text(column)?;
    from_name(text)
        .ok_or_else(|| Error::shape(column, format!("{text:?}, which is not one of the names")))
}

/// Reads 10⁻⁶ pieces in column `column`.
pub(crate) fn quantity(row: &Row<'_>, column: usize) -> Result<Quantity, Error> {
    Quantity::from_units(row.get(column)?).map_err(|error| Error::shape(column, error.to_string()))
}

/// Reads a moment in column `column`.
pub(crate) fn moment(row: &Row<'_>, column: usize) -> Result<Timestamp, Error> {
    row.get(column).map(Timestamp::from_micros)
}

/// Reads a moment in column `column`, which may be `NULL`.
pub(crate) fn optional_moment(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>, Error> {
    Ok(row.get::<Option<i64>>(column)?.map(Timestamp::from_micros))
}

/// Reads an identity in column `column`.
pub(crate) fn uuid(row: &Row<'_>, column: usize) -> Result<Uuid, Error> {
    row.get(column).map(Uuid::from_bytes)
}

/// Reads an identity in column `column`, which may be `NULL`.
pub(crate) fn optional_uuid(row: &Row<'_>, column: usize) -> Result<Option<Uuid>, Error> {
    Ok(row.get::<Option<[u8; 16]>>(column)?.map(Uuid::from_bytes))
}
