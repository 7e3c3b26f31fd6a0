//! Keyset paging: a cursor names the last row seen, never an offset.

use std::fmt::Debug;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Most rows of one page.
pub const MAX_LIMIT: u16 = 1000;

/// Why a cursor cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// It is not a cursor of this server.
    #[error("the cursor is not one of ours")]
    Foreign,
    /// It is the cursor of a query with other filters.
    #[error("the cursor belongs to another query")]
    OtherQuery,
}

/// The key of the last row of a page, opaque to clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub(crate) Vec<String>);

impl Cursor {
    /// The text that clients send back: the key's fields, hexadecimal.
    pub fn encode(&self) -> String {
        use std::fmt::Write as _;
        let joined = self.0.join("\u{1f}");
        joined.bytes().fold(String::with_capacity(joined.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Reads what [`Cursor::encode`] wrote.
    pub fn decode(text: &str) -> Result<Self, CursorError> {
        if !text.len().is_multiple_of(2) || !text.is_ascii() || text.len() > 2000 {
            return Err(CursorError::Foreign);
        }
        let bytes: Result<Vec<u8>, _> = (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16))
            .collect();
        let joined = String::from_utf8(bytes.map_err(|_| CursorError::Foreign)?)
            .map_err(|_| CursorError::Foreign)?;
        Ok(Self(joined.split('\u{1f}').map(str::to_owned).collect()))
    }
}

impl Cursor {
    /// The cursor behind the row with the key `fields`, usable only with the query that
    /// [`stamp`] names.
    pub(crate) fn of(stamp: &str, fields: impl IntoIterator<Item = String>) -> Self {
        Self(std::iter::once(stamp.to_owned()).chain(fields).collect())
    }

    /// The fields of the key, if the cursor belongs to the query that `stamp` names.
    pub(crate) fn key(&self, stamp: &str) -> Result<&[String], CursorError> {
        let (first, fields) = self.0.split_first().ok_or(CursorError::Foreign)?;
        if first == stamp { Ok(fields) } else { Err(CursorError::OtherQuery) }
    }

    /// The key's `N` fields, if it has as many and belongs to the query that `stamp` names.
    pub(crate) fn fields<const N: usize>(&self, stamp: &str) -> Result<[&str; N], CursorError> {
        let fields = self.key(stamp)?;
        let mut key = [""; N];
        if fields.len() != N {
            return Err(CursorError::Foreign);
        }
        for (slot, field) in key.iter_mut().zip(fields) {
            *slot = field;
        }
        Ok(key)
    }
}

/// A number out of a cursor's field.
pub(crate) fn number<T: std::str::FromStr>(field: &str) -> Result<T, CursorError> {
    field.parse().map_err(|_| CursorError::Foreign)
}

/// A short text that names a kind of query and its filters: the same in every process of one
/// version of the program, different for different filters.
pub(crate) fn stamp(kind: &str, filters: &impl Debug) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::digest(format!("{kind} {filters:?}").as_bytes());
    digest.iter().take(6).fold(String::with_capacity(12), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows wanted, 1 to [`MAX_LIMIT`].
    pub limit: u16,
    /// After which row.
    pub cursor: Option<Cursor>,
    /// Whether to count all matching rows.
    pub count: bool,
}

impl PageRequest {
    /// Rows wanted, within the bounds.
    pub(crate) fn rows(&self) -> usize {
        usize::from(self.limit.clamp(1, MAX_LIMIT))
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: 50, cursor: None, count: false }
    }
}

/// A page of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<R> {
    /// The rows.
    pub items: Vec<R>,
    /// Where the next page starts; `None` at the end.
    pub next_cursor: Option<String>,
    /// All matching rows, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_round_trip_and_foreign_ones_are_refused() {
        let cursor = Cursor(vec!["0000000042".to_owned(), "R-Ö 7".to_owned()]);
        assert_eq!(Cursor::decode(&cursor.encode()), Ok(cursor));
        assert_eq!(Cursor::decode("zz"), Err(CursorError::Foreign));
        assert_eq!(Cursor::decode("abc"), Err(CursorError::Foreign));
        assert_eq!(Cursor::decode("ff"), Err(CursorError::Foreign));
    }

    #[test]
    fn a_cursor_belongs_to_its_query() {
        let cursor = Cursor::of(&stamp("stock", &"part=A"), ["7".to_owned()]);
        assert_eq!(cursor.fields::<1>(&stamp("stock", &"part=A")), Ok(["7"]));
        assert_eq!(cursor.fields::<1>(&stamp("stock", &"part=B")), Err(CursorError::OtherQuery));
        assert_eq!(cursor.fields::<2>(&stamp("stock", &"part=A")), Err(CursorError::Foreign));
    }
}
