//! A file as a table: one header row, then rows of text.

use std::borrow::Cow;
use std::collections::HashSet;

use mtm_connect::b2mml::is_schedule;
use mtm_core::code::Code;

use super::{b2mml, encoding, ndjson, work_order, xlsx};
use crate::error::AppError;

/// Most rows of one import.
pub(super) const MOST_ROWS: usize = 100_000;
/// Most columns of one.
pub(super) const MOST_COLUMNS: usize = 100;

/// A row of data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Line of the file (or row of the sheet) it starts at, from 1.
    pub(super) number: u64,
    /// As many cells as there are headers.
    pub(super) cells: Vec<String>,
    /// What is wrong with its shape.
    pub(super) fault: Option<String>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// Column names, lower-case, blanks as underscores.
    pub(super) headers: Vec<String>,
    /// Rows of data; empty rows are left out.
    pub(super) lines: Vec<Line>,
}

pub(super) fn unreadable(message: impl Into<String>) -> AppError {
    AppError::refused(Code::ImportUnreadable, message)
}

/// Reads CSV (any usual separator and encoding), JSON (an object a line, or an array of objects), the
/// first sheet of an xlsx workbook, or a B2MML document of routings or work orders.
pub(super) fn read(bytes: &[u8]) -> Result<Table, AppError> {
    if bytes.starts_with(b"PK\x03\x04") {
        return build(xlsx::read(bytes)?);
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(unreadable("this is an old Excel file (xls); save it as xlsx or CSV"));
    }
    let text = encoding::decode(bytes)
        .ok_or_else(|| unreadable("the text is damaged: it is not in the encoding it claims"))?;
    if text.contains('\0') {
        return Err(unreadable("this is not a text file"));
    }
    if ndjson::is_json(&text) {
        return ndjson::read(&text);
    }
    if b2mml::is_xml(&text) {
        return if is_schedule(bytes) { work_order::read(bytes) } else { b2mml::read(bytes) };
    }
    build(csv(&text)?)
}

/// Line numbers and cells.
pub(super) type Rows = Vec<(u64, Vec<String>)>;

fn csv(text: &str) -> Result<Rows, AppError> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let (mut line, mut counted) = (1, 0);
    for record in reader.records() {
        let record = record.map_err(|error| unreadable(error.to_string()))?;
        // The parser's own line numbers are off by one after a CR LF: it leaves the LF, and empty lines, for the
        // next record.
        let start = record.position().map_or(0, |at| usize::try_from(at.byte()).unwrap_or(0));
        let skipped = text.as_bytes().get(start..).unwrap_or_default();
        let breaks = skipped.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let start = start + breaks;
        line += text.get(counted..start).map_or(0, line_breaks);
        counted = start;
        rows.push((line, record.iter().map(str::to_owned).collect()));
        if rows.len() > MOST_ROWS + 1 {
            return Err(unreadable(format!("more than {MOST_ROWS} rows; split the file")));
        }
    }
    Ok(rows)
}

/// Line breaks of any kind: LF, CR LF, and the CR alone of old Macintoshes.
fn line_breaks(text: &str) -> u64 {
    let alone = text.matches('\r').count() - text.matches("\r\n").count();
    (text.matches('\n').count() + alone) as u64
}

/// The separator that the header line uses most.
fn separator(text: &str) -> u8 {
    let header = text.split(['\n', '\r']).find(|line| !line.trim().is_empty()).unwrap_or("");
    let count = |separator: u8| header.bytes().filter(|byte| *byte == separator).count();
    [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|byte| count(*byte)).unwrap_or(b',')
}

fn build(rows: Rows) -> Result<Table, AppError> {
    let mut rows =
        rows.into_iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty()));
    let Some((_, header)) = rows.next() else {
        return Err(unreadable("the file is empty"));
    };
    let headers = headers(&header)?;
    let lines = rows.map(|(number, cells)| line(number, cells, headers.len())).collect();
    Ok(Table { headers, lines })
}

/// A column's name as it is known here.
pub(super) fn column(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

fn headers(cells: &[String]) -> Result<Vec<String>, AppError> {
    let mut headers: Vec<String> = cells.iter().map(|cell| column(cell)).collect();
    // Spreadsheets like to save empty columns on the right.
    while headers.last().is_some_and(String::is_empty) {
        headers.pop();
    }
    if headers.len() > MOST_COLUMNS {
        return Err(unreadable(format!("more than {MOST_COLUMNS} columns")));
    }
    let mut seen = HashSet::new();
    for header in &headers {
        if header.is_empty() {
            return Err(unreadable("a column has no name in the header row"));
        }
        if !seen.insert(header) {
            return Err(unreadable(format!("the column {header} stands there twice")));
        }
    }
    Ok(headers)
}

fn line(number: u64, mut cells: Vec<String>, columns: usize) -> Line {
    let surplus = cells.iter().skip(columns).any(|cell| !cell.trim().is_empty());
    let fault: Option<Cow<'_, str>> = if surplus {
        Some(format!("{} cells where the header names {columns} columns", cells.len()).into())
    } else {
        None
    };
    let fault = fault.map(Cow::into_owned);
    cells.resize(columns, String::new());
    Line { number, cells, fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_quotes_and_ragged_rows() {
        let table =
            read(b"Part;Notes ;Work Order\r\n\"A;1\";\"two\nlines\";WO-1\r\n;;\r\nB\r\nC;;;x\r\n")
                .unwrap();
        assert_eq!(table.headers, ["part", "notes", "work_order"]);
        assert_eq!(table.lines[0].cells, ["A;1", "two\nlines", "WO-1"]);
        assert_eq!((table.lines[1].number, table.lines[1].cells.len()), (5, 3));
        assert!(table.lines[1].fault.is_none(), "missing cells are empty cells");
        assert!(table.lines[2].fault.is_some(), "surplus cells are a mistake");
        assert_eq!(table.lines.len(), 3);
    }

    #[test]
    fn rows_have_the_numbers_of_their_lines_whatever_ends_them() {
        for end in ["\n", "\r\n", "\r"] {
            let file = ["part,notes", "A,", "", "B,\"two", "lines\"", "C,x"].join(end);
            let table = read(file.as_bytes()).unwrap();
            let numbers: Vec<u64> = table.lines.iter().map(|line| line.number).collect();
            assert_eq!(numbers, [2, 4, 6], "{end:?}");
        }
    }

    #[test]
    fn what_is_no_table_is_refused_in_words() {
        for (bytes, words) in [
            (&b""[..], "empty"),
            (b"part,part\n1,2\n", "twice"),
            (b"part,,qty\n1,2,3\n", "no name"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
            (b"PK\x03\x04nonsense", "workbook"),
            (b"a\0b\0\0\0\0x", "not a text"),
        ] {
            let error = read(bytes).unwrap_err();
            assert_eq!(error.code(), Code::ImportUnreadable);
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
