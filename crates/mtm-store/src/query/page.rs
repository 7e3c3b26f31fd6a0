//! Keyset paging: a cursor names the last row seen, never an offset.

use serde::Serialize;

/// Most rows of one page.
pub const MAX_LIMIT: u16 = 1000;

/// A cursor did not come from this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one of ours")]
pub struct CursorError;

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
        if text.len() % 2 != 0 || !text.is_ascii() || text.len() > 2000 {
            return Err(CursorError);
        }
        let bytes: Result<Vec<u8>, _> = (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16))
            .collect();
        let joined = String::from_utf8(bytes.map_err(|_| CursorError)?).map_err(|_| CursorError)?;
        Ok(Self(joined.split('\u{1f}').map(str::to_owned).collect()))
    }
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

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: 50, cursor: None, count: false }
    }
}

/// A page of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
        assert_eq!(Cursor::decode("zz"), Err(CursorError));
        assert_eq!(Cursor::decode("abc"), Err(CursorError));
        assert_eq!(Cursor::decode("ff"), Err(CursorError));
    }
}
