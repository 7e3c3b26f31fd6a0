//! Rows as the procedures read them: a JSON array for each table, of an array for each row, with
//! the columns in the procedure's order. The server finds a column by its place, which costs it a
//! fraction of looking for a name.

use serde::Serialize;

use crate::write::Failure;

/// The rows of one table.
#[derive(Debug, Default)]
pub(super) struct Rows {
    text: Vec<u8>,
    count: usize,
}

/// What a column holds.
pub(super) trait Column {
    fn write(&self, text: &mut Vec<u8>) -> Result<(), serde_json::Error>;
}

impl<T: Serialize + ?Sized> Column for T {
    fn write(&self, text: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        serde_json::to_writer(text, self)
    }
}

impl Rows {
    /// Adds a row. What is NULL at its end is left out.
    pub(super) fn add(&mut self, columns: &[&dyn Column]) -> Result<(), Failure> {
        self.text.extend_from_slice(if self.count == 0 { b"[[" } else { b",[" });
        let mut filled = self.text.len();
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                self.text.push(b',');
            }
            let before = self.text.len();
            column
                .write(&mut self.text)
                .map_err(|error| Failure::Broken(format!("a posting cannot be told: {error}")))?;
            if self.text.get(before..) != Some(b"null") {
                filled = self.text.len();
            }
        }
        self.text.truncate(filled);
        self.text.push(b']');
        self.count += 1;
        Ok(())
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The array, where there are any.
    pub(super) fn take(&mut self) -> Option<String> {
        let Self { mut text, count } = std::mem::take(self);
        text.push(b']');
        // JSON is UTF-8.
        (count > 0).then(|| String::from_utf8_lossy(&text).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_its_columns_in_order_without_what_is_null_at_its_end() {
        let mut rows = Rows::default();
        assert_eq!(rows.take(), None);
        rows.add(&[&"a\"b", &None::<i64>, &7, &None::<&str>, &None::<i64>]).unwrap();
        rows.add(&[&None::<i64>, &None::<i64>]).unwrap();
        rows.add(&[&Some("ü\n"), &0]).unwrap();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows.take().as_deref(), Some(r#"[["a\"b",null,7],[],["ü\n",0]]"#));
        assert_eq!((rows.len(), rows.take()), (0, None));
    }
}
