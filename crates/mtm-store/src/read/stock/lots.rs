//! All stock, lot by lot, in chunks: for whoever takes the whole of it away.

use super::super::Reader;
use super::LAST;
use super::page::{Held, Kept};
use super::source::Source;
use crate::query::{ReadError, StockRow};

impl Reader<'_> {
    /// Calls `visitor` with chunks of every bucket that holds pieces, the lots in the order of their
    /// numbers and never one in two chunks, until it gives `false`. A chunk has at least `chunk` rows
    /// where there are as many, and no more than its last lot has buckets beyond.
    pub(crate) fn lots_in_chunks(
        &self,
        chunk: usize,
        visitor: &mut dyn FnMut(Vec<StockRow>) -> bool,
    ) -> Result<(), ReadError> {
        let held = self.held(None)?;
        let mut from = String::new();
        loop {
            let (kept, more) = self.some_lots(&from, chunk)?;
            let Some(last) = kept.last() else { return Ok(()) };
            // What comes after this number, and before any other.
            from = format!("{}\0", last.key.lot);
            if !visitor(self.rows(kept, &held)?) || !more {
                return Ok(());
            }
        }
    }

    /// The buckets of lots from `from` on, about `chunk` of them, and whether there are others.
    fn some_lots(&self, from: &str, chunk: usize) -> Result<(Vec<Kept>, bool), ReadError> {
        let (mut kept, mut more) = (Vec::<Kept>::new(), false);
        let source = Source::Lots(from.to_owned(), LAST.to_owned());
        self.visit_present(&source, true, &mut |row| {
            let row = row.kept(self)?;
            let ends_lot = kept.last().is_some_and(|last| last.key.lot != row.key.lot);
            more = ends_lot && kept.len() >= chunk;
            if !more {
                kept.push(row);
            }
            Ok(!more)
        })?;
        Ok((kept, more))
    }

    fn rows(&self, kept: Vec<Kept>, held: &Held<'_>) -> Result<Vec<StockRow>, ReadError> {
        let reserved = self.reserved_among(kept.iter().map(|row| &row.key.lot), None)?;
        kept.into_iter().map(|row| row.into_row(self, held, &reserved)).collect()
    }
}
