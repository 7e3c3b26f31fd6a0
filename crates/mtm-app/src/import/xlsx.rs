//! The first sheet of an xlsx workbook, with bounds: a small file must not become a huge table.
//!
//! The library that reads workbooks believes them: it makes room for as many texts as a workbook says it has, and for
//! every cell between the first and the last. So what they say is looked at before, and cells are taken one by one, as
//! they stand in the file.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Cell, DataRef, Reader as _, Xlsx};

use super::table::{MOST_COLUMNS, MOST_ROWS, Rows, unreadable};
use crate::error::AppError;

/// Most bytes a workbook may unpack to, and most bytes of the texts in its cells: many cells may show one text.
const MOST_UNPACKED: u64 = 100 * 1024 * 1024;
/// Most bytes one packed byte may unpack to; honest sheets stay far below.
const MOST_RATIO: u64 = 200;
/// How the part is called in which a workbook keeps its texts, wherever it lies.
const TEXTS: &str = "sharedstrings.xml";
/// The attribute by which it says how many there are.
const COUNT: &str = "uniqueCount";

pub(super) fn read(bytes: &[u8]) -> Result<Rows, AppError> {
    refuse_bombs(bytes)?;
    // Numbers that no spreadsheet writes are more than its arithmetic can do.
    catch_unwind(AssertUnwindSafe(|| first_sheet(bytes)))
        .unwrap_or_else(|_| Err(unreadable("the workbook is damaged; save it anew")))
}

fn first_sheet(bytes: &[u8]) -> Result<Rows, AppError> {
    let damaged =
        |error: &dyn std::fmt::Display| unreadable(format!("the workbook cannot be read: {error}"));
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let name = workbook.sheet_names().into_iter().next();
    let name = name.ok_or_else(|| unreadable("the workbook has no sheet"))?;
    let mut reader = workbook.worksheet_cells_reader(&name).map_err(|error| damaged(&error))?;
    let mut sheet = Sheet::default();
    while let Some(cell) = reader.next_cell().map_err(|error| damaged(&error))? {
        sheet.take(&cell)?;
    }
    Ok(sheet.rows())
}

/// The cells of a sheet that say something, by row and column; they may come in any order.
#[derive(Default)]
struct Sheet {
    rows: BTreeMap<u32, Vec<(u32, String)>>,
    bytes: u64,
}

impl Sheet {
    fn take(&mut self, cell: &Cell<DataRef<'_>>) -> Result<(), AppError> {
        let text = text(cell.get_value());
        if text.is_empty() {
            return Ok(());
        }
        self.bytes = self.bytes.saturating_add(u64::try_from(text.len()).unwrap_or(u64::MAX));
        if self.bytes > MOST_UNPACKED {
            return Err(unreadable("the cells hold far more text than a table would"));
        }
        let (row, column) = cell.get_position();
        self.rows.entry(row).or_default().push((column, text));
        if self.rows.len() > MOST_ROWS + 1 {
            return Err(unreadable(format!("more than {MOST_ROWS} rows; split the file")));
        }
        Ok(())
    }

    /// Rows, each from the first column that says something anywhere. What lies beyond the columns that a table may
    /// have stands behind them, so that it is seen that there is more.
    fn rows(self) -> Rows {
        let columns = self.rows.values().flatten().map(|(column, _)| *column);
        let first = columns.min().unwrap_or(0);
        let row = |(number, cells): (u32, Vec<(u32, String)>)| {
            let mut row = Vec::new();
            for (column, text) in cells {
                let at = usize::try_from(column - first).unwrap_or(usize::MAX).min(MOST_COLUMNS);
                if row.len() <= at {
                    row.resize(at + 1, String::new());
                }
                row[at] = text;
            }
            (u64::from(number) + 1, row)
        };
        self.rows.into_iter().map(row).collect()
    }
}

fn refuse_bombs(bytes: &[u8]) -> Result<(), AppError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| unreadable(format!("the workbook cannot be opened: {error}")))?;
    let (mut unpacked, mut texts) = (0_u64, Vec::new());
    for index in 0..archive.len() {
        let entry = archive
            .by_index_raw(index)
            .map_err(|error| unreadable(format!("the workbook cannot be opened: {error}")))?;
        unpacked = unpacked.saturating_add(entry.size());
        if entry.name().is_ok_and(|name| name.to_ascii_lowercase().ends_with(TEXTS)) {
            texts.push(index);
        }
    }
    let packed = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if unpacked > MOST_UNPACKED || unpacked > packed.saturating_mul(MOST_RATIO) {
        return Err(unreadable("the workbook unpacks to far more than a table would"));
    }
    for index in texts {
        let mut part = Vec::new();
        // The archive's reader gives no more than it said.
        let read = archive.by_index(index).map(|mut entry| entry.read_to_end(&mut part));
        let is_whole = read.is_ok_and(|read| read.is_ok());
        if !is_whole || !says_its_texts(&part) {
            return Err(unreadable("the texts of the workbook are damaged; save it anew"));
        }
    }
    Ok(())
}

/// Whether a part that keeps texts claims no more of them than it can hold.
fn says_its_texts(part: &[u8]) -> bool {
    let text = String::from_utf8_lossy(part);
    // What XML does not allow, and what says that the bytes mean other letters than they seem to.
    if text.contains(|it: char| it.is_control() && !matches!(it, '\t' | '\n' | '\r' | '\u{85}')) {
        return false;
    }
    text.match_indices(COUNT).all(|(at, _)| {
        let after = &text[at + COUNT.len()..];
        let after = after.trim_start().trim_start_matches('=').trim_start();
        let digits = after.trim_start_matches(['"', '\'', '+', '-', ' ']);
        let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
        digits.is_empty() || digits.parse::<usize>().is_ok_and(|count| count <= part.len())
    })
}

/// A cell as a person reads it. Whole numbers lose the `.0` that spreadsheets keep them with;
/// dates become RFC 3339 days or moments.
fn text(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::Empty | DataRef::Error(_) => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::Int(value) => value.to_string(),
        // Display prints no trailing `.0` for whole floats below 10¹⁶.
        DataRef::Float(value) => value.to_string(),
        DataRef::DateTime(moment) => moment.as_f64().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_come_as_people_read_them() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "part").unwrap().write(0, 1, "quantity").unwrap();
        sheet.write(1, 0, "04736601").unwrap().write(1, 1, 500).unwrap();
        sheet.write(2, 0, 3_313_135).unwrap().write(2, 1, 2.5).unwrap();
        let bytes = book.save_to_buffer().unwrap();
        let rows = read(&bytes).unwrap();
        assert_eq!(rows[1], (2, vec!["04736601".to_owned(), "500".to_owned()]));
        assert_eq!(rows[2], (3, vec!["3313135".to_owned(), "2.5".to_owned()]));
    }

    #[test]
    fn a_file_that_unpacks_to_a_thousand_times_its_size_is_refused() {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        archive
            .start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default())
            .unwrap();
        for _ in 0..64 {
            std::io::Write::write_all(&mut archive, &vec![b' '; 1 << 20]).unwrap();
        }
        let bytes = archive.finish().unwrap().into_inner();
        assert!(bytes.len() < 1 << 20);
        assert!(read(&bytes).unwrap_err().to_string().contains("far more"));
    }
}
