//! The first sheet of an xlsx workbook, with bounds: a small file must not unpack into a huge one.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};

use super::table::{MOST_ROWS, Rows, unreadable};
use crate::error::AppError;

/// Most bytes a workbook may unpack to.
const MOST_UNPACKED: u64 = 100 * 1024 * 1024;
/// Most bytes one packed byte may unpack to; honest sheets stay far below.
const MOST_RATIO: u64 = 200;

pub(super) fn read(bytes: &[u8]) -> Result<Rows, AppError> {
    refuse_bombs(bytes)?;
    let damaged =
        |error: &dyn std::fmt::Display| unreadable(format!("the workbook cannot be read: {error}"));
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let sheet = workbook
        .worksheet_range_at(0)
        .ok_or_else(|| unreadable("the workbook has no sheet"))?
        .map_err(|error| damaged(&error))?;
    let first = u64::from(sheet.start().map_or(0, |(row, _)| row)) + 1;
    if sheet.height() > MOST_ROWS + 1 {
        return Err(unreadable(format!("more than {MOST_ROWS} rows; split the file")));
    }
    Ok((first..).zip(sheet.rows().map(|row| row.iter().map(text).collect())).collect())
}

fn refuse_bombs(bytes: &[u8]) -> Result<(), AppError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| unreadable(format!("the workbook cannot be opened: {error}")))?;
    let mut unpacked: u64 = 0;
    for index in 0..archive.len() {
        let entry = archive
            .by_index_raw(index)
            .map_err(|error| unreadable(format!("the workbook cannot be opened: {error}")))?;
        unpacked = unpacked.saturating_add(entry.size());
    }
    let packed = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if unpacked > MOST_UNPACKED || unpacked > packed.saturating_mul(MOST_RATIO) {
        return Err(unreadable("the workbook unpacks to far more than a table would"));
    }
    Ok(())
}

/// A cell as a person reads it. Whole numbers lose the `.0` that spreadsheets keep them with;
/// dates become RFC 3339 days or moments.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        // Display prints no trailing `.0` for whole floats below 10¹⁶.
        Data::Float(value) => value.to_string(),
        Data::DateTime(moment) => moment.as_f64().to_string(),
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
